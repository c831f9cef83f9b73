/* time_test.c: the zone in DST nights, instants written and read, the clock that tests move. */
#include "base/time.h"

enum { HOUR_US_M = 3600 };

static struct instant
at(const char *text)
{
    struct instant t = {0};
    if (instant_parse(str_of(text), &t) != OK) {
        FAIL_TEST("%s is no instant", text);
    }
    return t;
}

static struct day
day(const char *text)
{
    struct day d = {0};
    if (day_parse(str_of(text), &d) != OK) {
        FAIL_TEST("%s is no day", text);
    }
    return d;
}

/* Runs first: nothing has loaded a zone yet. */
static void
utc_without_a_zone(void **state)
{
    (void)state;
    assert_int_equal(23 * 60 + 59, instant_clock(at("2026-07-01T23:59:59Z")).n);
    assert_int_equal(day("2026-07-01").n, instant_day(at("2026-07-01T23:59:59Z")).n);
    assert_int_equal(-1, instant_day((struct instant){-1}).n);
    assert_int_equal(1439, instant_clock((struct instant){-1}).n);
}

static void
unknown_zones_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",     "Europe/Bielefeld", "../../etc/passwd", "/etc/localtime", "Europe/", "Europe",
        "UTC0", "zone.tab",         "Europe/Berlin\n"};
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_rc(RC_INVALID, time_zone(rows[i]));
    }
}

static void
berlin_prints_and_parses(void **state)
{
    (void)state;
    /* Clock time in Berlin and the instant that day_at() must give back. */
    static const struct {
        const char *instant;
        const char *day;
        int32_t clock;
        const char *back;
    } rows[] = {
        {"2026-01-15T11:00:00Z", "2026-01-15", 720, "2026-01-15T11:00:00Z"},
        {"2026-07-15T11:00:00Z", "2026-07-15", 780, "2026-07-15T11:00:00Z"},
        {"2026-07-14T22:30:00Z", "2026-07-15", 30,  "2026-07-14T22:30:00Z"},
 /* Spring: 01:59 is followed by 03:00. */
        {"2026-03-29T00:59:00Z", "2026-03-29", 119, "2026-03-29T00:59:00Z"},
        {"2026-03-29T01:00:00Z", "2026-03-29", 180, "2026-03-29T01:00:00Z"},
 /* Autumn: 02:00 to 02:59 come twice; the clock time leads to the first. */
        {"2026-10-25T00:30:00Z", "2026-10-25", 150, "2026-10-25T00:30:00Z"},
        {"2026-10-25T01:30:00Z", "2026-10-25", 150, "2026-10-25T00:30:00Z"},
        {"2026-10-25T02:00:00Z", "2026-10-25", 180, "2026-10-25T02:00:00Z"},
    };
    assert_ok(time_zone("Europe/Berlin"));
    for (size_t i = 0; i < CASES(rows); i++) {
        struct instant t = at(rows[i].instant);
        char buf[32];
        assert_int_equal(day(rows[i].day).n, instant_day(t).n);
        assert_int_equal(rows[i].clock, instant_clock(t).n);
        assert_str(instant_print(day_at(day(rows[i].day), instant_clock(t)), buf), rows[i].back);
    }
}

static void
missing_hour_moves_forward(void **state)
{
    (void)state;
    char buf[32];
    assert_ok(time_zone("Europe/Berlin"));
    struct instant t = day_at(day("2026-03-29"), (struct clock_time){150});
    assert_str(instant_print(t, buf), "2026-03-29T01:30:00Z");
    assert_int_equal(210, instant_clock(t).n);
}

static void
days_have_23_24_25_hours(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        int hours;
    } rows[] = {
        {"2026-03-28", 24},
        {"2026-03-29", 23},
        {"2026-10-25", 25},
        {"2026-10-26", 24}
    };
    assert_ok(time_zone("Europe/Berlin"));
    for (size_t i = 0; i < CASES(rows); i++) {
        struct day d = day(rows[i].day);
        int64_t us = day_begin((struct day){d.n + 1}).us - day_begin(d).us;
        assert_true(us == rows[i].hours * (int64_t)HOUR_US_M * 1000000);
        assert_int_equal(0, instant_clock(day_begin(d)).n);
        assert_int_equal(d.n, instant_day(day_begin(d)).n);
    }
}

/* Santiago changes at midnight: in spring the day begins at 01:00, in autumn 23:00 comes twice. */
static void
midnight_that_is_skipped(void **state)
{
    (void)state;
    char buf[32];
    assert_ok(time_zone("America/Santiago"));
    struct instant t = day_begin(day("2026-09-06"));
    assert_str(instant_print(t, buf), "2026-09-06T04:00:00Z");
    assert_int_equal(day("2026-09-06").n, instant_day(t).n);
    assert_int_equal(day("2026-09-05").n, instant_day((struct instant){t.us - 1}).n);
    t = day_begin(day("2026-04-05"));
    assert_str(instant_print(t, buf), "2026-04-05T04:00:00Z");
    assert_int_equal(day("2026-04-04").n, instant_day((struct instant){t.us - 1}).n);
    assert_ok(time_zone("Asia/Kathmandu"));
    assert_int_equal(5 * 60 + 45, instant_clock(at("2026-01-01T00:00:00Z")).n);
    assert_ok(time_zone("Europe/Berlin"));
}

