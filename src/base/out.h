/* out.h: a growing byte buffer in an arena, with a maximum declared at birth. Writing past the
 * maximum sets `full` and drops the rest; whoever sends it checks out_ok() once at the end. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "base/arena.h"

struct out {
    struct arena *mem;
    char *p;
    size_t n, cap, max;
    bool full;
};

struct out out_new(struct arena *mem, size_t max);
void out_bytes(struct out *o, const void *p, size_t n);
void out_str(struct out *o, struct str s); /* raw, no escaping */
void out_char(struct out *o, char c);
void out_fmt(struct out *o, const char *fmt, ...) PRINTF(2, 3);
void out_i64(struct out *o, int64_t n);
static inline struct str
out_view(const struct out *o)
{
    return (struct str){o->p, o->n};
}
static inline bool
out_ok(const struct out *o)
{
    return !o->full;
}

#endif
