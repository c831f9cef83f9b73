/* import_compare.c: see import_compare.h. */
#include "app/contact/import_compare.h"

#include "app/contact/contact_own.h"

enum { SHOWN_POINTS = 80 };

struct comparing {
    struct arena *mem;
    const struct import_row *row;
    struct import_difference *to;
    size_t n;
};

/* Made up from other columns when the file has none of its own: no news. */
static bool
is_derived(enum import_level level, const char *field)
{
    return strcmp(field, "version") == 0 ||
           (level == LEVEL_ADDRESS && strcmp(field, "name1") == 0) ||
           (level == LEVEL_COMPANY && strcmp(field, "name") == 0);
}

static struct str
shown(struct arena *mem, const struct field *f, const void *form)
{
    struct str s = field_print(mem, f, form);

    return str_points(s) <= SHOWN_POINTS
               ? s
               : arena_fmt(mem, "%.*s…", STR_FMT(contact_cut(s, SHOWN_POINTS)));
}

static struct day
day_of_field(const struct field *f, const void *form)
{
    return *(const struct day *)(const void *)((const char *)form + f->off);
}

static enum text
word(const struct field *f, const void *form)
{
    const char *member = (const char *)form + f->off;

    if (f->kind == FIELD_FLAG) {
        return *(const bool *)(const void *)member ? T_import_yes : T_import_no;
    }
    return f->kind == FIELD_INT && strcmp(f->name, "status") == 0
               ? company_status_text(*(const int64_t *)(const void *)member)
               : T_NONE;
}

static struct import_difference
difference(struct arena *mem, const struct field *f, const void *there, const void *here)
{
    struct import_difference d = {
        .label = f->label,
        .there = STR(""),
        .here = STR(""),
        .there_word = word(f, there),
        .here_word = word(f, here),
        .there_day = DAY_NONE,
        .here_day = DAY_NONE,
    };

    if (f->kind == FIELD_DAY) {
        d.there_day = day_of_field(f, there);
        d.here_day = day_of_field(f, here);
    } else if (d.there_word == T_NONE) {
        d.there = shown(mem, f, there);
        d.here = shown(mem, f, here);
    }
    return d;
}

static void
compare_form(struct comparing *c, const struct form_def *def, enum import_level level,
             const void *here, const void *there, const void *blank)
{
    for (size_t i = 0; i < def->n && c->n < IMPORT_DIFFERENCES_MAX; i++) {
        const struct field *f = &def->fields[i];
        bool says = import_row_has(c->row, level, f->name) ||
                    (!is_derived(level, f->name) && !field_same(f, here, blank));

        if (says && !field_same(f, here, there)) {
            c->to[c->n++] = difference(c->mem, f, there, here);
        }
    }
}

static enum rc
compare_company(struct rtx *tx, struct comparing *c, struct company_id id)
{
    struct company_form there, blank;
    struct contact_stamp stamp;

    TRY(company_form_find(tx, id, &there, &stamp));
    company_form_init(&blank);
    compare_form(c, &company_form_def, LEVEL_COMPANY, &c->row->company, &there, &blank);
    return OK;
}

static enum rc
compare_address(struct rtx *tx, struct comparing *c, struct address_id id)
{
    struct address_form there, blank;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(address_form_find(tx, id, &there, &company, &stamp));
    address_form_init(&blank);
    compare_form(c, &address_form_def, LEVEL_ADDRESS, &c->row->address, &there, &blank);
    return OK;
}

static enum rc
compare_person(struct rtx *tx, struct comparing *c, struct person_id id)
{
    struct person_form there, blank;
    struct contact_stamp stamp;
    struct company_id company;

    TRY(person_form_find(tx, id, &there, &company, &stamp));
    person_form_init(&blank);
    compare_form(c, &person_form_def, LEVEL_PERSON, &c->row->person, &there, &blank);
    return OK;
}

enum rc
import_compare(struct rtx *tx, const struct import_row *row, const struct import_known *known,
               struct import_difference *ret_differences, size_t *ret_n)
{
    struct comparing c = {rtx_mem(tx), row, ret_differences, 0};

    if (known->company.n > 0) {
        TRY(compare_company(tx, &c, known->company));
    }
    if (known->address.n > 0 && row->has_address) {
        TRY(compare_address(tx, &c, known->address));
    }
    if (known->person.n > 0 && row->has_person) {
        TRY(compare_person(tx, &c, known->person));
    }
    *ret_n = c.n;
    return OK;
}
