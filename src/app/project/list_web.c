/* list_web.c: the list of projects with its filters. The list as it opens (one status, by name) is
 * read along an index; any other filter or order goes through one general statement. */
#include "app/project/web.h"

#include "app/contact/contact.h"
#include "base/out.h"
#include "base/text.h"

enum {
    PAGE_ROWS = 50,
    IDLE_DAYS = 61, /* "no time for two months" */
    TAG_POINTS = 60,
    GROUP_POINTS = 120,
    RECURRENCES = 7,
    SHOW_RESTING = 5, /* what can be chosen as status beside enum project_status */
    SHOW_TEMPLATES = 6,
    SHOW_ALL = 9,
};
enum list_sort { SORT_NAME, SORT_NO, SORT_COMPANY, SORT_END, SORT_BUDGET, SORT_NEWEST, SORT_COUNT };

struct project_filter {
    struct str q;
    int64_t status; /* enum project_status or SHOW_… */
    int64_t light;  /* 0, or 1 within, 2 near, 3 above the plan */
    bool mine;
    bool more; /* shows the second row of filters */
    struct company_id company_id;
    struct user_id lead_id;
    struct str tag;
    int64_t department;
    struct user_id team_id; /* assigned to it */
    struct str group;
    int64_t recurrence; /* none: any */
    struct day begin_from, begin_to, end_from, end_to;
    bool idle;
    int64_t sort;
};

/* clang-format off */
static const struct field filter_fields[] = {
    FIELD(struct project_filter, q, T_project_filter_q),
    FIELD(struct project_filter, status, T_project_status, .max = SHOW_ALL),
    FIELD(struct project_filter, light, T_project_filter_light, .max = 3),
    FIELD(struct project_filter, mine, T_project_filter_mine),
    FIELD(struct project_filter, more, T_project_filter_more),
    FIELD(struct project_filter, company_id, T_project_company),
    FIELD(struct project_filter, lead_id, T_project_lead),
    FIELD(struct project_filter, tag, T_project_filter_tag, .max = TAG_POINTS),
    FIELD(struct project_filter, department, T_project_department, .max = DEPARTMENTS - 1),
    FIELD(struct project_filter, team_id, T_project_team),
    FIELD(struct project_filter, group, T_project_group, .max = GROUP_POINTS),
    FIELD(struct project_filter, recurrence, T_project_recurrence, .max = RECURRENCES - 1),
    FIELD(struct project_filter, begin_from, T_project_filter_begin_from),
    FIELD(struct project_filter, begin_to, T_project_filter_begin_to),
    FIELD(struct project_filter, end_from, T_project_filter_end_from),
    FIELD(struct project_filter, end_to, T_project_filter_end_to),
    FIELD(struct project_filter, idle, T_project_filter_idle),
    FIELD(struct project_filter, sort, T_project_filter_sort, .max = SORT_COUNT - 1),
};
/* clang-format on */
static const struct form_def filter_def = FORM_DEF(project_filter, filter_fields);

struct list_item {
    struct project_id id;
    struct str no, name;
    struct company_id company;
    struct str company_name, lead;
    enum text status;
    struct str status_class;
    bool rests, is_late;
    struct budget_view budget;
    struct day end;
};

struct list_page {
    struct project_filter filter;
    struct list_item *rows;
    size_t n_rows;
    int64_t total, first, last;
    int64_t over; /* above their plan; counted for the plain list only */
    struct url over_url;
    struct percent warn;
    bool shows_status; /* projects of more than one status are in the list */
    bool is_filtered;  /* anything beside the status was chosen: an empty list means no match */
    struct url by_no, by_name, by_company, by_end, by_budget, by_newest;
    struct url prev, next, more_url;
    const struct option *statuses, *lights, *companies, *leads, *tags, *departments;
    size_t n_statuses, n_lights, n_companies, n_leads, n_tags, n_departments;
    struct option *team, *groups, *recurrences;
    size_t n_team, n_groups, n_recurrences;
};
#include "project_list.tmpl.h"

