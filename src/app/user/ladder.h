/* ladder.h: the recovery ladder (AUTH-16): the ways back in for somebody who has the password and
 * not the second factor any more. 1 another factor, 2 a recovery code, 3 two administrators approve
 * and 24 hours pass, 4 the operator orders it and 72 hours pass. There is no other way, and none on
 * which one person alone removes somebody's second factor: rungs 3 and 4 are orders of
 * guard/approval.h.
 *
 * What was approved is done at the person's own next sign-in, with the right password, while it is
 * due (ladder_settle): no account ever stands without its second factor and without its person. */
#ifndef APP_USER_LADDER_H
#define APP_USER_LADDER_H

#include "guard/approval.h"
#include "user_in.h"

enum rung { RUNG_FACTOR = 1, RUNG_CODE, RUNG_ADMINS, RUNG_OPERATOR };

struct ladder {
    int64_t factors, codes_left;
    const struct approval_holder *admins; /* who could approve: without the person herself */
    size_t n_admins;
    bool has_admins; /* two of them: rung 3 is there */
    bool is_under_way;
    struct approval order; /* of rung 3 or 4; the one that is further */
};
MUST enum rc ladder_of(struct rtx *tx, struct user_id user, struct ladder *ret);

/* Rung 3, asked for by the person herself (by == whose) or ordered by an administrator. RC_CONFLICT
 * E_LADDER_FACTOR: there is nothing to remove; E_LADDER_FEW: no two administrators beside her; and
 * those of approval_order(). */
MUST enum rc ladder_order(struct wtx *tx, struct user_id whose, struct user_id by,
                          struct str reason);
/* Rung 4, by the operator. The reason says how the person proved who she is. RC_CONFLICT
 * E_LADDER_ADMINS while rung 3 is there, unless the administrators cannot be reached. */
MUST enum rc ladder_order_last(struct wtx *tx, struct user_id whose, struct str reason,
                               bool unreachable);
/* Whatever is under way for this person ends; `by` as in approval_cancel(). RC_CONFLICT
 * E_APPROVAL_ENDED when nothing is. */
MUST enum rc ladder_cancel(struct wtx *tx, struct user_id whose, struct user_id by);
/* She has just signed in completely, so nothing is lost: what is under way ends. */
MUST enum rc ladder_not_lost(struct wtx *tx, struct user_id user);
/* The password was right. Is something due? Then second factors and recovery codes go, all sessions
 * end, known browsers are forgotten, and a new factor must be set up before all else. */
MUST enum rc ladder_settle(struct wtx *tx, struct user_id user);

/* AUTH-15: who must have a second factor soon is told a week and a day before: at the own sign-in,
 * and all by the hourly tidying. */
MUST enum rc ladder_remind(struct wtx *tx, struct user_id user);
MUST enum rc ladder_remind_all(struct wtx *tx);

#endif
