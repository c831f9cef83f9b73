/* migrate.c: brings a database up to the program's schema. All pending migrations run in one
 * transaction, after an encrypted copy of the file was laid beside it; when one fails, the old schema
 * stays and is served read-only. Migrations that ran are compared by checksum: a file that was edited
 * afterwards is a lie about what stands in the database. */
#include "store/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "store.sql.h"

enum { COPY_BYTES = 1 << 20 };

/* --- what has run ---------------------------------------------------------------------------------------- */

static enum rc
has_book(struct store *s, struct err *err, bool *ret_has)
{
    int64_t n;
    TRY(store_number(s, err,
                     "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'", &n));
    *ret_has = n > 0;
    return OK;
}

static enum rc
check_one(const struct store *s, struct err *err, size_t i, int64_t number, const char *checksum)
{
    if (i >= s->def->n_migrations) {
        return fail(err, RC_CONFLICT, E_STORE_NEWER, "migration %lld is not known",
                    (long long)number);
    }
    const struct schema_migration *m = &s->def->migrations[i];
    if (m->number != number || strcmp(m->checksum, checksum) != 0) {
        return fail(err, RC_BROKEN, E_STORE_CHECKSUM, "migration %lld is another one",
                    (long long)number);
    }
    return OK;
}

/* How many of the program's migrations stand in the database, each compared. */
static enum rc
count_done(struct store *s, struct err *err, size_t *ret_done)
{
    bool has;
    size_t i = 0;
    *ret_done = 0;
    TRY(has_book(s, err, &has));
    if (!has) {
        return OK;
    }
    sqlite3_stmt *h = NULL;
    static const char text[] =
        "SELECT migration_number, checksum FROM schema_migration ORDER BY migration_number";
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    enum rc rc = code == SQLITE_OK ? OK : store_fail(s, err, code, text);
    while (rc == OK && (code = sqlite3_step(h)) == SQLITE_ROW) {
        rc = check_one(s, err, i, sqlite3_column_int64(h, 0),
                       (const char *)sqlite3_column_text(h, 1));
        i++;
    }
    if (rc == OK && code != SQLITE_DONE) {
        rc = store_fail(s, err, code, text);
    }
    sqlite3_finalize(h);
    *ret_done = i;
    return rc;
}

/* --- the copy before --------------------------------------------------------------------------------------- */

static enum rc
copy_file(const char *from, const char *to, struct err *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = in >= 0 && out >= 0;
    char *buf = ok ? malloc(COPY_BYTES) : NULL;
    ssize_t n = -1;
    while (buf != NULL && (n = read(in, buf, COPY_BYTES)) > 0) {
        if (write(out, buf, (size_t)n) != n) {
            n = -1;
            break;
        }
    }
    ok = buf != NULL && n == 0 && fsync(out) == 0;
    free(buf);
    if (in >= 0) {
        close(in);
    }
    if (out >= 0) {
        close(out);
    }
    return ok ? OK : fail(err, RC_IO, E_IO, "copy before a migration");
}

static void
copy_name(const struct store *s, int64_t version, char *buf, size_t n)
{
    (void)snprintf(buf, n, "%s.before-%lld", s->path, (long long)version);
}

static enum rc
keep_copy(struct store *s, struct err *err, int64_t version, char *name, size_t n)
{
    copy_name(s, version, name, n);
    int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, "checkpoint before a migration");
    }
    return copy_file(s->path, name, err);
}

/* --- running ----------------------------------------------------------------------------------------------- */

static enum rc
record(struct store *s, struct instant now, struct err *err, const struct schema_migration *m)
{
    sqlite3_stmt *h = NULL;
    static const char text[] = "INSERT INTO schema_migration (migration_number, checksum, "
                               "applied_at) VALUES (?1, ?2, ?3)";
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_int64(h, 1, m->number);
        (void)sqlite3_bind_text(h, 2, m->checksum, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int64(h, 3, now.us);
        code = sqlite3_step(h);
    }
    sqlite3_finalize(h);
    return code == SQLITE_DONE ? OK : store_fail(s, err, code, m->name);
}

static enum rc
run_pending(struct store *s, struct instant now, struct err *err, size_t done)
{
    TRY(store_exec(s, err, "BEGIN IMMEDIATE"));
    enum rc rc = OK;
    for (size_t i = done; i < s->def->n_migrations && rc == OK; i++) {
        const struct schema_migration *m = &s->def->migrations[i];
        rc = store_exec(s, err, m->sqlite);
        if (rc == OK) {
            rc = record(s, now, err, m);
        }
    }
    if (rc == OK) {
        rc = store_exec(s, err, "COMMIT");
    }
    if (rc != OK && sqlite3_get_autocommit(s->db) == 0) {
        struct err ignored = {0};
        if (store_exec(s, &ignored, "ROLLBACK") != OK) {
            s->state = STORE_POISONED;
        }
    }
    return rc;
}

static void
set_version(struct store *s, size_t done)
{
    s->version = done > 0 ? s->def->migrations[done - 1].number : 0;
}

enum rc
store_migrate(struct store *s, struct instant now, struct err *err)
{
    size_t done;
    char copy[4096];
    s->phase = PHASE_MIGRATE;
    TRY(count_done(s, err, &done));
    set_version(s, done);
    if (done == s->def->n_migrations) {
        return OK;
    }
    if (s->read_only) {
        return fail(err, RC_CONFLICT, E_STORE_OLDER, "schema %lld", (long long)s->version);
    }
    if (done > 0) {
        TRY(keep_copy(s, err, s->version, copy, sizeof(copy)));
    }
    enum rc rc = run_pending(s, now, err, done);
    if (rc == OK) {
        set_version(s, s->def->n_migrations);
        if (done > 0) {
            (void)unlink(copy);
        }
        return OK;
    }
    if (done == 0 || rc == RC_BUSY || s->state == STORE_POISONED) {
        return rc; /* nothing there yet, or nothing that can be served */
    }
    s->state = STORE_OLD_SCHEMA;
    err->code = E_STORE_MIGRATION;
    return OK;
}
