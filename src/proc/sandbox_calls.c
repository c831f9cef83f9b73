/* sandbox_calls.c: which system calls a role may make. What is not on a list ends the process
 * (SIGSYS); test builds name the call on the log before they die. Lists were found by running the
 * tests with an empty list and are kept as short as they pass; each extra has its reason beside it.
 *
 * Never on any list: socket, connect, bind, listen, ptrace, process_vm_*, execve, clone, fork, kill
 * of others, mount, bpf, io_uring_*, userfaultfd, keyctl, truncate (Landlock ABI 2 does not see
 * it). */
#include "proc/sandbox_calls.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "base/log.h"

#if defined(KONTOR_TEST_BUILD)
enum { TEST_BUILD = 1 };
#else
enum { TEST_BUILD = 0 };
#endif

enum { LIST_END = -1 };

/* Everybody: memory, the event loop, its own descriptors, time, randomness, ending. */
static const int calls_base[] = {
    SCMP_SYS(read),          SCMP_SYS(write),
    SCMP_SYS(close),         SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), /* what fstat() is in this libc; opens nothing */
    SCMP_SYS(munmap),        SCMP_SYS(mremap),
    SCMP_SYS(brk),           SCMP_SYS(madvise),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(exit),
    SCMP_SYS(exit_group),    SCMP_SYS(getpid),
    SCMP_SYS(gettid),        SCMP_SYS(getppid),
    SCMP_SYS(getuid),        SCMP_SYS(futex),
    SCMP_SYS(clock_gettime), SCMP_SYS(restart_syscall),
    SCMP_SYS(epoll_wait),    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),     SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),       SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(getrandom),
    SCMP_SYS(fcntl),         LIST_END,
};

/* Those who work for a workspace: bodies in memory files, a store, waiting. Hash and press do not:
 * what they get and give fits into a frame. */
static const int calls_work[] = {
    SCMP_SYS(readv),     SCMP_SYS(writev),  SCMP_SYS(lseek),       SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(pread64), SCMP_SYS(pwrite64),    SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate), SCMP_SYS(geteuid), SCMP_SYS(sched_yield), LIST_END,
};

/* Files inside the folders that Landlock leaves. */
static const int calls_files[] = {
    SCMP_SYS(statfs), /* how much room there is */
    SCMP_SYS(openat),     SCMP_SYS(open),       SCMP_SYS(stat),
    SCMP_SYS(lstat),      SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(fsync),      SCMP_SYS(fdatasync),
    SCMP_SYS(unlink),     SCMP_SYS(unlinkat),   SCMP_SYS(rename),
    SCMP_SYS(renameat),   SCMP_SYS(renameat2),  SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),    SCMP_SYS(rmdir),      SCMP_SYS(getcwd),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(fchmod),     SCMP_SYS(fallocate),  SCMP_SYS(flock),
    SCMP_SYS(sysinfo),    SCMP_SYS(setitimer),  LIST_END,
};

/* The signer reads tls/ again when it is told to, and writes nothing. */
static const int calls_signer[] = {
    SCMP_SYS(openat), SCMP_SYS(getdents64),
    SCMP_SYS(lseek),  SCMP_SYS(sysinfo), /* qsort() asks how much memory there is */
    LIST_END,
};

/* The edge serves sockets that master made: it accepts, it never makes one. It opens no file;
 * bodies are in memory files. */
static const int calls_edge[] = {
    SCMP_SYS(accept4),  SCMP_SYS(getsockopt),   SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown), SCMP_SYS(recvfrom),     SCMP_SYS(sendto),
    SCMP_SYS(pread64),  SCMP_SYS(memfd_create), LIST_END,
};

/* egress makes sockets and threads: its way out is its purpose. It still cannot start a program,
 * look into another process, or map code. */
static const int calls_egress[] = {
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(bind),
    SCMP_SYS(socketpair),
    SCMP_SYS(ioctl),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lseek),
    SCMP_SYS(uname),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sysinfo),
    SCMP_SYS(access),
    SCMP_SYS(readlink),
    SCMP_SYS(geteuid),
    LIST_END,
};

/* keymgr reads and replaces the files of its one folder. */
static const int calls_keyring[] = {
    SCMP_SYS(openat),   SCMP_SYS(fsync), SCMP_SYS(rename),  SCMP_SYS(renameat), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(lseek), SCMP_SYS(pread64), LIST_END,
};

/* A backup opens no file any more: it reads its store, and writes and reads what it was given. */
static const int calls_backup[] = {
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(fsync),
    SCMP_SYS(fadvise64),
    SCMP_SYS(clock_nanosleep), /* SQLite waits for a lock */
    LIST_END,
};

/* Pages that hold keys are locked. */
static const int calls_keys[] = {
    SCMP_SYS(mlock),
    SCMP_SYS(munlock),
    SCMP_SYS(mlock2),
    LIST_END,
};

/* Calls that sandbox.c tries; see SANDBOX_REFUSED. */
static const int calls_probed[] = {
    SCMP_SYS(socket), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(execve), LIST_END,
};

/* Only an instrumented build asks for these. */
static const int calls_sanitizer[] = {
    SCMP_SYS(ioctl),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(readlink),
    SCMP_SYS(openat),
    SCMP_SYS(getrlimit),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(prctl),
    SCMP_SYS(getrusage),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    LIST_END,
};

