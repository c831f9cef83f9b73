/* restore_test.c: an older state comes back by class, tried on every table of the real schema with
 * rows made for it: content is the state's, the present stays, the greater number stays. What
 * refers to something that is gone lets go; killed at any moment, the store is whole as it was or
 * as it shall be. */
#include "store/restore.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/time.h"
#include "store/fault_vfs.h"
#include "store/rig.h"
#include "store/rows.h"

enum { TABLES_MAX = 100 };

static char dir[64], present[96], state[96], before[96], next[96];
static struct err err;

static void
need(enum rc rc, const char *what)
{
    if (rc != OK) {
        FAIL_TEST("%s: rc %d %s %s", what, rc, code_name(err.code), err.detail);
    }
}

static int
setup(void **state_)
{
    (void)state_;
    (void)fault_disarm();
    fault_register();
    store_disk_below = "fault";
    (void)snprintf(dir, sizeof(dir), "/tmp/kontor-restore-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(present, sizeof(present), "%s/data.db", dir);
    (void)snprintf(state, sizeof(state), "%s/state.db", dir);
    (void)snprintf(before, sizeof(before), "%s/before.db", dir);
    (void)snprintf(next, sizeof(next), "%s/data.db.next", dir);
    store_close(rows_store(present));
    return 0;
}

static int
teardown(void **state_)
{
    (void)state_;
    static char *const paths[] = {present, state, before, next};
    for (size_t i = 0; i < CASES(paths); i++) {
        store_drop_file(paths[i]);
    }
    return rmdir(dir);
}

static void
run_on(sqlite3 *db, const char *text)
{
    if (store_raw_run(db, text) != SQLITE_OK) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
}

/* --- every table by its class ------------------------------------------------------------------
 */

static void
diff_of(const char *a, const char *b, struct restore_table *ret_tables)
{
    struct store *sa = rows_store(a);
    struct store *sb = rows_store(b);
    need(restore_diff(sa, sb, NULL, &err, ret_tables), "diff");
    store_close(sa);
    store_close(sb);
}

/* State: rows 1001 and 1002 of each table. Present: 1002 changed where it can be, 1003 new, and of
 * what nobody refers to 1001 gone. */
static int
make_both(const struct schema_def *def)
{
    int changed = 0;
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    rows_put_all(db, 1002);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rows_copy(present, state);
    db = rows_raw(present);
    for (size_t i = 0; i < def->n_tables; i++) {
        if (strcmp(def->tables[i].name, "schema_migration") != 0) {
            changed += rows_change(db, def->tables[i].name, 1002);
            rows_put(db, def->tables[i].name, 1003);
        }
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rows_copy(present, before);
    return changed;
}

static enum rc
restore(struct restore_table *tables)
{
    struct store *p = rows_store(present);
    struct store *s = rows_store(state);
    err = (struct err){0};
    enum rc rc = restore_diff(p, s, NULL, &err, tables);
    store_close(p);
    rc = rc == OK ? restore_build(s, present, next, rows_key, &err, tables) : rc;
    store_close(s);
    return rc == OK ? restore_swap(present, next, &err) : rc;
}

static void
every_table_by_its_class(void **state_)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    struct restore_table tables[TABLES_MAX];
    struct restore_table to_state[TABLES_MAX];
    struct restore_table to_before[TABLES_MAX];
    int counts[5] = {0};
    (void)state_;
    const int changed = make_both(def);
    print_message("# %d of %zu tables have a row that was changed\n", changed, def->n_tables);
    assert_true(changed >= 25);
    need(restore(tables), "restore");
    diff_of(present, state, to_state);
    diff_of(present, before, to_before);
    for (size_t i = 0; i < def->n_tables; i++) {
        const struct restore_table *t = &tables[i];
        const struct restore_table *s = &to_state[i];
        const struct restore_table *b = &to_before[i];
        counts[t->class]++;
        if (strcmp(t->name, "schema_migration") != 0) { /* the test made each of these */
            assert_int_equal(t->came, 0);
            assert_int_equal(rows_is_one(t->name) ? t->changed : t->went, 1);
        }
        const bool is_state = s->came + s->went + s->changed == 0;
        const bool is_before = b->came + b->went + b->changed == 0;
        const bool right = t->class == RESTORE_CONTENT ? is_state && !is_before
                           : t->class == RESTORE_PRESENT
                               ? is_before && (!is_state || t->changed + t->went == 0)
                           : t->class == RESTORE_ACCESS /* that of a thing which went, with it */
                               ? is_state && b->went == 0 && b->came == 1
                               : !is_state && s->went == 1 && s->came == 0;
        if (!right) {
            FAIL_TEST("%s: class %u", t->name, (unsigned)t->class);
        }
        assert_int_equal(t->loosened + t->dropped, t->class == RESTORE_ACCESS);
        assert_int_equal(t->kept, 0);
    }
    assert_true(counts[RESTORE_CONTENT] > 10 && counts[RESTORE_PRESENT] > 20);
    assert_int_equal(counts[RESTORE_GREATER], 3);
    assert_int_equal(counts[RESTORE_ACCESS], 1);
    assert_int_equal(counts[RESTORE_UNKNOWN], 0);
    sqlite3 *db = rows_raw(present); /* rules for people's changes are there again */
    assert_int_equal(store_raw_run(db, "DELETE FROM audit"), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void
both_schemas_have_known_classes(void **state_)
{
    (void)state_;
    for (int which = SCHEMA_WORKSPACE; which <= SCHEMA_SYSTEM; which++) {
        const struct schema_def *def = schema_of((enum store_schema)which);
        for (size_t i = 0; i < def->n_tables; i++) {
            if (restore_class_of(&def->tables[i]) == RESTORE_UNKNOWN) {
                FAIL_TEST("%s: \"%s\"", def->tables[i].name, def->tables[i].restore);
            }
        }
    }
    assert_int_equal(restore_class_of(&(struct schema_table){.restore = "merge (by taste)"}),
                     RESTORE_UNKNOWN);
}

static void
the_greater_number_stays(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    (void)state_;
    sqlite3 *db = rows_raw(present);
    assert_int_equal(
        store_raw_run(db, "INSERT INTO project_counter VALUES ('all', 7), ('2025', 5)"), SQLITE_OK);
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "UPDATE project_counter SET given = 9 WHERE scope = 'all';"
                                       "UPDATE project_counter SET given = 2 WHERE scope = '2025';"
                                       "INSERT INTO project_counter VALUES ('2026', 1)"),
                     SQLITE_OK);
    sqlite3_close(db);
    db = rows_raw(state);
    assert_int_equal(store_raw_run(db, "INSERT INTO project_counter VALUES ('2024', 4)"),
                     SQLITE_OK);
    sqlite3_close(db);
    need(restore(tables), "restore");
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = 'all'"),
                     9);
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = '2025'"),
                     5);
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = '2026'"),
                     1);
    assert_int_equal(rows_number(present, "SELECT given FROM project_counter WHERE scope = '2024'"),
                     4);
}

