/* csv.c: see csv.h. */
#include "base/csv.h"

/* What a program for tables would carry out. */
static bool
is_formula(struct str cell)
{
    return cell.n > 0 && (strchr("=+-@\t\r", cell.p[0]) != NULL ||
                          (cell.n > 1 && cell.p[0] == '\'' && strchr("=+-@'", cell.p[1]) != NULL));
}

static bool
wants_quotes(struct str cell)
{
    bool quoted = false;

    for (size_t i = 0; i < cell.n; i++) {
        quoted = quoted || strchr(";,\"\t\r\n", cell.p[i]) != NULL;
    }
    return quoted;
}

void
csv_put(struct out *o, struct str cell, bool last)
{
    const bool quoted = wants_quotes(cell);

    out_str(o, quoted ? STR("\"") : STR(""));
    out_str(o, is_formula(cell) ? STR("'") : STR(""));
    for (size_t i = 0; i < cell.n; i++) {
        out_str(o, cell.p[i] == '"' ? STR("\"\"") : str_sub(cell, i, 1));
    }
    out_str(o, quoted ? STR("\"") : STR(""));
    out_str(o, last ? STR("\r\n") : STR(";"));
}

void
csv_write_number(FILE *f, struct str cell, bool last)
{
    (void)fprintf(f, "%.*s%s", STR_FMT(cell), last ? "\r\n" : ";");
}

void
csv_write(FILE *f, struct str cell, bool last)
{
    const bool quoted = wants_quotes(cell);

    (void)fputs(quoted ? "\"" : "", f);
    (void)fputs(is_formula(cell) ? "'" : "", f);
    for (size_t i = 0; i < cell.n; i++) {
        (void)fputs(cell.p[i] == '"' ? "\"" : "", f);
        (void)fputc(cell.p[i], f);
    }
    (void)fputs(quoted ? "\"" : "", f);
    (void)fputs(last ? "\r\n" : ";", f);
}
