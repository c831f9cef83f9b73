/* edge_sealed.c: a part of a file that lies on the disk sealed (base/sealed.h), opened by the piece
 * while it leaves. The key came with the one answer that it is for. */
#include <openssl/evp.h>

#include "proc/edge.h"

/* Once for the process, before its walls: OpenSSL looks a cipher up in its own tables. */
static EVP_CIPHER *cipher;
static EVP_CIPHER_CTX *opener;

bool
sealed_ready(void)
{
    if (opener == NULL) {
        cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
        opener = EVP_CIPHER_CTX_new();
    }
    return cipher != NULL && opener != NULL;
}

/* box: a piece and its tag. False: it is not what was sealed. */
static bool
open_piece(const uint8_t key[static SEALED_KEY], int64_t piece, uint8_t *box, size_t n,
           uint8_t *ret_plain)
{
    uint8_t nonce[SEALED_NONCE];
    int got = 0;
    int rest = 0;

    sealed_nonce(piece, nonce);
    const bool done =
        EVP_DecryptInit_ex(opener, cipher, NULL, key, nonce) == 1 &&
        EVP_DecryptUpdate(opener, ret_plain, &got, box, (int)(n - SEALED_TAG)) == 1 &&
        EVP_CIPHER_CTX_ctrl(opener, EVP_CTRL_AEAD_SET_TAG, SEALED_TAG, box + n - SEALED_TAG) == 1 &&
        EVP_DecryptFinal_ex(opener, ret_plain + got, &rest) == 1;
    (void)EVP_CIPHER_CTX_reset(opener); /* it keeps no key */
    return done;
}

bool
sealed_read(int fd, const uint8_t key[static SEALED_KEY], int64_t at, uint8_t *p, size_t n)
{
    static uint8_t box[SEALED_PIECE + SEALED_TAG];
    static uint8_t plain[SEALED_PIECE];
    bool done = true;

    while (done && n > 0) {
        const int64_t piece = at / SEALED_PIECE;
        const size_t from = (size_t)(at % SEALED_PIECE);
        const ssize_t got = pread(fd, box, sizeof box, (off_t)sealed_at(piece));
        const size_t there = got > SEALED_TAG ? (size_t)got - SEALED_TAG : 0;
        done = there > from && open_piece(key, piece, box, (size_t)got, plain);
        if (done) {
            const size_t part = n < there - from ? n : there - from;
            memcpy(p, plain + from, part);
            p += part;
            n -= part;
            at += (int64_t)part;
        }
    }
    explicit_bzero(plain, sizeof plain);
    return done;
}
