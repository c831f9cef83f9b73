/* day.c: the proleptic Gregorian calendar as day numbers, and its two written forms. The conversion
 * counts years from March, so that the leap day is the last one (Howard Hinnant's algorithm). */
#include "base/types.h"

enum {
    DAYS_PER_ERA = 146097, /* 400 years */
    EPOCH_SHIFT = 719468,  /* 0000-03-01 to 1970-01-01 */
    YEAR_MIN = 1900,
    YEAR_MAX = 2199
};

struct civil
day_civil(struct day d)
{
    int64_t z = (int64_t)d.n + EPOCH_SHIFT;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t doe = z - era * DAYS_PER_ERA;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    return (struct civil){
        .year = (int32_t)(yoe + era * 400 + (month <= 2)),
        .month = (int32_t)month,
        .dom = (int32_t)(doy - (153 * mp + 2) / 5 + 1),
    };
}

static bool
is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int32_t
month_days(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* The day number of any valid civil date from year 1 on. */
static int32_t
day_number(int32_t year, int32_t month, int32_t dom)
{
    int32_t y = year - (month <= 2);
    int32_t era = y / 400;
    int32_t yoe = y - era * 400;
    int32_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + dom - 1;
    int32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * DAYS_PER_ERA + doe - EPOCH_SHIFT;
}

enum rc
day_of(int32_t year, int32_t month, int32_t dom, struct day *ret_d)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || dom < 1 ||
        dom > month_days(year, month)) {
        return RC_INVALID;
    }
    ret_d->n = day_number(year, month, dom);
    return OK;
}

int
day_weekday(struct day d)
{
    /* 1970-01-01 was a Thursday. */
    int64_t from_monday = ((int64_t)d.n + 3) % 7;
    return (int)(from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

void
day_iso_week(struct day d, int32_t *ret_year, int32_t *ret_week)
{
    /* The week belongs to the year of its Thursday. */
    struct day thursday = {d.n - day_weekday(d) + 4};
    int32_t year = day_civil(thursday).year;
    *ret_year = year;
    *ret_week = (thursday.n - day_number(year, 1, 1)) / 7 + 1;
}

/* Reads 1 to max digits from the front of *s; false when there is none or one too many. */
static bool
take_number(struct str *s, size_t max, size_t *ret_digits, int32_t *ret_n)
{
    size_t i = 0;
    int32_t n = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        if (i == max) {
            return false;
        }
        n = n * 10 + (s->p[i] - '0');
    }
    *s = str_sub(*s, i, s->n);
    *ret_digits = i;
    *ret_n = n;
    return i > 0;
}

static bool
take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    *s = str_sub(*s, 1, s->n);
    return true;
}

static enum rc
parse_iso(struct str s, struct day *ret_d)
{
    size_t digits;
    int32_t year;
    int32_t month;
    int32_t dom;
    if (s.n != 10 || !take_number(&s, 4, &digits, &year) || digits != 4 || !take_char(&s, '-') ||
        !take_number(&s, 2, &digits, &month) || digits != 2 || !take_char(&s, '-') ||
        !take_number(&s, 2, &digits, &dom) || digits != 2) {
        return RC_INVALID;
    }
    return day_of(year, month, dom, ret_d);
}

static enum rc
parse_german(struct str s, struct day *ret_d)
{
    size_t digits;
    int32_t year;
    int32_t month;
    int32_t dom;
    if (!take_number(&s, 2, &digits, &dom) || !take_char(&s, '.') ||
        !take_number(&s, 2, &digits, &month) || !take_char(&s, '.') ||
        !take_number(&s, 4, &digits, &year) || s.n != 0 || (digits != 2 && digits != 4)) {
        return RC_INVALID;
    }
    return day_of(digits == 2 ? 2000 + year : year, month, dom, ret_d);
}

enum rc
day_parse(struct str s, struct day *ret_d)
{
    return str_find(s, STR("."), 0) != SIZE_MAX ? parse_german(s, ret_d) : parse_iso(s, ret_d);
}

struct str
day_print(struct day d, char buf[static 16])
{
    struct civil c = day_civil(d);
    int n = snprintf(buf, 16, "%04d-%02d-%02d", c.year, c.month, c.dom);
    return (struct str){buf, n < 16 ? (size_t)n : 15};
}
