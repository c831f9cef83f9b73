/* store.h: one workspace's database behind an engine. Only store/ knows SQLite; everything above
 * sees transactions and the functions that sqlgen wrote.
 *
 * The transaction is the proof: `struct rtx` and `struct wtx` are opaque, bound to one open store,
 * and made by tx_* below only, which guard/dispatch (requests), proc/ and cli/ (tx_as_system) call.
 * A function that was given a wtx need not ask who is calling. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdio.h>

#include "archive/print.h"
#include "base/arena.h"
#include "base/types.h"

struct store;
struct rtx; /* a consistent read */
struct wtx; /* a write in one transaction; wtx_read() reads in it */

enum store_schema { SCHEMA_WORKSPACE, SCHEMA_SYSTEM };

struct store_options {
    const char *path; /* data.db; created when create is set */
    enum store_schema schema;
    const uint8_t *key; /* 32 bytes, from keymgr; copied into SQLite and wiped by the caller */
    bool create;
    bool read_only;
    bool as_is; /* nothing is brought up to date: an older schema is STORE_OLD_SCHEMA */
};

enum store_state {
    STORE_READY,
    STORE_OLD_SCHEMA, /* a migration failed: the old schema, read-only; store_open's err says why */
    STORE_POISONED /* an I/O error happened: every call gives RC_IO, the process must start again */
};

/* Opens, keys, asserts (cipher aegis, 64 reserved bytes, temp store in memory, secure delete, WAL,
 * synchronous=FULL, foreign keys, trusted schema off, defensive, no ATTACH by authorizer) and
 * migrates: all pending migrations in one transaction, checksums recorded, after an encrypted local
 * copy
 * (`path` + ".before-N") that goes when they are through. When one fails, the old schema stays and
 * is opened read-only: OK, STORE_OLD_SCHEMA, cause in err. RC_DENIED with E_STORE_KEY when the key
 * does not fit; RC_CONFLICT E_STORE_NEWER when the schema is newer than this program; RC_CONFLICT
 * E_STORE_OLDER when it is older and read_only was asked for; RC_BROKEN E_STORE_CHECKSUM when a
 * migration that ran is not the program's; RC_BROKEN E_STORE_DAMAGED when pages do not pass their
 * authentication; RC_BUSY; RC_IO. */
MUST enum rc store_open(const struct store_options *opt, struct err *err, struct store **ret_s);
/* A closed store under another key (32 bytes each). Killed at any moment, the file is whole under
 * one of the two. RC_DENIED E_STORE_KEY: the old one does not open it; RC_CONFLICT: it is open;
 * RC_BROKEN, RC_IO: nothing has changed. */
MUST enum rc store_rekey(const char *path, const uint8_t *old_key, const uint8_t *new_key,
                         struct err *err);
/* Checkpoints (unless it is read only) and closes; NULL is fine. A transaction that still runs is
 * rolled back. */
void store_close(struct store *s);
enum store_state store_state(const struct store *s);
/* Runs PRAGMA integrity_check and foreign_key_check outside a transaction; RC_BROKEN with the first
 * finding in err. */
MUST enum rc store_check(struct store *s, struct err *err);
/* Its tables, indexes, views and triggers are exactly those that the program's migrations up to its
 * version make, word for word: a store from elsewhere brings no rule of its own and lacks none.
 * RC_BROKEN E_ARCHIVE_SCHEMA with the first that differs in err. */
MUST enum rc store_check_schema(struct store *s, struct err *err);
/* No table has an id that was not given (id_counter), or it would be given a second time. RC_BROKEN
 * E_STORE_IDS with the table. */
MUST enum rc store_check_ids(struct store *s, struct err *err);
/* After five idle seconds: give memory back (sqlite3_release_memory, malloc_trim). */
void store_rest(struct store *s);
int64_t store_schema_version(const struct store *s);

/* --- the whole store as a stream -------------------------------------------------------------- */
struct snapshot_table {
    const char *name;
    int64_t rows;
    uint8_t checksum[32]; /* BLAKE2b-256 over its rows by primary key; doc/archive-format.md */
};

/* Who takes it. `tables` comes first and once: all tables of the schema by name, and how many bytes
 * the image has. Then `page` gives the image piece by piece: a plain SQLite database. */
struct snapshot_sink {
    void *arg;
    enum rc (*tables)(void *arg, const struct snapshot_table *tables, size_t n, uint64_t bytes,
                      struct err *err);
    enum rc (*page)(void *arg, struct bytes b, struct err *err);
};

/* Everything of one read transaction, while others may write: counts and checksums are those of the
 * image. Constant memory; nothing is written anywhere, the image is plain in the sink's hands only.
 * RC_BROKEN inside a transaction, and E_STORE_DAMAGED when a page does not pass its authentication;
 * a failure of the sink ends it. */
MUST enum rc store_snapshot(struct store *s, const struct snapshot_sink *sink, struct err *err);

/* The same sums for the tables of these names, which must be all that there are, in a store of
 * whatever schema, by name. RC_BROKEN: there are others, or one is missing. */
MUST enum rc store_sums(struct store *s, const char *const *names, size_t n, struct err *err,
                        struct snapshot_table *ret_tables);

