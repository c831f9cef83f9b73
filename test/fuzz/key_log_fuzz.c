/* key_log_fuzz.c: lines of keymgr's record are whole or refused, whatever stands in the file. */
#include <assert.h>
#include <stdlib.h>

#include "proc/key_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct key_log_line l;
    /* A copy of its own size, so that reading past its end is seen. */
    char *copy = malloc(n > 0 ? n : 1);
    assert(copy != NULL);
    memcpy(copy, p, n);
    if (key_log_parse((struct str){copy, n}, &l) == OK) {
        assert(l.workspace >= 0 && strlen(l.role) > 0 && strlen(l.role) < KEY_LOG_ROLE);
    }
    free(copy);
    return 0;
}
