/* console_web.c: the operators' pages of backups: last night, the last seven days of each
 * workspace, its states, and what came of the drills. */
#include "app/backup/console_in.h"

#include "app/backup/catalogue_in.h"
#include "archive/stamp.h"
#include "base/time.h"
#include "http/reply.h"

#include "console.sql.h"

enum { DAYS = 7, PAGE = 100, WARN_HOURS = 26, BAD_HOURS = 50 };
#define HOUR_US (3600LL * 1000000)

/* What a day's cell says; the first ones as console_week has them. */
enum cell {
    CELL_GOOD = 1,
    CELL_SECOND,
    CELL_UNREAD,
    CELL_DAMAGED,
    CELL_MISSING, /* there should be one */
    CELL_AHEAD    /* the workspace was not there yet, or the night is not over */
};

struct cell_view {
    enum cell cell;
};
struct night_row {
    struct workspace_id id;
    struct str name, fault;
    int64_t copies, rows, size;
    bool has_state, is_late, is_bad, is_drilled, is_undrilled, is_long_ago; /* its last drill */
    struct instant good_at, signed_at, state_at;
    struct cell_view cells[DAYS];
    size_t n_cells;
};
struct day_view {
    struct day day;
};
struct night_page {
    struct day_view days[DAYS];
    size_t n_days;
    struct night_row *rows;
    size_t n_rows;
    bool is_drills; /* which of the two pages */
    bool is_single; /* all copies lie on one medium, says doctor */
    int64_t all, good, drilled, undrilled, copied, age, size;
    struct day today, oldest;
    struct instant done_at;
    struct url prev, next;
};
struct state_row {
    struct instant completed_at, verified_at;
    struct str lacking; /* the places that have no good copy */
    int64_t copies, places, size;
    enum backup_origin origin;
    bool is_going, is_pinned;
};
struct states_page {
    struct str name, slug;
    struct state_row *rows;
    size_t n_rows;
};

#include "console.tmpl.h"

/* --- last night ------------------------------------------------------------------------------- */

static enum rc
fill_night(struct req *rq, struct rtx *tx, struct night_page *d)
{
    struct console_night_row night;
    struct console_copied_row copied;
    struct console_oldest_row oldest;
    const struct instant midnight = day_begin(req_today(rq));
    TRY(console_night(tx, &(struct console_night_in){midnight}, &night));
    TRY(console_copied(tx, &(struct console_copied_in){midnight}, &copied));
    TRY(console_oldest(tx, &oldest));
    d->today = req_today(rq);
    d->all = night.all_count;
    d->good = night.good_count;
    d->drilled = night.drilled_count;
    d->undrilled = night.undrilled_count;
    d->done_at = night.last_at;
    d->copied = copied.copied_count;
    d->is_single = copied.single_count > 0;
    d->oldest = oldest.oldest_day;
    d->age = oldest.oldest_day.n == NONE_I32 ? 0 : d->today.n - oldest.oldest_day.n;
    d->size = oldest.bytes_count;
    return OK;
}

static void
fill_row(struct req *rq, struct night_row *to, const struct console_rows_row *w)
{
    const struct instant now = req_now(rq);
    const bool never = w->good_at.us == INSTANT_NONE.us;
    const int64_t age = now.us - (never ? w->created_at.us : w->good_at.us);
    *to = (struct night_row){
        .id = w->workspace_id,
        .name = w->workspace_name,
        .fault = w->drill_fault,
        .copies = w->copy_count,
        .rows = w->row_count,
        .size = w->size_bytes,
        .has_state = w->size_bytes != NONE_I64,
        .is_late = age >= WARN_HOURS * HOUR_US,
        .is_bad = age >= BAD_HOURS * HOUR_US,
        .is_drilled = w->drilled_at.us != INSTANT_NONE.us && w->drill_fault.n == 0,
        .is_undrilled = w->drill_fault.n > 0,
        .is_long_ago = catalogue_undrilled_days(w->drilled_at, w->first_completed_at, now) > 0,
        .good_at = w->good_at,
        .signed_at = w->signed_at,
        .n_cells = DAYS,
    };
    if (w->drilled_stamp.n > 0 && stamp_parse(w->drilled_stamp, &to->state_at) != OK) {
        to->state_at = INSTANT_NONE;
    }
}

/* Of a day without a state: was there to be one? */
static enum cell
empty_cell(struct day day, struct day today, struct instant created)
{
    return day.n < instant_day(created).n + 1 || day.n == today.n ? CELL_AHEAD : CELL_MISSING;
}

