/* time_in.h: what the files of this folder share and nobody else sees. */
#ifndef APP_TIME_TIME_IN_H
#define APP_TIME_TIME_IN_H

#include "app/project/project.h"
#include "app/restore/restore.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "guard/audit.h"
#include "http/form_html.h"
#include "http/reply.h"
#include "time.sql.h"

/* --- rules (check.c) ------------------------------------------------------------------------- */
enum { TIME_FAULTS_MAX = 8 };
/* What was found about an entry: whose it is, what it comes to, and all that speaks against it. */
struct time_check {
    struct user_id user;
    struct minutes raw, billed;
    bool is_free; /* no raster held */
    struct field_fault fault[TIME_FAULTS_MAX];
    size_t n;
};
/* A new entry (kept NULL) or the change of a stored one, whose own day and project are asked as
 * well. */
MUST enum rc time_inspect(struct rtx *tx, const struct principal *who,
                          const struct time_find_row *kept, const struct time_form *f,
                          struct time_check *ret);
/* Whether a stored one may be changed at all: its day is not locked, its project is open. */
MUST enum rc time_inspect_kept(struct rtx *tx, const struct principal *who,
                               const struct time_find_row *e, struct time_check *ret);
/* A new timer: project and category. */
MUST enum rc time_inspect_timer(struct rtx *tx, const struct principal *who,
                                const struct timer_form *f, struct time_check *ret);
/* Refuses with the first fault; OK when there is none. */
MUST enum rc time_first_fault(struct err *err, const struct time_check *c);
/* E_TIME_INVOICED. */
MUST enum rc time_need_unbilled(struct err *err, const struct time_find_row *e);

void time_form_of_row(const struct time_find_row *e, struct time_form *ret);
/* What was typed, or what lies between the clock times; 0 … 24 hours. */
MUST enum rc time_raw_minutes(const struct time_form *f, struct minutes *ret_raw,
                              enum code *ret_code);
/* Where the clock times said the duration, they go on doing so: who changes one of them moves the
 * other along. A duration that was typed beside them (a break in between) stays as typed. */
void time_follow(const struct time_form *before, struct time_form *f);

/* --- what a stale form is told (stale.c) ----------------------------------------------------- */
struct stale_change {
    enum text label;
    struct str before, after;
};
struct stale_entry {
    struct instant at;
    struct str who; /* "": the system */
    enum text event;
    struct stale_change *changes;
    size_t n_changes;
};
struct stale_view {
    struct stale_entry *entries;
    size_t n_entries;
};
/* *version comes in as stored and goes out as the form shall carry it: after another fault the one
 * it came with, so that a change in between is still noticed. */
MUST enum rc time_stale(struct req *rq, struct rtx *tx, struct subject s,
                        const struct form_def *def, int64_t *version, struct stale_view *ret_view);

/* --- pages ----------------------------------------------------------------------------------- */
struct time_week_cell {
    struct day day;
    struct minutes total;
    int width; /* of the meter, 0 … 100 */
    bool has_time, is_full, is_current, is_off;
};

struct time_day_entry {
    struct time_entry_id id;
    struct project_id project;
    struct category_id category;
    struct clock_time from, to;
    struct str project_name, company_name, category_name, note;
    struct minutes minutes, raw;
    bool is_rounded, billable, can_change;
    bool is_own; /* else nobody starts a timer from it */
};

enum { TIME_WORK_DAYS = 5, TIME_GAPS_MAX = 3 };
struct time_gap {
    struct clock_time from, to;
};

/* Whose times a page shows (whose.c). */
struct time_whose {
    struct user_id user;   /* whose they are */
    struct user_id other;  /* the same when it is another person; 0: one's own */
    struct str name;       /* of the other person */
    struct minutes week;   /* weekly target; 0: none */
    struct option *people; /* with TIME_WRITE_ALL: whose they may be */
    size_t n_people;
};
/* Of another person when the request says ?person= (or sent a form with user_id) and may do so; of
 * oneself when it names nobody there is. */
MUST enum rc time_whose_fill(struct req *rq, struct rtx *tx, struct time_whose *ret);

/* A day, and Mein Tag, which shows today's. */
struct time_day_page {
    struct day day, prev, next, today;
    bool is_today, has_raster;
    struct minutes total, target, billable, internal, raster;
    struct time_week_cell *week;
    size_t n_week;
    struct time_day_entry *rows;
    size_t n_rows;
    struct timer_view *timers;
    size_t n_timers;
    struct time_recent_row *recent;
    size_t n_recent;
    struct option *projects, *categories;
    size_t n_projects, n_categories;
    bool is_cut;    /* there are more projects than are offered */
    bool is_locked; /* nothing may be booked on this day any more: no form */
    int64_t lock_days;
    struct str fault; /* why a start button was refused */
    struct time_whose whose;
    struct minutes week_total, week_billable;
    struct time_gap *gaps; /* between entries with clock times */
    size_t n_gaps;
    struct time_form form;
};
/* One entry with its form. */
struct time_entry_page {
    struct time_entry_id id;
    struct day day;
    struct minutes minutes, raw;
    bool is_rounded, invoiced, is_locked, is_closed, can_change;
    bool shows_form;                        /* it can be changed, or what was sent is shown again */
    struct str project_name, category_name; /* for reading */
    struct instant created_at;
    struct str person; /* whose it is, when it is another one's */
    struct option *projects, *categories;
    size_t n_projects, n_categories;
    struct time_form form;
    int64_t version;
    struct stale_view stale;
};
/* Puts a project that is not among the options at their end, chosen; they have room for one more.
 */
MUST enum rc time_own_project(struct rtx *tx, struct project_id id, struct option *v, size_t *n);

