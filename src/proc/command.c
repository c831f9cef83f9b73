/* command.c: commands of the command line that others answer: the worker of the workspace (0: the
 * registrar), keymgr, or a process that is not there yet. They wait for it, go on as they came, and
 * the answer goes back. */
#include "proc/asks.h"
#include "proc/command_own.h"
#include "proc/copy_remote.h"

enum { PENDING_MAX = 256, NOT_FOUND_YET = -1, OWN_MAX = 4 << 20 };

/* --- sending with what came ------------------------------------------------------------------- */

void
pending_send(struct pending *p, struct proc *to, int pass_fd)
{
    struct frame in;
    struct frame_out f;
    if (frame_parse(p->frame, p->n, &in) != OK) {
        if (pass_fd >= 0) {
            close(pass_fd);
        }
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
        return;
    }
    p->proc = to;
    chan_begin(&f, W_COMMAND, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    frame_put_str(&f, W_F_NAME, frame_get(&in, W_F_NAME));
    frame_put_str(&f, W_F_BODY, frame_get(&in, W_F_BODY));
    chan_send(&to->control, &f, pass_fd);
    explicit_bzero(p->frame, p->n);
    pending_wait(p, COMMAND_US);
}

static void
send_to(struct pending *p, struct proc *to)
{
    if (p->is_wake) {
        pending_json(p, STR("{}"));
        return;
    }
    pending_send(p, to, -1);
}

/* "system", a number, or a slug. */
static bool
find_workspace(const struct master *m, struct str s, int64_t *ret_workspace)
{
    int64_t n;
    if (str_eq(s, STR("system")) || str_eq(s, STR("0"))) {
        *ret_workspace = 0;
        return true;
    }
    bool is_number = str_to_i64(s, &n) == OK;
    for (size_t i = 0; i < m->hosts.n; i++) {
        const struct host_row *r = &m->hosts.rows[i];
        if (str_eq(str_of(r->slug), s) || (is_number && r->workspace == n)) {
            *ret_workspace = r->workspace;
            return true;
        }
    }
    return false;
}

/* What may still be asked of a workspace that has ended: its archives are there until they expire.
 */
static bool
outlives(struct str name)
{
    return str_eq(name, STR("backup.list")) || str_eq(name, STR("backup.plan")) ||
           str_eq(name, STR("backup.prune"));
}

/* False: it waits for the names (registrar starting), or is answered: there is no such workspace.
 */
static bool
name_workspace(struct pending *p)
{
    struct frame in;
    if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
        return false;
    }
    if (find_workspace(p->m, frame_get(&in, W_F_WORKSPACE), &p->workspace)) {
        const struct host_row *row = hosts_of_workspace(p->m, p->workspace);
        if (row == NULL || row->state != WH_ENDED || outlives(frame_get(&in, W_F_NAME))) {
            return true;
        }
        pending_fail(p, RC_CONFLICT, E_WORKSPACE_ENDED, "");
        return false;
    }
    if (p->m->hosts_known) {
        pending_fail(p, RC_MISSING, E_MISSING, "no such workspace");
    } else {
        pending_wait(p, COMMAND_RETRY_US);
    }
    return false;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Ours to answer, once all processes of the start are there. */
static void
answer_status(struct pending *p)
{
    if (!p->m->is_started) {
        pending_wait(p, COMMAND_RETRY_US);
        return;
    }
    char *text = status_json(p->m);
    pending_json(p, str_of(text));
    free(text);
}

/* Ours to answer, once every process shows it. */
static void
answer_clock(struct pending *p)
{
    if (!clock_is_told(p->m)) {
        pending_wait(p, COMMAND_RETRY_US);
        return;
    }
    pending_json(p, STR("{}"));
}

static void
send_ready(struct pending *p, struct proc *to)
{
    if (to == NULL || !to->is_ready || to->is_stopping) {
        pending_wait(p, COMMAND_RETRY_US);
    } else {
        send_to(p, to);
    }
}

static void
send_to_worker(struct pending *p)
{
    const char *why = "busy";
    if (p->pardons) {
        p->pardons = false;
        live_pardon(p->m, p->workspace);
    }
    struct live *lv = live_get(p->m, p->workspace, &why);
    if (lv == NULL && strcmp(why, "quarantined") == 0) {
        pending_fail(p, RC_BUSY, E_QUARANTINED, "");
    } else {
        send_ready(p, lv != NULL ? lv->proc : NULL);
    }
}

void
pending_try(struct pending *p)
{
    if (p->is_prepare) {
        key_prepare(p);
    } else if (p->is_destroy) {
        key_destroy(p);
    } else if (p->is_key) {
        key_send(p);
    } else if (p->is_status) {
        answer_status(p);
    } else if (p->is_clock) {
        answer_clock(p);
    } else if (p->is_schedule && p->m->opt->command_fd >= 0) {
        pending_fail(p, RC_BUSY, E_NOT_RUNNING, "no scheduler");
    } else if (p->is_schedule) {
        send_ready(p, p->m->scheduler.proc);
    } else if (p->workspace == NOT_FOUND_YET && !name_workspace(p)) {
        return;
    } else if (p->is_backup || p->is_drill) {
        backup_send(p);
    } else if (p->workspace == 0) {
        send_ready(p, p->m->registrar.proc);
    } else {
        send_to_worker(p);
    }
}

static void
keep_frame(struct pending *p, struct bytes raw)
{
    p->frame = loop_alloc(raw.n);
    p->n = raw.n;
    memcpy(p->frame, raw.p, raw.n);
}

void
command_forward(struct client *c, struct frame *f, struct bytes raw)
{
    int64_t workspace = NOT_FOUND_YET;
    struct str name = frame_get(f, W_F_NAME);
    if (c->running >= PENDING_MAX) {
        control_error(c, f->id, RC_LIMIT, E_LIMIT, "commands under way");
        return;
    }
    bool is_prepare = str_eq(name, STR("workspace.prepare"));
    bool is_destroy = str_eq(name, STR("workspace.destroy"));
    struct str which = frame_get(f, W_F_WORKSPACE);
    if ((is_prepare || is_destroy) && (str_to_i64(which, &workspace) != OK || workspace < 0)) {
        control_error(c, f->id, RC_INVALID, E_FIELD_ID, "workspace");
        return;
    }
    struct pending *p =
        pending_new(c->m, c, f->id, is_prepare || is_destroy ? workspace : NOT_FOUND_YET);
    p->is_prepare = is_prepare;
    p->is_destroy = is_destroy;
    p->is_status = str_eq(name, STR("status"));
    p->is_wake = str_eq(name, STR("workspace.wake"));
    p->pardons = p->is_wake && !c->is_scheduler;
    p->is_schedule = str_eq(name, STR("schedule.wait"));
    p->is_key = str_starts(name, STR("key."));
    p->is_backup = backup_is_order(name);
    p->is_drill = drill_is_order(name);
    p->fd = f->fd;
    f->fd = -1;
    keep_frame(p, raw);
    pending_try(p);
}

void
command_order_to(struct master *m, int64_t workspace, const char *name, struct str json,
                 answer_fn *done, void *arg)
{
    struct frame_out f;
    struct pending *p = pending_new(m, NULL, 0, workspace);
    p->done = done;
    p->arg = arg;
    chan_begin(&f, W_COMMAND, p->id);
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, json);
    keep_frame(p, (struct bytes){f.p, f.n});
    pending_try(p);
}

