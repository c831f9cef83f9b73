/* merge_web.c: the pages that show which records may be the same, and make one of two. */
#include "app/contact/merge.h"
#include "app/contact/pages.h"

#include "merge.sql.h"

struct alike_page {
    struct alike *companies, *persons;
    size_t n_companies, n_persons;
};

/* One line of the comparison: what both say, and whether they differ. */
struct merge_line {
    enum text label;
    struct str keep, drop;
    bool differs;
};
struct merge_page {
    int64_t keep, drop; /* numbers; drop 0: none chosen yet */
    struct str keep_name, drop_name;
    struct url to, back, swap;    /* swap: the same with the other one staying */
    const struct option *options; /* of what may be chosen */
    size_t n_options;
    struct merge_line *lines;
    size_t n_lines;
    int64_t addresses, persons, projects; /* that move */
    bool is_company;
    struct contact_merge_form form;
};

#include "merge.tmpl.h"

enum rc
alike_get(struct req *rq, struct rtx *tx)
{
    struct alike_page d = {0};

    TRY(alike_company_pairs(tx, &d.companies, &d.n_companies));
    TRY(alike_person_pairs(tx, &d.persons, &d.n_persons));
    contact_page(rq, T_contact_alike_check, STR_NONE);
    return reply_page(rq, alike_html, &d);
}

/* --- comparing ------------------------------------------------------------------------------- */

/* Numbers of choices say nothing to a person. */
static bool
is_shown(const struct field *f)
{
    return f->label != T_NONE && f->kind != FIELD_ID && strcmp(f->name, "status") != 0;
}

static void
compare(struct req *rq, const struct form_def *def, const void *keep, const void *drop,
        struct merge_page *d)
{
    struct arena *mem = req_mem(rq);
    const struct page *pg = req_page(rq);

    d->lines = ARENA_ARRAY(mem, struct merge_line, def->n);
    for (size_t i = 0; i < def->n; i++) {
        const struct field *f = &def->fields[i];
        struct str a = field_print(mem, f, keep), b = field_print(mem, f, drop);
        struct str yes = page_text(pg, T_import_yes, STR_NONE);

        if (!is_shown(f) || (a.n == 0 && b.n == 0)) {
            continue;
        }
        if (f->kind == FIELD_FLAG) {
            a = a.n > 0 ? yes : a;
            b = b.n > 0 ? yes : b;
        }
        d->lines[d->n_lines++] = (struct merge_line){
            .label = f->label, .keep = a, .drop = b, .differs = !field_same(f, keep, drop)};
    }
}

/* The other one: what was sent, else ?mit=; 0 when it is none, or the same one. */
static int64_t
other_of(struct req *rq, int64_t keep)
{
    struct str sent = req_raw(rq, STR("drop")), asked = req_query(rq, "mit");
    int64_t id = 0;

    if (str_to_i64(sent.p != NULL    ? sent
                   : asked.p != NULL ? asked
                                     : STR(""),
                   &id) != OK ||
        id == keep) {
        return 0;
    }
    return id;
}

/* --- companies ------------------------------------------------------------------------------- */

static enum rc
fill_other_company(struct req *rq, struct rtx *tx, const struct company_form *keep,
                   struct merge_page *d)
{
    struct contact_stamp stamp;
    struct company_form drop;
    struct merge_counts_row n;
    struct company_id id = {d->drop};
    enum rc rc = company_form_find(tx, id, &drop, &stamp);

    if (rc == RC_MISSING) {
        *rtx_err(tx) = (struct err){0};
        d->drop = 0;
        return OK;
    }
    TRY(rc);
    TRY(merge_counts(tx, &(struct merge_counts_in){id}, &n));
    d->drop_name = drop.name;
    d->addresses = n.address_count;
    d->persons = n.person_count;
    d->projects = n.project_count;
    d->form = (struct contact_merge_form){id.n, keep->version, drop.version};
    compare(rq, &company_form_def, keep, &drop, d);
    return OK;
}

