/* restore_diff.c: the classes of tables as the schema declares them, and what differs between two
 * stores, row by row in the order of the keys. */
#include <stdio.h>

#include "store/restore_own.h"

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
        {"content",                                                RESTORE_CONTENT},
        {"present",                                                RESTORE_PRESENT},
        {"merge (the greater of both numbers)",                    RESTORE_GREATER},
        {"merge (the higher count stays)",                         RESTORE_GREATER},
        {"merge (none goes, the later time stays)",                RESTORE_GREATER},
        {"merge (who may see what is there today stays as it is)", RESTORE_ACCESS },
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].words, t->restore) == 0) {
            return rules[i].class;
        }
    }
    return restore_kept_column(t).n > 0 ? RESTORE_CONTENT : RESTORE_UNKNOWN;
}

bool
restore_travels(const struct schema_table *t)
{
    const enum restore_class class = restore_class_of(t);
    return class == RESTORE_CONTENT || class == RESTORE_ACCESS;
}

struct str
restore_kept_column(const struct schema_table *t)
{
    const struct str begin = STR("merge (content; ");
    const struct str end = STR(" stays as it is today)");
    const struct str words = str_of(t->restore);
    return str_starts(words, begin) && str_ends(words, end)
               ? str_sub(words, begin.n, words.n - begin.n - end.n)
               : STR_NONE;
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
    int kept;                    /* the column that stays as it is today, or -1 */
    sqlite3_stmt *thing[2];      /* of a table of who may see a thing: is it there? */
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
        if (i != p->kept && value_order(p->h[0], p->h[1], i) != 0) {
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
        if (i != p->kept && value_order(p->h[0], p->h[1], i) != 0) {
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

/* Is what the row's first column names there on that side? */
static bool
has_thing(const struct pair *p, int row, int side)
{
    (void)sqlite3_bind_value(p->thing[side], 1, sqlite3_column_value(p->h[row], 0));
    const bool has = sqlite3_step(p->thing[side]) == SQLITE_ROW;
    (void)sqlite3_reset(p->thing[side]);
    return has;
}

/* Two rows of one key, or one alone: what does a restore do with it? 0: nothing. */
static enum restore_kind
judge(const struct pair *p, int order, struct restore_table *t)
{
    const bool same = order == 0 && is_same(p);
    const bool kept =
        p->thing[0] != NULL
            ? !same && (order < 0 ? has_thing(p, 0, 1) : has_thing(p, 1, 0))
            : order == 0 && p->kept >= 0 && value_order(p->h[0], p->h[1], p->kept) != 0;
    t->kept += kept;
    if (same || (kept && p->thing[0] != NULL)) {
        return 0;
    }
    t->came += order > 0;
    t->went += order < 0;
    t->changed += order == 0;
    return order > 0 ? RESTORE_CAME : order < 0 ? RESTORE_WENT : RESTORE_CHANGED;
}

static enum rc
differ(struct pair *p, const struct restore_sink *sink, struct err *err, struct restore_table *t)
{
    TRY(step(p, 0, err));
    TRY(step(p, 1, err));
    while (p->row[0] || p->row[1]) {
        const int order = !p->row[0] ? 1 : !p->row[1] ? -1 : key_order(p);
        const enum restore_kind kind = judge(p, order, t);
        t->present += order <= 0;
        t->state += order >= 0;
        if (kind != 0 && sink != NULL) {
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

enum rc
restore_thing_of(sqlite3 *db, const char *table, struct err *err, struct restore_thing *ret_t)
{
    char text[300];
    sqlite3_stmt *h = NULL;
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    int code = sqlite3_prepare_v2(db, text, -1, &h, NULL);
    (void)snprintf(ret_t->column, sizeof(ret_t->column), "%s",
                   code == SQLITE_OK ? sqlite3_column_name(h, 0) : "");
    (void)sqlite3_finalize(h);
    (void)snprintf(text, sizeof(text),
                   "SELECT \"table\" FROM pragma_foreign_key_list('%s') WHERE \"from\" = '%s'",
                   table, ret_t->column);
    code = sqlite3_prepare_v2(db, text, -1, &h, NULL);
    code = code == SQLITE_OK ? sqlite3_step(h) : code;
    if (code == SQLITE_ROW) {
        (void)snprintf(ret_t->table, sizeof(ret_t->table), "%s",
                       (const char *)sqlite3_column_text(h, 0));
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_ROW ? OK : fail(err, RC_BROKEN, E_BROKEN, "%s: of what?", table);
}

static enum rc
open_things(struct pair *p, const char *table, struct err *err)
{
    struct restore_thing thing = {0};
    char text[150];
    int code = SQLITE_OK;
    TRY(restore_thing_of(p->s[0]->db, table, err, &thing));
    (void)snprintf(text, sizeof(text), "SELECT 1 FROM \"%s\" WHERE id = ?1", thing.table);
    for (int i = 0; i < 2 && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v2(p->s[i]->db, text, -1, &p->thing[i], NULL);
    }
    return code == SQLITE_OK ? OK : fail(err, RC_BROKEN, E_BROKEN, "%s: %d", text, code);
}

static int
find_column(sqlite3_stmt *h, struct str name)
{
    int i = name.n > 0 ? sqlite3_column_count(h) - 1 : -1;
    while (i >= 0 && !str_eq(str_of(sqlite3_column_name(h, i)), name)) {
        i--;
    }
    return i;
}

static enum rc
open_pair(struct pair *p, const struct schema_table *def, struct err *err)
{
    const char *table = def->name;
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
    p->kept = find_column(p->h[0], restore_kept_column(def));
    if (sqlite3_column_count(p->h[0]) != sqlite3_column_count(p->h[1])) {
        return fail(err, RC_BROKEN, E_BROKEN, "%s", table); /* uncovered: both have one schema */
    }
    return restore_class_of(def) == RESTORE_ACCESS ? open_things(p, table, err) : OK;
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
        enum rc rc = open_pair(&p, def, err);
        rc = rc == OK ? differ(&p, def->secret ? NULL : sink, err, &ret_tables[i]) : rc;
        (void)sqlite3_finalize(p.h[0]);
        (void)sqlite3_finalize(p.h[1]);
        (void)sqlite3_finalize(p.thing[0]);
        (void)sqlite3_finalize(p.thing[1]);
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
