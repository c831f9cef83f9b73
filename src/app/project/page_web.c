/* page_web.c: a project's own pages: overview with its status, and its history. */
#include "guard/audit.h"

#include "app/project/web.h"
#include "app/time/time.h"

enum { HISTORY_ROWS = 100 };

struct kind_share {
    struct str name;
    struct minutes total;
    int64_t percent;
};

struct named_link {
    struct str name;
    struct outside url;
};

struct team_member {
    struct user_id user;
    struct str name;
    struct minutes total; /* none: not to be shown, or nothing booked */
    bool is_lead;
};

struct overview_page {
    struct project_head head;
    struct budget_view budget;
    struct day last;
    struct money rate;
    struct str person, quick_info, info, department, group_name, contract_no, purchase_order_no;
    bool recurs;
    enum text recurrence;
    struct kind_share *kinds;
    size_t n_kinds;
    struct project_tag *tags;
    size_t n_tags;
    struct named_link *links;
    size_t n_links;
    struct team_member *team;
    size_t n_team;
    struct project_status_form status_form;
    struct option *statuses;
    size_t n_statuses;
    int64_t version;
    struct stale_view stale;
};

struct history_page {
    struct project_head head;
    struct history_entry *entries;
    size_t n_entries;
};
#include "project_page.tmpl.h"

/* --- overview ----------------------------------------------------------------------------------
 */

static enum rc
put_kinds(struct rtx *tx, struct project_id id, struct minutes needed, struct overview_page *d)
{
    struct project_category_sums_row *rows;

    TRY(project_category_sums(tx, &(struct project_category_sums_in){id}, &rows, &d->n_kinds));
    d->kinds = ARENA_ARRAY(rtx_mem(tx), struct kind_share, d->n_kinds);
    for (size_t i = 0; i < d->n_kinds; i++) {
        d->kinds[i] = (struct kind_share){
            .name = rows[i].name,
            .total = rows[i].total_minutes,
            .percent =
                needed.n > 0 ? round_half_up((int64_t)rows[i].total_minutes.n * 100, needed.n) : 0,
        };
    }
    return OK;
}

/* What was stored before a rule became stricter is left out rather than linked. */
static enum rc
put_links(struct rtx *tx, struct project_id id, struct overview_page *d)
{
    struct project_links_row *rows;
    size_t n;

    TRY(project_links(tx, &(struct project_links_in){id}, &rows, &n));
    d->links = ARENA_ARRAY(rtx_mem(tx), struct named_link, n);
    for (size_t i = 0; i < n; i++) {
        struct named_link *l = &d->links[d->n_links];

        if (outside_parse(rows[i].url, &l->url) == OK) {
            l->name = rows[i].name;
            d->n_links++;
        }
    }
    return OK;
}

static struct team_member *
member(struct overview_page *d, struct user_id user)
{
    for (size_t i = 0; i < d->n_team; i++) {
        if (d->team[i].user.n == user.n) {
            return &d->team[i];
        }
    }
    return NULL;
}

static struct team_member *
add_member(struct arena *mem, struct overview_page *d, struct user_id user, struct str first,
           struct str last)
{
    struct team_member *m = member(d, user);

    if (m == NULL) {
        m = &d->team[d->n_team++];
        *m = (struct team_member){
            .user = user, .name = project_full_name(mem, first, last), .total = MINUTES_NONE};
    }
    return m;
}

/* Who leads it, who is assigned, and who booked on it; sums of others only for those who may see
 * them. */
static enum rc
put_team(struct req *rq, struct rtx *tx, const struct project_full_row *row,
         struct overview_page *d)
{
    const struct principal *who = req_who(rq);
    const bool all = may(who, RIGHT_TIME_READ_ALL);
    struct arena *mem = req_mem(rq);
    struct project_users_row *users;
    struct project_team_sums_row *sums;
    size_t n_users;
    size_t n_sums;

    TRY(project_users(tx, &(struct project_users_in){row->project_id}, &users, &n_users));
    TRY(project_team_sums(tx, &(struct project_team_sums_in){row->project_id}, &sums, &n_sums));
    d->team = ARENA_ARRAY(mem, struct team_member, n_users + n_sums + 1);
    if (row->responsible_user_id.n != 0) {
        add_member(mem, d, row->responsible_user_id, row->responsible_first_name,
                   row->responsible_last_name)
            ->is_lead = true;
    }
    for (size_t i = 0; i < n_users; i++) {
        add_member(mem, d, users[i].user_id, users[i].first_name, users[i].last_name);
    }
    for (size_t i = 0; i < n_sums; i++) {
        if (all || sums[i].user_id.n == who->user.n) {
            add_member(mem, d, sums[i].user_id, sums[i].first_name, sums[i].last_name)->total =
                sums[i].total_minutes;
        }
    }
    return OK;
}

