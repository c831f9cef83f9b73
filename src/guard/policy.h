/* policy.h: what a workspace may decide about signing in, within the bounds of the house: it
 * tightens, it never loosens (SES-03, AUTH-11, AUTH-15). The kernel knows no settings: the worker
 * hands them in at its start and after each change. Until then, and in the console, the house's own
 * hold. */
#ifndef GUARD_POLICY_H
#define GUARD_POLICY_H

#include "guard/right.h"

enum {
    POLICY_IDLE_MIN_S = 5 * 60,
    POLICY_IDLE_S = 60 * 60,
    POLICY_LIFE_MIN_S = 60 * 60,
    POLICY_LIFE_S = 12 * 60 * 60,
    POLICY_GRACE_MAX_DAYS = 30,
    /* The switch of SES-06 takes these figures from (EU) 2018/389 Art. 4(3). */
    HOMEBANKING_IDLE_S = 5 * 60,
    HOMEBANKING_FAILS = 5, /* consecutive failures until a door closes for a while (limit.h) */
};

struct policy {
    int64_t idle_s;     /* a session at rest ends after this */
    int64_t life_s;     /* and any session after this */
    bool strict_codes;  /* a code counts in its own 30 seconds only, none to either side */
    bool passkey_alone; /* a passkey that verified its user signs in alone */
    struct instant factor_since[GROUP_COUNT]; /* a second factor is demanded of the group since
                                                 then; INSTANT_NONE: it is free to choose */
    int64_t grace_days;                       /* from then on, to set one up */
    struct instant homebanking_since; /* the switch is on since then: it governs rest, codes,
                                         factors and failures whatever the members above say;
                                         INSTANT_NONE: off */
};

/* In force now. */
const struct policy *policy_now(void);
/* From here on; a value outside the bounds is taken as the nearest one inside, and what the switch
 * governs as the switch says. NULL: the house's own. */
void policy_set(const struct policy *p);
/* Is the switch on? */
bool policy_is_homebanking(void);

/* Must somebody have a second factor (AUTH-15)? Heads, and whoever administers people, at once;
 * others when their group must, `grace_days` after the demand or after their own first day,
 * whichever is later; everybody at once while the switch is on. */
struct factor_demand {
    bool is_made;
    struct instant due_at; /* from then on nothing else is open to them */
};
struct factor_demand policy_factor_demand(enum group g, int64_t right_plus, struct instant begun);

#endif
