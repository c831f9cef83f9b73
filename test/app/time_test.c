/* The rules of times: rounding, midnight and the two DST nights, the edit lock, open projects, full
 * days, and that a project's kept sum follows every change. */
#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "store/sql.h"
#include "times.h"

/* --- shorthands ----------------------------------------------------------------------------------
 */

static struct day
day(int y, int m, int d)
{
    struct day r;

    assert_int_equal(day_of(y, m, d, &r), OK);
    return r;
}

static struct clock_time
at(int h, int m)
{
    return (struct clock_time){h * 60 + m};
}

static void
set_rules(const char *body)
{
    const struct office_page p = {.query = STR(""), .user = OFFICE_ADMIN};

    assert_int_equal(office_post(&office, &workspace_domain, "/einstellungen/zeiten", &p, body).rc,
                     OK);
}

static struct time_form
form(struct day d, int32_t minutes)
{
    return (struct time_form){.project_id = portal,
                              .category_id = concept,
                              .day = d,
                              .minutes = {minutes},
                              .from_clock = CLOCK_NONE,
                              .to_clock = CLOCK_NONE,
                              .note = STR("Entwurf"),
                              .billable = true};
}

struct act {
    struct time_form form;
    struct time_entry_id id;
    struct principal who;
};

static enum rc
do_add(struct wtx *tx, void *arg)
{
    struct act *a = arg;

    return time_add(tx, &a->who, &a->form, &a->id);
}

static enum rc
do_change(struct wtx *tx, void *arg)
{
    struct act *a = arg;

    return time_change(tx, &a->who, a->id, &a->form);
}

static enum rc
do_remove(struct wtx *tx, void *arg)
{
    struct act *a = arg;

    return time_remove(tx, &a->who, a->id, a->form.version);
}

static enum rc
do_check_sums(struct rtx *tx, void *arg)
{
    (void)arg;
    return project_check_minutes(tx);
}

/* Every verb leaves the kept sums right, also when it refused. */
static enum rc
run(int64_t user, enum rc (*fn)(struct wtx *, void *), struct act *a)
{
    a->who = office_who(user);
    enum rc rc = office_write(&office, user, fn, a);
    const struct err err = office.err;

    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check_sums, NULL), OK);
    office.err = err;
    return rc;
}

static void
refused(int64_t user, const struct time_form *f, enum rc rc, enum code code, const char *field)
{
    struct act a = {.form = *f};

    assert_int_equal(run(user, do_add, &a), rc);
    assert_string_equal(code_name(office.err.code), code_name(code));
    assert_string_equal(office.err.field, field);
}

static struct act
booked(int64_t user, const struct time_form *f)
{
    struct act a = {.form = *f};

    assert_int_equal(run(user, do_add, &a), OK);
    a.form.version = 1;
    return a;
}

struct one_in {
    int64_t id;
};
struct one_row {
    int64_t minutes, raw, is_free, version;
};
static const struct sql_slot one_in_slots[] = {
    {"id", SQL_I64, false, offsetof(struct one_in, id)},
};
static const struct sql_slot one_out_slots[] = {
    {"minutes",     SQL_I64, false, offsetof(struct one_row, minutes)},
    {"raw_minutes", SQL_I64, false, offsetof(struct one_row, raw)    },
    {"free_input",  SQL_I64, false, offsetof(struct one_row, is_free)},
    {"version",     SQL_I64, false, offsetof(struct one_row, version)},
};
static const struct sql_stmt one_stmt = {
    .name = "test_time_one",
    .sqlite = "SELECT minutes, raw_minutes, free_input, version FROM time_entry WHERE id = ?1",
    .postgres = "",
    .in = one_in_slots,
    .n_in = COUNT(one_in_slots),
    .row = one_out_slots,
    .n_row = COUNT(one_out_slots),
    .row_size = sizeof(struct one_row),
};
static const struct sql_stmt invoice_stmt = {
    .name = "test_time_invoice",
    .owner = "time",
    .sqlite = "UPDATE time_entry SET invoiced = 1 WHERE id = ?1",
    .postgres = "",
    .in = one_in_slots,
    .n_in = COUNT(one_in_slots),
    .writes = true,
};

