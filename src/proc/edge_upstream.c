/* edge_upstream.c: from a request to the worker of its host and back. A host's channel is asked of
 * master once and kept until it closes. What a worker has not acknowledged is sent again to its
 * successor; what it had is answered 503, since it may have been the cause. All queues are bounded.
 */
#include <fcntl.h>

#include "base/log.h"
#include "proc/edge.h"

enum {
    TRIES_MAX = 3,        /* times that a request is handed to a worker that then dies */
    REFUSED_US = 2000000, /* a refused name is not asked for again */
    UNUSED_US = 600 * EDGE_SECOND,
    FRAMES_A_TURN = 64
};

/* The request headers that a worker gets to see. */
static const struct str allowed[] = {
    {"accept",            6 },
    {"accept-language",   15},
    {"authorization",     13},
    {"content-type",      12},
    {"cookie",            6 },
    {"if-none-match",     13},
    {"origin",            6 },
    {"referer",           7 },
    {"sec-fetch-mode",    14},
    {"sec-fetch-site",    14},
    {"user-agent",        10},
    {"x-api-key",         9 },
    {"x-app-id",          8 },
    {"x-kontor-fragment", 17},
    {"x-requested-by",    14},
};

/* --- flights */

static void
flight_free(struct flight *f)
{
    struct edge *e = f->host->edge;

    if (f->conn != NULL) {
        f->conn->rq->flight = NULL;
    }
    loop_cancel(e->loop, &f->timer);
    if (f->is_sent) {
        f->host->n_under_way--;
    } else {
        f->host->n_waiting--;
    }
    list_remove(&f->link);
    f->addr->flights--;
    address_drop(e, f->addr);
    if (f->body_fd >= 0) {
        close(f->body_fd);
    }
    free(f->frame);
    free(f);
}

/* Ends a flight with a page of the edge's own. */
static void
fail_flight(struct flight *f, int status)
{
    struct conn *c = f->conn;

    if (c != NULL) {
        c->rq->workspace = f->host->workspace;
    }
    flight_free(f);
    if (c != NULL) {
        reply_page(c, status);
        conn_again(c);
    }
}

void
upstream_forget(struct flight *f)
{
    f->conn->rq->flight = NULL;
    f->conn = NULL;
    if (!f->is_sent) {
        flight_free(f); /* nobody has it, nobody wants it */
    }
}

static void
tell_master_late(const struct host *h)
{
    struct frame_out out;

    chan_begin(&out, W_LATE, 0);
    frame_put_str(&out, W_F_HOST, (struct str){h->name, h->name_n});
    frame_put_i64(&out, W_F_WORKSPACE, h->workspace);
    child_send(h->edge->child, &out, -1);
}

static void
on_late(struct timer *t)
{
    struct flight *f = t->arg;

    log_line(LOG_WARN, "edge.late", "ws=%lld sent=%d", (long long)f->host->workspace, f->is_sent);
    if (f->is_sent) {
        tell_master_late(f->host);
    } else if (f->host->state == HOST_ASKED) {
        f->host->state = HOST_NEW; /* master did not answer: the next one asks again */
    }
    fail_flight(f, 503);
}

/* --- hosts */

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

static struct host *
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

/* Names that nobody has are asked for ten times a second at most, whoever thinks them up. */
static bool
may_ask(struct edge *e, const struct host *h)
{
    if (h->was_open) {
        return true;
    }
    if (loop_now(e->loop) - e->unknown_us > EDGE_SECOND) {
        e->unknown_us = loop_now(e->loop);
        e->n_unknown = 0;
    }
    return e->n_unknown < e->limits.unknown_per_s;
}

static void
ask_master(struct host *h)
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
        fail_flight(LIST_OWNER(h->waiting.next, struct flight, link), status);
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
            fail_flight(f, 503);
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
        ask_master(h);
    }
}

/* --- sending */

/* Hands over what the channel takes. */
static void
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
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        struct frame f;
        enum rc rc = frame_recv(h->w.fd, buf, sizeof buf, &f);
        if (rc == RC_BUSY) {
            break;
        }
        if (rc != OK || !take_frame(h, &f)) {
            host_lost(h);
            return;
        }
    }
    host_send(h);
}

/* --- what master says */

void
upstream_channel(struct edge *e, int fd, const struct frame *f)
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
upstream_refused(struct edge *e, const struct frame *f)
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
                h->refused_status = is_unknown ? 404 : 503;
                e->n_unknown += is_unknown ? 1 : 0;
                loop_at(e->loop, &h->timer, loop_now(e->loop) + REFUSED_US);
                fail_waiting(h, h->refused_status);
                return;
            }
        }
    }
}

/* --- one request */