/* --- who may see what --------------------------------------------------------------------------
 */

/* Projects 1001 and 1002 are there today and then, 1003 only then, 1004 only today. Since then 1001
 * was taken from user 1001 and given to user 1002, both as a member and as its lead. */
static void
make_access(void)
{
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    rows_put_all(db, 1002);
    rows_put(db, "project", 1003);
    rows_put(db, "project_user", 1003);
    run_on(db, "UPDATE project_user SET user_id = 1001;"
               "UPDATE project SET responsible_user_id = 1001, name = 'then'");
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    run_on(db, "DELETE FROM project_user WHERE project_id = 1003;"
               "DELETE FROM project WHERE id = 1003;"
               "UPDATE project SET name = 'today'");
    rows_put(db, "project", 1004);
    rows_put(db, "project_user", 1004);
    run_on(db, "UPDATE project_user SET user_id = 1002 WHERE project_id = 1001;"
               "UPDATE project SET responsible_user_id = 1002 WHERE id = 1001");
    sqlite3_close(db);
}

static const struct restore_table *
table_of(const struct restore_table *tables, const char *name)
{
    while (strcmp(tables->name, name) != 0) {
        tables++;
    }
    return tables;
}

static void
who_may_see_what_is_there_stays(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    (void)state_;
    make_access();
    need(restore(tables), "restore");
    const struct restore_table *t = table_of(tables, "project_user");
    assert_int_equal(t->kept, 2); /* the one that does not come, the one that does not go */
    assert_int_equal(t->came, 1);
    assert_int_equal(t->went, 1);
    t = table_of(tables, "project");
    assert_int_equal(t->kept, 1);
    assert_int_equal(t->changed, 2);
    assert_int_equal(
        rows_number(present, "SELECT user_id FROM project_user WHERE project_id = 1001"), 1002);
    assert_int_equal(
        rows_number(present, "SELECT user_id FROM project_user WHERE project_id = 1003"), 1001);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM project_user"), 3);
    assert_int_equal(
        rows_number(present, "SELECT responsible_user_id FROM project WHERE id = 1001"), 1002);
    assert_int_equal(
        rows_number(present, "SELECT responsible_user_id FROM project WHERE id = 1003"), 1001);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM project WHERE name = 'then'"), 3);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM project"), 3);
}

