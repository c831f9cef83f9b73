/* field.c: one value of a form: parsing by kind with bounds, showing it again, comparing two. */
#include "base/field.h"

#include <inttypes.h>

#include "base/out.h"

enum { TEXT_MAX_DEFAULT = 255 };

/* Every id struct has this layout; FIELD_KIND() lets nothing else be a FIELD_ID. */
struct any_id {
    int64_t n;
};

/* The parsed value, before it is copied into the struct: nothing is written on failure. */
union value {
    struct str text;
    bool flag;
    int64_t i64;
    struct money money;
    struct percent percent;
    struct minutes minutes;
    struct day day;
    struct clock_time clock;
    struct any_id id;
    struct str_list list;
};

static size_t
kind_size(enum field_kind kind)
{
    switch (kind) {
    case FIELD_TEXT:
        return sizeof(struct str);
    case FIELD_FLAG:
        return sizeof(bool);
    case FIELD_INT:
        return sizeof(int64_t);
    case FIELD_MONEY:
        return sizeof(struct money);
    case FIELD_PERCENT:
        return sizeof(struct percent);
    case FIELD_MINUTES:
        return sizeof(struct minutes);
    case FIELD_DAY:
        return sizeof(struct day);
    case FIELD_CLOCK:
        return sizeof(struct clock_time);
    case FIELD_ID:
        return sizeof(struct any_id);
    case FIELD_LIST:
        return sizeof(struct str_list);
    }
    return 0; /* uncovered: every kind is above */
}

static union value
load(const struct field *f, const void *data)
{
    union value v = {0};
    memcpy(&v, (const char *)data + f->off, kind_size(f->kind));
    return v;
}

static enum rc
fault(struct field_fault *ret, const struct field *f, enum code code, struct str arg)
{
    *ret = (struct field_fault){.field = f->name, .code = code, .arg = arg};
    return RC_INVALID;
}

/* --- text ------------------------------------------------------------------------------------ */

/* Control characters have no business in a form; areas may hold tabs and line breaks. */
static bool
has_control(struct str s, bool area)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool allowed = area && (c == '\n' || c == '\r' || c == '\t');
        bool c1 = c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0;
        if ((c < 0x20 && !allowed) || c == 0x7F || c1) {
            return true;
        }
    }
    return false;
}

/* A copy in the arena; browsers send line breaks as CR LF, we keep LF. */
static struct str
copy_lines(struct arena *mem, struct str s)
{
    char *p = arena_alloc(mem, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r') {
            if (i + 1 < s.n && s.p[i + 1] == '\n') {
                continue;
            }
            p[n++] = '\n';
        } else {
            p[n++] = s.p[i];
        }
    }
    return (struct str){p, n};
}

static enum rc
parse_text(struct arena *mem, const struct field *f, struct str s, struct str *ret_s,
           struct field_fault *ret_fault)
{
    size_t max = f->max > 0 ? (size_t)f->max : TEXT_MAX_DEFAULT;
    if (has_control(s, f->area)) {
        return fault(ret_fault, f, E_FIELD_ENCODING, STR_NONE);
    }
    struct str copy = copy_lines(mem, s);
    if (str_points(copy) > max) {
        return fault(ret_fault, f, E_FIELD_TOO_LONG, arena_fmt(mem, "%zu", max));
    }
    *ret_s = copy;
    return OK;
}

/* --- printing -------------------------------------------------------------------------------- */

/* "1.234,56" from hundredths; decimals only where they say something when `lean`. */
static struct str
print_hundredths(struct arena *mem, int64_t n, bool lean, bool grouped)
{
    char digits[24];
    struct out o = out_new(mem, 64);
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    int len = snprintf(digits, sizeof digits, "%" PRIu64, size / 100);
    unsigned cents = (unsigned)(size % 100);

    out_str(&o, n < 0 ? STR("-") : STR(""));
    for (int i = 0; i < len; i++) {
        if (grouped && i > 0 && (len - i) % 3 == 0) {
            out_char(&o, '.');
        }
        out_char(&o, digits[i]);
    }
    if (lean && cents == 0) {
        return out_view(&o);
    }
    if (lean && cents % 10 == 0) {
        out_fmt(&o, ",%u", cents / 10);
    } else {
        out_fmt(&o, ",%02u", cents);
    }
    return out_view(&o);
}

static struct str
print_i32(struct arena *mem, enum field_kind kind, int32_t n)
{
    char buf[16];
    if (n == NONE_I32) {
        return STR("");
    }
    if (kind == FIELD_PERCENT) {
        return print_hundredths(mem, n, true, false);
    }
    if (kind == FIELD_MINUTES) {
        return arena_copy(mem, minutes_print((struct minutes){n}, buf));
    }
    if (kind == FIELD_DAY) {
        return arena_copy(mem, day_print((struct day){n}, buf));
    }
    return arena_copy(mem, clock_print((struct clock_time){n}, buf));
}

static struct str
print_list(struct arena *mem, struct str_list list)
{
    struct out o = out_new(mem, SIZE_MAX / 2);
    for (size_t i = 0; i < list.n; i++) {
        out_str(&o, i > 0 ? STR(",") : STR(""));
        out_str(&o, list.p[i]);
    }
    return out_view(&o);
}

