/* command.c: commands of the command line that others answer: the worker of the workspace (0: the
 * registrar), keymgr, or a process that is not there yet. They wait for it, go on as they came, and
 * the answer goes back. */
#include <fcntl.h>

#include "proc/asks.h"
#include "proc/backups.h"
#include "proc/copy_remote.h"
#include "proc/destroy.h"
#include "proc/drills.h"
#include "proc/master_own.h"

enum { PENDING_MAX = 256, COMMAND_US = 600LL * 1000000, RETRY_US = 5000, NOT_FOUND_YET = -1 };
enum { DRILLED_MAX = 8192 }; /* a signed verdict, as catalogue.drilled is told it */

/* A command that somebody else answers. */
struct pending {
    struct pending *next;
    struct master *m;
    struct client *client; /* NULL: left meanwhile */
    uint64_t id;           /* ours, on the child's channel */
    uint64_t client_id;
    int64_t workspace;
    struct proc *proc; /* NULL: not sent yet */
    bool is_prepare;   /* workspace.prepare: the answer of keymgr is its answer */
    bool is_destroy;   /* workspace.destroy: keymgr drops the key, then the files go */
    bool is_keyless;   /* of these, when the key is gone */
    struct destroyed destroyed;
    bool is_wake;     /* workspace.wake: done when the worker is there */
    bool pardons;     /* the same, before it begins: what it died of before is forgotten */
    bool is_status;   /* status: answered when all processes of the start are there */
    bool is_schedule; /* schedule.wait: the scheduler's to answer */
    bool is_clock;    /* clock.set: answered when every process shows it */
    bool is_key;      /* key.…: keymgr's to answer */
    bool is_rotate;   /* of these, the one after which keymgr is born again */
    bool is_page;     /* of these, the one after which a workspace's worker is */
    bool is_backup;   /* backup.run and its like: backups.c does it, and answers */
    bool is_drill;    /* backup.drill, restore.…, workspace.import, …: the same of drills.c */
    answer_fn *done;  /* master itself wants to know; no client does */
    void *arg;
    int fd;         /* what came along with it, or -1 */
    char *answer;   /* JSON, to be given when keymgr's successor is there */
    uint8_t *frame; /* as it came, until it is sent */
    size_t n;
    struct timer timer; /* tries again, ends with time-out */
    int64_t until_us;
};