/* --- references --------------------------------------------------------------------------------
 */

/* A timer of a project that is not in the state goes with it; an import keeps itself and lets go of
 * what it referred to, where it may. */
static void
what_refers_to_nothing_lets_go(void **state_)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    struct restore_table tables[TABLES_MAX];
    (void)state_;
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    rows_put(db, "project", 1003);
    for (int i = 0; i < 150; i++) { /* more than are looked for at once */
        rows_put(db, "timer", 2000 + i);
    }
    assert_int_equal(store_raw_run(db, "UPDATE timer SET project_id = 1003 WHERE id < 2140"),
                     SQLITE_OK);
    sqlite3_close(db);
    need(restore(tables), "restore");
    size_t i = 0;
    while (strcmp(def->tables[i].name, "timer") != 0) {
        i++;
    }
    assert_int_equal(tables[i].loosened + tables[i].dropped, 141);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM project WHERE id = 1003"), 0);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM timer WHERE project_id = 1001"),
                     10);
    print_message("# %lld timers let go, %lld went\n", (long long)tables[i].loosened,
                  (long long)tables[i].dropped);
}

static void
content_without_its_present_is_refused(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    (void)state_;
    sqlite3 *db = rows_raw(present);
    rows_put(db, "user", 1001);
    rows_put(db, "company", 1001);
    rows_put(db, "project", 1001);
    rows_put(db, "category_group", 1001);
    rows_put(db, "category", 1001);
    rows_put(db, "time_entry", 1001);
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "DELETE FROM \"user\""), SQLITE_OK);
    sqlite3_close(db);
    rows_copy(present, before);
    assert_int_equal(restore(tables), RC_CONFLICT);
    assert_int_equal(err.code, E_RESTORE_REFERENCE);
    assert_true(err.arg[0] != '\0');
    struct stat st;
    assert_int_equal(stat(next, &st), -1);
    size_t n;
    size_t m;
    char *a = rig_file(present, &n);
    char *b = rig_file(before, &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

/* --- schemas that say something else -----------------------------------------------------------
 */

/* The real schema with another class for one table. */
static struct schema_def
def_with(const char *table, const char *words)
{
    static struct schema_table tables[TABLES_MAX];
    struct schema_def def = *schema_of(SCHEMA_WORKSPACE);
    memcpy(tables, def.tables, def.n_tables * sizeof(tables[0]));
    for (size_t i = 0; i < def.n_tables; i++) {
        if (strcmp(tables[i].name, table) == 0) {
            tables[i].restore = words;
        }
    }
    def.tables = tables;
    return def;
}

static enum rc
restore_as(const char *table, const char *words, struct restore_table *tables)
{
    const struct schema_def def = def_with(table, words);
    struct store *p = NULL;
    struct store *s = NULL;
    err = (struct err){0};
    need(store_open_def(&(struct store_options){.path = present, .key = rows_key}, &def, &err, &p),
         "p");
    need(store_open_def(&(struct store_options){.path = state, .key = rows_key}, &def, &err, &s),
         "s");
    enum rc rc = restore_diff(p, s, NULL, &err, tables);
    store_close(p);
    rc = rc == OK ? restore_build(s, present, next, rows_key, &err, tables) : rc;
    store_close(s);
    return rc;
}

static void
classes_that_do_not_fit(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    (void)state_;
    rows_copy(present, state);
    assert_int_equal(restore_as("company", "merge (by taste)", tables), RC_BROKEN);
    assert_int_equal(err.code, E_BROKEN);
    assert_int_equal(restore_as("company", "merge (the higher count stays)", tables), RC_BROKEN);
    need(restore_as("company", "present", tables), "as present");
}

/* A project that stays, of a group that goes, has no group any more. */
static void
a_reference_that_may_be_empty_is_emptied(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    size_t i = 0;
    (void)state_;
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    rows_put(db, "project_group", 1003);
    assert_int_equal(store_raw_run(db, "UPDATE project SET project_group_id = 1003"), SQLITE_OK);
    sqlite3_close(db);
    need(restore_as("project", "present", tables), "restore");
    while (strcmp(tables[i].name, "project") != 0) {
        i++;
    }
    assert_int_equal(tables[i].loosened, 1);
    assert_int_equal(tables[i].dropped, 0);
    assert_int_equal(
        rows_number(next, "SELECT count(*) FROM project WHERE project_group_id IS NULL"), 1);
}

/* --- files that are not what a store makes ------------------------------------------------------
 */

static void
run_raw(const char *path, const char *text)
{
    sqlite3 *db = rows_raw(path);
    run_on(db, text);
    sqlite3_close(db);
}

static void
odd_files_change_nothing(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    struct stat st;
    (void)state_;
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    sqlite3_close(db);
    rows_copy(present, state);
    rows_copy(present, before);
    run_raw(state, "DROP TABLE company_tag");
    assert_int_equal(restore(tables), RC_BROKEN);
    rows_copy(before, state);
    run_raw(state, "CREATE TABLE t AS SELECT * FROM category; DROP TABLE category;"
                   "ALTER TABLE t RENAME TO category; INSERT INTO category SELECT * FROM category");
    assert_int_equal(restore(tables), RC_IO); /* the same id twice */
    assert_int_equal(stat(next, &st), -1);
    rows_copy(before, state);
    need(restore(tables), "put right");
}

/* Its names are no texts to be run, its rules bind nobody, and ours are there again. */
static void
triggers_of_the_file_are_not_kept(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    static const char ours[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'";
    (void)state_;
    sqlite3 *db = rows_raw(present);
    rows_put_all(db, 1001);
    sqlite3_close(db);
    rows_copy(present, state);
    const int64_t n = rows_number(present, ours);
    assert_true(n > 0);
    run_raw(present, "CREATE TRIGGER \"a\"\"; DELETE FROM mail; --\" BEFORE DELETE ON company BEGIN"
                     " DELETE FROM audit; END;"
                     "CREATE TRIGGER b AFTER INSERT ON company BEGIN DELETE FROM notice; END;"
                     "DROP TRIGGER audit_immutable_1_delete");
    for (int i = 0; i < 200; i++) {
        char text[300];
        (void)snprintf(text, sizeof(text),
                       "CREATE TRIGGER t%d_%0100d BEFORE DELETE ON company BEGIN SELECT 1; END", i,
                       i);
        run_raw(present, text);
    }
    need(restore(tables), "restore");
    assert_int_equal(rows_number(present, ours), n);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM mail"), 1);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM notice"), 1);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM audit"), 1);
    db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "DELETE FROM audit"), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void
