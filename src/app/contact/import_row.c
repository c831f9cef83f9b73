/* import_row.c: see import_row.h. */
#include "app/contact/import_row.h"

#include <assert.h>

#include "app/contact/contact_own.h"
#include "app/contact/import_cell.h"

enum { SPECIAL_POINTS_MAX = 300 }; /* of a full name or a place; their parts have their own */

static const struct form_def *
form_of(enum import_level level)
{
    static const struct form_def *const defs[] = {
        [LEVEL_COMPANY] = &company_form_def,
        [LEVEL_ADDRESS] = &address_form_def,
        [LEVEL_PERSON] = &person_form_def,
    };
    return defs[level];
}

static void *
data_of(struct import_row *row, enum import_level level)
{
    switch (level) {
    case LEVEL_COMPANY:
        return &row->company;
    case LEVEL_ADDRESS:
        return &row->address;
    case LEVEL_PERSON:
        return &row->person;
    }
    return NULL; /* uncovered: every level is above */
}

static const struct field *
field_find(const struct form_def *def, const char *name)
{
    for (size_t i = 0; i < def->n; i++) {
        if (strcmp(def->fields[i].name, name) == 0) {
            return &def->fields[i];
        }
    }
    return NULL; /* uncovered: the tables name fields of our own forms */
}

void
import_row_fault(struct import_row *row, const struct import_columns *columns,
                 enum import_level level, const char *field, enum code code, struct str arg)
{
    struct import_fault f = {.column = STR(""), .code = code, .arg = arg};

    if (row->n_faults == IMPORT_ROW_FAULTS) {
        return; /* uncovered: more than all columns can have today */
    }
    if (field != NULL) {
        const struct field *def = field_find(form_of(level), field);
        size_t column = import_column(columns->map, level, field);

        f.label = def != NULL ? def->label : T_NONE;
        f.column = column != SIZE_MAX ? columns->header[column] : STR("");
    }
    row->faults[row->n_faults++] = f;
}

bool
import_row_has(const struct import_row *row, enum import_level level, const char *field)
{
    int16_t target = import_target_of(level, field);

    return target != IMPORT_SKIP && row->has[target];
}

/* --- cells ----------------------------------------------------------------------------------- */

struct specials {
    struct str full_name, degree, place;
};

static void
take_field(struct arena *mem, int16_t target, struct str raw, struct import_row *row,
           const struct import_columns *columns)
{
    const struct import_target *t = &import_targets[target];
    const struct field *f = field_find(form_of(t->level), t->field);
    struct field_fault fault = {0};

    assert(f != NULL); /* the table of targets names fields of our own forms */
    struct str cell = import_cell_clean(mem, f, raw);

    if (cell.n == 0) {
        return;
    }
    row->has[target] = true;
    if (import_cell_parse(mem, f, cell, data_of(row, t->level), &fault) != OK) {
        import_row_fault(row, columns, t->level, t->field, fault.code, fault.arg);
    }
}

static void
take_cell(struct arena *mem, int16_t target, struct str raw, struct import_row *row,
          struct specials *s, const struct import_columns *columns)
{
    enum import_special special = import_targets[target].special;
    struct str text;

    if (special == SPECIAL_NONE) {
        take_field(mem, target, raw, row, columns);
        return;
    }
    text = contact_cut(csv_clean(mem, raw, false), SPECIAL_POINTS_MAX);
    switch (special) {
    case SPECIAL_FULL_NAME:
        s->full_name = text;
        break;
    case SPECIAL_DEGREE:
        s->degree = text;
        break;
    case SPECIAL_PLACE:
        s->place = text;
        break;
    case SPECIAL_NONE: /* uncovered: taken above */
        break;         /* uncovered: the same */
    }
}

/* --- persons --------------------------------------------------------------------------------- */

