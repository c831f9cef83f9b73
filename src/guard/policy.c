/* policy.c: see policy.h. One for the process, which serves one workspace. */
#include "guard/policy.h"

#include <stddef.h>

static const struct policy own = {.idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S};
static struct policy in_force = {.idle_s = POLICY_IDLE_S, .life_s = POLICY_LIFE_S};

static int64_t
within(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

const struct policy *
policy_now(void)
{
    return &in_force;
}

void
policy_set(const struct policy *p)
{
    in_force = p != NULL ? *p : own;
    in_force.idle_s = within(in_force.idle_s, POLICY_IDLE_MIN_S, POLICY_IDLE_S);
    in_force.life_s = within(in_force.life_s, POLICY_LIFE_MIN_S, POLICY_LIFE_S);
    in_force.grace_days = within(in_force.grace_days, 0, POLICY_GRACE_MAX_DAYS);
    if (policy_is_homebanking()) {
        in_force.idle_s = HOMEBANKING_IDLE_S;
        in_force.strict_codes = true;
    }
}

bool
policy_is_homebanking(void)
{
    return in_force.homebanking_since.us != 0;
}

struct factor_demand
policy_factor_demand(enum group g, int64_t right_plus, struct instant begun)
{
    enum { DAY_S = 24 * 60 * 60 };
    if (policy_is_homebanking() || group_is_head(g) ||
        (right_plus & (INT64_C(1) << RIGHT_USER_ADMIN)) != 0) {
        return (struct factor_demand){.is_made = true};
    }
    const struct instant since = in_force.factor_since[g];
    const int64_t from = since.us > begun.us ? since.us : begun.us;
    return (struct factor_demand){.is_made = since.us != 0,
                                  .due_at = {from + in_force.grace_days * DAY_S * 1000000}};
}
