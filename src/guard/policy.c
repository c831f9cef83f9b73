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
}
