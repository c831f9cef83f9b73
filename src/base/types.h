/* types.h: one-member structs that cannot be swapped: ids, money, days, minutes, instants.
 * Each has a "none" value that the store writes and reads as SQL NULL. */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include "base/str.h"

/* struct user_id {int64_t n;} …; n > 0 for real rows, 0 is none. */
#define ID(name)                                                                                   \
    struct name##_id {                                                                             \
        int64_t n;                                                                                 \
    };
#include "ids.def"
#undef ID

#define NONE_I64 INT64_MIN
#define NONE_I32 INT32_MIN

/* An integer column that may be NULL reads as NONE_I64. */

/* Minor units (cents) of the workspace's currency or the one beside it. */
struct money {
    int64_t minor;
};
/* Hundredths of a percent: 19 % is 1900. */
struct percent {
    int32_t n;
};
/* Recorded or planned working time in minutes. */
struct minutes {
    int32_t n;
};
/* Civil day: days since 1970-01-01 in the proleptic Gregorian calendar. */
struct day {
    int32_t n;
};
/* Microseconds since 1970-01-01T00:00:00Z; 0 is none. */
struct instant {
    int64_t us;
};
/* Minute of a civil day, 0 … 1439 (1440 as an end): a clock time without day and zone. */
struct clock_time {
    int32_t n;
};

#define MONEY_NONE ((struct money){NONE_I64})
#define PERCENT_NONE ((struct percent){NONE_I32})
#define MINUTES_NONE ((struct minutes){NONE_I32})
#define DAY_NONE ((struct day){NONE_I32})
#define INSTANT_NONE ((struct instant){0})
#define CLOCK_NONE ((struct clock_time){NONE_I32})

/* --- money: checked arithmetic; parse accepts "1.234,56", "1234,56", "1234.56", "-3", spaces
 * trimmed */
MUST enum rc money_add(struct money a, struct money b, struct money *ret_sum);
MUST enum rc money_parse(struct str s, struct money *ret_m);
/* The same notations, "%" behind it allowed: "19", "7,5", "19 %". */
MUST enum rc percent_parse(struct str s, struct percent *ret_p);
/* Rounds num/den half away from zero (kaufmännisch, DIN 1333). den > 0. */
int64_t round_half_up(int64_t num, int64_t den);

/* --- durations. Accepts what assets/js accepts: 1:30 · 1,5 · 1.5 · 90m · 90min · 1h30 · 1h · 2h30m
 * and, as a range, 9-10:30 · 09:00–10:30 · 900-1030, where the range also gives the clock times
 * (else they are CLOCK_NONE). A range that ends before it starts crosses midnight (22-1:30 is
 * 3:30). Result 0 … 1440 minutes; RC_INVALID otherwise. */
MUST enum rc minutes_parse(struct str s, struct minutes *ret_m, struct clock_time *ret_from,
                           struct clock_time *ret_to);
/* A plan of hours, where a bare number is hours and a day is no bound: 120 · 37,5 · 1.200 · 120:30
 * · 120 h · 120 Std.; 0 … HOURS_MAX hours. */
enum { HOURS_MAX = 99999 };
MUST enum rc hours_parse(struct str s, struct minutes *ret_m);
/* "h:mm"; negative with '-'. buf at least 16 bytes. */
struct str minutes_print(struct minutes m, char buf[static 16]);
/* "9", "9:05", "0905", "905", "24:00" as an end. */
MUST enum rc clock_parse(struct str s, struct clock_time *ret_c);
struct str clock_print(struct clock_time c, char buf[static 8]); /* "09:05" */

/* --- days */
struct civil {
    int32_t year;
    int32_t month; /* 1 … 12 */
    int32_t dom;   /* 1 … 31 */
};
struct civil day_civil(struct day d);
MUST enum rc day_of(int32_t year, int32_t month, int32_t dom, struct day *ret_d); /* 1900 … 2199 */
int day_weekday(struct day d); /* 1 Monday … 7 Sunday (ISO 8601) */
void day_iso_week(struct day d, int32_t *ret_year, int32_t *ret_week);
/* "2026-11-24" (exactly what day_print gives) or German "24.11.2026", "24.11.26", "4.1.2026". */
MUST enum rc day_parse(struct str s, struct day *ret_d);
struct str day_print(struct day d, char buf[static 16]); /* ISO 8601 */

#endif
