/* right.h: groups, rights, and who is asking. A right is asked in route tables and scope checks
 * only; a handler that asks for one does the kernel's work. */
#ifndef GUARD_RIGHT_H
#define GUARD_RIGHT_H

#include "base/types.h"

/* User groups, lowest to highest where there is an order. Stored by number; never renumbered. */
enum group {
    GROUP_TIME_RECORDER_1 = 1, /* Zeiterfasser 1: own projects, own times */
    GROUP_TIME_RECORDER_2,     /* Zeiterfasser 2: all projects, contacts */
    GROUP_TEAM_LEADER,         /* Teamleiter */
    GROUP_ADMINISTRATION,      /* Verwaltung */
    GROUP_ADMINISTRATOR,       /* Administrator */
    GROUP_CRM_RECORDER,        /* CRM-Erfasser */
    GROUP_COST_RECORDER,       /* Fremdkostenerfasser */
    GROUP_OPERATOR,            /* console only (workspace 0) */
    GROUP_COUNT
};
#define G_BIT(g) (1u << (g))
#define G_ADMIN G_BIT(GROUP_ADMINISTRATOR)
#define G_FROM_ADMINISTRATION (G_ADMIN | G_BIT(GROUP_ADMINISTRATION))
#define G_FROM_TEAM_LEADER (G_FROM_ADMINISTRATION | G_BIT(GROUP_TEAM_LEADER))
#define G_FROM_ZE2 (G_FROM_TEAM_LEADER | G_BIT(GROUP_TIME_RECORDER_2))
#define G_FROM_ZE1 (G_FROM_ZE2 | G_BIT(GROUP_TIME_RECORDER_1))
#define G_CRM G_BIT(GROUP_CRM_RECORDER)
#define G_COST G_BIT(GROUP_COST_RECORDER)
#define G_OPERATOR G_BIT(GROUP_OPERATOR)
#define G_ALL (G_FROM_ZE1 | G_CRM | G_COST | G_OPERATOR)

/* Stored by number. Only an active person signs in. */
enum user_state { USER_INVITED = 1, USER_ACTIVE, USER_LOCKED };

/* There is no "none": 0 is a row that was written without its macro, and routes_check refuses it.
 */
enum right {
    RIGHT_PUBLIC = 1, /* nobody need be signed in; says so aloud */
    RIGHT_TICKET,     /* password was right, the second factor is still asked */
#define RIGHT(sym, name, groups) RIGHT_##sym,
#include "rights.def"
#undef RIGHT
    RIGHT_COUNT
};
_Static_assert(RIGHT_COUNT <= 64, "a right is one bit of a 64-bit mask");

const char *right_name(enum right r); /* "time.write"; "public", "ticket" */
uint64_t group_rights(enum group g);  /* preset mask, bit r for enum right r */
/* What a person of that group holds with her own switches; a console right is never a switch. */
uint64_t rights_of(enum group g, int64_t right_plus, int64_t right_minus);
const char *group_code(enum group g); /* "team_leader" as in the CLI and the API */
MUST enum rc group_parse(struct str code, enum group *ret_g);
/* They decide about everybody else: there is always one, and always with a second factor. */
static inline bool
group_is_head(enum group g)
{
    return (G_BIT(g) & (G_ADMIN | G_OPERATOR)) != 0;
}

/* The person behind a request, loaded once by the dispatcher. */
struct principal {
    struct user_id user; /* 0: nobody is signed in */
    struct session_id session;
    enum group group;
    uint64_t rights;        /* preset of the group, plus and minus the user's own switches */
    struct str login, name; /* name: "Mara Tannhof" */
    int lang;               /* enum lang */
    int theme;              /* 0 system, 1 light, 2 dark */
    bool ticket;     /* password was right, the second factor is still asked: RIGHT_TICKET only */
    bool must_enrol; /* second factor demanded but not set up, or a password that others know:
                        only routes with .enrol */
    bool factor_demanded;         /* so the last one cannot be removed */
    struct instant factor_due_at; /* demanded, not set up, and there is time until then */
    struct instant stepped_up_at; /* last password or factor proof */
};
static inline bool
may(const struct principal *who, enum right r)
{
    return r == RIGHT_PUBLIC || ((who->rights >> (unsigned)r) & 1u) != 0;
}

#endif
