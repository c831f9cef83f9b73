/* loop.c: epoll and a binary heap of timers. Fetched events are served in order; a watch that is
 * taken out while its event waits in the batch is struck from the batch, so owners may free
 * themselves. */
#include "proc/loop.h"

#include <errno.h>

#include "base/log.h"
#include "base/time.h"

enum { BATCH = 64, EXIT_NO_MEMORY = 71, STACK_USED = 48 * 1024 };

struct loop {
    int epoll;
    bool running;
    bool few_secrets, saw_secret;
    int64_t now_us;
    struct epoll_event batch[BATCH];
    int n_batch, at_batch;
    struct timer **heap; /* heap[0] is the earliest */
    size_t n_heap, cap_heap;
};

_Noreturn void
loop_die(const char *what)
{
    log_line(LOG_ERROR, "process.ends", "what=%s errno=%d", what, errno);
    _exit(EXIT_NO_MEMORY);
}

void *
loop_alloc(size_t n)
{
    void *p = calloc(1, n == 0 ? 1 : n);
    if (p == NULL) {
        loop_die("memory");
    }
    return p;
}

struct loop *
loop_new(void)
{
    struct loop *l = loop_alloc(sizeof *l);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) {
        loop_die("epoll");
    }
    l->now_us = time_mono_us();
    return l;
}

void
loop_free(struct loop *l)
{
    if (l != NULL) {
        close(l->epoll);
        free(l->heap);
        free(l);
    }
}

void
loop_watch(struct loop *l, struct watch *w, uint32_t events)
{
    if (events == 0) {
        loop_unwatch(l, w);
        return;
    }
    if (w->events == events) {
        return;
    }
    struct epoll_event ev = {.events = events, .data.ptr = w};
    int op = w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(l->epoll, op, w->fd, &ev) != 0) {
        loop_die("epoll_ctl");
    }
    w->events = events;
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
    if (w->events != 0) {
        (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL); /* the fd may be closed already */
        loop_leave(l, w);
    }
}

void
loop_leave(struct loop *l, struct watch *w)
{
    w->events = 0;
    for (int i = l->at_batch; i < l->n_batch; i++) {
        if (l->batch[i].data.ptr == w) {
            l->batch[i].data.ptr = NULL;
        }
    }
}

/* --- timers ---------------------------------------------------------------------------------- */

static void
heap_put(struct loop *l, size_t i, struct timer *t)
{
    l->heap[i] = t;
    t->slot = i + 1;
}

static void
heap_up(struct loop *l, size_t i, struct timer *t)
{
    while (i > 0 && l->heap[(i - 1) / 2]->at_us > t->at_us) {
        heap_put(l, i, l->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    heap_put(l, i, t);
}

static void
heap_down(struct loop *l, size_t i, struct timer *t)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= l->n_heap) {
            break;
        }
        if (child + 1 < l->n_heap && l->heap[child + 1]->at_us < l->heap[child]->at_us) {
            child++;
        }
        if (l->heap[child]->at_us >= t->at_us) {
            break;
        }
        heap_put(l, i, l->heap[child]);
        i = child;
    }
    heap_put(l, i, t);
}

void
loop_cancel(struct loop *l, struct timer *t)
{
    if (t->slot == 0) {
        return;
    }
    size_t i = t->slot - 1;
    t->slot = 0;
    struct timer *last = l->heap[--l->n_heap];
    if (last == t) {
        return;
    }
    if (i > 0 && l->heap[(i - 1) / 2]->at_us > last->at_us) {
        heap_up(l, i, last);
    } else {
        heap_down(l, i, last);
    }
}

void
loop_at(struct loop *l, struct timer *t, int64_t at_us)
{
    loop_cancel(l, t);
    if (l->n_heap == l->cap_heap) {
        size_t cap = l->cap_heap == 0 ? 64 : l->cap_heap * 2;
        struct timer **heap = realloc(l->heap, cap * sizeof(struct timer *));
        if (heap == NULL) {
            loop_die("memory");
        }
        l->heap = heap;
        l->cap_heap = cap;
    }
    t->at_us = at_us;
    heap_up(l, l->n_heap++, t);
}

/* --- turning --------------------------------------------------------------------------------- */

int64_t
loop_now(const struct loop *l)
{
    return l->now_us;
}

/* Milliseconds for epoll_wait, rounded up so that a timer is due when we wake. */
static int
wait_ms(const struct loop *l, int64_t max_wait_us)
{
    int64_t us = max_wait_us;
    if (l->n_heap > 0) {
        int64_t due = l->heap[0]->at_us - time_mono_us();
        due = due < 0 ? 0 : due;
        us = us < 0 || due < us ? due : us;
    }
    if (us < 0) {
        return -1;
    }
    int64_t ms = (us + 999) / 1000;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* Overwrites what this turn's functions left on the stack: the C library prints even there. */
static void __attribute__((noinline)) wipe_stack(void)
{
    uint8_t left[STACK_USED];
    explicit_bzero(left, sizeof left);
}

void
loop_turn(struct loop *l, int64_t max_wait_us)
{
    int n = epoll_wait(l->epoll, l->batch, BATCH, wait_ms(l, max_wait_us));
    if (n < 0 && errno != EINTR) {
        loop_die("epoll_wait");
    }
    l->now_us = time_mono_us();
    l->n_batch = n < 0 ? 0 : n;
    for (l->at_batch = 0; l->at_batch < l->n_batch;) {
        struct epoll_event ev = l->batch[l->at_batch++];
        struct watch *w = ev.data.ptr;
        if (w != NULL) {
            w->fn(w, ev.events);
        }
    }
    l->n_batch = l->at_batch = 0;
    /* As many as there are now: one that sets itself again for now waits for the next turn. Its
     * owner may be gone when it returns. */
    int64_t until = l->now_us;
    for (size_t left = l->n_heap; left > 0 && l->n_heap > 0; left--) {
        struct timer *t = l->heap[0];
        if (t->at_us > until) {
            break;
        }
        loop_cancel(l, t);
        t->fn(t);
    }
    if (!l->few_secrets || l->saw_secret) {
        wipe_stack();
        l->saw_secret = false;
    }
}

void
loop_few_secrets(struct loop *l)
{
    l->few_secrets = true;
}

void
loop_saw_secret(struct loop *l)
{
    l->saw_secret = true;
}

void
loop_run(struct loop *l)
{
    l->running = true;
    while (l->running) {
        loop_turn(l, -1);
    }
}

void
loop_stop(struct loop *l)
{
    l->running = false;
}
