/* window_test.c: when a daily backup is due: single cases as a table, then years by the clock: each
 * day has one success or an attempt each hour, both nights of the clock change included. */
#include "app/backup/window.h"

#define MINUTE_US ((int64_t)60 * 1000000)
#define HOUR_US (60 * MINUTE_US)

static int
in_berlin(void **state)
{
    (void)state;
    return time_zone("Europe/Berlin");
}

static struct instant
utc(const char *s)
{
    struct instant t = INSTANT_NONE;
    if (s[0] != '\0') {
        assert_ok(instant_parse(str_of(s), &t));
    }
    return t;
}

static struct day
day(const char *iso)
{
    struct day d;
    assert_ok(day_parse(str_of(iso), &d));
    return d;
}

/* The number whose window opens exactly at 00:30, so that the table reads well. */
static int64_t
in_the_middle(void)
{
    const struct day d = {20000};
    const int64_t want = day_at(d, (struct clock_time){30}).us;
    for (int64_t w = 1; w < 100000; w++) {
        if (window_opens(w, d).us == want) {
            return w;
        }
    }
    FAIL_TEST("no number opens at 00:30");
    return 0;
}

static void
when_it_is_due(void **state)
{
    (void)state;
    static const struct {
        const char *what, *good, *tried, *now, *due;
        int32_t missed;
    } rows[] = {
        {"after yesterday's",       "2026-11-24T00:31:00Z", "2026-11-24T00:30:00Z",
         "2026-11-24T22:00:00Z",                                                                            "2026-11-24T23:30:00Z", 0 },
        {"in summer",               "2026-07-14T00:31:00Z", "2026-07-14T00:30:00Z", "2026-07-14T21:00:00Z",
         "2026-07-14T22:30:00Z",                                                                                                    0 },
        {"it is time",              "2026-11-24T00:31:00Z", "2026-11-24T00:30:00Z", "2026-11-24T23:30:00Z",
         "2026-11-24T23:30:00Z",                                                                                                    0 },
        {"done today",              "2026-11-24T23:31:00Z", "2026-11-24T23:30:00Z", "2026-11-24T23:32:00Z",
         "2026-11-25T23:30:00Z",                                                                                                    0 },
        {"done late today",         "2026-11-25T22:50:00Z", "2026-11-25T22:49:00Z", "2026-11-25T22:55:00Z",
         "2026-11-25T23:30:00Z",                                                                                                    0 },
        {"one failed",              "2026-11-24T00:31:00Z", "2026-11-24T23:30:00Z", "2026-11-24T23:31:00Z",
         "2026-11-25T00:30:00Z",                                                                                                    0 },
        {"02:00 waits for 03:20",   "2026-11-24T00:31:00Z", "2026-11-25T00:10:00Z",
         "2026-11-25T00:11:00Z",                                                                            "2026-11-25T02:20:00Z", 0 },
        {"01:59 does not",          "2026-11-24T00:31:00Z", "2026-11-24T23:59:00Z", "2026-11-25T00:00:00Z",
         "2026-11-25T00:59:00Z",                                                                                                    0 },
        {"now is 02:00",            "2026-11-24T00:31:00Z", "",                     "2026-11-25T01:00:00Z", "2026-11-25T02:20:00Z",
         0                                                                                                                            },
        {"now is 03:00",            "2026-11-24T00:31:00Z", "",                     "2026-11-25T02:00:00Z", "2026-11-25T02:00:00Z",
         0                                                                                                                            },
        {"started in the morning",  "2026-11-24T00:31:00Z", "2026-11-24T00:30:00Z",
         "2026-11-25T09:00:00Z",                                                                            "2026-11-25T09:00:00Z", 0 },
        {"never before",            "",                     "",                     "2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z", 0 },
        {"never before, early",     "",                     "",                     "2026-11-24T23:05:00Z", "2026-11-24T23:30:00Z", 0 },
        {"a day was missed",        "2026-11-23T00:31:00Z", "2026-11-23T00:30:00Z", "2026-11-24T23:01:00Z",
         "2026-11-24T23:01:00Z",                                                                                                    1 },
        {"missed, and just tried",  "2026-11-23T00:31:00Z", "2026-11-24T22:40:00Z",
         "2026-11-24T23:01:00Z",                                                                            "2026-11-24T23:40:00Z", 1 },
        {"ten days",                "2026-11-14T00:31:00Z", "2026-11-14T00:30:00Z", "2026-11-25T12:00:00Z",
         "2026-11-25T12:00:00Z",                                                                                                    10},
        {"the clock was set back",  "2026-12-30T00:31:00Z", "2026-12-30T00:30:00Z",
         "2026-11-25T12:00:00Z",                                                                            "2026-11-25T12:00:00Z", 0 },
        {"set back, one failed",    "2026-12-30T00:31:00Z", "2026-11-25T11:50:00Z",
         "2026-11-25T12:00:00Z",                                                                            "2026-11-25T12:50:00Z", 0 },
        {"summer begins: no 02:00", "2027-03-27T00:31:00Z", "2027-03-28T00:05:00Z",
         "2027-03-28T00:06:00Z",                                                                            "2027-03-28T01:05:00Z", 0 },
        {"summer ends: both wait",  "2026-10-24T00:31:00Z", "2026-10-24T23:05:00Z",
         "2026-10-24T23:06:00Z",                                                                            "2026-10-25T02:20:00Z", 0 },
        {"the second 02:30",        "2026-10-24T00:31:00Z", "",                     "2026-10-25T01:30:00Z",
         "2026-10-25T02:20:00Z",                                                                                                    0 },
        {"New Year",                "2026-12-31T00:31:00Z", "2026-12-31T00:30:00Z", "2026-12-31T22:00:00Z",
         "2026-12-31T23:30:00Z",                                                                                                    0 },
        {"leap day",                "2028-02-28T00:31:00Z", "2028-02-28T00:30:00Z", "2028-02-28T22:00:00Z",
         "2028-02-28T23:30:00Z",                                                                                                    0 },
    };
    const int64_t w = in_the_middle();
    for (size_t i = 0; i < CASES(rows); i++) {
        const struct window_past past = {utc(rows[i].good), utc(rows[i].tried)};
        const struct window got = window_next(w, &past, utc(rows[i].now));
        char buf[32];
        if (got.due.us != utc(rows[i].due).us || got.missed != rows[i].missed) {
            FAIL_TEST("%s: %.*s, %d missed", rows[i].what, STR_FMT(instant_print(got.due, buf)),
                      got.missed);
        }
        assert_int_equal(got.day.n, instant_day(got.due).n);
    }
}

