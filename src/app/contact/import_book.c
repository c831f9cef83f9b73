/* import_book.c: see import_book.h. Names compare folded (text_fold), so that "MÜLLER GmbH" and
 * "Mueller  GmbH" are one company, as they are for a person. */
#include "app/contact/import_book.h"

#include "base/text.h"

#include "import.sql.h"

enum { ROOM_OF_ROW = 64 * 1024 };

/* FNV-1a; nobody gains by making keys collide: chains of a file are bounded by its rows. */
static struct book_key
key_of(struct arena *mem, struct str text)
{
    struct book_key k = {text_fold(mem, text), 14695981039346656037u};

    for (size_t i = 0; i < k.s.n; i++) {
        k.hash = (k.hash ^ (unsigned char)k.s.p[i]) * 1099511628211u;
    }
    return k;
}

static bool
same(const struct book_key *a, const struct book_key *b)
{
    return a->hash == b->hash && str_eq(a->s, b->s);
}

static size_t
slot_of(const struct book_key *k)
{
    return (size_t)((k->hash ^ k->hash >> 32) % BOOK_SLOTS);
}

static struct book_key
street_key(struct arena *mem, struct str street, struct str street_no)
{
    return key_of(mem, arena_fmt(mem, "%.*s %.*s", STR_FMT(street), STR_FMT(street_no)));
}

/* --- filling --------------------------------------------------------------------------------- */

/* Folding leaves several times the text behind; the book keeps the result alone. */
static struct book_key
kept_key(struct book *b, struct str text)
{
    struct book_key k = key_of(b->fold, text);

    k.s = k.s.n > 0 ? arena_copy(b->mem, k.s) : STR("");
    arena_reset(b->fold);
    return k;
}

bool
book_is_full(const struct book *b)
{
    return arena_used(b->mem) > BOOK_BYTES_MAX - ROOM_OF_ROW;
}

struct book_company *
book_add_company(struct book *b, struct company_id id, struct str name, struct str code)
{
    struct book_company *c = ARENA_NEW(b->mem, struct book_company);
    size_t name_slot, code_slot;

    *c = (struct book_company){.id = id, .name = kept_key(b, name), .code = kept_key(b, code)};
    name_slot = slot_of(&c->name);
    c->same_name = b->by_name[name_slot];
    b->by_name[name_slot] = c;
    if (c->code.s.n > 0) {
        code_slot = slot_of(&c->code);
        c->same_code = b->by_code[code_slot];
        b->by_code[code_slot] = c;
    }
    if (b->last != NULL) {
        b->last->next = c;
    } else {
        b->first = c;
    }
    b->last = c;
    b->n_companies++;
    return c;
}

struct book_address *
book_add_address(struct book *b, struct book_company *c, struct address_id id,
                 struct str postal_code, struct str city, struct str street, struct str street_no)
{
    struct book_address *a = ARENA_NEW(b->mem, struct book_address);

    *a = (struct book_address){
        .id = id,
        .postal_code = kept_key(b, postal_code),
        .city = kept_key(b, city),
        .street =
            kept_key(b, arena_fmt(b->fold, "%.*s %.*s", STR_FMT(street), STR_FMT(street_no)))};
    if (c->last_address != NULL) {
        c->last_address->next = a;
    } else {
        c->addresses = a;
    }
    c->last_address = a;
    return a;
}

struct book_person *
book_add_person(struct book *b, struct book_company *c, struct person_id id, struct str first_name,
                struct str last_name, struct str email)
{
    struct book_person *p = ARENA_NEW(b->mem, struct book_person);

    *p = (struct book_person){
        .id = id,
        .name =
            kept_key(b, arena_fmt(b->fold, "%.*s %.*s", STR_FMT(first_name), STR_FMT(last_name))),
        .last_name = kept_key(b, last_name),
        .email = kept_key(b, email),
        .next = c->persons,
    };
    c->persons = p;
    return p;
}

/* Addresses and persons come in the order of their companies: one walk along the list finds them.
 */
struct loading {
    struct book *b;
    struct book_company *at;
    struct err *err;
};

static struct book_company *
step_to(struct loading *l, struct company_id id)
{
    while (l->at != NULL && l->at->id.n < id.n) {
        l->at = l->at->next;
    }
    return l->at != NULL && l->at->id.n == id.n ? l->at : NULL;
}

/* The database promises that each has its company. */
static enum rc
without_company(struct loading *l, const char *what)
{
    return fail(l->err, RC_BROKEN, E_BROKEN, "%s without its company", what);
}

static enum rc
load_company(void *arg, const struct book_companies_row *r)
{
    struct loading *l = arg;

    if (l->b->n_companies == BOOK_COMPANIES_MAX || book_is_full(l->b)) {
        return RC_LIMIT;
    }
    (void)book_add_company(l->b, r->company_id, r->name, r->code);
    return OK;
}

