/* arena.c: blocks in a list, each filled from its start. Only what was used is wiped. Fresh memory
 * comes zeroed from calloc, used memory is zeroed by the reset, so allocation need not clear. Under
 * AddressSanitizer unused bytes are poisoned and every allocation gets a red zone behind it. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
enum { RED_ZONE = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { RED_ZONE = 0 };
#endif

enum { BLOCK_SIZE = 64 * 1024, ALIGN = 16, EXIT_NO_MEMORY = 71 };

struct block {
    struct block *next;
    size_t no;  /* counts the arena's blocks: later ones have higher numbers */
    size_t n;   /* bytes used, red zones included */
    size_t cap; /* bytes behind the header */
    _Alignas(ALIGN) uint8_t p[];
};

struct arena {
    struct block *first; /* the one that stays; exactly BLOCK_SIZE */
    struct block *now;   /* the one being filled */
    size_t used, ceiling;
    size_t blocks; /* number of the block made last */
};

void
memory_drop(void *p, size_t n)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)p + page - 1) / page * page;
    uintptr_t to = ((uintptr_t)p + n) / page * page;
    if (from < to) {
        (void)madvise((uint8_t *)p + (from - (uintptr_t)p), to - from, MADV_DONTNEED);
    }
}

void
out_of_memory(void)
{
    _exit(EXIT_NO_MEMORY);
}

static struct block *
block_new(size_t cap)
{
    struct block *b = calloc(1, sizeof *b + cap);
    if (b == NULL) {
        out_of_memory();
    }
    b->cap = cap;
    ASAN_POISON_MEMORY_REGION(b->p, cap);
    return b;
}

/* Zeroes what was used, so that no secret outlives its request and the block can be filled again.
 */
static void
block_wipe(struct block *b)
{
    ASAN_UNPOISON_MEMORY_REGION(b->p, b->cap);
    explicit_bzero(b->p, b->n);
    b->n = 0;
}

struct arena *
arena_new(size_t ceiling)
{
    struct arena *a = calloc(1, sizeof *a);
    if (a == NULL) {
        out_of_memory();
    }
    a->first = block_new(BLOCK_SIZE - sizeof(struct block));
    a->now = a->first;
    a->ceiling = ceiling < PTRDIFF_MAX / 2 ? ceiling : PTRDIFF_MAX / 2;
    return a;
}

void
arena_reset(struct arena *a)
{
    struct block *b = a->first->next;
    while (b != NULL) {
        struct block *next = b->next;
        block_wipe(b);
        free(b);
        b = next;
    }
    a->first->next = NULL;
    block_wipe(a->first);
    ASAN_POISON_MEMORY_REGION(a->first->p, a->first->cap);
    a->now = a->first;
    a->used = 0;
    a->blocks = 0;
}

void
arena_rest(struct arena *a)
{
    arena_reset(a);
    memory_drop(a->first->p, a->first->cap);
}

struct arena_mark
arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->now, a->now->n, a->used, a->blocks};
}

void
arena_back(struct arena *a, struct arena_mark m)
{
    for (struct block *before = a->first; before->next != NULL;) {
        struct block *b = before->next;
        if (b->no > m.blocks) {
            before->next = b->next;
            block_wipe(b);
            free(b);
        } else {
            before = b;
        }
    }
    struct block *now = a->first;
    while (now != m.block) {
        now = now->next;
        assert(now != NULL); /* the mark is one of this arena's and older than the last reset */
    }
    ASAN_UNPOISON_MEMORY_REGION(now->p + m.block_n, now->cap - m.block_n);
    explicit_bzero(now->p + m.block_n, now->n - m.block_n);
    ASAN_POISON_MEMORY_REGION(now->p + m.block_n, now->cap - m.block_n);
    now->n = m.block_n;
    a->now = now;
    a->used = m.used;
    a->blocks = m.blocks;
}

void
arena_free(struct arena *a)
{
    if (a == NULL) {
        return;
    }
    arena_reset(a);
    ASAN_UNPOISON_MEMORY_REGION(a->first->p, a->first->cap);
    free(a->first);
    free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
    /* Compared before it is rounded: a size near SIZE_MAX must not wrap. */
    if (n > (a->ceiling - a->used) / ALIGN * ALIGN) {
        out_of_memory();
    }
    size_t whole = (n + ALIGN - 1) / ALIGN * ALIGN;
    size_t need = whole + RED_ZONE;
    struct block *b = a->now;
    if (need > b->cap - b->n) {
        size_t cap = BLOCK_SIZE - sizeof *b;
        b = block_new(need > cap ? need : cap);
        b->no = ++a->blocks;
        /* A block made for one large piece is full at once: go on filling the smaller one. */
        b->next = a->now->next;
        a->now->next = b;
        if (need <= cap) {
            a->now = b;
        }
    }
    void *p = b->p + b->n;
    b->n += need;
    a->used += whole;
    ASAN_UNPOISON_MEMORY_REGION(p, n);
    return p;
}

size_t
arena_used(const struct arena *a)
{
    return a->used;
}

struct str
arena_copy(struct arena *a, struct str s)
{
    if (s.p == NULL) {
        return STR_NONE;
    }
    char *p = arena_alloc(a, s.n + 1);
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}

struct str
arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return STR("");
    }
    char *p = arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (struct str){p, (size_t)n};
}