no_room_for_the_copy(void **state_)
{
    struct restore_table tables[TABLES_MAX] = {0};
    struct rlimit was;
    struct stat st;
    (void)state_;
    rows_copy(present, state);
    struct store *s = rows_store(state);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){65536, was.rlim_max}), 0);
    err = (struct err){0};
    const enum rc rc = restore_build(s, present, next, rows_key, &err, tables);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(rc, RC_IO);
    assert_int_equal(stat(next, &st), -1);
    store_close(s);
}

/* --- rows that differ, one by one --------------------------------------------------------------
 */

struct told {
    int came, went, changed, calls_until;
    char last[400], last_changed[400];
};

static enum rc
on_row(void *arg, const struct restore_row *row, struct err *e)
{
    struct told *told = arg;
    told->came += row->kind == RESTORE_CAME;
    told->went += row->kind == RESTORE_WENT;
    told->changed += row->kind == RESTORE_CHANGED;
    (void)snprintf(told->last, sizeof(told->last), "%s %u %s %s", row->table->name,
                   (unsigned)row->kind, row->key, row->columns);
    for (size_t i = 0; i < row->n_changes; i++) {
        const size_t n = strlen(told->last);
        (void)snprintf(told->last + n, sizeof(told->last) - n, "; %s: %.*s now %.*s",
                       row->changes[i].column, STR_FMT(row->changes[i].then),
                       STR_FMT(row->changes[i].now));
    }
    if (row->kind == RESTORE_CHANGED) {
        (void)snprintf(told->last_changed, sizeof(told->last_changed), "%s", told->last);
    }
    return told->calls_until > 0 && --told->calls_until == 0 ? fail(e, RC_IO, E_IO, "sink") : OK;
}

