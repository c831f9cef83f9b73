/* health.c: whether every workspace has the backups that are promised, and telling the operators
 * when one has not (BAK-07): "the job ran" is not "there is a good backup". */
#include "app/backup/catalogue_in.h"
#include "guard/mail.h"

enum {
    HOUR_S = 3600,
    WARN_HOURS = 26,
    ALARM_HOURS = 50,
    TOLD_HOURS = 24,      /* while it goes on, told once a day */
    DRILL_HOURS = 8 * 24, /* a week is promised; its last drill has a day to come */
    DAY_HOURS = 24,
    REPAIRED_HOURS = 7 * 24, /* so long it is said that one was made anew */
    LATE_MAX = 50            /* of each kind that are named */
};

struct health {
    struct backup_health_row *rows;
    struct backup_copy_lacking_row *lacking;
    size_t n, n_lacking, n_late, n_failed, n_undrilled, n_rotten; /* n_failed: drills */
    int64_t damaged, repaired, n_never;
    bool clock_off;
};

/* Hours since its newest good state; since it was added when it never had one, or by a clock alone
 * that was ahead. */
static int64_t
hours_old(const struct backup_health_row *row, struct instant now)
{
    const bool never = row->good_at.us == INSTANT_NONE.us || row->good_at.us > now.us;
    return (now.us - (never ? row->created_at.us : row->good_at.us)) / 1000000 / HOUR_S;
}

static struct instant
undrilled_since(struct instant drilled_at, struct instant first_at)
{
    return drilled_at.us != INSTANT_NONE.us ? drilled_at : first_at;
}

int64_t
catalogue_undrilled_days(struct instant drilled_at, struct instant first_at, struct instant now)
{
    const bool is_ahead = drilled_at.us > now.us; /* by a clock that was wrong */
    const struct instant since = undrilled_since(is_ahead ? INSTANT_NONE : drilled_at, first_at);
    if (since.us == INSTANT_NONE.us) {
        return 0;
    }
    const int64_t hours = (now.us - since.us) / 1000000 / HOUR_S;
    return hours >= DRILL_HOURS ? hours / DAY_HOURS : 0;
}

/* One that failed is said as such. */
static int64_t
undrilled_days(const struct backup_health_row *row, struct instant now)
{
    return row->drill_fault.n > 0
               ? 0
               : catalogue_undrilled_days(row->drilled_at, row->first_completed_at, now);
}

/* The rows, the console's own first: it is as old as the first workspace. */
static enum rc
read_rows(struct rtx *tx, struct health *h)
{
    struct backup_health_row *rows;
    struct backup_duty_find_row d;
    struct backup_state_first_row first;
    bool found = false;
    size_t n;
    TRY(backup_health(tx, &rows, &n));
    TRY(backup_duty_find(tx, &(struct backup_duty_find_in){0}, &d, &found));
    TRY(backup_state_first(tx, &(struct backup_state_first_in){0}, &first));
    h->rows = ARENA_ARRAY(rtx_mem(tx), struct backup_health_row, n + 1);
    h->rows[0] = (struct backup_health_row){
        .slug = STR("system"),
        .created_at = n > 0 ? rows[0].created_at : rtx_now(tx),
        .good_at = found ? d.good_at : INSTANT_NONE,
        .fault = found ? d.fault : STR(""),
        .drill_fault = found ? d.drill_fault : STR(""),
        .drilled_at = found ? d.drilled_at : INSTANT_NONE,
        .first_completed_at = first.first_completed_at,
    };
    for (size_t i = 0; i < n; i++) {
        h->rows[i + 1] = rows[i];
    }
    h->n = n + 1;
    return OK;
}

/* The daily backup reads every page of a store, and each is authenticated: it is the scrub. */
static bool
is_rotten(const struct backup_health_row *row)
{
    return str_eq(row->fault, str_of(code_name(E_STORE_DAMAGED)));
}

static enum rc
read_health(struct rtx *tx, struct health *h)
{
    struct backup_damaged_row damaged;
    struct backup_repaired_row repaired;
    const int64_t week_us = (int64_t)REPAIRED_HOURS * HOUR_S * 1000000;
    struct instant believed;
    bool clock_good;
    TRY(catalogue_clock(tx, &clock_good, &believed));
    h->clock_off = !clock_good;
    TRY(read_rows(tx, h));
    TRY(backup_copy_lacking(tx, &h->lacking, &h->n_lacking));
    TRY(backup_damaged(tx, &damaged));
    h->damaged = damaged.state_count;
    TRY(backup_repaired(tx, &(struct backup_repaired_in){{rtx_now(tx).us - week_us}}, &repaired));
    h->repaired = repaired.state_count;
    for (size_t i = 0; i < h->n; i++) {
        const struct backup_health_row *row = &h->rows[i];
        h->n_failed += row->drill_fault.n > 0;
        h->n_undrilled += undrilled_days(row, rtx_now(tx)) > 0;
        h->n_rotten += is_rotten(row);
        h->n_never += row->good_at.us == INSTANT_NONE.us;
        h->n_late += hours_old(row, rtx_now(tx)) >= WARN_HOURS;
    }
    return OK;
}

