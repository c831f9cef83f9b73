/* escrow.h: the master key for a safe: a sealed file, which may lie anywhere, and ONE key printed
 * on paper, without which the file is worth nothing. Either alone opens nothing.
 *
 * Printed key: 160 random bits as 32 letters and digits that look like no other, and 4 that check
 * them, in 9 groups of 4. Read without regard to case, blanks and dashes.
 * File: four lines, "kontor-escrow-1", "generation N", "made RFC3339", 144 hex digits: nonce[24]
 * and the sealed master key (XChaCha20-Poly1305, AD = the three lines above it; its key is the
 * keyed BLAKE2b of "kontor escrow 1" under the printed key). */
#ifndef PROC_ESCROW_H
#define PROC_ESCROW_H

#include "proc/ring.h"

enum {
    ESCROW_KEY = 20,
    ESCROW_KEY_TEXT = 9 * 4 + 8, /* without NUL */
    ESCROW_TYPED_MAX = 200,      /* of what a person types */
    ESCROW_FILE_MAX = 400        /* with NUL */
};

void escrow_print_key(const uint8_t key[static ESCROW_KEY],
                      char ret_text[static ESCROW_KEY_TEXT + 1]);
/* RC_INVALID: not of this form, or mistyped. */
MUST enum rc escrow_parse_key(struct str typed, uint8_t ret_key[static ESCROW_KEY]);

/* The sealed file of a master key, as text. */
void escrow_seal(const uint8_t key[static ESCROW_KEY], const uint8_t master[static KEY_SIZE],
                 int64_t generation, int64_t now_us, char ret_file[static ESCROW_FILE_MAX]);
/* RC_INVALID: no such file, or it was cut. RC_DENIED: sealed under another printed key, or changed.
 * The caller wipes what comes back. */
MUST enum rc escrow_open(struct str file, const uint8_t key[static ESCROW_KEY],
                         uint8_t ret_master[static KEY_SIZE]);

#endif
