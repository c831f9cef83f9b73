/* sandbox_test.c: forbidden calls, tried: for each role and each call a child enters the sandbox of
 * that role and makes the call; it must die of SIGSYS there. What the role needs still works. Every
 * call that a role survives stands in sandbox.txt, so that a longer list is a line that somebody
 * reviews. Landlock leaves a worker its own folder and nothing beside it. */
#include "proc/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/sandbox_calls.h"

enum { ENTERED = 42, NOT_ENTERED = 43, RETURNED = 44 };

struct
try {
    const char *name;
    long call;
    long a, b, c;
};

enum { NOWHERE = -1 };

/* Nobody may do these. */
static const struct try for_all[] = {
    {"socket",              SYS_socket,                 2,       1,    0                    },
    {"socketpair",          SYS_socketpair,             1,       1,    0                    },
    {"connect",             SYS_connect,                NOWHERE, 0,    0                    },
    {"bind",                SYS_bind,                   NOWHERE, 0,    0                    },
    {"listen",              SYS_listen,                 NOWHERE, 0,    0                    },
    {"execve",              SYS_execve,                 0,       0,    0                    },
    {"execveat",            SYS_execveat,               NOWHERE, 0,    0                    },
    {"fork",                SYS_fork,                   0,       0,    0                    },
    {"clone",               SYS_clone,                  0,       0,    0                    },
    {"clone3",              SYS_clone3,                 0,       0,    0                    },
    {"kill",                SYS_kill,                   1,       0,    0                    },
    {"pidfd_open",          SYS_pidfd_open,             1,       0,    0                    },
    {"ptrace",              SYS_ptrace,                 0,       0,    0                    },
    {"process_vm_readv",    SYS_process_vm_readv,       1,       0,    0                    },
    {"process_vm_writev",   SYS_process_vm_writev,      1,       0,    0                    },
    {"mmap executable",     SYS_mmap,                   0,       4096, PROT_READ | PROT_EXEC},
    {"mprotect executable", SYS_mprotect,               0,       4096, PROT_EXEC            },
    {"pkey_mprotect",       SYS_pkey_mprotect,          0,       0,    0                    },
    {"io_uring_setup",      SYS_io_uring_setup,         1,       0,    0                    },
    {"bpf",                 SYS_bpf,                    0,       0,    0                    },
    {"userfaultfd",         SYS_userfaultfd,            0,       0,    0                    },
    {"perf_event_open",     SYS_perf_event_open,        0,       0,    0                    },
    {"keyctl",              SYS_keyctl,                 0,       0,    0                    },
    {"mount",               SYS_mount,                  0,       0,    0                    },
    {"unshare",             SYS_unshare,                0,       0,    0                    },
    {"setns",               SYS_setns,                  NOWHERE, 0,    0                    },
    {"chroot",              SYS_chroot,                 0,       0,    0                    },
    {"setuid",              SYS_setuid,                 0,       0,    0                    },
    {"setresuid",           SYS_setresuid,              0,       0,    0                    },
    {"capset",              SYS_capset,                 0,       0,    0                    },
    {"link",                SYS_link,                   0,       0,    0                    },
    {"symlink",             SYS_symlink,                0,       0,    0                    },
    {"mknod",               SYS_mknod,                  0,       0,    0                    },
    {"chown",               SYS_chown,                  0,       0,    0                    },
    {"truncate",            SYS_truncate,               0,       0,    0                    },
    {"open_by_handle_at",   SYS_open_by_handle_at,      NOWHERE, 0,    0                    },
    {"name_to_handle_at",   SYS_name_to_handle_at,      NOWHERE, 0,    0                    },
    {"dup3",                SYS_dup3,                   NOWHERE, 0,    0                    },
    {"personality",         SYS_personality,            NOWHERE, 0,    0                    },
    {"clock_settime",       SYS_clock_settime,          0,       0,    0                    },
    {"reboot",              SYS_reboot,                 0,       0,    0                    },
    {"seccomp",             SYS_seccomp,                0,       0,    0                    },
    {"vfork",               SYS_vfork,                  0,       0,    0                    },
    {"tkill",               SYS_tkill,                  1,       0,    0                    },
    {"tgkill",              SYS_tgkill,                 1,       1,    0                    },
    {"pidfd_getfd",         SYS_pidfd_getfd,            NOWHERE, 0,    0                    },
    {"pidfd_send_signal",   SYS_pidfd_send_signal,      NOWHERE, 0,    0                    },
    {"process_madvise",     SYS_process_madvise,        NOWHERE, 0,    0                    },
    {"kcmp",                SYS_kcmp,                   1,       1,    0                    },
    {"io_uring_enter",      SYS_io_uring_enter,         NOWHERE, 0,    0                    },
    {"io_uring_register",   SYS_io_uring_register,      NOWHERE, 0,    0                    },
    {"add_key",             SYS_add_key,                0,       0,    0                    },
    {"request_key",         SYS_request_key,            0,       0,    0                    },
    {"inotify_init1",       SYS_inotify_init1,          0,       0,    0                    },
    {"fanotify_init",       SYS_fanotify_init,          0,       0,    0                    },
    {"pivot_root",          SYS_pivot_root,             0,       0,    0                    },
    {"umount2",             SYS_umount2,                0,       0,    0                    },
    {"open_tree",           SYS_open_tree,              NOWHERE, 0,    0                    },
    {"move_mount",          SYS_move_mount,             NOWHERE, 0,    NOWHERE              },
    {"init_module",         SYS_init_module,            0,       0,    0                    },
    {"kexec_load",          SYS_kexec_load,             0,       0,    0                    },
    {"shmget",              SYS_shmget,                 0,       0,    0                    },
    {"mq_open",             SYS_mq_open,                0,       0,    0                    },
    {"landlock_restrict",   SYS_landlock_restrict_self, NOWHERE, 0,    0                    },
};

