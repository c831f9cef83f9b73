/* launch.c: a service manager for tests: `launch PORT OPERATOR_PORT NOTIFY_PATH COMMAND …` hands
 * two listening sockets and a notification socket to COMMAND as systemd does (sd_listen_fds(3),
 * sd_notify(3)), prints what COMMAND notifies, passes SIGTERM and SIGHUP on, and ends as it ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static volatile pid_t child;

static _Noreturn void
die(const char *what)
{
    perror(what);
    exit(2);
}

static void
on_signal(int sig)
{
    if (child > 0) {
        (void)kill(child, sig);
    }
}

static void
listen_as(int fd, const char *port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    int on = 1;
    a.sin6_port = htons((uint16_t)strtol(port, NULL, 10));
    int s = socket(AF_INET6, SOCK_STREAM, 0); /* both families, as ListenStream=443 does */
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 64) != 0) {
        die("listen");
    }
    if (s != fd && (dup2(s, fd) < 0 || close(s) != 0)) {
        die("dup2");
    }
}

static int
notify_socket(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) != 0) {
        die("notify");
    }
    return s;
}

static _Noreturn void
be_command(const char *notify_path, char **argv)
{
    char pid[24];
    (void)snprintf(pid, sizeof pid, "%d", getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "2", 1);
    (void)setenv("NOTIFY_SOCKET", notify_path, 1);
    (void)execvp(argv[0], argv);
    die("exec");
}

/* Prints one notification, when there is one. */
static bool
tell(int s, int flags)
{
    char text[512];
    const ssize_t n = recv(s, text, sizeof text - 1, flags);
    if (n > 0) {
        (void)printf("notify %.*s\n", (int)n, text);
        (void)fflush(stdout);
    }
    return n > 0;
}

int
main(int argc, char **argv)
{
    int status = 0;
    if (argc < 5) {
        (void)fprintf(stderr, "launch PORT OPERATOR_PORT NOTIFY_PATH COMMAND ...\n");
        return 2;
    }
    listen_as(FIRST_FD, argv[1]);
    listen_as(FIRST_FD + 1, argv[2]);
    int s = notify_socket(argv[3]);
    struct timeval wait = {.tv_usec = 50000};
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    child = fork();
    if (child == 0) {
        be_command(argv[3], argv + 4);
    }
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGHUP, on_signal);
    while (waitpid(child, &status, WNOHANG) == 0) {
        tell(s, 0);
    }
    while (tell(s, MSG_DONTWAIT)) { /* what it said right before its end */
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
