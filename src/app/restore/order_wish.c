/* order_wish.c: see order.h: what the process asks of master, and the hourly tidying. */
#include "app/restore/order_in.h"
#include "app/restore/restore.h"
#include "app/restore/take.h"

/* A week for another administrator, a week for the operator's release, two days to be done. */
enum { HOLD_DAYS = 16 };

static bool was_wanted;

void
order_wake(void)
{
    was_wanted = true;
}

bool
order_was_wanted(void)
{
    const bool was = was_wanted;
    was_wanted = false;
    return was;
}

/* As pick.h and rows.h read it behind the state. */
static struct str
wish_of(struct arena *mem, const struct order_wanted_row *o)
{
    switch (o->order_kind) {
    case ORDER_FIND:
        return arena_fmt(mem, "%.*s %.*s", STR_FMT(o->state_name), STR_FMT(o->what_text));
    case ORDER_TAKE:
        return arena_fmt(mem, "%.*s +order:%lld %.*s", STR_FMT(o->state_name), (long long)o->id.n,
                         STR_FMT(o->what_text));
    default:
        return o->state_name;
    }
}

enum rc
order_wishes(struct rtx *tx, struct order_wish **ret_v, size_t *ret_n)
{
    static const char *const names[] = {
        [ORDER_PREVIEW] = "restore.preview", [ORDER_RESTORE] = "restore.apply",
        [ORDER_UNDO] = "restore.apply",      [ORDER_BACKUP] = "backup.run",
        [ORDER_FIND] = "restore.find",       [ORDER_TAKE] = "restore.take"};
    struct order_wanted_row *wanted;
    struct order_unsettled_row *owed;
    size_t n_wanted;
    size_t n_owed;
    TRY(order_wanted(tx, &wanted, &n_wanted));
    TRY(order_unsettled(tx, &owed, &n_owed));
    struct order_wish *v = ARENA_ARRAY(rtx_mem(tx), struct order_wish, n_wanted + n_owed + 1);
    size_t n = 0;
    for (size_t i = 0; i < n_wanted; i++) {
        if (wanted[i].order_kind <= 0 || (size_t)wanted[i].order_kind >= COUNT(names)) {
            continue; /* nothing that this program wrote */
        }
        v[n++] = (struct order_wish){.id = wanted[i].id,
                                     .name = names[wanted[i].order_kind],
                                     .of = wish_of(rtx_mem(tx), &wanted[i])};
    }
    for (size_t i = 0; i < n_owed; i++) {
        v[n++] = (struct order_wish){.id = owed[i].id,
                                     .name = "charge.done",
                                     .of = owed[i].order_key,
                                     .total = owed[i].order_state == ORDER_DONE &&
                                              owed[i].code_text.n == 0};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
order_hold_now(struct rtx *tx, struct order_hold *ret)
{
    struct order_held_row row;
    bool found = false;
    TRY(order_held(tx, &row, &found));
    *ret = found ? (struct order_hold){row.state_name,
                                       {row.ordered_at.us + HOLD_DAYS * 24 * ORDER_HOUR_US}}
                 : (struct order_hold){STR(""), INSTANT_NONE};
    return OK;
}

enum rc
restore_leave_behind(struct wtx *tx)
{
    int64_t n;
    TRY(order_stop_all(tx, &(struct order_stop_all_in){wtx_now(tx)}, &n));
    return order_settle_all(tx, &n);
}

enum rc
order_tidy(struct wtx *tx)
{
    struct order_open_row *v;
    size_t n;
    int64_t gone;
    TRY(order_open(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct approval a;
        bool found;
        TRY(approval_under_way(wtx_read(tx), APPROVAL_RESTORE, SUBJECT(restore_order, v[i].id), &a,
                               &found));
        if (!found) {
            TRY(order_stop(tx, v[i].id));
        }
    }
    wtx_allow_untouched(tx, "orders that ran out or are over");
    TRY(order_lapse(tx));
    TRY(take_prune(tx));
    TRY(order_fade(tx, &(struct order_fade_in){{wtx_now(tx).us - ORDER_KEEP_US}}, &gone));
    return order_prune(tx, &(struct order_prune_in){{wtx_now(tx).us - ORDER_KEEP_US}}, &gone);
}
