/* empty.c: whole tables lose their rows, in a file that nobody uses yet. */
#include "store/sqlite.h"

enum { TEXT_BYTES = 200 };

/* Rules for people's changes do not bind this; references are asked of the whole afterwards
 * (store_check()). What is not finished is thrown away, so there is no journal. */
enum rc
store_empty_tables(const char *path, const uint8_t *key, const char *const *names, size_t n,
                   struct err *err)
{
    static const char *const begin[] = {"PRAGMA journal_mode = OFF", "PRAGMA foreign_keys = OFF",
                                        "BEGIN IMMEDIATE"};
    sqlite3 *db;
    char text[TEXT_BYTES];
    TRY(store_raw_open(path, key, err, &db));
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]) && code == SQLITE_OK; i++) {
        code = store_raw_run(db, begin[i]);
    }
    for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
        (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", names[i]);
        code = store_raw_run(db, text);
    }
    code = code == SQLITE_OK ? store_raw_run(db, "COMMIT") : code;
    const int closed = sqlite3_close(db);
    code = code == SQLITE_OK ? closed : code;
    return code == SQLITE_OK ? OK
                             : fail(err, RC_IO, code == SQLITE_FULL ? E_STORE_FULL : E_IO,
                                    "empty: code %d", code);
}
