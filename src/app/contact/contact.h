/* contact.h: companies, their addresses and persons: what other domains may read and call.
 *
 * Nothing is deleted here: a company gets the status inactive, an address or a person the mark
 * inactive, because projects and documents keep pointing at them. Only when two records of the same
 * company or person are merged, the second one goes, after all that pointed at it. A change carries
 * the version it was made from; another one is RC_CONFLICT E_STALE. Every verb writes its own audit
 * row. */
#ifndef CONTACT_CONTACT_H
#define CONTACT_CONTACT_H

#include "guard/dispatch.h"
#include "http/html.h"
#include "store/store.h"

/* Routes under /kontakte, the scopes company, address, person and import. */
extern const struct domain contact_domain;

/* companyStatus of the API; never renumbered. */
enum company_status {
    COMPANY_CUSTOMER = 0,
    COMPANY_SUPPLIER = 1,
    COMPANY_PROSPECT = 2,
    COMPANY_ACQUISITION = 3,
    COMPANY_PRESS = 4,
    COMPANY_INACTIVE = 5,
    COMPANY_OTHER = 6
};
enum { COMPANY_STATUS_COUNT = 7 };
enum text company_status_text(int64_t status); /* "Kunde" … */

enum { LEDGER_FIRST = 10001, LEDGER_LAST = 69999 }; /* debtor accounts that are given out */

/* --- what a form holds; also what the demo and the API hand in ------------------------------- */
struct company_form {
    struct str name, code; /* name required */
    int64_t status;        /* enum company_status */
    struct str tags;       /* comma-separated */
    struct str comments;
    struct percent rate_discount; /* 0 … 100 %; none is 0 */
    struct money rate;            /* none: the general rate */
    struct str price_group;
    int64_t payment_days;         /* NONE_I64: the agency's default */
    struct percent cash_discount; /* none: no own rule */
    int64_t cash_discount_days;   /* NONE_I64 */
    int64_t version;              /* the one the form was made from; ignored by _add */
};
extern const struct form_def company_form_def;

struct address_form {
    struct str name1, name2, name3, address_name;             /* name1 or address_name */
    struct str street, street_no, postal_code, city, country; /* city required */
    struct str company_email, company_phone, comments, tags;
    struct str tax_no, duns_no, gln_no, supplier_no;
    int64_t ledger_no; /* NONE_I64 or 0: the next free one */
    struct str invoice_email;
    bool no_invoice_email;
    struct str mandate_reference;
    struct day mandate_day;
    struct str iban, bic, bank_name, account_owner;
    bool reverse_charge, third_country;
    int64_t closing_text_no; /* 0 … 5, NONE_I64 */
    bool active;
    int64_t version;
};
extern const struct form_def address_form_def;

struct person_form {
    struct address_id address_id;            /* of the same company */
    struct str title, first_name, last_name; /* last_name required */
    struct str position, department, email, email2, phone, fax, mobile;
    struct str phone_private, mobile_private;
    struct str street_private, street_no_private, postal_code_private, city_private,
        country_private;
    bool use_private_for_csv;
    struct str messenger, social_media, website, comments;
    struct day birthday;
    bool filter_1, filter_2, filter_3, filter_4, filter_5;
    bool filter_6, filter_7, filter_8, filter_9, filter_10;
    struct user_id manager_user_id; /* 0: nobody */
    bool active;
    int64_t version;
};
extern const struct form_def person_form_def;

/* Empty forms with their defaults: customer, active, no own conditions. */
void company_form_init(struct company_form *f);
void address_form_init(struct address_form *f);
void person_form_init(struct person_form *f);

/* The rules beyond the field tables, all at once; ret_faults has room for CONTACT_FAULTS_MAX. */
enum { CONTACT_FAULTS_MAX = 8 };
size_t company_check(const struct company_form *f, struct field_fault *ret_faults);
size_t address_check(const struct address_form *f, struct field_fault *ret_faults);
size_t person_check(const struct person_form *f, struct field_fault *ret_faults);

