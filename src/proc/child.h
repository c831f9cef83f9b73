/* child.h: how a child of master begins, talks to master, and ends. Every program's main is:
 *
 *     static struct child c;
 *     child_start(&c, argc, argv, SANDBOX_WORKER, &hooks);  // limits, settings from master
 *     … open what the role may keep (c.dir, c.fd5, c.keymgr) …
 *     child_ready(&c, &sandbox);  // sandbox up, probes told to master
 *     loop_run(c.loop); return child_end(&c);
 *
 * Master gives: argv `--role R [--workspace N] [--dir D]`, descriptor 3 the control channel, 4 the
 * channel to keymgr (workers), 5 and 6 as the role says (edge: 5 the listening socket, 6 the plain
 * unix listener if any; keymgr: 5 the master key's file), 2 the log pipe. Nothing else is open.
 * The end of the control channel means that master is gone: stop, as after W_STOP. */
#ifndef PROC_CHILD_H
#define PROC_CHILD_H

#include "base/wire.h"
#include "proc/chan.h"
#include "proc/sandbox.h"

enum { CHILD_CONTROL = 3, CHILD_KEYMGR = 4, CHILD_FD_5 = 5, CHILD_FD_6 = 6 };
enum { CHILD_SETTINGS_MAX = 32, CHILD_DIR_MAX = 1024, CHILD_ROLE_MAX = 16 };

struct child;
struct child_hooks {
    /* A new channel (W_CHANNEL): kind says to whom; f holds W_F_HOST, W_F_WORKSPACE …. Owns fd, but
     * for WK_KEYMGR, which child keeps as c->keymgr (the old one is closed): only look at it. */
    void (*channel)(struct child *c, enum wire_kind kind, int fd, const struct frame *f);
    /* Any other message from master: W_COMMAND, W_REFUSED, W_RELOAD, W_KEY_BIND …. May take f->fd.
     */
    void (*message)(struct child *c, struct frame *f);
    /* Master told of the clock, and it was taken; NULL: nothing hangs on it. */
    void (*clock)(struct child *c);
    /* Finish what is running, then loop_stop(c->loop). Called once. NULL: loop_stop at once. */
    void (*stop)(struct child *c);
};

struct child {
    char role[CHILD_ROLE_MAX]; /* "writer", "system", "hash", "edge", "operator", "keymgr" … */
    int64_t workspace;         /* --workspace; -1 when not given */
    char dir[CHILD_DIR_MAX];   /* --dir; "" when not given */
    int keymgr;                /* blocking channel for frame_call, or -1 */
    int fd5, fd6;              /* or -1 */
    int lock;                  /* of the folder, or -1 */
    struct loop *loop;
    struct chan control;
    const struct child_hooks *hooks;
    void *arg; /* the program's own, for the hooks */
    bool stopping;
    int status;       /* what the process ends with, unless something else ends it; 0 */
    enum rc put_back; /* of a worker that was to put a state back: what master hears with W_READY */
    struct {
        char *name, *value;
    } settings[CHILD_SETTINGS_MAX];
    size_t n_settings;
};

/* Ends the process (status 64) when it was not started by master. */
void child_start(struct child *c, int argc, char **argv, enum sandbox_role role,
                 const struct child_hooks *hooks);
/* A setting of W_CONFIG as text; STR_NONE when master gave none. Everybody: "base_domain". keymgr:
 * "own_place" (1: the master key is keys/master.key). Edges: "public_port", "hsts_preload", "spool"
 * (folder), "ca_file". Workers: "slug", "origin" ("https://nord.localhost:8443", the start of every
 * link), "name" (of the workspace), "idle_s", "hash_ops", "hash_mem_kib". */
struct str child_get(const struct child *c, const char *name);
int64_t child_get_i64(const struct child *c, const char *name, int64_t otherwise);
/* Enters the sandbox and tells master W_READY with what the probes found (level B or C; that each
 * workspace has its own uid, level A, is master's to know). A sandbox that cannot be put up ends
 * the process (status 70). Messages from master are served by c->loop from then on. */
void child_ready(struct child *c, const struct sandbox *s);
/* Sends on the control channel; owns pass_fd. */
void child_send(struct child *c, const struct frame_out *f, int pass_fd);
/* Takes the lock of the folder that --dir names (dir/lock), so that a store never has two writers,
 * not even while one generation of processes follows another: waits up to 3 s, then ends the
 * process (status 7). Before the store is opened. */
void child_lock_folder(struct child *c);
/* From now on this process has us microseconds, then the kernel ends it (SIGALRM; counts as a death
 * by its own doing); 0: no bound. Round each piece of work, so that a loop without end loses one
 * request. */
void child_deadline(int64_t us);
/* Flushes the control channel and gives the exit status. */
int child_end(struct child *c);

/* After a call over c->keymgr failed: waits up to 3 s for the channel to keymgr's successor, which
 * the channel hook then also gets. True: ask again (every call of keymgr may be repeated). */
bool child_await_keymgr(struct child *c);

#endif
