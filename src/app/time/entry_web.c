/* entry_web.c: one entry: its form, its change, its removal. */
#include "app/time/time_in.h"
#include "time_entry.tmpl.h"

/* After one's own entry its day, after another one's the project's list, where it was found. */
static struct url
back_url(struct req *rq, struct user_id owner, struct project_id project, struct day d)
{
    if (owner.n == req_who(rq)->user.n) {
        return time_day_url(req_mem(rq), d);
    }
    return url_fmt(req_mem(rq), "/projekte/%lld/zeiten", (long long)project.n);
}

/* --- the form -------------------------------------------------------------------------------- */

/* Whether this person may change it, and what forbids it. */
static enum rc
fill_state(struct req *rq, struct rtx *tx, const struct time_find_row *e, struct time_entry_page *d)
{
    const struct principal *who = req_who(rq);
    struct settings s;
    struct project p;
    struct time_person_row person;
    bool found = false;
    bool is_own = e->user_id.n == who->user.n;
    TRY(settings_get(tx, &s));
    TRY(project_find(tx, e->project_id, &p));
    d->invoiced = e->invoiced;
    d->is_locked = time_is_locked(who, e->day, req_today(rq), s.lock_days);
    d->is_closed = p.status != PROJECT_OPEN;
    d->can_change = (is_own || may(who, RIGHT_TIME_WRITE_ALL)) && !d->invoiced && !d->is_locked &&
                    !d->is_closed;
    if (!is_own) {
        TRY(time_person(tx, &(struct time_person_in){.user_id = e->user_id}, &person, &found));
    }
    if (found) {
        d->person = arena_fmt(rtx_mem(tx), "%.*s %.*s", STR_FMT(person.first_name),
                              STR_FMT(person.last_name));
    }
    return OK;
}

static struct str
label_of(const struct option *v, size_t n, int64_t id)
{
    int64_t value;
    for (size_t i = 0; i < n; i++) {
        if (str_to_i64(v[i].value, &value) == OK && value == id) {
            return v[i].label;
        }
    }
    return STR("");
}

enum rc
time_get_entry(struct req *rq, struct rtx *tx)
{
    struct time_find_row e;
    TRY(time_find(tx, &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    struct time_entry_page d = {
        .id = e.id,
        .day = e.day,
        .minutes = e.minutes,
        .raw = e.raw_minutes,
        .is_rounded = e.minutes.n != e.raw_minutes.n,
        .created_at = e.created_at,
        .version = e.version,
    };
    time_form_of_row(&e, &d.form);
    TRY(fill_state(rq, tx, &e, &d));
    TRY(time_project_options(tx, req_who(rq), e.project_id, &d.projects, &d.n_projects));
    TRY(time_own_project(tx, e.project_id, d.projects, &d.n_projects));
    TRY(time_category_options(tx, e.category_id, &d.categories, &d.n_categories));
    TRY(time_stale(rq, tx, SUBJECT(time_entry, e.id), &time_form_def, &d.version, &d.stale));
    struct page *pg = req_page(rq);
    d.shows_form = d.can_change || pg->failed_form.n > 0;
    d.project_name = label_of(d.projects, d.n_projects, e.project_id.n);
    d.category_name = label_of(d.categories, d.n_categories, e.category_id.n);
    pg->nav = NAV_TIMES;
    pg->title = page_text(pg, T_time_entry_title, STR_NONE);
    return reply_page(rq, time_entry_html, &d);
}

enum rc
time_check_change(struct req *rq, struct rtx *tx)
{
    struct time_find_row e;
    TRY(time_find(tx, &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    return e.invoiced ? OK : time_tell_rest(rq, tx, &e);
}

enum rc
time_post_change(struct req *rq, struct wtx *tx)
{
    struct time_form before, f = *req_form(rq, struct time_form);
    struct time_find_row e;
    struct time_check c;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    time_form_of_row(&e, &before);
    time_take_range(rq, &f);
    time_follow(&before, &f);
    if (e.version == f.version && !e.invoiced) { /* the verb tells a stale form first */
        TRY(time_inspect(wtx_read(tx), req_who(rq), &e, &f, &c));
        if (time_tell(rq, &c)) {
            return OK;
        }
    }
    TRY(time_change(tx, req_who(rq), e.id, &f));
    return reply_done(rq, back_url(rq, e.user_id, f.project_id, f.day), T_notice_time_changed);
}

enum rc
time_post_remove(struct req *rq, struct wtx *tx)
{
    struct time_find_row e;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = PATH_ID(rq, time_entry)}, &e));
    TRY(time_remove(tx, req_who(rq), e.id, req_form(rq, struct time_remove_form)->version));
    return reply_done(rq, back_url(rq, e.user_id, e.project_id, e.day), T_notice_time_removed);
}
