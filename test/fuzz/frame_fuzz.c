/* frame_fuzz.c: any bytes are a frame whose fields lie inside them, or none; what is one can be
 * written again field by field and gives the same bytes. */
#include <assert.h>

#include "base/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static uint8_t again[FRAME_MAX];
    struct frame f;
    struct frame_out out;
    size_t pos = 0;
    size_t fields = 0;
    uint16_t tag;
    struct str v;

    if (frame_parse(p, n, &f) != OK) {
        return 0;
    }
    assert(n <= FRAME_MAX && f.fd == -1);
    frame_begin(&out, again, sizeof again, f.type, f.id);
    while (frame_next(&f, &pos, &tag, &v)) {
        assert(v.p != NULL && (const uint8_t *)v.p >= p && (const uint8_t *)v.p + v.n <= p + n);
        assert(++fields <= FRAME_FIELDS_MAX);
        frame_put(&out, tag, v.p, v.n);
        struct str first = frame_get(&f, tag);
        assert(first.p != NULL && first.p <= v.p);
    }
    assert(!out.full && out.n == n && memcmp(again, p, n) == 0);
    return 0;
}
