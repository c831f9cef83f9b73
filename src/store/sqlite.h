/* sqlite.h: inside the store only: the open database, its authorizer's state and the statement
 * cache. sqlite.c opens and judges errors, stmt.c runs statements, tx.c bounds them, migrate.c
 * changes the schema. Nothing outside src/store includes this file (tests of the store do). */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store/schema.h"
#include "store/sql.h"

enum {
    STORE_KEY_BYTES = 32,
    STORE_RESERVED_BYTES =
        64,                  /* AEGIS-256: 32 of nonce, 32 of tag; less means pages without a tag */
    STORE_CACHE_KIB = 1024,  /* page cache */
    STORE_WAL_FRAMES = 1024, /* 4 MiB: checkpoint after a commit that passes it */
    STORE_BUSY_MS = 200,     /* waits so long for another process's lock, then RC_BUSY */
    STORE_READ_LIMIT_US = 2000000, /* one statement of a read transaction */
    STORE_STMT_SLOTS = 512,        /* of the cache; a power of two */
    STORE_STMT_MAX = 384           /* kept statements; then all idle ones go */
};

/* What the authorizer allows beside owners' statements; asked when a statement is prepared. */
enum phase { PHASE_OPEN, PHASE_MIGRATE, PHASE_SERVE };

/* One kept statement. A nested use of a busy one prepares another for that use. */
struct cached {
    const struct sql_stmt *key; /* NULL: free */
    sqlite3_stmt *h;
    bool content; /* writes a table that is not book-keeping: counts for the touch rule */
    bool busy;
};

struct rtx {
    struct store *s;
    struct arena *mem;
    struct err *err;
    struct instant now;
    struct actor who;
    bool open, write;
    enum rc dead; /* SQLite has rolled back by itself: every later call gives this */
};

struct wtx {
    struct rtx r;
    int64_t changed; /* rows of content */
    bool touched, untouched_is_right;
};

/* The store's own texts for transactions, kept prepared. */
enum control {
    CTL_READ,
    CTL_WRITE,
    CTL_COMMIT,
    CTL_ROLLBACK,
    CTL_SAVE,
    CTL_BACK,
    CTL_RELEASE,
    CTL_COUNT
};

struct store {
    sqlite3 *db;
    const struct schema_def *def;
    char *path;
    enum phase phase;
    enum store_state state;
    bool read_only, as_is;
    int64_t version;
    const char *owner; /* of the statement being prepared or run; NULL: the store's own text */
    bool content;      /* set by the authorizer: what is being prepared writes content */
    bool query_only;   /* how PRAGMA query_only stands */
    bool rests;        /* since store_rest: the small allocations have no pool of their own */
    int64_t read_limit_us, deadline_us; /* deadline 0: none */
    int wal_frames;
    uint64_t failed_reads; /* of the process when this store was opened */
    int copied_fd;         /* the database file as migrate.c read it, open until the end, or -1 */
    struct wtx tx;         /* the only one; r.open says whether it runs */
    sqlite3_stmt *control[CTL_COUNT];
    struct cached cache[STORE_STMT_SLOTS];
    size_t n_cached;
};

/* --- disk.c ---------------------------------------------------------------------------------- */
/* Name of the file layer that databases are opened with; registered at the first call. */
const char *store_disk(void);
/* How many reads have failed in this process. */
uint64_t store_disk_failed_reads(void);
/* The layer that disk.c is put on; tests set another one before the first call. */
extern const char *store_disk_below;

/* --- sqlite.c -------------------------------------------------------------------------------- */
/* Turns a result code of SQLite into ours, with the first cause in err; an I/O error poisons the
 * store. */
MUST enum rc store_fail(struct store *s, struct err *err, int code, const char *what);
/* Runs the store's own text, which gives no rows that matter. */
MUST enum rc store_exec(struct store *s, struct err *err, const char *text);
/* The same for a text that gives one number. */
MUST enum rc store_number(struct store *s, struct err *err, const char *text, int64_t *ret_n);
/* A read transaction may prepare but not run what writes. The PRAGMA acts while it is being
 * prepared, which is all that is done here: running it would also expire every kept statement. It
 * costs 2.5 µs, twice for each POST beside some 350 µs of it; a GET finds it on and pays nothing.
 */
MUST enum rc store_query_only(struct store *s, struct err *err, bool on);
/* Makes a new or removed name durable. */
MUST enum rc store_sync_folder(const char *path, struct err *err);
/* store_open() with a schema of one's own (the store's tests). */
MUST enum rc store_open_def(const struct store_options *opt, const struct schema_def *def,
                            struct err *err, struct store **ret_s);
/* RC_IO once the store is poisoned, which a read that has failed since it was opened does as well.
 */
MUST enum rc store_need_sound(struct store *s, struct err *err);

/* --- snapshot.c ------------------------------------------------------------------------------ */
enum { STORE_ORDER_BYTES = 4300 };
/* "SELECT * FROM t ORDER BY 1, 2": by the columns of the primary key, or by all where there is
 * none; ret_key (100) gets their places from 0. */
MUST enum rc store_order_by_key(struct store *s, struct err *err, const char *table,
                                char ret_text[static STORE_ORDER_BYTES], int *ret_key,
                                int *ret_n_key);

/* --- image.c --------------------------------------------------------------------------------- */
/* A database file under its key without a store round it: no authorizer, no walls, for copies that
 * nobody else sees yet. RC_DENIED E_STORE_KEY when it does not open. */
MUST enum rc store_raw_open(const char *path, const uint8_t *key, struct err *err,
                            sqlite3 **ret_db);
/* SQLite's own result code. */
int store_raw_run(sqlite3 *db, const char *text);
/* A database file with its log and journal. What is not there is as good as removed. */
void store_drop_file(const char *path);

/* --- same.c ---------------------------------------------------------------------------------- */
/* In memory, without rows: what the migrations up to that version make of nothing. */
MUST enum rc store_fresh(const struct schema_def *def, int64_t version, struct err *err,
                         sqlite3 **ret_db);

/* --- stmt.c ---------------------------------------------------------------------------------- */
MUST enum rc store_control(struct store *s, struct err *err, enum control c);
/* Gives all kept statements back; none may be running. */
void store_forget_statements(struct store *s);
/* The transaction runs, and its store is sound. */
MUST enum rc store_need_use(struct rtx *tx, const char *what);
/* store_fail() for a statement of a transaction, which may be over by it. */
MUST enum rc store_judge(struct rtx *tx, int code, const char *what);

/* --- migrate.c ------------------------------------------------------------------------------- */
/* Brings the schema up to the program's in one transaction. Leaves s->state and s->version right.
 */
MUST enum rc store_migrate(struct store *s, struct instant now, struct err *err);

#endif