static void
put_statuses(struct req *rq, const struct project_full_row *row, struct overview_page *d)
{
    static const enum project_status way[] = {PROJECT_OPEN, PROJECT_READY, PROJECT_INVOICING,
                                              PROJECT_COMPLETED, PROJECT_CANCELLED};
    struct arena *mem = req_mem(rq);

    d->n_statuses = COUNT(way);
    d->statuses = ARENA_ARRAY(mem, struct option, COUNT(way));
    for (size_t i = 0; i < COUNT(way); i++) {
        d->statuses[i] = (struct option){
            .value = arena_fmt(mem, "%d", (int)way[i]),
            .label = page_text(req_page(rq), project_status_text(way[i]), STR_NONE),
            .selected = way[i] == (enum project_status)row->status,
        };
    }
    d->status_form = (struct project_status_form){.status = row->status};
}

static enum rc
put_facts(struct req *rq, struct rtx *tx, const struct project_full_row *row,
          struct overview_page *d)
{
    struct arena *mem = req_mem(rq);
    struct settings s;

    TRY(settings_get(tx, &s));
    d->budget = project_budget(row->planned_minutes, row->needed_minutes, s.budget_warn);
    d->rate = may(req_who(rq), RIGHT_RATE_READ) ? row->rate : MONEY_NONE;
    d->person = project_full_name(mem, row->person_first_name, row->person_last_name);
    d->quick_info = row->quick_info;
    d->info = row->info;
    if (row->department_no > 0 || s.department[0].n > 0) {
        d->department = project_department_name(mem, &s, row->department_no);
    }
    d->group_name = row->group_name;
    d->contract_no = row->contract_no;
    d->purchase_order_no = row->purchase_order_no;
    d->recurs = row->recurrence > 0;
    d->recurrence = project_recurrence_text(row->recurrence);
    d->tags = ARENA_ARRAY(mem, struct project_tag, PROJECT_TAGS_MAX);
    return project_parse_tags(mem, row->tags, d->tags, &d->n_tags);
}

enum rc
project_get(struct req *rq, struct rtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);
    struct page *pg = req_page(rq);
    struct overview_page d = {0};
    struct project_full_row row;
    struct project_last_day_row last;

    TRY(project_full_find(tx, id, &row));
    TRY(project_last_day(tx, &(struct project_last_day_in){id}, &last));
    project_head_of(req_mem(rq), &row, TAB_OVERVIEW, &d.head);
    d.last = last.last_day;
    TRY(put_facts(rq, tx, &row, &d));
    if (may(req_who(rq), RIGHT_TIME_READ_ALL)) {
        TRY(put_kinds(tx, id, row.needed_minutes, &d));
    }
    TRY(put_links(tx, id, &d));
    TRY(put_team(rq, tx, &row, &d));
    put_statuses(rq, &row, &d);
    TRY(project_form_version(rq, tx, id, row.version, &d.version, &d.stale));
    pg->nav = NAV_PROJECTS;
    pg->title = row.name;
    return reply_page(rq, project_overview_html, &d);
}

enum rc
project_post_status(struct req *rq, struct wtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);

    TRY(project_set_status(tx, id, req_form(rq, struct project_status_form)));
    return reply_done(rq, project_url(req_mem(rq), id), T_notice_project_status);
}

/* --- history -----------------------------------------------------------------------------------
 */

enum rc
project_get_history(struct req *rq, struct rtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);
    struct page *pg = req_page(rq);
    struct history_page d = {0};
    struct project_full_row row;
    struct audit_entry *entries;

    TRY(project_full_find(tx, id, &row));
    project_head_of(req_mem(rq), &row, TAB_HISTORY, &d.head);
    TRY(audit_history(tx, SUBJECT(project, id), HISTORY_ROWS, &entries, &d.n_entries));
    TRY(project_words(rq, tx, entries, d.n_entries, &d.entries));
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_project_history_title, row.name);
    return reply_page(rq, project_history_html, &d);
}
