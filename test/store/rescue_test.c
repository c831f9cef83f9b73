/* rescue_test.c: an older state in the place of a store of which a page is damaged, tried on every
 * table of the real schema: what can be read of the present stays, what cannot is as decision 108
 * says, and no former password or session opens anything. */
#include "store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spoil.h"
#include "store/rig.h"
#include "store/rows.h"

enum { TABLES_MAX = 100 };

static char dir[64], present[96], state[96], before[96], next[96], kept[96];
static struct err err;

static void
need(enum rc rc, const char *what)
{
    if (rc != OK) {
        FAIL_TEST("%s: rc %d %s %s", what, rc, code_name(err.code), err.detail);
    }
}

/* State: rows 1001 and 1002 of each table. Present: 1002 changed where it can be, 1003 new. */
static int
setup(void **state_)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    (void)state_;
    (void)snprintf(dir, sizeof(dir), "/tmp/kontor-rescue-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(present, sizeof(present), "%s/data.db", dir);
    (void)snprintf(state, sizeof(state), "%s/state.db", dir);
    (void)snprintf(before, sizeof(before), "%s/before.db", dir);
    (void)snprintf(next, sizeof(next), "%s/data.db.next", dir);
    (void)snprintf(kept, sizeof(kept), "%s/data.db.damaged-1", dir);
    store_close(rows_store(present));
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    rows_put_all(db, 1002);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rows_copy(present, state);
    db = rows_raw(present);
    for (size_t i = 0; i < def->n_tables; i++) {
        if (strcmp(def->tables[i].name, "schema_migration") != 0) {
            (void)rows_change(db, def->tables[i].name, 1002);
            rows_put(db, def->tables[i].name, 1003);
        }
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rows_copy(present, before);
    return 0;
}

static int
teardown(void **state_)
{
    (void)state_;
    static char *const paths[] = {present, state, before, next, kept};
    for (size_t i = 0; i < CASES(paths); i++) {
        store_drop_file(paths[i]);
    }
    return rmdir(dir);
}

static int64_t
rows(const char *path, const char *table)
{
    char text[200];
    (void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%s\"", table);
    return rows_number(path, text);
}

static void
damage(const char *table)
{
    char text[200];
    (void)snprintf(text, sizeof(text), SPOIL_ROOT_OF, table);
    spoil_page(present, rows_number(present, text));
}

static enum rc
rescue(struct restore_table *tables, bool *ret_shut)
{
    err = (struct err){0};
    TRY(restore_rescue(SCHEMA_WORKSPACE, present, state, next, rows_key, &err, tables, ret_shut));
    return restore_swap_kept(present, next, kept, &err);
}

static void
diff(const char *path, struct restore_table *ret_tables)
{
    struct store *a = rows_store(present);
    struct store *b = rows_store(path);
    need(restore_diff(a, b, NULL, &err, ret_tables), "diff");
    store_close(a);
    store_close(b);
}

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
    bool is = false;
    for (size_t i = 0; i < n; i++) {
        is = is || strcmp(name, names[i]) == 0;
    }
    return is;
}

/* One table of the store that was built when `damaged` could not be read. */
static void
check_table(const struct restore_table *t, bool secret, const struct restore_table *to_state,
            const struct restore_table *to_before, bool shut)
{
    static const char *const of_then[] = {"audit", "policy", "user", "project_number"};
    const bool is_state = to_state->came + to_state->went + to_state->changed == 0;
    const bool is_before = to_before->came + to_before->went + to_before->changed == 0;
    bool right;
    if (shut && secret) {
        right = rows(present, t->name) == 0;
    } else if (t->class == RESTORE_CONTENT ||
               is_one_of(t->name, of_then, CASES(of_then) * t->lost)) {
        right = is_state;
    } else if (strcmp(t->name, "id_counter") == 0 || strcmp(t->name, "project_counter") == 0 ||
               strcmp(t->name, "schema_migration") == 0) {
        right = true; /* looked at elsewhere */
    } else if (t->lost) {
        right = rows(present, t->name) == 0;
    } else { /* what referred to a row that is gone let go of it */
        right = is_before || t->class == RESTORE_GREATER || t->loosened + t->dropped > 0;
    }
    if (!right) {
        FAIL_TEST("%s: %slost, %s, %lld rows", t->name, t->lost ? "" : "not ",
                  shut ? "shut" : "open", (long long)rows(present, t->name));
    }
}