void
command_order(struct master *m, const char *name, const char *json, answer_fn *done, void *arg)
{
    command_order_to(m, 0, name, str_of(json), done, arg);
}

void
command_clock(struct client *c, const struct frame *f)
{
    struct pending *p = pending_new(c->m, c, f->id, 0);
    p->is_clock = true;
    pending_try(p);
}

/* --- answers of children --------------------------------------------------------------------- */

/* Master's own order: what came in the frame or along with it, as text that ends. */
static void
answer_own(struct pending *p, const struct frame *f, enum rc rc)
{
    char code[64];
    char detail[160];
    struct str json = frame_get(f, W_F_BODY);
    AUTO_ARENA struct arena *mem = f->fd >= 0 ? arena_new(OWN_MAX + (1 << 20)) : NULL;
    struct bytes body;
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    if (f->fd >= 0 && body_fd_read(f->fd, OWN_MAX, mem, &body) != OK) {
        pending_fail(p, RC_LIMIT, E_TOO_LARGE, "answer");
        return;
    }
    if (f->fd >= 0) {
        json = (struct str){(const char *)body.p, body.n};
    }
    pending_answer(p, &(struct answer){rc, code, detail, json});
}

void
command_result(struct proc *proc, struct frame *f)
{
    if (drill_result(proc, f)) {
        return;
    }
    if (proc->role == R_BACKUP) {
        backup_result(proc, f);
        return;
    }
    if (proc->role == R_EGRESS) {
        remote_result(proc, f);
        return;
    }
    struct pending *p = pending_find(proc->m, f->id, proc);
    if (p == NULL) {
        return;
    }
    if (p->is_prepare) {
        key_prepared(p, f);
        return;
    }
    if (p->is_destroy) {
        key_dropped(p, f);
        return;
    }
    int64_t rc = RC_BROKEN;
    bool is_done = f->type == W_RESULT && frame_get_i64(f, W_F_RC, &rc) == OK && rc == OK;
    if (p->done != NULL) {
        answer_own(p, f, (enum rc)rc);
        return;
    }
    if (p->is_rotate && is_done) {
        key_reborn(p, frame_get(f, W_F_BODY));
        return;
    }
    if (p->is_rotate) {
        proc_stop(proc); /* its successor sees how far it came */
    }
    if (p->is_page && is_done) {
        const struct live *lv = live_find(p->m, p->workspace);
        if (lv != NULL && lv->proc != NULL) {
            proc_stop(lv->proc); /* the next one changes the key before it serves */
        }
    }
    if (p->client != NULL) {
        struct frame_out out;
        size_t pos = 0;
        uint16_t tag;
        struct str v;
        chan_begin(&out, W_RESULT, p->client_id);
        while (frame_next(f, &pos, &tag, &v)) {
            frame_put(&out, tag, v.p, v.n);
        }
        chan_send(&p->client->chan, &out, f->fd);
        f->fd = -1;
    }
    pending_end(p);
}

