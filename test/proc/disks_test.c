/* disks_test.c: what the kernel's files say is understood: mirrored or not, members gone, errors
 * counted. The files are a folder's; test/disk/raid.mjs has a real mirror. */
#include "proc/disks.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/kontor-disks-XXXXXX";

static int
take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int
begin(void **state)
{
    (void)state;
    memcpy(root + sizeof root - 7, "XXXXXX", 6);
    return mkdtemp(root) == NULL;
}

static int
end(void **state)
{
    (void)state;
    return nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the folders above and writes the file. */
static void
put(const char *name, const char *text)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        (void)mkdir(path, 0700);
        *p = '/';
    }
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* The mount of everything: what a line of mountinfo says behind the dash. */
static struct disk_state
look(const char *type_and_source)
{
    struct disk_state d;
    char line[256];
    (void)snprintf(line, sizeof line,
                   "22 27 0:21 / /proc rw - proc proc rw\n"
                   "27 1 8:1 / / rw,relatime shared:1 - %s rw\n"
                   "28 27 0:9 / /tmpother rw - tmpfs tmpfs rw\n",
                   type_and_source);
    put("proc/self/mountinfo", line);
    assert_true(disk_look(root, "/tmp", &d));
    assert_true(d.room.size > 0 && d.room.free >= 0 && d.room.free <= d.room.size);
    return d;
}

static void
test_one_disk(void **state)
{
    (void)state;
    put("sys/devices/pci/block/sda/sda1/partition", "1\n");
    put("sys/class/block/none", "");
    char to[PATH_MAX];
    (void)snprintf(to, sizeof to, "%s/sys/class/block/sda1", root);
    assert_int_equal(symlink("../../devices/pci/block/sda/sda1", to), 0);
    struct disk_state d = look("ext4 /dev/sda1");
    assert_int_equal(d.kind, DISK_PLAIN);
    assert_string_equal(d.name, "/dev/sda1");
    assert_false(d.twice);
    assert_int_equal(d.n_devices, 1);
    assert_string_equal(d.device[0], "sda");
    d = look("tmpfs none");
    assert_string_equal(d.name, "");
    assert_int_equal(d.n_devices, 0);
}

static void
test_md_below_encryption(void **state)
{
    (void)state;
    put("sys/class/block/dm-0/slaves/md0", "");
    put("sys/class/block/md0/md/level", "raid1\n");
    put("sys/class/block/md0/md/degraded", "0\n");
    put("sys/class/block/md0/slaves/sda", "");
    put("sys/class/block/md0/slaves/sdb", "");
    struct disk_state d = look("ext4 /dev/dm-0");
    assert_int_equal(d.kind, DISK_MD);
    assert_true(d.twice);
    assert_int_equal(d.missing, 0);
    assert_int_equal(d.n_devices, 2);
    put("sys/class/block/md0/md/degraded", "1\n");
    put("sys/class/block/md0/md/mismatch_cnt", "128\n");
    d = look("ext4 /dev/dm-0");
    assert_int_equal(d.missing, 1);
    assert_int_equal(d.errors, 128);
    put("sys/class/block/md0/md/level", "raid0\n");
    assert_false(look("ext4 /dev/dm-0").twice);
    put("sys/class/block/md0/md/level", "");
    assert_false(look("ext4 /dev/dm-0").twice);
}

