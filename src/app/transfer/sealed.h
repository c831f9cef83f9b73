/* sealed.h: writes a file that lies on the disk only sealed (base/sealed.h), and opens its key.
 * What is plain of it is never more than a piece of 16 KiB, which is wiped. */
#ifndef APP_TRANSFER_SEALED_H
#define APP_TRANSFER_SEALED_H

#include <stdio.h>

#include "base/err.h"
#include "base/sealed.h"

struct sealed;

/* Into the empty file, for whoever has the secret half of `public`; what is printed into *ret_f is
 * its content. */
MUST enum rc sealed_begin(int fd, const uint8_t public[static 32], struct err *err,
                          struct sealed **ret_s, FILE **ret_f);
/* All of it is sealed and on the disk: how much content it was, and its SHA-256. Frees; a failure
 * on the way is told here at the latest. */
MUST enum rc sealed_end(struct sealed *s, struct err *err, int64_t *ret_content,
                        uint8_t ret_hash[static 32]);
/* A file's own key; the caller wipes it. RC_BROKEN E_KEYS: it is another's, or changed. */
MUST enum rc sealed_open_key(int fd, const uint8_t secret[static 32], struct err *err,
                             uint8_t ret_key[static SEALED_KEY]);

#endif
