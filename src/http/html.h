/* html.h: output by type. put() chooses the escape from the C type; text is escaped, struct html
 * goes as it is, `char *` has no branch and does not compile. URLs are a type of their own: a
 * struct url can only lead into this workspace. What every page knows besides its own data is
 * struct page. Generated page functions are `void name_html(struct out *o, const struct page *pg,
 * const T *d)`. */
#ifndef HTTP_HTML_H
#define HTTP_HTML_H

#include "base/field.h"
#include "base/out.h"
#include "base/time.h"
#include "guard/right.h"

/* Markup that is right as it stands. HTML("literal") or a page's own output; never from text. */
struct html {
    struct str s;
};
#define HTML(lit) ((struct html){STR(lit)})
/* What page functions printed into o: right as it stands, since only they and put() wrote it. */
struct html html_of_page(const struct out *o);

/* A path of this workspace with its query: begins with one '/', holds URL bytes only. Made by
 * url_fmt, url_parse, URL() and the asset table; {{href="{{x}}"}} wants one. */
struct url {
    struct str s;
};
/* URL("/zeiten"): a literal only; that it begins with '/' is asked when the page is printed. */
#define URL(lit) ((struct url){STR(lit)})
/* printf into a struct url. fmt begins with "/", not "//". Text arguments are made by url_text().
 * The program ends (assert) when the result is not an own path: that is a fault of the caller. */
struct url url_fmt(struct arena *mem, const char *fmt, ...) PRINTF(2, 3);
/* Text percent-encoded as one part of a path or one query value, NUL-terminated for %s. */
const char *url_text(struct arena *mem, struct str s);
/* Takes a path that came from outside ("back to …"): RC_INVALID unless it is an own path. */
MUST enum rc url_parse(struct str s, struct url *ret_url);

/* An address elsewhere, as people keep links to drafts and documents: http or https with a host, no
 * blanks and no controls. outside_parse() alone makes one; a link to it says rel="noopener
 * noreferrer". */
struct outside {
    struct str s;
};
MUST enum rc outside_parse(struct str s, struct outside *ret_o);

/* --- what every page knows ------------------------------------------------------------------- */
enum theme { THEME_SYSTEM, THEME_LIGHT, THEME_DARK };
/* Which entry of the navigation is the current one. */
enum nav {
    NAV_NONE,
    NAV_START, /* Mein Tag */
    NAV_TIMES,
    NAV_PROJECTS,
    NAV_CONTACTS,
    NAV_SETTINGS,
    NAV_USERS,
    NAV_SECURITY,
    NAV_BACKUPS,
    NAV_EXPORT,
    NAV_CHARGES, /* of the console, as the next one */
    NAV_HEALTH,
    NAV_RELEASES,
    NAV_ACCOUNT,
    NAV_MORE
};
enum notice_kind { NOTICE_OK, NOTICE_INFO, NOTICE_WARN, NOTICE_BAD };

/* One running timer of the signed-in person, as the top bar shows it. */
struct page_timer {
    struct timer_id id;
    struct str project_name, company_name; /* company STR_NONE: internal */
    struct str note;
    int64_t seconds; /* elapsed when the page was made */
};
/* One posted value, as it came. A repeated field has one for each value. */
struct form_raw {
    struct str name, value;
};
/* Choices of a select, radio group or list of check boxes; arrays with n_ beside them. */
struct option {
    struct str value, label;
    bool selected; /* counts only when neither a posted nor a stored value is there */
};

struct page {
    struct arena *mem; /* the request's */
    enum lang lang;
    enum theme theme;
    bool keys_off;    /* the person switched keyboard shortcuts off */
    struct str title; /* without "– Kontor"; in the page's language */
    enum nav nav;
    struct url path;  /* own path with query, for "back" and forms to self */
    struct day today; /* in the workspace's zone */
    struct instant now;
    struct str workspace;  /* the agency's name */
    struct str request_no; /* for error pages: no personal data in it */

    /* the signed-in person; signed_in false leaves the rest empty */
    bool signed_in;
    struct user_id user;
    struct str user_name;            /* "Mara Tannhof" */
    struct str user_initials;        /* "MT" */
    uint64_t rights;                 /* bit r for enum right r */
    bool is_low;                     /* the disk is nearly full: people may read (BAK-09) */
    struct instant factor_due_at;    /* a second factor must be there by then; none: nothing due */
    int64_t n_notices;               /* of the own account, not seen yet */
    const struct page_timer *timers; /* running ones, newest first */
    size_t n_timers;

    /* Every POST form carries a token, csrf_token() of form_secret (32 bytes; NULL: none) and the
     * form's name, and once, which is the same for all forms of one page: the key of a repetition
     * is (session, path, once). */
    const uint8_t *form_secret;
    struct str once;

    /* after a change: one sentence, shown on the page that follows */
    struct str notice;
    enum notice_kind notice_kind;

