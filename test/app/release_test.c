/* release_test.c: what a workspace may say of an order that asks for a release, and what it is
 * answered; who may release it, and what the audit keeps of each step. The pages:
 * test/http/release_http.mjs. */
#include "app/charge/charge.h"
#include "app/registry/registry.h"
#include "app/release/release.h"

#include <jansson.h>

#include "base/time.h"
#include "rig.h"
#include "store/sqlite.h"

static struct rig *rig;
static const struct domain *const domains[] = {&charge_domain, &registry_domain, &release_domain};
static struct instant now;

#define ABOUT                                                                                      \
    "\"wanted\":true,\"releasable\":true,\"key\":\"k7\",\"state\":\"20261124T003100Z\","           \
    "\"group\":5,\"lookedAt\":null,\"amounts\":[[\"company\",1,0,2]]"
#define ASK(rest) "{\"workspace\":3,\"order\":7,\"need\":2,\"asked\":{" rest "}}"

static json_t *
ask(enum rc want, const char *name, const char *in)
{
    return rig_command(rig, domains, 3, now, want, name, in);
}

static const char *
answer(const char *name, const char *in)
{
    return rig_answer(rig, domains, 3, now, name, in);
}

static int
setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    rig = *state;
    assert_ok(instant_parse(STR("2026-11-24T10:00:00Z"), &now));
    for (size_t i = 0; i < 3 && rc == 0; i++) {
        static const char *const slugs[] = {"west", "ost", "nord"};
        char in[80];
        (void)snprintf(in, sizeof in, "{\"slug\":\"%s\",\"name\":\"%s\"}", slugs[i], slugs[i]);
        json_decref(ask(OK, "workspace.add", in));
    }
    json_decref(ask(OK, "charge.record",
                    "{\"workspace\":3,\"order\":\"k7\",\"item\":\"restore_whole\",\"version\":1,"
                    "\"total\":10710,\"login\":\"maat\"}"));
    return rc;
}

static void
asked_it_waits_and_is_one(void **state)
{
    static const char want[] = "{\"release\":1,\"order\":7,\"state\":\"waits\",\"need\":2,"
                               "\"given\":0,\"askedAt\":1795514400000000,\"reason\":\"\"}";
    (void)state;
    assert_string_equal(answer("release.ask", ASK(ABOUT)), want);
    now.us += 1000000;
    assert_string_equal(answer("release.ask", ASK(ABOUT)), want);
    assert_string_equal(answer("release.find", "{\"release\":1}"), want);
    assert_string_equal(answer("release.told", "{\"release\":1,\"version\":1}"), "{}");
}

