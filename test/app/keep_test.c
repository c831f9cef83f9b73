/* keep_test.c: which backups stay. Single rules by example, then both promises over seeded random
 * histories of years: misses, damage, outages, wrong clocks, and the nights, days and years that
 * the calendar has. What counts is what is left on the (played) disk, in true time. */
#include "keep_rig.h"

enum { HISTORY_DAYS = 1100, FILES_MAX = 200, EVENING = 23 * 60 + 30 };
#ifdef __SANITIZE_ADDRESS__
enum { HISTORIES = 120 };
#else
enum { HISTORIES = 1000 };
#endif
#define HOUR_US ((int64_t)3600 * 1000000)

/* --- by example ------------------------------------------------------------------------------- */

/* A backup each night: what is kept, and why, on one day. */
static void
a_quiet_year(void **state)
{
    (void)state;
    enum { N = 100 };
    struct keep_state s[N];
    struct keep_line l[N];
    const struct day last = day("2026-11-25"); /* a Wednesday */
    for (int i = 0; i < N; i++) {
        s[i] = (struct keep_state){.at = day_at((struct day){last.n - i}, (struct clock_time){40}),
                                   .replicas = 2};
    }
    const struct keep_plan p = plan_at(s, N, at("2026-11-25", 60), l);
    assert_int_equal(p.n_kept, 12);
    assert_int_equal(p.n_gone, N - 12);
    assert_int_equal(p.stop, 0);
    assert_false(p.old);
    for (int i = 0; i < N; i++) {
        unsigned want = i < 2 ? KEEP_NEWEST : 0;
        want |= i <= 7 ? (unsigned)KEEP_WEEK : 0; /* the next is 8 × 24 h and 20 minutes old */
        want |= i < 7 ? (unsigned)KEEP_DAY : 0;
        want |= (i - 4) % 7 == 0 && i >= 4 && i <= 35 ? (unsigned)KEEP_SATURDAY : 0;
        if (l[i].why != want) {
            FAIL_TEST("%d days old: %x, not %x", i, l[i].why, want);
        }
        assert_int_equal(l[i].act, want != 0 ? KEEP_STAY : KEEP_MARK);
    }
}

static void
the_border_of_each_age(void **state)
{
    (void)state;
    struct keep_line l[16];
    struct keep_state s[16];
    const struct instant now = at("2026-11-25", 60);
    static const struct {
        const char *what;
        int64_t age_us;
        unsigned why; /* beside two newer ones of the last two days */
    } rows[] = {
        {"a minute old",              60 * 1000000,    KEEP_NEWEST | KEEP_WEEK | KEEP_DAY      },
        {"8 days",                    8 * DAY_US,      KEEP_WEEK | KEEP_DAY                    },
        {"8 days and a bit",          8 * DAY_US + 1,  KEEP_DAY                                },
        {"36 days, for a Saturday",   36 * DAY_US,     KEEP_DAY | KEEP_SUBSTITUTE              },
        {"36 days and a bit: outage", 36 * DAY_US + 1, KEEP_DAY | KEEP_SUBSTITUTE | KEEP_OUTAGE},
        {"62 days",                   62 * DAY_US,     KEEP_DAY | KEEP_SUBSTITUTE | KEEP_OUTAGE},
        {"62 days and a bit",         62 * DAY_US + 1, 0                                       },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        s[0] = good("2026-11-25");
        s[1] = good("2026-11-24");
        s[2] = (struct keep_state){.at = {now.us - rows[i].age_us}, .replicas = 2};
        (void)plan_at(s, 3, now, l);
        if ((l[2].why & ~(unsigned)(i == 1 || i == 2 ? KEEP_SUBSTITUTE : 0)) != rows[i].why) {
            FAIL_TEST("%s: %x, not %x", rows[i].what, l[2].why, rows[i].why);
        }
    }
}

