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

#include "store/sqlite.h"

enum {
    COPY_BYTES = 1 << 16,
    TEXT_BYTES = 16384,
    DANGLING_MAX = 64, /* looked for at once */
    IDS_BEHIND = 1000000
};

/* --- the new file ------------------------------------------------------------------------------
 */

struct rescue {
    const char *path; /* the damaged store */
    const uint8_t *key;
    bool *shut;
};

struct build {
    sqlite3 *db;                 /* the new file */
    struct store *state;         /* rows are read from it */
    const struct rescue *rescue; /* NULL: of a store that is whole */
    const struct schema_def *def;
    struct restore_table *tables;
    struct err *err;
};

static enum rc
failed(const struct build *b, int code, const char *what)
{
    return fail(b->err, RC_IO, code == SQLITE_FULL ? E_STORE_FULL : E_IO, "restore: %s: %d %s",
                what, code, sqlite3_errmsg(b->db));
}

static enum rc
run(const struct build *b, const char *text)
{
    const int code = store_raw_run(b->db, text);
    return code == SQLITE_OK ? OK : failed(b, code, text);
}

/* "INSERT INTO t VALUES (?, ?)" with as many as the state's table has columns. */
static enum rc
prepare_insert(const struct build *b, const char *table, int columns, sqlite3_stmt **ret_h)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "INSERT INTO \"%s\" VALUES (", table);
    for (int i = 0; i < columns && n < (int)sizeof(text) - 4; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, i > 0 ? ",?" : "?");
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ")");
    const int code = sqlite3_prepare_v2(b->db, text, -1, ret_h, NULL);
    return code == SQLITE_OK ? OK : failed(b, code, text);
}

static enum rc
copy_rows(const struct build *b, sqlite3_stmt *from, sqlite3_stmt *to)
{
    int code;
    while ((code = sqlite3_step(from)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(from); i++) {
            (void)sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        }
        const int done = sqlite3_step(to);
        (void)sqlite3_reset(to);
        if (done != SQLITE_DONE) {
            return failed(b, done, "a row");
        }
    }
    return code == SQLITE_DONE ? OK : store_fail(b->state, b->err, code, "a row");
}