bool
command_is_at(const struct proc *proc)
{
    for (const struct pending *p = proc->m->pendings; p != NULL; p = p->next) {
        if (p->proc == proc && !p->is_key) { /* keymgr's take milliseconds: they excuse nobody */
            return true;
        }
    }
    return proc->role == R_BACKUP || proc->role == R_DRILL || proc->role == R_RESTORE;
}

static bool
is_at(const struct pending *p, const struct proc *proc)
{
    return p->proc == proc;
}

void
command_proc_ended(struct proc *proc)
{
    pending_fail_those(proc->m, is_at, proc, RC_IO, E_IO, ANSWER_LOST);
    ask_proc_ended(proc);
    backup_proc_ended(proc);
    remote_proc_ended(proc);
    drill_proc_ended(proc);
}

bool
command_turns(const struct master *m, int64_t workspace)
{
    const struct pending *p = m->pendings;
    while (p != NULL && (!p->is_page || p->proc == NULL || p->workspace != workspace)) {
        p = p->next;
    }
    return p != NULL;
}

bool
command_met_turn(const struct proc *p)
{
    return p->refusal != OK && strcmp(p->refusal_code, code_name(E_KEY_TURNING)) == 0;
}

/* It waits for a worker of this workspace. */
static bool
waits_for(const struct pending *p, const struct proc *proc)
{
    return p->workspace == proc->live->workspace && p->proc == NULL && !p->is_prepare &&
           !p->is_destroy && !p->is_backup && !p->is_drill;
}

void
command_worker_failed(const struct proc *proc)
{
    /* First those that are there: what is ordered by whoever hears of it waits for the next one. */
    pending_fail_those(proc->m, waits_for, proc, proc->refusal != OK ? proc->refusal : RC_IO,
                       E_WORKER, proc->refusal_code);
    backup_worker_failed(proc);
    drill_worker_failed(proc);
}

void
command_client_left(const struct client *c)
{
    for (struct pending *p = c->m->pendings; p != NULL; p = p->next) {
        p->client = p->client == c ? NULL : p->client;
    }
}

void
command_end_all(struct master *m)
{
    while (m->pendings != NULL) {
        pending_fail(m->pendings, RC_IO, E_NOT_RUNNING, "the server is stopping");
    }
    backup_end_all(m);
    drill_end_all(m);
    ask_end_all(m);
}
