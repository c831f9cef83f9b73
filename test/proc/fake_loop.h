/* fake_loop.h: the clock and the loop of a test that includes the file it tests: time is a number
 * of the test's, and of timers the last one that was set is known, which the test lets run out when
 * it likes. */
#ifndef TEST_PROC_FAKE_LOOP_H
#define TEST_PROC_FAKE_LOOP_H

#include "proc/loop.h"

static int64_t now_us = 1;
static struct timer *due; /* NULL: none */

static void
fake_at(struct loop *l, struct timer *t, int64_t at_us)
{
    (void)l;
    t->at_us = at_us;
    t->slot = 1;
    due = t;
}

static void
fake_cancel(struct loop *l, struct timer *t)
{
    (void)l;
    t->slot = 0;
    due = due == t ? NULL : due;
}

static int64_t
fake_now(const struct loop *l)
{
    (void)l;
    return now_us;
}

#define loop_at fake_at
#define loop_cancel fake_cancel
#define loop_now fake_now

#endif
