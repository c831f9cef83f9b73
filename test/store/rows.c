/* rows.c: see rows.h. */
#include "rows.h"

#include <fcntl.h>

#include "rig.h"

const uint8_t rows_key[32] = {9, 9};

struct store *
rows_store(const char *path)
{
    struct err err = {0};
    struct store *s = NULL;
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = rows_key, .create = true};
    const enum rc rc = store_open(&opt, &err, &s);
    if (rc != OK) {
        FAIL_TEST("%s: rc %d %s %s", path, rc, code_name(err.code), err.detail);
    }
    return s;
}

sqlite3 *
rows_raw(const char *path)
{
    struct err err = {0};
    sqlite3 *db = NULL;
    assert_ok(store_raw_open(path, rows_key, &err, &db));
    assert_int_equal(store_raw_run(db, "PRAGMA foreign_keys = OFF"), SQLITE_OK);
    return db;
}

static bool
refers(sqlite3 *db, const char *table, const char *column)
{
    sqlite3_stmt *h = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT count(*) FROM pragma_foreign_key_list(?1) "
                                        "WHERE \"from\" = ?2",
                                        -1, &h, NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(h, 1, table, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(h, 2, column, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(h), SQLITE_ROW);
    const bool yes = sqlite3_column_int(h, 0) > 0;
    sqlite3_finalize(h);
    return yes;
}

/* Row n (1001 …) of a table. References lead to row 1001, which is in the state and in the present;
 * of a table that only joins others, to row n. Numbers are 1, which most rules of columns allow. */
static int
insert(sqlite3 *db, const char *table, int n, int key_less, int small)
{
    char columns[2000] = "";
    char values[2000] = "";
    size_t nc = 0;
    size_t nv = 0;
    sqlite3_stmt *h = NULL;
    bool has_id = false;
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT name, type, pk FROM pragma_table_info(?1)", -1, &h, NULL),
        SQLITE_OK);
    (void)sqlite3_bind_text(h, 1, table, -1, SQLITE_STATIC);
    while (sqlite3_step(h) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(h, 0);
        const char *type = (const char *)sqlite3_column_text(h, 1);
        has_id = has_id || strcmp(name, "id") == 0;
        const int v = refers(db, table, name)        ? (has_id ? 1001 : n)
                      : sqlite3_column_int(h, 2) > 0 ? n - key_less
                                                     : small;
        nc += (size_t)snprintf(columns + nc, sizeof(columns) - nc, "%s\"%s\"", nc > 0 ? "," : "",
                               name);
        nv += (size_t)snprintf(values + nv, sizeof(values) - nv,
                               strcmp(type, "TEXT") == 0   ? "%s'w%d'"
                               : strcmp(type, "BLOB") == 0 ? "%sx'00%d'"
                                                           : "%s%d",
                               nv > 0 ? "," : "", strcmp(type, "INTEGER") == 0 ? v : n);
    }
    sqlite3_finalize(h);
    char text[4200];
    (void)snprintf(text, sizeof(text), "INSERT INTO \"%s\" (%s) VALUES (%s)", table, columns,
                   values);
    return store_raw_run(db, text);
}

/* There is one row of these; it can only be changed. */
bool
rows_is_one(const char *table)
{
    return strcmp(table, "agency") == 0 || strcmp(table, "policy") == 0;
}

void
rows_put(sqlite3 *db, const char *table, int n)
{
    const bool one = rows_is_one(table);
    if (one && n != 1001) {
        return;
    }
    int code = insert(db, table, n, one ? 1000 : 0, 1);
    code = code == SQLITE_CONSTRAINT ? insert(db, table, n, 1000, 1) : code;
    if (code == SQLITE_CONSTRAINT) { /* not of content, whose rows are written anew */
        (void)store_raw_run(db, "PRAGMA ignore_check_constraints = ON");
        code = insert(db, table, n, one ? 1000 : 0, n);
        (void)store_raw_run(db, "PRAGMA ignore_check_constraints = OFF");
    }
    if (code != SQLITE_OK) {
        FAIL_TEST("%s %d: %s", table, n, sqlite3_errmsg(db));
    }
}

/* Row n of each table, so that whatever is referred to is there. */
void
rows_put_all(sqlite3 *db, int n)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    for (size_t i = 0; i < def->n_tables; i++) {
        if (strcmp(def->tables[i].name, "schema_migration") != 0) {
            rows_put(db, def->tables[i].name, n);
        }
    }
}

/* Another value in a column that is neither of the key nor a reference; false: there is none, or
 * the table is not to be changed. */
bool
rows_change(sqlite3 *db, const char *table, int n)
{
    sqlite3_stmt *h = NULL;
    char text[400] = "";
    char first[64] = "";
    bool is_text = false;
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT name, type, pk FROM pragma_table_info(?1)", -1, &h, NULL),
        SQLITE_OK);
    (void)sqlite3_bind_text(h, 1, table, -1, SQLITE_STATIC);
    while (sqlite3_step(h) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(h, 0);
        const char *type = (const char *)sqlite3_column_text(h, 1);
        if (sqlite3_column_int(h, 2) > 0) {
            is_text = first[0] == '\0' ? strcmp(type, "TEXT") == 0 : is_text;
            (void)snprintf(first, sizeof(first), "%s", first[0] == '\0' ? name : first);
        } else if (text[0] == '\0' && !refers(db, table, name) && strcmp(type, "BLOB") != 0) {
            (void)snprintf(text, sizeof(text), "UPDATE \"%s\" SET \"%s\" = %s WHERE ", table, name,
                           strcmp(type, "TEXT") == 0 ? "'anders'" : "7");
        }
    }
    sqlite3_finalize(h);
    if (text[0] == '\0' || first[0] == '\0') {
        return false;
    }
    const size_t at = strlen(text);
    (void)snprintf(text + at, sizeof(text) - at, is_text ? "\"%s\" = 'w%d'" : "\"%s\" = %d", first,
                   rows_is_one(table) ? 1 : n);
    (void)store_raw_run(db, "PRAGMA ignore_check_constraints = ON");
    const int code = store_raw_run(db, text);
    (void)store_raw_run(db, "PRAGMA ignore_check_constraints = OFF");
    if (code != SQLITE_OK && code != SQLITE_CONSTRAINT) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
    return code == SQLITE_OK && sqlite3_changes(db) == 1;
}

int64_t
rows_number(const char *path, const char *text)
{
    sqlite3 *db = rows_raw(path);
    sqlite3_stmt *h = NULL;
    if (sqlite3_prepare_v2(db, text, -1, &h, NULL) != SQLITE_OK || sqlite3_step(h) != SQLITE_ROW) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
    const int64_t n = sqlite3_column_int64(h, 0);
    sqlite3_finalize(h);
    sqlite3_close(db);
    return n;
}

void
rows_copy(const char *from, const char *to)
{
    size_t n;
    char *p = rig_file(from, &n);
    const int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    close(fd);
    free(p);
}
