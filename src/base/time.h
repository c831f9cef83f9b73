/* time.h: the only place that reads a clock or knows a zone. Storage is UTC instants and civil
 * days; the workspace's zone (IANA name, loaded by the worker) is applied when
 * printing and when parsing forms. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/out.h"
#include "base/types.h"

/* Wall clock. Test builds honour KONTOR_NOW (RFC 3339; a clock that runs on from there) and
 * time_set(); the release build refuses both (time_is_test_build() tells which this is). */
struct instant time_now(void);
/* Monotonic microseconds, for deadlines and durations only. */
int64_t time_mono_us(void);
/* The clock that everybody else sees, whatever a test makes time_now() show: for what strangers
 * check, that is certificates. */
struct instant time_real(void);
bool time_is_test_build(void);
/* Moves the clock of this process so that it shows `now` and runs on. RC_DENIED in a release build.
 */
MUST enum rc time_set(struct instant now);

/* May the clock be believed? TIME_UNKNOWN: nobody knows how wrong it is, which warns. TIME_OFF: it
 * is known to be more than 10 s wrong. TIME_BACK: it was set back by more than 10 s and has not
 * caught up. The last two refuse one-time codes and, later, the pruning of backups. */
enum time_trust { TIME_GOOD, TIME_UNKNOWN, TIME_OFF, TIME_BACK };
/* What the kernel says of its synchronisation; *ret_error_us is the greatest error it assumes. */
enum time_trust time_sync(int64_t *ret_error_us);
/* The worse of what this process was told (time_told) and of what it has seen itself: TIME_BACK
 * while time_now() is more than 10 s behind the latest time that it showed here. */
enum time_trust time_trust(void);
/* Master watches the clock for all; TIME_GOOD takes an earlier word back. */
void time_told(enum time_trust t);

/* Loads an IANA zone ("Europe/Berlin") for this process; reads below TIME_ZONES, so within the
 * sandbox only where that is let in. RC_INVALID when unknown; then, and without a call, the zone
 * stays as it was (UTC at first). */
#define TIME_ZONES "/usr/share/zoneinfo"
MUST enum rc time_zone(const char *name);

struct day instant_day(struct instant t);          /* in the loaded zone */
struct clock_time instant_clock(struct instant t); /* in the loaded zone */
/* First instant of the day in the zone; a day is 23, 24 or 25 hours long. */
struct instant day_begin(struct day d);
/* The instant of a clock time on a day. In the hour that a DST night repeats: the first one; in the
 * missing hour: as if the clock had not been changed yet (02:30 becomes 03:30). */
struct instant day_at(struct day d, struct clock_time c);
/* RFC 3339 in UTC: "2026-11-24T08:15:00Z" (milliseconds dropped); and back, any offset. */
struct str instant_print(struct instant t, char buf[static 32]);
MUST enum rc instant_parse(struct str s, struct instant *ret_t);

#endif
