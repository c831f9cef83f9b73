/* arena.h: memory that belongs to one request. Allocate, never free; wiped and reused after the
 * reply. Allocation does not fail for callers: passing the ceiling or real out-of-memory calls the
 * process's out-of-memory exit (exit status 71), the open transaction rolls back. User-controlled
 * sizes are refused before they are allocated. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

/* The process's end when memory is out: exit status 71, no clean-up, no return. */
_Noreturn void out_of_memory(void);
/* Gives the whole pages inside back to the kernel; they read as zero from then on. */
void memory_drop(void *p, size_t n);

struct arena; /* opaque; heap object with a ceiling */

/* ceiling in bytes; the first block is taken at once. Never NULL. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *a); /* NULL is fine; wipes first */
/* Overwrites what was used (explicit_bzero) and starts again; keeps at most one block (64 KiB). */
void arena_reset(struct arena *a);
/* The same, and the kept block's memory goes back to the kernel until it is used. */
void arena_rest(struct arena *a);
/* Where an arena stands. arena_back() overwrites and gives back all that was allocated since, so
 * that a loop over many rows needs the memory of one; marks are taken back in reverse order. */
struct arena_mark {
    const void *block;
    size_t block_n, used, blocks;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_back(struct arena *a, struct arena_mark m);
/* n zeroed bytes aligned to 16; n = 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
size_t arena_used(const struct arena *a);
/* Copies; the result is also NUL-terminated behind its n bytes. NULL stays NULL. */
struct str arena_copy(struct arena *a, struct str s);
struct str arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* AUTO_ARENA struct arena *a = arena_new(n); is freed at the end of its block. */
#define AUTO_ARENA __attribute__((cleanup(arena_free_auto)))
static inline void
arena_free_auto(struct arena **a)
{
    arena_free(*a);
}

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

#endif
