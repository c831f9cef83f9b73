/* tx.c: transactions are the only way to data. One at a time for each store, since one process is
 * the only writer and serves one request at a time. */
#include "store/sqlite.h"

#include "store.sql.h"

static enum rc
begin(struct store *s, struct arena *mem, struct instant now, const struct actor *who,
      struct err *err, bool write)
{
    TRY(store_need_sound(s, err));
    if (s->tx.r.open) {
        return fail(err, RC_BROKEN, E_BROKEN, "a transaction inside a transaction");
    }
    if (s->rests) {
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 1200, 40);
        s->rests = false;
    }
    TRY(store_query_only(s, err, !write));
    TRY(store_control(s, err, write ? CTL_WRITE : CTL_READ));
    s->tx = (struct wtx){
        .r = {
              .s = s, .mem = mem, .err = err, .now = now, .who = *who, .open = true, .write = write}
    };
    return OK;
}

enum rc
rtx_begin(struct store *s, struct arena *mem, struct instant now, const struct actor *who,
          struct err *err, struct rtx **ret_tx)
{
    TRY(begin(s, mem, now, who, err, false));
    *ret_tx = &s->tx.r;
    return OK;
}

void
rtx_end(struct rtx *tx)
{
    struct err ignored = {0};
    if (tx->open && !tx->write) {
        tx->open = false;
        if (store_control(tx->s, &ignored, CTL_ROLLBACK) != OK) {
            return; /* nothing was written; the next begin says what is wrong */
        }
    }
}

enum rc
wtx_begin(struct store *s, struct arena *mem, struct instant now, const struct actor *who,
          struct err *err, struct wtx **ret_tx)
{
    if (s->read_only || s->state == STORE_OLD_SCHEMA) {
        return fail(err, RC_CONFLICT, E_STORE_READ_ONLY, "store is read-only");
    }
    TRY(begin(s, mem, now, who, err, true));
    *ret_tx = &s->tx;
    return OK;
}

void
wtx_rollback(struct wtx *tx)
{
    struct err ignored = {0};
    if (tx->r.open && tx->r.write) {
        tx->r.open = false;
        if (sqlite3_get_autocommit(tx->r.s->db) == 0 &&
            store_control(tx->r.s, &ignored, CTL_ROLLBACK) != OK) {
            tx->r.s->state = STORE_POISONED; /* uncovered: undoing in memory needs no disk */
        }
    }
}

/* The rule that makes forgetting the audit row impossible. */
static enum rc
check_touched(const struct wtx *tx)
{
    if (tx->untouched_is_right) {
        return OK;
    }
    if (tx->changed > 0 && !tx->touched) {
        return fail(tx->r.err, RC_BROKEN, E_BROKEN, "%lld rows changed without an audit row",
                    (long long)tx->changed);
    }
    if (tx->changed == 0 && tx->touched) {
        return fail(tx->r.err, RC_BROKEN, E_BROKEN, "audit row without a change");
    }
    return OK;
}

/* Busy or full: the next commit tries again. An I/O error poisons the store, but this commit holds.
 */
static void
checkpoint(struct store *s)
{
    if (s->wal_frames >= STORE_WAL_FRAMES) {
        struct err ignored = {0};
        int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        const bool done = code == SQLITE_OK || store_fail(s, &ignored, code, "checkpoint") == OK;
        s->wal_frames = done ? 0 : s->wal_frames;
    }
}

/* Anything more may be done in it. */
static enum rc
need_open(const struct wtx *tx)
{
    TRY(store_need_sound(tx->r.s, tx->r.err));
    if (!tx->r.open) {
        return fail(tx->r.err, RC_BROKEN, E_BROKEN, "transaction is over");
    }
    return tx->r.dead;
}

enum rc
wtx_commit(struct wtx *tx)
{
    enum rc rc = need_open(tx);
    if (rc == OK) {
        rc = check_touched(tx);
    }
    if (rc == OK) {
        rc = store_control(tx->r.s, tx->r.err, CTL_COMMIT);
    }
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    tx->r.open = false;
    checkpoint(tx->r.s);
    return OK;
}

struct rtx *
wtx_read(struct wtx *tx)
{
    return &tx->r;
}

struct arena *
rtx_mem(struct rtx *tx)
{
    return tx->mem;
}

struct err *
rtx_err(struct rtx *tx)
{
    return tx->err;
}

struct instant
rtx_now(struct rtx *tx)
{
    return tx->now;
}

bool
rtx_is_old(struct rtx *tx)
{
    return tx->s->state == STORE_OLD_SCHEMA;
}

const struct actor *
rtx_actor(struct rtx *tx)
{
    return &tx->who;
}

enum rc
wtx_new_id(struct wtx *tx, const char *table, int64_t *ret_id)
{
    struct id_next_row row;
    if (schema_find(tx->r.s->def, table) == NULL) {
        return fail(tx->r.err, RC_BROKEN, E_BROKEN, "no table %s", table);
    }
    TRY(id_next(tx, &(struct id_next_in){.table_name = str_of(table)}, &row));
    *ret_id = row.last_number;
    return OK;
}

void
wtx_touched(struct wtx *tx)
{
    tx->touched = true;
}

void
wtx_allow_untouched(struct wtx *tx, const char *reason)
{
    (void)reason; /* stands at the call for the reader */
    tx->untouched_is_right = true;
}

enum rc
wtx_try(struct wtx *tx, enum rc (*fn)(struct wtx *tx, void *arg), void *arg)
{
    struct store *s = tx->r.s;
    const struct wtx before = *tx;
    struct err undo = {0}; /* fn's own cause stays in the transaction's err */
    TRY(need_open(tx));    /* SAVEPOINT outside one would begin one */
    TRY(store_control(s, tx->r.err, CTL_SAVE));
    enum rc rc = fn(tx, arg);
    if (tx->r.dead != OK) {
        return tx->r.dead;
    }
    if (rc != OK) {
        tx->changed = before.changed;
        tx->touched = before.touched;
        tx->untouched_is_right = before.untouched_is_right;
        TRY(store_control(s, &undo, CTL_BACK));
    }
    TRY(store_control(s, &undo, CTL_RELEASE));
    return rc;
}
