/* master_own.h: what the files of master share: master.c (start and end), birth.c, spawn.c (their
 * life and end), service.c (who is always there), pulse.c (who hangs), hosts.c (names), live.c
 * (workspaces and their workers), control.c and command.c (command line), status.c, isolate.c
 * (walls), logs.c (log files), listen.c (sockets), notify.c (service manager). Nobody else includes
 * it. */
#ifndef PROC_MASTER_OWN_H
#define PROC_MASTER_OWN_H

#include <sys/types.h>

#include "archive/stamp.h"
#include "base/log.h"
#include "base/time.h"
#include "base/wire.h"
#include "proc/chan.h"
#include "proc/child.h"
#include "proc/master.h"

enum {
    EDGES_MAX = 64,
    HASHERS_MAX = 8,
    HASHER_OWN_KIB = 16 * 1024,   /* of a hash process, round the hash's memory */
    LINE_MAX_BYTES = 4096,        /* of one log line */
    LOG_PER_MINUTE = 1 << 20,     /* bytes of one process; then lines are counted, not kept */
    SPAWNING_MAX = 4,             /* workers starting at a time; the next ones wait */
    WAITING_MAX = 64,             /* channels that wait for one worker to start */
    STOP_US = 30 * 1000000,       /* graceful end */
    READY_US = 30 * 1000000,      /* from spawn to W_READY; migration included */
    RESTORED_US = 1800 * 1000000, /* the same when an older state is put back before */
    UID_WORKSPACES = 32, /* the user ids below are for roles, uid_base + this for workspace 0 */
    PATH_SIZE = 1200
};

enum role {
    R_KEYMGR,
    R_SIGNER,
    R_SYSTEM,
    R_EDGE,
    R_OPERATOR,
    R_WRITER,
    R_HASH,
    R_PRESS,
    R_EGRESS,
    R_BACKUP,
    R_DRILL,
    R_RESTORE,
    R_SCHEDULER,
    R_COUNT
};

/* Deaths by a process's own doing: 3 in 60 s wait 1 … 60 s, 10 in 10 minutes are too many. */
struct deaths {
    int64_t at_us[10];
    unsigned n; /* of all; the newest is at (n - 1) % 10 */
    int64_t not_before_us;
    int64_t wait_us;
    bool too_many;
};

struct master;
struct live;

struct log_pipe {
    struct log_pipe *next;
    struct watch w;
    struct proc *proc;
    char *part; /* an unfinished line */
    size_t n;
    bool skipping; /* the rest of a line that was too long */
    int64_t minute, bytes, dropped;
};

enum walls { WALLS_UNKNOWN, WALLS_HOLD, WALLS_MISSING };

/* A running child. */
struct proc {
    struct proc *next;
    struct master *m;
    enum role role;
    int index;         /* among its like: edge 0 … */
    struct live *live; /* R_WRITER */
    int64_t workspace; /* R_BACKUP, R_DRILL, R_RESTORE: whose */
    bool restores;     /* R_WRITER: born to put an older state back */
    bool is_as_was;    /* of these, which could not start: it said that it could not do that */
    pid_t pid;
    struct watch end; /* pidfd */
    struct chan control;
    struct log_pipe *log;  /* outlives the process until its last line is read */
    struct timer deadline; /* READY_US after spawn, STOP_US after W_STOP, some seconds after a
                              W_ALIVE that was not answered: SIGKILL */
    bool is_ready, is_stopping, by_deadline;
    bool is_asked;      /* an answer to W_ALIVE is due */
    uint64_t clock_due; /* what it was told of the clock and has not confirmed; 0: nothing */
    int64_t spawned_us;
    enum walls walls; /* what its probes showed */
    char probe[256];
    enum rc refusal; /* OK, or why it could not start, with the code it said */
    char refusal_code[64];
};

/* A process that is always there (or on demand: hash, press), restarted when it dies. */
struct service {
    struct master *m;
    enum role role;
    int index;
    struct proc *proc;
    struct deaths deaths;
    struct timer again;
    bool wanted;
};

/* A workspace that has, or lately had, a worker. */
struct live {
    struct live *next;
    struct master *m;
    int64_t workspace;
    struct proc *proc; /* NULL: asleep */
    struct deaths deaths;
    struct timer again; /* spawn when the back-off ends */
    struct timer wake;  /* start it, though nobody asks: mail is due */
    bool queued;        /* waits for its turn to be spawned */
    bool is_held;       /* nobody is at work in it, and nobody is born: live_hold() */
    struct waiting {
        int fd; /* the worker's end of a channel */
        enum wire_kind kind;
    } waiting[WAITING_MAX];
    size_t n_waiting;
    char restore[17], restore_saved[17]; /* the next worker puts this state back; "": none does */
    bool rescues;          /* in the place of a damaged store, which is kept by the second name */
    int64_t restore_order; /* the workspace's own order of it, or 0 */
    bool is_damaged; /* no worker starts, because its store cannot be read: people are told so */
    int64_t used_us; /* last channel or command: the longest unused ends first */
};