/* --- verbs ----------------------------------------------------------------------------------- */
/* The first broken rule is RC_INVALID with its field in the transaction's err. */
MUST enum rc company_add(struct wtx *tx, const struct company_form *f, struct company_id *ret_id);
MUST enum rc company_change(struct wtx *tx, struct company_id id, const struct company_form *f);
/* RC_MISSING for an unknown company; RC_LIMIT E_CONTACT_LEDGER when no account number is left. */
MUST enum rc address_add(struct wtx *tx, struct company_id company, const struct address_form *f,
                         struct address_id *ret_id);
MUST enum rc address_change(struct wtx *tx, struct address_id id, const struct address_form *f);
/* RC_INVALID E_CONTACT_ADDRESS with field address_id when that address is another company's. */
MUST enum rc person_add(struct wtx *tx, struct company_id company, const struct person_form *f,
                        struct person_id *ret_id);
MUST enum rc person_change(struct wtx *tx, struct person_id id, const struct person_form *f);

/* Two records of one company become one: addresses, persons, projects and bound categories of
 * `drop` go to `keep`, then `drop` is gone. An address or person that is in both is merged as well.
 * What is empty in `keep` is filled from `drop`; where both say something else, the comments of
 * `keep` hold what `drop` said, so that nothing is lost. RC_CONFLICT E_STALE when one of them has
 * another version; RC_INVALID E_FIELD_ID for one and the same. COMPANY_MERGED. `drop` is a number
 * and no id, because the kernel asks for the scope of an id before it finds that the form was sent
 * already: the second sending would not find it any more. */
struct contact_merge_form {
    int64_t drop;          /* number of the one that goes */
    int64_t version;       /* of the one that stays */
    int64_t other_version; /* of the one that goes */
};
extern const struct form_def contact_merge_form_def;
MUST enum rc company_merge(struct wtx *tx, struct company_id keep,
                           const struct contact_merge_form *f);
/* The same for two persons of one company. PERSON_MERGED. */
MUST enum rc person_merge(struct wtx *tx, struct person_id keep,
                          const struct contact_merge_form *f);

/* --- reading --------------------------------------------------------------------------------- */
struct company {
    struct company_id id;
    struct str name, code;
    int64_t status;
    struct percent rate_discount;
    struct money rate; /* none: the general rate */
    struct str price_group;
};
MUST enum rc company_find(struct rtx *tx, struct company_id id, struct company *ret_company);

struct person {
    struct person_id id;
    struct company_id company_id;
    struct str title, first_name, last_name, email, phone, mobile;
    bool active;
};
MUST enum rc person_find(struct rtx *tx, struct person_id id, struct person *ret_person);

/* Choices for a select, by name; arrays in the transaction's arena. Inactive ones are left out,
 * except `keep` (a stored value stays choosable; 0 for none). At most COMPANY_OPTIONS_MAX, the
 * first by name: a page that may meet more asks for the company first (see
 * /projekte/neu?company_id=). */
enum { COMPANY_OPTIONS_MAX = 2000 };
MUST enum rc company_options(struct rtx *tx, struct company_id keep,
                             const struct option **ret_options, size_t *ret_n);
/* "Onno Petersen, Kiel" of one company, or of all ("Reederei Lührs: Onno Petersen") with company 0.
 */
MUST enum rc person_options(struct rtx *tx, struct company_id company, struct person_id keep,
                            const struct option **ret_options, size_t *ret_n);

/* Found for /suche: at most CONTACT_HITS_MAX of each kind, by name. */
struct contact_hit {
    struct company_id company_id;
    struct person_id person_id;            /* 0: the company itself */
    struct str name, company_name, detail; /* detail: town, or e-mail address */
};
enum { CONTACT_HITS_MAX = 20 };
MUST enum rc contact_search(struct rtx *tx, struct str query, const struct contact_hit **ret_hits,
                            size_t *ret_n);

/* Removes drafts and results of imports that are older than a day; for the scheduler, and called by
 * every upload. */
MUST enum rc contact_import_expire(struct wtx *tx, int64_t *ret_removed);

#endif
