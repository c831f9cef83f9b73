/* tables.h: everything of a workspace in a form that people and other programs read at once,
 * without us: a tar archive with each table as CSV and as JSON, what that is, and checksums. It is
 * plain: it is written into memory only, and leaves at once. */
#ifndef APP_TRANSFER_TABLES_H
#define APP_TRANSFER_TABLES_H

#include "store/store.h"

static const int64_t TABLES_MOST = INT64_C(64) << 20; /* memory that one of them may take */

/* Into the empty file, from its beginning. RC_LIMIT E_EXPORT_SIZE: it is larger than that. */
MUST enum rc tables_put(struct store *s, struct instant now, int fd, struct err *err);

#endif
