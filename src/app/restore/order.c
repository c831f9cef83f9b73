/* order.c: see order.h: ordering, and a second administrator. */
#include "app/restore/order_in.h"
#include "app/restore/take.h"
#include "guard/mail.h"

/* What the audit keeps of an order. */
struct order_said {
    struct str state_name, reason_text, code_text;
    struct money total;
};
static const struct field said_fields[] = {
    FIELD(struct order_said, state_name, T_restore_state, .max = 40),
    FIELD(struct order_said, reason_text, T_restore_reason, .max = ORDER_REASON_MAX),
    FIELD(struct order_said, code_text, T_restore_code, .max = 64),
    FIELD(struct order_said, total, T_restore_total),
};
static const struct form_def said_def = FORM_DEF(order_said, said_fields);

enum rc
order_say(struct wtx *tx, enum event e, const struct order_row_row *o, struct str code)
{
    const struct order_said after = {.state_name = o->state_name,
                                     .reason_text = o->reason_text,
                                     .code_text = code,
                                     .total = o->total};
    return touch(tx, e, SUBJECT(restore_order, o->id), &said_def, NULL, &after);
}

enum rc
order_need(struct wtx *tx, struct restore_order_id id, struct order_row_row *ret)
{
    bool found = false;
    TRY(order_row(wtx_read(tx), &(struct order_row_in){id}, ret, &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "order %lld", (long long)id.n);
}

/* --- ordering ----------------------------------------------------------------------------------
 */

static enum rc
add(struct wtx *tx, struct order_insert_in *o, struct restore_order_id *ret_id)
{
    struct order_run_latest_row run;
    int64_t n;
    TRY(wtx_new_id(tx, "restore_order", &n));
    TRY(order_run_latest(wtx_read(tx), &run));
    o->id = (struct restore_order_id){n};
    o->user_id = wtx_user(tx);
    o->ordered_at = wtx_now(tx);
    o->run_number = run.run_count;
    TRY(order_insert(tx, o));
    order_wake();
    *ret_id = o->id;
    return OK;
}

static enum rc
need_few(struct wtx *tx, enum order_kind kind, int64_t most, enum code code)
{
    struct order_count_row row;
    TRY(order_count(wtx_read(tx), &(struct order_count_in){kind, {wtx_now(tx).us - ORDER_HOUR_US}},
                    &row));
    return row.order_count < most
               ? OK
               : fail(wtx_err(tx), RC_LIMIT, code, "%lld in an hour", (long long)row.order_count);
}

enum rc
order_preview(struct wtx *tx, struct str state, struct restore_order_id *ret_id)
{
    struct restore_order_id before;
    struct order_row_row row;
    struct order_insert_in o = {.order_kind = ORDER_PREVIEW,
                                .order_state = ORDER_WANTED,
                                .state_name = state,
                                .reason_text = STR(""),
                                .order_key = STR_NONE,
                                .what_text = STR(""),
                                .outcome_text = STR("")};
    TRY(order_preview_of(wtx_read(tx), state, &before));
    if (before.n != 0) {
        TRY(order_need(tx, before, &row));
        if (row.order_state == ORDER_WANTED) {
            return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_LOOKING, "order %lld",
                        (long long)before.n);
        }
    }
    TRY(need_few(tx, ORDER_PREVIEW, ORDER_PREVIEWS_AN_HOUR, E_RESTORE_OFTEN));
    TRY(add(tx, &o, ret_id));
    TRY(order_need(tx, *ret_id, &row));
    return order_say(tx, EVENT_RESTORE_PREVIEW_ORDERED, &row, STR(""));
}

