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

const struct domain charge_domain = {
    .name = "charge",
    .commands = commands,
    .n_commands = COUNT(commands),
};
