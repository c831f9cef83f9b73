/* records_web.c: single records of a state: looked for by words, chosen, and ordered back. */
#include <jansson.h>

#include "app/release/release.h"
#include "app/restore/pages.h"
#include "app/restore/pick.h"
#include "app/restore/price_page.h"
#include "base/out.h"
#include "guard/approval.h"
#include "http/reply.h"

#include "order.sql.h"

enum { NUMBERS_MAX = 500, RECORDS_MAX = 4000 };

static const struct field find_fields[] = {
    FIELD(struct find_form, words, T_records_words, .max = ORDER_WORDS_MAX, .depends = true),
};
const struct form_def find_form_def = FORM_DEF(find_form, find_fields);

static const struct field records_fields[] = {
    FIELD(struct records_form, find, T_records_search, .min = 1, .max = INT32_MAX),
    FIELD(struct records_form, chosen, T_records_chosen, .max = NUMBERS_MAX),
    FIELD(struct records_form, order_key, T_restore_key, .max = ORDER_KEY_MAX, .token = "off"),
    FIELD(struct records_form, price_version, T_restore_version, .min = 0, .max = INT32_MAX),
    FIELD(struct records_form, price_total, T_restore_total, .min = 0, .max = INT32_MAX),
    FIELD(struct records_form, parents, T_records_parents),
    FIELD(struct records_form, overwrite, T_records_overwrite),
    FIELD(struct records_form, reason, T_restore_reason, .max = ORDER_REASON_MAX, .depends = true,
          .area = true),
};
const struct form_def records_form_def = FORM_DEF(records_form, records_fields);

/* One record that was found. */
struct hit {
    int64_t no;      /* in the search, from 1 */
    struct str name; /* "company:5" */
    struct str kind; /* "Firma" */
    struct outcome_record r;
};
struct hits {
    struct restore_order_id find;
    struct hit *v;
    size_t n;
    bool has_more;
};
struct records_page {
    struct state_view state;
    struct str fault;
    bool is_running, has_failed, has_found, is_under_way;
    struct str words;
    enum text why;
    struct restore_order_id find;
    struct hit *hits;
    size_t n_hits;
    bool has_more;
    struct find_form form;
};
struct take_page {
    struct state_view state;
    struct str fault;
    bool is_under_way, can_order, has_others, is_released, has_changed;
    struct hit *hits; /* the chosen ones */
    size_t n_hits;
    struct price_view price;
    struct records_form form;
};

#include "records.tmpl.h"

/* --- what was found ----------------------------------------------------------------------------
 */

/* What comes along with others has no number of its own. */
static bool
can_be_named(struct arena *mem, const json_t *row, struct str *ret_name)
{
    struct err why = {0};
    struct record_name name;
    const char *table = json_string_value(json_object_get(row, "table"));
    const char *key = json_string_value(json_object_get(row, "key"));
    if (table == NULL || key == NULL) {
        return false;
    }
    *ret_name = arena_fmt(mem, "%s:%s", table, key);
    return record_name_parse(*ret_name, &why, &name) == OK;
}

static void
read_hits(struct req *rq, struct str json, struct hits *ret)
{
    json_error_t why;
    size_t i;
    const json_t *row;
    json_t *in = json_loadb(json.p != NULL ? json.p : "", json.n, 0, &why);
    const json_t *rows = json_object_get(in, "rows");
    ret->has_more = json_is_true(json_object_get(in, "more"));
    ret->v = ARENA_ARRAY(req_mem(rq), struct hit, json_array_size(rows) + 1);
    json_array_foreach(rows, i, row)
    {
        struct hit *h = &ret->v[ret->n];
        if (!can_be_named(req_mem(rq), row, &h->name)) {
            continue;
        }
        if (ret->n == PICK_NAMES_MAX) {
            ret->has_more = true;
            break;
        }
        h->no = (int64_t)i + 1;
        h->kind = outcome_kind_of(rq, h->name);
        outcome_read_record(rq, row, &h->r);
        ret->n++;
    }
    json_decref(in);
}

