/* release_web.c: the operators' pages of orders that wait for their release: whose, which state,
 * how many records of which kind; nothing of what is in them. */
#include "app/release/release_in.h"

#include <jansson.h>

#include "app/charge/charge.h"
#include "base/out.h"
#include "http/reply.h"

enum { KINDS_MAX = 2000 };

struct release_row {
    struct restore_release_id id;
    struct str name;
    enum text scope;
    enum release_state state;
    struct instant asked_at;
    int64_t given, need;
    bool is_done, has_failed, is_running; /* after it was released */
};
struct releases_page {
    struct release_row *waiting, *past;
    size_t n_waiting, n_past;
    bool is_off; /* kontor.conf asks for none */
    bool lacks;  /* more people than the console has */
};
/* How many of what: "Firmen 3, Projekte 1". */
struct amount_view {
    int64_t n;
    struct str kinds;
};
struct giver_view {
    struct str name;
    struct instant at;
    bool is_second;
};
struct release_page {
    struct str fault; /* why a button was refused */
    struct release_row row;
    struct str group;
    struct instant ordered_at, made_at, verified_at, looked_at, lapses_at, ended_at, refused_at;
    bool waits, has_state, is_checked, is_first, is_second, has_given, lacks_second, is_past;
    struct amount_view came, changed, went;
    struct giver_view *givers;
    size_t n_givers;
    struct str reason;
};

#include "release.tmpl.h"

/* --- one of them ------------------------------------------------------------------------------ */

static struct release_row
row_of(const struct release *r)
{
    const struct release_find_row *o = &r->row;
    const bool is_over = r->state == RELEASE_RELEASED;
    const bool has_ended = o->ended_at.us != INSTANT_NONE.us;
    return (struct release_row){
        .id = o->id,
        .name = o->workspace_name.n > 0 ? o->workspace_name : o->slug,
        .scope = o->charge_item == CHARGE_RESTORE_WHOLE ? T_charges_whole : T_charges_records,
        .state = r->state,
        .asked_at = o->asked_at,
        .given = (int64_t)r->n_givers,
        .need = o->release_need,
        .is_done = is_over && o->is_done,
        .has_failed = is_over && has_ended && !o->is_done,
        .is_running = is_over && !has_ended,
    };
}

static struct amount_view
amount_of(struct req *rq, const json_t *list, size_t column)
{
    struct out kinds = out_new(req_mem(rq), KINDS_MAX);
    int64_t sum = 0;
    size_t i;
    const json_t *row;
    json_array_foreach(list, i, row)
    {
        const int64_t n = json_integer_value(json_array_get(row, column));
        const char *table = json_string_value(json_array_get(row, 0));
        const enum text t = text_find(arena_fmt(req_mem(rq), "table.%s", table));
        const struct str name = t != T_NONE ? page_text(req_page(rq), t, STR_NONE) : str_of(table);
        if (n > 0) {
            out_str(&kinds, arena_fmt(req_mem(rq), "%s%.*s %lld", sum > 0 ? ", " : "",
                                      STR_FMT(name), (long long)n));
        }
        sum += n;
    }
    return (struct amount_view){sum, arena_copy(req_mem(rq), out_view(&kinds))};
}

static void
fill_amounts(struct req *rq, struct str text, struct release_page *d)
{
    json_error_t why;
    json_t *list = json_loadb(text.p, text.n, 0, &why);
    d->came = amount_of(rq, list, 1);
    d->changed = amount_of(rq, list, 2);
    d->went = amount_of(rq, list, 3);
    json_decref(list);
}

static void
fill_givers(struct req *rq, const struct release *r, struct release_page *d)
{
    d->givers = ARENA_ARRAY(req_mem(rq), struct giver_view, r->n_givers + 1);
    for (size_t i = 0; i < r->n_givers; i++) {
        const struct release_givers_row *g = &r->givers[i];
        const struct str full = str_trim(
            arena_fmt(req_mem(rq), "%.*s %.*s", STR_FMT(g->first_name), STR_FMT(g->last_name)));
        d->givers[i] = (struct giver_view){full.n > 0 ? full : g->login, g->given_at, i > 0};
        d->has_given |= g->user_id.n == req_who(rq)->user.n;
    }
    d->n_givers = r->n_givers;
}

