/* charge.c: the subject's tables. */
#include "app/charge/charge_in.h"

static const struct command commands[] = {
    {"charge.billed",  EVENT_CHARGE_BILLED,   charge_run_billed },
    {"charge.done",    EVENT_CHARGE_DONE,     charge_run_done   },
    {"charge.find",    EVENT_NOTHING,         charge_run_find   },
    {"charge.list",    EVENT_NOTHING,         charge_run_list   },
    {"charge.price",   EVENT_NOTHING,         charge_run_price  },
    {"charge.record",  EVENT_CHARGE_ORDERED,  charge_run_record },
    {"charge.waive",   EVENT_CHARGE_WAIVED,   charge_run_waive  },
    {"incident.close", EVENT_INCIDENT_CLOSED, incident_run_close},
    {"incident.list",  EVENT_NOTHING,         incident_run_list },
    {"incident.open",  EVENT_INCIDENT_OPENED, incident_run_open },
    {"price.list",     EVENT_NOTHING,         price_run_list    },
    {"price.set",      EVENT_PRICE_SET,       price_run_set     },
};

static enum rc
charge_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct charge_find_row row;
    bool found;
    (void)write;
    TRY(charge_find(tx, &(struct charge_find_in){{id}}, &row, &found));
    return found && may(who, RIGHT_OPERATOR)
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "charge %lld", (long long)id);
}

static enum rc
incident_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct incident_find_row row;
    bool found;
    (void)write;
    TRY(incident_find(tx, &(struct incident_find_in){{id}}, &row, &found));
    return found && may(who, RIGHT_OPERATOR)
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "incident %lld", (long long)id);
}

static const struct scope scopes[] = {
    {.name = "charge",   .check = charge_scope  },
    {.name = "incident", .check = incident_scope},
};

/* clang-format off */
/* What changes what somebody owes wants a fresh proof. */
static const struct route routes[] = {
    GET ("/auftraege",                     OPERATOR, charges_get),
    GET ("/auftraege/{charge}",            OPERATOR, charge_get),
    POST("/auftraege/{charge}/abgerechnet", OPERATOR, CHARGE_BILLED, no_form, charge_post_billed, .again = charge_get),
    POST("/auftraege/{charge}/erlassen",   OPERATOR, CHARGE_WAIVED, waive_form, charge_post_waive, .again = charge_get, .step_up = true),
    GET ("/stoerungen",                    OPERATOR, incidents_get),
    POST("/stoerungen",                    OPERATOR, INCIDENT_OPENED, incident_form, incident_post_open, .again = incidents_get, .step_up = true),
    POST("/stoerungen/{incident}/ende",    OPERATOR, INCIDENT_CLOSED, no_form, incident_post_close, .again = incidents_get),
    GET ("/preise",                        OPERATOR, prices_get),
    POST("/preise",                        OPERATOR, PRICE_SET, price_form, price_post, .again = prices_get, .step_up = true),
};
/* clang-format on */

const struct domain charge_domain = {
    .name = "charge",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
