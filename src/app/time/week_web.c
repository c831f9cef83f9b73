/* week_web.c: the grid of a week. A cell is the sum of one project and category on one day. A cell
 * with one entry changes it, an empty one books, a cell with several entries is shown and leads to
 * the day: nothing guesses which of them was meant. All cells are saved together or none. The form
 * carries what its cells showed (`seen`), so that only what the person changed is written, and a
 * cell that somebody changed in between is told instead of overwritten. */
#include "app/time/time_in.h"
#include "time_day.tmpl.h"

#include "time_week.tmpl.h"

enum { GRID_ROWS_MAX = 40, SEEN_MAX = 12000, RECENT_DAYS = 60, PERCENT = 100 };

/* clang-format off */
static const struct field week_fields[] = {
    FIELD(struct time_week_form, monday, T_time_week, .required = true),
    FIELD(struct time_week_form, seen, T_time_week_grid, .max = SEEN_MAX),
    FIELD(struct time_week_form, user_id, T_time_person),
};
/* clang-format on */
const struct form_def time_week_form_def = {
    .name = "time_week_form",
    .fields = week_fields,
    .n = COUNT(week_fields),
    .size = sizeof(struct time_week_form),
    .open = true, /* one field for each cell: z-<project>-<category>-<0 … 6> */
};

/* --- the grid -------------------------------------------------------------------------------- */

static struct time_week_row *
find_row(struct time_week_page *d, struct project_id project, struct category_id category)
{
    for (size_t i = 0; i < d->n_rows; i++) {
        if (d->rows[i].project.n == project.n && d->rows[i].category.n == category.n) {
            return &d->rows[i];
        }
    }
    return NULL;
}

/* The row, added when there is none; NULL when the grid is full. */
static struct time_week_row *
row_of(struct time_week_page *d, struct project_id project, struct category_id category)
{
    struct time_week_row *r = find_row(d, project, category);
    if (r != NULL || d->n_rows == GRID_ROWS_MAX) {
        return r;
    }
    r = &d->rows[d->n_rows++];
    *r = (struct time_week_row){.project = project, .category = category, .n_cells = 7};
    return r;
}

static void
put_cells(struct arena *mem, const struct time_week_page *d, struct time_week_row *r)
{
    r->cells = ARENA_ARRAY(mem, struct time_week_cell_in, 7);
    for (int i = 0; i < 7; i++) {
        r->cells[i] = (struct time_week_cell_in){
            .name = arena_fmt(mem, "z-%lld-%lld-%d", (long long)r->project.n,
                              (long long)r->category.n, i),
            .day = {d->monday.n + i},
            .value = STR(""),
            .total = MINUTES_NONE,
            .seen = MINUTES_NONE,
            .is_today = d->monday.n + i == d->today.n,
            .is_weekend = i >= TIME_WORK_DAYS,
            .is_locked = d->locked[i],
            .is_fixed = d->locked[i],
            .why = T_time_week_fixed,
            .other = d->whose.other,
            .project_name = r->project_name,
            .company_name = r->company_name,
            .category_name = r->category_name,
        };
    }
}

static void
put_sum(struct arena *mem, struct time_week_page *d, struct time_week_row *r,
        const struct time_of_week_row *row)
{
    struct time_week_cell_in *c = &r->cells[row->day.n - d->monday.n];
    char text[16];
    c->value = arena_copy(mem, minutes_print(row->total_minutes, text));
    c->total = row->total_minutes;
    c->entry = row->last_time_entry_id;
    c->is_many = row->entry_count > 1;
    c->is_fixed = c->is_many || row->invoiced_flag || c->is_locked;
    c->why = c->is_many ? T_time_week_many : T_time_week_fixed;
    r->total.n += row->total_minutes.n;
    d->sums[c->day.n - d->monday.n].n += row->total_minutes.n;
    d->total.n += row->total_minutes.n;
}

static void
name_row(struct arena *mem, const struct time_week_page *d, struct time_week_row *r,
         struct str project, struct str company, struct str category)
{
    r->project_name = project;
    r->company_name = company;
    r->category_name = category;
    put_cells(mem, d, r);
}

