/* edge_host.c: host names and the channels to their workers. A channel is asked of master once and
 * kept until it closes. What a worker has not acknowledged is sent again to its successor; what it
 * had is answered 503, since it may have been the cause. */
#include <fcntl.h>

#include "proc/edge.h"

enum {
    TRIES_MAX = 3,        /* times that a request is handed to a worker that then dies */
    REFUSED_US = 2000000, /* a refused name is not asked for again */
    UNUSED_US = 600 * EDGE_SECOND,
    FRAMES_A_TURN = 64
};

static size_t
bucket_of(struct str name)
{
    uint32_t x = 2166136261U;

    for (size_t i = 0; i < name.n; i++) {
        x = (x ^ (uint8_t)name.p[i]) * 16777619U;
    }
    return x % HOST_BUCKETS;
}

static void
host_free(struct host *h)
{
    struct edge *e = h->edge;
    struct host **at = &e->hosts[bucket_of((struct str){h->name, h->name_n})];

    while (*at != h) {
        at = &(*at)->next;
    }
    *at = h->next;
    e->n_hosts--;
    loop_cancel(e->loop, &h->timer);
    free(h);
}

/* A name that nobody used for a while, or a refused one whose time is over. */
static void
on_host_timer(struct timer *t)
{
    struct host *h = t->arg;

    h->refused_status = 0;
    if (h->state == HOST_NEW && h->n_waiting == 0 && h->n_under_way == 0) {
        host_free(h);
    }
}

struct host *
host_find(struct edge *e, struct str name)
{
    struct host **bucket = &e->hosts[bucket_of(name)];

    for (struct host *h = *bucket; h != NULL; h = h->next) {
        if (str_eq((struct str){h->name, h->name_n}, name)) {
            return h;
        }
    }
    if (e->n_hosts >= HOSTS_MAX || name.n > HEAD_HOST_MAX) {
        return NULL;
    }
    struct host *h = loop_alloc(sizeof *h);
    h->w.fd = -1;
    h->edge = e;
    h->state = HOST_NEW;
    h->workspace = -1;
    list_init(&h->waiting);
    list_init(&h->under_way);
    memcpy(h->name, name.p, name.n);
    h->name_n = name.n;
    h->timer = (struct timer){.fn = on_host_timer, .arg = h};
    loop_at(e->loop, &h->timer, loop_now(e->loop) + (int64_t)UNUSED_US);
    h->next = *bucket;
    *bucket = h;
    e->n_hosts++;
    return h;
}

bool
host_may_ask(const struct host *h)
{
    struct edge *e = h->edge;

    if (h->was_open) {
        return true;
    }
    if (loop_now(e->loop) - e->unknown_us > EDGE_SECOND) {
        e->unknown_us = loop_now(e->loop);
        e->n_unknown = 0;
    }
    return e->n_unknown < e->limits.unknown_per_s;
}

void
host_ask(struct host *h)
{
    struct frame_out out;

    h->ask_id = ++h->edge->next_id;
    h->state = HOST_ASKED;
    chan_begin(&out, W_OPEN, h->ask_id);
    frame_put_str(&out, W_F_HOST, (struct str){h->name, h->name_n});
    child_send(h->edge->child, &out, -1);
}

static void
fail_waiting(struct host *h, int status)
{
    while (!list_empty(&h->waiting)) {
        flight_fail(LIST_OWNER(h->waiting.next, struct flight, link), status);
    }
}

/* The worker is gone. What it had is lost (503); what it had not goes to its successor. */
static void
host_lost(struct host *h)
{
    struct list again;

    loop_unwatch(h->edge->loop, &h->w);
    close(h->w.fd);
    h->w.fd = -1;
    h->state = HOST_NEW;
    loop_at(h->edge->loop, &h->timer, loop_now(h->edge->loop) + (int64_t)UNUSED_US);
    list_init(&again);
    while (!list_empty(&h->under_way)) {
        struct flight *f = LIST_OWNER(h->under_way.prev, struct flight, link);
        if (f->is_got || f->tries >= TRIES_MAX || f->conn == NULL) {
            flight_fail(f, 503);
            continue;
        }
        list_remove(&f->link);
        f->is_sent = false;
        h->n_under_way--;
        h->n_waiting++;
        h->waiting.next->prev = &f->link; /* to the front, so that the order stays */
        f->link.next = h->waiting.next;
        f->link.prev = &h->waiting;
        h->waiting.next = &f->link;
    }
    if (h->n_waiting > 0) {
        host_ask(h);
    }
}

/* --- sending */

