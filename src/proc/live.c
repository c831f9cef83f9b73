/* live.c: workspaces and their workers. A worker is started by the first channel that is asked for,
 * ends when idle, and dies alone: what was handed to it waits in the socket pair, so that nobody
 * waits for a start, and the edge sees the end of the pair when it dies. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "proc/master_own.h"

enum { SECOND_US = 1000000, MIB = 1024 * 1024, WORKERS_LEAST = 16 };

static void spawn_worker(struct live *lv);

struct live *
live_find(const struct master *m, int64_t workspace)
{
    for (struct live *lv = m->lives; lv != NULL; lv = lv->next) {
        if (lv->workspace == workspace) {
            return lv;
        }
    }
    return NULL;
}

static void
drop_waiting(struct live *lv)
{
    for (size_t i = 0; i < lv->n_waiting; i++) {
        close(lv->waiting[i].fd);
    }
    lv->n_waiting = 0;
}

static void
on_wake(struct timer *t)
{
    struct live *lv = t->arg;
    const char *why;
    (void)live_get(lv->m, lv->workspace, &why);
}

static void
on_again(struct timer *t)
{
    spawn_worker(t->arg);
}

/* --- as many as memory allows ---------------------------------------------------------------- */

static size_t
workers_max(const struct master *m)
{
    struct sysinfo si;
    if (m->conf.workers_max > 0) {
        return (size_t)m->conf.workers_max;
    }
    if (sysinfo(&si) != 0) {
        return WORKERS_LEAST;
    }
    size_t n = (size_t)si.totalram / MIB * si.mem_unit * 2 / 5;
    return n < WORKERS_LEAST ? WORKERS_LEAST : n;
}

/* Room for one more: the longest unused one goes. It finishes what it does before it ends. */
static void
make_room(struct master *m)
{
    struct live *oldest = NULL;
    if (m->n_live < workers_max(m)) {
        return;
    }
    for (struct live *lv = m->lives; lv != NULL; lv = lv->next) {
        bool can_go = lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping;
        if (can_go && (oldest == NULL || lv->used_us < oldest->used_us)) {
            oldest = lv;
        }
    }
    if (oldest != NULL) {
        proc_stop(oldest->proc);
    }
}

/* --- start ----------------------------------------------------------------------------------- */

static void
hand_over(struct live *lv)
{
    const struct host_row *row = hosts_of_workspace(lv->m, lv->workspace);
    for (size_t i = 0; i < lv->n_waiting; i++) {
        give_channel(&lv->proc->control, lv->waiting[i].kind, lv->waiting[i].fd, 0, row,
                     lv->workspace);
    }
    lv->n_waiting = 0;
}

/* At most SPAWNING_MAX start at a time; a herd after a reboot is served first come, first served.
 */
static void
spawn_worker(struct live *lv)
{
    struct master *m = lv->m;
    if (lv->proc != NULL || lv->is_held || m->is_stopping) {
        return;
    }
    if (m->n_spawning >= SPAWNING_MAX) {
        lv->queued = true;
        return;
    }
    make_room(m);
    lv->queued = false;
    int keymgr_fd = keymgr_bind(m, lv->workspace, "writer");
    if (keymgr_fd < 0) { /* keymgr is being born again: a moment */
        loop_at(m->loop, &lv->again, loop_now(m->loop) + 20000);
        return;
    }
    lv->proc = proc_spawn(m, R_WRITER, 0, lv, keymgr_fd);
    if (lv->proc == NULL) {
        deaths_note(&lv->deaths, loop_now(m->loop));
        drop_waiting(lv);
        return;
    }
    m->n_spawning++;
    m->n_live++;
    hand_over(lv);
}

static void
spawn_next(struct master *m)
{
    struct live *last = NULL;
    for (struct live *lv = m->lives; lv != NULL; lv = lv->next) {
        last = lv->queued ? lv : last; /* new ones stand in front: the last has waited longest */
    }
    if (last != NULL) {
        spawn_worker(last);
    }
}

