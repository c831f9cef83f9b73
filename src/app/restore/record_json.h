/* record_json.h: rows as they travel from the process that reads a state to the workspace's writer,
 * and as a take keeps them: an array with a value for each column, null, a number, text, or
 * {"hex": "00ff"}. */
#ifndef APP_RESTORE_RECORD_JSON_H
#define APP_RESTORE_RECORD_JSON_H

#include <jansson.h>

#include "store/record.h"

/* NULL: not UTF-8, or no memory. */
json_t *record_to_json(struct arena *mem, const struct record_value *v, int n);
/* RC_INVALID E_FIELD_ENCODING: not n such values. Text lives as long as `in`. */
MUST enum rc record_from_json(const json_t *in, int n, struct arena *mem, struct err *err,
                              struct record_value **ret_v);

#endif
