/* stamp_test.c: the names of backups. */
#include "archive/stamp.h"

static void
there_and_back(void **state)
{
    (void)state;
    static const char *const good[] = {"20261124T003100Z", "20240229T235959Z", "19700101T000000Z"};
    char again[STAMP_LEN + 1];
    char name[STAMP_FILE_LEN + 1];
    for (size_t i = 0; i < CASES(good); i++) {
        struct instant t;
        assert_ok(stamp_parse(str_of(good[i]), &t));
        stamp_print(t, again);
        assert_string_equal(again, good[i]);
        stamp_file(good[i], name);
        assert_string_equal(name + STAMP_LEN, ".kontor");
        assert_ok(stamp_of_file(str_of(name), again));
        assert_string_equal(again, good[i]);
    }
}

static void
no_names(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "20261124T003100",
        "20261124T003100z",
        "20261124 003100Z",
        "20261324T003100Z",
        "20261131T003100Z",
        "20261124T243100Z",
        "2026-11-24T00:31",
        "../../../etc/abc",
        "20261124T003100ZZ",
        "2026112400T3100Z",
    };
    struct instant t = {7};
    char stamp[STAMP_LEN + 1];
    for (size_t i = 0; i < CASES(bad); i++) {
        char name[64];
        assert_rc(RC_INVALID, stamp_parse(str_of(bad[i]), &t));
        (void)snprintf(name, sizeof name, "%s.kontor", bad[i]);
        assert_rc(RC_INVALID, stamp_of_file(str_of(name), stamp));
    }
    assert_int_equal(t.us, 7);
    assert_rc(RC_INVALID, stamp_parse(STR_NONE, &t));
    assert_rc(RC_INVALID, stamp_of_file(STR("20261124T003100Z.konto"), stamp));
    assert_rc(RC_INVALID, stamp_of_file(STR("20261124T003100Z.kontor.part"), stamp));
    assert_rc(RC_INVALID, stamp_of_file(STR("20261124T003100Z.kontxr"), stamp));
}

static void
moments(void **state)
{
    (void)state;
    struct instant at;
    assert_ok(stamp_parse(STR("20261124T003100Z"), &at));
    const struct {
        int64_t us;
        bool fits;
    } rows[] = {
        {0,                            true },
        {999999,                       true },
        {STAMP_LATE_S * 1000000LL,     true },
        {STAMP_LATE_S * 1000000LL + 1, false},
        {-1,                           false},
        {-86400LL * 1000000,           false},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_int_equal(stamp_fits("20261124T003100Z", (struct instant){at.us + rows[i].us}),
                         rows[i].fits);
    }
    assert_false(stamp_fits("", at));
    assert_false(stamp_fits("20261124T003100", at));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(no_names),
        cmocka_unit_test(moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