static enum rc
week_rows(struct rtx *tx, struct user_id user, struct day monday, struct time_of_week_row **ret,
          size_t *ret_n)
{
    return time_of_week(
        tx,
        &(struct time_of_week_in){.user_id = user, .from_day = monday, .to_day = {monday.n + 6}},
        ret, ret_n);
}

static enum rc
fill_booked(struct rtx *tx, struct time_week_page *d)
{
    struct time_of_week_row *rows;
    size_t n;
    TRY(week_rows(tx, d->whose.user, d->monday, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        struct time_week_row *r = row_of(d, rows[i].project_id, rows[i].category_id);
        if (r == NULL) {
            d->is_cut = true;
            continue;
        }
        if (r->cells == NULL) {
            name_row(rtx_mem(tx), d, r, rows[i].project_name_text, rows[i].company_name_text,
                     rows[i].category_name_text);
        }
        put_sum(rtx_mem(tx), d, r, &rows[i]);
    }
    return OK;
}

/* Rows of what was used lately, so that a new week is not empty. */
static enum rc
fill_recent(struct rtx *tx, struct time_week_page *d)
{
    struct time_recent_row *recent;
    size_t n;
    TRY(time_recent(tx,
                    &(struct time_recent_in){.user_id = d->whose.user,
                                             .since_day = {d->monday.n - RECENT_DAYS}},
                    &recent, &n));
    for (size_t i = 0; i < n; i++) {
        struct time_week_row *r = row_of(d, recent[i].project_id, recent[i].category_id);
        if (r != NULL && r->cells == NULL) {
            name_row(rtx_mem(tx), d, r, recent[i].project_name_text, recent[i].company_name_text,
                     recent[i].category_name_text);
        }
    }
    return OK;
}

/* --- what the form showed -------------------------------------------------------------------- */

/* "12-3=60@7,,90@8,,,,;14-2=,,,,,,": project, category, and of the seven days minutes and entry. */
static struct str
print_seen(struct arena *mem, const struct time_week_page *d)
{
    struct out o = out_new(mem, 256);
    for (size_t r = 0; r < d->n_rows; r++) {
        const struct time_week_row *row = &d->rows[r];
        out_fmt(&o, "%s%lld-%lld=", r > 0 ? ";" : "", (long long)row->project.n,
                (long long)row->category.n);
        for (int i = 0; i < 7; i++) {
            out_str(&o, i > 0 ? STR(",") : STR(""));
            if (row->cells[i].total.n != NONE_I32) {
                out_fmt(&o, "%d@%lld", row->cells[i].total.n, (long long)row->cells[i].entry.n);
            }
        }
    }
    return out_view(&o);
}

/* A row that stood in the form and is neither booked nor recent any more stands again; one that the
 * person may no longer see is left out (NULL). */
static enum rc
take_row(struct req *rq, struct rtx *tx, struct time_week_page *d, struct project_id project,
         struct category_id category, struct time_week_row **ret_r)
{
    struct project p;
    struct time_category_row k;
    bool found;
    *ret_r = find_row(d, project, category);
    if (*ret_r != NULL) {
        return OK;
    }
    enum rc rc = project_scope(tx, req_who(rq), project.n, false);
    TRY(time_category(tx, &(struct time_category_in){.id = category}, &k, &found));
    if (rc == RC_MISSING || (rc == OK && !found)) {
        return OK;
    }
    TRY(rc);
    TRY(project_find(tx, project, &p));
    struct time_week_row *r = row_of(d, project, category);
    if (r == NULL) {
        return OK;
    }
    name_row(rtx_mem(tx), d, r, p.name, p.company_name, k.name);
    *ret_r = r;
    return OK;
}

/* The rows of the week before, empty: their hours are this week's to be written. What can be booked
 * no more, stays away. */
static enum rc
take_week_before(struct req *rq, struct rtx *tx, struct time_week_page *d)
{
    struct time_of_week_row *rows;
    size_t n;
    TRY(week_rows(tx, d->whose.user, (struct day){d->monday.n - 7}, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        struct time_week_row *r;
        if (rows[i].open_flag) {
            TRY(take_row(rq, tx, d, rows[i].project_id, rows[i].category_id, &r));
        }
    }
    return OK;
}

/* ?zeile=12-3,14-2: rows that the person added and has not filled yet; ?zeile=vorwoche: those of
 * the week before. */
static enum rc
take_added(struct req *rq, struct rtx *tx, struct time_week_page *d)
{
    struct str all = req_query(rq, "zeile"), part, name;
    if (str_eq(all, STR("vorwoche"))) {
        return take_week_before(rq, tx, d);
    }
    while (all.n > 0 && str_cut(&all, ',', &part)) {
        struct time_week_row *r;
        int64_t project, category;
        if (!str_cut(&part, '-', &name) || str_to_i64(name, &project) != OK ||
            str_to_i64(part, &category) != OK) {
            return OK;
        }
        TRY(take_row(rq, tx, d, (struct project_id){project}, (struct category_id){category}, &r));
    }
    return OK;
}

/* Whatever does not read like that ends it: its cells then count as never seen. */
static enum rc
take_seen(struct req *rq, struct rtx *tx, struct time_week_page *d)
{
    struct str all = req_raw(rq, STR("seen")), part, name, cell, shown;
    while (all.n > 0 && str_cut(&all, ';', &part)) {
        struct time_week_row *r;
        int64_t project, category, minutes, entry;
        if (!str_cut(&part, '-', &name) || str_to_i64(name, &project) != OK ||
            !str_cut(&part, '=', &name) || str_to_i64(name, &category) != OK) {
            return OK;
        }
        TRY(take_row(rq, tx, d, (struct project_id){project}, (struct category_id){category}, &r));
        for (int i = 0; r != NULL && i < 7 && str_cut(&part, ',', &cell); i++) {
            bool good = str_cut(&cell, '@', &shown) && str_to_i64(shown, &minutes) == OK &&
                        minutes >= 0 && minutes < INT32_MAX && str_to_i64(cell, &entry) == OK;
            r->cells[i].seen = good ? (struct minutes){(int32_t)minutes} : MINUTES_NONE;
            r->cells[i].seen_entry.n = good ? entry : 0;
        }
    }
    return OK;
}

/* --- the page -------------------------------------------------------------------------------- */

static enum rc
fill_grid(struct req *rq, struct rtx *tx, struct time_week_page *d)
{
    const struct principal *who = req_who(rq);
    struct settings s;
    TRY(settings_get(tx, &s));
    TRY(time_whose_fill(rq, tx, &d->whose));
    for (int i = 0; i < 7; i++) {
        d->locked[i] = time_is_locked(who, (struct day){d->monday.n + i}, d->today, s.lock_days);
    }
    d->sums = ARENA_ARRAY(rtx_mem(tx), struct minutes, 7);
    d->n_sums = 7;
    d->targets = ARENA_ARRAY(rtx_mem(tx), struct minutes, 7);
    d->n_targets = 7;
    for (int i = 0; i < 7; i++) {
        d->targets[i] =
            i < TIME_WORK_DAYS ? (struct minutes){d->whose.week.n / TIME_WORK_DAYS} : MINUTES_NONE;
    }
    d->rows = ARENA_ARRAY(rtx_mem(tx), struct time_week_row, GRID_ROWS_MAX);
    TRY(fill_booked(tx, d));
    TRY(fill_recent(tx, d));
    TRY(take_added(rq, tx, d));
    return take_seen(rq, tx, d);
}

/* "Mara Tannhof, heute, 10:12": who last touched what stands in the cell, or what stood there. */
static enum rc
last_hand(struct req *rq, struct rtx *tx, const struct time_week_cell_in *c, struct str *ret)
{
    const struct page *pg = req_page(rq);
    struct time_entry_id id = c->entry.n != 0 ? c->entry : c->seen_entry;
    struct out o = out_new(rtx_mem(tx), 160);
    struct audit_entry *a;
    size_t n = 0;
    *ret = STR("");
    if (id.n != 0) {
        TRY(audit_history(tx, SUBJECT(time_entry, id), 1, &a, &n));
    }
    if (n > 0) {
        out_str(&o,
                a->user_name.n > 0 ? a->user_name : page_text(pg, T_time_stale_system, STR_NONE));
        out_str(&o, STR(", "));
        put_instant_near(&o, pg, a->at);
        *ret = out_view(&o);
    }
    return OK;
}

/* What was just typed stands again, with its fault. */
static enum rc
put_typed(struct req *rq, struct rtx *tx, struct time_week_cell_in *c)
{
    const struct page *pg = req_page(rq);
    struct str raw = req_raw(rq, c->name);
    c->value = raw.p != NULL ? raw : c->value;
    for (size_t i = 0; i < pg->n_faults; i++) {
        if (pg->faults[i].field != NULL && str_eq(str_of(pg->faults[i].field), c->name)) {
            c->fault = page_error(pg, pg->faults[i].code, pg->faults[i].arg);
            if (pg->faults[i].code == E_TIME_CELL_STALE) {
                TRY(last_hand(rq, tx, c, &c->hand));
            }
        }
    }
    return OK;
}

/* What the cards below the grid say. */
static enum rc
fill_cards(struct rtx *tx, struct time_week_page *d)
{
    struct time_day_sum days[7];
    int64_t total = 0, billable = 0;
    TRY(time_week_sums(tx, d->whose.user, d->monday, days));
    for (int i = 0; i < 7; i++) {
        total += days[i].total.n;
        billable += days[i].billable.n;
    }
    d->percent = total > 0 ? billable * PERCENT / total : 0;
    d->width = (int)d->percent;
    d->left.n = d->whose.week.n > total ? d->whose.week.n - (int32_t)total : 0;
    return OK;
}

static enum rc
show_week(struct req *rq, struct rtx *tx, struct day day)
{
    struct page *pg = req_page(rq);
    struct day monday = {day.n - day_weekday(day) + 1};
    struct time_week_page d = {.monday = monday,
                               .sunday = {monday.n + 6},
                               .prev = {monday.n - 7},
                               .next = {monday.n + 7},
                               .today = req_today(rq)};
    TRY(fill_grid(rq, tx, &d));
    TRY(fill_cards(tx, &d));
    d.is_now = d.today.n >= monday.n && d.today.n <= d.sunday.n;
    d.days = ARENA_ARRAY(rtx_mem(tx), struct time_week_head, 7);
    d.n_days = 7;
    for (int i = 0; i < 7; i++) {
        d.days[i] =
            (struct time_week_head){.day = {monday.n + i}, .is_today = monday.n + i == d.today.n};
    }
    d.seen = print_seen(rtx_mem(tx), &d);
    for (size_t r = 0; r < d.n_rows; r++) {
        for (size_t i = 0; i < 7; i++) {
            TRY(put_typed(rq, tx, &d.rows[r].cells[i]));
        }
    }
    d.form = (struct time_week_form){.monday = monday, .user_id = d.whose.other};
    TRY(time_project_options(tx, req_who(rq), (struct project_id){0}, &d.projects, &d.n_projects));
    TRY(time_category_options(tx, (struct category_id){0}, &d.categories, &d.n_categories));
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

/* --- saving ---------------------------------------------------------------------------------- */

/* What a cell was changed to; none: emptied. */
struct typed {
    struct minutes minutes;
    struct clock_time from, to; /* of a range */
};

static enum rc
book_cell(struct req *rq, struct wtx *tx, const struct time_week_row *r,
          const struct time_week_cell_in *c, const struct typed *t)
{
    struct time_entry_id id;
    struct time_form f = {.project_id = r->project,
                          .category_id = r->category,
                          .day = c->day,
                          .minutes = t->from.n != NONE_I32 ? MINUTES_NONE : t->minutes,
                          .from_clock = t->from,
                          .to_clock = t->to,
                          .user_id = req_form(rq, struct time_week_form)->user_id};
    TRY(time_bills(wtx_read(tx), r->category, &f.billable));
    return time_add(tx, req_who(rq), &f, &id);
}

static enum rc
change_cell(struct req *rq, struct wtx *tx, const struct time_week_cell_in *c,
            const struct typed *t)
{
    struct time_find_row e;
    struct time_form before, f;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = c->entry}, &e));
    if (t->minutes.n == NONE_I32) {
        return time_remove(tx, req_who(rq), c->entry, e.version);
    }
    time_form_of_row(&e, &before);
    f = before;
    f.minutes = t->minutes;
    if (t->from.n != NONE_I32) {
        f.from_clock = t->from;
        f.to_clock = t->to;
        f.minutes = MINUTES_NONE;
    } else {
        time_follow(&before, &f);
    }
    return time_change(tx, req_who(rq), c->entry, &f);
}

