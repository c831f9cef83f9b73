/* record_json.c: see record_json.h. */
#include "app/restore/record_json.h"

static json_t *
value_json(struct arena *mem, const struct record_value *v)
{
    char *hex;
    switch (v->type) {
    case RECORD_NUMBER:
        return json_integer(v->number);
    case RECORD_TEXT:
        return json_stringn(v->text.p, v->text.n);
    case RECORD_BYTES:
        hex = arena_alloc(mem, 2 * v->text.n + 1);
        hex_print((const uint8_t *)v->text.p, v->text.n, hex);
        return json_pack("{s:s}", "hex", hex);
    case RECORD_NULL:
        break;
    }
    return json_null();
}

json_t *
record_to_json(struct arena *mem, const struct record_value *v, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) {
        if (json_array_append_new(list, value_json(mem, &v[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static bool
read_value(const json_t *in, struct arena *mem, struct record_value *ret_v)
{
    const json_t *hex = json_object_get(in, "hex");
    *ret_v = (struct record_value){.type = RECORD_NULL};
    if (json_is_integer(in)) {
        ret_v->type = RECORD_NUMBER;
        ret_v->number = json_integer_value(in);
    } else if (json_is_string(in)) {
        ret_v->type = RECORD_TEXT;
        ret_v->text = (struct str){json_string_value(in), json_string_length(in)};
    } else if (json_is_string(hex)) {
        const size_t n = json_string_length(hex) / 2;
        uint8_t *p = arena_alloc(mem, n + 1);
        ret_v->type = RECORD_BYTES;
        ret_v->text = (struct str){(const char *)p, n};
        return hex_parse((struct str){json_string_value(hex), json_string_length(hex)}, p, n) == OK;
    } else {
        return json_is_null(in);
    }
    return true;
}

enum rc
record_from_json(const json_t *in, int n, struct arena *mem, struct err *err,
                 struct record_value **ret_v)
{
    struct record_value *v = ARENA_ARRAY(mem, struct record_value, (size_t)n + 1);
    bool good = json_is_array(in) && json_array_size(in) == (size_t)n;
    for (int i = 0; i < n && good; i++) {
        good = read_value(json_array_get(in, (size_t)i), mem, &v[i]);
    }
    if (!good) {
        return fail(err, RC_INVALID, E_FIELD_ENCODING, "a record's values");
    }
    *ret_v = v;
    return OK;
}