static void
fill_release(struct req *rq, const struct release *r, struct release_page *d)
{
    const struct release_find_row *o = &r->row;
    const enum text group =
        text_find(arena_fmt(req_mem(rq), "group.%s", group_code((enum group)o->group_no)));
    d->row = row_of(r);
    d->group = page_text(req_page(rq), group, STR_NONE);
    d->ordered_at = o->ordered_at;
    d->has_state = o->completed_at.us != INSTANT_NONE.us;
    d->made_at = o->completed_at;
    d->verified_at = o->verified_at;
    d->is_checked = o->verified_at.us != INSTANT_NONE.us;
    d->looked_at = o->looked_at;
    d->lapses_at = r->lapses_at;
    d->refused_at = o->refused_at;
    d->ended_at = o->ended_at;
    d->waits = r->state == RELEASE_WAITS;
    d->is_past = !d->waits && r->state != RELEASE_RELEASED;
    d->reason = o->refuse_reason;
    fill_amounts(rq, o->amounts_text, d);
    fill_givers(rq, r, d);
    d->is_first = d->waits && r->n_givers == 0;
    d->is_second = d->waits && r->n_givers > 0;
    d->lacks_second = o->release_need > 1 && r->n_givers < 2 && !d->is_past;
}

static void
set_page(struct req *rq)
{
    req_page(rq)->nav = NAV_RELEASES;
    req_page(rq)->title = page_text(req_page(rq), T_release_title, STR_NONE);
}

enum rc
release_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct release r;
    struct release_page d = {.fault = STR("")};
    TRY(release_read(tx, PATH_ID(rq, restore_release), &r));
    fill_release(rq, &r, &d);
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    set_page(rq);
    pg->title = page_text(pg, T_release_one, d.row.name);
    return reply_page(rq, release_one_html, &d);
}

/* --- all of them ------------------------------------------------------------------------------ */

enum rc
releases_get(struct req *rq, struct rtx *tx)
{
    struct release_latest_row *ids;
    struct release_operators_row *people;
    size_t n;
    size_t n_people;
    struct releases_page d = {.is_off = release_need() == 0};
    TRY(release_operators(tx, &people, &n_people));
    d.lacks = (int64_t)n_people < release_need();
    TRY(release_latest(tx, &(struct release_latest_in){release_since(req_now(rq))}, &ids, &n));
    d.waiting = ARENA_ARRAY(req_mem(rq), struct release_row, n + 1);
    d.past = ARENA_ARRAY(req_mem(rq), struct release_row, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct release r;
        TRY(release_read(tx, ids[i].restore_release_id, &r));
        if (r.state == RELEASE_WAITS) {
            d.waiting[d.n_waiting++] = row_of(&r);
        } else {
            d.past[d.n_past++] = row_of(&r);
        }
    }
    set_page(rq);
    return reply_page(rq, releases_html, &d);
}

/* --- answering -------------------------------------------------------------------------------- */

static enum rc
answered(struct req *rq, enum text notice)
{
    const struct restore_release_id id = PATH_ID(rq, restore_release);
    return reply_done(rq, url_fmt(req_mem(rq), "/freigaben/%lld", (long long)id.n), notice);
}

enum rc
release_post_give(struct req *rq, struct wtx *tx)
{
    bool is_last;
    TRY(release_give(tx, PATH_ID(rq, restore_release), &is_last));
    return answered(rq, is_last ? T_release_done_last : T_release_done_first);
}

enum rc
release_post_refuse(struct req *rq, struct wtx *tx)
{
    const struct refuse_form *f = req_form(rq, struct refuse_form);
    TRY(release_refuse(tx, PATH_ID(rq, restore_release), f->refuse_reason));
    return answered(rq, T_release_done_refused);
}
