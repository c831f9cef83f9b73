/* isolate.c: the walls that master itself puts up: the empty network, the user ids, the
 * capabilities it keeps. Started as root it becomes a spawner with four capabilities; started as a
 * user it moves into a user namespace of its own, where it has none. What cannot be had is
 * remembered, shown and counted into the level, never passed over. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "proc/master_own.h"

enum { TREE_DEPTH_MAX = 8, OVERFLOW_UID = 65534 };

/* --- files ----------------------------------------------------------------------------------- */

enum rc
make_folder(const char *path, mode_t mode, uid_t uid, struct err *err)
{
    struct stat st;
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return fail(err, RC_IO, E_IO, "cannot make a folder: %s", strerrorname_np(errno));
    }
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == mode &&
        st.st_uid == uid) {
        return OK; /* made before: master may not look into what is another user's */
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int e = errno;
        if (fd >= 0) {
            close(fd);
        }
        return fail(err, RC_IO, E_IO, "cannot open a folder: %s", strerrorname_np(e));
    }
    bool ok = (st.st_mode & 07777) == mode || fchmod(fd, mode) == 0;
    ok = ok && (st.st_uid == uid || fchown(fd, uid, (gid_t)uid) == 0);
    int e = errno;
    close(fd);
    return ok ? OK : fail(err, RC_IO, E_IO, "cannot own a folder: %s", strerrorname_np(e));
}

static bool own_folder(int dir, uid_t uid, int depth);

static bool
own_entry(int dir, const char *name, uid_t uid, int depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    if (st.st_uid != uid && fchownat(dir, name, uid, (gid_t)uid, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        return true;
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = own_folder(fd, uid, depth + 1);
    close(fd);
    return ok;
}

/* getdents64(2) by hand: readdir keeps hidden state, and a few entries at a time are enough. */
static bool
own_folder(int dir, uid_t uid, int depth)
{
    struct entry {
        uint64_t ino;
        int64_t off;
        uint16_t len;
        uint8_t type;
        char name[];
    };
    char buf[4096] __attribute__((aligned(8)));
    long n;
    if (depth > TREE_DEPTH_MAX) {
        return false;
    }
    while ((n = syscall(SYS_getdents64, dir, buf, sizeof buf)) > 0) {
        for (long at = 0; at < n;) {
            const struct entry *e = (const void *)(buf + at);
            at += e->len;
            if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0 &&
                !own_entry(dir, e->name, uid, depth)) {
                return false;
            }
        }
    }
    return n == 0;
}

enum rc
own_tree(const char *path, uid_t uid, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? OK : fail(err, RC_IO, E_IO, "own: %s", strerrorname_np(errno));
    }
    bool ok = fstat(fd, &st) == 0 && (st.st_uid == uid || fchown(fd, uid, (gid_t)uid) == 0) &&
              own_folder(fd, uid, 0);
    int e = errno;
    close(fd);
    return ok ? OK : fail(err, RC_IO, E_IO, "own: %s", strerrorname_np(e));
}

/* Workspaces first, so that a folder copied in by root belongs to its worker when it starts. */
static enum rc
own_workspaces(struct master *m, struct err *err)
{
    char path[PATH_SIZE + 64];
    struct stat st;
    /* Numbers are dense; the highest one is not known before the registrar speaks. */
    int gaps = 0;
    for (int64_t id = 1; gaps < 1000; id++) {
        uid_t uid = role_uid(m, R_WRITER, id);
        (void)snprintf(path, sizeof path, "%s/workspaces/%lld", m->dir, (long long)id);
        if (lstat(path, &st) != 0) {
            gaps++;
            continue;
        }
        gaps = 0;
        if (st.st_uid != uid) {
            TRY(own_tree(path, uid, err));
        }
    }
    return OK;
}

enum rc
own_installation(struct master *m, struct err *err)
{
    static const struct {
        const char *name;
        mode_t mode;
        enum role role;
    } folders[] = {
        {"keys",        0700, R_KEYMGR},
        {"tls",         0755, R_SIGNER},
        {"tls/private", 0700, R_SIGNER},
        {"system",      0700, R_SYSTEM},
        {"spool",       0700, R_EDGE  },
    };
    char path[PATH_SIZE + 64];
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        uid_t uid = role_uid(m, folders[i].role, 0);
        (void)snprintf(path, sizeof path, "%s/%s", m->dir, folders[i].name);
        TRY(make_folder(path, folders[i].mode, uid, err));
        TRY(own_tree(path, uid, err));
    }
    (void)snprintf(path, sizeof path, "%s/workspaces", m->dir);
    TRY(make_folder(path, 0711, getuid(), err));
    return m->iso.uids ? own_workspaces(m, err) : OK;
}

/* --- user ids -------------------------------------------------------------------------------- */

/* Can this (possibly contained) system name the user ids from base on? /proc/self/uid_map says. */
bool
uids_are_mapped(int64_t base)
{
    FILE *f = fopen("/proc/self/uid_map", "re");
    if (f == NULL) {
        return false;
    }
    bool found = false;
    char line[128];
    while (!found && fgets(line, sizeof line, f) != NULL) {
        char *end = NULL;
        long long inside = strtoll(line, &end, 10);
        (void)strtoll(end, &end, 10); /* the id outside */
        long long count = strtoll(end, &end, 10);
        found = inside <= base && base + 20000 <= inside + count;
    }
    (void)fclose(f);
    return found;
}

