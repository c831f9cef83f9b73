/* edge.c: kontor-edge, the process that meets the Internet. One for each core, all on the same
 * inherited listeners. Gives its rights away before it accepts: no file can be opened, no socket
 * made, nothing traced or executed; it holds no key. Trusts master (settings, channels) and the
 * signer. Settings: see limit_of(); "base_domain", "public_port", "hsts_preload", "ca_file". */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/log.h"
#include "proc/edge.h"

enum { CA_PEM_MAX = 64 * 1024, SPARE_DESCRIPTORS = 512 };

static struct edge edge;

/* A number of "edge.<name>" in the settings, or the default. */
static int64_t
limit_of(const struct child *c, const char *name, int64_t otherwise)
{
    char key[64];
    (void)snprintf(key, sizeof key, "edge.%s", name);
    int64_t n = child_get_i64(c, key, otherwise);
    return n > 0 ? n : otherwise;
}

/* What descriptors allow: the rest are channels, bodies and spares. */
static int64_t
connections_by_descriptors(void)
{
    struct rlimit now;

    if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur < (rlim_t)2 * SPARE_DESCRIPTORS) {
        return 256;
    }
    return (int64_t)(now.rlim_cur - SPARE_DESCRIPTORS) * 3 / 4;
}

static void
read_limits(struct edge_limits *l, const struct child *c)
{
    *l = (struct edge_limits){
        .handshake_ms = limit_of(c, "handshake_ms", 5000),
        .head_ms = limit_of(c, "head_ms", 10000),
        .idle_ms = limit_of(c, "idle_ms", 60000),
        .body_ms = limit_of(c, "body_ms", 60000),
        .body_rate = limit_of(c, "body_rate", 1024),
        .write_ms = limit_of(c, "write_ms", 60000),
        .write_rate = limit_of(c, "write_rate", (int64_t)32 * 1024),
        .linger_ms = limit_of(c, "linger_ms", 5000),
        .request_ms = limit_of(c, "request_ms", 5000),
        .slow_ms = limit_of(c, "slow_ms", 60000),
        .drain_ms = limit_of(c, "drain_ms", 30000),
        .connections = limit_of(c, "connections", connections_by_descriptors()),
        .per_address = limit_of(c, "per_address", 1000),
        .queue_host = limit_of(c, "queue_host", 256),
        .queue_address = limit_of(c, "queue_address", 128),
        .in_flight = limit_of(c, "in_flight", 64),
        .body_frame = limit_of(c, "body_frame", (int64_t)64 * 1024),
        .body_max = limit_of(c, "body_max", (int64_t)8 * 1024 * 1024),
        .body_total = limit_of(c, "body_total", (int64_t)256 * 1024 * 1024),
        .unknown_per_s = limit_of(c, "unknown_per_s", 10),
    };
}

/* The local authority's certificate, offered at /ca.pem; read before the sandbox closes. */
static struct bytes
read_ca(const char *path)
{
    FILE *f = path != NULL && path[0] != '\0' ? fopen(path, "re") : NULL;
    if (f == NULL) {
        return (struct bytes){NULL, 0};
    }
    uint8_t *p = loop_alloc(CA_PEM_MAX);
    size_t n = fread(p, 1, CA_PEM_MAX, f);
    (void)fclose(f);
    if (n == 0 || n == CA_PEM_MAX) {
        free(p);
        return (struct bytes){NULL, 0};
    }
    return (struct bytes){p, n};
}

/* --- master */

static void
on_channel(struct child *c, enum wire_kind kind, int fd, const struct frame *f)
{
    (void)c;
    if (kind == WK_SIGNER) {
        tls_take_signer(edge.tls, fd);
    } else if (kind == WK_WORKER) {
        host_channel(&edge, fd, f);
    } else {
        close(fd);
    }
}

static void
on_message(struct child *c, struct frame *f)
{
    (void)c;
    if (f->type == W_RELOAD) {
        tls_forget_certificates(edge.tls);
    } else if (f->type == W_REFUSED) {
        host_refused(&edge, f);
    } else {
        log_line(LOG_WARN, "edge.control", "type=%u", f->type);
    }
}

static void
on_drained(struct timer *t)
{
    (void)t;
    log_line(LOG_NOTE, "edge.drain_over", "connections=%zu", edge.n_conns);
    edge.is_done = true;
}

/* W_STOP: no new connections, what is under way is finished, keep-alive ends. */
static void
on_stop(struct child *c)
{
    for (size_t i = 0; i < edge.n_listeners; i++) {
        loop_unwatch(c->loop, &edge.listeners[i].w);
        close(edge.listeners[i].w.fd); /* a master that follows must be able to bind */
    }
    edge.is_draining = true;
    conn_close_idle(&edge);
    edge.is_done = edge.n_conns == 0;
    edge.drain.fn = on_drained;
    loop_at(c->loop, &edge.drain, loop_now(c->loop) + edge.limits.drain_ms * 1000);
}

/* --- start */

static void
listen_on(int fd, bool is_plain)
{
    if (fd < 0) {
        return;
    }
    struct listener *l = &edge.listeners[edge.n_listeners++];
    int on = 1;
    if (!is_plain) { /* what is accepted inherits it */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    *l = (struct listener){.edge = &edge, .is_plain = is_plain};
    l->w = (struct watch){.fd = fd, .fn = conn_accept, .arg = l};
    loop_watch(edge.loop, &l->w, EPOLLIN | EPOLLEXCLUSIVE);
}

int
main(int argc, char **argv)
{
    static const struct child_hooks hooks = {
        .channel = on_channel, .message = on_message, .stop = on_stop};
    static struct child child;
    char ca_path[CHILD_DIR_MAX];

    child_start(&child, argc, argv, SANDBOX_EDGE, &hooks);
    edge.child = &child;
    edge.loop = child.loop;
    loop_few_secrets(edge.loop); /* a request and its answer, not a handshake */
    read_limits(&edge.limits, &child);
    list_init(&edge.conns);
    list_init(&edge.idle);
    list_init(&edge.shaking);
    list_init(&edge.again);
    edge.port = (int)child_get_i64(&child, "public_port", 443);
    edge.hsts_preload = child_get_i64(&child, "hsts_preload", 0) == 1;
    (void)snprintf(ca_path, sizeof ca_path, "%.*s", STR_FMT(child_get(&child, "ca_file")));
    edge.ca_pem = read_ca(ca_path);
    edge.tls = tls_new(&edge);
    (void)!sealed_ready(); /* without it what lies sealed is not sent: 502 */
    child_ready(&child, &(struct sandbox){.role = SANDBOX_EDGE});
    edge_log_start();
    listen_on(child.fd5, false);
    listen_on(child.fd6, true);
    while (!edge.is_done) {
        loop_turn(child.loop, list_empty(&edge.again) ? -1 : 0);
        conn_serve_again(&edge);
        edge_log_flush();
    }
    return child_end(&child);
}
