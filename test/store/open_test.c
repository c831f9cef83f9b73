/* open_test.c: what lies on the disk says nothing without the key, and what was changed there is
 * found. */
#include "store/rig.h"

#include <sys/stat.h>

#include "base/time.h"

static void
fill(struct rig *r, int n)
{
    struct wtx *tx = rig_write(r);
    for (int i = 1; i <= n; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "Geheimprojekt %04d", i);
        GOOD(r, project_insert(tx, &(struct project_insert_in){{i}, str_of(name)}));
    }
    rig_commit(r);
}

static void
need_secret_file(const char *path)
{
    size_t n;
    char *p = rig_file(path, &n);
    static const char *const words[] = {"Geheim", "CREATE TABLE", "project", "SQLite format"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_null(memmem(p, n, words[i], strlen(words[i])));
    }
    free(p);
}

static void
test_nothing_in_the_clear(void **state)
{
    struct rig *r = *state;
    char name[128];
    fill(r, 200);
    (void)snprintf(name, sizeof(name), "%s-wal", r->path);
    need_secret_file(name);
    (void)snprintf(name, sizeof(name), "%s-shm", r->path);
    need_secret_file(name);
    rig_close(r);
    need_secret_file(r->path);
}

static void
test_key_decides(void **state)
{
    struct rig *r = *state;
    fill(r, 3);
    rig_close(r);
    r->key[31] ^= 1;
    REFUSED(r, rig_open(r, false, false), RC_DENIED, E_STORE_KEY);
    REFUSED(r, rig_open(r, true, false), RC_DENIED, E_STORE_KEY);
    REFUSED(r, rig_open(r, false, true), RC_DENIED, E_STORE_KEY);
    r->key[31] ^= 1;
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(rig_count(r), 3);
}

/* One flipped bit in each page: refused at open (first page) or when the page is read. */
static void
test_flipped_bits(void **state)
{
    struct rig *r = *state;
    fill(r, 300);
    rig_close(r);
    size_t n;
    char *p = rig_file(r->path, &n);
    assert_true(n / 4096 > 10 && n % 4096 == 0);
    for (size_t page = 0; page < n / 4096; page++) {
        p[page * 4096 + 100 + page * 13 % 3900] ^= 0x10;
        FILE *f = fopen(r->path, "wb");
        assert_int_equal(fwrite(p, 1, n, f), n);
        fclose(f);
        p[page * 4096 + 100 + page * 13 % 3900] ^= 0x10;
        enum rc rc = rig_open(r, false, false);
        if (rc == OK) {
            REFUSED(r, store_check(r->s, &r->err), RC_BROKEN, E_STORE_DAMAGED);
            rig_close(r);
        } else if (page == 0) {
            assert_int_equal(r->err.code, E_STORE_KEY);
        } else {
            assert_int_equal(r->err.code, E_STORE_DAMAGED);
        }
    }
    free(p);
}

static void
test_damage_while_open(void **state)
{
    struct rig *r = *state;
    fill(r, 300);
    rig_close(r);
    GOOD(r, rig_open(r, false, false));
    FILE *f = fopen(r->path, "r+b");
    for (long page = 0; page < 12; page++) {
        fseek(f, page * 4096 + 200, SEEK_SET);
        fputs("XXXXXXXX", f);
    }
    fclose(f);
    (void)sqlite3_db_release_memory(r->s->db);
    struct rtx *tx = rig_read(r);
    struct entry_all_row *rows;
    size_t n;
    REFUSED(r, entry_all(tx, &rows, &n), RC_BROKEN, E_STORE_DAMAGED);
    rtx_end(tx);
    REFUSED(r, store_check(r->s, &r->err), RC_BROKEN, E_STORE_DAMAGED);
}

