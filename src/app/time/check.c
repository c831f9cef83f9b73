/* check.c: the rules of an entry that need the store. All are asked, so that a form hears of every
 * fault at once; the verbs refuse with the first one. */
#include "app/time/time_in.h"
#include "base/time.h"

/* --- faults ---------------------------------------------------------------------------------- */

/* One fault for each field: the first one is the cause of those behind it. */
static void
add_fault(struct time_check *c, const char *field, enum code code, struct str arg)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->fault[i].field, field) == 0) {
            return;
        }
    }
    c->fault[c->n++] = (struct field_fault){.field = field, .code = code, .arg = arg};
}

static enum rc
class_of(enum code code)
{
    bool is_form = code == E_FIELD_REQUIRED || code == E_FIELD_DURATION || code == E_FIELD_ID ||
                   code == E_TIME_AHEAD;
    if (code == E_DENIED) {
        return RC_DENIED;
    }
    return is_form ? RC_INVALID : RC_CONFLICT;
}

enum rc
time_first_fault(struct err *err, const struct time_check *c)
{
    if (c->n == 0) {
        return OK;
    }
    const struct field_fault *f = &c->fault[0];
    return fail_field(err, f->field, class_of(f->code), f->code, f->arg.p != NULL ? f->arg.p : "");
}

enum rc
time_need_unbilled(struct err *err, const struct time_find_row *e)
{
    if (e->invoiced) {
        return fail(err, RC_CONFLICT, E_TIME_INVOICED, "entry %lld", (long long)e->id.n);
    }
    return OK;
}

/* --- one rule each --------------------------------------------------------------------------- */

static enum rc
check_person(struct rtx *tx, const struct principal *who, struct time_check *c)
{
    struct time_person_row row;
    bool found;
    if (c->user.n == who->user.n) {
        return OK;
    }
    if (!may(who, RIGHT_TIME_WRITE_ALL)) {
        add_fault(c, "user_id", E_DENIED, STR_NONE);
        return OK;
    }
    TRY(time_person(tx, &(struct time_person_in){.user_id = c->user}, &row, &found));
    if (!found) {
        add_fault(c, "user_id", E_FIELD_ID, STR_NONE);
    }
    return OK;
}

/* A new duration is rounded; one that stays keeps what was booked, whatever the raster is by now.
 */
static void
check_minutes(const struct time_find_row *kept, const struct time_form *f, const struct settings *s,
              struct time_check *c)
{
    enum code code;
    if (time_raw_minutes(f, &c->raw, &code) != OK) {
        add_fault(c, "minutes", code, STR_NONE);
        return;
    }
    c->billed = time_round(c->raw, s->raster);
    c->is_free = s->raster.n <= 1;
    if (kept != NULL && kept->raw_minutes.n == c->raw.n) {
        c->billed = kept->minutes;
        c->is_free = kept->free_input;
    }
}

static void
check_day(struct rtx *tx, const struct principal *who, const struct settings *s, struct day d,
          struct time_check *c)
{
    struct day today = instant_day(rtx_now(tx));
    if (d.n - today.n > TIME_AHEAD_DAYS) {
        add_fault(c, "day", E_TIME_AHEAD, STR_NONE);
    } else if (time_is_locked(who, d, today, s->lock_days)) {
        add_fault(c, "day", E_TIME_LOCKED, arena_fmt(rtx_mem(tx), "%lld", (long long)s->lock_days));
    }
}

/* Open, no template, and visible to who books on it. */
static enum rc
check_project(struct rtx *tx, const struct principal *who, struct project_id id, bool is_new,
              struct time_check *c)
{
    struct err *err = rtx_err(tx);
    enum rc rc = is_new ? project_scope(tx, who, id.n, true) : OK;
    if (rc == OK) {
        rc = project_need_open(tx, id);
    }
    if (rc == RC_MISSING) {
        add_fault(c, "project_id", E_FIELD_ID, STR_NONE);
    } else if (rc == RC_CONFLICT) {
        add_fault(c, "project_id", err->code, STR_NONE);
    } else {
        return rc;
    }
    *err = (struct err){0};
    return OK;
}

static enum rc
check_category(struct rtx *tx, struct category_id id, struct project_id project, bool is_new,
               struct time_check *c)
{
    struct time_category_row k;
    struct time_project_company_row p;
    bool found, has_project;
    TRY(time_category(tx, &(struct time_category_in){.id = id}, &k, &found));
    TRY(time_project_company(tx, &(struct time_project_company_in){.id = project}, &p,
                             &has_project));
    if (!found) {
        add_fault(c, "category_id", E_FIELD_ID, STR_NONE);
    } else if ((is_new && !k.active) ||
               (k.company_id.n != 0 && has_project && k.company_id.n != p.company_id.n)) {
        add_fault(c, "category_id", E_CATEGORY_CLOSED, STR_NONE);
    }
    return OK;
}

static enum rc
check_room(struct rtx *tx, const struct time_find_row *kept, struct day d, struct time_check *c)
{
    struct time_sum_of_day_row sum;
    TRY(time_sum_of_day(
        tx,
        &(struct time_sum_of_day_in){
            .user_id = c->user,
            .day = d,
            .but_time_entry_id = kept != NULL ? kept->id : (struct time_entry_id){-1},
        },
        &sum));
    if (sum.total_minutes.n + c->billed.n > TIME_DAY_MINUTES) {
        char text[16];
        add_fault(c, "minutes", E_TIME_DAY_FULL,
                  arena_copy(rtx_mem(tx), minutes_print(sum.total_minutes, text)));
    }
    return OK;
}

/* --- all of them ----------------------------------------------------------------------------- */

enum rc
time_inspect_kept(struct rtx *tx, const struct principal *who, const struct time_find_row *e,
                  struct time_check *ret)
{
    struct settings s;
    *ret = (struct time_check){.user = e->user_id};
    TRY(settings_get(tx, &s));
    check_day(tx, who, &s, e->day, ret);
    return check_project(tx, who, e->project_id, false, ret);
}

enum rc
time_inspect(struct rtx *tx, const struct principal *who, const struct time_find_row *kept,
             const struct time_form *f, struct time_check *ret)
{
    struct settings s;
    bool moved = kept == NULL || kept->project_id.n != f->project_id.n;
    *ret = (struct time_check){0};
    TRY(settings_get(tx, &s));
    if (kept != NULL) {
        TRY(time_inspect_kept(tx, who, kept, ret));
    } else {
        ret->user = f->user_id.n != 0 ? f->user_id : who->user;
        TRY(check_person(tx, who, ret));
    }
    if (moved) {
        TRY(check_project(tx, who, f->project_id, true, ret));
    }
    bool is_new = kept == NULL || kept->category_id.n != f->category_id.n;
    if (is_new || moved) {
        TRY(check_category(tx, f->category_id, f->project_id, is_new, ret));
    }
    check_day(tx, who, &s, f->day, ret);
    size_t before = ret->n;
    check_minutes(kept, f, &s, ret);
    return ret->n == before ? check_room(tx, kept, f->day, ret) : OK;
}

enum rc
time_inspect_timer(struct rtx *tx, const struct principal *who, const struct timer_form *f,
                   struct time_check *ret)
{
    *ret = (struct time_check){.user = who->user};
    TRY(check_project(tx, who, f->project_id, true, ret));
    if (f->category_id.n == 0) {
        return OK;
    }
    return check_category(tx, f->category_id, f->project_id, true, ret);
}