struct stored {
    struct one_in in;
    struct one_row row;
};

static enum rc
do_read(struct rtx *tx, void *arg)
{
    struct stored *s = arg;

    return sql_one(tx, &one_stmt, &s->in, &s->row);
}

static struct one_row
stored(struct time_entry_id id)
{
    struct stored s = {.in = {id.n}};

    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_read, &s), OK);
    return s.row;
}

static enum rc
do_invoice(struct wtx *tx, void *arg)
{
    const struct act *a = arg;
    const struct one_in in = {a->id.n};

    wtx_allow_untouched(tx, "test");
    return sql_change(tx, &invoice_stmt, &in);
}

static enum rc
do_complete(struct wtx *tx, void *arg)
{
    const struct project_status_form f = {.status = PROJECT_INVOICING, .version = 1};

    (void)arg;
    return project_set_status(tx, portal, &f);
}

/* --- pure rules ------------------------------------------------------------------------------ */

static void
test_round(void **state)
{
    static const struct {
        int32_t raw, raster, billed;
    } t[] = {
        {0,    15, 0   },
        {1,    15, 15  },
        {15,   15, 15  },
        {16,   15, 30  },
        {1,    3,  3   },
        {3,    3,  3   },
        {4,    3,  6   },
        {7,    0,  7   },
        {7,    1,  7   },
        {1439, 15, 1440},
        {1440, 15, 1440},
        {1440, 3,  1440},
        {1440, 0,  1440},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        assert_int_equal(time_round((struct minutes){t[i].raw}, (struct minutes){t[i].raster}).n,
                         t[i].billed);
    }
}

/* The real time between two clock readings, over midnight and in both nights of the clock change.
 */
static void
test_between(void **state)
{
    const struct {
        struct day day;
        struct clock_time from, to;
        int32_t minutes;
    } t[] = {
        {day(2026, 11, 24), at(9,  0),  at(10, 30), 90  },
        {day(2026, 11, 24), at(9,  0),  at(9,  0),  0   },
        {day(2026, 11, 24), at(22, 0),  at(1,  30), 210 },
        {day(2026, 11, 24), at(22, 0),  at(0,  0),  120 },
        {day(2026, 11, 24), at(22, 0),  at(24, 0),  120 },
        {day(2026, 11, 24), at(0,  0),  at(24, 0),  1440},
        {day(2026, 11, 24), at(0,  1),  at(0,  0),  1439},
        {day(2026, 12, 31), at(23, 0),  at(1,  0),  120 },
 /* 29 March: 2:00 is 3:00 */
        {day(2026, 3,  29), at(1,  0),  at(4,  0),  120 },
        {day(2026, 3,  28), at(22, 0),  at(6,  0),  420 },
        {day(2026, 3,  29), at(0,  0),  at(24, 0),  1380},
        {day(2026, 3,  29), at(1,  30), at(2,  30), 60  },
 /* 25 October: 3:00 is 2:00 again */
        {day(2026, 10, 25), at(1,  0),  at(4,  0),  240 },
        {day(2026, 10, 24), at(22, 0),  at(6,  0),  540 },
        {day(2026, 10, 25), at(3,  0),  at(4,  0),  60  },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        const int32_t n = time_between(t[i].day, t[i].from, t[i].to).n;

        if (n != t[i].minutes) {
            FAIL_TEST("case %zu: %d minutes", i, n);
        }
    }
}

static void
test_lock(void **state)
{
    const struct principal recorder = office_who(OFFICE_RECORDER_2);
    const struct principal admin = office_who(OFFICE_ADMIN);

    (void)state;
    assert_false(time_is_locked(&recorder, day(2020, 1, 1), today, 0));
    assert_false(time_is_locked(&recorder, day(2026, 11, 17), today, 7));
    assert_true(time_is_locked(&recorder, day(2026, 11, 16), today, 7));
    assert_false(time_is_locked(&admin, day(2026, 11, 16), today, 7));
    assert_false(time_is_locked(&recorder, day(2026, 11, 30), today, 7));
}

/* --- booking --------------------------------------------------------------------------------- */

