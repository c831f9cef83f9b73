/* outbound_web.c: the pages of the ways outside: whom the server speaks with, and the workspace's
 * own mail server: registered, switched on with a fresh proof, switched off with one click. */
#include "app/outbound/inner.h"
#include "base/mime.h"
#include "guard/audit.h"
#include "guard/mail.h"

struct target_row {
    struct str name, country;
    bool is_own;
    int64_t sent;
    struct instant last_at;
    int64_t contract_state;
};
struct outbound_page {
    struct target_row *rows;
    size_t n_rows;
    int64_t targets, refusals; /* the same counts, for sentences */
    struct mail_server own;
    struct str own_name; /* "mail.linden.example:465"; "" when none is named */
    bool is_allowed, is_named, has_way, has_address;
    struct mail_server_on_form on;
    struct denied *refused;
    size_t n_refused;
};
struct mail_server_page {
    struct mail_server_form form;
    int64_t version;
    bool is_named, is_stale;
    struct option *ports, *contracts;
    size_t n_ports, n_contracts;
};
#include "outbound.tmpl.h"

enum { USE_S = 30 * 24 * 60 * 60, PORTS = 2, CONTRACTS = 3 };

static void
set_page(struct req *rq, enum text title)
{
    struct page *pg = req_page(rq);

    pg->nav = NAV_SETTINGS;
    pg->title = page_text(pg, title, STR_NONE);
}

/* --- whom the server speaks with -------------------------------------------------------------- */

static enum rc
put_row(struct rtx *tx, struct outbound_page *d, struct target_row row)
{
    const struct instant since = {rtx_now(tx).us - (int64_t)USE_S * 1000000};

    TRY(mail_use(tx, row.name, since, &row.sent, &row.last_at));
    d->rows[d->n_rows++] = row;
    d->targets++;
    return OK;
}

/* The operator's server, and the own one while it is on; nothing else can be reached. */
static enum rc
put_rows(struct rtx *tx, struct outbound_page *d)
{
    const struct outbound_setup *setup = outbound_setup();

    d->rows = ARENA_ARRAY(rtx_mem(tx), struct target_row, 2);
    if (setup->mail_server.n > 0) {
        TRY(put_row(tx, d, (struct target_row){.name = setup->mail_server, .country = STR("")}));
    }
    if (d->own.is_on && d->is_allowed) {
        TRY(put_row(tx, d,
                    (struct target_row){.name = d->own_name,
                                        .country = d->own.form.country,
                                        .is_own = true,
                                        .contract_state = d->own.form.contract_state}));
    }
    return OK;
}

static enum rc
get_outbound(struct req *rq, struct rtx *tx)
{
    struct outbound_page d = {.is_allowed = outbound_setup()->own_allowed, .own_name = STR("")};

    TRY(mail_server_get(tx, &d.own));
    d.is_named = d.own.id.n != 0;
    if (d.is_named) {
        d.own_name = target_name(req_mem(rq), d.own.form.host, d.own.form.port);
    }
    TRY(put_rows(tx, &d));
    d.has_way = d.n_rows > 0;
    d.on = (struct mail_server_on_form){.version = d.own.form.version};
    TRY(denied_list(tx, &d.refused, &d.n_refused));
    d.refusals = (int64_t)d.n_refused;
    for (size_t i = 0; i < d.n_refused; i++) {
        bool are_words;
        d.refused[i].why = outbound_why(req_page(rq), d.refused[i].why, &are_words);
    }
    set_page(rq, T_outbound_title);
    return reply_page(rq, outbound_html, &d);
}

/* --- the own mail server ---------------------------------------------------------------------- */

static struct option
choice(struct req *rq, int64_t value, enum text label, int64_t now)
{
    return (struct option){.value = arena_fmt(req_mem(rq), "%lld", (long long)value),
                           .label = page_text(req_page(rq), label, STR_NONE),
                           .selected = value == now};
}