enum rc
order_find(struct wtx *tx, struct str state, struct str words, struct restore_order_id *ret_id)
{
    struct restore_order_id before;
    struct order_row_row row;
    struct order_insert_in o = {.order_kind = ORDER_PREVIEW,
                                .is_records = true,
                                .order_state = ORDER_WANTED,
                                .state_name = state,
                                .reason_text = STR(""),
                                .order_key = STR_NONE,
                                .what_text = words,
                                .outcome_text = STR("")};
    TRY(order_search_of(wtx_read(tx), state, &before));
    if (before.n != 0) {
        TRY(order_need(tx, before, &row));
        if (row.order_state == ORDER_WANTED) {
            return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_LOOKING, "order %lld",
                        (long long)before.n);
        }
    }
    TRY(need_few(tx, ORDER_FIND, ORDER_SEARCHES_AN_HOUR, E_RESTORE_OFTEN));
    TRY(add(tx, &o, ret_id));
    TRY(order_need(tx, *ret_id, &row));
    return order_say(tx, EVENT_RESTORE_FIND_ORDERED, &row, STR(""));
}

enum rc
order_backup(struct wtx *tx, struct restore_order_id *ret_id)
{
    struct order_row_row row;
    struct order_insert_in o = {.order_kind = ORDER_BACKUP,
                                .order_state = ORDER_WANTED,
                                .state_name = STR(""),
                                .reason_text = STR(""),
                                .order_key = STR_NONE,
                                .what_text = STR(""),
                                .outcome_text = STR("")};
    TRY(need_few(tx, ORDER_BACKUP, 1, E_BACKUP_OFTEN));
    TRY(add(tx, &o, ret_id));
    TRY(order_need(tx, *ret_id, &row));
    return order_say(tx, EVENT_RESTORE_BACKUP_ORDERED, &row, STR(""));
}

static enum rc
need_none_under_way(struct wtx *tx)
{
    bool is;
    TRY(order_is_under_way(wtx_read(tx), &is));
    return is ? fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_TWICE, "under way") : OK;
}

static enum rc
need_looked(struct wtx *tx, struct str state)
{
    bool is_looked;
    TRY(order_is_looked_into(wtx_read(tx), state, &is_looked));
    return is_looked ? OK : fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_LOOK_FIRST, "no preview");
}

static enum rc
need_new_key(struct wtx *tx, struct str key)
{
    struct order_of_key_row row;
    bool found = false;
    TRY(order_of_key(wtx_read(tx), &(struct order_of_key_in){key}, &row, &found));
    return found
               ? fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_TWICE, "order %lld", (long long)row.id.n)
               : OK;
}

enum rc
order_restore(struct wtx *tx, const struct order_wish_restore *w, struct restore_order_id *ret_id,
              bool *ret_waits)
{
    struct approval_holder *others;
    size_t n;
    struct order_row_row row;
    struct approval_id approval;
    const bool whole = w->records.n == 0;
    struct order_insert_in o = {.order_kind = ORDER_RESTORE,
                                .is_records = !whole,
                                .state_name = w->state,
                                .reason_text = w->reason,
                                .order_key = w->key,
                                .total = w->total,
                                .what_text = w->records,
                                .outcome_text = whole ? STR("") : w->named};
    TRY(need_none_under_way(tx));
    TRY(need_new_key(tx, w->key));
    TRY(whole ? need_looked(tx, w->state) : OK);
    TRY(approval_holders(wtx_read(tx), APPROVAL_RESTORE, wtx_user(tx), &others, &n));
    *ret_waits = n > 0;
    o.order_state = n > 0 ? ORDER_OPEN : ORDER_WANTED;
    TRY(add(tx, &o, ret_id));
    TRY(order_need(tx, *ret_id, &row));
    if (n == 0) {
        return order_say(tx, whole ? EVENT_RESTORE_ORDERED : EVENT_RESTORE_TAKE_ORDERED, &row,
                         STR(""));
    }
    TRY(approval_order(tx,
                       &(struct approval_order){.kind = APPROVAL_RESTORE,
                                                .about = SUBJECT(restore_order, *ret_id),
                                                .by = wtx_user(tx),
                                                .reason = w->reason},
                       &approval));
    return order_say(tx, EVENT_RESTORE_PRICED, &row, STR(""));
}

