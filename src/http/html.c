/* html.c: see html.h. The only file that makes struct html and struct url from other things. */
#include "http/html.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>

#include "http/asset.h"

#define UNUSED __attribute__((unused))

/* --- text ------------------------------------------------------------------------------------ */
static struct str
entity(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return STR_NONE;
    }
}

void
put_str(struct out *o, const struct page *pg UNUSED, struct str s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.n; i++) {
        struct str e = entity(s.p[i]);

        if (e.p != NULL) {
            out_bytes(o, s.p + from, i - from);
            out_str(o, e);
            from = i + 1;
        }
    }
    if (s.n > from) {
        out_bytes(o, s.p + from, s.n - from);
    }
}

struct html
html_of_page(const struct out *o)
{
    return (struct html){out_view(o)};
}

void
put_html(struct out *o, const struct page *pg UNUSED, struct html h)
{
    out_str(o, h.s);
}

void
put_url_text(struct out *o, const struct page *pg, struct url u)
{
    put_str(o, pg, u.s);
}

/* --- numbers --------------------------------------------------------------------------------- */
void
put_i64(struct out *o, const struct page *pg UNUSED, int64_t n)
{
    if (n != NONE_I64) {
        out_i64(o, n);
    }
}

void
put_u64(struct out *o, const struct page *pg UNUSED, uint64_t n)
{
    out_fmt(o, "%" PRIu64, n);
}

#define ID(name)                                                                                   \
    void put_##name##_id(struct out *o, const struct page *pg UNUSED, struct name##_id id)         \
    {                                                                                              \
        if (id.n != 0) {                                                                           \
            out_i64(o, id.n);                                                                      \
        }                                                                                          \
    }
#include "base/ids.def"
#undef ID

static bool
english(const struct page *pg)
{
    return pg->lang == LANG_EN;
}

/* 1.234.567 or 1,234,567. */
static void
put_grouped(struct out *o, const struct page *pg, uint64_t n)
{
    char digits[24];
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, n);

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out_char(o, english(pg) ? ',' : '.');
        }
        out_char(o, digits[i]);
    }
}

/* The sign, and the absolute value also of INT64_MIN. */
static uint64_t
put_sign(struct out *o, int64_t n)
{
    if (n >= 0) {
        return (uint64_t)n;
    }
    out_str(o, STR("\u2212"));
    return (uint64_t)0 - (uint64_t)n;
}

void
put_count(struct out *o, const struct page *pg, int64_t n)
{
    if (n != NONE_I64) {
        put_grouped(o, pg, put_sign(o, n));
    }
}

/* n / 100 with two digits; short_form: as many as are needed. */
static void
put_hundredths(struct out *o, const struct page *pg, uint64_t n, bool short_form)
{
    int digits = (int)(n % 100);

    put_grouped(o, pg, n / 100);
    if (short_form && digits == 0) {
        return;
    }
    out_char(o, english(pg) ? '.' : ',');
    if (short_form && digits % 10 == 0) {
        out_i64(o, digits / 10);
    } else {
        out_fmt(o, "%02d", digits);
    }
}

void
put_money(struct out *o, const struct page *pg, struct money m)
{
    if (m.minor != NONE_I64) {
        put_hundredths(o, pg, put_sign(o, m.minor), false);
    }
}

void
put_whole(struct out *o, const struct page *pg, struct money m)
{
    if (m.minor != NONE_I64) {
        put_count(o, pg, round_half_up(m.minor, 100));
    }
}

/* As disks count: a MB is a million bytes. */
void
put_size(struct out *o, const struct page *pg, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    int64_t tenths = bytes < 0 ? 0 : bytes / 100;
    size_t unit = 0;

    while (tenths >= 10000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        tenths /= 1000;
        unit++;
    }
    put_hundredths(o, pg, (uint64_t)tenths * 10, true);
    out_fmt(o, "\u00a0%s", units[unit]);
}

void
put_percent(struct out *o, const struct page *pg, struct percent p)
{
    if (p.n != NONE_I32) {
        put_hundredths(o, pg, put_sign(o, p.n), true);
        out_str(o, english(pg) ? STR("%") : STR("\u00a0%"));
    }
}

void
put_minutes(struct out *o, const struct page *pg UNUSED, struct minutes m)
{
    if (m.n != NONE_I32) {
        uint64_t n = put_sign(o, m.n);

        out_fmt(o, "%" PRIu64 ":%02d", n / 60, (int)(n % 60));
    }
}

void
put_hours(struct out *o, const struct page *pg, struct minutes m)
{
    if (m.n != NONE_I32) {
        put_hundredths(o, pg, put_sign(o, round_half_up((int64_t)m.n * 100, 60)), false);
    }
}

