/* transfers.h: master's part when a workspace leaves as one archive, or an empty one is filled from
 * one. The file comes along with the order, open; master opens none and reads nothing of it.
 *
 *   workspace.export  body: the taker's public key as a line of text, or "" (escrow's). First the
 *                     workspace itself notes it and tells its administrators (app/transfer/
 *                     transfer.h), then a process of role backup writes. -> {bytes, hash}
 *   workspace.import  body: a text with the secret half to which the archive is sealed. A process
 *                     of role restore loads it as it would a state, tries it, and takes out what
 *                     does not come along; the workspace's next worker puts it in the place of its
 *                     store before it serves, if nobody works there. -> {login}: who gets the first
 *                     link
 *
 * RC_CONFLICT E_TRANSFER_CONSOLE of workspace 0, E_BACKUP_RUNNING while another of the same
 * workspace is under way, or one of drills.h. */
#ifndef PROC_TRANSFERS_H
#define PROC_TRANSFERS_H

#include "proc/master_own.h"

bool transfer_is_order(struct str name);
/* Begins it, and answers in any case. fd becomes its own. */
void transfer_begin(struct master *m, int64_t workspace, struct str name, struct str body, int fd,
                    answer_fn *done, void *arg);
/* Is one of this workspace under way? */
bool transfer_is_running(const struct master *m, int64_t workspace);
/* What its process says, and that it ended. False: it is not of a transfer. */
bool transfer_result(struct proc *p, const struct frame *f);
void transfer_proc_ended(const struct proc *p);
/* Who gave this as arg does not want to know any more. */
void transfer_forget(struct master *m, const void *arg);
/* Master ends: what is under way comes to nothing. */
void transfer_end_all(struct master *m);

#endif