/* The same, but an instrumented build needs them itself. */
static const struct try for_all_uninstrumented[] = {
    {"prctl",     SYS_prctl,     NOWHERE, 0, 0},
    {"ioctl",     SYS_ioctl,     NOWHERE, 0, 0},
    {"prlimit64", SYS_prlimit64, 0,       0, 0},
};

/* The edge opens no file; the signer changes none. */
static const struct try writing[] = {
    {"unlink",    SYS_unlink,    0, 0, 0},
    {"unlinkat",  SYS_unlinkat,  0, 0, 0},
    {"rename",    SYS_rename,    0, 0, 0},
    {"renameat2", SYS_renameat2, 0, 0, 0},
    {"mkdir",     SYS_mkdir,     0, 0, 0},
    {"rmdir",     SYS_rmdir,     0, 0, 0},
    {"fchmod",    SYS_fchmod,    0, 0, 0},
    {"fsync",     SYS_fsync,     0, 0, 0},
    {"fallocate", SYS_fallocate, 0, 0, 0},
    {"pwrite64",  SYS_pwrite64,  0, 0, 0},
    {"ftruncate", SYS_ftruncate, 0, 0, 0},
    {"flock",     SYS_flock,     0, 0, 0},
    {"mlock",     SYS_mlock,     0, 0, 0},
    {"setitimer", SYS_setitimer, 0, 0, 0},
};
static const struct try opening[] = {
    {"open",       SYS_open,       0,       0, 0},
    {"openat2",    SYS_openat2,    NOWHERE, 0, 0},
    {"getdents64", SYS_getdents64, NOWHERE, 0, 0},
    {"access",     SYS_access,     0,       0, 0},
    {"accept",     SYS_accept,     NOWHERE, 0, 0},
};
static const struct try accepting[] = {
    {"accept4",      SYS_accept4,      NOWHERE, 0, 0},
    {"setsockopt",   SYS_setsockopt,   NOWHERE, 0, 0},
    {"recvfrom",     SYS_recvfrom,     NOWHERE, 0, 0},
    {"memfd_create", SYS_memfd_create, 0,       0, 0},
};

