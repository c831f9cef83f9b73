/* export_web.c: contacts as a CSV file for German spreadsheets. What a list shows becomes one row
 * for each person; every column but the last four is understood by our own import, so that a file
 * comes back as it went. The export is a POST, because it is told to the audit trail. */
#include <assert.h>

#include "app/contact/import_pages.h"
#include "base/csv.h"
#include "guard/audit.h"

#include "export.sql.h"

enum { EXPORT_BYTES_MAX = 8 * 1024 * 1024, CELL_BYTES_MAX = 1024 * 1024 };

/* clang-format off */
static const struct field export_fields[] = {
    FIELD(struct contact_export_form, q, T_contact_filter_q, .max = 200),
    FIELD(struct contact_export_form, status, T_contact_company_status, .min = 0, .max = 6),
    FIELD(struct contact_export_form, tag, T_contact_tags, .max = 120),
    FIELD(struct contact_export_form, mark, T_contact_filter_mark, .min = 0, .max = 10),
    FIELD(struct contact_export_form, all, T_contact_filter_all),
    FIELD(struct contact_export_form, persons, T_contact_persons),
};
/* clang-format on */
const struct form_def contact_export_form_def = FORM_DEF(contact_export_form, export_fields);

/* What the audit keeps of an export: how much, not whom. */
struct export_audit {
    int64_t n_rows;
};
static const struct field export_audit_fields[] = {
    FIELD(struct export_audit, n_rows, T_export_rows),
};
static const struct form_def export_audit_def = FORM_DEF(export_audit, export_audit_fields);

/* --- columns --------------------------------------------------------------------------------- */

struct exporting {
    const struct page *pg;
    struct arena *scratch; /* of one row */
    struct out *o;
    const struct import_target *columns[IMPORT_TARGETS_MAX];
    size_t n_columns;
    int64_t n_rows;
};

static int64_t
mark_no(const struct import_target *t)
{
    int64_t no = 0;

    return t->field != NULL && str_starts(str_of(t->field), STR("filter_")) &&
                   str_to_i64(str_sub(str_of(t->field), 7, 2), &no) == OK
               ? no
               : 0;
}

/* Money and bank accounts only for those who see them on the pages. */
static bool
may_see(const struct principal *who, const struct import_target *t)
{
    static const struct {
        const char *field;
        enum right right;
    } guarded[] = {
        {"rate",               RIGHT_RATE_READ    },
        {"rate_discount",      RIGHT_RATE_READ    },
        {"price_group",        RIGHT_RATE_READ    },
        {"payment_days",       RIGHT_RATE_READ    },
        {"cash_discount",      RIGHT_RATE_READ    },
        {"cash_discount_days", RIGHT_RATE_READ    },
        {"iban",               RIGHT_ADDRESS_WRITE},
        {"bic",                RIGHT_ADDRESS_WRITE},
        {"bank_name",          RIGHT_ADDRESS_WRITE},
        {"account_owner",      RIGHT_ADDRESS_WRITE},
        {"mandate_reference",  RIGHT_ADDRESS_WRITE},
        {"mandate_day",        RIGHT_ADDRESS_WRITE},
    };

    for (size_t i = 0; i < COUNT(guarded); i++) {
        if (strcmp(t->field, guarded[i].field) == 0) {
            return may(who, guarded[i].right);
        }
    }
    return true;
}

static const struct str *
mark_name(const struct filter_list_row *marks, size_t n, int64_t no)
{
    for (size_t i = 0; i < n; i++) {
        if (marks[i].filter_no == no) {
            return &marks[i].name;
        }
    }
    return NULL;
}

/* The header; of the ten marks only those that have a name. */
static enum rc
put_header(struct req *rq, struct rtx *tx, struct exporting *e)
{
    static const enum text letter[] = {T_export_letter_name, T_export_letter_street,
                                       T_export_letter_place, T_export_letter_country};
    struct filter_list_row *marks;
    size_t n;

    TRY(filter_list(tx, &marks, &n));
    out_str(e->o, CSV_BOM);
    for (size_t i = 0; i < n_import_targets; i++) {
        const struct import_target *t = &import_targets[i];
        int64_t no = mark_no(t);
        const struct str *name = mark_name(marks, n, no);
        struct str label = page_text(e->pg, t->label, STR_NONE);

        if (t->special != SPECIAL_NONE || !may_see(req_who(rq), t) || (no > 0 && name == NULL)) {
            continue;
        }
        e->columns[e->n_columns++] = t;
        csv_put(e->o,
                name == NULL ? label
                             : arena_fmt(req_mem(rq), "%.*s: %.*s", STR_FMT(label), STR_FMT(*name)),
                false);
    }
    for (size_t i = 0; i < COUNT(letter); i++) {
        csv_put(e->o, page_text(e->pg, letter[i], STR_NONE), i + 1 == COUNT(letter));
    }
    return OK;
}

