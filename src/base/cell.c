/* cell.c: see cell.h. */
#include "base/cell.h"

#include "base/csv.h"
#include "base/time.h"

static void
print_hex(FILE *f, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        (void)fprintf(f, "%02x", (unsigned)(unsigned char)s.p[i]);
    }
}

static struct str
print_number(struct str column, int64_t n, char ret_text[static 32])
{
    if (str_eq(column, STR("day")) || str_ends(column, STR("_day"))) {
        return day_print((struct day){(int32_t)n}, ret_text);
    }
    if (str_ends(column, STR("_at"))) {
        return instant_print((struct instant){n}, ret_text);
    }
    const int len = snprintf(ret_text, 32, "%lld", (long long)n);
    return (struct str){ret_text, (size_t)len};
}

void
cell_csv(FILE *f, struct str column, const struct cell *c, bool last)
{
    char text[32];
    struct str s = STR("");
    switch (c->kind) {
    case CELL_NUMBER:
        csv_write_number(f, print_number(column, c->n, text), last);
        return;
    case CELL_TEXT:
        s = c->s;
        break;
    case CELL_BYTES:
        print_hex(f, c->s); /* digits mean nothing to a program for tables */
        break;
    case CELL_NONE:
        break;
    }
    csv_write(f, s, last);
}

static void
json_text(FILE *f, struct str s)
{
    (void)fputc('"', f);
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (c == '"' || c == '\\') {
            (void)fprintf(f, "\\%c", c);
        } else if ((unsigned char)c < 0x20) {
            (void)fprintf(f, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            (void)fputc(c, f);
        }
    }
    (void)fputc('"', f);
}

void
cell_json(FILE *f, struct str column, const struct cell *c)
{
    json_text(f, column);
    (void)fputs(": ", f);
    switch (c->kind) {
    case CELL_NUMBER:
        (void)fprintf(f, "%lld", (long long)c->n);
        break;
    case CELL_TEXT:
        json_text(f, c->s);
        break;
    case CELL_BYTES:
        (void)fputc('"', f);
        print_hex(f, c->s);
        (void)fputc('"', f);
        break;
    case CELL_NONE:
        (void)fputs("null", f);
        break;
    }
}
