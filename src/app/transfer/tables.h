/* tables.h: everything of a workspace in a form that people and other programs read at once,
 * without us: a tar archive with each table as CSV and as JSON, what that is, and checksums. It is
 * plain for who fetches it, and lies on the disk sealed (sealed.h). */
#ifndef APP_TRANSFER_TABLES_H
#define APP_TRANSFER_TABLES_H

#include "store/store.h"

static const int64_t TABLES_MOST = INT64_C(1) << 30; /* of the tar */

/* Into the empty file, sealed to `public`, in memory that does not grow with it: each table is
 * printed twice, since in a tar its length stands before it. How long the tar is, and its SHA-256.
 * RC_LIMIT E_EXPORT_SIZE: it would be longer than TABLES_MOST. */
MUST enum rc tables_put(struct store *s, struct instant now, int fd,
                        const uint8_t public[static 32], struct err *err, int64_t *ret_size,
                        uint8_t ret_hash[static 32]);

#endif