static void try_send(struct pending *p);
static void
pending_end(struct pending *p)
{
    struct master *m = p->m;
    for (struct pending **at = &m->pendings; *at != NULL; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    if (p->client != NULL) {
        p->client->running--;
    }
    backup_forget(m, p);
    drill_forget(m, p);
    loop_cancel(m->loop, &p->timer);
    if (p->frame != NULL) {
        explicit_bzero(p->frame, p->n);
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    free(p->answer);
    free(p->frame);
    free(p);
}

/* The answer, to whoever asked; the pending one ends. */
static void
pending_answer(struct pending *p, const struct answer *a)
{
    if (p->done != NULL) {
        p->done(p->arg, a);
    } else if (a->rc == OK) {
        control_json(p->client, p->client_id, a->body);
    } else {
        control_refuse(p->client, p->client_id, a->rc, a->code, a->detail);
    }
    pending_end(p);
}

static void
pending_json(struct pending *p, struct str json)
{
    pending_answer(p, &(struct answer){.rc = OK, .body = json});
}

static void
pending_fail(struct pending *p, enum rc rc, enum code code, const char *detail)
{
    pending_answer(p, &(struct answer){rc, code_name(code), detail, STR_NONE});
}

/* --- commands for others --------------------------------------------------------------------- */

static struct pending *
pending_new(struct master *m, struct client *c, uint64_t client_id, int64_t workspace)
{
    struct pending *p = loop_alloc(sizeof *p);
    *p = (struct pending){.m = m,
                          .client = c,
                          .id = ++m->next_id,
                          .client_id = client_id,
                          .workspace = workspace,
                          .fd = -1,
                          .until_us = loop_now(m->loop) + COMMAND_US};
    p->next = m->pendings;
    m->pendings = p;
    if (c != NULL) {
        c->running++;
    }
    return p;
}

static void
on_timer(struct timer *t)
{
    struct pending *p = t->arg;
    if (loop_now(p->m->loop) >= p->until_us) {
        pending_fail(p, RC_BUSY, E_BUSY, "no answer in time");
    } else {
        try_send(p);
    }
}

static void
wait_for(struct pending *p, int64_t us)
{
    p->timer = (struct timer){.fn = on_timer, .arg = p, .slot = p->timer.slot};
    loop_at(p->m->loop, &p->timer, loop_now(p->m->loop) + us);
}

/* The folder first, then the key; a workspace of which only one is there is finished by asking
 * again. */
static void
send_prepare(struct pending *p)
{
    struct master *m = p->m;
    char path[PATH_SIZE + 64];
    struct err err = {0};
    if (m->keymgr.proc == NULL || !m->keymgr.proc->is_ready) {
        wait_for(p, RETRY_US);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/workspaces/%lld", m->dir, (long long)p->workspace);
    if (p->workspace > 0 &&
        make_folder(path, 0700, role_uid(m, R_WRITER, p->workspace), &err) != OK) {
        pending_fail(p, RC_IO, E_IO, err.detail);
        return;
    }
    struct frame_out f;
    p->proc = m->keymgr.proc;
    chan_begin(&f, W_KEY_NEW, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    chan_send(&p->proc->control, &f, -1);
    wait_for(p, COMMAND_US);
}

/* --- the end of a workspace ------------------------------------------------------------------- */

static void
destroy_more(struct pending *p)
{
    char json[96];
    struct err err = {0};
    bool done = false;
    if (destroy_files(p->m->dir, p->workspace, &p->destroyed, &done, &err) != OK) {
        pending_fail(p, RC_IO, E_IO, err.detail);
        return;
    }
    if (!done) {
        wait_for(p, RETRY_US);
        return;
    }
    log_line(LOG_NOTE, "workspace.destroyed", "ws=%lld files=%lld bytes=%lld",
             (long long)p->workspace, (long long)p->destroyed.files, (long long)p->destroyed.bytes);
    (void)snprintf(json, sizeof json, "{\"files\":%lld,\"bytes\":%lld}",
                   (long long)p->destroyed.files, (long long)p->destroyed.bytes);
    pending_json(p, str_of(json));
}

/* Only what the registrar calls ended; only when nobody is at work in it any more. */
static void
destroy(struct pending *p)
{
    struct master *m = p->m;
    struct proc *keymgr = m->keymgr.proc;
    const struct host_row *row = hosts_of_workspace(m, p->workspace);
    if (m->hosts_known && (row == NULL || row->state != WH_ENDED)) {
        pending_fail(p, RC_CONFLICT, E_WORKSPACE_NOT_LOCKED, "its end is not ordered");
        return;
    }
    if (p->is_keyless) {
        destroy_more(p);
        return;
    }
    live_shut(m); /* also one that was waiting to be born when the end was ordered */
    if (!m->hosts_known || live_is_at_work(m, p->workspace) || keymgr == NULL ||
        !keymgr->is_ready || keymgr->is_stopping) {
        wait_for(p, RETRY_US);
        return;
    }
    struct frame_out f;
    p->proc = keymgr;
    chan_begin(&f, W_KEY_DROP, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    chan_send(&p->proc->control, &f, -1);
    wait_for(p, COMMAND_US);
}

/* A key that was gone already is as good as one that goes. */
static void
key_dropped(struct pending *p, const struct frame *f)
{
    int64_t rc = OK;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (f->type != W_KEY_DROP && rc != RC_MISSING) {
        pending_fail(p, RC_IO, E_MASTER_KEY, "keymgr could not drop the key");
        return;
    }
    p->proc = NULL;
    p->is_keyless = true;
    destroy(p);
}

/* --- sending with what came ------------------------------------------------------------------- */

/* pass_fd is owned. */
static void
send_with(struct pending *p, struct proc *to, int pass_fd)
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
    wait_for(p, COMMAND_US);
}

static void
send_to(struct pending *p, struct proc *to)
{
    if (p->is_wake) {
        pending_json(p, STR("{}"));
        return;
    }
    send_with(p, to, -1);
}

/* --- commands for keymgr --------------------------------------------------------------------- */

/* What goes along to keymgr: the empty file that the command line made for the next master key, or
 * the file in use. */
static int
key_descriptor(struct pending *p, struct str name)
{
    int fd = p->fd;
    if (str_eq(name, STR("key.escrow")) || str_eq(name, STR("key.cancel"))) {
        return fcntl(p->m->master_key_fd, F_DUPFD_CLOEXEC, 3);
    }
    p->fd = -1;
    return fd;
}

/* keymgr's successor sees by the file of the master key which ring counts. */
static void
key_reborn(struct pending *p, struct str answer)
{
    proc_stop(p->m->keymgr.proc);
    p->answer = loop_alloc(answer.n + 1);
    memcpy(p->answer, answer.p, answer.n);
    p->proc = NULL;
    wait_for(p, RETRY_US);
}

static void
key_adopt(struct pending *p)
{
    struct err err = {0};
    int fd = p->fd;
    p->fd = -1;
    enum rc rc = key_place_changed(p->m, fd, &err);
    if (rc != OK) {
        pending_fail(p, rc, err.code, err.detail);
    } else {
        key_reborn(p, STR("{}"));
    }
}

static void
send_key(struct pending *p)
{
    struct frame in;
    struct proc *keymgr = p->m->keymgr.proc;
    if (keymgr == NULL || !keymgr->is_ready || keymgr->is_stopping) {
        wait_for(p, RETRY_US);
    } else if (p->answer != NULL) {
        pending_json(p, str_of(p->answer));
    } else if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
    } else {
        struct str name = frame_get(&in, W_F_NAME);
        p->is_rotate = str_eq(name, STR("key.rotate"));
        p->is_page = str_eq(name, STR("key.page")) &&
                     str_to_i64(frame_get(&in, W_F_BODY), &p->workspace) == OK;
        if (str_eq(name, STR("key.adopt"))) {
            key_adopt(p);
        } else {
            send_with(p, keymgr, key_descriptor(p, name));
        }
    }
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
        wait_for(p, RETRY_US);
    }
    return false;
}

/* --- backups ---------------------------------------------------------------------------------- */

static void
backup_answered(void *arg, const struct answer *a)
{
    pending_answer(arg, a);
}

/* The catalogue is told first; what it answers changes nothing for who asked. */
static void
drill_noted(void *arg, const struct answer *a)
{
    (void)arg;
    if (a->rc != OK) {
        log_line(LOG_ERROR, "backup.untold", "code=%s", a->code);
    }
}

static void
drill_answered(void *arg, const struct answer *a)
{
    const struct pending *p = arg;
    struct frame in;
    char json[DRILLED_MAX];
    const bool newest = frame_parse(p->frame, p->n, &in) == OK &&
                        str_eq(frame_get(&in, W_F_NAME), STR("backup.drill")) &&
                        frame_get(&in, W_F_BODY).n == 0;
    if (newest) {
        /* The worker's answer as it came: it cannot name another workspace, for a key that is there
         * twice is refused. */
        const bool said = a->rc == OK && a->body.n > 0 && a->body.n < sizeof json - 200;
        (void)snprintf(json, sizeof json, "{\"workspace\":%lld,\"code\":\"%s\"%s%.*s}",
                       (long long)p->workspace,
                       a->rc != OK ? a->code
                       : said      ? ""
                                   : code_name(E_IO),
                       said ? ",\"result\":" : "", said ? (int)a->body.n : 0,
                       said ? a->body.p : "");
        command_order(p->m, "catalogue.drilled", json, drill_noted, NULL);
    }
    pending_answer(arg, a);
}

static void
begin_backup(struct pending *p)
{
    struct frame in;
    if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
        return;
    }
    loop_cancel(p->m->loop, &p->timer); /* it may be large: it takes the time it takes */
    if (p->is_drill) {
        const int fd = p->fd;
        p->fd = -1;
        drill_begin_for_operator(p->m, p->workspace, frame_get(&in, W_F_NAME),
                                 frame_get(&in, W_F_BODY), fd, drill_answered, p);
    } else {
        backup_begin(p->m, p->workspace, frame_get(&in, W_F_NAME), frame_get(&in, W_F_BODY),
                     backup_answered, p);
    }
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Ours to answer, once all processes of the start are there. */
static void
answer_status(struct pending *p)
{
    if (!p->m->is_started) {
        wait_for(p, RETRY_US);
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
        wait_for(p, RETRY_US);
        return;
    }
    pending_json(p, STR("{}"));
}

static void
send_ready(struct pending *p, struct proc *to)
{
    if (to == NULL || !to->is_ready || to->is_stopping) {
        wait_for(p, RETRY_US);
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

/* Sends it when the one who shall answer is there; else tries again in a moment. */
static void
try_send(struct pending *p)
{
    if (p->is_prepare) {
        send_prepare(p);
    } else if (p->is_destroy) {
        destroy(p);
    } else if (p->is_key) {
        send_key(p);
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
        begin_backup(p);
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
    try_send(p);
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
    try_send(p);
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
    try_send(p);
}

/* --- answers of children --------------------------------------------------------------------- */

static struct pending *
pending_find(const struct master *m, uint64_t id, const struct proc *proc)
{
    for (struct pending *p = m->pendings; p != NULL; p = p->next) {
        if (p->id == id && p->proc == proc) {
            return p;
        }
    }
    return NULL;
}

static void
prepared(struct pending *p, const struct frame *f)
{
    int64_t rc = OK;
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (f->type == W_KEY_NEW ||
        rc == RC_CONFLICT) { /* a key that is there is as good as a new one */
        pending_json(p, STR("{}"));
    } else if (rc == RC_BUSY) {
        pending_fail(p, RC_BUSY, E_KEY_PREPARED, "");
    } else {
        pending_fail(p, RC_IO, E_MASTER_KEY, "keymgr could not make a key");
    }
}

/* Master's own order: what came in the frame, as text that ends. */
static void
answer_own(struct pending *p, const struct frame *f, enum rc rc)
{
    char code[64];
    char detail[160];
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s", STR_FMT(frame_get(f, W_F_DETAIL)));
    pending_answer(p, &(struct answer){rc, code, detail, frame_get(f, W_F_BODY)});
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
        prepared(p, f);
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

/* Fails those that are there now and `hit`. Whoever is told may end or make others: the list is
 * read anew for each, as far as it went at the beginning. */
static void
fail_those(struct master *m, bool (*hit)(const struct pending *p, const struct proc *proc),
           const struct proc *proc, enum rc rc, enum code code, const char *detail)
{
    const uint64_t until = m->next_id;
    struct pending *p = m->pendings;
    while (p != NULL) {
        if (p->id <= until && hit(p, proc)) {
            pending_fail(p, rc, code, detail);
            p = m->pendings;
        } else {
            p = p->next;
        }
    }
}

static bool
is_at(const struct pending *p, const struct proc *proc)
{
    return p->proc == proc;
}

void
command_proc_ended(struct proc *proc)
{
    fail_those(proc->m, is_at, proc, RC_IO, E_IO, ANSWER_LOST);
    ask_proc_ended(proc);
    backup_proc_ended(proc);
    remote_proc_ended(proc);
    drill_proc_ended(proc);
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
    backup_worker_failed(proc);
    drill_worker_failed(proc);
    fail_those(proc->m, waits_for, proc, proc->refusal != OK ? proc->refusal : RC_IO, E_WORKER,
               proc->refusal_code);
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