/* Records are put back by the writer alone, which needs no state for it. */
static enum rc
undo_take(struct wtx *tx, struct restore_order_id id)
{
    struct order_take_row_row take;
    bool found = false;
    TRY(order_take_row(wtx_read(tx), &(struct order_take_row_in){id}, &take, &found));
    TRY(found ? take_undo(tx, take.restore_take_id)
              : fail(wtx_err(tx), RC_MISSING, E_RESTORE_UNDO, "order %lld", (long long)id.n));
    return order_tell_others(tx, wtx_user(tx), EVENT_RESTORE_TAKE_UNDONE);
}

enum rc
order_undo(struct wtx *tx, struct restore_order_id id, struct restore_order_id *ret_id)
{
    struct order_row_row row;
    bool can;
    TRY(order_need(tx, id, &row));
    TRY(need_none_under_way(tx));
    TRY(order_can_undo(wtx_read(tx), id, &can));
    if (!can) {
        return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_UNDO, "order %lld", (long long)id.n);
    }
    if (row.order_kind == ORDER_TAKE) {
        *ret_id = id;
        return undo_take(tx, id);
    }
    struct order_insert_in o = {.order_kind = ORDER_UNDO,
                                .order_state = ORDER_WANTED,
                                .state_name = row.saved_name,
                                .reason_text = STR(""),
                                .order_key = STR_NONE,
                                .what_text = STR(""),
                                .outcome_text = STR("")};
    TRY(add(tx, &o, ret_id));
    TRY(order_need(tx, *ret_id, &row));
    return order_say(tx, EVENT_RESTORE_UNDO_ORDERED, &row, STR(""));
}

/* --- a second administrator --------------------------------------------------------------------
 */

static enum rc
find_approval(struct wtx *tx, struct restore_order_id id, struct approval *ret)
{
    bool found;
    TRY(approval_under_way(wtx_read(tx), APPROVAL_RESTORE, SUBJECT(restore_order, id), ret,
                           &found));
    return found ? OK
                 : fail(wtx_err(tx), RC_CONFLICT, E_APPROVAL_ENDED, "order %lld", (long long)id.n);
}

enum rc
order_approve(struct wtx *tx, struct restore_order_id id)
{
    struct approval a;
    struct approval_id due;
    struct order_run_latest_row run;
    bool granted;
    bool is_due;
    TRY(find_approval(tx, id, &a));
    TRY(approval_give(tx, a.id, wtx_user(tx), &granted));
    TRY(approval_due(wtx_read(tx), APPROVAL_RESTORE, SUBJECT(restore_order, id), &due, &is_due));
    if (!is_due) {
        return OK;
    }
    TRY(approval_done(tx, due));
    TRY(order_run_latest(wtx_read(tx), &run));
    order_wake();
    return order_set_wanted(tx, &(struct order_set_wanted_in){run.run_count, id});
}

enum rc
order_stop(struct wtx *tx, struct restore_order_id id)
{
    order_wake(); /* nobody owes its price */
    return order_end(
        tx, &(struct order_end_in){ORDER_STOPPED, wtx_now(tx), STR(""), STR(""), STR(""), id});
}

enum rc
order_refuse(struct wtx *tx, struct restore_order_id id)
{
    struct approval a;
    TRY(find_approval(tx, id, &a));
    TRY(approval_refuse(tx, a.id, wtx_user(tx)));
    TRY(notice_to(tx, a.ordered_by, EVENT_RESTORE_REFUSED));
    return order_stop(tx, id);
}

enum rc
order_cancel(struct wtx *tx, struct restore_order_id id)
{
    struct approval a;
    struct order_row_row row;
    TRY(order_need(tx, id, &row));
    if (order_waits(&row)) {
        return order_withdraw(tx, &row);
    }
    TRY(find_approval(tx, id, &a));
    TRY(approval_cancel(tx, a.id, wtx_user(tx)));
    return order_stop(tx, id);
}
