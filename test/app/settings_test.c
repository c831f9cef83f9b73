/* settings_test.c: two rows, one that a restore brings back and one that it leaves: a store of
 * before keeps both, one that could not be brought up to date is still read, and a form that is
 * stale in either row is refused. */
#include <sys/stat.h>

#include "app/workspace/inner.h"
#include "rig.h"
#include "store/sqlite.h"

static const uint8_t key[32] = {7};
static char path[96];
static struct rig *rig;

static int
setup(void **state)
{
    const int rc = rig_setup(state);
    rig = *state;
    (void)snprintf(path, sizeof(path), "%s/older.db", rig->dir);
    return rc;
}

static int
teardown(void **state)
{
    store_drop_file(path);
    return rig_teardown(state);
}

/* --- a store of before -------------------------------------------------------------------------
 */

/* The schema before the settings became two tables. */
static struct schema_def
before_0053(void)
{
    struct schema_def def = *schema_of(SCHEMA_WORKSPACE);
    while (def.migrations[def.n_migrations - 1].number >= 53) {
        def.n_migrations--;
    }
    return def;
}

static struct store *
open_it(const struct schema_def *def)
{
    const struct store_options opt = {.path = path, .key = key, .create = true};
    struct store *s = NULL;
    rig->err = (struct err){0};
    assert_ok(store_open_def(&opt, def, &rig->err, &s));
    return s;
}