/* --- every table as text ---------------------------------------------------------------------- */
/* Each table, once for each kind, is printed into `to` between `begin` and `end`, and once more
 * when `end` says so: who has to write its length before it takes that the first time. */
struct print_sink {
    void *arg;
    FILE *to;
    enum rc (*begin)(void *arg, const char *table, enum print_kind kind, struct err *err);
    enum rc (*end)(void *arg, struct err *err, bool *ret_again);
};
/* Everything of one read transaction but the tables that the schema calls secret, which are of use
 * to this server only. A failure of the sink ends it; whether all that was printed arrived is for
 * the sink to ask of its file. */
MUST enum rc store_print(struct store *s, const struct print_sink *sink, struct err *err);

/* These tables of a file that nobody has open lose all their rows, whatever its triggers and
 * references say; what refers to them is for store_check() to find. When it fails the file is worth
 * nothing. */
MUST enum rc store_empty_tables(const char *path, const uint8_t *key, const char *const *names,
                                size_t n, struct err *err);

/* --- such an image becomes a file ------------------------------------------------------------- */
struct store_image;
/* A new file under this key; one of that name goes. Until store_image_end() it is worth nothing. */
MUST enum rc store_image_begin(const char *path, const uint8_t *key, struct err *err,
                               struct store_image **ret_image);
/* The next bytes, in pieces of any size. RC_BROKEN E_STORE_DAMAGED: not an image of ours. */
MUST enum rc store_image_put(struct store_image *i, struct bytes b, struct err *err);
/* All of it is there and on the disk: store_open() opens it. What is inside was not looked at. */
MUST enum rc store_image_end(struct store_image *i, struct err *err);
/* Frees; when it was not ended, the file goes. NULL is fine. */
void store_image_drop(struct store_image *i);

/* --- transactions ------------------------------------------------------------------------------
 */
/* Whose act this is; copied into audit rows. */
struct actor {
    struct user_id user; /* 0 for the system and for nobody yet signed in */
    const char *reason;  /* literal, for the system: "cli user.add"; NULL for people */
    struct str network;  /* coarse client network, for security events; STR_NONE otherwise */
};

/* One transaction at a time for each store: a nested begin is RC_BROKEN.
 *
 * Errors of statements, by class and code: a value that must be unique RC_CONFLICT E_STORE_TAKEN; a
 * row that others refer to, or a reference to none RC_CONFLICT E_STORE_REFERENCE; an immutable row
 * RC_CONFLICT E_STORE_IMMUTABLE; another rule of the schema RC_BROKEN; a read of more than 2 s
 * RC_LIMIT E_STORE_SLOW; disk full RC_IO E_STORE_FULL (the store goes on); any other I/O error
 * RC_IO E_IO (the store is poisoned). */

/* Read transaction: PRAGMA query_only for its life. */
MUST enum rc rtx_begin(struct store *s, struct arena *mem, struct instant now,
                       const struct actor *who, struct err *err, struct rtx **ret_tx);
void rtx_end(struct rtx *tx);
/* BEGIN IMMEDIATE. RC_CONFLICT E_STORE_READ_ONLY when the store is. */
MUST enum rc wtx_begin(struct store *s, struct arena *mem, struct instant now,
                       const struct actor *who, struct err *err, struct wtx **ret_tx);
/* RC_BROKEN (and rolled back) when rows changed (other than in audit, id_counter and once_key) but
 * wtx_touched() was never called, or the other way round, unless wtx_allow_untouched() was.
 * RC_BUSY: run the whole verb again. Whatever it returns, the transaction is over. */
MUST enum rc wtx_commit(struct wtx *tx);
void wtx_rollback(struct wtx *tx); /* after commit: no effect */
struct rtx *wtx_read(struct wtx *tx);

struct arena *rtx_mem(struct rtx *tx);
struct err *rtx_err(struct rtx *tx);
struct instant rtx_now(struct rtx *tx);
const struct actor *rtx_actor(struct rtx *tx);
/* The store could not be brought up to date (STORE_OLD_SCHEMA): what came with a later migration is
 * not there, and who can do without it does. */
bool rtx_is_old(struct rtx *tx);
static inline struct user_id
rtx_user(struct rtx *tx)
{
    return rtx_actor(tx)->user;
}
#define wtx_mem(tx) rtx_mem(wtx_read(tx))
#define wtx_err(tx) rtx_err(wtx_read(tx))
#define wtx_now(tx) rtx_now(wtx_read(tx))
#define wtx_user(tx) rtx_user(wtx_read(tx))

/* The next id of a table, never given twice, also not after deletion (row in id_counter). */
MUST enum rc wtx_new_id(struct wtx *tx, const char *table, int64_t *ret_id);
/* Called by guard's touch() and by nobody else. */
void wtx_touched(struct wtx *tx);
/* The commit is right without an audit row (session times, throttle counters): reason is a literal.
 */
void wtx_allow_untouched(struct wtx *tx, const char *reason);
/* A savepoint round fn: when fn fails, its writes are undone and its rc is returned; the
 * transaction goes on. */
MUST enum rc wtx_try(struct wtx *tx, enum rc (*fn)(struct wtx *tx, void *arg), void *arg);

#endif
