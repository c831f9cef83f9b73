/* backups_own.h: a backup job, as the files of master's part in backups share it: backups.c (from
 * the order to the archive that has its name), backup_job.c (which there are, how far, and their
 * end), backup_copies.c (its copies), backup_repair.c (what is not whole is made anew from one of
 * them), backup_states.c (what lies there, and the list). */
#ifndef PROC_BACKUPS_OWN_H
#define PROC_BACKUPS_OWN_H

#include "archive/file.h"
#include "archive/stamp.h"
#include "proc/backups.h"

enum { HASH_TEXT = 64, JSON_MAX = 512, TARGETS_TEXT = CONF_TARGETS * 16 };

struct backup_job {
    struct backup_job *next;
    struct master *m;
    int64_t workspace;
    bool writes, lists, plans, prunes, believes; /* plans: a list, of what retention would do */
    bool saves;   /* writes while nobody is at work there, and answers before its copies are made */
    bool follows; /* it has answered; its copies have their turn when the workspace is served again
                   */
    bool insists; /* somebody types it: a target that rests is tried all the same */
    answer_fn *done;
    void *arg;
    struct proc *proc;
    int folder, fd; /* fd: to be given, or -1 */
    bool open;      /* the file is this job's to end */
    struct archive_file file;
    char id[STAMP_LEN + 1];
    char now[40];    /* as of another time; "": now */
    uint64_t order;  /* what its process was sent; 0: nothing yet */
    int64_t percent; /* written */
    int64_t bytes;
    char hash[HASH_TEXT + 1];
    struct timer timer;
    int64_t until_us;
    struct timer silence; /* the latest that its process may end what it does in a target */
    bool bereft;          /* it did not, and was ended: another one goes on; */
    bool gave_up;         /* none came, so that other folders have their copies another time */
    /* Copies. */
    bool copies; /* the archive is there and catalogued: its copies' turn */
    struct conf_target targets[CONF_TARGETS];
    size_t n_targets, target, n_copied; /* target: whose turn it is */
    bool there;                         /* a copy is there and is read, not written */
    /* Repair. */
    bool lacks;                /* there is no such file here, or none that opens: */
    bool unreadable;           /* the disk does not give it back */
    bool repairs;              /* a copy is looked for that is whole */
    bool rebuilds;             /* and was found: it is written here */
    bool bad_copy;             /* one was there and not whole */
    char known[HASH_TEXT + 1]; /* its hash, as the catalogue has it; "": nobody ever read it */
    int64_t known_bytes;
    /* What goes. */
    char *plan; /* the catalogue's answer, JSON; `unlink` of it: */
    size_t unlink_at;
    size_t n_unlinked;
    bool all_gone; /* of the state whose turn it is, from every target so far */
    /* How it ended, while the catalogue is told. */
    enum rc rc;
    char code[64], detail[128];
};

/* --- backup_job.c */
/* The one that this process is of; NULL: none. */
struct backup_job *job_of_proc(const struct proc *p);
/* Why the target whose turn it is is left alone, or E_NONE. */
enum code job_target_rests(const struct backup_job *j);
/* Is anything of the workspace under way that another one would disturb? */
bool job_is_running(const struct master *m, int64_t workspace);
/* Answers; body STR_NONE when it failed. The job is over. */
void job_finish(struct backup_job *j, struct str body);
/* What others answered is its answer. */
void job_pass(struct backup_job *j, const struct answer *a);
void job_close_files(struct backup_job *j);
/* Does the catalogue know now what it was told of j->id? When it does not, that is on the log. */
bool job_was_told(const struct backup_job *j, const struct answer *a);
/* It failed: the catalogue hears of it first, of an attempt that came to nothing or a file that is
 * not whole. */
void job_fail(struct backup_job *j, enum rc rc, const char *code, const char *detail);
void job_fail_as(struct backup_job *j, enum rc rc, const struct err *err);
MUST enum rc job_open_folder(struct backup_job *j, struct err *err);
/* May an archive be begun in j->folder? E_STORE_FULL: the last of the room is for people (room.h).
 */
MUST enum rc job_need_room(const struct backup_job *j, struct err *err);
/* Reads j->targets; their names as what stands in a JSON array. */
void job_targets(struct backup_job *j, char ret_text[static TARGETS_TEXT]);

/* --- backups.c */
/* The archive is there and whole: the catalogue hears of it, then its copies have their turn.
 * repaired_from: the target whose copy it was made from, or "". */
void job_kept(struct backup_job *j, const char *repaired_from);
/* Gives j->fd with the order to its process, and the archive's name. In a target it has its time
 * (target_folder_us()); then copies_silent() or repair_silent(). */
void job_order(struct backup_job *j, const char *name);
/* Its process was ended: another one reads the archive again, and what is left of the copies is
 * made; or goes on in looking for one that is whole. */
void job_return(struct backup_job *j);

/* --- backup_copies.c */
/* One target after the other, each for itself; then the answer. */
void copies_begin(struct backup_job *j);
/* The answer, as long as the job's members say what it has. */
void copies_print(const struct backup_job *j, char ret_json[static JSON_MAX]);
/* Its process did what was ordered: `hash` is of what it read. */
void copies_result(struct backup_job *j, const char *hash);
void copies_failed(struct backup_job *j, enum rc rc, const char *code);
void copies_silent(struct backup_job *j);

/* The folder of its workspace in a target; E_COPY_AWAY: the target is not there. */
MUST enum rc copies_folder(int64_t workspace, const struct conf_target *t, struct err *err,
                           int *ret_folder);

/* --- backup_repair.c */
/* The archive was found damaged or missing, which the catalogue knows; `known` is what that
 * answered: a copy that is whole takes its place. When there is none, the job ends as it had
 * failed, with E_BACKUP_NO_COPY when copies were there. */
void repair_begin(struct backup_job *j, struct str known);
void repair_result(struct backup_job *j, const char *hash);
void repair_failed(struct backup_job *j, enum rc rc, const char *code);
void repair_silent(struct backup_job *j);
/* Its process is there again: the next copy is looked at. */
void repair_go_on(struct backup_job *j);

/* --- backup_states.c */
void states_list(struct backup_job *j);
/* Tells the catalogue what lies in the folder, then done(j). */
void states_tell(struct backup_job *j, answer_fn *done);
/* The stamps of the backups in a folder, the newest first; the caller frees them. */
size_t states_read(int folder, char (**ret_ids)[STAMP_LEN + 1]);

/* --- backup_prune.c */
void prune_begin(struct backup_job *j);

#endif
