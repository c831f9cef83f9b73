/* make.c: what a new installation needs before its first start; each secret is made by the program
 * that will hold it, under that program's user id, so that nobody else ever has it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
    TRY(own_installation(&m, err));
    (void)snprintf(path, sizeof path, "%s/keys", dir);
    const char *const keys[ARGS_MAX] = {"kontor-keymgr", "--make-keys", path};
    TRY(run_program(&m, R_KEYMGR, keys, err));
    const char *const ca[ARGS_MAX] = {"kontor-keymgr", "--make-ca", conf->base_domain, "--dir",
                                      dir};
    return run_program(&m, R_SIGNER, ca, err);
}
