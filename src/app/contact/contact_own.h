/* contact_own.h: what the files of this folder share and nobody else calls. */
#ifndef CONTACT_CONTACT_OWN_H
#define CONTACT_CONTACT_OWN_H

#include "app/contact/contact.h"

struct contact_stamp {
    struct instant created_at, changed_at;
};
/* The stored values as a form, with the version. RC_MISSING. */
MUST enum rc company_form_find(struct rtx *tx, struct company_id id, struct company_form *ret_form,
                               struct contact_stamp *ret_stamp);
MUST enum rc address_form_find(struct rtx *tx, struct address_id id, struct address_form *ret_form,
                               struct company_id *ret_company, struct contact_stamp *ret_stamp);
MUST enum rc person_form_find(struct rtx *tx, struct person_id id, struct person_form *ret_form,
                              struct company_id *ret_company, struct contact_stamp *ret_stamp);

/* The three adding verbs without their audit row, for callers that write one for many (import).
 * address_put_new() puts the account number it chose into the form. */
MUST enum rc company_put_new(struct wtx *tx, const struct company_form *f,
                             struct company_id *ret_id);
MUST enum rc address_put_new(struct wtx *tx, struct company_id company, struct address_form *f,
                             struct address_id *ret_id);
MUST enum rc person_put_new(struct wtx *tx, struct company_id company, const struct person_form *f,
                            struct person_id *ret_id);

/* What was typed into a search, word by word, as patterns for LIKE … ESCAPE '\' on a search_text
 * column: folded, with %, _ and \ escaped; "" behind the last. The fourth holds all that is left.
 */
enum { CONTACT_WORDS_MAX = 4 };
struct contact_words {
    struct str v[CONTACT_WORDS_MAX];
    size_t n;
};
struct contact_words contact_words_of(struct arena *mem, struct str query);

/* At most so many code points: folding may make a text longer than its column. */
struct str contact_cut(struct str s, size_t points);
/* The sort key of a company's name as it is stored. */
struct str contact_name_key(struct arena *mem, struct str name);
/* The tag as company_tag and the list's filter know it. */
struct str contact_tag_key(struct arena *mem, struct str tag);

/* Scopes: a contact of this workspace is everybody's who may read contacts; RC_MISSING otherwise.
 */
scope_fn company_scope, address_scope, person_scope;
/* Only one's own import. */
scope_fn import_scope;

#endif
