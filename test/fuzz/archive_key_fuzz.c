/* archive_key_fuzz.c: the key of an archive on a sheet of paper that was typed in again, between
 * whatever stands there: found whole or not at all, and what is found prints as a line that reads
 * the same. First byte: which half is looked for. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "archive/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    uint8_t key[ARCHIVE_KEY];
    uint8_t again[ARCHIVE_KEY];
    char line[ARCHIVE_KEY_LINE + 1];
    assert(sodium_init() >= 0);
    if (n < 1) {
        return 0;
    }
    /* A copy of its own size, so that reading past its end is seen. */
    char *copy = malloc(n);
    assert(copy != NULL);
    memcpy(copy, p + 1, n - 1);
    const bool secret = p[0] % 2 == 0;
    if (archive_key_find((struct str){copy, n - 1}, secret, key) == OK) {
        archive_key_print(secret, key, line);
        assert(archive_key_parse(str_of(line), secret, again) == OK);
        assert(archive_key_parse(str_of(line), !secret, again) != OK);
        assert(memcmp(key, again, sizeof key) == 0);
    }
    free(copy);
    return 0;
}
