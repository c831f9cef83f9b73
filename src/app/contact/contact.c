/* contact.c: the verbs of companies, addresses and persons. Rows become forms and forms become rows
 * here and nowhere else; search and sort texts are made beside each write, so they cannot go stale.
 */
#include "app/contact/contact_own.h"

#include "base/text.h"
#include "guard/audit.h"

#include "contact.sql.h"

enum {
    NAME_KEY_MAX = 600,
    SEARCH_MAX = 2400,
    TAG_KEY_MAX = 120,
    SEARCH_BYTES = 64 * 1024,
    LIKE_MAX = 4096
};

/* --- texts beside the fields ----------------------------------------------------------------- */

/* One text of several parts, folded for LIKE. */
static struct str
search_of(struct arena *mem, const struct str *parts, size_t n)
{
    struct out o = out_new(mem, SEARCH_BYTES);

    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0) {
            out_str(&o, parts[i]);
            out_char(&o, ' ');
        }
    }
    return contact_cut(text_fold(mem, out_view(&o)), SEARCH_MAX);
}
#define SEARCH_OF(mem, ...)                                                                        \
    search_of((mem), (const struct str[]){__VA_ARGS__},                                            \
              sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

static struct str
like_of(struct arena *mem, struct str word)
{
    const struct str like = text_like(mem, word);

    /* Nobody's name is that long: nothing is found, as it should be. */
    return like.n <= LIKE_MAX ? like : STR("\\%");
}

struct contact_words
contact_words_of(struct arena *mem, struct str query)
{
    struct contact_words w = {
        .v = {STR(""), STR(""), STR(""), STR("")}
    };
    struct str rest = text_fold(mem, query), word;

    while (rest.n > 0 && w.n < CONTACT_WORDS_MAX) {
        if (w.n + 1 == CONTACT_WORDS_MAX) {
            word = rest;
            rest = STR("");
        } else if (!str_cut(&rest, ' ', &word)) {
            break;
        }
        if (word.n > 0) {
            w.v[w.n++] = like_of(mem, word);
        }
    }
    return w;
}

struct str
contact_tag_key(struct arena *mem, struct str tag)
{
    return contact_cut(text_fold(mem, tag), TAG_KEY_MAX);
}

struct str
contact_name_key(struct arena *mem, struct str name)
{
    return contact_cut(text_sort_key(mem, name), NAME_KEY_MAX);
}

static enum rc
first_fault(struct err *err, const struct field_fault *faults, size_t n)
{
    char arg[ERR_ARG_MAX];

    if (n == 0) {
        return OK;
    }
    (void)snprintf(arg, sizeof(arg), "%.*s", STR_FMT(faults[0].arg));
    return fail_field(err, faults[0].field, RC_INVALID, faults[0].code, arg);
}

/* A form made from another version than the stored one: the page tells what changed since. */
static enum rc
need_version(struct wtx *tx, int64_t stored, int64_t form)
{
    if (stored == form) {
        return OK;
    }
    return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "version %lld, form %lld", (long long)stored,
                (long long)form);
}

/* --- companies ------------------------------------------------------------------------------- */

/* "Nord, nord , Schiff" is the tags "Nord" and "Schiff"; company_check() has bounded them. */
static enum rc
put_tags(struct wtx *tx, struct company_id id, struct str tags)
{
    struct arena *mem = wtx_mem(tx);
    struct str rest = tags, tag, seen[20];
    size_t n = 0;
    int64_t removed;

    TRY(tag_clear(tx, &(struct tag_clear_in){id}, &removed));
    while (rest.n > 0 && str_cut(&rest, ',', &tag)) {
        struct str key = contact_tag_key(mem, tag);
        bool known = key.n == 0 || n == COUNT(seen);

        for (size_t i = 0; i < n && !known; i++) {
            known = str_eq(seen[i], key);
        }
        if (!known) {
            seen[n++] = key;
            TRY(tag_insert(tx, &(struct tag_insert_in){id, key, str_trim(tag)}));
        }
    }
    return OK;
}

