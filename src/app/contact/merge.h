/* merge.h: which records may be the same one, for the page that shows them. */
#ifndef CONTACT_MERGE_H
#define CONTACT_MERGE_H

#include "app/contact/contact_own.h"

/* Two companies, or two persons of one company, that look like one; `first` has the lower number.
 */
struct alike {
    int64_t first, second;
    struct str first_name, second_name;
    struct str first_detail, second_detail; /* town and short code; e-mail address or phone */
    struct str company_name;                /* of persons */
};
enum { ALIKE_MAX = 200 };
/* Companies of one name, as far as upper case, spelling of umlauts, punctuation and legal form do
 * not matter ("Müller & Co. GmbH", "MUELLER + CO"). At most ALIKE_MAX pairs. */
MUST enum rc alike_company_pairs(struct rtx *tx, struct alike **ret, size_t *ret_n);
/* Persons of one company with the same name or the same e-mail address. */
MUST enum rc alike_person_pairs(struct rtx *tx, struct alike **ret, size_t *ret_n);

/* "MÜLLER & Co. GmbH" → "mueller": what names are compared by; the folded name when nothing but a
 * legal form is left of it. */
struct str merge_name_key(struct arena *mem, struct str name);

#endif
