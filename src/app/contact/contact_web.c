/* contact_web.c: the routes of contacts, their lists, and the names of the ten marks. */
#include "app/contact/pages.h"

#include "app/contact/import_pages.h"

#include "contact.tmpl.h"

/* --- what several pages need ----------------------------------------------------------------- */

void
contact_page(struct req *rq, enum text title, struct str arg)
{
    struct page *pg = req_page(rq);

    pg->nav = NAV_CONTACTS;
    pg->title = page_text(pg, title, arg);
}

const struct option *
status_options(struct req *rq, int64_t selected, bool any, size_t *ret_n)
{
    struct arena *mem = req_mem(rq);
    struct option *o = ARENA_ARRAY(mem, struct option, COMPANY_STATUS_COUNT + 1);
    size_t n = 0;

    if (any) {
        o[n++] = (struct option){.value = STR(""),
                                 .label = page_text(req_page(rq), T_contact_status_any, STR_NONE)};
    }
    for (int64_t i = 0; i < COMPANY_STATUS_COUNT; i++) {
        o[n++] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)i),
            .label = page_text(req_page(rq), company_status_text(i), STR_NONE),
            .selected = i == selected,
        };
    }
    *ret_n = n;
    return o;
}

struct str
status_class(int64_t status)
{
    if (status == COMPANY_CUSTOMER) {
        return STR("info");
    }
    return status == COMPANY_PROSPECT || status == COMPANY_ACQUISITION ? STR("note") : STR("");
}

struct str
person_name(struct arena *mem, struct str title, struct str first, struct str last)
{
    return arena_fmt(mem, "%.*s%s%.*s%s%.*s", STR_FMT(title), title.n > 0 ? " " : "",
                     STR_FMT(first), first.n > 0 ? " " : "", STR_FMT(last));
}

struct list_foot
list_foot(struct req *rq, struct url base, size_t n_rows, int64_t total)
{
    int64_t page = req_page_no(rq), before = (page - 1) * CONTACT_PAGE_ROWS;
    struct list_foot f = {.first = before + 1, .last = before + (int64_t)n_rows, .total = total};

    if (page > 1) {
        f.prev = url_fmt(req_mem(rq), "%.*sseite=%lld", STR_FMT(base.s), (long long)page - 1);
    }
    if (f.last < total) {
        f.next = url_fmt(req_mem(rq), "%.*sseite=%lld", STR_FMT(base.s), (long long)page + 1);
    }
    return f;
}

/* --- filters --------------------------------------------------------------------------------- */

static const struct field filter_fields[] = {
    FIELD(struct contact_filter, q, T_contact_filter_q, .max = 200),
    FIELD(struct contact_filter, status, T_contact_company_status, .min = 0, .max = 6),
    FIELD(struct contact_filter, tag, T_contact_tags, .max = 120),
    FIELD(struct contact_filter, mark, T_contact_filter_mark, .min = 0, .max = 10),
    FIELD(struct contact_filter, all, T_contact_filter_all),
};
static const struct form_def filter_def = FORM_DEF(contact_filter, filter_fields);

static struct contact_filter
read_filter(struct req *rq)
{
    struct contact_filter f = {.q = STR(""), .status = NONE_I64, .tag = STR("")};

    req_query_form(rq, &filter_def, &f);
    f.mark = f.mark == NONE_I64 ? 0 : f.mark;
    return f;
}

static struct url
filter_url(struct arena *mem, const char *path, const struct contact_filter *f)
{
    struct out o = out_new(mem, 4096);

    out_fmt(&o, "%s?", path);
    if (f->q.n > 0) {
        out_fmt(&o, "q=%s&", url_text(mem, f->q));
    }
    if (f->status != NONE_I64) {
        out_fmt(&o, "status=%lld&", (long long)f->status);
    }
    if (f->tag.n > 0) {
        out_fmt(&o, "tag=%s&", url_text(mem, f->tag));
    }
    if (f->mark > 0) {
        out_fmt(&o, "mark=%lld&", (long long)f->mark);
    }
    if (f->all) {
        out_str(&o, STR("all=1&"));
    }
    return url_fmt(mem, "%.*s", STR_FMT(out_view(&o)));
}

