/* control.c: the command line's way in: run/control.sock, one command a message. Who may: root and
 * the user who serves. Master answers the few commands that are about itself; command.c sees to the
 * others. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "proc/master_own.h"
#include "proc/scheduler.h"

enum { CLIENTS_MAX = 64 };

/* --- answers --------------------------------------------------------------------------------- */

void
control_error(struct client *c, uint64_t id, enum rc rc, enum code code, const char *detail)
{
    control_refuse(c, id, rc, code_name(code), detail);
}

void
control_refuse(struct client *c, uint64_t id, enum rc rc, const char *code, const char *detail)
{
    if (c == NULL) {
        return;
    }
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, rc);
    frame_put_str(&f, W_F_CODE, str_of(code));
    frame_put_str(&f, W_F_DETAIL, str_of(detail));
    chan_send(&c->chan, &f, -1);
}

void
control_json(struct client *c, uint64_t id, struct str json)
{
    int fd = -1;
    struct frame_out f;
    if (c == NULL) {
        return;
    }
    if (json.n > FRAME_MAX / 2 &&
        body_fd_new((struct bytes){(const uint8_t *)json.p, json.n}, &fd) != OK) {
        control_error(c, id, RC_IO, E_IO, "memfd");
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
/* --- commands -------------------------------------------------------------------------------- */

static void
set_clock(struct client *c, const struct frame *f)
{
    struct master *m = c->m;
    struct instant to;
    if (instant_parse(frame_get(f, W_F_BODY), &to) != OK) {
        control_error(c, f->id, RC_INVALID, E_FIELD_TIME, "not an RFC 3339 time");
        return;
    }
    if (time_set(to) != OK) {
        control_error(c, f->id, RC_DENIED, E_CLOCK_RELEASE, "");
        return;
    }
    m->clock_moved = true;
    log_line(LOG_WARN, "clock.set", "us=%lld", (long long)to.us);
    clock_watch(m);
    clock_tell_all(m, true);
    command_clock(c, f);
}

static void
on_command(struct chan *ch, struct frame *f)
{
    struct client *c = ch->arg;
    struct str name = frame_get(f, W_F_NAME);
    if (f->type != W_COMMAND || name.p == NULL) {
        control_error(c, f->id, RC_INVALID, E_COMMAND_UNKNOWN, "");
    } else if (c->is_scheduler && !scheduler_may(name)) {
        log_line(LOG_ERROR, "control.refused", "role=scheduler");
        control_error(c, f->id, RC_DENIED, E_NOT_YOURS, "");
    } else if (c->is_scheduler && str_eq(name, STR("health.look"))) {
        lookout_look(c->m);
        control_json(c, f->id, STR("{}"));
    } else if (str_eq(name, STR("clock.set"))) {
        set_clock(c, f);
    } else {
        command_forward(c, f, (struct bytes){f->p, f->n});
    }
}
/* --- clients --------------------------------------------------------------------------------- */

static void
client_free(struct client *c)
{
    struct master *m = c->m;
    command_client_left(c);
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

static struct client *
accept_fd(struct master *m, int fd)
{
    struct client *c = loop_alloc(sizeof *c);
    c->m = m;
    c->chan = (struct chan){.on_frame = on_command, .on_close = on_client_closed, .arg = c};
    c->next = m->clients;
    m->clients = c;
    chan_open(&c->chan, m->loop, fd);
    return c;
}

void
control_accept_fd(struct master *m, int fd)
{
    (void)accept_fd(m, fd);
}

int
control_for_scheduler(struct master *m)
{
    int pair[2];
    if (chan_pair(pair) != OK) {
        return -1;
    }
    accept_fd(m, pair[0])->is_scheduler = true;
    return pair[1];
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
    command_end_all(m);
    while (m->clients != NULL) {
        chan_flush(&m->clients->chan, time_mono_us() + 1000000);
        client_free(m->clients);
    }
    loop_unwatch(m->loop, &m->control);
}
