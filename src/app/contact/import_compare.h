/* import_compare.h: what a row of a file says otherwise than what is stored. Only for showing: an
 * import never changes what is there. */
#ifndef CONTACT_IMPORT_COMPARE_H
#define CONTACT_IMPORT_COMPARE_H

#include "app/contact/import_row.h"

/* One field: the stored value and the file's, as a text (long ones are cut), a word of the
 * catalogue (choices and flags) or a day; the other two say nothing. */
struct import_difference {
    enum text label;
    struct str there, here;
    enum text there_word, here_word;
    struct day there_day, here_day;
};
enum { IMPORT_DIFFERENCES_MAX = 12 };

/* The stored rows that a row was recognised as; 0: none. */
struct import_known {
    struct company_id company;
    struct address_id address;
    struct person_id person;
};

/* Fields that the file fills and that hold something else; a cell without a value says nothing. At
 * most IMPORT_DIFFERENCES_MAX. Text lives in the transaction's arena. */
MUST enum rc import_compare(struct rtx *tx, const struct import_row *row,
                            const struct import_known *known,
                            struct import_difference *ret_differences, size_t *ret_n);

#endif