/* --- companies ------------------------------------------------------------------------------- */

static enum rc
tag_options(struct req *rq, struct rtx *tx, struct company_list_page *d)
{
    struct option *o;
    struct tag_list_row *tags;
    size_t n;

    TRY(tag_list(tx, &tags, &n));
    o = ARENA_ARRAY(req_mem(rq), struct option, n + 1);
    o[0] = (struct option){.value = STR(""),
                           .label = page_text(req_page(rq), T_contact_filter_any_tag, STR_NONE)};
    for (size_t i = 0; i < n; i++) {
        o[i + 1] = (struct option){.value = tags[i].tag_key,
                                   .label = tags[i].tag,
                                   .selected = str_eq(tags[i].tag_key, d->filter.tag)};
    }
    d->tags = o;
    d->n_tags = n > 0 ? n + 1 : 0;
    return OK;
}

static const struct company_item *
company_items(struct arena *mem, const struct company_page_row *rows, size_t n)
{
    struct company_item *items = ARENA_ARRAY(mem, struct company_item, n);

    for (size_t i = 0; i < n; i++) {
        items[i] = (struct company_item){
            .id = rows[i].company_id,
            .name = rows[i].name,
            .code = rows[i].code,
            .city = rows[i].city,
            .status = company_status_text(rows[i].status),
            .status_class = status_class(rows[i].status),
            .persons = rows[i].person_count,
            .projects = rows[i].project_count,
        };
    }
    return items;
}

enum rc
company_get_list(struct req *rq, struct rtx *tx)
{
    struct company_list_page d = {.filter = read_filter(rq)};
    const struct contact_filter *f = &d.filter;
    const struct contact_words w = contact_words_of(req_mem(rq), f->q);
    struct company_page_total_row total;
    struct contact_totals_row totals;
    struct company_page_row *rows;

    TRY(company_page(tx,
                     &(struct company_page_in){
                         .any_flag = f->status == NONE_I64,
                         .status = f->status,
                         .tag_key = f->tag,
                         .like1_text = w.v[0],
                         .like2_text = w.v[1],
                         .like3_text = w.v[2],
                         .like4_text = w.v[3],
                         .limit_count = CONTACT_PAGE_ROWS,
                         .offset_count = (req_page_no(rq) - 1) * CONTACT_PAGE_ROWS,
                     },
                     &rows, &d.n_rows));
    TRY(company_page_total(tx,
                           &(struct company_page_total_in){f->status == NONE_I64, f->status, f->tag,
                                                           w.v[0], w.v[1], w.v[2], w.v[3]},
                           &total));
    TRY(contact_totals(tx, &totals));
    TRY(tag_options(rq, tx, &d));
    d.rows = company_items(req_mem(rq), rows, d.n_rows);
    d.n_companies = totals.company_count;
    d.n_persons = totals.person_count;
    d.statuses = status_options(rq, f->status, true, &d.n_statuses);
    d.has_status = f->status != NONE_I64;
    d.is_filtered = f->status != NONE_I64 || f->tag.n > 0 || f->q.n > 0;
    d.foot = list_foot(rq, filter_url(req_mem(rq), "/kontakte", f), d.n_rows, total.total_count);
    contact_page(rq, T_nav_contacts, STR_NONE);
    return reply_page(rq, company_list_html, &d);
}

/* --- persons --------------------------------------------------------------------------------- */

static enum rc
mark_options(struct req *rq, struct rtx *tx, struct person_list_page *d)
{
    struct arena *mem = req_mem(rq);
    struct filter_list_row *marks;
    struct option *o;
    size_t n;

    TRY(filter_list(tx, &marks, &n));
    o = ARENA_ARRAY(mem, struct option, n + 1);
    o[0] = (struct option){.value = STR(""),
                           .label = page_text(req_page(rq), T_contact_filter_any_mark, STR_NONE)};
    for (size_t i = 0; i < n; i++) {
        o[i + 1] = (struct option){.value = arena_fmt(mem, "%lld", (long long)marks[i].filter_no),
                                   .label = marks[i].name,
                                   .selected = marks[i].filter_no == d->filter.mark};
    }
    d->marks = o;
    d->n_marks = n > 0 ? n + 1 : 0;
    return OK;
}

