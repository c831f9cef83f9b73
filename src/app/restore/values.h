/* values.h: the value of one column of a state, as a preview keeps it (text of what the store has),
 * in the words and notation of the page. */
#ifndef APP_RESTORE_VALUES_H
#define APP_RESTORE_VALUES_H

#include "http/html.h"

/* value "": the column is empty. */
struct html values_html(const struct page *pg, struct str table, struct str column,
                        struct str value);

#endif
