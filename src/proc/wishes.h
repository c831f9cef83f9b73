/* wishes.h: what a workspace wants of master that takes its time (app/restore/order.h): told when
 * it was ordered, and again when the worker starts. */
#ifndef PROC_WISHES_H
#define PROC_WISHES_H

#include "proc/child.h"
#include "store/store.h"

void wishes_init(struct child *c, struct store *s);
/* After each piece of work. */
void wishes_look(void);

#endif