enum rc
person_get_list(struct req *rq, struct rtx *tx)
{
    struct person_list_page d = {.filter = read_filter(rq)};
    const struct contact_filter *f = &d.filter;
    const struct contact_words w = contact_words_of(req_mem(rq), f->q);
    struct person_page_total_row total;
    struct contact_totals_row totals;
    struct person_page_row *rows;

    TRY(person_page(tx,
                    &(struct person_page_in){
                        .any_flag = f->all,
                        .mark_count = f->mark,
                        .like1_text = w.v[0],
                        .like2_text = w.v[1],
                        .like3_text = w.v[2],
                        .like4_text = w.v[3],
                        .limit_count = CONTACT_PAGE_ROWS,
                        .offset_count = (req_page_no(rq) - 1) * CONTACT_PAGE_ROWS,
                    },
                    &rows, &d.n_rows));
    TRY(person_page_total(
        tx, &(struct person_page_total_in){f->all, f->mark, w.v[0], w.v[1], w.v[2], w.v[3]},
        &total));
    TRY(contact_totals(tx, &totals));
    TRY(mark_options(rq, tx, &d));
    d.rows = rows;
    d.n_companies = totals.company_count;
    d.n_persons = totals.person_count;
    d.is_filtered = f->mark > 0 || f->q.n > 0;
    d.foot = list_foot(rq, filter_url(req_mem(rq), "/kontakte/personen", f), d.n_rows,
                       total.total_count);
    contact_page(rq, T_contact_persons, STR_NONE);
    return reply_page(rq, person_list_html, &d);
}

/* --- the ten marks --------------------------------------------------------------------------- */

/* clang-format off */
static const struct field marks_fields[] = {
    FIELD(struct contact_marks_form, name_1, T_contact_person_filter_1, .max = 60),
    FIELD(struct contact_marks_form, name_2, T_contact_person_filter_2, .max = 60),
    FIELD(struct contact_marks_form, name_3, T_contact_person_filter_3, .max = 60),
    FIELD(struct contact_marks_form, name_4, T_contact_person_filter_4, .max = 60),
    FIELD(struct contact_marks_form, name_5, T_contact_person_filter_5, .max = 60),
    FIELD(struct contact_marks_form, name_6, T_contact_person_filter_6, .max = 60),
    FIELD(struct contact_marks_form, name_7, T_contact_person_filter_7, .max = 60),
    FIELD(struct contact_marks_form, name_8, T_contact_person_filter_8, .max = 60),
    FIELD(struct contact_marks_form, name_9, T_contact_person_filter_9, .max = 60),
    FIELD(struct contact_marks_form, name_10, T_contact_person_filter_10, .max = 60),
    FIELD(struct contact_marks_form, version, T_NONE),
};
/* clang-format on */
const struct form_def contact_marks_form_def = FORM_DEF(contact_marks_form, marks_fields);

enum { MARKS = 10 };
static const struct subject marks_subject = {"contact_filter", 1};

static struct str *
mark_name(struct contact_marks_form *f, int64_t no)
{
    return (struct str *)(void *)((char *)f + marks_fields[no - 1].off);
}

static enum rc
marks_find(struct rtx *tx, struct contact_marks_form *ret_form)
{
    struct contact_marks_form f = {0};
    struct filter_list_row *rows;
    size_t n;

    TRY(filter_list(tx, &rows, &n));
    for (int64_t no = 1; no <= MARKS; no++) {
        *mark_name(&f, no) = STR("");
    }
    for (size_t i = 0; i < n; i++) {
        *mark_name(&f, rows[i].filter_no) = rows[i].name;
    }
    *ret_form = f;
    return OK;
}

