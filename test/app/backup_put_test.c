/* backup_put_test.c: an agency's store into an archive and out of it again: an SQLite that knows no
 * key and nothing of Kontor finds in it what the manifest says, sums included. */
#include "app/backup/put.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "app/demo/demo.h"
#include "archive/file.h"
#include "base/time.h"
#include "office.h"
#include "state.h"

static struct state_keys keys;

static int
setup(void **state)
{
    (void)state;
    state_keys_make(&keys);
    return time_zone("Europe/Berlin");
}

static void
heads(void **state)
{
    (void)state;
    static const struct {
        const char *at, *day;
        int32_t offset_s;
    } rows[] = {
        {"2026-11-23T23:31:07Z", "2026-11-24", 3600},
        {"2026-07-14T22:30:59Z", "2026-07-15", 7200},
        {"2026-10-25T00:59:00Z", "2026-10-25", 7200},
        {"2026-10-25T01:00:00Z", "2026-10-25", 3600},
        {"2026-12-31T22:59:59Z", "2026-12-31", 3600},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct instant at;
        char day[16];
        assert_ok(instant_parse(str_of(rows[i].at), &at));
        const struct archive_head h = backup_head(7, at);
        assert_str(day_print(h.day, day), rows[i].day);
        assert_int_equal(h.offset_s, rows[i].offset_s);
        assert_int_equal(h.made.us, at.us);
        assert_int_equal(h.workspace, 7);
    }
}

/* --- out again -------------------------------------------------------------------------------- */

struct taken {
    int fd;
    struct manifest_table tables[100];
    size_t n_tables;
    int64_t schema;
    char app[33];
};

static enum rc
on_manifest(void *arg, const struct manifest *m, struct str json, struct err *err)
{
    struct taken *t = arg;
    (void)json;
    (void)err;
    assert_true(m->n_tables <= CASES(t->tables));
    memcpy(t->tables, m->tables, m->n_tables * sizeof(t->tables[0]));
    t->n_tables = m->n_tables;
    t->schema = m->schema;
    memcpy(t->app, m->app, sizeof(t->app));
    return OK;
}

static enum rc
on_bytes(void *arg, struct bytes b, struct err *err)
{
    const struct taken *t = arg;
    (void)err;
    assert_int_equal(write(t->fd, b.p, b.n), b.n);
    return OK;
}

static int64_t
rows_of(sqlite3 *db, const char *table)
{
    sqlite3_stmt *h = NULL;
    char text[120];
    (void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%s\"", table);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &h, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(h), SQLITE_ROW);
    const int64_t n = sqlite3_column_int64(h, 0);
    sqlite3_finalize(h);
    return n;
}

static void
need_same(const char *image, const struct taken *t, const struct demo_counts *counts)
{
    sqlite3 *db = NULL;
    int64_t entries = -1;
    assert_int_equal(sqlite3_open_v2(image, &db, SQLITE_OPEN_READONLY, "unix"), SQLITE_OK);
    for (size_t i = 0; i < t->n_tables; i++) {
        assert_int_equal(rows_of(db, t->tables[i].name), t->tables[i].rows);
        entries = strcmp(t->tables[i].name, "time_entry") == 0 ? t->tables[i].rows : entries;
    }
    assert_int_equal(entries, counts->entries);
    assert_int_equal(rows_of(db, "company"), counts->companies);
    sqlite3_close(db);
}

static void
there_and_back(void **state)
{
    (void)state;
    struct office o;
    struct demo_counts counts;
    struct err err = {0};
    struct archive_seen seen;
    struct taken t = {0};
    char path[128];
    office_open_empty(&o, "2026-11-24T08:15:00Z");
    assert_ok(office_write(&o, 0, office_demo, &counts));
    state_put(o.store, &keys, 1, o.now, o.dir, "1.kontor");
    (void)snprintf(path, sizeof(path), "%s/out.db", o.dir);
    t.fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const int fd = state_open(o.dir, "1.kontor");
    const struct archive_in in = archive_fd_in(&fd);
    const struct archive_want want = {
        .secret = keys.escrow_secret, .workspace = 1, .signer = keys.signer};
    const struct archive_sink sink = {.arg = &t, .manifest = on_manifest, .bytes = on_bytes};
    assert_ok(archive_read(&in, &want, &sink, &err, &seen));
    assert_int_equal(t.schema, store_schema_version(o.store));
    assert_string_equal(t.app, "0.2.0");
    assert_true(t.n_tables > 30);
    need_same(path, &t, &counts);
    close(fd);
    close(t.fd);
    office_close(&o);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