void
host_send(struct host *h)
{
    bool is_full = false;

    while (!list_empty(&h->waiting) && !is_full &&
           (int64_t)h->n_under_way < h->edge->limits.in_flight) {
        struct flight *f = LIST_OWNER(h->waiting.next, struct flight, link);
        struct frame_out out = {.p = f->frame, .n = f->frame_n, .cap = f->frame_n};
        enum rc rc = frame_send(h->w.fd, &out, f->body_fd);
        if (rc == RC_IO) {
            return; /* gone: its hang-up follows */
        }
        if (rc == RC_BUSY) {
            is_full = true;
            break;
        }
        list_remove(&f->link);
        list_add(&h->under_way, &f->link);
        h->n_waiting--;
        h->n_under_way++;
        f->is_sent = true;
        f->tries++;
    }
    loop_watch(h->edge->loop, &h->w, is_full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* --- receiving */

static struct flight *
find_flight(struct host *h, uint64_t id)
{
    for (struct list *l = h->under_way.next; l != &h->under_way; l = l->next) {
        struct flight *f = LIST_OWNER(l, struct flight, link);
        if (f->id == id) {
            return f;
        }
    }
    return NULL;
}

static void
take_got(struct flight *f)
{
    f->is_got = true;
    free(f->frame);
    f->frame = NULL;
    if (f->body_fd >= 0) {
        close(f->body_fd);
        f->body_fd = -1;
    }
}

static void
take_reply(struct flight *fl, struct frame *f)
{
    struct conn *c = fl->conn;
    int64_t workspace = fl->host->workspace;

    flight_free(fl);
    if (c != NULL) {
        c->rq->workspace = workspace;
        reply_from_worker(c, f);
        conn_again(c);
    }
}

/* Answers to nobody are dropped: the client left, or the deadline had passed. */
static bool
take_frame(struct host *h, struct frame *f)
{
    struct flight *fl = find_flight(h, f->id);

    if (f->type == W_GOT && fl != NULL) {
        take_got(fl);
    } else if (f->type == W_REPLY && fl != NULL) {
        take_reply(fl, f);
    }
    if (f->fd >= 0) {
        close(f->fd);
    }
    return f->type == W_GOT || f->type == W_REPLY;
}

static void
on_channel(struct watch *w, uint32_t events)
{
    static uint8_t buf[FRAME_MAX];
    struct host *h = w->arg;

    (void)events;
    loop_saw_secret(h->edge->loop);
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        struct frame f;
        enum rc rc = frame_recv(h->w.fd, buf, sizeof buf, &f);
        if (rc == RC_BUSY) {
            break;
        }
        bool ours = rc == OK && take_frame(h, &f);
        if (rc == OK) {
            frame_wipe(&f);
        }
        if (!ours) {
            host_lost(h);
            return;
        }
    }
    host_send(h);
}

/* --- what master says */

void
host_channel(struct edge *e, int fd, const struct frame *f)
{
    struct str name = frame_get(f, W_F_HOST);
    struct host *h = name.p != NULL ? host_find(e, name) : NULL;
    int64_t workspace = -1;

    if (h == NULL || h->state == HOST_OPEN || frame_get_i64(f, W_F_WORKSPACE, &workspace) != OK) {
        close(fd);
        return;
    }
    h->state = HOST_OPEN;
    h->was_open = true;
    h->refused_status = 0;
    h->workspace = workspace;
    loop_cancel(e->loop, &h->timer);
    (void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
    h->w = (struct watch){.fd = fd, .fn = on_channel, .arg = h};
    loop_watch(e->loop, &h->w, EPOLLIN);
    host_send(h);
}

void
host_refused(struct edge *e, const struct frame *f)
{
    struct str name = frame_get(f, W_F_HOST);
    struct str code = frame_get(f, W_F_CODE);

    for (size_t i = 0; i < HOST_BUCKETS; i++) {
        for (struct host *h = e->hosts[i]; h != NULL; h = h->next) {
            bool is_it = name.p != NULL ? str_eq((struct str){h->name, h->name_n}, name)
                                        : h->ask_id == f->id;
            if (is_it && h->state == HOST_ASKED) {
                bool is_unknown = str_eq(code, str_of(code_name(E_MISSING)));
                h->state = HOST_NEW;
                h->was_open = h->was_open && !is_unknown;
                h->refused_status = is_unknown ? 404
                                    : str_eq(code, str_of(code_name(E_STORE_DAMAGED)))
                                        ? STATUS_DAMAGED
                                        : 503;
                e->n_unknown += is_unknown ? 1 : 0;
                loop_at(e->loop, &h->timer, loop_now(e->loop) + REFUSED_US);
                fail_waiting(h, h->refused_status);
                return;
            }
        }
    }
}