/* The ten names are ten rows, so the number of the last change is their version. */
static enum rc
marks_version(struct rtx *tx, int64_t *ret_version)
{
    struct audit_entry *entries;
    size_t n;

    TRY(audit_history(tx, marks_subject, 1, &entries, &n));
    *ret_version = n > 0 ? entries[0].id.n : 0;
    return OK;
}

enum rc
marks_get(struct req *rq, struct rtx *tx)
{
    struct marks_page d = {0};

    TRY(marks_find(tx, &d.form));
    TRY(marks_version(tx, &d.form.version));
    if (req_refused_with(rq, E_STALE)) {
        TRY(contact_history(rq, tx, marks_subject, &contact_marks_form_def, &d.stale));
        d.stale.n_entries = d.stale.n_entries > 0 ? 1 : 0;
    }
    contact_page(rq, T_contact_marks_title, STR_NONE);
    return reply_page(rq, contact_marks_html, &d);
}

static bool
same_marks(const struct contact_marks_form *a, const struct contact_marks_form *b)
{
    bool same = true;

    for (size_t i = 0; i < COUNT(marks_fields); i++) {
        same = same && field_same(&marks_fields[i], a, b);
    }
    return same;
}

enum rc
marks_post(struct req *rq, struct wtx *tx)
{
    struct contact_marks_form before, after = *req_form(rq, struct contact_marks_form);
    int64_t removed;

    TRY(marks_find(wtx_read(tx), &before));
    TRY(marks_version(wtx_read(tx), &before.version));
    if (before.version != after.version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "marks");
    }
    if (same_marks(&before, &after)) {
        return reply_done(rq, URL("/kontakte/personen"), T_notice_contact_marks_changed);
    }
    for (int64_t no = 1; no <= MARKS; no++) {
        struct str name = *mark_name(&after, no);

        if (name.n > 0) {
            TRY(filter_write(tx, &(struct filter_write_in){no, name}));
        } else {
            TRY(filter_remove(tx, &(struct filter_remove_in){no}, &removed));
        }
    }
    TRY(touch(tx, EVENT_CONTACT_FILTERS_CHANGED, marks_subject, &contact_marks_form_def, &before,
              &after));
    return reply_done(rq, URL("/kontakte/personen"), T_notice_contact_marks_changed);
}

enum { UPLOAD_BODY_MAX = 6 * 1024 * 1024 }; /* CSV_BYTES_MAX and the form around it */

/* --- routes ---------------------------------------------------------------------------------- */

static const struct scope scopes[] = {
    {"company", company_scope},
    {"address", address_scope},
    {"person",  person_scope },
    {"import",  import_scope },
};