static struct live *
add_live(struct master *m, int64_t workspace)
{
    struct live *lv = loop_alloc(sizeof *lv);
    lv->m = m;
    lv->workspace = workspace;
    lv->again = (struct timer){.fn = on_again, .arg = lv};
    lv->wake = (struct timer){.fn = on_wake, .arg = lv};
    lv->next = m->lives;
    m->lives = lv;
    return lv;
}

struct live *
live_get(struct master *m, int64_t workspace, const char **ret_why)
{
    struct live *lv = live_find(m, workspace);
    if (lv == NULL) {
        lv = add_live(m, workspace);
    }
    lv->used_us = loop_now(m->loop);
    if (lv->deaths.too_many) {
        *ret_why = "quarantined";
        return NULL;
    }
    if (lv->proc == NULL && loop_now(m->loop) < lv->deaths.not_before_us) {
        *ret_why = "busy";
        return NULL;
    }
    if (lv->proc != NULL && lv->proc->is_stopping) {
        /* It holds the lock until it is gone; its successor takes what comes from now on. */
        return lv;
    }
    if (lv->proc == NULL && !lv->queued && lv->again.slot == 0) {
        spawn_worker(lv);
    }
    return lv;
}

void
live_hold(struct live *lv)
{
    lv->is_held = true;
    lv->queued = false;
    loop_cancel(lv->m->loop, &lv->again);
    if (lv->proc != NULL) {
        proc_stop(lv->proc);
    }
}

void
live_release(struct live *lv)
{
    lv->is_held = false;
    spawn_worker(lv);
}

void
live_pardon(struct master *m, int64_t workspace)
{
    struct live *lv = live_find(m, workspace);
    if (lv != NULL) {
        if (lv->deaths.too_many) {
            log_line(LOG_NOTE, "workspace.pardoned", "ws=%lld", (long long)workspace);
        }
        lv->deaths = (struct deaths){0};
    }
}

bool
live_is_at_work(const struct master *m, int64_t workspace)
{
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        if ((p->role == R_WRITER && p->live->workspace == workspace) ||
            ((p->role == R_BACKUP || p->role == R_DRILL || p->role == R_RESTORE) &&
             p->workspace == workspace)) {
            return true;
        }
    }
    return false;
}

/* Who is at work in it is shown out; nobody comes in after that (live_open). */
void
live_shut(struct master *m)
{
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        const struct host_row *row =
            p->role == R_WRITER ? hosts_of_workspace(m, p->live->workspace) : NULL;
        if (row != NULL && row->state >= WH_LOCKED && !p->is_stopping) {
            proc_stop(p);
        }
    }
}

void
live_worker_ready(struct proc *p)
{
    struct master *m = p->m;
    m->n_spawning--;
    p->live->is_damaged = false;
    p->live->deaths.wait_us = 0;
    spawn_next(m);
}

bool
live_is_damage(const char *code)
{
    return strcmp(code, code_name(E_STORE_DAMAGED)) == 0 ||
           strcmp(code, code_name(E_STORE_KEY)) == 0; /* so its first page looks */
}

void
live_worker_ended(struct proc *p, bool own_doing)
{
    struct master *m = p->m;
    struct live *lv = p->live;
    lv->proc = NULL;
    m->n_live--;
    if (!p->is_ready) {
        m->n_spawning--;
    }
    if (own_doing) {
        deaths_note(&lv->deaths, loop_now(m->loop));
        if (!p->is_ready) {
            lv->is_damaged = live_is_damage(p->refusal_code);
            command_worker_failed(p);
        }
    }
    if (lv->deaths.too_many) {
        log_line(LOG_ERROR, "workspace.quarantined", "ws=%lld", (long long)lv->workspace);
        drop_waiting(lv);
    } else if (lv->n_waiting > 0) {
        loop_at(m->loop, &lv->again, lv->deaths.not_before_us);
    }
    spawn_next(m);
}

