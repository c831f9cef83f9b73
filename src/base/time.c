/* time.c: the only file that asks a clock or the C library's zone code. Civil times are computed
 * with the zone's offset at an instant (tm_gmtoff), so the library's own calendar is not used. */
#include "base/time.h"

#include <sys/timex.h>

enum { WRONG_US = 10 * 1000000 }; /* more than this is not to be believed */
enum { SECOND_US = 1000000, DAY_SECONDS = 86400, MINUTE_SECONDS = 60 };

static bool zone_loaded; /* false: UTC without asking the library */

#ifdef KONTOR_TEST_BUILD
static int64_t shift_us; /* what time_set and KONTOR_NOW add to the wall clock */
static bool shift_known;
#endif

static int64_t latest_us; /* the latest time that was shown here */
static enum time_trust told;

static int64_t
clock_us(clockid_t clock)
{
    struct timespec ts;
    /* Cannot fail for these clocks; a machine where it does has no time to offer. */
    if (clock_gettime(clock, &ts) != 0) {
        abort();
    }
    return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

#ifdef KONTOR_TEST_BUILD
static void
shift_load(void)
{
    struct instant now;
    const char *text = getenv("KONTOR_NOW");
    shift_known = true;
    if (text != NULL && instant_parse(str_of(text), &now) == OK) {
        shift_us = now.us - clock_us(CLOCK_REALTIME);
    }
}
#endif

struct instant
time_now(void)
{
#ifdef KONTOR_TEST_BUILD
    if (!shift_known) {
        shift_load();
    }
    const int64_t now_us = clock_us(CLOCK_REALTIME) + shift_us;
#else
    const int64_t now_us = clock_us(CLOCK_REALTIME);
#endif
    latest_us = now_us > latest_us ? now_us : latest_us;
    return (struct instant){now_us};
}

enum time_trust
time_sync(int64_t *ret_error_us)
{
    struct timex t = {.modes = 0};
    const int state = adjtimex(&t);

    *ret_error_us = t.maxerror;
    if (state < 0 || state == TIME_ERROR || (t.status & STA_UNSYNC) != 0) {
        return TIME_UNKNOWN;
    }
    return t.maxerror > WRONG_US ? TIME_OFF : TIME_GOOD;
}

enum time_trust
time_trust(void)
{
    if (time_now().us < latest_us - WRONG_US) {
        return TIME_BACK;
    }
    return told;
}

void
time_told(enum time_trust t)
{
    told = t;
}

struct instant
time_real(void)
{
    return (struct instant){clock_us(CLOCK_REALTIME)};
}

int64_t
time_mono_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

bool
time_is_test_build(void)
{
#ifdef KONTOR_TEST_BUILD
    return true;
#else
    return false;
#endif
}

enum rc
time_set(struct instant now)
{
#ifdef KONTOR_TEST_BUILD
    shift_us = now.us - clock_us(CLOCK_REALTIME);
    shift_known = true;
    return OK;
#else
    (void)now;
    return RC_DENIED;
#endif
}

/* A zone's name is a path below the zone folder; nothing that leads out of it. */
static bool
is_zone_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t n = strlen(name);
    return n > 0 && n < 64 && strspn(name, allowed) == n && name[0] != '/' && name[n - 1] != '/';
}

enum rc
time_zone(const char *name)
{
    char path[128];
    if (!is_zone_name(name)) {
        return RC_INVALID;
    }
    (void)snprintf(path, sizeof path, TIME_ZONES "/%s", name);
    FILE *f = fopen(path, "rbe");
    char magic[4] = {0};
    bool known = f != NULL && fread(magic, 1, sizeof magic, f) == sizeof magic &&
                 memcmp(magic, "TZif", sizeof magic) == 0;
    if (f != NULL) {
        (void)fclose(f);
    }
    if (!known) {
        return RC_INVALID;
    }
    /* A name without ':' could be read as a POSIX rule ("UTC0"); with it, it is always a file. */
    (void)snprintf(path, sizeof path, ":%s", name);
    if (setenv("TZ", path, 1) != 0) {
        out_of_memory();
    }
    tzset();
    zone_loaded = true;
    return OK;
}

/* Quotient rounded towards minus infinity; den > 0. */
static int64_t
floor_div(int64_t num, int64_t den)
{
    int64_t q = num / den;
    return num % den < 0 ? q - 1 : q;
}

/* Seconds that the zone is ahead of UTC at that second. */
static int64_t
offset_at(int64_t second)
{
    struct tm tm;
    time_t t = (time_t)second;
    return zone_loaded && localtime_r(&t, &tm) != NULL ? tm.tm_gmtoff : 0;
}

