/* drills_own.h: a job of trying, looking into or putting back a state, as the files of master's
 * part in it share it: drills.c (from the order to its process, and the answer), drill_source.c
 * (the archive), drill_files.c (the folder), transfers.c (export and import), drill_swap.c (what a
 * restore does before and after).
 */
#ifndef PROC_DRILLS_OWN_H
#define PROC_DRILLS_OWN_H

#include "archive/stamp.h"
#include "proc/backups.h"
#include "proc/drills.h"

#define DRILL_START_US (60 * INT64_C(1000000))

/* Where a job is; all but the first are a restore's. */
enum drill_step {
    DRILL_READS,  /* its process is waited for, or at work */
    DRILL_CLOSES, /* the state is loaded: whoever reads the store ends */
    DRILL_SAVES,  /* the workspace is held, and the present saved */
    DRILL_OPENS,  /* saved: who did it ends */
    DRILL_SWAPS   /* the worker's successor is at it */
};

struct drill_job {
    struct drill_job *next;
    struct master *m;
    int64_t workspace;
    size_t kind;
    char id[STAMP_LEN + 1], saved[STAMP_LEN + 1];
    char from[16]; /* the target that it is read from, or "backup" */
    char *more; /* of records: which, or the words looked for; of a transfer: a key, wiped when sent
                 */
    size_t n_more;
    char sources[64]; /* of a drill: targets that have it, in their turn */
    size_t source_at;
    bool by_operator;
    char known[65]; /* the archive's hash, as the catalogue has it; "": it knows of none */
    int64_t known_bytes;
    bool asked;           /* that one, and no other */
    bool in_folder;       /* it is read in a target's own folder: */
    struct timer silence; /* the latest that it may end there */
    char why[64];         /* what the last one failed of */
    enum drill_step step;
    bool rescues;            /* what is there cannot be read, nor saved */
    bool transfers, imports; /* an export or an import; an import */
    /* Why the first archive could not be read; of an import that failed, while the workspace is
     * told; of a worker that could not start behind the swap. */
    enum rc rc;
    char code[64], detail[128];
    answer_fn *done;
    void *arg;
    struct proc *proc;
    int fd;         /* the archive, until it is given; or -1 */
    uint64_t order; /* what its process was sent; 0: nothing yet */
    struct timer timer;
    int64_t until_us;
};

/* --- drills.c */
/* What the catalogue knows of the archive stands in j->known: the job begins. */
void drill_known(struct drill_job *j);
/* Answers, and the job is over. */
void drill_finish(struct drill_job *j, const struct answer *a);
void drill_fail(struct drill_job *j, enum rc rc, const char *code, const char *detail);
/* It goes on in a moment, at its next step. */
void drill_look_again(struct drill_job *j);
/* A process of the workspace that has answered and is about to end: its folder is still its own. */
bool drill_is_ending(const struct drill_job *j);
/* What a drill found is kept, what a worker put back is said. arg: the job. */
void drill_reported(void *arg, const struct answer *a);

/* --- drill_source.c */
/* j->id "" becomes the newest that lies in DIR/backup; the catalogue is asked what that archive
 * must be and where its copies lie; then drill_known(), or the job has failed. */
void drill_ask(struct drill_job *j);
/* For a drill: j->fd becomes a copy: that of j->from, when it was asked for, else of the target
 * whose turn it is. Then the job goes on, or it has failed. */
void drill_find_source(struct drill_job *j);
/* The same, of the targets that are left. */
void drill_next_source(struct drill_job *j);
/* What is put back could not be read, and this is why: the next copy that is whole takes its place.
 * When there is none, the job has failed as it did first. */
void drill_unread(struct drill_job *j, enum rc rc, const char *code, const char *detail);
/* It was read, and this is its fault, or "": an archive that is not what it should be, or not where
 * it should be, is damaged for the catalogue, until it is made anew. */
void drill_judge(const struct drill_job *j, struct str code);
/* For what is put back: the one in DIR/backup. RC_MISSING: there is no such one. */
MUST enum rc drill_open_archive(struct drill_job *j, struct err *err);

/* --- drill_files.c */
/* The folder where it loads the state: of the workspace's user, with nothing else of it. */
MUST enum rc drill_make_room(struct master *m, int64_t workspace, struct err *err);

/* --- transfers.c */
/* Why none is begun, or E_NONE. fd: the file that came along, or -1. */
enum code transfer_refusal(int64_t workspace, struct str body, int fd);
/* The workspace notes it, or refuses; then the job looks for its process. */
void transfer_ask(struct drill_job *j);
/* The file is written: its answer. */
void transfer_exported(struct drill_job *j, const struct frame *f);
/* An import does not come about, which stands in the audit of the workspace that stays empty. */
void transfer_refused(struct drill_job *j, enum rc rc, const char *code, const char *detail);
/* The store is another one by now: who shall have its first link? arg: the job. */
void transfer_ask_owner(struct drill_job *j);

/* --- drill_swap.c */
/* The worker that was asked died; its successor knows as much. */
bool drill_swap_is_lost(const struct drill_job *j, const struct answer *a);
/* The state is loaded: the worker is stopped, the present saved while nobody writes, and a
 * successor puts the state in its place. */
void drill_swap(struct drill_job *j);
/* Looks at each step behind that one. */
void drill_swap_look(struct drill_job *j);
/* The successor cannot start. */
void drill_swap_refused(struct drill_job *j, const struct proc *p);
/* It ends, one way or the other: people are served again. */
void drill_swap_end(const struct drill_job *j);

#endif
