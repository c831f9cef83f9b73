/* progress.h: how far the backup of this workspace is that is under way, as master knows it. */
#ifndef APP_RESTORE_PROGRESS_H
#define APP_RESTORE_PROGRESS_H

#include "http/request.h"

enum progress_step { PROGRESS_NONE, PROGRESS_WAIT, PROGRESS_WRITE, PROGRESS_CHECK, PROGRESS_COPY };

struct progress {
    enum progress_step step;
    int64_t percent;      /* of the store that is in the archive */
    int64_t copy, copies; /* which one of them it is at */
};

/* Orders the answer, in a page's prepare. */
void progress_ask(struct req *rq);
/* Reads it: the i-th that was ordered. No answer is PROGRESS_NONE. */
struct progress progress_read(const struct req *rq, size_t i);

#endif
