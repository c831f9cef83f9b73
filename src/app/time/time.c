/* time.c: the rules of entries: raster, edit lock, open projects, midnight and the two DST nights.
 */
#include "app/time/time.h"

#include "app/project/project.h"
#include "app/time/time_in.h"
#include "app/workspace/workspace.h"
#include "base/text.h"
#include "base/time.h"

enum { NOTE_FOLD_MAX = 8000 };

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

static const struct field remove_fields[] = {
    FIELD(struct time_remove_form, version, T_general_version, .required = true, .max = INT32_MAX),
};
const struct form_def time_remove_form_def = FORM_DEF(time_remove_form, remove_fields);

/* --- pure rules ------------------------------------------------------------------------------ */

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

static bool
clocks_say_it(const struct time_form *f)
{
    return has_clocks(f) && time_between(f->day, f->from_clock, f->to_clock).n == f->minutes.n;
}

void
time_follow(const struct time_form *before, struct time_form *f)
{
    bool same_clocks =
        f->from_clock.n == before->from_clock.n && f->to_clock.n == before->to_clock.n;
    if (!clocks_say_it(before) || !has_clocks(f) || f->minutes.n == NONE_I32) {
        return;
    }
    if (f->minutes.n == before->minutes.n && !same_clocks) {
        f->minutes = MINUTES_NONE;
    } else if (f->minutes.n != before->minutes.n && same_clocks) {
        int64_t us = day_at(f->day, f->from_clock).us + f->minutes.n * INT64_C(60000000);
        f->to_clock = instant_clock((struct instant){us});
    }
}

enum rc
time_raw_minutes(const struct time_form *f, struct minutes *ret_raw, enum code *ret_code)
{
    struct minutes raw = f->minutes;
    if (raw.n == NONE_I32 && has_clocks(f)) {
        raw = time_between(f->day, f->from_clock, f->to_clock);
    }
    if (raw.n < 0 || raw.n > TIME_DAY_MINUTES) {
        *ret_code = raw.n == NONE_I32 ? E_FIELD_REQUIRED : E_FIELD_DURATION;
        return RC_INVALID;
    }
    *ret_raw = raw;
    return OK;
}

/* --- verbs ----------------------------------------------------------------------------------- */

/* Folding makes some characters several; the column's bound counts characters, this cuts bytes. */
static struct str
note_fold(struct arena *mem, struct str note)
{
    struct str s = text_fold(mem, note.p != NULL ? note : STR(""));
    for (s.n = s.n < NOTE_FOLD_MAX ? s.n : NOTE_FOLD_MAX; s.n > 0 && !str_is_utf8(s); s.n--) {
    }
    return s;
}

enum rc
time_add(struct wtx *tx, const struct principal *who, const struct time_form *f,
         struct time_entry_id *ret_id)
{
    struct time_check c;
    int64_t id, changed;
    TRY(time_inspect(wtx_read(tx), who, NULL, f, &c));
    TRY(time_first_fault(wtx_err(tx), &c));
    TRY(wtx_new_id(tx, "time_entry", &id));
    TRY(time_insert(tx,
                    &(struct time_insert_in){.id = {id},
                                             .project_id = f->project_id,
                                             .user_id = c.user,
                                             .category_id = f->category_id,
                                             .day = f->day,
                                             .minutes = c.billed,
                                             .raw_minutes = c.raw,
                                             .free_input = c.is_free,
                                             .from_clock = f->from_clock,
                                             .to_clock = f->to_clock,
                                             .note = f->note.p != NULL ? f->note : STR(""),
                                             .note_fold = note_fold(wtx_mem(tx), f->note),
                                             .billable = f->billable,
                                             .created_user_id = who->user,
                                             .created_at = wtx_now(tx),
                                             .changed_at = wtx_now(tx)},
                    &changed));
    TRY(project_add_minutes(tx, f->project_id, c.billed.n));
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

static bool
is_same(const struct time_form *a, const struct time_form *b)
{
    for (size_t i = 0; i < time_form_def.n; i++) {
        if (!field_same(&time_form_def.fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

/* The form with what it may leave out: the person stays, clock times become minutes. */
static struct time_form
completed(const struct time_find_row *e, const struct time_form *f, struct minutes raw)
{
    struct time_form r = *f;
    r.user_id = e->user_id;
    r.minutes = raw;
    r.note = f->note.p != NULL ? f->note : STR("");
    r.start = false;
    return r;
}

static enum rc
need_version(struct wtx *tx, const struct time_find_row *e, int64_t version)
{
    if (e->version != version) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "entry %lld", (long long)e->id.n);
    }
    return OK;
}

enum rc
time_change(struct wtx *tx, const struct principal *who, struct time_entry_id id,
            const struct time_form *f)
{
    struct time_find_row e;
    struct time_form before, after;
    struct time_check c;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = id}, &e));
    TRY(time_need_unbilled(wtx_err(tx), &e));
    TRY(need_version(tx, &e, f->version));
    TRY(time_inspect(wtx_read(tx), who, &e, f, &c));
    TRY(time_first_fault(wtx_err(tx), &c));
    time_form_of_row(&e, &before);
    after = completed(&e, f, c.raw);
    if (is_same(&before, &after)) {
        wtx_allow_untouched(tx, "the form says what is stored");
        return OK;
    }
    TRY(time_update(tx, &(struct time_update_in){.project_id = after.project_id,
                                                 .category_id = after.category_id,
                                                 .day = after.day,
                                                 .minutes = c.billed,
                                                 .raw_minutes = c.raw,
                                                 .free_input = c.is_free,
                                                 .from_clock = after.from_clock,
                                                 .to_clock = after.to_clock,
                                                 .note = after.note,
                                                 .note_fold = note_fold(wtx_mem(tx), after.note),
                                                 .billable = after.billable,
                                                 .changed_at = wtx_now(tx),
                                                 .id = id,
                                                 .version = after.version}));
    TRY(project_add_minutes(tx, e.project_id, -(int64_t)e.minutes.n));
    TRY(project_add_minutes(tx, after.project_id, c.billed.n));
    return touch(tx, EVENT_TIME_CHANGED, SUBJECT(time_entry, id), &time_form_def, &before, &after);
}

enum rc
time_remove(struct wtx *tx, const struct principal *who, struct time_entry_id id, int64_t version)
{
    struct time_find_row e;
    struct time_form before;
    struct time_check c;
    TRY(time_find(wtx_read(tx), &(struct time_find_in){.id = id}, &e));
    TRY(time_need_unbilled(wtx_err(tx), &e));
    TRY(need_version(tx, &e, version));
    TRY(time_inspect_kept(wtx_read(tx), who, &e, &c));
    TRY(time_first_fault(wtx_err(tx), &c));
    TRY(time_delete(tx, &(struct time_delete_in){.id = id}));
    TRY(project_add_minutes(tx, e.project_id, -(int64_t)e.minutes.n));
    time_form_of_row(&e, &before);
    return touch(tx, EVENT_TIME_REMOVED, SUBJECT(time_entry, id), &time_form_def, &before, NULL);
}

/* --- sums ------------------------------------------------------------------------------------ */

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
                  &(struct time_sums_in){.user_id = user, .from_day = from, .to_day = {from.n + 6}},
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
