/* order.c: what a workspace is shown, and what it orders. */
#include "app/charge/charge_in.h"
#include "app/release/release.h"

/* So long an order may be told again: a request that the worker got twice. */
#define TOLD_TWICE_US (15 * 60 * INT64_C(1000000))

static const int64_t DAY_US = 24LL * 3600 * 1000000;

/* What the audit keeps of an order. */
struct order_form {
    struct str slug, order_key, ordered_login;
    int64_t charge_item, price_version, charge_reason;
    struct money net, vat, total;
};
static const struct field order_fields[] = {
    FIELD(struct order_form, slug, T_charge_workspace, .max = 63),
    FIELD(struct order_form, order_key, T_charge_order, .max = ORDER_MAX),
    FIELD(struct order_form, ordered_login, T_charge_login, .max = LOGIN_MAX, .personal = true),
    FIELD(struct order_form, charge_item, T_charge_item),
    FIELD(struct order_form, price_version, T_charge_version),
    FIELD(struct order_form, charge_reason, T_charge_reason),
    FIELD(struct order_form, net, T_charge_net),
    FIELD(struct order_form, vat, T_charge_vat),
    FIELD(struct order_form, total, T_charge_total),
};
static const struct form_def order_form_def = FORM_DEF(order_form, order_fields);

static const char *const reasons[] = {
    [CHARGE_ORDERED] = "ordered", [CHARGE_INCIDENT] = "incident", [CHARGE_FREE] = "free"};

const char *
charge_item_name(enum charge_item item)
{
    return item == CHARGE_RESTORE_WHOLE ? "restore_whole" : "restore_records";
}

/* --- what it costs ---------------------------------------------------------------------------- */

enum rc
charge_offer(struct rtx *tx, int64_t workspace, enum charge_item item,
             struct charge_offer *ret_offer)
{
    struct price_now_row price;
    struct incident_covering_row incident;
    bool is_incident;
    TRY(price_now(tx, &(struct price_now_in){item, rtx_now(tx)}, &price));
    TRY(incident_covering(tx,
                          &(struct incident_covering_in){
                              workspace, rtx_now(tx), {rtx_now(tx).us - INCIDENT_DAYS * DAY_US}},
                          &incident, &is_incident));
    struct charge_offer o = {.item = item,
                             .reason = CHARGE_ORDERED,
                             .version = price.price_version,
                             .net = price.net,
                             .vat_percent = price.vat_percent,
                             .currency = price.currency};
    TRY(charge_vat(o.net, o.vat_percent, &o.vat, &o.total));
    o.regular = o.total;
    if (o.total.minor == 0) {
        o.reason = CHARGE_FREE;
    } else if (is_incident) {
        o.reason = CHARGE_INCIDENT;
        o.incident = incident.id;
        o.net = o.vat = o.total = (struct money){0};
    }
    *ret_offer = o;
    return OK;
}

/* --- parameters and results ------------------------------------------------------------------- */

static enum rc
need_item(struct wtx *tx, const json_t *in, enum charge_item *ret_item)
{
    const struct str name = ask_text(in, "item", 40);
    for (enum charge_item i = CHARGE_RESTORE_WHOLE; i < CHARGE_ITEM_END; i++) {
        if (str_eq(name, str_of(charge_item_name(i)))) {
            *ret_item = i;
            return OK;
        }
    }
    return fail_field(wtx_err(tx), "item", RC_INVALID, E_FIELD_CHOICE, NULL);
}

