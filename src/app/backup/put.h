/* put.h: an open store into an archive. */
#ifndef APP_BACKUP_PUT_H
#define APP_BACKUP_PUT_H

#include "archive/archive.h"
#include "store/store.h"

/* Workspace, time and local day of an archive that is made now; recipients and signer are the
 * caller's to fill in. */
struct archive_head backup_head(int64_t workspace, struct instant now);

/* Puts manifest and database of the store, as of one read transaction, into an archive that was
 * begun with this head; archive_end() is the caller's. The store may be open elsewhere for writing.
 * `app` is the program's version. */
MUST enum rc backup_put_store(struct store *s, const struct archive_head *head, const char *app,
                              struct archive_writer *w, struct err *err);

#endif
