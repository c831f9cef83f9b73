/* migrate_test.c: a database comes to the program's schema whole or stays as it was; one that the
 * program does not know is not touched. */
#include "store/rig.h"

#include <sys/resource.h>
#include <sys/stat.h>

static struct schema_migration own[8];

/* The rig's schema with the first n migrations, and room for more. */
static void
use(struct rig *r, size_t n)
{
    memcpy(own, rig_schema.migrations, rig_schema.n_migrations * sizeof(own[0]));
    r->def.migrations = own;
    r->def.n_migrations = n;
}

static void
add(struct rig *r, int64_t number, const char *text)
{
    own[r->def.n_migrations++] = (struct schema_migration){
        .number = number, .name = "0009-test", .checksum = text, .sqlite = text};
}

static bool
copy_is_there(const struct rig *r, int version)
{
    char name[128];
    struct stat st;
    (void)snprintf(name, sizeof(name), "%s.before-%d", r->path, version);
    return stat(name, &st) == 0 && st.st_size > 4096;
}

static void
test_step_by_step(void **state)
{
    struct rig *r = *state;
    use(r, 1);
    GOOD(r, rig_open(r, true, false));
    assert_int_equal(store_schema_version(r->s), 1);
    rig_close(r);
    use(r, 2);
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(store_schema_version(r->s), 2);
    r->s->phase = PHASE_MIGRATE;
    GOOD(r, store_query_only(r->s, &r->err, false));
    GOOD(r, store_exec(r->s, &r->err, "INSERT INTO project (id, name) VALUES (1, 'alt')"));
    rig_close(r);
    use(r, 3);
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(store_schema_version(r->s), 3);
    assert_false(copy_is_there(r, 2)); /* went with success */
    assert_int_equal(rig_count(r), 1);
    rig_project(r, 2, "neu");
    GOOD(r, store_check(r->s, &r->err));
    int64_t applied = 0;
    GOOD(r, store_number(r->s, &r->err,
                         "SELECT count(*) FROM schema_migration WHERE applied_at > 0", &applied));
    assert_int_equal(applied, 3);
}

/* The second of two pending migrations fails: neither has happened, and the database can be read.
 */
static void
test_failure_leaves_the_old_schema(void **state)
{
    struct rig *r = *state;
    struct rtx *look;
    struct wtx *tx;
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_project(r, 1, "a");
    rig_close(r);
    add(r, 8, "CREATE TABLE more (x INTEGER) STRICT; DELETE FROM project");
    add(r, 9, "INSERT INTO project (id, name) VALUES (1, 'b'), (2, NULL)");
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(r->err.code, E_STORE_MIGRATION);
    assert_int_equal(store_state(r->s), STORE_OLD_SCHEMA);
    GOOD(r, rtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &look));
    assert_true(rtx_is_old(look));
    rtx_end(look);
    assert_int_equal(store_schema_version(r->s), 3);
    assert_true(copy_is_there(r, 3));
    assert_int_equal(rig_count(r), 1);
    REFUSED(r, wtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &tx), RC_CONFLICT,
            E_STORE_READ_ONLY);
    int64_t more = -1;
    GOOD(r, store_number(r->s, &r->err, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'",
                         &more));
    assert_int_equal(more, 0);
    rig_close(r);
    own[4].sqlite = "INSERT INTO project (id, name) VALUES (1, 'b'), (2, 'c')"; /* corrected */
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(store_state(r->s), STORE_READY);
    GOOD(r, rtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &look));
    assert_false(rtx_is_old(look));
    rtx_end(look);
    assert_int_equal(store_schema_version(r->s), 9);
    assert_int_equal(rig_count(r), 2);
    assert_false(copy_is_there(r, 3));
}

static void
test_failure_on_an_empty_database(void **state)
{
    struct rig *r = *state;
    use(r, 1);
    add(r, 2, "CREATE TABLE");
    REFUSED(r, rig_open(r, true, false), RC_BROKEN, E_BROKEN);
    use(r, 3); /* with the right program nothing stands in the way */
    GOOD(r, rig_open(r, true, false));
    assert_int_equal(rig_count(r), 0);
}

/* A migration may do what a migration may, and no more. */
static void
test_what_migrations_may_not(void **state)
{
    struct rig *r = *state;
    static const char *const texts[] = {
        "ATTACH ':memory:' AS x",
        "PRAGMA foreign_keys = 0",
        "PRAGMA writable_schema = 1",
        "CREATE TEMP TABLE x (a)",
        "CREATE VIRTUAL TABLE x USING sqlite_dbpage",
        "DROP TABLE project",
        "DELETE FROM sqlite_schema",
    };
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_close(r);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        use(r, 3);
        add(r, 9, texts[i]);
        GOOD(r, rig_open(r, false, false));
        assert_int_equal(store_state(r->s), STORE_OLD_SCHEMA);
        rig_close(r);
    }
}

