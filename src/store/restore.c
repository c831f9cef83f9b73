/* restore.c: an older state of a store comes back by class: what the schema calls content is the
 * state's, what it calls present stays, and what it merges follows its rule. A new file is built
 * beside the store from a copy of it, and takes its name when it is whole; killed at any moment,
 * the store is whole as it was or as it shall be. */
#include "store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/restore_own.h"

enum {
    COPY_BYTES = 1 << 16,
    DANGLING_MAX = 64 /* looked for at once */
};

/* --- the new file ------------------------------------------------------------------------------
 */

enum rc
restore_failed(const struct restore_build_job *b, int code, const char *what)
{
    return fail(b->err, RC_IO, code == SQLITE_FULL ? E_STORE_FULL : E_IO, "restore: %s: %d %s",
                what, code, sqlite3_errmsg(b->db));
}

enum rc
restore_run_text(const struct restore_build_job *b, const char *text)
{
    const int code = store_raw_run(b->db, text);
    return code == SQLITE_OK ? OK : restore_failed(b, code, text);
}

/* "INSERT INTO t VALUES (?, ?)" with as many as the state's table has columns. */
static enum rc
prepare_insert(const struct restore_build_job *b, const char *table, int columns,
               sqlite3_stmt **ret_h)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "INSERT INTO \"%s\" VALUES (", table);
    for (int i = 0; i < columns && n < (int)sizeof(text) - 4; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, i > 0 ? ",?" : "?");
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ")");
    const int code = sqlite3_prepare_v2(b->db, text, -1, ret_h, NULL);
    return code == SQLITE_OK ? OK : restore_failed(b, code, text);
}

static enum rc
copy_rows(const struct restore_build_job *b, sqlite3_stmt *from, sqlite3_stmt *to)
{
    int code;
    while ((code = sqlite3_step(from)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(from); i++) {
            (void)sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        }
        const int done = sqlite3_step(to);
        (void)sqlite3_reset(to);
        if (done != SQLITE_DONE) {
            return restore_failed(b, done, "a row");
        }
    }
    return code == SQLITE_DONE ? OK : store_fail(b->state, b->err, code, "a row");
}

/* The state's rows as they are, in the place of all there were. */
enum rc
restore_bring_content(const struct restore_build_job *b, const char *table)
{
    char text[200];
    sqlite3_stmt *from = NULL;
    sqlite3_stmt *to = NULL;
    (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", table);
    TRY(restore_run_text(b, text));
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    const int code = sqlite3_prepare_v2(b->state->db, text, -1, &from, NULL);
    enum rc rc = code == SQLITE_OK ? OK : store_fail(b->state, b->err, code, text);
    rc = rc == OK ? prepare_insert(b, table, sqlite3_column_count(from), &to) : rc;
    rc = rc == OK ? copy_rows(b, from, to) : rc;
    (void)sqlite3_finalize(from);
    (void)sqlite3_finalize(to);
    return rc;
}

/* A table of a name and a number: the greater number stays, and no name goes. */
enum rc
restore_merge_greater(const struct restore_build_job *b, const char *table)
{
    char text[512];
    sqlite3_stmt *from = NULL;
    sqlite3_stmt *to = NULL;
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    int code = sqlite3_prepare_v2(b->state->db, text, -1, &from, NULL);
    if (code != SQLITE_OK || sqlite3_column_count(from) != 2) {
        (void)sqlite3_finalize(from);
        return fail(b->err, RC_BROKEN, E_BROKEN, "%s: no name and number", table);
    }
    const char *name = sqlite3_column_name(from, 0);
    const char *number = sqlite3_column_name(from, 1);
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO \"%s\" VALUES (?, ?) ON CONFLICT (\"%s\") DO UPDATE SET \"%s\" = "
                   "max(\"%s\", excluded.\"%s\")",
                   table, name, number, number, number);
    code = sqlite3_prepare_v2(b->db, text, -1, &to, NULL);
    const enum rc rc = code == SQLITE_OK ? copy_rows(b, from, to) : restore_failed(b, code, text);
    (void)sqlite3_finalize(from);
    (void)sqlite3_finalize(to);
    return rc;
}

enum rc
restore_run_rows(const struct restore_build_job *b, const char *from, const char *to)
{
    sqlite3_stmt *h = NULL;
    sqlite3_stmt *w = NULL;
    int code = sqlite3_prepare_v2(b->state->db, from, -1, &h, NULL);
    enum rc rc = code == SQLITE_OK ? OK : store_fail(b->state, b->err, code, from);
    if (rc == OK) {
        code = sqlite3_prepare_v2(b->db, to, -1, &w, NULL);
        rc = code == SQLITE_OK ? copy_rows(b, h, w) : restore_failed(b, code, to);
    }
    (void)sqlite3_finalize(h);
    (void)sqlite3_finalize(w);
    return rc;
}