/* A target that did not answer (target_rest.h); name "": none. */
struct target_rest {
    char name[16];
    struct instant since;
    enum code why; /* E_NONE: it did */
};

enum lookout { LOOKOUT_QUICK, LOOKOUT_THOROUGH, LOOKOUTS };

struct host_row {
    char *name; /* lower case */
    int64_t workspace;
    enum wire_host_state state;
    char *slug;
    char *agency; /* as registered; its worker shows it until the agency names itself */
};
struct hosts {
    struct host_row *rows; /* ascending by name */
    size_t n, cap;
};

struct isolation {
    bool is_root;
    bool uids;  /* each role and workspace has its own uid */
    bool netns; /* empty network namespace */
    int64_t uid_base;
    char netns_why[64]; /* why not */
    uid_t peer_other;   /* how root's uid shows itself on run/control.sock in a user namespace */
};

/* One connection of the command line. */
struct client {
    struct client *next;
    struct master *m;
    struct chan chan;
    size_t running; /* commands under way */
    bool is_scheduler;
};
struct pending;
struct backup_job;
struct drill_job;
struct question_job;
struct wish;
struct remote_order;

struct master {
    const struct master_options *opt;
    struct conf conf;
    struct loop *loop;
    char dir[PATH_SIZE];
    int64_t started_us;
    int lock_fd, master_key_fd, listen_fd, operator_fd, plain_fd, control_fd, null_fd, notify_fd;
    struct watch signals, control;
    struct isolation iso;
    int program_fd[R_COUNT];
    struct proc *procs;
    struct live *lives;
    struct service keymgr, signer, registrar, operator_edge, scheduler, press, egress;
    struct watch door, spare_door; /* fd -1: none, then nothing can leave */
    pid_t door_pid;                /* the first one, which is a child of master's; 0: ended */
    pid_t lookout[LOOKOUTS];       /* `kontor doctor` at its look; 0: none */
    uint64_t n_looks;              /* hourly ones so far */
    struct service edges[EDGES_MAX], hashers[HASHERS_MAX];
    size_t n_edges, n_hashers, next_hasher;
    size_t n_spawning, n_live;
    struct hosts hosts;
    bool hosts_known;
    char console_state[STAMP_LEN + 1], console_saved[STAMP_LEN + 1]; /* "": the registrar opens
                                                                        what is there */
    bool is_started, is_stopping, clock_moved;
    int status; /* exit status */
    struct timer stop_timer, clock_timer, pulse;
    enum time_trust clock_trust;
    struct client *clients;
    struct pending *pendings;
    struct backup_job *jobs;
    struct drill_job *drills;
    struct question_job *asks;
    struct wish *wishes;
    struct wish_count *wish_counts;
    struct remote_order *remotes;
    struct timer remotes_lost;
    struct target_rest rests[CONF_TARGETS];
    uint64_t next_id;
    int log_fd;
    int64_t log_size;
    int32_t log_day;
    int64_t stderr_lost; /* lines that standard error did not take */
    struct log_pipe *log_pipes;
};

/* --- master.c */
/* Begins the end; status of the first cause wins. */
void master_stop(struct master *m, int status);
/* Says why the start is given up: on the log, and to the person who asked for it. */
void master_refuse(struct master *m, enum code code, const char *detail);
/* Called when a service became ready or the hosts are known: the start line, when all are there. */
void master_progress(struct master *m);
/* keymgr became ready: at the start of all, the registrar's turn comes. */
void master_keys_ready(struct master *m);
/* The registrar told all names: at the start of all, the edges' turn comes. */
void master_hosts_known(struct master *m);
int master_cores(void);
/* How many hash processes there are: as many as cores, HASHERS_MAX and the memory that is free at
 * the start allow; one in any case, for without it nobody signs in. */
size_t master_hashers(int cores, int64_t free_kib, int64_t hash_kib);
void master_tell_edges(struct master *m, enum wire what);

/* --- birth.c (birth.h has the rest) */
const char *role_name(enum role r);

/* --- spawn.c */
/* A started process or NULL (the cause is on the log). keymgr_fd: its end of the channel to keymgr,
 * or -1; owned. */
struct proc *proc_spawn(struct master *m, enum role role, int index, struct live *live,
                        int keymgr_fd);
