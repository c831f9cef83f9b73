/* edge_conn.c: connections from accept to close, each with one absolute deadline for what it is
 * doing. Readiness is edge-triggered: a connection that waits for its worker is not read, so a
 * client that sends on is held back by TCP and not by our memory. */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/log.h"
#include "proc/edge.h"

enum {
    IN_FIRST = 4096,
    IN_MAX = HEAD_MAX + 16, /* a head, and what shows that it is too long */
    STEPS_A_TURN = 32,      /* then others have their turn */
    LINGER_BYTES = 1024 * 1024 * 1024,
    LISTEN_PAUSE_US = 100000
};

/* "writable" is asked for once it was not. */
static const uint32_t news = EPOLLIN | EPOLLRDHUP | EPOLLET;

static int64_t
deadline(const struct conn *c, int64_t ms)
{
    return loop_now(c->edge->loop) + ms * 1000;
}

static void
set_state(struct conn *c, enum conn_state state, int64_t ms)
{
    list_remove(&c->idle);
    c->state = state;
    if (state == CONN_IDLE) {
        list_add(&c->edge->idle, &c->idle);
    } else if (state == CONN_HANDSHAKE) {
        list_add(&c->edge->shaking, &c->idle);
    }
    if (ms > 0) {
        loop_at(c->edge->loop, &c->timer, deadline(c, ms));
    } else {
        loop_cancel(c->edge->loop, &c->timer);
    }
}

void
conn_blocked(struct conn *c)
{
    c->writable = false;
    loop_watch(c->edge->loop, &c->w, news | EPOLLOUT);
}

void
conn_again(struct conn *c)
{
    if (list_empty(&c->again)) {
        list_add(&c->edge->again, &c->again);
    }
}

void
conn_resume_handshakes(struct edge *e)
{
    for (struct list *item = e->shaking.next; item != &e->shaking; item = item->next) {
        conn_again(LIST_OWNER(item, struct conn, idle));
    }
}

void
conn_serve_again(struct edge *e)
{
    struct list now;

    list_init(&now);
    if (list_empty(&e->again)) {
        return;
    }
    now = e->again; /* what asks anew while we serve waits for the next turn */
    now.next->prev = now.prev->next = &now;
    list_init(&e->again);
    while (!list_empty(&now)) {
        struct list *item = now.next;
        list_remove(item);
        conn_run(LIST_OWNER(item, struct conn, again));
    }
}

/* --- the end */

void
conn_close(struct conn *c)
{
    struct edge *e = c->edge;

    if (c->rq != NULL && c->rq->flight != NULL) {
        upstream_forget(c->rq->flight);
    }
    request_free(e, c->rq);
    outgoing_free(&c->out);
    free(c->in);
    loop_leave(e->loop, &c->w);
    loop_cancel(e->loop, &c->timer);
    list_remove(&c->idle);
    list_remove(&c->all);
    list_remove(&c->again);
    tls_free(e->tls, c);
    close(c->w.fd);
    c->addr->connections--;
    address_drop(e, c->addr);
    e->n_conns--;
    e->is_done |= e->is_draining && e->n_conns == 0;
    free(c);
}

/* The kernel still holds bytes that the client did not take. */
static bool
has_unsent(const struct conn *c)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;

    return getsockopt(c->w.fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
           (info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0);
}

/* Its time is over. Who did not take the answer in that time gets a reset: closing alone would
 * leave the kernel with the bytes for as long as the client likes to read them one by one. */