static enum rc
put_company(struct wtx *tx, struct company_id id, const struct company_form *f)
{
    struct arena *mem = wtx_mem(tx);

    TRY(company_write(
        tx, &(struct company_write_in){
                .company_id = id,
                .name = f->name,
                .name_key = contact_name_key(mem, f->name),
                .search_text = SEARCH_OF(mem, f->name, f->code, f->tags),
                .code = f->code,
                .status = f->status,
                .tags = f->tags,
                .comments = f->comments,
                .rate_discount.n = f->rate_discount.n == NONE_I32 ? 0 : f->rate_discount.n,
                .rate = f->rate,
                .price_group = f->price_group,
                .payment_days = f->payment_days,
                .cash_discount = f->cash_discount,
                .cash_discount_days = f->cash_discount_days,
                .actor_user_id = wtx_user(tx),
                .now_at = wtx_now(tx),
                .version = f->version,
            }));
    return put_tags(tx, id, f->tags);
}

enum rc
company_form_find(struct rtx *tx, struct company_id id, struct company_form *ret_form,
                  struct contact_stamp *ret_stamp)
{
    struct company_get_row r;

    TRY(company_get(tx, &(struct company_get_in){id}, &r));
    *ret_form = (struct company_form){
        .name = r.name,
        .code = r.code,
        .status = r.status,
        .tags = r.tags,
        .comments = r.comments,
        .rate_discount = r.rate_discount,
        .rate = r.rate,
        .price_group = r.price_group,
        .payment_days = r.payment_days,
        .cash_discount = r.cash_discount,
        .cash_discount_days = r.cash_discount_days,
        .version = r.version,
    };
    *ret_stamp = (struct contact_stamp){r.created_at, r.changed_at};
    return OK;
}

enum rc
company_put_new(struct wtx *tx, const struct company_form *f, struct company_id *ret_id)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_id id;

    TRY(first_fault(wtx_err(tx), faults, company_check(f, faults)));
    TRY(wtx_new_id(tx, "company", &id.n));
    TRY(put_company(tx, id, f));
    *ret_id = id;
    return OK;
}

enum rc
company_add(struct wtx *tx, const struct company_form *f, struct company_id *ret_id)
{
    struct company_id id;

    TRY(company_put_new(tx, f, &id));
    TRY(touch(tx, EVENT_COMPANY_ADDED, SUBJECT(company, id), &company_form_def, NULL, f));
    *ret_id = id;
    return OK;
}

enum rc
company_change(struct wtx *tx, struct company_id id, const struct company_form *f)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_form before;
    struct contact_stamp stamp;

    TRY(company_form_find(wtx_read(tx), id, &before, &stamp));
    TRY(need_version(tx, before.version, f->version));
    TRY(first_fault(wtx_err(tx), faults, company_check(f, faults)));
    TRY(put_company(tx, id, f));
    return touch(tx, EVENT_COMPANY_CHANGED, SUBJECT(company, id), &company_form_def, &before, f);
}

enum rc
company_find(struct rtx *tx, struct company_id id, struct company *ret_company)
{
    struct company_brief_row r;

    TRY(company_brief(tx, &(struct company_brief_in){id}, &r));
    *ret_company = (struct company){
        .id = id,
        .name = r.name,
        .code = r.code,
        .status = r.status,
        .rate_discount = r.rate_discount,
        .rate = r.rate,
        .price_group = r.price_group,
    };
    return OK;
}

/* --- addresses ------------------------------------------------------------------------------- */

static enum rc
next_ledger_no(struct wtx *tx, int64_t *ret_no)
{
    struct ledger_last_row last;

    TRY(ledger_last(wtx_read(tx), &(struct ledger_last_in){LEDGER_FIRST, LEDGER_LAST}, &last));
    if (last.ledger_no == LEDGER_LAST) {
        return fail_field(wtx_err(tx), "ledger_no", RC_INVALID, E_CONTACT_LEDGER, "");
    }
    *ret_no = last.ledger_no == NONE_I64 ? LEDGER_FIRST : last.ledger_no + 1;
    return OK;
}

