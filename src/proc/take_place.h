/* take_place.h: a file takes the place of another one so that at every moment, and after every
 * crash, one of the two is there whole. */
#ifndef PROC_TAKE_PLACE_H
#define PROC_TAKE_PLACE_H

#include "base/err.h"

/* `fresh` (written and fsynced by the caller) becomes `path`; both in one folder, absolute. */
MUST enum rc take_place(const char *fresh, const char *path, struct err *err);
/* The folder of `path`, on disk: what was made or removed there stays so. */
MUST enum rc sync_folder_of(const char *path, struct err *err);

#endif