/* Its pairs of things that are gone go with them, when references are looked at. */
enum rc
restore_merge_access(const struct restore_build_job *b, const char *table)
{
    struct restore_thing thing = {0};
    char from[100];
    char to[300];
    TRY(restore_thing_of(b->db, table, b->err, &thing));
    (void)snprintf(from, sizeof(from), "SELECT * FROM \"%s\"", table);
    (void)snprintf(to, sizeof(to),
                   "INSERT INTO \"%s\" SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM \"%s\""
                   " WHERE id = ?1)",
                   table, thing.table);
    return restore_run_rows(b, from, to);
}

/* Content, but a column that decides who sees a row of today. */
static enum rc
bring_but(const struct restore_build_job *b, const char *table, struct str kept)
{
    char text[400];
    (void)snprintf(text, sizeof(text),
                   "CREATE TEMP TABLE kept_today (id INTEGER PRIMARY KEY, kept_value);"
                   "INSERT INTO kept_today SELECT id, \"%.*s\" FROM \"%s\"",
                   STR_FMT(kept), table);
    TRY(restore_run_text(b, text));
    TRY(restore_bring_content(b, table));
    (void)snprintf(text, sizeof(text),
                   "UPDATE \"%s\" SET \"%.*s\" = (SELECT kept_value FROM kept_today k WHERE k.id ="
                   " \"%s\".id) WHERE id IN (SELECT id FROM kept_today);"
                   "DROP TABLE kept_today",
                   table, STR_FMT(kept), table);
    return restore_run_text(b, text);
}

static enum rc
bring_table(const struct restore_build_job *b, const struct restore_table *t)
{
    const struct schema_table *def = schema_find(b->def, t->name);
    const struct str kept = restore_kept_column(def);
    switch (t->class) {
    case RESTORE_CONTENT:
        return kept.n > 0 ? bring_but(b, t->name, kept) : restore_bring_content(b, t->name);
    case RESTORE_ACCESS: /* was the first */
        return OK;
    case RESTORE_GREATER:
        return restore_merge_greater(b, t->name);
    case RESTORE_PRESENT:
        return OK;
    case RESTORE_UNKNOWN:
        break;
    }
    return fail(b->err, RC_BROKEN, E_BROKEN, "%s: of no class", t->name);
}

/* --- what refers to something that is gone -----------------------------------------------------
 */

struct dangling {
    char table[64], column[64];
    int64_t row;
    bool nullable;
};

/* Up to `cap` of them. */
static enum rc
find_dangling(const struct restore_build_job *b, struct dangling *ret_d, size_t cap, size_t *ret_n)
{
    static const char text[] =
        "SELECT c.\"table\", c.rowid, l.\"from\", i.\"notnull\" FROM pragma_foreign_key_check c "
        "JOIN pragma_foreign_key_list(c.\"table\") l ON l.id = c.fkid "
        "JOIN pragma_table_info(c.\"table\") i ON i.name = l.\"from\"";
    sqlite3_stmt *h = NULL;
    size_t n = 0;
    int code = sqlite3_prepare_v2(b->db, text, -1, &h, NULL);
    code = code == SQLITE_OK ? SQLITE_ROW : code;
    while (code == SQLITE_ROW && n < cap && (code = sqlite3_step(h)) == SQLITE_ROW) {
        struct dangling *d = &ret_d[n++];
        (void)snprintf(d->table, sizeof(d->table), "%s", (const char *)sqlite3_column_text(h, 0));
        (void)snprintf(d->column, sizeof(d->column), "%s", (const char *)sqlite3_column_text(h, 2));
        d->row = sqlite3_column_int64(h, 1);
        d->nullable = sqlite3_column_int(h, 3) == 0;
    }
    (void)sqlite3_finalize(h);
    *ret_n = n;
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK : restore_failed(b, code, "references");
}

/* What is of the present and refers to content that is not there any more lets go of it, or goes
 * itself where it is nothing without it (a running timer of a project). */
