/* edge_http.c: a request from its head to the place that answers it: the edge itself (static files,
 * health, refusals) or the worker of its host. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/log.h"
#include "proc/edge.h"

#include "assets.gen.h"

void
request_free(struct edge *e, struct request *rq)
{
    if (rq == NULL) {
        return;
    }
    e->body_total -= (int64_t)rq->body_n;
    body_reader_free(rq->reader);
    free(rq->head_bytes);
    free(rq->body);
    if (rq->body_fd >= 0) {
        close(rq->body_fd);
    }
    free(rq);
}

/* After these the client's idea of where the next request starts is not ours, or more of this one
 * is still to come. */
void
http_refuse(struct conn *c, int status)
{
    c->is_closing = true;
    reply_page(c, status);
}

/* --- who asks */

/* Behind a proxy the address is what the proxy says, and it says it last: earlier entries of
 * X-Forwarded-For are the client's own invention. */
static void
find_client(const struct conn *c, struct request *rq, bool *ret_local)
{
    struct str list = head_get(&rq->head, STR("x-forwarded-for"));
    struct str part = STR_NONE;
    struct sockaddr_storage sa;

    *ret_local = c->is_local;
    (void)snprintf(rq->client, sizeof rq->client, "%s", c->peer);
    if (!c->is_plain || list.p == NULL) {
        return;
    }
    *ret_local = false;
    while (str_cut(&list, ',', &part)) {
    }
    if (address_parse(str_trim(part), &sa)) {
        (void)address_print(&sa, rq->client);
    }
}

/* --- what the edge answers itself */

static bool
accepts_gzip(const struct head *h)
{
    struct str list = head_get(h, STR("accept-encoding"));
    struct str part;

    while (str_cut(&list, ',', &part)) {
        struct str name;
        struct str weight = part;
        if (str_cut(&weight, ';', &name) && str_eq_ascii_ci(str_trim(name), STR("gzip"))) {
            struct str q = str_trim(weight);
            return !str_eq(q, STR("q=0")) && !str_eq(q, STR("q=0.0"));
        }
    }
    return false;
}

static void
answer_asset(struct conn *c)
{
    const struct head *h = &c->rq->head;
    const struct asset *a = asset_find(h->path);

    if (a == NULL) {
        reply_page(c, 404);
        return;
    }
    bool is_gzip = a->gzip.n > 0 && accepts_gzip(h);
    reply_static(c, a->type, is_gzip ? a->gzip : a->plain, is_gzip);
}

static void
answer_health(struct conn *c, bool is_local)
{
    static const char ready[] = "ok\n";
    static const char not_ready[] = "not ready\n";
    const struct edge *e = c->edge;

    if (!is_local) {
        reply_page(c, 404);
    } else if (!tls_has_signer(e->tls) || e->is_draining) {
        reply_text(c, 503, "text/plain; charset=utf-8",
                   (struct bytes){(const uint8_t *)not_ready, sizeof not_ready - 1});
    } else {
        reply_text(c, 200, "text/plain; charset=utf-8",
                   (struct bytes){(const uint8_t *)ready, sizeof ready - 1});
    }
}

static bool
is_own_path(const struct edge *e, struct str path)
{
    return str_starts(path, STR("/a/")) || str_eq(path, STR("/healthz")) ||
           (str_eq(path, STR("/ca.pem")) && e->ca_pem.p != NULL);
}

static void
answer_here(struct conn *c, bool is_local)
{
    const struct head *h = &c->rq->head;

    if (str_starts(h->path, STR("/a/"))) {
        answer_asset(c);
    } else if (str_eq(h->path, STR("/healthz"))) {
        answer_health(c, is_local);
    } else {
        reply_text(c, 200, "application/x-pem-file", c->edge->ca_pem);
    }
}

/* --- bodies */

static bool
to_memfd(struct request *rq)
{
    int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || (rq->body_n > 0 && write(fd, rq->body, rq->body_n) != (ssize_t)rq->body_n)) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    free(rq->body);
    rq->body = NULL;
    rq->body_fd = fd;
    return true;
}

