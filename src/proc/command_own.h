/* command_own.h: a command that somebody else answers, as the files of master's part in commands
 * share it: command.c (from the order to its answer), command_pending.c (those under way),
 * command_key.c (what keymgr answers, a workspace's beginning and end), command_backup.c (backups
 * and drills). */
#ifndef PROC_COMMAND_OWN_H
#define PROC_COMMAND_OWN_H

#include "proc/backups.h"
#include "proc/destroy.h"
#include "proc/drills.h"
#include "proc/master_own.h"

enum { COMMAND_US = 600LL * 1000000, COMMAND_RETRY_US = 5000 };

/* A command that somebody else answers. */
struct pending {
    struct pending *next;
    struct master *m;
    struct client *client; /* NULL: left meanwhile */
    uint64_t id;           /* ours, on the child's channel */
    uint64_t client_id;
    int64_t workspace;
    struct proc *proc; /* NULL: not sent yet */
    bool is_prepare;   /* workspace.prepare: the answer of keymgr is its answer */
    bool is_destroy;   /* workspace.destroy: keymgr drops the key, then the files go */
    bool is_keyless;   /* of these, when the key is gone */
    struct destroyed destroyed;
    bool is_wake;     /* workspace.wake: done when the worker is there */
    bool pardons;     /* the same, before it begins: what it died of before is forgotten */
    bool is_status;   /* status: answered when all processes of the start are there */
    bool is_schedule; /* schedule.wait: the scheduler's to answer */
    bool is_clock;    /* clock.set: answered when every process shows it */
    bool is_key;      /* key.…: keymgr's to answer */
    bool is_rotate;   /* of these, the one after which keymgr is born again */
    bool is_page;     /* of these, the one after which a workspace's worker is */
    bool is_backup;   /* backup.run and its like: backups.c does it, and answers */
    bool is_drill;    /* backup.drill, restore.…, workspace.import, …: the same of drills.c */
    answer_fn *done;  /* master itself wants to know; no client does */
    void *arg;
    int fd;         /* what came along with it, or -1 */
    char *answer;   /* JSON, to be given when keymgr's successor is there */
    uint8_t *frame; /* as it came, until it is sent */
    size_t n;
    struct timer timer; /* tries again, ends with time-out */
    int64_t until_us;
};

/* --- command_pending.c */
/* c: who gets the answer; NULL: nobody, or p->done. */
struct pending *pending_new(struct master *m, struct client *c, uint64_t client_id,
                            int64_t workspace);
struct pending *pending_find(const struct master *m, uint64_t id, const struct proc *proc);
/* The answer, to whoever asked; the pending one ends. */
void pending_answer(struct pending *p, const struct answer *a);
void pending_json(struct pending *p, struct str json);
void pending_fail(struct pending *p, enum rc rc, enum code code, const char *detail);
/* It ends without one. */
void pending_end(struct pending *p);
/* It is tried again in so many microseconds, or fails when its time is over. */
void pending_wait(struct pending *p, int64_t us);
/* Fails those that are there now and `hit`. Whoever is told may end or make others. */
void pending_fail_those(struct master *m,
                        bool (*hit)(const struct pending *p, const struct proc *proc),
                        const struct proc *proc, enum rc rc, enum code code, const char *detail);

/* --- command.c */
/* Sends it when the one who shall answer is there; else tries again in a moment. */
void pending_try(struct pending *p);
/* Sends the frame as it came, under our number. pass_fd is owned. */
void pending_send(struct pending *p, struct proc *to, int pass_fd);

/* --- command_key.c */
/* workspace.prepare: the folder first, then the key; and what keymgr answered. */
void key_prepare(struct pending *p);
void key_prepared(struct pending *p, const struct frame *f);
/* workspace.destroy: the key first, then the files; and what keymgr answered. */
void key_destroy(struct pending *p);
void key_dropped(struct pending *p, const struct frame *f);
/* key.…: keymgr's to answer, when it is there. */
void key_send(struct pending *p);
/* Its successor sees by the file of the master key which ring counts; then `answer` is given. */
void key_reborn(struct pending *p, struct str answer);

/* --- command_backup.c */
/* Hands it over to backups.c or drills.c, which answer. */
void backup_send(struct pending *p);

#endif
