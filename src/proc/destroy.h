/* destroy.h: master's part in the end of a workspace (KEY-06, app/registry/registry.h). */
#ifndef PROC_DESTROY_H
#define PROC_DESTROY_H

#include "base/err.h"

struct destroyed {
    int64_t files, bytes;
};

/* Deletes from the folders of a workspace below `dir` (its store and files, and where a state of it
 * is tried), some hundred files at a time, and adds up what went. *ret_done: nothing is left, and
 * the folders are synced. Links are deleted, not followed. RC_IO: something stays; asking again
 * goes on. */
MUST enum rc destroy_files(const char *dir, int64_t workspace, struct destroyed *sum,
                           bool *ret_done, struct err *err);

#endif