/* --- rows ------------------------------------------------------------------------------------ */

struct contact_forms {
    struct company_form company;
    struct address_form address;
    struct person_form person;
    bool has_address, has_person;
};

static struct company_form
company_of(const struct export_rows_row *r)
{
    return (struct company_form){
        .name = r->name,
        .code = r->code,
        .status = r->status,
        .tags = r->tags,
        .comments = r->comments,
        .rate_discount = r->rate_discount,
        .rate = r->rate,
        .price_group = r->price_group,
        .payment_days = r->payment_days,
        .cash_discount = r->cash_discount,
        .cash_discount_days = r->cash_discount_days,
    };
}

static struct address_form
address_of(const struct export_rows_row *r)
{
    return (struct address_form){
        .name1 = r->name1,
        .name2 = r->name2,
        .name3 = r->name3,
        .address_name = r->address_name,
        .street = r->street,
        .street_no = r->street_no,
        .postal_code = r->postal_code,
        .city = r->city,
        .country = r->country,
        .company_email = r->company_email,
        .company_phone = r->company_phone,
        .comments = r->address_comments,
        .tags = r->address_tags,
        .tax_no = r->tax_no,
        .duns_no = r->duns_no,
        .gln_no = r->gln_no,
        .supplier_no = r->supplier_no,
        .ledger_no = r->ledger_no,
        .invoice_email = r->invoice_email,
        .no_invoice_email = r->no_invoice_email,
        .mandate_reference = r->mandate_reference,
        .mandate_day = r->mandate_day,
        .iban = r->iban,
        .bic = r->bic,
        .bank_name = r->bank_name,
        .account_owner = r->account_owner,
        .reverse_charge = r->reverse_charge,
        .third_country = r->third_country,
        .active = r->address_active,
    };
}

static struct person_form
person_of(const struct export_rows_row *r)
{
    return (struct person_form){
        .title = r->title,
        .first_name = r->first_name,
        .last_name = r->last_name,
        .position = r->position,
        .department = r->department,
        .email = r->email,
        .email2 = r->email2,
        .phone = r->phone,
        .fax = r->fax,
        .mobile = r->mobile,
        .phone_private = r->phone_private,
        .mobile_private = r->mobile_private,
        .street_private = r->street_private,
        .street_no_private = r->street_no_private,
        .postal_code_private = r->postal_code_private,
        .city_private = r->city_private,
        .country_private = r->country_private,
        .use_private_for_csv = r->use_private_for_csv,
        .messenger = r->messenger,
        .social_media = r->social_media,
        .website = r->website,
        .comments = r->person_comments,
        .birthday = r->birthday,
        .filter_1 = r->filter_1,
        .filter_2 = r->filter_2,
        .filter_3 = r->filter_3,
        .filter_4 = r->filter_4,
        .filter_5 = r->filter_5,
        .filter_6 = r->filter_6,
        .filter_7 = r->filter_7,
        .filter_8 = r->filter_8,
        .filter_9 = r->filter_9,
        .filter_10 = r->filter_10,
        .active = r->person_active,
    };
}

static const struct field *
field_of(const struct form_def *def, const char *name)
{
    for (size_t i = 0; i < def->n; i++) {
        if (strcmp(def->fields[i].name, name) == 0) {
            return &def->fields[i];
        }
    }
    return NULL;
}

static struct str
cell_of(struct exporting *e, const struct form_def *def, const void *form, const char *name)
{
    const struct field *f = field_of(def, name);
    assert(f != NULL); /* the table of columns names fields of our own forms */
    const char *member = (const char *)form + f->off;

    if (f->kind == FIELD_FLAG) {
        return text_get(*(const bool *)(const void *)member ? T_import_yes : T_import_no,
                        e->pg->lang);
    }
    if (def == &company_form_def && strcmp(name, "status") == 0) {
        return text_get(company_status_text(*(const int64_t *)(const void *)member), e->pg->lang);
    }
    return field_print(e->scratch, f, form);
}