    /* after a refused form: its name (form_def.name), the path it was sent to, faults, what came */
    struct str failed_form;
    struct url failed_to;
    const struct field_fault *faults;
    size_t n_faults;
    const struct form_raw *raw;
    size_t n_raw;
};
/* {{#if may PROJECT_WRITE}}: for showing or hiding what the person could not use anyway. */
static inline bool
page_may(const struct page *pg, enum right r)
{
    return ((pg->rights >> (unsigned)r) & 1u) != 0;
}

/* --- printing by type: put(o, pg, x) --------------------------------------------------------- */
/* Escapes & < > " ' so that the text is right in text and in a quoted attribute. */
void put_str(struct out *o, const struct page *pg, struct str s);
void put_html(struct out *o, const struct page *pg, struct html h);
void put_url_text(struct out *o, const struct page *pg, struct url u); /* shown as text */
void put_i64(struct out *o, const struct page *pg, int64_t n);         /* plain digits */
void put_u64(struct out *o, const struct page *pg, uint64_t n);
void put_money(struct out *o, const struct page *pg, struct money m);     /* 1.234,50 · 1,234.50 */
void put_percent(struct out *o, const struct page *pg, struct percent p); /* 7,5 % · 7.5% */
void put_minutes(struct out *o, const struct page *pg, struct minutes m); /* 1:30 */
void put_day(struct out *o, const struct page *pg, struct day d); /* 24.11.2026 · 24 Nov 2026 */
void put_clock(struct out *o, const struct page *pg, struct clock_time c); /* 09:05 */
/* Day and clock time in the workspace's zone: 24.11.2026, 09:05 · 24 Nov 2026, 09:05 */
void put_instant(struct out *o, const struct page *pg, struct instant t);
void put_text(struct out *o, const struct page *pg, enum text t); /* placeholders stay empty */
#define ID(name) void put_##name##_id(struct out *o, const struct page *pg, struct name##_id id);
#include "base/ids.def"
#undef ID

/* A none value prints nothing. bool and char * have no branch. */
/* clang-format off */
#define put(o, pg, x) _Generic((x),                                                                \
    struct str: put_str, struct html: put_html, struct url: put_url_text, int: put_i64,            \
    long: put_i64, long long: put_i64, unsigned int: put_u64, unsigned long: put_u64,              \
    unsigned long long: put_u64, struct money: put_money, struct percent: put_percent,             \
    struct minutes: put_minutes, struct day: put_day, struct clock_time: put_clock,                \
    struct instant: put_instant, enum text: put_text, HTML_IDS(put_))((o), (pg), (x))

#define HTML_IDS(pre)                                                                              \
    struct address_id: pre##address_id, struct approval_id: pre##approval_id,                      \
    struct audit_id: pre##audit_id, struct category_id: pre##category_id,                          \
    struct charge_id: pre##charge_id, struct company_id: pre##company_id,                          \
    struct contact_id: pre##contact_id, struct device_id: pre##device_id,                          \
    struct event_id: pre##event_id, struct export_file_id: pre##export_file_id,                    \
    struct factor_id: pre##factor_id,                                                              \
    struct group_id: pre##group_id, struct import_id: pre##import_id,                              \
    struct incident_id: pre##incident_id,                                                          \
    struct link_id: pre##link_id, struct link_wish_id: pre##link_wish_id,                          \
    struct passkey_id: pre##passkey_id,                                                            \
    struct mail_id: pre##mail_id, struct notice_id: pre##notice_id,                                \
    struct person_id: pre##person_id, struct project_id: pre##project_id,                          \
    struct project_group_id: pre##project_group_id, struct recovery_id: pre##recovery_id,          \
    struct restore_order_id: pre##restore_order_id,                                                \
    struct restore_release_id: pre##restore_release_id,                                            \
    struct saved_filter_id: pre##saved_filter_id, struct session_id: pre##session_id,              \
    struct target_id: pre##target_id,                                                              \
    struct time_entry_id: pre##time_entry_id, struct timer_id: pre##timer_id,                      \
    struct user_id: pre##user_id, struct workspace_id: pre##workspace_id
/* clang-format on */

/* Other ways to print a value; in templates {{day_long d.day}}. */
void put_day_long(struct out *o, const struct page *pg,
                  struct day d); /* Dienstag, 24. November 2026 */
void put_day_short(struct out *o, const struct page *pg, struct day d); /* 24.11. · 24 Nov */
void put_day_name(struct out *o, const struct page *pg, struct day d);  /* Di · Tue */
void put_day_near(struct out *o, const struct page *pg,
                  struct day d);                                    /* heute, gestern, 24.11.2026 */
