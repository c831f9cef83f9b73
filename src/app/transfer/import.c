/* import.c: see import.h. */
#include "app/transfer/import.h"

#include <unistd.h>

#include "app/restore/restore.h"
#include "app/transfer/transfer.h"
#include "guard/audit.h"
#include "store/restore.h"

static const struct actor by_order = {.reason = "import"};

static enum rc
open_store(const char *path, const uint8_t *key, struct err *err, struct store **ret_s)
{
    const struct store_options opt = {.path = path, .schema = SCHEMA_WORKSPACE, .key = key};
    TRY(store_open(&opt, err, ret_s));
    if (store_state(*ret_s) != STORE_READY) { /* the migration's cause is in err */
        store_close(*ret_s);
        return RC_BROKEN;
    }
    return OK;
}

/* --- what does not come along ----------------------------------------------------------------- */

/* Messages that were waiting have been, or will be, sent by the former server; what its people
 * ordered for themselves lies there. */
static enum rc
forget(const char *path, const uint8_t *key, struct arena *mem, struct err *err)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    const char **names = ARENA_ARRAY(mem, const char *, def->n_tables);
    size_t n = 0;
    for (size_t i = 0; i < def->n_tables; i++) {
        if (def->tables[i].secret || strcmp(def->tables[i].name, "export_file") == 0) {
            names[n++] = def->tables[i].name;
        }
    }
    return store_empty_tables(path, key, names, n, err);
}

static enum rc
record(struct store *s, struct instant now, struct arena *mem, struct err *err)
{
    struct wtx *tx;
    TRY(wtx_begin(s, mem, now, &by_order, err, &tx));
    wtx_allow_untouched(tx, "the whole file is the change");
    enum rc rc = restore_leave_behind(tx);
    rc = rc == OK ? touch(tx, EVENT_IMPORTED, (struct subject){"workspace", 0}, NULL, NULL, NULL)
                  : rc;
    if (rc != OK) {
        wtx_rollback(tx); /* uncovered: the disk failed just now */
        return rc;
    }
    return wtx_commit(tx);
}

enum rc
transfer_settle(const char *path, const uint8_t *key, struct instant now, struct arena *mem,
                struct err *err)
{
    struct store *s;
    TRY(forget(path, key, mem, err));
    TRY(open_store(path, key, err, &s));
    enum rc rc = record(s, now, mem, err);
    rc = rc == OK ? store_check(s, err) : rc;
    rc = rc == OK ? store_check_ids(s, err) : rc;
    store_close(s);
    return rc;
}

/* --- its place -------------------------------------------------------------------------------- */

static enum rc
is_empty(const char *path, const uint8_t *key, struct instant now, struct arena *mem,
         struct err *err, bool *ret_empty)
{
    struct store *s;
    struct rtx *tx;
    TRY(open_store(path, key, err, &s));
    enum rc rc = rtx_begin(s, mem, now, &by_order, err, &tx);
    if (rc == OK) {
        rc = transfer_is_empty(tx, ret_empty);
        rtx_end(tx);
    }
    store_close(s);
    return rc;
}

enum rc
transfer_apply(const char *path, const char *settled, const uint8_t *key, struct instant now,
               struct arena *mem, struct err *err)
{
    bool empty;
    const bool is_there = access(settled, F_OK) == 0;
    TRY(is_empty(path, key, now, mem, err, &empty));
    if (!is_there) {
        return empty ? fail(err, RC_MISSING, E_MISSING, "import: nothing was loaded") : OK;
    }
    return empty ? restore_swap(path, settled, err)
                 : fail(err, RC_CONFLICT, E_TRANSFER_NOT_EMPTY, "people work here");
}
