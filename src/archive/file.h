/* file.h: an archive's way onto a disk: temporary name → write → fsync → read back and checked →
 * its name → fsync of the folder. Stopped at any moment, under an archive's name there is a whole
 * one or none; what lies under a temporary name is worth nothing and goes at the next start. Who
 * owns the folder (place.c) and who writes the bytes (file.c) may be two processes. */
#ifndef ARCHIVE_FILE_H
#define ARCHIVE_FILE_H

#include <sys/types.h>

#include "archive/archive.h"

struct archive_file {
    int folder; /* the caller's; outlives this */
    int fd;
    char name[ARCHIVE_NAME_MAX + 1]; /* "": it has taken its name */
    bool replaces;                   /* what has that name by then goes, in the same moment */
};

/* RC_CONFLICT E_ARCHIVE_EXISTS: an archive of that name is there. RC_INVALID: no name for a file.
 * A leftover of an earlier try is replaced. */
MUST enum rc archive_file_open(int folder, const char *name, struct err *err,
                               struct archive_file *ret_f);
/* The same for an archive that is made anew: one that is not whole may have its name until then. */
MUST enum rc archive_file_replace(int folder, const char *name, struct err *err,
                                  struct archive_file *ret_f);
/* For archive_begin(). E_STORE_FULL when there is no room. */
struct archive_out archive_file_out(struct archive_file *f);
struct archive_out archive_fd_out(const int *fd); /* which lives as long as that is used */
/* After archive_end(): on disk, read back from there, and checked as `want` says. */
MUST enum rc archive_fd_check(int fd, const struct archive_want *want, struct err *err,
                              struct archive_seen *ret_seen);
/* It is whole and checked: from now on it has its name. */
MUST enum rc archive_file_name(struct archive_file *f, struct err *err);
/* Both. */
MUST enum rc archive_file_keep(struct archive_file *f, const struct archive_want *want,
                               struct err *err, struct archive_seen *ret_seen);
/* Closes; when it has no name by then, nothing remains. */
void archive_file_drop(struct archive_file *f);
/* A file that is to go, and that is gone already, is gone; what a folder holds is on the disk. */
MUST enum rc archive_file_remove(int folder, const char *name, struct err *err);
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
/* Does errno tell that what stands on the disk cannot be read? Such an archive is damaged, as one
 * with other bytes is; any other fault says nothing of it. */
bool archive_is_unreadable(int cause);
/* Inside: the fault of a call, by errno. */
MUST enum rc archive_io(struct err *err, const char *what);

#endif