/* --- links -------------------------------------------------------------------------------------
 */

static void
put_pair(struct out *o, struct arena *mem, const char *name, struct str value)
{
    out_char(o, o->n == 0 ? '?' : '&');
    out_fmt(o, "%s=%s", name, url_text(mem, value));
}

static void
put_number(struct out *o, struct arena *mem, const char *name, int64_t n, int64_t none)
{
    if (n != none) {
        put_pair(o, mem, name, arena_fmt(mem, "%lld", (long long)n));
    }
}

static void
put_filter_day(struct out *o, struct arena *mem, const char *name, struct day d)
{
    char text[16];

    if (d.n != NONE_I32) {
        put_pair(o, mem, name, day_print(d, text));
    }
}

/* The list with this filter; page_no 1 is not written. */
static struct url
list_url(struct arena *mem, const struct project_filter *f, int64_t sort, int64_t page_no)
{
    struct out o = out_new(mem, 4096);

    if (f->q.n > 0) {
        put_pair(&o, mem, "q", f->q);
    }
    put_number(&o, mem, "status", f->status, PROJECT_OPEN);
    put_number(&o, mem, "light", f->light, 0);
    put_number(&o, mem, "mine", f->mine, 0);
    put_number(&o, mem, "more", f->more, 0);
    put_number(&o, mem, "company_id", f->company_id.n, 0);
    put_number(&o, mem, "lead_id", f->lead_id.n, 0);
    if (f->tag.n > 0) {
        put_pair(&o, mem, "tag", f->tag);
    }
    put_number(&o, mem, "department", f->department, NONE_I64);
    put_number(&o, mem, "team_id", f->team_id.n, 0);
    if (f->group.n > 0) {
        put_pair(&o, mem, "group", f->group);
    }
    put_number(&o, mem, "recurrence", f->recurrence, NONE_I64);
    put_filter_day(&o, mem, "begin_from", f->begin_from);
    put_filter_day(&o, mem, "begin_to", f->begin_to);
    put_filter_day(&o, mem, "end_from", f->end_from);
    put_filter_day(&o, mem, "end_to", f->end_to);
    put_number(&o, mem, "idle", f->idle, 0);
    put_number(&o, mem, "sort", sort, SORT_NAME);
    put_number(&o, mem, "seite", page_no, 1);
    return url_fmt(mem, "/projekte%.*s", STR_FMT(out_view(&o)));
}

static void
put_links(struct arena *mem, struct list_page *d, int64_t page_no)
{
    const struct project_filter *f = &d->filter;
    struct project_filter more = *f;

    struct project_filter over = *f;

    more.more = true;
    over.light = BUDGET_OVER;
    d->over_url = list_url(mem, &over, f->sort, 1);
    d->by_name = list_url(mem, f, SORT_NAME, 1);
    d->by_no = list_url(mem, f, SORT_NO, 1);
    d->by_company = list_url(mem, f, SORT_COMPANY, 1);
    d->by_end = list_url(mem, f, SORT_END, 1);
    d->by_budget = list_url(mem, f, SORT_BUDGET, 1);
    d->by_newest = list_url(mem, f, SORT_NEWEST, 1);
    d->more_url = list_url(mem, &more, f->sort, 1);
    if (page_no > 1) {
        d->prev = list_url(mem, f, f->sort, page_no - 1);
    }
    if (d->last < d->total) {
        d->next = list_url(mem, f, f->sort, page_no + 1);
    }
}

/* --- choices -----------------------------------------------------------------------------------
 */

static struct option
choice(struct req *rq, int64_t value, enum text label, int64_t now)
{
    const struct page *pg = req_page(rq);

    return (struct option){
        .value = arena_fmt(req_mem(rq), "%lld", (long long)value),
        .label = page_text(pg, label, STR_NONE),
        .selected = value == now,
    };
}

