/* week_web.c: the grid of a week. A cell is the sum of one project and category on one day. A cell with
 * one entry changes it, an empty one books, a cell with several entries is shown and leads to the day:
 * nothing guesses which of them was meant. All cells are saved together or none. */
#include "app/project/project.h"
#include "app/time/time_in.h"
#include "app/workspace/workspace.h"
#include "base/time.h"
#include "time_week.tmpl.h"

enum { GRID_ROWS_MAX = 40 };

/* clang-format off */
static const struct field week_fields[] = {
    FIELD(struct time_week_form, monday, T_time_week, .required = true),
};
/* clang-format on */
const struct form_def time_week_form_def = {
    .name = "time_week_form",
    .fields = week_fields,
    .n = COUNT(week_fields),
    .size = sizeof(struct time_week_form),
    .open = true, /* one field for each cell: z-<project>-<category>-<0 … 6> */
};

/* --- the grid ------------------------------------------------------------------------------------------ */

static struct time_week_row *
row_of(struct time_week_page *d, struct project_id project, struct category_id category)
{
    for (size_t i = 0; i < d->n_rows; i++) {
        if (d->rows[i].project.n == project.n && d->rows[i].category.n == category.n) {
            return &d->rows[i];
        }
    }
    if (d->n_rows == GRID_ROWS_MAX) {
        return NULL;
    }
    struct time_week_row *r = &d->rows[d->n_rows++];
    *r = (struct time_week_row){.project = project, .category = category, .n_cells = 7};
    return r;
}

static void
name_cells(struct arena *mem, const struct time_week_page *d, struct time_week_row *r)
{
    r->cells = ARENA_ARRAY(mem, struct time_week_cell_in, 7);
    for (int i = 0; i < 7; i++) {
        r->cells[i] = (struct time_week_cell_in){
            .name = arena_fmt(mem, "z-%lld-%lld-%d", (long long)r->project.n,
                              (long long)r->category.n, i),
            .day = {d->monday.n + i},
            .value = STR(""),
            .is_today = d->monday.n + i == d->today.n,
            .is_weekend = i > 4,
            .project_name = r->project_name,
            .company_name = r->company_name,
            .category_name = r->category_name,
        };
    }
}

/* Rows of what is booked, then of what was used lately, so that a new week is not empty. */
static enum rc
fill_grid(struct rtx *tx, struct user_id user, struct time_week_page *d)
{
    struct time_of_week_row *rows;
    struct time_recent_row *recent;
    size_t n, n_recent;
    struct arena *mem = rtx_mem(tx);
    d->rows = ARENA_ARRAY(mem, struct time_week_row, GRID_ROWS_MAX);
    TRY(time_of_week(tx,
                     &(struct time_of_week_in){.user_id = user,
                                               .from_day = d->monday,
                                               .to_day = {d->monday.n + 6}},
                     &rows, &n));
    for (size_t i = 0; i < n; i++) {
        struct time_week_row *r = row_of(d, rows[i].project_id, rows[i].category_id);
        if (r == NULL) {
            d->is_cut = true;
            continue;
        }
        if (r->cells == NULL) {
            r->project_name = rows[i].project_name_text;
            r->company_name = rows[i].company_name_text;
            r->category_name = rows[i].category_name_text;
            name_cells(mem, d, r);
        }
        struct time_week_cell_in *c = &r->cells[rows[i].day.n - d->monday.n];
        char text[16];
        c->value = arena_copy(mem, minutes_print(rows[i].total_minutes, text));
        c->entry = rows[i].last_time_entry_id;
        c->is_many = rows[i].entry_count > 1;
        c->is_fixed = c->is_many || rows[i].invoiced_flag;
        r->total.n += rows[i].total_minutes.n;
        d->sums[c->day.n - d->monday.n].n += rows[i].total_minutes.n;
        d->total.n += rows[i].total_minutes.n;
    }
    struct day since = {d->monday.n - 60};
    TRY(time_recent(tx, &(struct time_recent_in){.user_id = user, .since_day = since}, &recent,
                    &n_recent));
    for (size_t i = 0; i < n_recent; i++) {
        struct time_week_row *r = row_of(d, recent[i].project_id, recent[i].category_id);
        if (r != NULL && r->cells == NULL) {
            r->project_name = recent[i].project_name_text;
            r->company_name = recent[i].company_name_text;
            r->category_name = recent[i].category_name_text;
            name_cells(mem, d, r);
        }
    }
    return OK;
}