static void
close_late(struct conn *c)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (has_unsent(c)) {
        (void)setsockopt(c->w.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    conn_close(c);
}

/* The deadline of what the connection was doing has passed. */
static void
on_deadline(struct timer *t)
{
    struct conn *c = t->arg;

    if (c->state == CONN_BODY && c->rq != NULL) {
        /* What came since moves the deadline: absolute, but by a minimum rate. */
        const struct edge_limits *lim = &c->edge->limits;
        int64_t earned = (int64_t)c->rq->body_n * EDGE_SECOND / lim->body_rate;
        int64_t at = c->rq->started_us + lim->body_ms * 1000 + earned;
        if (at > loop_now(c->edge->loop)) {
            loop_at(c->edge->loop, t, at);
            return;
        }
        http_refuse(c, 408);
        conn_run(c);
        return;
    }
    if (c->state == CONN_HEAD) {
        http_refuse(c, 408);
        conn_run(c);
        return;
    }
    if (c->state == CONN_LINGER && loop_now(c->edge->loop) < c->linger_until_us && has_unsent(c)) {
        loop_at(c->edge->loop, t, c->linger_until_us); /* slow, but taking it */
        return;
    }
    close_late(c);
}

/* Refused or asked to close: tell the client and read on, so that the kernel does not answer what
 * is still on its way with a reset that destroys our answer. A browser reads the answer to an
 * upload only when it has sent the whole of it: as long as something comes it has as long as a body
 * would have had. */
static void
start_linger(struct conn *c)
{
    conn_shutdown(c);
    set_state(c, CONN_LINGER, c->edge->limits.linger_ms);
    c->scan = (struct head_scan){0}; /* pos counts what is thrown away */
    c->linger_until_us = deadline(c, c->edge->limits.body_ms);
}

static bool
linger(struct conn *c)
{
    static uint8_t waste[16 * 1024];

    while (c->readable && c->scan.pos < LINGER_BYTES) {
        ssize_t n = recv(c->w.fd, waste, sizeof waste, 0);
        explicit_bzero(waste, n > 0 ? (size_t)n : 0);
        if (n <= 0) {
            if (n < 0 && errno == EAGAIN) {
                int64_t at = deadline(c, c->edge->limits.linger_ms);
                c->readable = false;
                loop_at(c->edge->loop, &c->timer,
                        at < c->linger_until_us ? at : c->linger_until_us);
                return true;
            }
            break;
        }
        c->scan.pos += (size_t)n;
    }
    if (c->readable) {
        conn_close(c);
        return false;
    }
    return true;
}

/* --- reading */

static bool
need_room(struct conn *c)
{
    size_t cap = c->in_cap == 0 ? IN_FIRST : c->in_cap * 2;

    if (c->state == CONN_BODY) {
        cap = IN_MAX; /* a record at a time */
    } else if (c->in_n < c->in_cap) {
        return true;
    }
    cap = cap > IN_MAX ? IN_MAX : cap;
    if (cap == c->in_cap) {
        return c->in_n < c->in_cap;
    }
    uint8_t *p = realloc(c->in, cap);
    if (p == NULL) {
        loop_die("memory");
    }
    c->in = p;
    c->in_cap = cap;
    return true;
}

/* More bytes into c->in. False: nothing came (or the connection is gone and freed). */
static bool
read_more(struct conn *c)
{
    size_t n = 0;

    if (!c->readable || !need_room(c)) {
        return false;
    }
    enum io io = conn_read(c, c->in + c->in_n, c->in_cap - c->in_n, &n);
    if (io == IO_GONE) {
        conn_close(c);
        return false;
    }
    if (io == IO_AGAIN) {
        if (c->state == CONN_IDLE && c->in_n == 0) {
            free(c->in); /* an idle connection holds no buffer */
            c->in = NULL;
            c->in_cap = 0;
        }
        return false;
    }
    c->in_n += n;
    return true;
}

/* Looks for the end of a head in what is there. */
static bool
step_head(struct conn *c)
{
    if (c->in_n == 0 || (c->state == CONN_HEAD && c->scan.pos >= c->in_n)) {
        if (!read_more(c)) {
            return false;
        }
    }
    if (c->state == CONN_IDLE) {
        c->scan = (struct head_scan){0};
        set_state(c, CONN_HEAD, c->edge->limits.head_ms);
    }
    int verdict = head_find_end(&c->scan, c->in, c->in_n);
    if (verdict == HEAD_MORE) {
        return read_more(c);
    }
    if (verdict == HEAD_WHOLE) {
        http_take_head(c, c->scan.pos);
    } else {
        http_refuse(c, verdict);
    }
    return true;
}

static bool
step_body(struct conn *c)
{
    if (c->in_n == 0 && !read_more(c)) {
        return false;
    }
    http_take_body(c);
    return true;
}

static bool
step_handshake(struct conn *c)
{
    enum io io = tls_handshake(c->edge->tls, c);

    if (io == IO_GONE) {
        conn_close(c);
        return false;
    }
    if (io == IO_AGAIN) {
        return false;
    }
    set_state(c, CONN_IDLE, c->edge->limits.head_ms); /* the first request is due soon */
    return true;
}

/* --- writing */

void
conn_await_body(struct conn *c)
{
    set_state(c, CONN_BODY, c->edge->limits.body_ms);
}

void
conn_await_reply(struct conn *c)
{
    set_state(c, CONN_WAIT, 0); /* the flight has the deadline */
}

void
conn_start_write(struct conn *c)
{
    const struct edge_limits *lim = &c->edge->limits;
    int64_t size = (int64_t)(c->out.head_n + c->out.body_n);

    set_state(c, CONN_WRITE, lim->write_ms + size * 1000 / lim->write_rate);
}

static bool
step_write(struct conn *c)
{
    enum io io = c->writable ? conn_flush(c) : IO_AGAIN;

    if (io == IO_GONE) {
        conn_close(c);
        return false;
    }
    if (io == IO_AGAIN) {
        return false;
    }
    outgoing_free(&c->out);
    request_free(c->edge, c->rq);
    c->rq = NULL;
    if (c->is_closing || c->edge->is_draining) {
        start_linger(c);
    } else {
        set_state(c, CONN_IDLE, c->edge->limits.idle_ms);
    }
    return true;
}

/* --- one connection's turn */

static bool
step(struct conn *c)
{
    switch (c->state) {
    case CONN_HANDSHAKE:
        return step_handshake(c);
    case CONN_IDLE:
    case CONN_HEAD:
        return step_head(c);
    case CONN_BODY:
        return step_body(c);
    case CONN_WAIT:
        return false;
    case CONN_WRITE:
        return step_write(c);
    case CONN_LINGER:
        (void)linger(c);
        return false;
    }
    return false;
}

void
conn_run(struct conn *c)
{
    for (int i = 0; i < STEPS_A_TURN; i++) {
        if (!step(c)) {
            return; /* waits, or is gone */
        }
    }
    conn_again(c);
}

static void
on_event(struct watch *w, uint32_t events)
{
    struct conn *c = w->arg;

    c->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    c->writable |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    if ((events & EPOLLERR) != 0 && c->state == CONN_WAIT) {
        conn_close(c); /* reset while the worker works: nobody to answer to */
        return;
    }
    conn_run(c);
}

/* --- the beginning */

void
conn_close_idle(struct edge *e)
{
    while (!list_empty(&e->idle)) {
        conn_close(LIST_OWNER(e->idle.next, struct conn, idle));
    }
}

static void
listen_again(struct timer *t)
{
    struct edge *e = t->arg;

    for (size_t i = 0; i < e->n_listeners && !e->is_draining; i++) {
        loop_watch(e->loop, &e->listeners[i].w, EPOLLIN | EPOLLEXCLUSIVE);
    }
}

/* Descriptors ran out in spite of the limit: a pause, since epoll would report the same at once. */
static void
pause_listening(struct edge *e)
{
    for (size_t i = 0; i < e->n_listeners; i++) {
        loop_unwatch(e->loop, &e->listeners[i].w);
    }
    e->listen_again.fn = listen_again;
    e->listen_again.arg = e;
    loop_at(e->loop, &e->listen_again, loop_now(e->loop) + LISTEN_PAUSE_US);
}

/* Is there room for one more of this address? When all is full, the longest idle one makes room. */
static bool
admit(struct edge *e, const struct address *a, bool is_plain)
{
    if (!is_plain && a->connections > e->limits.per_address) {
        return false;
    }
    if ((int64_t)e->n_conns < e->limits.connections) {
        return true;
    }
    if (list_empty(&e->idle)) {
        return false;
    }
    conn_close(LIST_OWNER(e->idle.next, struct conn, idle));
    return true;
}

static void
start(struct edge *e, const struct listener *l, int fd, struct address *a,
      const struct sockaddr_storage *sa)
{
    struct conn *c = loop_alloc(sizeof *c);

    *c = (struct conn){.edge = e, .addr = a, .is_plain = l->is_plain, .out = {.fd = -1}};
    c->readable = c->writable = true; /* the kernel hands it over with its first bytes */
    c->w = (struct watch){.fd = fd, .fn = on_event, .arg = c};
    c->timer = (struct timer){.fn = on_deadline, .arg = c};
    list_init(&c->idle);
    list_init(&c->again);
    list_add(&e->conns, &c->all);
    e->n_conns++;
    c->is_local = address_print(sa, c->peer);
    if (!l->is_plain) {
        c->ssl = tls_accept(e->tls, fd);
        if (c->ssl == NULL) {
            conn_close(c);
            return;
        }
        set_state(c, CONN_HANDSHAKE, e->limits.handshake_ms);
    } else {
        set_state(c, CONN_IDLE, e->limits.head_ms);
    }
    loop_watch(e->loop, &c->w, news);
    conn_run(c);
}

/* One at a time: epoll says at once when there are more, and others have their turn between. */
void
conn_accept(struct watch *w, uint32_t events)
{
    struct listener *l = w->arg;
    struct edge *e = l->edge;

    (void)events;
    struct sockaddr_storage sa = {0};
    socklen_t n = sizeof sa;
    uint8_t key[16];
    int fd = accept4(w->fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_line(LOG_WARN, "edge.full", "errno=%d connections=%zu", errno, e->n_conns);
            pause_listening(e);
        }
        return;
    }
    address_key(&sa, key);
    struct address *a = address_find(e, key);
    a->connections++; /* before admit, which may close the last other one of it */
    if (!admit(e, a, l->is_plain)) {
        close(fd);
        a->connections--;
        address_drop(e, a);
        return;
    }
    start(e, l, fd, a, &sa);
}
