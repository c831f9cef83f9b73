/* snapshot.c: the whole store as of one read transaction: first the tables' counts and checksums,
 * then the pages as they lie in memory, decrypted. Not the backup interface of SQLite, which starts
 * again under a writer, not VACUUM INTO, which writes a second file. */
#include "store/sqlite.h"

#include <sodium.h>

enum {
    BUF_BYTES = 16 * 1024,
    KEY_MAX = 100,   /* columns */
    MODE_WRITE = 18, /* in the first page: 1 is a database without a log, 2 one with a log */
    MODE_READ = 19
};

/* --- checksums -------------------------------------------------------------------------------- */

/* Rows go into the hash by the buffer. */
struct sum {
    crypto_generichash_state hash;
    size_t n;
    uint8_t buf[BUF_BYTES];
};

static void
sum_flush(struct sum *s)
{
    crypto_generichash_update(&s->hash, s->buf, s->n);
    s->n = 0;
}

static void
sum_bytes(struct sum *s, const void *p, size_t n)
{
    if (n > BUF_BYTES - s->n) {
        sum_flush(s);
    }
    if (n > BUF_BYTES) {
        crypto_generichash_update(&s->hash, p, n);
    } else if (n > 0) {
        memcpy(s->buf + s->n, p, n);
        s->n += n;
    }
}

static void
sum_head(struct sum *s, char kind, uint64_t n)
{
    uint8_t p[9] = {(uint8_t)kind};
    for (int i = 0; i < 8; i++) {
        p[1 + i] = (uint8_t)(n >> (8 * i));
    }
    sum_bytes(s, p, sizeof(p));
}

static bool
sum_value(struct sum *s, sqlite3_stmt *h, int i)
{
    const int type = sqlite3_column_type(h, i);
    switch (type) {
    case SQLITE_NULL:
        sum_bytes(s, "n", 1);
        return true;
    case SQLITE_INTEGER:
        sum_head(s, 'i', (uint64_t)sqlite3_column_int64(h, i));
        return true;
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
        const void *p = sqlite3_column_blob(h, i);
        const size_t n = (size_t)sqlite3_column_bytes(h, i);
        sum_head(s, type == SQLITE_TEXT ? 't' : 'b', n);
        sum_bytes(s, p, n);
        return true;
    }
    default:
        return false;
    }
}

/* The columns of the statement's table that are of its primary key, or all. */
static int
key_columns(struct store *s, sqlite3_stmt *h, const char *table, bool all, int *ret_key)
{
    int found = 0;
    for (int i = 0; i < sqlite3_column_count(h) && found < KEY_MAX; i++) {
        int in_key = 0;
        const int code = sqlite3_table_column_metadata(
            s->db, "main", table, sqlite3_column_name(h, i), NULL, NULL, NULL, &in_key, NULL);
        if (code == SQLITE_OK && (in_key != 0 || all)) {
            ret_key[found++] = i;
        }
    }
    return found;
}

enum rc
store_order_by_key(struct store *s, struct err *err, const char *table,
                   char ret_text[static STORE_ORDER_BYTES], int *ret_key, int *ret_n_key)
{
    sqlite3_stmt *h = NULL;
    int n = snprintf(ret_text, STORE_ORDER_BYTES, "SELECT * FROM \"%s\"", table);
    const int code = sqlite3_prepare_v2(s->db, ret_text, -1, &h, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, table);
    }
    int n_key = key_columns(s, h, table, false, ret_key);
    n_key = n_key > 0 ? n_key : key_columns(s, h, table, true, ret_key);
    sqlite3_finalize(h);
    for (int i = 0; i < n_key; i++) {
        n += snprintf(ret_text + n, (size_t)(STORE_ORDER_BYTES - n), "%s%d",
                      i == 0 ? " ORDER BY " : ", ", ret_key[i] + 1);
    }
    *ret_n_key = n_key;
    return OK;
}

static enum rc
sum_rows(struct store *s, struct err *err, sqlite3_stmt *h, struct sum *sum,
         struct snapshot_table *t)
{
    int code;
    while ((code = sqlite3_step(h)) == SQLITE_ROW) {
        t->rows++;
        for (int i = 0; i < sqlite3_column_count(h); i++) {
            if (!sum_value(sum, h, i)) {
                return fail(err, RC_BROKEN, E_BROKEN, "%s: a value of no type of ours", t->name);
            }
        }
    }
    if (code != SQLITE_DONE) {
        return store_fail(s, err, code, t->name);
    }
    /* A sort would hold the table in memory; the key's own index gives the order. */
    return sqlite3_stmt_status(h, SQLITE_STMTSTATUS_SORT, 0) == 0
               ? OK
               : fail(err, RC_BROKEN, E_BROKEN, "%s: no key gives its order", t->name);
}

static enum rc
sum_table(struct store *s, struct err *err, const char *name, struct snapshot_table *ret_t)
{
    static struct sum sum; /* large, and wants an alignment that no arena gives */
    char text[STORE_ORDER_BYTES];
    int key[KEY_MAX];
    int n_key;
    sqlite3_stmt *h = NULL;
    *ret_t = (struct snapshot_table){.name = name};
    TRY(store_order_by_key(s, err, name, text, key, &n_key));
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, text); /* uncovered: store_order_by_key prepared the same */
    }
    crypto_generichash_init(&sum.hash, NULL, 0, sizeof(ret_t->checksum));
    sum.n = 0;
    const enum rc rc = sum_rows(s, err, h, &sum, ret_t);
    sqlite3_finalize(h);
    sum_flush(&sum);
    crypto_generichash_final(&sum.hash, ret_t->checksum, sizeof(ret_t->checksum));
    return rc;
}