static void
enter_box(const struct sandbox *box)
{
    struct err err = {0};
    struct sandbox_report report;

    sandbox_begin(box->role);
    if (sandbox_enter(box, &err, &report) != OK || !report.trace || !report.exec ||
        (!report.sockets && box->role != SANDBOX_EGRESS)) {
        _exit(NOT_ENTERED);
    }
}

static void
enter(enum sandbox_role role)
{
    const struct sandbox box = {role, {{role == SANDBOX_SIGNER ? "/tmp" : NULL, false}}};

    enter_box(&box);
}

/* The child's status. */
static int
attempt(enum sandbox_role role, const struct try *t)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO); /* it names the call */
        enter(role);
        (void)syscall(t->call, t->a, t->b, t->c, 0, 0, 0);
        _exit(RETURNED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
check_deadly(enum sandbox_role role, const struct try *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int status = attempt(role, &list[i]);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
            FAIL_TEST("role %d, %s: status %d", (int)role, list[i].name, status);
        }
    }
}

static void
check_allowed(enum sandbox_role role, const struct try *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int status = attempt(role, &list[i]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != RETURNED) {
            FAIL_TEST("role %d, %s: status %d", (int)role, list[i].name, status);
        }
    }
}

#define N(list) (sizeof(list) / sizeof(list)[0])

static void
nobody_may(void **state)
{
    static const enum sandbox_role roles[] = {SANDBOX_EDGE,   SANDBOX_WORKER,   SANDBOX_HASH,
                                              SANDBOX_PRESS,  SANDBOX_KEYMGR,   SANDBOX_SIGNER,
                                              SANDBOX_BACKUP, SANDBOX_SCHEDULER};
    /* Egress connects, and its resolver and TLS library start threads (sandbox.txt has its list).
     */
    static const char *const egress_may[] = {"socket", "socketpair", "connect",
                                             "bind",   "clone",      "clone3"};

    (void)state;
    for (size_t i = 0; i < N(for_all); i++) {
        bool may = false;
        for (size_t k = 0; k < N(egress_may); k++) {
            may = may || strcmp(for_all[i].name, egress_may[k]) == 0;
        }
        check_deadly(SANDBOX_EGRESS, &for_all[i], may ? 0 : 1);
    }
    for (size_t i = 0; i < N(roles); i++) {
        check_deadly(roles[i], for_all, N(for_all));
        check_deadly(roles[i], for_all_uninstrumented,
                     ADDRESS_SANITIZER ? 0 : N(for_all_uninstrumented));
    }
}

static void
the_edge_opens_nothing(void **state)
{
    (void)state;
    check_deadly(SANDBOX_EDGE, writing, N(writing));
    check_deadly(SANDBOX_EDGE, opening, N(opening));
    check_deadly(SANDBOX_EDGE, &(struct try){"openat", SYS_openat, NOWHERE, 0, 0},
                 ADDRESS_SANITIZER ? 0 : 1);
    check_allowed(SANDBOX_EDGE, accepting, N(accepting));
}

static void
the_signer_writes_nothing(void **state)
{
    static const struct try reading[] = {
        {"openat",     SYS_openat,     NOWHERE, 0, 0},
        {"getdents64", SYS_getdents64, NOWHERE, 0, 0},
        {"sendmsg",    SYS_sendmsg,    NOWHERE, 0, 0},
    };

    (void)state;
    check_deadly(SANDBOX_SIGNER, writing, N(writing));
    check_deadly(SANDBOX_SIGNER, accepting, N(accepting));
    check_allowed(SANDBOX_SIGNER, reading, N(reading));
}

static void
hash_and_press_open_nothing(void **state)
{
    static const enum sandbox_role roles[] = {SANDBOX_HASH, SANDBOX_PRESS, SANDBOX_SCHEDULER};

    (void)state;
    for (size_t i = 0; i < N(roles); i++) {
        check_deadly(roles[i], opening, N(opening));
        check_deadly(roles[i], accepting, N(accepting));
        check_deadly(roles[i], writing, N(writing));
        check_deadly(roles[i], &(struct try){"openat", SYS_openat, NOWHERE, 0, 0},
                     ADDRESS_SANITIZER ? 0 : 1);
    }
}

