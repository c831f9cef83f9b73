/* put.h: an open store into an archive. */
#ifndef APP_BACKUP_PUT_H
#define APP_BACKUP_PUT_H

#include "archive/archive.h"
#include "store/store.h"

/* Workspace, time and local day of an archive that is made now; recipients and signer are the
 * caller's to fill in. */
struct archive_head backup_head(int64_t workspace, struct instant now);

/* Is told how much of the database has been put, in bytes of it: in steps that only grow, up to the
 * whole. Before the first one the tables are counted, which takes about as long. */
struct backup_watch {
    void (*fn)(void *arg, uint64_t done, uint64_t whole);
    void *arg;
};

/* Puts manifest and database of the store, as of one read transaction, into an archive that was
 * begun with this head; archive_end() is the caller's. The store may be open elsewhere for writing.
 * `app` is the program's version. watch: NULL for nobody. */
MUST enum rc backup_put_store(struct store *s, const struct archive_head *head, const char *app,
                              struct archive_writer *w, const struct backup_watch *watch,
                              struct err *err);

#endif