static void
put_fixed_choices(struct req *rq, struct list_page *d)
{
    static const struct {
        int64_t value;
        enum text label;
    } shown[] = {
        {PROJECT_OPEN,      T_project_show_open     },
        {SHOW_RESTING,      T_project_show_resting  },
        {PROJECT_READY,     T_project_show_ready    },
        {PROJECT_INVOICING, T_project_show_invoicing},
        {PROJECT_COMPLETED, T_project_show_completed},
        {PROJECT_CANCELLED, T_project_show_cancelled},
        {SHOW_TEMPLATES,    T_project_show_templates},
        {SHOW_ALL,          T_project_show_all      },
    };
    static const enum text lights[] = {T_project_light_any, T_project_light_ok,
                                       T_project_light_warn, T_project_light_over};
    struct option *a = ARENA_ARRAY(req_mem(rq), struct option, COUNT(shown));
    struct option *b = ARENA_ARRAY(req_mem(rq), struct option, COUNT(lights));

    for (size_t i = 0; i < COUNT(shown); i++) {
        a[i] = choice(rq, shown[i].value, shown[i].label, d->filter.status);
    }
    for (size_t i = 0; i < COUNT(lights); i++) {
        b[i] = choice(rq, (int64_t)i, lights[i], d->filter.light);
    }
    d->statuses = a;
    d->n_statuses = COUNT(shown);
    d->lights = b;
    d->n_lights = COUNT(lights);
}

static enum rc
put_leads(struct rtx *tx, struct list_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct project_leads_row *rows;
    struct option *v;

    TRY(project_leads(tx, &rows, &d->n_leads));
    v = ARENA_ARRAY(mem, struct option, d->n_leads);
    for (size_t i = 0; i < d->n_leads; i++) {
        v[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].user_id.n),
            .label = project_full_name(mem, rows[i].first_name, rows[i].last_name),
            .selected = rows[i].user_id.n == d->filter.lead_id.n,
        };
    }
    d->leads = v;
    return OK;
}

static enum rc
put_tags(struct rtx *tx, struct list_page *d)
{
    struct arena *mem = rtx_mem(tx);
    const struct str now = text_fold(mem, d->filter.tag);
    struct project_tag_choices_row *rows;
    struct option *v;

    TRY(project_tag_choices(tx, &rows, &d->n_tags));
    v = ARENA_ARRAY(mem, struct option, d->n_tags);
    for (size_t i = 0; i < d->n_tags; i++) {
        v[i] = (struct option){
            .value = rows[i].tag, .label = rows[i].tag, .selected = str_eq(rows[i].tag_key, now)};
    }
    d->tags = v;
    return OK;
}

static void
put_departments(struct arena *mem, const struct settings *s, struct list_page *d)
{
    struct option *v = ARENA_ARRAY(mem, struct option, DEPARTMENTS);

    for (int64_t i = 0; i < DEPARTMENTS; i++) {
        if (s->department[i].n > 0) {
            v[d->n_departments++] = (struct option){
                .value = arena_fmt(mem, "%lld", (long long)i),
                .label = s->department[i],
                .selected = d->filter.department == i,
            };
        }
    }
    d->departments = v;
}

static enum rc
put_team(struct rtx *tx, struct list_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct project_people_row *rows;

    TRY(project_people(tx, &(struct project_people_in){{0}}, &rows, &d->n_team));
    d->team = ARENA_ARRAY(mem, struct option, d->n_team);
    for (size_t i = 0; i < d->n_team; i++) {
        d->team[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].user_id.n),
            .label = project_full_name(mem, rows[i].first_name, rows[i].last_name),
            .selected = rows[i].user_id.n == d->filter.team_id.n,
        };
    }
    return OK;
}

static enum rc
put_groups(struct rtx *tx, struct list_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct project_group_list_row *rows;

    TRY(project_group_list(tx, &rows, &d->n_groups));
    d->groups = ARENA_ARRAY(mem, struct option, d->n_groups);
    for (size_t i = 0; i < d->n_groups; i++) {
        d->groups[i] = (struct option){.value = rows[i].name,
                                       .label = rows[i].name,
                                       .selected = str_eq(rows[i].name, d->filter.group)};
    }
    return OK;
}

