/* sqlite.c: opens one encrypted database, refuses to go on when a wall is missing, asks the
 * authorizer about every statement that is prepared, and turns SQLite's result codes into ours.
 * What is asserted at open is what processes.md calls for: with fewer than 64 reserved bytes the
 * cipher silently falls back to pages without authentication. */
#include "store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>

#include "base/time.h"

/* --- result codes --------------------------------------------------------------------------------
 */

static enum rc
constraint(struct err *err, int extended, const char *what)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return fail(err, RC_CONFLICT, E_STORE_TAKEN, "%s", what);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return fail(err, RC_CONFLICT, E_STORE_REFERENCE, "%s", what);
    case SQLITE_CONSTRAINT_TRIGGER:
        return fail(err, RC_CONFLICT, E_STORE_IMMUTABLE, "%s", what);
    default:
        return fail(err, RC_BROKEN, E_BROKEN, "%s: constraint %d", what, extended);
    }
}

enum rc
store_fail(struct store *s, struct err *err, int code, const char *what)
{
    int extended = s->db != NULL ? sqlite3_extended_errcode(s->db) : code;
    TRY(store_need_sound(s, err)); /* damage that is none: the read behind it failed (disk.c) */
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, RC_BUSY, E_BUSY, "%s", what);
    case SQLITE_CONSTRAINT:
        return constraint(err, extended, what);
    case SQLITE_FULL:
        return fail(err, RC_IO, E_STORE_FULL, "%s", what);
    case SQLITE_INTERRUPT:
        return fail(err, RC_LIMIT, E_STORE_SLOW, "%s", what);
    case SQLITE_NOTADB:
        if (s->phase == PHASE_OPEN) { /* later the key did fit, so the first page was changed */
            return fail(err, RC_DENIED, E_STORE_KEY, "%s", what);
        }
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "%s: first page", what);
    case SQLITE_CORRUPT:
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "%s: %d", what, extended);
    case SQLITE_READONLY:
        return fail(err, RC_CONFLICT, E_STORE_READ_ONLY, "%s: %d", what, extended);
    case SQLITE_NOMEM:                                       /* uncovered: no memory */
        return fail(err, RC_LIMIT, E_NO_MEMORY, "%s", what); /* uncovered: no memory */
    case SQLITE_AUTH:
        return fail(err, RC_BROKEN, E_BROKEN, "%s: refused by the authorizer", what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        /* After a failed write or fsync nothing in memory can be trusted, and a second fsync may
         * lie. */
        s->state = STORE_POISONED;
        return fail(err, RC_IO, E_IO, "%s: %d, errno %d", what, extended,
                    s->db != NULL ? sqlite3_system_errno(s->db) : errno);
    default:
        return fail(err, RC_BROKEN, E_BROKEN, "%s: %d %s", what, extended, sqlite3_errmsg(s->db));
    }
}

enum rc
store_need_sound(struct store *s, struct err *err)
{
    if (store_disk_failed_reads() != s->failed_reads) {
        s->state = STORE_POISONED;
    }
    return s->state == STORE_POISONED ? fail(err, RC_IO, E_IO, "store is poisoned") : OK;
}

/* --- own texts ------------------------------------------------------------------------------- */

enum rc
store_exec(struct store *s, struct err *err, const char *text)
{
    s->owner = NULL;
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : store_fail(s, err, code, text);
}

/* Prepares the store's own text and runs it to its first row (*ret_row true) or its end. */
static enum rc
first_row(struct store *s, struct err *err, const char *text, sqlite3_stmt **ret_h, bool *ret_row)
{
    sqlite3_stmt *h = NULL;
    s->owner = NULL;
    s->deadline_us = 0;
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(h);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        enum rc rc = store_fail(s, err, code, text);
        sqlite3_finalize(h);
        return rc;
    }
    *ret_h = h;
    *ret_row = code == SQLITE_ROW;
    return OK;
}

enum rc
store_number(struct store *s, struct err *err, const char *text, int64_t *ret_n)
{
    sqlite3_stmt *h = NULL;
    bool row = false;
    TRY(first_row(s, err, text, &h, &row));
    *ret_n = row ? sqlite3_column_int64(h, 0) : 0;
    sqlite3_finalize(h);
    return OK;
}

