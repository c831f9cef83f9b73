/* timer.c: stop watches. A timer is a row with the start of its running stretch, so it survives
 * log-out, restart and a lost connection; nothing ticks on the server. */
#include "app/project/project.h"
#include "app/time/time_in.h"
#include "base/time.h"

/* clang-format off */
static const struct field timer_fields[] = {
    FIELD(struct timer_form, project_id, T_time_project, .required = true),
    FIELD(struct timer_form, category_id, T_time_category),
    FIELD(struct timer_form, note, T_time_note, .max = TIME_NOTE_MAX),
    FIELD(struct timer_form, billable, T_time_billable),
};
/* clang-format on */
const struct form_def timer_form_def = FORM_DEF(timer_form, timer_fields);

/* Microseconds that a timer shows at an instant. A clock that was put back takes nothing away. */
static int64_t
shown_us(struct instant started_at, int64_t kept_us, struct instant now)
{
    int64_t running = started_at.us != 0 ? now.us - started_at.us : 0;
    return kept_us + (running > 0 ? running : 0);
}

enum rc
timer_start(struct wtx *tx, const struct principal *who, const struct timer_form *f,
            struct timer_id *ret_id)
{
    return timer_start_at(tx, who, f, wtx_now(tx), ret_id);
}

enum rc
timer_start_at(struct wtx *tx, const struct principal *who, const struct timer_form *f,
               struct instant begun, struct timer_id *ret_id)
{
    struct timer_count_row count;
    struct time_check c;
    int64_t id, changed;
    TRY(time_inspect_timer(wtx_read(tx), who, f, &c));
    TRY(time_first_fault(wtx_err(tx), &c));
    TRY(timer_count(wtx_read(tx), &(struct timer_count_in){.user_id = who->user}, &count));
    if (count.timer_count >= TIMERS_MAX) {
        return fail(wtx_err(tx), RC_LIMIT, E_TIMER_MANY, "%d", TIMERS_MAX);
    }
    TRY(wtx_new_id(tx, "timer", &id));
    TRY(timer_insert(tx,
                     &(struct timer_insert_in){.id = {id},
                                               .user_id = who->user,
                                               .project_id = f->project_id,
                                               .category_id = f->category_id,
                                               .note = f->note.p != NULL ? f->note : STR(""),
                                               .billable = f->billable,
                                               .begun_at = begun,
                                               .started_at = begun},
                     &changed));
    *ret_id = (struct timer_id){id};
    return touch(tx, EVENT_TIMER_STARTED, SUBJECT(timer, *ret_id), &timer_form_def, NULL, f);
}

/* Sets the running stretch; `run` false pauses. A timer that is so already stays as it is. */
static enum rc
set_running(struct wtx *tx, struct timer_id id, bool run)
{
    struct timer_find_row t;
    TRY(timer_find(wtx_read(tx), &(struct timer_find_in){.id = id}, &t));
    if ((t.started_at.us != 0) == run) {
        wtx_allow_untouched(tx, "timer is so already");
        return OK;
    }
    TRY(timer_set(tx,
                  &(struct timer_set_in){.started_at = run ? wtx_now(tx) : INSTANT_NONE,
                                         .kept_us = shown_us(t.started_at, t.kept_us, wtx_now(tx)),
                                         .id = id,
                                         .version = t.version}));
    enum event e = run ? EVENT_TIMER_STARTED : EVENT_TIMER_STOPPED;
    return touch(tx, e, SUBJECT(timer, id), NULL, NULL, NULL);
}

enum rc
timer_pause(struct wtx *tx, struct timer_id id)
{
    return set_running(tx, id, false);
}

enum rc
timer_resume(struct wtx *tx, struct timer_id id)
{
    return set_running(tx, id, true);
}

enum rc
timer_drop(struct wtx *tx, struct timer_id id)
{
    TRY(timer_end(tx, &(struct timer_end_in){.id = id}));
    return touch(tx, EVENT_TIMER_DROPPED, SUBJECT(timer, id), NULL, NULL, NULL);
}

/* What a timer shows as an entry: whole minutes, begun ones count; clock times only when it ran
 * without a break. */
static void
entry_of(const struct timer_find_row *t, struct instant now, int64_t us, struct time_form *ret)
{
    bool unbroken = t->kept_us == 0 && t->started_at.us != 0;
    *ret = (struct time_form){
        .project_id = t->project_id,
        .category_id = t->category_id,
        .day = instant_day(t->begun_at),
        .minutes = {(int32_t)((us + 59999999) / 60000000)},
        .from_clock = unbroken ? instant_clock(t->begun_at) : CLOCK_NONE,
        .to_clock = unbroken ? instant_clock(now) : CLOCK_NONE,
        .note = t->note,
        .billable = t->billable,
    };
}

enum rc
timer_book(struct wtx *tx, const struct principal *who, struct timer_id id,
           struct time_entry_id *ret_id)
{
    struct timer_find_row t;
    struct time_form f;
    TRY(timer_find(wtx_read(tx), &(struct timer_find_in){.id = id}, &t));
    int64_t us = shown_us(t.started_at, t.kept_us, wtx_now(tx));
    if (us > (int64_t)TIME_DAY_MINUTES * 60000000) {
        return fail(wtx_err(tx), RC_CONFLICT, E_TIMER_LONG, "timer %lld", (long long)id.n);
    }
    if (t.category_id.n == 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_TIMER_CATEGORY, "timer %lld", (long long)id.n);
    }
    entry_of(&t, wtx_now(tx), us, &f);
    TRY(time_add(tx, who, &f, ret_id));
    TRY(timer_end(tx, &(struct timer_end_in){.id = id}));
    return touch(tx, EVENT_TIMER_STOPPED, SUBJECT(timer, id), NULL, NULL, NULL);
}

enum rc
timer_views(struct rtx *tx, struct user_id user, struct timer_view **ret_v, size_t *ret_n)
{
    struct timer_of_user_row *rows;
    size_t n;
    TRY(timer_of_user(tx, &(struct timer_of_user_in){.user_id = user}, &rows, &n));
    struct timer_view *v = ARENA_ARRAY(rtx_mem(tx), struct timer_view, n);
    for (size_t i = 0; i < n; i++) {
        const struct timer_of_user_row *t = &rows[i];
        v[i] = (struct timer_view){
            .id = t->id,
            .project = t->project_id,
            .category = t->category_id,
            .project_name = t->project_name_text,
            .company_name = t->company_name_text,
            .category_name = t->category_name_text,
            .note = t->note,
            .running = t->started_at.us != 0,
            .billable = t->billable,
            .seconds = shown_us(t->started_at, t->kept_us, rtx_now(tx)) / 1000000,
            .day = instant_day(t->begun_at),
            .is_old = instant_day(t->begun_at).n != instant_day(rtx_now(tx)).n,
            .begun = instant_clock(t->begun_at),
        };
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}
