/* sealed.c: see sealed.h. */
#include "app/transfer/sealed.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sealed {
    FILE *f;
    int fd;
    uint8_t key[SEALED_KEY];
    uint8_t plain[SEALED_PIECE];
    size_t n; /* of plain */
    int64_t piece, content;
    crypto_hash_sha256_state hash;
    int cause; /* errno of the first failure */
};

static bool
put(struct sealed *s, const uint8_t *p, size_t n)
{
    while (n > 0 && s->cause == 0) {
        const ssize_t written = write(s->fd, p, n);
        if (written < 0) {
            s->cause = errno;
            break;
        }
        p += written;
        n -= (size_t)written;
    }
    return s->cause == 0;
}

static bool
put_piece(struct sealed *s)
{
    uint8_t nonce[SEALED_NONCE];
    uint8_t box[SEALED_PIECE + SEALED_TAG];
    unsigned long long n;
    sealed_nonce(s->piece, nonce);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(box, &n, s->plain, s->n, NULL, 0, NULL, nonce,
                                                    s->key);
    explicit_bzero(s->plain, s->n);
    s->content += (int64_t)s->n;
    s->n = 0;
    s->piece++;
    return put(s, box, (size_t)n);
}

static ssize_t
on_write(void *arg, const char *p, size_t n)
{
    struct sealed *s = arg;
    crypto_hash_sha256_update(&s->hash, (const uint8_t *)p, n);
    for (size_t at = 0; at < n;) {
        const size_t room = SEALED_PIECE - s->n;
        const size_t part = n - at < room ? n - at : room;
        memcpy(s->plain + s->n, p + at, part);
        s->n += part;
        at += part;
        if (s->n == SEALED_PIECE && !put_piece(s)) {
            return 0;
        }
    }
    return (ssize_t)n;
}

static enum rc
failed(struct err *err, int cause)
{
    const bool full = cause == ENOSPC || cause == EDQUOT;
    return fail(err, RC_IO, full ? E_STORE_FULL : E_IO, "sealed file: errno %d", cause);
}

static void
drop(struct sealed *s)
{
    if (s->f != NULL) {
        (void)fclose(s->f);
    }
    explicit_bzero(s, sizeof(*s));
    free(s);
}

static enum rc
begin(struct sealed *s, const uint8_t public[static 32], struct err *err)
{
    static const cookie_io_functions_t calls = {.write = on_write};
    uint8_t head[SEALED_HEAD];
    randombytes_buf(s->key, sizeof(s->key));
    (void)crypto_hash_sha256_init(&s->hash);
    if (crypto_box_seal(head, s->key, sizeof(s->key), public) != 0) {
        return fail(err, RC_INVALID, E_TRANSFER_RECIPIENT, "no public key");
    }
    /* A former attempt may have left the place where the next byte goes. */
    s->cause = lseek(s->fd, 0, SEEK_SET) == 0 ? 0 : errno;
    s->f = put(s, head, sizeof(head)) ? fopencookie(s, "w", calls) : NULL;
    return s->f != NULL ? OK : failed(err, s->cause);
}

enum rc
sealed_begin(int fd, const uint8_t public[static 32], struct err *err, struct sealed **ret_s,
             FILE **ret_f)
{
    struct sealed *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return failed(err, ENOMEM); /* uncovered: no memory */
    }
    s->fd = fd;
    const enum rc rc = begin(s, public, err);
    if (rc != OK) {
        drop(s);
        return rc;
    }
    *ret_s = s;
    *ret_f = s->f;
    return OK;
}

enum rc
sealed_end(struct sealed *s, struct err *err, int64_t *ret_content, uint8_t ret_hash[static 32])
{
    const bool flushed = fflush(s->f) == 0 && ferror(s->f) == 0;
    if (flushed && (s->n == 0 || put_piece(s)) && fsync(s->fd) != 0) {
        s->cause = errno; /* uncovered: the disk fails just now */
    }
    *ret_content = s->content;
    (void)crypto_hash_sha256_final(&s->hash, ret_hash);
    const enum rc rc = flushed && s->cause == 0 ? OK : failed(err, s->cause);
    drop(s);
    return rc;
}

enum rc
sealed_open_key(int fd, const uint8_t secret[static 32], struct err *err,
                uint8_t ret_key[static SEALED_KEY])
{
    uint8_t head[SEALED_HEAD];
    uint8_t public[32];
    const bool read_all = pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head);
    (void)crypto_scalarmult_base(public, secret);
    return read_all && crypto_box_seal_open(ret_key, head, sizeof(head), public, secret) == 0
               ? OK
               : fail(err, RC_BROKEN, E_KEYS, "a sealed file's key");
}
