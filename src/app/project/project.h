/* project.h: projects: what other domains may ask of them. A project belongs to one company, carries the
 * sum of its booked minutes, and lets itself be booked on only while it is open. */
#ifndef APP_PROJECT_PROJECT_H
#define APP_PROJECT_PROJECT_H

#include "guard/dispatch.h"
#include "store/store.h"

/* Stored by number and shown by the API; never renumbered. The way of work is open, ready, in
 * invoicing, completed. */
enum project_status {
    PROJECT_OPEN = 0,
    PROJECT_INVOICING = 1,
    PROJECT_COMPLETED = 2,
    PROJECT_CANCELLED = 3,
    PROJECT_READY = 4,
    PROJECT_STATUS_COUNT
};

/* The traffic light of planned against needed time. */
enum budget_light { BUDGET_NONE, BUDGET_OK, BUDGET_WARN, BUDGET_OVER };

struct project {
    struct project_id id;
    struct str no, name;
    struct company_id company;
    struct str company_name;
    enum project_status status;
    bool active;        /* false: an open project that rests */
    bool is_template;
    struct minutes planned, needed;
    struct money rate;  /* MONEY_NONE: the customer's or the person's; for RATE_READ only */
};

/* RC_MISSING when there is none. Whether the person may see it is the scope check's question. */
MUST enum rc project_find(struct rtx *tx, struct project_id id, struct project *ret_p);

/* One project that `who` may book on: open, not resting, no template, and visible to them. */
struct project_choice {
    struct project_id id;
    struct str no, name, company_name;
    struct company_id company;
    bool recent; /* booked lately by this person */
};
enum { PROJECT_CHOICES_MAX = 2000 };
/* Those booked last by this person first, then by company and name; at most `limit` of them
 * (PROJECT_CHOICES_MAX at the most). */
MUST enum rc project_choices(struct rtx *tx, const struct principal *who, size_t limit,
                             struct project_choice **ret_v, size_t *ret_n);

/* RC_CONFLICT with E_PROJECT_NOT_OPEN unless times may be booked: status open and not a template. A
 * resting project may be booked on by who names it; it is only not offered. */
MUST enum rc project_need_open(struct wtx *tx, struct project_id id);

/* Adds to (or, negative, takes from) the project's sum of booked minutes. Every verb that adds, changes,
 * moves or removes an entry calls it in the same transaction, for each project concerned. */
MUST enum rc project_add_minutes(struct wtx *tx, struct project_id id, int64_t minutes);

/* Recomputes all sums from the entries: RC_BROKEN naming the first project whose kept sum is another.
 * For doctor and tests. */
MUST enum rc project_check_minutes(struct rtx *tx);

/* The scope check of {project}: with PROJECT_READ_ALL every project, else those one is assigned to or
 * responsible for; anything else is RC_MISSING. */
MUST enum rc project_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write);

/* --- rules ----------------------------------------------------------------------------------------- */
/* Light by planned and needed time; planned 0 gives BUDGET_NONE. Yellow from `warn` on, red above the
 * plan. */
enum budget_light project_light(struct minutes planned, struct minutes needed, struct percent warn);
/* Needed of planned in whole percent, rounded; but above 100 exactly when red. planned > 0. */
int64_t project_used_percent(struct minutes planned, struct minutes needed);
/* True when going from one status to the other goes back on the way of work, which must be meant. */
bool project_goes_back(enum project_status from, enum project_status to);

extern const struct domain project_domain;

#endif