static struct str
print_value(struct arena *mem, enum field_kind kind, union value v)
{
    switch (kind) {
    case FIELD_TEXT:
        return v.text.p != NULL ? v.text : STR("");
    case FIELD_FLAG:
        return v.flag ? STR("1") : STR("");
    case FIELD_INT:
        return v.i64 == NONE_I64 ? STR("") : arena_fmt(mem, "%" PRId64, v.i64);
    case FIELD_MONEY:
        return v.money.minor == NONE_I64 ? STR("")
                                         : print_hundredths(mem, v.money.minor, false, true);
    case FIELD_PERCENT:
        return print_i32(mem, kind, v.percent.n);
    case FIELD_MINUTES:
        return print_i32(mem, kind, v.minutes.n);
    case FIELD_DAY:
        return print_i32(mem, kind, v.day.n);
    case FIELD_CLOCK:
        return print_i32(mem, kind, v.clock.n);
    case FIELD_ID:
        return v.id.n == 0 ? STR("") : arena_fmt(mem, "%" PRId64, v.id.n);
    case FIELD_LIST:
        return print_list(mem, v.list);
    }
    return STR(""); /* uncovered: every kind is above */
}

struct str
field_print(struct arena *mem, const struct field *f, const void *data)
{
    return f->secret ? STR("") : print_value(mem, f->kind, load(f, data));
}

/* --- parsing --------------------------------------------------------------------------------- */

static int64_t
number_of(enum field_kind kind, const union value *v)
{
    switch (kind) {
    case FIELD_INT:
        return v->i64;
    case FIELD_MONEY:
        return v->money.minor;
    case FIELD_PERCENT:
        return v->percent.n;
    case FIELD_MINUTES:
        return v->minutes.n;
    case FIELD_DAY:
        return v->day.n;
    case FIELD_CLOCK:
        return v->clock.n;
    case FIELD_TEXT: /* uncovered: asked for numbers only */
    case FIELD_FLAG:
    case FIELD_ID:
    case FIELD_LIST:
        break; /* uncovered: the same */
    }
    return 0; /* uncovered: the same */
}

/* A bound as the user reads it, in the field's own notation. */
static struct str
bound_text(struct arena *mem, const struct field *f, int64_t bound)
{
    if (f->kind == FIELD_INT) {
        return arena_fmt(mem, "%" PRId64, bound);
    }
    if (f->kind == FIELD_MONEY) {
        return print_hundredths(mem, bound, false, true);
    }
    return print_i32(mem, f->kind, (int32_t)bound);
}

static enum rc
check_bounds(struct arena *mem, const struct field *f, const union value *v,
             struct field_fault *ret_fault)
{
    int64_t n = number_of(f->kind, v);
    if (f->max <= f->min) {
        return OK;
    }
    if (n < f->min) {
        return fault(ret_fault, f, E_FIELD_MIN, bound_text(mem, f, f->min));
    }
    if (n > f->max) {
        return fault(ret_fault, f, E_FIELD_MAX, bound_text(mem, f, f->max));
    }
    return OK;
}

static enum rc
parse_id(struct str s, struct any_id *ret_id)
{
    int64_t n;
    TRY(str_to_i64(s, &n));
    if (n <= 0) {
        return RC_INVALID;
    }
    ret_id->n = n;
    return OK;
}

static enum rc
parse_int(struct str s, int64_t *ret_n)
{
    int64_t n;
    TRY(str_to_i64(s, &n));
    if (n == NONE_I64) {
        return RC_INVALID;
    }
    *ret_n = n;
    return OK;
}

/* The kinds that are one number in the end; *ret_code is the code of a bad form. */
static enum rc
parse_number(const struct field *f, struct str s, union value *ret_v, enum code *ret_code)
{
    struct clock_time from;
    struct clock_time to;
    switch (f->kind) {
    case FIELD_INT:
        *ret_code = E_FIELD_NUMBER;
        return parse_int(s, &ret_v->i64);
    case FIELD_MONEY:
        *ret_code = E_FIELD_MONEY;
        return money_parse(s, &ret_v->money);
    case FIELD_PERCENT:
        *ret_code = E_FIELD_NUMBER;
        return percent_parse(s, &ret_v->percent);
    case FIELD_MINUTES:
        *ret_code = f->hours ? E_FIELD_HOURS : E_FIELD_DURATION;
        return f->hours ? hours_parse(s, &ret_v->minutes)
                        : minutes_parse(s, &ret_v->minutes, &from, &to);
    case FIELD_DAY:
        *ret_code = E_FIELD_DAY;
        return day_parse(s, &ret_v->day);
    case FIELD_CLOCK:
        *ret_code = E_FIELD_TIME;
        return clock_parse(s, &ret_v->clock);
    case FIELD_ID:
        *ret_code = E_FIELD_ID;
        return parse_id(s, &ret_v->id);
    case FIELD_TEXT: /* uncovered: parse_value has taken these */
    case FIELD_FLAG:
    case FIELD_LIST:
        break; /* uncovered: the same */
    }
    *ret_code = E_BROKEN; /* uncovered: the same */
    return RC_INVALID;    /* uncovered: the same */
}

