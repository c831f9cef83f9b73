/* es256.c: see es256.h. OpenSSL takes keys as parameters and signatures as DER; both are made here
 * from bytes of fixed size, so that nothing of a stranger's is parsed beside the master key. */
#include "proc/es256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

static int
signature_der(const uint8_t plain[static 64], uint8_t **ret_der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(plain, 32, NULL);
    BIGNUM *s = BN_bin2bn(plain + 32, 32, NULL);
    int n = 0;
    if (sig != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        n = i2d_ECDSA_SIG(sig, ret_der); /* r and s are sig's now */
    }
    ECDSA_SIG_free(sig);
    return n;
}

/* NULL when x ‖ y is no point of the curve. */
static EVP_PKEY *
public_key(const uint8_t key[static 64])
{
    char group[] = "P-256";
    uint8_t point[65] = {4};
    EVP_PKEY *pkey = NULL;
    memcpy(point + 1, key, 64);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

bool
es256_right(const uint8_t key[static 64], const uint8_t digest[static 32],
            const uint8_t signature[static 64])
{
    uint8_t *der = NULL;
    EVP_PKEY *pkey = public_key(key);
    EVP_PKEY_CTX *ctx = pkey != NULL ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
    const int n = signature_der(signature, &der);
    const bool right = ctx != NULL && n > 0 && EVP_PKEY_verify_init(ctx) == 1 &&
                       EVP_PKEY_verify(ctx, der, (size_t)n, digest, 32) == 1;
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return right;
}

bool
es256_works(void)
{
    /* RFC 6979, A.2.5: "sample" with SHA-256. */
    static const uint8_t key[64] = {
        0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6,
        0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69,
        0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc,
        0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c,
        0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
    static const uint8_t digest[32] = {0xaf, 0x2b, 0xdb, 0xe1, 0xaa, 0x9b, 0x6e, 0xc1,
                                       0xe2, 0xad, 0xe1, 0xd6, 0x94, 0xf4, 0x1f, 0xc7,
                                       0x1a, 0x83, 0x1d, 0x02, 0x68, 0xe9, 0x89, 0x15,
                                       0x62, 0x11, 0x3d, 0x8a, 0x62, 0xad, 0xd1, 0xbf};
    static const uint8_t signature[64] = {
        0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4,
        0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d,
        0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16, 0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c,
        0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb,
        0xb9, 0xaf, 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8};
    static const uint8_t other[32] = {1};
    return es256_right(key, digest, signature) && !es256_right(key, other, signature);
}
