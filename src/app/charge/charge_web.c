/* charge_web.c: the operators' pages of orders, incidents and prices. */
#include "app/charge/charge_in.h"
#include "base/time.h"
#include "http/reply.h"

enum tab { TAB_ORDERS = 1, TAB_INCIDENTS, TAB_PRICES };
enum { PAGE = 100 };
static const int64_t DAY_US = 24LL * 3600 * 1000000;

struct tabs_view {
    enum tab tab;
};
struct charge_row {
    struct charge_id id;
    struct str slug, order, login, currency, why;
    enum text item;
    struct money net, vat, total;
    struct percent rate;
    int64_t version;
    enum charge_status status;
    enum charge_reason reason;
    struct instant ordered_at, done_at, billed_at, waived_at;
};
struct charges_page {
    struct tabs_view tabs;
    struct charge_row *rows;
    size_t n_rows;
    int64_t all, open;
    struct money open_total;
    struct url prev, next;
};
struct charge_page_view {
    struct charge_row row;
    bool is_open;             /* neither billed nor waived */
    struct instant lapses_at; /* waived then, when it was not carried out */
};
struct incident_row {
    struct incident_id id;
    struct str slug, text;
    struct instant begins_at, ends_at, free_until_at;
};
struct incidents_page {
    struct tabs_view tabs;
    struct incident_form form;
    struct option *places;
    size_t n_places;
    struct incident_row *rows;
    size_t n_rows;
};
struct price_row {
    struct price_version v;
    struct money whole_total, records_total;
    bool is_ahead, whole_costs, records_costs;
};
struct prices_page {
    struct tabs_view tabs;
    struct price_form form;
    struct price_row *rows;
    size_t n_rows;
    bool is_preset;
};

#include "charge.tmpl.h"

static void
set_page(struct req *rq, enum text title)
{
    req_page(rq)->nav = NAV_CHARGES;
    req_page(rq)->title = page_text(req_page(rq), title, STR_NONE);
}

/* --- orders ----------------------------------------------------------------------------------- */

static enum rc
fill_row(struct rtx *tx, struct charge_id id, struct charge_row *to)
{
    struct charge_find_row r;
    bool found;
    TRY(charge_find(tx, &(struct charge_find_in){id}, &r, &found));
    *to = (struct charge_row){
        .id = id,
        .slug = r.slug,
        .order = r.order_key,
        .login = r.ordered_login,
        .currency = r.currency,
        .why = r.waive_reason,
        .item = r.charge_item == CHARGE_RESTORE_WHOLE ? T_charges_whole : T_charges_records,
        .net = r.net,
        .vat = r.vat,
        .total = r.total,
        .rate = r.vat_percent,
        .version = r.price_version,
        .status = charge_status_of(&r),
        .reason = (enum charge_reason)r.charge_reason,
        .ordered_at = r.ordered_at,
        .done_at = r.done_at,
        .billed_at = r.billed_at,
        .waived_at = r.waived_at,
    };
    return OK;
}

enum rc
charges_get(struct req *rq, struct rtx *tx)
{
    struct charge_latest_row *ids;
    struct charge_sums_row sums;
    struct charges_page d = {.tabs = {TAB_ORDERS}};
    const int64_t page_no = req_page_no(rq);
    TRY(charge_latest(tx, &(struct charge_latest_in){(page_no - 1) * PAGE}, &ids, &d.n_rows));
    TRY(charge_sums(tx, &sums));
    d.all = sums.all_count;
    d.open = sums.open_count;
    d.open_total = sums.open_total;
    d.rows = ARENA_ARRAY(req_mem(rq), struct charge_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        TRY(fill_row(tx, ids[i].id, &d.rows[i]));
    }
    if (page_no > 1) {
        d.prev = url_fmt(req_mem(rq), "/auftraege?seite=%lld", (long long)page_no - 1);
    }
    if (d.all > page_no * PAGE) {
        d.next = url_fmt(req_mem(rq), "/auftraege?seite=%lld", (long long)page_no + 1);
    }
    set_page(rq, T_charges_title);
    return reply_page(rq, charges_html, &d);
}

enum rc
charge_get(struct req *rq, struct rtx *tx)
{
    struct charge_page_view d = {0};
    TRY(fill_row(tx, PATH_ID(rq, charge), &d.row));
    d.is_open = d.row.status < CHARGE_BILLED;
    d.lapses_at.us = d.row.ordered_at.us + CHARGE_OPEN_DAYS * DAY_US;
    set_page(rq, T_charges_title);
    req_page(rq)->title = page_text(req_page(rq), T_charges_one,
                                    arena_fmt(req_mem(rq), "%lld", (long long)d.row.id.n));
    return reply_page(rq, charge_one_html, &d);
}

