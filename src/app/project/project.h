/* project.h: projects: what other domains may ask of them. A project belongs to one company,
 * carries the sum of its booked minutes, and lets itself be booked on only while it is open. */
#ifndef APP_PROJECT_PROJECT_H
#define APP_PROJECT_PROJECT_H

#include "base/field.h"
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
    struct str no, name; /* by project_find: the number with its addition */
    struct company_id company;
    struct str company_name;
    enum project_status status;
    bool active; /* false: an open project that rests */
    bool is_template;
    struct minutes planned, needed;
    struct money rate; /* MONEY_NONE: the customer's or the person's; for RATE_READ only */
    /* for the head of a page; by project_find only */
    struct day start, end;
    struct str lead;
    enum text status_text;
    struct str status_class;
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

/* Found for /suche among what `who` may see, in number, name, short info, tags or customer; the
 * newest first, at most PROJECT_HITS_MAX. */
enum { PROJECT_HITS_MAX = 20 };
MUST enum rc project_find_text(struct rtx *tx, const struct principal *who, struct str query,
                               struct project **ret_v, size_t *ret_n);

/* RC_CONFLICT with E_PROJECT_NOT_OPEN unless times may be booked: status open and not a template. A
 * resting project may be booked on by who names it; it is only not offered. */
MUST enum rc project_need_open(struct rtx *tx, struct project_id id);

/* A project that a take brought out of a state: its number is noted as given, whoever gave it. One
 * that is not there is nothing. */
MUST enum rc project_came_back(struct wtx *tx, struct project_id id);

/* Adds to (or, negative, takes from) the project's sum of booked minutes. Every verb that adds,
 * changes, moves or removes an entry calls it in the same transaction, for each project concerned.
 */
MUST enum rc project_add_minutes(struct wtx *tx, struct project_id id, int64_t minutes);

/* Recomputes all sums from the entries: RC_BROKEN naming the first project whose kept sum is
 * another. For doctor and tests. */
MUST enum rc project_check_minutes(struct rtx *tx);

/* The scope check of {project}: with PROJECT_READ_ALL every project, else those one is assigned to
 * or responsible for; anything else is RC_MISSING. */
MUST enum rc project_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write);

/* --- what a form holds; also what the demo and the API hand in ---------------------------------
 */
struct project_form {
    struct str name;
    struct company_id company_id;
    struct person_id person_id; /* of that company */
    struct str project_no;      /* "" when added: the next one of the number scheme */
    struct str project_no_addition;
    struct day start_day, end_day; /* end DAY_NONE: open */
    struct user_id responsible_user_id;
    struct minutes planned_minutes; /* none is 0: no plan */
    int64_t recurrence;             /* 0 … 6, see 0004-project.sql */
    int64_t department_no;          /* 0 … 9 */
    struct str group_name;          /* a new name makes a new group; "": no group */
    struct str tags;                /* comma-separated */
    struct str quick_info, info;
    struct str contract_no, purchase_order_no;
    bool active; /* false: rests */
    bool is_template;
    struct str link1_name, link1_url, link2_name, link2_url, link3_name, link3_url;
    struct str link4_name, link4_url, link5_name, link5_url;
    int64_t version; /* the one the form was made from; ignored by project_add */
};
extern const struct form_def project_form_def;
enum { PROJECT_LINKS = 5 };

/* Going back on the way of work must be meant: `back`. */
struct project_status_form {
    int64_t status; /* enum project_status */
    bool back;
    int64_t version;
};
extern const struct form_def project_status_form_def;

struct project_rate_form {
    struct money rate; /* none: the customer's or the person's */
    int64_t version;
};
extern const struct form_def project_rate_form_def;

struct project_team_form {
    struct str_list user; /* ids of all who are assigned from now on */
    int64_t version;
};
extern const struct form_def project_team_form_def;

/* Defaults of a new project: begins `today`, active, nothing planned. */
void project_form_init(struct project_form *f, struct day today);
/* The form as it stands in the store. RC_MISSING. */
MUST enum rc project_form_of(struct rtx *tx, struct project_id id, struct project_form *ret_f);
/* The rules beyond the field table, all at once; id {0} for a new project. ret_faults has room for
 * PROJECT_FAULTS_MAX. */
enum { PROJECT_FAULTS_MAX = 10 };
MUST enum rc project_check(struct rtx *tx, struct project_id id, const struct project_form *f,
                           struct field_fault *ret_faults, size_t *ret_n);

/* --- verbs -------------------------------------------------------------------------------------
 */
/* Each writes its own audit row and raises the version by one. The first broken rule is RC_INVALID
 * with its field in the transaction's err; another version is RC_CONFLICT E_STALE. */
/* Gives the next number of the scheme's count; one that somebody gave by hand is passed over. */
MUST enum rc project_add(struct wtx *tx, const struct project_form *f, struct project_id *ret_id);
/* An unchanged form changes nothing and is OK. */
MUST enum rc project_change(struct wtx *tx, struct project_id id, const struct project_form *f);
/* RC_INVALID E_PROJECT_STATUS_BACK on `back` when it goes back and that was not said. */
MUST enum rc project_set_status(struct wtx *tx, struct project_id id,
                                const struct project_status_form *f);
MUST enum rc project_set_rate(struct wtx *tx, struct project_id id,
                              const struct project_rate_form *f);
/* RC_INVALID E_FIELD_ID on `user` for an id that is no person of this agency. */
MUST enum rc project_set_team(struct wtx *tx, struct project_id id,
                              const struct project_team_form *f);

/* --- rules -------------------------------------------------------------------------------------
 */
/* Light by planned and needed time; planned 0 gives BUDGET_NONE. Yellow from `warn` on, red above
 * the plan. */
enum budget_light project_light(struct minutes planned, struct minutes needed, struct percent warn);
/* Needed of planned in whole percent, rounded; but above 100 exactly when red. planned > 0. */
int64_t project_used_percent(struct minutes planned, struct minutes needed);
/* True when going from one status to the other goes back on the way of work, which must be meant.
 */
bool project_goes_back(enum project_status from, enum project_status to);

extern const struct domain project_domain;

#endif
