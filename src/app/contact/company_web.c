/* company_web.c: the page of one company, and its forms. */
#include "app/contact/pages.h"

#include "company.tmpl.h"

/* clang-format off */
static const struct field base_fields[] = {
    FIELD(struct company_base_form, name, T_contact_company_name, .required = true, .token = "organization"),
    FIELD(struct company_base_form, code, T_contact_company_code, .max = 40),
    FIELD(struct company_base_form, status, T_contact_company_status, .required = true, .min = 0, .max = 6),
    FIELD(struct company_base_form, tags, T_contact_tags, .max = 500),
    FIELD(struct company_base_form, comments, T_contact_comments, .max = 20000, .area = true, .personal = true),
    FIELD(struct company_base_form, anyway, T_contact_anyway),
    FIELD(struct company_base_form, version, T_NONE),
};
static const struct field terms_fields[] = {
    FIELD(struct company_terms_form, rate, T_contact_company_rate, .min = 0, .max = 100000000),
    FIELD(struct company_terms_form, rate_discount, T_contact_company_rate_discount, .min = 0, .max = 10000),
    FIELD(struct company_terms_form, price_group, T_contact_company_price_group, .max = 60),
    FIELD(struct company_terms_form, payment_days, T_contact_company_payment_days, .min = 0, .max = 365),
    FIELD(struct company_terms_form, cash_discount, T_contact_company_cash_discount, .min = 0, .max = 10000),
    FIELD(struct company_terms_form, cash_discount_days, T_contact_company_cash_discount_days, .min = 0, .max = 365),
    FIELD(struct company_terms_form, version, T_NONE),
};
static const struct field start_fields[] = {
    FIELD(struct contact_start_form, name, T_contact_company_name, .required = true, .token = "organization"),
    FIELD(struct contact_start_form, code, T_contact_company_code, .max = 40),
    FIELD(struct contact_start_form, status, T_contact_company_status, .required = true, .min = 0, .max = 6),
    FIELD(struct contact_start_form, tags, T_contact_tags, .max = 500),
    FIELD(struct contact_start_form, street, T_contact_address_street),
    FIELD(struct contact_start_form, street_no, T_contact_address_street_no, .max = 40),
    FIELD(struct contact_start_form, postal_code, T_contact_address_postal_code, .max = 20),
    FIELD(struct contact_start_form, city, T_contact_address_city, .max = 120),
    FIELD(struct contact_start_form, country, T_contact_address_country, .max = 60),
    FIELD(struct contact_start_form, company_email, T_contact_address_company_email, .mode = "email"),
    FIELD(struct contact_start_form, company_phone, T_contact_address_company_phone, .max = 60, .mode = "tel"),
    FIELD(struct contact_start_form, title, T_contact_person_title, .max = 60, .personal = true),
    FIELD(struct contact_start_form, first_name, T_contact_person_first_name, .max = 120, .personal = true),
    FIELD(struct contact_start_form, last_name, T_contact_person_last_name, .max = 120, .personal = true),
    FIELD(struct contact_start_form, position, T_contact_person_position, .max = 120, .personal = true),
    FIELD(struct contact_start_form, email, T_contact_person_email, .personal = true, .mode = "email"),
    FIELD(struct contact_start_form, phone, T_contact_person_phone, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct contact_start_form, mobile, T_contact_person_mobile, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct contact_start_form, anyway, T_contact_anyway),
};
/* clang-format on */
const struct form_def company_base_form_def = FORM_DEF(company_base_form, base_fields);
const struct form_def company_terms_form_def = FORM_DEF(company_terms_form, terms_fields);
const struct form_def contact_start_form_def = FORM_DEF(contact_start_form, start_fields);

/* --- the page -------------------------------------------------------------------------------- */

