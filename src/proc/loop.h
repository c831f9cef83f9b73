/* loop.h: the event loop of every process: descriptors by epoll (level-triggered) and timers by a
 * heap. Single-threaded. Watches and timers are members of their owner's struct; the loop holds
 * pointers, so unwatch and cancel before freeing. Running out of kernel memory ends the process
 * (loop_die). */
#ifndef PROC_LOOP_H
#define PROC_LOOP_H

#include <sys/epoll.h>

#include "base/err.h"
#include "base/str.h"

struct loop;

struct watch {
    int fd;
    uint32_t events; /* what is waited for now; 0: not in the loop */
    void (*fn)(struct watch *w, uint32_t events);
    void *arg;
};

struct timer {
    int64_t at_us; /* monotonic */
    size_t slot;   /* place in the heap + 1; 0: not set */
    void (*fn)(struct timer *t);
    void *arg;
};

struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Adds the watch or changes what it waits for; events 0 is loop_unwatch. */
void loop_watch(struct loop *l, struct watch *w, uint32_t events);
/* Takes it out; an event of this watch that was already fetched is dropped. Does not close the fd.
 * A watch that is not in the loop is fine. */
void loop_unwatch(struct loop *l, struct watch *w);
/* The same for one whose fd is closed next, with no other descriptor of it anywhere: closing takes
 * it out of epoll, which saves a system call. */
void loop_leave(struct loop *l, struct watch *w);
/* Calls t->fn once at or after at_us; sets it anew when it was set. */
void loop_at(struct loop *l, struct timer *t, int64_t at_us);
void loop_cancel(struct loop *l, struct timer *t);
/* Monotonic microseconds, read once for each turn of the loop. */
int64_t loop_now(const struct loop *l);
/* One turn: waits for events or the next timer, at most max_wait_us (-1: no limit), and serves
 * them. */
void loop_turn(struct loop *l, int64_t max_wait_us);
/* What a turn's functions left on the stack is overwritten at its end (AUD-06). Who sees secrets in
 * some turns only, as the edge between handshakes, says so once, and then of each such turn; a call
 * outside of a turn is for the next one's end. */
void loop_few_secrets(struct loop *l);
void loop_saw_secret(struct loop *l);
/* Turns until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Says why on the log and ends the process with status 71. */
_Noreturn void loop_die(const char *what);
/* calloc that does not fail for callers. */
void *loop_alloc(size_t n);

#endif
