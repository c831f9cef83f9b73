/* start_web.c: Mein Tag, the first page: book, today's entries, the week, budgets of one's
 * projects. */
#include "app/project/project.h"
#include "app/time/time_in.h"
#include "base/time.h"
#include "time_day.tmpl.h"

#include "start.tmpl.h"

enum { BUDGETS = 6, PERCENT = 100 };

/* Projects of one's own bookings that have a plan, the fullest first. */
static enum rc
fill_budgets(struct rtx *tx, struct time_start_page *d)
{
    d->budgets = ARENA_ARRAY(rtx_mem(tx), struct time_budget, BUDGETS);
    for (size_t i = 0; i < d->day.n_recent && d->n_budgets < BUDGETS; i++) {
        struct project p;
        bool seen = false;
        for (size_t k = 0; k < d->n_budgets; k++) {
            seen = seen || d->budgets[k].project.n == d->day.recent[i].project_id.n;
        }
        TRY(project_find(tx, d->day.recent[i].project_id, &p));
        if (seen || p.planned.n <= 0) {
            continue;
        }
        int64_t percent = project_used_percent(p.planned, p.needed);
        enum budget_light light = project_light(p.planned, p.needed, d->warn);
        d->budgets[d->n_budgets++] = (struct time_budget){
            .project = p.id,
            .name = p.name,
            .company_name = p.company_name,
            .planned = p.planned,
            .needed = p.needed,
            .percent = percent,
            .width = percent < PERCENT ? percent : PERCENT,
            .is_ok = light == BUDGET_OK,
            .is_warn = light == BUDGET_WARN,
            .is_over = light == BUDGET_OVER,
        };
    }
    return OK;
}

static void
fill_week(struct time_start_page *d)
{
    int64_t target = d->day.whose.week.n, total = d->day.week_total.n;
    int64_t width = target > 0 ? total * PERCENT / target : 0;
    d->week_width = width < PERCENT ? (int)width : PERCENT;
    d->billable_percent = total > 0 ? d->day.week_billable.n * (int64_t)PERCENT / total : 0;
}

enum rc
time_prepare_start(struct req *rq, struct rtx *tx)
{
    (void)tx;
    restore_age_ask(rq);
    return OK;
}

enum rc
time_get_start(struct req *rq, struct rtx *tx)
{
    struct time_start_page d = {0};
    struct settings s;
    struct page *pg = req_page(rq);
    TRY(settings_get(tx, &s));
    d.warn = s.budget_warn;
    TRY(time_day_fill(rq, tx, req_today(rq), &d.day));
    d.can_book = may(req_who(rq), RIGHT_TIME_WRITE) &&
                 (d.day.n_projects > 0 || d.day.n_rows > 0 || d.day.n_timers > 0);
    restore_age(rq, &d.age);
    fill_week(&d);
    TRY(fill_budgets(tx, &d));
    struct str rest = req_who(rq)->name;
    d.first_name = rest;
    (void)str_cut(&rest, ' ', &d.first_name);
    pg->nav = NAV_START;
    pg->title = page_text(pg, T_start_title, STR_NONE);
    return reply_page(rq, start_html, &d);
}