static enum rc
get_mail_server(struct req *rq, struct rtx *tx)
{
    struct mail_server s;
    struct mail_server_page d = {.n_ports = PORTS, .n_contracts = CONTRACTS};
    const struct str raw = req_raw(rq, STR("version"));
    int64_t sent;

    TRY(mail_server_get(tx, &s));
    d.form = s.form;
    d.version = s.form.version;
    d.is_named = s.id.n != 0;
    d.is_stale = req_refused_with(rq, E_STALE);
    if (raw.p != NULL && !d.is_stale && str_to_i64(raw, &sent) == OK) {
        d.version = sent;
    }
    d.ports = ARENA_ARRAY(req_mem(rq), struct option, PORTS);
    d.ports[0] = choice(rq, 465, T_outbound_port_465, s.form.port);
    d.ports[1] = choice(rq, 587, T_outbound_port_587, s.form.port);
    d.contracts = ARENA_ARRAY(req_mem(rq), struct option, CONTRACTS);
    d.contracts[0] =
        choice(rq, CONTRACT_PRESENT, T_outbound_contract_present, s.form.contract_state);
    d.contracts[1] =
        choice(rq, CONTRACT_MISSING, T_outbound_contract_missing, s.form.contract_state);
    d.contracts[2] =
        choice(rq, CONTRACT_NOT_NEEDED, T_outbound_contract_not_needed, s.form.contract_state);
    set_page(rq, T_outbound_server_title);
    return reply_page(rq, mail_server_html, &d);
}

static enum rc
check_mail_server(struct req *rq, struct rtx *tx)
{
    struct mail_server s;

    TRY(mail_server_get(tx, &s));
    const struct outbound_fault fault =
        mail_server_check(req_form(rq, struct mail_server_form), &s);
    if (fault.field != NULL) {
        req_fault(rq, fault.field, fault.code, STR_NONE);
    }
    return OK;
}

static enum rc
post_mail_server(struct req *rq, struct wtx *tx)
{
    TRY(mail_server_save(tx, req_form(rq, struct mail_server_form)));
    return reply_done(rq, URL("/einstellungen/verbindungen"), T_notice_outbound_saved);
}

static enum rc
post_on(struct req *rq, struct wtx *tx)
{
    const struct mail_server_on_form *f = req_form(rq, struct mail_server_on_form);

    if (!f->confirmed) {
        req_fault(rq, "confirmed", E_TARGET_CONFIRM, STR_NONE);
        return OK;
    }
    TRY(mail_server_on(tx, f->version));
    return reply_done(rq, URL("/einstellungen/verbindungen"), T_notice_outbound_on);
}

static enum rc
post_off(struct req *rq, struct wtx *tx)
{
    TRY(mail_server_off(tx));
    return reply_done(rq, URL("/einstellungen/verbindungen"), T_notice_outbound_off);
}

static enum rc
post_remove(struct req *rq, struct wtx *tx)
{
    TRY(mail_server_remove(tx));
    return reply_done(rq, URL("/einstellungen/verbindungen"), T_notice_outbound_removed);
}

/* What becomes of it stands in the outbox. */
static enum rc
post_test(struct req *rq, struct wtx *tx)
{
    TRY(outbound_test(tx, req_who(rq)->user));
    return reply_done(rq, URL("/einstellungen/postausgang"), T_notice_outbound_tested);
}

/* --- routes ----------------------------------------------------------------------------------- */

/* Whoever sees the outbox sees all of it: the right is asked by the route. */
static enum rc
mail_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    (void)who;
    (void)write;
    return mail_need(tx, (struct mail_id){id});
}
static const struct scope scopes[] = {
    {"mail", mail_scope}
};

/* clang-format off */
static const struct route routes[] = {
    GET ("/einstellungen/postausgang",                         SETTING_WRITE, queue_get),
    POST("/einstellungen/postausgang/test",                    SETTING_WRITE, MAIL_TESTED, no_form, post_test, .again = get_outbound),
    POST("/einstellungen/postausgang/{mail}/erneut",           SETTING_WRITE, MAIL_AGAIN, no_form, queue_post_again, .again = queue_get),
    GET ("/einstellungen/verbindungen",                        SETTING_WRITE, get_outbound),
    GET ("/einstellungen/verbindungen/mailserver",             SETTING_WRITE, get_mail_server, .step_up = true),
    POST("/einstellungen/verbindungen/mailserver",             SETTING_WRITE, TARGET_SAVED, mail_server_form, post_mail_server, .again = get_mail_server, .check = check_mail_server, .step_up = true),
    POST("/einstellungen/verbindungen/mailserver/ausschalten", SETTING_WRITE, TARGET_OFF, no_form, post_off, .again = get_outbound),
    POST("/einstellungen/verbindungen/mailserver/einschalten", SETTING_WRITE, TARGET_ON, mail_server_on_form, post_on, .again = get_outbound, .step_up = true),
    POST("/einstellungen/verbindungen/mailserver/entfernen",   SETTING_WRITE, TARGET_REMOVED, no_form, post_remove, .again = get_outbound),
};
/* clang-format on */

const struct domain outbound_domain = {.name = "outbound",
                                       .routes = routes,
                                       .n_routes = COUNT(routes),
                                       .scopes = scopes,
                                       .n_scopes = COUNT(scopes)};
