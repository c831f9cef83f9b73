/* copy_remote.c: see copy_remote.h. */
#include "proc/copy_remote.h"

#include <errno.h>
#include <fcntl.h>

#include "archive/stamp.h"

struct remote_order {
    struct remote_order *next;
    uint64_t id;
    bool lost;       /* egress ended */
    remote_fn *done; /* NULL: nobody wants to know */
    void *arg;
};

bool
remote_can(const struct master *m)
{
    return m->door.fd >= 0 && !m->is_stopping;
}

enum rc
remote_begin(struct master *m, const char *verb, const char *target, int64_t workspace,
             const char *id, int fd, remote_fn *done, void *arg)
{
    struct frame_out f;
    char name[STAMP_FILE_LEN + 1];
    struct service *s = &m->egress;
    if (remote_can(m) && s->proc == NULL && loop_now(m->loop) >= s->deaths.not_before_us) {
        service_want(m, s);
    }
    if (!remote_can(m) || s->proc == NULL || proc_is_leaving(s->proc)) {
        if (fd >= 0) {
            close(fd);
        }
        return RC_BUSY;
    }
    struct remote_order *o = loop_alloc(sizeof *o);
    *o = (struct remote_order){.next = m->remotes, .id = ++m->next_id, .done = done, .arg = arg};
    m->remotes = o;
    stamp_file(id, name);
    chan_begin(&f, W_COMMAND, o->id);
    frame_put_str(&f, W_F_NAME, str_of(verb));
    frame_put_str(&f, W_F_TARGET_NAME, str_of(target));
    frame_put_i64(&f, W_F_WORKSPACE, workspace);
    frame_put_str(&f, W_F_BODY, str_of(name));
    chan_send(&s->proc->control, &f, fd);
    return OK;
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

static void
take(struct remote_order **at, enum rc rc, const char *code)
{
    struct remote_order *o = *at;
    *at = o->next;
    if (o->done != NULL) {
        o->done(o->arg, rc, code);
    }
    free(o);
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
    take(at, rc >= RC_BROKEN && rc <= OK ? (enum rc)rc : RC_BROKEN, code);
}

static void
on_lost(struct timer *t)
{
    struct master *m = t->arg;
    struct remote_order **at = &m->remotes;
    while (*at != NULL) {
        if ((*at)->lost) {
            take(at, RC_IO, code_name(E_COPY_BROKEN_OFF));
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
        o->lost = any = true;
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