/* It syncs and reads what it was given, and neither opens, names, cuts nor removes anything. */
static void
a_backup_has_its_descriptor(void **state)
{
    static const struct try naming[] = {
        {"open",       SYS_open,       0,       0, 0},
        {"getdents64", SYS_getdents64, NOWHERE, 0, 0},
        {"unlink",     SYS_unlink,     0,       0, 0},
        {"unlinkat",   SYS_unlinkat,   0,       0, 0},
        {"rename",     SYS_rename,     0,       0, 0},
        {"renameat2",  SYS_renameat2,  0,       0, 0},
        {"linkat",     SYS_linkat,     NOWHERE, 0, 0},
        {"mkdir",      SYS_mkdir,      0,       0, 0},
        {"ftruncate",  SYS_ftruncate,  0,       0, 0},
        {"fallocate",  SYS_fallocate,  0,       0, 0},
        {"pwrite64",   SYS_pwrite64,   0,       0, 0},
        {"fchmod",     SYS_fchmod,     0,       0, 0},
    };
    static const struct try own[] = {
        {"fsync",   SYS_fsync,   NOWHERE, 0, 0},
        {"pread64", SYS_pread64, NOWHERE, 0, 0},
        {"lseek",   SYS_lseek,   NOWHERE, 0, 0},
    };

    (void)state;
    check_deadly(SANDBOX_BACKUP, naming, N(naming));
    check_deadly(SANDBOX_BACKUP, accepting, N(accepting));
    check_deadly(SANDBOX_BACKUP, &(struct try){"openat", SYS_openat, NOWHERE, 0, 0},
                 ADDRESS_SANITIZER ? 0 : 1);
    check_allowed(SANDBOX_BACKUP, own, N(own));
}

/* --- all there are --------------------------------------------------------------------------- */

enum { CALLS = 460, HUNG_S = 20 };

static bool
survives(enum sandbox_role role, int call)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        (void)alarm(HUNG_S);
        enter(role);
        (void)syscall(call, -1L, -1L, -1L, -1L, -1L, -1L);
        _exit(RETURNED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        FAIL_TEST("role %d, call %d hangs", (int)role, call);
    }
    return !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

/* "edge: accept4 brk …": with impossible arguments, so that nothing happens. mmap, mprotect and
 * tgkill depend on theirs and are not among them; nobody_may() has what of them is forbidden. */
static size_t
print_calls(enum sandbox_role role, const char *name, char *out, size_t cap)
{
    size_t n = (size_t)snprintf(out, cap, "%s:", name);
    for (int call = 0; call < CALLS; call++) {
        char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
        if (known != NULL && survives(role, call)) {
            n += (size_t)snprintf(out + n, cap - n, " %s", known);
        }
        free(known);
        assert_true(n < cap);
    }
    return n;
}

static void
the_lists_are_the_reviewed_ones(void **state)
{
    static const struct {
        enum sandbox_role role;
        const char *name;
    } roles[] = {
        {SANDBOX_EDGE,      "edge"     },
        {SANDBOX_WORKER,    "worker"   },
        {SANDBOX_HASH,      "hash"     },
        {SANDBOX_PRESS,     "press"    },
        {SANDBOX_KEYMGR,    "keymgr"   },
        {SANDBOX_SIGNER,    "signer"   },
        {SANDBOX_EGRESS,    "egress"   },
        {SANDBOX_BACKUP,    "backup"   },
        {SANDBOX_SCHEDULER, "scheduler"},
    };
    static char reviewed[16 * 1024];
    static char line[4096];
    char path[512];
    bool same = true;

    (void)state;
    if (ADDRESS_SANITIZER) {
        skip(); /* instrumented code needs more */
    }
    (void)snprintf(path, sizeof path, "%s/test/proc/sandbox.txt", getenv("KONTOR_SOURCE"));
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    reviewed[fread(reviewed, 1, sizeof reviewed - 1, f)] = '\0';
    (void)fclose(f);
    for (size_t i = 0; i < N(roles); i++) {
        size_t n = print_calls(roles[i].role, roles[i].name, line, sizeof line - 2);
        line[n] = '\n';
        line[n + 1] = '\0';
        if (strstr(reviewed, line) == NULL) {
            print_error("not in sandbox.txt: %s", line);
            same = false;
        }
    }
    assert_true(same);
}

