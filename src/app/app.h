/* app.h: all domains of a program in one list, and what every page shows beside its own data. */
#ifndef APP_APP_H
#define APP_APP_H

#include "guard/policy.h"
#include "http/request.h"

/* The agency's office, and the operator console of workspace 0. */
extern const struct domain *const app_domains[];
extern const size_t n_app_domains;
extern const struct domain *const console_domains[];
extern const size_t n_console_domains;

/* Sets the agency's name, the running timers and the zone of the page; for struct serve. */
MUST enum rc app_ambient(struct req *rq, struct rtx *tx);
MUST enum rc console_ambient(struct req *rq, struct rtx *tx);
/* The name the operator gave this workspace; shown until the agency writes its own. Kept, not
 * copied. */
void app_set_name(struct str name);
/* "https://nord.localhost:8443": its host name is no part of a good password. */
void app_set_origin(struct str origin);
/* The name that mail comes from: the agency's own, or the one the operator gave; the console's. */
MUST enum rc app_name(struct rtx *tx, struct str *ret_name);
MUST enum rc console_name(struct rtx *tx, struct str *ret_name);
/* Hourly tidying of what the domains keep only for a while; each in a transaction of its own. */
MUST enum rc app_tidy(struct store *s, struct arena *mem, struct instant now, bool is_console,
                      struct err *err);
/* Sums that are kept beside the entries they are made of: RC_BROKEN names the first wrong one. */
MUST enum rc app_check(struct store *s, struct arena *mem, struct instant now, struct err *err);
/* What must hold in a store that was put back, beside store_check() and app_check(): no id twice,
 * the audit without a gap, and of an agency three pages that can be shown (*ret_pages). */
MUST enum rc app_drill(struct store *s, struct arena *mem, struct instant now, bool is_console,
                       struct err *err, int64_t *ret_pages);
/* The workspace's zone for base/time; "Europe/Berlin" while nothing is set. */
MUST enum rc app_zone(struct store *s, struct arena *mem, struct instant now, struct err *err,
                      struct str *ret_zone);
/* Is there a way for mail, the operator's or the workspace's own? */
MUST enum rc app_mail_is_on(struct store *s, struct arena *mem, struct instant now, struct err *err,
                            bool *ret_on);
/* What the workspace tightened about signing in, for policy_set(). */
MUST enum rc app_policy(struct store *s, struct arena *mem, struct instant now, struct err *err,
                        struct policy *ret_p);

#endif
