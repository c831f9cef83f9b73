/* outbound.h: where the workspace lets Kontor go outside (NET-03). Today one target can be named: a
 * mail server of its own. It is registered by saving it, with its password sealed for egress alone,
 * and used from the moment somebody switches it on. Other targets (storage, web hooks, calendars)
 * join the same table. */
#ifndef APP_OUTBOUND_OUTBOUND_H
#define APP_OUTBOUND_OUTBOUND_H

#include "guard/dispatch.h"
#include "store/store.h"

/* Stored by number; never renumbered. */
enum target_kind { TARGET_MAIL = 1, TARGET_WEBDAV, TARGET_SFTP, TARGET_HOOK, TARGET_CALENDAR };
/* Has the agency a processing contract (Art. 28) with whose server it is? */
enum contract { CONTRACT_PRESENT = 1, CONTRACT_MISSING, CONTRACT_NOT_NEEDED };

/* What the operator's configuration says, from the worker's settings; once. */
struct outbound_setup {
    struct str mail_server; /* "host:port" of the operator's; "": none */
    bool own_allowed;       /* workspace_mail */
};
void outbound_init(const struct outbound_setup *s);
const struct outbound_setup *outbound_setup(void);
/* "host:port", "[address]:port". */
struct str target_name(struct arena *mem, struct str host, int64_t port);

/* The mail server that is switched on, as the post hands it to egress. */
struct own_server {
    struct target_id id;
    struct str host, login, sender;
    int64_t port;
    struct bytes sealed;
};
MUST enum rc own_server_find(struct rtx *tx, struct own_server *ret_s, bool *ret_found);
/* Egress did not connect to it, because it may not: an audit row says so. */
MUST enum rc own_server_denied(struct wtx *tx, const struct own_server *s, struct str why);
/* The own mail server as doctor tells of it; named false: there is none. */
struct own_state {
    bool named, is_on;
    struct str name;            /* "host:port" */
    struct instant switched_at; /* on or off; INSTANT_NONE: never */
};
MUST enum rc own_server_state(struct rtx *tx, struct own_state *ret_s);

extern const struct domain outbound_domain;

#endif