/* The text must give this word first. */
static enum rc
need_word(struct store *s, struct err *err, enum code code, const char *text, const char *want)
{
    sqlite3_stmt *h = NULL;
    bool row = false;
    TRY(first_row(s, err, text, &h, &row));
    const unsigned char *p = row ? sqlite3_column_text(h, 0) : NULL;
    const char *got = p != NULL ? (const char *)p : "nothing";
    enum rc rc = OK;
    if (strcmp(got, want) != 0) {
        rc = fail(err, RC_BROKEN, code, "%s: %s", text, got);
    }
    sqlite3_finalize(h);
    return rc;
}

enum rc
store_query_only(struct store *s, struct err *err, bool on)
{
    if (s->query_only == on) {
        return OK;
    }
    sqlite3_stmt *h = NULL;
    s->owner = NULL;
    int code = sqlite3_prepare_v2(s->db, on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", -1,
                                  &h, NULL);
    sqlite3_finalize(h);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, "query_only"); /* uncovered: no memory */
    }
    s->query_only = on;
    return OK;
}

/* --- authorizer ------------------------------------------------------------------------------ */

/* Book-keeping is no change that would want an audit row, nor one that could justify it. */
static bool
is_own_book(const char *table)
{
    return strcmp(table, "audit") == 0 || strcmp(table, "id_counter") == 0 ||
           strcmp(table, "once_key") == 0;
}

static int
may_write(struct store *s, const char *table)
{
    const struct schema_table *t = table != NULL ? schema_find(s->def, table) : NULL;
    if (t == NULL || s->owner == NULL || strcmp(t->owner, s->owner) != 0) {
        return SQLITE_DENY;
    }
    s->content = s->content || !is_own_book(table);
    return SQLITE_OK;
}

static int
may_read(const struct store *s, const char *table)
{
    const struct schema_table *t = table != NULL ? schema_find(s->def, table) : NULL;
    if (t == NULL || !t->secret || s->owner == NULL) {
        return SQLITE_OK;
    }
    return strcmp(t->owner, s->owner) == 0 ? SQLITE_OK : SQLITE_DENY;
}

/* The only PRAGMAs, of the store's own texts alone. */
static int
may_pragma(const struct store *s, const char *name)
{
    static const char *const opening[] = {
        "cell_size_check",    "cache_size",    "cipher",      "foreign_keys", "journal_mode",
        "mmap_size",          "secure_delete", "synchronous", "temp_store",   "trusted_schema",
        "recursive_triggers",
    };
    /* quick_check: what ALTER TABLE … ADD COLUMN with a CHECK asks by itself. */
    static const char *const serving[] = {"foreign_key_check", "foreign_key_list",
                                          "integrity_check",   "page_count",
                                          "query_only",        "quick_check"};
    const bool open = s->phase == PHASE_OPEN;
    const char *const *list = open ? opening : serving;
    const size_t n =
        open ? sizeof(opening) / sizeof(opening[0]) : sizeof(serving) / sizeof(serving[0]);
    for (size_t i = 0; i < n; i++) {
        if (s->owner == NULL && strcmp(list[i], name) == 0) {
            return SQLITE_OK;
        }
    }
    return SQLITE_DENY;
}

/* A migration drops a table only when the program knows it no more. */
static bool
is_ddl(const struct store *s, int action, const char *table)
{
    if (action == SQLITE_DROP_TABLE) {
        return schema_find(s->def, table) == NULL;
    }
    return action == SQLITE_CREATE_TABLE || action == SQLITE_CREATE_INDEX ||
           action == SQLITE_CREATE_TRIGGER || action == SQLITE_ALTER_TABLE ||
           action == SQLITE_DROP_INDEX || action == SQLITE_REINDEX;
}

/* Constant for the life of a connection but for the phase: never ATTACH, PRAGMAs by list, DDL while
 * migrating only, writes by the table's owner only, transactions by the store only. What a trigger
 * of the schema does was decided by the schema. */
static int
authorize(void *arg, int action, const char *a, const char *b, const char *c, const char *trigger)
{
    struct store *s = arg;
    (void)b;
    (void)c;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        return may_read(s, a);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return trigger != NULL || s->phase == PHASE_MIGRATE ? SQLITE_OK : may_write(s, a);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return s->owner == NULL ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
        return may_pragma(s, a);
    default:
        return s->phase == PHASE_MIGRATE && is_ddl(s, action, a) ? SQLITE_OK : SQLITE_DENY;
    }
}

/* Ends a read that takes too long; asked every 4096 steps of the virtual machine. */
static int
on_progress(void *arg)
{
    const struct store *s = arg;
    return s->deadline_us != 0 && time_mono_us() > s->deadline_us;
}

