/* record.c: see record.h. Texts of statements are made of words of the schema alone. */
#include "store/record.h"

#include <stdio.h>

#include "store/sqlite.h"

enum { TEXT_BYTES = 8192 };

/* --- shapes ------------------------------------------------------------------------------------
 */

static enum rc
read_refs(struct rtx *tx, struct record_shape *sh)
{
    sqlite3_stmt *h = NULL;
    char text[200];
    (void)snprintf(text, sizeof(text),
                   "SELECT \"from\", \"table\" FROM pragma_foreign_key_list('%s')",
                   sh->table->name);
    int code = sqlite3_prepare_v2(tx->s->db, text, -1, &h, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(h);
        if (code == SQLITE_ROW && sh->n_refs < RECORD_REFS_MAX) {
            struct record_ref *r = &sh->refs[sh->n_refs++];
            r->column = record_column(sh, (const char *)sqlite3_column_text(h, 0));
            r->table = schema_find(tx->s->def, (const char *)sqlite3_column_text(h, 1));
        }
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_DONE ? OK : store_fail(tx->s, tx->err, code, text);
}

static enum rc
read_columns(struct rtx *tx, struct record_shape *sh)
{
    int needed[RECORD_COLUMNS_MAX];
    char text[STORE_ORDER_BYTES];
    sqlite3_stmt *h = NULL;
    TRY(store_order_by_key(tx->s, tx->err, sh->table->name, text, sh->key, &sh->n_key));
    const int code = sqlite3_prepare_v2(tx->s->db, text, -1, &h, NULL);
    sh->n = code == SQLITE_OK ? sqlite3_column_count(h) : 0;
    for (int i = 0; i < sh->n; i++) {
        sh->names[i] = arena_copy(tx->mem, str_of(sqlite3_column_name(h, i))).p;
        (void)sqlite3_table_column_metadata(tx->s->db, "main", sh->table->name, sh->names[i], NULL,
                                            NULL, &needed[i], NULL, NULL);
    }
    (void)sqlite3_finalize(h);
    TRY(code == SQLITE_OK ? read_refs(tx, sh) : store_fail(tx->s, tx->err, code, text));
    for (int i = 0; i < sh->n_refs; i++) {
        sh->refs[i].needed = needed[sh->refs[i].column] != 0;
    }
    return OK;
}

enum rc
record_shape(struct rtx *tx, struct str table, const struct record_shape **ret_sh)
{
    const struct schema_table *t = schema_find(tx->s->def, arena_copy(tx->mem, table).p);
    if (t == NULL || !restore_travels(t)) {
        return fail(tx->err, RC_MISSING, E_MISSING, "no records of this kind");
    }
    struct record_shape *sh = ARENA_ARRAY(tx->mem, struct record_shape, 1);
    sh->table = t;
    tx->s->owner = NULL;
    tx->s->deadline_us = 0;
    TRY(store_need_use(tx, "record"));
    TRY(read_columns(tx, sh));
    *ret_sh = sh;
    return OK;
}

int
record_column(const struct record_shape *sh, const char *name)
{
    int i = sh->n - 1;
    while (i >= 0 && strcmp(sh->names[i], name) != 0) {
        i--;
    }
    return i;
}

/* --- values ------------------------------------------------------------------------------------
 */

static struct record_value
read_value(sqlite3_stmt *h, int i, struct arena *mem)
{
    struct record_value v = {.type = RECORD_NULL};
    const int type = sqlite3_column_type(h, i);
    if (type == SQLITE_INTEGER) {
        v.type = RECORD_NUMBER;
        v.number = sqlite3_column_int64(h, i);
    } else if (type != SQLITE_NULL) {
        const void *p = sqlite3_column_blob(h, i);
        v.type = type == SQLITE_TEXT ? RECORD_TEXT : RECORD_BYTES;
        v.text =
            arena_copy(mem, (struct str){p != NULL ? p : "", (size_t)sqlite3_column_bytes(h, i)});
    }
    return v;
}

static void
bind(sqlite3_stmt *h, int i, const struct record_value *v)
{
    switch (v->type) {
    case RECORD_NULL:
        (void)sqlite3_bind_null(h, i);
        break;
    case RECORD_NUMBER:
        (void)sqlite3_bind_int64(h, i, v->number);
        break;
    case RECORD_TEXT:
        (void)sqlite3_bind_text64(h, i, v->text.p, v->text.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case RECORD_BYTES:
        (void)sqlite3_bind_blob64(h, i, v->text.p, v->text.n, SQLITE_STATIC);
        break;
    }
}

bool
record_same(const struct record_value *a, const struct record_value *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (a[i].type != b[i].type || a[i].number != b[i].number || !str_eq(a[i].text, b[i].text)) {
            return false;
        }
    }
    return true;
}

const struct record_value *
record_key(struct arena *mem, const struct record_shape *sh, const struct record_value *v)
{
    struct record_value *key = ARENA_ARRAY(mem, struct record_value, (size_t)sh->n_key);
    for (int i = 0; i < sh->n_key; i++) {
        key[i] = v[sh->key[i]];
    }
    return key;
}

/* --- statements --------------------------------------------------------------------------------
 */

static enum rc
prepare(struct rtx *tx, const char *text, sqlite3_stmt **ret_h)
{
    TRY(store_need_use(tx, text));
    tx->s->deadline_us = 0;
    const int code = sqlite3_prepare_v2(tx->s->db, text, -1, ret_h, NULL);
    return code == SQLITE_OK ? OK : store_fail(tx->s, tx->err, code, text);
}

/* `FROM "t" WHERE "a" = ?1 AND "b" = ?2` with the columns of the key. */
static int
put_key(char *text, int n, const struct record_shape *sh, int first)
{
    for (int i = 0; i < sh->n_key; i++) {
        n += snprintf(text + n, (size_t)(TEXT_BYTES - n), "%s \"%s\" = ?%d",
                      i == 0 ? " WHERE" : " AND", sh->names[sh->key[i]], first + i);
    }
    return n;
}

static struct record_value *
read_row(const struct record_shape *sh, sqlite3_stmt *h, struct arena *mem)
{
    struct record_value *v = ARENA_ARRAY(mem, struct record_value, (size_t)sh->n);
    for (int i = 0; i < sh->n; i++) {
        v[i] = read_value(h, i, mem);
    }
    return v;
}

enum rc
record_find(struct rtx *tx, const struct record_shape *sh, const struct record_value *key,
            struct record_value **ret_v, bool *ret_found)
{
    char text[TEXT_BYTES];
    sqlite3_stmt *h = NULL;
    const int n = snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", sh->table->name);
    (void)put_key(text, n, sh, 1);
    tx->s->owner = NULL;
    TRY(prepare(tx, text, &h));
    for (int i = 0; i < sh->n_key; i++) {
        bind(h, i + 1, &key[i]);
    }
    const int code = sqlite3_step(h);
    *ret_found = code == SQLITE_ROW;
    if (*ret_found) {
        *ret_v = read_row(sh, h, tx->mem);
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK : store_fail(tx->s, tx->err, code, text);
}

enum rc
record_is_there(struct rtx *tx, const struct schema_table *t, int64_t id, bool *ret_there)
{
    char text[200];
    sqlite3_stmt *h = NULL;
    (void)snprintf(text, sizeof(text), "SELECT 1 FROM \"%s\" WHERE id = ?1", t->name);
    tx->s->owner = NULL;
    TRY(prepare(tx, text, &h));
    (void)sqlite3_bind_int64(h, 1, id);
    const int code = sqlite3_step(h);
    (void)sqlite3_finalize(h);
    *ret_there = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK : store_fail(tx->s, tx->err, code, text);
}

enum rc
record_list(struct rtx *tx, const struct record_shape *sh, int column, int64_t number, size_t max,
            struct record_value ***ret_rows, size_t *ret_n)
{
    char text[TEXT_BYTES];
    sqlite3_stmt *h = NULL;
    int n = snprintf(text, sizeof(text), "SELECT * FROM \"%s\" WHERE \"%s\" = ?1", sh->table->name,
                     sh->names[column]);
    for (int i = 0; i < sh->n_key; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s \"%s\"", i == 0 ? " ORDER BY" : ",",
                      sh->names[sh->key[i]]);
    }
    tx->s->owner = NULL;
    TRY(prepare(tx, text, &h));
    (void)sqlite3_bind_int64(h, 1, number);
    struct record_value **rows = ARENA_ARRAY(tx->mem, struct record_value *, max + 1);
    size_t got = 0;
    int code;
    while ((code = sqlite3_step(h)) == SQLITE_ROW && got < max) {
        rows[got++] = read_row(sh, h, tx->mem);
    }
    (void)sqlite3_finalize(h);
    *ret_rows = rows;
    *ret_n = got;
    return code == SQLITE_DONE  ? OK
           : code == SQLITE_ROW ? fail(tx->err, RC_LIMIT, E_LIMIT, "more than %zu rows", max)
                                : store_fail(tx->s, tx->err, code, text); /* uncovered: disk */
}

/* --- changes -----------------------------------------------------------------------------------
 */

/* One statement over the values of a row, bound in the order of its columns; one row changes. */
static enum rc
write_row(struct wtx *tx, const struct record_shape *sh, const char *text,
          const struct record_value *v)
{
    struct store *s = tx->r.s;
    sqlite3_stmt *h = NULL;
    s->owner = sh->table->owner;
    enum rc rc = prepare(&tx->r, text, &h);
    if (rc == OK) {
        for (int i = 0; i < sqlite3_bind_parameter_count(h); i++) {
            bind(h, i + 1, &v[i]);
        }
        const int code = sqlite3_step(h);
        rc = code == SQLITE_DONE ? OK : store_judge(&tx->r, code, sh->table->name);
    }
    (void)sqlite3_finalize(h);
    s->owner = NULL;
    TRY(rc);
    tx->changed += sqlite3_changes64(s->db);
    return sqlite3_changes64(s->db) == 1
               ? OK
               : fail(tx->r.err, RC_CONFLICT, E_STALE, "%s: no such row", sh->table->name);
}

enum rc
record_insert(struct wtx *tx, const struct record_shape *sh, const struct record_value *v)
{
    char text[TEXT_BYTES];
    int n = snprintf(text, sizeof(text), "INSERT INTO \"%s\" VALUES", sh->table->name);
    for (int i = 0; i < sh->n; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s?%d", i == 0 ? " (" : ", ", i + 1);
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ")");
    return write_row(tx, sh, text, v);
}

enum rc
record_change(struct wtx *tx, const struct record_shape *sh, const struct record_value *v)
{
    char text[TEXT_BYTES];
    int n = snprintf(text, sizeof(text), "UPDATE \"%s\" SET", sh->table->name);
    for (int i = 0; i < sh->n; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s \"%s\" = ?%d", i == 0 ? "" : ",",
                      sh->names[i], i + 1);
    }
    for (int i = 0; i < sh->n_key; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s \"%s\" = ?%d",
                      i == 0 ? " WHERE" : " AND", sh->names[sh->key[i]], sh->key[i] + 1);
    }
    return write_row(tx, sh, text, v);
}

enum rc
record_remove(struct wtx *tx, const struct record_shape *sh, const struct record_value *v)
{
    char text[TEXT_BYTES];
    const int n = snprintf(text, sizeof(text), "DELETE FROM \"%s\"", sh->table->name);
    (void)put_key(text, n, sh, 1);
    return write_row(tx, sh, text, record_key(tx->r.mem, sh, v));
}