static const struct tag_item *
tag_items(struct arena *mem, struct str tags, size_t *ret_n)
{
    struct tag_item *items = ARENA_ARRAY(mem, struct tag_item, 20);
    struct str rest = tags, tag;
    size_t n = 0;

    while (rest.n > 0 && n < 20 && str_cut(&rest, ',', &tag)) {
        tag = str_trim(tag);
        if (tag.n > 0) {
            items[n++] = (struct tag_item){contact_tag_key(mem, tag), tag};
        }
    }
    *ret_n = n;
    return items;
}

/* The API's projectStatus; the numbers are fixed there. */
static enum text
project_status(int64_t status)
{
    static const enum text texts[] = {T_project_status_open, T_project_status_invoicing,
                                      T_project_status_completed, T_project_status_cancelled,
                                      T_project_status_ready};

    return status >= 0 && status < (int64_t)COUNT(texts) ? texts[status] : T_NONE;
}

static enum rc
find_projects(struct rtx *tx, struct company_page *d)
{
    struct project_of_company_row *rows;
    struct project_item *items;

    TRY(project_of_company(tx, &(struct project_of_company_in){d->id}, &rows, &d->n_projects));
    items = ARENA_ARRAY(rtx_mem(tx), struct project_item, d->n_projects);
    for (size_t i = 0; i < d->n_projects; i++) {
        bool open = rows[i].status == 0;

        items[i] = (struct project_item){
            .id = rows[i].project_id,
            .no = rows[i].project_no,
            .name = rows[i].name,
            .status = project_status(rows[i].status),
            .status_class = open ? STR("info") : STR("idle"),
        };
        d->open_projects += open ? 1 : 0;
    }
    d->projects = items;
    return OK;
}

enum rc
company_get_page(struct req *rq, struct rtx *tx)
{
    struct company_page d = {.id = PATH_ID(rq, company)};
    struct address_of_company_row *addresses;
    struct person_of_company_row *persons;

    TRY(company_form_find(tx, d.id, &d.form, &d.stamp));
    TRY(address_of_company(tx, &(struct address_of_company_in){d.id}, &addresses, &d.n_addresses));
    TRY(person_of_company(tx, &(struct person_of_company_in){d.id}, &persons, &d.n_persons));
    TRY(find_projects(tx, &d));
    d.addresses = addresses;
    d.persons = persons;
    d.status = company_status_text(d.form.status);
    d.status_class = status_class(d.form.status);
    d.tags = tag_items(req_mem(rq), d.form.tags, &d.n_tags);
    TRY(contact_history(rq, tx, SUBJECT(company, d.id), &company_form_def, &d.history));
    contact_page(rq, T_contact_title_of, d.form.name);
    return reply_page(rq, company_page_html, &d);
}

/* --- adding ---------------------------------------------------------------------------------- */

static struct url
company_url(struct req *rq, struct company_id id)
{
    return url_fmt(req_mem(rq), "/kontakte/%lld", (long long)id.n);
}

/* Companies that are called like that already. */
static enum rc
find_alike(struct rtx *tx, struct str name, const struct company_same_name_row **ret_rows,
           size_t *ret_n)
{
    struct company_same_name_row *rows;
    struct str key = contact_name_key(rtx_mem(tx), name);

    TRY(company_same_name(tx, &(struct company_same_name_in){key}, &rows, ret_n));
    *ret_rows = rows;
    return OK;
}

/* Adding a second one of the same name wants a tick: mostly it is the same company. */
static enum rc
check_alike(struct req *rq, struct rtx *tx, struct str name, bool anyway)
{
    const struct company_same_name_row *rows;
    size_t n = 0;

    if (name.n > 0 && !anyway) {
        TRY(find_alike(tx, name, &rows, &n));
    }
    if (n > 0) {
        req_fault(rq, "name", E_CONTACT_SAME_NAME, STR(""));
    }
    return OK;
}

