/* approval.c: see approval.h. The only file that reads or writes tables approval and approval_vote.
 */
#include "guard/approval.h"

#include "approval.sql.h"
#include "guard/mail.h"

#define US(seconds) ((int64_t)(seconds)*1000000)
enum { DAY_S = 24 * 60 * 60 };

static const struct rule {
    enum right right;
    int64_t people, wait_s, life_s;
    enum event ordered, wanted, approved, granted, refused, cancelled, expired, done;
} rules[APPROVAL_COUNT] = {
#define APPROVAL(sym, events, right, people, wait_s, life_s)                                       \
    [APPROVAL_##sym] = {                                                                           \
        RIGHT_##right,                                                                             \
        people,                                                                                    \
        wait_s,                                                                                    \
        life_s,                                                                                    \
        EVENT_##sym##_ORDERED,                                                                     \
        EVENT_##sym##_WANTED,                                                                      \
        EVENT_##events##_APPROVED,                                                                 \
        EVENT_##events##_GRANTED,                                                                  \
        EVENT_##events##_REFUSED,                                                                  \
        EVENT_##events##_CANCELLED,                                                                \
        EVENT_##events##_EXPIRED,                                                                  \
        EVENT_##events##_DONE,                                                                     \
    },
#include "guard/approvals.def"
#undef APPROVAL
};

/* What the audit says of each step. */
struct said {
    int64_t needs, given;
    struct str reason;
};
static const struct field said_fields[] = {
    FIELD(struct said, needs, T_approval_needs),
    FIELD(struct said, given, T_approval_given),
    FIELD(struct said, reason, T_approval_reason),
};
static const struct form_def said_def = FORM_DEF(said, said_fields);

/* --- who may --------------------------------------------------------------------------------- */
static bool
holds(const struct rule *r, int64_t state, int64_t group, int64_t plus, int64_t minus)
{
    return state == USER_ACTIVE &&
           (rights_of((enum group)group, plus, minus) >> (unsigned)r->right & 1u) != 0;
}

static enum rc
may_approve(struct rtx *tx, const struct rule *r, struct user_id user, bool *ret_may)
{
    struct approval_person_row p;
    bool found;

    TRY(approval_person(tx, &(struct approval_person_in){user}, &p, &found));
    *ret_may = found && holds(r, p.user_state, p.group_no, p.right_plus, p.right_minus);
    return OK;
}

static enum rc
need_right(struct wtx *tx, const struct rule *r, struct user_id by)
{
    bool may_it;

    TRY(may_approve(wtx_read(tx), r, by, &may_it));
    return may_it ? OK
                  : fail(wtx_err(tx), RC_DENIED, E_APPROVAL_RIGHT, "user %lld", (long long)by.n);
}

enum rc
approval_holders(struct rtx *tx, enum approval_kind kind, struct user_id but,
                 struct approval_holder **ret_v, size_t *ret_n)
{
    struct approval_people_row *rows;
    size_t n;
    size_t k = 0;

    TRY(approval_people(tx, &rows, &n));
    struct approval_holder *v = ARENA_ARRAY(rtx_mem(tx), struct approval_holder, n);
    for (size_t i = 0; i < n; i++) {
        const struct approval_people_row *p = &rows[i];
        if (p->id.n != but.n &&
            holds(&rules[kind], p->user_state, p->group_no, p->right_plus, p->right_minus)) {
            v[k++] = (struct approval_holder){p->id, p->first_name, p->last_name};
        }
    }
    *ret_v = v;
    *ret_n = k;
    return OK;
}

/* --- reading --------------------------------------------------------------------------------- */
/* Approvals that count now: of people who still hold the right. */
static enum rc
count_given(struct rtx *tx, const struct rule *r, struct approval_id id, int64_t *ret_n)
{
    struct approval_votes_row *v;
    size_t n;

    TRY(approval_votes(tx, &(struct approval_votes_in){id}, &v, &n));
    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        *ret_n += holds(r, v[i].user_state, v[i].group_no, v[i].right_plus, v[i].right_minus);
    }
    return OK;
}

