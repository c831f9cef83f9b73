/* day_web.c: one day: quick entry, what was booked, running timers, the bar of the week. */
#include "app/time/time_in.h"
#include "base/time.h"
#include "time_day.tmpl.h"

enum { CHOICES = 300, RECENT_DAYS = 60, PERCENT = 100 };

struct url
time_day_url(struct arena *mem, struct day d)
{
    char text[16];
    return url_fmt(mem, "/zeiten/%s", day_print(d, text).p);
}

/* --- choices --------------------------------------------------------------------------------- */

/* "Kundenportal · Reederei Lührs". Copied, not formatted: there are some hundreds of them. */
static struct option
project_option(struct arena *mem, struct project_id id, struct str name, struct str company,
               bool selected)
{
    struct out o = out_new(mem, name.n + company.n + 32);
    size_t at;
    out_i64(&o, id.n);
    at = o.n;
    out_str(&o, name);
    out_str(&o, STR(" · "));
    out_str(&o, company);
    struct str all = out_view(&o);
    return (struct option){
        .value = str_sub(all, 0, at), .label = str_sub(all, at, all.n - at), .selected = selected};
}

enum rc
time_project_options(struct rtx *tx, const struct principal *who, struct project_id chosen,
                     struct option **ret_v, size_t *ret_n)
{
    struct project_choice *c;
    size_t n;
    struct arena *mem = rtx_mem(tx);
    TRY(project_choices(tx, who, CHOICES, &c, &n));
    struct option *v = ARENA_ARRAY(mem, struct option, n + 1);
    for (size_t i = 0; i < n; i++) {
        v[i] = project_option(mem, c[i].id, c[i].name, c[i].company_name, c[i].id.n == chosen.n);
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
time_own_project(struct rtx *tx, struct project_id id, struct option *v, size_t *n)
{
    struct project p;
    struct arena *mem = rtx_mem(tx);
    for (size_t i = 0; i < *n; i++) {
        if (v[i].selected) {
            return OK;
        }
    }
    TRY(project_find(tx, id, &p));
    v[(*n)++] = project_option(mem, id, p.name, p.company_name, true);
    return OK;
}

/* "Konzeption", or "Fahrplan · Reederei Lührs" when it is for one company alone. */
static struct str
category_label(struct arena *mem, const struct category_list_row *k)
{
    return k->company_id.n == 0
               ? k->name
               : arena_fmt(mem, "%.*s · %.*s", STR_FMT(k->name), STR_FMT(k->company_name_text));
}

enum rc
time_category_options(struct rtx *tx, struct category_id chosen, struct option **ret_v,
                      size_t *ret_n)
{
    struct category_list_row *k;
    size_t n, w = 0;
    struct arena *mem = rtx_mem(tx);
    TRY(category_list(tx, &k, &n));
    struct option *v = ARENA_ARRAY(mem, struct option, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (k[i].active || k[i].id.n == chosen.n) {
            v[w++] = (struct option){.value = arena_fmt(mem, "%lld", (long long)k[i].id.n),
                                     .label = category_label(mem, &k[i]),
                                     .selected = k[i].id.n == chosen.n};
        }
    }
    *ret_v = v;
    *ret_n = w;
    return OK;
}

/* --- parts of the page ----------------------------------------------------------------------- */

static enum rc
fill_week(struct rtx *tx, struct day shown, struct time_day_page *d)
{
    struct time_day_sum sums[7];
    struct day monday = {shown.n - day_weekday(shown) + 1};
    int32_t target = d->whose.week.n / TIME_WORK_DAYS;
    TRY(time_week_sums(tx, d->whose.user, monday, sums));
    d->week = ARENA_ARRAY(rtx_mem(tx), struct time_week_cell, 7);
    d->n_week = 7;
    d->target = (struct minutes){day_weekday(shown) <= TIME_WORK_DAYS ? target : 0};
    for (int i = 0; i < 7; i++) {
        d->week_total.n += sums[i].total.n;
        d->week_billable.n += sums[i].billable.n;
        int32_t width = target > 0 ? sums[i].total.n * PERCENT / target : 0;
        d->week[i] = (struct time_week_cell){
            .day = sums[i].day,
            .total = sums[i].total,
            .has_time = sums[i].total.n > 0,
            .width = width < PERCENT ? width : PERCENT,
            .is_full = target > 0 && sums[i].total.n >= target,
            .is_current = sums[i].day.n == shown.n,
            .is_off = i >= TIME_WORK_DAYS,
        };
        if (d->week[i].is_current) {
            d->total = sums[i].total;
            d->billable = sums[i].billable;
            d->internal = (struct minutes){sums[i].total.n - sums[i].billable.n};
        }
    }
    return OK;
}

static enum rc
fill_rows(struct rtx *tx, const struct principal *who, struct user_id user,
          const struct settings *s, struct time_day_page *d)
{
    struct time_of_day_row *rows;
    size_t n;
    TRY(time_of_day(tx, &(struct time_of_day_in){.user_id = user, .day = d->day}, &rows, &n));
    bool locked = time_is_locked(who, d->day, instant_day(rtx_now(tx)), s->lock_days);
    d->rows = ARENA_ARRAY(rtx_mem(tx), struct time_day_entry, n + 1);
    d->n_rows = n;
    for (size_t i = 0; i < n; i++) {
        d->rows[i] = (struct time_day_entry){
            .id = rows[i].id,
            .project = rows[i].project_id,
            .category = rows[i].category_id,
            .from = rows[i].from_clock,
            .to = rows[i].to_clock,
            .project_name = rows[i].project_name_text,
            .company_name = rows[i].company_name_text,
            .category_name = rows[i].category_name_text,
            .note = rows[i].note,
            .minutes = rows[i].minutes,
            .raw = rows[i].raw_minutes,
            .is_rounded = rows[i].minutes.n != rows[i].raw_minutes.n,
            .billable = rows[i].billable,
            .can_change = !rows[i].invoiced && !locked,
            .is_own = user.n == who->user.n,
        };
    }
    return OK;
}

/* What lies open between two entries that say their clock times; the rows come in their order. */
static void
fill_gaps(struct arena *mem, struct time_day_page *d)
{
    int32_t end = NONE_I32;
    d->gaps = ARENA_ARRAY(mem, struct time_gap, TIME_GAPS_MAX);
    for (size_t i = 0; i < d->n_rows && d->n_gaps < TIME_GAPS_MAX; i++) {
        const struct time_day_entry *r = &d->rows[i];
        if (r->from.n == NONE_I32 || r->to.n == NONE_I32) {
            continue;
        }
        if (end != NONE_I32 && r->from.n > end) {
            d->gaps[d->n_gaps++] = (struct time_gap){{end}, r->from};
        }
        int32_t to = r->to.n > r->from.n ? r->to.n : TIME_DAY_MINUTES; /* past midnight */
        end = to > end ? to : end;
    }
}

static enum rc
fill_recent(struct rtx *tx, struct user_id user, struct time_day_page *d)
{
    struct day since = {instant_day(rtx_now(tx)).n - RECENT_DAYS};
    struct time_recent_row *rows;
    TRY(time_recent(tx, &(struct time_recent_in){.user_id = user, .since_day = since}, &rows,
                    &d->n_recent));
    d->recent = rows;
    return OK;
}

/* The project that a link names, when the person may see it. */
static struct project_id
linked_project(struct req *rq, struct rtx *tx)
{
    int64_t id;
    struct str s = req_query(rq, "projekt");
    if (s.p == NULL || str_to_i64(s, &id) != OK ||
        project_scope(tx, req_who(rq), id, false) != OK) {
        *rtx_err(tx) = (struct err){0};
        return (struct project_id){0};
    }
    return (struct project_id){id};
}

/* What the quick entry begins with: the last project and category. */
static enum rc
fill_form(struct req *rq, struct rtx *tx, struct time_day_page *d)
{
    struct project_id linked = linked_project(rq, tx);
    d->form = (struct time_form){
        .day = d->day,
        .minutes = MINUTES_NONE,
        .from_clock = CLOCK_NONE,
        .to_clock = CLOCK_NONE,
        .billable = true,
        .user_id = d->whose.other,
    };
    if (d->n_recent > 0) {
        d->form.project_id = d->recent[0].project_id;
        d->form.category_id = d->recent[0].category_id;
    }
    if (linked.n != 0) {
        d->form.project_id = linked;
    }
    TRY(time_project_options(tx, req_who(rq), d->form.project_id, &d->projects, &d->n_projects));
    d->is_cut = d->n_projects == CHOICES;
    if (linked.n != 0) {
        TRY(time_own_project(tx, linked, d->projects, &d->n_projects));
    }
    return time_category_options(tx, d->form.category_id, &d->categories, &d->n_categories);
}

/* The start buttons have no field to say a fault at: it stands at the head of the page. */
static void
fill_fault(struct req *rq, struct time_day_page *d)
{
    const struct page *pg = req_page(rq);
    if (pg->n_faults > 0 && str_eq(pg->failed_form, STR("timer_form"))) {
        d->fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
}

enum rc
time_day_fill(struct req *rq, struct rtx *tx, struct day day, struct time_day_page *d)
{
    const struct principal *who = req_who(rq);
    struct settings s;
    *d = (struct time_day_page){.day = day,
                                .prev = {day.n - 1},
                                .next = {day.n + 1},
                                .today = req_today(rq),
                                .is_today = day.n == req_today(rq).n};
    TRY(settings_get(tx, &s));
    TRY(time_whose_fill(rq, tx, &d->whose));
    struct user_id user = d->whose.user;
    /* What was sent and refused is shown again all the same. */
    d->is_locked =
        req_page(rq)->failed_form.n == 0 && time_is_locked(who, day, d->today, s.lock_days);
    d->lock_days = s.lock_days;
    d->has_raster = s.raster.n > 1;
    d->raster = s.raster;
    TRY(fill_week(tx, day, d));
    TRY(fill_rows(tx, who, user, &s, d));
    fill_gaps(rtx_mem(tx), d);
    TRY(fill_recent(tx, user, d));
    if (d->whose.other.n == 0) {
        TRY(timer_views(tx, user, &d->timers, &d->n_timers));
    }
    fill_fault(rq, d);
    return fill_form(rq, tx, d);
}

/* --- handlers -------------------------------------------------------------------------------- */

static enum rc
show_day(struct req *rq, struct rtx *tx, struct day day)
{
    struct time_day_page d;
    TRY(time_day_fill(rq, tx, day, &d));
    struct page *pg = req_page(rq);
    pg->nav = NAV_TIMES;
    pg->title = page_text(pg, T_time_day_title, STR_NONE);
    return reply_page(rq, time_day_html, &d);
}

enum rc
time_get_day(struct req *rq, struct rtx *tx)
{
    return show_day(rq, tx, req_path_day(rq));
}

enum rc
time_get_today(struct req *rq, struct rtx *tx)
{
    (void)tx;
    char text[16];
    struct str project = req_query(rq, "projekt");
    const char *today = day_print(req_today(rq), text).p;
    if (project.n == 0) {
        return reply_redirect(rq, url_fmt(req_mem(rq), "/zeiten/%s", today));
    }
    return reply_redirect(
        rq, url_fmt(req_mem(rq), "/zeiten/%s?projekt=%s", today, url_text(req_mem(rq), project)));
}

/* The day page again, on the day that was typed, when that is one. */
enum rc
time_again_day(struct req *rq, struct rtx *tx)
{
    struct day d;
    if (day_parse(req_raw(rq, STR("day")), &d) != OK) {
        d = req_today(rq);
    }
    return show_day(rq, tx, d);
}

/* --- booking --------------------------------------------------------------------------------- */

void
time_take_range(struct req *rq, struct time_form *f)
{
    struct minutes m;
    struct clock_time from, to;
    struct str raw = req_raw(rq, STR("minutes"));
    if (raw.p != NULL && minutes_parse(raw, &m, &from, &to) == OK && from.n != NONE_I32) {
        f->from_clock = from;
        f->to_clock = to;
        f->minutes =
            MINUTES_NONE; /* the real time between them, also in a night of the clock change */
    }
}

bool
time_tell(struct req *rq, const struct time_check *c)
{
    for (size_t i = 0; i < c->n; i++) {
        req_fault(rq, c->fault[i].field, c->fault[i].code, c->fault[i].arg);
    }
    return c->n > 0;
}

static bool
is_clock(struct req *rq, const char *field)
{
    struct clock_time c;
    struct str raw = str_trim(req_raw(rq, str_of(field)));
    return raw.n == 0 || clock_parse(raw, &c) == OK;
}

enum rc
time_tell_rest(struct req *rq, struct rtx *tx, const struct time_find_row *kept)
{
    struct time_form f = *req_form(rq, struct time_form);
    struct time_check c;
    time_take_range(rq, &f);
    if (!is_clock(rq, "from_clock") || !is_clock(rq, "to_clock")) {
        f.minutes = (struct minutes){0}; /* they would have said it: no second fault */
    }
    TRY(time_inspect(tx, req_who(rq), kept, &f, &c));
    (void)time_tell(rq, &c);
    return OK;
}

enum rc
time_check_new(struct req *rq, struct rtx *tx)
{
    const struct time_form *f = req_form(rq, struct time_form);
    struct timer_form t = {.project_id = f->project_id, .category_id = f->category_id};
    struct time_check c;
    if (!f->start) {
        return time_tell_rest(rq, tx, NULL);
    }
    TRY(time_inspect_timer(tx, req_who(rq), &t, &c));
    (void)time_tell(rq, &c);
    return OK;
}

enum rc
time_bills(struct rtx *tx, struct category_id id, bool *ret_bills)
{
    struct time_category_row k;
    bool found;
    TRY(time_category(tx, &(struct time_category_in){.id = id}, &k, &found));
    *ret_bills = !found || k.billable;
    return OK;
}

/* The second button of the quick entry. */
static enum rc
start_timer(struct req *rq, struct wtx *tx, const struct time_form *f)
{
    struct timer_form t = {.project_id = f->project_id,
                           .category_id = f->category_id,
                           .note = f->note,
                           .billable = f->billable};
    struct time_check c;
    struct timer_id id;
    TRY(time_inspect_timer(wtx_read(tx), req_who(rq), &t, &c));
    if (time_tell(rq, &c)) {
        return OK;
    }
    TRY(timer_start(tx, req_who(rq), &t, &id));
    return reply_done(rq, time_day_url(req_mem(rq), req_today(rq)), T_notice_timer_started);
}

enum rc
time_post_add(struct req *rq, struct wtx *tx)
{
    struct time_form f = *req_form(rq, struct time_form);
    struct time_check c;
    struct time_entry_id id;
    TRY(time_bills(wtx_read(tx), f.category_id, &f.billable));
    if (f.start) {
        return start_timer(rq, tx, &f);
    }
    time_take_range(rq, &f);
    TRY(time_inspect(wtx_read(tx), req_who(rq), NULL, &f, &c));
    if (time_tell(rq, &c)) {
        return OK;
    }
    TRY(time_add(tx, req_who(rq), &f, &id));
    struct url to = time_day_url(req_mem(rq), f.day);
    if (c.user.n != req_who(rq)->user.n) {
        to = url_fmt(req_mem(rq), "%.*s?person=%lld", STR_FMT(to.s), (long long)c.user.n);
    }
    return reply_done(rq, to, T_notice_time_added);
}
