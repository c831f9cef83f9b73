/* import_test.c: an archive that somebody made up: sealed and signed as it should be, but with
 * rules of its own inside, without ours, or with rows that break them. Nothing of it is run or
 * kept. */
#include "proc/import.h"

#include <sys/stat.h>
#include <unistd.h>

#include "app/restore/load.h"
#include "archive/file.h"
#include "archive/key.h"
#include "base/time.h"
#include "office.h"
#include "state.h"
#include "store/sqlite.h"

static struct office o;
static struct state_keys keys;
static const uint8_t key[32] = {7}, page_key[32] = {8};
static char made[128], loaded[128];
static struct err err;

static int
setup(void **state)
{
    (void)state;
    assert_ok(time_zone("Europe/Berlin"));
    office_open_empty(&o, "2026-11-24T08:15:00Z");
    assert_ok(office_write(&o, 0, office_demo, NULL));
    state_keys_make(&keys);
    (void)snprintf(made, sizeof(made), "%s/made.db", o.dir);
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", o.dir);
    state_put(o.store, &keys, 1, o.now, o.dir, "1.kontor");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    office_close(&o);
    return 0;
}

static enum rc
load(const char *name, const char *path, const uint8_t *with, struct loaded *ret_l)
{
    const int fd = state_open(o.dir, name);
    const struct archive_in in = archive_fd_in(&fd);
    const struct archive_want want = state_want(&keys, 1);
    err = (struct err){0};
    const enum rc rc = load_archive(&in, &want, path, with, UINT64_MAX, o.mem, &err, ret_l);
    close(fd);
    return rc;
}

static enum rc
import(const char *name)
{
    char line[ARCHIVE_KEY_LINE + 1];
    const int fd = state_open(o.dir, name);
    archive_key_print(true, keys.operations_secret, line);
    err = (struct err){0};
    const enum rc rc = import_load(fd, str_of(line), loaded, page_key, UINT64_MAX, o.mem, &err);
    close(fd);
    store_drop_file(loaded);
    return rc;
}

/* What the holder of an archive and its key can do: the state with these texts run on it, sealed
 * and signed again, its manifest true. */
static void
make_hostile(const char *texts)
{
    char path[160];
    struct loaded l;
    struct store *s;
    sqlite3 *db;
    const struct store_options opt = {
        .path = made, .schema = SCHEMA_WORKSPACE, .key = key, .as_is = true};
    assert_ok(load("1.kontor", made, key, &l));
    assert_ok(store_raw_open(made, key, &err, &db));
    assert_int_equal(store_raw_run(db, "PRAGMA ignore_check_constraints = ON"), SQLITE_OK);
    if (store_raw_run(db, texts) != SQLITE_OK) {
        FAIL_TEST("%s: %s", texts, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    if (store_open(&opt, &err, &s) != OK) {
        FAIL_TEST("%s: %s", texts, err.detail);
    }
    (void)snprintf(path, sizeof(path), "%s/2.kontor", o.dir);
    (void)unlink(path);
    state_put(s, &keys, 1, o.now, o.dir, "2.kontor");
    store_close(s);
    store_drop_file(made);
}

static void
ours_is_taken(void **state)
{
    (void)state;
    if (import("1.kontor") != OK) {
        FAIL_TEST("%s %s", code_name(err.code), err.detail);
    }
}

static void
rules_of_its_own_are_refused(void **state)
{
    static const struct {
        const char *texts;
        enum code code;
    } hostile[] = {
        {"CREATE TRIGGER given AFTER INSERT ON audit BEGIN"
         " UPDATE \"user\" SET right_plus = 4294967295 WHERE id = 4; END",          E_ARCHIVE_SCHEMA},
        {"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'trigger'",
         E_ARCHIVE_SCHEMA                                                                                    },
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
         " 'CHECK (user_state >= 1 AND user_state <= 3)', '') WHERE name = 'user'", E_ARCHIVE_SCHEMA},
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
         " 'user_state <= 3', 'user_state <= 33') WHERE name = 'user'",             E_ARCHIVE_SCHEMA},
        {"CREATE INDEX more ON \"user\" (login)",                                            E_ARCHIVE_SCHEMA},
        {"CREATE VIEW more AS SELECT * FROM \"user\"",                                       E_ARCHIVE_SCHEMA},
        {"CREATE TABLE more (id INTEGER PRIMARY KEY)",                                       E_ARCHIVE_SCHEMA},
        {"DROP INDEX project_user_by_user",                                                  E_ARCHIVE_SCHEMA},
        {"DELETE FROM schema_migration WHERE migration_number > 2",                          E_ARCHIVE_SCHEMA},
        {"UPDATE \"user\" SET user_state = 9",                                               E_STORE_DAMAGED },
        {"PRAGMA foreign_keys = OFF; DELETE FROM company WHERE id = 1",                      E_STORE_DAMAGED },
    };
    (void)state;
    for (size_t i = 0; i < CASES(hostile); i++) {
        make_hostile(hostile[i].texts);
        const enum rc rc = import("2.kontor");
        if (rc != RC_BROKEN || err.code != hostile[i].code) {
            FAIL_TEST("%s: rc %d, code %s, %s", hostile[i].texts, rc, code_name(err.code),
                      err.detail);
        }
    }
}

