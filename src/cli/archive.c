/* archive.c: see archive.h. */
#include "cli/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

enum { PATH_BYTES = 1024 };

static _Noreturn void
become_archive(char *const argv[], int null, int which, int out)
{
    char path[PATH_BYTES + 32];
    char *env[] = {NULL};
    const ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES);
    const char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (slash != NULL && dup2(null, 0) == 0 && dup2(null, 3 - which) >= 0 &&
        dup2(out, which) == which) {
        const size_t at = (size_t)(slash - path);
        (void)snprintf(path + at, sizeof(path) - at, "/kontor-archive");
        (void)execve(path, argv, env);
    }
    _exit(rc_exit(RC_IO));
}

static size_t
read_all(int fd, char *buf, size_t cap)
{
    size_t n = 0;
    for (;;) {
        const ssize_t got = n < cap ? read(fd, buf + n, cap - n) : 0;
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return n;
        }
        n += got > 0 ? (size_t)got : 0;
    }
}

int
archive_run(char *const argv[], int which, char *ret_text, size_t cap)
{
    int out[2];
    int status = -1;
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || pipe2(out, O_CLOEXEC) != 0) {
        return -1;
    }
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        become_archive(argv, null, which, out[1]);
    }
    (void)close(out[1]);
    (void)close(null);
    ret_text[pid > 0 ? read_all(out[0], ret_text, cap - 1) : 0] = '\0';
    (void)close(out[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