/* The worker alone knows when its last request was. One that is under way to it at this moment is
 * not yet received; the edge sends it to the successor. */
void
live_idle(struct proc *p, const struct frame *f)
{
    struct live *lv = p->live;
    int64_t wake_us = 0;
    if (lv == NULL) {
        return;
    }
    proc_stop(p);
    if (frame_get_i64(f, W_F_TIME, &wake_us) == OK && wake_us > 0) {
        int64_t wait = wake_us - time_now().us;
        loop_at(lv->m->loop, &lv->wake,
                loop_now(lv->m->loop) + (wait > SECOND_US ? wait : SECOND_US));
    }
}

void
live_free_all(struct master *m)
{
    while (m->lives != NULL) {
        struct live *lv = m->lives;
        m->lives = lv->next;
        drop_waiting(lv);
        loop_cancel(m->loop, &lv->again);
        loop_cancel(m->loop, &lv->wake);
        free(lv);
    }
}

/* --- channels -------------------------------------------------------------------------------- */

void
give_channel(struct chan *to, enum wire_kind kind, int fd, uint64_t id, const struct host_row *row,
             int64_t workspace)
{
    struct frame_out f;
    chan_begin(&f, W_CHANNEL, id);
    frame_put_i64(&f, W_F_KIND, kind);
    if (workspace >= 0) {
        frame_put_i64(&f, W_F_WORKSPACE, workspace);
    }
    if (row != NULL) {
        frame_put_str(&f, W_F_SLUG, str_of(row->slug));
    }
    chan_send(to, &f, fd);
}

static void
refuse(struct chan *to, uint64_t id, struct str host, int64_t kind, const char *code)
{
    struct frame_out f;
    chan_begin(&f, W_REFUSED, id);
    frame_put_str(&f, W_F_CODE, str_of(code));
    frame_put_str(&f, W_F_HOST, host);
    if (kind != 0) {
        frame_put_i64(&f, W_F_KIND, kind);
    }
    chan_send(to, &f, -1);
}

/* One end to the worker (now or when it is born), the other to the edge. */
static const char *
connect_edge(struct master *m, struct proc *edge, const struct frame *f, struct str host,
             struct chan *worker, struct live *lv, int64_t workspace)
{
    int pair[2];
    bool waits = lv != NULL && (lv->proc == NULL || lv->proc->is_stopping);
    if ((waits && lv->n_waiting >= WAITING_MAX) || chan_pair(pair) != OK) {
        return "busy";
    }
    if (waits) {
        (void)fcntl(pair[0], F_SETFD, FD_CLOEXEC);
        lv->waiting[lv->n_waiting++] = (struct waiting){pair[0], WK_EDGE};
    } else {
        give_channel(worker, WK_EDGE, pair[0], 0, NULL, workspace);
    }
    struct frame_out out;
    char origin[600];
    const struct host_row *row = hosts_of_workspace(m, workspace);
    conf_origin(&m->conf,
                workspace == 0 ? NULL
                : row != NULL  ? row->slug
                               : "",
                origin, sizeof origin);
    chan_begin(&out, W_CHANNEL, f->id);
    frame_put_i64(&out, W_F_KIND, WK_WORKER);
    frame_put_str(&out, W_F_HOST, host);
    frame_put_i64(&out, W_F_WORKSPACE, workspace);
    frame_put_str(&out, W_F_SLUG, str_of(row != NULL ? row->slug : ""));
    frame_put_str(&out, W_F_BASE_URL, str_of(origin));
    chan_send(&edge->control, &out, pair[1]);
    return NULL;
}

