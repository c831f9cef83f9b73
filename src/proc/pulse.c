/* pulse.c: finds children that hang without dying: stopped, or lost in a loop. Those that are
 * always there are asked for a sign of life every few seconds; a worker, the hash processes and the
 * press when an edge says that a request is late. Egress is asked as well, and may take longer: its
 * library waits for the other machine when a file is closed there, and one that breaks off within
 * an answer makes it turn in a circle. Who does not answer in time is killed, and its successor
 * goes on (that counts as a death by its own doing). Nobody is asked while he starts or ends, which
 * have their own deadlines, nor blamed while he works on a command, which may take its time, nor
 * when it was master who stood still. */
#include "proc/master_own.h"

enum {
    ROUND_US = 5 * 1000000,
    ANSWER_US = 5 * 1000000,
    BESIDE_US = 2000000, /* of egress, beside the other machine's silence */
    SIGNER_US = 1000000, /* a handshake lives 5 s, of which the edge has waited 2 */
    STOOD_STILL_US = 1000000
};

static void
ask(struct proc *p, int64_t wait_us)
{
    if (p == NULL || !p->is_ready || p->is_stopping) {
        return;
    }
    int64_t until = loop_now(p->m->loop) + wait_us;
    if (p->is_asked && p->deadline.at_us <= until) {
        return;
    }
    struct frame_out f;
    chan_begin(&f, W_ALIVE, 0);
    chan_send(&p->control, &f, -1);
    p->is_asked = true;
    loop_at(p->m->loop, &p->deadline, until);
}

void
pulse_answer(struct proc *p)
{
    if (p->is_asked && !p->is_stopping) {
        loop_cancel(p->m->loop, &p->deadline);
    }
    p->is_asked = false;
}

bool
pulse_excuses(struct proc *p)
{
    int64_t now = loop_now(p->m->loop);
    if (!p->is_asked || p->is_stopping) {
        return false;
    }
    if (now - p->deadline.at_us < STOOD_STILL_US && !command_is_at(p)) {
        return false;
    }
    loop_at(p->m->loop, &p->deadline, now + ANSWER_US);
    return true;
}

void
pulse_late(struct master *m, const struct frame *f)
{
    int64_t kind = WK_WORKER;
    int64_t workspace = 0;
    if (frame_get_i64(f, W_F_KIND, &kind) == OK && kind == WK_SIGNER) {
        ask(m->signer.proc, SIGNER_US);
        return;
    }
    (void)!frame_get_i64(f, W_F_WORKSPACE, &workspace);
    const struct live *lv = live_find(m, workspace);
    if (lv != NULL) {
        ask(lv->proc, ANSWER_US);
    }
    for (size_t i = 0; i < m->n_hashers; i++) {
        ask(m->hashers[i].proc, ANSWER_US);
    }
    ask(m->press.proc, ANSWER_US);
}

static void
on_round(struct timer *t)
{
    struct master *m = t->arg;
    ask(m->keymgr.proc, ANSWER_US);
    ask(m->signer.proc, ANSWER_US);
    ask(m->registrar.proc, ANSWER_US);
    ask(m->operator_edge.proc, ANSWER_US);
    ask(m->scheduler.proc, ANSWER_US);
    ask(m->egress.proc, m->conf.backup_wait * 1000000 + BESIDE_US);
    for (size_t i = 0; i < m->n_edges; i++) {
        ask(m->edges[i].proc, ANSWER_US);
    }
    loop_at(m->loop, t, loop_now(m->loop) + ROUND_US);
}

void
pulse_start(struct master *m)
{
    m->pulse = (struct timer){.fn = on_round, .arg = m};
    loop_at(m->loop, &m->pulse, loop_now(m->loop) + ROUND_US);
}
