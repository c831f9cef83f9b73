/* pages.h: what the pages of this folder are given, and the handlers that several route rows share.
 */
#ifndef CONTACT_PAGES_H
#define CONTACT_PAGES_H

#include "app/contact/contact_own.h"
#include "http/form_html.h"
#include "http/reply.h"

#include "contact.sql.h"

/* --- lists ----------------------------------------------------------------------------------- */
enum { CONTACT_PAGE_ROWS = 50 };

struct contact_filter {
    struct str q;
    int64_t status; /* enum company_status; NONE_I64: any */
    struct str tag; /* key of a tag; "": any */
    int64_t mark;   /* 1 … 10; 0: any */
    bool all;       /* inactive persons too */
};
/* What a list was asked for, sent along when it is wanted as a file; persons: the list of persons.
 */
struct contact_export_form {
    struct str q;
    int64_t status;
    struct str tag;
    int64_t mark;
    bool all, persons;
};
extern const struct form_def contact_export_form_def;
struct company_item {
    struct company_id id;
    struct str name, code, city;
    enum text status;
    struct str status_class;
    int64_t persons, projects;
};
/* The foot of a list: rows first to last of total, and the pages beside this one. */
struct list_foot {
    int64_t first, last, total;
    struct url prev, next;
};
struct company_list_page {
    struct contact_filter filter;
    const struct company_item *rows;
    size_t n_rows;
    int64_t n_companies, n_persons; /* on the tabs */
    const struct option *statuses, *tags;
    size_t n_statuses, n_tags;
    struct list_foot foot;
    bool is_filtered, has_status;
};
struct person_list_page {
    struct contact_filter filter;
    const struct person_page_row *rows;
    size_t n_rows;
    int64_t n_companies, n_persons;
    const struct option *marks;
    size_t n_marks;
    struct list_foot foot;
    bool is_filtered;
};

/* --- who changed what ------------------------------------------------------------------------ */
struct stale_change {
    enum text label;
    struct str before, after;
    bool has_values;
};
struct stale_entry {
    struct instant at;
    struct str who;
    enum text event;
    const struct stale_change *changes;
    size_t n_changes;
};
struct stale_view {
    const struct stale_entry *entries;
    size_t n_entries;
};

/* --- one company ----------------------------------------------------------------------------- */
struct tag_item {
    struct str key, tag;
};
struct project_item {
    struct project_id id;
    struct str no, name;
    enum text status;
    struct str status_class;
};
struct company_page {
    struct company_id id;
    struct company_form form;
    struct contact_stamp stamp;
    enum text status;
    struct str status_class;
    const struct tag_item *tags;
    size_t n_tags;
    const struct address_of_company_row *addresses;
    size_t n_addresses;
    const struct person_of_company_row *persons;
    size_t n_persons;
    const struct project_item *projects;
    size_t n_projects;
    int64_t open_projects;
    struct stale_view history;
};

/* --- changes that somebody else made while a form was open ----------------------------------- */
/* The version that the form on the page carries: the stored one; after a refusal for another reason
 * than staleness the one it was sent with, so that a change in between is still noticed the next
 * time. After E_STALE *ret_view tells what changed since. */
MUST enum rc stale_version(struct req *rq, struct rtx *tx, struct subject s,
                           const struct form_def *def, int64_t stored, int64_t *ret_version,
                           struct stale_view *ret_view);
/* The last things that were done to one thing, the latest first. */
MUST enum rc contact_history(struct req *rq, struct rtx *tx, struct subject s,
                             const struct form_def *def, struct stale_view *ret_view);