static enum rc
show_week(struct req *rq, struct rtx *tx, struct day day)
{
    struct page *pg = req_page(rq);
    struct settings s;
    struct day monday = {day.n - day_weekday(day) + 1};
    struct time_week_page d = {.monday = monday,
                               .sunday = {monday.n + 6},
                               .prev = {monday.n - 7},
                               .next = {monday.n + 7},
                               .today = req_today(rq)};
    TRY(settings_get(tx, &s));
    d.target = s.week;
    d.is_now = d.today.n >= monday.n && d.today.n <= d.sunday.n;
    d.sums = ARENA_ARRAY(rtx_mem(tx), struct minutes, 7);
    d.n_sums = 7;
    TRY(fill_grid(tx, req_who(rq)->user, &d));
    d.days = ARENA_ARRAY(rtx_mem(tx), struct time_week_head, 7);
    d.n_days = 7;
    for (int i = 0; i < 7; i++) {
        d.days[i] = (struct time_week_head){.day = {monday.n + i},
                                            .is_today = monday.n + i == d.today.n};
    }
    for (size_t r = 0; r < d.n_rows; r++) { /* what was just typed stands again */
        for (size_t i = 0; i < 7; i++) {
            struct str raw = req_raw(rq, d.rows[r].cells[i].name);
            d.rows[r].cells[i].value = raw.p != NULL ? raw : d.rows[r].cells[i].value;
        }
    }
    d.form = (struct time_week_form){.monday = monday};
    pg->nav = NAV_TIMES;
    pg->title = page_text(pg, T_time_week_title, STR_NONE);
    return reply_page(rq, time_week_html, &d);
}

enum rc
time_get_week(struct req *rq, struct rtx *tx)
{
    struct day d = req_path_day(rq);
    return show_week(rq, tx, d.n != NONE_I32 ? d : req_today(rq));
}

enum rc
time_again_week(struct req *rq, struct rtx *tx)
{
    struct day d;
    return show_week(rq, tx, day_parse(req_raw(rq, STR("monday")), &d) == OK ? d : req_today(rq));
}

/* --- saving --------------------------------------------------------------------------------------------- */

struct cell {
    struct project_id project;
    struct category_id category;
    struct day day;
    struct minutes minutes; /* as typed; none: emptied */
};

/* Books, changes or removes what one cell stands for. */
static enum rc
save_cell(struct req *rq, struct wtx *tx, const struct cell *c, const struct time_week_cell_in *old)
{
    const struct principal *who = req_who(rq);
    struct time_find_row e;
    struct time_form f;
    struct time_entry_id id;
    if (old->entry.n == 0) {
        f = (struct time_form){.project_id = c->project,
                               .category_id = c->category,
                               .day = c->day,
                               .minutes = c->minutes,
                               .from_clock = CLOCK_NONE,
                               .to_clock = CLOCK_NONE,
                               .billable = true};
        return time_add(tx, who, &f, &id);
    }
    if (c->minutes.n == NONE_I32) {
        return time_remove(tx, who, old->entry);
    }
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = old->entry}, &e));
    time_form_of_row(&e, &f);
    f.minutes = c->minutes;
    f.from_clock = CLOCK_NONE; /* they would no longer fit the duration */
    f.to_clock = CLOCK_NONE;
    return time_change(tx, who, old->entry, &f);
}

/* One cell: nothing to do when it reads as before. A fault is shown at the cell, and all others are tried
 * as well, so that everything is said at once. */
static enum rc
take_cell(struct req *rq, struct wtx *tx, const struct time_week_row *r,
          const struct time_week_cell_in *old, size_t *ret_changed)
{
    struct str raw = req_raw(rq, old->name);
    struct clock_time from, to;
    struct cell c = {r->project, r->category, old->day, MINUTES_NONE};
    if (raw.p == NULL || str_eq(str_trim(raw), old->value) || old->is_fixed) {
        return OK;
    }
    if (str_trim(raw).n > 0 && minutes_parse(str_trim(raw), &c.minutes, &from, &to) != OK) {
        req_fault(rq, old->name.p, E_FIELD_DURATION, STR_NONE);
        return OK;
    }
    if (c.minutes.n == NONE_I32 && old->entry.n == 0) {
        return OK;
    }
    enum rc rc = save_cell(rq, tx, &c, old);
    if (rc == RC_INVALID || rc == RC_CONFLICT) {
        struct err *err = req_err(rq);
        req_fault(rq, old->name.p, err->code, arena_copy(req_mem(rq), str_of(err->arg)));
        *err = (struct err){0};
        return OK;
    }
    *ret_changed += 1;
    return rc;
}

enum rc
time_post_week(struct req *rq, struct wtx *tx)
{
    const struct time_week_form *f = req_form(rq, struct time_week_form);
    struct day monday = {f->monday.n - day_weekday(f->monday) + 1};
    struct time_week_page d = {.monday = monday, .today = req_today(rq)};
    size_t changed = 0;
    char text[16];
    d.sums = ARENA_ARRAY(req_mem(rq), struct minutes, 7);
    TRY(fill_grid(wtx_read(tx), req_who(rq)->user, &d));
    for (size_t r = 0; r < d.n_rows; r++) {
        for (size_t i = 0; i < 7; i++) {
            TRY(take_cell(rq, tx, &d.rows[r], &d.rows[r].cells[i], &changed));
        }
    }
    if (changed == 0) {
        wtx_allow_untouched(tx, "no cell was changed");
    }
    struct url back = url_fmt(req_mem(rq), "/zeiten/woche/%s", day_print(monday, text).p);
    return reply_done(rq, back, changed > 0 ? T_notice_week_saved : T_notice_nothing_changed);
}
