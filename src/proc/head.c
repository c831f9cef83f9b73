/* head.c: the strict request grammar (see head.h); head_body.c is the second reader. Order matters:
 * everything that decides about framing is checked before anything is believed. */
#include "proc/head.h"

enum { REQUEST_LINE_SLACK = 32 };

/* --- the end of the head */

static int
too_long(const struct head_scan *s)
{
    if (!s->past_first && s->pos > HEAD_URI_MAX + REQUEST_LINE_SLACK) {
        return 414;
    }
    return s->pos > HEAD_MAX ? 431 : HEAD_MORE;
}

int
head_find_end(struct head_scan *s, const uint8_t *p, size_t n)
{
    while (s->pos < n) {
        uint8_t c = p[s->pos];

        if (c == '\r') {
            if (s->pos + 1 == n) {
                return too_long(s); /* the LF is still on its way */
            }
            if (p[s->pos + 1] != '\n') {
                return 400;
            }
            bool is_empty = s->pos == s->line;
            if (is_empty && !s->past_first) {
                return 400; /* nothing may stand before the request line */
            }
            s->pos += 2;
            s->line = s->pos;
            s->past_first = true;
            if (is_empty) {
                return s->pos > HEAD_MAX ? 431 : HEAD_WHOLE;
            }
            continue;
        }
        if (c == '\n' || c == '\0') {
            return 400;
        }
        s->pos++;
        int verdict = too_long(s);
        if (verdict != HEAD_MORE) {
            return verdict;
        }
    }
    return HEAD_MORE;
}

/* --- characters */

static bool
is_token_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_token_char((uint8_t)s.p[i])) {
            return false;
        }
    }
    return s.n > 0;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct str
trim_blanks(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

static void
lower(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] >= 'A' && p[i] <= 'Z') {
            p[i] = (uint8_t)(p[i] - 'A' + 'a');
        }
    }
}

/* --- the request line */

static const struct {
    struct str name;
    enum head_method method;
} methods[] = {
    {{"GET", 3},    HEAD_GET   },
    {{"HEAD", 4},   HEAD_HEAD  },
    {{"POST", 4},   HEAD_POST  },
    {{"PUT", 3},    HEAD_PUT   },
    {{"PATCH", 5},  HEAD_PATCH },
    {{"DELETE", 6}, HEAD_DELETE},
};

static int
parse_method(struct str s, struct head *h)
{
    if (!is_token(s)) {
        return 400;
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (str_eq(s, methods[i].name)) {
            h->method = methods[i].method;
            h->method_name = s;
            return HEAD_WHOLE;
        }
    }
    return 405; /* TRACE, CONNECT, OPTIONS and whatever somebody thinks up */
}

static int
parse_version(struct str s, struct head *h)
{
    if (s.n != 8 || !str_starts(s, STR("HTTP/")) || !is_digit(s.p[5]) || s.p[6] != '.' ||
        !is_digit(s.p[7])) {
        return 400;
    }
    if (s.p[5] != '1' || s.p[7] > '1') {
        return 505;
    }
    h->minor = s.p[7] - '0';
    return HEAD_WHOLE;
}

/* Visible ASCII without what no browser sends and what quoting bugs live on; escapes must be whole.
 */
static bool
target_ok(struct str s, const char *refused)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];

        if (c <= ' ' || c >= 0x7f || strchr(refused, c) != NULL) {
            return false;
        }
        if (c == '%') {
            if (i + 2 >= s.n || hex_value(s.p[i + 1]) < 0 || hex_value(s.p[i + 2]) < 0) {
                return false;
            }
            i += 2;
        }
    }
    return true;
}

/* Percent signs stand before two digits already. False: a control byte or a backslash. */
static bool
decode(struct str path, char *out, size_t *ret_n)
{
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (c == '%') {
            c = (char)(hex_value(path.p[i + 1]) * 16 + hex_value(path.p[i + 2]));
            i += 2;
        }
        if ((uint8_t)c < ' ' || c == 0x7f || c == '\\') {
            return false;
        }
        out[(*ret_n)++] = c;
    }
    return true;
}

static bool
steps_upwards(struct str path)
{
    struct str part;

    while (str_cut(&path, '/', &part)) {
        if (str_eq(part, STR("..")) || str_eq(part, STR("."))) {
            return true;
        }
    }
    return false;
}

/* The decoded path: UTF-8, no control bytes, no backslash, and no step upwards. */
static bool
path_ok(struct str path)
{
    static char decoded[HEAD_URI_MAX];
    size_t n = 0;

    if (path.n == 0 || path.p[0] != '/' || !target_ok(path, "\"#<>\\^`{|}")) {
        return false;
    }
    bool ok = decode(path, decoded, &n) && str_is_utf8((struct str){decoded, n}) &&
              !steps_upwards((struct str){decoded, n});
    explicit_bzero(decoded, n); /* it may be the token of a link */
    return ok;
}