static void
what_is_no_order_is_refused(void **state)
{
    static const char *const bad[] = {
        "{}",
        ASK(""),
        "{\"workspace\":3,\"order\":7,\"need\":3,\"asked\":{" ABOUT "}}",
        "{\"workspace\":3,\"order\":0,\"need\":1,\"asked\":{" ABOUT "}}",
        ASK("\"key\":\"\",\"state\":\"x\",\"group\":5,\"amounts\":[]"),
        ASK("\"key\":\"k7\",\"state\":\"x\",\"group\":9,\"amounts\":[]"),
        ASK("\"key\":\"k7\",\"state\":\"x\",\"group\":5,\"amounts\":{}"),
        ASK("\"key\":\"k7\",\"state\":\"20261124T003100Zzz\",\"group\":5,\"amounts\":[]"),
        ASK("\"key\":\"k7\",\"state\":\"x\",\"group\":5,\"amounts\":[[\"company\",-1,0,0]]"),
        ASK("\"key\":\"k7\",\"state\":\"x\",\"group\":5,\"amounts\":[[\"company\",1,0]]"),
        ASK("\"key\":\"k7\",\"state\":\"x\",\"group\":5,\"amounts\":[[7,1,0,0]]"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_null(ask(RC_INVALID, "release.ask", bad[i]));
    }
    assert_null(ask(RC_MISSING, "release.ask",
                    ASK("\"key\":\"k8\",\"state\":\"x\",\"group\":5,\"amounts\":[]")));
    assert_null(ask(RC_MISSING, "release.find", "{\"release\":1}"));
}

static void
after_seven_days_it_has_lapsed(void **state)
{
    (void)state;
    (void)answer("release.ask", ASK(ABOUT));
    now.us += RELEASE_DAYS * 24 * 3600 * INT64_C(1000000) - 1;
    assert_non_null(strstr(answer("release.ask", ASK(ABOUT)), "\"waits\""));
    now.us += 1;
    assert_non_null(strstr(answer("release.ask", ASK(ABOUT)), "\"lapsed\""));
}

static void
an_order_that_is_over_waits_no_more(void **state)
{
    (void)state;
    (void)answer("release.ask", ASK(ABOUT));
    (void)answer("charge.done", "{\"workspace\":3,\"order\":\"k7\",\"good\":false}");
    assert_non_null(strstr(answer("release.find", "{\"release\":1}"), "\"lapsed\""));
}

/* The operator's good will while it waits is no end of it. */
static void
a_price_that_is_waived_ends_nothing(void **state)
{
    (void)state;
    (void)answer("release.ask", ASK(ABOUT));
    (void)answer("charge.waive", "{\"charge\":1,\"reason\":\"Kulanz\"}");
    assert_non_null(strstr(answer("release.ask", ASK(ABOUT)), "\"waits\""));
}

/* --- who releases it --------------------------------------------------------------------------
 */

enum { WIEBKE = 1, ARNE, JON };

static void
today(const char *text)
{
    struct store *s = rig->store;
    struct wtx *tx = rig_begin(rig);
    wtx_allow_untouched(tx, "test");
    s->phase = PHASE_MIGRATE;
    assert_ok(store_exec(s, &rig->err, text));
    s->phase = PHASE_SERVE;
    assert_ok(rig_commit(rig));
}

static int64_t
number(const char *text)
{
    int64_t n = 0;
    assert_ok(store_number(rig->store, &rig->err, text, &n));
    return n;
}

/* Three people of the console, a good state, and an order of it that needs two of them. */
static void
waits_for_two(void)
{
    for (int i = WIEBKE; i <= JON; i++) {
        char text[300];
        (void)snprintf(text, sizeof text,
                       "INSERT INTO \"user\" (id, login, login_fold, first_name, last_name,"
                       " name_key, email, phone, group_no, user_state, created_at) VALUES"
                       " (%d, 'u%d', 'u%d', '', '', '', '', '', 8, 2, 1)",
                       i, i, i);
        today(text);
    }
    today("INSERT INTO backup_state (id, workspace_number, stamp, completed_at, day, utc_offset,"
          " backup_origin, size_bytes, content_hash) VALUES (1, 3, '20261124T003100Z', 1, 1, 3600,"
          " 1, 1, '')");
    (void)answer("release.ask", ASK(ABOUT));
}

struct step {
    struct str reason; /* of who refuses it; none: she releases it */
    bool is_last;
};

static enum rc
step(int64_t user, struct step *s)
{
    const struct actor who = {.user = {user}};
    struct wtx *tx;
    arena_reset(rig->mem);
    rig->err = (struct err){0};
    assert_ok(wtx_begin(rig->store, rig->mem, now, &who, &rig->err, &tx));
    const enum rc rc = s->reason.n > 0
                           ? release_refuse(tx, (struct restore_release_id){1}, s->reason)
                           : release_give(tx, (struct restore_release_id){1}, &s->is_last);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

/* Releases it as this person: whether it was the last one that it takes. */
static bool
gives(int64_t user)
{
    struct step s = {.is_last = false};
    assert_ok(step(user, &s));
    return s.is_last;
}

static void
may_not(int64_t user, enum code code)
{
    struct step s = {.is_last = false};
    assert_int_equal(step(user, &s), RC_CONFLICT);
    assert_int_equal(rig->err.code, code);
}

static void
state_is(const char *state, int given)
{
    char want[60];
    (void)snprintf(want, sizeof want, "\"state\":\"%s\",\"need\":2,\"given\":%d,", state, given);
    const char *got = answer("release.find", "{\"release\":1}");
    if (strstr(got, want) == NULL) {
        FAIL_TEST("%s is not %s", got, want);
    }
}

static void
two_are_two_people(void **state)
{
    (void)state;
    waits_for_two();
    assert_false(gives(WIEBKE));
    may_not(WIEBKE, E_RELEASE_TWICE);
    state_is("waits", 1);
    assert_true(gives(ARNE));
    state_is("released", 2);
    may_not(JON, E_RELEASE_OVER);
    assert_int_equal(number("SELECT count(*) FROM restore_release_given"), 2);
}

/* Whoever may not sign in any more has released nothing. */
static void
a_locked_person_does_not_count(void **state)
{
    (void)state;
    waits_for_two();
    assert_false(gives(WIEBKE));
    today("UPDATE \"user\" SET user_state = 3 WHERE id = 1");
    state_is("waits", 0);
    assert_false(gives(ARNE));
    state_is("waits", 1);
    assert_true(gives(JON));
    state_is("released", 2);
}

/* Who did it, when, of which workspace and state, how many have; and why it was refused. */
static void
each_step_is_in_the_audit(void **state)
{
    struct step refusal = {.reason = STR("Bitte erst anrufen")};
    (void)state;
    waits_for_two();
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'release.asked'"
                            " AND actor_user_id IS NULL AND subject_kind_text = 'restore_release'"
                            " AND subject_number = 1 AND fields_text LIKE '%20261124T003100Z%'"
                            " AND fields_text LIKE '%nord%'"),
                     1);
    (void)answer("release.ask", ASK(ABOUT)); /* once more is no step */
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'release.asked'"), 1);
    now.us += 1000000;
    assert_false(gives(ARNE));
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'release.given'"
                            " AND actor_user_id = 2 AND subject_number = 1"
                            " AND at = (SELECT max(at) FROM audit)"
                            " AND fields_text LIKE '%given_count%1%'"),
                     1);
    assert_ok(step(JON, &refusal));
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'release.refused'"
                            " AND actor_user_id = 3 AND subject_number = 1"
                            " AND fields_text LIKE '%Bitte erst anrufen%'"),
                     1);
    state_is("refused", 1);
    may_not(WIEBKE, E_RELEASE_OVER);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text LIKE 'release.%'"), 3);
}

/* A state that is gone, damaged or on its way out is released by nobody. */
static void
no_state_is_released_that_is_not_good(void **state)
{
    static const char *const bad[] = {
        "UPDATE backup_state SET backup_origin = 3", "UPDATE backup_state SET backup_origin = 2",
        "UPDATE backup_state SET tombstone_at = 1", "DELETE FROM backup_state"};
    (void)state;
    waits_for_two();
    for (size_t i = 0; i < COUNT(bad); i++) {
        today("UPDATE backup_state SET backup_origin = 1, tombstone_at = NULL");
        today(bad[i]);
        may_not(WIEBKE, E_RELEASE_STATE);
    }
    state_is("waits", 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asked_it_waits_and_is_one, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_order_is_refused, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(after_seven_days_it_has_lapsed, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(an_order_that_is_over_waits_no_more, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_price_that_is_waived_ends_nothing, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(two_are_two_people, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_locked_person_does_not_count, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(each_step_is_in_the_audit, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(no_state_is_released_that_is_not_good, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
