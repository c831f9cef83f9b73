/* types_test.c: money, percent, durations, clock times: what is accepted, refused, printed. */
#include "base/types.h"

static void
money_accepts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t minor;
    } rows[] = {
        {"0",                     0         },
        {"-3",                    -300      },
        {"1234",                  123400    },
        {"1234,5",                123450    },
        {"1234,56",               123456    },
        {"1234.56",               123456    },
        {"1234.5",                123450    },
        {"1.234",                 123400    },
        {"1.234,56",              123456    },
        {"12.345.678,90",         1234567890},
        {" \xC2\xA0 1.234,56 ",   123456    },
        {"-0,01",                 -1        },
        {"92233720368547758,07",  INT64_MAX },
        {"-92233720368547758,07", -INT64_MAX},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct money m = {7};
        if (money_parse(str_of(rows[i].text), &m) != OK || m.minor != rows[i].minor) {
            FAIL_TEST("%s gives %lld", rows[i].text, (long long)m.minor);
        }
    }
}

static void
money_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "-",
        ",",
        ".",
        ",50",
        ".50",
        "12,",
        "12.",
        "1,2,3",
        "1,234.56",
        "1.23,4",
        "12.34,56",
        "1234.567",
        "0.123",
        "+1",
        "1 000",
        "1e3",
        "--1",
        "1-",
        "1,234",
        "1.2345",
        "1..2",
        "1.234.5",
        "abc",
        "\xE2\x82\xAC 3",
        "92233720368547758,08",
        "99999999999999999999",
        "1.234,5x",
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct money m = {7};
        if (money_parse(str_of(rows[i]), &m) != RC_INVALID || m.minor != 7) {
            FAIL_TEST("%s was taken as %lld", rows[i], (long long)m.minor);
        }
    }
}

static void
money_adds_checked(void **state)
{
    (void)state;
    struct money sum = {7};
    assert_ok(money_add((struct money){150}, (struct money){-50}, &sum));
    assert_int_equal(100, sum.minor);
    assert_rc(RC_INVALID, money_add((struct money){INT64_MAX}, (struct money){1}, &sum));
    /* The sum that would mean "none". */
    assert_rc(RC_INVALID, money_add((struct money){-INT64_MAX}, (struct money){-1}, &sum));
    assert_int_equal(100, sum.minor);
}

static void
percent_in_hundredths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t n;
    } good[] = {
        {"19",     1900},
        {"7,5",    750 },
        {"7.25",   725 },
        {" 19 % ", 1900},
        {"-3",     -300}
    };
    static const char *const bad[] = {"", "%", "19%%", "7,555", "21474837", "19 Prozent"};
    for (size_t i = 0; i < CASES(good); i++) {
        struct percent p = {7};
        assert_ok(percent_parse(str_of(good[i].text), &p));
        assert_int_equal(good[i].n, p.n);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        struct percent p = {7};
        assert_rc(RC_INVALID, percent_parse(str_of(bad[i]), &p));
        assert_int_equal(7, p.n);
    }
}

static void
rounding_is_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t num, den, want;
    } rows[] = {
        {5,         10,        1        },
        {4,         10,        0        },
        {-5,        10,        -1       },
        {-4,        10,        0        },
        {15,        10,        2        },
        {14,        10,        1        },
        {-15,       10,        -2       },
        {0,         3,         0        },
        {1,         3,         0        },
        {2,         3,         1        },
        {7,         1,         7        },
        {INT64_MAX, 1,         INT64_MAX},
        {INT64_MIN, 1,         INT64_MIN},
        {INT64_MAX, INT64_MAX, 1        },
        {INT64_MIN, INT64_MAX, -1       },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_true(round_half_up(rows[i].num, rows[i].den) == rows[i].want);
    }
}

