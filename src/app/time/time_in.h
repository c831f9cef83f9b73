/* time_in.h: what the files of this folder share and nobody else sees. */
#ifndef APP_TIME_TIME_IN_H
#define APP_TIME_TIME_IN_H

#include "app/project/project.h"
#include "app/time/time.h"
#include "app/workspace/workspace.h"
#include "http/form_html.h"
#include "http/reply.h"
#include "time.sql.h"

/* What one entry comes to. */
struct time_amount {
    struct minutes raw, billed;
    bool is_free; /* no raster held */
};

void time_form_of_row(const struct time_find_row *e, struct time_form *ret);

/* --- pages ----------------------------------------------------------------------------------------- */
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
};

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
    struct time_recent_notes_row *notes;
    size_t n_notes;
    struct option *projects, *categories;
    size_t n_projects, n_categories;
    struct time_form form;
};
/* One entry with its form. */
struct time_entry_page {
    struct time_entry_id id;
    struct day day;
    struct minutes minutes, raw;
    bool is_rounded, invoiced, is_locked, can_change;
    struct instant created_at;
    struct option *projects, *categories;
    size_t n_projects, n_categories;
    struct time_form form;
};
MUST enum rc time_entry_own_project(struct rtx *tx, struct project_id id, struct time_entry_page *d);

/* The times of one project. */
struct time_project_page {
    struct project project;
    struct user_id who;
    int64_t page_no, prev_no, next_no;
    bool has_more, has_pages, shows_all, is_open;
    struct time_of_project_row *rows;
    size_t n_rows;
};

/* The grid of a week. */
struct time_week_cell_in {
    struct str name, value; /* of the input */
    struct day day;
    struct time_entry_id entry; /* the one it changes; 0: none yet */
    bool is_today, is_weekend;
    bool is_many;  /* several entries stand in it */
    bool is_fixed; /* shown, not changed here */
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
};
extern const struct form_def time_week_form_def;
struct time_week_page {
    struct day monday, sunday, prev, next, today;
    bool is_now, is_cut;
    struct minutes total, target;
    struct time_week_row *rows;
    size_t n_rows;
    struct time_week_head *days;
    size_t n_days;
    struct minutes *sums;
    size_t n_sums;
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
    struct category_form form;
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
    struct str first_name;
    struct percent warn;
    struct minutes week_total, week_target;
    int week_width;
    struct time_budget *budgets;
    size_t n_budgets;
};

MUST enum rc time_day_fill(struct req *rq, struct rtx *tx, struct day day, struct time_day_page *d);
MUST enum rc time_project_options(struct rtx *tx, const struct principal *who,
                                  struct project_id chosen, struct option **ret_v, size_t *ret_n);
MUST enum rc time_category_options(struct rtx *tx, struct category_id chosen, struct option **ret_v,
                                   size_t *ret_n);

/* --- handlers of the folder's web files; the route table is in time_web.c ----------------------------- */
get_fn time_get_day, time_get_today, time_again_day, time_get_week, time_again_week, time_get_entry,
    time_get_project,
    timer_get, time_get_start, category_get_list, category_get_new, category_get;
post_fn time_post_add, time_post_week, time_post_change, time_post_remove, timer_post_start,
    timer_post_pause, timer_post_resume, timer_post_stop, timer_post_book, timer_post_drop,
    category_post_add, category_post_change;

#endif
