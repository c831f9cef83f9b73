/* policy.h: what a workspace may decide about signing in, within the bounds of the house: it
 * tightens, it never loosens (SES-03, AUTH-11). The kernel knows no settings: the worker hands them
 * in at its start and after each change. Until then, and in the console, the house's own hold. */
#ifndef GUARD_POLICY_H
#define GUARD_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    POLICY_IDLE_MIN_S = 5 * 60,
    POLICY_IDLE_S = 60 * 60,
    POLICY_LIFE_MIN_S = 60 * 60,
    POLICY_LIFE_S = 12 * 60 * 60,
};

struct policy {
    int64_t idle_s;    /* a session at rest ends after this */
    int64_t life_s;    /* and any session after this */
    bool strict_codes; /* a code counts in its own 30 seconds only, none to either side */
};

/* In force now. */
const struct policy *policy_now(void);
/* From here on; a value outside the bounds is taken as the nearest one inside. NULL: the house's
 * own. */
void policy_set(const struct policy *p);

#endif
