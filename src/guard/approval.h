/* approval.h: what nobody may do alone. One mechanism for all of it:
 *
 *   ordered ──► enough others approve ──► waiting time ──► done by its domain
 *      └───────────────┴──────────────────────┴─► refused · cancelled · run out
 *
 * - Who may order: a holder of the kind's right, the person concerned, or the operator of the
 *   installation (by: {0}, from the command line).
 * - Who may approve: holders of the right, each once, never the person concerned. An orderer who
 *   may approve has done so by ordering.
 * - An approval counts while its giver holds the right and is active: it is asked again when the
 *   next one comes and when the thing is to be done. What lost its approvals is not due.
 * - Who may stop it, until it is done: the person concerned, the orderer and the operator cancel;
 *   every holder of the right refuses.
 * - The waiting time begins with the last approval that was needed. What is due may be done for
 *   life_s; then, or when it was not approved for life_s, it runs out.
 * - There is no process that waits. Whoever does the thing asks approval_due() at the moment when
 *   it matters (a sign-in, a page), and approval_tidy() closes what ran out, hourly.
 *
 * Each step is an event of the kind about the order's subject, in the caller's transaction; what it
 * means for the person (AUTH-07) say notices.def and po/. Holders of the right get a notice that
 * their approval is wanted. A new kind is a line in approvals.def, its events, and a domain that
 * asks approval_due() and calls approval_done(). */
#ifndef GUARD_APPROVAL_H
#define GUARD_APPROVAL_H

#include "guard/audit.h"
#include "guard/right.h"

enum approval_kind {
    APPROVAL_NONE,
#define APPROVAL(sym, events, right, people, wait_s, life_s) APPROVAL_##sym,
#include "guard/approvals.def"
#undef APPROVAL
    APPROVAL_COUNT
};
/* Stored by number. Those before APPROVAL_DONE can still be stopped. */
enum approval_state {
    APPROVAL_OPEN = 1, /* not enough approvals yet */
    APPROVAL_WAITING,  /* enough; until not_before_at, and then to be done */
    APPROVAL_DONE,
    APPROVAL_REFUSED,
    APPROVAL_CANCELLED,
    APPROVAL_EXPIRED
};
enum {
    APPROVAL_REASON_MAX = 200,
    APPROVAL_ORDERS_A_DAY = 3, /* for one kind and subject: nobody is buried in notices */
    APPROVAL_LIST_MAX = 100,
    APPROVAL_KEEP_S = 365 * 24 * 60 * 60
};

struct approval {
    struct approval_id id;
    enum approval_kind kind;
    enum approval_state state;
    struct user_id subject_user; /* the subject's id when it is a user */
    struct user_id concerned;    /* {0}: nobody */
    struct user_id ordered_by;   /* {0}: the operator */
    struct user_id ended_by;     /* {0}: nobody, or the operator */
    struct str reason;
    int64_t needs, given; /* given: approvals that count now */
    struct instant ordered_at, not_before_at, expires_at, ended_at;
};

struct approval_order {
    enum approval_kind kind;
    struct subject about;
    struct user_id concerned; /* {0}: nobody */
    struct user_id by;        /* {0}: the operator */
    struct str reason;        /* at most APPROVAL_REASON_MAX bytes */
};
/* RC_DENIED E_APPROVAL_RIGHT: `by` may not order it. RC_CONFLICT E_APPROVAL_OPEN: the same is under
 * way. RC_LIMIT E_APPROVAL_OFTEN: ordered too often today. An order that needs nobody waits at
 * once. */
MUST enum rc approval_order(struct wtx *tx, const struct approval_order *o,
                            struct approval_id *ret_id);
/* `by` approves. RC_CONFLICT E_APPROVAL_ENDED, E_APPROVAL_OWN (the person concerned),
 * E_APPROVAL_TWICE; RC_DENIED E_APPROVAL_RIGHT. *ret_granted: that was the last one needed. */
MUST enum rc approval_give(struct wtx *tx, struct approval_id id, struct user_id by,
                           bool *ret_granted);
/* `by` holds the right and says no. Refusals as above, but for E_APPROVAL_TWICE: who approved may
 * think again. */
MUST enum rc approval_refuse(struct wtx *tx, struct approval_id id, struct user_id by);
/* By the person concerned, the orderer or the operator ({0}). RC_CONFLICT E_APPROVAL_ENDED,
 * RC_DENIED E_APPROVAL_RIGHT. */
MUST enum rc approval_cancel(struct wtx *tx, struct approval_id id, struct user_id by);

/* May it be done now? Approved by those who still may, waiting time over, not run out. */
MUST enum rc approval_due(struct rtx *tx, enum approval_kind kind, struct subject about,
                          struct approval_id *ret_id, bool *ret_due);
/* It was done, by the caller in this transaction. RC_CONFLICT E_APPROVAL_ENDED unless it is due. */
MUST enum rc approval_done(struct wtx *tx, struct approval_id id);

/* RC_MISSING when there is none. */
MUST enum rc approval_find(struct rtx *tx, struct approval_id id, struct approval *ret);
/* The one under way, which can still be stopped. */
MUST enum rc approval_under_way(struct rtx *tx, enum approval_kind kind, struct subject about,
                                struct approval *ret, bool *ret_found);
/* Of one kind, those under way first, then the latest; at most APPROVAL_LIST_MAX. */
MUST enum rc approval_list(struct rtx *tx, enum approval_kind kind, struct approval **ret_v,
                           size_t *ret_n);
/* Who could approve, without `but`: active holders of the kind's right, by name. */
struct approval_holder {
    struct user_id user;
    struct str first_name, last_name;
};
MUST enum rc approval_holders(struct rtx *tx, enum approval_kind kind, struct user_id but,
                              struct approval_holder **ret_v, size_t *ret_n);
/* Has this person approved it? */
MUST enum rc approval_has_given(struct rtx *tx, struct approval_id id, struct user_id user,
                                bool *ret_has);

/* What ran out ends, what ended long ago goes. For the hourly tidying; allows an untouched commit.
 */
MUST enum rc approval_tidy(struct wtx *tx);

#endif