static enum rc
charge_done_at(struct req *rq, enum text notice)
{
    return reply_done(
        rq, url_fmt(req_mem(rq), "/auftraege/%lld", (long long)req_path_id(rq, "charge")), notice);
}

enum rc
charge_post_billed(struct req *rq, struct wtx *tx)
{
    TRY(charge_bill(tx, PATH_ID(rq, charge)));
    return charge_done_at(rq, T_charges_billed_done);
}

enum rc
charge_post_waive(struct req *rq, struct wtx *tx)
{
    const struct waive_form *f = req_form(rq, struct waive_form);
    TRY(charge_waive(tx, PATH_ID(rq, charge), f->waive_reason));
    return charge_done_at(rq, T_charges_waived_done);
}

/* --- incidents -------------------------------------------------------------------------------- */

static enum rc
fill_places(struct req *rq, struct rtx *tx, struct incidents_page *d)
{
    struct charge_places_row *rows;
    size_t n;
    TRY(charge_places(tx, &rows, &n));
    d->places = ARENA_ARRAY(req_mem(rq), struct option, n + 1);
    d->places[0] = (struct option){.value = STR(""),
                                   .label = page_text(req_page(rq), T_incidents_all, STR_NONE)};
    for (size_t i = 0; i < n; i++) {
        d->places[i + 1] = (struct option){.value = rows[i].slug,
                                           .label = arena_fmt(req_mem(rq), "%.*s (%.*s)",
                                                              STR_FMT(rows[i].workspace_name),
                                                              STR_FMT(rows[i].slug))};
    }
    d->n_places = n + 1;
    return OK;
}

enum rc
incidents_get(struct req *rq, struct rtx *tx)
{
    struct incident_list_row *rows;
    struct incidents_page d = {.tabs = {TAB_INCIDENTS}};
    TRY(fill_places(rq, tx, &d));
    TRY(incident_list(tx, &rows, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct incident_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        const bool over = rows[i].ends_at.us != INSTANT_NONE.us;
        d.rows[i] = (struct incident_row){
            .id = rows[i].id,
            .slug = rows[i].slug,
            .text = rows[i].incident_text,
            .begins_at = rows[i].begins_at,
            .ends_at = rows[i].ends_at,
        };
        if (over) {
            d.rows[i].free_until_at.us = rows[i].ends_at.us + INCIDENT_DAYS * DAY_US;
        }
    }
    set_page(rq, T_incidents_title);
    return reply_page(rq, incidents_html, &d);
}

enum rc
incident_post_open(struct req *rq, struct wtx *tx)
{
    struct incident_id id;
    TRY(incident_open(tx, req_form(rq, struct incident_form), INSTANT_NONE, &id));
    return reply_done(rq, URL("/stoerungen"), T_incidents_opened);
}

enum rc
incident_post_close(struct req *rq, struct wtx *tx)
{
    TRY(incident_close(tx, PATH_ID(rq, incident), INSTANT_NONE));
    return reply_done(rq, URL("/stoerungen"), T_incidents_closed);
}

/* --- prices ----------------------------------------------------------------------------------- */

enum rc
prices_get(struct req *rq, struct rtx *tx)
{
    struct price_version *v;
    struct money vat;
    struct prices_page d = {.tabs = {TAB_PRICES}, .form = {.valid_day = DAY_NONE}};
    TRY(price_versions(tx, &v, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct price_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        d.rows[i] = (struct price_row){.v = v[i], .is_ahead = v[i].valid_at.us > req_now(rq).us};
        TRY(charge_vat(v[i].whole_net, v[i].vat_percent, &vat, &d.rows[i].whole_total));
        TRY(charge_vat(v[i].records_net, v[i].vat_percent, &vat, &d.rows[i].records_total));
        d.rows[i].whole_costs = d.rows[i].whole_total.minor > 0;
        d.rows[i].records_costs = d.rows[i].records_total.minor > 0;
        d.is_preset = d.is_preset || (v[i].is_current && v[i].made_at.us == INSTANT_NONE.us);
    }
    if (d.n_rows > 0) {
        d.form = (struct price_form){v[0].whole_net, v[0].records_net, v[0].vat_percent, DAY_NONE};
    }
    set_page(rq, T_prices_title);
    return reply_page(rq, prices_html, &d);
}

enum rc
price_post(struct req *rq, struct wtx *tx)
{
    const struct price_form *f = req_form(rq, struct price_form);
    const bool at_once = f->valid_day.n == NONE_I32 || f->valid_day.n == req_today(rq).n;
    TRY(price_set(tx, f, at_once ? INSTANT_NONE : day_begin(f->valid_day)));
    return reply_done(rq, URL("/preise"), T_prices_set);
}
