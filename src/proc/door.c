/* door.c: how egress comes to a network that master gave up. Before master enters the empty
 * network, it forks the door, which stays outside: a process that parses nothing, opens nothing and
 * decides nothing. Two descriptors come from master, an egress is born on them; its end is told
 * back. Where kontor.conf lets nothing leave there is no door, and then nothing of Kontor can reach
 * anything.
 *
 * There are two of them: one at work and a spare that waits. When either dies, the other bears its
 * successor. Only when both die before master has seen the first death is the way out lost; then
 * master ends, and whoever watches over it starts it again (decision 78). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "proc/birth.h"
#include "proc/master_own.h"

enum ask { ASK_SPAWN = 1, ASK_KILL, ASK_TWIN };
enum { DOOR_FD = 3, DOOR_NULL, DOOR_PROGRAM, DOOR_SIGNALS, DOOR_FDS };

/* To master: born (how.si_pid, si_code 0), or ended as waitid() tells. */
struct tell {
    pid_t pid;
    int code, status;
};

/* --- the door's side ------------------------------------------------------------------------- */

/* 1: an order with its descriptors, two or one; 0: master is gone. */
static int
take_order(int from, int *ret_ask, int ret_fds[static 2])
{
    char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
    struct iovec iov = {ret_ask, sizeof *ret_ask};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ret_fds[0] = ret_fds[1] = -1;
    if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != sizeof *ret_ask) {
        return 0;
    }
    const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    if (c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len <= CMSG_LEN(2 * sizeof(int))) {
        memcpy(ret_fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    }
    return 1;
}

static pid_t
bear(struct master *m, const int fds[static 2])
{
    struct birth b;
    birth_fill(&b, m, R_EGRESS, NULL);
    b.control = fds[0];
    b.log = fds[1];
    b.keymgr = -1;
    pid_t pid = fork();
    if (pid == 0) {
        birth_exec(&b);
    }
    close(fds[0]);
    close(fds[1]);
    return pid;
}

static void
tell_ends(pid_t *egress)
{
    siginfo_t how = {0};
    while (waitid(P_ALL, 0, &how, WEXITED | WNOHANG) == 0 && how.si_pid != 0) {
        struct tell t = {how.si_pid, how.si_code, how.si_status};
        (void)!send(DOOR_FD, &t, sizeof t, MSG_NOSIGNAL);
        *egress = *egress == how.si_pid ? 0 : *egress;
        how.si_pid = 0;
    }
}

/* Another door like this one, on a line of its own to master. */
static bool
is_twin(int fd)
{
    pid_t pid = fork();
    bool twin = pid == 0 && dup3(fd, DOOR_FD, O_CLOEXEC) >= 0;
    close(fd);
    if (pid == 0 && !twin) {
        _exit(1);
    }
    return twin;
}

static _Noreturn void
door_main(struct master *m)
{
    pid_t egress = 0;
    struct pollfd p[2] = {
        {.fd = DOOR_FD,      .events = POLLIN},
        {.fd = DOOR_SIGNALS, .events = POLLIN}
    };
    for (;;) {
        struct signalfd_siginfo si;
        int ask;
        int fds[2];
        if (poll(p, 2, -1) < 0 && errno != EINTR) {
            _exit(1);
        }
        if ((p[1].revents & POLLIN) != 0 && read(DOOR_SIGNALS, &si, sizeof si) == sizeof si) {
            tell_ends(&egress);
        }
        if (p[0].revents == 0) {
            continue;
        }
        if (take_order(DOOR_FD, &ask, fds) == 0) {
            _exit(0); /* its egress sees the same */
        }
        if (ask == ASK_SPAWN && fds[0] >= 0) {
            egress = bear(m, fds);
            struct tell t = {.pid = egress};
            (void)!send(DOOR_FD, &t, sizeof t, MSG_NOSIGNAL);
        } else if (ask == ASK_TWIN && fds[0] >= 0) {
            egress = is_twin(fds[0]) ? 0 : egress;
        } else if (ask == ASK_KILL && egress > 0) {
            (void)kill(egress, SIGKILL);
        }
    }
}

/* Becomes nobody but the egress's user, with four descriptors and no way to more rights. */
static _Noreturn void
begin(struct master *m, int fd)
{
    sigset_t child;
    sigset_t all;
    uid_t uid = role_uid(m, R_EGRESS, 0);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    int signals = signalfd(-1, &child, SFD_CLOEXEC);
    (void)sigfillset(&all); /* it ends when master does, not by the terminal's Ctrl-C */
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    const int want[] = {fd, m->null_fd, m->program_fd[R_EGRESS], signals};
    bool ok = signals >= 0;
    int high[sizeof want / sizeof want[0]]; /* all first: the places below may be taken by some */
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        high[i] = fcntl(want[i], F_DUPFD_CLOEXEC, 100);
        ok = ok && high[i] >= 0;
    }
    for (size_t i = 0; ok && i < sizeof want / sizeof want[0]; i++) {
        ok = dup3(high[i], DOOR_FD + (int)i, O_CLOEXEC) >= 0;
    }
    ok = ok && close_range(DOOR_FDS, ~0U, 0) == 0;
    m->null_fd = DOOR_NULL;
    m->program_fd[R_EGRESS] = DOOR_PROGRAM;
    if (m->iso.uids) {
        ok = ok && setgroups(0, NULL) == 0 && setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) == 0 &&
             setresuid(uid, uid, uid) == 0;
    }
    m->iso.uids = false; /* done; what is born is the same user already */
    (void)prctl(PR_SET_NAME, "door", 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!ok || chdir("/") != 0) {
        _exit(1);
    }
    door_main(m);
}

