/* calendar_web.c: which states there are, a month at a time, and one of them closely. */
#include "app/restore/pages.h"
#include "app/restore/progress.h"
#include "app/restore/restore.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "http/reply.h"

#include "order.sql.h"

enum { WEEK = 7, WEEKS_MAX = 6 };
enum { WEEK_KEPT = 7, SATURDAY_KEPT = 28 }; /* days for which a state is promised */

/* What a day shows. */
enum day_mark {
    MARK_NONE = 1, /* before there was this workspace */
    MARK_GOOD,
    MARK_LATE,   /* there is one, but not at the first attempt */
    MARK_UNREAD, /* found, not read yet */
    MARK_DAMAGED,
    MARK_MISSING, /* one was promised for this day */
    MARK_GONE,    /* kept as long as promised */
    MARK_DUE,     /* today's is still to come */
    MARK_PLANNED
};
struct calendar_day {
    struct day day;
    int32_t dom;
    bool is_out, is_today, is_saturday, is_substitute, is_selected, has_link, has_more;
    enum day_mark mark;
    struct str stamp; /* of the newest one */
    int64_t bytes, count;
};
struct calendar_week {
    struct calendar_day *days;
    size_t n_days;
};
struct calendar_page {
    struct day month, newest_day;
    struct str zone;          /* in which its times are shown */
    struct str before, after; /* months to go to: "2026-10"; after "": this is the last */
    struct calendar_week *weeks;
    size_t n_weeks;
    struct calendar_day *names; /* a week, for the heads of the columns */
    size_t n_names;
    bool has_state;
    struct restore_age age;
    struct instant good_at;
    int64_t undrilled; /* days without a trial; 0: as promised */
    enum text fault;   /* what the last try failed of */
    enum text failed;  /* and the one that was asked for here, if it did */
    struct instant failed_at;
    struct state_view state;
    struct state_view *same_day; /* others of that day */
    size_t n_same_day;
    struct order_past_row *orders; /* what was put back, or shall be */
    size_t n_orders;
    struct str refused; /* why the button was */
    bool is_running;    /* a backup is */
    struct progress progress;
};

#include "backups.tmpl.h"

/* --- days --------------------------------------------------------------------------------------
 */

static struct day
next_month(struct day first, int by)
{
    const struct civil c = day_civil((struct day){first.n + (by > 0 ? 31 : -1)});
    struct day d;
    return day_of(c.year, c.month, 1, &d) == OK ? d : first;
}

static struct str
month_text(struct arena *mem, struct day first)
{
    const struct civil c = day_civil(first);
    return arena_fmt(mem, "%04d-%02d", c.year, c.month);
}

static enum day_mark
mark_without(const struct states *s, struct day day, struct day today)
{
    const int32_t age = today.n - day.n;
    const bool promised = age <= WEEK_KEPT || (day_weekday(day) == 6 && age <= SATURDAY_KEPT);
    if (age < 0) {
        return MARK_PLANNED;
    }
    if (s->created_at.us == INSTANT_NONE.us || day.n < instant_day(s->created_at).n) {
        return MARK_NONE;
    }
    if (age == 0) {
        return MARK_DUE;
    }
    /* Its first night begins behind its first day. */
    if (day.n == instant_day(s->created_at).n) {
        return MARK_NONE;
    }
    return promised ? MARK_MISSING : MARK_GONE;
}

/* The hour says nothing: a night's backups come one after the other. Late is what did not succeed
 * at once. */
static enum day_mark
mark_with(const struct state_view *newest, const struct state_view *first)
{
    if (newest->origin != STATE_GOOD) {
        return newest->origin == STATE_UNREAD ? MARK_UNREAD : MARK_DAMAGED;
    }
    return first->tries > 1 ? MARK_LATE : MARK_GOOD;
}

/* The newest of a day's states stands for it; a good one before others. */
static void
fill_day(const struct states *s, struct day today, struct calendar_day *d)
{
    const struct state_view *first = NULL;
    const struct state_view *newest = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct state_view *v = &s->v[i];
        if (instant_day(v->at).n != d->day.n) {
            continue;
        }
        first = first == NULL ? v : first;
        newest = newest == NULL || v->origin <= newest->origin ? v : newest;
        d->is_saturday |= v->is_saturday;
        d->is_substitute |= v->is_substitute;
        d->count++;
    }
    if (newest == NULL) {
        d->mark = mark_without(s, d->day, today);
        return;
    }
    d->mark = mark_with(newest, first);
    d->stamp = newest->stamp;
    d->bytes = newest->bytes;
    d->has_link = true;
    d->has_more = d->count > 1;
}

