/* drills.h: master's part in trying a state, looking into it, putting it back, and in a workspace
 * that leaves as one archive or comes from one. It opens the
 * archive and has a process of role drill or restore read it, which sees that one descriptor and a
 * folder of its own (drill.h). What came of a drill the workspace keeps (app/restore/restore.h)
 * before anybody is answered. For a restore the workspace's worker is stopped when the
 * state is loaded, the present is saved while nobody writes, and the worker's successor puts the
 * state in the place of the store before it serves (put_back.h). */
#ifndef PROC_DRILLS_H
#define PROC_DRILLS_H

#include "proc/master_own.h"

/* Begins it, and answers in any case. What stands in body, and comes along as fd (owned):
 *
 *   backup.drill      which state; "": the newest; behind a blank the target to read it from, else
 *                     each day another one
 *   restore.preview, restore.apply   which state
 *   restore.rescue    the same: a restore of a workspace whose store cannot be read. Nothing is
 *                     saved, the damaged file is kept (decision 108)
 *   restore.find, restore.take
 *                     behind the state the words looked for, or the records (pick.h), which go to
 *                     the workspace's writer (take.h)
 *
 *   workspace.export  the taker's public key as a line of text, or "" (escrow's); fd: the file.
 *                     First the workspace itself notes it and tells its administrators
 *                     (app/transfer/transfer.h), then a process of role backup writes.
 *                     -> {bytes, hash}
 *   export.run        the same for the workspace's own people (asks.h), who know already
 *   export.tables     for them as well: every table, readable, sealed to that key
 *   workspace.import  a text with the secret half to which the archive is sealed; fd: the archive,
 *                     of which master reads nothing. A process of role restore loads it as it would
 *                     a state, tries it, and takes out what does not come along; the workspace's
 *                     next worker puts it in the place of its store before it serves, if nobody
 *                     works there. -> {login}: who gets the first link
 *
 * RC_CONFLICT E_BACKUP_RUNNING when one of these is under way in the same workspace;
 * E_RESTORE_CONSOLE, E_TRANSFER_CONSOLE for workspace 0; RC_MISSING: no such state. */
void drill_begin(struct master *m, int64_t workspace, struct str name, struct str body, int fd,
                 answer_fn *done, void *arg);
/* The same at the command line. What shows an agency's content (a preview, a search) is told to its
 * people first (restore.looked, take.h). */
void drill_begin_for_operator(struct master *m, int64_t workspace, struct str name, struct str body,
                              int fd, answer_fn *done, void *arg);
bool drill_is_order(struct str name);
/* Is one of this workspace under way? */
bool drill_is_running(const struct master *m, int64_t workspace);
/* What its process says, and that it ended. False: it is not of one of these. */
bool drill_result(struct proc *p, const struct frame *f);
void drill_proc_ended(const struct proc *p);
/* The workspace's writer could not start. */
void drill_worker_failed(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void drill_forget(struct master *m, const void *arg);
/* Master ends: what is under way comes to nothing. */
void drill_end_all(struct master *m);

#endif
