/* control.c: the command line's way in: run/control.sock, one command a message. Master answers the
 * few that are about itself; the others go to the worker of the workspace (0: the registrar) as
 * they came and their answers back. Who may: root and the user who serves. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "proc/master_own.h"

enum {
    CLIENTS_MAX = 64,
    PENDING_MAX = 256,
    COMMAND_US = 600LL * 1000000,
    RETRY_US = 5000,
    NOT_FOUND_YET = -1
};

struct client {
    struct client *next;
    struct master *m;
    struct chan chan;
    size_t running;
};

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
    bool is_wake;      /* workspace.wake: done when the worker is there */
    bool is_status;    /* status: answered when all processes of the start are there */
    uint8_t *frame;    /* as it came, until it is sent */
    size_t n;
    struct timer timer; /* tries again, ends with time-out */
    int64_t until_us;
};

static void try_send(struct pending *p);

/* --- answers --------------------------------------------------------------------------------- */

static void
answer_error(struct client *c, uint64_t id, enum rc rc, enum code code, const char *detail)
{
    if (c == NULL) {
        return;
    }
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, rc);
    frame_put_str(&f, W_F_CODE, str_of(code_name(code)));
    frame_put_str(&f, W_F_DETAIL, str_of(detail));
    chan_send(&c->chan, &f, -1);
}

static void
answer_json(struct client *c, uint64_t id, struct str json)
{
    int fd = -1;
    struct frame_out f;
    if (json.n > FRAME_MAX / 2 &&
        body_fd_new((struct bytes){(const uint8_t *)json.p, json.n}, &fd) != OK) {
        answer_error(c, id, RC_IO, E_IO, "memfd");
        return;
    }
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, OK);
    frame_put_i64(&f, W_F_BODY_SIZE, (int64_t)json.n);
    if (fd < 0) {
        frame_put_str(&f, W_F_BODY, json);
    }
    chan_send(&c->chan, &f, fd);
}

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
    loop_cancel(m->loop, &p->timer);
    if (p->frame != NULL) {
        explicit_bzero(p->frame, p->n);
    }
    free(p->frame);
    free(p);
}

static void
pending_fail(struct pending *p, enum rc rc, enum code code, const char *detail)
{
    answer_error(p->client, p->client_id, rc, code, detail);
    pending_end(p);
}

/* --- what master itself knows ---------------------------------------------------------------- */

static void
put_json_text(FILE *o, const char *s)
{
    (void)fputc('"', o);
    for (; *s != '\0'; s++) {
        unsigned char ch = (unsigned char)*s;
        if (ch == '"' || ch == '\\') {
            (void)fputc('\\', o);
        }
        (void)fputc(ch < 0x20 || ch > 0x7e ? '?' : ch, o);
    }
    (void)fputc('"', o);
}

static void
put_processes(FILE *o, const struct master *m)
{
    const char *comma = "";
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        (void)fprintf(
            o, "%s{\"role\":\"%s\",\"pid\":%d,\"ready\":%s,\"level\":\"%c\",\"workspace\":", comma,
            role_name(p->role), p->pid, p->is_ready ? "true" : "false",
            !p->is_ready ? '?' : isolate_level_of(m, p->walls == WALLS_HOLD));
        if (p->live != NULL) {
            (void)fprintf(o, "%lld", (long long)p->live->workspace);
        } else {
            (void)fputs(p->role == R_SYSTEM ? "0" : "null", o);
        }
        (void)fputs(",\"probe\":", o);
        put_json_text(o, p->probe);
        (void)fputc('}', o);
        comma = ",";
    }
}

static void
put_quarantined(FILE *o, const struct master *m)
{
    const char *comma = "";
    for (const struct live *lv = m->lives; lv != NULL; lv = lv->next) {
        if (lv->deaths.too_many) {
            (void)fprintf(o, "%s%lld", comma, (long long)lv->workspace);
            comma = ",";
        }
    }
}

static void
answer_status(struct client *c, uint64_t id)
{
    struct master *m = c->m;
    char *text = NULL;
    size_t n = 0;
    FILE *o = open_memstream(&text, &n);
    if (o == NULL) {
        loop_die("memory");
    }
    char stamp[32];
    struct str now = instant_print(time_now(), stamp);
    (void)fprintf(o, "{\"pid\":%d,\"now\":\"%.*s\",\"upSeconds\":%lld,\"testBuild\":%s,", getpid(),
                  STR_FMT(now), (long long)(loop_now(m->loop) - m->started_us) / 1000000,
                  time_is_test_build() ? "true" : "false");
    (void)fprintf(o, "\"level\":\"%c\",\"root\":%s,\"uids\":%s,\"network\":%s,\"networkWhy\":",
                  isolate_level(m), m->iso.is_root ? "true" : "false",
                  m->iso.uids ? "true" : "false", m->iso.netns ? "true" : "false");
    put_json_text(o, m->iso.netns_why);
    (void)fputs(",\"listen\":", o);
    put_json_text(o, m->conf.listen);
    (void)fputs(",\"operatorListen\":", o);
    put_json_text(o, m->conf.operator_listen);
    (void)fputs(",\"processes\":[", o);
    put_processes(o, m);
    (void)fputs("],\"quarantined\":[", o);
    put_quarantined(o, m);
    (void)fputs("]}", o);
    if (fclose(o) != 0) {
        loop_die("memory");
    }
    answer_json(c, id, (struct str){text, n});
    free(text);
}

