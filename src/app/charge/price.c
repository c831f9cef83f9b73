/* price.c: the operator's price table, version by version. */
#include "app/charge/charge_in.h"
#include "base/time.h"

static const struct field price_fields[] = {
    FIELD(struct price_form, whole_net, T_price_whole, .required = true, .max = NET_MAX),
    FIELD(struct price_form, records_net, T_price_records, .required = true, .max = NET_MAX),
    FIELD(struct price_form, vat_percent, T_price_vat, .required = true, .max = VAT_MAX),
    FIELD(struct price_form, valid_day, T_price_from),
};
const struct form_def price_form_def = FORM_DEF(price_form, price_fields);

enum rc
charge_vat(struct money net, struct percent rate, struct money *ret_vat, struct money *ret_total)
{
    const struct money vat = {round_half_up(net.minor * rate.n, VAT_MAX)};
    TRY(money_add(net, vat, ret_total));
    *ret_vat = vat;
    return OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void
put_item(struct price_version *v, enum charge_item item, struct money net)
{
    if (item == CHARGE_RESTORE_WHOLE) {
        v->whole_net = net;
    } else {
        v->records_net = net;
    }
}

enum rc
price_versions(struct rtx *tx, struct price_version **ret_v, size_t *ret_n)
{
    struct price_list_row *rows;
    struct price_now_row now;
    size_t n_rows;
    size_t n = 0;
    TRY(price_list(tx, &rows, &n_rows));
    TRY(price_now(tx, &(struct price_now_in){CHARGE_RESTORE_WHOLE, rtx_now(tx)}, &now));
    struct price_version *v = ARENA_ARRAY(rtx_mem(tx), struct price_version, n_rows + 1);
    for (size_t i = 0; i < n_rows; i++) {
        const struct price_list_row *r = &rows[i];
        if (n == 0 || v[n - 1].version != r->price_version) {
            v[n++] = (struct price_version){.version = r->price_version,
                                            .vat_percent = r->vat_percent,
                                            .valid_at = r->valid_at,
                                            .made_at = r->made_at,
                                            .currency = r->currency,
                                            .is_current = r->price_version == now.price_version};
        }
        put_item(&v[n - 1], (enum charge_item)r->charge_item, r->net);
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

/* --- a new version ---------------------------------------------------------------------------- */

/* The highest one there is, as a form. */
static enum rc
highest(struct rtx *tx, struct price_form *ret_f, int64_t *ret_version)
{
    struct price_highest_row *rows;
    size_t n;
    TRY(price_highest(tx, &rows, &n));
    struct price_version v = {0};
    for (size_t i = 0; i < n; i++) {
        put_item(&v, (enum charge_item)rows[i].charge_item, rows[i].net);
        v.version = rows[i].price_version;
        v.vat_percent = rows[i].vat_percent;
    }
    *ret_f = (struct price_form){v.whole_net, v.records_net, v.vat_percent, DAY_NONE};
    *ret_version = v.version;
    return OK;
}

static enum rc
insert(struct wtx *tx, int64_t version, enum charge_item item, struct money net,
       struct percent rate, struct instant valid_at, struct price_id *ret_id)
{
    TRY(wtx_new_id(tx, "price", &ret_id->n));
    return price_insert(tx, &(struct price_insert_in){.id = *ret_id,
                                                      .price_version = version,
                                                      .charge_item = item,
                                                      .net = net,
                                                      .vat_percent = rate,
                                                      .currency = STR(CHARGE_CURRENCY),
                                                      .valid_at = valid_at,
                                                      .made_at = wtx_now(tx),
                                                      .made_user_id = wtx_user(tx)});
}

enum rc
price_set(struct wtx *tx, const struct price_form *f, struct instant valid_at)
{
    struct price_form was;
    struct price_form is = *f;
    struct price_id id;
    struct price_id other;
    int64_t version;
    if (valid_at.us != INSTANT_NONE.us && valid_at.us < wtx_now(tx).us) {
        return fail_field(wtx_err(tx), "valid_day", RC_INVALID, E_PRICE_PAST, NULL);
    }
    TRY(highest(wtx_read(tx), &was, &version));
    is.whole_net = f->whole_net.minor != NONE_I64 ? f->whole_net : was.whole_net;
    is.records_net = f->records_net.minor != NONE_I64 ? f->records_net : was.records_net;
    is.vat_percent = f->vat_percent.n != NONE_I32 ? f->vat_percent : was.vat_percent;
    valid_at = valid_at.us != INSTANT_NONE.us ? valid_at : wtx_now(tx);
    is.valid_day = instant_day(valid_at);
    TRY(insert(tx, version + 1, CHARGE_RESTORE_WHOLE, is.whole_net, is.vat_percent, valid_at, &id));
    TRY(insert(tx, version + 1, CHARGE_RESTORE_RECORDS, is.records_net, is.vat_percent, valid_at,
               &other));
    return touch(tx, EVENT_PRICE_SET, SUBJECT(price, id), &price_form_def, &was, &is);
}

/* --- commands --------------------------------------------------------------------------------- */

static json_t *
row_of(const struct price_version *v)
{
    json_t *row = json_pack(
        "{s:I, s:b, s:b, s:s%, s:o, s:o, s:I, s:I, s:I}", "version", (json_int_t)v->version,
        "current", v->is_current, "preset", v->made_at.us == INSTANT_NONE.us, "currency",
        v->currency.p, v->currency.n, "validFrom", charge_json_time(v->valid_at), "madeAt",
        charge_json_time(v->made_at), "restoreWhole", (json_int_t)v->whole_net.minor,
        "restoreRecords", (json_int_t)v->records_net.minor, "vatRate",
        (json_int_t)v->vat_percent.n);
    return row;
}

enum rc
price_run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct price_version *v;
    size_t n;
    (void)in;
    TRY(price_versions(wtx_read(tx), &v, &n));
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(rows, row_of(&v[i]));
    }
    return json_object_set_new(out, "rows", rows) == 0 ? OK : RC_BROKEN;
}

enum rc
price_run_set(struct wtx *tx, json_t *in, json_t *out)
{
    struct price_version *v;
    struct instant from;
    size_t n;
    int64_t whole;
    int64_t records;
    int64_t vat;
    TRY(ask_number(tx, in, "restoreWhole", 0, NET_MAX, &whole));
    TRY(ask_number(tx, in, "restoreRecords", 0, NET_MAX, &records));
    TRY(ask_number(tx, in, "vatRate", 0, VAT_MAX, &vat));
    TRY(ask_time(tx, in, "from", &from));
    const struct price_form f = {
        {whole}, {records}, {vat != NONE_I64 ? (int32_t)vat : NONE_I32}, DAY_NONE};
    TRY(price_set(tx, &f, from));
    TRY(price_versions(wtx_read(tx), &v, &n));
    json_t *row = row_of(&v[0]);
    const int bad = json_object_update(out, row);
    json_decref(row);
    return bad == 0 ? OK : RC_BROKEN;
}
