/* apply.h: an older state is put in the place of a workspace's store, by the one process that holds
 * its lock and before it serves anybody. */
#ifndef APP_RESTORE_APPLY_H
#define APP_RESTORE_APPLY_H

#include "store/restore.h"

struct restore_order {
    const char *path;  /* the store, closed */
    const char *state; /* the loaded state (load.h), under the same key, brought up to date */
    const uint8_t *key;
    struct str state_name, saved_name; /* ids: what comes back, and what was saved before */
    struct instant now;
};

/* Builds, records what it did in the new store, checks it, and swaps; the loaded state goes when it
 * is done. Done before (the same saved_name): says so again and changes nothing. The report, in
 * mem: {state, saved, restoredAt, tables: [{table, class, present, state, came, went, changed,
 * loosened, dropped} …]} of those tables where something differed. On failure the store is as it
 * was. */
MUST enum rc restore_apply(const struct restore_order *o, struct arena *mem, struct err *err,
                           struct str *ret_report);
/* The tables of a report, as JSON; the caller's to free with json_decref(). */
struct json_t;
struct json_t *restore_tables_json(const struct restore_table *tables, size_t n);

#endif
