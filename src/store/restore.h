/* restore.h: an older state of a store comes back, table by table as the schema declares it:
 * `content` is the state's, `present` stays, `merge (rule)` follows its rule. Other stores are not
 * touched. */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "store/schema.h"

enum restore_class {
    RESTORE_UNKNOWN, /* no class that this program knows; a test finds it before anybody else */
    RESTORE_CONTENT, /* travels back */
    RESTORE_PRESENT, /* stays */
    RESTORE_GREATER, /* merge: of a name's two numbers the greater one */
    RESTORE_ACCESS   /* merge: who may see a thing, which its first column names, stays as it is
                        where that is there today, and travels back with it where it is not */
};
enum restore_class restore_class_of(const struct schema_table *t);
/* Rows of it travel back, all or some. */
bool restore_travels(const struct schema_table *t);
/* The column of a table of content that decides who sees the row: it stays as it is today in rows
 * that are there. STR_NONE: none. */
struct str restore_kept_column(const struct schema_table *t);

/* One table, in the present and in the state. What came, went and changed is what a restore of
 * content does; in tables of other classes it is what does not travel back. */
struct restore_table {
    const char *name;
    enum restore_class class;
    int64_t present, state;      /* rows */
    int64_t came, went, changed; /* in the state only, in the present only, in both but different */
    int64_t loosened, dropped;   /* rows of the present that referred to content which is gone: the
                                    reference went, or the row */
    int64_t kept;                /* rows that stay, or a column of them, because they decide who may
                                    see something of today; not among those that came and went */
    bool lost;                   /* of restore_rescue(): could not be read */
};

enum restore_kind { RESTORE_CAME = 1, RESTORE_WENT, RESTORE_CHANGED };
/* A column of a row that is in both; as text, valid until the sink returns. */
struct restore_change {
    const char *column;
    struct str then, now; /* in the state, in the present; STR_NONE: nothing */
};
struct restore_row {
    const struct restore_table *table;
    enum restore_kind kind;
    const char *key;     /* its key's values, with blanks between */
    const char *columns; /* when it changed: their names, with blanks between; else "" */
    const struct restore_change *changes;
    size_t n_changes;
    struct rtx *tx; /* of the store that has it: the state's, but the present's when it went */
};
/* Takes each row that differs. Not called for secret tables. */
struct restore_sink {
    enum rc (*row)(void *arg, const struct restore_row *row, struct err *err);
    void *arg;
};

/* What differs between two stores of the same schema; ret_tables has the schema's n_tables.
 * Constant memory. sink may be NULL. */
MUST enum rc restore_diff(struct store *present, struct store *state,
                          const struct restore_sink *sink, struct err *err,
                          struct restore_table *ret_tables);
/* Builds the file `next` from the closed store at `path` (whose key it keeps) and the open state,
 * which has the same schema; `tables` come from restore_diff(), and learn what was let go. On
 * failure `next` is gone. RC_CONFLICT E_BUSY: the store is open; RC_CONFLICT E_RESTORE_REFERENCE:
 * the state's content refers to something of the present that is not there; E_STORE_FULL; RC_IO. */
MUST enum rc restore_build(struct store *state, const char *path, const char *next,
                           const uint8_t *key, struct err *err, struct restore_table *tables);
/* The same when pages of the closed store at `path` cannot be read any more: `next` becomes a copy
 * of the closed file at `state`, with what is not content taken from the store table by table. A
 * table that is damaged is `lost`: accounts, what is demanded of people and the audit are then the
 * state's (of the console's store agencies, prices, charges and states too), ids go on far behind
 * it, anything else is empty. When accounts or a secret table are lost, every secret table and the
 * outbox are empty (*ret_shut): what was a password, a session or a right of then opens nothing
 * (decision 108). RC_CONFLICT E_RESTORE_WHOLE: every page of the store can be read.
 */
MUST enum rc restore_rescue(enum store_schema schema, const char *path, const char *state,
                            const char *next, const uint8_t *key, struct err *err,
                            struct restore_table *ret_tables, bool *ret_shut);
/* The damaged store gets the name `kept` beside its own, and `next` its place: like restore_swap().
 * Asked again after it was killed between the two, it goes on. On failure before it has its place
 * the store is as it was, with its log, and `kept` is gone; where that fails as well, as
 * restore_swap_again() leaves it. RC_IO: also when `kept` is another file. */
MUST enum rc restore_swap_kept(const char *path, const char *next, const char *kept,
                               struct err *err);
/* Before anybody opens the store at `path` again: if that was killed or failed when the log was
 * with `kept` already, but the damaged store still at its place, the log goes back to it and the
 * name `kept` goes, for without the log what people did last would be missing and look like read.
 * RC_IO: it cannot; then nobody may open the store, for a log that comes back behind later writes
 * undoes them. */
MUST enum rc restore_swap_again(const char *path, const char *kept, struct err *err);
/* `next` takes the store's place. Both are closed. Until it returns OK, and whenever it is killed,
 * the store is one or the other, whole. */
MUST enum rc restore_swap(const char *path, const char *next, struct err *err);

#endif
