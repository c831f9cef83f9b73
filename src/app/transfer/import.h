/* import.h: a loaded archive (restore/load.h) becomes the store of another workspace. */
#ifndef APP_TRANSFER_IMPORT_H
#define APP_TRANSFER_IMPORT_H

#include "store/store.h"

/* The loaded file at `path`, brought up to date, loses what the former server's keys guard and what
 * must not happen again here: every table that the schema calls secret, and the outbox. People,
 * rights and everything else stay, row by row. The audit says whence it came. */
MUST enum rc transfer_settle(const char *path, const uint8_t *key, struct instant now,
                             struct arena *mem, struct err *err);
/* By the one process that holds the lock of the store at `path`, before it serves: the settled file
 * takes its place, whole or not at all. RC_CONFLICT E_TRANSFER_NOT_EMPTY: somebody works there.
 * Asked again after it was done: OK, and nothing changes. */
MUST enum rc transfer_apply(const char *path, const char *settled, const uint8_t *key,
                            struct instant now, struct arena *mem, struct err *err);

#endif
