/* ladder.c: see ladder.h. */
#include "ladder.h"

#include "guard/mail.h"
#include "guard/passkey.h"
#include "guard/policy.h"

enum { ADMINS_NEEDED = 2, DAY_S = 24 * 60 * 60, REMIND_DAYS = 7 };
#define US(seconds) ((int64_t)(seconds)*1000000)

/* Rung 4 comes later and waits longer; when both are under way it is the one that needs nobody. */
static const enum approval_kind kinds[] = {APPROVAL_FACTOR_RESET_LAST, APPROVAL_FACTOR_RESET};

/* --- looking --------------------------------------------------------------------------------- */
enum rc
ladder_of(struct rtx *tx, struct user_id user, struct ladder *ret)
{
    struct instant made_at;
    struct approval_holder *v;

    *ret = (struct ladder){0};
    TRY(factor_count(tx, user, &ret->factors));
    TRY(recovery_left(tx, user, &ret->codes_left, &made_at));
    TRY(approval_holders(tx, APPROVAL_FACTOR_RESET, user, &v, &ret->n_admins));
    ret->admins = v;
    ret->has_admins = ret->n_admins >= ADMINS_NEEDED;
    for (size_t i = 0; i < COUNT(kinds) && !ret->is_under_way; i++) {
        TRY(approval_under_way(tx, kinds[i], SUBJECT(user, user), &ret->order, &ret->is_under_way));
    }
    return OK;
}

/* --- ordering -------------------------------------------------------------------------------- */
static enum rc
order(struct wtx *tx, enum approval_kind kind, struct user_id whose, struct user_id by,
      struct str reason)
{
    struct approval_id id;

    return approval_order(tx,
                          &(struct approval_order){.kind = kind,
                                                   .about = SUBJECT(user, whose),
                                                   .concerned = whose,
                                                   .by = by,
                                                   .reason = reason},
                          &id);
}

static enum rc
need_factor(struct wtx *tx, const struct ladder *l)
{
    return l->factors > 0 ? OK
                          : fail(wtx_err(tx), RC_CONFLICT, E_LADDER_FACTOR, "nothing to reset");
}

enum rc
ladder_order(struct wtx *tx, struct user_id whose, struct user_id by, struct str reason)
{
    struct ladder l;

    TRY(ladder_of(wtx_read(tx), whose, &l));
    TRY(need_factor(tx, &l));
    if (!l.has_admins) {
        return fail(wtx_err(tx), RC_CONFLICT, E_LADDER_FEW, "%zu administrators", l.n_admins);
    }
    return order(tx, APPROVAL_FACTOR_RESET, whose, by, reason);
}

enum rc
ladder_order_last(struct wtx *tx, struct user_id whose, struct str reason, bool unreachable)
{
    struct ladder l;

    TRY(ladder_of(wtx_read(tx), whose, &l));
    TRY(need_factor(tx, &l));
    reason = str_trim(reason);
    if (reason.n == 0 || str_points(reason) > APPROVAL_REASON_MAX || !str_is_utf8(reason)) {
        return fail_field(wtx_err(tx), "reason", RC_INVALID, E_LADDER_REASON, "");
    }
    if (l.has_admins && !unreachable) {
        return fail(wtx_err(tx), RC_CONFLICT, E_LADDER_ADMINS, "%zu administrators", l.n_admins);
    }
    return order(tx, APPROVAL_FACTOR_RESET_LAST, whose, (struct user_id){0}, reason);
}

/* --- ending ---------------------------------------------------------------------------------- */
static enum rc
cancel_all(struct wtx *tx, struct user_id whose, struct user_id by, size_t *ret_n)
{
    *ret_n = 0;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct approval a;
        bool found;
        TRY(approval_under_way(wtx_read(tx), kinds[i], SUBJECT(user, whose), &a, &found));
        if (found) {
            TRY(approval_cancel(tx, a.id, by));
            ++*ret_n;
        }
    }
    return OK;
}

enum rc
ladder_cancel(struct wtx *tx, struct user_id whose, struct user_id by)
{
    size_t n;

    TRY(cancel_all(tx, whose, by, &n));
    return n > 0 ? OK : fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_ENDED, "nothing is under way");
}

enum rc
ladder_not_lost(struct wtx *tx, struct user_id user)
{
    size_t n;

    return cancel_all(tx, user, user, &n);
}

static enum rc
reset(struct wtx *tx, struct user_id user, struct approval_id order_id)
{
    int64_t ended;

    TRY(factor_remove_all(tx, user));
    TRY(passkey_remove_all(tx, user));
    TRY(recovery_remove_all(tx, user));
    TRY(session_end_all(tx, user, (struct session_id){0}, &ended));
    TRY(device_forget_all(tx, user));
    TRY(approval_done(tx, order_id));
    return ladder_not_lost(tx, user); /* the other rung, if it was under way, too */
}

enum rc
ladder_settle(struct wtx *tx, struct user_id user)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct approval_id id;
        bool due;
        TRY(approval_due(wtx_read(tx), kinds[i], SUBJECT(user, user), &id, &due));
        if (due) {
            return reset(tx, user, id);
        }
    }
    return OK;
}

/* --- before a second factor becomes a duty (AUTH-15) ----------------------------------------- */
/* A week before, a day before, each once for this term. */
static enum rc
remind(struct wtx *tx, struct user_id user, struct instant due_at)
{
    const int64_t left = due_at.us - wtx_now(tx).us;
    const enum event e = left <= US(DAY_S) ? EVENT_FACTOR_DUE_DAY : EVENT_FACTOR_DUE_WEEK;
    const struct instant since = {due_at.us - US((int64_t)(REMIND_DAYS + 1) * DAY_S)};
    int64_t factors;
    bool was;

    if (left <= 0 || left > US((int64_t)REMIND_DAYS * DAY_S)) {
        return OK;
    }
    TRY(factor_count(wtx_read(tx), user, &factors));
    TRY(notice_was_told(wtx_read(tx), user, e, since, &was));
    return was || factors > 0 ? OK : touch(tx, e, SUBJECT(user, user), NULL, NULL, NULL);
}

static enum rc
remind_if_asked(struct wtx *tx, struct user_id user, int64_t group, int64_t right_plus,
                struct instant begun)
{
    const struct factor_demand demand = policy_factor_demand((enum group)group, right_plus, begun);

    return demand.is_made ? remind(tx, user, demand.due_at) : OK;
}

enum rc
ladder_remind(struct wtx *tx, struct user_id user)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){user}, &u));
    return remind_if_asked(tx, user, u.group_no, u.right_plus, u.created_at);
}

enum rc
ladder_remind_all(struct wtx *tx)
{
    struct user_all_row *v;
    size_t n;

    wtx_allow_untouched(tx, "nobody to remind");
    TRY(user_all(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (v[i].user_state == USER_ACTIVE) {
            TRY(remind_if_asked(tx, v[i].id, v[i].group_no, v[i].right_plus, v[i].created_at));
        }
    }
    return OK;
}