static enum rc
load_address(void *arg, const struct book_addresses_row *r)
{
    struct loading *l = arg;
    struct book_company *c = step_to(l, r->company_id);

    if (c == NULL) {
        return without_company(l, "address");
    }
    (void)book_add_address(l->b, c, r->address_id, r->postal_code, r->city, r->street,
                           r->street_no);
    return OK;
}

static enum rc
load_person(void *arg, const struct book_persons_row *r)
{
    struct loading *l = arg;
    struct book_company *c = step_to(l, r->company_id);

    if (c == NULL) {
        return without_company(l, "person");
    }
    (void)book_add_person(l->b, c, r->person_id, r->first_name, r->last_name, r->email);
    return OK;
}

enum rc
book_load(struct book *b, struct arena *mem, struct arena *fold, struct rtx *tx)
{
    struct loading l = {.b = b, .err = rtx_err(tx)};

    *b = (struct book){
        .mem = mem,
        .fold = fold,
        .by_name = ARENA_ARRAY(mem, struct book_company *, BOOK_SLOTS),
        .by_code = ARENA_ARRAY(mem, struct book_company *, BOOK_SLOTS),
    };
    enum rc rc = book_companies(tx, load_company, &l);
    l.at = b->first;
    rc = rc != OK ? rc : book_addresses(tx, load_address, &l);
    l.at = b->first;
    rc = rc != OK ? rc : book_persons(tx, load_person, &l);
    if (rc == RC_LIMIT) {
        return fail(rtx_err(tx), rc, E_LIMIT, "%zu companies", b->n_companies);
    }
    return rc;
}

/* --- finding --------------------------------------------------------------------------------- */

struct place {
    struct book_key postal_code, city, street;
};

/* Without an address all three are empty. */
static struct place
place_of(struct arena *scratch, const struct import_row *row)
{
    bool has = row->has_address;
    const struct address_form *a = &row->address;

    return (struct place){
        key_of(scratch, has ? a->postal_code : STR("")), key_of(scratch, has ? a->city : STR("")),
        has ? street_key(scratch, a->street, a->street_no) : key_of(scratch, STR(""))};
}

static bool
both_same(const struct book_key *a, const struct book_key *b)
{
    return a->s.n > 0 && same(a, b);
}

static bool
no_quarrel(const struct book_key *a, const struct book_key *b)
{
    return a->s.n == 0 || b->s.n == 0 || same(a, b);
}

static bool
is_in_place(const struct book_company *c, const struct place *p)
{
    for (const struct book_address *a = c->addresses; a != NULL; a = a->next) {
        if (both_same(&a->postal_code, &p->postal_code) || both_same(&a->city, &p->city)) {
            return true;
        }
    }
    return false;
}

static struct book_company *
find_code(const struct book *b, const struct book_key *code)
{
    struct book_company *c = b->by_code[slot_of(code)];

    while (c != NULL && !same(&c->code, code)) {
        c = c->same_code;
    }
    return c;
}

struct book_company *
book_find_company(const struct book *b, struct arena *scratch, const struct import_row *row,
                  bool *ret_ambiguous)
{
    const struct book_key name = key_of(scratch, row->company.name);
    const struct book_key code = key_of(scratch, row->company.code);
    const struct place place = place_of(scratch, row);
    bool has_place = place.postal_code.s.n > 0 || place.city.s.n > 0;
    struct book_company *found = code.s.n > 0 ? find_code(b, &code) : NULL, *placeless = NULL;
    size_t n_found = 0;

    *ret_ambiguous = false;
    if (found != NULL) {
        return found;
    }
    for (struct book_company *c = b->by_name[slot_of(&name)]; c != NULL; c = c->same_name) {
        if (!same(&c->name, &name) || !no_quarrel(&c->code, &code)) {
            continue;
        }
        if (!has_place || is_in_place(c, &place)) {
            found = c;
            n_found++;
        } else if (c->addresses == NULL) {
            placeless = c;
        }
    }
    *ret_ambiguous = n_found > 1;
    return found != NULL ? found : placeless;
}

struct book_address *
book_find_address(const struct book_company *c, struct arena *scratch, const struct import_row *row)
{
    const struct place p = place_of(scratch, row);
    struct book_address *a = c->addresses;

    if (!row->has_address) {
        return a;
    }
    while (a != NULL && !(no_quarrel(&a->postal_code, &p.postal_code) &&
                          no_quarrel(&a->city, &p.city) && no_quarrel(&a->street, &p.street))) {
        a = a->next;
    }
    return a;
}

struct book_person *
book_find_person(const struct book_company *c, struct arena *scratch, const struct import_row *row)
{
    struct str full = arena_fmt(scratch, "%.*s %.*s", STR_FMT(row->person.first_name),
                                STR_FMT(row->person.last_name));
    const struct book_key name = key_of(scratch, full);
    const struct book_key last = key_of(scratch, row->person.last_name);
    const struct book_key email = key_of(scratch, row->person.email);
    struct book_person *p = c->persons;

    while (p != NULL && !same(&p->name, &name) &&
           !(both_same(&p->email, &email) && same(&p->last_name, &last))) {
        p = p->next;
    }
    return p;
}
