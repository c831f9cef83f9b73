/* sqlite.c: opens one encrypted database, refuses to go on when a wall is missing, asks the authorizer
 * about every statement that is prepared, and turns SQLite's result codes into ours. What is asserted at
 * open is what processes.md calls for: with fewer than 64 reserved bytes the cipher silently falls back
 * to pages without authentication. */
#include "store/sqlite.h"

#include <malloc.h>

#include "base/time.h"

/* --- result codes -------------------------------------------------------------------------------- */

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
        return fail(err, RC_DENIED, E_STORE_KEY, "%s", what);
    case SQLITE_CORRUPT:
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "%s: %d", what, extended);
    case SQLITE_READONLY:
        return fail(err, RC_CONFLICT, E_STORE_READ_ONLY, "%s: %d", what, extended);
    case SQLITE_NOMEM:
        return fail(err, RC_LIMIT, E_NO_MEMORY, "%s", what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        /* After a failed write or fsync nothing in memory can be trusted, and a second fsync may lie. */
        s->state = STORE_POISONED;
        return fail(err, RC_IO, E_IO, "%s: %d", what, extended);
    default:
        return fail(err, RC_BROKEN, E_BROKEN, "%s: %d %s", what, extended, sqlite3_errmsg(s->db));
    }
}

enum rc
store_need_sound(struct store *s, struct err *err)
{
    return s->state == STORE_POISONED ? fail(err, RC_IO, E_IO, "store is poisoned") : OK;
}

/* --- own texts ------------------------------------------------------------------------------------- */

enum rc
store_exec(struct store *s, struct err *err, const char *text)
{
    s->owner = NULL;
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : store_fail(s, err, code, text);
}

enum rc
store_number(struct store *s, struct err *err, const char *text, int64_t *ret_n)
{
    sqlite3_stmt *h = NULL;
    s->owner = NULL;
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(h);
    }
    enum rc rc = OK;
    if (code == SQLITE_ROW) {
        *ret_n = sqlite3_column_int64(h, 0);
    } else {
        rc = store_fail(s, err, code == SQLITE_DONE ? SQLITE_ERROR : code, text);
    }
    sqlite3_finalize(h);
    return rc;
}

/* A text that gives one word, compared. */
static enum rc
need_word(struct store *s, struct err *err, const char *text, const char *want)
{
    sqlite3_stmt *h = NULL;
    s->owner = NULL;
    int code = sqlite3_prepare_v2(s->db, text, -1, &h, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(h);
    }
    enum rc rc = OK;
    const unsigned char *got = code == SQLITE_ROW ? sqlite3_column_text(h, 0) : NULL;
    if (got == NULL) {
        rc = store_fail(s, err, code == SQLITE_DONE ? SQLITE_ERROR : code, text);
    } else if (strcmp((const char *)got, want) != 0) {
        rc = fail(err, RC_BROKEN, E_BROKEN, "%s: %s", text, (const char *)got);
    }
    sqlite3_finalize(h);
    return rc;
}

/* --- authorizer -------------------------------------------------------------------------------------- */

static bool
is_own_book(const char *table)
{
    return strcmp(table, "audit") == 0 || strcmp(table, "id_counter") == 0;
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
    if (t == NULL || !t->secret) {
        return SQLITE_OK;
    }
    return s->owner != NULL && strcmp(t->owner, s->owner) == 0 ? SQLITE_OK : SQLITE_DENY;
}

/* Constant for the life of a connection but for the phase: no ATTACH, no PRAGMA and no DDL once it
 * serves, writes by the table's owner only. Triggers of the schema run under the statement's owner. */
