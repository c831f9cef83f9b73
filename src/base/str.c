/* str.c: slices: comparing, cutting, UTF-8, numbers, and the three encodings of bytes as text. */
#include "base/str.h"

struct str
str_of(const char *cstr)
{
    return cstr != NULL ? (struct str){cstr, strlen(cstr)} : STR_NONE;
}

bool
str_eq(struct str a, struct str b)
{
    if (a.p == NULL || b.p == NULL) {
        return a.p == b.p;
    }
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static char
ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq_ascii_ci(struct str a, struct str b)
{
    if (a.p == NULL || b.p == NULL) {
        return a.p == b.p;
    }
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

bool
str_starts(struct str s, struct str prefix)
{
    return prefix.n <= s.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
str_ends(struct str s, struct str suffix)
{
    return suffix.n <= s.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

size_t
str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.n) {
        return SIZE_MAX;
    }
    if (needle.n == 0) {
        return from;
    }
    if (from == s.n) {
        return SIZE_MAX;
    }
    const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return hit != NULL ? (size_t)(hit - s.p) : SIZE_MAX;
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
    if (s.p == NULL) {
        return STR_NONE;
    }
    if (from > s.n) {
        from = s.n;
    }
    return (struct str){s.p + from, n < s.n - from ? n : s.n - from};
}

/* Bytes of white space at the start of s: 0, 1, or 2 for U+00A0. */
static size_t
space_at_start(struct str s)
{
    if (s.n == 0) {
        return 0;
    }
    if (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n') {
        return 1;
    }
    return str_starts(s, STR("\xC2\xA0")) ? 2 : 0;
}

static size_t
space_at_end(struct str s)
{
    if (s.n == 0) {
        return 0;
    }
    char c = s.p[s.n - 1];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        return 1;
    }
    return str_ends(s, STR("\xC2\xA0")) ? 2 : 0;
}

struct str
str_trim(struct str s)
{
    for (size_t n = space_at_start(s); n > 0; n = space_at_start(s)) {
        s = (struct str){s.p + n, s.n - n};
    }
    for (size_t n = space_at_end(s); n > 0; n = space_at_end(s)) {
        s.n -= n;
    }
    return s;
}

bool
str_cut(struct str *s, char sep, struct str *ret_head)
{
    if (s->p == NULL) {
        return false;
    }
    const char *hit = s->n > 0 ? memchr(s->p, sep, s->n) : NULL;
    if (hit == NULL) {
        *ret_head = *s;
        *s = STR_NONE;
        return true;
    }
    size_t n = (size_t)(hit - s->p);
    *ret_head = (struct str){s->p, n};
    *s = (struct str){hit + 1, s->n - n - 1};
    return true;
}

/* Length of the well-formed sequence at p (n > 0 bytes left), 0 when it is not one: Table 3-7 of
 * the Unicode standard. */
static size_t
utf8_sequence(const uint8_t *p, size_t n)
{
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    size_t len;

    if (p[0] < 0x80) {
        return p[0] != 0 ? 1 : 0;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        len = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        len = 3;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        len = 4;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (n < len || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return len;
}

bool
str_is_utf8(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    size_t i = 0;
    while (i < s.n) {
        size_t len = utf8_sequence(p + i, s.n - i);
        if (len == 0) {
            return false;
        }
        i += len;
    }
    return true;
}

size_t
str_points(struct str s)
{
    size_t points = 0;
    for (size_t i = 0; i < s.n; i++) {
        points += ((uint8_t)s.p[i] & 0xC0U) != 0x80U;
    }
    return points;
}

enum rc
str_to_i64(struct str s, int64_t *ret_n)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    int64_t n = 0;

    if (s.n == (size_t)minus) {
        return RC_INVALID;
    }
    for (size_t i = minus; i < s.n; i++) {
        int64_t digit = s.p[i] - '0';
        if (digit < 0 || digit > 9) {
            return RC_INVALID;
        }
        /* Counted downwards when negative: INT64_MIN has no positive twin. */
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, minus ? -digit : digit, &n)) {
            return RC_INVALID;
        }
    }
    *ret_n = n;
    return OK;
}

void
hex_print(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15U];
    }
    out[2 * n] = '\0';
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum rc
hex_parse(struct str s, uint8_t *out, size_t n)
{
    if (s.n % 2 != 0 || s.n / 2 != n) {
        return RC_INVALID;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (hex_digit(s.p[i]) < 0) {
            return RC_INVALID;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(hex_digit(s.p[2 * i]) * 16 + hex_digit(s.p[2 * i + 1]));
    }
    return OK;
}

/* Regroups the bits of n bytes, most significant first, into characters of `bits` bits. */
static void
bits_print(const uint8_t *p, size_t n, unsigned bits, const char *alphabet, char *out)
{
    unsigned mask = (1U << bits) - 1;
    unsigned acc = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        acc = (acc << 8 | p[i]) & 0xFFFFU;
        have += 8;
        while (have >= bits) {
            have -= bits;
            *out++ = alphabet[acc >> have & mask];
        }
    }
    if (have > 0) {
        *out++ = alphabet[acc << (bits - have) & mask];
    }
    *out = '\0';
}

static const char b64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
b64url_print(const uint8_t *p, size_t n, char *out)
{
    bits_print(p, n, 6, b64url, out);
}

void
b32_print(const uint8_t *p, size_t n, char *out)
{
    bits_print(p, n, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", out);
}

/* Value of one base64url character, or -1. */
static int
b64url_value(char c)
{
    const char *hit = c != '\0' ? strchr(b64url, c) : NULL;
    return hit != NULL ? (int)(hit - b64url) : -1;
}

enum rc
b64url_parse(struct str s, uint8_t *out, size_t cap, size_t *ret_n)
{
    size_t n = s.n / 4 * 3 + (s.n % 4 > 0 ? s.n % 4 - 1 : 0);
    unsigned rest = s.n % 4 == 2 ? 4 : s.n % 4 == 3 ? 2 : 0;

    if (s.n % 4 == 1 || n > cap) {
        return RC_INVALID;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (b64url_value(s.p[i]) < 0) {
            return RC_INVALID;
        }
    }
    /* One text for one value: the bits that no byte takes must be zero. */
    if (rest > 0 && ((unsigned)b64url_value(s.p[s.n - 1]) & ((1U << rest) - 1)) != 0) {
        return RC_INVALID;
    }
    unsigned acc = 0;
    unsigned have = 0;
    size_t at = 0;
    for (size_t i = 0; i < s.n; i++) {
        acc = (acc << 6 | (unsigned)b64url_value(s.p[i])) & 0xFFFFU;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[at++] = (uint8_t)(acc >> have & 0xFFU);
        }
    }
    *ret_n = n;
    return OK;
}

bool
mem_eq_secret(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    unsigned differ = 0;
    for (size_t i = 0; i < n; i++) {
        differ |= (unsigned)(x[i] ^ y[i]);
    }
    return differ == 0;
}
