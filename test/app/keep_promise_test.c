/* keep_promise_test.c: what is doubtful, and until when a state is promised, by example;
 * keep_test.c holds both against years. */
#include "keep_rig.h"

/* What is not good counts for nothing, and goes when nothing could rest on it any more. */
static void
what_is_doubtful(void **state)
{
    (void)state;
    enum { N = 72 };
    struct keep_state s[N];
    struct keep_line l[N];
    const struct day last = day("2026-11-25");
    const struct instant now = at("2026-11-25", 60);
    for (int i = 0; i < N; i++) {
        s[i] = (struct keep_state){.at = day_at((struct day){last.n - i}, (struct clock_time){40}),
                                   .replicas = 2};
    }
    s[10].is_doubtful = s[35].is_doubtful = s[40].is_doubtful = true;
    s[10].replicas = s[35].replicas = s[40].replicas = 0;
    struct keep_plan p = plan_at(s, N, now, l);
    assert_int_equal(p.stop, 0); /* that it has no copies holds up nothing */
    assert_int_equal(l[10].why, KEEP_DOUBTFUL);
    assert_int_equal(l[35].why, KEEP_DOUBTFUL);
    assert_int_equal(l[40].why, 0);
    assert_int_equal(l[40].act, KEEP_MARK);
    /* Behind an outage it may be one of the four Saturdays, and at last one of the last two. */
    for (int i = 0; i < 40; i++) {
        s[i].at.us = i < 3 ? s[i].at.us : s[60].at.us - i * DAY_US;
    }
    p = plan_at(s, 60, now, l);
    assert_int_equal(l[40].why, KEEP_DOUBTFUL);
    s[2].is_doubtful = s[1].is_doubtful = true;
    s[2].at.us = now.us - 500 * DAY_US;
    s[1].at.us = now.us - 63 * DAY_US;
    s[59].at.us = now.us - 70 * DAY_US;
    const struct keep_state few[] = {s[0], s[1], s[2], s[59]};
    p = plan_at(few, 4, now, l);
    assert_int_equal(p.stop, 0);
    assert_int_equal(l[1].why, KEEP_DOUBTFUL); /* one good one is newer */
    assert_int_equal(l[2].why, 0);             /* two are */
}

/* Friday's backup stands for Saturday until there is one, or until none can come any more. */
static void
what_is_promised(void **state)
{
    (void)state;
    const struct {
        const char *what, *now;
        const char *states[3]; /* "?": doubtful; the first one's promise is looked at */
        int days;
    } rows[] = {
        {"Saturday before its backup",   "2026-11-21", {"2026-11-20"},                             7 },
        {"Saturday's is there",          "2026-11-22", {"2026-11-20", "2026-11-21"},               7 },
        {"it is Saturday",               "2026-11-21", {"2026-11-21"},                             7 },
        {"it was",                       "2026-11-22", {"2026-11-21"},                             28},
        {"Sunday's, at once",            "2026-11-22", {"2026-11-22", "2026-11-20"},               28},
        {"Saturday's may be made anew",  "2026-11-22", {"2026-11-22", "?2026-11-21"},              7 },
        {"Friday's, a week without any", "2026-11-27", {"2026-11-20"},                             7 },
        {"Friday's, for ever",           "2026-11-28", {"2026-11-20"},                             28},
        {"but for Monday's, damaged",    "2026-11-28", {"2026-11-20", "?2026-11-23"},              7 },
        {"an older one changes nothing", "2026-11-28", {"2026-11-20", "?2026-11-19"},              28},
        {"nor one of the next week",     "2026-11-30", {"2026-11-20", "?2026-11-28"},              28},
        {"Monday's, Sunday's damaged",   "2026-11-24", {"2026-11-23", "?2026-11-22"},              7 },
        {"Monday's, Tuesday's damaged",  "2026-11-25", {"2026-11-23", "?2026-11-24"},              28},
        {"any other day",                "2026-11-26", {"2026-11-25", "2026-11-21", "2026-11-22"}, 7 },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct keep_state s[4];
        struct keep_line l[4];
        size_t n = 0;
        for (; n < 3 && rows[i].states[n] != NULL; n++) {
            const char *text = rows[i].states[n];
            s[n] = good(text + (*text == '?'));
            s[n].is_doubtful = *text == '?';
        }
        s[n++] = good("2026-11-14"); /* of the Saturday before: it had its own */
        (void)plan_at(s, n, at(rows[i].now, 60), l);
        const int64_t days = (keep_until(&s[0], &l[0]).us - s[0].at.us) / DAY_US;
        if (days != rows[i].days) {
            FAIL_TEST("%s: %d days", rows[i].what, (int)days);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_doubtful),
        cmocka_unit_test(what_is_promised),
    };
    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
