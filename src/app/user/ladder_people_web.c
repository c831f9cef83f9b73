/* ladder_people_web.c: the recovery ladder as administrators meet it: what ways in a person has,
 * ordering and approving rung 3, stopping whatever is under way. The rules are those of ladder.h
 * and guard/approval.h; nothing here knows a short cut. */
#include "base/mime.h"
#include "ladder_pages.h"

#include "ladder_people.tmpl.h"

static struct url
access_url(struct req *rq, struct user_id id)
{
    return url_fmt(req_mem(rq), "/personen/%lld/zugang", (long long)id.n);
}

/* --- the page -------------------------------------------------------------------------------- */
/* Who stands behind it now. */
static enum rc
fill_voters(struct rtx *tx, struct access_page *d)
{
    struct voter *v = ARENA_ARRAY(rtx_mem(tx), struct voter, d->ladder.n_admins);

    for (size_t i = 0; i < d->ladder.n_admins; i++) {
        const struct approval_holder *h = &d->ladder.admins[i];
        bool has;
        TRY(approval_has_given(tx, d->approval, h->user, &has));
        if (has) {
            v[d->n_voters++].name = ladder_name(tx, h->user);
        }
    }
    d->voters = v;
    return OK;
}

/* What the person who looks may do about it. */
static enum rc
fill_choices(struct rtx *tx, struct user_id me, struct access_page *d)
{
    const struct approval *a = &d->ladder.order;

    d->can_order =
        !d->is_self && !d->reset.is_there && d->ladder.has_admins && d->ladder.factors > 0;
    if (!d->reset.is_there) {
        return OK;
    }
    d->approval = a->id;
    TRY(approval_has_given(tx, a->id, me, &d->has_given));
    d->can_approve = !d->is_self && a->state == APPROVAL_OPEN && !d->has_given;
    d->can_cancel = me.n == a->ordered_by.n || d->is_self;
    d->can_refuse = !d->can_cancel;
    return fill_voters(tx, d);
}

static enum text
end_text(enum approval_state s)
{
    static const enum text texts[] = {[APPROVAL_DONE] = T_event_user_factor_reset_done,
                                      [APPROVAL_REFUSED] = T_event_user_factor_reset_refused,
                                      [APPROVAL_CANCELLED] = T_event_user_factor_reset_cancelled,
                                      [APPROVAL_EXPIRED] = T_event_user_factor_reset_expired};

    return texts[s];
}

/* How earlier ones ended, of either kind: the register that a customer reads. */
static enum rc
fill_past(struct rtx *tx, enum approval_kind kind, struct access_page *d, struct past_reset *to)
{
    struct approval *v;
    size_t n;

    TRY(approval_list(tx, kind, &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (v[i].subject_user.n == d->id.n && v[i].state >= APPROVAL_DONE) {
            to[d->n_past++] = (struct past_reset){.at = v[i].ended_at,
                                                  .what = end_text(v[i].state),
                                                  .reason = v[i].reason,
                                                  .by = ladder_name(tx, v[i].ordered_by)};
        }
    }
    return OK;
}

static enum rc
show(struct req *rq, struct rtx *tx, struct user_id id)
{
    const struct user_id me = req_who(rq)->user;
    struct past_reset *past = ARENA_ARRAY(req_mem(rq), struct past_reset, 2 * APPROVAL_LIST_MAX);
    struct access_page d = {
        .id = id, .is_self = id.n == me.n, .past = past, .form = {.reason = STR("")}};
    struct page *pg = req_page(rq);
    struct user_find_row u;

    TRY(user_find(tx, &(struct user_find_in){id}, &u));
    TRY(ladder_of(tx, id, &d.ladder));
    fill_reset(tx, &d.ladder, req_now(rq), &d.reset);
    TRY(fill_choices(tx, me, &d));
    TRY(fill_past(tx, APPROVAL_FACTOR_RESET_LAST, &d, past));
    TRY(fill_past(tx, APPROVAL_FACTOR_RESET, &d, past));
    d.name = ladder_name(tx, id);
    d.fault = ladder_fault(pg);
    d.has_email = mail_address_is_valid(u.email);
    d.email = u.email;
    pg->nav = NAV_USERS;
    pg->title = page_text(pg, T_access_title, d.name);
    return reply_page(rq, access_html, &d);
}

enum rc
access_get(struct req *rq, struct rtx *tx)
{
    return show(rq, tx, PATH_ID(rq, user));
}

/* A refused button of an order leads to its person's page. */
enum rc
access_get_again(struct req *rq, struct rtx *tx)
{
    struct approval a;

    TRY(approval_find(tx, PATH_ID(rq, approval), &a));
    return show(rq, tx, a.subject_user);
}

/* --- doing ----------------------------------------------------------------------------------- */
enum rc
access_post_order(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);
    const struct user_id me = req_who(rq)->user;

    if (id.n == me.n) { /* whoever is signed in has not lost it */
        return fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_OWN, "own account");
    }
    TRY(ladder_order(tx, id, me, req_form(rq, struct lost_form)->reason));
    return reply_done(rq, access_url(rq, id), T_notice_reset_ordered);
}

static enum rc
find_whose(struct req *rq, struct wtx *tx, struct user_id *ret_id)
{
    struct approval a;

    TRY(approval_find(wtx_read(tx), PATH_ID(rq, approval), &a));
    *ret_id = a.subject_user;
    return OK;
}

enum rc
access_post_approve(struct req *rq, struct wtx *tx)
{
    struct user_id whose;
    bool granted;

    TRY(find_whose(rq, tx, &whose));
    TRY(approval_give(tx, PATH_ID(rq, approval), req_who(rq)->user, &granted));
    return reply_done(rq, access_url(rq, whose),
                      granted ? T_notice_reset_granted : T_notice_reset_approved);
}

enum rc
access_post_refuse(struct req *rq, struct wtx *tx)
{
    struct user_id whose;

    TRY(find_whose(rq, tx, &whose));
    TRY(approval_refuse(tx, PATH_ID(rq, approval), req_who(rq)->user));
    return reply_done(rq, access_url(rq, whose), T_notice_reset_refused);
}

enum rc
access_post_cancel(struct req *rq, struct wtx *tx)
{
    struct user_id whose;

    TRY(find_whose(rq, tx, &whose));
    TRY(approval_cancel(tx, PATH_ID(rq, approval), req_who(rq)->user));
    return reply_done(rq, access_url(rq, whose), T_notice_reset_cancelled);
}
