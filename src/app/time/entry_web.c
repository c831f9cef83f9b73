/* entry_web.c: one entry: its form, its change, its removal; and the times of a project. */
#include "app/project/project.h"
#include "app/time/time_in.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "time_entry.tmpl.h"

enum { PAGE_ROWS = 50 };

static struct url
day_url(struct req *rq, struct day d)
{
    char text[16];
    return url_fmt(req_mem(rq), "/zeiten/%s", day_print(d, text).p);
}

/* Where the person came from, when that is a page of ours; else the day of the entry. */
static struct url
back_url(struct req *rq, struct day d)
{
    struct url u;
    return url_parse(req_query(rq, "weiter"), &u) == OK ? u : day_url(rq, d);
}

/* --- the form ------------------------------------------------------------------------------------------ */

enum rc
time_get_entry(struct req *rq, struct rtx *tx)
{
    struct time_find_row e;
    struct settings s;
    const struct principal *who = req_who(rq);
    TRY(time_find(tx, &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    TRY(settings_get(tx, &s));
    struct time_entry_page d = {
        .id = e.id,
        .day = e.day,
        .minutes = e.minutes,
        .raw = e.raw_minutes,
        .is_rounded = e.minutes.n != e.raw_minutes.n,
        .created_at = e.created_at,
        .invoiced = e.invoiced,
        .is_locked = time_is_locked(who, e.day, req_today(rq), s.lock_days),
    };
    time_form_of_row(&e, &d.form);
    d.can_change = !d.invoiced && !d.is_locked;
    TRY(time_project_options(tx, who, e.project_id, &d.projects, &d.n_projects));
    TRY(time_entry_own_project(tx, e.project_id, &d));
    TRY(time_category_options(tx, e.category_id, &d.categories, &d.n_categories));
    struct page *pg = req_page(rq);
    pg->nav = NAV_TIMES;
    pg->title = page_text(pg, T_time_entry_title, STR_NONE);
    return reply_page(rq, time_entry_html, &d);
}

/* The entry's own project stays choosable, also when it is closed meanwhile. */
enum rc
time_entry_own_project(struct rtx *tx, struct project_id id, struct time_entry_page *d)
{
    struct project p;
    struct arena *mem = rtx_mem(tx);
    for (size_t i = 0; i < d->n_projects; i++) {
        if (d->projects[i].selected) {
            return OK;
        }
    }
    TRY(project_find(tx, id, &p));
    d->projects[d->n_projects++] = (struct option){
        .value = arena_fmt(mem, "%lld", (long long)id.n),
        .label = arena_fmt(mem, "%.*s · %.*s", STR_FMT(p.name), STR_FMT(p.company_name)),
        .selected = true,
    };
    return OK;
}

enum rc
time_post_change(struct req *rq, struct wtx *tx)
{
    const struct time_form *f = req_form(rq, struct time_form);
    TRY(time_change(tx, req_who(rq), PATH_ID(rq, time_entry), f));
    return reply_done(rq, back_url(rq, f->day), T_notice_time_changed);
}

enum rc
time_post_remove(struct req *rq, struct wtx *tx)
{
    struct time_find_row e;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    TRY(time_remove(tx, req_who(rq), e.id));
    return reply_done(rq, day_url(rq, e.day), T_notice_time_removed);
}

/* --- the times of a project ------------------------------------------------------------------------------ */

enum rc
time_get_project(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct project_id id = PATH_ID(rq, project);
    struct time_of_project_row *rows;
    struct time_project_page d = {.page_no = req_page_no(rq), .shows_all = may(who, RIGHT_TIME_READ_ALL)};
    size_t n;
    TRY(project_find(tx, id, &d.project));
    TRY(time_of_project(tx,
                        &(struct time_of_project_in){.project_id = id,
                                                     .all_flag = d.shows_all,
                                                     .user_id = who->user,
                                                     .skip_count = (d.page_no - 1) * PAGE_ROWS},
                        &rows, &n));
    d.has_more = n > PAGE_ROWS;
    d.rows = rows;
    d.n_rows = d.has_more ? PAGE_ROWS : n;
    d.has_pages = d.has_more || d.page_no > 1;
    d.next_no = d.page_no + 1;
    d.prev_no = d.page_no - 1;
    d.is_open = d.project.status == PROJECT_OPEN && !d.project.is_template;
    d.who = who->user;
    struct page *pg = req_page(rq);
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_time_project_title, d.project.name);
    return reply_page(rq, time_project_html, &d);
}
