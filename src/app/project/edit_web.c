/* edit_web.c: the forms of a project: new, change, team and rate. The customer is chosen before the
 * rest, because the people to choose from are that customer's; it works without a script. */
#include "app/project/web.h"

#include "app/contact/contact.h"

struct edit_page {
    bool is_new, wants_company, has_departments;
    struct project_head head;      /* of an existing one */
    struct url to, back;           /* where the form goes, where cancelling leads */
    struct url to_get, switch_url; /* this page, and choosing another customer on it */
    struct project_id copy_of;     /* a new one that begins as this one is; 0: from nothing */
    struct project_form form;
    struct str company_name;
    const struct option *companies, *persons;
    size_t n_companies, n_persons;
    struct option *leads, *departments, *recurrences;
    size_t n_leads, n_departments, n_recurrences;
    int64_t version;
    struct stale_view stale;
};

struct team_page {
    struct project_head head;
    struct option *people;
    size_t n_people;
    int64_t version;
    struct stale_view stale;
};

struct rate_page {
    struct project_head head;
    struct project_rate_form form;
    int64_t version;
    struct stale_view stale;
};
#include "project_edit.tmpl.h"

/* --- choices -----------------------------------------------------------------------------------
 */

static struct option
number_option(struct arena *mem, int64_t value, struct str label, int64_t now)
{
    return (struct option){.value = arena_fmt(mem, "%lld", (long long)value),
                           .label = label,
                           .selected = value == now};
}

static enum rc
put_leads(struct rtx *tx, struct project_id id, struct edit_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct project_people_row *rows;

    TRY(project_people(tx, &(struct project_people_in){id}, &rows, &d->n_leads));
    d->leads = ARENA_ARRAY(mem, struct option, d->n_leads);
    for (size_t i = 0; i < d->n_leads; i++) {
        d->leads[i] = number_option(mem, rows[i].user_id.n,
                                    project_full_name(mem, rows[i].first_name, rows[i].last_name),
                                    d->form.responsible_user_id.n);
    }
    return OK;
}

/* Only named departments, and the one that is stored; while none has a name there is no choice. */
static enum rc
put_departments(struct rtx *tx, struct edit_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct settings s;

    TRY(settings_get(tx, &s));
    d->departments = ARENA_ARRAY(mem, struct option, DEPARTMENTS);
    for (int64_t i = 0; i < DEPARTMENTS; i++) {
        d->has_departments = d->has_departments || s.department[i].n > 0;
        if (s.department[i].n > 0 || i == 0 || i == d->form.department_no) {
            d->departments[d->n_departments++] =
                number_option(mem, i, project_department_name(mem, &s, i), d->form.department_no);
        }
    }
    return OK;
}

static void
put_recurrences(struct req *rq, struct edit_page *d)
{
    enum { RECURRENCES = 7 };

    d->n_recurrences = RECURRENCES;
    d->recurrences = ARENA_ARRAY(req_mem(rq), struct option, RECURRENCES);
    for (int64_t i = 0; i < RECURRENCES; i++) {
        d->recurrences[i] = number_option(
            req_mem(rq), i, page_text(req_page(rq), project_recurrence_text(i), STR_NONE),
            d->form.recurrence);
    }
}

/* --- the customer ------------------------------------------------------------------------------
 */

/* What was just sent, else what the link says, else what is stored. */
static struct company_id
chosen_company(struct req *rq, struct company_id stored)
{
    const struct str sent = req_raw(rq, STR("company_id"));
    const struct str linked = req_query(rq, "company_id");
    int64_t id;

    if (str_to_i64(sent.p != NULL     ? sent
                   : linked.p != NULL ? linked
                                      : STR(""),
                   &id) == OK &&
        id > 0) {
        return (struct company_id){id};
    }
    return stored;
}