static void
durations_accept(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t n, from, to;
    } rows[] = {
        {"1:30",               90,   NONE_I32, NONE_I32},
        {"0:05",               5,    NONE_I32, NONE_I32},
        {"24:00",              1440, NONE_I32, NONE_I32},
        {"1,5",                90,   NONE_I32, NONE_I32},
        {"1.5",                90,   NONE_I32, NONE_I32},
        {",5",                 30,   NONE_I32, NONE_I32},
        {"0,33",               20,   NONE_I32, NONE_I32},
        {"0,0084",             1,    NONE_I32, NONE_I32},
        {"1,5h",               90,   NONE_I32, NONE_I32},
        {"2",                  120,  NONE_I32, NONE_I32},
        {"24",                 1440, NONE_I32, NONE_I32},
        {"90m",                90,   NONE_I32, NONE_I32},
        {"90 MIN",             90,   NONE_I32, NONE_I32},
        {"1440m",              1440, NONE_I32, NONE_I32},
        {"1h30",               90,   NONE_I32, NONE_I32},
        {"1 h 30 m",           90,   NONE_I32, NONE_I32},
        {"1H",                 60,   NONE_I32, NONE_I32},
        {"2h30m",              150,  NONE_I32, NONE_I32},
        {"2h5",                125,  NONE_I32, NONE_I32},
        {"9-10:30",            90,   540,      630     },
        {"09:00\xE2\x80\x93"
         "10:30",     90,   540,      630     },
        {" 9 - 10:30\xC2\xA0", 90,   540,      630     },
        {"900-1030",           90,   540,      630     },
        {"22-1:30",            210,  1320,     90      },
        {"0-24",               1440, 0,        1440    },
        {"9-9",                0,    540,      540     },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct minutes m = {-7};
        struct clock_time from = {-7};
        struct clock_time to = {-7};
        if (minutes_parse(str_of(rows[i].text), &m, &from, &to) != OK || m.n != rows[i].n ||
            from.n != rows[i].from || to.n != rows[i].to) {
            FAIL_TEST("%s gives %d, %d to %d", rows[i].text, m.n, from.n, to.n);
        }
    }
}

static void
durations_refuse(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",        "h",       "m",       ":",
        "1:60",    "1:3",     "1:",      ":30",
        "25",      "24:01",   "1441m",   "-1",
        "1-",      "-",       "24-1",    "9-25",
        "9-10-11", "1h60",    "1h30x",   "h30",
        "abc",     "1,2,3",   "1.2.3",   ",",
        "1,",      "1,23456", "100",     "1:30h",
        "1h-",     "9-1060",  "12345-1", "999999999999999999999999999999",
        "m90",     "1hm",
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct minutes m = {-7};
        struct clock_time from = {-7};
        struct clock_time to = {-7};
        if (minutes_parse(str_of(rows[i]), &m, &from, &to) != RC_INVALID || m.n != -7 ||
            from.n != -7 || to.n != -7) {
            FAIL_TEST("%s was taken as %d", rows[i], m.n);
        }
    }
}

static void
durations_print(void **state)
{
    (void)state;
    char buf[16];
    assert_str(minutes_print((struct minutes){0}, buf), "0:00");
    assert_str(minutes_print((struct minutes){90}, buf), "1:30");
    assert_str(minutes_print((struct minutes){-65}, buf), "-1:05");
    assert_str(minutes_print((struct minutes){INT32_MAX}, buf), "35791394:07");
    assert_str(minutes_print((struct minutes){-INT32_MAX}, buf), "-35791394:07");
    for (int32_t n = 0; n <= 1440; n++) {
        struct minutes back = {-1};
        struct clock_time from;
        struct clock_time to;
        assert_ok(minutes_parse(minutes_print((struct minutes){n}, buf), &back, &from, &to));
        assert_int_equal(n, back.n);
    }
}

static void
clock_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t n;
    } good[] = {
        {"9",      540 },
        {"09",     540 },
        {"9:05",   545 },
        {"0905",   545 },
        {"905",    545 },
        {"24:00",  1440},
        {"2400",   1440},
        {"24",     1440},
        {"0",      0   },
        {"23:59",  1439},
        {" 9:05 ", 545 }
    };
    static const char *const bad[] = {"",    "25",     "24:01",  "9:5",  "9:60", "-1",  "9:",
                                      ":05", "123456", "12:345", "9.05", "x",    "1x5", "960"};
    char buf[8];
    for (size_t i = 0; i < CASES(good); i++) {
        struct clock_time c = {-7};
        assert_ok(clock_parse(str_of(good[i].text), &c));
        assert_int_equal(good[i].n, c.n);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        struct clock_time c = {-7};
        if (clock_parse(str_of(bad[i]), &c) != RC_INVALID || c.n != -7) {
            FAIL_TEST("%s was taken as %d", bad[i], c.n);
        }
    }
    assert_str(clock_print((struct clock_time){545}, buf), "09:05");
    assert_str(clock_print((struct clock_time){1440}, buf), "24:00");
    assert_int_equal(7, clock_print(CLOCK_NONE, buf).n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_accepts),
        cmocka_unit_test(money_refuses),
        cmocka_unit_test(money_adds_checked),
        cmocka_unit_test(percent_in_hundredths),
        cmocka_unit_test(rounding_is_away_from_zero),
        cmocka_unit_test(durations_accept),
        cmocka_unit_test(durations_refuse),
        cmocka_unit_test(durations_print),
        cmocka_unit_test(clock_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
