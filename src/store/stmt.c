/* stmt.c: runs the statements that sqlgen wrote. Binding and reading go by the slots of the
 * descriptor; there is no column number in hand-written code. Prepared statements are kept by the
 * descriptor's address, because a schema parse and a prepare cost more than most statements. */
#include "store/sqlite.h"

#include "base/time.h"

/* --- the cache ------------------------------------------------------------------------------- */

static size_t
slot_of(const struct sql_stmt *st)
{
    uintptr_t x = (uintptr_t)st;
    x ^= x >> 17;
    x *= 0x9e3779b97f4a7c15ULL;
    return (size_t)(x >> 40) & (STORE_STMT_SLOTS - 1);
}

void
store_forget_statements(struct store *s)
{
    for (size_t i = 0; i < STORE_STMT_SLOTS; i++) {
        sqlite3_finalize(s->cache[i].h);
        s->cache[i] = (struct cached){0};
    }
    s->n_cached = 0;
}

/* The descriptor says what SQLite says, or sqlgen and this program have drifted apart. */
static bool
fits(const struct sql_stmt *st, sqlite3_stmt *h, const char *rest)
{
    return h != NULL && *rest == '\0' && sqlite3_column_count(h) == st->n_row &&
           sqlite3_bind_parameter_count(h) == st->n_in && sqlite3_stmt_readonly(h) == !st->writes;
}

static enum rc
prepare(struct store *s, struct err *err, const struct sql_stmt *st, struct cached *ret)
{
    sqlite3_stmt *h = NULL;
    const char *rest = "";
    s->owner = st->owner;
    s->content = false;
    int code = sqlite3_prepare_v3(s->db, st->sqlite, -1, SQLITE_PREPARE_PERSISTENT, &h, &rest);
    s->owner = NULL;
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, st->name);
    }
    if (!fits(st, h, rest)) {
        sqlite3_finalize(h);
        return fail(err, RC_BROKEN, E_BROKEN, "%s: not what its descriptor says", st->name);
    }
    *ret = (struct cached){.key = st, .h = h, .content = s->content};
    return OK;
}

/* The kept statement, or a new one; `own` is used when the kept one is running already. */
static enum rc
take(struct store *s, struct err *err, const struct sql_stmt *st, struct cached *own,
     struct cached **ret)
{
    if (s->n_cached >= STORE_STMT_MAX) {
        bool running = false;
        for (size_t i = 0; i < STORE_STMT_SLOTS; i++) {
            running = running || s->cache[i].busy;
        }
        if (!running) {
            store_forget_statements(s);
        }
    }
    size_t at = slot_of(st);
    while (s->cache[at].key != NULL && s->cache[at].key != st) {
        at = (at + 1) & (STORE_STMT_SLOTS - 1);
    }
    struct cached *c = &s->cache[at];
    if (c->key == st && !c->busy) {
        *ret = c;
        return OK;
    }
    if (c->key == NULL && s->n_cached < STORE_STMT_MAX) {
        TRY(prepare(s, err, st, c));
        s->n_cached++;
        *ret = c;
        return OK;
    }
    *ret = own;
    return prepare(s, err, st, own);
}

static void
give(struct store *s, struct cached *c, const struct cached *own)
{
    s->owner = NULL;
    (void)sqlite3_reset(c->h);
    (void)sqlite3_clear_bindings(c->h);
    c->busy = false;
    if (c == own) {
        sqlite3_finalize(c->h);
    }
}

/* --- values ---------------------------------------------------------------------------------- */

static int
bind_i64(sqlite3_stmt *h, int i, const struct sql_slot *slot, int64_t v)
{
    return v == (slot->id ? 0 : NONE_I64) ? sqlite3_bind_null(h, i) : sqlite3_bind_int64(h, i, v);
}

