/* person_web.c: the forms of addresses, and the page and the forms of persons. */
#include "app/contact/pages.h"

#include "person.tmpl.h"

static void
show_faults(struct req *rq, const struct field_fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        req_fault(rq, faults[i].field, faults[i].code, faults[i].arg);
    }
}

static struct url
company_url(struct req *rq, struct company_id id)
{
    return url_fmt(req_mem(rq), "/kontakte/%lld", (long long)id.n);
}

/* --- addresses ------------------------------------------------------------------------------- */

enum rc
address_get_new(struct req *rq, struct rtx *tx)
{
    struct address_edit_page d = {.is_new = true, .company = PATH_ID(rq, company)};
    struct company c;

    TRY(company_find(tx, d.company, &c));
    address_form_init(&d.form);
    d.form.name1 = c.name;
    d.company_name = c.name;
    d.title = page_text(req_page(rq), T_contact_address_new, STR_NONE);
    d.to = url_fmt(req_mem(rq), "/kontakte/%lld/adresse", (long long)d.company.n);
    contact_page(rq, T_contact_address_new_of, c.name);
    return reply_page(rq, address_edit_html, &d);
}

enum rc
address_check_form(struct req *rq, struct rtx *tx)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};

    (void)tx;
    show_faults(rq, faults, address_check(req_form(rq, struct address_form), faults));
    return OK;
}

/* Whoever changes an account number moves money (AUTH-18). */
enum rc
address_wants_proof(struct req *rq, struct rtx *tx, bool *ret_wanted)
{
    const struct address_form *f = req_form(rq, struct address_form);
    struct address_form before;
    struct contact_stamp stamp;
    struct company_id company;

    address_form_init(&before);
    if (req_path_id(rq, "address") != 0) {
        TRY(address_form_find(tx, PATH_ID(rq, address), &before, &company, &stamp));
    }
    *ret_wanted = !str_eq(f->iban, before.iban) || !str_eq(f->bic, before.bic) ||
                  !str_eq(f->account_owner, before.account_owner) ||
                  !str_eq(f->mandate_reference, before.mandate_reference);
    return OK;
}

enum rc
address_post_add(struct req *rq, struct wtx *tx)
{
    const struct address_form *f = req_form(rq, struct address_form);
    struct company_id company = PATH_ID(rq, company);
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct address_id id;

    show_faults(rq, faults, address_check(f, faults));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(address_add(tx, company, f, &id));
    return reply_done(rq, company_url(rq, company), T_notice_contact_address_added);
}

enum rc
address_get_change(struct req *rq, struct rtx *tx)
{
    struct address_id id = PATH_ID(rq, address);
    struct address_edit_page d = {0};
    struct contact_stamp stamp;
    struct company c;

    TRY(address_form_find(tx, id, &d.form, &d.company, &stamp));
    TRY(company_find(tx, d.company, &c));
    TRY(stale_version(rq, tx, SUBJECT(address, id), &address_form_def, d.form.version, &d.version,
                      &d.stale));
    d.company_name = c.name;
    d.title = page_text(req_page(rq), T_contact_address_change, STR_NONE);
    d.to = url_fmt(req_mem(rq), "/kontakte/adressen/%lld", (long long)id.n);
    contact_page(rq, T_contact_address_change_of,
                 d.form.address_name.n > 0 ? d.form.address_name : d.form.name1);
    return reply_page(rq, address_edit_html, &d);
}

enum rc
address_post_change(struct req *rq, struct wtx *tx)
{
    const struct address_form *f = req_form(rq, struct address_form);
    struct address_id id = PATH_ID(rq, address);
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct address_form before;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(address_form_find(wtx_read(tx), id, &before, &company, &stamp));
    show_faults(rq, faults, address_check(f, faults));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(address_change(tx, id, f));
    return reply_done(rq, company_url(rq, company), T_notice_contact_address_changed);
}

/* --- choices of a person's form -------------------------------------------------------------- */

