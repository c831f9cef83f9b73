/* apply.h: an older state is put in the place of a workspace's store, by the one process that holds
 * its lock and before it serves anybody. */
#ifndef APP_RESTORE_APPLY_H
#define APP_RESTORE_APPLY_H

#include "base/time.h"
#include "store/restore.h"

struct restore_order {
    const char *path;         /* the store, closed */
    enum store_schema schema; /* the console's own is only ever rescued, and has no restore_run */
    const char *state; /* the loaded state (load.h), under the same key, brought up to date */
    const uint8_t *key;
    struct str state_name, saved_name; /* ids: what comes back, and what was saved before */
    bool rescues;  /* the store is damaged: it cannot be saved, and is kept as it is by that id */
    int64_t order; /* number of the restore_order that wants it; 0: the operator, by himself */
    struct instant now;
};

/* Builds, records what it did in the new store, checks it, and swaps; the loaded state goes when it
 * is done. Done before (the same saved_name): says so again and changes nothing. The report, in
 * mem: {state, saved, restoredAt, tables: [{table, class, present, state, came, went, changed,
 * loosened, dropped} …]} of those tables where something differed. On failure the store is as it
 * was. */
MUST enum rc restore_apply(const struct restore_order *o, struct arena *mem, struct err *err,
                           struct str *ret_report);
/* The same when the store cannot be read, with what of it can (restore_rescue()): it stays beside
 * as path.damaged-ID. The report: {state, saved: "", damaged: that ID, restoredAt, shut:
 * nobody comes in by former secrets, lost: [table …], tables}; every administrator has a notice.
 * RC_CONFLICT E_RESTORE_WHOLE: it can be read. */
MUST enum rc restore_apply_damaged(const struct restore_order *o, struct arena *mem,
                                   struct err *err, struct str *ret_report);
/* Nothing is to be put back: what one that was killed had built beside the store goes. */
void restore_drop_next(const char *path);
/* Before the store at `path` is opened: damaged ones that were kept beside it go after
 * RESTORE_DAMAGED_DAYS, when the kernel itself says that the clock is right (decision 83), for they
 * are the only copy; and a log goes back where a swap was killed behind it. */
enum { RESTORE_DAMAGED_DAYS = 30 };
MUST enum rc restore_settle_damaged(const char *path, struct instant now, enum time_trust clock,
                                    struct err *err);
/* The store at `path` is under another key: those that were kept beside it go at once, for the
 * former one, which somebody may have, opens them, and nobody is given it any more. */
MUST enum rc restore_forget_damaged(const char *path, struct err *err);
/* The tables of a report, as JSON; the caller's to free with json_decref(). */
struct json_t;
struct json_t *restore_tables_json(const struct restore_table *tables, size_t n);

#endif
