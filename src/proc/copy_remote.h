/* copy_remote.h: master's part in copies on other machines: egress carries an archive there, back,
 * or away (egress_copy.h), and says what came of it. */
#ifndef PROC_COPY_REMOTE_H
#define PROC_COPY_REMOTE_H

#include "proc/master_own.h"

/* rc and code of what came of it; code "" when all went well. */
typedef void remote_fn(void *arg, enum rc rc, const char *code);

/* Is there a way out at all? A single command without a server has none. */
bool remote_can(const struct master *m);
struct remote_what {
    const char *verb;   /* "copy.keep", "copy.fetch" or "copy.remove" */
    const char *target; /* "target1" */
    int64_t workspace;
    const char *id; /* of the archive */
    int64_t bytes;  /* that it has; of what is fetched more is not taken */
    int fd;         /* to read for keep, to write for fetch, -1 for remove; owned */
};
/* done is called later, once, unless RC_BUSY is returned: at the latest after copy_order_us(), for
 * egress is not trusted to come to an end. */
MUST enum rc remote_begin(struct master *m, const struct remote_what *what, remote_fn *done,
                          void *arg);
/* How many bytes a copy that is fetched may have: those that the catalogue knows, when it has the
 * hash of what was read; of an archive that nobody ever read half of what is free on the disk. */
int64_t remote_most(const struct master *m, const char *hash, int64_t bytes);
/* An empty file without a name beside the archives of a workspace, for one that is fetched. */
MUST enum rc remote_room(const struct master *m, int64_t workspace, struct err *err, int *ret_fd);
/* What egress says, and that it ended. */
void remote_result(const struct proc *p, const struct frame *f);
void remote_proc_ended(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void remote_forget(struct master *m, const void *arg);

#endif
