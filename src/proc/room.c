/* room.c: see room.h. */
#include "proc/room.h"

#include <sys/statvfs.h>

bool
room_look(const char *dir, struct room *ret)
{
    struct statvfs v;
    *ret = (struct room){0};
    if (statvfs(dir, &v) != 0) {
        return false;
    }
    *ret = (struct room){.size = (int64_t)(v.f_blocks * v.f_frsize),
                         .free = (int64_t)(v.f_bavail * v.f_frsize),
                         .inodes = (int64_t)v.f_files,
                         .free_inodes = (int64_t)v.f_favail};
    return true;
}

static int
percent(int64_t free, int64_t all)
{
    return all > 0 ? (int)(free * 100 / all) : 100;
}

int
room_percent(const struct room *r)
{
    const int bytes = percent(r->free, r->size);
    const int inodes = percent(r->free_inodes, r->inodes);
    return bytes < inodes ? bytes : inodes;
}

bool
room_is_low(const struct room *r)
{
    return percent(r->free_inodes, r->inodes) < ROOM_LOW_PERCENT ||
           (percent(r->free, r->size) < ROOM_LOW_PERCENT && r->free < ROOM_LOW_BYTES);
}
