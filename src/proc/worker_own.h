/* worker_own.h: what the files of a workspace's writer share: worker_main.c (which role is meant),
 * worker.c (requests, commands, its life), worker_store.c (how it comes to its store),
 * worker_settings.c (what holds in it). */
#ifndef PROC_WORKER_OWN_H
#define PROC_WORKER_OWN_H

#include "guard/audit.h"
#include "proc/child.h"
#include "store/store.h"

/* --- worker.c */
/* The writer itself, or the registrar. */
int worker_main(int argc, char **argv);

/* --- worker_store.c */
/* Under its lock; nothing of it is served before. *ret_step: what it failed of. A store of an
 * earlier schema that could not be brought up to date is open for reading only. */
MUST enum rc worker_open_store(struct child *c, struct err *err, struct store **ret_store,
                               const char **ret_step);

/* --- worker_settings.c */
/* What kontor.conf says, before there is a store. */
void worker_take_config(const struct child *c);
/* What the store says of zone, signing in and mail holds from now on; what cannot be read stays as
 * it was. Uses mem, and empties it. */
void worker_take_settings(const struct child *c, struct store *s, struct arena *mem);
/* Does this change what worker_take_settings() reads? */
bool worker_is_setting(enum event e);

#endif
