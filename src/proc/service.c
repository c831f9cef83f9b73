/* service.c: the processes that are always there (keymgr, signer, registrar, edges) or there on
 * demand (hash, press): how they are joined to each other, and when one that died is started again.
 * How often a process may die is counted here for workers too. */
#include "proc/master_own.h"

enum { SECOND_US = 1000000 };

/* --- deaths ---------------------------------------------------------------------------------- */

void
deaths_note(struct deaths *d, int64_t now_us)
{
    enum { KEPT = sizeof d->at_us / sizeof d->at_us[0] };
    d->at_us[d->n++ % KEPT] = now_us;
    unsigned in_minute = 0;
    unsigned in_ten = 0;
    for (unsigned i = 0; i < KEPT && i < d->n; i++) {
        in_minute += now_us - d->at_us[i] < 60LL * SECOND_US;
        in_ten += now_us - d->at_us[i] < 600LL * SECOND_US;
    }
    d->too_many = in_ten >= KEPT;
    if (in_minute < 3) {
        d->wait_us = 0;
    } else {
        d->wait_us = d->wait_us == 0 ? SECOND_US : d->wait_us * 2;
        d->wait_us = d->wait_us > 60LL * SECOND_US ? 60LL * SECOND_US : d->wait_us;
    }
    d->not_before_us = now_us + d->wait_us;
}
/* --- services -------------------------------------------------------------------------------- */

struct service *
service_of(struct master *m, const struct proc *p)
{
    switch (p->role) {
    case R_KEYMGR:
        return &m->keymgr;
    case R_SIGNER:
        return &m->signer;
    case R_SYSTEM:
        return &m->registrar;
    case R_OPERATOR:
        return &m->operator_edge;
    case R_EDGE:
        return &m->edges[p->index];
    case R_HASH:
        return &m->hashers[p->index];
    case R_SCHEDULER:
        return &m->scheduler;
    case R_PRESS:
        return &m->press;
    case R_EGRESS:
        return &m->egress;
    case R_WRITER:
    case R_BACKUP:
    case R_DRILL:
    case R_RESTORE:
    case R_COUNT:
        break;
    }
    return NULL;
}
int
keymgr_bind(struct master *m, int64_t workspace, const char *role)
{
    int pair[2];
    if (m->keymgr.proc == NULL || chan_pair(pair) != OK) {
        return -1;
    }
    struct frame_out f;
    chan_begin(&f, W_KEY_BIND, 0);
    frame_put_i64(&f, W_F_WORKSPACE, workspace);
    frame_put_str(&f, W_F_ROLE, str_of(role));
    chan_send(&m->keymgr.proc->control, &f, pair[0]);
    return pair[1];
}

/* Edges need a channel to the signer; after either one was born anew. */
static void
join_signer(struct master *m, struct proc *edge)
{
    int pair[2];
    if (m->signer.proc == NULL || edge == NULL || chan_pair(pair) != OK) {
        return;
    }
    give_channel(&m->signer.proc->control, WK_EDGE, pair[0], 0, NULL, -1);
    give_channel(&edge->control, WK_SIGNER, pair[1], 0, NULL, -1);
}

static void
after_start(struct master *m, struct service *s)
{
    if (s->role == R_EDGE || s->role == R_OPERATOR) {
        join_signer(m, s->proc);
    } else if (s->role == R_SIGNER) {
        for (size_t i = 0; i < m->n_edges; i++) {
            join_signer(m, m->edges[i].proc);
        }
        join_signer(m, m->operator_edge.proc);
    } else if (s->role == R_SCHEDULER) {
        const int orders = control_for_scheduler(m);
        if (orders >= 0) {
            give_channel(&s->proc->control, WK_COMMAND, orders, 0, NULL, -1);
        }
    } else if (s->role == R_KEYMGR) {
        live_rebind_keymgr(m);
    }
}

static void
start_service(struct master *m, struct service *s)
{
    int keymgr_fd = -1;
    if (s->proc != NULL || m->is_stopping) {
        return;
    }
    if (s->role == R_SYSTEM) {
        keymgr_fd = keymgr_bind(m, 0, "system");
        if (keymgr_fd < 0) { /* keymgr is being born again: a moment */
            loop_at(m->loop, &s->again, loop_now(m->loop) + 20000);
            return;
        }
    }
    s->proc = proc_spawn(m, s->role, s->index, NULL, keymgr_fd);
    if (s->proc != NULL) {
        after_start(m, s);
    } else if (!m->is_started) {
        master_stop(m, rc_exit(RC_IO));
    } else {
        service_ended(m, s, true);
    }
}

static void
on_again(struct timer *t)
{
    struct service *s = t->arg;
    start_service(s->m, s);
}

void
service_want(struct master *m, struct service *s)
{
    s->wanted = true;
    s->m = m;
    s->again = (struct timer){.fn = on_again, .arg = s};
    start_service(m, s);
}

void
service_ended(struct master *m, struct service *s, bool own_doing)
{
    bool on_demand = s->role == R_HASH || s->role == R_PRESS || s->role == R_EGRESS;
    if (own_doing) {
        deaths_note(&s->deaths, loop_now(m->loop));
    } else {
        s->deaths.not_before_us = 0;
    }
    if (m->is_stopping || !s->wanted) {
        return;
    }
    if (on_demand) {
        s->wanted = false;
        return;
    }
    if (s->deaths.too_many) {
        log_line(LOG_ERROR, "service.keeps.dying", "role=%s index=%d", role_name(s->role),
                 s->index);
    }
    if (s->deaths.not_before_us > loop_now(m->loop)) {
        loop_at(m->loop, &s->again, s->deaths.not_before_us);
    } else {
        start_service(m, s); /* in the same turn: who asks for it now shall find it */
    }
}
