/* list_web.c: the times of a project: filtered, a page at a time; as a statement of hours for the
 * customer, to be printed; as a table for spreadsheets. All three find the same for one filter. */
#include "app/time/time_in.h"
#include "base/csv.h"
#include "base/text.h"
#include "time_list.tmpl.h"

enum {
    PAGE_ROWS = 50,
    EXPORT_ROWS = 10000,   /* of a table */
    STATEMENT_ROWS = 2000, /* on paper: some fifty pages */
    EXPORT_BYTES = 8000000
};

/* clang-format off */
static const struct field filter_fields[] = {
    FIELD(struct time_filter, q, T_time_note, .max = 100),
    FIELD(struct time_filter, user_id, T_time_person),
    FIELD(struct time_filter, category_id, T_time_category),
    FIELD(struct time_filter, from_day, T_time_filter_from),
    FIELD(struct time_filter, to_day, T_time_filter_to),
    FIELD(struct time_filter, billing, T_time_billing, .max = BILLING_INVOICED),
};
/* clang-format on */
static const struct form_def filter_def = FORM_DEF(time_filter, filter_fields);

/* --- the filter ------------------------------------------------------------------------------ */

static struct time_filter
filter_of(struct req *rq)
{
    struct time_filter f = {.from_day = DAY_NONE, .to_day = DAY_NONE};
    req_query_form(rq, &filter_def, &f);
    return f;
}

static bool
is_filtered(const struct time_filter *f)
{
    return f->q.n > 0 || f->user_id.n != 0 || f->category_id.n != 0 || f->from_day.n != NONE_I32 ||
           f->to_day.n != NONE_I32 || f->billing != BILLING_ALL;
}

/* What is looked for, folded; STR_NONE for no text. */
static struct str
pattern_of(struct arena *mem, struct str q)
{
    return q.n == 0 ? STR_NONE : text_like(mem, text_fold(mem, q));
}

static void
put_pair(struct out *o, const char *name, const char *value)
{
    out_fmt(o, "%c%s=%s", o->n == 0 ? '?' : '&', name, value);
}

static void
put_number(struct out *o, const char *name, int64_t n)
{
    char text[24];
    if (n != 0) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)n);
        put_pair(o, name, text);
    }
}

static void
put_filter_day(struct out *o, const char *name, struct day d)
{
    char text[16];
    if (d.n != NONE_I32) {
        put_pair(o, name, day_print(d, text).p);
    }
}

/* `tail` is "", "/tabelle" or "/nachweis"; page_no 1 is not written. */
static struct url
list_url(struct arena *mem, struct project_id id, const char *tail, const struct time_filter *f,
         int64_t page_no)
{
    struct out o = out_new(mem, 1024);
    if (f->q.n > 0) {
        put_pair(&o, "q", url_text(mem, f->q));
    }
    put_number(&o, "user_id", f->user_id.n);
    put_number(&o, "category_id", f->category_id.n);
    put_filter_day(&o, "from_day", f->from_day);
    put_filter_day(&o, "to_day", f->to_day);
    put_number(&o, "billing", f->billing);
    put_number(&o, "seite", page_no > 1 ? page_no : 0);
    return url_fmt(mem, "/projekte/%lld/zeiten%s%.*s", (long long)id.n, tail,
                   STR_FMT(out_view(&o)));
}

/* The three statements take the same filter but not the same struct. */
#define FILTER_IN(rq, id, f)                                                                       \
    .project_id = (id), .all_flag = may(req_who(rq), RIGHT_TIME_READ_ALL),                         \
    .user_id = req_who(rq)->user, .by_user_id = (f)->user_id, .category_id = (f)->category_id,     \
    .from_day = (f)->from_day, .to_day = (f)->to_day,                                              \
    .billing_count = (f)->billing != BILLING_ALL ? (f)->billing : NONE_I64,                        \
    .pattern_text = pattern_of(req_mem(rq), (f)->q)

/* --- the page -------------------------------------------------------------------------------- */

static struct option
number_option(struct arena *mem, int64_t id, struct str label, int64_t now)
{
    return (struct option){
        .value = arena_fmt(mem, "%lld", (long long)id), .label = label, .selected = id == now};
}

