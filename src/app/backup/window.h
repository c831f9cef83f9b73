/* window.h: when a workspace's daily backup is due: a pure function of its number, of what was, and
 * of now. Each civil day of Europe/Berlin (the loaded zone) wants one verified success. Its first
 * moment is 00:30 give or take 20 minutes, by the workspace's number, so that a night's work is
 * spread; never between 02:00 and 03:00, the hour that one night lacks and another has twice. */
#ifndef APP_BACKUP_WINDOW_H
#define APP_BACKUP_WINDOW_H

#include "base/time.h"

struct window_past {
    struct instant good;  /* the last verified success completed; INSTANT_NONE: never */
    struct instant tried; /* the last attempt began, whatever came of it; INSTANT_NONE: never */
};

struct window {
    struct instant due; /* not after now: run it now */
    struct day day;     /* the day that it is for */
    int32_t missed; /* whole days without a success before that day; 0 when there never was one */
};

/* The first moment of a day: 00:10 to 00:50. */
struct instant window_opens(int64_t workspace, struct day d);

/* The next attempt. After a success: the next day's window. After a failure: an hour after it
 * began, again and again until one succeeds. When days were missed, the new day's window is not
 * waited for. An attempt that would fall between 02:00 and 03:00 waits for 03:00 to 03:40, by the
 * workspace's number. Times behind `now` are of a clock that was set back, and count for nothing.
 */
struct window window_next(int64_t workspace, const struct window_past *past, struct instant now);

#endif
