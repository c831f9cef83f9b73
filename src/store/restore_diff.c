/* restore_diff.c: the classes of tables as the schema declares them, and what differs between two
 * stores, row by row in the order of the keys. */
#include <stdio.h>

#include "store/restore.h"
#include "store/sqlite.h"

enum { COLUMNS_MAX = 100 };

/* --- classes -----------------------------------------------------------------------------------
 */

enum restore_class
restore_class_of(const struct schema_table *t)
{
    static const struct {
        const char *words;
        enum restore_class class;
    } rules[] = {
        {"content",                             RESTORE_CONTENT},
        {"present",                             RESTORE_PRESENT},
        {"merge (the greater of both numbers)", RESTORE_GREATER},
        {"merge (the higher count stays)",      RESTORE_GREATER},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].words, t->restore) == 0) {
            return rules[i].class;
        }
    }
    return RESTORE_UNKNOWN;
}

/* --- what differs ------------------------------------------------------------------------------
 */

/* A table as two stores have it, row by row in the order of its key. */
struct pair {
    struct store *s[2]; /* the present, the state */
    struct rtx *tx[2];
    sqlite3_stmt *h[2];
    bool row[2];
    int n_key, key[COLUMNS_MAX]; /* columns of the key */
};

static int
value_order(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
    const int kind = sqlite3_column_type(a, i);
    const int other = sqlite3_column_type(b, i);
    if (kind != other) {
        /* NULL before numbers before text before bytes, as SQLite sorts. */
        static const int place[] = {[SQLITE_NULL] = 0,
                                    [SQLITE_INTEGER] = 1,
                                    [SQLITE_FLOAT] = 1,
                                    [SQLITE_TEXT] = 2,
                                    [SQLITE_BLOB] = 3};
        return place[kind] < place[other] ? -1 : 1;
    }
    if (kind == SQLITE_INTEGER) {
        const int64_t x = sqlite3_column_int64(a, i);
        const int64_t y = sqlite3_column_int64(b, i);
        return x < y ? -1 : x > y;
    }
    const void *p = sqlite3_column_blob(a, i);
    const void *q = sqlite3_column_blob(b, i);
    const size_t n = (size_t)sqlite3_column_bytes(a, i);
    const size_t m = (size_t)sqlite3_column_bytes(b, i);
    const size_t least = n < m ? n : m;
    const int order = least > 0 ? memcmp(p, q, least) : 0;
    return order != 0 ? order : n < m ? -1 : n > m;
}

static int
key_order(const struct pair *p)
{
    int order = 0;
    for (int i = 0; i < p->n_key && order == 0; i++) {
        order = value_order(p->h[0], p->h[1], p->key[i]);
    }
    return order;
}

static bool
is_same(const struct pair *p)
{
    for (int i = 0; i < sqlite3_column_count(p->h[0]); i++) {
        if (value_order(p->h[0], p->h[1], i) != 0) {
            return false;
        }
    }
    return true;
}

static enum rc
step(struct pair *p, int side, struct err *err)
{
    const int code = sqlite3_step(p->h[side]);
    p->row[side] = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK
                                                     : store_fail(p->s[side], err, code, "restore");
}

static struct str
text_at(sqlite3_stmt *h, int i)
{
    const unsigned char *text = sqlite3_column_text(h, i);
    return text != NULL ? str_of((const char *)text) : STR_NONE;
}

static size_t
find_changes(const struct pair *p, struct restore_change *ret_c, char *ret_names, size_t cap)
{
    size_t found = 0;
    size_t n = 0;
    for (int i = 0; i < sqlite3_column_count(p->h[0]) && found < COLUMNS_MAX && n < cap; i++) {
        if (value_order(p->h[0], p->h[1], i) != 0) {
            ret_c[found++] = (struct restore_change){.column = sqlite3_column_name(p->h[0], i),
                                                     .then = text_at(p->h[1], i),
                                                     .now = text_at(p->h[0], i)};
            n += (size_t)snprintf(ret_names + n, cap - n, "%s%s", n > 0 ? " " : "",
                                  sqlite3_column_name(p->h[0], i));
        }
    }
    return found;
}

