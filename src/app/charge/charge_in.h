/* charge_in.h: what the files of this folder share. */
#ifndef APP_CHARGE_CHARGE_IN_H
#define APP_CHARGE_CHARGE_IN_H

#include <jansson.h>

#include "app/charge/charge.h"

#include "charge.sql.h"

typedef enum rc charge_run_fn(struct wtx *tx, json_t *in, json_t *out);

enum {
    ORDER_MAX = 64,
    LOGIN_MAX = 64,
    WHY_MAX = 200,
    INCIDENT_MAX = 500,
    NET_MAX = 100000000, /* a million, in cents */
    VAT_MAX = 10000
};
#define CHARGE_CURRENCY "EUR"

/* ask.c: parameters and results. STR_NONE when it is no text, or longer. */
struct str ask_text(const json_t *in, const char *key, size_t max);
/* NONE_I64 when it is absent; RC_INVALID when it is no whole number from min to max. */
MUST enum rc ask_number(struct wtx *tx, const json_t *in, const char *key, int64_t min, int64_t max,
                        int64_t *ret_n);
/* INSTANT_NONE when it is absent or null. */
MUST enum rc ask_time(struct wtx *tx, const json_t *in, const char *key, struct instant *ret_t);
json_t *charge_json_time(struct instant t);
json_t *charge_json_text(struct str s);

/* price.c */
struct price_form {
    struct money whole_net, records_net; /* MONEY_NONE: as in the highest version */
    struct percent vat_percent;          /* PERCENT_NONE: the same */
    struct day valid_day;                /* DAY_NONE: at once */
};
extern const struct form_def price_form_def;
struct price_version {
    int64_t version;
    struct money whole_net, records_net;
    struct percent vat_percent;
    struct instant valid_at, made_at;
    struct str currency;
    bool is_current;
};
/* All versions, the newest first, in the transaction's arena. */
MUST enum rc price_versions(struct rtx *tx, struct price_version **ret_v, size_t *ret_n);
MUST enum rc price_set(struct wtx *tx, const struct price_form *f, struct instant valid_at);
charge_run_fn price_run_list, price_run_set;

/* incident.c */
struct incident_form {
    struct str slug; /* "": everybody */
    struct str incident_text;
};
extern const struct form_def incident_form_def;
/* from INSTANT_NONE: now. */
MUST enum rc incident_open(struct wtx *tx, const struct incident_form *f, struct instant from,
                           struct incident_id *ret_id);
MUST enum rc incident_close(struct wtx *tx, struct incident_id id, struct instant to);
charge_run_fn incident_run_open, incident_run_close, incident_run_list;

/* order.c: what a workspace orders. */
const char *charge_item_name(enum charge_item item);
charge_run_fn charge_run_price, charge_run_record, charge_run_done, charge_run_find;

/* bill.c: what the operator makes of it. */
enum charge_status { CHARGE_OPEN = 1, CHARGE_DONE, CHARGE_BILLED, CHARGE_WAIVED };
enum charge_status charge_status_of(const struct charge_find_row *row);
const char *charge_status_name(enum charge_status s);
MUST enum rc charge_put_row(struct wtx *tx, json_t *out, const struct charge_find_row *row);
/* RC_CONFLICT when it is billed or waived already; or, to be billed, not done. */
MUST enum rc charge_bill(struct wtx *tx, struct charge_id id);
MUST enum rc charge_waive(struct wtx *tx, struct charge_id id, struct str why);
struct waive_form {
    struct str waive_reason;
};
extern const struct form_def waive_form_def;
/* Carried out, or (good false) not to be: waived by itself. Writes nothing the second time. */
MUST enum rc charge_finish(struct wtx *tx, const struct charge_find_row *row, bool good);
charge_run_fn charge_run_list, charge_run_billed, charge_run_waive;

/* charge_web.c */
extern get_fn charges_get, charge_get, incidents_get, prices_get;
extern post_fn charge_post_billed, charge_post_waive, incident_post_open, incident_post_close,
    price_post;

#endif
