/* room.h: how much is free where a folder lies, and when that is too little (BAK-09). */
#ifndef PROC_ROOM_H
#define PROC_ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct room {
    int64_t size, free;          /* bytes; free for us, without root's reserve */
    int64_t inodes, free_inodes; /* 0, 0: this file system makes them as it goes (btrfs) */
};

/* False when it cannot be seen; *ret is then zeroed. One system call (statfs). */
bool room_look(const char *dir, struct room *ret);

/* Whole percent that are free, of bytes or inodes, whichever is less; 100 when nothing is known. */
int room_percent(const struct room *r);

/* Below ROOM_WARN_PERCENT it is time to act. room_is_low: nothing new is taken in, below
 * ROOM_LOW_PERCENT; on a large disk not before less than ROOM_LOW_BYTES are free (decision 95). */
enum { ROOM_WARN_PERCENT = 10, ROOM_LOW_PERCENT = 5 };
static const int64_t ROOM_LOW_BYTES = 8LL << 30;
bool room_is_low(const struct room *r);
/* Below this nothing is begun that is written for nobody who waits, backups and copies, for signing
 * in and the audit write as well, and archives are what fills a disk. */
enum { ROOM_SPARE_PERCENT = 2 };
static const int64_t ROOM_SPARE_BYTES = 1LL << 30;
bool room_is_spare(const struct room *r);
/* room_look() by an open folder. */
bool room_look_at(int folder, struct room *ret);

#endif
