/* time.c: the rules of entries: raster, edit lock, open projects, midnight and the two DST nights. */
#include "app/time/time.h"

#include "app/project/project.h"
#include "app/time/time_in.h"
#include "app/workspace/workspace.h"
#include "base/time.h"

/* clang-format off */
static const struct field time_fields[] = {
    FIELD(struct time_form, project_id, T_time_project, .required = true),
    FIELD(struct time_form, category_id, T_time_category, .required = true),
    FIELD(struct time_form, day, T_time_date, .required = true),
    FIELD(struct time_form, minutes, T_time_duration, .mode = "text"),
    FIELD(struct time_form, from_clock, T_time_from, .mode = "numeric"),
    FIELD(struct time_form, to_clock, T_time_to, .mode = "numeric"),
    FIELD(struct time_form, note, T_time_note, .max = TIME_NOTE_MAX),
    FIELD(struct time_form, billable, T_time_billable),
    FIELD(struct time_form, user_id, T_time_person),
    FIELD(struct time_form, start, T_time_start),
    FIELD(struct time_form, version, T_general_version, .min = 0, .max = INT32_MAX),
};
/* clang-format on */
const struct form_def time_form_def = FORM_DEF(time_form, time_fields);

/* --- pure rules ------------------------------------------------------------------------------------- */

struct minutes
time_round(struct minutes raw, struct minutes raster)
{
    if (raster.n <= 1) {
        return raw;
    }
    int32_t up = (raw.n + raster.n - 1) / raster.n * raster.n;
    return (struct minutes){up < TIME_DAY_MINUTES ? up : TIME_DAY_MINUTES};
}

struct minutes
time_between(struct day d, struct clock_time from, struct clock_time to)
{
    struct day end_day = {to.n > from.n ? d.n : d.n + 1};
    if (to.n == from.n) {
        return (struct minutes){0};
    }
    int64_t us = day_at(end_day, to).us - day_at(d, from).us;
    return (struct minutes){us > 0 ? (int32_t)(us / 60000000) : 0};
}

bool
time_is_locked(const struct principal *who, struct day d, struct day today, int64_t lock_days)
{
    return lock_days > 0 && today.n - d.n > lock_days && !may(who, RIGHT_TIME_WRITE_ALL);
}

static bool
has_clocks(const struct time_form *f)
{
    return f->from_clock.n != NONE_I32 && f->to_clock.n != NONE_I32;
}

/* What was typed, or what lies between the two clock times. */
static enum rc
raw_minutes(struct err *err, const struct time_form *f, struct minutes *ret_raw)
{
    struct minutes raw = f->minutes;
    if (raw.n == NONE_I32) {
        if (!has_clocks(f)) {
            return fail_field(err, "minutes", RC_INVALID, E_FIELD_REQUIRED, "");
        }
        raw = time_between(f->day, f->from_clock, f->to_clock);
    }
    if (raw.n < 0 || raw.n > TIME_DAY_MINUTES) {
        return fail_field(err, "minutes", RC_INVALID, E_FIELD_DURATION, "");
    }
    *ret_raw = raw;
    return OK;
}

/* --- rules that need the store ------------------------------------------------------------------------ */

static enum rc
need_open_day(struct wtx *tx, const struct principal *who, const struct settings *s, struct day d)
{
    struct day today = instant_day(wtx_now(tx));
    if (d.n - today.n > TIME_AHEAD_DAYS) {
        return fail_field(wtx_err(tx), "day", RC_INVALID, E_TIME_AHEAD, "");
    }
    if (time_is_locked(who, d, today, s->lock_days)) {
        char days[24];
        (void)snprintf(days, sizeof(days), "%lld", (long long)s->lock_days);
        return fail_field(wtx_err(tx), "day", RC_CONFLICT, E_TIME_LOCKED, days);
    }
    return OK;
}

static enum rc
need_room(struct wtx *tx, struct user_id user, struct day d, struct time_entry_id but,
          struct minutes more)
{
    struct time_sum_of_day_row sum;
    TRY(time_sum_of_day(wtx_read(tx),
                        &(struct time_sum_of_day_in){.user_id = user,
                                                     .day = d,
                                                     .but_time_entry_id = but},
                        &sum));
    if (sum.total_minutes.n + more.n > TIME_DAY_MINUTES) {
        char text[16];
        struct str have = minutes_print(sum.total_minutes, text);
        return fail_field(wtx_err(tx), "minutes", RC_CONFLICT, E_TIME_DAY_FULL, have.p);
    }
    return OK;
}

static enum rc
need_category(struct wtx *tx, struct category_id id, struct project_id project)
{
    struct category_find_row k;
    struct project p;
    TRY(category_find(wtx_read(tx), &(struct category_find_in){.id = id}, &k));
    TRY(project_find(wtx_read(tx), project, &p));
    if (!k.active || (k.company_id.n != 0 && k.company_id.n != p.company.n)) {
        return fail_field(wtx_err(tx), "category_id", RC_CONFLICT, E_CATEGORY_CLOSED, "");
    }
    return OK;
}

/* Everything a new or changed entry must keep; gives both minutes. `kept` is the category it already
 * has (0: none), which may have been closed meanwhile. */
static enum rc
check_entry(struct wtx *tx, const struct principal *who, const struct time_form *f,
            struct user_id user, struct time_entry_id but, struct category_id kept,
            struct time_amount *ret)
{
    struct settings s;
    TRY(settings_get(wtx_read(tx), &s));
    TRY(raw_minutes(wtx_err(tx), f, &ret->raw));
    ret->billed = time_round(ret->raw, s.raster);
    ret->is_free = s.raster.n <= 1;
    TRY(need_open_day(tx, who, &s, f->day));
    TRY(project_need_open(tx, f->project_id));
    if (f->category_id.n != kept.n) {
        TRY(need_category(tx, f->category_id, f->project_id));
    }
    return need_room(tx, user, f->day, but, ret->billed);
}

