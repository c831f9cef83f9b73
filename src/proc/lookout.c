/* lookout.c: has `kontor doctor` look at the installation, each hour by the scheduler's wish, and
 * record what it finds for the console (app/health). A program of its own, because master parses
 * nothing; it asks master and the registrar as a person on the command line would. One at a time:
 * the next wish ends one that is still there. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "proc/master_own.h"

void
lookout_reap(struct master *m)
{
    if (m->lookout > 0 && waitpid(m->lookout, NULL, WNOHANG) != 0) {
        m->lookout = 0;
    }
}

void
lookout_end(struct master *m)
{
    lookout_reap(m);
    if (m->lookout > 0) {
        log_line(LOG_WARN, "lookout.ended", "pid=%d", (int)m->lookout);
        (void)kill(m->lookout, SIGKILL);
        while (waitpid(m->lookout, NULL, 0) < 0 && errno == EINTR) {
        }
        m->lookout = 0;
    }
}

/* Signals as a fresh program has them, and nothing open but three times nothing. */
static int
start(const char *dir, pid_t *ret_pid)
{
    char name[] = "kontor";
    char verb[] = "doctor";
    char quick[] = "--quick";
    char record[] = "--record";
    char at[] = "-d";
    char place[PATH_SIZE];
    char *argv[] = {name, verb, quick, record, at, place, NULL};
    char language[] = "LANG=C";
    char *envp[] = {language, NULL};
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t acts;
    sigset_t none;
    sigset_t all;
    (void)snprintf(place, sizeof place, "%s", dir);
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int rc = posix_spawnattr_init(&attr);
    rc = rc == 0 ? posix_spawn_file_actions_init(&acts) : rc;
    if (rc != 0) {
        return rc;
    }
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setsigdefault(&attr, &all);
    for (int fd = 0; fd <= 2 && rc == 0; fd++) {
        rc = posix_spawn_file_actions_addopen(&acts, fd, "/dev/null", O_RDWR, 0);
    }
    rc = rc == 0 ? posix_spawn(ret_pid, "/proc/self/exe", &acts, &attr, argv, envp) : rc;
    (void)posix_spawn_file_actions_destroy(&acts);
    (void)posix_spawnattr_destroy(&attr);
    return rc;
}

void
lookout_look(struct master *m)
{
    lookout_end(m);
    if (m->is_stopping) {
        return;
    }
    const int rc = start(m->dir, &m->lookout);
    if (rc != 0) {
        m->lookout = 0;
        log_line(LOG_ERROR, "lookout.failed", "errno=%d", rc);
    }
}
