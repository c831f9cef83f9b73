/* day_test.c: the calendar: leap years, weeks, the two written forms, every day there and back. */
#include "base/types.h"

static void
known_days(void **state)
{
    (void)state;
    static const struct {
        int32_t year, month, dom, n;
        int weekday;
    } rows[] = {
        {1970, 1,  1,  0,      4},
        {1969, 12, 31, -1,     3},
        {2000, 2,  29, 11016,  2},
        {2000, 3,  1,  11017,  3},
        {1900, 2,  28, -25509, 3},
        {1900, 3,  1,  -25508, 4},
        {2024, 2,  29, 19782,  4},
        {2026, 11, 24, 20781,  2},
        {2199, 12, 31, 84005,  2},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct day d = {-7};
        assert_ok(day_of(rows[i].year, rows[i].month, rows[i].dom, &d));
        assert_int_equal(rows[i].n, d.n);
        assert_int_equal(rows[i].weekday, day_weekday(d));
        struct civil c = day_civil(d);
        assert_int_equal(rows[i].year, c.year);
        assert_int_equal(rows[i].month, c.month);
        assert_int_equal(rows[i].dom, c.dom);
    }
}

static void
every_day_goes_there_and_back(void **state)
{
    (void)state;
    struct day first;
    struct day last;
    char buf[16];
    int weekday = 1;
    assert_ok(day_of(1900, 1, 1, &first)); /* a Monday */
    assert_ok(day_of(2199, 12, 31, &last));
    for (struct day d = first; d.n <= last.n; d.n++) {
        struct day back = {-7};
        assert_ok(day_parse(day_print(d, buf), &back));
        assert_int_equal(d.n, back.n);
        assert_int_equal(weekday, day_weekday(d));
        weekday = weekday % 7 + 1;
    }
}

static void
days_that_are_not(void **state)
{
    (void)state;
    static const int32_t rows[][3] = {
        {1900, 2,  29},
        {2023, 2,  29},
        {2100, 2,  29},
        {2024, 2,  30},
        {2024, 4,  31},
        {2024, 13, 1 },
        {2024, 0,  1 },
        {2024, 1,  0 },
        {2024, 1,  32},
        {1899, 12, 31},
        {2200, 1,  1 },
        {-1,   1,  1 }
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct day d = {-7};
        assert_rc(RC_INVALID, day_of(rows[i][0], rows[i][1], rows[i][2], &d));
        assert_int_equal(-7, d.n);
    }
}

static void
weeks_by_iso_8601(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        int32_t year, week;
    } rows[] = {
        {"2026-01-01", 2026, 1 },
        {"2025-12-29", 2026, 1 },
        {"2025-12-28", 2025, 52},
        {"2027-01-01", 2026, 53},
        {"2027-01-03", 2026, 53},
        {"2027-01-04", 2027, 1 },
        {"2020-12-31", 2020, 53},
        {"2021-01-01", 2020, 53},
        {"2024-12-30", 2025, 1 },
        {"2016-01-01", 2015, 53},
        {"1970-01-01", 1970, 1 },
        {"2026-11-24", 2026, 48},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct day d;
        int32_t year = 0;
        int32_t week = 0;
        assert_ok(day_parse(str_of(rows[i].day), &d));
        day_iso_week(d, &year, &week);
        assert_int_equal(rows[i].year, year);
        assert_int_equal(rows[i].week, week);
    }
}

static void
written_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *iso;
    } good[] = {
        {"2026-11-24", "2026-11-24"},
        {"24.11.2026", "2026-11-24"},
        {"24.11.26",   "2026-11-24"},
        {"4.1.2026",   "2026-01-04"},
        {"04.01.2026", "2026-01-04"},
        {"29.2.24",    "2024-02-29"}
    };
    static const char *const bad[] = {
        "",           "2026-11-4",   "2026-1-04",   "26-11-24",   "2026-11-24 ", " 2026-11-24",
        "2026/11/24", "2026-11-245", "20261124",    "24.11.",     "24.11",       "24.11.202",
        "24.11.2",    "24.11.20266", "24..2026",    ".11.2026",   "124.1.2026",  "24.111.2026",
        "29.2.2026",  "31.4.2026",   "24.11.2026x", "24-11-2026", "-026-11-24",  "2026.11.24",
        "1.1.1899",   "heute",
    };
    char buf[16];
    for (size_t i = 0; i < CASES(good); i++) {
        struct day d = {-7};
        assert_ok(day_parse(str_of(good[i].text), &d));
        assert_str(day_print(d, buf), good[i].iso);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        struct day d = {-7};
        if (day_parse(str_of(bad[i]), &d) != RC_INVALID || d.n != -7) {
            FAIL_TEST("%s was taken as %d", bad[i], d.n);
        }
    }
    struct day d;
    assert_rc(RC_INVALID, day_parse(STR_NONE, &d));
}

/* Days far outside the range that can be entered still print without overrun. */
static void
extremes_print(void **state)
{
    (void)state;
    char buf[16];
    assert_true(day_print((struct day){INT32_MAX}, buf).n < 16);
    assert_true(day_print((struct day){INT32_MIN}, buf).n < 16);
    assert_str(day_print((struct day){-719162}, buf), "0001-01-01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),        cmocka_unit_test(every_day_goes_there_and_back),
        cmocka_unit_test(days_that_are_not), cmocka_unit_test(weeks_by_iso_8601),
        cmocka_unit_test(written_forms),     cmocka_unit_test(extremes_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
