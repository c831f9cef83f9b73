/* inner.h: the forms of the settings, shared by the files of this folder. Each page saves its own
 * part of one of the two rows, and carries that row's version; the page of times has a part of
 * both.
 */
#ifndef APP_WORKSPACE_INNER_H
#define APP_WORKSPACE_INNER_H

#include "app/workspace/workspace.h"

struct project_rules_form {
    struct str project_scheme;
    int64_t project_scope;
    struct percent budget_warn;
    struct str department_0, department_1, department_2, department_3, department_4;
    struct str department_5, department_6, department_7, department_8, department_9;
    int64_t version;
};
extern const struct form_def project_rules_form_def;

struct time_rules_form {
    int64_t raster;    /* minutes; one of settings_rasters() */
    int64_t lock_days; /* none is 0: never */
    struct minutes week_minutes;
    int64_t version, policy_version;
};
extern const struct form_def time_rules_form_def;

/* The groups of which an agency may demand a second factor, by number (enum group). */
#define FREE_GROUPS(X) X(1) X(2) X(3) X(4) X(6) X(7)

struct sign_in_rules_form {
    int64_t idle_limit; /* minutes, 5 … 60 */
    int64_t life_limit; /* hours, 1 … 12 */
    bool strict_codes;
    bool passkey_alone;
    bool demand_1, demand_2, demand_3, demand_4, demand_6, demand_7; /* FREE_GROUPS */
    int64_t grace_days;                                              /* 0 … 30 */
    int64_t version;
};
extern const struct form_def sign_in_rules_form_def;

/* A button that turns something on or off. */
struct switch_form {
    int64_t version;
};
extern const struct form_def switch_form_def;

void sign_in_rules_form_of(const struct policy *p, int64_t version,
                           struct sign_in_rules_form *ret_f);
void project_rules_form_of(const struct settings *s, struct project_rules_form *ret_f);
void time_rules_form_of(const struct settings *s, struct time_rules_form *ret_f);

/* Minutes that may be chosen; ends with -1. */
const int64_t *settings_rasters(void);

/* One rule that was broken; field NULL: none. */
struct setting_fault {
    const char *field;
    enum code code;
    struct str arg;
};
struct setting_fault agency_check(const struct agency_form *f);
struct setting_fault project_rules_check(const struct project_rules_form *f);
struct setting_fault time_rules_check(const struct time_rules_form *f);

/* What the audit calls the two rows. */
#define SETTINGS_AGENCY ((struct subject){"agency", 1})
#define SETTINGS_POLICY ((struct subject){"policy", 1})

/* Each saves its part (as settings_save_agency() does), with the audit row SETTINGS_CHANGED of the
 * row that it is of; times of the agency's. RC_CONFLICT E_STALE when the row has another version;
 * RC_INVALID with the field for a broken rule. */
MUST enum rc settings_save_project_rules(struct wtx *tx, const struct project_rules_form *f);
MUST enum rc settings_save_time_rules(struct wtx *tx, const struct time_rules_form *f);
MUST enum rc settings_save_sign_in_rules(struct wtx *tx, const struct sign_in_rules_form *f);
/* The switch of SES-06. What it governs stays stored, and holds again when it is turned off. */
MUST enum rc settings_switch_homebanking(struct wtx *tx, const struct switch_form *f, bool on);

/* search_web.c */
struct req;
enum rc search_get(struct req *rq, struct rtx *tx);

#endif
