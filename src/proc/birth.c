/* birth.c: what each child is born with and as whom it runs. A child gets its rights before exec:
 * uid, empty environment, only the descriptors listed in child.h. */
#include "proc/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "proc/sandbox_calls.h"

enum {
    SAFE_FD = 64, /* children's descriptors are first copied above this */
    CHILD_FDS = 7,
};

struct role_def {
    const char *name, *program;
    int nice;
};

static const struct role_def role_defs[R_COUNT] = {
    [R_KEYMGR] = {"keymgr",    "kontor-keymgr", 0 },
      [R_SIGNER] = {"signer",    "kontor-keymgr", 0 },
    [R_SYSTEM] = {"system",    "kontor-worker", 0 },
      [R_EDGE] = {"edge",      "kontor-edge",   0 },
    [R_OPERATOR] = {"operator",  "kontor-edge",   0 },
      [R_WRITER] = {"writer",    "kontor-worker", 0 },
    [R_HASH] = {"hash",      "kontor-worker", 19},
      [R_PRESS] = {"press",     "kontor-press",  19},
    [R_EGRESS] = {"egress",    "kontor-egress", 10},
      [R_BACKUP] = {"backup",    "kontor-worker", 19},
    [R_DRILL] = {"drill",     "kontor-worker", 19},
      [R_RESTORE] = {"restore",   "kontor-worker", 19},
    [R_SCHEDULER] = {"scheduler", "kontor",        10},
};

const char *
role_name(enum role r)
{
    return role_defs[r].name;
}

/* --- programs -------------------------------------------------------------------------------- */

/* Beside our own file, or in ../libexec/kontor of an installed /usr/bin/kontor. */
int
program_open(enum role r)
{
    const char *name = role_defs[r].program;
    char self[PATH_SIZE];
    char path[PATH_SIZE + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    if (n <= 0) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%.*s%s", (int)n, self, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)snprintf(path, sizeof path, "%.*s../libexec/kontor/%s", (int)n, self, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    return fd;
}

enum rc
programs_open(struct master *m, struct err *err)
{
    for (int r = 0; r < R_COUNT; r++) {
        bool serves_only =
            r == R_SIGNER || r == R_EDGE || r == R_OPERATOR || r == R_EGRESS || r == R_SCHEDULER;
        if (r == R_EGRESS && !conf_reaches_out(&m->conf)) {
            continue; /* there is no door either */
        }
        for (int i = 0; i < r && m->program_fd[r] < 0; i++) {
            if (role_defs[i].program == role_defs[r].program) {
                m->program_fd[r] = m->program_fd[i];
            }
        }
        if (m->program_fd[r] < 0) {
            m->program_fd[r] = program_open((enum role)r);
        }
        if (m->program_fd[r] < 0 && (m->opt->command_fd < 0 || !serves_only)) {
            return fail(err, RC_IO, E_IO, "program %s is not beside kontor", role_defs[r].program);
        }
    }
    return OK;
}

/* --- the child's half ------------------------------------------------------------------------ */

/* Runs between fork and exec: plain system calls, no memory, no log. */
_Noreturn void
birth_exec(const struct birth *b)
{
    const int want[CHILD_FDS] = {b->m->null_fd, b->m->null_fd, b->log, b->control,
                                 b->keymgr,     b->fd5,        b->fd6};
    int safe[CHILD_FDS];
    int program = fcntl(b->m->program_fd[b->role], F_DUPFD_CLOEXEC, SAFE_FD);
    for (int i = 0; i < CHILD_FDS; i++) {
        safe[i] = want[i] < 0 ? -1 : fcntl(want[i], F_DUPFD_CLOEXEC, SAFE_FD);
    }
    for (int i = 0; i < CHILD_FDS; i++) {
        if (safe[i] < 0) {
            (void)close(i);
        } else if (dup2(safe[i], i) < 0) {
            _exit(126);
        }
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)setpriority(PRIO_PROCESS, 0, role_defs[b->role].nice);
    bool ok = close_range(CHILD_FDS, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && chdir("/") == 0;
    if (b->m->iso.uids) {
        uid_t uid = role_uid(b->m, b->role, b->workspace);
        ok = ok && setgroups(0, NULL) == 0 && setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) == 0 &&
             setresuid(uid, uid, uid) == 0;
    }
    (void)umask(0077);
    char *argv[8] = {(char *)(uintptr_t)role_defs[b->role].program, (char *)(uintptr_t) "--role",
                     (char *)(uintptr_t)b->role_arg};
    int n = 3;
    if (b->dir_arg[0] != '\0') {
        argv[n++] = (char *)(uintptr_t) "--dir";
        argv[n++] = (char *)(uintptr_t)b->dir_arg;
    }
    if (b->workspace >= 0) {
        argv[n++] = (char *)(uintptr_t) "--workspace";
        argv[n++] = (char *)(uintptr_t)b->workspace_arg;
    }
    argv[n] = NULL;
    if (ok) {
        (void)fexecve(program, argv, b->env);
    }
    _exit(127);
}

/* --- master's half --------------------------------------------------------------------------- */

void
birth_fill(struct birth *b, struct master *m, enum role role, const struct live *live)
{
    b->m = m;
    b->role = role;
    const bool of_system =
        role == R_SYSTEM || role == R_BACKUP || role == R_DRILL || role == R_RESTORE;
    b->workspace = live != NULL ? live->workspace : of_system ? 0 : -1;
    b->fd5 = b->fd6 = -1;
    (void)snprintf(b->role_arg, sizeof b->role_arg, "%s", role_defs[role].name);
    (void)snprintf(b->workspace_arg, sizeof b->workspace_arg, "%lld", (long long)b->workspace);
    switch (role) {
    case R_KEYMGR:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/keys", m->dir);
        b->fd5 = m->master_key_fd;
        break;
    case R_SIGNER:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        break;
    case R_SYSTEM:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/system", m->dir);
        break;
    case R_DRILL:
    case R_RESTORE:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/state/%lld", m->dir,
                       (long long)b->workspace);
        break;
    case R_BACKUP:
    case R_WRITER:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/workspaces/%lld", m->dir,
                       (long long)b->workspace);
        if (b->workspace == 0) {
            (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s/system", m->dir);
        }
        break;
    case R_EDGE:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        b->fd5 = m->listen_fd;
        b->fd6 = m->plain_fd;
        break;
    case R_OPERATOR:
        (void)snprintf(b->dir_arg, sizeof b->dir_arg, "%s", m->dir);
        b->fd5 = m->operator_fd;
        break;
    case R_HASH:
    case R_PRESS:
    case R_EGRESS:
    case R_SCHEDULER:
    case R_COUNT:
        break;
    }
    size_t n = 0;
    if (m->clock_moved) {
        char stamp[32];
        struct str now = instant_print(time_now(), stamp);
        (void)snprintf(b->now_env, sizeof b->now_env, "KONTOR_NOW=%.*s", STR_FMT(now));
        b->env[n++] = b->now_env;
    }
    if (ADDRESS_SANITIZER) { /* its leak checker traces its own process, which the sandbox forbids
                              */
        static char asan[] = "ASAN_OPTIONS=detect_leaks=0";
        b->env[n++] = asan;
    }
    b->env[n] = NULL;
}
