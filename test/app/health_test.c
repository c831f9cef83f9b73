/* health_test.c: what doctor found, as it records it: a quick look takes nothing away that it could
 * not see. */
#include "app/health/health.h"

#include <jansson.h>

#include "rig.h"

static struct rig *rig;
static struct instant now;

static int
setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    rig = *state;
    now = (struct instant){1795500000LL * 1000000};
    return rc;
}

/* One more look, an hour later: how many findings became bad, how many are not any more. */
static void
look(const char *json, int64_t worse, int64_t better)
{
    static const struct domain *const domains[] = {&health_domain};
    now.us += 3600LL * 1000000;
    json_t *out = rig_command(rig, domains, 1, now, OK, "health.record", json);
    assert_int_equal(json_integer_value(json_object_get(out, "worse")), worse);
    assert_int_equal(json_integer_value(json_object_get(out, "better")), better);
    json_decref(out);
}

#define BAD(id) "{\"id\": \"" id "\", \"status\": \"bad\", \"de\": \"Schlimm.\", \"en\": \"Bad.\"}"
#define GOOD(id) "{\"id\": \"" id "\", \"status\": \"good\", \"de\": \"Gut.\", \"en\": \"Good.\"}"

static void
a_quick_look_leaves_what_it_cannot_see(void **state)
{
    (void)state;
    look("{\"findings\": [" BAD("mail.failing") "," BAD("store.old") "," BAD("disk") "]}", 3, 0);
    /* each hour: the disk is well again, mail and store were not looked at */
    for (int i = 0; i < 2; i++) {
        look("{\"findings\": [" GOOD("disk") "], \"unseen\": [\"mail.failing\", \"store.old\"]}", 0,
             i == 0);
    }
    /* once a day: mail still waits, the store is well */
    look("{\"findings\": [" GOOD("disk") "," BAD("mail.failing") "], \"unseen\": []}", 0, 1);
    look("{\"findings\": [" GOOD("disk") "]}", 0, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_quick_look_leaves_what_it_cannot_see, setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests_name("app/health", tests, NULL, NULL);
}