static void
rescued(const char *damaged)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    struct restore_table tables[TABLES_MAX];
    struct restore_table to_state[TABLES_MAX];
    struct restore_table to_before[TABLES_MAX];
    bool shut;
    bool must_shut = false;
    size_t lost = 0;
    need(rescue(tables, &shut), damaged);
    diff(state, to_state);
    diff(before, to_before);
    struct store *s = rows_store(present);
    need(store_check_ids(s, &err), damaged);
    store_close(s);
    for (size_t i = 0; i < def->n_tables; i++) {
        const bool is_it = strcmp(tables[i].name, damaged) == 0;
        assert_false(is_it && tables[i].class != RESTORE_CONTENT && !tables[i].lost);
        assert_false(tables[i].lost && tables[i].class == RESTORE_CONTENT);
        lost += tables[i].lost;
        must_shut = must_shut || (tables[i].lost && strcmp(tables[i].name, "mail") != 0 &&
                                  (def->tables[i].secret || strcmp(tables[i].name, "user") == 0));
        check_table(&tables[i], def->tables[i].secret, &to_state[i], &to_before[i], shut);
    }
    assert_int_equal(shut, must_shut);
    assert_true(lost <= 1 || strcmp(damaged, "schema_migration") == 0);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    struct stat st;
    assert_int_equal(stat(kept, &st), 0);
    assert_int_equal(stat(next, &st), -1);
}

static void
every_table_damaged_in_its_turn(void **state_)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    (void)state_;
    for (size_t i = 0; i < def->n_tables; i++) {
        damage(def->tables[i].name);
        rescued(def->tables[i].name);
        store_drop_file(kept);
        store_drop_file(present);
        rows_copy(before, present);
    }
    print_message("# %zu tables\n", def->n_tables);
}

/* Numbers that were given since the state are not given again. */
static void
ids_go_on_far_behind(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    bool shut;
    (void)state_;
    sqlite3 *db = rows_raw(state);
    assert_int_equal(store_raw_run(db, "DELETE FROM id_counter WHERE table_name = 'drill'"),
                     SQLITE_OK);
    sqlite3_close(db);
    damage("id_counter");
    need(rescue(tables, &shut), "rescue");
    assert_false(shut);
    assert_int_equal(
        rows_number(present, "SELECT last_number FROM id_counter WHERE table_name = 'drill'"),
        1001003);
    assert_true(rows_number(present,
                            "SELECT min(last_number) FROM id_counter WHERE table_name IN "
                            "(SELECT name FROM sqlite_schema) AND table_name <> 'audit'") >=
                1000000);
}

/* Which project numbers were given cannot be read: every count goes on behind them, old and new. */
static void
project_numbers_go_on_far_behind(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    bool shut;
    (void)state_;
    sqlite3 *db = rows_raw(state);
    assert_int_equal(store_raw_run(db, "INSERT INTO project_counter VALUES ('2025', 41)"),
                     SQLITE_OK);
    sqlite3_close(db);
    damage("project_number");
    need(rescue(tables, &shut), "rescue");
    assert_false(shut);
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = '2025'"),
                     10041);
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = 'from'"),
                     10000);
}

/* Its first page: nothing at all can be read of it. */
static void
nothing_can_be_read(void **state_)
{
    (void)state_;
    spoil_page(present, 1);
    rescued("schema_migration");
    assert_int_equal(rows(present, "credential"), 0);
    assert_int_equal(rows(present, "session"), 0);
    assert_int_equal(rows(present, "user"), rows(state, "user"));
}

static void
another_schema_is_not_read(void **state_)
{
    (void)state_;
    sqlite3 *db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "DELETE FROM schema_migration WHERE migration_number > 30"),
                     SQLITE_OK);
    sqlite3_close(db);
    rescued("schema_migration");
}

static void
one_that_is_whole_is_refused(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    struct stat st;
    bool shut;
    (void)state_;
    store_drop_file(present);
    store_close(rows_store(present));
    assert_int_equal(rescue(tables, &shut), RC_CONFLICT);
    assert_int_equal(err.code, E_RESTORE_WHOLE);
    assert_int_equal(stat(next, &st), -1);
    assert_int_equal(stat(kept, &st), -1);
}

