/* out.c: the buffer doubles inside the arena; the halves left behind go with the request. */
#include "base/out.h"

#include <inttypes.h>
#include <stdarg.h>

enum { OUT_FIRST = 1024 };

struct out
out_new(struct arena *mem, size_t max)
{
    /* Not NULL, so that an empty buffer is the empty text and not "no value"; cap 0 says that there
     * is nothing to write to yet. */
    static char nothing[1];
    return (struct out){.mem = mem, .p = nothing, .max = max};
}

/* Room for n more bytes; false when the maximum is passed, now and for good. */
static bool
out_room(struct out *o, size_t n)
{
    if (o->full || n > o->max - o->n) {
        o->full = true;
        return false;
    }
    if (n <= o->cap - o->n) {
        return true;
    }
    size_t cap = o->cap == 0 ? OUT_FIRST : o->cap;
    while (cap < o->n + n) {
        cap = cap > o->max / 2 ? o->max : cap * 2;
    }
    if (cap > o->max) {
        cap = o->max;
    }
    char *p = arena_alloc(o->mem, cap);
    memcpy(p, o->p, o->n);
    o->p = p;
    o->cap = cap;
    return true;
}

void
out_bytes(struct out *o, const void *p, size_t n)
{
    if (n > 0 && out_room(o, n)) {
        memcpy(o->p + o->n, p, n);
        o->n += n;
    }
}

void
out_str(struct out *o, struct str s)
{
    out_bytes(o, s.p, s.n);
}

void
out_char(struct out *o, char c)
{
    out_bytes(o, &c, 1);
}

void
out_fmt(struct out *o, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) {
        o->full = true;
        return;
    }
    if ((size_t)n < sizeof small) {
        out_bytes(o, small, (size_t)n);
        return;
    }
    /* Long and rare: printed beside the buffer first, because vsnprintf writes a NUL behind it. */
    if (!out_room(o, (size_t)n)) {
        return;
    }
    char *large = arena_alloc(o->mem, (size_t)n + 1);
    va_start(ap, fmt);
    (void)vsnprintf(large, (size_t)n + 1, fmt, ap);
    va_end(ap);
    out_bytes(o, large, (size_t)n);
}

void
out_i64(struct out *o, int64_t n)
{
    char buf[24];
    int len = snprintf(buf, sizeof buf, "%" PRId64, n);
    out_bytes(o, buf, (size_t)len);
}
