/* wishes.h: what a workspace wants of master that takes its time (app/restore/order.h): told when
 * it was ordered, and again when the worker starts. */
#ifndef PROC_WISHES_H
#define PROC_WISHES_H

#include "proc/child.h"
#include "store/store.h"

void wishes_init(struct child *c, struct store *s);
/* After each piece of work. */
void wishes_look(void);
/* The same of the registrar: answers to orders (app/release/release.h), for master to pass on. */
void wishes_look_console(void);

#endif
