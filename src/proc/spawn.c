/* spawn.c: fork and exec for every process (own address layout and stack canary each), what it may
 * say, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "proc/asks.h"
#include "proc/backups.h"
#include "proc/birth.h"
#include "proc/child_config.h"
#include "proc/master_own.h"
#include "proc/releases.h"

enum { SECOND_US = 1000000 };

/* Why it will not start; its end follows. */
static void
take_refusal(struct proc *p, const struct frame *f)
{
    int64_t rc = RC_BROKEN;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    p->refusal = rc >= RC_BROKEN && rc < OK ? (enum rc)rc : RC_BROKEN;
    (void)snprintf(p->refusal_code, sizeof p->refusal_code, "%.*s",
                   STR_FMT(frame_get(f, W_F_CODE)));
    int64_t state = OK;
    p->is_as_was = frame_get_i64(f, W_F_STATE, &state) == OK && state != OK;
}

/* It has taken its settings and its sandbox holds; said once. */
static void
take_ready(struct proc *p, const struct frame *f)
{
    struct master *m = p->m;
    int64_t rc;
    if (p->is_ready) {
        return;
    }
    struct str level = frame_get(f, W_F_LEVEL);
    struct str probe = frame_get(f, W_F_PROBE);
    p->is_ready = true;
    p->walls = str_eq(level, STR("B")) ? WALLS_HOLD : WALLS_MISSING;
    (void)snprintf(p->probe, sizeof p->probe, "%.*s", STR_FMT(probe));
    loop_cancel(m->loop, &p->deadline);
    log_line(LOG_NOTE, "child.ready", "role=%s ms=%lld level=%c probe=\"%s\"", role_name(p->role),
             (long long)(loop_now(m->loop) - p->spawned_us) / 1000,
             isolate_level_of(m, p->walls == WALLS_HOLD), p->probe);
    if (p->live != NULL) {
        /* It serves the store as it was: what people do from now on no successor may undo. */
        if (p->restores && frame_get_i64(f, W_F_RC, &rc) == OK && rc != OK) {
            p->live->restore[0] = '\0';
        }
        live_worker_ready(p);
    } else if (p->role == R_KEYMGR) {
        master_keys_ready(m);
    }
    master_progress(m);
}

/* Of a worker that is not ready: it does what takes long with a large store, and has the time of a
 * restore for it, from its birth on. */
static void
take_progress(struct proc *p, const struct frame *f)
{
    if (p->role != R_WRITER && p->role != R_SYSTEM) {
        backup_progressed(p, f);
    } else if (!p->is_ready && !p->is_stopping) {
        loop_at(p->m->loop, &p->deadline, p->spawned_us + RESTORED_US);
    }
}

static void
on_frame(struct chan *c, struct frame *f)
{
    struct proc *p = c->arg;
    struct master *m = p->m;
    int64_t kind;
    switch ((int)f->type) {
    case W_READY:
        take_ready(p, f);
        break;
    case W_OPEN:
        if (p->role == R_EDGE || p->role == R_OPERATOR) {
            live_open(m, p, f);
        }
        break;
    case W_NEED:
        if ((p->role == R_WRITER || p->role == R_SYSTEM) &&
            frame_get_i64(f, W_F_KIND, &kind) == OK) {
            live_need(p, f);
        }
        break;
    case W_ASK:
        if (p->role == R_WRITER) {
            ask_take(p, f);
        } else if (p->role == R_SYSTEM) {
            release_take(m, f);
        }
        break;
    case W_IDLE:
        live_idle(p, f);
        break;
    case W_ALIVE:
        pulse_answer(p);
        break;
    case W_LATE:
        if (p->role == R_EDGE || p->role == R_OPERATOR) {
            pulse_late(m, f);
        }
        break;
    case W_HOSTS:
        if (p->role == R_SYSTEM) {
            hosts_take(m, f);
        }
        break;
    case W_CLOCK:
        clock_confirmed(p, f->id);
        break;
    case W_RELOAD:
        if (p->role == R_SIGNER) {
            master_tell_edges(m, W_RELOAD);
        }
        break;
    case W_ERROR:
        if (!p->is_ready && f->id == 0) {
            take_refusal(p, f);
            break;
        }
        command_result(p, f);
        break;
    case W_RESULT:
    case W_KEY_NEW:
    case W_KEY_DROP:
        command_result(p, f);
        break;
    case W_PROGRESS:
        take_progress(p, f);
        break;
    default:
        log_line(LOG_ERROR, "child.grammar", "role=%s type=%d", role_name(p->role), f->type);
        proc_kill(p);
    }
}

