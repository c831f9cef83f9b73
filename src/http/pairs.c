/* pairs.c: see pairs.h. Meets outside bytes: every index is checked against the length it belongs
 * to. */
#include "http/pairs.h"

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Browsers send line ends of text areas as CRLF; we keep LF. Other control bytes are refused. */
static enum rc
text_clean(char *p, size_t n, struct str *ret)
{
    size_t w = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '\r') {
            if (i + 1 >= n || p[i + 1] != '\n') {
                p[w++] = '\n';
            }
            continue;
        }
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            return RC_INVALID;
        }
        p[w++] = (char)c;
    }
    p[w] = '\0';
    struct str s = {p, w};
    if (!str_is_utf8(s)) {
        return RC_INVALID;
    }
    *ret = s;
    return OK;
}

/* Decodes %xx (and '+' as a blank when plus is set) into the arena. */
static enum rc
percent_decode(struct arena *mem, struct str s, bool plus, struct str *ret)
{
    char *p = arena_alloc(mem, s.n + 1);
    size_t w = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (i + 2 >= s.n) {
                return RC_INVALID;
            }
            int hi = hex_digit(s.p[i + 1]), lo = hex_digit(s.p[i + 2]);
            if (hi < 0 || lo < 0) {
                return RC_INVALID;
            }
            c = (char)(hi * 16 + lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        p[w++] = c;
    }
    return text_clean(p, w, ret);
}

enum rc
segment_decode(struct arena *mem, struct str s, struct str *ret)
{
    struct str out;
    TRY(percent_decode(mem, s, false, &out));
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] == '/' || out.p[i] == '\n' || out.p[i] == '\t') {
            return RC_INVALID;
        }
    }
    *ret = out;
    return OK;
}

static size_t
count_char(struct str s, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += s.p[i] == c ? 1U : 0U;
    }
    return n;
}

enum rc
pairs_parse_urlencoded(struct arena *mem, struct str s, struct pairs *ret)
{
    *ret = (struct pairs){NULL, 0};
    if (s.n == 0) {
        return OK;
    }
    size_t cap = count_char(s, '&') + 1, n = 0;
    if (cap > PAIRS_MAX) {
        return RC_LIMIT;
    }
    struct pair *p = ARENA_ARRAY(mem, struct pair, cap);
    struct str rest = s, part;
    while (str_cut(&rest, '&', &part)) {
        if (part.n == 0) {
            continue;
        }
        size_t eq = str_find(part, STR("="), 0);
        struct str name = eq == SIZE_MAX ? part : str_sub(part, 0, eq);
        struct str value = eq == SIZE_MAX ? STR("") : str_sub(part, eq + 1, part.n);
        TRY(percent_decode(mem, name, true, &p[n].name));
        TRY(percent_decode(mem, value, true, &p[n].value));
        if (p[n].name.n == 0 || p[n].name.n > PAIR_NAME_MAX) {
            return RC_INVALID;
        }
        p[n].filename = STR_NONE;
        n++;
    }
    *ret = (struct pairs){p, n};
    return OK;
}

/* --- multipart ------------------------------------------------------------------------------- */

/* The value of `key="…"` or key=token in a header value; STR_NONE when absent. Browsers
 * percent-encode the quote itself, so no backslash rules are needed. */
static struct str
header_param(struct str h, struct str key)
{
    struct str part;
    while (str_cut(&h, ';', &part)) {
        part = str_trim(part);
        if (part.n <= key.n || part.p[key.n] != '=' ||
            !str_eq_ascii_ci(str_sub(part, 0, key.n), key)) {
            continue;
        }
        struct str v = str_sub(part, key.n + 1, part.n);
        if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"') {
            return str_sub(v, 1, v.n - 2);
        }
        return v;
    }
    return STR_NONE;
}

static struct str
last_path_part(struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '/' || s.p[i] == '\\') {
            from = i + 1;
        }
    }
    return str_sub(s, from, s.n);
}

