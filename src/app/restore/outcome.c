/* outcome.c: a preview or a report, as JSON of counts by table, in words. */
#include <jansson.h>

#include "app/restore/pages.h"
#include "base/out.h"

enum { NUMBERS_MAX = 20, TEXT_MAX = 1000 };

static int64_t
count_in(const json_t *t, const char *key)
{
    return json_integer_value(json_object_get(t, key));
}

/* What a kind of record is called; T_NONE: nothing that people know. */
static enum text
name_of(struct req *rq, const json_t *t)
{
    const char *table = json_string_value(json_object_get(t, "table"));
    return table != NULL ? text_find(arena_fmt(req_mem(rq), "table.%s", table)) : T_NONE;
}

static struct str
numbers_of(struct req *rq, const json_t *rows, const json_t *t, const char *what)
{
    struct out o = out_new(req_mem(rq), TEXT_MAX);
    const char *table = json_string_value(json_object_get(t, "table"));
    size_t n = 0;
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *of = json_string_value(json_object_get(row, "table"));
        const char *how = json_string_value(json_object_get(row, "what"));
        const char *key = json_string_value(json_object_get(row, "key"));
        if (of == NULL || how == NULL || key == NULL || table == NULL || strcmp(of, table) != 0 ||
            strcmp(how, what) != 0) {
            continue;
        }
        if (n++ == NUMBERS_MAX) {
            out_str(&o, STR(" …"));
            break;
        }
        out_str(&o, n > 1 ? STR(", ") : STR(""));
        out_str(&o, str_of(key));
    }
    return out_view(&o);
}

static void
add_line(struct req *rq, const json_t *rows, const json_t *t, struct outcome *ret)
{
    const enum text name = name_of(rq, t);
    const char *table = json_string_value(json_object_get(t, "table"));
    ret->lines[ret->n_lines++] = (struct outcome_line){
        .name = name != T_NONE ? page_text(req_page(rq), name, STR_NONE)
                               : arena_copy(req_mem(rq), str_of(table != NULL ? table : "")),
        .then = count_in(t, "state"),
        .now = count_in(t, "present"),
        .came = count_in(t, "came"),
        .went = count_in(t, "went"),
        .changed = count_in(t, "changed"),
        .came_numbers = numbers_of(rq, rows, t, "came"),
        .went_numbers = numbers_of(rq, rows, t, "went"),
        .changed_numbers = numbers_of(rq, rows, t, "changed")};
}

void
outcome_read(struct req *rq, struct str json, struct outcome *ret)
{
    json_error_t why;
    size_t i;
    const json_t *t;
    json_t *in = json_loadb(json.p != NULL ? json.p : "", json.n, 0, &why);
    const json_t *tables = json_object_get(in, "tables");
    const json_t *rows = json_object_get(in, "rows");
    struct out stays = out_new(req_mem(rq), TEXT_MAX);
    *ret = (struct outcome){.has_more = json_is_true(json_object_get(in, "more"))};
    ret->lines = ARENA_ARRAY(req_mem(rq), struct outcome_line, json_array_size(tables) + 1);
    json_array_foreach(tables, i, t)
    {
        const char *class = json_string_value(json_object_get(t, "class"));
        const bool travels = class != NULL && strcmp(class, "content") == 0;
        const bool differs = count_in(t, "came") + count_in(t, "went") + count_in(t, "changed") > 0;
        if (travels && differs) {
            add_line(rq, rows, t, ret);
        } else if (differs && name_of(rq, t) != T_NONE) {
            out_str(&stays, out_view(&stays).n > 0 ? STR(", ") : STR(""));
            out_str(&stays, page_text(req_page(rq), name_of(rq, t), STR_NONE));
        }
    }
    ret->stays = out_view(&stays);
    ret->is_same = ret->n_lines == 0;
    json_decref(in);
}