static enum rc
need_workspace(struct wtx *tx, const json_t *in, struct charge_workspace_row *ret_row)
{
    int64_t n;
    bool found = false;
    TRY(ask_number(tx, in, "workspace", 1, INT64_MAX, &n));
    TRY(charge_workspace(wtx_read(tx), &(struct charge_workspace_in){{n}}, ret_row, &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such workspace");
}

static enum rc
put_offer(json_t *out, const struct charge_offer *o)
{
    const int bad = json_object_set_new(out, "item", json_string(charge_item_name(o->item))) |
                    json_object_set_new(out, "version", json_integer(o->version)) |
                    json_object_set_new(out, "net", json_integer(o->net.minor)) |
                    json_object_set_new(out, "vatRate", json_integer(o->vat_percent.n)) |
                    json_object_set_new(out, "vat", json_integer(o->vat.minor)) |
                    json_object_set_new(out, "total", json_integer(o->total.minor)) |
                    json_object_set_new(out, "currency", charge_json_text(o->currency)) |
                    json_object_set_new(out, "reason", json_string(reasons[o->reason])) |
                    json_object_set_new(out, "regular", json_integer(o->regular.minor));
    return bad == 0 ? OK : RC_BROKEN;
}

enum rc
charge_run_price(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_workspace_row w;
    struct charge_offer o;
    enum charge_item item = CHARGE_ITEM_END;
    TRY(need_item(tx, in, &item));
    TRY(need_workspace(tx, in, &w));
    TRY(charge_offer(wtx_read(tx), w.workspace_id.n, item, &o));
    return put_offer(out, &o);
}

/* --- ordering --------------------------------------------------------------------------------- */

struct order {
    struct charge_workspace_row workspace;
    struct str key, login;
    enum charge_item item;
    int64_t version, total; /* as shown */
};

static enum rc
need_order(struct wtx *tx, const json_t *in, struct order *o)
{
    TRY(need_item(tx, in, &o->item));
    TRY(need_workspace(tx, in, &o->workspace));
    TRY(ask_number(tx, in, "version", 1, INT64_MAX, &o->version));
    TRY(ask_number(tx, in, "total", 0, INT64_MAX, &o->total));
    o->key = ask_text(in, "order", ORDER_MAX);
    o->login = ask_text(in, "login", LOGIN_MAX);
    if (o->key.n == 0) {
        return fail_field(wtx_err(tx), "order", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    return o->login.n > 0 ? OK
                          : fail_field(wtx_err(tx), "login", RC_INVALID, E_FIELD_REQUIRED, NULL);
}

static enum rc
find_order(struct wtx *tx, int64_t workspace, struct str key, struct charge_find_row *ret_row,
           bool *ret_found)
{
    struct charge_by_order_row row;
    TRY(charge_by_order(wtx_read(tx), &(struct charge_by_order_in){workspace, key}, &row,
                        ret_found));
    return *ret_found
               ? charge_find(wtx_read(tx), &(struct charge_find_in){row.id}, ret_row, ret_found)
               : OK;
}

static enum rc
insert(struct wtx *tx, const struct order *o, const struct charge_offer *offer)
{
    struct charge_id id;
    const struct order_form after = {o->workspace.slug, o->key,     o->login,
                                     o->item,           o->version, offer->reason,
                                     offer->net,        offer->vat, offer->total};
    TRY(wtx_new_id(tx, "charge", &id.n));
    TRY(charge_insert(tx,
                      &(struct charge_insert_in){.id = id,
                                                 .workspace_number = o->workspace.workspace_id.n,
                                                 .order_key = o->key,
                                                 .slug = o->workspace.slug,
                                                 .charge_item = o->item,
                                                 .price_version = offer->version,
                                                 .net = offer->net,
                                                 .vat_percent = offer->vat_percent,
                                                 .vat = offer->vat,
                                                 .total = offer->total,
                                                 .currency = offer->currency,
                                                 .charge_reason = offer->reason,
                                                 .incident_id = offer->incident,
                                                 .ordered_login = o->login,
                                                 .ordered_at = wtx_now(tx)}));
    return touch(tx, EVENT_CHARGE_ORDERED, SUBJECT(charge, id), &order_form_def, NULL, &after);
}

/* Nothing is ordered, but that it was refused is kept. */
static enum rc
refuse(struct wtx *tx, const struct order *o, const struct charge_offer *offer, json_t *out)
{
    const struct order_form shown = {.slug = o->workspace.slug,
                                     .order_key = o->key,
                                     .ordered_login = o->login,
                                     .charge_item = o->item,
                                     .price_version = o->version,
                                     .total = {o->total}};
    wtx_allow_untouched(tx, "a refusal changes nothing");
    TRY(touch(tx, EVENT_CHARGE_REFUSED, SUBJECT(workspace, o->workspace.workspace_id),
              &order_form_def, NULL, &shown));
    TRY(put_offer(out, offer));
    const int bad = json_object_set_new(out, "recorded", json_false()) |
                    json_object_set_new(out, "code", json_string(code_name(E_PRICE_CHANGED)));
    return bad == 0 ? OK : RC_BROKEN;
}

static enum rc
put_recorded(const struct charge_find_row *row, json_t *out)
{
    struct charge_offer o = {.item = (enum charge_item)row->charge_item,
                             .reason = (enum charge_reason)row->charge_reason,
                             .version = row->price_version,
                             .net = row->net,
                             .vat = row->vat,
                             .total = row->total,
                             .regular = row->total,
                             .vat_percent = row->vat_percent,
                             .currency = row->currency};
    TRY(put_offer(out, &o));
    const int bad =
        json_object_set_new(out, "recorded", json_true()) |
        json_object_set_new(out, "charge", json_integer(row->id.n)) |
        json_object_set_new(out, "status", json_string(charge_status_name(charge_status_of(row))));
    return bad == 0 ? OK : RC_BROKEN;
}

enum rc
charge_run_record(struct wtx *tx, json_t *in, json_t *out)
{
    struct order o = {0};
    struct charge_find_row row;
    struct charge_offer offer;
    bool found;
    TRY(need_order(tx, in, &o));
    const int64_t workspace = o.workspace.workspace_id.n;
    TRY(find_order(tx, workspace, o.key, &row, &found));
    if (found && row.charge_item != o.item) {
        return fail(wtx_err(tx), RC_CONFLICT, E_CHARGE_ORDER, "for another item");
    }
    if (found && (charge_status_of(&row) != CHARGE_OPEN ||
                  wtx_now(tx).us - row.ordered_at.us > TOLD_TWICE_US)) {
        return fail(wtx_err(tx), RC_CONFLICT, E_CHARGE_CLOSED, "charge %lld",
                    (long long)row.id.n); /* a name may not be kept for a later, cheaper order */
    }
    if (found) {
        wtx_allow_untouched(tx, "an order that was told twice is one");
        return put_recorded(&row, out);
    }
    TRY(charge_offer(wtx_read(tx), workspace, o.item, &offer));
    if (o.version != offer.version || o.total != offer.total.minor) {
        return refuse(tx, &o, &offer, out);
    }
    TRY(insert(tx, &o, &offer));
    TRY(find_order(tx, workspace, o.key, &row, &found));
    return put_recorded(&row, out);
}

/* --- and afterwards --------------------------------------------------------------------------- */

static enum rc
need_ordered(struct wtx *tx, const json_t *in, struct charge_find_row *ret_row)
{
    int64_t workspace;
    bool found = false;
    const struct str key = ask_text(in, "order", ORDER_MAX);
    TRY(ask_number(tx, in, "workspace", 1, INT64_MAX, &workspace));
    if (key.n > 0) {
        TRY(find_order(tx, workspace, key, ret_row, &found));
    }
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such order");
}

enum rc
charge_run_done(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_find_row row;
    const json_t *good = json_object_get(in, "good");
    TRY(need_ordered(tx, in, &row));
    if (!json_is_boolean(good)) {
        return fail_field(wtx_err(tx), "good", RC_INVALID, E_FIELD_CHOICE, NULL);
    }
    TRY(charge_finish(tx, &row, json_is_true(good)));
    TRY(release_order_ended(tx, row.id, json_is_true(good)));
    TRY(need_ordered(tx, in, &row));
    const char *status = charge_status_name(charge_status_of(&row));
    return json_object_set_new(out, "status", json_string(status)) == 0 ? OK : RC_BROKEN;
}

enum rc
charge_run_find(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_find_row row;
    TRY(need_ordered(tx, in, &row));
    return charge_put_row(tx, out, &row);
}
