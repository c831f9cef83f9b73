/* make.c: what a new installation needs before its first start; each secret is made by the program
 * that will hold it, under that program's user id, so that nobody else ever has it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "proc/birth.h"
#include "proc/master_own.h"

enum { UID_BASE = 1900000000, UID_BASE_SMALL = 40000, ARGS_MAX = 5 };

int64_t
master_uid_base(void)
{
    if (geteuid() != 0) {
        return 0;
    }
    /* Above what systemd, containers and subuid ranges use; in a small container below 65536. */
    return uids_are_mapped(UID_BASE) ? UID_BASE : UID_BASE_SMALL;
}

int
master_worker_program(void)
{
    return program_open(R_WRITER);
}

static _Noreturn void
run_child(const char *dir, int program, uid_t uid, char *const argv[])
{
    char *env[] = {NULL};
    if (getuid() == 0 &&
        (way_open(dir, NULL) != OK || setgroups(0, NULL) != 0 ||
         setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) != 0 || setresuid(uid, uid, uid) != 0)) {
        _exit(rc_exit(RC_IO));
    }
    (void)umask(0022); /* ca.pem is for everybody; keys say 0400 themselves */
    (void)fexecve(program, argv, env);
    _exit(rc_exit(RC_IO));
}

static enum rc
run_program(struct master *m, enum role role, const char *const args[ARGS_MAX], struct err *err)
{
    int program = program_open(role);
    char *argv[ARGS_MAX + 1];
    size_t n = 0;
    int status = 0;
    for (; n < ARGS_MAX && args[n] != NULL; n++) {
        argv[n] = (char *)(uintptr_t)args[n];
    }
    argv[n] = NULL;
    pid_t pid = program < 0 ? -1 : fork();
    if (pid == 0) {
        run_child(m->dir, program, role_uid(m, role, 0), argv);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (program >= 0) {
        close(program);
    }
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return OK;
    }
    bool exists = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == rc_exit(RC_CONFLICT);
    return fail(err, exists ? RC_CONFLICT : RC_IO, E_MASTER_KEY, "%s could not do its part of init",
                role_name(role));
}

enum rc
master_make(const char *dir, const struct conf *conf, struct err *err)
{
    static const char *const own[] = {"run", "log", "backup"};
    static struct master m;
    char path[PATH_SIZE + 16];
    m = (struct master){.conf = *conf};
    m.iso.uids = geteuid() == 0;
    m.iso.uid_base = conf->uid_base;
    (void)snprintf(m.dir, sizeof m.dir, "%s", dir);
    TRY(make_folder(dir, 0711, getuid(), err));
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, own[i]);
        TRY(make_folder(path, 0700, getuid(), err));
    }
    struct conf_target targets[CONF_TARGETS];
    const size_t n_targets = conf_targets(conf, dir, targets);
    (void)snprintf(path, sizeof path, "%s/copies", dir);
    TRY(make_folder(path, 0700, getuid(), err));
    for (size_t i = 0; i < n_targets; i++) {
        TRY(targets[i].is_remote ? OK : make_folder(targets[i].path, 0700, getuid(), err));
    }
    TRY(own_installation(&m, err));
    (void)snprintf(path, sizeof path, "%s/keys", dir);
    const char *const keys[ARGS_MAX] = {"kontor-keymgr", "--make-keys", path};
    TRY(run_program(&m, R_KEYMGR, keys, err));
    const char *const ca[ARGS_MAX] = {"kontor-keymgr", "--make-ca", conf->base_domain, "--dir",
                                      dir};
    return run_program(&m, R_SIGNER, ca, err);
}

/* --- kontor key restore ---------------------------------------------------------------------- */

enum { SEALED_FD = 5, FRESH_FD = 6, SAFE_FD = 64 };

static _Noreturn void
run_restore(int program, int sealed, int fresh)
{
    char name[] = "kontor-keymgr";
    char what[] = "--restore";
    char *argv[] = {name, what, NULL};
    char *env[] = {NULL};
    int safe = fcntl(program, F_DUPFD_CLOEXEC, SAFE_FD);
    int from = fcntl(sealed, F_DUPFD_CLOEXEC, SAFE_FD);
    int to = fcntl(fresh, F_DUPFD_CLOEXEC, SAFE_FD);
    if (dup2(from, SEALED_FD) == SEALED_FD && dup2(to, FRESH_FD) == FRESH_FD) {
        (void)fexecve(safe, argv, env);
    }
    _exit(rc_exit(RC_IO));
}

/* What keymgr_restore's end means. */
static enum rc
restored(int status, struct err *err)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 0) {
        return OK;
    }
    if (code == rc_exit(RC_INVALID)) {
        return fail(err, RC_INVALID, E_KEY_TYPED, "printed key: form or check signs");
    }
    if (code == rc_exit(RC_MISSING)) {
        return fail(err, RC_INVALID, E_KEY_SEALED, "sealed file: form");
    }
    if (code == rc_exit(RC_DENIED)) {
        return fail(err, RC_DENIED, E_KEY_UNFIT, "sealed file does not open");
    }
    return fail(err, RC_IO, E_IO, "kontor-keymgr ended with %d", code);
}

enum rc
master_restore_key(const char *from, const char *to, struct err *err)
{
    int sealed = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (sealed < 0) {
        return fail(err, RC_MISSING, E_KEY_SEALED, "%.200s: %s", from, strerrorname_np(errno));
    }
    int fresh = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    int program = fresh < 0 ? -1 : program_open(R_KEYMGR);
    enum rc rc = fresh < 0
                     ? fail(err, RC_CONFLICT, E_KEY_PLACE, "%.200s: %s", to, strerrorname_np(errno))
                     : OK;
    if (rc == OK) {
        int status = -1;
        pid_t pid = program < 0 ? -1 : fork();
        if (pid == 0) {
            run_restore(program, sealed, fresh);
        }
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        rc = restored(status, err);
        if (rc != OK) {
            (void)unlink(to);
        }
    }
    const int fds[] = {sealed, fresh, program};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    return rc;
}
