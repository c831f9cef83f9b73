/* door.c: how egress comes to a network that master gave up. Before master enters the empty
 * network, it forks the door, which stays outside: a process that parses nothing, opens nothing and
 * decides nothing. Two descriptors come from master, an egress is born on them; its end is told
 * back. Without a mail server in kontor.conf there is no door, and then nothing of Kontor can
 * reach anything. The door's own end is not mended: mail waits, master says so on its log. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "proc/master_own.h"

enum ask { ASK_SPAWN = 1, ASK_KILL };
enum { DOOR_FD = 3, DOOR_NULL, DOOR_PROGRAM, DOOR_SIGNALS, DOOR_FDS };

/* To master: born (how.si_pid, si_code 0), or ended as waitid() tells. */
struct tell {
    pid_t pid;
    int code, status;
};

/* --- the door's side ------------------------------------------------------------------------- */

/* 1: an order with its descriptors; 0: master is gone. */
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
    if (c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(2 * sizeof(int))) {
        memcpy(ret_fds, CMSG_DATA(c), 2 * sizeof(int));
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
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        int high = fcntl(want[i], F_DUPFD_CLOEXEC, 100);
        ok = ok && high >= 0 && dup3(high, DOOR_FD + (int)i, O_CLOEXEC) >= 0;
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

static void
lose(struct master *m)
{
    loop_unwatch(m->loop, &m->door);
    close(m->door.fd);
    m->door.fd = -1;
}

static void
on_tell(struct watch *w, uint32_t events)
{
    struct master *m = w->arg;
    struct tell t;
    (void)events;
    if (recv(w->fd, &t, sizeof t, MSG_DONTWAIT) != sizeof t) {
        if (errno != EAGAIN) {
            log_line(LOG_ERROR, "door.lost", "hint=no mail leaves until kontor serve starts again");
            lose(m);
        }
        return;
    }
    struct proc *p = m->egress.proc;
    if (p != NULL && t.code == 0) {
        p->pid = t.pid;
    } else if (p != NULL && p->pid == t.pid) {
        siginfo_t how = {.si_code = t.code};
        how.si_pid = t.pid;
        how.si_status = t.status;
        proc_ended(p, &how);
    }
}

enum rc
door_open(struct master *m, struct err *err)
{
    int pair[2];
    if (!conf_reaches_out(&m->conf) || m->opt->command_fd >= 0) {
        return OK;
    }
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
    m->door = (struct watch){.fd = pair[0], .fn = on_tell, .arg = m};
    loop_watch(m->loop, &m->door, EPOLLIN);
    return OK;
}

bool
door_spawn(struct master *m, int control, int log)
{
    char buf[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = {0};
    int ask = ASK_SPAWN;
    const int fds[2] = {control, log};
    struct iovec iov = {&ask, sizeof ask};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof buf};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(c), fds, sizeof fds);
    bool ok = m->door.fd >= 0 && sendmsg(m->door.fd, &msg, MSG_NOSIGNAL) == sizeof ask;
    close(control);
    close(log);
    return ok;
}

void
door_kill(struct master *m)
{
    int ask = ASK_KILL;
    if (m->door.fd >= 0) {
        (void)!send(m->door.fd, &ask, sizeof ask, MSG_NOSIGNAL);
    }
}

void
door_close(struct master *m)
{
    if (m->door.fd >= 0) {
        lose(m);
    }
}
