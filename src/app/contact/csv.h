/* csv.h: reads CSV as spreadsheets, mail programs and agencies really write it. Any bytes give rows
 * or one refusal with a sentence; nothing is guessed about what a cell means.
 *
 * Understood: `;` `,` TAB (found by looking, or named in Excel's first line "sep=;"), RFC 4180
 * quotes with line breaks inside, text behind a closing quote, LF, CRLF and CR, UTF-8 with and
 * without BOM, UTF-16 with BOM (Excel's "Unicode Text"), Windows-1252, rows that are shorter or
 * longer than the header, blank rows (skipped). Refused: NUL bytes, workbooks and PDFs under a
 * false name, broken UTF-8 behind a UTF-8 BOM, a quote that never closes, and everything above the
 * bounds. */
#ifndef CONTACT_CSV_H
#define CONTACT_CSV_H

#include "base/arena.h"
#include "base/csv.h"

enum {
    CSV_BYTES_MAX = 5 * 1024 * 1024, /* of the file */
    CSV_ROWS_MAX = 20000,            /* rows that are not blank, without the header */
    CSV_COLUMNS_MAX = 256,
    CSV_ROW_MAX = 64 * 1024 /* bytes of one row as UTF-8; a lost quote is found by it */
};

enum csv_encoding { CSV_UTF8 = 1, CSV_UTF16, CSV_CP1252 };

/* A file that was read through once and keeps all bounds. Text lives in the arena or in the file.
 */
struct csv {
    struct str text; /* UTF-8 without BOM and without Excel's "sep=" line */
    enum csv_encoding encoding;
    char sep;
    size_t first_line; /* line number of text's first line in the file: 1 or 2 */
    size_t n_columns;  /* of the header */
    size_t n_rows;     /* without the header and without blank rows */
};

/* Decodes, finds the separator and reads everything once. RC_INVALID with the field "file" and one
 * of E_CSV_BINARY, E_CSV_COLUMNS, E_CSV_EMPTY, E_CSV_ENCODING, E_CSV_QUOTE, E_CSV_ROW_LONG,
 * E_CSV_ROWS, E_CSV_SIZE, E_CSV_SPREADSHEET; the argument of the sentence is a line number or a
 * bound. Uses at most three times the file's size of the arena, for UTF-8 almost nothing. */
MUST enum rc csv_open(struct arena *mem, struct bytes file, struct err *err, struct csv *ret_csv);

/* One walk over the rows, header first. The cells of a row live until the next csv_next(). */
struct csv_reader {
    const struct csv *csv;
    size_t pos, next_line;
    char *scratch; /* CSV_ROW_MAX bytes: cells whose quotes had to be undone */
    size_t n_scratch;
    size_t line; /* line of the file on which the row began, from 1 */
    size_t n;
    struct str *cell; /* CSV_COLUMNS_MAX; control bytes are still in them: see csv_clean() */
};
void csv_start(struct csv_reader *rd, struct arena *mem, const struct csv *csv);
/* False at the end. Rows without any text are skipped. Only for a csv that csv_open() gave. */
bool csv_next(struct csv_reader *rd);
/* The cell i of the row, trimmed; "" behind the row's end. */
struct str csv_cell(const struct csv_reader *rd, size_t i);

/* A cell for a field: control characters fall, line breaks become one LF (keep_lines) or one blank;
 * trimmed. Copies only when something changes. */
struct str csv_clean(struct arena *mem, struct str cell, bool keep_lines);

#endif
