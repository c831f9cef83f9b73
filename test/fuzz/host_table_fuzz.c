/* host_table_fuzz.c: any bytes are rows, each inside of them and behind the last, until one is
 * none.
 */
#include <assert.h>

#include "proc/host_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct frame row;
    size_t pos = 0;
    size_t before = 0;
    while (host_table_next((struct bytes){p, n}, &pos, &row) == OK) {
        assert(pos > before && pos <= n && row.p > p + before && row.p + row.n == p + pos);
        before = pos;
    }
    assert(pos == before);
    return 0;
}
