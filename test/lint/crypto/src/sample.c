/* sample.c: cryptography that is not in the inventory beside it. */
#include <sodium.h>

void
sample(unsigned char *p, size_t n)
{
    randombytes_buf(p, n); /* in the inventory */
    const char *said = "crypto_stream(p)"; /* crypto_box_keypair(p): no call */
    (void)said;
    crypto_stream(p, n, p, p);
    MD5(p, n, p);
    if (RAND_bytes(p, 1) != 1) {
        return;
    }
}