/* The newest two stay for ever, and it is said that they are old. */
static void
the_last_two_never_go(void **state)
{
    (void)state;
    struct keep_line l[3];
    const struct keep_state s[] = {good("2024-02-27"), good("2024-02-28"), good("2024-02-29")};
    const struct keep_plan p = plan_at(s, 3, at("2026-11-25", 0), l);
    assert_int_equal(l[0].why, 0);
    assert_int_equal(l[1].why, KEEP_NEWEST);
    assert_int_equal(l[2].why, KEEP_NEWEST);
    assert_true(p.old);
    assert_int_equal(p.stop, KEEP_NO_RECENT);
    assert_int_equal(l[0].act, KEEP_STAY); /* nothing goes while nothing new comes */
}

/* Behind an outage: of the representatives the 4 newest are kept beyond 36 days, the fifth is not.
 */
static void
after_an_outage(void **state)
{
    (void)state;
    struct keep_line l[8];
    const struct keep_state s[] = {
        good("2026-12-25"), good("2026-12-24"), good("2026-11-14"), good("2026-11-08"),
        good("2026-10-31"), good("2026-10-30"), good("2026-10-29"), good("2026-10-28"),
    };
    const unsigned want[8] = {
        KEEP_SUBSTITUTE,               /* 26 December, as long as nothing newer does */
        KEEP_SUBSTITUTE,               /* 19 December */
        KEEP_SATURDAY | KEEP_OUTAGE,   /* 42 days */
        KEEP_SUBSTITUTE | KEEP_OUTAGE, /* 48 days, 7 November */
    };
    (void)plan_at(s, 8, at("2026-12-26", 0), l);
    for (size_t i = 0; i < CASES(want); i++) {
        assert_int_equal(l[i].why & ~(unsigned)(KEEP_NEWEST | KEEP_WEEK | KEEP_DAY), want[i]);
    }
}

static void
nothing_at_all(void **state)
{
    (void)state;
    struct keep_line l[1];
    const struct keep_plan p = plan_at(NULL, 0, at("2026-11-25", 0), l);
    assert_true(p.old);
    assert_int_equal(p.n_kept + p.n_gone, 0);
    assert_int_equal(p.stop, KEEP_NO_RECENT);
}

/* The 7 newest days, of each the newest, however far apart. */
static void
days_with_gaps(void **state)
{
    (void)state;
    struct keep_line l[10];
    struct keep_state s[] = {
        good("2026-11-25"), good("2026-11-20"), good("2026-11-16"),
        good("2026-11-11"), good("2026-11-05"), good("2026-10-29"),
        good("2026-10-20"), good("2026-10-07"), good("2026-11-05"),
    };
    s[8].at.us += HOUR_US; /* the newer one of that day */
    (void)plan_at(s, 9, at("2026-11-25", 60), l);
    const bool want[] = {true, true, true, true, false, true, true, false, true};
    for (size_t i = 0; i < CASES(want); i++) {
        assert_int_equal((l[i].why & KEEP_DAY) != 0, want[i]);
    }
}

static void
who_stands_for_a_saturday(void **state)
{
    (void)state;
    static const struct {
        const char *what, *days[4];
        int stands; /* index, for Saturday 31 October 2026; -1 nobody */
        unsigned why;
    } rows[] = {
        {"itself",                      {"2026-10-30", "2026-10-31", "2026-11-01"}, 1,  KEEP_SATURDAY  },
        {"the day behind it",           {"2026-10-30", "2026-11-01", "2026-11-02"}, 1,  KEEP_SUBSTITUTE},
        {"the sixth day behind it",     {"2026-10-28", "2026-11-06"},               1,  KEEP_SUBSTITUTE},
        {"the same, the oldest of all", {"2026-11-06"},                             0,  KEEP_SUBSTITUTE},
        {"the day before it",           {"2026-10-29", "2026-10-30"},               1,  KEEP_SUBSTITUTE},
        {"three days before it",        {"2026-10-28"},                             0,  KEEP_SUBSTITUTE},
        {"four days before it: nobody", {"2026-10-27"},                             -1, 0              },
    };
    for (size_t r = 0; r < CASES(rows); r++) {
        struct keep_state s[8];
        struct keep_line l[8];
        size_t n = 0;
        for (; n < 4 && rows[r].days[n] != NULL; n++) {
            s[n] = good(rows[r].days[n]);
        }
        const size_t old = n;
        s[n++] = good("2026-11-07"); /* so that each Saturday since has itself */
        s[n++] = good("2026-11-14");
        s[n++] = good("2026-11-21");
        (void)plan_at(s, n, at("2026-11-25", 0), l);
        for (size_t i = 0; i < old; i++) {
            const bool stands = l[i].saturday.n == day("2026-10-31").n;
            if (stands != ((int)i == rows[r].stands) ||
                (stands && (l[i].why & (KEEP_SATURDAY | KEEP_SUBSTITUTE)) != rows[r].why)) {
                FAIL_TEST("%s: %s is %x", rows[r].what, rows[r].days[i], l[i].why);
            }
        }
    }
}

