/* tool_tables.c: kontor-archive unpack: every table of an archive in a form that people and other
 * programs read without us: one CSV and one JSON file each, what they are, and checksums. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/print.h"
#include "archive/tool.h"

enum { TEXT_MAX = 4096, PATH_BYTES = 128 };

/* One table on its way out. */
struct table {
    const struct tool *t;
    sqlite3 *db;
    sqlite3_stmt *rows;
    const char *name;
    FILE *csv, *json;
    crypto_generichash_state hash;
    int64_t n;
};

/* --- the checksum, as doc/archive-format.md says ---------------------------------------------- */

static void
add_number(struct table *o, char kind, int64_t n)
{
    uint8_t b[9] = {(uint8_t)kind};
    for (size_t i = 0; i < 8; i++) {
        b[1 + i] = (uint8_t)((uint64_t)n >> (8 * i));
    }
    crypto_generichash_update(&o->hash, b, sizeof(b));
}

static void
add_value(struct table *o, int i)
{
    const int type = sqlite3_column_type(o->rows, i);
    if (type == SQLITE_NULL) {
        crypto_generichash_update(&o->hash, (const uint8_t *)"n", 1);
    } else if (type == SQLITE_INTEGER) {
        add_number(o, 'i', sqlite3_column_int64(o->rows, i));
    } else {
        const void *p = sqlite3_column_blob(o->rows, i);
        const int n = sqlite3_column_bytes(o->rows, i);
        add_number(o, type == SQLITE_TEXT ? 't' : 'b', n);
        if (n > 0) {
            crypto_generichash_update(&o->hash, p, (unsigned long long)n);
        }
    }
}

/* --- tables ----------------------------------------------------------------------------------- */

static void
put_row(struct table *o)
{
    for (int i = 0; i < sqlite3_column_count(o->rows); i++) {
        add_value(o, i);
    }
    print_row(o->csv, o->rows, PRINT_CSV, o->n == 0);
    print_row(o->json, o->rows, PRINT_JSON, o->n == 0);
    o->n++;
}

static enum rc
broken(const struct table *o, struct err *err)
{
    const enum rc rc =
        fail(err, RC_BROKEN, E_ARCHIVE_CONTENT, "%s: %s", o->name, sqlite3_errmsg(o->db));
    return rc;
}

/* In the order of its key's columns as they stand in the table, or of all columns. */
static enum rc
prepare_rows(struct table *o, struct err *err)
{
    char text[TEXT_MAX];
    int n = snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", o->name);
    const int base = n;
    int keys = 0;
    if (sqlite3_prepare_v2(o->db, text, -1, &o->rows, NULL) != SQLITE_OK) {
        return broken(o, err);
    }
    for (int all = 0; all < 2 && keys == 0; all++) {
        for (int i = 0; i < sqlite3_column_count(o->rows) && n < (int)sizeof(text) - 24; i++) {
            int in_key = 0;
            (void)sqlite3_table_column_metadata(o->db, "main", o->name,
                                                sqlite3_column_name(o->rows, i), NULL, NULL, NULL,
                                                &in_key, NULL);
            if (in_key != 0 || all == 1) {
                n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%d",
                              n == base ? " ORDER BY " : ", ", i + 1);
                keys++;
            }
        }
    }
    (void)sqlite3_finalize(o->rows);
    o->rows = NULL;
    return sqlite3_prepare_v2(o->db, text, -1, &o->rows, NULL) == SQLITE_OK ? OK : broken(o, err);
}

static enum rc
put_rows(struct table *o, struct err *err)
{
    int code;
    print_begin(o->csv, o->rows, PRINT_CSV);
    print_begin(o->json, o->rows, PRINT_JSON);
    while ((code = sqlite3_step(o->rows)) == SQLITE_ROW) {
        put_row(o);
    }
    print_end(o->csv, PRINT_CSV);
    print_end(o->json, PRINT_JSON);
    return code == SQLITE_DONE ? OK : broken(o, err);
}

static enum rc
check_sum(struct table *o, const struct manifest_table *m, struct err *err)
{
    uint8_t sum[ARCHIVE_HASH];
    crypto_generichash_final(&o->hash, sum, sizeof(sum));
    if (o->n == m->rows && memcmp(sum, m->checksum, sizeof(sum)) == 0) {
        return OK;
    }
    return fail(err, RC_BROKEN, E_BACKUP_SUMS, "%s: %lld rows, not %lld", m->name, (long long)o->n,
                (long long)m->rows);
}

