/* check.h: what a worker says of its store when kontor doctor or kontor migrate ask. */
#ifndef PROC_CHECK_H
#define PROC_CHECK_H

#include "base/frame.h"
#include "store/store.h"

/* Commands "store.state" (how the store was opened) and "store.check" (reads all of it: pages,
 * indexes, references, and the sums that are kept beside the entries). Answers {schema, state,
 * code, subject}: state is "good", "old" (an earlier schema, read-only), "damaged" or "sums"
 * (subject: the project). "mail.state": {waiting, sent, failed, oldestSeconds, answer, via}, how
 * the outbox stands. False: another command. */
bool check_run(struct store *s, struct arena *mem, bool is_console, const struct frame *f,
               struct frame_out *out);

#endif
