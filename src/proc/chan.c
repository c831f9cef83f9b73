/* chan.c: frames over a non-blocking socket with a queue. One frame is read for each readiness
 * event: the callee may then close or free the channel without our touching it again. */
#include "proc/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/time.h"

struct chan_msg {
    struct chan_msg *next;
    size_t n;
    int fd;
    uint8_t p[];
};

static uint8_t recv_buf[FRAME_MAX];
static uint8_t send_buf[FRAME_MAX];

void
chan_begin(struct frame_out *f, uint16_t type, uint64_t id)
{
    frame_begin(f, send_buf, sizeof send_buf, type, id);
}

void
chan_rest(void)
{
    memory_drop(recv_buf, sizeof recv_buf);
    memory_drop(send_buf, sizeof send_buf);
}

static void
drop_queue(struct chan *c)
{
    while (c->first != NULL) {
        struct chan_msg *m = c->first;
        c->first = m->next;
        if (m->fd >= 0) {
            close(m->fd);
        }
        free(m);
    }
    c->last = NULL;
    c->queued = c->queued_bytes = 0;
}

void
chan_close(struct chan *c)
{
    if (c->w.fd < 0) {
        return;
    }
    loop_unwatch(c->loop, &c->w);
    close(c->w.fd);
    c->w.fd = -1;
    drop_queue(c);
}

static void
closed_by_peer(struct chan *c)
{
    chan_close(c);
    c->on_close(c);
}

/* Sends what the socket takes. False: the peer is gone. */
static bool
send_queue(struct chan *c)
{
    while (c->first != NULL) {
        struct chan_msg *m = c->first;
        struct frame_out f = {.p = m->p, .n = m->n, .cap = m->n};
        enum rc rc = frame_send(c->w.fd, &f, m->fd);
        if (rc == RC_BUSY) {
            return true;
        }
        if (rc != OK) {
            return false;
        }
        c->first = m->next;
        c->last = c->first == NULL ? NULL : c->last;
        c->queued--;
        c->queued_bytes -= m->n;
        if (m->fd >= 0) {
            close(m->fd);
        }
        free(m);
    }
    loop_watch(c->loop, &c->w, EPOLLIN);
    return true;
}

/* One frame that lies there. False: nothing, or the peer is gone. */
static bool
receive(struct chan *c)
{
    struct frame f;
    enum rc rc = frame_recv(c->w.fd, recv_buf, sizeof recv_buf, &f);
    if (rc == RC_BUSY) {
        return false;
    }
    if (rc != OK) {
        closed_by_peer(c);
        return false;
    }
    c->on_frame(c, &f); /* c may be gone now */
    if (f.fd >= 0) {
        close(f.fd);
    }
    frame_wipe(&f);
    return true;
}

static void
on_event(struct watch *w, uint32_t events)
{
    struct chan *c = w->arg;
    if (c->queued > CHAN_QUEUE_MAX || c->queued_bytes > CHAN_BYTES_MAX) {
        closed_by_peer(c); /* does not read what it is sent */
        return;
    }
    if ((events & EPOLLOUT) != 0 && !send_queue(c)) {
        closed_by_peer(c);
        return;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        (void)receive(c);
    }
}

void
chan_drain(struct chan *c)
{
    while (chan_is_open(c) && receive(c)) {
    }
}

void
chan_open(struct chan *c, struct loop *l, int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
    c->loop = l;
    c->w = (struct watch){.fd = fd, .fn = on_event, .arg = c};
    c->first = c->last = NULL;
    c->queued = c->queued_bytes = 0;
    loop_watch(l, &c->w, EPOLLIN);
}

static unsigned
type_of(const struct frame_out *f)
{
    uint16_t type = 0;
    if (f->n >= sizeof(uint32_t) + sizeof type) {
        memcpy(&type, f->p + sizeof(uint32_t), sizeof type);
    }
    return type;
}

static void
send_or_queue(struct chan *c, const struct frame_out *f, int pass_fd)
{
    if (f->full) {
        log_line(LOG_ERROR, "frame.lost", "type=%u reason=full", type_of(f));
    }
    if (c->w.fd < 0 || f->full) {
        if (pass_fd >= 0) {
            close(pass_fd);
        }
        return;
    }
    if (c->first == NULL) {
        enum rc rc = frame_send(c->w.fd, f, pass_fd);
        if (rc != RC_BUSY) {
            /* A peer that is gone shows itself as a hang-up in the next turn. */
            if (pass_fd >= 0) {
                close(pass_fd);
            }
            return;
        }
    }
    struct chan_msg *m = loop_alloc(sizeof *m + f->n);
    memcpy(m->p, f->p, f->n);
    m->n = f->n;
    m->fd = pass_fd;
    m->next = NULL;
    if (c->last != NULL) {
        c->last->next = m;
    } else {
        c->first = m;
    }
    c->last = m;
    c->queued++;
    c->queued_bytes += f->n;
    loop_watch(c->loop, &c->w, EPOLLIN | EPOLLOUT);
}

void
chan_send(struct chan *c, const struct frame_out *f, int pass_fd)
{
    send_or_queue(c, f, pass_fd);
    explicit_bzero(f->p, f->n);
}

void
chan_flush(struct chan *c, int64_t until_us)
{
    while (c->w.fd >= 0 && c->first != NULL) {
        int64_t left = until_us - time_mono_us();
        struct pollfd p = {.fd = c->w.fd, .events = POLLOUT};
        if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) < 0 || !send_queue(c)) {
            return;
        }
    }
}

enum rc
chan_unix_address(int dir_fd, const char *name, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "/proc/self/fd/%d/%s",
                     dir_fd, name);
    return n > 0 && (size_t)n < sizeof ret_address->sun_path ? OK : RC_LIMIT;
}

enum rc
chan_pair(int ret_fds[static 2])
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return RC_IO;
    }
    /* One frame must fit whole whatever the system's default buffer is. */
    int size = 4 * FRAME_MAX;
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return OK;
}
