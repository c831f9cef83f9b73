/* dispatch.h: the one way into a handler. The order is fixed in dispatch.c and is the law:
 *   limits → host → session → second factor → right → scope of each path id → CSRF and origin →
 * form by table → fresh proof → prepare (park) → once-only key → transaction → handler → touch
 * check → commit → reply.
 *
 * Path types: {company} {address} {person} {project} {time_entry} {timer} {category} {user}
 * {session} {factor} … any name of ids.def: a positive number, scope-checked; {day}: ISO day;
 * {month}: 2026-11; {token}: 20 to 128 base64url characters; {text}: one segment, percent-decoded.
 */
#ifndef GUARD_DISPATCH_H
#define GUARD_DISPATCH_H

#include "guard/route.h"

enum { PATH_PARAMS_MAX = 4 };

/* One domain's tables, as its header offers them: extern const struct domain time_domain; */
struct domain {
    const char *name;
    const struct route *routes;
    size_t n_routes;
    const struct scope *scopes;
    size_t n_scopes;
    const struct command *commands;
    size_t n_commands;
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Refuses to start on: a row without right, a POST without event, form or fields with limits, an
 * unknown path type, an id of a path or form without scope check, more than PATH_PARAMS_MAX
 * parameters, the same path twice, a public POST that does not say .throttled. Gives the first
 * finding in err. */
MUST enum rc routes_check(const struct domain *const *domains, size_t n, struct err *err);

/* Commands of the CLI pass the same gate: a name, an event, a transaction as the system. They may
 * block for a password hash (password_hash_now). */
struct json_t;
struct command {
    const char *name; /* "user.add" */
    enum event event; /* EVENT_NOTHING: reads only; the transaction must not change anything */
    enum rc (*run)(struct wtx *tx, struct json_t *in, struct json_t *out);
};

#endif