static void
set_clock(struct client *c, const struct frame *f)
{
    struct master *m = c->m;
    struct instant to;
    if (instant_parse(frame_get(f, W_F_BODY), &to) != OK) {
        answer_error(c, f->id, RC_INVALID, E_FIELD_TIME, "not an RFC 3339 time");
        return;
    }
    if (time_set(to) != OK) {
        answer_error(c, f->id, RC_DENIED, E_DENIED, "release build");
        return;
    }
    m->clock_moved = true;
    for (struct proc *p = m->procs; p != NULL; p = p->next) {
        struct frame_out out;
        chan_begin(&out, W_CLOCK, 0);
        frame_put_i64(&out, W_F_TIME, to.us);
        chan_send(&p->control, &out, -1);
    }
    log_line(LOG_WARN, "clock.set", "us=%lld", (long long)to.us);
    answer_json(c, f->id, STR("{}"));
}

/* --- commands for others --------------------------------------------------------------------- */

static struct pending *
pending_new(struct client *c, const struct frame *f, int64_t workspace)
{
    struct master *m = c->m;
    struct pending *p = loop_alloc(sizeof *p);
    *p = (struct pending){.m = m,
                          .client = c,
                          .id = ++m->next_id,
                          .client_id = f->id,
                          .workspace = workspace,
                          .until_us = loop_now(m->loop) + COMMAND_US};
    p->next = m->pendings;
    m->pendings = p;
    c->running++;
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

static void
send_to(struct pending *p, struct proc *to)
{
    if (p->is_wake) {
        if (p->client != NULL) {
            answer_json(p->client, p->client_id, STR("{}"));
        }
        pending_end(p);
        return;
    }
    struct frame in;
    struct frame_out f;
    if (frame_parse(p->frame, p->n, &in) != OK) {
        pending_fail(p, RC_BROKEN, E_BROKEN, "frame");
        return;
    }
    p->proc = to;
    chan_begin(&f, W_COMMAND, p->id);
    frame_put_i64(&f, W_F_WORKSPACE, p->workspace);
    frame_put_str(&f, W_F_NAME, frame_get(&in, W_F_NAME));
    frame_put_str(&f, W_F_BODY, frame_get(&in, W_F_BODY));
    chan_send(&to->control, &f, -1);
    explicit_bzero(f.p, f.n);
    explicit_bzero(p->frame, p->n);
    wait_for(p, COMMAND_US);
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
        return true;
    }
    if (p->m->hosts_known) {
        pending_fail(p, RC_MISSING, E_MISSING, "no such workspace");
    } else {
        wait_for(p, RETRY_US);
    }
    return false;
}

/* Sends it when the one who shall answer is there; else tries again in a moment. */
static void
try_send(struct pending *p)
{
    struct master *m = p->m;
    const char *why = "busy";
    if (p->is_prepare) {
        send_prepare(p);
        return;
    }
    if (p->is_status) {
        if (!m->is_started) {
            wait_for(p, RETRY_US);
            return;
        }
        if (p->client != NULL) {
            answer_status(p->client, p->client_id);
        }
        pending_end(p);
        return;
    }
    if (p->workspace == NOT_FOUND_YET && !name_workspace(p)) {
        return;
    }
    if (p->workspace == 0) {
        if (m->registrar.proc != NULL && m->registrar.proc->is_ready) {
            send_to(p, m->registrar.proc);
        } else {
            wait_for(p, RETRY_US);
        }
        return;
    }
    struct live *lv = live_get(m, p->workspace, &why);
    if (lv == NULL && strcmp(why, "quarantined") == 0) {
        pending_fail(p, RC_BUSY, E_BUSY, "the workspace is quarantined, see the log");
    } else if (lv != NULL && lv->proc != NULL && lv->proc->is_ready && !lv->proc->is_stopping) {
        send_to(p, lv->proc);
    } else {
        wait_for(p, RETRY_US);
    }
}

