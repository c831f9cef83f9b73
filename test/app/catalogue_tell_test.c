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
notices_of_repairs(void)
{
    struct notice *v;
    size_t n;
    size_t found = 0;
    assert_ok(notice_list(rig_look(rig), (struct user_id){9}, &v, &n));
    for (size_t i = 0; i < n; i++) {
        found += str_eq(v[i].event, STR("backup.repaired"));
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
        assert_int_equal(notices_of_repairs(), day - 23);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_repairs_are_told_once_a_day, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(the_worst_are_named_and_the_others_counted, setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests_name("app/catalogue_tell", tests, NULL, NULL);
}
