/* lookout.c: has `kontor doctor` look at the installation, each hour by the scheduler's wish, and
 * record what it finds for the console (app/health). A program of its own, because master parses
 * nothing; it asks master and the registrar as a person on the command line would. Once a day it
 * asks every workspace's worker as well how its outbox and its store are, which may take hours:
 * this look goes on beside the hourly ones. One of each at a time: the next ends one that is still
 * there, and is left out. That one may hang where no signal reaches it, in a folder of a machine
 * that does not answer; so master waits for its end nowhere: SIGCHLD tells. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "proc/master_own.h"

/* The second look of a server's life is the first thorough one: its start has enough to do. */
enum { LOOKS_A_DAY = 24, FIRST_THOROUGH = 1 };

void
lookout_reap(struct master *m)
{
    for (size_t i = 0; i < LOOKOUTS; i++) {
        int status = 0;
        if (m->lookout[i] <= 0 || waitpid(m->lookout[i], &status, WNOHANG) == 0) {
            continue;
        }
        m->lookout[i] = 0;
        if (status != 0) { /* the console's page is as it was */
            log_line(LOG_WARN, "lookout.failed", "status=%d",
                     WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        }
    }
}

static void
end_one(struct master *m, enum lookout i)
{
    lookout_reap(m);
    if (m->lookout[i] > 0) {
        log_line(LOG_WARN, "lookout.ended", "pid=%d", (int)m->lookout[i]);
        (void)kill(m->lookout[i], SIGKILL);
    }
}

void
lookout_end(struct master *m)
{
    for (size_t i = 0; i < LOOKOUTS; i++) {
        end_one(m, (enum lookout)i);
    }
}

/* Signals as a fresh program has them, and nothing open but three times nothing. */
static int
start(const char *dir, enum lookout which, pid_t *ret_pid)
{
    char name[] = "kontor";
    char verb[] = "doctor";
    char quick[] = "--quick";
    char record[] = "--record";
    char at[] = "-d";
    char place[PATH_SIZE];
    char *argv[] = {name, verb, record, at, place, which == LOOKOUT_QUICK ? quick : NULL, NULL};
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

static void
look(struct master *m, enum lookout which)
{
    end_one(m, which);
    if (m->lookout[which] > 0) {
        return;
    }
    const int rc = start(m->dir, which, &m->lookout[which]);
    if (rc != 0) {
        m->lookout[which] = 0;
        log_line(LOG_ERROR, "lookout.failed", "errno=%d", rc);
    }
}

void
lookout_look(struct master *m)
{
    if (m->is_stopping) {
        return;
    }
    look(m, LOOKOUT_QUICK);
    if (m->n_looks++ % LOOKS_A_DAY == FIRST_THOROUGH) {
        look(m, LOOKOUT_THOROUGH);
    }
}
