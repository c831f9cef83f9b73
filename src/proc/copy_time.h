/* copy_time.h: how long a copy on another machine may take, which egress sees to and master, should
 * egress not. */
#ifndef PROC_COPY_TIME_H
#define PROC_COPY_TIME_H

#include <stdint.h>

enum {
    COPY_STEPS_MAX = 4,          /* transfers of one order, one after the other */
    COPY_BYTES_PER_S = 32 * 1024 /* who is slower on the whole never comes to an end */
};

/* One transfer of so many bytes with a machine that may be silent for wait_s, once while it is
 * connected to and once afterwards. */
static inline int64_t
copy_step_us(int64_t wait_s, int64_t bytes)
{
    return (2 * wait_s + bytes / COPY_BYTES_PER_S) * INT64_C(1000000);
}

/* The whole order, and a little for those beside it. */
static inline int64_t
copy_order_us(int64_t wait_s, int64_t bytes)
{
    return (COPY_STEPS_MAX + 1) * copy_step_us(wait_s, bytes);
}

#endif
