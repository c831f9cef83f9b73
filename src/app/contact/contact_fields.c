/* contact_fields.c: what the forms of companies, addresses and persons hold, and the rules that a
 * field table cannot say. Import, demo and API go through the same tables. */
#include "app/contact/contact_own.h"

/* clang-format off */
static const struct field company_fields[] = {
    FIELD(struct company_form, name, T_contact_company_name, .required = true, .token = "organization"),
    FIELD(struct company_form, code, T_contact_company_code, .max = 40),
    FIELD(struct company_form, status, T_contact_company_status, .required = true, .min = 0, .max = 6),
    FIELD(struct company_form, tags, T_contact_tags, .max = 500),
    FIELD(struct company_form, rate_discount, T_contact_company_rate_discount, .min = 0, .max = 10000),
    FIELD(struct company_form, rate, T_contact_company_rate, .min = 0, .max = 100000000),
    FIELD(struct company_form, price_group, T_contact_company_price_group, .max = 60),
    FIELD(struct company_form, payment_days, T_contact_company_payment_days, .min = 0, .max = 365),
    FIELD(struct company_form, cash_discount, T_contact_company_cash_discount, .min = 0, .max = 10000),
    FIELD(struct company_form, cash_discount_days, T_contact_company_cash_discount_days, .min = 0, .max = 365),
    FIELD(struct company_form, comments, T_contact_comments, .max = 20000, .area = true, .personal = true),
    FIELD(struct company_form, version, T_NONE),
};

static const struct field address_fields[] = {
    FIELD(struct address_form, name1, T_contact_address_name1, .token = "organization"),
    FIELD(struct address_form, name2, T_contact_address_name2),
    FIELD(struct address_form, name3, T_contact_address_name3),
    FIELD(struct address_form, address_name, T_contact_address_address_name),
    FIELD(struct address_form, street, T_contact_address_street),
    FIELD(struct address_form, street_no, T_contact_address_street_no, .max = 40),
    FIELD(struct address_form, postal_code, T_contact_address_postal_code, .max = 20, .token = "postal-code"),
    FIELD(struct address_form, city, T_contact_address_city, .required = true, .max = 120, .token = "address-level2"),
    FIELD(struct address_form, country, T_contact_address_country, .max = 60, .token = "country-name"),
    FIELD(struct address_form, company_email, T_contact_address_company_email, .mode = "email"),
    FIELD(struct address_form, company_phone, T_contact_address_company_phone, .max = 60, .mode = "tel"),
    FIELD(struct address_form, tags, T_contact_tags, .max = 500),
    FIELD(struct address_form, tax_no, T_contact_address_tax_no, .max = 40),
    FIELD(struct address_form, duns_no, T_contact_address_duns_no, .max = 20),
    FIELD(struct address_form, gln_no, T_contact_address_gln_no, .max = 20),
    FIELD(struct address_form, supplier_no, T_contact_address_supplier_no, .max = 60),
    FIELD(struct address_form, ledger_no, T_contact_address_ledger_no, .min = 0, .max = 999999999),
    FIELD(struct address_form, invoice_email, T_contact_address_invoice_email, .mode = "email"),
    FIELD(struct address_form, no_invoice_email, T_contact_address_no_invoice_email),
    FIELD(struct address_form, mandate_reference, T_contact_address_mandate_reference, .max = 60),
    FIELD(struct address_form, mandate_day, T_contact_address_mandate_day),
    FIELD(struct address_form, iban, T_contact_address_iban, .max = 40, .personal = true),
    FIELD(struct address_form, bic, T_contact_address_bic, .max = 20),
    FIELD(struct address_form, bank_name, T_contact_address_bank_name, .max = 120),
    FIELD(struct address_form, account_owner, T_contact_address_account_owner, .personal = true),
    FIELD(struct address_form, reverse_charge, T_contact_address_reverse_charge),
    FIELD(struct address_form, third_country, T_contact_address_third_country),
    FIELD(struct address_form, closing_text_no, T_contact_address_closing_text_no, .min = 0, .max = 5),
    FIELD(struct address_form, active, T_contact_active),
    FIELD(struct address_form, comments, T_contact_comments, .max = 20000, .area = true, .personal = true),
    FIELD(struct address_form, version, T_NONE),
};