enum rc
company_get_new(struct req *rq, struct rtx *tx)
{
    struct company_edit_page d = {.is_new = true};
    struct str name = req_raw(rq, STR("name"));

    if (name.p != NULL) {
        TRY(find_alike(tx, str_trim(name), &d.alike, &d.n_alike));
    }
    d.with_address = may(req_who(rq), RIGHT_ADDRESS_WRITE);
    d.statuses = status_options(rq, COMPANY_CUSTOMER, false, &d.n_statuses);
    contact_page(rq, T_contact_new, STR_NONE);
    return reply_page(rq, company_new_html, &d);
}

static void
faults_of(struct req *rq, const struct field_fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        req_fault(rq, faults[i].field, faults[i].code, faults[i].arg);
    }
}

static void
take_base(struct company_form *to, const struct company_base_form *f)
{
    to->name = f->name;
    to->code = f->code;
    to->status = f->status;
    to->tags = f->tags;
    to->comments = f->comments;
    to->version = f->version;
}

enum rc
company_check_base(struct req *rq, struct rtx *tx)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_form f;

    (void)tx;
    company_form_init(&f);
    take_base(&f, req_form(rq, struct company_base_form));
    faults_of(rq, faults, company_check(&f, faults));
    return OK;
}

enum rc
company_post_add(struct req *rq, struct wtx *tx)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_form f;
    struct company_id id;

    company_form_init(&f);
    take_base(&f, req_form(rq, struct company_base_form));
    faults_of(rq, faults, company_check(&f, faults));
    TRY(check_alike(rq, wtx_read(tx), f.name, req_form(rq, struct company_base_form)->anyway));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(company_add(tx, &f, &id));
    return reply_done(rq, company_url(rq, id), T_notice_contact_company_added);
}

/* The three forms that one page fills; has_… says which of them it does. */
struct start {
    struct company_form company;
    struct address_form address;
    struct person_form person;
    bool has_address, has_person;
};

static void
start_of(const struct contact_start_form *f, struct start *ret_start)
{
    struct start s;

    company_form_init(&s.company);
    address_form_init(&s.address);
    person_form_init(&s.person);
    s.company.name = f->name;
    s.company.code = f->code;
    s.company.status = f->status;
    s.company.tags = f->tags;
    s.address.name1 = f->name;
    s.address.street = f->street;
    s.address.street_no = f->street_no;
    s.address.postal_code = f->postal_code;
    s.address.city = f->city;
    s.address.country = f->country;
    s.address.company_email = f->company_email;
    s.address.company_phone = f->company_phone;
    s.person.title = f->title;
    s.person.first_name = f->first_name;
    s.person.last_name = f->last_name;
    s.person.position = f->position;
    s.person.email = f->email;
    s.person.phone = f->phone;
    s.person.mobile = f->mobile;
    s.has_person = f->title.n + f->first_name.n + f->last_name.n + f->position.n + f->email.n +
                       f->phone.n + f->mobile.n >
                   0;
    s.has_address = s.has_person || f->street.n + f->street_no.n + f->postal_code.n + f->city.n +
                                            f->country.n + f->company_email.n + f->company_phone.n >
                                        0;
    *ret_start = s;
}

static void
check_start(struct req *rq, const struct start *s)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};

    faults_of(rq, faults, company_check(&s->company, faults));
    if (s->has_address && s->address.city.n == 0) {
        req_fault(rq, "city", s->has_person ? E_CONTACT_PERSON_CITY : E_FIELD_REQUIRED, STR(""));
    }
    if (s->has_address) {
        faults_of(rq, faults, address_check(&s->address, faults));
    }
    if (s->has_person && s->person.last_name.n == 0) {
        req_fault(rq, "last_name", E_FIELD_REQUIRED, STR(""));
    }
    if (s->has_person) {
        faults_of(rq, faults, person_check(&s->person, faults));
    }
}

enum rc
company_check_start(struct req *rq, struct rtx *tx)
{
    struct start s;

    (void)tx;
    start_of(req_form(rq, struct contact_start_form), &s);
    check_start(rq, &s);
    return OK;
}

