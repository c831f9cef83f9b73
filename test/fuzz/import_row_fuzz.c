/* import_row_fuzz.c: any file becomes forms that keep the limits of their tables, or faults. */
#include <assert.h>

#include "app/contact/import_row.h"

enum { BOOK_BYTES = 64 * 1024 * 1024, ROW_BYTES = 8 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_texts(const struct form_def *def, const void *form)
{
    for (size_t i = 0; i < def->n; i++) {
        const struct field *f = &def->fields[i];

        if (f->kind == FIELD_TEXT) {
            const struct str *s = (const struct str *)(const void *)((const char *)form + f->off);

            assert(s->p != NULL && str_is_utf8(*s));
            assert(str_points(*s) <= (f->max > 0 ? (size_t)f->max : 255));
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct arena *mem, *scratch;
    struct str *header;
    struct import_map map;
    struct csv_reader rd;
    struct csv csv;

    if (mem == NULL) {
        mem = arena_new(BOOK_BYTES);
        scratch = arena_new(ROW_BYTES);
    }
    arena_reset(mem);
    if (csv_open(mem, (struct bytes){p, n}, NULL, &csv) != OK) {
        return 0;
    }
    csv_start(&rd, mem, &csv);
    (void)csv_next(&rd);
    header = ARENA_ARRAY(mem, struct str, csv.n_columns);
    for (size_t i = 0; i < csv.n_columns; i++) {
        header[i] = arena_copy(mem, csv_clean(mem, csv_cell(&rd, i), false));
    }
    import_guess(mem, header, csv.n_columns, &map);
    /* Columns whose names say nothing get what is most work. */
    for (size_t i = 0; i < map.n; i++) {
        if (map.target[i] == IMPORT_SKIP && i < n_import_targets) {
            map.target[i] = (int16_t)((i * 7 + n) % n_import_targets);
        }
    }
    while (csv_next(&rd)) {
        const struct import_columns columns = {&map, header};
        struct import_row row;

        import_row_read(scratch, &rd, &columns, &row);
        if (row.n_faults == 0) {
            check_texts(&company_form_def, &row.company);
            check_texts(&address_form_def, &row.address);
            check_texts(&person_form_def, &row.person);
            assert(row.company.name.n > 0);
            assert(!row.has_person || row.person.last_name.n > 0);
            assert(!row.has_address || row.address.city.n > 0);
        }
        arena_reset(scratch);
    }
    return 0;
}