/* The state's rows as they are, in the place of all there were. */
static enum rc
bring_content(const struct build *b, const char *table)
{
    char text[200];
    sqlite3_stmt *from = NULL;
    sqlite3_stmt *to = NULL;
    (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", table);
    TRY(run(b, text));
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
static enum rc
merge_greater(const struct build *b, const char *table)
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
    const enum rc rc = code == SQLITE_OK ? copy_rows(b, from, to) : failed(b, code, text);
    (void)sqlite3_finalize(from);
    (void)sqlite3_finalize(to);
    return rc;
}

static enum rc
bring_table(const struct build *b, const struct restore_table *t)
{
    switch (t->class) {
    case RESTORE_CONTENT:
        return bring_content(b, t->name);
    case RESTORE_GREATER:
        return merge_greater(b, t->name);
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
find_dangling(const struct build *b, struct dangling *ret_d, size_t cap, size_t *ret_n)
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
    return code == SQLITE_ROW || code == SQLITE_DONE ? OK : failed(b, code, "references");
}

/* What is of the present and refers to content that is not there any more lets go of it, or goes
 * itself where it is nothing without it (a running timer of a project). */
static enum rc
let_go(const struct build *b, const struct dangling *d)
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
    TRY(run(b, text));
    if (sqlite3_changes(b->db) > 0) { /* not when another reference of it had it dropped already */
        t->loosened += d->nullable;
        t->dropped += !d->nullable;
    }
    return OK;
}

static enum rc
loosen(const struct build *b)
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

/* Rules for people's changes ("an invoice that was issued stays") do not bind a restore, which
 * follows classes; they are back before anybody sees the file. */
static enum rc
take_triggers(const struct build *b, struct arena *mem, char **ret_texts)
{
    char drops[TEXT_BYTES] = "";
    size_t n = 0;
    size_t n_drops = 0;
    char *texts = arena_alloc(mem, TEXT_BYTES);
    sqlite3_stmt *h = NULL;
    int code = sqlite3_prepare_v2(
        b->db, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'", -1, &h, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(h);
        if (code == SQLITE_ROW) {
            n_drops +=
                (size_t)snprintf(drops + n_drops, sizeof(drops) - n_drops, "DROP TRIGGER \"%s\";",
                                 (const char *)sqlite3_column_text(h, 0));
            n += (size_t)snprintf(texts + n, TEXT_BYTES - n, "%s;",
                                  (const char *)sqlite3_column_text(h, 1));
            if (n >= TEXT_BYTES || n_drops >= sizeof(drops)) {
                code = SQLITE_TOOBIG;
            }
        }
    }
    (void)sqlite3_finalize(h);
    *ret_texts = texts;
    return code == SQLITE_DONE ? run(b, drops) : failed(b, code, "triggers");
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static enum rc
bring_tables(const struct build *b)
{
    for (size_t i = 0; i < b->def->n_tables; i++) {
        TRY(bring_table(b, &b->tables[i]));
    }
    return OK;
}

/* References and rules of columns are asked of the whole when it is there (store_check()). */
static enum rc
change_all(const struct build *b, enum rc (*tables)(const struct build *b))
{
    AUTO_ARENA struct arena *mem = arena_new(1 << 17);
    static const char *const begin[] = {
        "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
        "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON",
        "PRAGMA cache_size = -1024", "BEGIN IMMEDIATE"};
    char *triggers;
    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
        TRY(run(b, begin[i]));
    }
    TRY(take_triggers(b, mem, &triggers));
    TRY(tables(b));
    TRY(loosen(b));
    TRY(run(b, triggers));
    return run(b, "COMMIT");
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

static enum rc
copy_file(const char *path, const char *copy, struct err *err)
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

static enum rc
need_closed(const char *path, struct err *err)
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
    struct build b = {.state = state, .def = state->def, .tables = tables, .err = err};
    TRY(need_closed(path, err));
    store_drop_file(next);
    TRY(copy_file(path, next, err));
    TRY(store_raw_open(next, key, err, &b.db));
    enum rc rc = rtx_begin(state, mem, (struct instant){1}, &nobody, err, &tx);
    if (rc == OK) {
        state->owner = NULL;
        state->deadline_us = 0;
        rc = change_all(&b, bring_tables);
        rtx_end(tx);
    }
    const int code = sqlite3_close(b.db);
    return rc == OK && code != SQLITE_OK ? failed(&b, code, "close") : rc;
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

/* --- of a store that cannot be read ------------------------------------------------------------
 */

/* A page that does not pass its authentication spoils the handle for others, so each table has one
 * of its own. NULL: not even the first page can be read, or the schema is another one. Closing it
 * empties its log into it, so that nothing of what people did last is missed. */
static struct store *
open_damaged(const char *path, const uint8_t *key)
{
    struct err why = {0};
    struct store *s = NULL;
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = key, .as_is = true};
    if (store_open(&opt, &why, &s) != OK || store_state(s) == STORE_READY) {
        return s;
    }
    store_close(s);
    return NULL;
}

/* Every row of it, whole. */
static bool
is_readable(struct store *s, const char *table)
{
    char text[200];
    sqlite3_stmt *h = NULL;
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    s->owner = NULL;
    s->deadline_us = 0;
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    code = code == SQLITE_OK ? SQLITE_ROW : code;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(h);
    }
    (void)sqlite3_finalize(h);
    return code == SQLITE_DONE;
}

/* What of the present can be read takes the place of what was then. */
static enum rc
fetch(const struct build *b, const char *path, const uint8_t *key, struct restore_table *t)
{
    struct build of = *b;
    of.state = open_damaged(path, key);
    t->lost = of.state == NULL || !is_readable(of.state, t->name);
    const enum rc rc = t->lost                       ? OK
                       : t->class == RESTORE_GREATER ? merge_greater(&of, t->name)
                                                     : bring_content(&of, t->name);
    store_close(of.state);
    return rc;
}

/* Far behind all that were given since then, as far as anybody can tell. */
static enum rc
raise_ids(const struct build *b)
{
    char text[700];
    for (size_t i = 0; i < b->def->n_tables; i++) {
        const char *t = b->tables[i].name;
        (void)snprintf(text, sizeof(text),
                       "INSERT OR IGNORE INTO id_counter (table_name, last_number) SELECT '%s', 0 "
                       "WHERE EXISTS (SELECT 1 FROM pragma_table_info('%s') WHERE name = 'id');"
                       "UPDATE id_counter SET last_number = %d + max(last_number, coalesce((SELECT "
                       "max(rowid) FROM \"%s\"), 0)) WHERE table_name = '%s'",
                       t, t, IDS_BEHIND, t, t);
        TRY(run(b, text));
    }
    return OK;
}

/* Of a table that is lost: what was then is true of accounts and of the audit as far as it goes;
 * an order, a message or a link of then would be carried out once more. */