/* The search of this number, when it is this person's in the state of the path, and done. */
static enum rc
need_hits(struct req *rq, struct rtx *tx, struct restore_order_id find, struct hits *ret)
{
    struct order_row_row o;
    bool found = false;
    *ret = (struct hits){.find = find};
    TRY(order_row(tx, &(struct order_row_in){find}, &o, &found));
    if (!found || o.order_kind != ORDER_FIND || o.order_state != ORDER_DONE ||
        o.user_id.n != req_who(rq)->user.n || !str_eq(o.state_name, req_path_text(rq, "text"))) {
        return fail(req_err(rq), RC_MISSING, E_MISSING, "no such search");
    }
    read_hits(rq, o.outcome_text, ret);
    return OK;
}

/* --- looking for them --------------------------------------------------------------------------
 */

static enum rc
fill_search(struct req *rq, struct rtx *tx, struct records_page *d)
{
    struct order_row_row o;
    struct hits hits = {0};
    bool found = false;
    TRY(order_search_of(tx, d->state.stamp, &d->find));
    TRY(order_row(tx, &(struct order_row_in){d->find}, &o, &found));
    if (!found) {
        return OK;
    }
    d->words = o.what_text;
    d->is_running = o.order_state == ORDER_WANTED;
    d->has_failed = o.order_state == ORDER_FAILED;
    d->has_found = o.order_state == ORDER_DONE;
    if (d->has_failed) {
        d->why = restore_why(rq, o.code_text);
    } else if (d->has_found) {
        read_hits(rq, o.outcome_text, &hits);
        d->hits = hits.v;
        d->n_hits = hits.n;
        d->has_more = hits.has_more;
    }
    return OK;
}

enum rc
records_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct records_page d = {.fault = STR(""), .words = STR("")};
    TRY(states_need(rq, tx, &d.state));
    TRY(fill_search(rq, tx, &d));
    TRY(order_is_under_way(tx, &d.is_under_way));
    d.form = (struct find_form){.words = d.words};
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    if (d.is_running) {
        reply_look_again(rq);
    }
    pg->nav = NAV_BACKUPS;
    pg->title = states_title(rq, T_records_title_of, d.state.at);
    return reply_page(rq, records_html, &d);
}

enum rc
records_prepare(struct req *rq, struct rtx *tx)
{
    return states_ask_named(rq, tx);
}

static struct url
page_of(struct req *rq, struct str stamp)
{
    return url_fmt(req_mem(rq), "/sicherungen/%s/datensaetze", url_text(req_mem(rq), stamp));
}

enum rc
records_post_find(struct req *rq, struct wtx *tx)
{
    const struct find_form *f = req_form(rq, struct find_form);
    struct state_view state;
    struct restore_order_id id;
    TRY(states_need(rq, wtx_read(tx), &state));
    if (f->words.n == 0) {
        req_fault(rq, "words", E_FIELD_REQUIRED, STR_NONE);
        return OK;
    }
    TRY(order_find(tx, state.stamp, f->words, &id));
    return reply_redirect(rq, page_of(rq, state.stamp));
}

/* --- ordering them -----------------------------------------------------------------------------
 */

static struct str
raw_of(const struct page *pg, const char *name)
{
    for (size_t i = 0; i < pg->n_raw; i++) {
        if (str_eq(pg->raw[i].name, str_of(name))) {
            return pg->raw[i].value;
        }
    }
    return STR_NONE;
}

/* The numbers of what is chosen, "3,7": check boxes of the page before, or the form that is shown
 * again. */
static struct str
numbers_of(struct req *rq, const struct hits *h)
{
    const struct str again = raw_of(req_page(rq), "chosen");
    struct out o = out_new(req_mem(rq), NUMBERS_MAX);
    if (again.p != NULL) {
        return again;
    }
    for (size_t i = 0; i < h->n; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "h%lld", (long long)h->v[i].no);
        if (req_query(rq, name).p != NULL) {
            out_fmt(&o, "%s%lld", o.n > 0 ? "," : "", (long long)h->v[i].no);
        }
    }
    return out_view(&o);
}

