/* rescue_test.c: a state in the place of a damaged store, as the worker's successor puts it there:
 * what the audit, the reports and the administrators are told, done once, and kept for 30 days. */
#include "app/restore/apply.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "app/restore/order.h"
#include "base/time.h"
#include "office.h"
#include "spoil.h"
#include "state.h"
#include "store/sqlite.h"

static struct office o;
static struct state_keys keys;
static const uint8_t key[32] = {9};
static char present[128], loaded[128], kept[160];
static struct err err;

static int
setup(void **state)
{
    (void)state;
    assert_ok(time_zone("Europe/Berlin"));
    office_open(&o, "2026-11-24T08:15:00Z");
    state_keys_make(&keys);
    state_put(o.store, &keys, 1, o.now, o.dir, "1.kontor");
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", o.dir);
    (void)snprintf(present, sizeof(present), "%s/rotten/data.db", o.dir);
    (void)snprintf(kept, sizeof(kept), "%s/rotten/data.db.damaged-20261124T081500Z", o.dir);
    char folder[128];
    (void)snprintf(folder, sizeof(folder), "%s/rotten", o.dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    state_load(o.dir, "1.kontor", &keys, 1, present, key);
    state_load(o.dir, "1.kontor", &keys, 1, loaded, key);
    return 0;
}

static int
teardown(void **state)
{
    char folder[128];
    (void)state;
    store_drop_file(present);
    store_drop_file(kept);
    (void)snprintf(folder, sizeof(folder), "%s/rotten", o.dir);
    assert_int_equal(rmdir(folder), 0);
    office_close(&o);
    return 0;
}

static int64_t
number(const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *h = NULL;
    assert_ok(store_raw_open(present, key, &err, &db));
    if (sqlite3_prepare_v2(db, text, -1, &h, NULL) != SQLITE_OK || sqlite3_step(h) != SQLITE_ROW) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
    const int64_t n = sqlite3_column_int64(h, 0);
    sqlite3_finalize(h);
    sqlite3_close(db);
    return n;
}

static void
damage(const char *table)
{
    char text[200];
    (void)snprintf(text, sizeof(text), SPOIL_ROOT_OF, table);
    spoil_page(present, number(text));
}

static enum rc
apply(struct str *ret_report)
{
    const struct restore_order order = {.path = present,
                                        .state = loaded,
                                        .key = key,
                                        .state_name = STR("20261123T031500Z"),
                                        .saved_name = STR("damaged-20261124T081500Z"),
                                        .rescues = true,
                                        .now = o.now};
    err = (struct err){0};
    return restore_apply_damaged(&order, o.mem, &err, ret_report);
}

/* Of that state, with its price; it waits for the operator's release, or it does not. */
static void
order_is_wanted(bool waits)
{
    sqlite3 *db;
    char text[500];
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO restore_order (id, order_kind, order_state, state_name, user_id, "
                   "ordered_at, reason_text, order_key, total, is_settled, run_number, code_text, "
                   "saved_name, outcome_text, is_records, what_text, waits_at) VALUES (1, 2, 2, "
                   "'20261123T031500Z', 1, 1, '', 'a key of its price', 10710, 0, 0, '', '', '', "
                   "0, '', %s)",
                   waits ? "1" : "NULL");
    assert_ok(store_raw_open(present, key, &err, &db));
    assert_int_equal(store_raw_run(db, text), SQLITE_OK);
    assert_int_equal(store_raw_run(db, "INSERT OR REPLACE INTO id_counter (table_name, "
                                       "last_number) VALUES ('restore_order', 1)"),
                     SQLITE_OK);
    sqlite3_close(db);
}

static bool
is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static void
it_is_told_and_done_once(void **state)
{
    struct str report;
    struct str again;
    (void)state;
    damage("company");
    assert_ok(apply(&report));
    office_says(report, "\"saved\":\"\",\"damaged\":\"damaged-20261124T081500Z\"");
    office_says(report, "\"shut\":false,\"lost\":[]");
    assert_true(is_there(kept));
    assert_false(is_there(loaded));
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'restore.rescued'"), 1);
    assert_int_equal(number("SELECT count(*) FROM notice WHERE event_text = 'restore.rescued' AND "
                            "user_id = 1"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM restore_run WHERE saved_name = "
                            "'damaged-20261124T081500Z'"),
                     1);
    assert_ok(apply(&again)); /* a successor that is asked once more only says so */
    assert_int_equal(again.n, report.n);
    assert_int_equal(number("SELECT count(*) FROM restore_run"), 1);
}

static void
what_is_lost_is_named(void **state)
{
    struct str report;
    (void)state;
    damage("session");
    assert_ok(apply(&report));
    office_says(report, "\"shut\":true,\"lost\":[\"session\"]");
    assert_int_equal(number("SELECT count(*) FROM credential"), 0);
    assert_true(number("SELECT count(*) FROM \"user\"") >= OFFICE_PEOPLE);
}

static int64_t
told_of_return(const char *saved, int64_t by_order)
{
    struct str report;
    const struct restore_order order = {.path = present,
                                        .state = loaded,
                                        .key = key,
                                        .state_name = STR("20261123T031500Z"),
                                        .saved_name = str_of(saved),
                                        .order = by_order,
                                        .now = o.now};
    err = (struct err){0};
    assert_ok(restore_apply(&order, o.mem, &err, &report));
    return number("SELECT count(*) FROM notice WHERE event_text = 'restore.applied'");
}

/* The operator puts nothing back in silence; what people ordered themselves they hear of when the
 * order ends. */
static void
a_return_is_told_unless_ordered(void **state)
{
    (void)state;
    const int64_t told = told_of_return("20261124T081500Z", 0);
    assert_int_equal(told, number("SELECT count(DISTINCT user_id) FROM notice WHERE event_text = "
                                  "'restore.applied'"));
    assert_true(told > 0);
    state_load(o.dir, "1.kontor", &keys, 1, loaded, key);
    order_is_wanted(false);
    assert_int_equal(told_of_return("20261124T081600Z", 1), told);
    assert_int_equal(number("SELECT restore_order_id FROM restore_run WHERE id = 2"), 1);
}

/* As the worker does that is born with it. Is the order owed? */
static bool
settle_orders(void)
{
    const struct store_options opt = {.path = present, .schema = SCHEMA_WORKSPACE, .key = key};
    struct store *s;
    struct wtx *tx;
    struct rtx *rtx;
    struct order_wish *v;
    size_t n;
    const struct actor by = {.reason = "test"};
    assert_ok(store_open(&opt, &err, &s));
    assert_ok(wtx_begin(s, o.mem, o.now, &by, &err, &tx));
    assert_ok(order_settle_runs(tx));
    assert_ok(wtx_commit(tx));
    assert_ok(rtx_begin(s, o.mem, o.now, &by, &err, &rtx));
    assert_ok(order_wishes(rtx, &v, &n));
    assert_int_equal(n, 1);
    assert_string_equal(v[0].name, "charge.done");
    const bool is_owed = v[0].total != 0;
    rtx_end(rtx);
    store_close(s);
    return is_owed;
}

/* What was ordered, the operator did of his own accord, before the order was begun (also while it
 * waits for his people's release): it is done, everybody was told by whom, and nothing is owed. */
static void
what_the_operator_did_costs_nothing(void **state)
{
    (void)state;
    order_is_wanted(true);
    const int64_t told = told_of_return("20261124T081500Z", 0);
    assert_true(told > 0);
    assert_false(settle_orders());
    assert_int_equal(number("SELECT count(*) FROM restore_order WHERE order_state = 3 AND "
                            "code_text = 'restore.by_operator' AND saved_name = "
                            "'20261124T081500Z'"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM notice WHERE event_text LIKE 'restore.%'"), told);
}

static void
what_was_ordered_is_owed(void **state)
{
    (void)state;
    order_is_wanted(false);
    assert_int_equal(told_of_return("20261124T081500Z", 1), 0);
    assert_true(settle_orders());
    assert_int_equal(number("SELECT count(*) FROM restore_order WHERE order_state = 3 AND "
                            "code_text = ''"),
                     1);
}

static void
a_whole_store_is_refused(void **state)
{
    struct str report;
    (void)state;
    assert_rc(RC_CONFLICT, apply(&report));
    assert_int_equal(err.code, E_RESTORE_WHOLE);
    assert_false(is_there(kept));
    assert_true(is_there(loaded));
}

static void
the_damaged_one_goes_after_thirty_days(void **state)
{
    struct str report;
    char log[200];
    (void)state;
    damage("company");
    assert_ok(apply(&report));
    (void)snprintf(log, sizeof(log), "%s-wal", kept);
    close(open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const struct instant day30 = {o.now.us + 30 * INT64_C(86400000000)};
    const struct instant behind = {day30.us + 1};
    assert_ok(restore_settle_damaged(present, day30, TIME_GOOD, &err));
    assert_true(is_there(kept));
    for (enum time_trust t = TIME_UNKNOWN; t <= TIME_BACK; t++) {
        assert_ok(restore_settle_damaged(present, behind, t, &err));
        assert_true(is_there(kept) && is_there(log));
    }
    assert_ok(restore_settle_damaged(present, behind, TIME_GOOD, &err));
    assert_false(is_there(kept));
    assert_false(is_there(log));
    assert_true(is_there(present));
}

/* Under another key the store has nothing beside it that the former one opens. */
static void
the_damaged_one_goes_with_its_key(void **state)
{
    char log[200];
    (void)state;
    (void)snprintf(log, sizeof(log), "%s-wal", kept);
    close(open(kept, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    close(open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_ok(restore_forget_damaged(present, &err));
    assert_false(is_there(kept) || is_there(log));
    assert_true(is_there(present));
    assert_int_equal(mkdir(kept, 0700), 0);
    assert_rc(RC_IO, restore_forget_damaged(present, &err));
    assert_int_equal(rmdir(kept), 0);
}

/* Killed between the log and the store: at the next start of a worker the log is the store's. */
static void
the_log_goes_back_first(void **state)
{
    char log[200];
    char kept_log[200];
    (void)state;
    (void)snprintf(log, sizeof(log), "%s-wal", present);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    assert_int_equal(link(present, kept), 0);
    close(open(kept_log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_ok(restore_settle_damaged(present, o.now, TIME_UNKNOWN, &err));
    assert_true(is_there(log));
    assert_false(is_there(kept_log));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_told_and_done_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_lost_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_return_is_told_unless_ordered, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_operator_did_costs_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_ordered_is_owed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_store_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_log_goes_back_first, setup, teardown),
        cmocka_unit_test_setup_teardown(the_damaged_one_goes_after_thirty_days, setup, teardown),
        cmocka_unit_test_setup_teardown(the_damaged_one_goes_with_its_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
