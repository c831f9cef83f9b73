/* call.h: what the security kernel sees of a request, and the few functions by which it asks http
 * for the rest (so that guard/ need not know HTTP). struct req of http/ begins with a struct call.
 */
#ifndef GUARD_CALL_H
#define GUARD_CALL_H

#include "guard/dispatch.h"
#include "guard/session.h"

struct path_param {
    const char *name; /* "project", "day", "token" (static: from the route's pattern) */
    size_t name_n;
    struct str text; /* raw segment */
    int64_t n;       /* ids and days */
};

struct call {
    /* given by http */
    struct arena *mem;
    struct err err;
    struct instant now;
    enum method method;
    struct str path;   /* raw, as checked by the edge */
    struct str origin; /* Origin header; STR_NONE when absent */
    struct str
        own_origin; /* "https://nord.localhost:8443" from the configuration, never from Host */
    struct str fetch_site; /* Sec-Fetch-Site */
    bool background;       /* nobody asked for it: a browser fetches ahead, a page asks by itself */
    struct str client;     /* full address, for throttling only */
    struct str network;    /* /24 or /48 */
    struct str sid, pre;   /* cookies __Host-sid, __Host-pre */
    struct str body;       /* raw */
    struct str csrf, once; /* hidden fields, filled by face->body */
    bool resumed;          /* ordered work is done: prepare is not asked again */
    /* found by dispatch */
    const struct route *route;
    struct path_param param[PATH_PARAMS_MAX];
    size_t n_params;
    struct principal who;
    struct actor actor;
    struct session_use use;
    uint8_t secret[32]; /* of the session or of the pre cookie: form tokens come from it */
    struct str new_sid; /* session cookie to set; STR_NONE: none; "": remove it */
    struct str new_pre; /* pre cookie to set; STR_NONE: none */
};

struct face {
    /* Splits the posted body into fields; only called when the right is proven. */
    enum rc (*body)(struct req *rq);
    /* Parses the declared fields; faults are kept for the page, *ret_faults says whether there are.
     */
    enum rc (*form)(struct req *rq, const struct form_def *def, void **ret_data, bool *ret_faults);
    bool (*has_faults)(const struct req *rq);
    bool (*wants_work)(const struct req *rq);     /* prepare ordered something */
    struct str (*location)(const struct req *rq); /* of a 303 reply; STR_NONE otherwise */
    enum rc (*redirect)(struct req *rq, struct str location);
    void (*again)(struct req *rq,
                  enum rc why);     /* before `again`: err becomes a fault of the page */
    void (*forget)(struct req *rq); /* drops a half-built reply before a retry */
    enum rc (*ambient)(struct req *rq, struct rtx *tx); /* what every page shows (timers, names) */
    /* A fresh proof is missing, and the request is refused for that; here is a transaction to read
     * with, for the page that asks for one. */
    void (*unproven)(struct req *rq, struct rtx *tx);
};

struct gate {
    struct store *store;
    int64_t workspace;
    const struct domain *const *domains;
    size_t n_domains;
    const struct face *face;
    bool is_low; /* the disk is nearly full: only what essential() lets through is written */
};

/* The order of dispatch.h. *ret_parked: slow work was ordered; call again with call->resumed set
 * when it is done. Anything but OK has call->err filled and changed nothing but the audit
 * (refusal.h). */
MUST enum rc dispatch(const struct gate *g, struct req *rq, struct call *c, bool *ret_parked);

/* Commands of the CLI: a transaction as the system (reason "cli <name>"). */
MUST enum rc dispatch_command(const struct gate *g, struct arena *mem, struct instant now,
                              struct str name, struct json_t *in, struct json_t *out,
                              struct err *err);

/* route_match.c: fills route and params. RC_MISSING, or RC_DENIED with E_METHOD when only the other
 * method has that path. */
MUST enum rc route_match(const struct gate *g, struct call *c);
/* The scope of that name; NULL when no domain has one. */
const struct scope *scope_find(const struct domain *const *domains, size_t n, struct str name);
/* The scope of a form's id: responsible_user_id → "user", project_id → "project"; the longest name
 * that has one wins. */
const struct scope *scope_of_field(const struct domain *const *domains, size_t n,
                                   const char *field);

#endif
