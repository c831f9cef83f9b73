/* egress_copy.h: the part of egress that carries archives; see sftp.h. Only master orders it, over
 * the control channel, and only to the servers that kontor.conf names:
 *   W_COMMAND "copy.keep", "copy.fetch", "copy.remove" with W_F_TARGET_NAME ("target1"),
 *   W_F_WORKSPACE (the folder), W_F_BODY (the archive's file name) and, but for the last, the
 *   archive's descriptor, of "copy.fetch" W_F_BODY_SIZE as well (more bytes are not taken)
 *   -> W_RESULT with W_F_RC, W_F_CODE, W_F_DETAIL */
#ifndef PROC_EGRESS_COPY_H
#define PROC_EGRESS_COPY_H

#include "proc/child.h"

/* Once, before the sandbox: takes the servers and the key. Settings "target1" … "target3"
 * ("user host port path"), "hostkey1" …, "appends1" …, "sftp_key" (its text), "backup_wait". */
void egress_copy_settings(const struct child *c);
/* Any message of master's; rested: called when an order is over. */
void egress_copy(struct child *c, struct frame *f, void (*rested)(void));

#endif
