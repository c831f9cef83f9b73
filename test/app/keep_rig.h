/* keep_rig.h: what the tests of retention have in common: days by their name, a good state of a
 * night, a plan by a clock that is believed. */
#ifndef TEST_APP_KEEP_RIG_H
#define TEST_APP_KEEP_RIG_H

#include "app/backup/keep.h"

#define DAY_US (24 * (int64_t)3600 * 1000000)

static struct day
day(const char *iso)
{
    struct day d;
    assert_ok(day_parse(str_of(iso), &d));
    return d;
}

static struct instant
at(const char *iso, int32_t minute)
{
    return day_at(day(iso), (struct clock_time){minute});
}

static struct keep_state
good(const char *iso)
{
    return (struct keep_state){.at = at(iso, 45), .replicas = 2};
}

static struct keep_plan
plan_at(const struct keep_state *s, size_t n, struct instant now, struct keep_line *lines)
{
    struct err err = {0};
    struct keep_plan plan;
    const struct keep_now k = {.now = now, .trust = TIME_GOOD, .believed = now};
    assert_ok(keep(s, n, &k, &err, lines, &plan));
    return plan;
}

/* cmocka set-up of the group. */
static int
in_berlin(void **state)
{
    (void)state;
    return time_zone("Europe/Berlin");
}

#endif