/* 00:10 to 00:50 and no other time, evenly, also in the nights of the clock change. */
static void
a_night_is_spread(void **state)
{
    (void)state;
    static const char *const nights[] = {"2026-11-25", "2026-10-25", "2027-03-28", "2028-02-29"};
    for (size_t k = 0; k < CASES(nights); k++) {
        int tenth[8] = {0};
        for (int64_t w = 0; w < 1000; w++) {
            const struct instant t = window_opens(w, day(nights[k]));
            const int64_t s = (t.us - day_begin(day(nights[k])).us) / 1000000;
            assert_in_range(s, 10 * 60, 50 * 60);
            tenth[s == 50 * 60 ? 7 : (s - 600) / 300]++;
        }
        for (size_t i = 0; i < CASES(tenth); i++) {
            assert_in_range(tenth[i], 110, 140);
        }
    }
}

static uint64_t
roll(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A scheduler that sleeps until what it was told and then tries, by a clock that runs on. */
static void
years_by_the_clock(void **state)
{
    (void)state;
    long good = 0, tries = 0, missed_days = 0, said = 0;
    for (uint64_t round = 0; round < 12; round++) {
        uint64_t seed = round + 1;
        const int64_t w = (int64_t)(roll(&seed) % 100000);
        const int fails = (int[]){0, 20, 60, 97}[round % 4]; /* of a hundred attempts */
        struct window_past past = {INSTANT_NONE, INSTANT_NONE};
        struct instant now = day_begin(day("2026-03-01"));
        const struct instant end = day_begin(day("2028-04-01"));
        struct day last = {INT32_MIN};
        while (now.us < end.us) {
            const struct window next = window_next(w, &past, now);
            assert_true(next.due.us >= now.us);
            assert_true(next.due.us - now.us <= 25 * HOUR_US + 50 * MINUTE_US);
            now = next.due;
            const struct window again = window_next(w, &past, now);
            assert_int_equal(again.due.us, now.us); /* asked again at that time: now */
            const int32_t clock = instant_clock(now).n;
            if (clock >= 120 && clock < 180) {
                FAIL_TEST("an attempt between 02:00 and 03:00");
            }
            if (past.tried.us != INSTANT_NONE.us && past.tried.us > past.good.us) {
                /* An hour after the last one; where that would be shut, up to 2 h 40 (3 h 40) more.
                 */
                assert_in_range(now.us - past.tried.us, HOUR_US, 5 * HOUR_US);
            }
            assert_true(past.good.us == INSTANT_NONE.us ||
                        instant_day(past.good).n < instant_day(now).n);
            past.tried = now;
            tries++;
            now.us += (int64_t)(roll(&seed) % 600) * 1000000;
            if ((int)(roll(&seed) % 100) >= fails) {
                past.good = now;
                good++;
                const struct day d = instant_day(now);
                missed_days += last.n != INT32_MIN && d.n - last.n > 1 ? d.n - last.n - 1 : 0;
                said += window_next(w, &(struct window_past){past.good, past.tried}, now).missed;
                if (fails == 0 && last.n != INT32_MIN) {
                    assert_int_equal(d.n, last.n + 1); /* every single day */
                    assert_true(now.us - day_begin(d).us <= HOUR_US);
                }
                last = d;
            }
            now.us += 1;
        }
        const struct window_past old = {day_begin(day("2026-03-01")), INSTANT_NONE};
        said += window_next(w, &old, day_begin(day("2026-03-05"))).missed;
    }
    assert_true(missed_days > 100); /* at 97 failures of a hundred days do go by */
    assert_int_equal(said, 12 * 3);
    print_message("# %ld backups in %ld attempts, %ld days missed\n", good, tries, missed_days);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_it_is_due),
        cmocka_unit_test(a_night_is_spread),
        cmocka_unit_test(years_by_the_clock),
    };
    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