static enum rc
put_choices(struct req *rq, struct rtx *tx, struct time_project_page *d)
{
    static const enum text texts[] = {T_time_billing_open, T_time_billing_internal,
                                      T_time_billing_invoiced};
    d->billings = ARENA_ARRAY(req_mem(rq), struct option, COUNT(texts));
    d->n_billings = COUNT(texts);
    for (size_t i = 0; i < COUNT(texts); i++) {
        d->billings[i] =
            number_option(req_mem(rq), (int64_t)i + 1, page_text(req_page(rq), texts[i], STR_NONE),
                          d->filter.billing);
    }
    if (d->shows_all) {
        TRY(time_people_options(tx, d->filter.user_id, &d->people, &d->n_people));
    }
    return time_category_options(tx, d->filter.category_id, &d->categories, &d->n_categories);
}

/* Without a filter the project itself keeps the sum, for those who may see all of it. */
static enum rc
put_sum(struct req *rq, struct rtx *tx, struct project_id id, struct time_project_page *d)
{
    struct time_sum_of_project_row sum;
    d->is_filtered = is_filtered(&d->filter);
    if (!d->is_filtered && d->shows_all) {
        d->total = d->project.needed;
        return OK;
    }
    TRY(time_sum_of_project(tx, &(struct time_sum_of_project_in){FILTER_IN(rq, id, &d->filter)},
                            &sum));
    d->total = sum.total_minutes;
    d->billable = sum.billable_minutes;
    d->count = sum.entry_count;
    return OK;
}

enum rc
time_get_project(struct req *rq, struct rtx *tx)
{
    struct project_id id = PATH_ID(rq, project);
    int64_t page_no = req_page_no(rq);
    struct arena *mem = req_mem(rq);
    struct page *pg = req_page(rq);
    struct time_project_page d = {.filter = filter_of(rq),
                                  .shows_all = may(req_who(rq), RIGHT_TIME_READ_ALL)};
    TRY(project_find(tx, id, &d.project));
    TRY(time_of_project(tx,
                        &(struct time_of_project_in){FILTER_IN(rq, id, &d.filter),
                                                     .skip_count = (page_no - 1) * PAGE_ROWS},
                        &d.rows, &d.n_rows));
    if (d.n_rows > PAGE_ROWS) {
        d.n_rows = PAGE_ROWS;
        d.next = list_url(mem, id, "", &d.filter, page_no + 1);
    }
    if (page_no > 1) {
        d.prev = list_url(mem, id, "", &d.filter, page_no - 1);
    }
    TRY(put_sum(rq, tx, id, &d));
    TRY(put_choices(rq, tx, &d));
    d.csv = list_url(mem, id, "/tabelle", &d.filter, 1);
    d.statement = list_url(mem, id, "/nachweis", &d.filter, 1);
    d.is_open = d.project.status == PROJECT_OPEN && !d.project.is_template;
    pg->nav = NAV_PROJECTS;
    pg->title = page_text(pg, T_time_project_title, d.project.name);
    return reply_page(rq, time_project_html, &d);
}

/* --- the table for spreadsheets -------------------------------------------------------------- */

struct export
{
    const struct page *pg;
    struct arena *mem;
    struct out o;
};

static void
cell_text(struct export *x, enum text t, bool last)
{
    csv_put(&x->o, page_text(x->pg, t, STR_NONE), last);
}

/* What put() prints for people is what a spreadsheet of their language reads. */
#define CELL(x, print, value, last)                                                                \
    do {                                                                                           \
        struct out cell_ = out_new((x)->mem, 64);                                                  \
        print(&cell_, (x)->pg, (value));                                                           \
        csv_put(&(x)->o, out_view(&cell_), (last));                                                \
    } while (0)

static void
put_header(struct export *x)
{
    static const enum text head[] = {T_time_date,     T_time_from,        T_time_to,
                                     T_time_person,   T_time_category,    T_time_note,
                                     T_time_duration, T_time_export_hours};
    out_str(&x->o, CSV_BOM);
    for (size_t i = 0; i < COUNT(head); i++) {
        cell_text(x, head[i], false);
    }
    cell_text(x, T_time_billing, true);
}