/* One part's head: only Content-Disposition matters. */
static enum rc
part_head(struct arena *mem, struct str head, struct pair *ret)
{
    struct str line;
    while (str_cut(&head, '\n', &line)) {
        line = str_trim(line);
        if (line.n < 20 || !str_eq_ascii_ci(str_sub(line, 0, 20), STR("content-disposition:"))) {
            continue;
        }
        struct str name = header_param(line, STR("name"));
        struct str file = header_param(line, STR("filename"));
        if (name.n == 0 || name.n > PAIR_NAME_MAX) {
            return RC_INVALID;
        }
        TRY(percent_decode(mem, name, false, &ret->name));
        ret->filename = STR_NONE;
        if (file.p != NULL) {
            struct str last = last_path_part(file);
            if (last.n > 255 || !str_is_utf8(last)) {
                return RC_INVALID;
            }
            ret->filename = last;
        }
        return OK;
    }
    return RC_INVALID;
}

/* One part between two boundaries: head, empty line, content. */
static enum rc
part_parse(struct arena *mem, struct str part, struct pair *ret)
{
    size_t head_end = str_find(part, STR("\r\n\r\n"), 0);
    if (head_end == SIZE_MAX || head_end > 2048) {
        return RC_INVALID;
    }
    TRY(part_head(mem, str_sub(part, 0, head_end), ret));
    struct str content = str_sub(part, head_end + 4, part.n);
    if (ret->filename.p != NULL) {
        ret->value = content;
        return OK;
    }
    struct str copy = arena_copy(mem, content);
    return text_clean((char *)(uintptr_t)copy.p, copy.n, &ret->value);
}

enum rc
pairs_parse_multipart(struct arena *mem, struct str content_type, struct bytes body,
                      struct pairs *ret)
{
    struct str b = header_param(content_type, STR("boundary"));
    if (b.n == 0 || b.n > 70) {
        return RC_INVALID;
    }
    struct str mark = arena_fmt(mem, "\r\n--%.*s", STR_FMT(b));
    struct str s = {(const char *)body.p, body.n};
    if (!str_starts(s, str_sub(mark, 2, mark.n))) {
        return RC_INVALID;
    }
    struct pair *p = ARENA_ARRAY(mem, struct pair, 64);
    size_t n = 0, at = mark.n - 2;
    for (;;) {
        if (str_starts(str_sub(s, at, 2), STR("--"))) {
            *ret = (struct pairs){p, n};
            return OK;
        }
        if (!str_starts(str_sub(s, at, 2), STR("\r\n"))) {
            return RC_INVALID;
        }
        size_t end = str_find(s, mark, at);
        if (end == SIZE_MAX || end < at + 2) {
            return RC_INVALID;
        }
        if (n == 64) {
            return RC_LIMIT;
        }
        TRY(part_parse(mem, str_sub(s, at + 2, end - at - 2), &p[n]));
        n++;
        at = end + mark.n;
    }
}

/* --- cookies --------------------------------------------------------------------------------- */

static bool
cookie_octets(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\') {
            return false;
        }
    }
    return true;
}

enum rc
pairs_parse_cookies(struct arena *mem, struct str header, struct pairs *ret)
{
    *ret = (struct pairs){NULL, 0};
    struct pair *p = ARENA_ARRAY(mem, struct pair, COOKIES_MAX);
    size_t n = 0;
    struct str part;
    while (str_cut(&header, ';', &part)) {
        part = str_trim(part);
        size_t eq = str_find(part, STR("="), 0);
        if (eq == SIZE_MAX || eq == 0) {
            continue;
        }
        struct str name = str_sub(part, 0, eq), value = str_sub(part, eq + 1, part.n);
        if (name.n > PAIR_NAME_MAX || !cookie_octets(name) || !cookie_octets(value)) {
            continue;
        }
        size_t dup = 0;
        while (dup < n && !str_eq(p[dup].name, name)) {
            dup++;
        }
        if (dup < n) {
            p[dup].value = STR("");
            continue;
        }
        if (n == COOKIES_MAX) {
            return RC_LIMIT;
        }
        p[n++] = (struct pair){.name = name, .value = value, .filename = STR_NONE};
    }
    *ret = (struct pairs){p, n};
    return OK;
}

const struct pair *
pairs_find(const struct pairs *ps, struct str name, size_t *ret_count)
{
    const struct pair *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < ps->n; i++) {
        if (str_eq(ps->p[i].name, name)) {
            first = first != NULL ? first : &ps->p[i];
            count++;
        }
    }
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return first;
}