static enum rc
find_addresses(struct rtx *tx, struct person_edit_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct address_choices_row *rows;
    struct option *o;
    size_t n;

    TRY(address_choices(tx, &(struct address_choices_in){d->company, d->form.address_id}, &rows,
                        &n));
    o = ARENA_ARRAY(mem, struct option, n);
    for (size_t i = 0; i < n; i++) {
        struct str name = rows[i].address_name.n > 0 ? rows[i].address_name : rows[i].name1;

        o[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].address_id.n),
            .label = arena_fmt(mem, "%.*s, %.*s %.*s, %.*s %.*s", STR_FMT(name),
                               STR_FMT(rows[i].street), STR_FMT(rows[i].street_no),
                               STR_FMT(rows[i].postal_code), STR_FMT(rows[i].city)),
            .selected = i == 0,
        };
    }
    d->addresses = o;
    d->n_addresses = n;
    return OK;
}

static enum rc
find_managers(struct rtx *tx, struct person_edit_page *d)
{
    struct arena *mem = rtx_mem(tx);
    struct manager_choices_row *rows;
    struct option *o;
    size_t n;

    TRY(manager_choices(tx, &(struct manager_choices_in){d->form.manager_user_id}, &rows, &n));
    o = ARENA_ARRAY(mem, struct option, n);
    for (size_t i = 0; i < n; i++) {
        o[i] = (struct option){
            .value = arena_fmt(mem, "%lld", (long long)rows[i].user_id.n),
            .label = person_name(mem, STR(""), rows[i].first_name, rows[i].last_name),
        };
    }
    d->managers = o;
    d->n_managers = n;
    return OK;
}

static bool
has_mark(const struct person_form *f, int64_t no)
{
    const bool marks[] = {f->filter_1, f->filter_2, f->filter_3, f->filter_4, f->filter_5,
                          f->filter_6, f->filter_7, f->filter_8, f->filter_9, f->filter_10};

    return marks[no - 1];
}

static enum text
mark_label(int64_t no)
{
    static const enum text labels[] = {
        T_contact_person_filter_1,  T_contact_person_filter_2, T_contact_person_filter_3,
        T_contact_person_filter_4,  T_contact_person_filter_5, T_contact_person_filter_6,
        T_contact_person_filter_7,  T_contact_person_filter_8, T_contact_person_filter_9,
        T_contact_person_filter_10,
    };

    return labels[no - 1];
}

/* The marks that have a name or are set; only the set ones with only_set. */
static enum rc
find_marks(struct rtx *tx, const struct person_form *f, bool only_set,
           const struct mark_item **ret_marks, size_t *ret_n)
{
    struct mark_item *items = ARENA_ARRAY(rtx_mem(tx), struct mark_item, 10);
    struct filter_list_row *rows;
    size_t n_rows, n = 0;

    TRY(filter_list(tx, &rows, &n_rows));
    for (int64_t no = 1; no <= 10; no++) {
        struct mark_item m = {
            .no = no, .name = STR(""), .label = mark_label(no), .on = has_mark(f, no)};

        for (size_t i = 0; i < n_rows; i++) {
            m.name = rows[i].filter_no == no ? rows[i].name : m.name;
        }
        if (m.on || (!only_set && m.name.n > 0)) {
            items[n++] = m;
        }
    }
    *ret_marks = items;
    *ret_n = n;
    return OK;
}

/* A refused form shows its marks as they were sent. */
static void
keep_sent_marks(struct req *rq, struct person_form *f)
{
    bool *const marks[] = {&f->filter_1, &f->filter_2, &f->filter_3, &f->filter_4, &f->filter_5,
                           &f->filter_6, &f->filter_7, &f->filter_8, &f->filter_9, &f->filter_10};

    if (req_page(rq)->failed_form.n == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT(marks); i++) {
        *marks[i] = req_raw(rq, arena_fmt(req_mem(rq), "filter_%zu", i + 1)).n > 0;
    }
}

/* --- persons --------------------------------------------------------------------------------- */

static enum rc
find_manager_name(struct rtx *tx, struct user_id manager, struct str *ret_name)
{
    struct person_edit_page d = {.form.manager_user_id = manager};
    struct str value = arena_fmt(rtx_mem(tx), "%lld", (long long)manager.n);

    *ret_name = STR("");
    if (manager.n == 0) {
        return OK;
    }
    TRY(find_managers(tx, &d));
    for (size_t i = 0; i < d.n_managers; i++) {
        if (str_eq(d.managers[i].value, value)) {
            *ret_name = d.managers[i].label;
        }
    }
    return OK;
}