static enum rc
fill_cells(struct rtx *tx, struct night_page *d, const struct console_rows_row *w)
{
    struct console_week_row *best;
    size_t n;
    size_t at = 0;
    const struct day first = d->days[0].day;
    if (d->n_rows == 0) {
        return OK;
    }
    TRY(console_week(tx,
                     &(struct console_week_in){d->rows[0].id.n, d->rows[d->n_rows - 1].id.n, first},
                     &best, &n));
    for (size_t i = 0; i < d->n_rows; i++) {
        struct night_row *row = &d->rows[i];
        for (size_t k = 0; k < DAYS; k++) {
            row->cells[k].cell = empty_cell(d->days[k].day, d->today, w[i].created_at);
        }
        while (at < n && best[at].workspace_number < row->id.n) {
            at++; /* of one that is just being made */
        }
        for (; at < n && best[at].workspace_number == row->id.n; at++) {
            const int32_t k = best[at].day.n - first.n;
            if (k < DAYS) {
                row->cells[k].cell = (enum cell)best[at].best_count;
            }
        }
    }
    return OK;
}

static enum rc
fill_rows(struct req *rq, struct rtx *tx, const char *path, struct night_page *d)
{
    struct console_rows_row *rows;
    const int64_t page_no = req_page_no(rq);
    TRY(console_rows(tx, &(struct console_rows_in){(page_no - 1) * PAGE}, &rows, &d->n_rows));
    d->rows = ARENA_ARRAY(req_mem(rq), struct night_row, d->n_rows + 1);
    for (size_t i = 0; i < d->n_rows; i++) {
        fill_row(rq, &d->rows[i], &rows[i]);
    }
    for (size_t k = 0; k < DAYS; k++) {
        d->days[k].day = (struct day){d->today.n - (DAYS - 1) + (int32_t)k};
    }
    d->n_days = DAYS;
    if (page_no > 1) {
        d->prev = url_fmt(req_mem(rq), "%s?seite=%lld", path, (long long)page_no - 1);
    }
    if (d->all > page_no * PAGE) {
        d->next = url_fmt(req_mem(rq), "%s?seite=%lld", path, (long long)page_no + 1);
    }
    return fill_cells(tx, d, rows);
}

static void
set_page(struct req *rq, struct str title)
{
    req_page(rq)->nav = NAV_BACKUPS;
    req_page(rq)->title = title;
}

enum rc
backups_get(struct req *rq, struct rtx *tx)
{
    struct night_page d = {0};
    TRY(fill_night(rq, tx, &d));
    TRY(fill_rows(rq, tx, "/sicherungen", &d));
    set_page(rq, page_text(req_page(rq), T_night_title, STR_NONE));
    return reply_page(rq, backups_html, &d);
}

enum rc
backup_drills_get(struct req *rq, struct rtx *tx)
{
    struct night_page d = {.is_drills = true};
    TRY(fill_night(rq, tx, &d));
    TRY(fill_rows(rq, tx, "/proben", &d));
    set_page(rq, page_text(req_page(rq), T_night_drills, STR_NONE));
    return reply_page(rq, drills_html, &d);
}

/* --- the states of one workspace -------------------------------------------------------------- */

/* The copies of one state, which stand together. */
static size_t
fill_copies(struct arena *mem, struct state_row *to, struct backup_state_id id,
            const struct backup_copy_list_row *copies, size_t n, size_t at)
{
    while (at < n && copies[at].backup_state_id.n < id.n) {
        at++;
    }
    for (; at < n && copies[at].backup_state_id.n == id.n; at++) {
        const struct backup_copy_list_row *c = &copies[at];
        const bool good = c->copy_state == COPY_VERIFIED;
        to->places++;
        to->copies += good;
        if (!good) {
            to->lacking = arena_fmt(mem, "%.*s%s%.*s", STR_FMT(to->lacking),
                                    to->lacking.n > 0 ? ", " : "", STR_FMT(c->target_name));
        }
    }
    return at;
}

enum rc
backup_states_get(struct req *rq, struct rtx *tx)
{
    struct arena *mem = req_mem(rq);
    struct console_workspace_row w;
    struct backup_state_list_row *states;
    struct backup_copy_list_row *copies;
    struct states_page d = {0};
    size_t n_copies;
    const struct workspace_id id = PATH_ID(rq, workspace);
    TRY(console_workspace(tx, &(struct console_workspace_in){id}, &w));
    TRY(backup_state_list(tx, &(struct backup_state_list_in){id.n}, &states, &d.n_rows));
    TRY(backup_copy_list(tx, &(struct backup_copy_list_in){id.n}, &copies, &n_copies));
    d.name = w.workspace_name;
    d.slug = w.slug;
    d.rows = ARENA_ARRAY(mem, struct state_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        const struct backup_state_list_row *s = &states[i];
        struct state_row *to = &d.rows[d.n_rows - 1 - i]; /* the newest first */
        *to = (struct state_row){.completed_at = s->completed_at,
                                 .verified_at = s->verified_at,
                                 .size = s->size_bytes,
                                 .origin = (enum backup_origin)s->backup_origin,
                                 .is_going = s->tombstone_at.us != INSTANT_NONE.us,
                                 .is_pinned = s->pin != 0};
        (void)fill_copies(mem, to, s->id, copies, n_copies, 0);
    }
    set_page(rq, d.name);
    return reply_page(rq, states_html, &d);
}
