/* scheme.c: number schemes: text with placeholders, checked when it is saved, printed when a number
 * is made. Pure; the counts themselves belong to the domain that numbers something. */
#include "app/workspace/workspace.h"

#include "base/out.h"

enum {
    WIDTH_MAX = 9,
    CODE_MAX = 12,
    YEAR_MAX = 4,
    MONTH_WIDTH = 2,
    PRINT_MAX = 4 * (SCHEME_MAX + SCHEME_NUMBER_MAX) /* bytes */
};

enum mark { MARK_NONE, MARK_YEAR, MARK_YY, MARK_MONTH, MARK_CUSTNO, MARK_CUSTCODE, MARK_N };

static const struct {
    struct str word;
    size_t longest; /* characters it can become */
    bool wide;      /* may say how wide */
} marks[] = {
    [MARK_YEAR] = {STR("YYYY"),     YEAR_MAX,    false},
    [MARK_YY] = {STR("YY"),       2,           false},
    [MARK_MONTH] = {STR("MM"),       MONTH_WIDTH, false},
    [MARK_CUSTNO] = {STR("CUSTNO"),   WIDTH_MAX,   true },
    [MARK_CUSTCODE] = {STR("CUSTCODE"), CODE_MAX,    false},
    [MARK_N] = {STR("N"),        WIDTH_MAX,   true },
};

/* The next part of a scheme: a placeholder, or plain text up to the next brace. */
struct part {
    enum mark
        mark; /* MARK_NONE: plain text, or an unknown placeholder when `text` begins with '{' */
    struct str text; /* as written, braces included */
    int width;
};

static struct part
part_of_mark(struct str inner, struct str whole)
{
    struct part p = {MARK_NONE, whole, 0};
    const size_t colon = str_find(inner, STR(":"), 0);
    const struct str word = colon == SIZE_MAX ? inner : str_sub(inner, 0, colon);
    const bool wide = colon != SIZE_MAX;

    if (wide && (inner.n != colon + 2 || inner.p[colon + 1] < '1' || inner.p[colon + 1] > '9')) {
        return p;
    }
    for (size_t i = MARK_YEAR; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (str_eq(word, marks[i].word) && (!wide || marks[i].wide)) {
            p.mark = (enum mark)i;
            p.width = wide ? inner.p[colon + 1] - '0' : 0;
        }
    }
    return p;
}

/* Cuts the first part off *rest, which is not empty. */
static struct part
part_cut(struct str *rest)
{
    const size_t open = str_find(*rest, STR("{"), 0);
    const size_t close = str_find(*rest, STR("}"), 0);
    struct part p;

    if (open != 0) {
        const size_t n = open == SIZE_MAX ? rest->n : open;

        p = (struct part){MARK_NONE, str_sub(*rest, 0, n), 0};
    } else if (close == SIZE_MAX) {
        p = (struct part){MARK_NONE, *rest, 0};
    } else {
        p = part_of_mark(str_sub(*rest, 1, close - 1), str_sub(*rest, 0, close + 1));
    }
    *rest = str_sub(*rest, p.text.n, rest->n - p.text.n);
    return p;
}

/* Letters (also outside ASCII), digits, blank and a few signs: fit for paper, file names and
 * speech. */
static bool
is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!alnum && c < 0x80 && memchr(" -./_#", c, sizeof(" -./_#") - 1) == NULL) {
            return false;
        }
    }
    return true;
}

struct census {
    size_t longest;
    int count[sizeof(marks) / sizeof(marks[0])];
};

static enum rc
scheme_census(struct str scheme, struct census *c, enum code *ret_code, struct str *ret_arg)
{
    while (scheme.n > 0) {
        const struct part p = part_cut(&scheme);

        if (p.mark != MARK_NONE) {
            c->count[p.mark]++;
            c->longest += marks[p.mark].longest;
        } else if (p.text.p[0] == '{') {
            *ret_code = E_SCHEME_UNKNOWN;
            *ret_arg = p.text;
            return RC_INVALID;
        } else if (!is_plain(p.text)) {
            *ret_code = E_SCHEME_SIGN;
            *ret_arg = p.text;
            return RC_INVALID;
        } else {
            c->longest += str_points(p.text);
        }
    }
    return OK;
}

