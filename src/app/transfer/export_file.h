/* export_file.h: where the archives lie that a workspace's people ordered for themselves: in its
 * own folder, ID.part while one is written and ID.kontor when all of it is there. A file with that
 * name is never written again: it may be read by the piece while it is on its way. */
#ifndef APP_TRANSFER_EXPORT_FILE_H
#define APP_TRANSFER_EXPORT_FILE_H

#include "base/err.h"

/* The workspace's folder, before anything else is asked; NULL: there is none, and no file. */
void export_files_in(const char *dir);
/* The file that is to be written, for reading and writing; made when it is not there. Master
 * empties it before it is written (proc/asks.c), so that asking twice harms nobody. */
MUST enum rc export_file_begin(int64_t id, struct err *err, int *ret_fd);
/* It is whole: synced, with its name. Done again: OK. */
MUST enum rc export_file_keep(int64_t id, struct err *err);
/* Open to read. RC_MISSING: it is not there, or not of that size any more. */
MUST enum rc export_file_open(int64_t id, int64_t size, struct err *err, int *ret_fd);
/* With or without its name; not there: OK. */
MUST enum rc export_file_remove(int64_t id, struct err *err);
/* All that nobody knows goes, whatever it is called. */
MUST enum rc export_file_sweep(const int64_t *known, size_t n, struct err *err);

#endif
