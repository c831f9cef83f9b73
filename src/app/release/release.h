/* release.h: the operator's release of what a customer ordered (decision 112). Where kontor.conf
 * has restore_release at 1 or 2, so many people of the console must release an order of a whole
 * state or of single records before it is carried out. The workspace keeps the order, and its order
 * waits; the registrar keeps who released it; master asks before each beginning.
 *
 *   waits ──given by as many as are needed──► released
 *     ├─► refused, with a reason for the customer
 *     └─► lapsed, RELEASE_DAYS after it began to wait
 *
 * What becomes of an order (withdrawn, carried out, failed) comes with its charge (charge.done). A
 * page of the console shows whose order it is, which state, and how many records of which kind
 * come, change and go: no content, no name of a record or a person.
 *
 * Commands of the registrar, from master alone; times are microseconds since 1970 or null:
 *
 *   release.ask {workspace, order, need, asked: {wanted, releasable, key, state, group, lookedAt,
 *       amounts: [[table, came, changed, went] …]}}
 *     -> {release, order, state, need, given, askedAt, reason}: may it be begun? state "waits",
 *     "released", "refused" or "lapsed". `asked` is what the workspace said (restore.is_wanted).
 * The first time the order is noted with this `need`, and the operators are told. RC_MISSING: there
 * is no such charge release.find {release} -> the same release.told {release, version} -> {}: the
 * workspace knows that version
 *
 * An answer that a workspace does not know yet is told to it when it is given and again whenever
 * the registrar starts (release_untold), until it has taken it. */
#ifndef APP_RELEASE_RELEASE_H
#define APP_RELEASE_RELEASE_H

#include "guard/dispatch.h"

extern const struct domain release_domain;

enum { RELEASE_DAYS = 7, RELEASE_REASON_MAX = 200, RELEASE_AMOUNTS_MAX = 60 };

/* How many people must release an order, as kontor.conf says; 0: none, nothing waits. */
void release_set_need(int64_t n);
int64_t release_need(void);
/* The order of this charge was carried out, or will not be. No order that is released: nothing. */
MUST enum rc release_order_ended(struct wtx *tx, struct charge_id charge, bool good);

/* By the person of the transaction. RC_CONFLICT E_RELEASE_OVER: it does not wait any more;
 * E_RELEASE_TWICE: this person has released it; E_RELEASE_STATE: its state is gone, going or
 * damaged. *ret_last: now it is released. */
MUST enum rc release_give(struct wtx *tx, struct restore_release_id id, bool *ret_last);
/* RC_CONFLICT E_RELEASE_OVER. */
MUST enum rc release_refuse(struct wtx *tx, struct restore_release_id id, struct str reason);

/* --- for the process: what is to be told */
struct release_wish {
    struct restore_release_id id;
    int64_t workspace, version;
};
/* Was one answered in this process since this was last asked? */
bool release_was_answered(void);
MUST enum rc release_wishes(struct rtx *tx, struct release_wish **ret_v, size_t *ret_n);

#endif
