/* workspace.h: what the agency decides once for everybody: the settings, and the schemes by which
 * numbers are made. Other domains read settings_get() in the transaction they were given. */
#ifndef APP_WORKSPACE_WORKSPACE_H
#define APP_WORKSPACE_WORKSPACE_H

#include "base/field.h"
#include "guard/dispatch.h"
#include "guard/policy.h"
#include "store/store.h"

enum { DEPARTMENTS = 10 };

/* What {N} of a number scheme counts. Stored by number; never renumbered. */
enum scheme_scope {
    SCHEME_ALL,         /* one count for ever */
    SCHEME_YEAR,        /* from 1 again each year */
    SCHEME_COMPANY,     /* one count for each company */
    SCHEME_COMPANY_YEAR /* one for each company, from 1 again each year */
};

struct settings {
    struct str agency_name, street, postal_code, city, country, agency_phone, agency_email;
    struct str zone;           /* IANA name out of settings_zones() */
    int64_t lang;              /* enum lang of new people */
    struct str project_scheme; /* passes scheme_check() */
    enum scheme_scope project_scope;
    struct percent budget_warn;         /* from here the traffic light is yellow; 8500 = 85 % */
    struct str department[DEPARTMENTS]; /* '' hides one */
    struct minutes raster;              /* entries are rounded up to it; 0: free */
    int64_t lock_days;                  /* own entries lock after so many days; 0: never */
    struct minutes week;                /* weekly target of new people */
    int64_t version;                    /* 0: nothing was saved yet, these are the defaults */
    int64_t policy_version;             /* the same of lock_days and of settings_policy() */
};

/* The settings as they hold in this transaction; the defaults while nothing was saved, and of a
 * store of an older schema that has them elsewhere. Text lives in the transaction's arena. */
MUST enum rc settings_get(struct rtx *tx, struct settings *ret_s);

/* What the workspace tightens about signing in; the house's own while nothing was saved. */
MUST enum rc settings_policy(struct rtx *tx, struct policy *ret_p);

/* The agency's own data, as the settings page and the demo hand them in. */
struct agency_form {
    struct str agency_name, street, postal_code, city, country, agency_phone, agency_email;
    struct str zone;
    int64_t lang;
    int64_t version;
};
extern const struct form_def agency_form_def;
void agency_form_of(const struct settings *s, struct agency_form *ret_f);
/* Saves them, with the audit row SETTINGS_CHANGED of the subject agency 1. RC_CONFLICT E_STALE
 * when the row has another version; RC_INVALID with the field for a broken rule. */
MUST enum rc settings_save_agency(struct wtx *tx, const struct agency_form *f);

/* The zones that may be chosen, sorted; ends with STR_NONE. */
const struct str *settings_zones(void);

/* --- number schemes
 * ------------------------------------------------------------------------------- Text with
 * placeholders: {YYYY} {YY} {MM} of the day the number is made on, {CUSTNO} the company's number
 * (its id), {CUSTCODE} its short code (its number while it has none), {N} the count, padded with
 * zeros as {N:3}. "{YY}-{CUSTNO}-{N:3}" makes 26-31-004. */
enum { SCHEME_MAX = 80, SCHEME_NUMBER_MAX = 40 };

struct scheme_fill {
    struct day day;
    struct company_id company;
    struct str company_code; /* "" or none: the company has no code */
    int64_t n;               /* the count; > 0 */
};
/* Says whether a scheme can make unique numbers in this scope: exactly one {N}; a year when the
 * count starts again each year; the company when each has its own; only letters, digits, blanks and
 * - . / _ # between; never longer than SCHEME_NUMBER_MAX. RC_INVALID gives code and argument of the
 * sentence. */
MUST enum rc scheme_check(struct str scheme, enum scheme_scope scope, enum code *ret_code,
                          struct str *ret_arg);
/* The number; of a checked scheme. At most SCHEME_NUMBER_MAX characters. */
struct str scheme_print(struct arena *mem, struct str scheme, const struct scheme_fill *fill);
/* Which count {N} goes on with: "all", "2026", "c31", "c31/2026". */
struct str scheme_scope_key(struct arena *mem, enum scheme_scope scope,
                            const struct scheme_fill *fill);

extern const struct domain workspace_domain;

#endif