static enum rc
settle_lost(const struct build *b, const struct restore_table *t)
{
    static const char *const of_then[] = {"audit", "schema_migration", "user"};
    char text[200];
    if (strcmp(t->name, "id_counter") == 0) {
        return raise_ids(b);
    }
    for (size_t i = 0; i < sizeof(of_then) / sizeof(of_then[0]); i++) {
        if (strcmp(t->name, of_then[i]) == 0) {
            return OK;
        }
    }
    (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", t->name);
    return t->class == RESTORE_GREATER ? OK : run(b, text);
}

/* Nobody comes in by what a former password, session or right opened. */
static enum rc
shut(const struct build *b)
{
    char text[200];
    for (size_t i = 0; i < b->def->n_tables; i++) {
        const struct schema_table *t = &b->def->tables[i];
        if (t->secret) {
            (void)snprintf(text, sizeof(text), "DELETE FROM \"%s\"", t->name);
            TRY(run(b, text));
        }
    }
    return OK;
}

static enum rc
fetch_tables(const struct build *b)
{
    const struct rescue *r = b->rescue;
    for (size_t i = 0; i < b->def->n_tables; i++) {
        struct restore_table *t = &b->tables[i];
        if (t->class == RESTORE_CONTENT) {
            continue;
        }
        TRY(fetch(b, r->path, r->key, t));
        *r->shut =
            *r->shut || (t->lost && (b->def->tables[i].secret || strcmp(t->name, "user") == 0) &&
                         strcmp(t->name, "mail") != 0); /* what waited opens nothing: sealed */
    }
    for (size_t i = 0; i < b->def->n_tables; i++) { /* when all that gave ids is there */
        TRY(b->tables[i].lost ? settle_lost(b, &b->tables[i]) : OK);
    }
    return *r->shut ? shut(b) : OK;
}

/* Pages of content count as well; what is lost there is what the state is for. */
static enum rc
need_damaged(const char *path, const uint8_t *key, struct err *err)
{
    struct err why = {0};
    struct store *s = open_damaged(path, key);
    const enum rc rc = s != NULL ? store_check(s, &why) : RC_BROKEN;
    store_close(s);
    return rc == OK ? fail(err, RC_CONFLICT, E_RESTORE_WHOLE, "every page can be read") : OK;
}

enum rc
restore_rescue(const char *path, const char *state, const char *next, const uint8_t *key,
               struct err *err, struct restore_table *ret_tables, bool *ret_shut)
{
    const struct rescue r = {path, key, ret_shut};
    struct build b = {
        .rescue = &r, .def = schema_of(SCHEMA_WORKSPACE), .tables = ret_tables, .err = err};
    *ret_shut = false;
    for (size_t i = 0; i < b.def->n_tables; i++) {
        ret_tables[i] = (struct restore_table){.name = b.def->tables[i].name,
                                               .class = restore_class_of(&b.def->tables[i])};
    }
    TRY(need_damaged(path, key, err));
    TRY(need_closed(state, err));
    store_drop_file(next);
    enum rc rc = copy_file(state, next, err);
    rc = rc == OK ? store_raw_open(next, key, err, &b.db) : rc;
    if (rc == OK) {
        rc = change_all(&b, fetch_tables);
        const int code = sqlite3_close(b.db);
        rc = rc == OK && code != SQLITE_OK ? failed(&b, code, "close") : rc;
    }
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
    TRY(need_closed(path, err));
    TRY(need_closed(next, err));
    if (rename(next, path) != 0) {
        return fail(err, RC_IO, E_IO, "restore: rename: errno %d", errno);
    }
    return store_sync_folder(path, err);
}

/* A log that could not be emptied into the damaged store would be read into the next one. */
enum rc
restore_swap_kept(const char *path, const char *next, const char *kept, struct err *err)
{
    char log[4096];
    char kept_log[4096];
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    if (link(path, kept) != 0 && errno != EEXIST) {
        return fail(err, RC_IO, E_IO, "restore: keep: errno %d", errno);
    }
    if (need_closed(path, &(struct err){0}) != OK && rename(log, kept_log) != 0) {
        return fail(err, RC_IO, E_IO, "restore: keep the log: errno %d", errno);
    }
    return restore_swap(path, next, err);
}

enum rc
restore_swap_again(const char *path, const char *kept, struct err *err)
{
    char log[4096];
    char kept_log[4096];
    struct stat is;
    struct stat was;
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    (void)snprintf(kept_log, sizeof(kept_log), "%s-wal", kept);
    if (stat(path, &is) != 0 || stat(kept, &was) != 0 || is.st_ino != was.st_ino ||
        need_closed(path, &(struct err){0}) != OK) {
        return OK;
    }
    return rename(kept_log, log) == 0 || errno == ENOENT
               ? OK
               : fail(err, RC_IO, E_IO, "restore: the kept log: errno %d", errno);
}
