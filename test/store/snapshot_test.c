/* snapshot_test.c: the whole store as a plain image, of one moment, while others write; its counts
 * and checksums are those of the image, worked out again from it by another way. */
#include "store/rig.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/time.h"

struct got {
    char path[128];
    int fd;
    struct snapshot_table tables[64];
    size_t n_tables;
    uint64_t bytes, seen;
    int calls_until; /* a failure; 0: never */
    void (*between)(void *arg);
    void *arg;
    bool zeros; /* the last 64 bytes of each page are */
};

static bool
fails(struct got *g)
{
    return g->calls_until > 0 && --g->calls_until == 0;
}

static enum rc
on_tables(void *arg, const struct snapshot_table *tables, size_t n, uint64_t bytes, struct err *err)
{
    struct got *g = arg;
    assert_true(n <= CASES(g->tables));
    memcpy(g->tables, tables, n * sizeof(tables[0]));
    g->n_tables = n;
    g->bytes = bytes;
    if (g->between != NULL) {
        g->between(g->arg);
    }
    return fails(g) ? fail(err, RC_IO, E_IO, "sink") : OK;
}

static enum rc
on_page(void *arg, struct bytes b, struct err *err)
{
    static const uint8_t zeros[STORE_RESERVED_BYTES];
    struct got *g = arg;
    assert_int_equal(b.n, 4096);
    g->zeros = g->zeros && memcmp(b.p + b.n - sizeof(zeros), zeros, sizeof(zeros)) == 0;
    g->seen += b.n;
    assert_true(g->fd < 0 || write(g->fd, b.p, b.n) == (ssize_t)b.n);
    return fails(g) ? fail(err, RC_IO, E_IO, "sink") : OK;
}

static enum rc
take(struct rig *r, struct got *g)
{
    const struct snapshot_sink sink = {g, on_tables, on_page};
    (void)snprintf(g->path, sizeof(g->path), "%s/image.db", r->dir);
    g->fd = open(g->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g->zeros = true;
    const enum rc rc = store_snapshot(r->s, &sink, rig_err(r));
    close(g->fd);
    return rc;
}

static const struct snapshot_table *
table(const struct got *g, const char *name)
{
    for (size_t i = 0; i < g->n_tables; i++) {
        if (strcmp(g->tables[i].name, name) == 0) {
            return &g->tables[i];
        }
    }
    FAIL_TEST("no table %s", name);
    return NULL;
}

/* --- the image, by SQLite alone --------------------------------------------------------------- */

static sqlite3 *
open_image(const struct got *g)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(g->path, &db, SQLITE_OPEN_READONLY, "unix"), SQLITE_OK);
    return db;
}

static int64_t
number_in(sqlite3 *db, const char *text)
{
    sqlite3_stmt *h = NULL;
    if (sqlite3_prepare_v2(db, text, -1, &h, NULL) != SQLITE_OK || sqlite3_step(h) != SQLITE_ROW) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
    const int64_t n = sqlite3_column_int64(h, 0);
    sqlite3_finalize(h);
    return n;
}

static void
put_head(crypto_generichash_state *s, char kind, uint64_t n)
{
    uint8_t p[9] = {(uint8_t)kind};
    memcpy(p + 1, &n, 8); /* a little-endian machine, as all of ours */
    crypto_generichash_update(s, p, 9);
}

/* By the words of doc/archive-format.md, piece by piece. */
static void
checksum_in(sqlite3 *db, const char *select, uint8_t ret[static 32])
{
    crypto_generichash_state s;
    sqlite3_stmt *h = NULL;
    crypto_generichash_init(&s, NULL, 0, 32);
    assert_int_equal(sqlite3_prepare_v2(db, select, -1, &h, NULL), SQLITE_OK);
    while (sqlite3_step(h) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(h); i++) {
            const int type = sqlite3_column_type(h, i);
            if (type == SQLITE_NULL) {
                crypto_generichash_update(&s, (const uint8_t *)"n", 1);
            } else if (type == SQLITE_INTEGER) {
                put_head(&s, 'i', (uint64_t)sqlite3_column_int64(h, i));
            } else {
                const void *p = sqlite3_column_blob(h, i);
                const int n = sqlite3_column_bytes(h, i);
                put_head(&s, type == SQLITE_TEXT ? 't' : 'b', (uint64_t)n);
                crypto_generichash_update(&s, p, (unsigned)n);
            }
        }
    }
    sqlite3_finalize(h);
    crypto_generichash_final(&s, ret, 32);
}