/* clang-format off */
static const struct route routes[] = {
    GET ("/kontakte",                              CONTACT_READ,   company_get_list),
    GET ("/kontakte/personen",                     CONTACT_READ,   person_get_list),
    POST("/kontakte/export",                       CONTACT_EXPORT, CONTACTS_EXPORTED, contact_export_form, contact_post_export, .slow = true, .when_low = true, .step_up = true),
    GET ("/kontakte/neu",                          CONTACT_WRITE,  company_get_new),
    POST("/kontakte",                              CONTACT_WRITE,  COMPANY_ADDED,   company_base_form,  company_post_add,    .again = company_get_new, .check = company_check_base),
    POST("/kontakte/neu",                          ADDRESS_WRITE,  COMPANY_ADDED,   contact_start_form, company_post_start,  .again = company_get_new, .check = company_check_start),
    GET ("/kontakte/{company}",                    CONTACT_READ,   company_get_page),
    GET ("/kontakte/{company}/aendern",            CONTACT_WRITE,  company_get_change),
    POST("/kontakte/{company}/aendern",            CONTACT_WRITE,  COMPANY_CHANGED, company_base_form,  company_post_change, .again = company_get_change, .check = company_check_base),
    GET ("/kontakte/{company}/konditionen",        RATE_WRITE,     company_get_terms),
    POST("/kontakte/{company}/konditionen",        RATE_WRITE,     COMPANY_CHANGED, company_terms_form, company_post_terms,  .again = company_get_terms),
    GET ("/kontakte/{company}/adresse",            ADDRESS_WRITE,  address_get_new),
    POST("/kontakte/{company}/adresse",            ADDRESS_WRITE,  ADDRESS_ADDED,   address_form,       address_post_add,    .again = address_get_new, .check = address_check_form, .step_up_if = address_wants_proof),
    GET ("/kontakte/adressen/{address}",           ADDRESS_WRITE,  address_get_change),
    POST("/kontakte/adressen/{address}",           ADDRESS_WRITE,  ADDRESS_CHANGED, address_form,       address_post_change, .again = address_get_change, .check = address_check_form, .step_up_if = address_wants_proof),
    GET ("/kontakte/{company}/person",             CONTACT_WRITE,  person_get_new),
    POST("/kontakte/{company}/person",             CONTACT_WRITE,  PERSON_ADDED,    person_form,        person_post_add,     .again = person_get_new, .check = person_check_form),
    GET ("/kontakte/personen/{person}",            CONTACT_READ,   person_get_page),
    GET ("/kontakte/personen/{person}/aendern",    CONTACT_WRITE,  person_get_change),
    POST("/kontakte/personen/{person}/aendern",    CONTACT_WRITE,  PERSON_CHANGED,  person_form,        person_post_change,  .again = person_get_change, .check = person_check_form),
    GET ("/kontakte/dubletten",                    ADDRESS_WRITE,  alike_get,                                                 .slow = true),
    GET ("/kontakte/{company}/zusammenfuehren",    ADDRESS_WRITE,  company_get_merge),
    POST("/kontakte/{company}/zusammenfuehren",    ADDRESS_WRITE,  COMPANY_MERGED,  contact_merge_form, company_post_merge,  .again = company_get_merge),
    GET ("/kontakte/personen/{person}/zusammenfuehren", ADDRESS_WRITE, person_get_merge),
    POST("/kontakte/personen/{person}/zusammenfuehren", ADDRESS_WRITE, PERSON_MERGED, contact_merge_form, person_post_merge, .again = person_get_merge),
    GET ("/kontakte/merkmale",                     SETTING_WRITE,  marks_get),
    POST("/kontakte/merkmale",                     SETTING_WRITE,  CONTACT_FILTERS_CHANGED, contact_marks_form, marks_post,  .again = marks_get),
    GET ("/kontakte/import",                       CONTACT_IMPORT, import_get_start),
    POST("/kontakte/import",                       CONTACT_IMPORT, IMPORT_UPLOADED, import_upload_form, import_post_upload,  .again = import_get_start, .upload = true, .body_max = UPLOAD_BODY_MAX),
    GET ("/kontakte/import/vorlage.csv",           CONTACT_IMPORT, import_get_template),
    GET ("/kontakte/import/{import}",              CONTACT_IMPORT, import_get_map),
    POST("/kontakte/import/{import}",              CONTACT_IMPORT, IMPORT_MAPPED,   import_map_form,    import_post_map,     .again = import_get_map),
    GET ("/kontakte/import/{import}/pruefung",     CONTACT_IMPORT, import_get_check,                                         .slow = true),
    POST("/kontakte/import/{import}/pruefung",     CONTACT_IMPORT, CONTACTS_IMPORTED, import_apply_form, import_post_apply,  .again = import_get_check, .slow = true, .step_up = true),
    GET ("/kontakte/import/{import}/fehler.csv",   CONTACT_IMPORT, import_get_faults,                                        .slow = true),
    POST("/kontakte/import/{import}/verwerfen",    CONTACT_IMPORT, IMPORT_DROPPED,  no_form,            import_post_drop),
    GET ("/kontakte/import/{import}/ergebnis",     CONTACT_IMPORT, import_get_result),
};
/* clang-format on */

const struct domain contact_domain = {
    .name = "contact",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
};