static void
forward(struct client *c, const struct frame *f, struct bytes raw)
{
    int64_t workspace = NOT_FOUND_YET;
    struct str name = frame_get(f, W_F_NAME);
    if (c->running >= PENDING_MAX) {
        answer_error(c, f->id, RC_LIMIT, E_LIMIT, "commands under way");
        return;
    }
    bool is_prepare = str_eq(name, STR("workspace.prepare"));
    struct str which = frame_get(f, W_F_WORKSPACE);
    if (is_prepare && (str_to_i64(which, &workspace) != OK || workspace < 0)) {
        answer_error(c, f->id, RC_INVALID, E_FIELD_ID, "workspace");
        return;
    }
    struct pending *p = pending_new(c, f, is_prepare ? workspace : NOT_FOUND_YET);
    p->is_prepare = is_prepare;
    p->is_status = str_eq(name, STR("status"));
    p->is_wake = str_eq(name, STR("workspace.wake"));
    p->frame = loop_alloc(raw.n);
    p->n = raw.n;
    memcpy(p->frame, raw.p, raw.n);
    try_send(p);
}

static void
on_command(struct chan *ch, struct frame *f)
{
    struct client *c = ch->arg;
    struct str name = frame_get(f, W_F_NAME);
    if (f->type != W_COMMAND || name.p == NULL) {
        answer_error(c, f->id, RC_INVALID, E_COMMAND_UNKNOWN, "");
    } else if (str_eq(name, STR("clock.set"))) {
        set_clock(c, f);
    } else {
        forward(c, f, (struct bytes){f->p, f->n});
    }
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
        if (p->client != NULL) {
            answer_json(p->client, p->client_id, STR("{}"));
        }
        pending_end(p);
    } else {
        pending_fail(p, RC_IO, E_MASTER_KEY, "keymgr could not make a key");
    }
}

void
control_result(struct proc *proc, struct frame *f)
{
    struct pending *p = pending_find(proc->m, f->id, proc);
    if (p == NULL) {
        return;
    }
    if (p->is_prepare) {
        prepared(p, f);
        return;
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
        explicit_bzero(out.p, out.n);
    }
    pending_end(p);
}

void
control_proc_ended(struct proc *proc)
{
    struct pending *next;
    for (struct pending *p = proc->m->pendings; p != NULL; p = next) {
        next = p->next;
        if (p->proc == proc) {
            pending_fail(p, RC_IO, E_IO, "the process that did it ended");
        }
    }
}

void
control_worker_failed(struct master *m, int64_t workspace)
{
    struct pending *next;
    for (struct pending *p = m->pendings; p != NULL; p = next) {
        next = p->next;
        if (p->workspace == workspace && p->proc == NULL && !p->is_prepare) {
            pending_fail(p, RC_IO, E_IO, "the worker does not start, see the log");
        }
    }
}

/* --- clients --------------------------------------------------------------------------------- */

static void
client_free(struct client *c)
{
    struct master *m = c->m;
    for (struct pending *p = m->pendings; p != NULL; p = p->next) {
        p->client = p->client == c ? NULL : p->client;
    }
    for (struct client **at = &m->clients; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    chan_close(&c->chan);
    free(c);
}

static void
on_client_closed(struct chan *ch)
{
    struct client *c = ch->arg;
    struct master *m = c->m;
    client_free(c);
    if (m->opt->command_fd >= 0 && m->clients == NULL) {
        master_stop(m, 0);
    }
}

void
control_accept_fd(struct master *m, int fd)
{
    struct client *c = loop_alloc(sizeof *c);
    c->m = m;
    c->chan = (struct chan){.on_frame = on_command, .on_close = on_client_closed, .arg = c};
    c->next = m->clients;
    m->clients = c;
    chan_open(&c->chan, m->loop, fd);
}

/* The socket's mode lets only its owner and root in; the peer's uid is asked all the same. In a
 * user namespace root has no number of its own there and shows itself as the overflow uid. */
static bool
is_allowed(const struct master *m, int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0) {
        return false;
    }
    return peer.uid == 0 || peer.uid == getuid() || peer.uid == m->iso.peer_other;
}

static void
on_accept(struct watch *w, uint32_t events)
{
    struct master *m = w->arg;
    size_t n = 0;
    (void)events;
    int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (const struct client *c = m->clients; c != NULL; c = c->next) {
        n++;
    }
    if (!is_allowed(m, fd) || n >= CLIENTS_MAX) {
        log_line(LOG_WARN, "control.refused", "clients=%zu", n);
        close(fd);
        return;
    }
    control_accept_fd(m, fd);
}

void
control_open(struct master *m)
{
    if (m->control_fd >= 0) {
        m->control = (struct watch){.fd = m->control_fd, .fn = on_accept, .arg = m};
        loop_watch(m->loop, &m->control, EPOLLIN);
    }
}

void
control_close_all(struct master *m)
{
    while (m->pendings != NULL) {
        pending_fail(m->pendings, RC_IO, E_NOT_RUNNING, "the server is stopping");
    }
    while (m->clients != NULL) {
        chan_flush(&m->clients->chan, time_mono_us() + 1000000);
        client_free(m->clients);
    }
    loop_unwatch(m->loop, &m->control);
}