static void
put_recurrences(struct req *rq, struct list_page *d)
{
    d->n_recurrences = RECURRENCES;
    d->recurrences = ARENA_ARRAY(req_mem(rq), struct option, RECURRENCES);
    for (int64_t i = 0; i < RECURRENCES; i++) {
        d->recurrences[i] = choice(rq, i, project_recurrence_text(i), d->filter.recurrence);
    }
}

/* The second row costs six queries, so it is there only when it is wanted or in use. */
static enum rc
put_more(struct req *rq, struct rtx *tx, const struct settings *s, struct list_page *d)
{
    put_recurrences(rq, d);
    TRY(put_team(tx, d));
    TRY(put_groups(tx, d));
    TRY(company_options(tx, d->filter.company_id, &d->companies, &d->n_companies));
    TRY(put_leads(tx, d));
    TRY(put_tags(tx, d));
    put_departments(rtx_mem(tx), s, d);
    return OK;
}

/* --- rows --------------------------------------------------------------------------------------
 */

/* Both statements have the same columns but not the same struct. */
#define ITEM_OF(r)                                                                                 \
    ((struct list_item){                                                                           \
        .id = (r).project_id,                                                                      \
        .no = (r).project_no,                                                                      \
        .name = (r).name,                                                                          \
        .company = (r).company_id,                                                                 \
        .company_name = (r).company_name,                                                          \
        .lead = project_full_name(mem, (r).first_name, (r).last_name),                             \
        .status = project_status_text((r).status),                                                 \
        .status_class = project_status_class((r).status, (r).active),                              \
        .rests = (r).status == PROJECT_OPEN && !(r).active,                                        \
        .is_late =                                                                                 \
            (r).status == PROJECT_OPEN && (r).end_day.n != NONE_I32 && (r).end_day.n < today.n,    \
        .budget = project_budget((r).planned_minutes, (r).needed_minutes, warn),                   \
        .end = (r).end_day,                                                                        \
    })

static enum rc
read_plain(struct req *rq, struct rtx *tx, struct percent warn, int64_t offset, struct list_page *d)
{
    struct arena *mem = req_mem(rq);
    const struct principal *who = req_who(rq);
    const struct day today = req_today(rq);
    const bool all = may(who, RIGHT_PROJECT_READ_ALL);
    struct project_page_row *rows;
    struct project_count_open_row count;

    TRY(project_page(tx,
                     &(struct project_page_in){.wanted_status = d->filter.status,
                                               .all_flag = all,
                                               .user_id = who->user,
                                               .limit_count = PAGE_ROWS,
                                               .offset_count = offset},
                     &rows, &d->n_rows));
    TRY(project_count_open(tx,
                           &(struct project_count_open_in){.wanted_status = d->filter.status,
                                                           .all_flag = all,
                                                           .user_id = who->user},
                           &count));
    d->total = count.total_count;
    d->over = count.over_count;
    d->rows = ARENA_ARRAY(mem, struct list_item, d->n_rows);
    for (size_t i = 0; i < d->n_rows; i++) {
        d->rows[i] = ITEM_OF(rows[i]);
    }
    return OK;
}

static int64_t
wanted_status(const struct project_filter *f)
{
    if (f->status == SHOW_RESTING) {
        return PROJECT_OPEN;
    }
    return f->status == SHOW_ALL || f->status == SHOW_TEMPLATES ? NONE_I64 : f->status;
}