void proc_stop(struct proc *p); /* W_STOP, SIGKILL after STOP_US */
void proc_kill(struct proc *p);
/* What it said before it ended, else what its end means. */
enum code proc_refusal(const struct proc *p);
/* It has closed its control channel: it is ending, though its end may not have been told yet. */
bool proc_is_leaving(const struct proc *p);
uid_t role_uid(const struct master *m, enum role r, int64_t workspace);
void service_want(struct master *m, struct service *s);
/* The process is gone; chooses when to start it again. */
void service_ended(struct master *m, struct service *s, bool own_doing);
void deaths_note(struct deaths *d, int64_t now_us);
/* Binds a new keymgr channel to a workspace; gives the other end, -1 when keymgr is not there. */
int keymgr_bind(struct master *m, int64_t workspace, const char *role);
struct service *service_of(struct master *m, const struct proc *p);

/* The process is gone, as waitid() tells. */
void proc_ended(struct proc *p, const siginfo_t *how);

/* --- door.c: egress must have the network that master gave up. */
/* Forks the doors, while the network is still there; nothing to do when kontor.conf lets nothing
 * leave. */
MUST enum rc door_open(struct master *m, struct err *err);
/* Has an egress born with these descriptors; both are owned. False: there is no door. */
bool door_spawn(struct master *m, int control, int log);
void door_kill(struct master *m); /* the egress that runs */
void door_close(struct master *m);

/* --- hosts.c */
/* The whole table, as W_HOSTS brought it; one that cannot be read leaves the old one. */
void hosts_take(struct master *m, const struct frame *f);
/* NULL: unknown. The base domain, localhost and addresses mean the first workspace, and so does any
 * name when there is only one. */
const struct host_row *hosts_find(const struct master *m, struct str host);
const struct host_row *hosts_of_workspace(const struct master *m, int64_t workspace);
size_t hosts_workspaces(const struct master *m); /* how many different ones */
void hosts_done(struct hosts *h);

/* --- live.c */
/* An edge (or the operators' edge) wants a channel. Answers it. */
void live_open(struct master *m, struct proc *edge, const struct frame *f);
/* A worker wants a hash, press or keymgr channel. */
void live_need(struct proc *p, const struct frame *f);
/* The worker of a workspace, started if need be; NULL: it cannot be had now (*ret_why). */
struct live *live_get(struct master *m, int64_t workspace, const char **ret_why);
struct live *live_find(const struct master *m, int64_t workspace);
/* Its worker ends, and none is born until live_release(): who asks meanwhile waits as for a start.
 */
void live_hold(struct live *lv);
void live_release(struct live *lv);
/* Has it a worker, or a process that backs it up, tries a state of it, or puts one back? */
bool live_is_at_work(const struct master *m, int64_t workspace);
/* Stops the workers of workspaces that are locked or have ended. */
void live_shut(struct master *m);
/* Forgets its deaths: a workspace that was set aside may be started again. */
void live_pardon(struct master *m, int64_t workspace);
void live_worker_ready(struct proc *p);
void live_worker_ended(struct proc *p, bool own_doing);
/* Does this refusal of a worker say that its store cannot be read? */
bool live_is_damage(const char *code);
void live_rebind_keymgr(struct master *m);
/* W_IDLE: it ends, and is started again when it said. */
void live_idle(struct proc *p, const struct frame *f);
void live_free_all(struct master *m);
/* Hands a channel to a child: W_CHANNEL with one end; the fd is owned. */
void give_channel(struct chan *to, enum wire_kind kind, int fd, uint64_t id,
                  const struct host_row *row, int64_t workspace);

/* --- lookout.c */
/* Begins a look; when one is still under way, that is killed and this one is left out. */
void lookout_look(struct master *m);
void lookout_reap(struct master *m); /* SIGCHLD came */
void lookout_end(struct master *m);

/* --- pulse.c */
void pulse_start(struct master *m);
void pulse_answer(struct proc *p); /* W_ALIVE came back */
/* An edge said W_LATE: whoever may be the cause is asked for a sign of life. */
void pulse_late(struct master *m, const struct frame *f);
/* p's deadline has passed. True: it was for an answer, and p gets more time. */
bool pulse_excuses(struct proc *p);

/* --- control.c */
void control_open(struct master *m);
void control_accept_fd(struct master *m, int fd);
/* A channel by which the scheduler orders what it may; -1: descriptors ran out. */
int control_for_scheduler(struct master *m);
void control_close_all(struct master *m);
/* Answers command id of a client; a client that left meanwhile (NULL) is fine. */
void control_error(struct client *c, uint64_t id, enum rc rc, enum code code, const char *detail);
void control_refuse(struct client *c, uint64_t id, enum rc rc, const char *code,
                    const char *detail);