enum rc
approval_has_given(struct rtx *tx, struct approval_id id, struct user_id user, bool *ret_has)
{
    struct approval_votes_row *v;
    size_t n;

    TRY(approval_votes(tx, &(struct approval_votes_in){id}, &v, &n));
    *ret_has = false;
    for (size_t i = 0; i < n; i++) {
        *ret_has |= v[i].user_id.n == user.n;
    }
    return OK;
}

/* With the row as it is stored: its subject goes into the audit. */
static enum rc
load(struct rtx *tx, struct approval_id id, struct approval *ret, struct subject *ret_about)
{
    struct approval_by_id_row row;
    bool found;

    TRY(approval_by_id(tx, &(struct approval_by_id_in){id}, &row, &found));
    if (!found || row.approval_kind >= APPROVAL_COUNT) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "approval %lld", (long long)id.n);
    }
    const bool is_user = str_eq(row.subject_kind_text, STR("user"));
    *ret_about =
        (struct subject){arena_copy(rtx_mem(tx), row.subject_kind_text).p, row.subject_number};
    *ret = (struct approval){.id = row.id,
                             .kind = (enum approval_kind)row.approval_kind,
                             .state = (enum approval_state)row.approval_state,
                             .subject_user = {is_user ? row.subject_number : 0},
                             .concerned = row.user_id,
                             .ordered_by = row.ordered_user_id,
                             .ended_by = row.ended_user_id,
                             .reason = row.reason_text,
                             .needs = row.needs,
                             .ordered_at = row.ordered_at,
                             .not_before_at = row.not_before_at,
                             .expires_at = row.expires_at,
                             .ended_at = row.ended_at};
    return count_given(tx, &rules[ret->kind], id, &ret->given);
}

enum rc
approval_find(struct rtx *tx, struct approval_id id, struct approval *ret)
{
    struct subject about;

    return load(tx, id, ret, &about);
}

enum rc
approval_under_way(struct rtx *tx, enum approval_kind kind, struct subject about,
                   struct approval *ret, bool *ret_found)
{
    struct approval_of_subject_row row;

    TRY(approval_of_subject(
        tx, &(struct approval_of_subject_in){kind, str_of(about.kind), about.id, rtx_now(tx)}, &row,
        ret_found));
    return *ret_found ? approval_find(tx, row.id, ret) : OK;
}