/* What stands in a manifest is put into a statement: words of a schema only. */
static bool
is_word(const char *name)
{
    size_t n = 0;
    while ((name[n] >= 'a' && name[n] <= 'z') || name[n] == '_') {
        n++;
    }
    return n > 0 && name[n] == '\0';
}

static enum rc
sum_named(struct store *s, const char *const *names, size_t n, struct err *err,
          struct snapshot_table *ret_tables)
{
    int64_t found;
    TRY(store_number(s, err,
                     "SELECT count(*) FROM sqlite_schema "
                     "WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                     &found));
    if (found != (int64_t)n) {
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "%lld tables, not %zu", (long long)found, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_word(names[i]) || (i > 0 && strcmp(names[i - 1], names[i]) >= 0)) {
            return fail(err, RC_BROKEN, E_STORE_DAMAGED, "name of table %zu", i);
        }
        TRY(sum_table(s, err, names[i], &ret_tables[i]));
    }
    return OK;
}

enum rc
store_sums(struct store *s, const char *const *names, size_t n, struct err *err,
           struct snapshot_table *ret_tables)
{
    static const struct actor nobody = {.reason = "sums"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 16);
    struct rtx *tx;
    TRY(rtx_begin(s, mem, (struct instant){1}, &nobody, err, &tx));
    s->owner = NULL;
    s->deadline_us = 0;
    const enum rc rc = sum_named(s, names, n, err, ret_tables);
    rtx_end(tx);
    return rc == OK ? store_need_sound(s, err) : rc;
}

/* --- pages ------------------------------------------------------------------------------------ */

/* What the page needs so that any SQLite opens the image: without a log, and without what the
 * cipher keeps in its last bytes, which would only be noise. */
static struct bytes
plain_page(sqlite3_stmt *h, bool first, uint8_t *copy, size_t cap)
{
    const void *p = sqlite3_column_blob(h, 0);
    const size_t n = (size_t)sqlite3_column_bytes(h, 0);
    if (p == NULL || n > cap || n < 512) {
        return (struct bytes){NULL, 0}; /* uncovered: no page of SQLite's is of another size */
    }
    memcpy(copy, p, n);
    memset(copy + n - STORE_RESERVED_BYTES, 0, STORE_RESERVED_BYTES);
    if (first) {
        copy[MODE_WRITE] = copy[MODE_READ] = 1;
    }
    return (struct bytes){copy, n};
}

static enum rc
give_pages(struct store *s, const struct snapshot_sink *sink, struct err *err, int64_t pages)
{
    static uint8_t copy[65536];
    sqlite3_stmt *h = NULL;
    static const char text[] = "SELECT data FROM sqlite_dbpage";
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    enum rc rc = code == SQLITE_OK ? OK : store_fail(s, err, code, text);
    int64_t n = 0;
    for (; rc == OK && (code = sqlite3_step(h)) == SQLITE_ROW; n++) {
        const struct bytes b = plain_page(h, n == 0, copy, sizeof(copy));
        rc = sink->page(sink->arg, b, err);
    }
    if (rc == OK && code != SQLITE_DONE) {
        rc = store_fail(s, err, code, text);
    }
    sqlite3_finalize(h);
    explicit_bzero(copy, sizeof(copy));
    return rc == OK && n != pages ? fail(err, RC_BROKEN, E_BROKEN, "%lld pages", (long long)n) : rc;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum rc
give_tables(struct store *s, struct arena *mem, const struct snapshot_sink *sink, struct err *err,
            int64_t *ret_pages)
{
    const size_t n = s->def->n_tables;
    struct snapshot_table *tables = ARENA_ARRAY(mem, struct snapshot_table, n);
    int64_t pages;
    int64_t page_bytes;
    for (size_t i = 0; i < n; i++) {
        TRY(sum_table(s, err, s->def->tables[i].name, &tables[i]));
    }
    TRY(store_number(s, err, "PRAGMA page_count", &pages));
    TRY(store_number(s, err, "SELECT length(data) FROM sqlite_dbpage WHERE pgno = 1", &page_bytes));
    *ret_pages = pages;
    return sink->tables(sink->arg, tables, n, (uint64_t)(pages * page_bytes), err);
}

enum rc
store_snapshot(struct store *s, const struct snapshot_sink *sink, struct err *err)
{
    static const struct actor nobody = {.reason = "snapshot"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 20);
    struct rtx *tx;
    int64_t pages = 0;
    TRY(rtx_begin(s, mem, (struct instant){1}, &nobody, err, &tx));
    s->owner = NULL;
    s->deadline_us = 0;
    enum rc rc = give_tables(s, mem, sink, err, &pages);
    if (rc == OK) {
        rc = give_pages(s, sink, err, pages);
    }
    rtx_end(tx);
    return rc == OK ? store_need_sound(s, err) : rc;
}
