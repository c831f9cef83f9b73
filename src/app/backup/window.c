/* window.c: see window.h. */
#include "app/backup/window.h"

enum {
    MINUTE_US = 60 * 1000000,
    OPENS = 10,         /* 00:10 */
    SPREAD_S = 40 * 60, /* to 00:50 */
    SHUT = 2 * 60,      /* 02:00 */
    SHUT_END = 3 * 60,  /* 03:00 */
    RETRY_MINUTES = 60
};

/* 0 … SPREAD_S seconds, evenly over neighbouring numbers. */
static int64_t
spread_us(int64_t workspace)
{
    const uint64_t mixed = (uint64_t)workspace * 0x9e3779b97f4a7c15u;
    return (int64_t)((mixed >> 32) * (SPREAD_S + 1) >> 32) * 1000000;
}

struct instant
window_opens(int64_t workspace, struct day d)
{
    return (struct instant){day_at(d, (struct clock_time){OPENS}).us + spread_us(workspace)};
}

static struct instant
out_of_the_shut_hour(int64_t workspace, struct instant t)
{
    const int32_t clock = instant_clock(t).n;
    if (clock < SHUT || clock >= SHUT_END) {
        return t;
    }
    const struct instant end = day_at(instant_day(t), (struct clock_time){SHUT_END});
    return (struct instant){end.us + spread_us(workspace)};
}

static struct instant
later(struct instant a, struct instant b)
{
    return a.us > b.us ? a : b;
}

struct window
window_next(int64_t workspace, const struct window_past *past, struct instant now)
{
    const struct day today = instant_day(now);
    const bool has_good = past->good.us != INSTANT_NONE.us && past->good.us <= now.us;
    const bool has_tried = past->tried.us != INSTANT_NONE.us && past->tried.us <= now.us;
    const struct day good = has_good ? instant_day(past->good) : DAY_NONE;
    const struct day day = {today.n + (has_good && good.n == today.n)};
    const int32_t missed = has_good && good.n < today.n - 1 ? today.n - 1 - good.n : 0;
    struct instant due = missed > 0 ? day_begin(day) : window_opens(workspace, day);

    if (has_tried && (!has_good || past->tried.us > past->good.us)) {
        due = later(due, (struct instant){past->tried.us + (int64_t)RETRY_MINUTES * MINUTE_US});
    }
    due = out_of_the_shut_hour(workspace, due.us > now.us ? due : now);
    return (struct window){.due = due, .day = day, .missed = missed};
}