/* Text and blobs are not copied: they outlive the statement's use, which ends before its caller. */
static int
bind_one(sqlite3_stmt *h, int i, const struct sql_slot *slot, const void *in)
{
    const char *p = (const char *)in + slot->off;
    int64_t i64;
    int32_t i32;
    bool flag;
    struct str s;
    switch (slot->type) {
    case SQL_I64:
        memcpy(&i64, p, sizeof(i64));
        return bind_i64(h, i, slot, i64);
    case SQL_I32:
        memcpy(&i32, p, sizeof(i32));
        return i32 == NONE_I32 ? sqlite3_bind_null(h, i) : sqlite3_bind_int(h, i, i32);
    case SQL_FLAG:
        memcpy(&flag, p, sizeof(flag));
        return sqlite3_bind_int(h, i, flag ? 1 : 0);
    case SQL_TEXT:
        memcpy(&s, p, sizeof(s));
        return s.p == NULL ? sqlite3_bind_null(h, i)
                           : sqlite3_bind_text64(h, i, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_BLOB:
        memcpy(&s, p, sizeof(s)); /* struct bytes has the same two members */
        return s.p == NULL ? sqlite3_bind_null(h, i)
                           : sqlite3_bind_blob64(h, i, s.p, s.n, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

/* False when the value is not of the slot's type or does not fit into it. */
static bool
read_number(sqlite3_stmt *h, int i, const struct sql_slot *slot, char *p)
{
    const int type = sqlite3_column_type(h, i);
    const bool null = type == SQLITE_NULL;
    const int64_t none = slot->type == SQL_I32                ? NONE_I32
                         : slot->id || slot->type == SQL_FLAG ? 0
                                                              : NONE_I64;
    const int64_t i64 = null ? none : sqlite3_column_int64(h, i);
    const int32_t i32 = (int32_t)i64;
    const bool flag = i64 != 0;
    if (slot->type == SQL_I64) {
        memcpy(p, &i64, sizeof(i64));
    } else if (slot->type == SQL_I32) {
        memcpy(p, &i32, sizeof(i32));
    } else {
        memcpy(p, &flag, sizeof(flag));
    }
    return (null || type == SQLITE_INTEGER) && (slot->type != SQL_I32 || i32 == i64);
}

static bool
read_bytes(sqlite3_stmt *h, int i, const struct sql_slot *slot, char *p, struct arena *mem)
{
    const int type = sqlite3_column_type(h, i);
    struct str s = STR_NONE;
    if (type != SQLITE_NULL) {
        const void *bytes = sqlite3_column_blob(h, i);
        s = (struct str){bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(h, i)};
        s = mem != NULL ? arena_copy(mem, s) : s;
    }
    memcpy(p, &s, sizeof(s)); /* struct bytes has the same two members */
    return type == SQLITE_NULL || type == (slot->type == SQL_TEXT ? SQLITE_TEXT : SQLITE_BLOB);
}

/* mem: bytes are copied there; NULL: they are what SQLite holds until the next step. */
static enum rc
read_row(struct rtx *tx, const struct cached *c, void *row, struct arena *mem)
{
    for (uint16_t i = 0; i < c->key->n_row; i++) {
        const struct sql_slot *slot = &c->key->row[i];
        char *p = (char *)row + slot->off;
        const bool bytes = slot->type == SQL_TEXT || slot->type == SQL_BLOB;
        if (!(bytes ? read_bytes(c->h, i, slot, p, mem) : read_number(c->h, i, slot, p))) {
            return fail(tx->err, RC_BROKEN, E_BROKEN, "%s: %s has another type", c->key->name,
                        slot->name);
        }
    }
    return OK;
}

/* --- one use --------------------------------------------------------------------------------- */

enum rc
store_need_use(struct rtx *tx, const char *what)
{
    TRY(store_need_sound(tx->s, tx->err));
    if (tx->dead != OK) {
        return tx->dead;
    }
    return tx->open ? OK : fail(tx->err, RC_BROKEN, E_BROKEN, "%s: transaction is over", what);
}

static enum rc
check_use(struct rtx *tx, const struct sql_stmt *st)
{
    TRY(store_need_use(tx, st->name));
    if (st->writes && !tx->write) {
        return fail(tx->err, RC_BROKEN, E_BROKEN, "%s: writes in a read transaction", st->name);
    }
    return OK;
}

static void
set_deadline(const struct rtx *tx)
{
    tx->s->deadline_us = tx->write ? 0 : time_mono_us() + tx->s->read_limit_us;
}

static enum rc
begin(struct rtx *tx, const struct sql_stmt *st, const void *in, struct cached *own,
      struct cached **ret)
{
    struct store *s = tx->s;
    TRY(check_use(tx, st));
    TRY(take(s, tx->err, st, own, ret));
    (*ret)->busy = true;
    s->owner = st->owner; /* a statement that SQLite prepares anew at its first step asks again */
    for (uint16_t i = 0; i < st->n_in; i++) {
        int code = bind_one((*ret)->h, i + 1, &st->in[i], in);
        if (code != SQLITE_OK) {
            give(s, *ret, own);
            return store_fail(s, tx->err, code, st->name);
        }
    }
    set_deadline(tx);
    return OK;
}

/* SQLite rolls back by itself after some errors; the transaction must not go on as if it had not.
 */
enum rc
store_judge(struct rtx *tx, int code, const char *what)
{
    enum rc rc = store_fail(tx->s, tx->err, code, what);
    if (tx->write && sqlite3_get_autocommit(tx->s->db) != 0) {
        tx->dead = rc;
    }
    return rc;
}

/* What the last step() said, when rows are over: done, or an error. Counts what was changed. */
static enum rc
end(struct rtx *tx, const struct sql_stmt *st, const struct cached *c, int code)
{
    if (code != SQLITE_DONE) {
        return store_judge(tx, code, st->name);
    }
    if (tx->write && c->content) {
        tx->s->tx.changed += sqlite3_changes64(tx->s->db);
    }
    return OK;
}

enum rc
sql_maybe(struct rtx *tx, const struct sql_stmt *st, const void *in, void *ret_row, bool *ret_found)
{
    struct cached own = {0}, *c;
    void *row = arena_alloc(tx->mem, st->row_size);
    TRY(begin(tx, st, in, &own, &c));
    enum rc rc = OK;
    int code = sqlite3_step(c->h);
    const bool found = code == SQLITE_ROW;
    if (found) {
        rc = read_row(tx, c, row, tx->mem);
        code = rc == OK ? sqlite3_step(c->h) : code; /* a write is only done at its end */
        if (rc == OK && code == SQLITE_ROW) {
            rc = fail(tx->err, RC_BROKEN, E_BROKEN, "%s: more than one row", st->name);
        }
    }
    if (rc == OK) {
        rc = end(tx, st, c, code);
    }
    give(tx->s, c, &own);
    if (rc == OK && found) {
        memcpy(ret_row, row, st->row_size);
    }
    if (rc == OK) {
        *ret_found = found;
    }
    return rc;
}

enum rc
sql_one(struct rtx *tx, const struct sql_stmt *st, const void *in, void *ret_row)
{
    bool found = false;
    TRY(sql_maybe(tx, st, in, ret_row, &found));
    return found ? OK : fail(tx->err, RC_MISSING, E_MISSING, "%s", st->name);
}

enum rc
sql_write_one(struct wtx *tx, const struct sql_stmt *st, const void *in, void *ret_row)
{
    return sql_one(&tx->r, st, in, ret_row);
}

/* Rows gather in an array that doubles; what it leaves behind belongs to the request as well. */
enum rc
sql_list(struct rtx *tx, const struct sql_stmt *st, const void *in, void **ret_rows, size_t *ret_n)
{
    struct cached own = {0}, *c;
    TRY(begin(tx, st, in, &own, &c));
    size_t n = 0, cap = 16;
    char *rows = arena_alloc(tx->mem, cap * st->row_size);
    enum rc rc = OK;
    int code;
    while ((code = sqlite3_step(c->h)) == SQLITE_ROW) {
        if (n == st->max_rows) {
            rc = fail(tx->err, RC_LIMIT, E_LIMIT, "%s: more than %u rows", st->name, st->max_rows);
            break;
        }
        if (n == cap) {
            char *more = arena_alloc(tx->mem, cap * 2 * st->row_size);
            memcpy(more, rows, n * st->row_size);
            rows = more;
            cap *= 2;
        }
        rc = read_row(tx, c, rows + n * st->row_size, tx->mem);
        if (rc != OK) {
            break;
        }
        n++;
    }
    if (rc == OK) {
        rc = end(tx, st, c, code);
    }
    give(tx->s, c, &own);
    if (rc == OK) {
        *ret_rows = rows;
        *ret_n = n;
    }
    return rc;
}

enum rc
sql_each(struct rtx *tx, const struct sql_stmt *st, const void *in,
         enum rc (*fn)(void *arg, const void *row), void *arg)
{
    struct cached own = {0}, *c;
    void *row = arena_alloc(tx->mem, st->row_size);
    TRY(begin(tx, st, in, &own, &c));
    enum rc rc = OK;
    int code;
    while ((code = sqlite3_step(c->h)) == SQLITE_ROW) {
        rc = read_row(tx, c, row, NULL);
        if (rc == OK) {
            rc = fn(arg, row);
        }
        if (rc != OK) {
            break;
        }
        set_deadline(tx); /* each row has the whole limit: fn may write to somebody slow */
    }
    if (rc == OK) {
        rc = end(tx, st, c, code);
    }
    give(tx->s, c, &own);
    return rc;
}

enum rc
sql_run(struct wtx *tx, const struct sql_stmt *st, const void *in, int64_t *ret_changed)
{
    struct cached own = {0}, *c;
    TRY(begin(&tx->r, st, in, &own, &c));
    enum rc rc = end(&tx->r, st, c, sqlite3_step(c->h));
    if (rc == OK) {
        *ret_changed = sqlite3_changes64(tx->r.s->db);
    }
    give(tx->r.s, c, &own);
    return rc;
}

enum rc
sql_change(struct wtx *tx, const struct sql_stmt *st, const void *in)
{
    int64_t changed = 0;
    TRY(sql_run(tx, st, in, &changed));
    return changed == 1 ? OK
                        : fail(tx->r.err, RC_CONFLICT, E_STALE, "%s: %lld rows", st->name,
                               (long long)changed);
}

/* --- the store's own texts ------------------------------------------------------------------- */

enum rc
store_control(struct store *s, struct err *err, enum control c)
{
    static const char *const texts[CTL_COUNT] = {
        [CTL_READ] = "BEGIN",        [CTL_WRITE] = "BEGIN IMMEDIATE", [CTL_COMMIT] = "COMMIT",
        [CTL_ROLLBACK] = "ROLLBACK", [CTL_SAVE] = "SAVEPOINT s",      [CTL_BACK] = "ROLLBACK TO s",
        [CTL_RELEASE] = "RELEASE s",
    };
    const char *owner = s->owner; /* of a statement that is giving rows to whoever asks for this */
    int code = SQLITE_OK;
    s->owner = NULL;
    s->deadline_us = 0;
    if (s->control[c] == NULL) {
        code = sqlite3_prepare_v3(s->db, texts[c], -1, SQLITE_PREPARE_PERSISTENT, &s->control[c],
                                  NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(s->control[c]);
        (void)sqlite3_reset(s->control[c]);
    }
    s->owner = owner;
    return code == SQLITE_DONE ? OK : store_fail(s, err, code, texts[c]);
}
