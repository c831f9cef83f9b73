/* order_read.c: see order.h: what stands about orders. */
#include "app/restore/order_in.h"

bool
order_changes(int64_t kind)
{
    return kind == ORDER_RESTORE || kind == ORDER_UNDO || kind == ORDER_TAKE;
}

enum rc
order_is_looked_into(struct rtx *tx, struct str state, bool *ret_is)
{
    struct restore_order_id id;
    struct order_row_row row;
    bool found = false;
    TRY(order_preview_of(tx, state, &id));
    if (id.n != 0) {
        TRY(order_row(tx, &(struct order_row_in){id}, &row, &found));
    }
    *ret_is = found && row.order_state == ORDER_DONE;
    return OK;
}

enum rc
order_is_under_way(struct rtx *tx, bool *ret_is)
{
    struct order_under_way_row row;
    struct approval a;
    bool found = false;
    *ret_is = false;
    TRY(order_under_way(tx, &row, &found));
    if (found && row.order_state == ORDER_OPEN) { /* as long as it can be approved */
        return approval_under_way(tx, APPROVAL_RESTORE, SUBJECT(restore_order, row.id), &a, ret_is);
    }
    *ret_is = found;
    return OK;
}

static bool
is_recent(struct rtx *tx, struct instant at)
{
    return at.us > rtx_now(tx).us - ORDER_KEEP_US;
}

enum rc
order_can_undo(struct rtx *tx, struct restore_order_id id, bool *ret_can)
{
    struct order_row_row row;
    struct order_run_of_row run;
    bool found = false;
    *ret_can = false;
    TRY(order_row(tx, &(struct order_row_in){id}, &row, &found));
    if (!found || row.order_state != ORDER_DONE || !order_changes(row.order_kind)) {
        return OK;
    }
    if (row.order_kind == ORDER_TAKE) {
        struct order_take_row_row take;
        TRY(order_take_row(tx, &(struct order_take_row_in){id}, &take, &found));
        *ret_can = found && take.undone_at.us == INSTANT_NONE.us && is_recent(tx, take.taken_at);
        return OK;
    }
    TRY(order_run_of(tx, &(struct order_run_of_in){row.saved_name}, &run, &found));
    *ret_can = found && is_recent(tx, run.restored_at);
    return OK;
}

enum rc
order_preview_of(struct rtx *tx, struct str state, struct restore_order_id *ret_id)
{
    struct order_latest_row row;
    bool found = false;
    TRY(order_latest(tx, &(struct order_latest_in){ORDER_PREVIEW, state}, &row, &found));
    *ret_id = found ? row.id : (struct restore_order_id){0};
    return OK;
}

enum rc
order_search_of(struct rtx *tx, struct str state, struct restore_order_id *ret_id)
{
    struct order_search_latest_row row;
    bool found = false;
    TRY(order_search_latest(tx, &(struct order_search_latest_in){state, rtx_user(tx)}, &row,
                            &found));
    *ret_id = found ? row.id : (struct restore_order_id){0};
    return OK;
}