static enum rc
put_address(struct wtx *tx, struct address_id id, struct company_id company,
            const struct address_form *f)
{
    return address_write(tx, &(struct address_write_in){
                                 .address_id = id,
                                 .company_id = company,
                                 .search_text = SEARCH_OF(wtx_mem(tx), f->name1, f->name2, f->name3,
                                                          f->address_name, f->city, f->tags),
                                 .name1 = f->name1,
                                 .name2 = f->name2,
                                 .name3 = f->name3,
                                 .address_name = f->address_name,
                                 .street = f->street,
                                 .street_no = f->street_no,
                                 .postal_code = f->postal_code,
                                 .city = f->city,
                                 .country = f->country,
                                 .company_email = f->company_email,
                                 .company_phone = f->company_phone,
                                 .comments = f->comments,
                                 .tags = f->tags,
                                 .tax_no = f->tax_no,
                                 .duns_no = f->duns_no,
                                 .gln_no = f->gln_no,
                                 .supplier_no = f->supplier_no,
                                 .ledger_no = f->ledger_no,
                                 .invoice_email = f->invoice_email,
                                 .no_invoice_email = f->no_invoice_email,
                                 .mandate_reference = f->mandate_reference,
                                 .mandate_day = f->mandate_day,
                                 .iban = f->iban,
                                 .bic = f->bic,
                                 .bank_name = f->bank_name,
                                 .account_owner = f->account_owner,
                                 .reverse_charge = f->reverse_charge,
                                 .third_country = f->third_country,
                                 .closing_text_no = f->closing_text_no,
                                 .active = f->active,
                                 .actor_user_id = wtx_user(tx),
                                 .now_at = wtx_now(tx),
                                 .version = f->version,
                             });
}

enum rc
address_form_find(struct rtx *tx, struct address_id id, struct address_form *ret_form,
                  struct company_id *ret_company, struct contact_stamp *ret_stamp)
{
    struct address_get_row r;

    TRY(address_get(tx, &(struct address_get_in){id}, &r));
    *ret_form = (struct address_form){
        .name1 = r.name1,
        .name2 = r.name2,
        .name3 = r.name3,
        .address_name = r.address_name,
        .street = r.street,
        .street_no = r.street_no,
        .postal_code = r.postal_code,
        .city = r.city,
        .country = r.country,
        .company_email = r.company_email,
        .company_phone = r.company_phone,
        .comments = r.comments,
        .tags = r.tags,
        .tax_no = r.tax_no,
        .duns_no = r.duns_no,
        .gln_no = r.gln_no,
        .supplier_no = r.supplier_no,
        .ledger_no = r.ledger_no,
        .invoice_email = r.invoice_email,
        .no_invoice_email = r.no_invoice_email,
        .mandate_reference = r.mandate_reference,
        .mandate_day = r.mandate_day,
        .iban = r.iban,
        .bic = r.bic,
        .bank_name = r.bank_name,
        .account_owner = r.account_owner,
        .reverse_charge = r.reverse_charge,
        .third_country = r.third_country,
        .closing_text_no = r.closing_text_no,
        .active = r.active,
        .version = r.version,
    };
    *ret_company = r.company_id;
    *ret_stamp = (struct contact_stamp){r.created_at, r.changed_at};
    return OK;
}

enum rc
address_put_new(struct wtx *tx, struct company_id company, struct address_form *f,
                struct address_id *ret_id)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_brief_row known;
    struct address_id id;

    TRY(company_brief(wtx_read(tx), &(struct company_brief_in){company}, &known));
    TRY(first_fault(wtx_err(tx), faults, address_check(f, faults)));
    if (f->ledger_no == NONE_I64 || f->ledger_no == 0) {
        TRY(next_ledger_no(tx, &f->ledger_no));
    }
    TRY(wtx_new_id(tx, "address", &id.n));
    TRY(put_address(tx, id, company, f));
    *ret_id = id;
    return OK;
}

