/* key.h: a recipient's pair as two lines of text, for a person to keep: the secret half in a safe,
 * the public half on the server. "kontor-archive-secret-1:" or "kontor-archive-public-1:", 64 hex
 * digits, ':', 16 hex digits of checksum (BLAKE2b of all before that ':'). */
#ifndef ARCHIVE_KEY_H
#define ARCHIVE_KEY_H

#include "archive/archive.h"

enum { ARCHIVE_KEY_LINE = 24 + 64 + 1 + 16 + 1 }; /* with the newline, without NUL */

void archive_key_print(bool secret, const uint8_t key[static ARCHIVE_KEY],
                       char ret_line[static ARCHIVE_KEY_LINE + 1]);
/* RC_INVALID: not such a line, mistyped, or the other half. A newline behind it may be missing. */
MUST enum rc archive_key_parse(struct str line, bool secret, uint8_t ret_key[static ARCHIVE_KEY]);
/* The first such line of a text, between others: a sheet of paper that was typed in again. */
MUST enum rc archive_key_find(struct str text, bool secret, uint8_t ret_key[static ARCHIVE_KEY]);

#endif