static int
older_first(const void *a, const void *b)
{
    const struct backup_health_row *x = a;
    const struct backup_health_row *y = b;
    const int64_t since_x = x->good_at.us == INSTANT_NONE.us ? x->created_at.us : x->good_at.us;
    const int64_t since_y = y->good_at.us == INSTANT_NONE.us ? y->created_at.us : y->good_at.us;
    return (since_x > since_y) - (since_x < since_y);
}

/* --- the answer, of each kind the worst ---------------------------------------------------------
 */

static json_t *
late(const struct health *h, struct instant now)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n && json_array_size(list) < LATE_MAX; i++) {
        const struct backup_health_row *row = &h->rows[i];
        const int64_t hours = hours_old(row, now);
        if (hours >= WARN_HOURS) {
            (void)json_array_append_new(
                list, json_pack("{s:s%, s:I, s:b, s:b, s:s%}", "workspace", row->slug.p,
                                row->slug.n, "hours", (json_int_t)hours, "never",
                                row->good_at.us == INSTANT_NONE.us, "bad", hours >= ALARM_HOURS,
                                "fault", row->fault.p != NULL ? row->fault.p : "",
                                row->fault.p != NULL ? row->fault.n : 0));
        }
    }
    return list;
}

static json_t *
failed_drills(const struct health *h)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n && json_array_size(list) < LATE_MAX; i++) {
        const struct backup_health_row *row = &h->rows[i];
        if (row->drill_fault.n > 0) {
            (void)json_array_append_new(list, json_pack("{s:s%, s:s%}", "workspace", row->slug.p,
                                                        row->slug.n, "fault", row->drill_fault.p,
                                                        row->drill_fault.n));
        }
    }
    return list;
}

static json_t *
undrilled(const struct health *h, struct instant now)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n && json_array_size(list) < LATE_MAX; i++) {
        const struct backup_health_row *row = &h->rows[i];
        const int64_t days = undrilled_days(row, now);
        if (days > 0) {
            (void)json_array_append_new(list, json_pack("{s:s%, s:I}", "workspace", row->slug.p,
                                                        row->slug.n, "days", (json_int_t)days));
        }
    }
    return list;
}

static json_t *
rotten(const struct health *h)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n && json_array_size(list) < LATE_MAX; i++) {
        if (is_rotten(&h->rows[i])) {
            (void)json_array_append_new(list, json_stringn(h->rows[i].slug.p, h->rows[i].slug.n));
        }
    }
    return list;
}

static json_t *
lacking(const struct health *h)
{
    json_t *list = json_array();
    for (size_t i = 0; i < h->n_lacking; i++) {
        const struct backup_copy_lacking_row *c = &h->lacking[i];
        (void)json_array_append_new(
            list, json_pack("{s:s%, s:s%, s:I}", "target", c->target_name.p, c->target_name.n,
                            "fault", c->fault.p, c->fault.n, "states", (json_int_t)c->state_count));
    }
    return list;
}

static int
longer_undrilled_first(const void *a, const void *b)
{
    const struct backup_health_row *x = a;
    const struct backup_health_row *y = b;
    const int64_t since_x = undrilled_since(x->drilled_at, x->first_completed_at).us;
    const int64_t since_y = undrilled_since(y->drilled_at, y->first_completed_at).us;
    return (since_x > since_y) - (since_x < since_y);
}

enum rc
catalogue_run_health(struct wtx *tx, json_t *in, json_t *out)
{
    struct health h = {0};
    const struct instant now = wtx_now(tx);
    (void)in;
    TRY(read_health(wtx_read(tx), &h));
    qsort(h.rows, h.n, sizeof *h.rows, longer_undrilled_first);
    json_t *long_ago = undrilled(&h, now);
    qsort(h.rows, h.n, sizeof *h.rows, older_first);
    const struct {
        const char *key;
        json_t *value;
    } said[] = {
        {"workspaces", json_integer((json_int_t)h.n)},
        {"never",      json_integer(h.n_never)      },
        {"late",       late(&h,                       now)},
        {"lateCount",            json_integer((json_int_t)h.n_late)                              },
        {"drills",            failed_drills(&h)   },
        {"drillCount",            json_integer((json_int_t)h.n_failed)                          },
        {"undrilled",            long_ago    },
        {"undrilledCount",            json_integer((json_int_t)h.n_undrilled)                     },
        {"rotten",            rotten(&h)            },
        {"rottenCount",            json_integer((json_int_t)h.n_rotten)                },
        {"lacking",            lacking(&h)                },
        {"damaged",            json_integer(h.damaged)                },
        {"repaired",            json_integer(h.repaired)               },
        {"clockOff",            json_boolean(h.clock_off)                },
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        bad |= json_object_set_new(out, said[i].key, said[i].value);
    }
    return bad == 0 ? OK : RC_BROKEN;
}

