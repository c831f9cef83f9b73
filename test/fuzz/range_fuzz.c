/* range_fuzz.c: whatever stands in Range, what is sent lies within the file. The first eight bytes
 * are its size. */
#include <assert.h>

#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    int64_t size;
    struct range r;
    if (n < sizeof(size)) {
        return 0;
    }
    memcpy(&size, p, sizeof(size));
    size = size < 0 ? -(size + 1) : size;
    const struct str s = {(const char *)p + sizeof(size), n - sizeof(size)};
    const enum range_kind kind = range_parse(s, size, &r);
    assert(r.at >= 0 && r.n >= 0 && r.n <= size && r.at <= size - r.n);
    assert(kind != RANGE_PART || r.n > 0);
    assert(kind != RANGE_WHOLE || (r.at == 0 && r.n == size));
    assert(kind != RANGE_OUTSIDE || r.n == 0);
    return 0;
}