static const int *
role_calls(enum sandbox_role role)
{
    static const int none[] = {LIST_END};
    switch (role) {
    case SANDBOX_EDGE:
        return calls_edge;
    case SANDBOX_SIGNER:
        return calls_signer;
    case SANDBOX_WORKER:
        return calls_files;
    case SANDBOX_KEYMGR:
        return calls_keyring;
    case SANDBOX_EGRESS:
        return calls_egress;
    case SANDBOX_BACKUP:
        return calls_backup;
    case SANDBOX_HASH:
    case SANDBOX_PRESS:
    case SANDBOX_SCHEDULER:
        return none;
    }
    return none;
}

static int
add_list(scmp_filter_ctx ctx, uint32_t action, const int *list)
{
    int rc = 0;
    for (; *list != LIST_END && rc == 0; list++) {
        rc = seccomp_rule_add(ctx, action, *list, 0);
    }
    return rc;
}

static bool
has_files(enum sandbox_role role)
{
    return role == SANDBOX_WORKER || role == SANDBOX_KEYMGR || role == SANDBOX_SIGNER ||
           role == SANDBOX_EGRESS;
}

/* Edge, hash and press have no file at all: for them opening one is a probed call too. */
static int
add_probed(scmp_filter_ctx ctx, uint32_t action, enum sandbox_role role)
{
    int rc = 0;
    for (const int *call = calls_probed; *call != LIST_END; call++) {
        if (role != SANDBOX_EGRESS || *call != SCMP_SYS(socket)) {
            rc |= seccomp_rule_add(ctx, action, *call, 0);
        }
    }
    if (!has_files(role) && !ADDRESS_SANITIZER) {
        rc |= seccomp_rule_add(ctx, action, SCMP_SYS(openat), 0);
    }
    return rc;
}

/* Calls that are allowed with some arguments only. */
static int
add_guarded(scmp_filter_ctx ctx)
{
    int rc = 0;
    /* No memory that is or becomes executable. */
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    rc |= seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec);
    rc |= seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec);
    /* abort() and raise() signal the own process; nobody else. */
    const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    rc |= seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
    return rc;
}

static uint32_t
deadly(void)
{
    return TEST_BUILD ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS;
}

/* Test builds only: say which call it was, then die by the same signal as in a release. */
static void
on_sigsys(int sig, siginfo_t *info, void *context)
{
    (void)context;
    char line[96];
    int n =
        snprintf(line, sizeof line, "level=error event=sandbox.killed call=%d\n", info->si_syscall);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0) {
        _exit(128 + sig);
    }
    (void)signal(SIGSYS, SIG_DFL);
    (void)raise(SIGSYS);
}

static enum rc
load(scmp_filter_ctx ctx, int rc, struct err *err)
{
    if (rc == 0) {
        rc = seccomp_load(ctx);
    }
    seccomp_release(ctx);
    return rc == 0 ? OK : fail(err, RC_IO, E_IO, "sandbox: seccomp: %d", -rc);
}

enum rc
sandbox_filter(enum sandbox_role role, struct err *err)
{
    if (TEST_BUILD) {
        struct sigaction sa = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO | SA_NODEFER};
        (void)sigaction(SIGSYS, &sa, NULL);
    }
    scmp_filter_ctx ctx = seccomp_init(deadly());
    if (ctx == NULL) {
        return fail(err, RC_IO, E_IO, "sandbox: seccomp_init");
    }
    int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree */
    rc |= add_list(ctx, SCMP_ACT_ALLOW, calls_base);
    rc |= add_list(ctx, SCMP_ACT_ALLOW, role_calls(role));
    rc |= add_guarded(ctx);
    if (role == SANDBOX_WORKER || role == SANDBOX_EGRESS) {
        rc |= add_list(ctx, SCMP_ACT_ALLOW, calls_work);
    }
    if (role == SANDBOX_KEYMGR || role == SANDBOX_WORKER) {
        rc |= add_list(ctx, SCMP_ACT_ALLOW, calls_keys);
    }
    if (ADDRESS_SANITIZER) {
        rc |= add_list(ctx, SCMP_ACT_ALLOW, calls_sanitizer);
    }
    rc |= add_probed(ctx, SCMP_ACT_ERRNO(SANDBOX_REFUSED), role);
    /* Needed for the second step only, which takes them away. */
    rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 0);
    rc |= ADDRESS_SANITIZER ? 0 : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 0);
    return load(ctx, rc, err);
}

enum rc
sandbox_filter_close(enum sandbox_role role, struct err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (ctx == NULL) {
        return fail(err, RC_IO, E_IO, "sandbox: seccomp_init");
    }
    int rc = add_probed(ctx, deadly(), role);
    rc |= seccomp_rule_add(ctx, deadly(), SCMP_SYS(seccomp), 0);
    rc |= ADDRESS_SANITIZER ? 0 : seccomp_rule_add(ctx, deadly(), SCMP_SYS(prctl), 0);
    if (!TEST_BUILD) { /* the trap's handler needs it; a release needs no new handlers */
        rc |= seccomp_rule_add(ctx, deadly(), SCMP_SYS(rt_sigaction), 0);
    }
    return load(ctx, rc, err);
}
