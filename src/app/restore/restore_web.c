/* restore_web.c: one state before it is put back: a free look at what would happen, and the order
 * with its price. */
#include <jansson.h>

#include "app/restore/pages.h"
#include "base/time.h"
#include "guard/approval.h"
#include "http/reply.h"

#include "order.sql.h"

enum { REFRESH_S = 2 };

static const struct field restore_fields[] = {
    FIELD(struct restore_form, order_key, T_restore_key, .max = ORDER_KEY_MAX, .token = "off"),
    FIELD(struct restore_form, price_version, T_restore_version, .min = 0, .max = INT32_MAX),
    FIELD(struct restore_form, price_total, T_restore_total, .min = 0, .max = INT32_MAX),
    FIELD(struct restore_form, reason, T_restore_reason, .max = ORDER_REASON_MAX, .depends = true,
          .area = true),
};
const struct form_def restore_form_def = FORM_DEF(restore_form, restore_fields);

struct price_view {
    bool is_known, is_free, is_incident;
    int64_t version;
    struct money net, vat, total, regular;
    struct percent rate;
};
struct restore_page {
    struct state_view state;
    struct str fault; /* of a button that was refused */
    bool is_running, has_failed, has_preview, can_order, is_under_way, has_others;
    struct instant looked_at;
    enum text why; /* it failed */
    struct outcome outcome;
    struct price_view price;
    struct restore_form form;
};

#include "restore.tmpl.h"

/* --- the price ---------------------------------------------------------------------------------
 */

/* What the registrar says; RC_BUSY: it could not. *ret_recorded: an order was kept at it. */
static enum rc
read_price(struct req *rq, size_t i, struct price_view *ret, bool *ret_recorded, bool *ret_changed)
{
    json_error_t why;
    const struct bytes b = req_result(rq, i);
    json_t *in = b.n > 0 ? json_loadb((const char *)b.p, b.n, 0, &why) : NULL;
    const char *reason = json_string_value(json_object_get(in, "reason"));
    const char *code = json_string_value(json_object_get(in, "code"));
    *ret =
        (struct price_view){.is_known = json_is_integer(json_object_get(in, "total")),
                            .version = json_integer_value(json_object_get(in, "version")),
                            .net = {json_integer_value(json_object_get(in, "net"))},
                            .vat = {json_integer_value(json_object_get(in, "vat"))},
                            .total = {json_integer_value(json_object_get(in, "total"))},
                            .regular = {json_integer_value(json_object_get(in, "regular"))},
                            .rate = {(int32_t)json_integer_value(json_object_get(in, "vatRate"))},
                            .is_incident = reason != NULL && strcmp(reason, "incident") == 0};
    ret->is_free = ret->total.minor == 0;
    *ret_recorded = json_is_true(json_object_get(in, "recorded"));
    *ret_changed = code != NULL && strcmp(code, code_name(E_PRICE_CHANGED)) == 0;
    json_decref(in);
    return ret->is_known ? OK : fail(req_err(rq), RC_BUSY, E_BUSY, "no answer about the price");
}

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
        d->why = text_find(arena_fmt(req_mem(rq), "err.%.*s", STR_FMT(o.code_text)));
    } else if (d->has_preview) {
        outcome_read(rq, o.outcome_text, &d->outcome);
    }
    return OK;
}

static enum rc
find_state(struct req *rq, struct rtx *tx, struct state_view *ret)
{
    struct states s;
    TRY(states_read(rq, tx, 0, &s));
    const struct state_view *v = states_find(&s, req_path_text(rq, "text"));
    if (v == NULL) {
        return fail(req_err(rq), RC_MISSING, E_MISSING, "no such state");
    }
    *ret = *v;
    return OK;
}

