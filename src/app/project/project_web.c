/* project_web.c: the routes of projects, and the words that their pages share. */
#include "app/project/web.h"

/* clang-format off */
static const struct route routes[] = {
    GET ("/projekte",                        PROJECT_READ,   project_get_list),
    GET ("/projekte/neu",                    PROJECT_WRITE,  project_get_new),
    POST("/projekte",                        PROJECT_WRITE,  PROJECT_ADDED,    project_form,        project_post_add,    .again = project_get_new, .check = project_check_form),
    GET ("/projekte/{project}",              PROJECT_READ,   project_get),
    GET ("/projekte/{project}/verlauf",      PROJECT_READ,   project_get_history),
    GET ("/projekte/{project}/bearbeiten",   PROJECT_WRITE,  project_get_change),
    POST("/projekte/{project}/bearbeiten",   PROJECT_WRITE,  PROJECT_CHANGED,  project_form,        project_post_change, .again = project_get_change, .check = project_check_form),
    POST("/projekte/{project}/status",       PROJECT_WRITE,  PROJECT_STATUS,   project_status_form, project_post_status, .again = project_get),
    GET ("/projekte/{project}/team",         PROJECT_ASSIGN, project_get_team),
    POST("/projekte/{project}/team",         PROJECT_ASSIGN, PROJECT_ASSIGNED, project_team_form,   project_post_team,   .again = project_get_team),
    GET ("/projekte/{project}/satz",         RATE_WRITE,     project_get_rate),
    POST("/projekte/{project}/satz",         RATE_WRITE,     PROJECT_RATE,     project_rate_form,   project_post_rate,   .again = project_get_rate),
};
/* clang-format on */

static const struct scope scopes[] = {
    {"project", project_scope}
};

const struct domain project_domain = {
    .name = "project",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
};

/* --- words -------------------------------------------------------------------------------------
 */

enum text
project_status_text(int64_t status)
{
    static const enum text texts[PROJECT_STATUS_COUNT] = {
        [PROJECT_OPEN] = T_project_status_open,
        [PROJECT_INVOICING] = T_project_status_invoicing,
        [PROJECT_COMPLETED] = T_project_status_completed,
        [PROJECT_CANCELLED] = T_project_status_cancelled,
        [PROJECT_READY] = T_project_status_ready,
    };

    return status >= 0 && status < PROJECT_STATUS_COUNT ? texts[status] : T_NONE;
}

enum text
project_state_text(int64_t status, bool active)
{
    return status == PROJECT_OPEN && !active ? T_project_status_resting
                                             : project_status_text(status);
}

struct str
project_whole_no(struct arena *mem, struct str no, struct str addition)
{
    return addition.n > 0 ? arena_fmt(mem, "%.*s %.*s", STR_FMT(no), STR_FMT(addition)) : no;
}

struct str
project_status_class(int64_t status, bool active)
{
    static const struct str classes[PROJECT_STATUS_COUNT] = {
        [PROJECT_OPEN] = STR("info"),    [PROJECT_INVOICING] = STR("note"),
        [PROJECT_COMPLETED] = STR("ok"), [PROJECT_CANCELLED] = STR("idle"),
        [PROJECT_READY] = STR("note"),
    };

    if (status < 0 || status >= PROJECT_STATUS_COUNT || (status == PROJECT_OPEN && !active)) {
        return STR("idle");
    }
    return classes[status];
}

enum text
project_recurrence_text(int64_t recurrence)
{
    static const enum text texts[] = {
        T_project_recurrence_0, T_project_recurrence_1, T_project_recurrence_2,
        T_project_recurrence_3, T_project_recurrence_4, T_project_recurrence_5,
        T_project_recurrence_6,
    };

    return recurrence >= 0 && recurrence < (int64_t)COUNT(texts) ? texts[recurrence] : T_NONE;
}

struct str
project_department_name(struct arena *mem, const struct settings *s, int64_t no)
{
    if (no < 0 || no >= DEPARTMENTS) {
        return STR("");
    }
    return s->department[no].n > 0 ? s->department[no] : arena_fmt(mem, "%lld", (long long)no);
}

struct str
project_full_name(struct arena *mem, struct str first, struct str last)
{
    if (first.n == 0 || last.n == 0) {
        return first.n == 0 ? last : first;
    }
    return arena_fmt(mem, "%.*s %.*s", STR_FMT(first), STR_FMT(last));
}

struct budget_view
project_budget(struct minutes planned, struct minutes needed, struct percent warn)
{
    struct budget_view b = {
        .planned = planned,
        .needed = needed,
        .light = project_light(planned, needed, warn),
        .class_name = STR("ok"),
    };

    if (b.light == BUDGET_NONE) {
        return b;
    }
    b.percent = project_used_percent(planned, needed);
    b.width = b.percent < 100 ? b.percent : 100;
    if (b.light == BUDGET_WARN) {
        b.class_name = STR("warn");
    } else if (b.light == BUDGET_OVER) {
        b.class_name = STR("bad");
    }
    return b;
}

/* --- frame -------------------------------------------------------------------------------------
 */

enum rc
project_full_find(struct rtx *tx, struct project_id id, struct project_full_row *ret)
{
    bool found;

    TRY(project_full(tx, &(struct project_full_in){id}, ret, &found));
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "project %lld", (long long)id.n);
    }
    return OK;
}

void
project_head_of(struct arena *mem, const struct project_full_row *row, enum project_tab tab,
                struct project_head *ret_h)
{
    *ret_h = (struct project_head){
        .id = row->project_id,
        .name = row->name,
        .no = project_whole_no(mem, row->project_no, row->project_no_addition),
        .company = row->company_id,
        .company_name = row->company_name,
        .status = project_state_text(row->status, row->active),
        .status_class = project_status_class(row->status, row->active),
        .is_template = row->is_template,
        .may_book = row->status == PROJECT_OPEN && !row->is_template,
        .start = row->start_day,
        .end = row->end_day,
        .lead = project_full_name(mem, row->responsible_first_name, row->responsible_last_name),
        .tab = tab,
    };
}

struct url
project_url(struct arena *mem, struct project_id id)
{
    return url_fmt(mem, "/projekte/%lld", (long long)id.n);
}