/* A file that is written is a file that is on the disk. */
static enum rc
close_file(FILE *f, struct err *err)
{
    const bool done = fflush(f) == 0 && ferror(f) == 0 && fsync(fileno(f)) == 0;
    return fclose(f) == 0 && done ? OK : tool_io(err, "write");
}

static enum rc
put_table(struct table *o, const struct manifest_table *m, struct err *err)
{
    char path[2][PATH_BYTES];
    o->name = m->name;
    o->n = 0;
    crypto_generichash_init(&o->hash, NULL, 0, ARCHIVE_HASH);
    (void)snprintf(path[0], sizeof(path[0]), "tables/%s.csv", m->name);
    (void)snprintf(path[1], sizeof(path[1]), "tables/%s.json", m->name);
    TRY(prepare_rows(o, err));
    o->csv = tool_new_file(o->t, path[0]);
    o->json = o->csv != NULL ? tool_new_file(o->t, path[1]) : NULL;
    enum rc rc = o->json != NULL ? put_rows(o, err) : tool_io(err, path[0]);
    (void)sqlite3_finalize(o->rows);
    o->rows = NULL;
    if (o->csv != NULL) {
        const enum rc closed = close_file(o->csv, err);
        rc = rc == OK ? closed : rc;
    }
    if (o->json != NULL) {
        const enum rc closed = close_file(o->json, err);
        rc = rc == OK ? closed : rc;
    }
    return rc == OK ? check_sum(o, m, err) : rc;
}

/* --- beside them ------------------------------------------------------------------------------ */

/* For `sha256sum -c`, which every system has. */
static enum rc
sum_file(const struct tool *t, const char *path, FILE *sums, struct err *err)
{
    static uint8_t buf[65536];
    crypto_hash_sha256_state h;
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(hash) + 1];
    ssize_t n;
    const int fd = openat(t->folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    crypto_hash_sha256_init(&h);
    while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
        crypto_hash_sha256_update(&h, buf, (unsigned long long)n);
    }
    if (fd < 0 || n < 0) {
        return tool_io(err, path);
    }
    (void)close(fd);
    crypto_hash_sha256_final(&h, hash);
    hex_print(hash, sizeof(hash), hex);
    (void)fprintf(sums, "%s  %s\n", hex, path);
    return OK;
}

static enum rc
put_sums(const struct tool *t, const struct manifest *m, struct err *err)
{
    static const char *const own[] = {"README.txt", "manifest.json", "data.db"};
    char path[PATH_BYTES];
    FILE *f = tool_new_file(t, "SHA256SUMS");
    enum rc rc = f != NULL ? OK : tool_io(err, "SHA256SUMS");
    for (size_t i = 0; rc == OK && i < sizeof(own) / sizeof(own[0]); i++) {
        rc = sum_file(t, own[i], f, err);
    }
    for (size_t i = 0; rc == OK && i < 2 * m->n_tables; i++) {
        (void)snprintf(path, sizeof(path), "tables/%s.%s", m->tables[i / 2].name,
                       i % 2 == 0 ? "csv" : "json");
        rc = sum_file(t, path, f, err);
    }
    if (f != NULL) {
        const enum rc closed = close_file(f, err);
        rc = rc == OK ? closed : rc;
    }
    return rc;
}

static enum rc
put_readme(const struct tool *t, struct err *err)
{
    FILE *f = tool_new_file(t, "README.txt");
    if (f == NULL) {
        return tool_io(err, "README.txt");
    }
    const struct str de = text_get(T_archive_readme, LANG_DE);
    const struct str en = text_get(T_archive_readme, LANG_EN);
    (void)fprintf(f, "%.*s\n\n%.*s\n", STR_FMT(de), STR_FMT(en));
    return close_file(f, err);
}

static enum rc
put_tables(const struct tool *t, sqlite3 *db, const struct manifest *m, struct err *err)
{
    struct table o = {.t = t, .db = db};
    for (size_t i = 0; i < m->n_tables; i++) {
        TRY(put_table(&o, &m->tables[i], err));
    }
    return OK;
}

enum rc
tool_unpack(const struct tool *t, const struct manifest *m, struct err *err)
{
    char path[64];
    sqlite3 *db = NULL;
    if (mkdirat(t->folder, "tables", 0700) != 0) {
        return tool_io(err, "tables");
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/data.db", t->folder);
    const int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    enum rc rc = code == SQLITE_OK
                     ? put_tables(t, db, m, err)
                     : fail(err, RC_BROKEN, E_ARCHIVE_CONTENT, "data.db: code %d", code);
    (void)sqlite3_close(db);
    rc = rc == OK ? put_readme(t, err) : rc;
    return rc == OK ? put_sums(t, m, err) : rc;
}
