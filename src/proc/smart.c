/* smart.c: what a disk says of itself; see disk_smart() in disks.h. Of smartctl's JSON one word is
 * wanted, so it is looked for and not parsed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "proc/disks.h"

enum { SMART_WAIT_MS = 10000 };

/* Reads all that comes within the time; at most size - 1 bytes are kept. */
static void
read_until_end(int fd, char *text, size_t size)
{
    const int64_t until = time_mono_us() + (int64_t)SMART_WAIT_MS * 1000;
    size_t n = 0;
    for (;;) {
        char more[512];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const int64_t left = (until - time_mono_us()) / 1000;
        if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
            break;
        }
        const ssize_t got = read(fd, more, sizeof more);
        if (got <= 0) {
            break;
        }
        const size_t keep = (size_t)got < size - 1 - n ? (size_t)got : size - 1 - n;
        memcpy(text + n, more, keep);
        n += keep;
    }
    text[n] = '\0';
}

enum smart
disk_smart(const char *root, const char *device)
{
    char program[PATH_MAX];
    char path[64];
    char text[8192] = "";
    char health[] = "-H";
    char as_json[] = "-j";
    char language[] = "LC_ALL=C";
    char *argv[] = {program, health, as_json, path, NULL};
    char *envp[] = {language, NULL};
    int ends[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t acts;

    (void)snprintf(path, sizeof path, "/dev/%.31s", device);
    if (snprintf(program, sizeof program, "%s/usr/sbin/smartctl", root) >= PATH_MAX ||
        access(program, X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return SMART_UNKNOWN;
    }
    const bool begun = posix_spawn_file_actions_init(&acts) == 0 &&
                       posix_spawn_file_actions_adddup2(&acts, ends[1], STDOUT_FILENO) == 0 &&
                       posix_spawn(&pid, program, &acts, NULL, argv, envp) == 0;
    (void)posix_spawn_file_actions_destroy(&acts);
    close(ends[1]);
    if (begun) {
        read_until_end(ends[0], text, sizeof text);
        (void)kill(pid, SIGKILL); /* nothing when it has ended */
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    const char *status = strstr(text, "\"smart_status\"");
    const char *passed = status != NULL ? strstr(status, "\"passed\"") : NULL;
    const char *word = passed != NULL ? passed + strlen("\"passed\"") : "";
    word += strspn(word, ": \n\t");
    return strncmp(word, "true", 4) == 0    ? SMART_GOOD
           : strncmp(word, "false", 5) == 0 ? SMART_FAILING
                                            : SMART_UNKNOWN;
}
