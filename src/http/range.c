/* range.c: see range.h. */
#include "http/range.h"

/* Digits at the front; more than a file can have is as much as it can have. False: there are none.
 */
static bool
take_number(struct str *s, int64_t *ret)
{
    size_t n = 0;
    int64_t v = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
        const int64_t digit = s->p[n] - '0';
        v = v > (INT64_MAX - digit) / 10 ? INT64_MAX : 10 * v + digit;
    }
    *s = str_sub(*s, n, s->n);
    *ret = v;
    return n > 0;
}

static bool
take_dash(struct str *s)
{
    const bool is_dash = s->n > 0 && s->p[0] == '-';
    *s = str_sub(*s, is_dash ? 1 : 0, s->n);
    return is_dash;
}

/* "500-999", "500-", "-500": as first and last byte, the last one -1 when it was left out; of the
 * third form the first one is -1 and the last one how many. */
static bool
take_part(struct str s, int64_t *ret_first, int64_t *ret_last)
{
    const bool has_first = take_number(&s, ret_first);
    const bool has_dash = take_dash(&s);
    const bool has_last = take_number(&s, ret_last);
    *ret_first = has_first ? *ret_first : -1;
    *ret_last = has_last ? *ret_last : -1;
    return has_dash && s.n == 0 && (has_first || has_last) &&
           !(has_first && has_last && *ret_last < *ret_first);
}

enum range_kind
range_parse(struct str text, int64_t size, struct range *ret)
{
    static const struct str unit = {"bytes=", 6};
    int64_t first;
    int64_t last;
    *ret = (struct range){0, size};
    if (!str_eq_ascii_ci(str_sub(text, 0, unit.n), unit) ||
        !take_part(str_sub(text, unit.n, text.n), &first, &last)) {
        return RANGE_WHOLE;
    }
    if (first < 0) {
        first = last < size ? size - last : 0;
        last = size - 1;
    }
    if (first >= size) {
        *ret = (struct range){0, 0};
        return RANGE_OUTSIDE;
    }
    last = last < 0 || last >= size ? size - 1 : last;
    *ret = (struct range){first, last - first + 1};
    return RANGE_PART;
}
