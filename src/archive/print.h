/* print.h: the rows of a table as people and other programs read them (doc/archive-format.md, "In
 * readable form"): what the server prints and what kontor-archive takes out is the same, byte for
 * byte. A library of its own: it needs SQLite, which an archive does not. */
#ifndef ARCHIVE_PRINT_H
#define ARCHIVE_PRINT_H

#include <stdbool.h>
#include <stdio.h>

struct sqlite3_stmt;

enum print_kind { PRINT_CSV = 1, PRINT_JSON };

/* Of a prepared statement: what stands before its rows (in CSV the names of its columns). */
void print_begin(FILE *f, struct sqlite3_stmt *rows, enum print_kind kind);
/* The row on which it stands; `first`: none was printed before it. A number with a fraction, which
 * no column of ours holds, is the text that SQLite makes of it. */
void print_row(FILE *f, struct sqlite3_stmt *rows, enum print_kind kind, bool first);
void print_end(FILE *f, enum print_kind kind);

#endif