enum rc
person_get_page(struct req *rq, struct rtx *tx)
{
    struct person_view_page d = {.id = PATH_ID(rq, person)};
    const struct person_form *f = &d.form;
    struct contact_stamp unused;
    struct company c;

    TRY(person_form_find(tx, d.id, &d.form, &d.company, &d.stamp));
    TRY(address_form_find(tx, f->address_id, &d.address, &d.company, &unused));
    TRY(company_find(tx, d.company, &c));
    TRY(find_marks(tx, f, true, &d.marks, &d.n_marks));
    TRY(find_manager_name(tx, f->manager_user_id, &d.manager));
    d.company_name = c.name;
    d.name = person_name(req_mem(rq), f->title, f->first_name, f->last_name);
    d.has_private =
        f->phone_private.n + f->mobile_private.n + f->street_private.n + f->city_private.n > 0;
    TRY(contact_history(rq, tx, SUBJECT(person, d.id), &person_form_def, &d.history));
    contact_page(rq, T_contact_title_of, d.name);
    return reply_page(rq, person_view_html, &d);
}

enum rc
person_get_new(struct req *rq, struct rtx *tx)
{
    struct person_edit_page d = {.is_new = true, .company = PATH_ID(rq, company)};
    struct company c;

    person_form_init(&d.form);
    keep_sent_marks(rq, &d.form);
    TRY(company_find(tx, d.company, &c));
    TRY(find_addresses(tx, &d));
    TRY(find_managers(tx, &d));
    TRY(find_marks(tx, &d.form, false, &d.marks, &d.n_marks));
    d.company_name = c.name;
    d.title = page_text(req_page(rq), T_contact_person_new, STR_NONE);
    d.to = url_fmt(req_mem(rq), "/kontakte/%lld/person", (long long)d.company.n);
    contact_page(rq, T_contact_person_new_of, c.name);
    return reply_page(rq, person_edit_html, &d);
}

enum rc
person_check_form(struct req *rq, struct rtx *tx)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};

    (void)tx;
    show_faults(rq, faults, person_check(req_form(rq, struct person_form), faults));
    return OK;
}

enum rc
person_post_add(struct req *rq, struct wtx *tx)
{
    const struct person_form *f = req_form(rq, struct person_form);
    struct company_id company = PATH_ID(rq, company);
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct person_id id;

    show_faults(rq, faults, person_check(f, faults));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(person_add(tx, company, f, &id));
    return reply_done(rq, company_url(rq, company), T_notice_contact_person_added);
}

enum rc
person_get_change(struct req *rq, struct rtx *tx)
{
    struct person_edit_page d = {.id = PATH_ID(rq, person)};
    struct contact_stamp stamp;
    struct company c;

    TRY(person_form_find(tx, d.id, &d.form, &d.company, &stamp));
    TRY(stale_version(rq, tx, SUBJECT(person, d.id), &person_form_def, d.form.version, &d.version,
                      &d.stale));
    TRY(company_find(tx, d.company, &c));
    TRY(find_addresses(tx, &d));
    TRY(find_managers(tx, &d));
    d.title = person_name(req_mem(rq), STR(""), d.form.first_name, d.form.last_name);
    keep_sent_marks(rq, &d.form);
    TRY(find_marks(tx, &d.form, false, &d.marks, &d.n_marks));
    d.company_name = c.name;
    d.to = url_fmt(req_mem(rq), "/kontakte/personen/%lld/aendern", (long long)d.id.n);
    contact_page(rq, T_contact_change_of, d.title);
    return reply_page(rq, person_edit_html, &d);
}

enum rc
person_post_change(struct req *rq, struct wtx *tx)
{
    const struct person_form *f = req_form(rq, struct person_form);
    struct person_id id = PATH_ID(rq, person);
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};

    show_faults(rq, faults, person_check(f, faults));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(person_change(tx, id, f));
    return reply_done(rq, url_fmt(req_mem(rq), "/kontakte/personen/%lld", (long long)id.n),
                      T_notice_contact_person_changed);
}
