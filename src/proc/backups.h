/* backups.h: master's part in a backup; command.c asks for it. The files are
 * DIR/backup/N/YYYYMMDDTHHMMSSZ.kontor, whose name without its ending is the backup's id. */
#ifndef PROC_BACKUPS_H
#define PROC_BACKUPS_H

#include "proc/master_own.h"

struct backup_job;

/* Opens the file (a new one, or that of `id` to be verified) and starts the process. lv is the
 * workspace's, NULL for the operators' own. RC_CONFLICT E_BACKUP_RUNNING; RC_MISSING; RC_IO. */
MUST enum rc backup_begin(struct master *m, struct live *lv, int64_t workspace, bool writes,
                          struct str id, struct err *err, struct backup_job **ret_job);
struct proc *backup_proc(const struct backup_job *j);
int backup_take_fd(struct backup_job *j);
/* It was written and checked: it takes its name. The answer for the command line. */
MUST enum rc backup_done(struct backup_job *j, struct str result, struct err *err,
                         char ret_json[static 512]);
/* What has no name by now is gone; NULL is fine. */
void backup_end(struct backup_job *j);
/* A JSON array; the caller frees it. */
MUST enum rc backup_list(const struct master *m, int64_t workspace, struct err *err,
                         char **ret_json);

#endif