enum rc
restore_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct restore_page d = {.fault = STR("")};
    struct approval_holder *others;
    size_t n;
    bool recorded;
    bool changed;
    TRY(find_state(rq, tx, &d.state));
    TRY(read_price(rq, 1, &d.price, &recorded, &changed));
    TRY(fill_preview(rq, tx, d.state.stamp, &d));
    TRY(order_is_under_way(tx, &d.is_under_way));
    TRY(approval_holders(tx, APPROVAL_RESTORE, req_who(rq)->user, &others, &n));
    d.has_others = n > 0;
    d.can_order = d.has_preview && !d.is_under_way;
    d.form = (struct restore_form){
        .price_version = d.price.version, .price_total = d.price.total.minor, .reason = STR("")};
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    if (d.is_running) { /* without script, too */
        reply_header(rq, "refresh", arena_fmt(req_mem(rq), "%d", REFRESH_S));
    }
    pg->nav = NAV_BACKUPS;
    pg->title = page_text(pg, T_restore_title_of, d.state.stamp);
    return reply_page(rq, restore_html, &d);
}

enum rc
restore_prepare(struct req *rq, struct rtx *tx)
{
    struct day month;
    TRY(states_month_of(tx, req_path_text(rq, "text"), &month));
    states_ask(rq, month);
    req_want_answer(rq, &(struct question){.name = "restore.price"});
    return OK;
}

enum rc
restore_post_preview(struct req *rq, struct wtx *tx)
{
    struct state_view state;
    struct restore_order_id id;
    TRY(find_state(rq, wtx_read(tx), &state));
    TRY(order_preview(tx, state.stamp, &id));
    return reply_redirect(rq, url_fmt(req_mem(rq), "/sicherungen/%s/wiederherstellung",
                                      url_text(req_mem(rq), state.stamp)));
}

/* --- the order ---------------------------------------------------------------------------------
 */

/* As the page made it: letters that nobody on its way changes, so that two orders have two names.
 */
static bool
is_key(struct str key)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] == '\0' || strchr(letters, key.p[i]) == NULL) {
            return false;
        }
    }
    return key.n >= ORDER_KEY_MIN && key.n <= ORDER_KEY_MAX;
}

static bool
is_whole(const struct restore_form *f)
{
    return is_key(f->order_key) && f->reason.n > 0;
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
    req_want_answer(rq, &(struct question){.name = "restore.record",
                                           .of = f->order_key,
                                           .login = req_who(rq)->login,
                                           .version = f->price_version,
                                           .total = f->price_total});
    return OK;
}

/* Nothing is ordered at another price than the one on the page. */
static enum rc
need_price(struct req *rq, struct wtx *tx, const struct restore_form *f)
{
    struct price_view p;
    bool recorded;
    bool changed;
    TRY(read_price(rq, 1, &p, &recorded, &changed));
    if (changed || p.version != f->price_version || p.total.minor != f->price_total) {
        return fail(wtx_err(tx), RC_CONFLICT, E_PRICE_CHANGED, "version %lld",
                    (long long)p.version);
    }
    return recorded ? OK : fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_TWICE, "not recorded");
}

enum rc
restore_post_order(struct req *rq, struct wtx *tx)
{
    const struct restore_form *f = req_form(rq, struct restore_form);
    struct state_view state;
    struct restore_order_id id;
    bool waits;
    TRY(find_state(rq, wtx_read(tx), &state));
    if (f->reason.n == 0) {
        req_fault(rq, "reason", E_FIELD_REQUIRED, STR_NONE);
        return OK;
    }
    TRY(need_price(rq, tx, f));
    TRY(order_restore(tx,
                      &(struct order_wish_restore){.state = state.stamp,
                                                   .reason = f->reason,
                                                   .key = f->order_key,
                                                   .total = {f->price_total}},
                      &id, &waits));
    return reply_done(rq, url_fmt(req_mem(rq), "/sicherungen/auftraege/%lld", (long long)id.n),
                      waits ? T_notice_restore_waits : T_notice_restore_ordered);
}
