/* ring_fuzz.c: any file is a whole ring or refused; the first byte chooses whether the file's own
 * check value and MAC are put right first, so that the entries behind them are reached. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "proc/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Makes check value and MAC right, as one who has the master key could. */
static void
sign(uint8_t *file, size_t n, const struct ring_keys *k)
{
    const struct ring empty = {0};
    size_t n_empty;
    uint8_t *good = ring_print(&empty, k, &n_empty);
    memcpy(file + 16, good + 16, 32);
    free(good);
    crypto_generichash(file + n - RING_MAC, RING_MAC, file, n - RING_MAC, k->mac, KEY_SIZE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct ring_keys keys;
    static bool begun;
    struct ring r;
    if (!begun) {
        static const uint8_t master[KEY_SIZE] = {5};
        assert(sodium_init() >= 0);
        ring_keys_derive(master, &keys);
        begun = true;
    }
    if (n < 1) {
        return 0;
    }
    size_t size = n - 1;
    uint8_t *file = malloc(size + 1);
    assert(file != NULL);
    memcpy(file, p + 1, size);
    if ((p[0] & 1) != 0 && size >= RING_HEAD_1 + RING_MAC) {
        sign(file, size, &keys);
    }
    if (ring_parse((struct bytes){file, size}, &keys, NULL, &r) == OK) {
        size_t back;
        uint8_t *again = ring_print(&r, &keys, &back);
        assert(back >= size && back <= size + RING_HEAD - RING_HEAD_1 &&
               r.n <= RING_WORKSPACES_MAX);
        for (size_t i = 1; i < r.n; i++) {
            assert(r.entries[i - 1].workspace <= r.entries[i].workspace);
        }
        free(again);
        ring_done(&r);
    }
    free(file);
    return 0;
}