/* A log that cannot be emptied goes along with the file that is kept; killed behind that, it is
 * done again. */
static void
the_log_of_the_damaged_one_is_kept_with_it(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    char log[120];
    struct stat st;
    bool shut;
    (void)state_;
    spoil_page(present, 1);
    need(restore_rescue(SCHEMA_WORKSPACE, present, state, next, rows_key, &err, tables, &shut),
         "rescue");
    (void)snprintf(log, sizeof(log), "%s-wal", present);
    rows_copy(state, log);
    char taken[120];
    (void)snprintf(taken, sizeof(taken), "%s-wal", kept);
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_equal(restore_swap_kept(present, next, kept, &err), RC_IO);
    assert_int_equal(rmdir(taken), 0);
    assert_int_equal(stat(kept, &st), -1);
    assert_int_equal(link(present, kept), 0);
    need(restore_swap_kept(present, next, kept, &err), "swap");
    assert_int_equal(stat(log, &st), -1);
    (void)snprintf(log, sizeof(log), "%s-wal", kept);
    assert_int_equal(stat(log, &st), 0);
    assert_int_equal(rows(present, "company"), rows(state, "company"));
}

/* Who was shown out last stands in the log alone. Killed when that is with the kept file already,
 * and the store not yet another one, the next try reads it as well. */
static void
killed_behind_the_log_it_is_read_again(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    char log[120];
    char kept_log[120];
    char other[120];
    bool shut;
    (void)state_;
    (void)snprintf(log, sizeof(log), "%s-wal", present);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    (void)snprintf(other, sizeof(other), "%s.other", present);
    damage("company");
    sqlite3 *db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "PRAGMA journal_mode = WAL"), SQLITE_OK);
    assert_int_equal(store_raw_run(db, "PRAGMA wal_autocheckpoint = 0"), SQLITE_OK);
    assert_int_equal(store_raw_run(db, "DELETE FROM session"), SQLITE_OK);
    rows_copy(log, kept_log);
    rows_copy(present, other);
    sqlite3_close(db);
    store_drop_file(present);
    rows_copy(other, present);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(link(present, kept), 0);

    need(restore_swap_again(present, kept, &err), "again");
    need(rescue(tables, &shut), "rescue");
    assert_false(shut);
    assert_int_equal(rows(present, "session"), 0);
    need(restore_swap_again(present, kept, &err), "done before");
    assert_int_equal(rows(present, "session"), 0);
    assert_int_equal(unlink(kept), 0);
    assert_int_equal(link(present, kept), 0);
    close(open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(mkdir(kept_log, 0700), 0);
    assert_int_equal(restore_swap_again(present, kept, &err), RC_IO);
    assert_int_equal(rmdir(kept_log), 0);
}

/* --- a bad disk at each call of the swap ---------------------------------------------------------
 */

static int disk_calls, disk_bad_from, disk_bad_to; /* the calls that fail */

static void
disk_is_bad(int from, int to)
{
    disk_calls = 0;
    disk_bad_from = from;
    disk_bad_to = to;
}

static bool
disk_fails(void)
{
    disk_calls++;
    errno = disk_calls % 2 == 0 ? EIO : ENOSPC;
    return disk_calls >= disk_bad_from && disk_calls < disk_bad_to;
}

