/* order_web.c: one order to put a state back: who approves, how far it is, what it did, and the way
 * back. */
#include "app/release/release.h"
#include "app/restore/pages.h"
#include "app/restore/pick.h"
#include "archive/stamp.h"
#include "base/time.h"
#include "guard/approval.h"
#include "http/reply.h"

#include "order.sql.h"

struct order_page {
    struct restore_order_id id;
    struct str fault, fault_of; /* why a button was refused, and because of which record */
    struct str reason, ordered_by, ended_by;
    struct instant made_at, ordered_at, ended_at, expires_at;
    struct money total;
    bool is_undo, is_take, is_open, is_running, is_done, has_failed, is_stopped, is_free;
    bool by_operator; /* done, but not by this order */
    bool can_approve, can_refuse, can_cancel, can_undo, has_given;
    bool waits, was_refused; /* for the operator's release; and he did not give it */
    int64_t release_need, release_given;
    struct instant waits_at, lapses_at;
    struct str refuse_reason;
    enum text why;
    struct instant undo_until, undone_at;
    struct outcome outcome;
    struct str state;   /* of single records: where they are chosen */
    struct taken taken; /* as long as it is not done: what shall come */
    bool is_asked, has_parents, overwrites;
};

#include "order.tmpl.h"

static struct str
name_of(struct rtx *tx, struct user_id user)
{
    struct order_user_name_row u;
    bool found = false;
    if (order_user_name(tx, &(struct order_user_name_in){user}, &u, &found) != OK || !found) {
        return STR("");
    }
    const struct str full =
        str_trim(arena_fmt(rtx_mem(tx), "%.*s %.*s", STR_FMT(u.first_name), STR_FMT(u.last_name)));
    return full.n > 0 ? full : u.login;
}

static enum rc
fill_choices(struct req *rq, struct rtx *tx, struct order_page *d)
{
    const struct user_id me = req_who(rq)->user;
    struct approval a;
    bool found;
    TRY(order_can_undo(tx, d->id, &d->can_undo));
    TRY(approval_under_way(tx, APPROVAL_RESTORE, SUBJECT(restore_order, d->id), &a, &found));
    d->can_cancel = d->waits;
    if (!d->is_open) {
        return OK;
    }
    d->is_open = found;
    d->is_stopped = !found;
    if (found) {
        TRY(approval_has_given(tx, a.id, me, &d->has_given));
        d->can_approve = !d->has_given;
        d->can_cancel = a.ordered_by.n == me.n;
        d->can_refuse = !d->can_cancel;
        d->expires_at = a.expires_at;
    }
    return OK;
}

enum text
restore_why(struct req *rq, struct str code)
{
    const enum text t = text_find(arena_fmt(req_mem(rq), "restore.why.%.*s", STR_FMT(code)));
    return t != T_NONE ? t : text_find(arena_fmt(req_mem(rq), "err.%.*s", STR_FMT(code)));
}

/* Of single records some things are said otherwise than of a whole state. */
static enum text
why_of(struct req *rq, const struct order_row_row *o)
{
    const struct str own = arena_fmt(req_mem(rq), "records.%.*s", STR_FMT(o->code_text));
    const enum text t = o->order_kind == ORDER_TAKE ? text_find(own) : T_NONE;
    return t != T_NONE ? t : restore_why(rq, o->code_text);
}

/* What shall come back, for who approves. */
static void
fill_asked(struct order_page *d, struct str what)
{
    struct pick_order o = {0};
    struct err why = {0};
    d->is_asked = (d->is_open || d->is_running || d->waits) && pick_parse(what, &why, &o) == OK;
    d->has_parents = o.parents;
    d->overwrites = o.overwrite;
}

static void
fill_release(const struct order_row_row *o, struct order_page *d)
{
    d->release_need = o->release_need;
    d->release_given = o->release_given;
    d->waits_at = o->waits_at;
    d->lapses_at = (struct instant){o->waits_at.us + RELEASE_DAYS * 24 * 3600 * INT64_C(1000000)};
    d->refuse_reason = o->refuse_reason;
    d->was_refused = d->has_failed && (str_eq(o->code_text, STR("restore.not_released")) ||
                                       str_eq(o->code_text, STR("restore.lapsed")));
}