static bool
is_one_of(struct str word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_ascii_ci(word, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static struct str
join(struct arena *mem, struct str a, struct str b)
{
    if (a.n == 0 || b.n == 0) {
        return a.n == 0 ? b : a;
    }
    return arena_fmt(mem, "%.*s %.*s", STR_FMT(a), STR_FMT(b));
}

/* The text's first word; *rest is what follows it. */
static struct str
first_word(struct str *rest)
{
    size_t blank = str_find(*rest, STR(" "), 0);
    struct str word = blank == SIZE_MAX ? *rest : str_sub(*rest, 0, blank);

    *rest = str_trim(str_sub(*rest, word.n, rest->n));
    return word;
}

/* "Petersen, Onno" · "Frau Dr. Jette Harms" · "Anna von der Linde": titles in front, the last word
 * or all from a particle on is the last name. */
static void
split_name(struct arena *mem, struct str full, struct person_form *p)
{
    static const char *const titles[] = {"herr",  "herrn", "frau", "hr.",        "fr.",  "dr.",
                                         "prof.", "mr",    "mr.",  "mrs",        "mrs.", "ms",
                                         "ms.",   "mx",    "mag.", "dipl.-ing.", "ing."};
    static const char *const particles[] = {"von", "van", "zu", "vom", "zum", "zur", "de",  "di",
                                            "da",  "del", "la", "le",  "den", "der", "ten", "ter"};
    struct str rest = str_trim(full), title = STR(""), first = STR(""), head;
    size_t comma = str_find(rest, STR(","), 0);

    if (comma != SIZE_MAX) {
        p->last_name = str_trim(str_sub(rest, 0, comma));
        rest = str_trim(str_sub(rest, comma + 1, rest.n));
    }
    for (head = rest; rest.n > 0; head = rest) {
        struct str word = first_word(&rest);

        if (!is_one_of(word, titles, COUNT(titles))) {
            break;
        }
        title = join(mem, title, word);
    }
    if (comma != SIZE_MAX) {
        first = head;
    } else {
        rest = head;
        while (rest.n > 0) {
            struct str here = rest, word = first_word(&rest);

            if (rest.n == 0 || (first.n > 0 && is_one_of(word, particles, COUNT(particles)))) {
                p->last_name = here;
                break;
            }
            first = join(mem, first, word);
        }
    }
    p->first_name = first;
    p->title = p->title.n > 0 ? p->title : title;
}

/* True when a person field says something, beside the ones that may be a company's or are no news.
 */
static bool
has_person_details(const struct person_form *p)
{
    static const char *const spared[] = {"title",  "email",      "phone",  "website",
                                         "mobile", "address_id", "version"};
    struct person_form blank;

    person_form_init(&blank);
    for (size_t i = 0; i < person_form_def.n; i++) {
        const struct field *f = &person_form_def.fields[i];

        if (!is_one_of(str_of(f->name), spared, COUNT(spared)) && !field_same(f, p, &blank)) {
            return true;
        }
    }
    return false;
}

/* Moves a value where nothing else stands; false when something else does. */
static bool
give(struct str value, struct str *to)
{
    if (value.n > 0 && to->n == 0) {
        *to = value;
    }
    return value.n == 0 || str_eq(value, *to);
}

/* A firm in a list of people often has a web site and nobody's name: it is kept with the address,
 * which has no field of its own for it. */
static void
give_website(struct arena *mem, struct import_row *row)
{
    struct str *to = &row->address.comments;

    if (row->person.website.n > 0 && str_find(*to, row->person.website, 0) == SIZE_MAX) {
        *to = join(mem, *to, row->person.website);
    }
}

static void
shape_person(struct arena *mem, struct import_row *row, const struct specials *s,
             const struct import_columns *columns)
{
    struct person_form *p = &row->person;

    if (p->first_name.n == 0 && p->last_name.n == 0 && s->full_name.n > 0) {
        split_name(mem, s->full_name, p);
    }
    if (s->degree.n > 0 && str_find(p->title, s->degree, 0) == SIZE_MAX) {
        p->title = join(mem, p->title, s->degree);
    }
    row->has_person = p->last_name.n > 0 || p->first_name.n > 0;
    if (!row->has_person) {
        give_website(mem, row);
    }
    if (row->has_person) {
        if (p->last_name.n == 0) {
            import_row_fault(row, columns, LEVEL_PERSON, "last_name", E_FIELD_REQUIRED, STR(""));
        }
    } else if (has_person_details(p) || !give(p->email, &row->address.company_email) ||
               !give(p->phone, &row->address.company_phone) ||
               !give(p->mobile, &row->address.company_phone)) {
        import_row_fault(row, columns, LEVEL_PERSON, "last_name", E_FIELD_REQUIRED, STR(""));
    }
    if (str_points(p->title) > 60) {
        import_row_fault(row, columns, LEVEL_PERSON, "title", E_FIELD_TOO_LONG, STR("60"));
    }
    if (str_points(p->first_name) > 120 || str_points(p->last_name) > 120) {
        import_row_fault(row, columns, LEVEL_PERSON, "last_name", E_FIELD_TOO_LONG, STR("120"));
    }
}

/* --- places ---------------------------------------------------------------------------------- */

static bool
has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

/* "3", "3b", "12-14", "3 a", "7/2": digits first, then digits, marks and single letters. */
static bool
is_house_no(struct str s)
{
    bool letter = false;

    if (s.n == 0 || s.n > 12 || s.p[0] < '0' || s.p[0] > '9') {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if ((is_letter && letter) || (!is_letter && strchr("0123456789 /-+", c) == NULL)) {
            return false;
        }
        letter = is_letter;
    }
    return true;
}

/* "Am Kai 3b" is street and number; "Straße des 17. Juni" stays whole. */
static void
split_street(struct address_form *a)
{
    for (size_t at = str_find(a->street, STR(" "), 0); at != SIZE_MAX;
         at = str_find(a->street, STR(" "), at + 1)) {
        struct str no = str_trim(str_sub(a->street, at + 1, a->street.n));

        if (at > 0 && is_house_no(no)) {
            a->street_no = no;
            a->street = str_trim(str_sub(a->street, 0, at));
            return;
        }
    }
}

static bool
has_address_details(const struct address_form *a)
{
    static const char *const spared[] = {"name1", "country", "version"};
    struct address_form blank;

    address_form_init(&blank);
    for (size_t i = 0; i < address_form_def.n; i++) {
        const struct field *f = &address_form_def.fields[i];

        if (!is_one_of(str_of(f->name), spared, COUNT(spared)) && !field_same(f, a, &blank)) {
            return true;
        }
    }
    return false;
}

static void
shape_address(struct import_row *row, const struct specials *s,
              const struct import_columns *columns)
{
    struct address_form *a = &row->address;

    if (s->place.n > 0 && a->city.n == 0 && a->postal_code.n == 0) {
        struct str rest = s->place, word = first_word(&rest);

        a->postal_code = has_digit(word) ? word : STR("");
        a->city = has_digit(word) ? rest : s->place;
    }
    if (import_column(columns->map, LEVEL_ADDRESS, "street_no") == SIZE_MAX) {
        split_street(a);
    }
    row->has_address = has_address_details(a);
    if (row->has_address && a->city.n == 0) {
        import_row_fault(row, columns, LEVEL_ADDRESS, "city", E_FIELD_REQUIRED, STR(""));
    }
    if (str_points(a->postal_code) > 20 || str_points(a->city) > 120) {
        import_row_fault(row, columns, LEVEL_ADDRESS, "city", E_FIELD_TOO_LONG, STR("120"));
    }
}

/* --- the row --------------------------------------------------------------------------------- */

static void
shape_company(struct arena *mem, struct import_row *row, const struct import_columns *columns)
{
    struct company_form *c = &row->company;

    if (c->name.n == 0) {
        c->name = row->address.name1;
    }
    if (c->name.n == 0 && row->has_person) {
        c->name = join(mem, row->person.first_name, row->person.last_name);
    }
    if (c->name.n == 0) {
        import_row_fault(row, columns, LEVEL_COMPANY, "name", E_FIELD_REQUIRED, STR(""));
    }
    if (row->address.name1.n == 0) {
        row->address.name1 = c->name;
    }
}

static void
add_faults(struct import_row *row, const struct import_columns *columns, enum import_level level,
           const struct field_fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* An address without a name has it from its company: that fault is told already. */
        if (faults[i].code != E_CONTACT_LABEL) {
            import_row_fault(row, columns, level, faults[i].field, faults[i].code, faults[i].arg);
        }
    }
}

static void
check_rules(struct import_row *row, const struct import_columns *columns)
{
    struct field_fault faults[CONTACT_FAULTS_MAX] = {0};

    add_faults(row, columns, LEVEL_COMPANY, faults, company_check(&row->company, faults));
    if (row->has_address) {
        add_faults(row, columns, LEVEL_ADDRESS, faults, address_check(&row->address, faults));
    }
    if (row->has_person) {
        add_faults(row, columns, LEVEL_PERSON, faults, person_check(&row->person, faults));
    }
}

/* Text behind the header's last column: a separator inside a cell without quotes has moved the row.
 */
static void
check_width(struct arena *mem, const struct csv_reader *rd, struct import_row *row,
            const struct import_columns *columns)
{
    for (size_t i = columns->map->n; i < rd->n; i++) {
        if (csv_cell(rd, i).n > 0) {
            import_row_fault(row, columns, LEVEL_COMPANY, NULL, E_IMPORT_COLUMNS,
                             arena_fmt(mem, "%zu", columns->map->n));
            return;
        }
    }
}

void
import_row_read(struct arena *mem, const struct csv_reader *rd,
                const struct import_columns *columns, struct import_row *ret_row)
{
    struct specials s = {STR(""), STR(""), STR("")};
    struct import_row row = {.line = rd->line};

    company_form_init(&row.company);
    address_form_init(&row.address);
    person_form_init(&row.person);
    check_width(mem, rd, &row, columns);
    for (size_t i = 0; i < columns->map->n; i++) {
        if (columns->map->target[i] != IMPORT_SKIP) {
            take_cell(mem, columns->map->target[i], csv_cell(rd, i), &row, &s, columns);
        }
    }
    shape_person(mem, &row, &s, columns);
    shape_address(&row, &s, columns);
    shape_company(mem, &row, columns);
    check_rules(&row, columns);
    *ret_row = row;
}