void control_json(struct client *c, uint64_t id, struct str json);

/* --- command.c */
/* How a command ended. body: what it gave, of the answer's own for the call; STR_NONE unless rc is
 * OK. */
struct answer {
    enum rc rc;
    const char *code, *detail;
    struct str body;
};
typedef void answer_fn(void *arg, const struct answer *a);
/* The detail of an answer (RC_IO, E_IO) that nobody gave: who was asked ended before. */
#define ANSWER_LOST "the process that did it ended"
/* A command of master's own to the registrar. done is called in any case, and once. */
void command_order(struct master *m, const char *name, const char *json, answer_fn *done,
                   void *arg);
/* The same to the worker of a workspace (0: the registrar). */
void command_order_to(struct master *m, int64_t workspace, const char *name, struct str json,
                      answer_fn *done, void *arg);
/* A command that somebody else answers, as it came (raw). Takes what came along. */
void command_forward(struct client *c, struct frame *f, struct bytes raw);
/* W_RESULT, W_KEY_NEW … or W_ERROR of a child. */
void command_result(struct proc *p, struct frame *f);
void command_proc_ended(struct proc *p);
/* A command is on its way to this process or being worked on. */
bool command_is_at(const struct proc *p);
/* keymgr is being told that this workspace's store shall have another page key: who would read it
 * waits for the writer's successor. */
bool command_turns(const struct master *m, int64_t workspace);
/* It came while that one was at it, and may be sent again. */
bool command_met_turn(const struct proc *p);
/* A worker died while it started: commands that wait for it are answered. */
void command_worker_failed(const struct proc *p);
/* Its commands go on; their answers are dropped. */
void command_client_left(const struct client *c);
/* Answers clock.set when every process has confirmed the time. */
void command_clock(struct client *c, const struct frame *f);
void command_end_all(struct master *m);

/* --- status.c */
/* A JSON object; the caller frees it. */
char *status_json(const struct master *m);

/* --- clock.c */
/* Looks at the clock now and every ten seconds; tells everybody and the log when it is not to be
 * believed, and when it is again. */
void clock_watch(struct master *m);
/* Tells all processes what to think of the clock; with `moved` also the time that it shows now. */
void clock_tell_all(struct master *m, bool moved);
/* A new process only needs to know when it is not simply to be believed. */
void clock_tell_new(struct proc *p);
void clock_confirmed(struct proc *p, uint64_t id);
/* "good", "unknown", "off", "back". */
const char *clock_word(const struct master *m);
/* True when nobody has yet to confirm. */
bool clock_is_told(const struct master *m);

/* --- isolate.c */
MUST enum rc isolate_enter(struct master *m, struct err *err);
/* A or B or C: the lowest of what all processes showed. */
char isolate_level(const struct master *m);
/* The level when the walls that processes put up themselves (Landlock, seccomp) hold, or do not. */
char isolate_level_of(const struct master *m, bool walls_hold);
/* Gives the folder tree to a uid when it is not its already; never follows links. */
MUST enum rc own_tree(const char *path, uid_t uid, struct err *err);
/* The folders that are not master's, each with its owner. */
MUST enum rc own_installation(struct master *m, struct err *err);
bool uids_are_mapped(int64_t base);
MUST enum rc make_folder(const char *path, mode_t mode, uid_t uid, struct err *err);

/* --- way.c */
/* Makes DIR reachable for user ids that may not enter a folder above it; started as root only. */
MUST enum rc way_open(const char *dir, struct err *err);

/* --- key_place.c */
/* Where the master key is: as kontor.conf says, or keys/master.key. */
void key_place_path(const struct master *m, char path[static PATH_SIZE + 32]);
/* Opens it for keymgr. RC_BROKEN with the code of what is wrong: missing, no file, owner, mode. */
MUST enum rc key_place_open(struct master *m, struct err *err);
/* Another file has its place now; fd is of that one, and owned. The next keymgr gets it. */
MUST enum rc key_place_changed(struct master *m, int fd, struct err *err);

/* --- logs.c */
MUST enum rc logs_open(struct master *m, struct err *err);
void logs_pipe(struct proc *p, int fd);
void logs_write(struct master *m, const char *who, const char *line, size_t n);
/* The last words of who ended last, whose end the loop did not hear any more. */
void logs_drain(struct master *m);
void logs_close(struct master *m);

/* --- notify.c */
/* Without a service manager both do nothing. state: lines of sd_notify(3). */
void notify_open(struct master *m);
void notify_say(const struct master *m, const char *state);

/* --- listen.c */
MUST enum rc listen_all(struct master *m, struct err *err);

#endif
