/* record_json_fuzz.c: the values of a row as another process or a take names them are whole or
 * refused, and what is read travels back as the same. First byte: how many columns there are. */
#include <assert.h>
#include <stdlib.h>

#include "app/restore/record_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
try_values(const json_t *in, int n, struct arena *mem)
{
    struct err err = {0};
    struct record_value *v;
    struct record_value *again;
    if (record_from_json(in, n, mem, &err, &v) != OK) {
        assert(err.code == E_FIELD_ENCODING);
        return;
    }
    json_t *out = record_to_json(mem, v, n);
    assert(out != NULL && json_array_size(out) == (size_t)n);
    assert(record_from_json(out, n, mem, &err, &again) == OK);
    assert(record_same(v, again, n));
    json_decref(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    json_error_t why;
    if (mem == NULL) {
        json_object_seed(1);
        mem = arena_new(16 << 20);
    }
    if (n == 0 || n > 65536) {
        return 0;
    }
    json_t *in = json_loadb((const char *)p + 1, n - 1, JSON_REJECT_DUPLICATES, &why);
    if (in != NULL) {
        try_values(in, p[0] % (RECORD_COLUMNS_MAX + 1), mem);
    }
    json_decref(in);
    arena_reset(mem);
    return 0;
}