/* --- verbs --------------------------------------------------------------------------------------------- */

enum rc
time_add(struct wtx *tx, const struct principal *who, const struct time_form *f,
         struct time_entry_id *ret_id)
{
    struct user_id user = f->user_id.n != 0 ? f->user_id : who->user;
    struct time_amount a;
    int64_t id, changed;
    if (user.n != who->user.n && !may(who, RIGHT_TIME_WRITE_ALL)) {
        return fail_field(wtx_err(tx), "user_id", RC_DENIED, E_DENIED, "");
    }
    TRY(check_entry(tx, who, f, user, (struct time_entry_id){0}, (struct category_id){0}, &a));
    TRY(wtx_new_id(tx, "time_entry", &id));
    TRY(time_insert(tx,
                    &(struct time_insert_in){.id = {id},
                                             .project_id = f->project_id,
                                             .user_id = user,
                                             .category_id = f->category_id,
                                             .day = f->day,
                                             .minutes = a.billed,
                                             .raw_minutes = a.raw,
                                             .free_input = a.is_free,
                                             .from_clock = f->from_clock,
                                             .to_clock = f->to_clock,
                                             .note = f->note.p != NULL ? f->note : STR(""),
                                             .billable = f->billable,
                                             .created_user_id = who->user,
                                             .created_at = wtx_now(tx),
                                             .changed_at = wtx_now(tx)},
                    &changed));
    TRY(project_add_minutes(tx, f->project_id, a.billed.n));
    *ret_id = (struct time_entry_id){id};
    return touch(tx, EVENT_TIME_ADDED, SUBJECT(time_entry, *ret_id), &time_form_def, NULL, f);
}

void
time_form_of_row(const struct time_find_row *e, struct time_form *ret)
{
    *ret = (struct time_form){.project_id = e->project_id,
                              .category_id = e->category_id,
                              .day = e->day,
                              .minutes = e->raw_minutes,
                              .from_clock = e->from_clock,
                              .to_clock = e->to_clock,
                              .note = e->note,
                              .billable = e->billable,
                              .user_id = e->user_id,
                              .version = e->version};
}

/* An entry that may still be changed by this person. */
static enum rc
find_open(struct wtx *tx, const struct principal *who, struct time_entry_id id,
          struct time_find_row *ret_e)
{
    struct settings s;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = id}, ret_e));
    TRY(settings_get(wtx_read(tx), &s));
    if (ret_e->invoiced) {
        return fail(wtx_err(tx), RC_CONFLICT, E_TIME_INVOICED, "entry %lld", (long long)id.n);
    }
    return need_open_day(tx, who, &s, ret_e->day);
}

enum rc
time_change(struct wtx *tx, const struct principal *who, struct time_entry_id id,
            const struct time_form *f)
{
    struct time_find_row e;
    struct time_form before, after = *f;
    struct time_amount a;
    TRY(find_open(tx, who, id, &e));
    if (e.version != f->version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "entry %lld", (long long)id.n);
    }
    TRY(check_entry(tx, who, f, e.user_id, id, e.category_id, &a));
    TRY(time_update(tx, &(struct time_update_in){.project_id = f->project_id,
                                                 .category_id = f->category_id,
                                                 .day = f->day,
                                                 .minutes = a.billed,
                                                 .raw_minutes = a.raw,
                                                 .free_input = a.is_free,
                                                 .from_clock = f->from_clock,
                                                 .to_clock = f->to_clock,
                                                 .note = f->note.p != NULL ? f->note : STR(""),
                                                 .billable = f->billable,
                                                 .changed_at = wtx_now(tx),
                                                 .id = id,
                                                 .version = f->version}));
    TRY(project_add_minutes(tx, e.project_id, -(int64_t)e.minutes.n));
    TRY(project_add_minutes(tx, f->project_id, a.billed.n));
    time_form_of_row(&e, &before);
    after.user_id = e.user_id;
    after.minutes = a.raw;
    return touch(tx, EVENT_TIME_CHANGED, SUBJECT(time_entry, id), &time_form_def, &before, &after);
}

enum rc
time_remove(struct wtx *tx, const struct principal *who, struct time_entry_id id)
{
    struct time_find_row e;
    struct time_form before;
    TRY(find_open(tx, who, id, &e));
    TRY(time_delete(tx, &(struct time_delete_in){.id = id}));
    TRY(project_add_minutes(tx, e.project_id, -(int64_t)e.minutes.n));
    time_form_of_row(&e, &before);
    return touch(tx, EVENT_TIME_REMOVED, SUBJECT(time_entry, id), &time_form_def, &before, NULL);
}

/* --- sums ---------------------------------------------------------------------------------------------- */

enum rc
time_week_sums(struct rtx *tx, struct user_id user, struct day from,
               struct time_day_sum ret_days[static 7])
{
    struct time_sums_row *rows;
    size_t n;
    for (int32_t i = 0; i < 7; i++) {
        ret_days[i] = (struct time_day_sum){.day = {from.n + i}, .total = {0}, .billable = {0}};
    }
    TRY(time_sums(tx,
                  &(struct time_sums_in){.user_id = user, .from_day = from,
                                         .to_day = {from.n + 6}},
                  &rows, &n));
    for (size_t k = 0; k < n; k++) {
        int32_t i = rows[k].day.n - from.n;
        if (i >= 0 && i < 7) {
            ret_days[i].total = rows[k].total_minutes;
            ret_days[i].billable = rows[k].billable_minutes;
        }
    }
    return OK;
}
