/* pairs_fuzz.c: what a browser sends as query, form, upload, cookies or path segment: whatever the
 * bytes, names and values keep their bounds, text is well-formed UTF-8 without control bytes, and a
 * file's name is one path part. The first byte chooses the parser; an upload's boundary is "b". */
#include <assert.h>

#include "http/pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_text(struct str s)
{
    assert(str_is_utf8(s));
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        assert((c >= 0x20 || c == '\n' || c == '\t') && c != 0x7f);
    }
}

static void
check_file_name(struct str s)
{
    assert(s.n <= 255 && str_is_utf8(s));
    assert(memchr(s.p, '/', s.n) == NULL && memchr(s.p, '\\', s.n) == NULL);
}

static void
check_pairs(const struct pairs *ps, size_t max)
{
    assert(ps->n <= max);
    for (size_t i = 0; i < ps->n; i++) {
        const struct pair *one = &ps->p[i];
        size_t count = 0;
        assert(one->name.n > 0 && one->name.n <= PAIR_NAME_MAX);
        check_text(one->name);
        if (one->filename.p != NULL) {
            check_file_name(one->filename);
        } else {
            check_text(one->value);
        }
        assert(pairs_find(ps, one->name, &count) != NULL && count >= 1);
    }
}

static void
try_segment(struct arena *mem, struct str s)
{
    struct str out;
    if (segment_decode(mem, s, &out) == OK) {
        check_text(out);
        assert(out.n <= s.n && memchr(out.p, '/', out.n) == NULL);
    }
}

/* A name that came twice is there once, and empty. */
static void
try_cookies(struct arena *mem, struct str s)
{
    struct pairs ps;
    size_t count;
    if (pairs_parse_cookies(mem, s, &ps) != OK) {
        return;
    }
    check_pairs(&ps, COOKIES_MAX);
    for (size_t i = 0; i < ps.n; i++) {
        assert(pairs_find(&ps, ps.p[i].name, &count) != NULL && count == 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    struct pairs ps;
    if (mem == NULL) {
        mem = arena_new(64 << 20);
    }
    if (n == 0 || n > 65536) {
        return 0;
    }
    const struct str s = {(const char *)p + 1, n - 1};
    switch (p[0] % 4) {
    case 0:
        if (pairs_parse_urlencoded(mem, s, &ps) == OK) {
            check_pairs(&ps, PAIRS_MAX);
        }
        break;
    case 1:
        if (pairs_parse_multipart(mem, STR("multipart/form-data; boundary=\"b\""),
                                  (struct bytes){p + 1, n - 1}, &ps) == OK) {
            check_pairs(&ps, 64);
        }
        break;
    case 2:
        try_cookies(mem, s);
        break;
    default:
        try_segment(mem, s);
        break;
    }
    arena_reset(mem);
    return 0;
}
