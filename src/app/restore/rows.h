/* rows.h: what differs between a state and the present, row by row, for people: by the words they
 * know a record by, with the values of then and now where these may be shown. */
#ifndef APP_RESTORE_ROWS_H
#define APP_RESTORE_ROWS_H

#include <jansson.h>

#include "app/restore/record_kind.h"

enum { ROWS_TOLD_MAX = 200, ROWS_TABLE_MAX = 40, ROWS_TOLD_BYTES = 40000, ROWS_VALUE_MAX = 80 };

/* words: only what came or changed and has them in its label or note ("": all that differs, of each
 * table the first ROWS_TABLE_MAX). */
struct rows_told {
    json_t *rows; /* [{table, what, key, columns, label, note, day, changes: [{column, then, now}],
                     hidden: how many more that are not shown}] */
    struct arena *mem;
    struct str words;
    size_t bytes;
    const struct restore_table *table; /* whose rows come at the moment */
    int of_table;                      /* how many of them were told */
    bool full;                         /* no further ones are told */
    bool more;                         /* there were some */
};
/* The beginning, whole characters, with an ellipsis. */
struct str rows_cut(struct arena *mem, struct str s);
/* A restore_sink's function; arg: struct rows_told. */
MUST enum rc rows_tell(void *arg, const struct restore_row *row, struct err *err);

#endif
