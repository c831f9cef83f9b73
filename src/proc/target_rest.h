/* target_rest.h: a target that could not be reached is left alone for a while, so that a night of
 * many workspaces does not wait for each of them anew (decision 124). */
#ifndef PROC_TARGET_REST_H
#define PROC_TARGET_REST_H

#include "proc/master_own.h"

enum { TARGET_REST_S = 15 * 60 };

/* What came of an order there, by its code ("": all went well): that nobody answered in time lets
 * it rest, anything else ends that. */
void target_said(struct master *m, const char *name, const char *code);
/* Why it is left alone now, or E_NONE. */
enum code target_rests(const struct master *m, const char *name);
/* How long what a process reads or writes in a target's folder may take: who is slower on the whole
 * never comes to an end. A drill reads, and does a lot besides. */
enum { TARGET_DRILL_TIMES = 3 };
int64_t target_folder_us(const struct master *m, int64_t bytes);

#endif