/* Those of these numbers, in the order in which they were found. */
static void
choose(struct req *rq, const struct hits *h, struct str numbers, struct hits *ret)
{
    *ret = (struct hits){.find = h->find, .v = ARENA_ARRAY(req_mem(rq), struct hit, h->n + 1)};
    for (size_t i = 0; i < h->n; i++) {
        struct str rest = numbers;
        struct str word;
        int64_t n;
        while (str_cut(&rest, ',', &word)) {
            if (str_to_i64(word, &n) == OK && n == h->v[i].no) {
                ret->v[ret->n++] = h->v[i];
                break;
            }
        }
    }
}

static enum rc
find_asked(struct req *rq, struct restore_order_id *ret_id)
{
    const struct str again = raw_of(req_page(rq), "find");
    return str_to_i64(again.p != NULL ? again : req_query(rq, "find"), &ret_id->n) == OK
               ? OK
               : fail(req_err(rq), RC_MISSING, E_MISSING, "no search");
}

static bool
has_changed(const struct hits *h)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->v[i].r.mark == OUTCOME_CHANGED) {
            return true;
        }
    }
    return false;
}

enum rc
records_get_order(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct take_page d = {.fault = STR("")};
    struct hits all;
    struct hits chosen;
    struct restore_order_id find;
    struct approval_holder *others;
    size_t n;
    TRY(states_need(rq, tx, &d.state));
    TRY(price_read(rq, &d.price));
    TRY(find_asked(rq, &find));
    TRY(need_hits(rq, tx, find, &all));
    const struct str numbers = numbers_of(rq, &all);
    choose(rq, &all, numbers, &chosen);
    d.hits = chosen.v;
    d.n_hits = chosen.n;
    d.has_changed = has_changed(&chosen);
    TRY(order_is_under_way(tx, &d.is_under_way));
    d.can_order = d.n_hits > 0 && !d.is_under_way;
    TRY(approval_holders(tx, APPROVAL_RESTORE, req_who(rq)->user, &others, &n));
    d.has_others = n > 0;
    d.is_released = release_need() > 0;
    d.form = (struct records_form){.find = find.n,
                                   .chosen = numbers,
                                   .price_version = d.price.version,
                                   .price_total = d.price.total.minor,
                                   .reason = STR("")};
    if (pg->n_faults > 0 && pg->faults[0].field == NULL) {
        d.fault = page_error(pg, pg->faults[0].code, pg->faults[0].arg);
    }
    pg->nav = NAV_BACKUPS;
    pg->title = states_title(rq, T_records_title_order, d.state.at);
    return reply_page(rq, records_order_html, &d);
}

enum rc
records_prepare_price(struct req *rq, struct rtx *tx)
{
    TRY(records_prepare(rq, tx));
    req_want_answer(rq, &(struct question){.name = "take.price"});
    return OK;
}

/* What can be ordered, of a form that is whole: it is not told otherwise. */
static enum rc
can_be_ordered(struct req *rq, struct rtx *tx, const struct records_form *f,
               struct hits *ret_chosen, bool *ret_can)
{
    struct hits all;
    bool is_under_way;
    TRY(need_hits(rq, tx, (struct restore_order_id){f->find}, &all));
    choose(rq, &all, f->chosen, ret_chosen);
    TRY(order_is_under_way(tx, &is_under_way));
    *ret_can = !is_under_way && ret_chosen->n > 0 && price_is_key(f->order_key) &&
               f->reason.n > 0 && (f->overwrite || !has_changed(ret_chosen));
    return OK;
}

enum rc
records_prepare_order(struct req *rq, struct rtx *tx)
{
    const struct records_form *f = req_form(rq, struct records_form);
    struct hits chosen;
    bool can;
    TRY(can_be_ordered(rq, tx, f, &chosen, &can));
    if (!can) {
        return records_prepare_price(rq, tx);
    }
    TRY(records_prepare(rq, tx));
    price_record(rq, "take.record",
                 &(struct price_shown){f->order_key, f->price_version, f->price_total});
    return OK;
}

