/* copy_remote.h: master's part in copies on other machines: egress carries an archive there, back,
 * or away (egress_copy.h), and says what came of it. */
#ifndef PROC_COPY_REMOTE_H
#define PROC_COPY_REMOTE_H

#include "proc/master_own.h"

/* rc and code of what came of it; code "" when all went well. */
typedef void remote_fn(void *arg, enum rc rc, const char *code);

/* Is there a way out at all? A single command without a server has none. */
bool remote_can(const struct master *m);
/* verb "copy.keep" (fd: to read), "copy.fetch" (fd: to write) or "copy.remove" (-1) of workspace's
 * archive `id` at the target; owns fd. done is called later, once, unless RC_BUSY is returned. */
MUST enum rc remote_begin(struct master *m, const char *verb, const char *target, int64_t workspace,
                          const char *id, int fd, remote_fn *done, void *arg);
/* An empty file without a name beside the archives of a workspace, for one that is fetched. */
MUST enum rc remote_room(const struct master *m, int64_t workspace, struct err *err, int *ret_fd);
/* What egress says, and that it ended. */
void remote_result(const struct proc *p, const struct frame *f);
void remote_proc_ended(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void remote_forget(struct master *m, const void *arg);

#endif
