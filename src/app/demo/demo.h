/* demo.h: fills an empty workspace with an invented agency: command "demo.fill" {profile, part,
 * name, seed}; part 2 is the twin of part 1. The same input on the same day gives the same rows on
 * every machine. Everything goes through the verbs of its domain, so that a demo can hold nothing
 * that a person could not have typed.
 *
 * S is a small agency with every hard case that has broken programs: names, zones, midnights,
 * forgotten clocks. P is the size at which others were measured: 200 customers, 1,000 projects,
 * 50,000 entries. A twin has the same numeric ids with other content and another canary string:
 * whatever of it shows up in the first agency has crossed a wall. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "guard/dispatch.h"

/* Commands only. */
extern const struct domain demo_domain;

enum demo_profile { DEMO_S, DEMO_P };
struct demo_order {
    enum demo_profile profile;
    int64_t seed;
    bool twin;
    struct str name; /* of the agency */
};
struct demo_counts {
    int64_t companies, addresses, persons, projects, entries;
    uint64_t digest; /* of all of them with their ids: two runs can be compared */
};
/* What the generator itself says that is in there, in whole minutes as billed: it adds up what it
 * means to book, by its own rounding and its own knowledge of the two nights of the clock change,
 * and reads nothing back. Reports, exports and restores are compared with it. */
enum { DEMO_PROJECTS_MAX = 1000, DEMO_PEOPLE_MAX = 50, DEMO_MONTHS = 160 };
struct demo_truth {
    int64_t project[DEMO_PROJECTS_MAX]; /* of project i + 1 */
    int64_t billable[DEMO_PROJECTS_MAX];
    int64_t person[DEMO_PEOPLE_MAX]; /* of people[i] */
    struct user_id people[DEMO_PEOPLE_MAX];
    int64_t month[DEMO_MONTHS]; /* i months before the one of today */
    struct day today;
};
/* RC_CONFLICT E_DEMO_FILLED when there are companies; RC_MISSING E_DEMO_PEOPLE when there is nobody
 * to book times. ret_truth may be NULL. */
MUST enum rc demo_fill(struct wtx *tx, const struct demo_order *order,
                       struct demo_counts *ret_counts, struct demo_truth *ret_truth);

#endif
