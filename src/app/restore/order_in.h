/* order_in.h: what the files about orders share: order.c (ordering, and who agrees), order_read.c,
 * order_end.c (how it ends), order_release.c (the operator's leave),
 * order_wish.c (what the process asks for). */
#ifndef APP_RESTORE_ORDER_IN_H
#define APP_RESTORE_ORDER_IN_H

#include <jansson.h>

#include "app/restore/order.h"
#include "guard/approval.h"

#include "order.sql.h"

#define ORDER_HOUR_US (3600 * INT64_C(1000000))
#define ORDER_KEEP_US (24 * ORDER_HOUR_US * ORDER_KEEP_DAYS)

/* RC_MISSING: there is none of that number. */
MUST enum rc order_need(struct wtx *tx, struct restore_order_id id, struct order_row_row *ret);
/* What the audit keeps of an order; code "": it did not fail. */
MUST enum rc order_say(struct wtx *tx, enum event e, const struct order_row_row *o,
                       struct str code);
/* It is stopped, and nobody owes its price. */
MUST enum rc order_stop(struct wtx *tx, struct restore_order_id id);
/* It has not been carried out, and nobody owes its price. */
MUST enum rc order_fail(struct wtx *tx, const struct order_row_row *o, enum code code);
/* order_release.c: withdrawn while it waits; and those that waited too long. */
MUST enum rc order_withdraw(struct wtx *tx, const struct order_row_row *o);
MUST enum rc order_lapse(struct wtx *tx);
/* Does it wait for the operator's release? */
bool order_waits(const struct order_row_row *o);
/* The process looks for what is wanted. */
void order_wake(void);

#endif