static void
instants_in_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *utc;
        int32_t fraction;
    } good[] = {
        {"2026-11-24T08:15:00Z",         "2026-11-24T08:15:00Z", 0     },
        {"2026-11-24t08:15:00z",         "2026-11-24T08:15:00Z", 0     },
        {"2026-11-24T08:15:00.5Z",       "2026-11-24T08:15:00Z", 500000},
        {"2026-11-24T08:15:00.1234567Z", "2026-11-24T08:15:00Z", 123456},
        {"2026-11-24T09:15:00+01:00",    "2026-11-24T08:15:00Z", 0     },
        {"2026-11-23T23:45:00-08:30",    "2026-11-24T08:15:00Z", 0     },
        {"1969-12-31T23:59:59.25Z",      "1969-12-31T23:59:59Z", 250000},
        {"1900-01-01T00:00:00Z",         "1900-01-01T00:00:00Z", 0     },
    };
    static const char *const bad[] = {
        "",
        "2026-11-24",
        "2026-11-24T08:15:00",
        "2026-11-24 08:15:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T08:60:00Z",
        "2026-11-24T08:15:60Z",
        "2026-11-24T08:15Z",
        "2026-02-29T08:15:00Z",
        "2026-11-24T08:15:00.Z",
        "2026-11-24T08:15:00+0100",
        "2026-11-24T08:15:00+24:00",
        "2026-11-24T08:15:00+01:60",
        "2026-11-24T08:15:00Zx",
        "2026-11-24T08:15:00x01:00",
        "2026-11-24T08-15-00Z",
        "2026-11-24T08:15-00Z",
        "24.11.2026T08:15:00Z",
        "2026-11-24T0x:15:00Z",
        "2026-11-24T08:15:00.5",
    };
    char buf[32];
    for (size_t i = 0; i < CASES(good); i++) {
        struct instant t = at(good[i].text);
        assert_str(instant_print(t, buf), good[i].utc);
        assert_true(((t.us % 1000000) + 1000000) % 1000000 == good[i].fraction);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        struct instant t = {42};
        if (instant_parse(str_of(bad[i]), &t) != RC_INVALID || t.us != 42) {
            FAIL_TEST("%s was taken", bad[i]);
        }
    }
    assert_true(instant_print((struct instant){INT64_MAX}, buf).n < 32);
    assert_true(instant_print((struct instant){INT64_MIN}, buf).n < 32);
}

static void
clock_runs_on_from_where_it_was_set(void **state)
{
    (void)state;
    if (!time_is_test_build()) {
        assert_rc(RC_DENIED, time_set(at("2026-11-24T08:15:00Z")));
        return;
    }
    struct instant want = at("2031-05-06T07:08:09Z");
    int64_t mono = time_mono_us();
    assert_ok(time_set(want));
    struct instant now = time_now();
    assert_true(now.us >= want.us && now.us < want.us + 10000000);
    assert_true(time_mono_us() >= mono && time_mono_us() < mono + 10000000);
    assert_true(time_now().us >= now.us);
}

/* Runs last: from then on this process has seen the future. */
static void
a_clock_set_back_is_not_believed(void **state)
{
    (void)state;
    int64_t error_us;
    assert_true(time_sync(&error_us) <= TIME_OFF);
    time_told(TIME_GOOD);
    assert_int_equal(TIME_GOOD, time_trust());
    time_told(TIME_OFF);
    assert_int_equal(TIME_OFF, time_trust());
    time_told(TIME_GOOD);
    if (!time_is_test_build()) {
        return;
    }
    assert_ok(time_set(at("2035-01-01T12:00:00Z")));
    (void)time_now();
    assert_ok(time_set(at("2035-01-01T11:59:55Z")));
    assert_int_equal(TIME_GOOD, time_trust()); /* a service that slews may do that */
    assert_ok(time_set(at("2035-01-01T11:59:40Z")));
    assert_int_equal(TIME_BACK, time_trust());
    assert_ok(time_set(at("2035-01-01T11:59:55Z")));
    assert_int_equal(TIME_GOOD, time_trust()); /* it has caught up */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_without_a_zone),
        cmocka_unit_test(unknown_zones_are_refused),
        cmocka_unit_test(berlin_prints_and_parses),
        cmocka_unit_test(missing_hour_moves_forward),
        cmocka_unit_test(days_have_23_24_25_hours),
        cmocka_unit_test(midnight_that_is_skipped),
        cmocka_unit_test(instants_in_rfc_3339),
        cmocka_unit_test(clock_runs_on_from_where_it_was_set),
        cmocka_unit_test(a_clock_set_back_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
