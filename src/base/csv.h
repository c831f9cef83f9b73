/* csv.h: writes rows for spreadsheets. Promises that no cell runs as a formula there, whoever typed
 * it. Reading CSV is the business of who imports it. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdio.h>

#include "base/out.h"

/* What a spreadsheet needs to see UTF-8; before the first row. */
#define CSV_BOM STR("\xef\xbb\xbf")

/* Writes one cell: quoted when it must be, `;` between, CR LF behind the last. A cell that a
 * spreadsheet would run as a formula (it begins with = + - @ TAB or CR) gets an apostrophe in
 * front; so does one that looks as if it had one already, that a reader may take one off again. */
void csv_put(struct out *o, struct str cell, bool last);
/* The same into a file: of any size, whole. */
void csv_write(FILE *f, struct str cell, bool last);
/* A number, a day or a time that the program printed itself: as it is, so that a spreadsheet
 * counts it. */
void csv_write_number(FILE *f, struct str cell, bool last);

#endif
