/* sealed.h: a file that lies on a disk only sealed, and of which any part can be read: where what
 * stands in it. No cryptography here: who writes one (app/transfer/sealed.c) and who sends a part
 * of one (proc/edge_sealed.c) have different libraries.
 *
 *   80 bytes      the file's own key, in a sealed box (libsodium) for whoever may open it
 *   then          the content in pieces of 16 KiB, the last one shorter, each with
 * ChaCha20-Poly1305 (RFC 8439) under that key and the nonce of its number; its tag of 16 bytes
 * stands behind it
 *
 * A key seals one file, so no nonce comes twice. A piece that was changed, moved or taken from
 * another file does not open; that a file was cut is seen by its length, which is kept elsewhere.
 */
#ifndef BASE_SEALED_H
#define BASE_SEALED_H

#include <stddef.h>
#include <stdint.h>

enum {
    SEALED_KEY = 32,
    SEALED_HEAD = 80,
    SEALED_PIECE = 16 * 1024,
    SEALED_TAG = 16,
    SEALED_NONCE = 12
};

/* How long the file is for so much content, and the other way round; -1: no such file is that long.
 */
int64_t sealed_size(int64_t content);
int64_t sealed_content(int64_t size);
/* Where a piece begins. */
int64_t sealed_at(int64_t piece);
void sealed_nonce(int64_t piece, uint8_t ret_nonce[static SEALED_NONCE]);

#endif