/* In the place of the library's, for this program. */
int
fsync(int fd)
{
    return disk_fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int
rename(const char *from, const char *to)
{
    return disk_fails() ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
link(const char *from, const char *to)
{
    return disk_fails() ? -1 : linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static bool
is_file_as(const char *path, const char *text)
{
    size_t n;
    struct stat st;
    if (stat(path, &st) != 0) {
        return false;
    }
    char *p = rig_file(path, &n);
    const bool is = n == strlen(text) && memcmp(p, text, n) == 0;
    free(p);
    return is;
}

static void
put(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* Whichever call fails, the store is as it was, with what people did last; only when it is the very
 * last is it the next one, and the other is kept whole. */
static void
a_bad_disk_at_each_call_of_the_swap(void **state_)
{
    char log[120];
    char kept_log[120];
    struct stat st;
    int failures = 0;
    (void)state_;
    (void)snprintf(log, sizeof(log), "%s-wal", present);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    for (int n = 1;; n++) {
        put(present, "as it was");
        put(log, "done last");
        put(next, "as it shall be");
        disk_is_bad(n, n + 1);
        const enum rc rc = restore_swap_kept(present, next, kept, &err);
        const bool hit = disk_calls >= n;
        disk_is_bad(0, 0);
        assert_int_equal(rc, hit ? RC_IO : OK);
        if (stat(next, &st) != 0) {
            assert_true(is_file_as(present, "as it shall be") && is_file_as(kept, "as it was"));
            assert_true(is_file_as(kept_log, "done last"));
            assert_int_equal(stat(log, &st), -1);
            if (!hit) {
                break;
            }
            store_drop_file(kept);
            store_drop_file(present);
            continue;
        }
        failures++;
        if (!is_file_as(present, "as it was") || !is_file_as(log, "done last")) {
            FAIL_TEST("call %d: not as it was", n);
        }
        assert_int_equal(stat(kept, &st), -1);
        assert_int_equal(stat(kept_log, &st), -1);
    }
    print_message("# %d failures\n", failures);
    assert_true(failures >= 5);
}

/* When the disk stays bad and the log cannot come back, whoever is about to open the store hears
 * it, until the log is there again. */
static void
without_its_log_nobody_opens_the_store(void **state_)
{
    char log[120];
    struct stat st;
    (void)state_;
    (void)snprintf(log, sizeof(log), "%s-wal", present);
    put(present, "as it was");
    put(log, "done last");
    put(next, "as it shall be");
    disk_is_bad(3, 100); /* behind the link and the log */
    assert_int_equal(restore_swap_kept(present, next, kept, &err), RC_IO);
    assert_int_equal(stat(log, &st), -1);
    disk_is_bad(1, 2);
    assert_int_equal(restore_swap_again(present, kept, &err), RC_IO);
    disk_is_bad(0, 0);
    assert_int_equal(stat(log, &st), -1);
    need(restore_swap_again(present, kept, &err), "again");
    assert_true(is_file_as(present, "as it was") && is_file_as(log, "done last"));
    assert_int_equal(stat(kept, &st), -1);
}

static void
another_file_of_that_name_stays(void **state_)
{
    (void)state_;
    put(kept, "of another day");
    assert_int_equal(restore_swap_kept(present, state, kept, &err), RC_IO);
    assert_true(is_file_as(kept, "of another day"));
}

static void
what_fails_changes_nothing(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    struct rlimit was;
    struct stat st;
    bool shut;
    (void)state_;
    damage("audit");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){65536, was.rlim_max}), 0);
    const enum rc rc = rescue(tables, &shut);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(rc, RC_IO);
    assert_int_equal(stat(next, &st), -1);
    assert_int_equal(stat(kept, &st), -1);
    rows_copy(state, next);
    (void)snprintf(kept, sizeof(kept), "%s/none/kept", dir);
    assert_int_equal(restore_swap_kept(present, next, kept, &err), RC_IO);
}

/* Whatever is lost, a drill of the next state finds the trail without a gap. */
static void
the_trail_has_no_gap(void **state_)
{
    static const char *const lost[] = {"audit", "id_counter"};
    struct restore_table tables[TABLES_MAX];
    bool shut;
    (void)state_;
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        (void)unlink(kept);
        damage(lost[i]);
        need(rescue(tables, &shut), lost[i]);
        assert_int_equal(
            rows_number(present, "SELECT last_number FROM id_counter WHERE table_name = 'audit'"),
            rows_number(present, "SELECT coalesce(max(id), 0) FROM audit"));
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_trail_has_no_gap, setup, teardown),
        cmocka_unit_test_setup_teardown(every_table_damaged_in_its_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_go_on_far_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(project_numbers_go_on_far_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_can_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(another_schema_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_whole_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_log_of_the_damaged_one_is_kept_with_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(killed_behind_the_log_it_is_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_disk_at_each_call_of_the_swap, setup, teardown),
        cmocka_unit_test_setup_teardown(without_its_log_nobody_opens_the_store, setup, teardown),
        cmocka_unit_test_setup_teardown(another_file_of_that_name_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(what_fails_changes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