static bool
is_allowed(struct str name)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (str_eq(name, allowed[i])) {
            return true;
        }
    }
    return false;
}

static bool
is_secure(const struct conn *c)
{
    struct str proto = head_get(&c->rq->head, STR("x-forwarded-proto"));

    return !c->is_plain || proto.p == NULL || str_eq_ascii_ci(proto, STR("https"));
}

static void
put_base_url(const struct conn *c, struct frame_out *out)
{
    char url[HEAD_HOST_MAX + 32];
    struct str host = c->rq->head.host;

    if (c->edge->port == 443) {
        (void)snprintf(url, sizeof url, "https://%.*s", STR_FMT(host));
    } else {
        (void)snprintf(url, sizeof url, "https://%.*s:%d", STR_FMT(host), c->edge->port);
    }
    frame_put_str(out, W_F_BASE_URL, str_of(url));
}

static bool
put_request(const struct conn *c, int64_t deadline, struct frame_out *out)
{
    const struct request *rq = c->rq;
    const struct head *h = &rq->head;
    char line[HEAD_MAX + 4];

    frame_put_str(out, W_F_METHOD, h->method_name);
    frame_put_str(out, W_F_PATH, h->path);
    frame_put_str(out, W_F_QUERY, h->query);
    frame_put_str(out, W_F_HOST, h->host);
    frame_put_str(out, W_F_CLIENT, str_of(rq->client));
    frame_put_i64(out, W_F_SECURE, is_secure(c) ? 1 : 0);
    frame_put_i64(out, W_F_DEADLINE, deadline);
    put_base_url(c, out);
    for (size_t i = 0; i < h->n_fields; i++) {
        if (is_allowed(h->field[i].name)) {
            int n = snprintf(line, sizeof line, "%.*s: %.*s", STR_FMT(h->field[i].name),
                             STR_FMT(h->field[i].value));
            frame_put(out, W_F_HEADER, line, n > 0 ? (size_t)n : 0);
        }
    }
    frame_put_i64(out, W_F_BODY_SIZE, (int64_t)rq->body_n);
    if (rq->body_fd < 0 && rq->body_n > 0) {
        frame_put(out, W_F_BODY, rq->body, rq->body_n);
    }
    return !out->full;
}

/* The counters of the client; behind a proxy of the address that the proxy names. */
static struct address *
client_address(const struct conn *c)
{
    struct sockaddr_storage sa = {0};
    uint8_t key[16];

    (void)address_parse(str_of(c->rq->client), &sa);
    address_key(&sa, key);
    return address_find(c->edge, key);
}

static struct flight *
flight_new(struct conn *c, struct host *h, struct address *a)
{
    static uint8_t buf[FRAME_MAX];
    struct edge *e = c->edge;
    struct frame_out out;
    struct flight *f = loop_alloc(sizeof *f);
    int64_t ms = c->rq->route->is_slow ? e->limits.slow_ms : e->limits.request_ms;
    int64_t deadline = loop_now(e->loop) + ms * 1000;

    f->id = ++e->next_id;
    frame_begin(&out, buf, sizeof buf, W_REQUEST, f->id);
    if (!put_request(c, deadline, &out)) {
        free(f);
        return NULL;
    }
    f->frame = loop_alloc(out.n);
    memcpy(f->frame, out.p, out.n);
    f->frame_n = out.n;
    f->host = h;
    f->conn = c;
    f->addr = a;
    a->flights++;
    f->body_fd = c->rq->body_fd;
    c->rq->body_fd = -1;
    c->rq->flight = f;
    f->timer = (struct timer){.fn = on_late, .arg = f};
    loop_at(e->loop, &f->timer, deadline);
    list_add(&h->waiting, &f->link);
    h->n_waiting++;
    return f;
}

void
upstream_send(struct conn *c)
{
    struct edge *e = c->edge;
    struct host *h = host_find(e, c->rq->head.host);

    if (h == NULL || (h->state == HOST_NEW && h->refused_status == 0 && !may_ask(e, h)) ||
        (int64_t)(h->n_waiting + h->n_under_way) >= e->limits.queue_host) {
        reply_page(c, 503);
        return;
    }
    if (h->state == HOST_NEW && h->refused_status != 0) {
        reply_page(c, h->refused_status);
        return;
    }
    struct address *a = client_address(c);
    if (a->flights >= e->limits.queue_address) {
        reply_page(c, 503);
        return;
    }
    if (flight_new(c, h, a) == NULL) {
        address_drop(e, a);
        http_refuse(c, 431);
        return;
    }
    conn_await_reply(c);
    if (h->state == HOST_NEW) {
        ask_master(h);
    } else if (h->state == HOST_OPEN) {
        host_send(h);
    }
}