/* --- telling ---------------------------------------------------------------------------------- */

enum rc
catalogue_tell(struct wtx *tx, enum event e)
{
    struct backup_operators_row *people;
    size_t n;
    TRY(backup_operators(wtx_read(tx), &people, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, people[i].id, e));
    }
    return OK;
}

enum rc
catalogue_tell_daily(struct wtx *tx, enum event e)
{
    struct backup_operators_row *people;
    size_t n;
    const struct instant since = {wtx_now(tx).us - (int64_t)TOLD_HOURS * HOUR_S * 1000000};
    TRY(backup_operators(wtx_read(tx), &people, &n));
    for (size_t i = 0; i < n; i++) {
        bool told = false;
        TRY(notice_was_told(wtx_read(tx), people[i].id, e, since, &told));
        TRY(told ? OK : notice_to(tx, people[i].id, e));
    }
    return OK;
}

/* What is wrong, on the log for who reads that, and to the operators by notice and mail. */
static enum rc
tell_all(struct wtx *tx, const struct health *h)
{
    for (size_t i = 0; i < h->n; i++) {
        const int64_t hours = hours_old(&h->rows[i], wtx_now(tx));
        if (hours >= WARN_HOURS) {
            catalogue_say(hours >= ALARM_HOURS, "backup.late", "ws=%lld hours=%lld",
                          (long long)h->rows[i].workspace_id.n, (long long)hours);
        }
        const int64_t days = undrilled_days(&h->rows[i], wtx_now(tx));
        if (days > 0) {
            catalogue_say(true, "backup.undrilled", "ws=%lld days=%lld",
                          (long long)h->rows[i].workspace_id.n, (long long)days);
        }
    }
    for (size_t i = 0; i < h->n_lacking; i++) {
        catalogue_say(true, "backup.lacking", "target=%.*s states=%lld code=%.*s",
                      STR_FMT(h->lacking[i].target_name), (long long)h->lacking[i].state_count,
                      STR_FMT(h->lacking[i].fault));
    }
    TRY(h->n_late > 0 ? catalogue_tell(tx, EVENT_BACKUP_LATE) : OK);
    TRY(h->n_lacking > 0 ? catalogue_tell(tx, EVENT_BACKUP_COPY_LOST) : OK);
    TRY(h->n_failed > 0 ? catalogue_tell(tx, EVENT_BACKUP_DRILL_FAILED) : OK);
    TRY(h->n_undrilled > 0 ? catalogue_tell(tx, EVENT_BACKUP_UNDRILLED) : OK);
    TRY(h->n_rotten > 0 ? catalogue_tell(tx, EVENT_BACKUP_STORE_DAMAGED) : OK);
    TRY(h->damaged > 0 ? catalogue_tell(tx, EVENT_BACKUP_DAMAGED) : OK);
    return h->clock_off ? catalogue_tell(tx, EVENT_BACKUP_CLOCK) : OK;
}

enum rc
catalogue_run_watch(struct wtx *tx, json_t *in, json_t *out)
{
    struct health h = {0};
    struct backup_duty_find_row d;
    (void)in;
    (void)out;
    TRY(read_health(wtx_read(tx), &h));
    const bool wrong = h.n_late + h.n_lacking + h.n_failed + h.n_undrilled + h.n_rotten > 0 ||
                       h.damaged > 0 || h.clock_off;
    TRY(catalogue_duty(tx, 0, &d)); /* the operators' own row remembers when they were told */
    const bool told = d.told_at.us != INSTANT_NONE.us && d.told_at.us <= wtx_now(tx).us;
    const bool lately =
        told && wtx_now(tx).us - d.told_at.us < (int64_t)TOLD_HOURS * HOUR_S * 1000000;
    TRY(catalogue_believe(
        tx)); /* while it is looked at each hour, a day without a plan is no jump */
    if ((wrong && lately) || (!wrong && !told)) {
        wtx_allow_untouched(tx, "nothing new to tell of backups");
        return OK;
    }
    TRY(catalogue_duty(tx, 0, &d));
    TRY(wrong ? tell_all(tx, &h) : OK);
    d.told_at = wrong ? wtx_now(tx) : INSTANT_NONE;
    return catalogue_duty_change(tx, wrong ? EVENT_BACKUP_LATE : EVENT_BACKUP_WELL, &d);
}