static int
authorize(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
    struct store *s = arg;
    (void)b;
    (void)c;
    (void)d;
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH) {
        return SQLITE_DENY;
    }
    if (s->phase != PHASE_SERVE) {
        return SQLITE_OK;
    }
    switch (action) {
    case SQLITE_READ:
        return may_read(s, a);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return may_write(s, a);
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return SQLITE_OK;
    default:
        return s->checking ? SQLITE_OK : SQLITE_DENY;
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

/* --- open -------------------------------------------------------------------------------------------- */

static enum rc
set_key(struct store *s, const uint8_t *key, struct err *err)
{
    char text[STORE_KEY_BYTES * 2 + 1], raw[sizeof(text) + 8];
    hex_print(key, STORE_KEY_BYTES, text);
    int n = snprintf(raw, sizeof(raw), "raw:%s", text);
    TRY(store_exec(s, err, "PRAGMA cipher = 'aegis'"));
    int code = sqlite3_key(s->db, raw, n);
    explicit_bzero(text, sizeof(text));
    explicit_bzero(raw, sizeof(raw));
    return code == SQLITE_OK ? OK : store_fail(s, err, code, "key");
}

static enum rc
set_walls(struct store *s, struct err *err)
{
    static const char *const texts[] = {
        "PRAGMA secure_delete = 1", "PRAGMA temp_store = 2",       "PRAGMA foreign_keys = 1",
        "PRAGMA trusted_schema = 0", "PRAGMA cell_size_check = 1", "PRAGMA cache_size = -1024",
        "PRAGMA mmap_size = 0",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        TRY(store_exec(s, err, texts[i]));
    }
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
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
    if (!s->read_only) {
        TRY(need_word(s, err, "PRAGMA journal_mode = WAL", "wal"));
        TRY(store_exec(s, err, "PRAGMA synchronous = FULL"));
        TRY(store_exec(s, err, "PRAGMA wal_autocheckpoint = 0"));
    }
    TRY(need_word(s, err, "PRAGMA cipher", "aegis"));
    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    if (reserved != STORE_RESERVED_BYTES) {
        return fail(err, RC_BROKEN, E_BROKEN, "%d reserved bytes", reserved);
    }
    return OK;
}

static enum rc
open_handle(struct store *s, const struct store_options *opt, struct err *err)
{
    int flags = opt->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (opt->create && !opt->read_only) {
        flags |= SQLITE_OPEN_CREATE;
    }
    int code = sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOFOLLOW, NULL);
    if (code != SQLITE_OK) {
        return store_fail(s, err, code, "open");
    }
    (void)sqlite3_extended_result_codes(s->db, 0);
    (void)sqlite3_set_authorizer(s->db, authorize, s);
    sqlite3_progress_handler(s->db, 4096, on_progress, s);
    (void)sqlite3_wal_hook(s->db, on_wal, s);
    TRY(set_key(s, opt->key, err));
    TRY(set_walls(s, err));
    return need_walls(s, err);
}

enum rc
store_open(const struct store_options *opt, struct err *err, struct store **ret_s)
{
    struct store *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->path = strdup(opt->path)) == NULL) {
        free(s);
        return fail(err, RC_LIMIT, E_NO_MEMORY, "store");
    }
    s->def = schema_of(opt->schema);
    s->read_only = opt->read_only;
    s->read_limit_us = STORE_READ_LIMIT_US;
    s->snapshot_fd = -1;
    enum rc rc = open_handle(s, opt, err);
    if (rc == OK) {
        rc = store_migrate(s, time_now(), err);
    }
    if (rc != OK) {
        store_close(s);
        return rc;
    }
    s->phase = PHASE_SERVE;
    *ret_s = s;
    return OK;
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
    if (s->db != NULL && !s->read_only && s->state != STORE_POISONED) {
        (void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    (void)sqlite3_close_v2(s->db);
    free(s->path);
    free(s);
}

/* --- what else an owner may ask ------------------------------------------------------------------------- */

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
        (void)malloc_trim(0);
    }
}

enum rc
store_check(struct store *s, struct err *err)
{
    int64_t broken = 0;
    TRY(store_need_sound(s, err));
    if (s->tx.r.open) {
        return fail(err, RC_BROKEN, E_BROKEN, "check inside a transaction");
    }
    s->checking = true;
    enum rc rc = need_word(s, err, "PRAGMA integrity_check(1)", "ok");
    if (rc == OK) {
        rc = store_number(s, err, "SELECT count(*) FROM pragma_foreign_key_check", &broken);
    }
    s->checking = false;
    if (rc == OK && broken > 0) {
        rc = fail(err, RC_BROKEN, E_STORE_DAMAGED, "%lld foreign keys", (long long)broken);
    }
    return rc;
}
