/* csv_fuzz.c: any bytes are rows within the bounds, or one refusal. */
#include <assert.h>

#include "app/contact/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem;
    struct err err = {0};
    struct csv csv;
    struct csv_reader rd;
    size_t rows = 0;

    if (mem == NULL) {
        mem = arena_new(64 * 1024 * 1024);
    }
    arena_reset(mem);
    if (csv_open(mem, (struct bytes){p, n}, &err, &csv) != OK) {
        assert(err.rc == RC_INVALID && err.code != E_NONE && err.field != NULL);
        return 0;
    }
    assert(str_is_utf8(csv.text) && csv.n_rows <= CSV_ROWS_MAX);
    csv_start(&rd, mem, &csv);
    for (; csv_next(&rd); rows++) {
        assert(rd.n >= 1 && rd.n <= CSV_COLUMNS_MAX && rd.line >= 1);
        for (size_t i = 0; i < rd.n; i++) {
            struct str clean = csv_clean(mem, rd.cell[i], i % 2 == 0);

            assert(clean.n <= CSV_ROW_MAX && str_is_utf8(clean));
        }
    }
    assert(rows == csv.n_rows + 1 && rd.pos == csv.text.n);
    return 0;
}