/* The sink may ask either store; what that leaves behind is put right. */
static enum rc
tell(const struct pair *p, const struct restore_sink *sink, const struct restore_table *t,
     enum restore_kind kind, struct err *err)
{
    char key[200];
    char columns[400] = "";
    struct restore_change changes[COLUMNS_MAX];
    size_t n = 0;
    const int side = kind == RESTORE_WENT ? 0 : 1;
    for (int i = 0; i < p->n_key && n < sizeof(key); i++) {
        const struct str text = text_at(p->h[side], p->key[i]);
        n += (size_t)snprintf(key + n, sizeof(key) - n, "%s%.*s", i > 0 ? " " : "", STR_FMT(text));
    }
    struct restore_row row = {
        .table = t, .kind = kind, .key = key, .columns = columns, .changes = changes};
    row.tx = p->tx[side];
    row.n_changes =
        kind == RESTORE_CHANGED ? find_changes(p, changes, columns, sizeof(columns)) : 0;
    const enum rc rc = sink->row(sink->arg, &row, err);
    for (int i = 0; i < 2; i++) {
        p->s[i]->owner = NULL;
        p->s[i]->deadline_us = 0;
    }
    return rc;
}

static enum rc
differ(struct pair *p, const struct restore_sink *sink, struct err *err, struct restore_table *t)
{
    TRY(step(p, 0, err));
    TRY(step(p, 1, err));
    while (p->row[0] || p->row[1]) {
        const int order = !p->row[0] ? 1 : !p->row[1] ? -1 : key_order(p);
        const bool same = order == 0 && is_same(p);
        const enum restore_kind kind = order > 0   ? RESTORE_CAME
                                       : order < 0 ? RESTORE_WENT
                                                   : RESTORE_CHANGED;
        t->present += order <= 0;
        t->state += order >= 0;
        t->came += order > 0;
        t->went += order < 0;
        t->changed += order == 0 && !same;
        if (!same && sink != NULL) {
            TRY(tell(p, sink, t, kind, err));
        }
        if (order <= 0) {
            TRY(step(p, 0, err));
        }
        if (order >= 0) {
            TRY(step(p, 1, err));
        }
    }
    return OK;
}

static enum rc
open_pair(struct pair *p, const char *table, struct err *err)
{
    char text[STORE_ORDER_BYTES];
    TRY(store_order_by_key(p->s[0], err, table, text, p->key, &p->n_key));
    for (int i = 0; i < 2; i++) {
        p->s[i]->owner = NULL;
        p->s[i]->deadline_us = 0;
        const int code = sqlite3_prepare_v2(p->s[i]->db, text, -1, &p->h[i], NULL);
        if (code != SQLITE_OK) {
            return store_fail(p->s[i], err, code, text);
        }
    }
    return sqlite3_column_count(p->h[0]) == sqlite3_column_count(p->h[1])
               ? OK
               : fail(err, RC_BROKEN, E_BROKEN, "%s: other columns", table);
}

static enum rc
differ_all(struct rtx *present, struct rtx *state, const struct restore_sink *sink, struct err *err,
           struct restore_table *ret_tables)
{
    for (size_t i = 0; i < present->s->def->n_tables; i++) {
        const struct schema_table *def = &present->s->def->tables[i];
        struct pair p = {
            .s = {present->s, state->s},
              .tx = {present,    state   }
        };
        ret_tables[i] = (struct restore_table){.name = def->name, .class = restore_class_of(def)};
        enum rc rc = open_pair(&p, def->name, err);
        rc = rc == OK ? differ(&p, def->secret ? NULL : sink, err, &ret_tables[i]) : rc;
        (void)sqlite3_finalize(p.h[0]);
        (void)sqlite3_finalize(p.h[1]);
        TRY(rc);
    }
    return OK;
}

enum rc
restore_diff(struct store *present, struct store *state, const struct restore_sink *sink,
             struct err *err, struct restore_table *ret_tables)
{
    static const struct actor nobody = {.reason = "restore"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 16);
    struct rtx *a;
    struct rtx *b;
    TRY(rtx_begin(present, mem, (struct instant){1}, &nobody, err, &a));
    enum rc rc = rtx_begin(state, mem, (struct instant){1}, &nobody, err, &b);
    if (rc == OK) {
        rc = differ_all(a, b, sink, err, ret_tables);
        rtx_end(b);
    }
    rtx_end(a);
    return rc;
}
