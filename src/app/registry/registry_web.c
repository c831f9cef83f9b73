/* registry_web.c: the console's first page: which agencies there are and how each stands, and
 * nothing of what is in them. */
#include "app/registry/registry_in.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire.h"
#include "http/reply.h"

#include "registry.sql.h"

/* What the page prints. */
struct console_row {
    struct workspace_id id;
    struct str name, slug, backup_class;
    int64_t size;
    int64_t people; /* accounts at the last drill; NONE_I64: not known */
    bool has_state, is_active, is_locked, is_ended, knows_people, is_drilled, is_undrilled;
    struct instant good_at, drilled_at;
};
struct console_page {
    struct console_row *rows;
    size_t n_rows;
    struct str q;
    bool has_filter; /* something is looked for, or there is more than one page */
    int64_t all, found, active, people, due, saved, open;
    int64_t late, bad; /* whose newest good state is older than 26 hours, than 50 */
    struct url prev, next;
};

#include "registry.tmpl.h"

enum { PAGE = 100, Q_MAX = 120, WARN_HOURS = 26, BAD_HOURS = 50 };
#define HOUR_US (3600LL * 1000000)

/* Since its newest good state; since it was added when it never had one. */
static int64_t
age_of(struct instant now, const struct registry_overview_row *w)
{
    return now.us - (w->good_at.us == INSTANT_NONE.us ? w->created_at.us : w->good_at.us);
}

static struct console_row
row_of(struct req *rq, const struct registry_overview_row *w)
{
    const bool never = w->good_at.us == INSTANT_NONE.us;
    const int64_t age = age_of(req_now(rq), w);
    const bool ended = w->wanted_at.us != INSTANT_NONE.us;
    return (struct console_row){
        .id = w->workspace_id,
        .name = w->workspace_name,
        .slug = w->slug,
        .size = w->size_bytes,
        .has_state = w->size_bytes != NONE_I64,
        .people = w->people_count,
        .knows_people = w->people_count != NONE_I64,
        .is_active = w->workspace_state == WH_ACTIVE && !ended,
        .is_locked = w->workspace_state == WH_LOCKED && !ended,
        .is_ended = ended,
        .backup_class = ended                         ? STR("idle")
                        : age >= BAD_HOURS * HOUR_US  ? STR("bad")
                        : age >= WARN_HOURS * HOUR_US ? STR("warn")
                        : never                       ? STR("idle")
                                                      : STR("ok"),
        .is_drilled = w->drilled_at.us != INSTANT_NONE.us,
        .is_undrilled = w->drill_fault.n > 0,
        .good_at = w->good_at,
        .drilled_at = w->drilled_at,
    };
}

static enum rc
fill_rows(struct req *rq, struct rtx *tx, struct console_page *d)
{
    struct registry_overview_row *rows;
    struct registry_found_row found;
    const int64_t page_no = req_page_no(rq);
    const struct str q = str_trim(req_query(rq, "q"));
    d->q = q.p == NULL || q.n > Q_MAX ? STR("") : q;
    const struct str pattern = text_like(req_mem(rq), d->q);
    TRY(registry_found(tx, &(struct registry_found_in){pattern}, &found));
    TRY(registry_overview(tx, &(struct registry_overview_in){pattern, (page_no - 1) * PAGE}, &rows,
                          &d->n_rows));
    d->found = found.found_count;
    d->rows = ARENA_ARRAY(req_mem(rq), struct console_row, d->n_rows + 1);
    for (size_t i = 0; i < d->n_rows; i++) {
        d->rows[i] = row_of(rq, &rows[i]);
    }
    const char *word = url_text(req_mem(rq), d->q);
    if (page_no > 1) {
        d->prev = url_fmt(req_mem(rq), "/?seite=%lld&q=%s", (long long)page_no - 1, word);
    }
    if (d->found > page_no * PAGE) {
        d->next = url_fmt(req_mem(rq), "/?seite=%lld&q=%s", (long long)page_no + 1, word);
    }
    return OK;
}

static enum rc
fill_totals(struct req *rq, struct rtx *tx, struct console_page *d)
{
    struct registry_totals_row t;
    struct registry_open_charges_row open;
    const int64_t now = req_now(rq).us;
    TRY(registry_totals(tx,
                        &(struct registry_totals_in){.midnight_at = day_begin(req_today(rq)),
                                                     .late_at = {now - WARN_HOURS * HOUR_US},
                                                     .bad_at = {now - BAD_HOURS * HOUR_US}},
                        &t));
    TRY(registry_open_charges(tx, &open));
    d->all = t.all_count;
    d->active = t.active_count;
    d->people = t.people_count;
    d->due = t.due_count;
    d->saved = t.saved_count;
    d->late = t.late_count;
    d->bad = t.bad_count;
    d->open = open.open_count;
    return OK;
}

enum rc
console_get(struct req *rq, struct rtx *tx)
{
    struct console_page d = {0};
    TRY(fill_totals(rq, tx, &d));
    TRY(fill_rows(rq, tx, &d));
    d.has_filter = d.q.n > 0 || d.all > PAGE;
    struct page *pg = req_page(rq);
    pg->nav = NAV_START;
    pg->title = page_text(pg, T_console_workspaces, STR_NONE);
    return reply_page(rq, console_html, &d);
}