/* "[::1]" at the beginning; its length, 0 when it is none. */
static size_t
literal_length(const uint8_t *p, size_t n)
{
    size_t i = 1;

    while (i < n && (hex_value((char)p[i]) >= 0 || p[i] == ':' || p[i] == '.')) {
        i++;
    }
    return i >= 3 && i < n && p[i] == ']' ? i + 1 : 0;
}

/* Labels with dots between them, up to a ':' or the end; their length, 0 when they are none. */
static size_t
name_length(const uint8_t *p, size_t n)
{
    bool label = false; /* a label has begun and its last character may end it */
    size_t i = 0;

    for (; i < n && p[i] != ':'; i++) {
        bool alnum = (p[i] >= 'a' && p[i] <= 'z') || is_digit((char)p[i]);
        if (!alnum && !(label && p[i] == '.') && !(i > 0 && (p[i] == '-' || p[i] == '_'))) {
            return 0;
        }
        label = p[i] != '.';
    }
    return i;
}

/* "" or ":8443". */
static bool
port_ok(const uint8_t *p, size_t n)
{
    if (n == 0) {
        return true;
    }
    if (p[0] != ':' || n < 2 || n > 6) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        if (!is_digit((char)p[i])) {
            return false;
        }
    }
    return true;
}

/* "host", "host:8443", "[::1]:8443" → host in lower case. In place. */
static bool
parse_host(uint8_t *p, size_t n, struct str *ret_host)
{
    lower(p, n);
    size_t host_n = n > 0 && p[0] == '[' ? literal_length(p, n) : name_length(p, n);

    if (host_n == 0 || !port_ok(p + host_n, n - host_n)) {
        return false;
    }
    if (host_n > 0 && p[host_n - 1] == '.') {
        host_n--;
    }
    *ret_host = (struct str){(const char *)p, host_n};
    return host_n > 0 && host_n <= HEAD_HOST_MAX;
}

/* Origin form, or absolute form whose authority is kept for the comparison with Host. */
static int
parse_target(uint8_t *p, size_t n, struct head *h, struct str *ret_authority)
{
    struct str t = {(const char *)p, n};

    *ret_authority = STR_NONE;
    if (n > HEAD_URI_MAX) {
        return 414;
    }
    if (n > 0 && t.p[0] != '/') {
        size_t skip = str_starts(t, STR("https://")) ? 8 : str_starts(t, STR("http://")) ? 7 : 0;
        if (skip == 0) {
            return 400;
        }
        size_t end = skip;
        while (end < n && p[end] != '/' && p[end] != '?') {
            end++;
        }
        if (!parse_host(p + skip, end - skip, ret_authority)) {
            return 400;
        }
        t = str_sub(t, end, n - end);
        if (t.n == 0 || t.p[0] == '?') {
            return 400; /* no client of ours; an empty path would need rewriting */
        }
    }
    size_t mark = str_find(t, STR("?"), 0);
    h->path = str_sub(t, 0, mark == SIZE_MAX ? t.n : mark);
    h->query = mark == SIZE_MAX ? STR_NONE : str_sub(t, mark + 1, t.n);
    if (!path_ok(h->path) || !target_ok(h->query, "\"#<>\\")) {
        return 400;
    }
    return HEAD_WHOLE;
}

static int
parse_request_line(uint8_t *p, size_t n, struct head *h, struct str *ret_authority)
{
    struct str line = {(const char *)p, n};
    size_t first = str_find(line, STR(" "), 0);

    if (first == SIZE_MAX) {
        return 400;
    }
    size_t second = str_find(line, STR(" "), first + 1);
    if (second == SIZE_MAX) {
        return 400;
    }
    struct str version = str_sub(line, second + 1, n);
    if (str_find(version, STR(" "), 0) != SIZE_MAX) {
        return 400; /* a blank in the target */
    }
    int verdict = parse_method(str_sub(line, 0, first), h);
    if (verdict == HEAD_WHOLE) {
        verdict = parse_version(version, h);
    }
    if (verdict != HEAD_WHOLE) {
        return verdict;
    }
    return parse_target(p + first + 1, second - first - 1, h, ret_authority);
}

/* --- fields */

struct seen {
    int host, length, coding;
};