static void
test_raster_keeps_raw(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 7);
    struct act a;
    struct one_row r;

    (void)state;
    set_rules("raster=15&lock_days=&week_minutes=40&version=0&policy_version=0");
    a = booked(OFFICE_RECORDER_2, &f);
    r = stored(a.id);
    assert_int_equal(r.minutes, 15);
    assert_int_equal(r.raw, 7);
    assert_int_equal(r.is_free, 0);
    /* another raster does not touch what is booked, until the duration itself changes */
    set_rules("raster=0&lock_days=&week_minutes=40&version=1&policy_version=1");
    a.form.note = STR("Entwurf 2");
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
    r = stored(a.id);
    assert_int_equal(r.minutes, 15);
    assert_int_equal(r.version, 2);
    a.form.minutes.n = 8;
    a.form.version = 2;
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
    r = stored(a.id);
    assert_int_equal(r.minutes, 8);
    assert_int_equal(r.is_free, 1);
    set_rules("raster=3&lock_days=&week_minutes=40&version=2&policy_version=1");
    r = stored(booked(OFFICE_RECORDER_2, &f).id);
    assert_int_equal(r.minutes, 9);
    assert_int_equal(r.raw, 7);
}

static void
test_clocks_give_the_duration(void **state)
{
    struct time_form f = form(day(2026, 10, 24), NONE_I32);

    (void)state;
    set_rules("raster=0&lock_days=&week_minutes=40&version=0&policy_version=0");
    f.from_clock = at(22, 0);
    f.to_clock = at(6, 0);
    assert_int_equal(stored(booked(OFFICE_RECORDER_2, &f).id).raw, 540);
    f.day = day(2026, 3, 28);
    assert_int_equal(stored(booked(OFFICE_RECORDER_2, &f).id).raw, 420);
    f.minutes.n = 400; /* a break: what was typed counts */
    assert_int_equal(stored(booked(OFFICE_RECORDER_2, &f).id).raw, 400);
    f.to_clock = CLOCK_NONE;
    f.minutes = MINUTES_NONE;
    refused(OFFICE_RECORDER_2, &f, RC_INVALID, E_FIELD_REQUIRED, "minutes");
}

static void
test_refusals(void **state)
{
    struct time_form f = form(today, 60);

    (void)state;
    set_rules("raster=15&lock_days=7&week_minutes=40&version=0&policy_version=0");
    f.minutes.n = 0;
    assert_int_equal(stored(booked(OFFICE_RECORDER_2, &f).id).minutes, 0);
    f.minutes.n = 1441;
    refused(OFFICE_RECORDER_2, &f, RC_INVALID, E_FIELD_DURATION, "minutes");
    f = form(day(2027, 11, 26), 60);
    refused(OFFICE_RECORDER_2, &f, RC_INVALID, E_TIME_AHEAD, "day");
    f.day = day(2027, 11, 25);
    booked(OFFICE_RECORDER_2, &f);
    f.day = day(2026, 11, 16);
    refused(OFFICE_RECORDER_2, &f, RC_CONFLICT, E_TIME_LOCKED, "day");
    assert_string_equal(office.err.arg, "7");
    booked(OFFICE_ADMIN, &f);
    f = form(today, 60);
    f.project_id.n = 99;
    refused(OFFICE_RECORDER_2, &f, RC_INVALID, E_FIELD_ID, "project_id");
    f = form(today, 60);
    f.category_id.n = 99;
    refused(OFFICE_RECORDER_2, &f, RC_INVALID, E_FIELD_ID, "category_id");
    /* time recorder 1 books on own projects only */
    f = form(today, 60);
    refused(OFFICE_RECORDER_1, &f, RC_INVALID, E_FIELD_ID, "project_id");
    f.project_id = relaunch;
    booked(OFFICE_RECORDER_1, &f);
}

static void
test_for_others(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 60);

    (void)state;
    f.user_id.n = OFFICE_RECORDER_1;
    refused(OFFICE_LEADER, &f, RC_DENIED, E_DENIED, "user_id");
    booked(OFFICE_ADMIN, &f);
    f.user_id.n = 99;
    refused(OFFICE_ADMIN, &f, RC_INVALID, E_FIELD_ID, "user_id");
}

