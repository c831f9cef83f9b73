/* release_test.c: what a workspace may say of an order that asks for a release, and what it is
 * answered; answering itself is a page's (test/http/release_http.mjs). */
#include "app/charge/charge.h"
#include "app/registry/registry.h"
#include "app/release/release.h"

#include <jansson.h>

#include "base/time.h"
#include "rig.h"

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asked_it_waits_and_is_one, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_order_is_refused, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(after_seven_days_it_has_lapsed, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(an_order_that_is_over_waits_no_more, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_price_that_is_waived_ends_nothing, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