static int
on_wal(void *arg, sqlite3 *db, const char *name, int frames)
{
    struct store *s = arg;
    (void)db;
    (void)name;
    s->wal_frames = frames;
    return SQLITE_OK;
}

/* --- open ------------------------------------------------------------------------------------ */

enum rc
store_sync_folder(const char *path, struct err *err)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path) : 1,
                     slash != NULL ? path : ".");
    int fd =
        n > 0 && n < (int)sizeof(folder) ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    int cause = errno;
    if (fd >= 0) {
        close(fd);
    }
    return ok ? OK : fail(err, RC_IO, E_IO, "folder of the store: errno %d", cause);
}

/* The file is there, private and regular before SQLite sees it; its log and shared memory get the
 * same mode. An empty file would be a new database, which nobody asked for without `create`. */
static enum rc
need_file(const struct store_options *opt, struct err *err)
{
    struct stat st;
    if (opt->create && !opt->read_only) {
        int fd = open(opt->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
            return store_sync_folder(opt->path, err);
        }
        if (errno != EEXIST) {
            return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO, "create: errno %d",
                        errno);
        }
    }
    if (lstat(opt->path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(err, RC_IO, E_IO, "no such database");
    }
    if (st.st_size == 0 && !opt->create) {
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "database is empty");
    }
    return OK;
}

/* Raw keys are marked by their start; anything else would be a passphrase. */
static enum rc
set_key(struct store *s, const uint8_t *key, struct err *err)
{
    uint8_t raw[4 + STORE_KEY_BYTES] = {'r', 'a', 'w', ':'};
    TRY(store_exec(s, err, "PRAGMA cipher = 'aegis'"));
    memcpy(raw + 4, key, STORE_KEY_BYTES);
    int code = sqlite3_key(s->db, raw, sizeof(raw));
    explicit_bzero(raw, sizeof(raw));
    return code == SQLITE_OK ? OK : store_fail(s, err, code, "key");
}

/* What is set is read back: a PRAGMA that does not take says nothing. */
static enum rc
set_walls(struct store *s, struct err *err)
{
    static const struct {
        const char *set, *ask, *want;
    } walls[] = {
        {"PRAGMA secure_delete = 1",      "PRAGMA secure_delete",      "1"    },
        {"PRAGMA temp_store = 2",         "PRAGMA temp_store",         "2"    },
        {"PRAGMA foreign_keys = 1",       "PRAGMA foreign_keys",       "1"    },
        {"PRAGMA trusted_schema = 0",     "PRAGMA trusted_schema",     "0"    },
        {"PRAGMA recursive_triggers = 1", "PRAGMA recursive_triggers", "1"    },
        {"PRAGMA cell_size_check = 1",    "PRAGMA cell_size_check",    "1"    },
        {"PRAGMA cache_size = -1024",     "PRAGMA cache_size",         "-1024"},
        {"PRAGMA synchronous = FULL",     "PRAGMA synchronous",        "2"    },
    };
    static const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE,      1},
        {SQLITE_DBCONFIG_DQS_DML,        0},
        {SQLITE_DBCONFIG_DQS_DDL,        0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_QPSG,    1}, /* else LIMIT :n is planned, and prepared, at each use */
    };
    for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        TRY(store_exec(s, err, walls[i].set));
        TRY(need_word(s, err, E_BROKEN, walls[i].ask, walls[i].want));
    }
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        int now = -1;
        (void)sqlite3_db_config(s->db, switches[i][0], switches[i][1], &now);
        if (now != switches[i][1]) {
            return fail(err, RC_BROKEN, E_BROKEN, "switch %zu", i); /* uncovered: another SQLite */
        }
    }
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    return OK;
}

/* Reading the header is what tells whether the key fits. */
static enum rc
need_walls(struct store *s, struct err *err)
{
    int64_t n;
    int reserved = -1;
    TRY(store_number(s, err, "SELECT count(*) FROM sqlite_schema", &n));
    TRY(store_need_sound(s, err)); /* the log was recovered whole */
    TRY(need_word(s, err, E_BROKEN,
                  s->read_only ? "PRAGMA journal_mode" : "PRAGMA journal_mode = WAL", "wal"));
    TRY(need_word(s, err, E_BROKEN, "PRAGMA cipher", "aegis"));
    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    if (reserved != STORE_RESERVED_BYTES) {
        return fail(err, RC_BROKEN, E_BROKEN, "%d reserved bytes", reserved);
    }
    return OK;
}