enum rc
approval_list(struct rtx *tx, enum approval_kind kind, struct approval **ret_v, size_t *ret_n)
{
    struct approval_of_kind_row *rows;
    size_t n;

    TRY(approval_of_kind(tx, &(struct approval_of_kind_in){kind}, &rows, &n));
    struct approval *v = ARENA_ARRAY(rtx_mem(tx), struct approval, n);
    for (size_t i = 0; i < n; i++) {
        TRY(approval_find(tx, rows[i].id, &v[i]));
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

static bool
is_due(const struct approval *a, struct instant now)
{
    return a->state == APPROVAL_WAITING && a->given >= a->needs && now.us >= a->not_before_at.us &&
           now.us < a->expires_at.us;
}

enum rc
approval_due(struct rtx *tx, enum approval_kind kind, struct subject about,
             struct approval_id *ret_id, bool *ret_due)
{
    struct approval a;
    bool found;

    *ret_due = false;
    TRY(approval_under_way(tx, kind, about, &a, &found));
    if (found) {
        *ret_id = a.id;
        *ret_due = is_due(&a, rtx_now(tx));
    }
    return OK;
}

/* --- ordering -------------------------------------------------------------------------------- */
static enum rc
say(struct wtx *tx, enum event e, struct subject about, const struct approval *a)
{
    const struct said after = {.needs = a->needs, .given = a->given, .reason = a->reason};

    return touch(tx, e, about, &said_def, NULL, &after);
}

/* Who could approve learns that it is wanted. */
static enum rc
tell_holders(struct wtx *tx, const struct approval_order *o)
{
    struct approval_holder *v;
    size_t n;

    TRY(approval_holders(wtx_read(tx), o->kind, o->concerned, &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (v[i].user.n != o->by.n) {
            TRY(notice_to(tx, v[i].user, rules[o->kind].wanted));
        }
    }
    return OK;
}

static enum rc
need_orderable(struct wtx *tx, const struct approval_order *o, bool holds_right)
{
    struct approval_ordered_since_row lately;
    struct approval a;
    bool found;

    if (o->by.n != 0 && o->by.n != o->concerned.n && !holds_right) {
        return fail(wtx_err(tx), RC_DENIED, E_APPROVAL_RIGHT, "user %lld", (long long)o->by.n);
    }
    TRY(approval_under_way(wtx_read(tx), o->kind, o->about, &a, &found));
    if (found) {
        return fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_OPEN, "approval %lld", (long long)a.id.n);
    }
    TRY(approval_ordered_since(
        wtx_read(tx),
        &(struct approval_ordered_since_in){
            o->kind, str_of(o->about.kind), o->about.id, {wtx_now(tx).us - US(DAY_S)}},
        &lately));
    return lately.order_count < APPROVAL_ORDERS_A_DAY
               ? OK
               : fail(wtx_err(tx), RC_LIMIT, E_APPROVAL_OFTEN, "%lld orders",
                      (long long)lately.order_count);
}

enum rc
approval_order(struct wtx *tx, const struct approval_order *o, struct approval_id *ret_id)
{
    const struct rule *r = &rules[o->kind];
    const struct instant now = wtx_now(tx);
    const bool waits = r->people == 0;
    const struct instant begin = {waits ? now.us + US(r->wait_s) : now.us};
    struct approval a = {.needs = r->people, .reason = o->reason};
    bool holds_right;
    int64_t n;

    TRY(may_approve(wtx_read(tx), r, o->by, &holds_right));
    TRY(need_orderable(tx, o, holds_right));
    TRY(wtx_new_id(tx, "approval", &n));
    TRY(approval_add(
        tx, &(struct approval_add_in){.id = {n},
                                      .approval_kind = o->kind,
                                      .subject_kind_text = str_of(o->about.kind),
                                      .subject_number = o->about.id,
                                      .user_id = o->concerned,
                                      .ordered_user_id = o->by,
                                      .reason_text = a.reason,
                                      .needs = r->people,
                                      .ordered_at = now,
                                      .not_before_at = waits ? begin : INSTANT_NONE,
                                      .expires_at = {begin.us + US(r->life_s)},
                                      .approval_state = waits ? APPROVAL_WAITING : APPROVAL_OPEN}));
    if (!waits && holds_right && o->by.n != o->concerned.n) {
        TRY(approval_vote_add(tx, &(struct approval_vote_add_in){{n}, o->by, now}));
        a.given = 1;
    }
    TRY(tell_holders(tx, o));
    *ret_id = (struct approval_id){n};
    return say(tx, r->ordered, o->about, &a);
}

/* --- approving ------------------------------------------------------------------------------- */
static enum rc
load_under_way(struct wtx *tx, struct approval_id id, struct approval *ret,
               struct subject *ret_about)
{
    TRY(load(wtx_read(tx), id, ret, ret_about));
    return ret->state < APPROVAL_DONE && wtx_now(tx).us < ret->expires_at.us
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_ENDED, "approval %lld", (long long)id.n);
}

/* The person concerned neither approves nor refuses: what she can do is cancel. */
static enum rc
need_other(struct wtx *tx, const struct approval *a, struct user_id by)
{
    if (by.n == a->concerned.n) {
        return fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_OWN, "user %lld", (long long)by.n);
    }
    return need_right(tx, &rules[a->kind], by);
}

static enum rc
need_first_time(struct wtx *tx, const struct approval *a, struct user_id by)
{
    bool has;

    TRY(approval_has_given(wtx_read(tx), a->id, by, &has));
    return has ? fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_TWICE, "user %lld", (long long)by.n)
               : OK;
}

