/* listen.c: the sockets that the outside may reach. Bound by master before it gives its network
 * away; edges only accept. With systemd socket activation the first two inherited sockets are used
 * as they are, and their addresses stand for those of kontor.conf. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "proc/master_own.h"

enum { BACKLOG = 1024, SYSTEMD_FIRST_FD = 3, PREDECESSOR_US = 2000000 };

/* -1 with errno. */
static int
try_tcp(const struct sockaddr *sa, socklen_t n)
{
    int on = 1;
    int s = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0) {
        return -1;
    }
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    (void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    /* Handed over with its first bytes, or after a second without any: one waking less each. */
    (void)setsockopt(s, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
    if (bind(s, sa, n) != 0 || listen(s, BACKLOG) != 0) {
        int e = errno;
        close(s);
        errno = e;
        return -1;
    }
    return s;
}

/* The edges of a master that was killed hold its port until they have seen that it is gone. */
static enum rc
bind_tcp(const struct listen_address *a, int *ret_fd, struct err *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
    const struct timespec moment = {.tv_nsec = 10000000};
    const int64_t until = time_mono_us() + PREDECESSOR_US;
    bool is_v4 = inet_pton(AF_INET, a->host, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, a->host, &v6.sin6_addr) != 1) {
        return fail(err, RC_INVALID, E_IO, "listen: not an address");
    }
    int s;
    while ((s = is_v4 ? try_tcp((struct sockaddr *)&v4, sizeof v4)
                      : try_tcp((struct sockaddr *)&v6, sizeof v6)) < 0 &&
           errno == EADDRINUSE && time_mono_us() < until) {
        (void)nanosleep(&moment, NULL);
    }
    if (s < 0) {
        return fail(err, errno == EADDRINUSE ? RC_CONFLICT : RC_IO, E_LISTEN,
                    "cannot listen on %s port %u: %s", a->host, a->port, strerrorname_np(errno));
    }
    *ret_fd = s;
    return OK;
}

static enum rc
bind_unix(int dir, const char *name, int type, mode_t mode, int *ret_fd, struct err *err)
{
    struct sockaddr_un sa;
    TRY(chan_unix_address(dir, name, &sa));
    int s = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlinkat(dir, name, 0); /* run/lock is held: whoever made it is gone */
    mode_t mask = umask(0777 & ~mode);
    int bad = s < 0 ? -1 : bind(s, (struct sockaddr *)&sa, sizeof sa);
    (void)umask(mask);
    if (bad != 0 || listen(s, BACKLOG) != 0) {
        int e = errno;
        if (s >= 0) {
            close(s);
        }
        return fail(err, RC_IO, E_LISTEN, "cannot listen on a unix socket: %s", strerrorname_np(e));
    }
    *ret_fd = s;
    return OK;
}

static enum rc
bind_unix_path(const char *path, int type, mode_t mode, int *ret_fd, struct err *err)
{
    char folder[PATH_SIZE + 32];
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)n, path);
    int dir = slash == NULL ? -1 : open(n == 0 ? "/" : folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return fail(err, RC_INVALID, E_LISTEN, "folder of a unix socket: %s",
                    slash == NULL ? "not absolute" : strerrorname_np(errno));
    }
    enum rc rc = bind_unix(dir, slash + 1, type, mode, ret_fd, err);
    close(dir);
    return rc;
}

/* Number of sockets that systemd handed over (sd_listen_fds(3)); the variables are removed. */
static int
inherited_sockets(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");
    int64_t p = 0;
    int64_t n = 0;
    bool ours = pid != NULL && fds != NULL && str_to_i64(str_of(pid), &p) == OK &&
                str_to_i64(str_of(fds), &n) == OK && p == getpid() && n >= 1 && n <= 2;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return ours ? (int)n : 0;
}

/* An inherited socket, its address written to setting: links and doctor shall name what is served.
 */
static enum rc
take_inherited(int s, char *setting, size_t cap, struct err *err)
{
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } at = {.room = {0}};
    socklen_t n = sizeof at;
    char host[INET6_ADDRSTRLEN] = "";
    int listens = 0;
    int on = 1;
    socklen_t n_listens = sizeof listens;
    bool ok = getsockname(s, &at.sa, &n) == 0 &&
              getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n_listens) == 0 && listens != 0;
    if (ok && at.sa.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &at.v4.sin_addr, host, sizeof host);
        (void)snprintf(setting, cap, "%s:%u", host, ntohs(at.v4.sin_port));
    } else if (ok && at.sa.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &at.v6.sin6_addr, host, sizeof host);
        (void)snprintf(setting, cap, "[%s]:%u", host, ntohs(at.v6.sin6_port));
    } else {
        return fail(err, RC_INVALID, E_LISTEN, "LISTEN_FDS: %d is no listening TCP socket", s);
    }
    (void)fcntl(s, F_SETFD, FD_CLOEXEC);
    (void)fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK);
    (void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return OK;
}

static enum rc
listen_tcp(char *setting, size_t cap, int inherited, int *ret_fd, struct err *err)
{
    struct listen_address a;
    if (inherited >= 0) {
        *ret_fd = inherited;
        return take_inherited(inherited, setting, cap, err);
    }
    if (listen_address_parse(str_of(setting), &a) != OK) {
        return fail(err, RC_INVALID, E_LISTEN, "listen: not ADDR:PORT");
    }
    return bind_tcp(&a, ret_fd, err);
}

enum rc
listen_all(struct master *m, struct err *err)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/run/control.sock", m->dir);
    if (m->opt->command_fd >= 0) {
        return OK;
    }
    int n = inherited_sockets();
    TRY(listen_tcp(m->conf.listen, sizeof m->conf.listen, n >= 1 ? SYSTEMD_FIRST_FD : -1,
                   &m->listen_fd, err));
    TRY(listen_tcp(m->conf.operator_listen, sizeof m->conf.operator_listen,
                   n >= 2 ? SYSTEMD_FIRST_FD + 1 : -1, &m->operator_fd, err));
    if (m->conf.plain_socket[0] != '\0') {
        TRY(bind_unix_path(m->conf.plain_socket, SOCK_STREAM, 0660, &m->plain_fd, err));
    }
    return bind_unix_path(path, SOCK_SEQPACKET, 0600, &m->control_fd, err);
}
