/* releases.h: master between a workspace's order and the operator's release of it
 * (app/release/release.h): it asks the registrar before it begins a return, where kontor.conf wants
 * it, and tells the workspace what the registrar's people answered.
 *
 * From the registrar, as W_ASK: "release.answered", W_F_ORDER the release, W_F_WORKSPACE,
 * W_F_VERSION. The registrar says it again when it starts, until the workspace has taken it. */
#ifndef PROC_RELEASES_H
#define PROC_RELEASES_H

#include "proc/master_own.h"

/* `asked`: what the workspace said of its order. */
void release_ask(struct master *m, int64_t workspace, int64_t order, struct str asked,
                 answer_fn *done, void *arg);
/* What the registrar said to that. */
bool release_is_given(struct str body);
/* A W_ASK of the registrar's. */
void release_take(struct master *m, const struct frame *f);

#endif
