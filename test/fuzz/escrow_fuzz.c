/* escrow_fuzz.c: typed keys, sealed files and key files from anywhere are whole or refused; what is
 * read prints as something that reads the same. First byte: which of the three. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "proc/escrow.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
try_typed(struct str s)
{
    uint8_t key[ESCROW_KEY];
    uint8_t again[ESCROW_KEY];
    char text[ESCROW_KEY_TEXT + 1];
    if (escrow_parse_key(s, key) == OK) {
        escrow_print_key(key, text);
        assert(escrow_parse_key(str_of(text), again) == OK);
        assert(memcmp(key, again, sizeof key) == 0);
    }
}

static void
try_master(struct str s)
{
    uint8_t key[KEY_SIZE];
    uint8_t again[KEY_SIZE];
    char line[MASTER_LINE + 1];
    if (master_parse(s, key) == OK) {
        master_print(key, line);
        assert(master_parse(str_of(line), again) == OK);
        assert(memcmp(key, again, sizeof key) == 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const uint8_t printed[ESCROW_KEY] = {3};
    uint8_t master[KEY_SIZE];
    assert(sodium_init() >= 0);
    if (n < 1) {
        return 0;
    }
    /* A copy of its own size, so that reading past its end is seen. */
    char *copy = malloc(n);
    assert(copy != NULL);
    memcpy(copy, p + 1, n - 1);
    struct str s = {copy, n - 1};
    if (p[0] % 3 == 0) {
        try_typed(s);
    } else if (p[0] % 3 == 1) {
        assert(escrow_open(s, printed, master) != OK); /* nobody sealed it */
    } else {
        try_master(s);
    }
    free(copy);
    return 0;
}