static int
parse_length(struct str v, struct head *h)
{
    if (v.n == 0) {
        return 400;
    }
    for (size_t i = 0; i < v.n; i++) {
        if (!is_digit(v.p[i])) {
            return 400; /* lists, signs, "5x" */
        }
    }
    if (str_to_i64(v, &h->length) != OK) {
        return 413;
    }
    return HEAD_WHOLE;
}

static void
parse_connection(struct str v, struct head *h)
{
    struct str part;

    while (str_cut(&v, ',', &part)) {
        if (str_eq_ascii_ci(trim_blanks(part), STR("close"))) {
            h->keep_alive = false;
        }
    }
}

/* What a field means for framing. */
static int
take_field(struct head *h, const struct head_field *f, struct seen *seen)
{
    if (str_eq(f->name, STR("host"))) {
        return ++seen->host > 1 ? 400 : HEAD_WHOLE;
    }
    if (str_eq(f->name, STR("content-length"))) {
        return ++seen->length > 1 ? 400 : parse_length(f->value, h);
    }
    if (str_eq(f->name, STR("transfer-encoding"))) {
        if (++seen->coding > 1) {
            return 400;
        }
        h->chunked = true;
        return str_eq_ascii_ci(f->value, STR("chunked")) ? HEAD_WHOLE : 501;
    }
    if (str_eq(f->name, STR("connection"))) {
        parse_connection(f->value, h);
    } else if (str_eq(f->name, STR("expect"))) {
        h->expect_continue = true;
        return str_eq_ascii_ci(f->value, STR("100-continue")) ? HEAD_WHOLE : 417;
    }
    return HEAD_WHOLE;
}

static int
parse_field(uint8_t *p, size_t n, struct head *h, struct seen *seen)
{
    struct str line = {(const char *)p, n};
    size_t colon = str_find(line, STR(":"), 0);

    if (colon == SIZE_MAX || !is_token(str_sub(line, 0, colon))) {
        return 400; /* also folded lines and a blank before the colon */
    }
    if (h->n_fields == HEAD_FIELDS_MAX) {
        return 431;
    }
    lower(p, colon);
    struct head_field *f = &h->field[h->n_fields++];
    f->name = str_sub(line, 0, colon);
    f->value = trim_blanks(str_sub(line, colon + 1, n));
    for (size_t i = 0; i < f->value.n; i++) {
        uint8_t c = (uint8_t)f->value.p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return 400;
        }
    }
    return str_is_utf8(f->value) ? take_field(h, f, seen) : 400;
}

/* What can only be said of the head as a whole. */
static int
check_whole(uint8_t *p, struct head *h, const struct seen *seen, struct str authority)
{
    if (seen->host != 1) {
        return 400;
    }
    if (seen->coding > 0 && (seen->length > 0 || h->minor == 0)) {
        return 400;
    }
    struct str host = head_get(h, STR("host"));
    uint8_t *at = p + (host.p - (const char *)p);
    if (!parse_host(at, host.n, &h->host)) {
        return 400;
    }
    if (authority.p != NULL && !str_eq(authority, h->host)) {
        return 400;
    }
    if (h->chunked) {
        h->length = -1;
    }
    if (h->minor == 0) {
        h->keep_alive = false;
        h->expect_continue = false; /* RFC 9110 10.1.1: ignored from an HTTP/1.0 client */
    }
    return HEAD_WHOLE;
}

int
head_parse(uint8_t *p, size_t n, struct head *ret_head)
{
    struct head *h = ret_head;
    struct str authority = STR_NONE;
    struct seen seen = {0};
    int verdict = HEAD_MORE;
    int later = HEAD_WHOLE; /* a 501 or 417 waits: what is malformed as well gets 400 */

    memset(h, 0, offsetof(struct head, field));
    h->n_fields = 0;
    h->keep_alive = true;
    for (size_t at = 0; at + 2 < n;) {
        uint8_t *end = memchr(p + at, '\r', n - at);
        if (end == NULL) {
            return 400;
        }
        size_t len = (size_t)(end - p) - at;
        verdict = at == 0 ? parse_request_line(p, len, h, &authority)
                          : parse_field(p + at, len, h, &seen);
        if (verdict == 501 || verdict == 417) {
            later = verdict;
        } else if (verdict != HEAD_WHOLE) {
            return verdict;
        }
        at += len + 2;
    }
    if (verdict == HEAD_MORE) {
        return 400;
    }
    verdict = check_whole(p, h, &seen, authority);
    return verdict == HEAD_WHOLE ? later : verdict;
}

struct str
head_get(const struct head *h, struct str name)
{
    for (size_t i = 0; i < h->n_fields; i++) {
        if (str_eq(h->field[i].name, name)) {
            return h->field[i].value;
        }
    }
    return STR_NONE;
}
