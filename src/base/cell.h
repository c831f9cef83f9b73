/* cell.h: one value of a table as people and other programs read it, in CSV and in JSON
 * (doc/archive-format.md, "In readable form"). */
#ifndef BASE_CELL_H
#define BASE_CELL_H

#include <stdio.h>

#include "base/str.h"

enum cell_kind { CELL_NONE = 1, CELL_NUMBER, CELL_TEXT, CELL_BYTES };
struct cell {
    enum cell_kind kind;
    int64_t n;    /* CELL_NUMBER */
    struct str s; /* CELL_TEXT, CELL_BYTES */
};

/* Days and instants as people write them; the column's name says which they are (day, _day, _at).
 */
void cell_csv(FILE *f, struct str column, const struct cell *c, bool last);
/* "column": value. Numbers as they are, bytes in hexadecimal digits. */
void cell_json(FILE *f, struct str column, const struct cell *c);

#endif
