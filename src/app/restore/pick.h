/* pick.h: single records out of a loaded state, with all that a take needs of it. */
#ifndef APP_RESTORE_PICK_H
#define APP_RESTORE_PICK_H

#include "app/restore/record_kind.h"

struct json_t;

enum { PICK_NAMES_MAX = 100, PICK_ROWS_MAX = 500, PICK_BYTES_MAX = 80000 };

/* An order: names with blanks between; "+parents": what they refer to may come along, "+overwrite":
 * what is there today is set back; "+order:12": whose it is (order.h). RC_INVALID
 * E_RESTORE_RECORD. */
struct pick_order {
    bool parents, overwrite;
    int64_t order; /* 0: the operator's */
    struct record_name names[PICK_NAMES_MAX];
    size_t n;
};
MUST enum rc pick_parse(struct str text, struct err *err, struct pick_order *ret_o);

/* The rows: {state, order, parents, overwrite, rows: [{table, role, values} …]}; role "named",
 * "part" (it belongs to one of these), "parent" (one of these refers to it). For json_decref().
 * RC_MISSING E_RESTORE_RECORD: one is not in this state; RC_LIMIT E_RESTORE_MANY. */
MUST enum rc pick_records(struct rtx *state, struct str state_name, const struct pick_order *o,
                          struct json_t **ret_json);

#endif
