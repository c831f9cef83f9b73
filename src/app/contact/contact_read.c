/* contact_read.c: choices, search and scopes: what others ask about contacts. */
#include "app/contact/contact_own.h"

#include "contact.sql.h"

enum rc
company_options(struct rtx *tx, struct company_id keep, const struct option **ret_options,
                size_t *ret_n)
{
    struct arena *mem = rtx_mem(tx);
    struct company_choices_row *rows;
    struct option *options;
    size_t n;

    TRY(company_choices(tx, &(struct company_choices_in){keep, COMPANY_OPTIONS_MAX}, &rows, &n));
    options = ARENA_ARRAY(mem, struct option, n);
    for (size_t i = 0; i < n; i++) {
        options[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].company_id.n),
            .label = rows[i].name,
            .selected = rows[i].company_id.n == keep.n,
        };
    }
    *ret_options = options;
    *ret_n = n;
    return OK;
}

enum rc
person_options(struct rtx *tx, struct company_id company, struct person_id keep,
               const struct option **ret_options, size_t *ret_n)
{
    struct arena *mem = rtx_mem(tx);
    struct person_choices_row *rows;
    struct option *options;
    bool any = company.n == 0;
    size_t n;

    TRY(person_choices(tx, &(struct person_choices_in){keep, any, company, COMPANY_OPTIONS_MAX},
                       &rows, &n));
    options = ARENA_ARRAY(mem, struct option, n);
    for (size_t i = 0; i < n; i++) {
        struct str name =
            arena_fmt(mem, "%.*s%s%.*s", STR_FMT(rows[i].first_name),
                      rows[i].first_name.n > 0 ? " " : "", STR_FMT(rows[i].last_name));

        options[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].person_id.n),
            .label =
                !any ? name
                     : arena_fmt(mem, "%.*s: %.*s", STR_FMT(rows[i].company_name), STR_FMT(name)),
            .selected = rows[i].person_id.n == keep.n || (!any && n == 1),
        };
    }
    *ret_options = options;
    *ret_n = n;
    return OK;
}

enum rc
contact_search(struct rtx *tx, struct str query, const struct contact_hit **ret_hits, size_t *ret_n)
{
    struct arena *mem = rtx_mem(tx);
    const struct contact_words w = contact_words_of(mem, query);
    struct search_companies_row *companies;
    struct search_persons_row *persons;
    size_t n_companies, n_persons, n = 0;
    struct contact_hit *hits;

    if (w.n == 0) {
        *ret_hits = NULL;
        *ret_n = 0;
        return OK;
    }
    TRY(search_companies(tx, &(struct search_companies_in){w.v[0], w.v[1], w.v[2], w.v[3]},
                         &companies, &n_companies));
    TRY(search_persons(tx, &(struct search_persons_in){w.v[0], w.v[1], w.v[2], w.v[3]}, &persons,
                       &n_persons));
    hits = ARENA_ARRAY(mem, struct contact_hit, n_companies + n_persons);
    for (size_t i = 0; i < n_companies; i++) {
        hits[n++] = (struct contact_hit){
            .company_id = companies[i].company_id,
            .name = companies[i].name,
            .company_name = companies[i].name,
            .detail = companies[i].city,
        };
    }
    for (size_t i = 0; i < n_persons; i++) {
        hits[n++] = (struct contact_hit){
            .company_id = persons[i].company_id,
            .person_id = persons[i].person_id,
            .name =
                arena_fmt(mem, "%.*s%s%.*s", STR_FMT(persons[i].first_name),
                          persons[i].first_name.n > 0 ? " " : "", STR_FMT(persons[i].last_name)),
            .company_name = persons[i].company_name,
            .detail = persons[i].email,
        };
    }
    *ret_hits = hits;
    *ret_n = n;
    return OK;
}

/* --- scopes ---------------------------------------------------------------------------------- */

enum rc
company_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct company_brief_row row;

    (void)who;
    (void)write;
    return company_brief(tx, &(struct company_brief_in){{id}}, &row);
}

enum rc
address_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct address_company_row row;
    bool found;

    (void)who;
    (void)write;
    TRY(address_company(tx, &(struct address_company_in){{id}}, &row, &found));
    return found ? OK : fail(rtx_err(tx), RC_MISSING, E_MISSING, "address");
}

enum rc
person_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct person_brief_row row;

    (void)who;
    (void)write;
    return person_brief(tx, &(struct person_brief_in){{id}}, &row);
}
