/* routes_test.c: the tables of all domains pass the check that the worker makes when it starts. */
#include "app/app.h"

static void
all_tables_hold(void **state)
{
    struct err err = {0};

    (void)state;
    if (routes_check(app_domains, n_app_domains, &err) != OK) {
        print_message("# %s\n", err.detail);
        assert_true(false);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_tables_hold)};
    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