/* As pick_parse() reads it. */
static struct str
records_of(struct req *rq, const struct records_form *f, const struct hits *chosen)
{
    struct out o = out_new(req_mem(rq), RECORDS_MAX);
    out_str(&o, f->parents ? STR("+parents ") : STR(""));
    out_str(&o, f->overwrite ? STR("+overwrite ") : STR(""));
    for (size_t i = 0; i < chosen->n; i++) {
        out_str(&o, i > 0 ? STR(" ") : STR(""));
        out_str(&o, chosen->v[i].name);
    }
    return out_view(&o);
}

/* What the chosen ones are called, for who approves: less than the search kept of them. */
static enum rc
names_of(struct req *rq, const struct hits *chosen, struct str *ret_json)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < chosen->n; i++) {
        const struct hit *h = &chosen->v[i];
        char day[16];
        const struct str d = h->r.day.n == DAY_NONE.n ? STR("") : day_print(h->r.day, day);
        (void)json_array_append_new(
            rows,
            json_pack("{s:s%, s:s%, s:s%, s:s%, s:s}", "record", h->name.p, h->name.n, "label",
                      h->r.label.p, h->r.label.n, "note", h->r.note.p, h->r.note.n, "day", d.p, d.n,
                      "what", h->r.mark == OUTCOME_CHANGED ? "changed" : "came"));
    }
    json_t *all = json_pack("{s:o}", "rows", rows);
    char *text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    *ret_json = text != NULL ? arena_copy(req_mem(rq), str_of(text)) : STR("");
    free(text);
    return ret_json->n > 0 ? OK : fail(req_err(rq), RC_BROKEN, E_BROKEN, "names");
}

static void
find_faults(struct req *rq, const struct records_form *f, const struct hits *chosen)
{
    if (chosen->n == 0) {
        req_fault(rq, "chosen", E_FIELD_REQUIRED, STR_NONE);
    }
    if (f->reason.n == 0) {
        req_fault(rq, "reason", E_FIELD_REQUIRED, STR_NONE);
    }
    if (!f->overwrite && has_changed(chosen)) {
        req_fault(rq, "overwrite", E_RESTORE_OVERWRITE, STR_NONE);
    }
}

enum rc
records_post_order(struct req *rq, struct wtx *tx)
{
    const struct records_form *f = req_form(rq, struct records_form);
    struct state_view state;
    struct hits chosen;
    struct restore_order_id id;
    bool can;
    bool is_under_way;
    bool waits;
    struct str named;
    TRY(states_need(rq, wtx_read(tx), &state));
    TRY(can_be_ordered(rq, wtx_read(tx), f, &chosen, &can));
    find_faults(rq, f, &chosen);
    if (req_has_faults(rq)) {
        return OK;
    }
    TRY(order_is_under_way(wtx_read(tx), &is_under_way));
    if (is_under_way) { /* its price was not asked for */
        return fail(req_err(rq), RC_CONFLICT, E_RESTORE_TWICE, "under way");
    }
    TRY(price_need(rq, &(struct price_shown){f->order_key, f->price_version, f->price_total}));
    TRY(names_of(rq, &chosen, &named));
    TRY(order_restore(tx,
                      &(struct order_wish_restore){.state = state.stamp,
                                                   .reason = f->reason,
                                                   .key = f->order_key,
                                                   .records = records_of(rq, f, &chosen),
                                                   .named = named,
                                                   .total = {f->price_total}},
                      &id, &waits));
    return reply_done(rq, url_fmt(req_mem(rq), "/sicherungen/auftraege/%lld", (long long)id.n),
                      waits                ? T_notice_restore_waits
                      : release_need() > 0 ? T_notice_restore_releases
                                           : T_notice_records_ordered);
}
