/* csv.c: see csv.h. One state machine (row_read) serves the search for the separator, the first
 * full pass that proves the bounds, and every later walk; it never writes into the text. */
#include "app/contact/csv.h"

#include <stdio.h>

#include "base/text.h"

enum { SNIFF_ROWS = 20 };

/* --- from bytes to text ---------------------------------------------------------------------- */

static enum rc
refuse(struct err *err, enum code code, size_t n)
{
    char arg[24];

    (void)snprintf(arg, sizeof(arg), "%zu", n);
    return fail_field(err, "file", RC_INVALID, code, arg);
}

static bool
begins_with(struct bytes b, const char *magic, size_t n)
{
    return b.n >= n && memcmp(b.p, magic, n) == 0;
}

static size_t
utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Lone surrogates become U+FFFD; an odd last byte is dropped. Two bytes give at most three. */
static struct str
from_utf16(struct arena *mem, struct bytes b, bool big_endian)
{
    char *to = arena_alloc(mem, b.n / 2 * 3 + 1);
    size_t n = 0, hi = big_endian ? 0 : 1, lo = big_endian ? 1 : 0;

    for (size_t i = 2; i + 1 < b.n; i += 2) {
        uint32_t c = (uint32_t)b.p[i + hi] << 8 | b.p[i + lo];

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < b.n) {
            uint32_t low = (uint32_t)b.p[i + 2 + hi] << 8 | b.p[i + 2 + lo];

            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        n += utf8_put(to + n, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
    return (struct str){to, n};
}

static enum rc
decode(struct arena *mem, struct bytes file, struct err *err, struct csv *csv)
{
    struct str text = {(const char *)file.p, file.n};

    if (begins_with(file, "PK\3\4", 4) || begins_with(file, "\xd0\xcf\x11\xe0", 4)) {
        return refuse(err, E_CSV_SPREADSHEET, 0);
    }
    if (begins_with(file, "%PDF", 4)) {
        return refuse(err, E_CSV_BINARY, 0);
    }
    if (begins_with(file, "\xff\xfe", 2) || begins_with(file, "\xfe\xff", 2)) {
        csv->encoding = CSV_UTF16;
        text = from_utf16(mem, file, file.p[0] == 0xfe);
    } else if (begins_with(file, "\xef\xbb\xbf", 3)) {
        csv->encoding = CSV_UTF8;
        text = str_sub(text, 3, text.n);
    } else {
        csv->encoding = str_is_utf8(text) ? CSV_UTF8 : CSV_CP1252;
    }
    if (memchr(text.n > 0 ? text.p : "", 0, text.n) != NULL) {
        return refuse(err, E_CSV_BINARY, 0);
    }
    if (csv->encoding == CSV_CP1252) {
        text = text_from_cp1252(mem, file);
    } else if (!str_is_utf8(text)) {
        return refuse(err, E_CSV_ENCODING, 0);
    }
    csv->text = text;
    return OK;
}

/* --- rows ------------------------------------------------------------------------------------ */

enum row_end { ROW_OK = 1, ROW_END, ROW_QUOTE, ROW_LONG, ROW_COLUMNS };

static bool
scratch_add(struct csv_reader *rd, char c)
{
    if (rd->n_scratch >= CSV_ROW_MAX) {
        return false;
    }
    rd->scratch[rd->n_scratch++] = c;
    return true;
}

/* Steps over CR, LF or CRLF at pos. */
static void
step_line(struct csv_reader *rd)
{
    struct str t = rd->csv->text;

    rd->pos += t.p[rd->pos] == '\r' && rd->pos + 1 < t.n && t.p[rd->pos + 1] == '\n' ? 2 : 1;
    rd->next_line++;
}

/* pos is behind the opening quote. Inside, "" is one quote and any line break is LF; behind the
 * closing quote up to the separator text is taken as it stands, as spreadsheets do. */
static enum row_end
quoted_cell(struct csv_reader *rd, struct str *ret_cell)
{
    struct str t = rd->csv->text;
    size_t begin = rd->n_scratch;
    bool open = true, fits = true;

    while (fits && rd->pos < t.n) {
        char c = t.p[rd->pos];

        if (c == '"' && open && rd->pos + 1 < t.n && t.p[rd->pos + 1] == '"') {
            fits = scratch_add(rd, '"');
            rd->pos += 2;
        } else if (c == '"' && open) {
            open = false;
            rd->pos++;
        } else if (!open && (c == rd->csv->sep || c == '\r' || c == '\n')) {
            break;
        } else if (c == '\r' || c == '\n') {
            fits = scratch_add(rd, '\n');
            step_line(rd);
        } else {
            fits = scratch_add(rd, c);
            rd->pos++;
        }
    }
    *ret_cell = (struct str){rd->scratch + begin, rd->n_scratch - begin};
    return !fits ? ROW_LONG : open ? ROW_QUOTE : ROW_OK;
}

static struct str
plain_cell(struct csv_reader *rd)
{
    struct str t = rd->csv->text;
    size_t begin = rd->pos;

    while (rd->pos < t.n && t.p[rd->pos] != rd->csv->sep && t.p[rd->pos] != '\r' &&
           t.p[rd->pos] != '\n') {
        rd->pos++;
    }
    return str_sub(t, begin, rd->pos - begin);
}

/* One row as it stands, also a blank one. A cell is quoted when its first character that is not a
 * blank is a quote. */
static enum row_end
row_read(struct csv_reader *rd)
{
    struct str t = rd->csv->text;
    size_t begin = rd->pos;

    rd->n = 0;
    rd->n_scratch = 0;
    rd->line = rd->next_line;
    if (rd->pos >= t.n) {
        return ROW_END;
    }
    for (;;) {
        size_t first = rd->pos;

        if (rd->n == CSV_COLUMNS_MAX) {
            return ROW_COLUMNS;
        }
        while (first < t.n && t.p[first] == ' ') {
            first++;
        }
        if (first < t.n && t.p[first] == '"') {
            rd->pos = first + 1;
            enum row_end end = quoted_cell(rd, &rd->cell[rd->n++]);
            if (end != ROW_OK) {
                return end;
            }
        } else {
            rd->cell[rd->n++] = plain_cell(rd);
        }
        if (rd->pos - begin > CSV_ROW_MAX) {
            return ROW_LONG;
        }
        if (rd->pos >= t.n) {
            return ROW_OK;
        }
        if (t.p[rd->pos] != rd->csv->sep) {
            step_line(rd);
            return ROW_OK;
        }
        rd->pos++;
    }
}

static bool
row_is_blank(const struct csv_reader *rd)
{
    for (size_t i = 0; i < rd->n; i++) {
        if (str_trim(rd->cell[i]).n > 0) {
            return false;
        }
    }
    return true;
}

static enum row_end
next_filled(struct csv_reader *rd)
{
    enum row_end end;

    do {
        end = row_read(rd);
    } while (end == ROW_OK && row_is_blank(rd));
    return end;
}

void
csv_start(struct csv_reader *rd, struct arena *mem, const struct csv *csv)
{
    *rd = (struct csv_reader){
        .csv = csv,
        .next_line = csv->first_line,
        .scratch = arena_alloc(mem, CSV_ROW_MAX),
        .cell = ARENA_ARRAY(mem, struct str, CSV_COLUMNS_MAX),
    };
}

bool
csv_next(struct csv_reader *rd)
{
    return next_filled(rd) == ROW_OK;
}

struct str
csv_cell(const struct csv_reader *rd, size_t i)
{
    return i < rd->n ? str_trim(rd->cell[i]) : STR("");
}

/* --- opening --------------------------------------------------------------------------------- */

/* Columns of the header with this separator, and how many of the first rows have as many. A row
 * that does not parse ends the look. */
static void
sniff(struct csv_reader *rd, size_t *ret_columns, size_t *ret_alike)
{
    size_t columns = 0, alike = 0;

    for (int i = 0; i < SNIFF_ROWS && next_filled(rd) == ROW_OK; i++) {
        if (i == 0) {
            columns = rd->n;
        }
        alike += rd->n == columns ? 1 : 0;
    }
    *ret_columns = columns;
    *ret_alike = alike;
}

/* The separator that gives most rows the header's number of columns (at least two); among equals
 * the one with more columns. A file of one column has none of them, and then it does not matter. */
static char
find_sep(struct arena *mem, const struct csv *csv)
{
    static const char seps[] = {';', ',', '\t'};
    struct csv trial = *csv;
    struct csv_reader rd;
    size_t best_columns = 1, best_alike = 0;
    char best = ';';

    csv_start(&rd, mem, &trial);
    for (size_t i = 0; i < sizeof(seps); i++) {
        size_t columns = 0, alike = 0;

        trial.sep = seps[i];
        rd.pos = 0;
        sniff(&rd, &columns, &alike);
        if (columns > 1 &&
            (alike > best_alike || (alike == best_alike && columns > best_columns))) {
            best = seps[i];
            best_columns = columns;
            best_alike = alike;
        }
    }
    return best;
}

/* Excel's own first line "sep=;" names the separator; it is no row. */
static bool
named_sep(struct csv *csv)
{
    struct str t = csv->text;

    if (t.n < 5 || !str_eq_ascii_ci(str_sub(t, 0, 4), STR("sep=")) ||
        (t.n > 5 && t.p[5] != '\r' && t.p[5] != '\n') ||
        (t.p[4] != ';' && t.p[4] != ',' && t.p[4] != '\t')) {
        return false;
    }
    csv->sep = t.p[4];
    csv->text = str_sub(t, t.n > 6 && t.p[5] == '\r' && t.p[6] == '\n' ? 7 : 6, t.n);
    csv->first_line = 2;
    return true;
}

static enum rc
prove(struct arena *mem, struct csv *csv, struct err *err)
{
    struct csv_reader rd;
    enum row_end end;

    csv_start(&rd, mem, csv);
    while ((end = next_filled(&rd)) == ROW_OK) {
        if (csv->n_columns == 0) {
            csv->n_columns = rd.n;
        } else if (csv->n_rows++ == CSV_ROWS_MAX) {
            return refuse(err, E_CSV_ROWS, CSV_ROWS_MAX);
        }
    }
    switch (end) {
    case ROW_QUOTE:
        return refuse(err, E_CSV_QUOTE, rd.line);
    case ROW_LONG:
        return refuse(err, E_CSV_ROW_LONG, rd.line);
    case ROW_COLUMNS:
        return refuse(err, E_CSV_COLUMNS, CSV_COLUMNS_MAX);
    case ROW_OK:
    case ROW_END:
        break;
    }
    return csv->n_rows > 0 ? OK : refuse(err, E_CSV_EMPTY, 0);
}

enum rc
csv_open(struct arena *mem, struct bytes file, struct err *err, struct csv *ret_csv)
{
    struct csv csv = {.first_line = 1};

    if (file.n > CSV_BYTES_MAX) {
        return refuse(err, E_CSV_SIZE, CSV_BYTES_MAX / (1024 * 1024));
    }
    TRY(decode(mem, file, err, &csv));
    if (!named_sep(&csv)) {
        csv.sep = find_sep(mem, &csv);
    }
    TRY(prove(mem, &csv, err));
    *ret_csv = csv;
    return OK;
}

/* --- cells ----------------------------------------------------------------------------------- */

/* C0, DEL, or the first byte of U+0080 to U+009F. */
static bool
is_control(struct str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];

    return c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0);
}

struct str
csv_clean(struct arena *mem, struct str cell, bool keep_lines)
{
    struct str s = str_trim(cell);
    size_t i = 0, n = 0;
    char *to;

    while (i < s.n && !is_control(s, i)) {
        i++;
    }
    if (i == s.n) {
        return s;
    }
    to = arena_alloc(mem, s.n);
    for (i = 0; i < s.n; i++) {
        bool blank = s.p[i] == '\t' || (s.p[i] == '\n' && !keep_lines);

        if (blank) {
            if (n > 0 && to[n - 1] != ' ') {
                to[n++] = ' ';
            }
        } else if (s.p[i] == '\n' || !is_control(s, i)) {
            to[n++] = s.p[i];
        } else if ((unsigned char)s.p[i] == 0xc2) {
            i++; /* both bytes of U+0080 to U+009F */
        }
    }
    return str_trim((struct str){to, n});
}
