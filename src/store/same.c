/* same.c: whether the tables, indexes and rules in a database are the program's own. The checksums
 * in its book of migrations say only what somebody wrote there. */
#include "store/sqlite.h"

#include <ctype.h>

static const char rules_text[] = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
                                 " ORDER BY type, name, tbl_name, sql";

enum rc
store_fresh(const struct schema_def *def, int64_t version, struct err *err, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL);
    for (size_t i = 0;
         code == SQLITE_OK && i < def->n_migrations && def->migrations[i].number <= version; i++) {
        code = store_raw_run(db, def->migrations[i].sqlite);
    }
    if (code != SQLITE_OK) {
        const enum rc rc =
            fail(err, RC_LIMIT, E_NO_MEMORY, "fresh schema: %d", code); /* uncovered: no memory */
        (void)sqlite3_close(db);                                        /* uncovered: no memory */
        return rc;                                                      /* uncovered: no memory */
    }
    *ret_db = db;
    return OK;
}

/* Word for word; how it is laid out is no rule. */
static bool
same_words(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        const bool blank = isspace((unsigned char)*a) != 0;
        if (blank != (isspace((unsigned char)*b) != 0) || (!blank && *a != *b)) {
            return false;
        }
        a++;
        b++;
        while (blank && isspace((unsigned char)*a)) {
            a++;
        }
        while (blank && isspace((unsigned char)*b)) {
            b++;
        }
    }
    return *a == *b;
}

static const char *
text_of(sqlite3_stmt *h, int i)
{
    const unsigned char *text = sqlite3_column_text(h, i);
    return text != NULL ? (const char *)text : "";
}

static bool
same_rule(sqlite3_stmt *a, sqlite3_stmt *b)
{
    bool same = true;
    for (int i = 0; i < 4 && same; i++) {
        same = same_words(text_of(a, i), text_of(b, i));
    }
    return same;
}

/* Both in the same order, so the first that differs is missing on one side, or another one. */
static enum rc
compare(struct store *s, sqlite3_stmt *is, sqlite3_stmt *shall, struct err *err)
{
    for (;;) {
        const int code = sqlite3_step(is);
        const int want = sqlite3_step(shall);
        if (code != SQLITE_ROW && code != SQLITE_DONE) {
            return store_fail(s, err, code, rules_text); /* uncovered: bad disk */
        }
        if (code != want || (code == SQLITE_ROW && !same_rule(is, shall))) {
            return fail(err, RC_BROKEN, E_ARCHIVE_SCHEMA, "%s %s, not %s %s",
                        code == SQLITE_ROW ? text_of(is, 0) : "nothing",
                        code == SQLITE_ROW ? text_of(is, 1) : "",
                        want == SQLITE_ROW ? text_of(shall, 0) : "nothing",
                        want == SQLITE_ROW ? text_of(shall, 1) : "");
        }
        if (code == SQLITE_DONE) {
            return OK;
        }
    }
}

enum rc
store_check_schema(struct store *s, struct err *err)
{
    sqlite3 *fresh = NULL;
    sqlite3_stmt *is = NULL;
    sqlite3_stmt *shall = NULL;
    TRY(store_need_sound(s, err));
    TRY(store_fresh(s->def, s->version, err, &fresh));
    s->owner = NULL;
    s->deadline_us = 0;
    int code = sqlite3_prepare_v2(s->db, rules_text, -1, &is, NULL);
    code = code == SQLITE_OK ? sqlite3_prepare_v2(fresh, rules_text, -1, &shall, NULL) : code;
    const enum rc rc =
        code == SQLITE_OK ? compare(s, is, shall, err) : store_fail(s, err, code, rules_text);
    (void)sqlite3_finalize(is);
    (void)sqlite3_finalize(shall);
    (void)sqlite3_close(fresh);
    return rc;
}