/* A part of the body: into memory while it is small, then into a memfd. */
static bool
put_body(void *arg, const uint8_t *p, size_t n)
{
    struct conn *c = arg;
    struct request *rq = c->rq;
    const struct edge_limits *lim = &c->edge->limits;

    if (c->edge->body_total + (int64_t)n > lim->body_total) {
        return false;
    }
    if (rq->body_fd < 0 && (int64_t)(rq->body_n + n) > lim->body_frame && !to_memfd(rq)) {
        return false;
    }
    if (rq->body_fd >= 0) {
        if (write(rq->body_fd, p, n) != (ssize_t)n) {
            return false;
        }
    } else {
        if (rq->body == NULL) {
            rq->body = loop_alloc((size_t)(rq->head.length > 0 && rq->head.length < lim->body_frame
                                               ? rq->head.length
                                               : lim->body_frame));
        }
        memcpy(rq->body + rq->body_n, p, n);
    }
    rq->body_n += n;
    c->edge->body_total += (int64_t)n;
    return true;
}

static void
use_input(struct conn *c, size_t n)
{
    c->in_n -= n;
    memmove(c->in, c->in + n, c->in_n);
    explicit_bzero(c->in + c->in_n, n);
}

void
http_take_body(struct conn *c)
{
    size_t used = 0;
    int verdict = body_read(c->rq->reader, c->in, c->in_n, put_body, c, &used);

    if (verdict != HEAD_MORE && verdict != HEAD_WHOLE) {
        http_refuse(c, verdict);
        return;
    }
    use_input(c, used);
    if (verdict == HEAD_WHOLE) {
        if (c->rq->body_fd >= 0 &&
            fcntl(c->rq->body_fd, F_ADD_SEALS,
                  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
            http_refuse(c, 503);
            return;
        }
        if (c->rq->route == NULL) {
            answer_here(c, false); /* a chunked body of nothing */
        } else {
            upstream_send(c);
        }
    }
}

/* "100 Continue" goes out at once and alone; a socket that cannot take 25 bytes is not worth a
 * queue. */
static bool
send_continue(struct conn *c)
{
    static const uint8_t go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t n = 0;

    return conn_write(c, go_on, sizeof go_on - 1, &n) == IO_DONE && n == sizeof go_on - 1;
}

/* --- heads */

static struct request *
request_new(struct conn *c, size_t n)
{
    struct request *rq = malloc(sizeof *rq);

    if (rq == NULL) {
        loop_die("memory");
    }
    memset(rq, 0, offsetof(struct request, head));
    memset(&rq->head, 0, offsetof(struct head, field));
    rq->head.n_fields = 0;
    rq->workspace = -1;
    rq->head_bytes = loop_alloc(n);
    memcpy(rq->head_bytes, c->in, n);
    rq->head_n = n;
    rq->body_fd = -1;
    rq->started_us = loop_now(c->edge->loop);
    return rq;
}

/* What the head alone decides: 0 to go on, else a status. */
static int
judge(struct conn *c, struct request *rq)
{
    const struct head *h = &rq->head;
    int64_t most = 0;

    if (is_own_path(c->edge, h->path)) {
        if (h->method != HEAD_GET && h->method != HEAD_HEAD) {
            return 405;
        }
    } else {
        int found = edge_route_find(h->method, h->path, &rq->route);
        if (found != 200) {
            return found;
        }
        most = rq->route->body_max;
        most = most < c->edge->limits.body_max ? most : c->edge->limits.body_max;
    }
    rq->reader = body_reader_new(rq->head_bytes, rq->head_n, h, (uint64_t)most);
    if (rq->reader == NULL) {
        return 400;
    }
    return h->length > most ? 413 : 0;
}

void
http_take_head(struct conn *c, size_t n)
{
    struct request *rq = request_new(c, n);
    bool is_local = false;

    c->rq = rq;
    use_input(c, n);
    int verdict = head_parse(rq->head_bytes, n, &rq->head);
    if (verdict != HEAD_WHOLE) {
        http_refuse(c, verdict);
        return;
    }
    c->is_closing |= !rq->head.keep_alive;
    find_client(c, rq, &is_local);
    verdict = judge(c, rq);
    bool has_body = rq->head.length != 0;
    if (verdict != 0 && (has_body || verdict == 400)) {
        http_refuse(c, verdict);
    } else if (verdict != 0) {
        reply_page(c, verdict); /* no such route; nothing is in doubt */
    } else if (has_body && rq->head.expect_continue && c->in_n == 0 && !send_continue(c)) {
        http_refuse(c, 503);
    } else if (has_body) {
        conn_await_body(c);
    } else if (rq->route == NULL) {
        answer_here(c, is_local);
    } else {
        upstream_send(c);
    }
}
