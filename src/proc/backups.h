/* backups.h: master's part in a backup. The files are DIR/backup/N/STAMP.kontor, the stamp being
 * the backup's id (archive/stamp.h). Master owns the folder, makes and names the files, has a
 * process of role backup do the work, which sees one descriptor, and tells the registrar's
 * catalogue what became of it (app/backup/catalogue.h), which is done before anybody is answered.
 */
#ifndef PROC_BACKUPS_H
#define PROC_BACKUPS_H

#include "proc/master_own.h"

struct backup_job;

/* "backup.run", "backup.verify" (id: which), "backup.list" (id: those behind it, "" from the
 * first), "backup.plan" (id: "AFTER NOW", each may be empty) or "backup.prune" (id "believe": the
 * operator says that the clock is right): begins it, and answers in any case. At once RC_CONFLICT
 * E_BACKUP_RUNNING when one of the same workspace is under way; else when all is done. */
void backup_begin(struct master *m, int64_t workspace, struct str name, struct str id,
                  answer_fn *done, void *arg);
/* The same typed at the command line: who does so may have mended something, so a target that rests
 * (target_rest.h) is tried all the same. */
void backup_begin_for_operator(struct master *m, int64_t workspace, struct str name, struct str id,
                               answer_fn *done, void *arg);
bool backup_is_order(struct str name);
/* The same as "backup.run" of a workspace that is held (live_hold()): it begins when the worker has
 * ended, whatever copies are under way, and answers when the archive is written, read back and
 * catalogued. Its copies are made afterwards, beside whoever works there by then. */
void backup_save(struct master *m, int64_t workspace, answer_fn *done, void *arg);
/* Does nobody read the workspace's store, or write in its folder of archives? Copies may be under
 * way. */
bool backup_is_quiet(const struct master *m, int64_t workspace);
/* Master starts: where the targets are, so that no copy counts that was verified elsewhere. */
void backup_tell_places(struct master *m);
/* How far the one of this workspace is that is under way, as a JSON object: "running"; if so "step"
 * ("wait" for its process, "write", "check": read back, "copy"), "percent" that is written, and
 * which "copy" of "copies" it is at. */
enum { BACKUP_PROGRESS_MAX = 128 };
void backup_progress(const struct master *m, int64_t workspace,
                     char ret_json[static BACKUP_PROGRESS_MAX]);
/* What its process says, and that it ended. */
void backup_progressed(const struct proc *p, const struct frame *f);
void backup_result(struct proc *p, const struct frame *f);
void backup_proc_ended(const struct proc *p);
/* The workspace's writer could not start. */
void backup_worker_failed(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void backup_forget(struct master *m, const void *arg);
/* Master ends: what is under way comes to nothing. */
void backup_end_all(struct master *m);

#endif