enum rc
address_add(struct wtx *tx, struct company_id company, const struct address_form *f,
            struct address_id *ret_id)
{
    struct address_form given = *f;
    struct address_id id;

    TRY(address_put_new(tx, company, &given, &id));
    TRY(touch(tx, EVENT_ADDRESS_ADDED, SUBJECT(address, id), &address_form_def, NULL, &given));
    *ret_id = id;
    return OK;
}

enum rc
address_change(struct wtx *tx, struct address_id id, const struct address_form *f)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct address_form before, given = *f;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(address_form_find(wtx_read(tx), id, &before, &company, &stamp));
    TRY(need_version(tx, before.version, f->version));
    TRY(first_fault(wtx_err(tx), faults, address_check(f, faults)));
    if (given.ledger_no == NONE_I64 || given.ledger_no == 0) {
        given.ledger_no = before.ledger_no;
    }
    TRY(put_address(tx, id, company, &given));
    return touch(tx, EVENT_ADDRESS_CHANGED, SUBJECT(address, id), &address_form_def, &before,
                 &given);
}

/* --- persons --------------------------------------------------------------------------------- */

static enum rc
put_person(struct wtx *tx, struct person_id id, struct company_id company,
           const struct person_form *f)
{
    struct arena *mem = wtx_mem(tx);
    struct str sorted = arena_fmt(mem, "%.*s, %.*s", STR_FMT(f->last_name), STR_FMT(f->first_name));
    struct str full = arena_fmt(mem, "%.*s %.*s", STR_FMT(f->first_name), STR_FMT(f->last_name));

    return person_write(tx, &(struct person_write_in){
                                .person_id = id,
                                .company_id = company,
                                .address_id = f->address_id,
                                .name_key = contact_cut(text_sort_key(mem, sorted), NAME_KEY_MAX),
                                .search_text = SEARCH_OF(mem, full, f->last_name, f->first_name,
                                                         f->email, f->email2),
                                .title = f->title,
                                .first_name = f->first_name,
                                .last_name = f->last_name,
                                .position = f->position,
                                .department = f->department,
                                .email = f->email,
                                .email2 = f->email2,
                                .phone = f->phone,
                                .fax = f->fax,
                                .mobile = f->mobile,
                                .phone_private = f->phone_private,
                                .mobile_private = f->mobile_private,
                                .street_private = f->street_private,
                                .street_no_private = f->street_no_private,
                                .postal_code_private = f->postal_code_private,
                                .city_private = f->city_private,
                                .country_private = f->country_private,
                                .use_private_for_csv = f->use_private_for_csv,
                                .messenger = f->messenger,
                                .social_media = f->social_media,
                                .website = f->website,
                                .comments = f->comments,
                                .birthday = f->birthday,
                                .filter_1 = f->filter_1,
                                .filter_2 = f->filter_2,
                                .filter_3 = f->filter_3,
                                .filter_4 = f->filter_4,
                                .filter_5 = f->filter_5,
                                .filter_6 = f->filter_6,
                                .filter_7 = f->filter_7,
                                .filter_8 = f->filter_8,
                                .filter_9 = f->filter_9,
                                .filter_10 = f->filter_10,
                                .manager_user_id = f->manager_user_id,
                                .active = f->active,
                                .actor_user_id = wtx_user(tx),
                                .now_at = wtx_now(tx),
                                .version = f->version,
                            });
}

enum rc
person_form_find(struct rtx *tx, struct person_id id, struct person_form *ret_form,
                 struct company_id *ret_company, struct contact_stamp *ret_stamp)
{
    struct person_get_row r;

