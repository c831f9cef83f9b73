/* alike.c: which companies and persons may be the same one. All are read and compared by a key: a
 * few thousand names take some milliseconds, and nothing has to be kept beside them. */
#include "app/contact/merge.h"

#include "base/text.h"

#include "merge.sql.h"

enum { KEYS_MAX = 20000, WORDS_MAX = 32 };

/* --- names ----------------------------------------------------------------------------------- */

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || ((unsigned char)c & 0x80) != 0;
}

/* The words of a folded name; the rest is punctuation. */
static size_t
split_words(struct str s, struct str words[static WORDS_MAX])
{
    size_t n = 0, at = 0;

    while (at < s.n && n < WORDS_MAX) {
        size_t end = at;

        while (end < s.n && is_letter(s.p[end])) {
            end++;
        }
        if (end > at) {
            words[n++] = str_sub(s, at, end - at);
        }
        at = end + 1;
    }
    return n;
}

static bool
is_legal_form(struct str word)
{
    static const char *const forms[] = {"ag",   "bv",    "co", "eg",   "ev",  "ek",  "gbr",
                                        "gmbh", "inc",   "kg", "kgaa", "llc", "ltd", "mbh",
                                        "ohg",  "partg", "sa", "se",   "ug",  "und"};

    for (size_t i = 0; i < COUNT(forms); i++) {
        if (str_eq(word, str_of(forms[i]))) {
            return true;
        }
    }
    return false;
}

struct str
merge_name_key(struct arena *mem, struct str name)
{
    struct str folded = text_fold(mem, name), words[WORDS_MAX];
    size_t n = split_words(folded, words);
    struct out o = out_new(mem, folded.n + 1);

    for (size_t i = 0; i < n; i++) {
        bool initial = str_eq(words[i], STR("e")) && i + 1 < n && words[i + 1].n == 1;

        if (initial) {
            i++; /* "e. K.", "e. V." */
        } else if (!is_legal_form(words[i])) {
            out_str(&o, out_view(&o).n > 0 ? STR(" ") : STR(""));
            out_str(&o, words[i]);
        }
    }
    return out_view(&o).n > 0 ? out_view(&o) : folded;
}

/* --- pairs ----------------------------------------------------------------------------------- */

struct item {
    int64_t id, group; /* of persons: their company */
    struct str key, name, detail, company_name;
    struct str email; /* of persons: folded, the second key */
};
struct items {
    struct arena *mem;
    struct item *v;
    size_t n;
    struct err *err;
};

static int
by_key(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
    int c = x->group < y->group ? -1 : x->group > y->group;

    if (c == 0) {
        c = n > 0 ? memcmp(x->key.p, y->key.p, n) : 0;
    }
    if (c == 0) {
        c = x->key.n < y->key.n ? -1 : x->key.n > y->key.n;
    }
    return c != 0 ? c : x->id < y->id ? -1 : x->id > y->id;
}

static bool
is_known(const struct alike *v, size_t n, int64_t first, int64_t second)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].first == first && v[i].second == second) {
            return true;
        }
    }
    return false;
}

/* The first of a key with each other one of it. */
static void
put_pairs(struct items *all, struct alike *v, size_t *n)
{
    size_t head = 0;

    if (all->n > 0) {
        qsort(all->v, all->n, sizeof(*all->v), by_key);
    }
    for (size_t i = 1; i < all->n && *n < ALIKE_MAX; i++) {
        const struct item *a = &all->v[head], *b = &all->v[i];

        if (a->group != b->group || !str_eq(a->key, b->key)) {
            head = i;
        } else if (!is_known(v, *n, a->id, b->id)) {
            v[(*n)++] = (struct alike){
                .first = a->id,
                .second = b->id,
                .first_name = a->name,
                .second_name = b->name,
                .first_detail = a->detail,
                .second_detail = b->detail,
                .company_name = a->company_name,
            };
        }
    }
}

static enum rc
room(struct items *all)
{
    return all->n < KEYS_MAX ? OK : fail(all->err, RC_LIMIT, E_LIMIT, "more than %d", KEYS_MAX);
}

static enum rc
take_company(void *arg, const struct alike_companies_row *r)
{
    struct items *all = arg;

    TRY(room(all));
    all->v[all->n++] = (struct item){
        .id = r->company_id.n,
        .key = merge_name_key(all->mem, r->name),
        .name = arena_copy(all->mem, r->name),
        .detail = r->city.n > 0 && r->code.n > 0
                      ? arena_fmt(all->mem, "%.*s, %.*s", STR_FMT(r->city), STR_FMT(r->code))
                      : arena_copy(all->mem, r->city.n > 0 ? r->city : r->code),
    };
    return OK;
}

enum rc
alike_company_pairs(struct rtx *tx, struct alike **ret, size_t *ret_n)
{
    struct items all = {.mem = rtx_mem(tx), .err = rtx_err(tx)};

    all.v = ARENA_ARRAY(all.mem, struct item, KEYS_MAX);
    *ret = ARENA_ARRAY(all.mem, struct alike, ALIKE_MAX);
    *ret_n = 0;
    TRY(alike_companies(tx, take_company, &all));
    put_pairs(&all, *ret, ret_n);
    return OK;
}

static enum rc
take_person(void *arg, const struct alike_persons_row *r)
{
    struct items *all = arg;
    struct str name = r->first_name.n > 0 ? arena_fmt(all->mem, "%.*s %.*s", STR_FMT(r->first_name),
                                                      STR_FMT(r->last_name))
                                          : arena_copy(all->mem, r->last_name);

    TRY(room(all));
    all->v[all->n++] = (struct item){
        .id = r->person_id.n,
        .group = r->company_id.n,
        .key = text_fold(all->mem, name),
        .name = name,
        .detail = arena_copy(all->mem, r->email.n > 0 ? r->email : r->phone),
        .company_name = arena_copy(all->mem, r->company_name),
        .email = text_fold(all->mem, r->email),
    };
    return OK;
}

/* From here on the persons are those with an e-mail address, compared by it. */
static void
compare_by_email(struct items *all)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        if (all->v[i].email.n > 0) {
            all->v[n] = all->v[i];
            all->v[n++].key = all->v[i].email;
        }
    }
    all->n = n;
}

enum rc
alike_person_pairs(struct rtx *tx, struct alike **ret, size_t *ret_n)
{
    struct items all = {.mem = rtx_mem(tx), .err = rtx_err(tx)};

    all.v = ARENA_ARRAY(all.mem, struct item, KEYS_MAX);
    *ret = ARENA_ARRAY(all.mem, struct alike, ALIKE_MAX);
    *ret_n = 0;
    TRY(alike_persons(tx, take_person, &all));
    put_pairs(&all, *ret, ret_n);
    compare_by_email(&all);
    put_pairs(&all, *ret, ret_n);
    return OK;
}
