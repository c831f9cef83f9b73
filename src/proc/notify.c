/* notify.c: tells the service manager how far master is (sd_notify(3), Type=notify). The socket is
 * opened before master gives its network away: an abstract address would be out of reach then. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "proc/master_own.h"

void
notify_open(struct master *m)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    m->notify_fd = -1;
    size_t n = path != NULL ? strlen(path) : 0;
    if (n < 2 || n >= sizeof sa.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(sa.sun_path, path, n);
    if (path[0] == '@') {
        sa.sun_path[0] = '\0';
    }
    (void)unsetenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, len) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        log_line(LOG_WARN, "notify.unreachable", "errno=%d", errno);
    }
    m->notify_fd = fd;
}

void
notify_say(const struct master *m, const char *state)
{
    if (m->notify_fd >= 0 && send(m->notify_fd, state, strlen(state), MSG_NOSIGNAL) < 0) {
        log_line(LOG_WARN, "notify.failed", "errno=%d", errno);
    }
}