/* --- forms ----------------------------------------------------------------------------------- */
/* The company's own page of fields; what it costs has a form of its own with its own right. */
struct company_base_form {
    struct str name, code;
    int64_t status;
    struct str tags, comments;
    bool anyway; /* add it although one of that name is there */
    int64_t version;
};
struct company_terms_form {
    struct percent rate_discount;
    struct money rate;
    struct str price_group;
    int64_t payment_days;
    struct percent cash_discount;
    int64_t cash_discount_days;
    int64_t version;
};
/* A new contact in one go: company, its address, its person. */
struct contact_start_form {
    struct str name, code;
    int64_t status;
    struct str tags;
    struct str street, street_no, postal_code, city, country, company_email, company_phone;
    struct str title, first_name, last_name, position, email, phone, mobile;
    bool anyway;
};
extern const struct form_def company_base_form_def, company_terms_form_def, contact_start_form_def;

struct company_edit_page {
    bool is_new, with_address;
    struct company_id id;
    struct str name; /* as stored */
    struct company_base_form base;
    struct company_terms_form terms;
    struct contact_start_form start;
    const struct option *statuses;
    size_t n_statuses;
    const struct company_same_name_row *alike; /* of the name that was sent */
    size_t n_alike;
    int64_t version;
    struct stale_view stale;
};
struct address_edit_page {
    bool is_new;
    struct company_id company;
    struct str company_name, title;
    struct url to;
    struct address_form form;
    int64_t version;
    struct stale_view stale;
};
struct mark_item {
    int64_t no;
    struct str name; /* "" when it has none; label is shown then */
    enum text label;
    bool on;
};
struct person_view_page {
    struct person_id id;
    struct company_id company;
    struct str company_name, name, manager;
    struct person_form form;
    struct address_form address;
    const struct mark_item *marks; /* set ones */
    size_t n_marks;
    struct contact_stamp stamp;
    bool has_private;
    struct stale_view history;
};
struct person_edit_page {
    bool is_new;
    struct company_id company;
    struct person_id id;
    struct str company_name, title;
    struct url to;
    struct person_form form;
    const struct option *addresses, *managers;
    size_t n_addresses, n_managers;
    const struct mark_item *marks;
    size_t n_marks;
    int64_t version;
    struct stale_view stale;
};
struct contact_marks_form {
    struct str name_1, name_2, name_3, name_4, name_5;
    struct str name_6, name_7, name_8, name_9, name_10;
    int64_t version;
};
extern const struct form_def contact_marks_form_def;
struct marks_page {
    struct contact_marks_form form;
    struct stale_view stale; /* the last change, when this form came too late */
};

/* --- handlers -------------------------------------------------------------------------------- */
get_fn company_get_list, person_get_list, marks_get, alike_get, company_get_merge, person_get_merge;
post_fn company_post_merge, person_post_merge;
post_fn marks_post, contact_post_export;
get_fn company_get_new, company_get_page, company_get_change, company_get_terms;
fresh_fn address_wants_proof;
check_fn company_check_base, company_check_start, address_check_form, person_check_form;
post_fn company_post_add, company_post_start, company_post_change, company_post_terms;
get_fn address_get_new, address_get_change;
post_fn address_post_add, address_post_change;
get_fn person_get_new, person_get_page, person_get_change;
post_fn person_post_add, person_post_change;
get_fn import_get_start, import_get_template, import_get_map, import_get_check, import_get_faults,
    import_get_result;
post_fn import_post_upload, import_post_map, import_post_apply, import_post_drop;

/* Choices of the kind of company; `any` adds "Art: alle". */
const struct option *status_options(struct req *rq, int64_t selected, bool any, size_t *ret_n);
struct str status_class(int64_t status); /* of the tag: info, note, "" */
/* Title and navigation entry of a page; arg fills {0}. */
void contact_page(struct req *rq, enum text title, struct str arg);
/* Rows first … last of total and the URLs of the pages beside; base ends in '?' or '&'. */
struct list_foot list_foot(struct req *rq, struct url base, size_t n_rows, int64_t total);
/* "Frau Dr. Jette Harms". */
struct str person_name(struct arena *mem, struct str title, struct str first, struct str last);

#endif
