/* record.h: single rows of tables that travel back (restore_travels()), read out of one store and
 * written into another of the same schema, whatever table they are of. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "store/restore.h"

enum { RECORD_COLUMNS_MAX = 100, RECORD_REFS_MAX = 16 };

enum record_type { RECORD_NULL = 1, RECORD_NUMBER, RECORD_TEXT, RECORD_BYTES };
struct record_value {
    enum record_type type;
    int64_t number;
    struct str text; /* or bytes */
};

/* A column that refers to a row of another table by its id. */
struct record_ref {
    int column;
    const struct schema_table *table;
    bool needed; /* it may not be empty */
};
struct record_shape {
    const struct schema_table *table;
    const char *names[RECORD_COLUMNS_MAX];
    int n, n_key, n_refs;
    int key[RECORD_COLUMNS_MAX];
    struct record_ref refs[RECORD_REFS_MAX];
};

/* RC_MISSING E_MISSING: no such table, or one that does not travel back. */
MUST enum rc record_shape(struct rtx *tx, struct str table, const struct record_shape **ret_sh);
/* -1: it has none of that name. */
int record_column(const struct record_shape *sh, const char *name);

/* The row of this key (n_key values), sh->n values in the arena. */
MUST enum rc record_find(struct rtx *tx, const struct record_shape *sh,
                         const struct record_value *key, struct record_value **ret_v,
                         bool *ret_found);
/* Is there a row of this id? Any table. */
MUST enum rc record_is_there(struct rtx *tx, const struct schema_table *t, int64_t id,
                             bool *ret_there);
/* The rows whose column holds this number, by their key; more than `max`: RC_LIMIT E_LIMIT. */
MUST enum rc record_list(struct rtx *tx, const struct record_shape *sh, int column, int64_t number,
                         size_t max, struct record_value ***ret_rows, size_t *ret_n);

/* As transactions of store.h: the caller says who did what (touch()), the schema's rules hold.
 * RC_CONFLICT E_STORE_TAKEN, E_STORE_REFERENCE, E_STORE_IMMUTABLE. */
MUST enum rc record_insert(struct wtx *tx, const struct record_shape *sh,
                           const struct record_value *v);
/* All that is not of its key. RC_CONFLICT E_STALE: there is no such row. */
MUST enum rc record_change(struct wtx *tx, const struct record_shape *sh,
                           const struct record_value *v);
MUST enum rc record_remove(struct wtx *tx, const struct record_shape *sh,
                           const struct record_value *v);

/* The values of a row's key, in the arena. */
const struct record_value *record_key(struct arena *mem, const struct record_shape *sh,
                                      const struct record_value *v);
bool record_same(const struct record_value *a, const struct record_value *b, int n);

#endif