    TRY(person_get(tx, &(struct person_get_in){id}, &r));
    *ret_form = (struct person_form){
        .address_id = r.address_id,
        .title = r.title,
        .first_name = r.first_name,
        .last_name = r.last_name,
        .position = r.position,
        .department = r.department,
        .email = r.email,
        .email2 = r.email2,
        .phone = r.phone,
        .fax = r.fax,
        .mobile = r.mobile,
        .phone_private = r.phone_private,
        .mobile_private = r.mobile_private,
        .street_private = r.street_private,
        .street_no_private = r.street_no_private,
        .postal_code_private = r.postal_code_private,
        .city_private = r.city_private,
        .country_private = r.country_private,
        .use_private_for_csv = r.use_private_for_csv,
        .messenger = r.messenger,
        .social_media = r.social_media,
        .website = r.website,
        .comments = r.comments,
        .birthday = r.birthday,
        .filter_1 = r.filter_1,
        .filter_2 = r.filter_2,
        .filter_3 = r.filter_3,
        .filter_4 = r.filter_4,
        .filter_5 = r.filter_5,
        .filter_6 = r.filter_6,
        .filter_7 = r.filter_7,
        .filter_8 = r.filter_8,
        .filter_9 = r.filter_9,
        .filter_10 = r.filter_10,
        .manager_user_id = r.manager_user_id,
        .active = r.active,
        .version = r.version,
    };
    *ret_company = r.company_id;
    *ret_stamp = (struct contact_stamp){r.created_at, r.changed_at};
    return OK;
}

/* The address must be there and be the company's own. */
static enum rc
need_own_address(struct wtx *tx, struct company_id company, struct address_id address)
{
    struct address_company_row a;
    bool found = false;

    TRY(address_company(wtx_read(tx), &(struct address_company_in){address}, &a, &found));
    if (!found || a.company_id.n != company.n) {
        return fail_field(wtx_err(tx), "address_id", RC_INVALID, E_CONTACT_ADDRESS, "");
    }
    return OK;
}

enum rc
person_put_new(struct wtx *tx, struct company_id company, const struct person_form *f,
               struct person_id *ret_id)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct company_brief_row known;
    struct person_id id;

    TRY(company_brief(wtx_read(tx), &(struct company_brief_in){company}, &known));
    TRY(need_own_address(tx, company, f->address_id));
    TRY(first_fault(wtx_err(tx), faults, person_check(f, faults)));
    TRY(wtx_new_id(tx, "person", &id.n));
    TRY(put_person(tx, id, company, f));
    *ret_id = id;
    return OK;
}

enum rc
person_add(struct wtx *tx, struct company_id company, const struct person_form *f,
           struct person_id *ret_id)
{
    struct person_id id;

    TRY(person_put_new(tx, company, f, &id));
    TRY(touch(tx, EVENT_PERSON_ADDED, SUBJECT(person, id), &person_form_def, NULL, f));
    *ret_id = id;
    return OK;
}

enum rc
person_change(struct wtx *tx, struct person_id id, const struct person_form *f)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};
    struct person_form before;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(person_form_find(wtx_read(tx), id, &before, &company, &stamp));
    TRY(need_version(tx, before.version, f->version));
    TRY(need_own_address(tx, company, f->address_id));
    TRY(first_fault(wtx_err(tx), faults, person_check(f, faults)));
    TRY(put_person(tx, id, company, f));
    return touch(tx, EVENT_PERSON_CHANGED, SUBJECT(person, id), &person_form_def, &before, f);
}

enum rc
person_find(struct rtx *tx, struct person_id id, struct person *ret_person)
{
    struct person_brief_row r;

    TRY(person_brief(tx, &(struct person_brief_in){id}, &r));
    *ret_person = (struct person){
        .id = id,
        .company_id = r.company_id,
        .title = r.title,
        .first_name = r.first_name,
        .last_name = r.last_name,
        .email = r.email,
        .phone = r.phone,
        .mobile = r.mobile,
        .active = r.active,
    };
    return OK;
}