/* A table that the program knows no more may go; one that it knows is refused above. */
static void
test_a_table_goes(void **state)
{
    struct rig *r = *state;
    int64_t n = -1;
    use(r, 3);
    add(r, 8, "CREATE TABLE more (x INTEGER) STRICT");
    GOOD(r, rig_open(r, true, false));
    rig_close(r);
    add(r, 9, "DROP TABLE more");
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(store_schema_version(r->s), 9);
    GOOD(r,
         store_number(r->s, &r->err, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'", &n));
    assert_int_equal(n, 0);
}

static void
test_other_programs(void **state)
{
    struct rig *r = *state;
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_close(r);
    use(r, 2); /* an older program */
    REFUSED(r, rig_open(r, false, false), RC_CONFLICT, E_STORE_NEWER);
    REFUSED(r, rig_open(r, false, true), RC_CONFLICT, E_STORE_NEWER);
    use(r, 3); /* a file that was edited after it had run */
    own[1].checksum = "0000";
    REFUSED(r, rig_open(r, false, false), RC_BROKEN, E_STORE_CHECKSUM);
    use(r, 3); /* one that came in between */
    own[1].number = 5;
    REFUSED(r, rig_open(r, false, false), RC_BROKEN, E_STORE_CHECKSUM);
    use(r, 3);
    add(r, 9, "CREATE INDEX i ON project (version)");
    REFUSED(r, rig_open(r, false, true), RC_CONFLICT, E_STORE_OLDER); /* a reader waits */
    GOOD(r, rig_open(r, false, false));
    rig_close(r);
    GOOD(r, rig_open(r, false, true));
}

/* Somebody reads from the log, so the copy could not be whole; somebody writes. */
static void
test_others_hold_it(void **state)
{
    struct rig *r = *state;
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_project(r, 1, "a");
    struct rig other = *r;
    other.s = NULL;
    add(r, 9, "CREATE INDEX i ON project (version)");
    struct rtx *tx = rig_read(r);
    struct project_any_row any;
    GOOD(r, project_any(tx, &any));
    other.def = r->def;
    assert_int_equal(rig_open(&other, false, false), RC_BUSY);
    rtx_end(tx);
    rig_write(r);
    assert_int_equal(rig_open(&other, false, false), RC_BUSY);
    wtx_rollback(r->w);
    GOOD(&other, rig_open(&other, false, false));
    assert_int_equal(store_schema_version(other.s), 9);
    rig_close(&other);
}

/* The copy is a database, encrypted with the same key, as it was before. */
static void
test_copy_is_a_database(void **state)
{
    struct rig *r = *state;
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_project(r, 1, "a");
    rig_close(r);
    add(r, 9, "nonsense");
    GOOD(r, rig_open(r, false, false));
    rig_close(r);
    assert_true(copy_is_there(r, 3));
    use(r, 3);
    (void)snprintf(r->path + strlen(r->path), 16, ".before-3");
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(rig_count(r), 1);
    GOOD(r, store_check(r->s, &r->err));
}

static void
test_no_room_for_the_copy(void **state)
{
    struct rig *r = *state;
    char name[128];
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_project(r, 1, "a");
    rig_close(r);
    (void)snprintf(name, sizeof(name), "%s.before-3", r->path);
    assert_int_equal(symlink("/dev/full", name), 0); /* a symbolic link is not followed either */
    add(r, 9, "CREATE INDEX i ON project (version)");
    GOOD(r, rig_open(r, false, false));
    assert_int_equal(store_state(r->s), STORE_OLD_SCHEMA);
    assert_int_equal(rig_count(r), 1);
}

/* The copy breaks off in the middle: it goes, and the old schema is served. */
static void
test_copy_breaks_off(void **state)
{
    struct rig *r = *state;
    struct rlimit before, small;
    use(r, 3);
    GOOD(r, rig_open(r, true, false));
    rig_write(r);
    for (int i = 1; i <= 6000; i++) {
        char name[40];
        (void)snprintf(name, sizeof(name), "ein längerer Name %d", i);
        GOOD(r, project_insert(r->w, &(struct project_insert_in){{i}, str_of(name)}));
    }
    rig_commit(r);
    rig_close(r);
    add(r, 9, "CREATE INDEX i ON project (version)");
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){100 * 1024, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum rc rc = rig_open(r, false, false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, OK);
    assert_int_equal(store_state(r->s), STORE_OLD_SCHEMA);
    assert_false(copy_is_there(r, 3));
    assert_int_equal(rig_count(r), 6000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_step_by_step, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_failure_leaves_the_old_schema, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_failure_on_an_empty_database, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_migrations_may_not, rig_setup_closed,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_table_goes, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_other_programs, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_others_hold_it, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_copy_is_a_database, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_copy_breaks_off, rig_setup_closed, rig_teardown),
        cmocka_unit_test_setup_teardown(test_no_room_for_the_copy, rig_setup_closed, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
