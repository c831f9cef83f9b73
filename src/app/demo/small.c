/* small.c: profile S: a small agency, and with it every hard case there is by now. */
#include "app/demo/fill.h"

#include "app/user/user.h"
#include "base/time.h"

enum { COMPANIES = 25, PROJECTS = 30, BUSY = 20, DAYS = 70 };

/* --- projects -------------------------------------------------------------------------------- */

/* Some have no plan; the first two get theirs when it is known what was booked. */
static struct minutes
planned(struct fill *f, int i)
{
    static const int32_t hours[] = {400, 200, 120, 200, 0, 80};

    return (struct minutes){i < (int)COUNT(hours) ? hours[i] * 60
                                                  : dice_between(&f->shape, 0, 160) * 60};
}

static enum rc
add_projects(struct fill *f)
{
    for (int i = 0; i < PROJECTS; i++) {
        TRY(fill_project(f, i < 9 ? i : (int32_t)dice_zipf(&f->shape, COMPANIES), planned(f, i)));
    }
    return OK;
}

/* Every status, a resting project and a pattern; the busy ones stay open. */
static enum rc
set_statuses(struct fill *f)
{
    static const enum project_status statuses[] = {
        PROJECT_READY, PROJECT_INVOICING, PROJECT_COMPLETED, PROJECT_CANCELLED, PROJECT_COMPLETED};
    struct project_form p;

    for (int32_t i = 0; i < (int32_t)COUNT(statuses); i++) {
        TRY(fill_status(f, PROJECTS - 1 - i, statuses[i]));
    }
    TRY(project_form_of(wtx_read(f->tx), f->project[BUSY + 3], &p));
    p.active = false;
    TRY(project_change(f->tx, f->project[BUSY + 3], &p));
    TRY(project_form_of(wtx_read(f->tx), f->project[BUSY + 4], &p));
    p.is_template = true;
    return project_change(f->tx, f->project[BUSY + 4], &p);
}

/* The first is over its plan, the second near it. */
static enum rc
set_plans(struct fill *f)
{
    static const int32_t percent[] = {112, 91};
    struct project_form p;

    for (size_t i = 0; i < COUNT(percent); i++) {
        TRY(project_form_of(wtx_read(f->tx), f->project[i], &p));
        p.planned_minutes.n = (int32_t)(f->truth->project[i] * 100 / percent[i] / 60) * 60;
        TRY(project_change(f->tx, f->project[i], &p));
    }
    return OK;
}

/* The rate goes up twice, as in the middle of a month. */
static enum rc
change_rates(struct fill *f)
{
    static const int64_t rates[] = {9000, 9500, 11050};
    struct project_form p;

    for (size_t i = 0; i < COUNT(rates); i++) {
        TRY(project_form_of(wtx_read(f->tx), f->project[1], &p));
        TRY(project_set_rate(f->tx, f->project[1],
                             &(struct project_rate_form){{rates[i]}, p.version}));
    }
    return OK;
}

/* --- times ----------------------------------------------------------------------------------- */

/* Who left has only old entries. */
static enum rc
book_day(struct fill *f, int32_t who, struct day day)
{
    bool left = f->n_people > 1 && who == f->n_people - 1;
    struct day when = {left ? day.n - 200 : day.n};

    for (int n = dice_between(&f->shape, 2, 5); n > 0; n--) {
        TRY(fill_entry(f, who, (int32_t)dice_zipf(&f->shape, BUSY), when, fill_length(f)));
    }
    return OK;
}

/* Each working day of ten weeks. */
static enum rc
book_days(struct fill *f)
{
    for (int32_t back = DAYS; back >= 0; back--) {
        struct day day = {f->today.n - back};

        if (day_weekday(day) > 5) {
            continue;
        }
        for (int32_t who = 0; who < f->n_people; who++) {
            TRY(book_day(f, who, day));
        }
    }
    /* The others were worked on once, more than two months ago. */
    for (int32_t i = BUSY; i < PROJECTS; i++) {
        TRY(fill_entry(f, 0, i, (struct day){f->today.n - 75 - i}, (struct minutes){90}));
    }
    return OK;
}

/* The last Sunday of a month. */
static struct day
last_sunday(int32_t year, int32_t month)
{
    struct day d = {0};

    if (day_of(year, month, 31, &d) != OK) {
        return d;
    }
    return (struct day){d.n - day_weekday(d) % 7};
}

static enum rc
book_clock(struct fill *f, struct day day, int32_t from, int32_t to, int32_t worked,
           struct str note)
{
    struct time_form t = {
        .project_id = f->project[2],
        .category_id = f->category[2],
        .day = day,
        .minutes = MINUTES_NONE,
        .from_clock = {from},
        .to_clock = {to},
        .note = note,
        .billable = true,
        .user_id = f->people[0],
    };

    return fill_entry_form(f, &t, (struct minutes){worked});
}

static enum rc
book_hard_cases(struct fill *f)
{
    int32_t year = day_civil(f->today).year - 1;
    struct time_form none = {
        .project_id = f->project[3],
        .category_id = f->category[0],
        .day = {f->today.n - 3},
        .minutes = {0},
        .from_clock = CLOCK_NONE,
        .to_clock = CLOCK_NONE,
        .note = words_canary(&f->words),
        .user_id = f->people[0],
    };
    struct day leap;

    TRY(day_of(2024, 2, 29, &leap));
    /* 01:30 to 03:30 is one hour in the spring night and three in the autumn night. */
    TRY(book_clock(f, last_sunday(year, 3), 90, 210, 60, STR("Umstellung auf die Sommerzeit")));
    TRY(book_clock(f, last_sunday(year, 10), 90, 210, 180, STR("Umstellung auf die Normalzeit")));
    TRY(book_clock(f, leap, 540, 660, 120, STR("Am 29. Februar")));
    TRY(book_clock(f, (struct day){f->today.n - 9}, 22 * 60, 90, 210, STR("Über Mitternacht")));
    return fill_entry_form(f, &none, none.minutes);
}

/* Somebody forgot it three days ago; another one runs since this morning. */
static enum rc
start_timers(struct fill *f)
{
    static const int64_t hours[] = {72, 2};
    struct timer_id id;

    for (size_t i = 0; i < COUNT(hours); i++) {
        struct instant begun = {wtx_now(f->tx).us - hours[i] * 3600 * 1000000};
        struct timer_form t = {.project_id = f->project[i],
                               .category_id = f->category[i],
                               .note = words_note(&f->words, 3, 100),
                               .billable = true};

        TRY(timer_start_at(f->tx, &f->boss, &t, begun, &id));
    }
    return OK;
}

enum rc
fill_small(struct fill *f)
{
    for (int i = 0; i < COMPANIES; i++) {
        TRY(fill_company(f, words_hard_company(&f->words, (size_t)i)));
    }
    TRY(add_projects(f));
    TRY(change_rates(f));
    TRY(book_days(f));
    TRY(book_hard_cases(f));
    TRY(set_plans(f));
    TRY(start_timers(f));
    if (f->n_people > 1) {
        TRY(user_lock(f->tx, f->people[f->n_people - 1])); /* has left; the hours stay */
    }
    return set_statuses(f);
}
