/* order_release.c: see order.h: the operator's release of a return: what his people are told of it,
 * what they said, and what becomes of an order that waits. */
#include "app/release/release.h"
#include "app/restore/order_in.h"

bool
order_waits(const struct order_row_row *o)
{
    return o->order_state == ORDER_WANTED && o->waits_at.us != INSTANT_NONE.us;
}

/* --- what they are told: kinds and numbers, no content -----------------------------------------
 */

enum { CAME = 1, CHANGED, WENT };

/* [table, came, changed, went], the same array for a table each time. NULL: more kinds than may be
 * told. */
static json_t *
row_of(json_t *amounts, struct str table)
{
    size_t i;
    json_t *row;
    json_array_foreach(amounts, i, row)
    {
        const json_t *name = json_array_get(row, 0);
        if (str_eq((struct str){json_string_value(name), json_string_length(name)}, table)) {
            return row;
        }
    }
    if (json_array_size(amounts) >= RELEASE_AMOUNTS_MAX) {
        return NULL;
    }
    row = json_pack("[s%, i, i, i]", table.p, table.n, 0, 0, 0);
    return json_array_append_new(amounts, row) == 0 ? row : NULL;
}

static void
count(json_t *amounts, struct str table, size_t column, json_int_t n)
{
    json_t *row = n > 0 ? row_of(amounts, table) : NULL;
    if (row != NULL) {
        const json_int_t before = json_integer_value(json_array_get(row, column));
        (void)json_array_set_new(row, column, json_integer(before + n));
    }
}

static json_int_t
number_in(const json_t *t, const char *key)
{
    return json_integer_value(json_object_get(t, key));
}

/* Of the whole, as the look found it. */
static void
count_tables(const json_t *look, json_t *amounts)
{
    size_t i;
    const json_t *t;
    json_array_foreach(json_object_get(look, "tables"), i, t)
    {
        const char *class = json_string_value(json_object_get(t, "class"));
        const char *table = json_string_value(json_object_get(t, "table"));
        if (class == NULL || table == NULL || strcmp(class, "content") != 0) {
            continue;
        }
        count(amounts, str_of(table), CAME, number_in(t, "came"));
        count(amounts, str_of(table), CHANGED, number_in(t, "changed"));
        count(amounts, str_of(table), WENT, number_in(t, "went"));
    }
}

/* Of single records, as they were chosen: "company:5". */
static void
count_records(const json_t *chosen, json_t *amounts)
{
    size_t i;
    const json_t *r;
    json_array_foreach(json_object_get(chosen, "rows"), i, r)
    {
        const char *record = json_string_value(json_object_get(r, "record"));
        const char *what = json_string_value(json_object_get(r, "what"));
        struct str rest = str_of(record != NULL ? record : "");
        struct str table;
        if (what != NULL && str_cut(&rest, ':', &table)) {
            count(amounts, table, strcmp(what, "changed") == 0 ? CHANGED : CAME, 1);
        }
    }
}

static enum rc
put_asked(struct wtx *tx, const struct order_row_row *o, json_t *out)
{
    const bool whole = o->order_kind == ORDER_RESTORE;
    struct order_latest_row latest;
    struct order_row_row look = {.ended_at = INSTANT_NONE};
    struct order_group_of_row group;
    json_error_t why;
    bool found;
    TRY(order_group_of(wtx_read(tx), &(struct order_group_of_in){o->user_id}, &group));
    TRY(order_latest(wtx_read(tx),
                     &(struct order_latest_in){whole ? ORDER_PREVIEW : ORDER_FIND, o->state_name},
                     &latest, &found));
    TRY(found ? order_need(tx, latest.id, &look) : OK);
    const struct str text = whole ? look.outcome_text : o->outcome_text;
    json_t *in = text.n > 0 ? json_loadb(text.p, text.n, 0, &why) : NULL;
    json_t *amounts = json_array();
    if (whole) {
        count_tables(in, amounts);
    } else {
        count_records(in, amounts);
    }
    json_decref(in);
    json_t *asked = json_pack(
        "{s:b, s:s%, s:s%, s:I, s:o, s:o}", "releasable", 1, "key", o->order_key.p, o->order_key.n,
        "state", o->state_name.p, o->state_name.n, "group", (json_int_t)group.group_no, "lookedAt",
        look.ended_at.us != INSTANT_NONE.us ? json_integer(look.ended_at.us) : json_null(),
        "amounts", amounts);
    const int bad = json_object_update(out, asked);
    json_decref(asked);
    return bad == 0 ? OK : fail(wtx_err(tx), RC_LIMIT, E_NO_MEMORY, "order");
}