static void
test_btrfs(void **state)
{
    (void)state;
    put("sys/fs/btrfs/features/raid1c34", "0\n");
    put("sys/fs/btrfs/11-22/devices/sda", "");
    put("sys/fs/btrfs/11-22/devices/sdb", "");
    put("sys/fs/btrfs/11-22/allocation/data/raid1/x", "");
    put("sys/fs/btrfs/11-22/allocation/metadata/dup/x", "");
    put("sys/fs/btrfs/11-22/devinfo/1/missing", "0\n");
    put("sys/fs/btrfs/11-22/devinfo/1/error_stats", "write_errs 0\nread_errs 0\n");
    put("sys/fs/btrfs/11-22/devinfo/2/missing", "0\n");
    put("sys/fs/btrfs/11-22/devinfo/2/error_stats", "write_errs 0\ncorruption_errs 0\n");
    struct disk_state d = look("btrfs /dev/sda");
    assert_int_equal(d.kind, DISK_BTRFS);
    assert_false(d.twice); /* the tree is on one disk */
    put("sys/fs/btrfs/11-22/allocation/metadata/raid1c3/x", "");
    d = look("btrfs /dev/sda");
    assert_true(d.twice);
    assert_int_equal(d.missing + d.errors, 0);
    assert_int_equal(d.n_devices, 2);
    put("sys/fs/btrfs/11-22/devinfo/2/missing", "1\n");
    put("sys/fs/btrfs/11-22/devinfo/1/error_stats",
        "write_errs 2\nread_errs x\ncorruption_errs 5\n");
    d = look("btrfs /dev/sda");
    assert_int_equal(d.missing, 1);
    assert_int_equal(d.errors, 7);
    assert_int_equal(look("btrfs /dev/sdz").n_devices, 0); /* of no file system that is there */
}

static void
test_zfs(void **state)
{
    (void)state;
    put("proc/spl/kstat/zfs/tank/state", "ONLINE\n");
    struct disk_state d = look("zfs tank/agency");
    assert_int_equal(d.kind, DISK_ZFS);
    assert_string_equal(d.name, "tank");
    assert_string_equal(d.state, "ONLINE");
    assert_int_equal(d.missing, 0);
    put("proc/spl/kstat/zfs/tank/state", "DEGRADED\n");
    assert_int_equal(look("zfs tank/agency").missing, 1);
    assert_string_equal(look("zfs other/agency").state, "");
}

static void
test_nothing_to_see(void **state)
{
    (void)state;
    struct disk_state d;
    assert_false(disk_look(root, "/nowhere/at/all", &d));
    assert_false(disk_look(root, "/tmp", &d)); /* no mountinfo */
    put("proc/self/mountinfo", "27 1 8:1 / /home rw - ext4 /dev/sda1 rw\nno mount\n");
    assert_false(disk_look(root, "/tmp", &d));
    assert_int_equal(d.room.size, 0);
    /* A name with a blank, and one that is only longer. */
    put("proc/self/mountinfo", "27 1 8:1 / /tm rw - ext4 /dev/sda1 rw\n"
                               "28 1 8:1 / / rw - ext4 /dev/disk\\040one rw\n");
    assert_true(disk_look(root, "/tmp", &d));
    assert_string_equal(d.name, "/dev/disk one");
}

static void
test_room(void **state)
{
    (void)state;
    const int64_t gib = 1LL << 30;
    assert_int_equal(room_percent(&(struct room){1000, 49, 0, 0}), 4);
    assert_int_equal(room_percent(&(struct room){1000, 490, 100, 3}), 3);
    assert_int_equal(room_percent(&(struct room){0}), 100);
    assert_true(room_is_low(&(struct room){1000, 49, 0, 0}));
    assert_false(room_is_low(&(struct room){1000, 50, 0, 0}));
    assert_false(room_is_low(&(struct room){4000 * gib, 9 * gib, 0, 0}));
    assert_true(room_is_low(&(struct room){4000 * gib, 7 * gib, 0, 0}));
    assert_true(room_is_low(&(struct room){4000 * gib, 2000 * gib, 1000, 49}));
    assert_false(room_is_low(&(struct room){0}));
    assert_true(room_is_spare(&(struct room){1000, 19, 0, 0}));
    assert_false(room_is_spare(&(struct room){1000, 20, 0, 0}));
    assert_false(room_is_spare(&(struct room){4000 * gib, gib, 0, 0}));
    assert_true(room_is_spare(&(struct room){4000 * gib, gib - 1, 0, 0}));
    assert_true(room_is_spare(&(struct room){4000 * gib, 2000 * gib, 1000, 19}));
    struct room r;
    assert_false(room_look("/nowhere/at/all", &r));
    assert_int_equal(r.size, 0);
    assert_false(room_look_at(-1, &r));
    assert_int_equal(r.size, 0);
}