static void
need_checksum(const struct got *g, sqlite3 *db, const char *name, const char *select)
{
    uint8_t sum[32];
    checksum_in(db, select, sum);
    assert_memory_equal(sum, table(g, name)->checksum, 32);
}

/* --- the tests -------------------------------------------------------------------------------- */

static void
fill(struct rig *r, int64_t from, int64_t n)
{
    struct entry_insert_row row;
    struct wtx *tx = rig_write(r);
    for (int64_t i = from; i < from + n; i++) {
        char name[40];
        char note[400];
        (void)snprintf(name, sizeof(name), "Projekt %lld äöü", (long long)i);
        memset(note, 'a' + (int)(i % 26), sizeof(note));
        const uint8_t mark[8] = {(uint8_t)i, 0, 255};
        GOOD(r, project_insert(tx, &(struct project_insert_in){{i}, str_of(name)}));
        GOOD(r, entry_insert(tx,
                             &(struct entry_insert_in){
                                 .id = {i                 },
                                 .project_id = {i                 },
                                 .minutes = {(int32_t)(i % 600)},
                                 .note = i % 3 == 0 ? STR_NONE : (struct str){note,               400},
                                 .mark = {mark,                  (size_t)(i % 9)},
                                 .created_at = {i * 1000},
                                 .sequence = i % 2 == 0 ? NONE_I64 : -i
        },
                             &row));
    }
    rig_commit(r);
    arena_reset(r->mem);
}

static void
an_image_that_any_sqlite_opens(void **state)
{
    struct rig *r = *state;
    struct got g = {0};
    fill(r, 1, 3000);
    GOOD(r, take(r, &g));
    assert_int_equal(g.seen, g.bytes);
    assert_true(g.bytes > 1000000);
    assert_true(g.zeros);
    assert_int_equal(g.n_tables, rig_schema.n_tables);
    sqlite3 *db = open_image(&g);
    assert_int_equal(number_in(db, "SELECT count(*) FROM (SELECT * FROM pragma_integrity_check) "
                                   "WHERE integrity_check <> 'ok'"),
                     0);
    assert_int_equal(number_in(db, "SELECT count(*) FROM project"), 3000);
    assert_int_equal(table(&g, "project")->rows, 3000);
    assert_int_equal(table(&g, "time_entry")->rows, 3000);
    assert_int_equal(table(&g, "credential")->rows, 0);
    for (size_t i = 0; i < g.n_tables; i++) {
        char text[120];
        (void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%s\"", g.tables[i].name);
        assert_int_equal(number_in(db, text), g.tables[i].rows);
    }
    need_checksum(&g, db, "project", "SELECT * FROM project ORDER BY id");
    need_checksum(&g, db, "time_entry", "SELECT * FROM time_entry ORDER BY id");
    need_checksum(&g, db, "id_counter", "SELECT * FROM id_counter ORDER BY table_name");
    sqlite3_close(db);
    assert_int_equal(rig_count(r), 3000); /* and the store goes on */
    fill(r, 5000, 1);
}

/* The same content, the same sums; one value changed, one sum changed. */
static void
sums_follow_the_content(void **state)
{
    struct rig *r = *state;
    struct got a = {0};
    struct got b = {0};
    struct got c = {0};
    fill(r, 1, 50);
    GOOD(r, take(r, &a));
    GOOD(r, take(r, &b));
    assert_memory_equal(a.tables, b.tables, sizeof(a.tables));
    GOOD(r, store_exec(r->s, &r->err, "BEGIN"));
    r->s->phase = PHASE_MIGRATE; /* the store's own hand */
    GOOD(r, store_query_only(r->s, &r->err, false));
    GOOD(r, store_exec(r->s, &r->err, "UPDATE time_entry SET minutes = minutes + 1 WHERE id = 7"));
    GOOD(r, store_exec(r->s, &r->err, "COMMIT"));
    r->s->phase = PHASE_SERVE;
    GOOD(r, take(r, &c));
    for (size_t i = 0; i < a.n_tables; i++) {
        const bool changed = strcmp(a.tables[i].name, "time_entry") == 0;
        assert_int_equal(memcmp(a.tables[i].checksum, c.tables[i].checksum, 32) != 0, changed);
    }
}