static const struct field person_fields[] = {
    FIELD(struct person_form, address_id, T_contact_person_address_id, .required = true),
    FIELD(struct person_form, title, T_contact_person_title, .max = 60, .personal = true),
    FIELD(struct person_form, first_name, T_contact_person_first_name, .max = 120, .personal = true),
    FIELD(struct person_form, last_name, T_contact_person_last_name, .required = true, .max = 120, .personal = true),
    FIELD(struct person_form, position, T_contact_person_position, .max = 120, .personal = true),
    FIELD(struct person_form, department, T_contact_person_department, .max = 120, .personal = true),
    FIELD(struct person_form, email, T_contact_person_email, .personal = true, .mode = "email"),
    FIELD(struct person_form, email2, T_contact_person_email2, .personal = true, .mode = "email"),
    FIELD(struct person_form, phone, T_contact_person_phone, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct person_form, fax, T_contact_person_fax, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct person_form, mobile, T_contact_person_mobile, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct person_form, phone_private, T_contact_person_phone_private, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct person_form, mobile_private, T_contact_person_mobile_private, .max = 60, .personal = true, .mode = "tel"),
    FIELD(struct person_form, street_private, T_contact_person_street_private, .personal = true),
    FIELD(struct person_form, street_no_private, T_contact_person_street_no_private, .max = 40, .personal = true),
    FIELD(struct person_form, postal_code_private, T_contact_person_postal_code_private, .max = 20, .personal = true),
    FIELD(struct person_form, city_private, T_contact_person_city_private, .max = 120, .personal = true),
    FIELD(struct person_form, country_private, T_contact_person_country_private, .max = 60, .personal = true),
    FIELD(struct person_form, use_private_for_csv, T_contact_person_use_private_for_csv),
    FIELD(struct person_form, messenger, T_contact_person_messenger, .max = 120, .personal = true),
    FIELD(struct person_form, social_media, T_contact_person_social_media, .personal = true),
    FIELD(struct person_form, website, T_contact_person_website, .personal = true),
    FIELD(struct person_form, birthday, T_contact_person_birthday, .personal = true),
    FIELD(struct person_form, filter_1, T_contact_person_filter_1),
    FIELD(struct person_form, filter_2, T_contact_person_filter_2),
    FIELD(struct person_form, filter_3, T_contact_person_filter_3),
    FIELD(struct person_form, filter_4, T_contact_person_filter_4),
    FIELD(struct person_form, filter_5, T_contact_person_filter_5),
    FIELD(struct person_form, filter_6, T_contact_person_filter_6),
    FIELD(struct person_form, filter_7, T_contact_person_filter_7),
    FIELD(struct person_form, filter_8, T_contact_person_filter_8),
    FIELD(struct person_form, filter_9, T_contact_person_filter_9),
    FIELD(struct person_form, filter_10, T_contact_person_filter_10),
    FIELD(struct person_form, manager_user_id, T_contact_person_manager_user_id),
    FIELD(struct person_form, active, T_contact_active),
    FIELD(struct person_form, comments, T_contact_comments, .max = 20000, .area = true, .personal = true),
    FIELD(struct person_form, version, T_NONE),
};
/* clang-format on */

const struct form_def company_form_def = FORM_DEF(company_form, company_fields);
const struct form_def address_form_def = FORM_DEF(address_form, address_fields);
const struct form_def person_form_def = FORM_DEF(person_form, person_fields);

struct str
contact_cut(struct str s, size_t points)
{
    size_t i = 0;

    for (size_t n = 0; i < s.n; i++) {
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n++ == points) {
            break;
        }
    }
    return str_sub(s, 0, i);
}

void
company_form_init(struct company_form *f)
{
    *f = (struct company_form){
        .name = STR(""),
        .code = STR(""),
        .status = COMPANY_CUSTOMER,
        .tags = STR(""),
        .comments = STR(""),
        .rate = MONEY_NONE,
        .price_group = STR(""),
        .payment_days = NONE_I64,
        .cash_discount = PERCENT_NONE,
        .cash_discount_days = NONE_I64,
    };
}

/* Every text member of a form becomes "", so that no column meets a NULL. */
static void
empty_texts(const struct form_def *def, void *form)
{
    for (size_t i = 0; i < def->n; i++) {
        if (def->fields[i].kind == FIELD_TEXT) {
            struct str *s = (struct str *)(void *)((char *)form + def->fields[i].off);

            *s = STR("");
        }
    }
}

void
address_form_init(struct address_form *f)
{
    *f = (struct address_form){
        .ledger_no = NONE_I64,
        .mandate_day = DAY_NONE,
        .closing_text_no = NONE_I64,
        .active = true,
    };
    empty_texts(&address_form_def, f);
}