/* Two on one Saturday: the newer one. A Saturday that is the year's last day; a leap day. */
static void
saturdays_of_the_calendar(void **state)
{
    (void)state;
    struct keep_line l[4];
    struct keep_state twice[] = {good("2022-12-31"), good("2022-12-31"), good("2023-01-01"),
                                 good("2023-01-15")};
    twice[1].at.us += 22 * HOUR_US;
    (void)plan_at(twice, 4, at("2023-01-15", 60), l);
    assert_int_equal(l[0].why & KEEP_SATURDAY, 0);
    assert_int_equal(l[1].why & KEEP_SATURDAY, KEEP_SATURDAY);
    assert_int_equal(l[1].saturday.n, day("2022-12-31").n);

    const struct keep_state leap[] = {good("2020-02-29"), good("2020-03-01"), good("2020-03-28")};
    (void)plan_at(leap, 3, at("2020-03-28", 60), l);
    assert_int_equal(l[0].why & KEEP_SATURDAY, KEEP_SATURDAY);
    assert_int_equal(l[0].saturday.n, day("2020-02-29").n);
    assert_int_equal(l[2].saturday.n, day("2020-03-28").n);
}

/* Midnight in Berlin is not midnight in UTC, in neither half of the year. */
static void
a_saturday_of_berlin(void **state)
{
    (void)state;
    struct keep_line l[2];
    struct keep_state s[2] = {{.replicas = 2}, {.replicas = 2}};
    assert_ok(instant_parse(STR("2026-10-23T22:10:00Z"), &s[0].at)); /* 00:10 on Saturday 24th */
    assert_ok(instant_parse(STR("2026-10-31T22:59:00Z"), &s[1].at)); /* 23:59 on Saturday 31st */
    (void)plan_at(s, 2, at("2026-11-02", 0), l);
    assert_int_equal(l[0].day.n, day("2026-10-24").n);
    assert_int_equal(l[1].day.n, day("2026-10-31").n);
    assert_true((l[0].why & l[1].why & KEEP_SATURDAY) != 0);
}

static void
pins(void **state)
{
    (void)state;
    const struct instant now = at("2026-11-25", 60);
    struct keep_line l[3];
    static const struct {
        enum keep_pin pin;
        int32_t pinned_days, until_days; /* from now */
        bool stays;
    } rows[] = {
        {PIN_NONE,     -1,  10,  false},
        {PIN_RESTORE,  -90, 1,   true },
        {PIN_RESTORE,  -90, 0,   false},
        {PIN_HOLD,     -90, 1,   true },
        {PIN_HOLD,     -90, 0,   false},
        {PIN_CUSTOMER, -29, 1,   true },
        {PIN_CUSTOMER, -29, 0,   false},
        {PIN_CUSTOMER, -30, 300, false},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        const struct keep_state s[] = {
            good("2026-11-25"),
            good("2026-11-24"),
            {.at = at("2026-01-05", 60),
                            .replicas = 2,
                            .pin = rows[i].pin,
                            .pinned_at = {now.us + rows[i].pinned_days * DAY_US},
                            .pinned_until = {now.us + rows[i].until_days * DAY_US}},
        };
        (void)plan_at(s, 3, now, l);
        if (l[2].why != (rows[i].stays ? KEEP_PINNED : 0)) {
            FAIL_TEST("pin %zu: %x", i, l[2].why);
        }
    }
}