void
live_open(struct master *m, struct proc *edge, const struct frame *f)
{
    char name[256] = "";
    struct str host = frame_get(f, W_F_HOST);
    (void)snprintf(name, sizeof name, "%.*s", STR_FMT(host));
    host = str_of(name); /* the frame's bytes live in the shared receive buffer */
    const char *why = "missing";
    if (edge->role == R_OPERATOR) {
        why = "busy";
        if (m->registrar.proc != NULL) {
            why = connect_edge(m, edge, f, host, &m->registrar.proc->control, NULL, 0);
        }
    } else {
        const struct host_row *row = hosts_find(m, host);
        bool known = row != NULL && row->state == WH_ACTIVE;
        struct live *lv = known ? live_get(m, row->workspace, &why) : NULL;
        const struct live *last = known ? live_find(m, row->workspace) : NULL;
        if (last != NULL && last->is_damaged) { /* one may be starting: not in vain, perhaps */
            why = code_name(E_STORE_DAMAGED);
        } else if (lv != NULL) {
            struct chan *to = lv->proc != NULL ? &lv->proc->control : NULL;
            why = connect_edge(m, edge, f, host, to, lv, row->workspace);
        }
    }
    if (why != NULL) {
        refuse(&edge->control, f->id, host, 0, why);
    }
}

static struct service *
helper_for(struct master *m, int64_t kind)
{
    if (kind == WK_PRESS) {
        return &m->press;
    }
    if (kind == WK_EGRESS) {
        return &m->egress;
    }
    return &m->hashers[m->next_hasher++ % m->n_hashers];
}

/* Egress is told whose the channel is; what that workspace sealed for its targets it can open as
 * long as the operator lets workspaces have some. */
static void
give_egress(struct proc *egress, int fd, const struct proc *p)
{
    struct master *m = p->m;
    int64_t workspace = p->live != NULL ? p->live->workspace : 0;
    int keys =
        m->conf.workspace_mail != 0 && workspace != 0 ? keymgr_bind(m, workspace, "egress") : -1;
    if (keys >= 0) {
        give_channel(&egress->control, WK_TARGET, keys, 0, NULL, workspace);
    }
    give_channel(&egress->control, WK_WORKER, fd, 0, NULL, workspace);
}

void
live_need(struct proc *p, const struct frame *f)
{
    struct master *m = p->m;
    int64_t kind = 0;
    int pair[2];
    (void)!frame_get_i64(f, W_F_KIND, &kind);
    if (kind == WK_KEYMGR) {
        return; /* a fresh channel was sent when keymgr was born again */
    }
    if (kind != WK_HASH && kind != WK_PRESS && (kind != WK_EGRESS || m->door.fd < 0)) {
        refuse(&p->control, f->id, STR_NONE, kind, "missing");
        return;
    }
    struct service *s = helper_for(m, kind);
    if (kind != WK_EGRESS && s->proc != NULL && proc_is_leaving(s->proc)) {
        s->proc = NULL; /* its end comes in its own time; who asks now gets a successor */
    }
    if (s->proc == NULL && loop_now(m->loop) >= s->deaths.not_before_us) {
        service_want(m, s);
    }
    if (s->proc == NULL || chan_pair(pair) != OK) {
        refuse(&p->control, f->id, STR_NONE, kind, "busy");
        return;
    }
    if (kind == WK_EGRESS) {
        give_egress(s->proc, pair[0], p);
    } else {
        give_channel(&s->proc->control, WK_WORKER, pair[0], 0, NULL, -1);
    }
    give_channel(&p->control, (enum wire_kind)kind, pair[1], f->id, NULL, -1);
}

/* keymgr was born again: every worker gets a new channel, bound to its own workspace. */
void
live_rebind_keymgr(struct master *m)
{
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        if ((p->role != R_WRITER && p->role != R_SYSTEM) || p->is_stopping) {
            continue;
        }
        int64_t workspace = p->live != NULL ? p->live->workspace : 0;
        int fd = keymgr_bind(m, workspace, p->role == R_SYSTEM ? "system" : "writer");
        if (fd >= 0) {
            give_channel(&p->control, WK_KEYMGR, fd, 0, NULL, -1);
        }
    }
}