static int64_t
local_seconds(struct instant t)
{
    int64_t second = floor_div(t.us, SECOND_US);
    return second + offset_at(second);
}

struct day
instant_day(struct instant t)
{
    return (struct day){(int32_t)floor_div(local_seconds(t), DAY_SECONDS)};
}

struct clock_time
instant_clock(struct instant t)
{
    int64_t local = local_seconds(t);
    int64_t of_day = local - floor_div(local, DAY_SECONDS) * DAY_SECONDS;
    return (struct clock_time){(int32_t)(of_day / MINUTE_SECONDS)};
}

struct instant
day_at(struct day d, struct clock_time c)
{
    int64_t local = (int64_t)d.n * DAY_SECONDS + (int64_t)c.n * MINUTE_SECONDS;
    /* The offsets on both sides of a change that may lie near: with the one before it, a time in
     * the missing hour moves forward, and of a repeated hour the first one is met. */
    int64_t before = offset_at(local - DAY_SECONDS);
    int64_t after = offset_at(local + DAY_SECONDS);
    int64_t second = local - before;
    if (offset_at(second) != before && offset_at(local - after) == after) {
        second = local - after;
    }
    return (struct instant){second * SECOND_US};
}

struct instant
day_begin(struct day d)
{
    /* Where midnight itself is skipped (some zones change then), day_at gives 01:00, which is the
     * first instant of that day. */
    return day_at(d, (struct clock_time){0});
}

struct str
instant_print(struct instant t, char buf[static 32])
{
    int64_t second = floor_div(t.us, SECOND_US);
    int64_t day = floor_div(second, DAY_SECONDS);
    int of_day = (int)(second - day * DAY_SECONDS);
    struct civil c = day_civil((struct day){(int32_t)day});
    int n = snprintf(buf, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.dom,
                     of_day / 3600, of_day / 60 % 60, of_day % 60);
    return (struct str){buf, n < 32 ? (size_t)n : 31};
}

/* Two digits at position i, at most max; -1 otherwise. */
static int
two_digits(struct str s, size_t i, int max)
{
    if (i + 2 > s.n || s.p[i] < '0' || s.p[i] > '9' || s.p[i + 1] < '0' || s.p[i + 1] > '9') {
        return -1;
    }
    int n = (s.p[i] - '0') * 10 + (s.p[i + 1] - '0');
    return n <= max ? n : -1;
}

/* ".123" at *i: microseconds, further digits dropped; *i behind it. False on "." without digits. */
static bool
parse_fraction(struct str s, size_t *i, int64_t *ret_us)
{
    int64_t unit = SECOND_US / 10;
    size_t from = *i + 1;
    *ret_us = 0;
    if (*i >= s.n || s.p[*i] != '.') {
        return true;
    }
    for (*i = from; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; (*i)++) {
        *ret_us += unit * (s.p[*i] - '0');
        unit /= 10;
    }
    return *i > from;
}

/* "Z" or "+01:00", up to the end of s. */
static bool
parse_offset(struct str s, size_t i, int64_t *ret_seconds)
{
    if (i + 1 == s.n && (s.p[i] == 'Z' || s.p[i] == 'z')) {
        *ret_seconds = 0;
        return true;
    }
    if (i + 6 != s.n || (s.p[i] != '+' && s.p[i] != '-') || s.p[i + 3] != ':') {
        return false;
    }
    int hours = two_digits(s, i + 1, 23);
    int minutes = two_digits(s, i + 4, 59);
    int64_t seconds = (int64_t)hours * 3600 + minutes * 60;
    *ret_seconds = s.p[i] == '-' ? -seconds : seconds;
    return hours >= 0 && minutes >= 0;
}

enum rc
instant_parse(struct str s, struct instant *ret_t)
{
    struct day day;
    size_t i = 19;
    int64_t fraction;
    int64_t offset;
    int hour = two_digits(s, 11, 23);
    int minute = two_digits(s, 14, 59);
    int second = two_digits(s, 17, 59);

    if (s.n < 20 || day_parse(str_sub(s, 0, 10), &day) != OK || s.p[4] != '-' ||
        (s.p[10] != 'T' && s.p[10] != 't') || s.p[13] != ':' || s.p[16] != ':' || hour < 0 ||
        minute < 0 || second < 0 || !parse_fraction(s, &i, &fraction) ||
        !parse_offset(s, i, &offset)) {
        return RC_INVALID;
    }
    int64_t whole = (int64_t)day.n * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
    ret_t->us = whole * SECOND_US + fraction;
    return OK;
}