static void
fill_weeks(struct req *rq, const struct states *s, struct day selected, struct calendar_page *d)
{
    struct arena *mem = req_mem(rq);
    const struct day today = req_today(rq);
    const struct day after = next_month(d->month, 1);
    struct day day = {d->month.n - day_weekday(d->month) + 1};
    d->weeks = ARENA_ARRAY(mem, struct calendar_week, WEEKS_MAX);
    while (day.n < after.n && d->n_weeks < WEEKS_MAX) {
        struct calendar_week *w = &d->weeks[d->n_weeks++];
        w->days = ARENA_ARRAY(mem, struct calendar_day, WEEK);
        for (w->n_days = 0; w->n_days < WEEK; w->n_days++, day.n++) {
            struct calendar_day *c = &w->days[w->n_days];
            *c = (struct calendar_day){.day = day,
                                       .dom = day_civil(day).dom,
                                       .is_out = day.n < d->month.n || day.n >= after.n,
                                       .is_today = day.n == today.n,
                                       .is_selected = day.n == selected.n};
            fill_day(s, today, c);
        }
    }
    d->names = d->weeks[0].days;
    d->n_names = WEEK;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* What a backup failed of, to somebody who cannot mend it. */
static enum text
fault_text(struct arena *mem, struct str code)
{
    const enum text t = text_find(arena_fmt(mem, "backups.why.%.*s", STR_FMT(code)));
    return t != T_NONE ? t : T_backups_why_other;
}

/* The one that was asked for last, until a good state is younger. */
static enum rc
fill_failed(struct req *rq, struct rtx *tx, struct calendar_page *d)
{
    struct order_failed_backup_row row;
    bool found;
    TRY(order_failed_backup(tx, &row, &found));
    if (found && (d->good_at.us == INSTANT_NONE.us || row.ended_at.us > d->good_at.us)) {
        d->failed = fault_text(req_mem(rq), row.code_text);
        d->failed_at = row.ended_at;
    }
    return OK;
}

/* "The job ran" is not "there is a good state": what counts is the age of the newest good one. */
static void
fill_age(struct req *rq, const struct states *s, struct calendar_page *d)
{
    restore_age_of(s->created_at, s->good_at, req_now(rq), &d->age);
    d->good_at = s->good_at;
    d->undrilled = s->undrilled_days;
    if (s->fault.n > 0) {
        d->fault = fault_text(req_mem(rq), s->fault);
    }
}

static void
fill_state(struct req *rq, const struct states *s, const struct state_view *v,
           struct calendar_page *d)
{
    if (v == NULL) {
        return;
    }
    const struct day day = instant_day(v->at);
    d->has_state = true;
    d->state = *v;
    d->same_day = ARENA_ARRAY(req_mem(rq), struct state_view, s->n + 1);
    for (size_t i = 0; i < s->n; i++) {
        if (&s->v[i] != v && instant_day(s->v[i].at).n == day.n) {
            d->same_day[d->n_same_day++] = s->v[i];
        }
    }
}

/* The page looks again by itself, without script too. */
static void
fill_progress(struct req *rq, struct calendar_page *d)
{
    d->progress = progress_read(rq, 1);
    d->is_running = d->progress.step != PROGRESS_NONE;
    if (d->is_running) {
        reply_look_again(rq);
    }
}

static enum rc
show(struct req *rq, struct rtx *tx, const struct states *s, struct day month,
     const struct state_view *v)
{
    const bool is_state = req_path_text(rq, "text").p != NULL;
    struct page *pg = req_page(rq);
    struct settings set;
    TRY(settings_get(tx, &set));
    struct calendar_page d = {.month = month, .zone = set.zone, .refused = STR("")};
    TRY(order_past(tx, &d.orders, &d.n_orders));
    if (pg->n_faults > 0) {
        d.refused = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    d.before = month_text(req_mem(rq), next_month(month, -1));
    d.after = month.n <= req_today(rq).n && next_month(month, 1).n <= req_today(rq).n
                  ? month_text(req_mem(rq), next_month(month, 1))
                  : STR("");
    fill_progress(rq, &d);
    fill_age(rq, s, &d);
    TRY(fill_failed(rq, tx, &d));
    fill_state(rq, s, v, &d);
    fill_weeks(rq, s, v != NULL ? instant_day(v->at) : DAY_NONE, &d);
    pg->nav = NAV_BACKUPS;
    pg->title = is_state && v != NULL ? states_title(rq, T_backups_title_state, v->at)
                                      : page_text(pg, T_backups_title, STR_NONE);
    return reply_page(rq, backups_html, &d);
}

enum rc
calendar_prepare(struct req *rq, struct rtx *tx)
{
    (void)tx;
    states_ask(rq, states_month_asked(rq));
    progress_ask(rq);
    return OK;
}

enum rc
calendar_get(struct req *rq, struct rtx *tx)
{
    struct states s;
    TRY(states_read(rq, tx, 0, &s));
    /* Of this month the newest good one is shown closely. */
    const struct state_view *newest = NULL;
    for (size_t i = 0; i < s.n && req_query(rq, "monat").p == NULL; i++) {
        newest = s.v[i].origin == STATE_GOOD ? &s.v[i] : newest;
    }
    return show(rq, tx, &s, states_month_asked(rq), newest);
}

enum rc
calendar_prepare_state(struct req *rq, struct rtx *tx)
{
    TRY(states_ask_named(rq, tx));
    progress_ask(rq);
    return OK;
}

enum rc
calendar_get_state(struct req *rq, struct rtx *tx)
{
    struct states s;
    struct day month;
    const struct str stamp = req_path_text(rq, "text");
    TRY(states_month_of(tx, stamp, &month));
    TRY(states_read(rq, tx, 0, &s));
    const struct state_view *v = states_find(&s, stamp);
    return v != NULL ? show(rq, tx, &s, month, v)
                     : fail(req_err(rq), RC_MISSING, E_MISSING, "no such state");
}

enum rc
calendar_post_backup(struct req *rq, struct wtx *tx)
{
    struct restore_order_id id;
    TRY(order_backup(tx, &id));
    return reply_done(rq, URL("/sicherungen"), T_notice_backup_ordered);
}