/* Another process writes between the sums and the pages, and all the while. */
static void
commit_elsewhere(void *arg)
{
    struct rig *r = arg;
    const pid_t pid = fork();
    if (pid == 0) {
        r->s = NULL; /* the parent's handle is the parent's */
        struct rig mine = *r;
        if (rig_open(&mine, false, false) != OK) {
            _exit(1);
        }
        for (int64_t i = 0; i < 40; i++) {
            struct wtx *tx = NULL;
            char name[24];
            (void)snprintf(name, sizeof(name), "n%lld", (long long)i);
            if (wtx_begin(mine.s, mine.mem, rig_now, &rig_actor, rig_err(&mine), &tx) != OK ||
                project_insert(tx, &(struct project_insert_in){{100000 + i}, str_of(name)}) != OK) {
                _exit(2);
            }
            wtx_touched(tx);
            if (wtx_commit(tx) != OK) {
                _exit(3);
            }
        }
        _exit(0); /* without closing: the log stays, as of a running writer */
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
while_somebody_writes(void **state)
{
    struct rig *r = *state;
    fill(r, 1, 3000);
    rig_close(r);
    GOOD(r, rig_open(r, false, true)); /* read-only, beside a writer */
    struct got g = {.between = commit_elsewhere, .arg = r};
    GOOD(r, take(r, &g));
    sqlite3 *db = open_image(&g);
    assert_int_equal(table(&g, "project")->rows, 3000);
    assert_int_equal(number_in(db, "SELECT count(*) FROM project"), 3000);
    need_checksum(&g, db, "project", "SELECT * FROM project ORDER BY id");
    sqlite3_close(db);
    assert_int_equal(rig_count(r), 3040);
    struct got now = {0};
    GOOD(r, take(r, &now));
    assert_int_equal(table(&now, "project")->rows, 3040);
}

static void
who_takes_it_may_say_no(void **state)
{
    struct rig *r = *state;
    fill(r, 1, 50);
    for (int i = 1; i < 4; i++) {
        struct got g = {.calls_until = i};
        REFUSED(r, take(r, &g), RC_IO, E_IO);
        assert_string_equal(r->err.detail, "sink");
        assert_int_equal(rig_count(r), 50);
    }
    struct got g = {0};
    struct rtx *tx = rig_read(r);
    REFUSED(r, take(r, &g), RC_BROKEN, E_BROKEN);
    rtx_end(tx);
    GOOD(r, take(r, &g));
}

/* A changed bit in the file is a damaged store, not a damaged image. */
static void
damage_is_not_copied(void **state)
{
    struct rig *r = *state;
    struct stat st;
    fill(r, 1, 3000);
    rig_close(r);
    assert_int_equal(stat(r->path, &st), 0);
    for (int i = 0; i < 20; i++) {
        const int fd = open(r->path, O_RDWR | O_CLOEXEC);
        const off_t at = 4096 + (off_t)i * (st.st_size - 8192) / 20;
        uint8_t byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        struct got g = {0};
        enum rc rc = rig_open(r, false, true);
        rc = rc == OK ? take(r, &g) : rc;
        assert_int_equal(rc, RC_BROKEN);
        assert_int_equal(r->err.code, E_STORE_DAMAGED);
        rig_close(r);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
    }
}

static void
tables_that_no_sum_fits(void **state)
{
    struct rig *r = *state;
    struct got g = {0};
    struct schema_table own[40];
    struct schema_def def = rig_schema;
    memcpy(own, rig_schema.tables, rig_schema.n_tables * sizeof(own[0]));
    def.tables = own;
    def.n_tables++;
    r->s->def = &def;
    own[rig_schema.n_tables] = (struct schema_table){.name = "not_there"};
    REFUSED(r, take(r, &g), RC_BROKEN, E_BROKEN);
    r->s->phase = PHASE_MIGRATE;
    GOOD(r, store_query_only(r->s, &r->err, false));
    GOOD(r, store_exec(r->s, &r->err, "CREATE TABLE keyless (n INTEGER)"));
    GOOD(r, store_exec(r->s, &r->err,
                       "CREATE TABLE turned (a INTEGER, b INTEGER, PRIMARY KEY (b, a))"));
    GOOD(r, store_exec(r->s, &r->err,
                       "CREATE TABLE vote (a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER, "
                       "UNIQUE (a, b))"));
    GOOD(r, store_exec(r->s, &r->err, "INSERT INTO vote VALUES (2, 1, 5), (1, 9, 4), (1, 2, 6)"));
    GOOD(r, store_exec(r->s, &r->err, "CREATE TABLE weight (id INTEGER PRIMARY KEY, kg REAL)"));
    GOOD(r, store_exec(r->s, &r->err, "INSERT INTO weight VALUES (1, 2.5)"));
    GOOD(r,
         store_exec(r->s, &r->err, "CREATE TABLE large (id INTEGER PRIMARY KEY, p BLOB, t TEXT)"));
    GOOD(r, store_exec(r->s, &r->err,
                       "INSERT INTO large VALUES (1, zeroblob(300000), 'x'), (2, x'', '')"));
    r->s->phase = PHASE_SERVE;
    own[rig_schema.n_tables].name = "keyless";
    REFUSED(r, take(r, &g), RC_BROKEN, E_BROKEN);
    own[rig_schema.n_tables].name = "weight";
    REFUSED(r, take(r, &g), RC_BROKEN, E_BROKEN);
    own[rig_schema.n_tables].name = "turned";
    REFUSED(r, take(r, &g), RC_BROKEN, E_BROKEN);
    own[rig_schema.n_tables].name = "large";
    GOOD(r, take(r, &g));
    sqlite3 *db = open_image(&g);
    need_checksum(&g, db, "large", "SELECT * FROM large ORDER BY id");
    sqlite3_close(db);
    own[rig_schema.n_tables].name = "vote";
    GOOD(r, take(r, &g));
    db = open_image(&g);
    need_checksum(&g, db, "vote", "SELECT * FROM vote ORDER BY a, b");
    sqlite3_close(db);
    r->s->def = &r->def;
}

/* Each table of the program's own schemas has a key that gives its order. */
static void
the_programs_own_tables(void **state)
{
    struct rig *r = *state;
    for (enum store_schema schema = SCHEMA_WORKSPACE; schema <= SCHEMA_SYSTEM; schema++) {
        const struct store_options opt = {
            .path = r->path, .schema = schema, .key = r->key, .create = true};
        struct got g = {0};
        GOOD(r, store_open(&opt, &r->err, &r->s));
        GOOD(r, take(r, &g));
        assert_int_equal(g.n_tables, schema_of(schema)->n_tables);
        assert_true(table(&g, "schema_migration")->rows > 3);
        rig_close(r);
        assert_int_equal(unlink(r->path), 0);
    }
}

/* KiB, by its name in /proc/self/status. */
static long
memory(const char *name)
{
    char line[200];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            kib = strtol(line + strlen(name) + 1, NULL, 10);
        }
    }
    fclose(f);
    return kib;
}

/* The memory of a large store's snapshot is that of a small one's. */
static void
memory_stays(void **state)
{
    struct rig *r = *state;
    struct got g = {0};
    for (int64_t i = 0; i < 40; i++) {
        fill(r, 1 + i * 2000, 2000);
    }
    store_rest(r->s);
    FILE *peak = fopen("/proc/self/clear_refs", "we"); /* 5: the peak is what it is now */
    if (peak == NULL || fputs("5", peak) < 0 || fclose(peak) != 0) {
        skip();
    }
    const long before = memory("VmRSS");
    GOOD(r, take(r, &g));
    const long more = memory("VmHWM") - before;
    print_message("# %llu KiB in %ld KiB more\n", (unsigned long long)g.bytes / 1024, more);
    assert_true(g.bytes > 20000000);
#if !defined(__SANITIZE_ADDRESS__)
    assert_in_range(more, 1, 8192);
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_that_any_sqlite_opens, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(sums_follow_the_content, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(while_somebody_writes, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(who_takes_it_may_say_no, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(damage_is_not_copied, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(tables_that_no_sum_fits, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(the_programs_own_tables, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(memory_stays, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