static void
test_day_full(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 1380);
    struct act a;

    (void)state;
    a = booked(OFFICE_RECORDER_2, &f);
    f.minutes.n = 61;
    refused(OFFICE_RECORDER_2, &f, RC_CONFLICT, E_TIME_DAY_FULL, "minutes");
    assert_string_equal(office.err.arg, "23:00");
    f.minutes.n = 60;
    booked(OFFICE_RECORDER_2, &f);
    booked(OFFICE_LEADER, &f); /* another person's day */
    a.form.minutes.n = 1320;   /* its own minutes do not count against it */
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
}

static enum rc
do_close_category(struct wtx *tx, void *arg)
{
    const struct category_form k = {
        .name = STR("Konzeption"), .sort_no = 10, .rate = MONEY_NONE, .version = 1};

    (void)arg;
    return category_change(tx, concept, &k);
}

/* A closed category is no longer given, but entries keep it. */
static void
test_closed_category(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 60);
    struct act a = booked(OFFICE_RECORDER_2, &f);

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_close_category, NULL), OK);
    refused(OFFICE_RECORDER_2, &f, RC_CONFLICT, E_CATEGORY_CLOSED, "category_id");
    a.form.minutes.n = 75;
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
}

static void
test_closed_project(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 60);
    struct act a = booked(OFFICE_RECORDER_2, &f);

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_complete, NULL), OK);
    refused(OFFICE_RECORDER_2, &f, RC_CONFLICT, E_PROJECT_NOT_OPEN, "project_id");
    a.form.project_id = relaunch; /* moving it away would change the closed one's sum */
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), RC_CONFLICT);
    assert_int_equal(office.err.code, E_PROJECT_NOT_OPEN);
    assert_int_equal(run(OFFICE_RECORDER_2, do_remove, &a), RC_CONFLICT);
}

static void
test_invoiced(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 60);
    struct act a = booked(OFFICE_ADMIN, &f);

    (void)state;
    assert_int_equal(office_write(&office, OFFICE_ADMIN, do_invoice, &a), OK);
    a.form.minutes.n = 75;
    assert_int_equal(run(OFFICE_ADMIN, do_change, &a), RC_CONFLICT);
    assert_int_equal(office.err.code, E_TIME_INVOICED);
    assert_int_equal(run(OFFICE_ADMIN, do_remove, &a), RC_CONFLICT);
    assert_int_equal(stored(a.id).minutes, 60);
}

/* The kept sums follow every step (asked in run()); a stale or unchanged form writes nothing. */
static void
test_change_move_remove(void **state)
{
    struct time_form f = form(day(2026, 11, 24), 60);
    struct act a = booked(OFFICE_RECORDER_2, &f);

    (void)state;
    a.form.user_id.n = OFFICE_RECORDER_2;
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
    assert_int_equal(stored(a.id).version, 1);
    a.form.project_id = relaunch;
    a.form.minutes.n = 90;
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), OK);
    assert_int_equal(stored(a.id).version, 2);
    assert_int_equal(run(OFFICE_RECORDER_2, do_change, &a), RC_CONFLICT);
    assert_int_equal(office.err.code, E_STALE);
    assert_int_equal(run(OFFICE_RECORDER_2, do_remove, &a), RC_CONFLICT);
    assert_int_equal(office.err.code, E_STALE);
    a.form.version = 2;
    assert_int_equal(run(OFFICE_RECORDER_2, do_remove, &a), OK);
    assert_int_equal(run(OFFICE_RECORDER_2, do_remove, &a), RC_MISSING);
}

/* --- timers ---------------------------------------------------------------------------------- */

struct watch {
    struct timer_form form;
    struct timer_id id;
    struct time_entry_id entry;
    struct timer_view view;
    struct principal who;
};

static enum rc
do_start(struct wtx *tx, void *arg)
{
    struct watch *w = arg;

    return timer_start(tx, &w->who, &w->form, &w->id);
}

static enum rc
do_pause(struct wtx *tx, void *arg)
{
    const struct watch *w = arg;

    return timer_pause(tx, w->id);
}

