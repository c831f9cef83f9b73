/* timer_web.c: starting, pausing, stopping and booking timers. Stopping books at once when that can
 * be done without a guess; else it leads to the timer's page, which asks for what is missing. */
#include "app/time/time_in.h"
#include "time_timer.tmpl.h"

static struct url
back_to_today(struct req *rq)
{
    return time_day_url(req_mem(rq), req_today(rq));
}

static struct url
timer_url(struct req *rq, struct timer_id id)
{
    return url_fmt(req_mem(rq), "/zeiten/uhren/%lld", (long long)id.n);
}

enum rc
timer_get(struct req *rq, struct rtx *tx)
{
    struct timer_id id = PATH_ID(rq, timer);
    struct timer_view *v;
    size_t n;
    struct time_timer_page d = {0};
    TRY(timer_views(tx, req_who(rq)->user, &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (v[i].id.n == id.n) {
            d.timer = v[i];
        }
    }
    d.is_long = d.timer.seconds > (int64_t)TIME_DAY_MINUTES * 60;
    d.form = (struct time_form){
        .project_id = d.timer.project,
        .category_id = d.timer.category,
        .day = d.timer.day,
        .minutes =
            d.is_long ? MINUTES_NONE : (struct minutes){(int32_t)((d.timer.seconds + 59) / 60)},
        .from_clock = CLOCK_NONE,
        .to_clock = CLOCK_NONE,
        .note = d.timer.note,
        .billable = d.timer.billable,
    };
    TRY(time_project_options(tx, req_who(rq), d.timer.project, &d.projects, &d.n_projects));
    TRY(time_category_options(tx, d.timer.category, &d.categories, &d.n_categories));
    struct page *pg = req_page(rq);
    pg->nav = NAV_TIMES;
    pg->title = page_text(pg, T_time_timer_title, STR_NONE);
    return reply_page(rq, time_timer_html, &d);
}

enum rc
timer_post_start(struct req *rq, struct wtx *tx)
{
    struct timer_id id;
    TRY(timer_start(tx, req_who(rq), req_form(rq, struct timer_form), &id));
    return reply_done(rq, back_to_today(rq), T_notice_timer_started);
}

enum rc
timer_post_pause(struct req *rq, struct wtx *tx)
{
    TRY(timer_pause(tx, PATH_ID(rq, timer)));
    return reply_done(rq, back_to_today(rq), T_notice_timer_paused);
}

enum rc
timer_post_resume(struct req *rq, struct wtx *tx)
{
    TRY(timer_resume(tx, PATH_ID(rq, timer)));
    return reply_done(rq, back_to_today(rq), T_notice_timer_started);
}

struct booking {
    const struct principal *who;
    struct timer_id timer;
    struct time_entry_id entry;
};

static enum rc
try_book(struct wtx *tx, void *arg)
{
    struct booking *b = arg;
    return timer_book(tx, b->who, b->timer, &b->entry);
}

/* What cannot be booked without asking is paused, so that no time runs on while the person answers.
 */
enum rc
timer_post_stop(struct req *rq, struct wtx *tx)
{
    struct booking b = {.who = req_who(rq), .timer = PATH_ID(rq, timer)};
    struct err *err = req_err(rq);
    enum rc rc = wtx_try(tx, try_book, &b);
    if (rc == OK) {
        return reply_done(rq, back_to_today(rq), T_notice_time_added);
    }
    if (rc != RC_CONFLICT && rc != RC_INVALID) {
        return rc;
    }
    *err = (struct err){0};
    TRY(timer_pause(tx, b.timer));
    return reply_done(rq, timer_url(rq, b.timer), T_notice_timer_asks);
}

/* The timer's page: booked as typed, and the timer is done. */
enum rc
timer_post_book(struct req *rq, struct wtx *tx)
{
    struct time_entry_id id;
    struct time_check c;
    struct time_form f = *req_form(rq, struct time_form);
    time_take_range(rq, &f);
    TRY(time_inspect(wtx_read(tx), req_who(rq), NULL, &f, &c));
    if (time_tell(rq, &c)) {
        return OK;
    }
    TRY(time_add(tx, req_who(rq), &f, &id));
    TRY(timer_drop(tx, PATH_ID(rq, timer)));
    return reply_done(rq, time_day_url(req_mem(rq), f.day), T_notice_time_added);
}

enum rc
timer_post_drop(struct req *rq, struct wtx *tx)
{
    TRY(timer_drop(tx, PATH_ID(rq, timer)));
    return reply_done(rq, back_to_today(rq), T_notice_timer_dropped);
}
