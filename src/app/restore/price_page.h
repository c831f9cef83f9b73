/* price_page.h: what an order costs, on the page that it is ordered from. The registrar says it
 * (app/charge/charge.h), and keeps the order at it before anything is written here: an order that
 * then comes to nothing is one that was never carried out, and owed by nobody. The price is the
 * second question of such a request, behind the month of its state. */
#ifndef APP_RESTORE_PRICE_PAGE_H
#define APP_RESTORE_PRICE_PAGE_H

#include "http/request.h"

struct price_view {
    bool is_known, is_free, is_incident;
    int64_t version;
    struct money net, vat, total, regular;
    struct percent rate;
};
/* What a form sends back of the page it was on. */
struct price_shown {
    struct str key; /* the order's name at the registrar's */
    int64_t version, total;
};

/* As the page made it: letters that nobody on its way changes, so that two orders have two names.
 */
bool price_is_key(struct str key);
/* In prepare: asks for an order to be kept at this price. name: that of the question (proc/asks.h).
 */
void price_record(struct req *rq, const char *name, const struct price_shown *shown);
/* RC_BUSY E_BUSY: the registrar could not say. */
MUST enum rc price_read(struct req *rq, struct price_view *ret);
/* It was kept. RC_CONFLICT E_PRICE_CHANGED: there is another one now; E_RESTORE_UNRECORDED. */
MUST enum rc price_need(struct req *rq, const struct price_shown *shown);

#endif
