/* disks.c: see disks.h. What the kernel shows is text of its own making, but devices and pools have
 * names that people gave: every line and name is bounded. */
#include "proc/disks.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

enum { PATH_SIZE = 4096, LINE_SIZE = 8192, DEPTH_MAX = 4 };

/* --- files of one value ------------------------------------------------------------------------
 */

static bool __attribute__((format(printf, 2, 3)))
path_fmt(char path[static PATH_SIZE], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(path, PATH_SIZE, fmt, ap);
    va_end(ap);
    return n > 0 && n < PATH_SIZE;
}

/* The first line of a file without its end; false when there is none. */
static bool
read_line(const char *path, char *line, int size)
{
    FILE *s = fopen(path, "re");
    if (s == NULL) {
        return false;
    }
    const bool got = fgets(line, size, s) != NULL;
    (void)fclose(s);
    if (got) {
        line[strcspn(line, "\n")] = '\0';
    }
    return got;
}

static int64_t
read_number(const char *path)
{
    char line[32];
    int64_t n = 0;
    return read_line(path, line, sizeof line) && str_to_i64(str_trim(str_of(line)), &n) == OK ? n
                                                                                              : 0;
}

static bool
is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* --- the mount ---------------------------------------------------------------------------------
 */

struct mount {
    char point[PATH_SIZE], type[32], source[DISK_NAME_MAX];
};

