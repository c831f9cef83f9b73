/* ladder_commands.c: see ladder_commands.h. */
#include "ladder_commands.h"

#include <jansson.h>

#include "base/time.h"
#include "ladder.h"

static struct str
text_in(const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);

    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

static enum rc
put_reset(struct wtx *tx, struct user_id id, json_t *out)
{
    struct ladder l;
    char text[32];

    TRY(ladder_of(wtx_read(tx), id, &l));
    const struct str at = instant_print(l.order.not_before_at, text);
    (void)json_object_set_new(out, "notBefore", json_stringn(at.p, at.n));
    return OK;
}

enum rc
ladder_run_reset(struct wtx *tx, json_t *in, json_t *out)
{
    const struct user_id operator_ = {0};
    enum user_state state;
    struct user_id id;

    TRY(user_of_login(wtx_read(tx), text_in(in, "login"), &id, &state));
    if (id.n == 0) {
        return fail(wtx_err(tx), RC_MISSING, E_USER_UNKNOWN, "no such log-in");
    }
    (void)json_object_set_new(out, "id", json_integer(id.n));
    if (json_is_true(json_object_get(in, "cancel"))) {
        return ladder_cancel(tx, id, operator_);
    }
    TRY(ladder_order_last(tx, id, text_in(in, "reason"),
                          json_is_true(json_object_get(in, "unreachable"))));
    return put_reset(tx, id, out);
}
