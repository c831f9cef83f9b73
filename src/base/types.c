/* types.c: money, durations and clock times: checked arithmetic and their written forms. */
#include "base/types.h"

enum { DAY_MINUTES = 24 * 60, HOUR_MINUTES = 60 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- money ----------------------------------------------------------------------------------- */

enum rc
money_add(struct money a, struct money b, struct money *ret_sum)
{
    int64_t sum;
    if (__builtin_add_overflow(a.minor, b.minor, &sum) || sum == NONE_I64) {
        return RC_INVALID;
    }
    ret_sum->minor = sum;
    return OK;
}

int64_t
round_half_up(int64_t num, int64_t den)
{
    int64_t q = num / den;
    int64_t r = num % den;
    int64_t size = r < 0 ? -r : r;
    if (size >= den - size) {
        q += num < 0 ? -1 : 1;
    }
    return q;
}

/* A whole amount: digits, or digits in groups of three with dots between them ("1.234.567"). A zero
 * does not lead a grouped number: "0.123" is far more likely a slip than a hundred and
 * twenty-three. */
static bool
is_whole(struct str s)
{
    size_t first_dot = str_find(s, STR("."), 0);
    size_t lead = first_dot == SIZE_MAX ? s.n : first_dot;
    if (lead == 0 || (first_dot != SIZE_MAX && (lead > 3 || s.p[0] == '0'))) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        bool dot_place = i >= lead && (i - lead) % 4 == 0;
        if (dot_place ? s.p[i] != '.' : !is_digit(s.p[i])) {
            return false;
        }
    }
    return (s.n - lead) % 4 == 0;
}

/* Where the decimal mark stands, or s.n: a comma always, a dot when one or two digits follow it and
 * no other dot stands before it. */
static size_t
decimal_mark(struct str s)
{
    size_t comma = str_find(s, STR(","), 0);
    size_t dot = str_find(s, STR("."), 0);
    if (comma != SIZE_MAX) {
        return comma;
    }
    if (dot != SIZE_MAX && s.n - dot - 1 <= 2) {
        return dot;
    }
    return s.n;
}

/* Sign and digits of a number with up to two decimals, in hundredths; false on a bad form or on
 * overflow. NONE_I64 does not come out: it would need a value below INT64_MIN / 2. */
static bool
parse_hundredths(struct str s, int64_t *ret_n)
{
    bool minus = str_starts(s, STR("-"));
    struct str rest = minus ? str_sub(s, 1, s.n) : s;
    size_t mark = decimal_mark(rest);
    struct str whole = str_sub(rest, 0, mark);
    struct str decimals = str_sub(rest, mark + 1, rest.n);
    bool has_mark = mark < rest.n;
    int64_t n = 0;

    if (!is_whole(whole) || decimals.n > 2 || (has_mark && decimals.n == 0)) {
        return false;
    }
    for (size_t i = 0; i < whole.n; i++) {
        if (whole.p[i] != '.' && (__builtin_mul_overflow(n, 10, &n) ||
                                  __builtin_add_overflow(n, whole.p[i] - '0', &n))) {
            return false;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        char c = i < decimals.n ? decimals.p[i] : '0';
        if (!is_digit(c) || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, c - '0', &n)) {
            return false;
        }
    }
    *ret_n = minus ? -n : n;
    return true;
}

enum rc
money_parse(struct str s, struct money *ret_m)
{
    int64_t n;
    if (!parse_hundredths(str_trim(s), &n)) {
        return RC_INVALID;
    }
    ret_m->minor = n;
    return OK;
}

enum rc
percent_parse(struct str s, struct percent *ret_p)
{
    int64_t n;
    struct str trimmed = str_trim(s);
    if (str_ends(trimmed, STR("%"))) {
        trimmed = str_trim(str_sub(trimmed, 0, trimmed.n - 1));
    }
    if (!parse_hundredths(trimmed, &n) || n > INT32_MAX || n < -INT32_MAX) {
        return RC_INVALID;
    }
    ret_p->n = (int32_t)n;
    return OK;
}

/* --- clock times ----------------------------------------------------------------------------- */

