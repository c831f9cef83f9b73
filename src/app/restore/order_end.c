/* order_end.c: see order.h: how an order ends, and who is told. */
#include "app/restore/order_in.h"
#include "guard/mail.h"

/* Everybody else who could have ordered it. */
enum rc
order_tell_others(struct wtx *tx, struct user_id but, enum event e)
{
    struct approval_holder *v;
    size_t n;
    TRY(approval_holders(wtx_read(tx), APPROVAL_RESTORE, but, &v, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, v[i].user, e));
    }
    return OK;
}

static enum event
event_of(const struct order_row_row *o, enum order_state state, struct str code)
{
    static const enum event done[] = {
        [ORDER_PREVIEW] = EVENT_RESTORE_PREVIEWED, [ORDER_RESTORE] = EVENT_RESTORE_FINISHED,
        [ORDER_UNDO] = EVENT_RESTORE_UNDONE,       [ORDER_BACKUP] = EVENT_RESTORE_BACKUP_MADE,
        [ORDER_FIND] = EVENT_RESTORE_FOUND,        [ORDER_TAKE] = EVENT_RESTORE_TAKEN};
    if (state == ORDER_DONE && o->order_kind > 0 && (size_t)o->order_kind < COUNT(done)) {
        return done[o->order_kind];
    }
    return str_eq(code, str_of(code_name(E_RESTORE_NOT_RELEASED))) ||
                   str_eq(code, str_of(code_name(E_RESTORE_LAPSED)))
               ? EVENT_RESTORE_NOT_RELEASED
               : EVENT_RESTORE_FAILED;
}

static enum rc
end(struct wtx *tx, const struct order_row_row *o, enum order_state state, struct str code,
    struct str saved, struct str outcome)
{
    const enum event e = event_of(o, state, code);
    TRY(order_end(tx, &(struct order_end_in){state, wtx_now(tx), code, saved, outcome, o->id}));
    order_wake();
    const bool is_told = state == ORDER_DONE && code.n > 0; /* by who put it back */
    if (order_changes(o->order_kind) &&
        !is_told) { /* who waited for a release, or it failed, hears of it too */
        const bool knows = state == ORDER_DONE && o->release_need == 0;
        TRY(order_tell_others(tx, knows ? o->user_id : (struct user_id){0}, e));
    }
    return order_say(tx, e, o, code);
}

enum rc
order_fail(struct wtx *tx, const struct order_row_row *o, enum code code)
{
    return end(tx, o, ORDER_FAILED, str_of(code_name(code)), STR(""), STR(""));
}

/* Done is what the store itself knows to have been done. Where the operator did it of his own
 * accord, nothing is left to do, and nothing is owed (decision 121). */
static enum rc
end_run(struct wtx *tx, const struct order_row_row *o, bool *ret_ended)
{
    struct order_run_behind_row run;
    TRY(order_run_behind(wtx_read(tx),
                         &(struct order_run_behind_in){o->state_name, o->run_number, o->id}, &run,
                         ret_ended));
    if (!*ret_ended) {
        return OK;
    }
    const bool is_own = run.restore_order_id.n == o->id.n;
    const bool is_rescue = str_starts(run.saved_name, STR("damaged-"));
    return end(tx, o, ORDER_DONE, str_of(is_own ? "" : code_name(E_RESTORE_BY_OPERATOR)),
               is_rescue ? STR("") : run.saved_name, run.report_text);
}

enum rc
order_settle_runs(struct wtx *tx)
{
    struct order_returning_row *v;
    size_t n;
    wtx_allow_untouched(tx, "nothing was put back");
    TRY(order_returning(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct order_row_row o;
        bool ended;
        TRY(order_need(tx, v[i].id, &o));
        TRY(end_run(tx, &o, &ended));
    }
    return OK;
}

/* Only so many records by number, and no more than a row holds. */
static struct str
trim_rows(struct arena *mem, json_t *result)
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
    bool ended = false;
    if (o->order_kind == ORDER_PREVIEW || o->order_kind == ORDER_FIND) {
        return end(tx, o, ORDER_DONE, STR(""), STR(""), trim_rows(wtx_mem(tx), result));
    }
    if (o->order_kind == ORDER_BACKUP) {
        const char *id = json_string_value(json_object_get(result, "id"));
        return end(tx, o, ORDER_DONE, STR(""), id != NULL ? str_of(id) : STR(""), STR("{}"));
    }
    /* That of single records has ended with them. */
    TRY(o->order_kind != ORDER_TAKE ? end_run(tx, o, &ended) : OK);
    return ended ? OK : end(tx, o, ORDER_FAILED, str_of(code_name(E_BROKEN)), STR(""), STR(""));
}

/* In one transaction with what it did: what the command brings later finds it ended. */
enum rc
order_take_ended(struct wtx *tx, struct restore_order_id id, json_t *result)
{
    struct order_row_row o;
    const char *refused = json_string_value(json_object_get(result, "refused"));
    TRY(order_need(tx, id, &o));
    return end(tx, &o, refused == NULL ? ORDER_DONE : ORDER_FAILED,
               str_of(refused != NULL ? refused : ""), STR(""), trim_rows(wtx_mem(tx), result));
}

enum rc
order_is_wanted_take(struct wtx *tx, struct restore_order_id id, struct str state, bool *ret_is)
{
    struct order_row_row o;
    TRY(order_need(tx, id, &o));
    *ret_is =
        o.order_kind == ORDER_TAKE && o.order_state == ORDER_WANTED && str_eq(o.state_name, state);
    return OK;
}

static enum rc
settle(struct wtx *tx, const struct order_row_row *o, struct str code)
{
    if (code.n > 0 || o->is_settled) { /* it asks again when it starts */
        wtx_allow_untouched(tx, "the operator's record does not know yet");
        return OK;
    }
    TRY(order_set_settled(tx, &(struct order_set_settled_in){o->id}));
    return order_say(tx, EVENT_RESTORE_SETTLED, o, STR(""));
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
    TRY(order_need(tx, (struct restore_order_id){json_integer_value(number)}, &o));
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
