/* room.c: see room.h. */
#include "proc/room.h"

#include <sys/statvfs.h>

static struct room
room_of(const struct statvfs *v)
{
    return (struct room){.size = (int64_t)(v->f_blocks * v->f_frsize),
                         .free = (int64_t)(v->f_bavail * v->f_frsize),
                         .inodes = (int64_t)v->f_files,
                         .free_inodes = (int64_t)v->f_favail};
}

bool
room_look(const char *dir, struct room *ret)
{
    struct statvfs v;
    const bool seen = statvfs(dir, &v) == 0;
    *ret = seen ? room_of(&v) : (struct room){0};
    return seen;
}

bool
room_look_at(int folder, struct room *ret)
{
    struct statvfs v;
    const bool seen = fstatvfs(folder, &v) == 0;
    *ret = seen ? room_of(&v) : (struct room){0};
    return seen;
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

static bool
is_below(const struct room *r, int least_percent, int64_t least_bytes)
{
    return percent(r->free_inodes, r->inodes) < least_percent ||
           (percent(r->free, r->size) < least_percent && r->free < least_bytes);
}

bool
room_is_low(const struct room *r)
{
    return is_below(r, ROOM_LOW_PERCENT, ROOM_LOW_BYTES);
}

bool
room_is_spare(const struct room *r)
{
    return is_below(r, ROOM_SPARE_PERCENT, ROOM_SPARE_BYTES);
}
