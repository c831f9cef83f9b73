/* right.c: names and presets of rights and groups; tables made from rights.def. */
#include "guard/right.h"

#include <assert.h>

static const char *const right_names[RIGHT_COUNT] = {
    [RIGHT_PUBLIC] = "public",
    [RIGHT_TICKET] = "ticket",
#define RIGHT(sym, name, groups) [RIGHT_##sym] = (name),
#include "guard/rights.def"
#undef RIGHT
};

static const unsigned right_groups[RIGHT_COUNT] = {
#define RIGHT(sym, name, groups) [RIGHT_##sym] = (groups),
#include "guard/rights.def"
#undef RIGHT
};

#define RIGHT(sym, name, groups) _Static_assert((groups) != 0, "right " name ": no group holds it");
#include "guard/rights.def"
#undef RIGHT

static const char *const group_codes[GROUP_COUNT] = {
    [GROUP_TIME_RECORDER_1] = "time_recorder_1",
    [GROUP_TIME_RECORDER_2] = "time_recorder_2",
    [GROUP_TEAM_LEADER] = "team_leader",
    [GROUP_ADMINISTRATION] = "administration",
    [GROUP_ADMINISTRATOR] = "administrator",
    [GROUP_CRM_RECORDER] = "crm_recorder",
    [GROUP_COST_RECORDER] = "external_cost_recorder",
    [GROUP_OPERATOR] = "operator",
};

const char *
right_name(enum right r)
{
    assert((unsigned)r >= 1 && (unsigned)r < RIGHT_COUNT);
    return right_names[r];
}

uint64_t
group_rights(enum group g)
{
    uint64_t mask = 0;

    assert((unsigned)g >= 1 && (unsigned)g < GROUP_COUNT);
    for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        if ((right_groups[r] & G_BIT(g)) != 0) {
            mask |= UINT64_C(1) << r;
        }
    }
    return mask;
}

uint64_t
rights_of(enum group g, int64_t right_plus, int64_t right_minus)
{
    const uint64_t plus = (uint64_t)right_plus & ~(UINT64_C(1) << RIGHT_OPERATOR);

    return (group_rights(g) | plus) & ~(uint64_t)right_minus;
}

const char *
group_code(enum group g)
{
    assert((unsigned)g >= 1 && (unsigned)g < GROUP_COUNT);
    return group_codes[g];
}

enum rc
group_parse(struct str code, enum group *ret_g)
{
    for (unsigned g = 1; g < GROUP_COUNT; g++) {
        if (str_eq(code, str_of(group_codes[g]))) {
            *ret_g = (enum group)g;
            return OK;
        }
    }
    return RC_INVALID;
}
