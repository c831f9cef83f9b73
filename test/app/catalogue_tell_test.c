/* catalogue_tell_test.c: of many at once the operators hear once, and of the worst first. */
#include "app/backup/catalogue.h"

#include <jansson.h>

#include "app/registry/registry.h"
#include "base/time.h"
#include "guard/mail.h"
#include "rig.h"
#include "store/sql.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct rig *rig;
static struct instant now;

static int
setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    rig = *state;
    return rc == 0 && time_zone("Europe/Berlin") == OK ? 0 : -1;
}

static void
at(const char *time)
{
    assert_ok(instant_parse(str_of(time), &now));
}

static json_t *
ask(const char *name, const char *in)
{
    static const struct domain *const domains[] = {&backup_domain, &registry_domain};
    return rig_command(rig, domains, 2, now, OK, name, in);
}

static void
tell(const char *name, const char *in)
{
    json_decref(ask(name, in));
}

static void
add_operator(void)
{
    static struct sql_stmt st = {
        .name = "test",
        .owner = "user",
        .writes = true,
        .sqlite = "INSERT INTO \"user\" (id, login, login_fold, first_name, last_name, name_key, "
                  "email, phone, group_no, user_state, created_at) "
                  "VALUES (9, 'wache', 'wache', 'Wiebke', 'Achterberg', 'a', '', '', 1, 2, 1)",
        .postgres = ""};
    int64_t changed = 0;
    struct wtx *tx = rig_begin(rig);
    if (sql_run(tx, &st, NULL, &changed) != OK) {
        FAIL_TEST("%s", rig->err.detail);
    }
    wtx_allow_untouched(tx, "a test");
    wtx_touched(tx);
    assert_ok(rig_commit(rig));
}

static size_t
notices_of(const char *event)
{
    struct notice *v;
    size_t n;
    size_t found = 0;
    assert_ok(notice_list(rig_look(rig), (struct user_id){9}, &v, &n));
    for (size_t i = 0; i < n; i++) {
        found += str_eq(v[i].event, str_of(event));
    }
    rig_end(rig);
    return found;
}

/* A folder that was lost and is made anew is many files in one night, and one notice. */
static void
many_repairs_are_told_once_a_day(void **state)
{
    char id[20];
    char json[300];
    (void)state;
    add_operator();
    for (int day = 24; day <= 25; day++) {
        for (int i = 10; i < 30; i++) {
            (void)snprintf(json, sizeof json, "2026-11-%dT11:%d:00Z", day, i);
            at(json);
            (void)snprintf(id, sizeof id, "202611%dT0030%dZ", day, i);
            (void)snprintf(json, sizeof json,
                           "{\"workspace\": 3, \"id\": \"%s\", \"bytes\": 4711, "
                           "\"hash\": \"" HASH "\"}",
                           id);
            tell("catalogue.kept", json);
            (void)snprintf(json, sizeof json,
                           "{\"workspace\": 3, \"id\": \"%s\", \"bytes\": 4711, "
                           "\"hash\": \"" HASH "\", \"repairedFrom\": \"target1\"}",
                           id);
            tell("catalogue.kept", json);
        }
        assert_int_equal(notices_of("backup.repaired"), day - 23);
    }
}

enum { MANY = 60 };

/* The later ones have waited longer: their numbers do not decide who is named. */
static void
the_worst_are_named_and_the_others_counted(void **state)
{
    char json[100];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(json, sizeof json, "2026-10-20T10:%02d:00Z", MANY - 1 - i);
        at(json);
        (void)snprintf(json, sizeof json, "{\"slug\":\"w%d-agentur\",\"name\":\"Agentur\"}", i);
        tell("workspace.add", json);
        (void)snprintf(json, sizeof json, "{\"slug\":\"w%d-agentur\"}", i);
        tell("workspace.activate", json);
    }
    at("2026-11-24T10:00:00Z");
    json_t *out = ask("catalogue.health", "{}");
    const json_t *late = json_object_get(out, "late");
    assert_int_equal(json_array_size(late), 50);
    assert_int_equal(json_integer_value(json_object_get(out, "lateCount")), MANY + 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(late, 0), "workspace")),
                        "w59-agentur");
    json_decref(out);
}