/* mountinfo writes blanks and the like as \040 (proc(5)). */
static void
unescape(char *s)
{
    char *to = s;
    while (*s != '\0') {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 4;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
}

/* "36 35 98:0 /sub /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw" */
static bool
read_mount(const char *line, struct mount *m)
{
    const char *dash = strstr(line, " - ");
    return dash != NULL && sscanf(line, "%*s %*s %*s %*s %4095s", m->point) == 1 &&
           sscanf(dash + 3, "%31s %127s", m->type, m->source) == 2;
}

static bool
holds(const char *point, const char *dir)
{
    const size_t n = strlen(point);
    return strcmp(point, "/") == 0 ||
           (strncmp(point, dir, n) == 0 && (dir[n] == '/' || dir[n] == '\0'));
}

/* The mount with the longest path above dir; of several at one place the last, which hides the
 * others. */
static bool
find_mount(const char *root, const char *dir, struct mount *ret)
{
    char path[PATH_SIZE];
    char line[LINE_SIZE];
    struct mount m;
    size_t best = 0;
    FILE *s = path_fmt(path, "%s/proc/self/mountinfo", root) ? fopen(path, "re") : NULL;

    while (s != NULL && fgets(line, sizeof line, s) != NULL) {
        if (read_mount(line, &m)) {
            unescape(m.point);
            unescape(m.source);
            if (holds(m.point, dir) && strlen(m.point) >= best) {
                best = strlen(m.point);
                *ret = m;
            }
        }
    }
    if (s != NULL) {
        (void)fclose(s);
    }
    return best > 0;
}

/* --- devices ------------------------------------------------------------------------------------
 */

static void
add_device(struct disk_state *d, const char *name)
{
    for (int i = 0; i < d->n_devices; i++) {
        if (strcmp(d->device[i], name) == 0) {
            return;
        }
    }
    if (d->n_devices < DISK_DEVICES_MAX && strlen(name) < sizeof d->device[0]) {
        (void)snprintf(d->device[d->n_devices++], sizeof d->device[0], "%.31s", name);
    }
}

/* What is mirrored: md says it itself. */
static void
look_md(const char *root, const char *name, struct disk_state *d)
{
    char path[PATH_SIZE];
    char level[32] = "";
    d->kind = DISK_MD;
    (void)(path_fmt(path, "%s/sys/class/block/%s/md/level", root, name) &&
           read_line(path, level, sizeof level));
    d->twice = strcmp(level, "raid0") != 0 && strcmp(level, "linear") != 0 && level[0] != '\0';
    if (path_fmt(path, "%s/sys/class/block/%s/md/degraded", root, name)) {
        d->missing += read_number(path);
    }
    if (path_fmt(path, "%s/sys/class/block/%s/md/mismatch_cnt", root, name)) {
        d->errors += read_number(path);
    }
}

/* A partition's disk, or the device itself: /sys/class/block is full of links such as
 * "../../devices/…/block/sda/sda1". */
static void
add_disk_of(const char *root, const char *name, struct disk_state *d)
{
    char path[PATH_SIZE];
    char to[PATH_SIZE];
    if (path_fmt(path, "%s/sys/class/block/%s/partition", root, name) && is_there(path) &&
        path_fmt(path, "%s/sys/class/block/%s", root, name)) {
        const ssize_t n = readlink(path, to, sizeof to - 1);
        to[n > 0 ? n : 0] = '\0';
        char *last = strrchr(to, '/');
        if (last != NULL) {
            *last = '\0';
            last = strrchr(to, '/');
            add_device(d, last != NULL ? last + 1 : to);
            return;
        }
    }
    add_device(d, name);
}

/* Down through what is stacked (encryption, LVM, md) to the disks. */
static void
look_device(const char *root, const char *name, int depth, struct disk_state *d)
{
    char path[PATH_SIZE];
    bool is_bottom = true;
    if (path_fmt(path, "%s/sys/class/block/%s/md", root, name) && is_there(path)) {
        look_md(root, name, d);
    }
    DIR *slaves = path_fmt(path, "%s/sys/class/block/%s/slaves", root, name) ? opendir(path) : NULL;
    for (struct dirent *e; slaves != NULL && (e = readdir(slaves)) != NULL;) {
        if (e->d_name[0] != '.' && depth < DEPTH_MAX) {
            is_bottom = false;
            look_device(root, e->d_name, depth + 1, d);
        }
    }
    if (slaves != NULL) {
        (void)closedir(slaves);
    }
    if (is_bottom) {
        add_disk_of(root, name, d);
    }
}

/* --- btrfs --------------------------------------------------------------------------------------
 */

/* Sum of the numbers in "write_errs 0\nread_errs 3\n…". */
static int64_t
sum_of(const char *path)
{
    FILE *s = fopen(path, "re");
    char line[64];
    int64_t sum = 0;
    int64_t n = 0;
    while (s != NULL && fgets(line, sizeof line, s) != NULL) {
        const char *blank = strchr(line, ' ');
        if (blank != NULL && str_to_i64(str_trim(str_of(blank + 1)), &n) == OK && n > 0) {
            sum += n;
        }
    }
    if (s != NULL) {
        (void)fclose(s);
    }
    return sum;
}

static void
look_btrfs_members(const char *fs, struct disk_state *d)
{
    char path[PATH_SIZE];
    DIR *members = path_fmt(path, "%s/devinfo", fs) ? opendir(path) : NULL;
    for (struct dirent *e; members != NULL && (e = readdir(members)) != NULL;) {
        if (e->d_name[0] == '.') {
            continue;
        }
        d->missing +=
            path_fmt(path, "%s/devinfo/%s/missing", fs, e->d_name) ? read_number(path) : 0;
        d->errors += path_fmt(path, "%s/devinfo/%s/error_stats", fs, e->d_name) ? sum_of(path) : 0;
    }
    if (members != NULL) {
        (void)closedir(members);
    }
}

/* Kept twice on different disks: "dup" is twice on one. */
static bool
is_twice_by_btrfs(const char *fs, const char *what)
{
    static const char *const profiles[] = {"raid1",  "raid1c3", "raid1c4",
                                           "raid10", "raid5",   "raid6"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        if (path_fmt(path, "%s/allocation/%s/%s", fs, what, profiles[i]) && is_there(path)) {
            return true;
        }
    }
    return false;
}

/* The file system that has this device among its own. */
static void
look_btrfs(const char *root, const char *device, struct disk_state *d)
{
    char path[PATH_SIZE];
    char fs[PATH_SIZE];
    DIR *all = path_fmt(path, "%s/sys/fs/btrfs", root) ? opendir(path) : NULL;
    d->kind = DISK_BTRFS;
    for (struct dirent *e; all != NULL && (e = readdir(all)) != NULL;) {
        if (e->d_name[0] != '.' && path_fmt(fs, "%s/sys/fs/btrfs/%s", root, e->d_name) &&
            path_fmt(path, "%s/devices/%s", fs, device) && is_there(path)) {
            d->twice = is_twice_by_btrfs(fs, "data") && is_twice_by_btrfs(fs, "metadata");
            look_btrfs_members(fs, d);
            DIR *devices = path_fmt(path, "%s/devices", fs) ? opendir(path) : NULL;
            for (struct dirent *v; devices != NULL && (v = readdir(devices)) != NULL;) {
                if (v->d_name[0] != '.') {
                    look_device(root, v->d_name, 1, d);
                }
            }
            if (devices != NULL) {
                (void)closedir(devices);
            }
            d->kind = DISK_BTRFS; /* whatever lies under its members */
        }
    }
    if (all != NULL) {
        (void)closedir(all);
    }
}

/* --- ZFS ----------------------------------------------------------------------------------------
 */

/* "tank/agency" lies in the pool "tank"; the kernel says its state in a word. What the pool is made
 * of only zpool knows. */
static void
look_zfs(const char *root, const char *source, struct disk_state *d)
{
    char path[PATH_SIZE];
    d->kind = DISK_ZFS;
    (void)snprintf(d->name, sizeof d->name, "%.*s", (int)strcspn(source, "/"), source);
    if (path_fmt(path, "%s/proc/spl/kstat/zfs/%s/state", root, d->name) &&
        read_line(path, d->state, sizeof d->state)) {
        d->missing = strcmp(d->state, "ONLINE") != 0;
    }
}

/* --- together -----------------------------------------------------------------------------------
 */

bool
disk_look(const char *root, const char *dir, struct disk_state *ret)
{
    struct mount m;
    char *whole = realpath(dir, NULL);
    *ret = (struct disk_state){0};
    const bool found = whole != NULL && find_mount(root, whole, &m) && room_look(whole, &ret->room);
    free(whole);
    if (!found) {
        return false;
    }
    const char *device = strncmp(m.source, "/dev/", 5) == 0 ? strrchr(m.source, '/') + 1 : NULL;
    if (strcmp(m.type, "zfs") == 0) {
        look_zfs(root, m.source, ret);
    } else if (device != NULL) {
        (void)snprintf(ret->name, sizeof ret->name, "%s", m.source);
        if (strcmp(m.type, "btrfs") == 0) {
            look_btrfs(root, device, ret);
        } else {
            look_device(root, device, 0, ret);
        }
    }
    return true;
}

bool
disk_is_apart(const struct disk_state *a, const struct disk_state *b)
{
    if (a->name[0] != '\0' && strcmp(a->name, b->name) == 0) {
        return false;
    }
    for (int i = 0; i < a->n_devices; i++) {
        for (int k = 0; k < b->n_devices; k++) {
            if (strcmp(a->device[i], b->device[k]) == 0) {
                return false;
            }
        }
    }
    return true;
}
