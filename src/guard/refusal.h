/* refusal.h: what the kernel refuses a person leaves a row in the audit: a right that is missing,
 * an id of somebody else's, a form that is not our page's own, an approval that is not hers to give
 * (decision 96, which also says what leaves none). A refusal is rolled back, so the row is written
 * afterwards, in a transaction of its own: at once for a session's first one, then at most once a
 * minute for each session, with their number. All who are not signed in count as one.
 *
 * Counted in memory; one process serves one workspace, so this is process-wide. */
#ifndef GUARD_REFUSAL_H
#define GUARD_REFUSAL_H

#include "guard/call.h"

enum {
    REFUSAL_REST_S = 60,
    REFUSAL_SESSIONS = 256 /* in memory; the one that rested longest goes */
};

/* The request was refused, c->err says why. */
void refusal_note(const struct call *c);
/* Is there a row to write? */
bool refusal_due(struct instant now);
MUST enum rc refusal_flush(struct store *s, struct arena *mem, struct instant now, struct err *err);
/* Forgets what is in memory (tests). */
void refusal_reset(void);

#endif