static void
rows_are_told(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    struct told told = {0};
    const struct restore_sink sink = {on_row, &told};
    (void)state_;
    sqlite3 *db = rows_raw(present);
    for (int i = 1001; i <= 1006; i++) {
        rows_put(db, "company", i);
    }
    rows_put(db, "credential", 1001); /* secret: counted, not told */
    sqlite3_close(db);
    rows_copy(present, state);
    db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "DELETE FROM company WHERE id IN (1001, 1006);"
                                       "DELETE FROM credential"),
                     SQLITE_OK);
    rows_put(db, "company", 1010);
    sqlite3_close(db);
    struct store *a = rows_store(present);
    struct store *b = rows_store(state);
    need(restore_diff(a, b, &sink, &err, tables), "diff");
    assert_int_equal(told.came, 2);
    assert_int_equal(told.went, 1);
    assert_int_equal(told.changed, 0);
    assert_string_equal(told.last, "company 2 1010 ");
    told.calls_until = 1;
    assert_int_equal(restore_diff(a, b, &sink, &err, tables), RC_IO);
    store_close(a);
    db = rows_raw(present);
    assert_int_equal(store_raw_run(db, "DELETE FROM company WHERE id = 1010;"
                                       "UPDATE company SET version = 3, rate = NULL "
                                       "WHERE id = 1003"),
                     SQLITE_OK);
    sqlite3_close(db);
    a = rows_store(present);
    told = (struct told){0};
    need(restore_diff(a, b, &sink, &err, tables), "diff");
    assert_int_equal(told.changed, 1);
    assert_string_equal(told.last_changed,
                        "company 3 1003 rate version; rate: 1 now ; version: 1 now 3");
    store_close(a);
    store_close(b);
}

/* --- the disk, and the end of the world --------------------------------------------------------
 */