/* One to max digits and nothing else, as a number. */
static bool
all_digits(struct str s, size_t max, int32_t *ret_n)
{
    int32_t n = 0;
    if (s.n == 0 || s.n > max) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) {
            return false;
        }
        n = n * 10 + (s.p[i] - '0');
    }
    *ret_n = n;
    return true;
}

enum rc
clock_parse(struct str s, struct clock_time *ret_c)
{
    struct str trimmed = str_trim(s);
    size_t colon = str_find(trimmed, STR(":"), 0);
    struct str head = trimmed;
    struct str tail = STR("00");
    int32_t hour;
    int32_t minute;

    if (colon != SIZE_MAX) {
        head = str_sub(trimmed, 0, colon);
        tail = str_sub(trimmed, colon + 1, trimmed.n);
    } else if (trimmed.n > 2) {
        head = str_sub(trimmed, 0, trimmed.n - 2);
        tail = str_sub(trimmed, trimmed.n - 2, 2);
    }
    if (tail.n != 2 || !all_digits(head, 2, &hour) || !all_digits(tail, 2, &minute) ||
        minute >= HOUR_MINUTES || hour * HOUR_MINUTES + minute > DAY_MINUTES) {
        return RC_INVALID;
    }
    ret_c->n = hour * HOUR_MINUTES + minute;
    return OK;
}

struct str
clock_print(struct clock_time c, char buf[static 8])
{
    int n = snprintf(buf, 8, "%02d:%02d", c.n / HOUR_MINUTES, c.n % HOUR_MINUTES);
    return (struct str){buf, n < 8 ? (size_t)n : 7};
}

/* --- durations ------------------------------------------------------------------------------- */

enum { DURATION_TEXT_MAX = 24 };

/* Lower case without any blanks, as assets/js does it; false when it is too long for a duration. */
static bool
squeeze(struct str s, char buf[static DURATION_TEXT_MAX], struct str *ret_s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        if (str_starts(str_sub(s, i, 2), STR("\xC2\xA0"))) {
            i++;
            continue;
        }
        if (n == DURATION_TEXT_MAX) {
            return false;
        }
        buf[n++] = (char)(c == 'H' || c == 'M' || c == 'I' || c == 'N' ? c - 'A' + 'a' : c);
    }
    *ret_s = (struct str){buf, n};
    return true;
}

/* "9-10:30": a hyphen or an en dash between two clock times. */
static bool
parse_range(struct str s, int32_t *ret_minutes, struct clock_time *ret_from,
            struct clock_time *ret_to)
{
    struct str mark = STR("-");
    size_t at = str_find(s, mark, 0);
    struct clock_time from;
    struct clock_time to;
    if (at == SIZE_MAX) {
        mark = STR("\xE2\x80\x93");
        at = str_find(s, mark, 0);
    }
    if (at == SIZE_MAX || clock_parse(str_sub(s, 0, at), &from) != OK || from.n == DAY_MINUTES ||
        clock_parse(str_sub(s, at + mark.n, s.n), &to) != OK) {
        return false;
    }
    *ret_minutes = to.n - from.n + (to.n < from.n ? DAY_MINUTES : 0);
    *ret_from = from;
    *ret_to = to;
    return true;
}

/* "1:30", "1h30", "2h30m", "1h". */
static bool
parse_hours_minutes(struct str s, int32_t *ret_minutes)
{
    size_t at = str_find(s, STR(":"), 0);
    bool colon = at != SIZE_MAX;
    int32_t hours;
    int32_t minutes = 0;
    if (!colon) {
        at = str_find(s, STR("h"), 0);
    }
    if (at == SIZE_MAX || !all_digits(str_sub(s, 0, at), 2, &hours)) {
        return false;
    }
    struct str tail = str_sub(s, at + 1, s.n);
    if (!colon && str_ends(tail, STR("m"))) {
        tail.n--;
    } else if (!colon && at + 1 == s.n) {
        tail = STR("0");
    }
    if ((colon && tail.n != 2) || !all_digits(tail, 2, &minutes) || minutes >= HOUR_MINUTES) {
        return false;
    }
    *ret_minutes = hours * HOUR_MINUTES + minutes;
    return true;
}