/* True when the person changed this cell; a fault when it cannot be taken as typed. */
static bool
was_changed(struct req *rq, const struct time_week_cell_in *c, struct typed *ret)
{
    struct str raw = req_raw(rq, c->name);
    *ret = (struct typed){MINUTES_NONE, CLOCK_NONE, CLOCK_NONE};
    if (raw.p == NULL) {
        return false;
    }
    raw = str_trim(raw);
    if (raw.n > 0 && minutes_parse(raw, &ret->minutes, &ret->from, &ret->to) != OK) {
        req_fault(rq, c->name.p, E_FIELD_DURATION, STR_NONE);
        return false;
    }
    if (ret->minutes.n == c->seen.n) {
        return false;
    }
    if (c->total.n != c->seen.n || c->is_fixed) {
        req_fault(rq, c->name.p, E_TIME_CELL_STALE, c->value.n > 0 ? c->value : STR("–"));
        return false;
    }
    return true;
}

/* One cell. A fault is shown at the cell, and all others are tried as well, so that everything is
 * said at once; the request then writes nothing. */
static enum rc
save_cell(struct req *rq, struct wtx *tx, const struct time_week_row *r,
          const struct time_week_cell_in *c, size_t *changed)
{
    struct typed t;
    struct err *err = req_err(rq);
    if (!was_changed(rq, c, &t)) {
        return OK;
    }
    enum rc rc = c->entry.n == 0 ? book_cell(rq, tx, r, c, &t) : change_cell(rq, tx, c, &t);
    if (rc == RC_INVALID || rc == RC_CONFLICT) {
        req_fault(rq, c->name.p, err->code, arena_copy(req_mem(rq), str_of(err->arg)));
        *err = (struct err){0};
        return OK;
    }
    *changed += 1;
    return rc;
}

