/* bill.c: what becomes of an order: carried out, billed, or let go. Neither of the last two is
 * taken back; the table itself refuses it. */
#include "app/charge/charge_in.h"
#include "app/release/release.h"

static const int64_t DAY_US = 24LL * 3600 * 1000000;

static const struct field waive_fields[] = {
    FIELD(struct waive_form, waive_reason, T_charge_why, .required = true, .max = WHY_MAX),
};
const struct form_def waive_form_def = FORM_DEF(waive_form, waive_fields);

static const char *const statuses[] = {[CHARGE_OPEN] = "ordered",
                                       [CHARGE_DONE] = "done",
                                       [CHARGE_BILLED] = "billed",
                                       [CHARGE_WAIVED] = "waived"};
static const char *const reasons[] = {
    [CHARGE_ORDERED] = "ordered", [CHARGE_INCIDENT] = "incident", [CHARGE_FREE] = "free"};

enum charge_status
charge_status_of(const struct charge_find_row *row)
{
    return row->waived_at.us != INSTANT_NONE.us   ? CHARGE_WAIVED
           : row->billed_at.us != INSTANT_NONE.us ? CHARGE_BILLED
           : row->done_at.us != INSTANT_NONE.us   ? CHARGE_DONE
                                                  : CHARGE_OPEN;
}

const char *
charge_status_name(enum charge_status s)
{
    return statuses[s];
}

/* --- verbs ------------------------------------------------------------------------------------ */

static enum rc
settle(struct wtx *tx, const struct charge_find_row *row, enum event e)
{
    const struct waive_form after = {row->waive_reason};
    TRY(charge_settle(tx, &(struct charge_settle_in){row->done_at, row->billed_at, row->waived_at,
                                                     row->waive_reason, row->id, row->version}));
    return touch(tx, e, SUBJECT(charge, row->id), &waive_form_def, NULL, &after);
}

static enum rc
need_open(struct wtx *tx, struct charge_id id, struct charge_find_row *ret_row)
{
    bool found;
    TRY(charge_find(wtx_read(tx), &(struct charge_find_in){id}, ret_row, &found));
    if (!found) {
        return fail(wtx_err(tx), RC_MISSING, E_MISSING, "no such charge");
    }
    return charge_status_of(ret_row) >= CHARGE_BILLED
               ? fail(wtx_err(tx), RC_CONFLICT, E_CHARGE_CLOSED, "charge %lld", (long long)id.n)
               : OK;
}

enum rc
charge_finish(struct wtx *tx, const struct charge_find_row *row, bool good)
{
    struct charge_find_row is = *row;
    if (charge_status_of(row) != CHARGE_OPEN) {
        wtx_allow_untouched(tx, "it was told before");
        return OK;
    }
    if (good) {
        is.done_at = wtx_now(tx);
        return settle(tx, &is, EVENT_CHARGE_DONE);
    }
    is.waived_at = wtx_now(tx);
    is.waive_reason = text_get(T_charge_not_done, LANG_DE);
    return settle(tx, &is, EVENT_CHARGE_WAIVED);
}

enum rc
charge_bill(struct wtx *tx, struct charge_id id)
{
    struct charge_find_row row;
    TRY(need_open(tx, id, &row));
    if (charge_status_of(&row) != CHARGE_DONE) {
        return fail(wtx_err(tx), RC_CONFLICT, E_CHARGE_NOT_DONE, "charge %lld", (long long)id.n);
    }
    row.billed_at = wtx_now(tx);
    return settle(tx, &row, EVENT_CHARGE_BILLED);
}

enum rc
charge_waive(struct wtx *tx, struct charge_id id, struct str why)
{
    struct charge_find_row row;
    TRY(need_open(tx, id, &row));
    row.waived_at = wtx_now(tx);
    row.waive_reason = why;
    return settle(tx, &row, EVENT_CHARGE_WAIVED);
}

enum rc
charge_tidy(struct wtx *tx)
{
    struct charge_stale_row *v;
    size_t n;
    const struct instant before = {wtx_now(tx).us - CHARGE_OPEN_DAYS * DAY_US};
    wtx_allow_untouched(tx, "every order is carried out, or will be");
    TRY(charge_stale(wtx_read(tx), &(struct charge_stale_in){before}, &v, &n));
    for (size_t i = 0; i < n; i++) {
        const enum text why =
            v[i].ordered_at.us < before.us ? T_charge_never_done : T_charge_no_workspace;
        TRY(charge_waive(tx, v[i].id, text_get(why, LANG_DE)));
        TRY(release_order_ended(tx, v[i].id, false));
    }
    return OK;
}

