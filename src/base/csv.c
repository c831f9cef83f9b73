/* csv.c: see csv.h. */
#include "base/csv.h"

void
csv_put(struct out *o, struct str cell, bool last)
{
    bool formula =
        cell.n > 0 && (strchr("=+-@\t\r", cell.p[0]) != NULL ||
                       (cell.n > 1 && cell.p[0] == '\'' && strchr("=+-@'", cell.p[1]) != NULL));
    bool quoted = false;

    for (size_t i = 0; i < cell.n; i++) {
        quoted = quoted || strchr(";,\"\t\r\n", cell.p[i]) != NULL;
    }
    out_str(o, quoted ? STR("\"") : STR(""));
    out_str(o, formula ? STR("'") : STR(""));
    for (size_t i = 0; i < cell.n; i++) {
        out_str(o, cell.p[i] == '"' ? STR("\"\"") : str_sub(cell, i, 1));
    }
    out_str(o, quoted ? STR("\"") : STR(""));
    out_str(o, last ? STR("\r\n") : STR(";"));
}