/* The times of one project: which of them, a page of them, and the statement of hours. */
enum time_billing { BILLING_ALL, BILLING_OPEN, BILLING_INTERNAL, BILLING_INVOICED };
struct time_filter {
    struct str q; /* part of the note */
    struct user_id user_id;
    struct category_id category_id;
    struct day from_day, to_day;
    int64_t billing;
};
struct time_project_page {
    struct project project;
    struct time_filter filter;
    bool is_filtered, is_open, shows_all;
    struct minutes total, billable; /* of what the filter finds */
    int64_t count;
    struct url prev, next, csv, statement;
    struct time_of_project_row *rows;
    size_t n_rows;
    struct option *people, *categories, *billings;
    size_t n_people, n_categories, n_billings;
};
struct time_statement_page {
    struct arena *mem;
    struct project project;
    struct day from, to; /* none: without a bound */
    struct minutes total;
    struct url back;
    struct time_statement_row *rows;
    size_t n_rows;
};

/* The grid of a week. */
struct time_week_cell_in {
    struct str name, value, fault; /* of the input */
    struct str hand;               /* who changed it in between, and when */
    struct day day;
    struct minutes total, seen; /* as stored, and as the form that was sent had it; none: empty */
    struct time_entry_id entry; /* the one it changes; 0: none yet */
    struct time_entry_id seen_entry; /* the one that stood there when the form was made */
    struct user_id other;            /* as time_whose says */
    bool is_today, is_weekend;
    bool is_many;   /* several entries stand in it */
    bool is_locked; /* by the edit lock */
    bool is_fixed;  /* shown, not changed here */
    enum text why;  /* it is fixed */
    struct str project_name, company_name, category_name;
};
struct time_week_row {
    struct project_id project;
    struct category_id category;
    struct str project_name, company_name, category_name;
    struct minutes total;
    struct time_week_cell_in *cells;
    size_t n_cells;
};
struct time_week_head {
    struct day day;
    bool is_today;
};
struct time_week_form {
    struct day monday;
    struct str seen;        /* what the cells showed when the form was made */
    struct user_id user_id; /* whose week it is; 0: one's own */
};
extern const struct form_def time_week_form_def;
struct time_week_page {
    struct day monday, sunday, prev, next, today;
    bool is_now, is_cut;
    bool locked[7];
    struct str seen;
    struct time_whose whose;
    struct minutes total, left; /* left: what is missing to the target */
    int64_t percent;            /* of the total that is billed to customers */
    int width;                  /* of its meter, 0 … 100 */
    struct time_week_row *rows;
    size_t n_rows;
    struct time_week_head *days;
    size_t n_days;
    struct minutes *sums, *targets;
    size_t n_sums, n_targets;
    struct option *projects, *categories; /* of a row to be added */
    size_t n_projects, n_categories;
    struct time_week_form form;
};

/* One timer with the form that books it. */
struct time_timer_page {
    struct timer_view timer;
    bool is_long;
    struct option *projects, *categories;
    size_t n_projects, n_categories;
    struct time_form form;
};

struct category_list_page {
    struct category_list_row *rows;
    size_t n_rows;
};
struct category_page {
    bool is_new;
    struct url to;
    const struct option *companies;
    size_t n_companies;
    struct category_form form;
    int64_t version;
    struct stale_view stale;
};

/* Mein Tag. */
struct time_budget {
    struct project_id project;
    struct str name, company_name;
    struct minutes planned, needed;
    int64_t percent, width;
    bool is_ok, is_warn, is_over;
};
struct time_start_page {
    struct time_day_page day;
    struct restore_age age; /* of the newest backup, for who looks after them */
    bool can_book;          /* else there is nothing to book on, or no right to */
    struct str first_name;
    struct percent warn;
    int week_width;
    int64_t billable_percent;
    struct time_budget *budgets;
    size_t n_budgets;
};

struct url time_day_url(struct arena *mem, struct day d);
/* Tells the page of all faults; true when there are some. */
bool time_tell(struct req *rq, const struct time_check *c);
/* For a form whose fields have faults: tells what the rules say about the rest of it. */
MUST enum rc time_tell_rest(struct req *rq, struct rtx *tx, const struct time_find_row *kept);
/* "9-10:30" typed as a duration says the clock times as well. */
void time_take_range(struct req *rq, struct time_form *f);
/* Whether new work of this category is billed; true without one. */
MUST enum rc time_bills(struct rtx *tx, struct category_id id, bool *ret_bills);

MUST enum rc time_day_fill(struct req *rq, struct rtx *tx, struct day day, struct time_day_page *d);
/* Everybody, for a choice of persons. */
MUST enum rc time_people_options(struct rtx *tx, struct user_id chosen, struct option **ret_v,
                                 size_t *ret_n);
MUST enum rc time_project_options(struct rtx *tx, const struct principal *who,
                                  struct project_id chosen, struct option **ret_v, size_t *ret_n);
MUST enum rc time_category_options(struct rtx *tx, struct category_id chosen, struct option **ret_v,
                                   size_t *ret_n);

/* --- handlers of the folder's web files; the route table is in time_web.c -------------------- */
get_fn time_get_csv, time_get_statement;
get_fn time_get_day, time_get_today, time_again_day, time_get_week, time_again_week, time_get_entry,
    time_get_project, timer_get, time_get_start, category_get_list, category_get_new, category_get;
check_fn time_check_new, time_check_change;
prepare_fn time_prepare_start;
post_fn time_post_add, time_post_week, time_post_change, time_post_remove, timer_post_start,
    timer_post_pause, timer_post_resume, timer_post_stop, timer_post_book, timer_post_drop,
    category_post_add, category_post_change;

#endif