static void
a_clock_that_decides_nothing(void **state)
{
    (void)state;
    const struct instant now = at("2026-11-25", 60);
    const struct keep_state s[] = {good("2026-11-25"), good("2026-11-24"), good("2026-01-05")};
    const struct {
        enum time_trust trust;
        int64_t believed_us, now_us; /* from `now` */
        enum keep_clock clock;
        bool believed;
    } rows[] = {
        {TIME_GOOD,    -36 * HOUR_US,     0,        KEEP_CLOCK_GOOD,   true },
        {TIME_UNKNOWN, -1 * HOUR_US,      0,        KEEP_CLOCK_GOOD,   true },
        {TIME_UNKNOWN, 36 * HOUR_US,      0,        KEEP_CLOCK_GOOD,   true },
        {TIME_OFF,     0,                 0,        KEEP_CLOCK_WRONG,  false},
        {TIME_BACK,    0,                 0,        KEEP_CLOCK_WRONG,  false},
        {TIME_GOOD,    0,                 -HOUR_US, KEEP_CLOCK_BEHIND, false},
        {TIME_UNKNOWN, -36 * HOUR_US - 1, 0,        KEEP_CLOCK_JUMPED, false},
        {TIME_UNKNOWN, 36 * HOUR_US + 1,  0,        KEEP_CLOCK_JUMPED, false},
        {TIME_GOOD,    -36 * HOUR_US - 1, 0,        KEEP_CLOCK_JUMPED, true },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct err err = {0};
        struct keep_line l[3];
        struct keep_plan p;
        const struct keep_now k = {.now = {now.us + rows[i].now_us},
                                   .trust = rows[i].trust,
                                   .believed = {now.us + rows[i].believed_us}};
        assert_ok(keep(s, 3, &k, &err, l, &p));
        const bool is_good = rows[i].clock == KEEP_CLOCK_GOOD;
        assert_int_equal(p.clock, rows[i].clock);
        assert_int_equal(l[2].why, is_good ? 0 : KEEP_CLOCK);
        assert_int_equal(l[2].act, is_good ? KEEP_MARK : KEEP_STAY);
        assert_int_equal((p.stop & KEEP_CLOCK_OFF) != 0, !is_good);
        assert_int_equal(p.believed.us, rows[i].believed ? k.now.us : k.believed.us);
    }
}

/* The first run has nothing to compare with, and a backup of this very moment is none of later. */
static void
a_first_look_at_the_clock(void **state)
{
    (void)state;
    struct err err = {0};
    struct keep_line l[1];
    struct keep_plan p;
    const struct keep_state s[] = {good("2026-11-25")};
    for (int64_t before_us = 0; before_us < 2; before_us++) {
        const struct keep_now k = {
            .now = {s[0].at.us - before_us}, .trust = TIME_UNKNOWN, .believed = INSTANT_NONE};
        assert_ok(keep(s, 1, &k, &err, l, &p));
        assert_int_equal(p.clock, before_us == 0 ? KEEP_CLOCK_GOOD : KEEP_CLOCK_BEHIND);
        assert_int_equal(p.believed.us, before_us == 0 ? k.now.us : INSTANT_NONE.us);
    }
}

/* From fifty hours on it is an alarm. */
static void
when_the_newest_is_old(void **state)
{
    (void)state;
    struct keep_line l[1];
    const struct keep_state s[] = {good("2026-11-25")};
    const struct instant border = {s[0].at.us + 50 * HOUR_US};
    assert_false(plan_at(s, 1, border, l).old);
    assert_true(plan_at(s, 1, (struct instant){border.us + 1}, l).old);
}

/* What goes has a tombstone for 24 hours, a good backup of the last 26 hours behind it, and two
 * replicas of all that stays. */
