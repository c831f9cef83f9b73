/* generation.h: one master key follows another, and no moment of it can lose a key.
 *
 * The next master key is written to a file of its own, then the ring under it beside the ring in
 * use; then the key's file takes its place (master does that, or a person), and whoever starts next
 * finds a ring that is not under his key and takes the one beside it. Until then the former key
 * opens `ring`, and a next ring that nobody came for is dropped.
 * Files in keys/: `ring` in use; `ring.next` while the key's file is being replaced;
 * `ring.prepared` as long as it takes a person to put the key in its place (a credential);
 * `history`: which generation came when, and which workspaces were erased. */
#ifndef PROC_GENERATION_H
#define PROC_GENERATION_H

#include "proc/ring.h"

#define GENERATION_NEXT "ring.next"
#define GENERATION_PREPARED "ring.prepared"

/* A new master key: its line is written to fd and fsynced, the ring under it saved as `name` (one
 * of the two above). Nothing in use changes. */
MUST enum rc generation_make(const char *dir, const char *name, const struct ring *r,
                             const struct ring_keys *k, int fd, int64_t now_us, struct err *err);

struct generation_state {
    bool came;     /* a new generation was taken into use by this call */
    bool prepared; /* one waits for its master key */
};
/* The ring in use under k. A ring of the former generation gives way and is removed. RC_DENIED: k
 * opens none; else as ring_load. */
MUST enum rc generation_load(const char *dir, const struct ring_keys *k, struct err *err,
                             struct ring *ret_ring, struct generation_state *ret_state);
/* One line more in `history`: when, and what was done to keys. It outlives the logs. */
void generation_record(const char *dir, int64_t now_us, const char *what);
/* Drops what was prepared; RC_MISSING when nothing was. */
MUST enum rc generation_cancel(const char *dir, struct err *err);

#endif