/* "90m", "90min". */
static bool
parse_minutes(struct str s, int32_t *ret_minutes)
{
    size_t tail = str_ends(s, STR("min")) ? 3 : str_ends(s, STR("m")) ? 1 : 0;
    return tail > 0 && all_digits(str_sub(s, 0, s.n - tail), 4, ret_minutes);
}

/* "1,5", "1.5", ",5", "2", each with or without "h": hours, rounded to the minute. */
static bool
parse_decimal_hours(struct str s, int32_t *ret_minutes)
{
    struct str number = str_ends(s, STR("h")) ? str_sub(s, 0, s.n - 1) : s;
    size_t mark = str_find(number, STR(","), 0);
    if (mark == SIZE_MAX) {
        mark = str_find(number, STR("."), 0);
    }
    bool has_mark = mark != SIZE_MAX;
    struct str whole = has_mark ? str_sub(number, 0, mark) : number;
    struct str decimals = has_mark ? str_sub(number, mark + 1, number.n) : STR("0");
    int32_t hours = 0;
    int32_t part;
    int32_t scale = 1;
    if (!all_digits(decimals, 4, &part) || (whole.n > 0 && !all_digits(whole, 2, &hours)) ||
        (whole.n == 0 && !has_mark)) {
        return false;
    }
    for (size_t i = 0; i < decimals.n; i++) {
        scale *= 10;
    }
    *ret_minutes =
        hours * HOUR_MINUTES + (int32_t)round_half_up((int64_t)part * HOUR_MINUTES, scale);
    return true;
}

enum rc
minutes_parse(struct str s, struct minutes *ret_m, struct clock_time *ret_from,
              struct clock_time *ret_to)
{
    char buf[DURATION_TEXT_MAX];
    struct str text;
    struct clock_time from = CLOCK_NONE;
    struct clock_time to = CLOCK_NONE;
    int32_t n;

    if (!squeeze(s, buf, &text)) {
        return RC_INVALID;
    }
    if (!parse_range(text, &n, &from, &to) && !parse_minutes(text, &n) &&
        !parse_hours_minutes(text, &n) && !parse_decimal_hours(text, &n)) {
        return RC_INVALID;
    }
    if (n > DAY_MINUTES) {
        return RC_INVALID;
    }
    ret_m->n = n;
    *ret_from = from;
    *ret_to = to;
    return OK;
}

enum rc
hours_parse(struct str s, struct minutes *ret_m)
{
    struct str text = str_trim(s);
    size_t colon;
    int32_t hours;
    int32_t minutes;
    int64_t hundredths;

    if (str_ends(text, STR("Std."))) {
        text = str_trim(str_sub(text, 0, text.n - 4));
    } else if (str_ends(text, STR("h"))) {
        text = str_trim(str_sub(text, 0, text.n - 1));
    }
    colon = str_find(text, STR(":"), 0);
    if (colon != SIZE_MAX) {
        const struct str tail = str_sub(text, colon + 1, text.n);

        if (tail.n != 2 || !all_digits(str_sub(text, 0, colon), 5, &hours) ||
            !all_digits(tail, 2, &minutes) || minutes >= HOUR_MINUTES) {
            return RC_INVALID;
        }
        ret_m->n = hours * HOUR_MINUTES + minutes;
        return OK;
    }
    if (!parse_hundredths(text, &hundredths) || hundredths < 0 ||
        hundredths > HOURS_MAX * INT64_C(100)) {
        return RC_INVALID;
    }
    ret_m->n = (int32_t)round_half_up(hundredths * HOUR_MINUTES, 100);
    return OK;
}

struct str
minutes_print(struct minutes m, char buf[static 16])
{
    int64_t n = m.n;
    const char *sign = n < 0 ? "-" : "";
    if (n < 0) {
        n = -n;
    }
    int len =
        snprintf(buf, 16, "%s%d:%02d", sign, (int)(n / HOUR_MINUTES), (int)(n % HOUR_MINUTES));
    return (struct str){buf, len < 16 ? (size_t)len : 15};
}
