/* limit.h: failed sign-ins slow the next one down (AUTH-06) without letting strangers lock anybody
 * out. Three kinds of buckets: a known browser of a person has its own; everybody else is delayed
 * by the name they try (5 free, then 1, 2, 4 … 900 seconds, never a lock) and by the network they
 * come from (30 in 15 minutes). Names count in their folded form, whether or not somebody has them.
 * After 100 failures in a row of strangers a name waits a day, when a link by mail (guard/link.h)
 * lets its owner in meanwhile; without a mail server it stays at 900 seconds. While strangers fail
 * everywhere (300 in 15 minutes), each name's delay begins three failures earlier.
 * While a workspace has the switch of SES-06 on, a name or a known browser is closed for 15 minutes
 * after 5 failures, each by itself (decision 76).
 *
 * Counted in memory, written by limit_flush() at most once a second for each bucket together with
 * the audit event; a bucket that is not in memory is read back. One process serves one workspace,
 * so this is process-wide. */
#ifndef GUARD_LIMIT_H
#define GUARD_LIMIT_H

#include "guard/audit.h"
#include "store/store.h"

enum limit_kind { LIMIT_NAME = 1, LIMIT_NETWORK, LIMIT_DEVICE };
enum {
    LIMIT_FREE = 5, /* tries of a name before the first delay */
    LIMIT_DELAY_MAX_S = 900,
    LIMIT_LINK_FAILS = 100,    /* from then on strangers need a link by mail */
    LIMIT_ANOMALY_FAILS = 300, /* of all strangers here, in a window */
    LIMIT_ANOMALY_STEPS = 3,
    LIMIT_WINDOW_S = 15 * 60, /* of networks and devices */
    LIMIT_NETWORK_FAILS = 30,
    LIMIT_DEVICE_FAILS = 10,
    LIMIT_KEEP_S = 24 * 60 * 60, /* a name's failures are forgotten after a day without any */
    LIMIT_BUCKETS = 4096         /* in memory */
};

/* One try to sign in. */
struct limit_try {
    struct str name;     /* as typed; "" when there is none (one-time links) */
    struct str client;   /* full address, hashed at once as its /24 or /56 */
    struct str network;  /* coarse, for the audit */
    struct user_id user; /* whose name it is; {0}: nobody's */
    bool known_device;   /* device_find() knows the browser for this user */
    uint8_t device[32];  /* its bucket */
    bool said;           /* the caller writes the audit row of a failure itself */
    enum event factor;   /* the password was right, the second factor was not, and both were judged
                            together: a failure is told of by this event, and counted for AUTH-12,
                            with the bucket, so that it costs what a wrong password does; 0: not so */
};

/* There is a mail server: links can be had. Off until said. */
void limit_links_on(bool on);
/* May it be tried now? RC_LIMIT E_LIMIT_WAIT with the seconds as err->arg when not; E_LIMIT_LINK
 * when only a link by mail helps. */
MUST enum rc limit_check(struct rtx *tx, const struct limit_try *t);
/* It failed: counts. */
MUST enum rc limit_failed(struct rtx *tx, const struct limit_try *t);
/* It was right: the bucket it went by (name or device) is empty again; its network's is not. */
MUST enum rc limit_passed(struct rtx *tx, const struct limit_try *t);
/* How many failures stand in the bucket that this try goes by; asked before limit_passed(). */
MUST enum rc limit_fails(struct rtx *tx, const struct limit_try *t, int64_t *ret_n);

/* Is there something to write that was not written for a second? */
bool limit_due(struct instant now);
/* Writes what is due: counters and the events of refusals, in transactions of its own. */
MUST enum rc limit_flush(struct store *s, struct arena *mem, struct instant now, struct err *err);
MUST enum rc limit_prune(struct wtx *tx);
/* Forgets what is in memory (tests; a restore). */
void limit_reset(void);

#endif