/* The customer's people; an unknown customer (a stale link) means choosing again. */
static enum rc
put_company(struct req *rq, struct rtx *tx, struct edit_page *d)
{
    struct project_company_name_row row;
    bool found = false;

    d->form.company_id = chosen_company(rq, d->form.company_id);
    if (d->form.company_id.n != 0) {
        TRY(project_company_name(tx, &(struct project_company_name_in){d->form.company_id}, &row,
                                 &found));
    }
    d->wants_company = !found || req_query(rq, "kunde").p != NULL;
    if (d->wants_company) {
        return company_options(tx, d->form.company_id, &d->companies, &d->n_companies);
    }
    d->company_name = row.name;
    d->switch_url = url_fmt(rtx_mem(tx), "%.*s?kunde=1&company_id=%lld", STR_FMT(d->to_get.s),
                            (long long)d->form.company_id.n);
    if (d->copy_of.n != 0) {
        d->switch_url = url_fmt(rtx_mem(tx), "%.*s&vorlage=%lld", STR_FMT(d->switch_url.s),
                                (long long)d->copy_of.n);
    }
    return person_options(tx, d->form.company_id, d->form.person_id, &d->persons, &d->n_persons);
}

static enum rc
put_choices(struct req *rq, struct rtx *tx, struct project_id id, struct edit_page *d)
{
    TRY(put_company(rq, tx, d));
    TRY(put_leads(tx, id, d));
    TRY(put_departments(tx, d));
    put_recurrences(rq, d);
    req_page(rq)->nav = NAV_PROJECTS;
    return OK;
}

/* --- new ---------------------------------------------------------------------------------------
 */

/* ?vorlage=: a project that begins as another one is, with a number and days of its own. One that
 * the person does not see is no pattern. */
static enum rc
put_copy(struct req *rq, struct rtx *tx, struct edit_page *d)
{
    const struct str asked = req_query(rq, "vorlage");
    struct project_form f;
    int64_t id;

    if (asked.p == NULL || str_to_i64(asked, &id) != OK) {
        return OK;
    }
    const enum rc rc = project_scope(tx, req_who(rq), id, false);
    if (rc == RC_MISSING) {
        *rtx_err(tx) = (struct err){0};
        return OK;
    }
    TRY(rc);
    TRY(project_form_of(tx, (struct project_id){id}, &f));
    f.project_no = STR("");
    f.start_day = d->form.start_day;
    f.end_day = DAY_NONE;
    f.active = true;
    f.is_template = false;
    f.version = 0;
    d->form = f;
    d->copy_of.n = id;
    return OK;
}

enum rc
project_get_new(struct req *rq, struct rtx *tx)
{
    struct edit_page d = {
        .is_new = true,
        .to = URL("/projekte"),
        .to_get = URL("/projekte/neu"),
        .back = URL("/projekte"),
    };

    project_form_init(&d.form, req_today(rq));
    d.form.responsible_user_id = req_who(rq)->user;
    TRY(put_copy(rq, tx, &d));
    TRY(put_choices(rq, tx, (struct project_id){0}, &d));
    req_page(rq)->title = page_text(req_page(rq), T_project_new, STR_NONE);
    return reply_page(rq, project_edit_html, &d);
}

/* True when rules found faults; they are shown all at once and nothing was written. */
static enum rc
find_faults(struct req *rq, struct rtx *tx, struct project_id id, const struct project_form *f,
            bool *ret_bad)
{
    struct field_fault v[PROJECT_FAULTS_MAX];
    size_t n;

    TRY(project_check(tx, id, f, v, &n));
    for (size_t i = 0; i < n; i++) {
        req_fault(rq, v[i].field, v[i].code, v[i].arg);
    }
    *ret_bad = n > 0;
    return OK;
}

enum rc
project_check_form(struct req *rq, struct rtx *tx)
{
    bool bad;

    return find_faults(rq, tx, PATH_ID(rq, project), req_form(rq, struct project_form), &bad);
}

