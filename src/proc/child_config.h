/* child_config.h: what master tells a child first. */
#ifndef PROC_CHILD_CONFIG_H
#define PROC_CHILD_CONFIG_H

#include "proc/master_own.h"

/* Sends W_CONFIG with what this child may know and no other may; see child_get. A worker that is to
 * put an older state back is told so, and marked by p->restores. */
void child_config_send(struct proc *p);

#endif
