/* ask.c: parameters and results of the commands as JSON. */
#include "app/charge/charge_in.h"
#include "base/time.h"

struct str
ask_text(const json_t *in, const char *key, size_t max)
{
    const json_t *v = json_object_get(in, key);
    const struct str s = {json_string_value(v), json_string_length(v)};
    return json_is_string(v) && str_points(s) <= max ? s : STR_NONE;
}

enum rc
ask_number(struct wtx *tx, const json_t *in, const char *key, int64_t min, int64_t max,
           int64_t *ret_n)
{
    const json_t *v = json_object_get(in, key);
    if (v == NULL || json_is_null(v)) {
        *ret_n = NONE_I64;
        return OK;
    }
    const int64_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < min || n > max) {
        return fail_field(wtx_err(tx), key, RC_INVALID, E_FIELD_NUMBER, NULL);
    }
    *ret_n = n;
    return OK;
}

enum rc
ask_time(struct wtx *tx, const json_t *in, const char *key, struct instant *ret_t)
{
    const json_t *v = json_object_get(in, key);
    *ret_t = INSTANT_NONE;
    if (v == NULL || json_is_null(v)) {
        return OK;
    }
    const struct str s = ask_text(in, key, 40);
    return s.p != NULL && instant_parse(s, ret_t) == OK
               ? OK
               : fail_field(wtx_err(tx), key, RC_INVALID, E_FIELD_TIME, NULL);
}

json_t *
charge_json_time(struct instant t)
{
    char text[32];
    if (t.us == INSTANT_NONE.us) {
        return json_null();
    }
    const struct str s = instant_print(t, text);
    return json_stringn(s.p, s.n);
}

json_t *
charge_json_text(struct str s)
{
    return s.p != NULL ? json_stringn(s.p, s.n) : json_null();
}
