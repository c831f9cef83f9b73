/* time.h: what was worked on which project: entries, timers, categories. What is booked is rounded
 * up by the raster of the settings; the raw minutes are kept beside it. Entries stand on the civil
 * day on which the work began; clock times are shown and give the duration when none was typed,
 * across midnight and both DST nights (the real time between two clock readings counts). */
#ifndef APP_TIME_TIME_H
#define APP_TIME_TIME_H

#include "guard/dispatch.h"
#include "store/store.h"

enum {
    TIME_DAY_MINUTES = 24 * 60, /* more than this is not booked on one person's day */
    TIME_NOTE_MAX = 4000,       /* characters; the API cuts at 800 as its contract says */
    TIME_AHEAD_DAYS = 366,      /* nobody books further ahead */
    TIMERS_MAX = 50             /* of one person: a bound, not a wish */
};

/* --- entries --------------------------------------------------------------------------------- */
struct time_form {
    struct project_id project_id;
    struct category_id category_id;
    struct day day;
    struct minutes minutes; /* none: from and to say it */
    struct clock_time from_clock, to_clock;
    struct str note;
    bool billable;
    struct user_id user_id; /* 0: the person who writes it; others need TIME_WRITE_ALL */
    bool start;             /* the quick entry's second button: start a timer instead of booking */
    int64_t version;        /* the one the form was made from; ignored by time_add */
};
extern const struct form_def time_form_def;

/* Books. Refuses with the field at fault: E_FIELD_ID (a project that `who` does not see, a category
 * or person that is none), E_PROJECT_NOT_OPEN, E_TIME_LOCKED (older than the edit lock, but not for
 * TIME_WRITE_ALL), E_TIME_AHEAD, E_TIME_DAY_FULL, E_FIELD_REQUIRED (neither duration nor both clock
 * times), E_CATEGORY_CLOSED (inactive, or bound to another company). */
MUST enum rc time_add(struct wtx *tx, const struct principal *who, const struct time_form *f,
                      struct time_entry_id *ret_id);
/* The same rules for the entry as it was and as it shall be; E_TIME_INVOICED; E_STALE. What was
 * booked is rounded anew only when the duration changes. An unchanged form changes nothing and is
 * OK. */
MUST enum rc time_change(struct wtx *tx, const struct principal *who, struct time_entry_id id,
                         const struct time_form *f);
/* Removes what was seen: E_STALE when somebody changed it since that version. */
struct time_remove_form {
    int64_t version;
};
extern const struct form_def time_remove_form_def;
MUST enum rc time_remove(struct wtx *tx, const struct principal *who, struct time_entry_id id,
                         int64_t version);

/* Rounded up to the raster (0: as it is), never above a day. */
struct minutes time_round(struct minutes raw, struct minutes raster);
/* Real minutes from one clock reading of the day to the next one at or before it on the clock:
 * 22:00 to 01:30 is the next morning. In the loaded zone. */
struct minutes time_between(struct day d, struct clock_time from, struct clock_time to);
/* True when the person may no longer change what stands on that day. */
bool time_is_locked(const struct principal *who, struct day d, struct day today, int64_t lock_days);

/* --- timers ---------------------------------------------------------------------------------- */
struct timer_form {
    struct project_id project_id;
    struct category_id category_id; /* 0: asked for when it is booked */
    struct str note;
    bool billable;
};
extern const struct form_def timer_form_def;

MUST enum rc timer_start(struct wtx *tx, const struct principal *who, const struct timer_form *f,
                         struct timer_id *ret_id);
/* The same for one that runs since `begun`: forgotten clocks of the demo. */
MUST enum rc timer_start_at(struct wtx *tx, const struct principal *who, const struct timer_form *f,
                            struct instant begun, struct timer_id *ret_id);
MUST enum rc timer_pause(struct wtx *tx, struct timer_id id);
MUST enum rc timer_resume(struct wtx *tx, struct timer_id id);
/* Throws the measured time away. */
MUST enum rc timer_drop(struct wtx *tx, struct timer_id id);
/* Books what was measured on the day it began and removes the timer. RC_CONFLICT with E_TIMER_LONG
 * when it shows more than a day, E_TIMER_CATEGORY when it has no category: it is paused in another
 * transaction by the caller, and booked by hand through time_add + timer_drop. */
MUST enum rc timer_book(struct wtx *tx, const struct principal *who, struct timer_id id,
                        struct time_entry_id *ret_id);

struct timer_view {
    struct timer_id id;
    struct project_id project;
    struct category_id category;
    struct str project_name, company_name, category_name, note;
    bool running, billable;
    bool is_old; /* begun on another day than today */
    int64_t seconds;
    struct day day; /* begun on */
    struct clock_time begun;
};
/* One person's timers, the running ones first, then by age. */
MUST enum rc timer_views(struct rtx *tx, struct user_id user, struct timer_view **ret_v,
                         size_t *ret_n);

/* --- sums for other pages -------------------------------------------------------------------- */
struct time_day_sum {
    struct day day;
    struct minutes total, billable;
};
/* Seven days from `from`, each with its sum (0 where nothing was booked). */
MUST enum rc time_week_sums(struct rtx *tx, struct user_id user, struct day from,
                            struct time_day_sum ret_days[static 7]);

/* --- categories ------------------------------------------------------------------------------ */
struct category_form {
    struct str name, group_name;
    int64_t sort_no;
    bool active, billable;
    struct money rate;            /* none: by project, customer, person */
    struct company_id company_id; /* the only one it is booked for; 0: for all */
    struct str price_group;       /* of companies; "": none */
    int64_t version;
};
extern const struct form_def category_form_def;
MUST enum rc category_add(struct wtx *tx, const struct category_form *f,
                          struct category_id *ret_id);
MUST enum rc category_change(struct wtx *tx, struct category_id id, const struct category_form *f);
/* Categories that are bound to one company are bound to another one, which takes its place. Calls
 * no touch(): the merging of the companies says it. */
MUST enum rc category_move(struct wtx *tx, struct company_id from, struct company_id to);

extern const struct domain time_domain;

#endif