/* --- master's side --------------------------------------------------------------------------- */

static bool
order(const struct watch *door, enum ask what, const int *fds, size_t n_fds)
{
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr head;
    } control = {0};
    int ask = (int)what;
    struct iovec iov = {&ask, sizeof ask};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n_fds > 0) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, n_fds * sizeof(int));
    }
    return door->fd >= 0 && sendmsg(door->fd, &msg, MSG_NOSIGNAL) == sizeof ask;
}

static void on_door(struct watch *w, uint32_t events);

static void
watch_door(struct master *m, struct watch *w, int fd)
{
    *w = (struct watch){.fd = fd, .fn = on_door, .arg = m};
    loop_watch(m->loop, w, EPOLLIN);
}

static void
let_go(struct master *m, struct watch *w)
{
    if (w->fd >= 0) {
        loop_unwatch(m->loop, w);
        close(w->fd);
        w->fd = -1;
    }
}

/* The one that lives bears the one that died. */
static void
renew_spare(struct master *m)
{
    int pair[2];
    if (chan_pair(pair) != OK) {
        log_line(LOG_ERROR, "door.single", "errno=%d", errno);
        return;
    }
    if (order(&m->door, ASK_TWIN, &pair[1], 1)) {
        watch_door(m, &m->spare_door, pair[0]);
    } else {
        close(pair[0]);
    }
    close(pair[1]);
}

/* Its egress has lost whom its end would be told by: it ends, too, as its control channel does. */
static void
end_egress(struct master *m)
{
    siginfo_t how = {.si_code = CLD_KILLED};
    how.si_status = SIGKILL;
    if (m->egress.proc != NULL) {
        proc_ended(m->egress.proc, &how);
    }
}

static void
lose(struct master *m, struct watch *w)
{
    const bool at_work = w == &m->door;
    log_line(LOG_WARN, "door.died", "which=%s", at_work ? "at_work" : "spare");
    let_go(m, w);
    if (m->door_pid > 0 && waitpid(m->door_pid, NULL, WNOHANG) == m->door_pid) {
        m->door_pid = 0;
    }
    if (at_work) {
        int fd = m->spare_door.fd;
        if (fd >= 0) {
            loop_unwatch(m->loop, &m->spare_door);
            m->spare_door.fd = -1;
            watch_door(m, &m->door, fd);
        }
        end_egress(m);
    }
    if (m->door.fd >= 0) {
        renew_spare(m);
    } else {
        master_refuse(m, E_DOOR_LOST, "both doors died at once");
        master_stop(m, rc_exit(RC_IO));
    }
}

static void
on_door(struct watch *w, uint32_t events)
{
    struct master *m = w->arg;
    struct tell t;
    (void)events;
    const ssize_t n = recv(w->fd, &t, sizeof t, MSG_DONTWAIT);
    if (n != sizeof t) {
        if (n >= 0 || errno != EAGAIN) {
            lose(m, w);
        }
        return;
    }
    struct proc *p = m->egress.proc;
    if (p != NULL && w == &m->door && t.code == 0) {
        p->pid = t.pid;
    } else if (p != NULL && p->pid == t.pid) {
        siginfo_t how = {.si_code = t.code};
        how.si_pid = t.pid;
        how.si_status = t.status;
        proc_ended(p, &how);
    }
}

static enum rc
fork_door(struct master *m, struct err *err)
{
    int pair[2];
    if (chan_pair(pair) != OK) {
        return fail(err, RC_IO, E_IO, "door: %s", strerrorname_np(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        begin(m, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return fail(err, RC_IO, E_IO, "door: %s", strerrorname_np(errno));
    }
    m->door_pid = pid;
    watch_door(m, &m->door, pair[0]);
    return OK;
}

/* The spare is a twin of the first one. */
enum rc
door_open(struct master *m, struct err *err)
{
    if (!conf_reaches_out(&m->conf) || m->opt->command_fd >= 0) {
        return OK;
    }
    TRY(fork_door(m, err));
    renew_spare(m);
    return OK;
}

bool
door_spawn(struct master *m, int control, int log)
{
    const int fds[2] = {control, log};
    bool ok = order(&m->door, ASK_SPAWN, fds, 2);
    close(control);
    close(log);
    return ok;
}

void
door_kill(struct master *m)
{
    (void)order(&m->door, ASK_KILL, NULL, 0);
}

void
door_close(struct master *m)
{
    let_go(m, &m->door);
    let_go(m, &m->spare_door);
}