static struct str
column_of(struct exporting *e, const struct contact_forms *f, const struct import_target *t)
{
    switch (t->level) {
    case LEVEL_COMPANY:
        return cell_of(e, &company_form_def, &f->company, t->field);
    case LEVEL_ADDRESS:
        return f->has_address ? cell_of(e, &address_form_def, &f->address, t->field) : STR("");
    case LEVEL_PERSON:
        return f->has_person ? cell_of(e, &person_form_def, &f->person, t->field) : STR("");
    }
    return STR("");
}

static struct str
two(struct exporting *e, struct str a, struct str b)
{
    return str_trim(arena_fmt(e->scratch, "%.*s %.*s", STR_FMT(a), STR_FMT(b)));
}

/* Where letters go: the private address of those who want that and have one. */
static void
put_letter(struct exporting *e, const struct contact_forms *f)
{
    const struct person_form *p = &f->person;
    const struct address_form *a = &f->address;
    bool at_home = f->has_person && p->use_private_for_csv && p->city_private.n > 0;

    csv_put(e->o,
            at_home           ? person_name(e->scratch, p->title, p->first_name, p->last_name)
            : a->name1.n == 0 ? f->company.name
                              : a->name1,
            false);
    csv_put(e->o,
            at_home ? two(e, p->street_private, p->street_no_private)
                    : two(e, a->street, a->street_no),
            false);
    csv_put(e->o,
            at_home ? two(e, p->postal_code_private, p->city_private)
                    : two(e, a->postal_code, a->city),
            false);
    csv_put(e->o, at_home ? p->country_private : a->country, true);
}

static enum rc
put_row(void *arg, const struct export_rows_row *r)
{
    struct exporting *e = arg;
    const struct contact_forms f = {
        .company = company_of(r),
        .address = address_of(r),
        .person = person_of(r),
        .has_address = r->address_id.n > 0,
        .has_person = r->person_id.n > 0,
    };

    for (size_t i = 0; i < e->n_columns; i++) {
        csv_put(e->o, column_of(e, &f, e->columns[i]), false);
    }
    put_letter(e, &f);
    arena_reset(e->scratch);
    e->n_rows++;
    return out_ok(e->o) ? OK : RC_LIMIT;
}

static enum rc
put_rows(struct req *rq, struct rtx *tx, const struct contact_export_form *f, struct exporting *e)
{
    const struct contact_words w = contact_words_of(req_mem(rq), f->q);
    enum rc rc = export_rows(tx,
                             &(struct export_rows_in){
                                 .any_flag = f->status == NONE_I64,
                                 .status = f->status,
                                 .tag_key = f->tag,
                                 .persons_flag = f->persons,
                                 .inactive_flag = f->all,
                                 .mark_count = f->mark == NONE_I64 ? 0 : f->mark,
                                 .like1_text = w.v[0],
                                 .like2_text = w.v[1],
                                 .like3_text = w.v[2],
                                 .like4_text = w.v[3],
                             },
                             put_row, e);

    return rc == RC_LIMIT && !out_ok(e->o) ? fail(req_err(rq), RC_INVALID, E_CONTACT_EXPORT_SIZE,
                                                  "%lld rows", (long long)e->n_rows)
                                           : rc;
}

enum rc
contact_post_export(struct req *rq, struct wtx *tx)
{
    AUTO_ARENA struct arena *scratch = arena_new(CELL_BYTES_MAX);
    struct out o = out_new(req_mem(rq), EXPORT_BYTES_MAX);
    struct exporting e = {.pg = req_page(rq), .scratch = scratch, .o = &o};
    struct export_audit a;

    TRY(put_header(rq, wtx_read(tx), &e));
    TRY(put_rows(rq, wtx_read(tx), req_form(rq, struct contact_export_form), &e));
    a = (struct export_audit){e.n_rows};
    wtx_allow_untouched(tx, "an export changes nothing, and is told");
    TRY(touch(tx, EVENT_CONTACTS_EXPORTED, (struct subject){"company", 0}, &export_audit_def, NULL,
              &a));
    return reply_bytes(rq, "text/csv; charset=utf-8", page_text(e.pg, T_export_file_name, STR_NONE),
                       (struct bytes){(const uint8_t *)o.p, o.n});
}
