/* file.h: an archive's way onto a disk: temporary name → write → fsync → read back and checked →
 * its name → fsync of the folder. Stopped at any moment, under an archive's name there is a whole
 * one or none; what lies under a temporary name is worth nothing and goes at the next start. */
#ifndef ARCHIVE_FILE_H
#define ARCHIVE_FILE_H

#include <sys/types.h>

#include "archive/archive.h"

struct archive_file {
    int folder; /* the caller's; outlives this */
    int fd;
    char name[ARCHIVE_NAME_MAX + 1]; /* "": it has taken its name */
};

/* RC_CONFLICT E_ARCHIVE_EXISTS: an archive of that name is there. RC_INVALID: no name for a file.
 * A leftover of an earlier try is replaced. */
MUST enum rc archive_file_open(int folder, const char *name, struct err *err,
                               struct archive_file *ret_f);
/* For archive_begin(). E_STORE_FULL when there is no room. */
struct archive_out archive_file_out(struct archive_file *f);
/* After archive_end(): on disk, read back from there, checked as `want` says, named. */
MUST enum rc archive_file_keep(struct archive_file *f, const struct archive_want *want,
                               struct err *err, struct archive_seen *ret_seen);
/* Closes; without archive_file_keep() before, nothing remains. */
void archive_file_drop(struct archive_file *f);
/* Removes what a writer that was killed left in a folder. */
MUST enum rc archive_file_sweep(int folder, struct err *err, size_t *ret_removed);

/* An archive_in over an open descriptor, which lives as long as that is used. */
struct archive_in archive_fd_in(const int *fd);

/* The calls that can fail; tests put others here. */
struct archive_calls {
    ssize_t (*write)(int fd, const void *p, size_t n);
    ssize_t (*read)(int fd, void *p, size_t n);
    int (*fsync)(int fd);
    int (*rename)(int from, const char *old, int to, const char *fresh, unsigned flags);
    int (*unlink)(int folder, const char *name, int flags);
};
extern struct archive_calls archive_calls;

#endif