static void
what_may_go(void **state)
{
    (void)state;
    const struct instant now = at("2026-11-25", 60);
    const struct {
        const char *what;
        int64_t newest_us, tombstone_us; /* ago; 0: no tombstone */
        int32_t replicas;
        unsigned stop;
        enum keep_act act;
    } rows[] = {
        {"first seen",         26 * HOUR_US,     0,                2, 0,               KEEP_MARK  },
        {"a day later",        26 * HOUR_US,     24 * HOUR_US,     2, 0,               KEEP_UNLINK},
        {"a little early",     26 * HOUR_US,     24 * HOUR_US - 1, 2, 0,               KEEP_WAIT  },
        {"tomorrow's mark",    26 * HOUR_US,     -5 * HOUR_US,     2, 0,               KEEP_WAIT  },
        {"nothing new",        26 * HOUR_US + 1, 48 * HOUR_US,     2, KEEP_NO_RECENT,  KEEP_WAIT  },
        {"nothing new, fresh", 26 * HOUR_US + 1, 0,                2, KEEP_NO_RECENT,  KEEP_STAY  },
        {"one copy only",      26 * HOUR_US,     48 * HOUR_US,     1, KEEP_FEW_COPIES, KEEP_WAIT  },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        const struct instant tombstone = rows[i].tombstone_us != 0
                                             ? (struct instant){now.us - rows[i].tombstone_us}
                                             : INSTANT_NONE;
        const struct keep_state s[] = {
            {.at = {now.us - rows[i].newest_us}, .replicas = 2},
            {                     .at = at("2026-11-23", 60),                   .replicas = rows[i].replicas},
            { .at = at("2026-01-05",       60),                         .replicas = 0, .tombstone = tombstone},
        };
        struct keep_line l[3];
        const struct keep_plan p = plan_at(s, 3, now, l);
        if (p.stop != rows[i].stop || l[2].act != rows[i].act || l[2].why != 0) {
            FAIL_TEST("%s: stop %x, act %d", rows[i].what, p.stop, (int)l[2].act);
        }
    }
    /* A day by the clock of now, not by the one that was believed last. */
    const struct keep_state marked[] = {
        good("2026-11-25"),
        good("2026-11-24"),
        {.at = at("2026-01-05", 60), .replicas = 2, .tombstone = {now.us - 24 * HOUR_US}}
    };
    const struct keep_now k = {
        .now = now, .trust = TIME_UNKNOWN, .believed = {now.us - 20 * HOUR_US}};
    struct err err = {0};
    struct keep_plan p;
    struct keep_line lines[3];
    assert_ok(keep(marked, 3, &k, &err, lines, &p));
    assert_int_equal(lines[2].act, KEEP_UNLINK);
    struct keep_state back[] = {good("2026-11-25"), good("2026-11-24")};
    struct keep_line l[2];
    back[1].tombstone = at("2026-11-24", 100);
    (void)plan_at(back, 2, now, l);
    assert_int_equal(l[1].act, KEEP_REVIVE);
}

static void
names_and_bounds(void **state)
{
    (void)state;
    struct err err = {0};
    struct keep_plan p;
    const struct keep_now k = {.now = at("2026-11-25", 0)};
    assert_string_equal(keep_why_name(KEEP_NEWEST), "newest");
    assert_string_equal(keep_why_name(KEEP_CLOCK), "clock");
    assert_string_equal(keep_why_name(KEEP_DOUBTFUL), "doubtful");
    assert_null(keep_why_name(KEEP_NEWEST | KEEP_WEEK));
    assert_null(keep_why_name(0));
    assert_rc(RC_LIMIT, keep(NULL, KEEP_STATES_MAX + 1, &k, &err, NULL, &p));
    static struct keep_state s[KEEP_STATES_MAX];
    static struct keep_line l[KEEP_STATES_MAX];
    for (size_t i = 0; i < KEEP_STATES_MAX; i++) {
        s[i] = (struct keep_state){.at = {k.now.us - (int64_t)i * HOUR_US}};
    }
    err = (struct err){0};
    assert_ok(keep(s, KEEP_STATES_MAX, &k, &err, l, &p));
    assert_int_equal(p.n_kept + p.n_gone, KEEP_STATES_MAX);
}

/* --- years ------------------------------------------------------------------------------------ */

struct file {
    struct keep_state s; /* as it is written down */
    struct instant true_at;
    struct day true_day;
    bool newest_of_saturday; /* when that day was over */
    bool second;             /* on demand, beside the daily one */
    int found_damaged_in;    /* days until its damage is noticed; 0 never */
    int64_t promised_us;     /* the latest time that anybody was ever told, of a true clock */
};

