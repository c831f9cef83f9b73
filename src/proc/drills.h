/* drills.h: master's part in trying a state: it opens the archive, has a process of role drill read
 * it, which sees that one descriptor and a folder of its own, and has the workspace keep what came
 * of it (app/restore/restore.h) before anybody is answered. */
#ifndef PROC_DRILLS_H
#define PROC_DRILLS_H

#include "proc/master_own.h"

/* "backup.drill" (id: which; "": the newest): begins it, and answers in any case. RC_CONFLICT
 * E_BACKUP_RUNNING when one of the same workspace is under way; RC_MISSING: no such state. */
void drill_begin(struct master *m, int64_t workspace, struct str id, answer_fn *done, void *arg);
/* What its process says, and that it ended. */
void drill_result(struct proc *p, const struct frame *f);
void drill_proc_ended(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void drill_forget(struct master *m, const void *arg);
/* Master ends: what is under way comes to nothing. */
void drill_end_all(struct master *m);

#endif
