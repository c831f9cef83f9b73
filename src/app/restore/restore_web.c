/* restore_web.c: one state before it is put back: a free look at what would happen, and the order
 * with its price. */
#include "app/release/release.h"
#include "app/restore/pages.h"
#include "app/restore/price_page.h"
#include "base/time.h"
#include "guard/approval.h"
#include "http/reply.h"

#include "order.sql.h"

static const struct field restore_fields[] = {
    FIELD(struct restore_form, order_key, T_restore_key, .max = ORDER_KEY_MAX, .token = "off"),
    FIELD(struct restore_form, price_version, T_restore_version, .min = 0, .max = INT32_MAX),
    FIELD(struct restore_form, price_total, T_restore_total, .min = 0, .max = INT32_MAX),
    FIELD(struct restore_form, reason, T_restore_reason, .max = ORDER_REASON_MAX, .depends = true,
          .area = true),
};
const struct form_def restore_form_def = FORM_DEF(restore_form, restore_fields);

struct restore_page {
    struct state_view state;
    struct str fault; /* of a button that was refused */
    bool is_running, has_failed, has_preview, can_order, is_under_way, has_others, is_released;
    struct instant looked_at;
    enum text why; /* it failed */
    struct outcome outcome;
    struct price_view price;
    struct restore_form form;
};

#include "restore.tmpl.h"

/* --- the page ----------------------------------------------------------------------------------
 */

static enum rc
fill_preview(struct req *rq, struct rtx *tx, struct str stamp, struct restore_page *d)
{
    struct restore_order_id id;
    struct order_row_row o;
    bool found = false;
    TRY(order_preview_of(tx, stamp, &id));
    TRY(order_row(tx, &(struct order_row_in){id}, &o, &found));
    if (!found) {
        return OK;
    }
    d->is_running = o.order_state == ORDER_WANTED;
    d->has_failed = o.order_state == ORDER_FAILED;
    d->has_preview = o.order_state == ORDER_DONE;
    d->looked_at = o.ended_at;
    if (d->has_failed) {
        d->why = restore_why(rq, o.code_text);
    } else if (d->has_preview) {
        outcome_read(rq, o.outcome_text, &d->outcome);
    }
    return OK;
}

enum rc
restore_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct restore_page d = {.fault = STR("")};
    struct approval_holder *others;
    size_t n;
    TRY(states_need(rq, tx, &d.state));
    TRY(price_read(rq, &d.price));
    TRY(fill_preview(rq, tx, d.state.stamp, &d));
    TRY(order_is_under_way(tx, &d.is_under_way));
    TRY(approval_holders(tx, APPROVAL_RESTORE, req_who(rq)->user, &others, &n));
    d.has_others = n > 0;
    d.is_released = release_need() > 0;
    d.can_order = d.has_preview && !d.is_under_way;
    d.form = (struct restore_form){
        .price_version = d.price.version, .price_total = d.price.total.minor, .reason = STR("")};
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    if (d.is_running) {
        reply_look_again(rq);
    }
    pg->nav = NAV_BACKUPS;
    pg->title = states_title(rq, T_restore_title_of, d.state.at);
    return reply_page(rq, restore_html, &d);
}

enum rc
restore_prepare(struct req *rq, struct rtx *tx)
{
    TRY(states_ask_named(rq, tx));
    req_want_answer(rq, &(struct question){.name = "restore.price"});
    return OK;
}

enum rc
restore_post_preview(struct req *rq, struct wtx *tx)
{
    struct state_view state;
    struct restore_order_id id;
    TRY(states_need(rq, wtx_read(tx), &state));
    TRY(order_preview(tx, state.stamp, &id));
    return reply_redirect(rq, url_fmt(req_mem(rq), "/sicherungen/%s/wiederherstellung",
                                      url_text(req_mem(rq), state.stamp)));
}

/* --- the order ---------------------------------------------------------------------------------
 */

static bool
is_whole(const struct restore_form *f)
{
    return price_is_key(f->order_key) && f->reason.n > 0;
}

/* Kept by the registrar at the price that was shown, or not at all, before anything is written
 * here; an order that then comes to nothing is one that was never carried out, and owed by nobody.
 * What cannot be ordered anyway is not told. */
enum rc
restore_prepare_order(struct req *rq, struct rtx *tx)
{
    const struct restore_form *f = req_form(rq, struct restore_form);
    struct day month;
    bool is_under_way;
    bool is_looked;
    TRY(states_month_of(tx, req_path_text(rq, "text"), &month));
    TRY(order_is_under_way(tx, &is_under_way));
    TRY(order_is_looked_into(tx, req_path_text(rq, "text"), &is_looked));
    if (is_under_way || !is_looked || !is_whole(f)) {
        return restore_prepare(rq, tx);
    }
    states_ask(rq, month);
    price_record(rq, "restore.record",
                 &(struct price_shown){f->order_key, f->price_version, f->price_total});
    return OK;
}

enum rc
restore_post_order(struct req *rq, struct wtx *tx)
{
    const struct restore_form *f = req_form(rq, struct restore_form);
    struct state_view state;
    struct restore_order_id id;
    bool is_under_way;
    bool waits;
    TRY(states_need(rq, wtx_read(tx), &state));
    if (f->reason.n == 0) {
        req_fault(rq, "reason", E_FIELD_REQUIRED, STR_NONE);
        return OK;
    }
    TRY(order_is_under_way(wtx_read(tx), &is_under_way));
    if (is_under_way) { /* its price was not asked for */
        return fail(req_err(rq), RC_CONFLICT, E_RESTORE_TWICE, "under way");
    }
    TRY(price_need(rq, &(struct price_shown){f->order_key, f->price_version, f->price_total}));
    TRY(order_restore(tx,
                      &(struct order_wish_restore){.state = state.stamp,
                                                   .reason = f->reason,
                                                   .key = f->order_key,
                                                   .records = STR(""),
                                                   .total = {f->price_total}},
                      &id, &waits));
    return reply_done(rq, url_fmt(req_mem(rq), "/sicherungen/auftraege/%lld", (long long)id.n),
                      waits                ? T_notice_restore_waits
                      : release_need() > 0 ? T_notice_restore_releases
                                           : T_notice_restore_ordered);
}
