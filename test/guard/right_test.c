/* Groups and rights: names both ways, presets that follow the ladder, nothing that nobody holds. */
#include "guard/right.h"

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(right_name(RIGHT_PUBLIC), "public");
    assert_string_equal(right_name(RIGHT_TICKET), "ticket");
    assert_string_equal(right_name(RIGHT_TIME_WRITE), "time.write");
    for (unsigned g = 1; g < GROUP_COUNT; g++) {
        enum group back = GROUP_COUNT;
        assert_int_equal(group_parse(str_of(group_code((enum group)g)), &back), OK);
        assert_int_equal(back, g);
    }
    enum group untouched = GROUP_COUNT;
    assert_int_equal(group_parse(STR("boss"), &untouched), RC_INVALID);
    assert_int_equal(group_parse(STR(""), &untouched), RC_INVALID);
    assert_int_equal(untouched, GROUP_COUNT);
}

/* Zeiterfasser 1 < 2 < Teamleiter < Verwaltung < Administrator: who stands higher lacks nothing. */
static void
test_ladder(void **state)
{
    static const enum group up[] = {GROUP_TIME_RECORDER_1, GROUP_TIME_RECORDER_2, GROUP_TEAM_LEADER,
                                    GROUP_ADMINISTRATION, GROUP_ADMINISTRATOR};

    (void)state;
    for (size_t i = 1; i < sizeof(up) / sizeof(up[0]); i++) {
        assert_int_equal(group_rights(up[i - 1]) & ~group_rights(up[i]), 0);
    }
    assert_int_equal(group_rights(GROUP_CRM_RECORDER) & (UINT64_C(1) << RIGHT_TIME_WRITE), 0);
    for (unsigned g = 1; g < GROUP_COUNT; g++) {
        const uint64_t rights = group_rights((enum group)g);
        assert_true((rights >> RIGHT_SELF & 1u) != 0);
        assert_int_equal(
            rights & ((UINT64_C(1) << RIGHT_PUBLIC) | (UINT64_C(1) << RIGHT_TICKET) | 1u), 0);
        assert_int_equal((rights >> RIGHT_OPERATOR & 1u) != 0, g == GROUP_OPERATOR);
    }
}

static void
test_every_right_is_held(void **state)
{
    uint64_t all = 0;

    (void)state;
    for (unsigned g = 1; g < GROUP_COUNT; g++) {
        all |= group_rights((enum group)g);
    }
    for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        if ((all >> r & 1u) == 0) {
            FAIL_TEST("nobody holds %s", right_name((enum right)r));
        }
    }
}

static void
test_may(void **state)
{
    struct principal nobody = {0};
    struct principal who = {.rights = UINT64_C(1) << RIGHT_TIME_WRITE};

    (void)state;
    assert_true(may(&nobody, RIGHT_PUBLIC));
    assert_false(may(&nobody, RIGHT_SELF));
    assert_true(may(&who, RIGHT_TIME_WRITE));
    assert_false(may(&who, RIGHT_USER_ADMIN));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_every_right_is_held),
        cmocka_unit_test(test_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