struct world {
    uint64_t seed;
    struct file files[FILES_MAX];
    size_t n;
    struct instant believed;
    int64_t off_us; /* of the clock */
    int off_days;   /* how long yet */
    int restamp_in;
    int outage_days;
    int misses; /* in a row */
    bool calm;  /* no damage, no outage, no wrong clock, at most two misses in a row */
    size_t most_kept, most_files;
    int64_t oldest_us;
    long unlinked, jumps, outages;
};

static uint64_t
roll(struct world *w)
{
    uint64_t z = (w->seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t
between(struct world *w, int64_t from, int64_t to)
{
    return from + (int64_t)(roll(w) % (uint64_t)(to - from + 1));
}

static bool
chance(struct world *w, int of_thousand)
{
    return between(w, 0, 999) < of_thousand;
}

static void
weather(struct world *w)
{
    if (w->calm) {
        return;
    }
    if (w->outage_days == 0 && chance(w, 6)) {
        w->outage_days = (int)between(w, 3, 40);
        w->outages++;
    }
    if (w->off_days > 0 && --w->off_days == 0) {
        w->off_us = 0;
        w->restamp_in = 2;
    } else if (w->off_days == 0 && w->restamp_in == 0 && chance(w, 5)) {
        static const int64_t widths[] = {2 * HOUR_US, 35 * HOUR_US, 40 * DAY_US, 500 * DAY_US};
        const int64_t width = widths[between(w, 0, 3)];
        w->off_us = between(w, -width, width);
        w->off_days = (int)between(w, 1, 6);
        w->jumps++;
    }
}

static void
add_file(struct world *w, struct instant now, struct day today, bool second)
{
    assert_true(w->n < FILES_MAX);
    w->files[w->n++] = (struct file){
        .s = {.at = {now.us + w->off_us}, .replicas = !w->calm && chance(w, 50) ? 1 : 2},
        .true_at = now,
        .true_day = today,
        .second = second,
        .found_damaged_in = !w->calm && chance(w, 30) ? (int)between(w, 1, 25) : 0,
    };
}

static void
drop_file(struct world *w, size_t i)
{
    w->files[i] = w->files[--w->n];
}

/* A day's backup (sometimes late, sometimes none, sometimes a second one), copies that come later,
 * damage that is noticed, and the operator who puts wrong times right. */
static void
live_a_day(struct world *w, struct day today)
{
    struct instant now = day_at(today, (struct clock_time){(int32_t)between(w, 10, 50)});
    const bool may_miss = !w->calm || w->misses < 2;
    if (chance(w, 100)) {
        now.us += between(w, 1, 21) * HOUR_US; /* a retry got through */
    }
    if (w->restamp_in > 0 && --w->restamp_in == 0) {
        for (size_t i = 0; i < w->n; i++) {
            w->files[i].s.at = w->files[i].true_at;
        }
    }
    for (size_t i = w->n; i-- > 0;) {
        struct file *f = &w->files[i];
        f->s.replicas += f->s.replicas < 2 && chance(w, 700);
        if (f->found_damaged_in > 0 && --f->found_damaged_in == 0) {
            drop_file(w, i);
        } else if (!w->calm && chance(w, f->s.is_doubtful ? 80 : 4)) {
            f->s.is_doubtful = !f->s.is_doubtful; /* damaged; or made anew from a copy */
        }
    }
    if (may_miss && chance(w, 150)) {
        w->misses++;
        return;
    }
    w->misses = 0;
    add_file(w, now, today, false);
    if (!w->calm && chance(w, 20)) {
        now.us = between(w, now.us + 1, day_at(today, (struct clock_time){EVENING}).us);
        add_file(w, now, today, true);
    }
}

static void
end_of_day(struct world *w, struct day today)
{
    int newest = -1;
    for (size_t i = 0; i < w->n && day_weekday(today) == 6; i++) {
        if (w->files[i].true_day.n == today.n &&
            (newest < 0 || w->files[i].true_at.us > w->files[newest].true_at.us)) {
            newest = (int)i;
        }
    }
    if (newest >= 0) {
        w->files[newest].newest_of_saturday = true;
    }
}

static int
good_behind(const struct world *w, const struct file *f)
{
    int newer = 0;
    for (size_t i = 0; i < w->n; i++) {
        newer += !w->files[i].s.is_doubtful && w->files[i].true_at.us > f->true_at.us;
    }
    return newer;
}

/* Called before a file is unlinked: the promises, in true time. */
static void
may_be_missed(const struct world *w, const struct file *f, struct instant now, uint64_t history)
{
    const int64_t age = now.us - f->true_at.us;
    if (age < (f->s.is_doubtful ? 36 : 7) * DAY_US) {
        FAIL_TEST("history %llu: a backup of %lld h is gone", (unsigned long long)history,
                  (long long)(age / HOUR_US));
    }
    if (!f->s.is_doubtful && f->newest_of_saturday && age < 28 * DAY_US) {
        FAIL_TEST("history %llu: a Saturday of %lld h is gone", (unsigned long long)history,
                  (long long)(age / HOUR_US));
    }
    if (!f->s.is_doubtful && now.us < f->promised_us) {
        FAIL_TEST("history %llu: one that was promised for %lld h more is gone",
                  (unsigned long long)history, (long long)((f->promised_us - now.us) / HOUR_US));
    }
    if (good_behind(w, f) < 2) {
        FAIL_TEST("history %llu: one of the last two is gone", (unsigned long long)history);
    }
}

/* What a page of that time says: nobody looks by a clock that is wrong, and is held to it. */
static void
promise(struct world *w, struct instant now)
{
    struct keep_state s[FILES_MAX];
    struct keep_line l[FILES_MAX];
    if (w->off_days > 0 || w->restamp_in > 0) {
        return;
    }
    for (size_t i = 0; i < w->n; i++) {
        s[i] = w->files[i].s;
    }
    (void)plan_at(s, w->n, now, l);
    for (size_t i = 0; i < w->n; i++) {
        struct file *f = &w->files[i];
        const int64_t until = keep_until(&s[i], &l[i]).us;
        if (!f->s.is_doubtful && until > f->promised_us) {
            f->promised_us = until;
        }
    }
}

static void
count(struct world *w, const struct keep_line *l, const struct keep_plan *p, struct instant now,
      uint64_t history)
{
    size_t seconds = 0, kept = 0;
    int64_t oldest = 0, oldest_file = 0;
    for (size_t i = 0; i < w->n; i++) {
        const int64_t age = now.us - w->files[i].true_at.us;
        const bool last_two = (l[i].why & KEEP_NEWEST) != 0 || good_behind(w, &w->files[i]) < 2;
        seconds += w->files[i].second;
        kept += l[i].why != 0 && !w->files[i].s.is_doubtful;
        oldest = l[i].why != 0 && !last_two && age > oldest ? age : oldest;
        oldest_file = age > oldest_file && !last_two ? age : oldest_file;
    }
    if (p->clock != KEEP_CLOCK_GOOD || w->off_days > 0 || w->restamp_in > 0) {
        return; /* the promises hold; numbers mean little while the clock is wrong */
    }
    if (kept > KEEP_FILES_MAX + seconds) {
        FAIL_TEST("history %llu: %zu are kept", (unsigned long long)history, kept);
    }
    if (oldest > (w->calm ? 36 : 62) * DAY_US) {
        FAIL_TEST("history %llu: one is kept for %lld h", (unsigned long long)history,
                  (long long)(oldest / HOUR_US));
    }
    const size_t daily = kept - (seconds < kept ? seconds : kept);
    w->most_kept = daily > w->most_kept ? daily : w->most_kept;
    w->most_files = w->n > w->most_files ? w->n : w->most_files;
    w->oldest_us = oldest_file > w->oldest_us ? oldest_file : w->oldest_us;
}

/* Retention as the server would run it: plan, then do what it says. */
static void
prune(struct world *w, struct instant now, uint64_t history)
{
    struct keep_state s[FILES_MAX];
    struct keep_line l[FILES_MAX];
    struct keep_plan p;
    struct err err = {0};
    const struct keep_now k = {.now = {now.us + w->off_us},
                               .trust = w->off_days > 0 ? TIME_UNKNOWN : TIME_GOOD,
                               .believed = w->believed};
    for (size_t i = 0; i < w->n; i++) {
        s[i] = w->files[i].s;
    }
    assert_ok(keep(s, w->n, &k, &err, l, &p));
    w->believed = p.believed;
    count(w, l, &p, now, history);
    for (size_t i = w->n; i-- > 0;) {
        struct file *f = &w->files[i];
        switch (l[i].act) {
        case KEEP_MARK:
            f->s.tombstone = k.now;
            break;
        case KEEP_REVIVE:
            f->s.tombstone = INSTANT_NONE;
            break;
        case KEEP_UNLINK:
            may_be_missed(w, f, now, history);
            drop_file(w, i);
            w->unlinked++;
            break;
        case KEEP_STAY:
        case KEEP_WAIT:
            break;
        }
    }
}

static void
live(uint64_t history, struct world *total)
{
    struct world w = {.seed = history * 7919 + 1, .calm = history % 4 == 0};
    const int32_t first = day("2022-06-01").n + (int32_t)between(&w, 0, 4000);
    for (int32_t d = first; d < first + HISTORY_DAYS; d++) {
        weather(&w);
        if (d % 2 == 0) {
            promise(&w, day_at((struct day){d}, (struct clock_time){5}));
        }
        if (w.outage_days > 0) {
            w.outage_days--;
            continue;
        }
        live_a_day(&w, (struct day){d});
        end_of_day(&w, (struct day){d});
        if (d % 2 != 0) {
            promise(&w, day_at((struct day){d}, (struct clock_time){EVENING}));
        }
        prune(&w, day_at((struct day){d}, (struct clock_time){EVENING}), history);
    }
    assert_true(w.unlinked > HISTORY_DAYS / 3);
    total->most_kept = w.most_kept > total->most_kept ? w.most_kept : total->most_kept;
    total->most_files = w.most_files > total->most_files ? w.most_files : total->most_files;
    total->jumps += w.jumps;
    total->outages += w.outages;
    total->unlinked += w.unlinked;
    if (w.calm) {
        /* A mark on one good day, the unlink on another at least 24 hours later, up to two missed
         * days before each, and an evening that comes 23 hours after the last one. */
        total->oldest_us = w.oldest_us > total->oldest_us ? w.oldest_us : total->oldest_us;
        assert_true(w.oldest_us <= 45 * DAY_US);
        if (w.most_files > KEEP_FILES_MAX + 6) {
            FAIL_TEST("history %llu: %zu files", (unsigned long long)history, w.most_files);
        }
    }
}

static void
years_at_random(void **state)
{
    (void)state;
    const char *more = getenv("KONTOR_ROUNDS");
    const uint64_t histories = more != NULL ? strtoull(more, NULL, 10) : HISTORIES;
    struct world total = {0};
    for (uint64_t h = 0; h < histories; h++) {
        live(h, &total);
    }
    print_message("# %llu histories of 3 years: at most %zu kept of one a day and %zu files, %lld "
                  "days old in "
                  "calm ones; %ld wrong clocks, %ld outages, %ld unlinked\n",
                  (unsigned long long)histories, total.most_kept, total.most_files,
                  (long long)(total.oldest_us / DAY_US), total.jumps, total.outages,
                  total.unlinked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_year),
        cmocka_unit_test(the_border_of_each_age),
        cmocka_unit_test(the_last_two_never_go),
        cmocka_unit_test(after_an_outage),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(days_with_gaps),
        cmocka_unit_test(who_stands_for_a_saturday),
        cmocka_unit_test(saturdays_of_the_calendar),
        cmocka_unit_test(a_saturday_of_berlin),
        cmocka_unit_test(pins),
        cmocka_unit_test(a_clock_that_decides_nothing),
        cmocka_unit_test(a_first_look_at_the_clock),
        cmocka_unit_test(when_the_newest_is_old),
        cmocka_unit_test(what_may_go),
        cmocka_unit_test(names_and_bounds),
        cmocka_unit_test(years_at_random),
    };
    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