uid_t
role_uid(const struct master *m, enum role r, int64_t workspace)
{
    if (!m->iso.uids) {
        return getuid();
    }
    bool has_workspace =
        r == R_WRITER || r == R_SYSTEM || r == R_BACKUP || r == R_DRILL || r == R_RESTORE;
    int64_t slot = has_workspace ? UID_WORKSPACES + workspace : (int64_t)r;
    return (uid_t)(m->iso.uid_base + slot);
}

/* --- namespaces ------------------------------------------------------------------------------ */

static bool
write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t n = strlen(text);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* Has only its header line: nobody listens there. */
static bool
has_no_sockets(const char *table)
{
    char line[256];
    int n = 0;
    FILE *f = fopen(table, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        n++;
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return f == NULL || n <= 1; /* no table: a kernel without that protocol */
}

/* The service manager may have given us an empty network already (PrivateNetwork=yes): nothing but
 * a loopback of its own, and nobody on it. */
static bool
network_is_empty(void)
{
    static const char *const tables[] = {"/proc/self/net/tcp", "/proc/self/net/tcp6",
                                         "/proc/self/net/udp", "/proc/self/net/udp6"};
    char line[256];
    int others = 0;
    FILE *f = fopen("/proc/self/net/dev", "re");
    if (f == NULL) {
        return false;
    }
    for (int n = 0; fgets(line, sizeof line, f) != NULL; n++) {
        others += n >= 2 && !str_starts(str_trim(str_of(line)), STR("lo:")); /* two heading lines */
    }
    (void)fclose(f);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        others += !has_no_sockets(tables[i]);
    }
    return others == 0;
}

/* A user namespace in which only our own user exists, and an empty network in it. */
static void
enter_user_namespace(struct master *m)
{
    char map[64];
    uid_t uid = getuid();
    gid_t gid = getgid();
    if (network_is_empty()) {
        m->iso.netns = true;
        return;
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        (void)snprintf(m->iso.netns_why, sizeof m->iso.netns_why, "user namespace: %s",
                       strerrorname_np(errno));
        return;
    }
    (void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else the next three files are root's */
    bool ok = write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
    ok = ok && write_file("/proc/self/gid_map", map);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    m->iso.netns = ok;
    m->iso.peer_other = OVERFLOW_UID;
    if (!ok) {
        (void)snprintf(m->iso.netns_why, sizeof m->iso.netns_why, "user namespace: no mapping");
    }
}

static void
enter_network_namespace(struct master *m)
{
    if (network_is_empty() || unshare(CLONE_NEWNET) == 0) {
        m->iso.netns = true;
    } else {
        (void)snprintf(m->iso.netns_why, sizeof m->iso.netns_why, "network namespace: %s",
                       strerrorname_np(errno));
    }
}

/* --- capabilities ---------------------------------------------------------------------------- */

/* Keeps the listed ones (a bit each), drops the rest from every set. */
static enum rc
keep_capabilities(uint64_t keep, struct err *err)
{
    for (int cap = 0; cap <= CAP_LAST_CAP && keep != 0; cap++) {
        if ((keep >> cap & 1) == 0) {
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
        }
    }
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)keep,         .permitted = (uint32_t)keep        },
        {.effective = (uint32_t)(keep >> 32), .permitted = (uint32_t)(keep >> 32)},
    };
    if (syscall(SYS_capset, &head, data) != 0) {
        return fail(err, RC_IO, E_IO, "capset: %s", strerrorname_np(errno));
    }
    return OK;
}

/* --- all of it ------------------------------------------------------------------------------- */

static enum rc
as_root(struct master *m, struct err *err)
{
    const uint64_t keep =
        1ULL << CAP_CHOWN | 1ULL << CAP_KILL | 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;
    m->iso.uid_base = m->conf.uid_base;
    if (m->iso.uid_base < 1000 || !uids_are_mapped(m->iso.uid_base)) {
        return fail(err, RC_INVALID, E_UID_BASE, "uid_base: %lld", (long long)m->iso.uid_base);
    }
    m->iso.uids = true;
    TRY(way_open(m->dir, err));
    TRY(own_installation(m, err));
    TRY(door_open(m, err));
    enter_network_namespace(m);
    return keep_capabilities(keep, err);
}

enum rc
isolate_enter(struct master *m, struct err *err)
{
    m->iso.is_root = geteuid() == 0;
    m->iso.peer_other = getuid();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(err, RC_IO, E_IO, "no_new_privs: %s", strerrorname_np(errno));
    }
    if (m->iso.is_root) {
        return as_root(m, err);
    }
    TRY(own_installation(m, err));
    TRY(door_open(m, err));
    enter_user_namespace(m);
    return keep_capabilities(0, err);
}

/* Own user ids keep workspaces apart whatever else is missing; without them each other wall must
 * stand. */
char
isolate_level_of(const struct master *m, bool walls_hold)
{
    bool all = m->iso.netns && walls_hold;
    if (m->iso.uids) {
        return all ? 'A' : 'B';
    }
    return all ? 'B' : 'C';
}

char
isolate_level(const struct master *m)
{
    bool walls_hold = true;
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        walls_hold = walls_hold && p->walls != WALLS_MISSING;
    }
    return isolate_level_of(m, walls_hold);
}