static enum rc
let_go(const struct restore_build_job *b, const struct dangling *d)
{
    char text[300];
    struct restore_table *t = b->tables;
    while (t < b->tables + b->def->n_tables && strcmp(t->name, d->table) != 0) {
        t++;
    }
    if (t == b->tables + b->def->n_tables || t->class == RESTORE_CONTENT) {
        const enum rc rc = fail(b->err, RC_CONFLICT, E_RESTORE_REFERENCE, "%s.%s of row %lld",
                                d->table, d->column, (long long)d->row);
        (void)snprintf(b->err->arg, sizeof(b->err->arg), "%s", d->table);
        return rc;
    }
    if (d->nullable) {
        (void)snprintf(text, sizeof(text), "UPDATE \"%s\" SET \"%s\" = NULL WHERE rowid = %lld",
                       d->table, d->column, (long long)d->row);
    } else {
        (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\" WHERE rowid = %lld", d->table,
                       (long long)d->row);
    }
    TRY(restore_run_text(b, text));
    if (sqlite3_changes(b->db) > 0) { /* not when another reference of it had it dropped already */
        t->loosened += d->nullable;
        t->dropped += !d->nullable;
    }
    return OK;
}

static enum rc
loosen(const struct restore_build_job *b)
{
    size_t n = 1;
    while (n > 0) {
        struct dangling d[DANGLING_MAX];
        TRY(find_dangling(b, d, DANGLING_MAX, &n));
        for (size_t i = 0; i < n; i++) {
            TRY(let_go(b, &d[i]));
        }
    }
    return OK;
}

/* --- triggers ----------------------------------------------------------------------------------
 */

/* "DROP TRIGGER …" for the first that is there, for sqlite3_free(); NULL: there is none. */
static enum rc
next_drop(const struct restore_build_job *b, char **ret_text)
{
    static const char text[] = "SELECT name FROM sqlite_schema WHERE type = 'trigger' LIMIT 1";
    sqlite3_stmt *h = NULL;
    *ret_text = NULL;
    int code = sqlite3_prepare_v2(b->db, text, -1, &h, NULL);
    code = code == SQLITE_OK ? sqlite3_step(h) : code;
    if (code == SQLITE_ROW) {
        *ret_text = sqlite3_mprintf("DROP TRIGGER \"%w\"", sqlite3_column_text(h, 0));
        code = *ret_text != NULL ? SQLITE_DONE : SQLITE_NOMEM;
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_DONE ? OK : restore_failed(b, code, text);
}

/* Rules for people's changes ("an invoice that was issued stays") do not bind a restore, which
 * follows classes; they are back before anybody sees the file. */
static enum rc
drop_triggers(const struct restore_build_job *b)
{
    char *text;
    enum rc rc = next_drop(b, &text);
    while (rc == OK && text != NULL) {
        rc = restore_run_text(b, text);
        sqlite3_free(text);
        rc = rc == OK ? next_drop(b, &text) : rc;
    }
    return rc;
}

/* The program's, whatever the file had. */
static enum rc
put_triggers(const struct restore_build_job *b)
{
    static const char text[] = "SELECT sql FROM sqlite_schema WHERE type = 'trigger'";
    sqlite3 *fresh = NULL;
    sqlite3_stmt *h = NULL;
    TRY(store_fresh(b->def, INT64_MAX, b->err, &fresh));
    enum rc rc = OK;
    int code = sqlite3_prepare_v2(fresh, text, -1, &h, NULL);
    while (rc == OK && (code == SQLITE_OK || code == SQLITE_ROW) &&
           (code = sqlite3_step(h)) == SQLITE_ROW) {
        rc = restore_run_text(b, (const char *)sqlite3_column_text(h, 0));
    }
    (void)sqlite3_finalize(h);
    (void)sqlite3_close(fresh);
    return rc != OK || code == SQLITE_DONE ? rc : restore_failed(b, code, text);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static enum rc
bring_tables(const struct restore_build_job *b)
{
    for (size_t i = 0; i < b->def->n_tables; i++) {
        TRY(b->tables[i].class == RESTORE_ACCESS ? restore_merge_access(b, b->tables[i].name) : OK);
    }
    for (size_t i = 0; i < b->def->n_tables; i++) {
        TRY(bring_table(b, &b->tables[i]));
    }
    return OK;
}

enum rc
restore_change_all(const struct restore_build_job *b,
                   enum rc (*tables)(const struct restore_build_job *b))
{
    static const char *const begin[] = {"PRAGMA journal_mode = OFF",
                                        "PRAGMA synchronous = OFF",
                                        "PRAGMA foreign_keys = OFF",
                                        "PRAGMA ignore_check_constraints = ON",
                                        "PRAGMA cache_size = -1024",
                                        "PRAGMA temp_store = MEMORY",
                                        "BEGIN IMMEDIATE"};
    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
        TRY(restore_run_text(b, begin[i]));
    }
    TRY(drop_triggers(b));
    TRY(tables(b));
    TRY(loosen(b));
    TRY(put_triggers(b));
    return restore_run_text(b, "COMMIT");
}

static bool
copy_bytes(int from, int to)
{
    static uint8_t buf[COPY_BYTES];
    for (;;) {
        const ssize_t n = read(from, buf, sizeof(buf));
        if (n <= 0) {
            return n == 0;
        }
        if (write(to, buf, (size_t)n) != n) {
            return false;
        }
    }
}

enum rc
restore_copy_file(const char *path, const char *copy, struct err *err)
{
    const int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool done = from >= 0 && to >= 0 && copy_bytes(from, to);
    const int cause = errno;
    if (from >= 0) {
        (void)close(from);
    }
    if (to >= 0) {
        (void)close(to);
    }
    return done ? OK
                : fail(err, RC_IO, cause == ENOSPC ? E_STORE_FULL : E_IO, "restore: copy: errno %d",
                       cause);
}

enum rc
restore_need_closed(const char *path, struct err *err)
{
    char log[4096];
    struct stat st;
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &st) != 0 || st.st_size == 0
               ? OK
               : fail(err, RC_CONFLICT, E_BUSY, "restore: the store is open");
}

