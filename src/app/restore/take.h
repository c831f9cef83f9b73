/* take.h: single records of an older state come back into the store that is worked with, in one
 * transaction of its writer, and can be undone as long as nobody has changed them. Commands:
 *
 *   restore.take_rows {state, order, parents, overwrite, rows} (pick.h) -> {take, state, came,
 * changed, same, stayed, loosened, left, rows: [{record, label, note, day, what} …]}; when it is
 * refused, which leaves an audit row and nothing else, {refused, subject}: the code, and of what
 *   restore.take_undo {} -> {take, state, went, changed}, or {refused, subject}
 *   restore.looked {}: the operator looks into a state; its people are told before he sees anything
 *   restore.take_refused {code, subject}: what was refused before the writer saw it, for the audit
 */
#ifndef APP_RESTORE_TAKE_H
#define APP_RESTORE_TAKE_H

#include "guard/dispatch.h"

struct json_t;

enum rc take_run_rows(struct wtx *tx, struct json_t *in, struct json_t *out);
enum rc take_run_undo(struct wtx *tx, struct json_t *in, struct json_t *out);
/* Undone by the people it was done for (order.h). RC_CONFLICT E_RESTORE_CHANGED, the record in
 * err->arg: one was changed since, and nothing is undone. */
MUST enum rc take_undo(struct wtx *tx, struct restore_take_id id);
enum rc take_run_looked(struct wtx *tx, struct json_t *in, struct json_t *out);
/* What can be undone no more goes; for restore_prune(). */
MUST enum rc take_prune(struct wtx *tx);
enum rc take_run_refused(struct wtx *tx, struct json_t *in, struct json_t *out);

#endif
