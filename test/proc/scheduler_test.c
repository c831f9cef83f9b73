/* scheduler_test.c: what the scheduler may order; what it does is shown by schedule_test.mjs. */
#include "proc/scheduler.h"

static void
what_it_may_order(void **state)
{
    (void)state;
    static const char *const may[] = {"backup.drill",  "backup.prune",   "backup.run",
                                      "backup.verify", "catalogue.duty", "catalogue.watch",
                                      "health.look",   "workspace.wake"};
    static const char *const may_not[] = {
        "",
        "backup",
        "backup.run ",
        "backup.list",
        "catalogue.kept",
        "catalogue.pin",
        "clock.set",
        "key.rotate",
        "status",
        "workspace.add",
        "user.add",
        "schedule.wait",
    };
    for (size_t i = 0; i < CASES(may); i++) {
        assert_true(scheduler_may(str_of(may[i])));
    }
    for (size_t i = 0; i < CASES(may_not); i++) {
        assert_false(scheduler_may(str_of(may_not[i])));
    }
    assert_false(scheduler_may(STR_NONE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_it_may_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
