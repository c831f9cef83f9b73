/* order.h: what a workspace's people order of its older states: a look or a search (free), the
 * return of the whole or of single records (with a price, a fresh proof and, where there is a
 * second one, another administrator's approval), the way back (free, 7 days), a backup out of turn.
 *
 *   open ──approved──► wanted ──master──► done
 *     └─► stopped ◄──────┘       └──────► failed: nothing was changed
 *
 * Where the operator wants it (app/release/release.h), a wanted return waits for his people's
 * release before master begins it; it may be withdrawn until then.
 *
 * A row is all that is remembered: what is wanted is told to master when it is ordered and again
 * whenever the worker starts (order_wishes), until the end is told by the command
 *
 *   restore.ended {order, what, code, result}: what: the name of the wish (proc/asks.h); code "":
 *     it was done
 *   restore.is_wanted {order} -> {wanted, releasable, key, state, group, lookedAt, amounts}: asked
 *     before it is begun; what is behind `wanted` only of a return that a release may be asked for
 *   restore.release_told {order, state, need, given, askedAt, reason}: how the operator's release
 * of it stands, as release.ask says
 *
 * A return is done when the store itself says so (restore_run), whoever tells: it is never done
 * twice for one order. That of single records ends in the transaction that puts them in. The price
 * is recorded by the registrar when it is ordered, and learns the end (wish charge.done): only what
 * was carried out is owed. */
#ifndef APP_RESTORE_ORDER_H
#define APP_RESTORE_ORDER_H

#include "guard/dispatch.h"

/* Stored by number; the last two as a look and a return, of single records. */
enum order_kind {
    ORDER_PREVIEW = 1,
    ORDER_RESTORE,
    ORDER_UNDO,
    ORDER_BACKUP,
    ORDER_FIND,
    ORDER_TAKE
};
/* Is it of those that change what people work with? */
bool order_changes(int64_t kind);
enum order_state { ORDER_OPEN = 1, ORDER_WANTED, ORDER_DONE, ORDER_FAILED, ORDER_STOPPED };
enum {
    ORDER_REASON_MAX = 200,
    ORDER_KEY_MIN = 20,
    ORDER_KEY_MAX = 64,
    ORDER_ROWS_MAX = 200, /* that a preview keeps by name */
    ORDER_OUTCOME_MAX = 60000,
    ORDER_WORDS_MAX = 80, /* of a search */
    ORDER_PREVIEWS_AN_HOUR = 12,
    ORDER_SEARCHES_AN_HOUR = 30,
    ORDER_KEEP_DAYS = 7 /* looks, searches and backups; and so long a return can be undone */
};

/* RC_CONFLICT E_RESTORE_LOOKING: a look into this state is under way; RC_LIMIT E_RESTORE_OFTEN. */
MUST enum rc order_preview(struct wtx *tx, struct str state, struct restore_order_id *ret_id);
/* Free as well, and of whoever asks: RC_CONFLICT E_RESTORE_LOOKING: the last one is under way;
 * RC_LIMIT E_RESTORE_OFTEN. */
MUST enum rc order_find(struct wtx *tx, struct str state, struct str words,
                        struct restore_order_id *ret_id);
/* RC_LIMIT E_BACKUP_OFTEN: one an hour. */
MUST enum rc order_backup(struct wtx *tx, struct restore_order_id *ret_id);
/* RC_CONFLICT E_RESTORE_TWICE: one is under way, or this key was used. E_RESTORE_LOOK_FIRST: nobody
 * has looked into the state. *ret_waits: for an approval. The price was recorded under `key`. */
struct order_wish_restore {
    struct str state, reason, key;
    struct str records; /* which and how, as pick_parse() wants them; "": the whole */
    struct str named;   /* what they are called, for who approves: {rows} as of a take, at most
                           ORDER_OUTCOME_MAX; its report takes their place. "": the whole */
    struct money total;
};
MUST enum rc order_restore(struct wtx *tx, const struct order_wish_restore *o,
                           struct restore_order_id *ret_id, bool *ret_waits);
/* What this order did, or undid, is taken back: of a whole return as another order, of single
 * records at once (then *ret_id is the order itself). RC_CONFLICT E_RESTORE_TWICE; E_RESTORE_UNDO:
 * it is not the latest, or longer ago; E_RESTORE_CHANGED: one of the records was changed since. */
MUST enum rc order_undo(struct wtx *tx, struct restore_order_id id,
                        struct restore_order_id *ret_id);
/* By the person of the transaction; guard/approval.h says what is refused. */
MUST enum rc order_approve(struct wtx *tx, struct restore_order_id id);
MUST enum rc order_refuse(struct wtx *tx, struct restore_order_id id);
/* Also of one that waits for the operator's release, by anybody who could have ordered it. */
MUST enum rc order_cancel(struct wtx *tx, struct restore_order_id id);

/* Is a return under way? And can this order's be undone? */
MUST enum rc order_is_under_way(struct rtx *tx, bool *ret_is);
MUST enum rc order_can_undo(struct rtx *tx, struct restore_order_id id, bool *ret_can);
/* Has somebody looked into this state, and what was found is kept? Nothing else is ordered. */
MUST enum rc order_is_looked_into(struct rtx *tx, struct str state, bool *ret_is);
/* The look into this state that is kept, or {0}. */
MUST enum rc order_preview_of(struct rtx *tx, struct str state, struct restore_order_id *ret_id);
/* What the person of the transaction looked for in this state at last, or {0}. */
MUST enum rc order_search_of(struct rtx *tx, struct str state, struct restore_order_id *ret_id);

/* Everybody who could have ordered it but this one ({0}: all of them) is told. */
MUST enum rc order_tell_others(struct wtx *tx, struct user_id but, enum event e);

/* --- for the process */
struct order_wish {
    struct restore_order_id id;
    const char *name;
    struct str of;
    int64_t total;
};
/* The state that a return of the whole or of single records waits for or reads, and its latest end:
 * until then master has it kept (catalogue.hold). state "": there is none. */
struct order_hold {
    struct str state;
    struct instant until;
};
MUST enum rc order_hold_now(struct rtx *tx, struct order_hold *ret);
/* Was anything ordered or ended in this process since this was last asked? */
bool order_was_wanted(void);
/* What master is to be asked for now. A return that is done already is settled first. */
MUST enum rc order_wishes(struct rtx *tx, struct order_wish **ret_v, size_t *ret_n);
MUST enum rc order_settle_runs(struct wtx *tx);
/* What ran out is stopped, what is over goes; for the hourly tidying. */
MUST enum rc order_tidy(struct wtx *tx);
struct json_t;
/* Single records came, or were refused ({refused, subject}): its end, in the same transaction. */
MUST enum rc order_take_ended(struct wtx *tx, struct restore_order_id id, struct json_t *result);
/* Is it one of single records of this state that is to be done? RC_MISSING: there is none. */
MUST enum rc order_is_wanted_take(struct wtx *tx, struct restore_order_id id, struct str state,
                                  bool *ret_is);
enum rc order_run_ended(struct wtx *tx, struct json_t *in, struct json_t *out);
enum rc order_run_is_wanted(struct wtx *tx, struct json_t *in, struct json_t *out);
enum rc order_run_release_told(struct wtx *tx, struct json_t *in, struct json_t *out);

#endif