static enum rc
open_handle(struct store *s, const struct store_options *opt, struct err *err)
{
    TRY(need_file(opt, err));
    const char *disk = store_disk();
    s->failed_reads = store_disk_failed_reads();
    int code = sqlite3_open_v2(s->path, &s->db,
                               opt->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, disk);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, "open");
    }
    (void)sqlite3_set_authorizer(s->db, authorize, s);
    sqlite3_progress_handler(s->db, 4096, on_progress, s);
    TRY(set_key(s, opt->key, err));
    TRY(set_walls(s, err));
    TRY(need_walls(s, err));
    (void)sqlite3_wal_hook(s->db, on_wal, s); /* instead of the automatic checkpoint */
    return OK;
}

enum rc
store_open_def(const struct store_options *opt, const struct schema_def *def, struct err *err,
               struct store **ret_s)
{
    struct store *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->path = strdup(opt->path)) == NULL) {
        free(s);                                          /* uncovered: no memory */
        return fail(err, RC_LIMIT, E_NO_MEMORY, "store"); /* uncovered: no memory */
    }
    s->def = def;
    s->read_only = opt->read_only;
    s->as_is = opt->as_is;
    s->read_limit_us = STORE_READ_LIMIT_US;
    s->copied_fd = -1;
    enum rc rc = open_handle(s, opt, err);
    if (rc == OK) {
        rc = store_migrate(s, time_now(), err);
    }
    if (rc == OK) {
        s->phase = PHASE_SERVE;
        rc = store_query_only(s, err, true);
    }
    if (rc != OK) {
        store_close(s);
        return rc;
    }
    *ret_s = s;
    return OK;
}

enum rc
store_open(const struct store_options *opt, struct err *err, struct store **ret_s)
{
    return store_open_def(opt, schema_of(opt->schema), err, ret_s);
}

void
store_close(struct store *s)
{
    if (s == NULL) {
        return;
    }
    wtx_rollback(&s->tx);
    rtx_end(&s->tx.r);
    store_forget_statements(s);
    for (size_t i = 0; i < CTL_COUNT; i++) {
        sqlite3_finalize(s->control[i]);
    }
    if (s->db != NULL && (s->state == STORE_POISONED || s->read_only)) {
        /* Closing would copy the log into the database: what it holds is not known any more, or it
         * is its writer's. */
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    int code = sqlite3_close(s->db);
    assert(code == SQLITE_OK);
    (void)code;
    if (s->copied_fd >= 0) {
        close(s->copied_fd);
    }
    free(s->path);
    free(s);
}

/* --- what else an owner may ask -------------------------------------------------------------- */

enum store_state
store_state(const struct store *s)
{
    return s->state;
}

int64_t
store_schema_version(const struct store *s)
{
    return s->version;
}

void
store_rest(struct store *s)
{
    if (!s->tx.r.open) {
        store_forget_statements(s);
        (void)sqlite3_db_release_memory(s->db);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
        s->rests = true;
        (void)malloc_trim(0);
    }
}

enum rc
store_check(struct store *s, struct err *err)
{
    TRY(store_need_sound(s, err));
    if (s->tx.r.open) {
        return fail(err, RC_BROKEN, E_BROKEN, "check inside a transaction");
    }
    TRY(need_word(s, err, E_STORE_DAMAGED, "PRAGMA integrity_check(1)", "ok"));
    return need_word(s, err, E_STORE_DAMAGED, "PRAGMA foreign_key_check", "nothing");
}

/* Whether a table's ids are made by us is seen by its name in the book of ids. */
static enum rc
check_ids_of(struct store *s, const char *table, struct err *err)
{
    char text[256];
    int64_t given = 0;
    int64_t greatest = 0;
    (void)snprintf(text, sizeof(text),
                   "SELECT coalesce(max(last_number), 0) FROM id_counter WHERE table_name = '%s'",
                   table);
    TRY(store_number(s, err, text, &given));
    if (given == 0) {
        return OK;
    }
    (void)snprintf(text, sizeof(text), "SELECT coalesce(max(id), 0) FROM \"%s\"", table);
    TRY(store_number(s, err, text, &greatest));
    return greatest <= given ? OK
                             : fail(err, RC_BROKEN, E_STORE_IDS, "%s has %lld, given were %lld",
                                    table, (long long)greatest, (long long)given);
}

enum rc
store_check_ids(struct store *s, struct err *err)
{
    TRY(store_need_sound(s, err));
    for (size_t i = 0; i < s->def->n_tables; i++) {
        TRY(check_ids_of(s, s->def->tables[i].name, err));
    }
    return OK;
}