/* --- of an older version of the program --------------------------------------------------------
 */

static struct schema_def
older(size_t less)
{
    struct schema_def def = *schema_of(SCHEMA_WORKSPACE);
    def.n_migrations -= less;
    return def;
}

static enum rc
check_older(size_t less, const char *texts)
{
    const struct schema_def def = older(less);
    const struct store_options opt = {.path = made, .key = key, .create = true};
    const struct store_options as_is = {
        .path = made, .schema = SCHEMA_WORKSPACE, .key = key, .as_is = true};
    struct store *s;
    sqlite3 *db;
    err = (struct err){0};
    store_drop_file(made);
    assert_ok(store_open_def(&opt, &def, &err, &s));
    store_close(s);
    assert_ok(store_raw_open(made, key, &err, &db));
    assert_int_equal(store_raw_run(db, texts), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_ok(store_open(&as_is, &err, &s));
    const enum rc rc = store_check_schema(s, &err);
    store_close(s);
    store_drop_file(made);
    return rc;
}

static void
an_older_one_is_held_to_the_rules_of_then(void **state)
{
    const size_t all = schema_of(SCHEMA_WORKSPACE)->n_migrations;
    (void)state;
    for (size_t less = 0; less <= all; less++) {
        if (check_older(less, "SELECT 1") != OK) {
            FAIL_TEST("%zu before: %s %s", less, code_name(err.code), err.detail);
        }
        assert_int_equal(check_older(less, "CREATE TABLE more (id INTEGER PRIMARY KEY)"),
                         RC_BROKEN);
        assert_int_equal(err.code, E_ARCHIVE_SCHEMA);
    }
}

/* How the texts are laid out may change from one version of the program to the next. */
static void
layout_is_no_rule(void **state)
{
    (void)state;
    assert_ok(check_older(0, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
                             " replace(sql, char(10) || '    ', ' ') WHERE type = 'table'"));
    assert_int_equal(check_older(0, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
                                    " replace(sql, ' NOT NULL', '') WHERE name = 'project_user'"),
                     RC_BROKEN);
    /* A blank in the place of a letter, and a letter in the place of a blank. */
    assert_int_equal(check_older(0, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
                                    " replace(sql, 'user_state >= 1', 'user_state >  1')"
                                    " WHERE name = 'user'"),
                     RC_BROKEN);
    assert_int_equal(check_older(0, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
                                    " replace(sql, 'user_state >= 1', 'user_state >=+1')"
                                    " WHERE name = 'user'"),
                     RC_BROKEN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_is_taken),
        cmocka_unit_test(rules_of_its_own_are_refused),
        cmocka_unit_test(an_older_one_is_held_to_the_rules_of_then),
        cmocka_unit_test(layout_is_no_rule),
    };
    return cmocka_run_group_tests_name("import", tests, setup, teardown);
}
