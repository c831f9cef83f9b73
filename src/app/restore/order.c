/* order.c: see order.h. */
#include "app/restore/order.h"

#include <jansson.h>

#include "app/restore/take.h"
#include "guard/approval.h"
#include "guard/mail.h"

#include "order.sql.h"

#define HOUR_US (3600 * INT64_C(1000000))
#define KEEP_US (24 * HOUR_US * ORDER_KEEP_DAYS)

static bool was_wanted;

bool
order_was_wanted(void)
{
    const bool was = was_wanted;
    was_wanted = false;
    return was;
}

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

static enum rc
say(struct wtx *tx, enum event e, const struct order_row_row *o, struct str code)
{
    const struct order_said after = {.state_name = o->state_name,
                                     .reason_text = o->reason_text,
                                     .code_text = code,
                                     .total = o->total};
    return touch(tx, e, SUBJECT(restore_order, o->id), &said_def, NULL, &after);
}

static enum rc
need(struct wtx *tx, struct restore_order_id id, struct order_row_row *ret)
{
    bool found = false;
    TRY(order_row(wtx_read(tx), &(struct order_row_in){id}, ret, &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "order %lld", (long long)id.n);
}

/* Everybody else who could have ordered it. */
static enum rc
tell_others(struct wtx *tx, struct user_id but, enum event e)
{
    struct approval_holder *v;
    size_t n;
    TRY(approval_holders(wtx_read(tx), APPROVAL_RESTORE, but, &v, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, v[i].user, e));
    }
    return OK;
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
    was_wanted = true;
    *ret_id = o->id;
    return OK;
}

static enum rc
need_few(struct wtx *tx, enum order_kind kind, int64_t most, enum code code)
{
    struct order_count_row row;
    TRY(order_count(wtx_read(tx), &(struct order_count_in){kind, {wtx_now(tx).us - HOUR_US}},
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
                                .order_key = STR_NONE};
    TRY(order_preview_of(wtx_read(tx), state, &before));
    if (before.n != 0) {
        TRY(need(tx, before, &row));
        if (row.order_state == ORDER_WANTED) {
            return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_LOOKING, "order %lld",
                        (long long)before.n);
        }
    }
    TRY(need_few(tx, ORDER_PREVIEW, ORDER_PREVIEWS_AN_HOUR, E_RESTORE_OFTEN));
    TRY(add(tx, &o, ret_id));
    TRY(need(tx, *ret_id, &row));
    return say(tx, EVENT_RESTORE_PREVIEW_ORDERED, &row, STR(""));
}

enum rc
order_backup(struct wtx *tx, struct restore_order_id *ret_id)
{
    struct order_row_row row;
    struct order_insert_in o = {.order_kind = ORDER_BACKUP,
                                .order_state = ORDER_WANTED,
                                .state_name = STR(""),
                                .reason_text = STR(""),
                                .order_key = STR_NONE};
    TRY(need_few(tx, ORDER_BACKUP, 1, E_BACKUP_OFTEN));
    TRY(add(tx, &o, ret_id));
    TRY(need(tx, *ret_id, &row));
    return say(tx, EVENT_RESTORE_BACKUP_ORDERED, &row, STR(""));
}

static enum rc
need_none_under_way(struct wtx *tx)
{
    bool is;
    TRY(order_is_under_way(wtx_read(tx), &is));
    return is ? fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_TWICE, "under way") : OK;
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
    struct order_insert_in o = {.order_kind = ORDER_RESTORE,
                                .state_name = w->state,
                                .reason_text = w->reason,
                                .order_key = w->key,
                                .total = w->total};
    TRY(need_none_under_way(tx));
    TRY(need_new_key(tx, w->key));
    TRY(need_looked(tx, w->state));
    TRY(approval_holders(wtx_read(tx), APPROVAL_RESTORE, wtx_user(tx), &others, &n));
    *ret_waits = n > 0;
    o.order_state = n > 0 ? ORDER_OPEN : ORDER_WANTED;
    TRY(add(tx, &o, ret_id));
    TRY(need(tx, *ret_id, &row));
    if (n == 0) {
        return say(tx, EVENT_RESTORE_ORDERED, &row, STR(""));
    }
    TRY(approval_order(tx,
                       &(struct approval_order){.kind = APPROVAL_RESTORE,
                                                .about = SUBJECT(restore_order, *ret_id),
                                                .by = wtx_user(tx),
                                                .reason = w->reason},
                       &approval));
    return say(tx, EVENT_RESTORE_PRICED, &row, STR(""));
}

