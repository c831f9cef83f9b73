/* rows.h: rows for any table of the real schema, made from what the database says of its columns.
 */
#ifndef TEST_STORE_ROWS_H
#define TEST_STORE_ROWS_H

#include "store/schema.h"
#include "store/sqlite.h"

extern const uint8_t rows_key[32];

/* The store at a path, made if there is none; must go well. */
struct store *rows_store(const char *path);
/* The file as it is, without rules for references. */
sqlite3 *rows_raw(const char *path);
/* Row n (1001 …) of a table; must go well. */
void rows_put(sqlite3 *db, const char *table, int n);
/* Row n of each table, so that whatever is referred to is there. */
void rows_put_all(sqlite3 *db, int n);
/* Another value in a column of row n that is neither of the key nor a reference; false: there is
 * none, or the table is not to be changed. */
bool rows_change(sqlite3 *db, const char *table, int n);
/* There is one row of these; it can only be changed. */
bool rows_is_one(const char *table);

/* What a statement says of the file at `path`: one number; must go well. */
int64_t rows_number(const char *path, const char *text);
/* A closed store's file, byte by byte. */
void rows_copy(const char *from, const char *to);

#endif