static enum rc
build(struct store *state, const char *path, const char *next, const uint8_t *key, struct err *err,
      struct restore_table *tables)
{
    static const struct actor nobody = {.reason = "restore"};
    AUTO_ARENA struct arena *mem = arena_new(1 << 16);
    struct rtx *tx;
    struct restore_build_job b = {.state = state, .def = state->def, .tables = tables, .err = err};
    TRY(restore_need_closed(path, err));
    store_drop_file(next);
    TRY(restore_copy_file(path, next, err));
    TRY(store_raw_open(next, key, err, &b.db));
    enum rc rc = rtx_begin(state, mem, (struct instant){1}, &nobody, err, &tx);
    if (rc == OK) {
        state->owner = NULL;
        state->deadline_us = 0;
        rc = restore_change_all(&b, bring_tables);
        rtx_end(tx);
    }
    const int code = sqlite3_close(b.db);
    return rc == OK && code != SQLITE_OK ? restore_failed(&b, code, "close") : rc;
}

enum rc
restore_build(struct store *state, const char *path, const char *next, const uint8_t *key,
              struct err *err, struct restore_table *tables)
{
    const enum rc rc = build(state, path, next, key, err, tables);
    if (rc != OK) {
        store_drop_file(next);
    }
    return rc;
}

/* --- its place ---------------------------------------------------------------------------------
 */

enum rc
restore_swap(const char *path, const char *next, struct err *err)
{
    const int fd = open(next, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int cause = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!synced) {
        return fail(err, RC_IO, E_IO, "restore: fsync: errno %d", cause);
    }
    TRY(restore_need_closed(path, err));
    TRY(restore_need_closed(next, err));
    if (rename(next, path) != 0) {
        return fail(err, RC_IO, E_IO, "restore: rename: errno %d", errno);
    }
    return store_sync_folder(path, err);
}

static bool
is_same_file(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

/* A log that could not be emptied into the damaged store would be read into the next one; it has
 * gone for certain before that takes the place. */
static enum rc
swap_kept(const char *path, const char *next, const char *kept, struct err *err)
{
    char log[4096];
    char kept_log[4096];
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    if (restore_need_closed(path, &(struct err){0}) != OK && rename(log, kept_log) != 0) {
        return fail(err, RC_IO, E_IO, "restore: keep the log: errno %d", errno);
    }
    TRY(store_sync_folder(path, err));
    return restore_swap(path, next, err);
}

enum rc
restore_swap_kept(const char *path, const char *next, const char *kept, struct err *err)
{
    if (link(path, kept) != 0 && (errno != EEXIST || !is_same_file(path, kept))) {
        return fail(err, RC_IO, E_IO, "restore: keep: errno %d", errno);
    }
    const enum rc rc = swap_kept(path, next, kept, err);
    if (rc != OK) { /* whoever opens the store asks for this again, and hears why it cannot be */
        (void)!restore_swap_again(path, kept, &(struct err){0});
    }
    return rc;
}

/* The log first: killed behind it, what is kept has no log that could come back later. */
enum rc
restore_swap_again(const char *path, const char *kept, struct err *err)
{
    char log[4096];
    char kept_log[4096];
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    if (!is_same_file(path, kept)) {
        return OK;
    }
    if (restore_need_closed(path, &(struct err){0}) == OK && rename(kept_log, log) != 0 &&
        errno != ENOENT) {
        return fail(err, RC_IO, E_IO, "restore: the kept log: errno %d", errno);
    }
    (void)unlink(kept);
    return store_sync_folder(path, err);
}