enum rc
order_undo(struct wtx *tx, struct restore_order_id id, struct restore_order_id *ret_id)
{
    struct order_row_row row;
    bool can;
    TRY(need(tx, id, &row));
    TRY(need_none_under_way(tx));
    TRY(order_can_undo(wtx_read(tx), id, &can));
    if (!can) {
        return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_UNDO, "order %lld", (long long)id.n);
    }
    struct order_insert_in o = {.order_kind = ORDER_UNDO,
                                .order_state = ORDER_WANTED,
                                .state_name = row.saved_name,
                                .reason_text = STR(""),
                                .order_key = STR_NONE};
    TRY(add(tx, &o, ret_id));
    TRY(need(tx, *ret_id, &row));
    return say(tx, EVENT_RESTORE_UNDO_ORDERED, &row, STR(""));
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
    was_wanted = true;
    return order_set_wanted(tx, &(struct order_set_wanted_in){run.run_count, id});
}

static enum rc
stop(struct wtx *tx, struct restore_order_id id)
{
    was_wanted = true; /* nobody owes its price */
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
    return stop(tx, id);
}

enum rc
order_cancel(struct wtx *tx, struct restore_order_id id)
{
    struct approval a;
    TRY(find_approval(tx, id, &a));
    TRY(approval_cancel(tx, a.id, wtx_user(tx)));
    return stop(tx, id);
}

/* --- reading -----------------------------------------------------------------------------------
 */

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

enum rc
order_can_undo(struct rtx *tx, struct restore_order_id id, bool *ret_can)
{
    struct order_row_row row;
    struct order_run_of_row run;
    bool found = false;
    *ret_can = false;
    TRY(order_row(tx, &(struct order_row_in){id}, &row, &found));
    if (!found || row.order_state != ORDER_DONE ||
        (row.order_kind != ORDER_RESTORE && row.order_kind != ORDER_UNDO)) {
        return OK;
    }
    TRY(order_run_of(tx, &(struct order_run_of_in){row.saved_name}, &run, &found));
    *ret_can = found && run.restored_at.us > rtx_now(tx).us - KEEP_US;
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

/* --- its end -----------------------------------------------------------------------------------
 */

static enum rc
end(struct wtx *tx, const struct order_row_row *o, enum order_state state, struct str code,
    struct str saved, struct str outcome)
{
    static const enum event done[] = {[ORDER_PREVIEW] = EVENT_RESTORE_PREVIEWED,
                                      [ORDER_RESTORE] = EVENT_RESTORE_FINISHED,
                                      [ORDER_UNDO] = EVENT_RESTORE_UNDONE,
                                      [ORDER_BACKUP] = EVENT_RESTORE_BACKUP_MADE};
    const enum event e = state == ORDER_DONE ? done[o->order_kind] : EVENT_RESTORE_FAILED;
    TRY(order_end(tx, &(struct order_end_in){state, wtx_now(tx), code, saved, outcome, o->id}));
    was_wanted = true;
    if (state == ORDER_DONE && (o->order_kind == ORDER_RESTORE || o->order_kind == ORDER_UNDO)) {
        TRY(tell_others(tx, o->user_id, e));
    }
    return say(tx, e, o, code);
}

/* Done is what the store itself knows to have been done. */
static enum rc
end_run(struct wtx *tx, const struct order_row_row *o, bool *ret_ended)
{
    struct order_run_behind_row run;
    TRY(order_run_behind(wtx_read(tx), &(struct order_run_behind_in){o->state_name, o->run_number},
                         &run, ret_ended));
    const bool is_rescue = *ret_ended && str_starts(run.saved_name, STR("damaged-"));
    return *ret_ended ? end(tx, o, ORDER_DONE, STR(""), is_rescue ? STR("") : run.saved_name,
                            run.report_text)
                      : OK;
}

enum rc
order_settle_runs(struct wtx *tx)
{
    struct order_wanted_row *v;
    size_t n;
    wtx_allow_untouched(tx, "nothing was put back");
    TRY(order_wanted(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct order_row_row o;
        bool ended;
        if (v[i].order_kind == ORDER_RESTORE || v[i].order_kind == ORDER_UNDO) {
            TRY(need(tx, v[i].id, &o));
            TRY(end_run(tx, &o, &ended));
        }
    }
    return OK;
}

/* Only so many records by number, and no more than a row holds. */
static struct str
trim_preview(struct arena *mem, json_t *result)
{
    json_t *rows = json_object_get(result, "rows");
    while (json_array_size(rows) > ORDER_ROWS_MAX) {
        (void)json_array_remove(rows, json_array_size(rows) - 1);
        (void)json_object_set_new(result, "more", json_true());
    }
    char *text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text != NULL && strlen(text) > ORDER_OUTCOME_MAX) {
        free(text);
        (void)json_array_clear(rows);
        (void)json_object_set_new(result, "more", json_true());
        text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER);
    }
    const struct str out = text != NULL ? arena_copy(mem, str_of(text)) : STR("{}");
    free(text);
    return out;
}