static struct project_search_in
search_of(struct req *rq, const struct project_filter *f, struct percent warn, int64_t offset)
{
    const struct principal *who = req_who(rq);

    return (struct project_search_in){
        .all_flag = may(who, RIGHT_PROJECT_READ_ALL),
        .user_id = who->user,
        .mine_flag = f->mine,
        .wanted_status = wanted_status(f),
        .resting_flag = f->status == SHOW_RESTING,
        .template_flag = f->status == SHOW_TEMPLATES,
        .company_id = f->company_id,
        .responsible_user_id = f->lead_id,
        .department_no = f->department,
        .assigned_user_id = f->team_id,
        .recurrence = f->recurrence,
        .name_key = f->group.n > 0 ? text_fold(req_mem(rq), f->group) : STR_NONE,
        .begin_from_day = f->begin_from,
        .begin_to_day = f->begin_to,
        .end_from_day = f->end_from,
        .end_to_day = f->end_to,
        .tag_key = f->tag.n > 0 ? text_fold(req_mem(rq), f->tag) : STR_NONE,
        .pattern_text = project_pattern(req_mem(rq), f->q),
        .idle_day = {f->idle ? req_today(rq).n - IDLE_DAYS : NONE_I32},
        .light_status = f->light > 0 ? f->light : NONE_I64,
        .budget_warn = warn,
        .sort_status = f->sort,
        .limit_count = PAGE_ROWS,
        .offset_count = offset,
    };
}

static enum rc
read_filtered(struct req *rq, struct rtx *tx, struct percent warn, int64_t offset,
              struct list_page *d)
{
    struct arena *mem = req_mem(rq);
    const struct day today = req_today(rq);
    const struct project_search_in in = search_of(rq, &d->filter, warn, offset);
    struct project_search_row *rows;

    TRY(project_search(tx, &in, &rows, &d->n_rows));
    d->total = d->n_rows > 0 ? rows[0].total_count : 0;
    d->rows = ARENA_ARRAY(mem, struct list_item, d->n_rows);
    for (size_t i = 0; i < d->n_rows; i++) {
        d->rows[i] = ITEM_OF(rows[i]);
    }
    return OK;
}

static bool
has_more_filters(const struct project_filter *f)
{
    return f->company_id.n != 0 || f->lead_id.n != 0 || f->tag.n > 0 || f->department != NONE_I64 ||
           f->team_id.n != 0 || f->group.n > 0 || f->recurrence != NONE_I64 ||
           f->begin_from.n != NONE_I32 || f->begin_to.n != NONE_I32 || f->end_from.n != NONE_I32 ||
           f->end_to.n != NONE_I32 || f->idle;
}

/* What the filter finds: along the index when only a status was chosen. */
static enum rc
read_rows(struct req *rq, struct rtx *tx, struct percent warn, int64_t page_no, struct list_page *d)
{
    const int64_t offset = (page_no - 1) * PAGE_ROWS;
    const struct project_filter *f = &d->filter;

    d->is_filtered = has_more_filters(f) || f->q.n > 0 || f->light > 0 || f->mine;
    d->shows_status = f->status == SHOW_ALL || f->status == SHOW_TEMPLATES;
    if (!d->is_filtered && f->sort == SORT_NAME && f->status < PROJECT_STATUS_COUNT) {
        TRY(read_plain(rq, tx, warn, offset, d));
    } else {
        TRY(read_filtered(rq, tx, warn, offset, d));
    }
    d->first = d->n_rows > 0 ? offset + 1 : 0;
    d->last = offset + (int64_t)d->n_rows;
    return OK;
}

enum rc
project_get_list(struct req *rq, struct rtx *tx)
{
    const int64_t page_no = req_page_no(rq);
    struct page *pg = req_page(rq);
    struct list_page d = {
        .filter = {.department = NONE_I64,
                   .recurrence = NONE_I64,
                   .begin_from = DAY_NONE,
                   .begin_to = DAY_NONE,
                   .end_from = DAY_NONE,
                   .end_to = DAY_NONE}
    };
    struct settings s;

    req_query_form(rq, &filter_def, &d.filter);
    TRY(settings_get(tx, &s));
    TRY(read_rows(rq, tx, s.budget_warn, page_no, &d));
    d.warn = s.budget_warn;
    d.filter.more = d.filter.more || has_more_filters(&d.filter);
    put_links(req_mem(rq), &d, page_no);
    put_fixed_choices(rq, &d);
    if (d.filter.more) {
        TRY(put_more(rq, tx, &s, &d));
    }
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_nav_projects, STR_NONE);
    return reply_page(rq, project_list_html, &d);
}