static enum rc
put_line(void *arg, const struct time_statement_row *r)
{
    struct export *x = arg;
    struct str name = arena_fmt(x->mem, "%.*s %.*s", STR_FMT(r->first_name), STR_FMT(r->last_name));
    CELL(x, put_day, r->day, false);
    CELL(x, put_clock, r->from_clock, false);
    CELL(x, put_clock, r->to_clock, false);
    csv_put(&x->o, name, false);
    csv_put(&x->o, r->category_name_text, false);
    csv_put(&x->o, r->note, false);
    CELL(x, put_minutes, r->minutes, false);
    CELL(x, put_hours, r->minutes, false);
    cell_text(x, r->invoiced ? T_time_invoiced : r->billable ? T_time_open : T_time_internal, true);
    return OK;
}

/* "Zeiten 26-1-001.csv"; the number without what file systems do not take. */
static struct str
file_name(struct req *rq, const struct project *p)
{
    char *name = arena_alloc(req_mem(rq), p->no.n + 1);
    for (size_t i = 0; i < p->no.n; i++) {
        bool is_bad = (unsigned char)p->no.p[i] < ' ' || strchr("/\\:*?\"<>|", p->no.p[i]) != NULL;
        name[i] = is_bad ? '-' : p->no.p[i];
    }
    return page_text(req_page(rq), T_time_export_name, (struct str){name, p->no.n});
}

/* E_TIME_EXPORT with the bound when the filter finds more. */
static enum rc
need_few(struct req *rq, struct rtx *tx, struct project_id id, const struct time_filter *f,
         int64_t most)
{
    struct time_sum_of_project_row sum;
    TRY(time_sum_of_project(tx, &(struct time_sum_of_project_in){FILTER_IN(rq, id, f)}, &sum));
    if (sum.entry_count > most) {
        return fail(rtx_err(tx), RC_LIMIT, E_LIMIT, "%lld entries", (long long)sum.entry_count);
    }
    return OK;
}

enum rc
time_get_csv(struct req *rq, struct rtx *tx)
{
    struct project_id id = PATH_ID(rq, project);
    struct time_filter f = filter_of(rq);
    struct export x = {
        .pg = req_page(rq), .mem = req_mem(rq), .o = out_new(req_mem(rq), EXPORT_BYTES)};
    struct project p;
    TRY(project_find(tx, id, &p));
    TRY(need_few(rq, tx, id, &f, EXPORT_ROWS));
    put_header(&x);
    TRY(time_statement(
        tx, &(struct time_statement_in){FILTER_IN(rq, id, &f), .limit_count = EXPORT_ROWS},
        put_line, &x));
    if (!out_ok(&x.o)) {
        return fail(rtx_err(tx), RC_LIMIT, E_LIMIT, "%d bytes", EXPORT_BYTES);
    }
    return reply_bytes(rq, "text/csv; charset=utf-8", file_name(rq, &p),
                       (struct bytes){(const uint8_t *)x.o.p, x.o.n});
}

/* --- the statement of hours ------------------------------------------------------------------ */

static enum rc
keep_line(void *arg, const struct time_statement_row *r)
{
    struct time_statement_page *d = arg;
    struct time_statement_row *to = &d->rows[d->n_rows++];
    struct arena *mem = d->mem;
    *to = *r;
    to->note = arena_copy(mem, r->note);
    to->category_name_text = arena_copy(mem, r->category_name_text);
    to->first_name = arena_copy(mem, r->first_name);
    to->last_name = arena_copy(mem, r->last_name);
    d->total.n += r->minutes.n;
    return OK;
}

enum rc
time_get_statement(struct req *rq, struct rtx *tx)
{
    struct project_id id = PATH_ID(rq, project);
    struct time_filter f = filter_of(rq);
    struct page *pg = req_page(rq);
    struct time_statement_page d = {.mem = req_mem(rq), .from = f.from_day, .to = f.to_day};
    TRY(project_find(tx, id, &d.project));
    TRY(need_few(rq, tx, id, &f, STATEMENT_ROWS));
    d.rows = ARENA_ARRAY(req_mem(rq), struct time_statement_row, STATEMENT_ROWS);
    TRY(time_statement(
        tx, &(struct time_statement_in){FILTER_IN(rq, id, &f), .limit_count = STATEMENT_ROWS},
        keep_line, &d));
    d.back = list_url(req_mem(rq), id, "", &f, 1);
    pg->title = page_text(pg, T_time_statement_title, d.project.name);
    return reply_page_in(rq, time_statement_html, &d, SHELL_PRINT);
}