enum rc
order_run_is_wanted(struct wtx *tx, json_t *in, json_t *out)
{
    struct order_row_row o;
    const json_t *number = json_object_get(in, "order");
    if (!json_is_integer(number)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an order");
    }
    TRY(order_need(tx, (struct restore_order_id){json_integer_value(number)}, &o));
    const bool wanted = o.order_state == ORDER_WANTED && !order_waits(&o);
    if (json_object_set_new(out, "wanted", json_boolean(wanted)) != 0) {
        return RC_BROKEN;
    }
    return wanted && (o.order_kind == ORDER_RESTORE || o.order_kind == ORDER_TAKE)
               ? put_asked(tx, &o, out)
               : OK;
}

/* --- what they said ----------------------------------------------------------------------------
 */

enum rc
order_run_release_told(struct wtx *tx, json_t *in, json_t *out)
{
    struct order_row_row o;
    const json_t *why = json_object_get(in, "reason");
    const char *state = json_string_value(json_object_get(in, "state"));
    const struct str reason = {json_string_value(why), json_string_length(why)};
    (void)out;
    if (state == NULL || !json_is_string(why) || str_points(reason) > RELEASE_REASON_MAX) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "a release");
    }
    TRY(order_need(tx, (struct restore_order_id){number_in(in, "order")}, &o));
    const bool waits = strcmp(state, "waits") == 0;
    const bool is_released = strcmp(state, "released") == 0;
    const bool is_same = waits && order_waits(&o) && o.release_given == number_in(in, "given") &&
                         o.release_need == number_in(in, "need");
    if (o.order_state != ORDER_WANTED || is_same || (is_released && !order_waits(&o))) {
        wtx_allow_untouched(tx, "it is over, or was told before");
        return OK;
    }
    o.release_need = number_in(in, "need");
    o.release_given = number_in(in, "given");
    o.waits_at = waits ? (struct instant){number_in(in, "askedAt")} : INSTANT_NONE;
    o.refuse_reason = reason;
    TRY(order_set_release(tx, &(struct order_set_release_in){o.release_need, o.release_given,
                                                             o.waits_at, reason, o.id}));
    if (!waits && !is_released) {
        const bool lapsed = strcmp(state, "lapsed") == 0;
        return order_fail(tx, &o, lapsed ? E_RESTORE_LAPSED : E_RESTORE_NOT_RELEASED);
    }
    order_wake();
    return order_say(tx,
                     o.release_given == 0 ? EVENT_RESTORE_RELEASE_ASKED : EVENT_RESTORE_RELEASED,
                     &o, STR(""));
}

/* --- what becomes of one that waits ------------------------------------------------------------
 */

enum rc
order_withdraw(struct wtx *tx, const struct order_row_row *o)
{
    TRY(order_say(tx, EVENT_RESTORE_CANCELLED, o, STR("")));
    return order_stop(tx, o->id);
}

enum rc
order_lapse(struct wtx *tx)
{
    struct order_waiting_row *v;
    size_t n;
    TRY(order_waiting(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct order_row_row o;
        if (v[i].waits_at.us + RELEASE_DAYS * 24 * ORDER_HOUR_US < wtx_now(tx).us) {
            TRY(order_need(tx, v[i].id, &o));
            TRY(order_fail(tx, &o, E_RESTORE_LAPSED));
        }
    }
    return OK;
}