enum rc
project_post_add(struct req *rq, struct wtx *tx)
{
    const struct project_form *f = req_form(rq, struct project_form);
    struct project_id id;
    bool bad;

    TRY(find_faults(rq, wtx_read(tx), (struct project_id){0}, f, &bad));
    if (bad) {
        return OK;
    }
    TRY(project_add(tx, f, &id));
    return reply_done(rq, project_url(req_mem(rq), id), T_notice_project_added);
}

/* --- change ------------------------------------------------------------------------------------
 */

enum rc
project_get_change(struct req *rq, struct rtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);
    struct page *pg = req_page(rq);
    struct edit_page d = {.back = project_url(req_mem(rq), id)};
    struct project_full_row row;

    TRY(project_full_find(tx, id, &row));
    TRY(project_form_of(tx, id, &d.form));
    project_head_of(req_mem(rq), &row, TAB_OVERVIEW, &d.head);
    d.to = url_fmt(req_mem(rq), "/projekte/%lld/bearbeiten", (long long)id.n);
    d.to_get = d.to;
    TRY(put_choices(rq, tx, id, &d));
    TRY(project_form_version(rq, tx, id, row.version, &d.version, &d.stale));
    pg->title = page_text(pg, T_project_change_title, row.name);
    return reply_page(rq, project_edit_html, &d);
}

enum rc
project_post_change(struct req *rq, struct wtx *tx)
{
    const struct project_form *f = req_form(rq, struct project_form);
    const struct project_id id = PATH_ID(rq, project);
    struct project_full_row row;
    bool bad = false;

    TRY(project_full_find(wtx_read(tx), id, &row));
    if (row.version == f->version) { /* a stale form is told that first, by the verb */
        TRY(find_faults(rq, wtx_read(tx), id, f, &bad));
    }
    if (bad) {
        return OK;
    }
    TRY(project_change(tx, id, f));
    return reply_done(rq, project_url(req_mem(rq), id), T_notice_project_changed);
}

/* --- team --------------------------------------------------------------------------------------
 */

enum rc
project_get_team(struct req *rq, struct rtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);
    struct arena *mem = req_mem(rq);
    struct page *pg = req_page(rq);
    struct team_page d = {0};
    struct project_full_row row;
    struct project_people_row *rows;

    TRY(project_full_find(tx, id, &row));
    project_head_of(mem, &row, TAB_OVERVIEW, &d.head);
    TRY(project_people(tx, &(struct project_people_in){id}, &rows, &d.n_people));
    d.people = ARENA_ARRAY(mem, struct option, d.n_people);
    for (size_t i = 0; i < d.n_people; i++) {
        d.people[i] =
            number_option(mem, rows[i].user_id.n,
                          project_full_name(mem, rows[i].first_name, rows[i].last_name), 0);
        d.people[i].selected = rows[i].member_flag;
    }
    TRY(project_form_version(rq, tx, id, row.version, &d.version, &d.stale));
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_project_team_title, row.name);
    return reply_page(rq, project_team_html, &d);
}

enum rc
project_post_team(struct req *rq, struct wtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);

    TRY(project_set_team(tx, id, req_form(rq, struct project_team_form)));
    return reply_done(rq, project_url(req_mem(rq), id), T_notice_project_team);
}

/* --- rate --------------------------------------------------------------------------------------
 */

enum rc
project_get_rate(struct req *rq, struct rtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);
    struct page *pg = req_page(rq);
    struct rate_page d = {0};
    struct project_full_row row;

    TRY(project_full_find(tx, id, &row));
    project_head_of(req_mem(rq), &row, TAB_OVERVIEW, &d.head);
    d.form = (struct project_rate_form){row.rate, row.version};
    TRY(project_form_version(rq, tx, id, row.version, &d.version, &d.stale));
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_project_rate_title, row.name);
    return reply_page(rq, project_rate_html, &d);
}

enum rc
project_post_rate(struct req *rq, struct wtx *tx)
{
    const struct project_id id = PATH_ID(rq, project);

    TRY(project_set_rate(tx, id, req_form(rq, struct project_rate_form)));
    return reply_done(rq, project_url(req_mem(rq), id), T_notice_project_rate);
}