static enum rc
do_resume(struct wtx *tx, void *arg)
{
    const struct watch *w = arg;

    return timer_resume(tx, w->id);
}

static enum rc
do_book(struct wtx *tx, void *arg)
{
    struct watch *w = arg;

    return timer_book(tx, &w->who, w->id, &w->entry);
}

static enum rc
do_view(struct rtx *tx, void *arg)
{
    struct watch *w = arg;
    struct timer_view *v;
    size_t n;

    TRY(timer_views(tx, w->who.user, &v, &n));
    w->view = n > 0 ? v[0] : (struct timer_view){0};
    return OK;
}

static enum rc
watch(struct watch *w, enum rc (*fn)(struct wtx *, void *))
{
    enum rc rc = office_write(&office, OFFICE_RECORDER_2, fn, w);
    const struct err err = office.err;

    assert_int_equal(office_read(&office, OFFICE_RECORDER_2, do_view, w), OK);
    office.err = err;
    return rc;
}

static struct watch
started(void)
{
    struct watch w = {
        .form = {.project_id = portal,
                 .category_id = concept,
                 .note = STR("Entwurf"),
                 .billable = true},
        .who = office_who(OFFICE_RECORDER_2)
    };

    assert_int_equal(watch(&w, do_start), OK);
    return w;
}

static void
pass(int64_t seconds)
{
    office.now.us += seconds * 1000000;
}

static void
test_timer_counts(void **state)
{
    struct watch w = started();

    (void)state;
    set_rules("raster=0&lock_days=&week_minutes=40&version=0&policy_version=0");
    pass(90);
    assert_int_equal(watch(&w, do_pause), OK);
    pass(1000);
    assert_int_equal(watch(&w, do_pause), OK); /* twice is once */
    assert_int_equal(w.view.seconds, 90);
    assert_false(w.view.running);
    assert_int_equal(watch(&w, do_resume), OK);
    pass(31);
    assert_int_equal(watch(&w, do_resume), OK);
    assert_int_equal(w.view.seconds, 121);
    office.now.us -= 3600 * 1000000LL; /* a clock put back takes nothing away */
    assert_int_equal(watch(&w, do_resume), OK);
    assert_int_equal(w.view.seconds, 90);
    office.now.us += 3600 * 1000000LL;
    assert_int_equal(watch(&w, do_book), OK);
    assert_int_equal(stored(w.entry).raw, 3); /* begun minutes count */
    assert_int_equal(w.view.id.n, 0);
    assert_int_equal(office_read(&office, OFFICE_ADMIN, do_check_sums, NULL), OK);
}

static void
test_timer_refusals(void **state)
{
    struct watch w = started();

    (void)state;
    pass(24 * 3600);
    assert_int_equal(watch(&w, do_book), OK);
    w = started();
    pass(24 * 3600 + 1);
    assert_int_equal(watch(&w, do_book), RC_CONFLICT);
    assert_int_equal(office.err.code, E_TIMER_LONG);
    w.form.category_id.n = 0;
    assert_int_equal(watch(&w, do_start), OK);
    assert_int_equal(watch(&w, do_book), RC_CONFLICT);
    assert_int_equal(office.err.code, E_TIMER_CATEGORY);
    w.form.category_id.n = 99;
    assert_int_equal(watch(&w, do_start), RC_INVALID);
    assert_int_equal(office.err.code, E_FIELD_ID);
    w.form.category_id = concept;
    for (int i = 2; i < TIMERS_MAX; i++) {
        assert_int_equal(watch(&w, do_start), OK);
    }
    assert_int_equal(watch(&w, do_start), RC_LIMIT);
    assert_int_equal(office.err.code, E_TIMER_MANY);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, times_open_plain, times_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round),
        TEST(test_between),
        TEST(test_lock),
        TEST(test_raster_keeps_raw),
        TEST(test_clocks_give_the_duration),
        TEST(test_refusals),
        TEST(test_for_others),
        TEST(test_day_full),
        TEST(test_closed_category),
        TEST(test_closed_project),
        TEST(test_invoiced),
        TEST(test_change_move_remove),
        TEST(test_timer_counts),
        TEST(test_timer_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