static void
make_older(void)
{
    const struct schema_def def = before_0053();
    sqlite3 *db = NULL;
    store_close(open_it(&def));
    assert_ok(store_raw_open(path, key, &rig->err, &db));
    assert_int_equal(
        store_raw_run(db, "INSERT INTO setting VALUES (1, 'Nordlicht', 'Am Hafen 1', '24103', "
                          "'Kiel', 'Deutschland', '0431', 'post@nordlicht.example', "
                          "'Europe/Zurich', 1, 'P{N:5}', 0, 9000, 'Entwurf', '', '', '', '', '', "
                          "'', '', '', 'Satz', 6, 14, 2100, 9, 15, 4, 1, NULL, NULL, 77, NULL, "
                          "NULL, NULL, 3, 1, 88)"),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
read_both(struct store *s, struct settings *ret_s, struct policy *ret_p)
{
    static const struct actor nobody = {.reason = "test"};
    struct rtx *tx;
    arena_reset(rig->mem);
    assert_ok(rtx_begin(s, rig->mem, rig->now, &nobody, &rig->err, &tx));
    assert_ok(settings_get(tx, ret_s));
    if (ret_p != NULL) {
        assert_ok(settings_policy(tx, ret_p));
    }
    rtx_end(tx);
}

static void
a_store_of_before_keeps_both(void **state)
{
    struct settings s;
    struct policy p;
    (void)state;
    make_older();
    struct store *store = open_it(schema_of(SCHEMA_WORKSPACE));
    assert_int_equal(store_state(store), STORE_READY);
    read_both(store, &s, &p);
    assert_str(s.agency_name, "Nordlicht");
    assert_str(s.zone, "Europe/Zurich");
    assert_str(s.project_scheme, "P{N:5}");
    assert_str(s.department[0], "Entwurf");
    assert_str(s.department[9], "Satz");
    assert_int_equal(s.budget_warn.n, 9000);
    assert_int_equal(s.raster.n, 6);
    assert_int_equal(s.week.n, 2100);
    assert_int_equal(s.lock_days, 14);
    assert_int_equal(s.version, 9);
    assert_int_equal(s.policy_version, 9);
    assert_int_equal(p.idle_s, 15 * 60);
    assert_int_equal(p.life_s, 4 * 3600);
    assert_true(p.strict_codes && p.passkey_alone);
    assert_int_equal(p.factor_since[3].us, 77);
    assert_int_equal(p.factor_since[1].us, 0);
    assert_int_equal(p.grace_days, 3);
    assert_int_equal(p.homebanking_since.us, 88);
    store_close(store);
}

/* Something lies where the copy goes that is made before a migration. */
static void
one_that_stayed_old_is_read(void **state)
{
    const struct schema_def older = before_0053();
    char in_the_way[160];
    struct settings s;
    (void)state;
    make_older();
    (void)snprintf(in_the_way, sizeof(in_the_way), "%s.before-%lld", path,
                   (long long)older.migrations[older.n_migrations - 1].number);
    assert_int_equal(mkdir(in_the_way, 0700), 0);
    struct store *store = open_it(schema_of(SCHEMA_WORKSPACE));
    assert_int_equal(store_state(store), STORE_OLD_SCHEMA);
    rig->err = (struct err){0};
    read_both(store, &s, NULL);
    assert_int_equal(rig->err.code, E_NONE);
    assert_str(s.zone, "Europe/Berlin");
    assert_int_equal(s.version, 0);
    store_close(store);
    assert_int_equal(rmdir(in_the_way), 0);
}

/* --- forms -------------------------------------------------------------------------------------
 */

static struct settings
now(void)
{
    struct settings s;
    read_both(rig->store, &s, NULL);
    return s;
}

static enum rc
save_times(int64_t lock_days, int64_t raster, int64_t version, int64_t policy_version)
{
    const struct time_rules_form f = {.raster = raster,
                                      .lock_days = lock_days,
                                      .week_minutes = {2400},
                                      .version = version,
                                      .policy_version = policy_version};
    rig->err = (struct err){0};
    const enum rc rc = settings_save_time_rules(rig_begin(rig), &f);
    if (rc != OK) {
        rig_undo(rig);
        return rc;
    }
    return rig_commit(rig);
}

static enum rc
save_sign_in(int64_t idle, bool demand, int64_t version)
{
    const struct sign_in_rules_form f = {.idle_limit = idle,
                                         .life_limit = 12,
                                         .demand_3 = demand,
                                         .grace_days = 7,
                                         .version = version};
    rig->err = (struct err){0};
    const enum rc rc = settings_save_sign_in_rules(rig_begin(rig), &f);
    if (rc != OK) {
        rig_undo(rig);
        return rc;
    }
    return rig_commit(rig);
}

static void
each_row_has_its_version(void **state)
{
    struct policy p;
    struct settings s;
    (void)state;
    assert_ok(save_times(30, 6, 0, 0)); /* nothing of what is demanded */
    assert_int_equal(now().version, 1);
    assert_int_equal(now().policy_version, 0);
    assert_ok(save_sign_in(15, true, 0)); /* nothing of how the agency works */
    assert_int_equal(now().version, 1);
    assert_int_equal(now().policy_version, 1);
    assert_int_equal(now().lock_days, 30);
    /* locking is what is demanded, and a form of before that was changed is stale */
    assert_int_equal(save_times(14, 6, 1, 0), RC_CONFLICT);
    assert_int_equal(rig->err.code, E_STALE);
    assert_int_equal(save_times(14, 6, 0, 1), RC_CONFLICT);
    assert_ok(save_times(14, 6, 1, 1));
    assert_int_equal(now().version, 2);
    assert_int_equal(now().policy_version, 2);
    assert_int_equal(now().lock_days, 14);
    assert_int_equal(save_sign_in(60, false, 1), RC_CONFLICT);
    read_both(rig->store, &s, &p);
    assert_true(p.factor_since[3].us != 0);
    assert_int_equal(p.idle_s, 15 * 60);
    /* a form that changes nothing writes nothing */
    const struct sign_in_rules_form same = {
        .idle_limit = 15, .life_limit = 12, .demand_3 = true, .grace_days = 7, .version = 2};
    assert_ok(settings_save_sign_in_rules(rig_begin(rig), &same));
    rig_undo(rig);
    assert_int_equal(now().policy_version, 2);
    const struct switch_form on = {.version = 2};
    assert_ok(settings_switch_homebanking(rig_begin(rig), &on, true));
    assert_ok(rig_commit(rig));
    read_both(rig->store, &s, &p);
    assert_true(p.homebanking_since.us != 0 && p.factor_since[3].us != 0);
    assert_int_equal(s.lock_days, 14);
    assert_int_equal(s.policy_version, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_of_before_keeps_both, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_stayed_old_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(each_row_has_its_version, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