/* The control channel closes just before the process ends; the pidfd tells the end itself. A
 * process that closes it and lives on is killed by the deadline. */
static void
on_closed(struct chan *c)
{
    struct proc *p = c->arg;
    if (p->deadline.slot == 0) {
        loop_at(p->m->loop, &p->deadline, loop_now(p->m->loop) + SECOND_US);
    }
}

static void
on_deadline(struct timer *t)
{
    struct proc *p = t->arg;
    if (pulse_excuses(p)) {
        return;
    }
    log_line(LOG_ERROR, "child.deadline", "role=%s pid=%d", role_name(p->role), p->pid);
    p->by_deadline = !p->is_stopping;
    proc_kill(p);
}

/* A kill from outside and a clean end do not count against a process; all else is its own doing. */
static bool
is_own_doing(const struct proc *p, const siginfo_t *how)
{
    if (how->si_code == CLD_EXITED) {
        return how->si_status != 0;
    }
    return p->by_deadline || how->si_status == SIGSEGV || how->si_status == SIGBUS ||
           how->si_status == SIGABRT || how->si_status == SIGSYS || how->si_status == SIGILL ||
           how->si_status == SIGFPE || how->si_status == SIGALRM;
}

static void
proc_free(struct proc *p)
{
    struct master *m = p->m;
    for (struct proc **at = &m->procs; *at != NULL; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    if (p->log != NULL) {
        p->log->proc = NULL;
    }
    loop_cancel(m->loop, &p->deadline);
    loop_unwatch(m->loop, &p->end);
    if (p->end.fd >= 0) {
        close(p->end.fd);
    }
    chan_close(&p->control);
    free(p);
}

enum code
proc_refusal(const struct proc *p)
{
    for (int c = 1; c < E_COUNT; c++) {
        if (strcmp(code_name((enum code)c), p->refusal_code) == 0) {
            return (enum code)c;
        }
    }
    return p->role == R_KEYMGR ? E_MASTER_KEY : E_NOT_RUNNING;
}

void
proc_ended(struct proc *p, const siginfo_t *how)
{
    struct master *m = p->m;
    bool own = is_own_doing(p, how);
    log_line(own ? LOG_ERROR : LOG_NOTE, "child.ended", "role=%s ws=%lld pid=%d %s=%d",
             role_name(p->role), p->live != NULL ? (long long)p->live->workspace : -1, p->pid,
             how->si_code == CLD_EXITED ? "status" : "signal", how->si_status);
    p->is_stopping = true; /* what is ordered by whoever hears of it is its successor's */
    command_proc_ended(p);
    struct service *s = service_of(m, p);
    bool first_start = !m->is_started && !p->is_ready;
    bool has_successor = s != NULL && s->proc != NULL && s->proc != p;
    enum code why = proc_refusal(p);
    if (has_successor) {
        if (own) {
            deaths_note(&s->deaths, loop_now(m->loop));
        }
        s = NULL;
    } else if (s != NULL) {
        s->proc = NULL;
    } else if (p->live != NULL) {
        live_worker_ended(p, own);
    }
    proc_free(p);
    if (s != NULL && first_start && !m->is_stopping) {
        master_refuse(m, why, "log/kontor.log says why");
        master_stop(m, how->si_code == CLD_EXITED && how->si_status != 0 ? how->si_status
                                                                         : rc_exit(RC_BROKEN));
    } else if (s != NULL) {
        service_ended(m, s, own);
    }
    if (m->is_stopping) {
        master_stop(m, m->status); /* goes on to the next step, or ends */
    }
}

static void
on_end(struct watch *w, uint32_t events)
{
    siginfo_t how = {0};
    struct proc *p = w->arg;
    (void)events;
    if (waitid(P_PIDFD, (id_t)w->fd, &how, WEXITED | WNOHANG) == 0 && how.si_pid != 0) {
        chan_drain(&p->control); /* its last words came before its end, whichever was seen first */
        proc_ended(p, &how);
    }
}

static void
adopt(struct proc *p, int control, int log, int pidfd)
{
    struct master *m = p->m;
    p->end = (struct watch){.fd = pidfd, .fn = on_end, .arg = p};
    p->control = (struct chan){.on_frame = on_frame, .on_close = on_closed, .arg = p};
    p->deadline = (struct timer){.fn = on_deadline, .arg = p};
    p->spawned_us = time_mono_us();
    p->next = m->procs;
    m->procs = p;
    chan_open(&p->control, m->loop, control);
    logs_pipe(p, log);
    if (pidfd >= 0) { /* the egress is the door's child */
        loop_watch(m->loop, &p->end, EPOLLIN);
    }
    child_config_send(p);
    loop_at(m->loop, &p->deadline, p->spawned_us + (p->restores ? RESTORED_US : READY_US));
    clock_tell_new(p);
}

static struct proc *
cannot_spawn(enum role role, int keymgr_fd)
{
    log_line(LOG_ERROR, "spawn.failed", "role=%s errno=%d", role_name(role), errno);
    if (keymgr_fd >= 0) {
        close(keymgr_fd);
    }
    return NULL;
}

/* Closes the child's ends. */
static bool
fork_child(struct master *m, enum role role, const struct live *live, int control, int keymgr,
           int log, pid_t *ret_pid, int *ret_pidfd)
{
    struct birth b = {0};
    birth_fill(&b, m, role, live);
    b.control = control;
    b.keymgr = keymgr;
    b.log = log;
    pid_t pid = fork();
    if (pid == 0) {
        birth_exec(&b);
    }
    *ret_pid = pid;
    *ret_pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    close(control);
    close(log);
    if (*ret_pidfd < 0 && pid > 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    return *ret_pidfd >= 0;
}

struct proc *
proc_spawn(struct master *m, enum role role, int index, struct live *live, int keymgr_fd)
{
    int control[2];
    int log[2];
    if (chan_pair(control) != OK) {
        return cannot_spawn(role, keymgr_fd);
    }
    if (pipe2(log, O_CLOEXEC) != 0) {
        close(control[0]);
        close(control[1]);
        return cannot_spawn(role, keymgr_fd);
    }
    pid_t pid = 0;
    int pidfd = -1;
    if (role == R_EGRESS) {
        if (!door_spawn(m, control[1], log[1])) {
            close(control[0]);
            close(log[0]);
            return NULL;
        }
    } else if (!fork_child(m, role, live, control[1], keymgr_fd, log[1], &pid, &pidfd)) {
        close(control[0]);
        close(log[0]);
        return cannot_spawn(role, keymgr_fd);
    }
    if (keymgr_fd >= 0) {
        close(keymgr_fd);
    }
    struct proc *p = loop_alloc(sizeof *p);
    *p = (struct proc){.m = m,
                       .role = role,
                       .index = index,
                       .live = role == R_WRITER ? live : NULL,
                       .workspace = live != NULL ? live->workspace : 0,
                       .pid = pid};
    adopt(p, control[0], log[0], pidfd);
    return p;
}

void
proc_kill(struct proc *p)
{
    if (p->role == R_EGRESS) {
        door_kill(p->m);
    } else {
        (void)syscall(SYS_pidfd_send_signal, p->end.fd, SIGKILL, NULL, 0);
    }
}

bool
proc_is_leaving(const struct proc *p)
{
    struct pollfd c = {.fd = p->control.w.fd};
    return c.fd < 0 || (poll(&c, 1, 0) == 1 && (c.revents & (POLLHUP | POLLERR)) != 0);
}

void
proc_stop(struct proc *p)
{
    if (p->is_stopping) {
        return;
    }
    struct frame_out f;
    p->is_stopping = true;
    chan_begin(&f, W_STOP, 0);
    chan_send(&p->control, &f, -1);
    loop_at(p->m->loop, &p->deadline, loop_now(p->m->loop) + STOP_US + SECOND_US);
}