static void
test_smart(void **state)
{
    (void)state;
    char path[PATH_MAX];
    assert_int_equal(disk_smart(root, "sda"), SMART_UNKNOWN);
    static const struct {
        const char *says;
        enum smart want;
    } rows[] = {
        {"#!/bin/sh\n[ \"$*\" = '-H -j /dev/sda' ] && echo '{\"smart_status\": {\n \"passed\": "
         "true }}'\n",                                               SMART_GOOD   },
        {"#!/bin/sh\necho '{\"smart_status\":{\"passed\":false}}'; exit 8\n", SMART_FAILING},
        {"#!/bin/sh\necho '{\"smartctl\":{\"passed\":true}}'\n",              SMART_UNKNOWN},
        {"#!/bin/sh\nexec >&-; exec sleep 1000\n",                            SMART_UNKNOWN},
        {"#!/bin/sh\nhead -c 100000 /dev/zero\n",                             SMART_UNKNOWN},
    };
    (void)snprintf(path, sizeof path, "%s/usr/sbin/smartctl", root);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put("usr/sbin/smartctl", rows[i].says);
        assert_int_equal(chmod(path, 0700), 0);
        assert_int_equal(disk_smart(root, "sda"), rows[i].want);
    }
}

/* Two file systems are two disks only when no disk beneath is the same. */
static void
test_apart(void **state)
{
    (void)state;
    static const struct {
        struct disk_state a, b;
        bool apart;
    } rows[] = {
        {{.name = "/dev/sda1", .device = {"sda"}, .n_devices = 1},
         {.name = "/dev/sdb1", .device = {"sdb"}, .n_devices = 1},
         true                                                                                                      },
        {{.name = "/dev/sda1", .device = {"sda"}, .n_devices = 1},
         {.name = "/dev/sda2", .device = {"sda"}, .n_devices = 1},
         false                                                                                                     },
        {{.name = "/dev/sda1", .device = {"sda", "sdb"}, .n_devices = 2},
         {.name = "/dev/sdb1", .device = {"sdc", "sdb"}, .n_devices = 2},
         false                                                                                                     }, /* btrfs over two, by either of its names */
        {{.kind = DISK_ZFS, .name = "tank"},                              {.kind = DISK_ZFS, .name = "tank"}, false},
        {{.kind = DISK_ZFS, .name = "tank"},                              {.kind = DISK_ZFS, .name = "away"}, true },
        {{.name = "/dev/sda1", .device = {"sda"}, .n_devices = 1},        {.name = ""},                       true },
        {{.name = ""},                                                    {.name = ""},                       true }, /* tmpfs */
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_int_equal(disk_is_apart(&rows[i].a, &rows[i].b), rows[i].apart);
        assert_int_equal(disk_is_apart(&rows[i].b, &rows[i].a), rows[i].apart);
    }
    struct disk_state pool = look("zfs tank/kontor");
    struct disk_state dataset = look("zfs tank/backup");
    assert_false(disk_is_apart(&pool, &dataset));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_disk, begin, end),
        cmocka_unit_test_setup_teardown(test_md_below_encryption, begin, end),
        cmocka_unit_test_setup_teardown(test_btrfs, begin, end),
        cmocka_unit_test_setup_teardown(test_zfs, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_to_see, begin, end),
        cmocka_unit_test_setup_teardown(test_apart, begin, end),
        cmocka_unit_test(test_room),
        cmocka_unit_test_setup_teardown(test_smart, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
