/* sandbox.c: limits, Landlock, and the probes; the system call lists are in seccomp.c.
 * The filter goes up in two steps: the first refuses the probed calls with an errno that no kernel
 * gives for them, so that trying them is safe and tells; the second ends the process for the same
 * calls and for any change to the filter itself. */
#include "proc/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <linux/landlock.h>

#include "proc/sandbox_calls.h"

/* Debian 12's header knows ABI 2; the running kernel may know more. Values from the kernel's uapi.
 */
#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_ALL 3ULL              /* ABI 4: bind and connect over TCP */
#define NET_BIND 1ULL
#define SCOPE_ALL 3ULL /* ABI 6: abstract sockets, signals */

struct ruleset {
    uint64_t fs, net, scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_ABI_1                                                                                   \
    (FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |              \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

/* --- limits ---------------------------------------------------------------------------------- */

struct limits {
    rlim_t address_space, files;
};

static struct limits
role_limits(enum sandbox_role role)
{
    const rlim_t mib = 1024 * 1024;
    switch (role) {
    case SANDBOX_EDGE:
        return (struct limits){1024 * mib, 20000};
    case SANDBOX_WORKER:
        return (struct limits){256 * mib, 64};
    case SANDBOX_HASH:
        return (struct limits){128 * mib, 64};
    case SANDBOX_PRESS:
        return (struct limits){512 * mib, 64};
    case SANDBOX_KEYMGR:
        return (struct limits){256 * mib, 20000}; /* one channel for each live worker */
    case SANDBOX_SIGNER:
        return (struct limits){256 * mib, 256};
    case SANDBOX_EGRESS:
        return (struct limits){1024 * mib, 4096};
    case SANDBOX_SCHEDULER:
    case SANDBOX_BACKUP:
        return (struct limits){256 * mib, 64};
    }
    return (struct limits){256 * mib, 64};
}

static void
lower_limit(int what, rlim_t n)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) == 0) {
        n = now.rlim_max != RLIM_INFINITY && now.rlim_max < n ? now.rlim_max : n;
    }
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){n, n});
}

void
sandbox_begin(enum sandbox_role role)
{
    struct limits lim = role_limits(role);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    lower_limit(RLIMIT_CORE, 0);
    lower_limit(RLIMIT_NOFILE, lim.files);
    if (role != SANDBOX_EGRESS) { /* libcurl asks the name service in threads */
        lower_limit(RLIMIT_NPROC, 0);
    }
    if (!ADDRESS_SANITIZER) { /* its shadow memory is terabytes of address space */
        lower_limit(RLIMIT_AS, lim.address_space);
    }
}

/* --- Landlock -------------------------------------------------------------------------------- */

int
sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static uint64_t
fs_handled(int abi)
{
    uint64_t fs = FS_ABI_1;
    fs |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    fs |= abi >= 3 ? FS_TRUNCATE : 0;
    fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
    return fs;
}

static enum rc
allow_path(int ruleset, const struct sandbox_path *p, uint64_t handled, struct err *err)
{
    int fd = open(p->path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, RC_IO, E_IO, "sandbox: open folder: errno %d", errno);
    }
    uint64_t access = FS_READ | (p->write ? FS_WRITE | FS_TRUNCATE : 0);
    struct landlock_path_beneath_attr rule = {.parent_fd = fd, .allowed_access = access & handled};
    long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return rc == 0 ? OK : fail(err, RC_IO, E_IO, "sandbox: landlock rule: errno %d", errno);
}

static enum rc
landlock_enter(const struct sandbox *s, int abi, struct err *err)
{
    struct ruleset set = {.fs = fs_handled(abi),
                          .net = s->role == SANDBOX_EGRESS ? NET_BIND : NET_ALL,
                          .scoped = SCOPE_ALL};
    size_t size = abi >= 6 ? sizeof set : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    long ruleset = syscall(SYS_landlock_create_ruleset, &set, size, 0);
    if (ruleset < 0) {
        return fail(err, RC_IO, E_IO, "sandbox: landlock: errno %d", errno);
    }
    enum rc rc = OK;
    for (size_t i = 0; i < SANDBOX_PATHS_MAX && s->paths[i].path != NULL && rc == OK; i++) {
        rc = allow_path((int)ruleset, &s->paths[i], set.fs, err);
    }
    if (rc == OK && syscall(SYS_landlock_restrict_self, (int)ruleset, 0) != 0) {
        rc = fail(err, RC_IO, E_IO, "sandbox: landlock restrict: errno %d", errno);
    }
    close((int)ruleset);
    return rc;
}

/* --- trying forbidden acts ------------------------------------------------------------------- */

/* Before the filter: a datagram socket "connects" when any route exists, without sending anything.
 */
static int
try_network(void)
{
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return errno;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(0xC0000201); /* 192.0.2.1, never assigned (RFC 5737) */
    int e = connect(s, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
    close(s);
    return e;
}

static int
try_open(void)
{
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int
try_socket(void)
{
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return errno;
    }
    close(s);
    return 0;
}

static int
try_trace(void)
{
    char byte = 0;
    struct iovec to = {&byte, 1};
    struct iovec from = {&byte, 1};
    if (process_vm_readv(getppid(), &to, 1, &from, 1, 0) >= 0) {
        return 0;
    }
    if (errno != SANDBOX_REFUSED) {
        return errno;
    }
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int
try_exec(void)
{
    /* A name that does not exist: were exec allowed, the answer would be ENOENT. */
    char *const argv[] = {NULL};
    (void)execve("/nonexistent/program", argv, argv);
    return errno;
}

static const char *
outcome(int e)
{
    return e == 0 ? "allowed" : e == SANDBOX_REFUSED ? "refused" : strerrorname_np(e);
}

static void
report(struct sandbox_report *r, int abi, int network)
{
    int file = try_open();
    int sock = try_socket();
    int trace = try_trace();
    int exec = try_exec();
    *r = (struct sandbox_report){
        .landlock_abi = abi,
        .files = file != 0,
        .sockets = sock != 0,
        .network = network != 0,
        .trace = trace == SANDBOX_REFUSED,
        .exec = exec == SANDBOX_REFUSED,
        .own_uid = getuid() != 0,
    };
    (void)snprintf(r->text, sizeof r->text,
                   "landlock=%d open=%s socket=%s network=%s trace=%s exec=%s uid=%s", abi,
                   outcome(file), outcome(sock), outcome(network), outcome(trace), outcome(exec),
                   r->own_uid ? "own" : "root");
}

enum rc
sandbox_enter(const struct sandbox *s, struct err *err, struct sandbox_report *ret_report)
{
    int network = try_network();
    int abi = sandbox_landlock_abi();
    if (abi > 0) {
        TRY(landlock_enter(s, abi, err));
    }
    TRY(sandbox_filter(s->role, err));
    struct sandbox_report r;
    report(&r, abi, network);
    TRY(sandbox_filter_close(s->role, err));
    *ret_report = r;
    return OK;
}
