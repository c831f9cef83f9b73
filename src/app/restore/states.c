/* states.c: see states.h. */
#include "app/restore/states.h"

#include <jansson.h>

#include "app/workspace/workspace.h"
#include "archive/stamp.h"
#include "base/out.h"
#include "base/time.h"

#include "office.sql.h"

enum { TITLE_MAX = 200, DRILLS_MAX = 400 };

/* --- months ------------------------------------------------------------------------------------
 */

static struct day
first_of(struct day d)
{
    return (struct day){d.n - day_civil(d).dom + 1};
}

enum rc
states_month_of(struct rtx *tx, struct str stamp, struct day *ret_first)
{
    struct instant at;
    if (stamp_parse(stamp, &at) != OK) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "no state");
    }
    *ret_first = first_of(instant_day(at));
    return OK;
}

struct day
states_month_asked(struct req *rq)
{
    struct day d;
    const struct str month = req_query(rq, "monat");
    const struct str first = arena_fmt(req_mem(rq), "%.*s-01", STR_FMT(month));
    return month.n == 7 && day_parse(first, &d) == OK ? d : first_of(req_today(rq));
}

void
states_ask(struct req *rq, struct day month)
{
    const struct civil c = day_civil(month);
    const struct question q = {.name = "backup.calendar",
                               .of = arena_fmt(req_mem(rq), "%04d-%02d", c.year, c.month)};
    req_want_answer(rq, &q);
}

enum rc
states_ask_named(struct req *rq, struct rtx *tx)
{
    struct day month;
    TRY(states_month_of(tx, req_path_text(rq, "text"), &month));
    states_ask(rq, month);
    return OK;
}

/* --- what the catalogue says -------------------------------------------------------------------
 */

static struct str
text_in(struct arena *mem, const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);
    return json_is_string(v)
               ? arena_copy(mem, (struct str){json_string_value(v), json_string_length(v)})
               : STR("");
}

static struct instant
time_in(const json_t *in, const char *key)
{
    struct instant t;
    const char *text = json_string_value(json_object_get(in, key));
    return text != NULL && instant_parse(str_of(text), &t) == OK ? t : INSTANT_NONE;
}

static bool
read_state(struct arena *mem, const json_t *in, struct state_view *v)
{
    const struct str origin = text_in(mem, in, "origin");
    *v = (struct state_view){.stamp = text_in(mem, in, "id"),
                             .verified_at = time_in(in, "verifiedAt"),
                             .goes_at = time_in(in, "goesAt"),
                             .stays_until = time_in(in, "staysUntil"),
                             .bytes = json_integer_value(json_object_get(in, "bytes")),
                             .copies = json_integer_value(json_object_get(in, "copies")),
                             .tries = json_integer_value(json_object_get(in, "tries")),
                             .origin = str_eq(origin, STR("good"))       ? STATE_GOOD
                                       : str_eq(origin, STR("believed")) ? STATE_UNREAD
                                                                         : STATE_DAMAGED,
                             .is_saturday = json_is_true(json_object_get(in, "saturday")),
                             .is_substitute = json_is_true(json_object_get(in, "substitute")),
                             .is_pinned = json_is_true(json_object_get(in, "pinned")),
                             .drill = DRILL_NOT};
    return stamp_parse(v->stamp, &v->at) == OK;
}

static void
read_all(struct arena *mem, const json_t *in, struct states *s)
{
    size_t i;
    const json_t *one;
    const json_t *list = json_object_get(in, "states");
    s->created_at = time_in(in, "createdAt");
    s->good_at = time_in(in, "goodAt");
    s->fault = text_in(mem, in, "fault");
    s->undrilled_days = json_integer_value(json_object_get(in, "undrilled"));
    s->v = ARENA_ARRAY(mem, struct state_view, json_array_size(list) + 1);
    json_array_foreach(list, i, one)
    {
        s->n += read_state(mem, one, &s->v[s->n]);
    }
}

/* --- what the workspace keeps ------------------------------------------------------------------
 */

static int64_t
rows_of(struct str result)
{
    json_error_t why;
    json_t *j = json_loadb(result.p, result.n, 0, &why);
    const int64_t n = json_integer_value(json_object_get(j, "rows"));
    json_decref(j);
    return n;
}

/* The latest drill of each state. */
static enum rc
add_drills(struct rtx *tx, struct states *s)
{
    struct drill_latest_row *rows;
    size_t n;
    TRY(drill_latest(tx, &(struct drill_latest_in){.limit_count = DRILLS_MAX}, &rows, &n));
    for (size_t i = n; i > 0; i--) { /* the newest first: it has the last word */
        for (size_t k = 0; k < s->n; k++) {
            struct state_view *v = &s->v[k];
            if (str_eq(v->stamp, rows[i - 1].state_name)) {
                v->drill = rows[i - 1].is_good ? DRILL_PASSED : DRILL_MISSED;
                v->drilled_at = rows[i - 1].drilled_at;
                v->drill_rows = rows_of(rows[i - 1].result_text);
                v->drill_fault =
                    text_find(arena_fmt(rtx_mem(tx), "err.%.*s", STR_FMT(rows[i - 1].code_text)));
            }
        }
    }
    return OK;
}

bool
states_hear(struct req *rq, size_t i, struct states *ret)
{
    json_error_t why;
    const struct bytes b = req_result(rq, i);
    json_t *in = b.n > 0 ? json_loadb((const char *)b.p, b.n, 0, &why) : NULL;
    const bool is_known = json_is_array(json_object_get(in, "states"));
    *ret = (struct states){.created_at = INSTANT_NONE, .good_at = INSTANT_NONE};
    if (is_known) {
        read_all(req_mem(rq), in, ret);
    }
    json_decref(in);
    return is_known;
}

enum rc
states_read(struct req *rq, struct rtx *tx, size_t i, struct states *ret)
{
    return states_hear(rq, i, ret)
               ? add_drills(tx, ret)
               : fail(req_err(rq), RC_BUSY, E_BUSY, "no answer from the catalogue");
}

const struct state_view *
states_find(const struct states *s, struct str stamp)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->v[i].stamp, stamp)) {
            return &s->v[i];
        }
    }
    return NULL;
}

enum rc
states_need(struct req *rq, struct rtx *tx, struct state_view *ret)
{
    struct states s;
    TRY(states_read(rq, tx, 0, &s));
    const struct state_view *v = states_find(&s, req_path_text(rq, "text"));
    if (v == NULL) {
        return fail(req_err(rq), RC_MISSING, E_MISSING, "no such state");
    }
    struct settings set;
    TRY(settings_get(tx, &set));
    *ret = *v;
    ret->zone = set.zone;
    return OK;
}

struct str
states_title(struct req *rq, enum text title, struct instant at)
{
    struct out o = out_new(req_mem(rq), TITLE_MAX);
    put_instant(&o, req_page(rq), at);
    return page_text(req_page(rq), title, out_view(&o));
}
