/* import_cell.h: one cell of a file as one field of a form, with the habits of the programs that
 * write such files. */
#ifndef CONTACT_IMPORT_CELL_H
#define CONTACT_IMPORT_CELL_H

#include "app/contact/import_row.h"

/* The cell's text for this field: cleaned (csv_clean), without the apostrophe before a formula,
 * "" for what programs write into an empty field ("0.0.00" for no day). */
struct str import_cell_clean(struct arena *mem, const struct field *f, struct str raw);
/* As field_parse(), and also: words for the kind of company (E_IMPORT_STATUS), ja/nein for flags
 * (E_IMPORT_FLAG), numbers with their unit, lists of tags with `;` or `:::` between. */
MUST enum rc import_cell_parse(struct arena *mem, const struct field *f, struct str cell,
                               void *form, struct field_fault *ret_fault);

#endif