void
put_elapsed(struct out *o, const struct page *pg UNUSED, int64_t seconds)
{
    int64_t s = seconds < 0 ? 0 : seconds;

    out_fmt(o, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
}

/* --- days and times -------------------------------------------------------------------------- */
static enum text
month_text(struct civil c)
{
    static const enum text names[] = {T_calendar_january, T_calendar_february, T_calendar_march,
                                      T_calendar_april,   T_calendar_may,      T_calendar_june,
                                      T_calendar_july,    T_calendar_august,   T_calendar_september,
                                      T_calendar_october, T_calendar_november, T_calendar_december};

    return names[c.month - 1];
}

static enum text
weekday_text(struct day d)
{
    static const enum text names[] = {T_calendar_monday,   T_calendar_tuesday, T_calendar_wednesday,
                                      T_calendar_thursday, T_calendar_friday,  T_calendar_saturday,
                                      T_calendar_sunday};

    return names[day_weekday(d) - 1];
}

static void
put_english_day(struct out *o, const struct page *pg, struct civil c)
{
    out_fmt(o, "%d ", c.dom);
    put_str(o, pg, str_sub(text_get(month_text(c), LANG_EN), 0, 3));
}

void
put_day(struct out *o, const struct page *pg, struct day d)
{
    struct civil c;

    if (d.n == NONE_I32) {
        return;
    }
    c = day_civil(d);
    if (english(pg)) {
        put_english_day(o, pg, c);
        out_fmt(o, " %d", c.year);
    } else {
        out_fmt(o, "%02d.%02d.%04d", c.dom, c.month, c.year);
    }
}

void
put_day_short(struct out *o, const struct page *pg, struct day d)
{
    struct civil c;

    if (d.n == NONE_I32) {
        return;
    }
    c = day_civil(d);
    if (english(pg)) {
        put_english_day(o, pg, c);
    } else {
        out_fmt(o, "%02d.%02d.", c.dom, c.month);
    }
}

void
put_day_long(struct out *o, const struct page *pg, struct day d)
{
    struct civil c;

    if (d.n == NONE_I32) {
        return;
    }
    c = day_civil(d);
    put_text(o, pg, weekday_text(d));
    out_fmt(o, english(pg) ? ", %d " : ", %d. ", c.dom);
    put_text(o, pg, month_text(c));
    out_fmt(o, " %d", c.year);
}

void
put_month(struct out *o, const struct page *pg, struct day d)
{
    if (d.n != NONE_I32) {
        const struct civil c = day_civil(d);
        put_text(o, pg, month_text(c));
        out_fmt(o, " %d", c.year);
    }
}

void
put_day_name(struct out *o, const struct page *pg, struct day d)
{
    if (d.n != NONE_I32) {
        put_str(o, pg, str_sub(text_get(weekday_text(d), pg->lang), 0, english(pg) ? 3 : 2));
    }
}

void
put_day_near(struct out *o, const struct page *pg, struct day d)
{
    if (d.n == NONE_I32) {
        return;
    }
    switch ((int64_t)d.n - pg->today.n) {
    case -1:
        put_text(o, pg, T_calendar_yesterday);
        return;
    case 0:
        put_text(o, pg, T_calendar_today);
        return;
    case 1:
        put_text(o, pg, T_calendar_tomorrow);
        return;
    default:
        put_day(o, pg, d);
    }
}

void
put_week(struct out *o, const struct page *pg UNUSED, struct day d)
{
    int32_t year, week;

    if (d.n != NONE_I32) {
        day_iso_week(d, &year, &week);
        out_i64(o, week);
    }
}

void
put_iso_day(struct out *o, const struct page *pg UNUSED, struct day d)
{
    char buf[16];

    if (d.n != NONE_I32) {
        out_str(o, day_print(d, buf));
    }
}

void
put_clock(struct out *o, const struct page *pg UNUSED, struct clock_time c)
{
    char buf[8];

    if (c.n != NONE_I32) {
        out_str(o, clock_print(c, buf));
    }
}

void
put_instant(struct out *o, const struct page *pg, struct instant t)
{
    if (t.us != 0) {
        put_day(o, pg, instant_day(t));
        out_str(o, STR(", "));
        put_clock(o, pg, instant_clock(t));
    }
}

void
put_instant_near(struct out *o, const struct page *pg, struct instant t)
{
    if (t.us != 0) {
        put_day_near(o, pg, instant_day(t));
        out_str(o, STR(", "));
        put_clock(o, pg, instant_clock(t));
    }
}

void
put_instant_clock(struct out *o, const struct page *pg, struct instant t)
{
    if (t.us != 0) {
        put_clock(o, pg, instant_clock(t));
    }
}

void
put_iso_instant(struct out *o, const struct page *pg UNUSED, struct instant t)
{
    char buf[32];

    if (t.us != 0) {
        out_str(o, instant_print(t, buf));
    }
}

/* --- URLs ------------------------------------------------------------------------------------ */
static bool
is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

/* An own path: one '/' at the start and only bytes that a URL may hold. */
static bool
is_own_path(struct str s)
{
    if (s.n == 0 || s.p[0] != '/' || (s.n > 1 && s.p[1] == '/')) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (!is_unreserved(c) && (c == '\0' || strchr("/?&=%+:@!$()*,;#", c) == NULL)) {
            return false;
        }
    }
    return true;
}

