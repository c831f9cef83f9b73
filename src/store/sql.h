/* sql.h: how sqlgen's output and the engine meet. Written by hand only here and in store/. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/store.h"

enum sql_type { SQL_I64 = 1, SQL_I32, SQL_FLAG, SQL_TEXT, SQL_BLOB };

/* One member of an in or row struct: where it lies and what its none value is (by type). */
struct sql_slot {
    char name[36]; /* no pointer: such tables need nothing of the loader, and all processes share
                      them */
    enum sql_type type;
    bool id; /* SQL_I64 whose none is 0 (ids and instants), not NONE_I64 */
    size_t off;
};

/* One statement: a static constant in a generated header; its address is its identity (cached). */
struct sql_stmt {
    const char *name;   /* "time_of_day" */
    const char *owner;  /* "time": the folder; the authorizer holds writes to that owner's tables */
    const char *sqlite; /* parameters as ?1, ?2 … */
    const char *postgres; /* parameters as $1, $2 … */
    const struct sql_slot *in;
    const struct sql_slot *row;
    uint16_t n_in, n_row;
    uint32_t row_size;
    uint32_t max_rows; /* :list bound */
    bool writes;
};

MUST enum rc sql_one(struct rtx *tx, const struct sql_stmt *st, const void *in, void *ret_row);
MUST enum rc sql_maybe(struct rtx *tx, const struct sql_stmt *st, const void *in, void *ret_row,
                       bool *ret_found);
MUST enum rc sql_list(struct rtx *tx, const struct sql_stmt *st, const void *in, void **ret_rows,
                      size_t *ret_n);
MUST enum rc sql_each(struct rtx *tx, const struct sql_stmt *st, const void *in,
                      enum rc (*fn)(void *arg, const void *row), void *arg);
MUST enum rc sql_run(struct wtx *tx, const struct sql_stmt *st, const void *in,
                     int64_t *ret_changed);
MUST enum rc sql_change(struct wtx *tx, const struct sql_stmt *st, const void *in);
/* A writing statement with RETURNING. */
MUST enum rc sql_write_one(struct wtx *tx, const struct sql_stmt *st, const void *in,
                           void *ret_row);

#endif