/* --- commands --------------------------------------------------------------------------------- */

enum rc
charge_put_row(struct wtx *tx, json_t *out, const struct charge_find_row *r)
{
    const bool incident = r->incident_id.n > 0;
    json_t *row = json_pack(
        "{s:I, s:o, s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:s}",
        "charge", (json_int_t)r->id.n, "order", charge_json_text(r->order_key), "workspace",
        (json_int_t)r->workspace_number, "slug", charge_json_text(r->slug), "item",
        charge_item_name((enum charge_item)r->charge_item), "version", (json_int_t)r->price_version,
        "net", (json_int_t)r->net.minor, "vatRate", (json_int_t)r->vat_percent.n, "vat",
        (json_int_t)r->vat.minor, "total", (json_int_t)r->total.minor, "currency",
        charge_json_text(r->currency), "reason", reasons[r->charge_reason], "incident",
        incident ? json_integer(r->incident_id.n) : json_null(), "login",
        charge_json_text(r->ordered_login), "orderedAt", charge_json_time(r->ordered_at), "doneAt",
        charge_json_time(r->done_at), "billedAt", charge_json_time(r->billed_at), "waivedAt",
        charge_json_time(r->waived_at), "waiveReason", charge_json_text(r->waive_reason), "status",
        statuses[charge_status_of(r)]);
    const int bad = json_object_update(out, row);
    json_decref(row);
    return bad == 0 ? OK : fail(wtx_err(tx), RC_LIMIT, E_NO_MEMORY, "charge");
}

static enum rc
put_charge(struct wtx *tx, struct charge_id id, json_t *out)
{
    struct charge_find_row row;
    bool found;
    TRY(charge_find(wtx_read(tx), &(struct charge_find_in){id}, &row, &found));
    return charge_put_row(tx, out, &row);
}

/* 0 when it is absent. */
static enum rc
ask_status(struct wtx *tx, const json_t *in, int64_t *ret_status)
{
    const json_t *v = json_object_get(in, "status");
    *ret_status = 0;
    if (v == NULL || json_is_null(v)) {
        return OK;
    }
    const struct str name = ask_text(in, "status", 20);
    for (int64_t s = CHARGE_OPEN; s <= CHARGE_WAIVED; s++) {
        *ret_status = str_eq(name, str_of(statuses[s])) ? s : *ret_status;
    }
    return *ret_status > 0 ? OK
                           : fail_field(wtx_err(tx), "status", RC_INVALID, E_FIELD_CHOICE, NULL);
}

enum rc
charge_run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_page_row *rows;
    size_t n;
    int64_t after;
    int64_t workspace;
    int64_t status;
    TRY(ask_number(tx, in, "after", 0, INT64_MAX, &after));
    TRY(ask_number(tx, in, "workspace", 0, INT64_MAX, &workspace));
    TRY(ask_status(tx, in, &status));
    const struct charge_page_in page = {after != NONE_I64 ? after : 0,
                                        workspace != NONE_I64 ? workspace : 0, status};
    TRY(charge_page(wtx_read(tx), &page, &rows, &n));
    json_t *list = json_array();
    if (json_object_set_new(out, "rows", list) != 0) {
        return RC_BROKEN;
    }
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        (void)json_array_append_new(list, row);
        TRY(put_charge(tx, rows[i].id, row));
    }
    return OK;
}

enum rc
charge_run_billed(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_id id;
    TRY(ask_number(tx, in, "charge", 1, INT64_MAX, &id.n));
    TRY(charge_bill(tx, id));
    return put_charge(tx, id, out);
}

enum rc
charge_run_waive(struct wtx *tx, json_t *in, json_t *out)
{
    struct charge_id id;
    const struct str why = str_trim(ask_text(in, "reason", WHY_MAX));
    TRY(ask_number(tx, in, "charge", 1, INT64_MAX, &id.n));
    if (why.n == 0) {
        return fail_field(wtx_err(tx), "reason", RC_INVALID, E_FIELD_REQUIRED, NULL);
    }
    TRY(charge_waive(tx, id, why));
    return put_charge(tx, id, out);
}