static void
fill(const char *path, int from, int n)
{
    sqlite3 *db = rows_raw(path);
    assert_int_equal(store_raw_run(db, "BEGIN"), SQLITE_OK);
    if (from == 1001) {
        rows_put(db, "user", from);
        rows_put(db, "company", from);
    }
    for (int i = from + 1; i <= from + n; i++) {
        rows_put(db, "company", i);
    }
    assert_int_equal(store_raw_run(db, "COMMIT"), SQLITE_OK);
    sqlite3_close(db);
}

static void
a_full_or_bad_disk_changes_nothing(void **state_)
{
    struct restore_table tables[TABLES_MAX];
    int failures = 0;
    (void)state_;
    fill(present, 1001, 200);
    rows_copy(present, state);
    fill(present, 3001, 200);
    struct store *s = rows_store(state);
    struct store *p = rows_store(present);
    need(restore_diff(p, s, NULL, &err, tables), "diff");
    store_close(p);
    for (int64_t n = 2;; n += n < 40 ? 1 : 13) {
        fault_arm(n % 2 == 0 ? FAULT_FULL : FAULT_IO, n / 2, true);
        err = (struct err){0};
        const enum rc rc = restore_build(s, present, next, rows_key, &err, tables);
        if (!fault_disarm() && rc == OK) {
            break;
        }
        failures += rc != OK;
        if (rc != OK) {
            struct stat st;
            assert_int_equal(stat(next, &st), -1);
            store_close(s);
            s = rows_store(state);
        }
    }
    store_close(s);
    assert_true(failures > 20);
    assert_int_equal(rows_number(present, "SELECT count(*) FROM company"), 401);
    print_message("# %d failures\n", failures);
    assert_int_equal(restore_swap(present, "/nirgends/x", &err), RC_IO);
    assert_int_equal(restore_swap("/nirgends/x", next, &err), RC_IO);
    p = rows_store(present);
    s = rows_store(state);
    need(store_check(p, &err), "check");
    char wal[120];
    (void)snprintf(wal, sizeof(wal), "%s-wal", present);
    const int fd = open(wal, O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* somebody works with it */
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    err = (struct err){0};
    assert_int_equal(restore_build(s, present, next, rows_key, &err, tables), RC_CONFLICT);
    assert_int_equal(truncate(wal, 0), 0);
    store_close(p);
    store_close(s);
}

static void
one_round(uint64_t *dice, int *ret_new)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        struct restore_table tables[TABLES_MAX];
        _exit(restore(tables) == OK ? 0 : 1);
    }
    const struct timespec t = {0, (long)(fault_dice(dice) % 60000000)};
    (void)nanosleep(&t, NULL);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    struct store *s = rows_store(present);
    need(store_check(s, &err), "check");
    store_close(s);
    const int64_t n = rows_number(present, "SELECT count(*) FROM company");
    assert_true(n == 301 || n == 501);
    *ret_new += n == 301;
}

static void
killed_at_any_moment(void **state_)
{
    const char *more = getenv("KONTOR_ROUNDS");
    const long rounds = more != NULL ? strtol(more, NULL, 10) : 50;
    uint64_t dice = 4711;
    int fresh = 0;
    (void)state_;
    fill(present, 1001, 300);
    rows_copy(present, state);
    fill(present, 3001, 200);
    rows_copy(present, before);
    for (long i = 0; i < rounds; i++) {
        rows_copy(before, present);
        one_round(&dice, &fresh);
    }
    print_message("# %ld rounds, %d had the new one\n", rounds, fresh);
    struct restore_table tables[TABLES_MAX];
    need(restore(tables), "after all");
    assert_int_equal(rows_number(present, "SELECT count(*) FROM company"), 301);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_schemas_have_known_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(every_table_by_its_class, setup, teardown),
        cmocka_unit_test_setup_teardown(the_greater_number_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(who_may_see_what_is_there_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(what_refers_to_nothing_lets_go, setup, teardown),
        cmocka_unit_test_setup_teardown(content_without_its_present_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(classes_that_do_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reference_that_may_be_empty_is_emptied, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_files_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(triggers_of_the_file_are_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(no_room_for_the_copy, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_or_bad_disk_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_at_any_moment, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
