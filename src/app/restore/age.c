/* age.c: the alarm of age on the first page of who looks after backups. The registrar is asked once
 * an hour, or once a minute while a backup is missing; what it said is good for a while, since
 * states only become older. One process serves one workspace, so this is process-wide. */
#include "app/restore/restore.h"
#include "app/restore/states.h"
#include "base/time.h"

enum { LATE_HOURS = 26, ALARM_HOURS = 50 };
#define MINUTE_US (60 * INT64_C(1000000))
#define HOUR_US (60 * MINUTE_US)

static struct {
    bool is_known;
    struct instant at, created_at, good_at;
} heard;

void
restore_age_of(struct instant created_at, struct instant good_at, struct instant now,
               struct restore_age *ret)
{
    *ret = (struct restore_age){.is_never = good_at.us == INSTANT_NONE.us};
    const bool is_ahead = good_at.us > now.us; /* by a clock that was wrong */
    const struct instant since = ret->is_never || is_ahead ? created_at : good_at;
    if (since.us == INSTANT_NONE.us) {
        return;
    }
    ret->hours = (now.us - since.us) / HOUR_US;
    ret->is_late = ret->hours >= LATE_HOURS;
    ret->is_bad = ret->hours >= ALARM_HOURS;
}

/* The page is shown by a right, and asks for the same. */
static bool
is_concerned(const struct req *rq)
{
    return may(req_who(rq), RIGHT_BACKUP_ADMIN);
}

void
restore_age_ask(struct req *rq)
{
    struct restore_age age;
    const struct instant now = req_now(rq);
    if (!is_concerned(rq)) {
        return;
    }
    restore_age_of(heard.created_at, heard.good_at, now, &age);
    const int64_t rest = age.is_late ? MINUTE_US : HOUR_US;
    if (!heard.is_known || heard.at.us > now.us || now.us - heard.at.us >= rest) {
        states_ask(rq, states_month_asked(rq));
    }
}

void
restore_age(struct req *rq, struct restore_age *ret)
{
    struct states s;
    *ret = (struct restore_age){0};
    if (!is_concerned(rq)) {
        return;
    }
    if (states_hear(rq, 0, &s)) { /* else what was said before counts */
        heard.is_known = true;
        heard.at = req_now(rq);
        heard.created_at = s.created_at;
        heard.good_at = s.good_at;
    }
    if (heard.is_known) {
        restore_age_of(heard.created_at, heard.good_at, req_now(rq), ret);
    }
}
