/* registrar.h: the registrar's duty towards master: after every change master knows all host names.
 */
#ifndef PROC_REGISTRAR_H
#define PROC_REGISTRAR_H

#include "guard/call.h"
#include "proc/child.h"

/* The zone of its days, and the log of its catalogue of backups; before the walls go up. */
void registrar_begin(void);
/* Reads the table of hosts and sends it to master (host_table.h) unless it is the one that was
 * sent last. Called at the start and after whatever may have changed it. mem: for
 * this call. */
void registrar_changed(const struct gate *g, struct child *c, struct arena *mem);

#endif
