/* values_fuzz.c: the parsers of single values and the text functions. The first byte chooses which,
 * so that one corpus serves all. What parses prints and parses back to the same value; results are
 * well-formed UTF-8; folding and keys never fail. */
#include <assert.h>

#include "base/field.h"
#include "base/text.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
try_minutes(struct str s)
{
    char buf[16];
    struct minutes m;
    struct minutes back;
    struct clock_time from;
    struct clock_time to;
    if (minutes_parse(s, &m, &from, &to) != OK) {
        return;
    }
    assert(m.n >= 0 && m.n <= 1440 && (from.n == NONE_I32) == (to.n == NONE_I32));
    assert(minutes_parse(minutes_print(m, buf), &back, &from, &to) == OK && back.n == m.n);
}

static void
try_day(struct str s)
{
    char buf[16];
    struct day d;
    struct day back;
    if (day_parse(s, &d) == OK) {
        assert(day_parse(day_print(d, buf), &back) == OK && back.n == d.n);
    }
}

static void
try_clock_and_instant(struct str s)
{
    char buf[32];
    struct clock_time c;
    struct clock_time c_back;
    struct instant t;
    struct instant t_back;
    if (clock_parse(s, &c) == OK) {
        assert(clock_parse(clock_print(c, buf), &c_back) == OK && c_back.n == c.n);
    }
    if (instant_parse(s, &t) == OK && instant_parse(instant_print(t, buf), &t_back) == OK) {
        assert(t_back.us <= t.us && t.us - t_back.us < 1000000);
    }
}

static void
try_money(struct arena *mem, struct str s)
{
    const struct field f = {.name = "m", .kind = FIELD_MONEY};
    struct money m;
    struct money back;
    struct percent p;
    struct minutes hours;
    if (money_parse(s, &m) == OK) {
        assert(money_parse(field_print(mem, &f, &m), &back) == OK && back.minor == m.minor);
    }
    if (percent_parse(s, &p) == OK) {
        assert(p.n != NONE_I32);
    }
    if (hours_parse(s, &hours) == OK) {
        assert(hours.n >= 0 && hours.n <= HOURS_MAX * 60 + 59);
    }
}

static void
try_text(struct arena *mem, struct str s)
{
    if (!str_is_utf8(s)) {
        return;
    }
    struct str folded = text_fold(mem, s);
    assert(str_is_utf8(folded) && str_eq(folded, text_fold(mem, folded)));
    assert(str_is_utf8(text_sort_key(mem, s)));
    assert(str_is_utf8(text_nfkc(mem, s)));
}

/* Base32 (RFC 4648, 6) read back bit by bit. */
static void
try_base32(struct arena *mem, struct str s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *text = arena_alloc(mem, 2 * s.n + 8);
    unsigned held = 0;
    unsigned bits = 0;
    size_t n = 0;
    b32_print((const uint8_t *)s.p, s.n, text);
    assert(strlen(text) == (s.n * 8 + 4) / 5 && strspn(text, letters) == strlen(text));
    for (const char *p = text; *p != '\0'; p++) {
        held = (held << 5 | (unsigned)(strchr(letters, *p) - letters)) & 0xfffU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            assert(n < s.n && (uint8_t)(held >> bits) == (uint8_t)s.p[n]);
            n++;
        }
    }
    assert(n == s.n && (held & ((1U << bits) - 1)) == 0);
}

static void
try_encodings(struct arena *mem, struct str s)
{
    uint8_t *bytes = arena_alloc(mem, s.n + 1);
    char *text = arena_alloc(mem, 2 * s.n + 8);
    size_t n;
    int64_t number;
    try_base32(mem, s);
    if (str_to_i64(s, &number) == OK) {
        assert(s.n > 0);
    }
    if (b64url_parse(s, bytes, s.n, &n) == OK) {
        b64url_print(bytes, n, text);
        assert(str_eq(s, str_of(text)));
    }
    if (hex_parse(s, bytes, s.n / 2) == OK) {
        hex_print(bytes, s.n / 2, text);
        assert(str_eq_ascii_ci(s, str_of(text)));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    if (mem == NULL) {
        mem = arena_new(64 << 20);
    }
    if (n == 0 || n > 4096) {
        return 0;
    }
    struct str s = {(const char *)p + 1, n - 1};
    switch (p[0] % 7) {
    case 0:
        try_minutes(s);
        break;
    case 1:
        try_day(s);
        break;
    case 2:
        try_clock_and_instant(s);
        break;
    case 3:
        try_money(mem, s);
        break;
    case 4:
        try_text(mem, s);
        break;
    case 5:
        assert(str_is_utf8(text_from_cp1252(mem, (struct bytes){p + 1, n - 1})));
        break;
    default:
        try_encodings(mem, s);
        break;
    }
    arena_reset(mem);
    return 0;
}