/* The route asks for the right to write addresses; a company needs its own as well, which single
 * switches may have taken away. */
enum rc
company_post_start(struct req *rq, struct wtx *tx)
{
    struct company_id company;
    struct person_id person;
    struct start s;

    if (!may(req_who(rq), RIGHT_CONTACT_WRITE)) {
        return fail(req_err(rq), RC_DENIED, E_DENIED, "address without contact");
    }
    start_of(req_form(rq, struct contact_start_form), &s);
    check_start(rq, &s);
    TRY(check_alike(rq, wtx_read(tx), s.company.name,
                    req_form(rq, struct contact_start_form)->anyway));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(company_add(tx, &s.company, &company));
    if (s.has_address) {
        TRY(address_add(tx, company, &s.address, &s.person.address_id));
    }
    if (s.has_person) {
        TRY(person_add(tx, company, &s.person, &person));
    }
    return reply_done(rq, company_url(rq, company), T_notice_contact_company_added);
}

/* --- changing -------------------------------------------------------------------------------- */

enum rc
company_get_change(struct req *rq, struct rtx *tx)
{
    struct company_edit_page d = {.id = PATH_ID(rq, company)};
    struct contact_stamp stamp;
    struct company_form f;

    TRY(company_form_find(tx, d.id, &f, &stamp));
    TRY(stale_version(rq, tx, SUBJECT(company, d.id), &company_form_def, f.version, &d.version,
                      &d.stale));
    d.name = f.name;
    d.base =
        (struct company_base_form){f.name, f.code, f.status, f.tags, f.comments, false, f.version};
    d.statuses = status_options(rq, f.status, false, &d.n_statuses);
    contact_page(rq, T_contact_change_of, f.name);
    return reply_page(rq, company_change_html, &d);
}

enum rc
company_post_change(struct req *rq, struct wtx *tx)
{
    struct company_id id = PATH_ID(rq, company);
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct contact_stamp stamp;
    struct company_form f;

    TRY(company_form_find(wtx_read(tx), id, &f, &stamp));
    take_base(&f, req_form(rq, struct company_base_form));
    faults_of(rq, faults, company_check(&f, faults));
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(company_change(tx, id, &f));
    return reply_done(rq, company_url(rq, id), T_notice_contact_company_changed);
}

enum rc
company_get_terms(struct req *rq, struct rtx *tx)
{
    struct company_edit_page d = {.id = PATH_ID(rq, company)};
    struct contact_stamp stamp;
    struct company_form f;

    TRY(company_form_find(tx, d.id, &f, &stamp));
    TRY(stale_version(rq, tx, SUBJECT(company, d.id), &company_form_def, f.version, &d.version,
                      &d.stale));
    d.name = f.name;
    d.terms = (struct company_terms_form){f.rate_discount, f.rate,          f.price_group,
                                          f.payment_days,  f.cash_discount, f.cash_discount_days,
                                          f.version};
    contact_page(rq, T_contact_terms_of, f.name);
    return reply_page(rq, company_terms_html, &d);
}

enum rc
company_post_terms(struct req *rq, struct wtx *tx)
{
    const struct company_terms_form *terms = req_form(rq, struct company_terms_form);
    struct company_id id = PATH_ID(rq, company);
    struct contact_stamp stamp;
    struct company_form f;

    TRY(company_form_find(wtx_read(tx), id, &f, &stamp));
    f.rate_discount.n = terms->rate_discount.n == NONE_I32 ? 0 : terms->rate_discount.n;
    f.rate = terms->rate;
    f.price_group = terms->price_group;
    f.payment_days = terms->payment_days;
    f.cash_discount = terms->cash_discount;
    f.cash_discount_days = terms->cash_discount_days;
    f.version = terms->version;
    TRY(company_change(tx, id, &f));
    return reply_done(rq, company_url(rq, id), T_notice_contact_company_changed);
}
