/* asks.h: what a workspace's worker may ask of master about its own workspace (W_ASK): the worker
 * sees no other process, and no catalogue. Master says whose it is: the number of the workspace is
 * the channel's, no message can name another.
 *
 * Questions, which the registrar answers, or master itself; the answer goes back as W_TOLD with the
 * same id:
 *
 *   backup.calendar  W_F_BODY a month, "2026-11"        catalogue.calendar (app/backup/catalogue.h)
 *   backup.progress                                     backup_progress() (proc/backups.h)
 *   restore.price                                       charge.price
 *   restore.record   W_F_BODY key, version, total, login  charge.record
 *   take.price, take.record   the same of single records
 *
 *   backup.hold  W_F_BODY a state or "", W_F_TOTAL until when: catalogue.hold; nobody waits for an
 *                answer, and it is told again whenever an order is made or ends
 *
 * Wishes, which take their time; W_F_ORDER is the workspace's own number for it. What came of one
 * is told by the command "restore.ended" (app/restore/order.h), of an export by "transfer.ended"
 * (app/transfer/export.h), which wakes the worker when it has gone. A wish is remembered by the
 * workspace alone: after a restart its worker asks again, and one that is under way is not begun
 * twice. Each time before one is begun the workspace is asked whether it is still wanted
 * ("restore.is_wanted", "transfer.is_wanted"), but for what is owed. It waits while another one is
 * at work for the workspace, as long as that takes. Of each kind a workspace has a number in an
 * hour, by master's own count, and of all kinds a number that wait; what is beyond them ends at
 * once with E_WISH_OFTEN, and the operators' audit has the first of a kind.
 *
 *   backup.run
 *   restore.preview, restore.apply   W_F_BODY the state
 *   restore.find, restore.take       W_F_BODY the state, a blank, and the words or the records
 *   charge.done                      W_F_BODY key; W_F_TOTAL 1: carried out, 0: could not be
 *   export.run, export.tables        W_F_BODY a public key; the file that is written comes along */
#ifndef PROC_ASKS_H
#define PROC_ASKS_H

#include "proc/master_own.h"

/* Takes f->fd when it keeps it. */
void ask_take(struct proc *p, struct frame *f);
/* Nobody waits any more for the answers to its questions; its wishes go on. */
void ask_proc_ended(const struct proc *p);
/* The order that waits for an answer under this name; 0: it is nobody's wish. */
int64_t ask_order_of(const struct master *m, const void *arg);
/* Master ends, after all that is under way was answered. */
void ask_end_all(struct master *m);

#endif
