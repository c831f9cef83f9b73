/* price_page.c: see price_page.h. */
#include "app/restore/price_page.h"

#include <jansson.h>

#include "app/restore/order.h"

bool
price_is_key(struct str key)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] == '\0' || strchr(letters, key.p[i]) == NULL) {
            return false;
        }
    }
    return key.n >= ORDER_KEY_MIN && key.n <= ORDER_KEY_MAX;
}

void
price_record(struct req *rq, const char *name, const struct price_shown *shown)
{
    req_want_answer(rq, &(struct question){.name = name,
                                           .of = shown->key,
                                           .login = req_who(rq)->login,
                                           .version = shown->version,
                                           .total = shown->total});
}

/* What the registrar says; RC_BUSY: it could not. *ret_recorded: an order was kept at it. */
static enum rc
read_answer(struct req *rq, struct price_view *ret, bool *ret_recorded, bool *ret_changed)
{
    json_error_t why;
    const struct bytes b = req_result(rq, 1);
    json_t *in = b.n > 0 ? json_loadb((const char *)b.p, b.n, 0, &why) : NULL;
    const char *reason = json_string_value(json_object_get(in, "reason"));
    const char *code = json_string_value(json_object_get(in, "code"));
    *ret =
        (struct price_view){.is_known = json_is_integer(json_object_get(in, "total")),
                            .version = json_integer_value(json_object_get(in, "version")),
                            .net = {json_integer_value(json_object_get(in, "net"))},
                            .vat = {json_integer_value(json_object_get(in, "vat"))},
                            .total = {json_integer_value(json_object_get(in, "total"))},
                            .regular = {json_integer_value(json_object_get(in, "regular"))},
                            .rate = {(int32_t)json_integer_value(json_object_get(in, "vatRate"))},
                            .is_incident = reason != NULL && strcmp(reason, "incident") == 0};
    ret->is_free = ret->total.minor == 0;
    *ret_recorded = json_is_true(json_object_get(in, "recorded"));
    *ret_changed = code != NULL && strcmp(code, code_name(E_PRICE_CHANGED)) == 0;
    json_decref(in);
    return ret->is_known ? OK : fail(req_err(rq), RC_BUSY, E_BUSY, "no answer about the price");
}

enum rc
price_read(struct req *rq, struct price_view *ret)
{
    bool recorded;
    bool changed;
    return read_answer(rq, ret, &recorded, &changed);
}

enum rc
price_need(struct req *rq, const struct price_shown *shown)
{
    struct price_view p;
    bool recorded;
    bool changed;
    TRY(read_answer(rq, &p, &recorded, &changed));
    if (changed || p.version != shown->version || p.total.minor != shown->total) {
        return fail(req_err(rq), RC_CONFLICT, E_PRICE_CHANGED, "version %lld",
                    (long long)p.version);
    }
    return recorded ? OK : fail(req_err(rq), RC_CONFLICT, E_RESTORE_UNRECORDED, "not recorded");
}