/* Back to the week, with the row that was asked for and those that are still empty. */
static struct url
week_url(struct req *rq, const struct time_week_page *d)
{
    struct out o = out_new(req_mem(rq), 2048);
    char text[16];
    const char *sign = "?";
    int64_t project, category;
    bool adds = req_raw(rq, STR("row")).p != NULL &&
                str_to_i64(req_raw(rq, STR("row_project")), &project) == OK &&
                str_to_i64(req_raw(rq, STR("row_category")), &category) == OK;
    out_fmt(&o, "/zeiten/woche/%s", day_print(d->monday, text).p);
    if (d->whose.other.n != 0) {
        out_fmt(&o, "?person=%lld", (long long)d->whose.other.n);
        sign = "&";
    }
    if (!adds) {
        return url_fmt(req_mem(rq), "%.*s", STR_FMT(out_view(&o)));
    }
    out_fmt(&o, "%szeile=%lld-%lld", sign, (long long)project, (long long)category);
    for (size_t r = 0; r < d->n_rows; r++) {
        if (d->rows[r].total.n == 0) {
            out_fmt(&o, ",%lld-%lld", (long long)d->rows[r].project.n,
                    (long long)d->rows[r].category.n);
        }
    }
    return url_fmt(req_mem(rq), "%.*s", STR_FMT(out_view(&o)));
}

enum rc
time_post_week(struct req *rq, struct wtx *tx)
{
    const struct time_week_form *f = req_form(rq, struct time_week_form);
    struct day monday = {f->monday.n - day_weekday(f->monday) + 1};
    struct time_week_page d = {.monday = monday, .today = req_today(rq)};
    size_t changed = 0;
    TRY(fill_grid(rq, wtx_read(tx), &d));
    if (f->user_id.n != 0 && f->user_id.n != d.whose.user.n) {
        return fail(req_err(rq), RC_DENIED, E_DENIED, "the week of user %lld",
                    (long long)f->user_id.n);
    }
    for (size_t r = 0; r < d.n_rows; r++) {
        for (size_t i = 0; i < 7; i++) {
            TRY(save_cell(rq, tx, &d.rows[r], &d.rows[r].cells[i], &changed));
        }
    }
    if (changed == 0) {
        wtx_allow_untouched(tx, "no cell was changed");
    }
    enum text said = changed > 0 ? T_notice_week_saved : T_notice_nothing_changed;
    return reply_done(rq, week_url(rq, &d),
                      changed == 0 && req_raw(rq, STR("row")).p != NULL ? T_NONE : said);
}