enum rc
approval_give(struct wtx *tx, struct approval_id id, struct user_id by, bool *ret_granted)
{
    struct approval a;
    struct subject about;

    TRY(load_under_way(tx, id, &a, &about));
    const struct rule *r = &rules[a.kind];
    TRY(need_other(tx, &a, by));
    TRY(need_first_time(tx, &a, by));
    if (a.state != APPROVAL_OPEN) {
        return fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_ENDED, "approved already");
    }
    TRY(approval_vote_add(tx, &(struct approval_vote_add_in){id, by, wtx_now(tx)}));
    TRY(count_given(wtx_read(tx), r, id, &a.given));
    *ret_granted = a.given >= a.needs;
    if (!*ret_granted) {
        return say(tx, r->approved, about, &a);
    }
    const struct instant begin = {wtx_now(tx).us + US(r->wait_s)};
    TRY(approval_grant(tx, &(struct approval_grant_in){begin, {begin.us + US(r->life_s)}, id}));
    return say(tx, r->granted, about, &a);
}

/* --- ending ---------------------------------------------------------------------------------- */
static enum rc
end(struct wtx *tx, const struct approval *a, struct subject about, enum approval_state state,
    struct user_id by, enum event e)
{
    TRY(approval_end(tx, &(struct approval_end_in){state, wtx_now(tx), by, a->id}));
    return say(tx, e, about, a);
}

enum rc
approval_refuse(struct wtx *tx, struct approval_id id, struct user_id by)
{
    struct approval a;
    struct subject about;

    TRY(load_under_way(tx, id, &a, &about));
    TRY(need_other(tx, &a, by));
    return end(tx, &a, about, APPROVAL_REFUSED, by, rules[a.kind].refused);
}

enum rc
approval_cancel(struct wtx *tx, struct approval_id id, struct user_id by)
{
    struct approval a;
    struct subject about;

    TRY(load_under_way(tx, id, &a, &about));
    if (by.n != 0 && by.n != a.concerned.n && by.n != a.ordered_by.n) {
        return fail(wtx_err(tx), RC_DENIED, E_APPROVAL_RIGHT, "user %lld", (long long)by.n);
    }
    return end(tx, &a, about, APPROVAL_CANCELLED, by, rules[a.kind].cancelled);
}

enum rc
approval_done(struct wtx *tx, struct approval_id id)
{
    struct approval a;
    struct subject about;

    TRY(load_under_way(tx, id, &a, &about));
    if (!is_due(&a, wtx_now(tx))) {
        return fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_ENDED, "not due");
    }
    return end(tx, &a, about, APPROVAL_DONE, wtx_user(tx), rules[a.kind].done);
}

/* Ran out, or the waiting time is over and those who approved may not any more. */
static bool
has_run_out(const struct approval *a, struct instant now)
{
    const bool lost = a->state == APPROVAL_WAITING && a->given < a->needs;

    return now.us >= a->expires_at.us || (lost && now.us >= a->not_before_at.us);
}

enum rc
approval_tidy(struct wtx *tx)
{
    const struct instant before = {wtx_now(tx).us - US(APPROVAL_KEEP_S)};
    struct approval_alive_row *rows;
    size_t n;
    int64_t gone;

    wtx_allow_untouched(tx, "orders that ran out");
    TRY(approval_alive(wtx_read(tx), &rows, &n));
    for (size_t i = 0; i < n; i++) {
        struct approval a;
        struct subject about;
        TRY(load(wtx_read(tx), rows[i].id, &a, &about));
        if (has_run_out(&a, wtx_now(tx))) {
            TRY(end(tx, &a, about, APPROVAL_EXPIRED, (struct user_id){0}, rules[a.kind].expired));
        }
    }
    TRY(approval_vote_drop_old(tx, &(struct approval_vote_drop_old_in){before}, &gone));
    return approval_drop_old(tx, &(struct approval_drop_old_in){before}, &gone);
}
