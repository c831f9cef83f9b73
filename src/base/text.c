/* text.c: Unicode by libunistring. Folding works on the compatibility decomposition, where an
 * umlaut is its base letter and U+0308, and every accent is a mark that can be left out. */
#include "base/text.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/out.h"

enum {
    DIAERESIS = 0x0308,
    ACCENT_CLASS =
        200,        /* combining classes from here on are marks above, below, through a letter */
    GROWTH_MAX = 24 /* bytes that one byte may become: NFKD has ligatures of 18 letters */
};

/* Letters that no decomposition takes apart (DIN 5007: as their base letters). */
static const struct {
    ucs4_t from;
    const char *to;
} letters[] = {
    {0x00E6, "ae"},
    {0x00F0, "d" },
    {0x00F8, "o" },
    {0x00FE, "th"},
    {0x0111, "d" },
    {0x0127, "h" },
    {0x0131, "i" },
    {0x0142, "l" },
    {0x0153, "oe"},
    {0x0167, "t" },
};

/* Text of the library's heap as a copy in the arena. */
static struct str
take_heap(struct arena *mem, uint8_t *p, size_t n)
{
    struct str copy = arena_copy(mem, (struct str){(const char *)p, n});
    explicit_bzero(p, n);
    free(p);
    return copy;
}

/* One of the library's transformations; text that is not UTF-8 stays as it is. */
static struct str
normalised(struct arena *mem, struct str s, uninorm_t form, bool fold)
{
    const uint8_t *from = (const uint8_t *)s.p;
    size_t n = 0;
    if (s.n == 0) {
        return s;
    }
    uint8_t *p = fold ? u8_casefold(from, s.n, NULL, form, NULL, &n)
                      : u8_normalize(form, from, s.n, NULL, &n);
    if (p == NULL) {
        if (str_is_utf8(s)) {
            out_of_memory();
        }
        return arena_copy(mem, s);
    }
    return take_heap(mem, p, n);
}

/* Most text is ASCII, and for that folding is lower case: ten times faster than the library's way.
 */
static bool
lower_ascii(struct arena *mem, struct str s, struct str *ret_lower)
{
    char *p = arena_alloc(mem, s.n);
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    }
    *ret_lower = (struct str){p, s.n};
    return true;
}

/* Folded and taken apart: lower case, no ligatures, accents as marks of their own. */
static struct str
folded(struct arena *mem, struct str s)
{
    struct str lower;
    if (lower_ascii(mem, s, &lower)) {
        return lower;
    }
    return normalised(mem, normalised(mem, s, UNINORM_NFKC, false), UNINORM_NFKD, true);
}

static ucs4_t
next_point(struct str s, size_t *pos)
{
    ucs4_t c = 0xFFFD;
    int n = u8_mbtouc(&c, (const uint8_t *)s.p + *pos, s.n - *pos);
    *pos += (size_t)n;
    return c;
}

static void
put_point(struct out *o, ucs4_t c)
{
    uint8_t buf[6];
    int n = u8_uctomb(buf, c, sizeof buf);
    if (n > 0) {
        out_bytes(o, buf, (size_t)n);
    }
}

static void
put_letter(struct out *o, ucs4_t c)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].from == c) {
            out_str(o, str_of(letters[i].to));
            return;
        }
    }
    put_point(o, c);
}

static bool
is_accent(ucs4_t c)
{
    return c >= 0x80 && uc_combining_class(c) >= ACCENT_CLASS;
}

struct str
text_fold(struct arena *mem, struct str s)
{
    struct str flat = folded(mem, s);
    struct out o = out_new(mem, s.n * GROWTH_MAX + 1);
    ucs4_t base = 0; /* the letter that marks belong to; 0 once its umlaut was written */
    bool blank = false;

    if (s.p == NULL) {
        return STR_NONE;
    }
    for (size_t pos = 0; pos < flat.n;) {
        ucs4_t c = next_point(flat, &pos);
        if (c == DIAERESIS && (base == 'a' || base == 'o' || base == 'u')) {
            out_char(&o, 'e');
            base = 0;
            continue;
        }
        if (is_accent(c)) {
            continue;
        }
        if (uc_is_property_white_space(c)) {
            blank = o.n > 0;
            base = 0;
            continue;
        }
        if (blank) {
            out_char(&o, ' ');
            blank = false;
        }
        put_letter(&o, c);
        base = c;
    }
    return out_view(&o);
}

static bool
is_word_point(ucs4_t c)
{
    return uc_is_general_category(c, UC_LETTER) || uc_is_general_category(c, UC_NUMBER) ||
           uc_is_general_category(c, UC_MARK);
}

struct str
text_like(struct arena *mem, struct str s)
{
    struct out o = out_new(mem, 2 * s.n + 2);
    out_char(&o, '%');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\') {
            out_char(&o, '\\');
        }
        out_char(&o, s.p[i]);
    }
    out_char(&o, '%');
    return out_view(&o);
}

struct str
text_sort_key(struct arena *mem, struct str s)
{
    struct str flat = folded(mem, s);
    struct out words = out_new(mem, s.n * GROWTH_MAX + 1);
    struct out marks = out_new(mem, s.n * GROWTH_MAX + 1);
    bool blank = false;

    if (s.p == NULL) {
        return STR_NONE;
    }
    for (size_t pos = 0; pos < flat.n;) {
        ucs4_t c = next_point(flat, &pos);
        if (is_accent(c)) {
            continue;
        }
        if (!is_word_point(c)) {
            blank = words.n > 0;
            if (!uc_is_property_white_space(c) && !uc_is_general_category(c, UC_CONTROL)) {
                put_point(&marks, c);
            }
            continue;
        }
        if (blank) {
            out_char(&words, ' ');
            blank = false;
        }
        put_letter(&words, c);
    }
    if (marks.n > 0) {
        /* Two blanks sort before any further word, so marks decide only between equal words. */
        out_str(&words, STR("  "));
        out_str(&words, out_view(&marks));
    }
    return out_view(&words);
}

struct str
text_nfkc(struct arena *mem, struct str s)
{
    return normalised(mem, s, UNINORM_NFKC, false);
}

struct str
text_from_cp1252(struct arena *mem, struct bytes b)
{
    /* 0x80 … 0x9F; the rest is Latin-1. */
    static const uint16_t high[] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    };
    struct out o = out_new(mem, b.n * 3 + 1);
    if (b.p == NULL) {
        return STR_NONE;
    }
    for (size_t i = 0; i < b.n; i++) {
        ucs4_t c = b.p[i];
        if (c == 0) {
            c = 0xFFFD;
        } else if (c >= 0x80 && c <= 0x9F) {
            c = high[c - 0x80];
        }
        put_point(&o, c);
    }
    return out_view(&o);
}