void
person_form_init(struct person_form *f)
{
    *f = (struct person_form){.birthday = DAY_NONE, .active = true};
    empty_texts(&person_form_def, f);
}

enum text
company_status_text(int64_t status)
{
    static const enum text texts[COMPANY_STATUS_COUNT] = {
        [COMPANY_CUSTOMER] = T_contact_status_customer,
        [COMPANY_SUPPLIER] = T_contact_status_supplier,
        [COMPANY_PROSPECT] = T_contact_status_prospect,
        [COMPANY_ACQUISITION] = T_contact_status_acquisition,
        [COMPANY_PRESS] = T_contact_status_press,
        [COMPANY_INACTIVE] = T_contact_status_inactive,
        [COMPANY_OTHER] = T_contact_status_other,
    };

    return status >= 0 && status < COMPANY_STATUS_COUNT ? texts[status] : T_NONE;
}

/* --- rules ----------------------------------------------------------------------------------- */

/* Good enough to catch a name or two addresses in the field; delivery is the only real proof. */
static bool
is_email(struct str s)
{
    size_t at = str_find(s, STR("@"), 0);
    struct str host = at == SIZE_MAX ? STR_NONE : str_sub(s, at + 1, s.n);
    size_t dot = str_find(host, STR("."), 0);

    if (at == 0 || at == SIZE_MAX || dot == 0 || dot == SIZE_MAX || host.p[host.n - 1] == '.' ||
        str_find(host, STR("@"), 0) != SIZE_MAX || str_find(host, STR(".."), 0) != SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c == 0x7f || strchr(",;:<>()[]\\\"", c) != NULL) {
            return false;
        }
    }
    return true;
}

/* ISO 13616: blanks may separate, letters count 10 to 35, the number with its first four characters
 * moved to the end leaves 1 when divided by 97. */
static bool
is_iban(struct str s)
{
    char c[34] = "";
    size_t n = 0;
    int64_t rest = 0;

    for (size_t i = 0; i < s.n; i++) {
        char u = s.p[i];

        if (u == ' ') {
            continue;
        }
        if (u >= 'a' && u <= 'z') {
            u = (char)(u - 'a' + 'A');
        }
        if (n == sizeof(c) || !((u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z'))) {
            return false;
        }
        c[n++] = u;
    }
    if (n < 15 || c[0] < 'A' || c[1] < 'A' || (c[0] == 'D' && c[1] == 'E' && n != 22)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char u = c[(i + 4) % n];

        rest = u >= 'A' ? rest * 100 + (u - 'A' + 10) : rest * 10 + (u - '0');
        rest %= 97;
    }
    return rest == 1;
}

static size_t
check_email(const char *field, struct str value, struct field_fault *to)
{
    if (value.n == 0 || is_email(value)) {
        return 0;
    }
    *to = (struct field_fault){field, E_CONTACT_EMAIL, STR("")};
    return 1;
}

size_t
company_check(const struct company_form *f, struct field_fault *ret_faults)
{
    struct str rest = f->tags, tag;
    size_t n = 0, tags = 0;
    bool fits = true;

    while (rest.n > 0 && str_cut(&rest, ',', &tag)) {
        tag = str_trim(tag);
        tags += tag.n > 0 ? 1 : 0;
        fits = fits && str_points(tag) <= 60;
    }
    if (!fits || tags > 20) {
        ret_faults[n++] = (struct field_fault){"tags", E_CONTACT_TAGS, STR("")};
    }
    return n;
}

size_t
address_check(const struct address_form *f, struct field_fault *ret_faults)
{
    size_t n = 0;

    if (f->name1.n == 0 && f->address_name.n == 0) {
        ret_faults[n++] = (struct field_fault){"name1", E_CONTACT_LABEL, STR("")};
    }
    n += check_email("company_email", f->company_email, ret_faults + n);
    n += check_email("invoice_email", f->invoice_email, ret_faults + n);
    if (f->iban.n > 0 && !is_iban(f->iban)) {
        ret_faults[n++] = (struct field_fault){"iban", E_CONTACT_IBAN, STR("")};
    }
    return n;
}

size_t
person_check(const struct person_form *f, struct field_fault *ret_faults)
{
    size_t n = 0;

    n += check_email("email", f->email, ret_faults + n);
    n += check_email("email2", f->email2, ret_faults + n);
    return n;
}