static enum rc
end_well(struct wtx *tx, const struct order_row_row *o, json_t *result)
{
    bool ended;
    if (o->order_kind == ORDER_PREVIEW) {
        return end(tx, o, ORDER_DONE, STR(""), STR(""), trim_preview(wtx_mem(tx), result));
    }
    if (o->order_kind == ORDER_BACKUP) {
        const char *id = json_string_value(json_object_get(result, "id"));
        return end(tx, o, ORDER_DONE, STR(""), id != NULL ? str_of(id) : STR(""), STR("{}"));
    }
    TRY(end_run(tx, o, &ended));
    return ended ? OK : end(tx, o, ORDER_FAILED, str_of(code_name(E_BROKEN)), STR(""), STR(""));
}

static enum rc
settle(struct wtx *tx, const struct order_row_row *o, struct str code)
{
    if (code.n > 0 || o->is_settled) { /* it asks again when it starts */
        wtx_allow_untouched(tx, "the operator's record does not know yet");
        return OK;
    }
    TRY(order_set_settled(tx, &(struct order_set_settled_in){o->id}));
    return say(tx, EVENT_RESTORE_SETTLED, o, STR(""));
}

enum rc
order_run_ended(struct wtx *tx, json_t *in, json_t *out)
{
    struct order_row_row o;
    bool ended = false;
    const json_t *number = json_object_get(in, "order");
    const char *code = json_string_value(json_object_get(in, "code"));
    const char *what = json_string_value(json_object_get(in, "what"));
    (void)out;
    if (!json_is_integer(number) || code == NULL || what == NULL || strlen(code) > 64) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an order's end");
    }
    TRY(need(tx, (struct restore_order_id){json_integer_value(number)}, &o));
    if (strcmp(what, "charge.done") == 0) {
        return settle(tx, &o, str_of(code));
    }
    if (o.order_state != ORDER_WANTED) {
        wtx_allow_untouched(tx, "its end is known");
        return OK;
    }
    if (code[0] == '\0') {
        return end_well(tx, &o, json_object_get(in, "result"));
    }
    if (o.order_kind == ORDER_RESTORE || o.order_kind == ORDER_UNDO) {
        TRY(end_run(tx, &o, &ended)); /* what failed afterwards has been done all the same */
    }
    return ended ? OK : end(tx, &o, ORDER_FAILED, str_of(code), STR(""), STR(""));
}

enum rc
order_run_is_wanted(struct wtx *tx, json_t *in, json_t *out)
{
    struct order_row_row o;
    const json_t *number = json_object_get(in, "order");
    if (!json_is_integer(number)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an order");
    }
    TRY(need(tx, (struct restore_order_id){json_integer_value(number)}, &o));
    const bool wanted = o.order_state == ORDER_WANTED;
    return json_object_set_new(out, "wanted", json_boolean(wanted)) == 0 ? OK : RC_BROKEN;
}

/* --- for the process ---------------------------------------------------------------------------
 */

enum rc
order_wishes(struct rtx *tx, struct order_wish **ret_v, size_t *ret_n)
{
    static const char *const names[] = {[ORDER_PREVIEW] = "restore.preview",
                                        [ORDER_RESTORE] = "restore.apply",
                                        [ORDER_UNDO] = "restore.apply",
                                        [ORDER_BACKUP] = "backup.run"};
    struct order_wanted_row *wanted;
    struct order_unsettled_row *owed;
    size_t n_wanted;
    size_t n_owed;
    TRY(order_wanted(tx, &wanted, &n_wanted));
    TRY(order_unsettled(tx, &owed, &n_owed));
    struct order_wish *v = ARENA_ARRAY(rtx_mem(tx), struct order_wish, n_wanted + n_owed + 1);
    size_t n = 0;
    for (size_t i = 0; i < n_wanted; i++) {
        v[n++] = (struct order_wish){
            .id = wanted[i].id, .name = names[wanted[i].order_kind], .of = wanted[i].state_name};
    }
    for (size_t i = 0; i < n_owed; i++) {
        v[n++] = (struct order_wish){.id = owed[i].id,
                                     .name = "charge.done",
                                     .of = owed[i].order_key,
                                     .total = owed[i].order_state == ORDER_DONE};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
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
            TRY(stop(tx, v[i].id));
        }
    }
    wtx_allow_untouched(tx, "orders that ran out or are over");
    TRY(take_prune(tx));
    return order_prune(tx, &(struct order_prune_in){{wtx_now(tx).us - KEEP_US}}, &gone);
}
