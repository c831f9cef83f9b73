/* migrate.c: brings a database up to the program's schema. All pending migrations run in one
 * transaction, after an encrypted copy of the file was laid beside it; when one fails, the old
 * schema stays and is served read-only. Migrations that ran are compared by checksum: a file that
 * was edited afterwards is a lie about what stands in the database. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "store.sql.h"

enum { COPY_BYTES = 256 * 1024, NAME_BYTES = 4096 };

/* --- what has run ---------------------------------------------------------------------------- */

static enum rc
has_book(struct store *s, struct err *err, bool *ret_has)
{
    int64_t n;
    TRY(store_number(s, err, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'",
                     &n));
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
    if (m->number != number || checksum == NULL || strcmp(m->checksum, checksum) != 0) {
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
    TRY(has_book(s, err, &has));
    if (!has) {
        *ret_done = 0;
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

/* --- the copy before ------------------------------------------------------------------------- */

static enum rc
copy_failed(struct err *err)
{
    return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO,
                "copy before a migration: errno %d", errno);
}

/* The copy is of encrypted pages, as they lie in the file. */
static bool
copy_bytes(int in, int out)
{
    static char buf[COPY_BYTES];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(in, buf, sizeof(buf), at)) > 0) {
        for (ssize_t k = 0; k < n;) {
            ssize_t put = write(out, buf + k, (size_t)(n - k));
            if (put <= 0) {
                return false;
            }
            k += put;
        }
        at += n;
    }
    return n == 0 && fsync(out) == 0;
}

/* Closing any descriptor of a file drops all locks that this process has on it (POSIX), also
 * SQLite's: the one that was read from stays open as long as the database. */
static enum rc
copy_file(struct store *s, const char *to, struct err *err)
{
    s->copied_fd = open(s->path, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = s->copied_fd >= 0 && out >= 0 && copy_bytes(s->copied_fd, out);
    enum rc rc = ok ? OK : copy_failed(err);
    if (out >= 0) {
        close(out);
    }
    if (rc != OK) {
        (void)unlink(to);
        return rc;
    }
    return store_sync_folder(to, err);
}

/* Everything must be in the one file that is copied, and stay there: called with the write lock. */
static enum rc
need_empty_log(const struct store *s, struct err *err)
{
    char name[NAME_BYTES];
    struct stat st;
    (void)snprintf(name, sizeof(name), "%s-wal", s->path);
    return stat(name, &st) != 0 || st.st_size == 0
               ? OK
               : fail(err, RC_BUSY, E_BUSY, "log is in use before a migration");
}

/* --- running --------------------------------------------------------------------------------- */

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
    enum rc rc = code == SQLITE_DONE ? OK : store_fail(s, err, code, m->name);
    sqlite3_finalize(h);
    return rc;
}

/* Inside the transaction; copy is NULL for a database that has nothing in it yet. */
static enum rc
run_all(struct store *s, struct instant now, struct err *err, size_t done, const char *copy)
{
    if (copy != NULL) {
        TRY(need_empty_log(s, err));
        TRY(copy_file(s, copy, err));
    }
    for (size_t i = done; i < s->def->n_migrations; i++) {
        const struct schema_migration *m = &s->def->migrations[i];
        if (sqlite3_exec(s->db, m->sqlite, NULL, NULL, NULL) != SQLITE_OK) {
            return store_fail(s, err, sqlite3_errcode(s->db), m->name);
        }
        TRY(record(s, now, err, m));
    }
    return store_control(s, err, CTL_COMMIT);
}

static enum rc
run_pending(struct store *s, struct instant now, struct err *err, size_t done, const char *copy)
{
    struct err ignored = {0};
    int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, "checkpoint before a migration");
    }
    TRY(store_control(s, err, CTL_WRITE));
    enum rc rc = run_all(s, now, err, done, copy);
    if (rc != OK && sqlite3_get_autocommit(s->db) == 0 &&
        store_control(s, &ignored, CTL_ROLLBACK) != OK) {
        s->state = STORE_POISONED; /* uncovered: undoing in memory needs no disk */
    }
    if (rc == OK && copy != NULL) {
        (void)unlink(copy);
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
    char copy[NAME_BYTES];
    s->phase = PHASE_MIGRATE;
    TRY(count_done(s, err, &done));
    set_version(s, done);
    if (done == s->def->n_migrations) {
        return OK;
    }
    if (s->as_is) {
        s->state = STORE_OLD_SCHEMA;
        return OK;
    }
    if (s->read_only) {
        return fail(err, RC_CONFLICT, E_STORE_OLDER, "schema %lld", (long long)s->version);
    }
    (void)snprintf(copy, sizeof(copy), "%s.before-%lld", s->path, (long long)s->version);
    enum rc rc = run_pending(s, now, err, done, done > 0 ? copy : NULL);
    if (rc == OK) {
        set_version(s, s->def->n_migrations);
        return OK;
    }
    if (done == 0 || rc == RC_BUSY || s->state == STORE_POISONED) {
        return rc; /* nothing there yet, or nothing that can be served */
    }
    s->state = STORE_OLD_SCHEMA;
    err->code = E_STORE_MIGRATION;
    return OK;
}
