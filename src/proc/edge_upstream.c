/* edge_upstream.c: a flight, that is one request on its way to the worker of its host: what of it
 * the worker gets to see, its deadline, its end. Queues are bounded by host and by client address;
 * the channel it flies over is edge_host.c's. */
#include "base/log.h"
#include "proc/edge.h"

/* The request headers that a worker gets to see. */
static const struct str allowed[] = {
    {"accept",              6 },
    {"accept-language",     15},
    {"authorization",       13},
    {"content-type",        12},
    {"cookie",              6 },
    {"if-none-match",       13},
    {"if-range",            8 },
    {"origin",              6 },
    {"range",               5 },
    {"referer",             7 },
    {"sec-fetch-mode",      14},
    {"sec-fetch-site",      14},
    {"sec-purpose",         11},
    {"user-agent",          10},
    {"x-api-key",           9 },
    {"x-app-id",            8 },
    {"x-kontor-background", 19},
    {"x-kontor-fragment",   17},
    {"x-requested-by",      14},
};

/* --- flights */

void
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

void
flight_fail(struct flight *f, int status)
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
    flight_fail(f, 503);
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
            explicit_bzero(line, n > 0 ? (size_t)n : 0); /* a cookie, perhaps */
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
        explicit_bzero(out.p, out.n);
        free(f);
        return NULL;
    }
    f->frame = loop_alloc(out.n);
    memcpy(f->frame, out.p, out.n);
    explicit_bzero(out.p, out.n);
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

    if (h == NULL || (h->state == HOST_NEW && h->refused_status == 0 && !host_may_ask(h)) ||
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
        host_ask(h);
    } else if (h->state == HOST_OPEN) {
        host_send(h);
    }
}
