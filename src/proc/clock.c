/* clock.c: master watches the clock for all processes: whether the kernel knows it to be wrong, and
 * whether somebody set it back. One-time codes are refused while it is not to be believed, so the
 * log says when that begins and when it ends. */
#include "base/log.h"
#include "base/time.h"
#include "proc/master_own.h"

enum { LOOK_US = 10 * 1000000 };

const char *
clock_word(const struct master *m)
{
    static const char *const words[] = {
        [TIME_GOOD] = "good", [TIME_UNKNOWN] = "unknown", [TIME_OFF] = "off", [TIME_BACK] = "back"};
    return words[m->clock_trust];
}

/* --- telling --------------------------------------------------------------------------------- */

static void
tell(struct proc *p, bool moved)
{
    struct frame_out f;
    p->clock_due = ++p->m->next_id;
    chan_begin(&f, W_CLOCK, p->clock_due);
    frame_put_i64(&f, W_F_STATE, p->m->clock_trust);
    if (moved) {
        frame_put_i64(&f, W_F_TIME, time_now().us);
    }
    chan_send(&p->control, &f, -1);
}

void
clock_tell_all(struct master *m, bool moved)
{
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        tell(p, moved);
    }
}

void
clock_tell_new(struct proc *p)
{
    if (p->m->clock_trust != TIME_GOOD) {
        tell(p, false);
    }
}

void
clock_confirmed(struct proc *p, uint64_t id)
{
    if (p->clock_due == id) {
        p->clock_due = 0;
    }
}

bool
clock_is_told(const struct master *m)
{
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        if (p->clock_due != 0) {
            return false;
        }
    }
    return true;
}

/* --- looking --------------------------------------------------------------------------------- */

static enum time_trust
look(int64_t *ret_error_us)
{
    const enum time_trust kernel = time_sync(ret_error_us);
    time_told(TIME_GOOD); /* what was told is what this function said */
    return time_trust() == TIME_BACK ? TIME_BACK : kernel;
}

static void
on_look(struct timer *t)
{
    struct master *m = t->arg;
    int64_t error_us;
    const enum time_trust was = m->clock_trust;
    m->clock_trust = look(&error_us);
    if (m->clock_trust != was) {
        const bool refuses = m->clock_trust == TIME_OFF || m->clock_trust == TIME_BACK;
        log_line(refuses ? LOG_ERROR : LOG_NOTE, "clock.trust", "state=%s error_ms=%lld codes=%s",
                 clock_word(m), (long long)(error_us / 1000), refuses ? "refused" : "accepted");
        clock_tell_all(m, false);
    }
    loop_at(m->loop, t, loop_now(m->loop) + LOOK_US);
}

void
clock_watch(struct master *m)
{
    m->clock_timer = (struct timer){.fn = on_look, .arg = m, .slot = m->clock_timer.slot};
    on_look(&m->clock_timer);
}