/* --- Landlock -------------------------------------------------------------------------------- */

static char mine[64], theirs[64];

static void
make_file(const char *folder, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0 && write(fd, "x", 1) == 1);
    (void)close(fd);
}

/* 0, or the errno of opening folder/name so. */
static int
opens(const char *folder, const char *name, int flags)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    (void)close(fd);
    return 0;
}

/* In the child: the number of the first thing that is not as it should be, 0 if none. */
static int
try_folders(void)
{
    char from[128];
    char to[128];
    (void)snprintf(from, sizeof from, "%s/data.db", mine);
    char victim[128];
    (void)snprintf(to, sizeof to, "%s/stolen", theirs);
    (void)snprintf(victim, sizeof victim, "%s/data.db", theirs);
    return opens(mine, "data.db", O_RDWR) != 0                               ? 1
           : opens(mine, "fresh", O_WRONLY | O_CREAT) != 0                   ? 2
           : opens(theirs, "data.db", O_RDONLY) != EACCES                    ? 3
           : opens(theirs, "data.db", O_WRONLY | O_TRUNC) != EACCES          ? 4
           : opens(theirs, "fresh", O_WRONLY | O_CREAT) != EACCES            ? 5
           : opens("/etc", "passwd", O_RDONLY) != EACCES                     ? 6
           : opens("/proc/self", "status", O_RDONLY) != EACCES               ? 7
           : opens("/usr/share/zoneinfo", "UTC", O_RDONLY) != 0              ? 8
           : opens("/usr/share/zoneinfo", "x", O_WRONLY | O_CREAT) != EACCES ? 9
           : mkdir(to, 0700) == 0 || errno != EACCES                         ? 10
           : rename(from, to) == 0 || (errno != EACCES && errno != EXDEV)    ? 11
           : unlink(victim) == 0 || errno != EACCES                          ? 12
                                                                             : 0;
}

static void
a_worker_stays_in_its_folder(void **state)
{
    int status = 0;

    (void)state;
    if (sandbox_landlock_abi() == 0) {
        skip(); /* this kernel has none: level B tells */
    }
    (void)snprintf(mine, sizeof mine, "/tmp/kontor-box-%d-1", (int)getpid());
    (void)snprintf(theirs, sizeof theirs, "/tmp/kontor-box-%d-2", (int)getpid());
    assert_true(mkdir(mine, 0777) == 0 && mkdir(theirs, 0777) == 0);
    make_file(mine, "data.db");
    make_file(theirs, "data.db");
    pid_t pid = fork();
    if (pid == 0) {
        enter_box(&(struct sandbox){
            SANDBOX_WORKER, {{mine, true}, {"/usr/share/zoneinfo", false}}
        });
        _exit(try_folders());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (const char *const *f = (const char *const[]){mine, theirs, NULL}; *f != NULL; f++) {
        (void)!chdir(*f);
        (void)unlink("data.db");
        (void)unlink("fresh");
        (void)!chdir("/");
        (void)rmdir(*f);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_may),
        cmocka_unit_test(the_edge_opens_nothing),
        cmocka_unit_test(the_signer_writes_nothing),
        cmocka_unit_test(hash_and_press_open_nothing),
        cmocka_unit_test(a_backup_has_its_descriptor),
        cmocka_unit_test(the_lists_are_the_reviewed_ones),
        cmocka_unit_test(a_worker_stays_in_its_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