void put_month(struct out *o, const struct page *pg, struct day d); /* November 2026 */
void put_size(struct out *o, const struct page *pg, int64_t bytes); /* 1,8 MB · 1.8 MB */
void put_week(struct out *o, const struct page *pg, struct day d);  /* 48: the ISO week's number */
void put_instant_near(struct out *o, const struct page *pg, struct instant t);  /* heute, 09:05 */
void put_instant_clock(struct out *o, const struct page *pg, struct instant t); /* 09:05 */
void put_count(struct out *o, const struct page *pg, int64_t n);        /* 50.000 · 50,000 */
void put_whole(struct out *o, const struct page *pg, struct money m);   /* 1.235: rounded half up */
void put_hours(struct out *o, const struct page *pg, struct minutes m); /* 1,50 · 1.50 */
void put_elapsed(struct out *o, const struct page *pg, int64_t seconds); /* 1:24:07 */
void put_iso_day(struct out *o, const struct page *pg, struct day d);    /* 2026-11-24 */
void put_iso_instant(struct out *o, const struct page *pg, struct instant t);
/* {{iso x}} for <time datetime> and hidden fields. */
#define put_iso(o, pg, x)                                                                          \
    _Generic((x), struct day : put_iso_day, struct instant : put_iso_instant)((o), (pg), (x))

/* --- URLs ------------------------------------------------------------------------------------ */
/* The start of href, src, action: an own path, or an address elsewhere that was parsed. */
void put_own_url(struct out *o, const struct page *pg, struct url u);
void put_outside(struct out *o, const struct page *pg, struct outside u);
#define put_url(o, pg, x)                                                                          \
    _Generic((x), struct url : put_own_url, struct outside : put_outside)((o), (pg), (x))
/* Behind a constant start: percent-encoded; ids and numbers as digits, days as 2026-11-24. */
void put_url_part_str(struct out *o, const struct page *pg, struct str s);
/* clang-format off */
#define put_url_part(o, pg, x) _Generic((x),                                                       \
    struct str: put_url_part_str, int: put_i64, long: put_i64, long long: put_i64,                 \
    unsigned int: put_u64, unsigned long: put_u64, unsigned long long: put_u64,                    \
    struct day: put_iso_day, HTML_IDS(put_))((o), (pg), (x))
/* clang-format on */

/* --- texts with placeholders ----------------------------------------------------------------- */
/* Prints a text piece by piece: text_step() prints up to the next placeholder and gives its number
 * in w.arg; false at the end. Generated code puts the argument between two steps. */
struct text_walk {
    struct out *o;
    const struct page *pg;
    struct str rest;
    int arg;
};
struct text_walk text_walk(struct out *o, const struct page *pg, enum text t);
bool text_step(struct text_walk *w);
/* The text in the page's language with {0} filled in, as plain text (titles, notices). */
struct str page_text(const struct page *pg, enum text t, struct str arg0);
/* "err.<code>" with its argument, plain text. */
struct str page_error(const struct page *pg, enum code code, struct str arg);

/* <svg class="icon …"><use href="/a/icons-….svg#name">; tmplgen has checked the name. size "" or
 * "sm". */
void put_icon(struct out *o, const char *name, const char *size);

/* --- {{#if x}} ------------------------------------------------------------------------------- */
static inline bool
is_set_bool(bool x)
{
    return x;
}
static inline bool
is_set_i64(int64_t x)
{
    return x != 0 && x != NONE_I64;
}
static inline bool
is_set_u64(uint64_t x)
{
    return x != 0;
}
static inline bool
is_set_str(struct str s)
{
    return s.n > 0;
}
static inline bool
is_set_html(struct html h)
{
    return h.s.n > 0;
}
static inline bool
is_set_url(struct url u)
{
    return u.s.n > 0;
}
static inline bool
is_set_money(struct money m)
{
    return m.minor != NONE_I64;
}
static inline bool
is_set_percent(struct percent p)
{
    return p.n != NONE_I32;
}
static inline bool
is_set_minutes(struct minutes m)
{
    return m.n != NONE_I32;
}
static inline bool
is_set_day(struct day d)
{
    return d.n != NONE_I32;
}
static inline bool
is_set_clock(struct clock_time c)
{
    return c.n != NONE_I32;
}
static inline bool
is_set_instant(struct instant t)
{
    return t.us != 0;
}
static inline bool
is_set_text(enum text t)
{
    return t != T_NONE;
}
static inline bool
is_set_ptr(const void *p)
{
    return p != NULL;
}
#define ID(name)                                                                                   \
    static inline bool is_set_##name##_id(struct name##_id id)                                     \
    {                                                                                              \
        return id.n != 0;                                                                          \
    }
#include "base/ids.def"
#undef ID
/* True for a bool that holds, a number that is neither 0 nor none, a text that is not empty, any
 * other value that is not none (0 minutes and 0 euros are values), a pointer that is not NULL. */
/* clang-format off */
#define is_set(x) _Generic((x),                                                                    \
    bool: is_set_bool, struct str: is_set_str, struct html: is_set_html, struct url: is_set_url,   \
    int: is_set_i64, long: is_set_i64, long long: is_set_i64, unsigned int: is_set_u64,            \
    unsigned long: is_set_u64, unsigned long long: is_set_u64, struct money: is_set_money,         \
    struct percent: is_set_percent, struct minutes: is_set_minutes, struct day: is_set_day,        \
    struct clock_time: is_set_clock, struct instant: is_set_instant, enum text: is_set_text,       \
    HTML_IDS(is_set_), default: is_set_ptr)(x)
/* clang-format on */

#endif