static void
fill_order(struct req *rq, struct rtx *tx, const struct order_row_row *o, struct order_page *d)
{
    struct instant made;
    d->id = o->id;
    d->reason = o->reason_text;
    d->ordered_by = name_of(tx, o->user_id);
    d->ordered_at = o->ordered_at;
    d->ended_at = o->ended_at;
    d->total = o->total;
    d->is_free = o->total.minor == 0;
    d->is_undo = o->order_kind == ORDER_UNDO;
    d->is_open = o->order_state == ORDER_OPEN;
    d->waits = o->order_state == ORDER_WANTED && o->waits_at.us != INSTANT_NONE.us;
    d->is_running = o->order_state == ORDER_WANTED && !d->waits;
    d->is_done = o->order_state == ORDER_DONE;
    d->has_failed = o->order_state == ORDER_FAILED;
    d->is_stopped = o->order_state == ORDER_STOPPED;
    d->made_at = stamp_parse(o->state_name, &made) == OK ? made : INSTANT_NONE;
    d->undo_until =
        (struct instant){o->ended_at.us + ORDER_KEEP_DAYS * 24 * 3600 * INT64_C(1000000)};
    d->is_take = o->order_kind == ORDER_TAKE;
    d->state = o->state_name;
    fill_release(o, d);
    d->by_operator = d->is_done && o->code_text.n > 0;
    if (d->has_failed || d->by_operator) {
        d->why = why_of(rq, o);
    }
    if (d->is_take) {
        outcome_read_taken(rq, o->outcome_text, &d->taken);
        fill_asked(d, o->what_text);
    } else if (d->is_done) {
        outcome_read(rq, o->outcome_text, &d->outcome);
    }
}

static enum rc
fill_undone(struct rtx *tx, struct order_page *d)
{
    struct order_take_row_row take;
    bool found = false;
    TRY(order_take_row(tx, &(struct order_take_row_in){d->id}, &take, &found));
    d->undone_at = found ? take.undone_at : INSTANT_NONE;
    return OK;
}

enum rc
order_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct order_page d = {.fault = STR(""), .fault_of = STR("")};
    struct order_row_row o;
    bool found = false;
    TRY(order_row(tx, &(struct order_row_in){PATH_ID(rq, restore_order)}, &o, &found));
    if (!found) {
        return fail(req_err(rq), RC_MISSING, E_MISSING, "order");
    }
    fill_order(rq, tx, &o, &d);
    TRY(fill_choices(rq, tx, &d));
    TRY(fill_undone(tx, &d));
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
        d.fault_of = outcome_subject_of(rq, pg->faults[0].arg);
    }
    if (d.is_running) {
        reply_look_again(rq);
    }
    pg->nav = NAV_BACKUPS;
    pg->title = page_text(pg, T_order_title_of, arena_fmt(req_mem(rq), "%lld", (long long)d.id.n));
    return reply_page(rq, order_html, &d);
}

/* --- doing -------------------------------------------------------------------------------------
 */

static enum rc
done(struct req *rq, struct restore_order_id id, enum text notice)
{
    return reply_done(rq, url_fmt(req_mem(rq), "/sicherungen/auftraege/%lld", (long long)id.n),
                      notice);
}

enum rc
order_post_approve(struct req *rq, struct wtx *tx)
{
    const struct restore_order_id id = PATH_ID(rq, restore_order);
    TRY(order_approve(tx, id));
    return done(rq, id, release_need() > 0 ? T_notice_restore_releases : T_notice_restore_approved);
}

enum rc
order_post_refuse(struct req *rq, struct wtx *tx)
{
    const struct restore_order_id id = PATH_ID(rq, restore_order);
    TRY(order_refuse(tx, id));
    return done(rq, id, T_notice_restore_stopped);
}

enum rc
order_post_cancel(struct req *rq, struct wtx *tx)
{
    const struct restore_order_id id = PATH_ID(rq, restore_order);
    TRY(order_cancel(tx, id));
    return done(rq, id, T_notice_restore_stopped);
}

enum rc
order_post_undo(struct req *rq, struct wtx *tx)
{
    const struct restore_order_id of = PATH_ID(rq, restore_order);
    struct restore_order_id id;
    TRY(order_undo(tx, of, &id));
    return done(rq, id, id.n == of.n ? T_notice_records_undone : T_notice_restore_undo);
}