static enum rc
parse_flag(const struct field *f, struct str s, bool *ret_flag, struct field_fault *ret_fault)
{
    bool on = str_eq(s, STR("1")) || str_eq(s, STR("on")) || str_eq(s, STR("true"));
    if (!on && s.n > 0 && !str_eq(s, STR("0")) && !str_eq(s, STR("false"))) {
        return fault(ret_fault, f, E_FIELD_CHOICE, STR_NONE);
    }
    if (!on && f->required) {
        return fault(ret_fault, f, E_FIELD_REQUIRED, STR_NONE);
    }
    *ret_flag = on;
    return OK;
}

/* One more element. The array always has room up to a power of two, so it is copied seldom;
 * therefore the list must have been empty or made here. */
static enum rc
append(struct arena *mem, const struct field *f, struct str s, struct str_list *list,
       struct field_fault *ret_fault)
{
    struct str *grown;
    struct str item;
    if (list->n == FIELD_LIST_MAX) {
        return fault(ret_fault, f, E_LIMIT, arena_fmt(mem, "%d", FIELD_LIST_MAX));
    }
    TRY(parse_text(mem, f, s, &item, ret_fault));
    if ((list->n & (list->n - 1)) == 0) {
        grown = ARENA_ARRAY(mem, struct str, list->n == 0 ? 1 : 2 * list->n);
        if (list->n > 0) {
            memcpy(grown, list->p, list->n * sizeof *grown);
        }
    } else {
        /* It was made here and is only const for readers. */
        memcpy(&grown, &list->p, sizeof grown);
    }
    grown[list->n] = item;
    *list = (struct str_list){grown, list->n + 1};
    return OK;
}

/* What an empty, not required field becomes. Text is "" and not "no value": most columns want it
 * so. */
static union value
empty_value(enum field_kind kind)
{
    union value v = {0};
    switch (kind) {
    case FIELD_TEXT:
        v.text = STR("");
        break;
    case FIELD_INT:
        v.i64 = NONE_I64;
        break;
    case FIELD_MONEY:
        v.money = MONEY_NONE;
        break;
    case FIELD_PERCENT:
        v.percent = PERCENT_NONE;
        break;
    case FIELD_MINUTES:
        v.minutes = MINUTES_NONE;
        break;
    case FIELD_DAY:
        v.day = DAY_NONE;
        break;
    case FIELD_CLOCK:
        v.clock = CLOCK_NONE;
        break;
    case FIELD_FLAG:
    case FIELD_ID:
    case FIELD_LIST:
        break;
    }
    return v;
}

static enum rc
parse_value(struct arena *mem, const struct field *f, struct str s, union value *v,
            struct field_fault *ret_fault)
{
    enum code code;
    if (f->kind == FIELD_FLAG) {
        return parse_flag(f, s, &v->flag, ret_fault);
    }
    if (s.n == 0) {
        if (f->required && (f->kind != FIELD_LIST || v->list.n == 0)) {
            return fault(ret_fault, f, E_FIELD_REQUIRED, STR_NONE);
        }
        if (f->kind != FIELD_LIST) {
            *v = empty_value(f->kind);
        }
        return OK;
    }
    if (f->kind == FIELD_TEXT) {
        return parse_text(mem, f, s, &v->text, ret_fault);
    }
    if (f->kind == FIELD_LIST) {
        return append(mem, f, s, &v->list, ret_fault);
    }
    if (parse_number(f, s, v, &code) != OK) {
        return fault(ret_fault, f, code, STR_NONE);
    }
    return f->kind == FIELD_ID ? OK : check_bounds(mem, f, v, ret_fault);
}

enum rc
field_parse(struct arena *mem, const struct field *f, struct str value, void *data,
            struct field_fault *ret_fault)
{
    union value v = load(f, data);
    bool keep_blanks = f->raw && (f->kind == FIELD_TEXT || f->kind == FIELD_LIST);
    if (!str_is_utf8(value)) {
        return fault(ret_fault, f, E_FIELD_ENCODING, STR_NONE);
    }
    TRY(parse_value(mem, f, keep_blanks ? value : str_trim(value), &v, ret_fault));
    memcpy((char *)data + f->off, &v, kind_size(f->kind));
    return OK;
}

/* --- comparing ------------------------------------------------------------------------------- */

static bool
same_list(struct str_list a, struct str_list b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (!str_eq(a.p[i], b.p[i])) {
            return false;
        }
    }
    return true;
}

bool
field_same(const struct field *f, const void *a, const void *b)
{
    union value x = load(f, a);
    union value y = load(f, b);
    if (f->kind == FIELD_TEXT) {
        return str_eq(x.text, y.text);
    }
    if (f->kind == FIELD_LIST) {
        return same_list(x.list, y.list);
    }
    return memcmp(&x, &y, kind_size(f->kind)) == 0;
}

void
field_copy(const struct field *f, void *to, const void *from)
{
    memcpy((char *)to + f->off, (const char *)from + f->off, kind_size(f->kind));
}
