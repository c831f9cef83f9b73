/* take_in.h: what take.c and take_undo.c share. */
#ifndef APP_RESTORE_TAKE_IN_H
#define APP_RESTORE_TAKE_IN_H

#include <jansson.h>

#include "app/restore/record_kind.h"

/* Of a row: "project:12", or "project_user:12 5". */
struct str take_name(struct arena *mem, const struct record_shape *sh,
                     const struct record_value *v);
/* Projects whose kept sum may not be right any more. */
struct take_projects {
    struct project_id *v;
    size_t n, cap;
};
void take_note_project(struct take_projects *p, const struct record_shape *sh,
                       const struct record_value *v);
/* Makes them right, of those that are there, and has their numbers noted. */
MUST enum rc take_put_sums(struct wtx *tx, const struct take_projects *p);
/* Runs it; what it refuses (missing, in conflict, beyond a bound) is undone, written down, and told
 * as {refused, subject}. */
MUST enum rc take_or_refuse(struct wtx *tx, enum rc (*fn)(struct wtx *tx, void *arg), void *arg,
                            json_t *out);

#endif
