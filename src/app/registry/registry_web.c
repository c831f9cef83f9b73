/* registry_web.c: the console's first page: which agencies there are and how each stands, and
 * nothing of what is in them. */
#include "app/registry/registry_in.h"
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
    bool has_state, is_active, is_locked, knows_people, is_drilled, is_undrilled;
    struct instant good_at, drilled_at;
};
struct console_page {
    struct console_row *rows;
    size_t n_rows;
    int64_t active, people, saved, open;
    int64_t late, bad; /* whose newest good state is older than 26 hours, than 50 */
};

#include "registry.tmpl.h"

enum { WARN_HOURS = 26, BAD_HOURS = 50 };
#define HOUR_US (3600LL * 1000000)

/* Since its newest good state; since it was added when it never had one. */
static int64_t
age_of(struct instant now, const struct registry_overview_row *w)
{
    return now.us - (w->good_at.us == INSTANT_NONE.us ? w->created_at.us : w->good_at.us);
}

/* As the alarm of age counts: not one that is just being made, nor one that has ended. */
static void
count_late(struct instant now, const struct registry_overview_row *w, struct console_page *d)
{
    const bool counts = w->workspace_state != WH_NEW && w->wanted_at.us == INSTANT_NONE.us;
    d->late += counts && age_of(now, w) >= WARN_HOURS * HOUR_US;
    d->bad += counts && age_of(now, w) >= BAD_HOURS * HOUR_US;
}

static struct console_row
row_of(struct req *rq, const struct registry_overview_row *w)
{
    const bool never = w->good_at.us == INSTANT_NONE.us;
    const int64_t age = age_of(req_now(rq), w);
    return (struct console_row){
        .id = w->workspace_id,
        .name = w->workspace_name,
        .slug = w->slug,
        .size = w->size_bytes,
        .has_state = w->size_bytes != NONE_I64,
        .people = w->people_count,
        .knows_people = w->people_count != NONE_I64,
        .is_active = w->workspace_state == WH_ACTIVE,
        .is_locked = w->workspace_state == WH_LOCKED,
        .backup_class = age >= BAD_HOURS * HOUR_US    ? STR("bad")
                        : age >= WARN_HOURS * HOUR_US ? STR("warn")
                        : never                       ? STR("idle")
                                                      : STR("ok"),
        .is_drilled = w->drilled_at.us != INSTANT_NONE.us,
        .is_undrilled = w->drill_fault.n > 0,
        .good_at = w->good_at,
        .drilled_at = w->drilled_at,
    };
}

enum rc
console_get(struct req *rq, struct rtx *tx)
{
    struct registry_overview_row *rows;
    struct registry_open_charges_row open;
    struct console_page d = {0};
    const struct instant midnight = day_begin(req_today(rq));
    TRY(registry_overview(tx, &rows, &d.n_rows));
    TRY(registry_open_charges(tx, &open));
    d.open = open.open_count;
    d.rows = ARENA_ARRAY(req_mem(rq), struct console_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        d.rows[i] = row_of(rq, &rows[i]);
        d.active += d.rows[i].is_active;
        d.people += d.rows[i].knows_people ? d.rows[i].people : 0;
        d.saved += d.rows[i].good_at.us >= midnight.us;
        count_late(req_now(rq), &rows[i], &d);
    }
    struct page *pg = req_page(rq);
    pg->nav = NAV_START;
    pg->title = page_text(pg, T_console_workspaces, STR_NONE);
    return reply_page(rq, console_html, &d);
}
