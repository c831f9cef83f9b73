/* drills_own.h: a job of trying, looking into or putting back a state, as the files of master's
 * part in it share it: drills.c (from the order to its process, and the answer), drill_source.c
 * (the archive), drill_files.c (the folder), drill_swap.c (what a restore does before and after).
 */
#ifndef PROC_DRILLS_OWN_H
#define PROC_DRILLS_OWN_H

#include "archive/stamp.h"
#include "proc/backups.h"
#include "proc/drills.h"

#define DRILL_START_US (60 * INT64_C(1000000))

struct drill_job {
    struct drill_job *next;
    struct master *m;
    int64_t workspace;
    size_t kind;
    char id[STAMP_LEN + 1], saved[STAMP_LEN + 1];
    char from[16];    /* the target that it is read from, or "backup" */
    char *more;       /* of records: which, or the words looked for; NULL: nothing */
    char sources[64]; /* of a drill: targets that have it, in their turn */
    size_t source_at;
    bool asked;   /* that one, and no other */
    char why[64]; /* what the last one failed of */
    bool waits;   /* for the next second: a backup of this one is there */
    bool loaded;  /* it waits for the worker that swaps */
    answer_fn *done;
    void *arg;
    struct proc *proc;
    int fd;         /* the archive, until it is given; or -1 */
    uint64_t order; /* what its process was sent; 0: nothing yet */
    struct timer timer;
    int64_t until_us;
};

/* --- drills.c */
/* Answers, and the job is over. */
void drill_finish(struct drill_job *j, const struct answer *a);
void drill_fail(struct drill_job *j, enum rc rc, const char *code, const char *detail);
/* It goes on in a moment, at its next step. */
void drill_look_again(struct drill_job *j);
/* What a drill found is kept, what a worker put back is said. arg: the job. */
void drill_reported(void *arg, const struct answer *a);

/* --- drill_source.c */
/* For a drill: j->id "" becomes the newest that lies in DIR/backup, and j->fd a copy of it: that of
 * j->from, when it was asked for, else of the target whose turn it is. Then the job goes on, or it
 * has failed. */
void drill_find_source(struct drill_job *j);
/* For what is put back: the one in DIR/backup. RC_MISSING: there is no such one. */
MUST enum rc drill_open_archive(struct drill_job *j, struct err *err);
bool drill_is_there(const struct drill_job *j);

/* --- drill_files.c */
/* The folder where it loads the state: of the workspace's user, with nothing else of it. */
MUST enum rc drill_make_room(struct master *m, int64_t workspace, struct err *err);

/* --- drill_swap.c */
/* Saves the present, by a backup; then the job looks for its process. */
void drill_save(struct drill_job *j);
/* The state is loaded: the worker is stopped, for its successor to put it in its place. */
void drill_swap(struct drill_job *j);
/* Is the successor there? Then it is asked what came of it. */
void drill_look_for_successor(struct drill_job *j);

#endif
