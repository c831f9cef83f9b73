/* copy_remote.c: see copy_remote.h. */
#include "proc/copy_remote.h"

#include <errno.h>
#include <fcntl.h>

#include "archive/stamp.h"
#include "proc/copy_time.h"
#include "proc/room.h"
#include "proc/target_rest.h"

struct remote_order {
    struct remote_order *next;
    struct master *m;
    uint64_t id;
    char target[16];
    struct timer timer; /* the latest that it may end */
    enum code lost;     /* egress ended, and why; E_NONE: it is there */
    remote_fn *done;    /* NULL: nobody wants to know */
    void *arg;
};

bool
remote_can(const struct master *m)
{
    return m->door.fd >= 0 && !m->is_stopping;
}

static void
take(struct remote_order **at, enum rc rc, const char *code)
{
    struct remote_order *o = *at;
    *at = o->next;
    loop_cancel(o->m->loop, &o->timer);
    if (o->done != NULL) {
        o->done(o->arg, rc, code);
    }
    free(o);
}

/* egress ends each order in time, unless it stands still itself: then its successor goes on. */
static void
on_silence(struct timer *t)
{
    struct remote_order *o = t->arg;
    struct master *m = o->m;
    struct remote_order **at = &m->remotes;
    while (*at != o) {
        at = &(*at)->next;
    }
    log_line(LOG_ERROR, "copy.silent", "hint=egress does not come to an end, and is ended");
    if (o->lost == E_NONE && m->egress.proc != NULL) {
        proc_kill(m->egress.proc);
    }
    target_said(m, o->target, code_name(E_COPY_SLOW));
    take(at, RC_IO, code_name(E_COPY_SLOW));
}

static void
send_order(const struct master *m, const struct remote_what *what, uint64_t order)
{
    struct frame_out f;
    char name[STAMP_FILE_LEN + 1];
    stamp_file(what->id, name);
    chan_begin(&f, W_COMMAND, order);
    frame_put_str(&f, W_F_NAME, str_of(what->verb));
    frame_put_str(&f, W_F_TARGET_NAME, str_of(what->target));
    frame_put_i64(&f, W_F_WORKSPACE, what->workspace);
    frame_put_str(&f, W_F_BODY, str_of(name));
    frame_put_i64(&f, W_F_BODY_SIZE, what->bytes);
    chan_send(&m->egress.proc->control, &f, what->fd);
}

enum rc
remote_begin(struct master *m, const struct remote_what *what, remote_fn *done, void *arg)
{
    struct service *s = &m->egress;
    if (remote_can(m) && s->proc == NULL && loop_now(m->loop) >= s->deaths.not_before_us) {
        service_want(m, s);
    }
    if (!remote_can(m) || s->proc == NULL || proc_is_leaving(s->proc)) {
        if (what->fd >= 0) {
            close(what->fd);
        }
        return RC_BUSY;
    }
    struct remote_order *o = loop_alloc(sizeof *o);
    *o = (struct remote_order){
        .next = m->remotes, .m = m, .id = ++m->next_id, .done = done, .arg = arg};
    (void)snprintf(o->target, sizeof o->target, "%s", what->target);
    o->timer = (struct timer){.fn = on_silence, .arg = o};
    m->remotes = o;
    send_order(m, what, o->id);
    loop_at(m->loop, &o->timer,
            loop_now(m->loop) + copy_order_us(m->conf.backup_wait, what->bytes));
    return OK;
}

int64_t
remote_most(const struct master *m, const char *hash, int64_t bytes)
{
    struct room r;
    if (hash[0] != '\0') {
        return bytes;
    }
    return room_look(m->dir, &r) ? r.free / 2 : 0;
}

enum rc
remote_room(const struct master *m, int64_t workspace, struct err *err, int *ret_fd)
{
    char path[PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s/backup/%lld/fetched.part", m->dir, (long long)workspace);
    (void)unlink(path);
    *ret_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret_fd < 0) {
        return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO, "room: errno %d", errno);
    }
    (void)unlink(path);
    return OK;
}

void
remote_result(const struct proc *p, const struct frame *f)
{
    char code[64];
    int64_t rc = RC_BROKEN;
    struct remote_order **at = &p->m->remotes;
    while (*at != NULL && (*at)->id != f->id) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return;
    }
    (void)!frame_get_i64(f, W_F_RC, &rc);
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    if (rc != OK) {
        log_line(LOG_WARN, "copy.failed", "code=%s detail=\"%.*s\"", code,
                 STR_FMT(frame_get(f, W_F_DETAIL)));
    }
    if (rc != RC_BUSY) { /* that is egress's own */
        target_said(p->m, (*at)->target, code);
    }
    take(at, rc >= RC_BROKEN && rc <= OK ? (enum rc)rc : RC_BROKEN, code);
}

static void
on_lost(struct timer *t)
{
    struct master *m = t->arg;
    struct remote_order **at = &m->remotes;
    while (*at != NULL) {
        if ((*at)->lost != E_NONE) {
            take(at, RC_IO, code_name((*at)->lost));
            at = &m->remotes; /* others may have begun */
        } else {
            at = &(*at)->next;
        }
    }
}

/* Told in the next turn: what is begun in answer goes to its successor. */
void
remote_proc_ended(const struct proc *p)
{
    struct master *m = p->m;
    bool any = false;
    if (p->role != R_EGRESS) {
        return;
    }
    for (struct remote_order *o = m->remotes; o != NULL; o = o->next) {
        o->lost = p->by_deadline ? E_COPY_SLOW : E_COPY_BROKEN_OFF;
        any = true;
    }
    if (any) {
        m->remotes_lost = (struct timer){.fn = on_lost, .arg = m};
        loop_at(m->loop, &m->remotes_lost, loop_now(m->loop));
    }
}

void
remote_forget(struct master *m, const void *arg)
{
    for (struct remote_order *o = m->remotes; o != NULL; o = o->next) {
        o->done = o->arg == arg ? NULL : o->done;
    }
}