static void
keep(int workspace, const char *id)
{
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"workspace\": %d, \"id\": \"%s\", \"bytes\": 4711, \"hash\": \"" HASH "\"}",
                   workspace, id);
    tell("catalogue.kept", json);
}

/* Of the workspace whose last drill is the oldest; 0: of nobody. */
static json_int_t
undrilled_days(const char *time, size_t want)
{
    at(time);
    json_t *out = ask("catalogue.health", "{}");
    const json_t *rows = json_object_get(out, "undrilled");
    const json_int_t days = json_integer_value(json_object_get(json_array_get(rows, 0), "days"));
    assert_int_equal(json_array_size(rows), want);
    assert_int_equal(json_integer_value(json_object_get(out, "undrilledCount")), want);
    json_decref(out);
    return days;
}

static json_int_t
customer_sees(int workspace)
{
    char json[60];
    (void)snprintf(json, sizeof json, "{\"workspace\": %d, \"month\": \"2026-11\"}", workspace);
    json_t *out = ask("catalogue.calendar", json);
    const json_int_t days = json_integer_value(json_object_get(out, "undrilled"));
    json_decref(out);
    return days;
}

/* Each workspace is tried at least weekly (BAK-06). Backups go on all the while, so that nothing
 * else is wrong; the second one is as old as the first, and has states for a shorter time; the
 * third has none. */
static void
a_week_without_a_drill_is_told(void **state)
{
    (void)state;
    add_operator();
    at("2026-11-01T00:20:00Z");
    for (int i = 1; i <= 3; i++) {
        char json[80];
        (void)snprintf(json, sizeof json, "{\"slug\":\"w%d-agentur\",\"name\":\"Agentur\"}", i);
        tell("workspace.add", json);
        (void)snprintf(json, sizeof json, "{\"slug\":\"w%d-agentur\"}", i);
        tell("workspace.activate", json);
    }
    keep(1, "20261101T003000Z");
    at("2026-11-01T01:00:00Z");
    tell("catalogue.drilled", "{\"workspace\": 1, \"code\": \"\"}");
    at("2026-11-05T00:30:00Z");
    keep(2, "20261105T003000Z");
    at("2026-11-09T00:30:00Z");
    keep(1, "20261109T003000Z");
    assert_int_equal(undrilled_days("2026-11-09T00:59:59Z", 0), 0);
    assert_int_equal(customer_sees(1), 0);
    assert_int_equal(undrilled_days("2026-11-09T01:00:00Z", 1), 8);
    assert_int_equal(customer_sees(1), 8);
    tell("catalogue.watch", "{}");
    assert_int_equal(notices_of("backup.undrilled"), 1);
    assert_int_equal(undrilled_days("2026-11-13T00:29:59Z", 1), 11);
    assert_int_equal(undrilled_days("2026-11-13T00:30:00Z", 2), 11);
    assert_int_equal(customer_sees(2), 8);
    assert_int_equal(customer_sees(3), 0);
    /* One that failed is said as such. */
    tell("catalogue.drilled", "{\"workspace\": 1, \"code\": \"archive.damaged\"}");
    assert_int_equal(undrilled_days("2026-11-23T00:30:00Z", 1), 18);
    tell("catalogue.drilled", "{\"workspace\": 1, \"code\": \"\"}");
    tell("catalogue.drilled", "{\"workspace\": 2, \"code\": \"\"}");
    assert_int_equal(undrilled_days("2026-11-23T00:31:00Z", 0), 0);
    assert_int_equal(customer_sees(2), 0);
    /* One by a clock that was ahead is none. */
    at("2028-01-01T00:30:00Z");
    tell("catalogue.drilled", "{\"workspace\": 1, \"code\": \"\"}");
    assert_int_equal(undrilled_days("2026-12-02T01:00:00Z", 2), 9);
    assert_int_equal(customer_sees(1), 31);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_repairs_are_told_once_a_day, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(the_worst_are_named_and_the_others_counted, setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(a_week_without_a_drill_is_told, setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("app/catalogue_tell", tests, NULL, NULL);
}