struct url
url_fmt(struct arena *mem, const char *fmt, ...)
{
    char buf[2048];
    struct str s;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    assert(n > 0 && (size_t)n < sizeof(buf));
    s = (struct str){buf, (size_t)n};
    assert(is_own_path(s));
    return (struct url){arena_copy(mem, s)};
}

enum rc
url_parse(struct str s, struct url *ret_url)
{
    if (!is_own_path(s)) {
        return RC_INVALID;
    }
    *ret_url = (struct url){s};
    return OK;
}

static void
put_encoded(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (is_unreserved(c)) {
            out_char(o, (char)c);
        } else {
            out_fmt(o, "%%%02X", c);
        }
    }
}

const char *
url_text(struct arena *mem, struct str s)
{
    struct out o = out_new(mem, s.n * 3 + 1);

    put_encoded(&o, s);
    return arena_copy(mem, out_view(&o)).p;
}

void
put_own_url(struct out *o, const struct page *pg, struct url u)
{
    assert(u.s.n == 0 || is_own_path(u.s));
    put_str(o, pg, u.s);
}

enum rc
outside_parse(struct str s, struct outside *ret_o)
{
    const size_t host = str_starts(s, STR("https://")) ? 8 : str_starts(s, STR("http://")) ? 7 : 0;

    if (host == 0 || s.n == host || strchr("/?#:@", s.p[host]) != NULL) {
        return RC_INVALID;
    }
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F) {
            return RC_INVALID;
        }
    }
    *ret_o = (struct outside){s};
    return OK;
}

void
put_outside(struct out *o, const struct page *pg, struct outside u)
{
    struct outside checked;
    const enum rc rc = outside_parse(u.s, &checked);

    assert(rc == OK);
    put_str(o, pg, checked.s);
}

void
put_url_part_str(struct out *o, const struct page *pg UNUSED, struct str s)
{
    put_encoded(o, s);
}

/* --- catalogue ------------------------------------------------------------------------------- */
struct text_walk
text_walk(struct out *o, const struct page *pg, enum text t)
{
    return (struct text_walk){.o = o, .pg = pg, .rest = text_get(t, pg->lang), .arg = -1};
}

bool
text_step(struct text_walk *w)
{
    size_t brace = str_find(w->rest, STR("{"), 0);

    put_str(w->o, w->pg, str_sub(w->rest, 0, brace));
    if (brace == SIZE_MAX || w->rest.n - brace < 3) {
        return false;
    }
    w->arg = w->rest.p[brace + 1] - '0';
    w->rest = str_sub(w->rest, brace + 3, w->rest.n);
    return true;
}

void
put_text(struct out *o, const struct page *pg, enum text t)
{
    for (struct text_walk w = text_walk(o, pg, t); text_step(&w);) {
    }
}

struct str
page_text(const struct page *pg, enum text t, struct str arg0)
{
    struct str rest = text_get(t, pg->lang);
    struct out o = out_new(pg->mem, 4096);
    size_t at;

    while ((at = str_find(rest, STR("{"), 0)) != SIZE_MAX && rest.n - at >= 3) {
        out_str(&o, str_sub(rest, 0, at));
        if (rest.p[at + 1] == '0') {
            out_str(&o, arg0);
        }
        rest = str_sub(rest, at + 3, rest.n);
    }
    out_str(&o, rest);
    return out_view(&o);
}

struct str
page_error(const struct page *pg, enum code code, struct str arg)
{
    struct str key = arena_fmt(pg->mem, "err.%s", code_name(code));
    enum text t = text_find(key);

    return page_text(pg, t != T_NONE ? t : T_err_broken, arg);
}

void
put_icon(struct out *o, const char *name, const char *size)
{
    out_fmt(o, "<svg class=\"icon%s%s\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><use href=\"",
            size[0] != '\0' ? " " : "", size);
    out_str(o, asset_path(ASSET_icons_svg));
    out_fmt(o, "#%s\"/></svg>", name);
}
