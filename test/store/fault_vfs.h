/* fault_vfs.h: a file layer for tests, below the encryption, that fails the n-th call, and that can
 * lose what was written but not synced, as a power cut would. Register once before the first store.
 */
#ifndef TEST_STORE_FAULT_VFS_H
#define TEST_STORE_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_IO,   /* SQLITE_IOERR_… or SQLITE_CANTOPEN */
    FAULT_FULL, /* writes and size changes give SQLITE_FULL; others pass */
    FAULT_TORN, /* a write writes half, then SQLITE_IOERR_WRITE; others as FAULT_IO */
};

void fault_register(void);
/* The n-th of the next calls fails (1 is the next one); all later ones too when `stays`. */
void fault_arm(enum fault_kind kind, int64_t n, bool stays);
/* False when the call that should have failed never came. */
bool fault_disarm(void);
/* Notes what is not synced from now on; the files must be closed. */
void fault_record(void);
/* Takes back some of the writes that were not synced (by the seed), newest first, and forgets. The
 * store must not be used any more except to be closed without writing. */
void fault_power_cut(uint64_t seed);
/* Small and good enough to choose moments. */
uint64_t fault_dice(uint64_t *seed);

#endif
