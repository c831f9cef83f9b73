/* disks.h: what lies under a folder: how much is free, and whether the disks below still hold it
 * twice. Only names, counters and states that the kernel shows everybody are read: mountinfo and
 * /sys (btrfs since Linux 5.14, md), /proc/spl (ZFS); nothing is asked of a device. SMART, which
 * does ask, is disk_smart(). */
#ifndef PROC_DISKS_H
#define PROC_DISKS_H

#include "proc/room.h"

enum disk_kind { DISK_PLAIN, DISK_BTRFS, DISK_MD, DISK_ZFS };

enum { DISK_NAME_MAX = 128, DISK_DEVICES_MAX = 16 };

struct disk_state {
    struct room room;
    enum disk_kind kind;
    char name[DISK_NAME_MAX]; /* "/dev/md0", "tank", "/dev/sda1"; "" when it is no disk (tmpfs) */
    bool twice;               /* each block is kept at least twice: RAID-1 and above */
    int64_t missing;          /* members that are gone or failed */
    int64_t errors;           /* reads and writes that failed, blocks with a wrong checksum, ever */
    char state[32];           /* ZFS's own word, "ONLINE"; else "" */
    char device[DISK_DEVICES_MAX][32]; /* the disks at the bottom, "sda"; for SMART */
    int n_devices;
};

/* The state of what dir lies on. root stands before /proc and /sys: "" but in tests. False when the
 * folder or its mount cannot be seen; *ret is then zeroed. */
bool disk_look(const char *root, const char *dir, struct disk_state *ret);

/* May one lose a and still have b? Not when a disk beneath is the same, or the pool: a subvolume or
 * a dataset looks like a file system of its own and lies on the same disks. What is no disk
 * (another machine's folder) is another's when its name is. */
bool disk_is_apart(const struct disk_state *a, const struct disk_state *b);

enum smart { SMART_UNKNOWN, SMART_GOOD, SMART_FAILING };
/* What the disk says of itself ("sda"), by smartctl of smartmontools, which needs root and a real
 * disk; SMART_UNKNOWN without. Waits up to 10 s. */
enum smart disk_smart(const char *root, const char *device);

#endif
