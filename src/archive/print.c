/* print.c: see print.h. */
#include "archive/print.h"

#include <sqlite3.h>

#include "base/cell.h"
#include "base/csv.h"

static struct cell
cell_of(sqlite3_stmt *rows, int i)
{
    static const enum cell_kind kinds[] = {[SQLITE_INTEGER] = CELL_NUMBER,
                                           [SQLITE_FLOAT] = CELL_TEXT,
                                           [SQLITE_TEXT] = CELL_TEXT,
                                           [SQLITE_BLOB] = CELL_BYTES,
                                           [SQLITE_NULL] = CELL_NONE};
    const enum cell_kind kind = kinds[sqlite3_column_type(rows, i)];
    const int64_t number = kind == CELL_NUMBER ? sqlite3_column_int64(rows, i) : 0;
    const char *p = kind == CELL_NUMBER ? NULL : sqlite3_column_blob(rows, i);
    return (struct cell){
        .kind = kind, .n = number, .s = {p, p != NULL ? (size_t)sqlite3_column_bytes(rows, i) : 0}
    };
}

void
print_begin(FILE *f, sqlite3_stmt *rows, enum print_kind kind)
{
    const int n = sqlite3_column_count(rows);
    if (kind == PRINT_JSON) {
        (void)fputs("[", f);
        return;
    }
    (void)fprintf(f, "%.*s", STR_FMT(CSV_BOM));
    for (int i = 0; i < n; i++) {
        csv_write(f, str_of(sqlite3_column_name(rows, i)), i + 1 == n);
    }
}

void
print_row(FILE *f, sqlite3_stmt *rows, enum print_kind kind, bool first)
{
    const int n = sqlite3_column_count(rows);
    if (kind == PRINT_JSON) {
        (void)fputs(first ? "\n{" : ",\n{", f);
    }
    for (int i = 0; i < n; i++) {
        const struct str column = str_of(sqlite3_column_name(rows, i));
        const struct cell c = cell_of(rows, i);
        if (kind == PRINT_JSON) {
            (void)fputs(i > 0 ? ", " : "", f);
            cell_json(f, column, &c);
        } else {
            cell_csv(f, column, &c, i + 1 == n);
        }
    }
    if (kind == PRINT_JSON) {
        (void)fputs("}", f);
    }
}

void
print_end(FILE *f, enum print_kind kind)
{
    (void)fputs(kind == PRINT_JSON ? "\n]\n" : "", f);
}
