/* drills.h: master's part in trying a state, looking into it, and putting it back. It opens the
 * archive and has a process of role drill or restore read it, which sees that one descriptor and a
 * folder of its own (drill.h). What came of a drill the workspace keeps (app/restore/restore.h)
 * before anybody is answered. For a restore the workspace's worker is stopped when the
 * state is loaded, the present is saved while nobody writes, and the worker's successor puts the
 * state in the place of the store before it serves (put_back.h). */
#ifndef PROC_DRILLS_H
#define PROC_DRILLS_H

#include "proc/master_own.h"

/* "backup.drill" (id: which; "": the newest; behind a blank the target to read it from, else each
 * day another one), "restore.preview", "restore.apply" (id: which):
 * begins it, and answers in any case. "restore.rescue" is a restore of a workspace whose store
 * cannot be read: nothing is saved, the damaged file is kept (decision 108). "restore.find" and
 * "restore.take" have behind the id the words looked for, or the records (pick.h), which go to the
 * workspace's writer (take.h). RC_CONFLICT E_BACKUP_RUNNING when one of the same workspace is under
 * way, or one of transfers.h, E_RESTORE_CONSOLE for workspace 0; RC_MISSING: no such state. */
void drill_begin(struct master *m, int64_t workspace, struct str name, struct str id,
                 answer_fn *done, void *arg);
bool drill_is_order(struct str name);
/* Is one of this workspace under way? */
bool drill_is_running(const struct master *m, int64_t workspace);
/* What its process says, and that it ended. */
void drill_result(struct proc *p, const struct frame *f);
void drill_proc_ended(const struct proc *p);
/* The workspace's writer could not start. */
void drill_worker_failed(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void drill_forget(struct master *m, const void *arg);
/* Master ends: what is under way comes to nothing. */
void drill_end_all(struct master *m);

#endif
