/* put_back.h: a worker that was born to put an older state in the place of its store does so before
 * it opens it: it holds the lock and has the key, and nobody is served meanwhile. */
#ifndef PROC_PUT_BACK_H
#define PROC_PUT_BACK_H

#include "guard/keys.h"
#include "proc/child.h"

/* When master's settings order it ("restore": which state, "restore_saved": what was saved before;
 * "restore_damaged": the store cannot be read, and is kept by that name; "restore_order": which of
 * its people's orders that is): the state that lies loaded in DIR/state/N takes the place of the
 * store at `path`. What came of it is kept for put_back_answer(), and in c->put_back; when it
 * failed, the store is as it was. What an earlier one left beside the store is settled first; else
 * than OK: that could not be, and the store is not to be opened. On its way to another key no state
 * is put in its place (E_KEY_TURNING). */
MUST enum rc put_back_run(struct child *c, const char *path, const struct page_keys *keys,
                          struct err *err);
/* Why a store does not open that a state was to be put back into: what failed first, if it did. */
void put_back_cause(struct err *err);
/* "restore.report": the report of this worker's birth, or why it failed. False: another command. */
bool put_back_answer(const struct frame *f, struct frame_out *out);

#endif