static void
test_plain_database_is_refused(void **state)
{
    struct rig *r = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(r->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    REFUSED(r, rig_open(r, false, false), RC_DENIED, E_STORE_KEY);
}

/* The right key and another page layout: not the one whose pages are known to carry whole tags. */
static void
test_other_reserve_is_refused(void **state)
{
    struct rig *r = *state;
    sqlite3 *db;
    uint8_t raw[36] = "raw:";
    memcpy(raw + 4, r->key, 32);
    int reserve = 80;
    assert_int_equal(sqlite3_open(r->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve),
                     SQLITE_OK);
    assert_int_equal(sqlite3_key(db, raw, sizeof(raw)), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE x (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    REFUSED(r, rig_open(r, false, false), RC_BROKEN, E_BROKEN);
    assert_string_equal(r->err.detail, "80 reserved bytes");
}

static void
test_files(void **state)
{
    struct rig *r = *state;
    struct stat st;
    char name[128];
    REFUSED(r, rig_open(r, false, false), RC_IO, E_IO); /* not there */
    REFUSED(r, rig_open(r, true, true), RC_IO, E_IO);   /* reading creates nothing */
    FILE *f = fopen(r->path, "w");
    fclose(f);
    REFUSED(r, rig_open(r, false, false), RC_BROKEN, E_STORE_DAMAGED); /* empty */
    unlink(r->path);
    assert_int_equal(symlink("elsewhere.db", r->path), 0);
    REFUSED(r, rig_open(r, true, false), RC_IO, E_IO);
    unlink(r->path);
    mode_t before = umask(0);
    GOOD(r, rig_open(r, true, false));
    rig_project(r, 1, "a");
    umask(before);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", r->path, ends[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    rig_close(r);
    assert_int_equal(stat(name, &st), -1); /* closing leaves one file */
    (void)snprintf(r->path, sizeof(r->path), "%s/none/data.db", r->dir);
    REFUSED(r, rig_open(r, true, false), RC_IO, E_IO);
}

static void
test_walls(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *text;
        int64_t want;
    } walls[] = {
        {"PRAGMA synchronous",        2    },
        {"PRAGMA foreign_keys",       1    },
        {"PRAGMA secure_delete",      1    },
        {"PRAGMA temp_store",         2    },
        {"PRAGMA trusted_schema",     0    },
        {"PRAGMA cache_size",         -1024},
        {"PRAGMA cell_size_check",    1    },
        {"PRAGMA recursive_triggers", 1    },
    };
    r->s->phase = PHASE_OPEN; /* the only one in which these may be asked */
    for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        int64_t got = -1;
        GOOD(r, store_number(r->s, &r->err, walls[i].text, &got));
        assert_int_equal(got, walls[i].want);
    }
    r->s->phase = PHASE_SERVE;
    int on = -1;
    (void)sqlite3_db_config(r->s->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
    assert_int_equal(on, 1);
    int64_t n;
    REFUSED(r, store_number(r->s, &r->err, "PRAGMA synchronous", &n), RC_BROKEN, E_BROKEN);
    REFUSED(r, store_exec(r->s, &r->err, "PRAGMA journal_mode = OFF"), RC_BROKEN, E_BROKEN);
}

static void
test_read_only(void **state)
{
    struct rig *r = *state;
    struct wtx *tx;
    fill(r, 2);
    rig_close(r);
    GOOD(r, rig_open(r, false, true));
    assert_int_equal(rig_count(r), 2);
    REFUSED(r, wtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &tx), RC_CONFLICT,
            E_STORE_READ_ONLY);
    GOOD(r, store_check(r->s, &r->err));
}

static void
test_check(void **state)
{
    struct rig *r = *state;
    fill(r, 50);
    GOOD(r, store_check(r->s, &r->err));
    rig_read(r);
    REFUSED(r, store_check(r->s, &r->err), RC_BROKEN, E_BROKEN);
    rtx_end(&r->s->tx.r);
    /* A reference to nothing, put in behind the engine's back. */
    r->s->phase = PHASE_MIGRATE;
    (void)sqlite3_db_config(r->s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    GOOD(r, store_query_only(r->s, &r->err, false));
    GOOD(r, store_exec(r->s, &r->err,
                       "INSERT INTO time_entry (id, project_id, day, minutes, created_at) "
                       "VALUES (1, 999, 1, 1, 1)"));
    (void)sqlite3_db_config(r->s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    r->s->phase = PHASE_SERVE;
    REFUSED(r, store_check(r->s, &r->err), RC_BROKEN, E_STORE_DAMAGED);
}

static void
test_ids_were_given(void **state)
{
    struct rig *r = *state;
    int64_t id = 0;
    struct wtx *tx = rig_write(r);
    GOOD(r, wtx_new_id(tx, "project", &id));
    GOOD(r, wtx_new_id(tx, "project", &id));
    GOOD(r, project_insert(tx, &(struct project_insert_in){{id}, STR("neu")}));
    rig_commit(r);
    GOOD(r, store_check_ids(r->s, &r->err));
    rig_project(r, 3, "woher");
    REFUSED(r, store_check_ids(r->s, &r->err), RC_BROKEN, E_STORE_IDS);
}

static void
test_rest_and_close(void **state)
{
    struct rig *r = *state;
    fill(r, 5);
    assert_int_equal(rig_count(r), 5);
    assert_true(r->s->n_cached > 0);
    struct rtx *tx = rig_read(r);
    store_rest(r->s); /* nothing happens inside a transaction */
    assert_true(r->s->n_cached > 0);
    rtx_end(tx);
    store_rest(r->s);
    assert_int_equal(r->s->n_cached, 0);
    assert_int_equal(rig_count(r), 5);
    assert_int_equal(store_state(r->s), STORE_READY);
    assert_int_equal(store_schema_version(r->s),
                     rig_schema.migrations[rig_schema.n_migrations - 1].number);
    store_close(NULL);
    /* Closing in the middle undoes what was not committed. */
    GOOD(r, project_insert(rig_write(r), &(struct project_insert_in){{99}, STR("halb")}));
    rig_close(r);
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(rig_count(r), 5);
    rig_read(r);
    rig_close(r);
    GOOD(r, rig_open(r, false, false));
}

/* The program's own schemas open, by the call that programs use. */
static void
test_real_schemas(void **state)
{
    struct rig *r = *state;
    struct store_options opt = {.path = r->path, .key = r->key, .create = true};
    for (int i = 0; i < 2; i++) {
        opt.schema = i == 0 ? SCHEMA_WORKSPACE : SCHEMA_SYSTEM;
        GOOD(r, store_open(&opt, &r->err, &r->s));
        const struct schema_def *def = schema_of(opt.schema);
        assert_int_equal(store_schema_version(r->s), def->migrations[def->n_migrations - 1].number);
        GOOD(r, store_check(r->s, &r->err));
        assert_non_null(schema_find(def, "audit"));
        assert_null(schema_find(def, "aaa"));
        assert_null(schema_find(def, "zzz"));
        rig_close(r);
        unlink(r->path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_in_the_clear, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_key_decides, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_flipped_bits, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_damage_while_open, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_plain_database_is_refused, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_other_reserve_is_refused, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_files, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_walls, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_read_only, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_check, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_ids_were_given, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_rest_and_close, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_real_schemas, rig_setup_closed, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