enum rc
scheme_check(struct str scheme, enum scheme_scope scope, enum code *ret_code, struct str *ret_arg)
{
    const bool by_year = scope == SCHEME_YEAR || scope == SCHEME_COMPANY_YEAR;
    const bool by_company = scope == SCHEME_COMPANY || scope == SCHEME_COMPANY_YEAR;
    struct census c = {0};

    *ret_arg = STR("");
    TRY(scheme_census(scheme, &c, ret_code, ret_arg));
    if (c.count[MARK_N] != 1) {
        *ret_code = E_SCHEME_COUNT;
        return RC_INVALID;
    }
    if (by_year && c.count[MARK_YEAR] + c.count[MARK_YY] == 0) {
        *ret_code = E_SCHEME_YEAR;
        return RC_INVALID;
    }
    if (by_company && c.count[MARK_CUSTNO] + c.count[MARK_CUSTCODE] == 0) {
        *ret_code = E_SCHEME_COMPANY;
        return RC_INVALID;
    }
    if (c.longest > SCHEME_NUMBER_MAX || scheme.n > SCHEME_MAX) {
        *ret_code = E_SCHEME_LONG;
        return RC_INVALID;
    }
    return OK;
}

/* The first CODE_MAX characters, without what would not be plain. */
static void
put_code(struct out *o, struct str code)
{
    size_t points = 0;

    for (size_t i = 0; i < code.n; i++) {
        const bool begins = ((unsigned char)code.p[i] & 0xC0u) != 0x80u;

        points += begins ? 1 : 0;
        if (points > CODE_MAX) {
            return;
        }
        if (is_plain(str_sub(code, i, 1))) {
            out_char(o, code.p[i]);
        }
    }
}

static void
put_mark(struct out *o, const struct part *p, const struct scheme_fill *fill)
{
    const struct civil c = day_civil(fill->day);

    switch (p->mark) {
    case MARK_NONE:
        out_str(o, p->text);
        break;
    case MARK_YEAR:
        out_fmt(o, "%04d", c.year);
        break;
    case MARK_YY:
        out_fmt(o, "%02d", c.year % 100);
        break;
    case MARK_MONTH:
        out_fmt(o, "%02d", c.month);
        break;
    case MARK_CUSTCODE:
        if (fill->company_code.n > 0) {
            put_code(o, fill->company_code);
            break;
        }
        out_fmt(o, "%lld", (long long)fill->company.n);
        break;
    case MARK_CUSTNO:
        out_fmt(o, "%0*lld", p->width, (long long)fill->company.n);
        break;
    case MARK_N:
        out_fmt(o, "%0*lld", p->width, (long long)fill->n);
        break;
    }
}

struct str
scheme_print(struct arena *mem, struct str scheme, const struct scheme_fill *fill)
{
    struct out o = out_new(mem, PRINT_MAX);

    while (scheme.n > 0) {
        const struct part p = part_cut(&scheme);

        put_mark(&o, &p, fill);
    }
    return out_view(&o);
}

struct str
scheme_scope_key(struct arena *mem, enum scheme_scope scope, const struct scheme_fill *fill)
{
    const int year = day_civil(fill->day).year;
    const long long company = (long long)fill->company.n;

    switch (scope) {
    case SCHEME_ALL:
        break;
    case SCHEME_YEAR:
        return arena_fmt(mem, "%04d", year);
    case SCHEME_COMPANY:
        return arena_fmt(mem, "c%lld", company);
    case SCHEME_COMPANY_YEAR:
        return arena_fmt(mem, "c%lld/%04d", company, year);
    }
    return STR("all");
}