enum rc
company_get_merge(struct req *rq, struct rtx *tx)
{
    struct company_id id = PATH_ID(rq, company);
    struct merge_page d = {.keep = id.n, .is_company = true};
    struct contact_stamp stamp;
    struct company_form keep;

    TRY(company_form_find(tx, id, &keep, &stamp));
    d.keep_name = keep.name;
    d.drop = other_of(rq, id.n);
    d.to = url_fmt(req_mem(rq), "/kontakte/%lld/zusammenfuehren", (long long)id.n);
    d.back = url_fmt(req_mem(rq), "/kontakte/%lld", (long long)id.n);
    d.swap = url_fmt(req_mem(rq), "/kontakte/%lld/zusammenfuehren?mit=%lld", (long long)d.drop,
                     (long long)id.n);
    if (d.drop != 0) {
        TRY(fill_other_company(rq, tx, &keep, &d));
    }
    TRY(company_options(tx, (struct company_id){d.drop}, &d.options, &d.n_options));
    contact_page(rq, T_contact_merge_of, keep.name);
    return reply_page(rq, merge_html, &d);
}

/* Merging writes companies, addresses, persons and projects: single switches may have taken one of
 * these rights away. */
static enum rc
need_rights(struct req *rq)
{
    if (!may(req_who(rq), RIGHT_CONTACT_WRITE) || !may(req_who(rq), RIGHT_PROJECT_WRITE)) {
        return fail(req_err(rq), RC_DENIED, E_DENIED, "merging without contacts or projects");
    }
    return OK;
}

enum rc
company_post_merge(struct req *rq, struct wtx *tx)
{
    struct company_id id = PATH_ID(rq, company);

    TRY(need_rights(rq));
    TRY(company_merge(tx, id, req_form(rq, struct contact_merge_form)));
    return reply_done(rq, url_fmt(req_mem(rq), "/kontakte/%lld", (long long)id.n),
                      T_notice_contact_merged);
}

/* --- persons --------------------------------------------------------------------------------- */

static enum rc
fill_other_person(struct req *rq, struct rtx *tx, struct company_id company,
                  const struct person_form *keep, struct merge_page *d)
{
    struct contact_stamp stamp;
    struct company_id other;
    struct person_form drop;
    struct person_id id = {d->drop};
    enum rc rc = person_form_find(tx, id, &drop, &other, &stamp);

    if (rc == RC_MISSING || (rc == OK && other.n != company.n)) {
        *rtx_err(tx) = (struct err){0};
        d->drop = 0;
        return OK;
    }
    TRY(rc);
    d->drop_name = person_name(req_mem(rq), drop.title, drop.first_name, drop.last_name);
    d->form = (struct contact_merge_form){id.n, keep->version, drop.version};
    compare(rq, &person_form_def, keep, &drop, d);
    return OK;
}

enum rc
person_get_merge(struct req *rq, struct rtx *tx)
{
    struct person_id id = PATH_ID(rq, person);
    struct merge_page d = {.keep = id.n};
    struct contact_stamp stamp;
    struct company_id company;
    struct person_form keep;

    TRY(person_form_find(tx, id, &keep, &company, &stamp));
    d.keep_name = person_name(req_mem(rq), keep.title, keep.first_name, keep.last_name);
    d.drop = other_of(rq, id.n);
    d.to = url_fmt(req_mem(rq), "/kontakte/personen/%lld/zusammenfuehren", (long long)id.n);
    d.back = url_fmt(req_mem(rq), "/kontakte/personen/%lld", (long long)id.n);
    d.swap = url_fmt(req_mem(rq), "/kontakte/personen/%lld/zusammenfuehren?mit=%lld",
                     (long long)d.drop, (long long)id.n);
    if (d.drop != 0) {
        TRY(fill_other_person(rq, tx, company, &keep, &d));
    }
    TRY(person_options(tx, company, (struct person_id){d.drop}, &d.options, &d.n_options));
    contact_page(rq, T_contact_merge_of, d.keep_name);
    return reply_page(rq, merge_html, &d);
}

enum rc
person_post_merge(struct req *rq, struct wtx *tx)
{
    struct person_id id = PATH_ID(rq, person);

    TRY(need_rights(rq));
    TRY(person_merge(tx, id, req_form(rq, struct contact_merge_form)));
    return reply_done(rq, url_fmt(req_mem(rq), "/kontakte/personen/%lld", (long long)id.n),
                      T_notice_contact_merged);
}
