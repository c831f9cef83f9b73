/* edge_client.c: the raw client of edge_rig.h: says exactly the bytes it is given. */
#include "edge_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/str.h"

int64_t
rig_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
open_tcp(struct client *c, const struct rig *r, bool is_narrow)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)r->port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (is_narrow) {
        (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &(int){1}, sizeof(int));
    }
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) != 0) {
        (void)close(c->fd);
        c->fd = -1;
        return false;
    }
    return true;
}

bool
client_open_tcp(struct client *c, const struct rig *r)
{
    return open_tcp(c, r, false);
}

bool
client_open_plain(struct client *c, const struct rig *r)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", r->socket);
    *c = (struct client){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(c->fd, (struct sockaddr *)&a, sizeof a) != 0) {
        (void)close(c->fd);
        c->fd = -1;
        return false;
    }
    return true;
}

static void
set_wait(struct client *c, int ms)
{
    struct timeval t = {ms / 1000, (ms % 1000) * 1000};

    (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    (void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static bool
shake_hands(struct client *c, const char *host)
{
    static SSL_CTX *ctx;

    if (ctx == NULL) {
        ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    }
    set_wait(c, 20000);
    c->ssl = SSL_new(ctx);
    ERR_clear_error();
    if (SSL_set_fd(c->ssl, c->fd) != 1 ||
        (host != NULL && SSL_set_tlsext_host_name(c->ssl, host) != 1) || SSL_connect(c->ssl) != 1) {
        client_close(c);
        return false;
    }
    return true;
}

bool
client_open(struct client *c, const struct rig *r, const char *host)
{
    return open_tcp(c, r, false) && shake_hands(c, host);
}

bool
client_open_narrow(struct client *c, const struct rig *r)
{
    return open_tcp(c, r, true) && shake_hands(c, NULL);
}

void
client_close(struct client *c)
{
    SSL_free(c->ssl);
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    *c = (struct client){.fd = -1};
}

bool
client_send(struct client *c, const void *p, size_t n)
{
    const uint8_t *at = p;

    while (n > 0) {
        ERR_clear_error();
        ssize_t w = c->ssl != NULL ? SSL_write(c->ssl, at, (int)(n > 16384 ? 16384 : n))
                                   : send(c->fd, at, n, MSG_NOSIGNAL);
        if (w <= 0) {
            return false;
        }
        at += w;
        n -= (size_t)w;
    }
    return true;
}

bool
client_say(struct client *c, const char *text)
{
    return client_send(c, text, strlen(text));
}

/* One read. 0: closed by the server; -1: nothing in time. */
static ssize_t
read_some(struct client *c, char *buf, size_t cap, int wait_ms)
{
    set_wait(c, wait_ms);
    if (c->ssl == NULL) {
        ssize_t n = recv(c->fd, buf, cap, 0);
        return n < 0 && errno != EAGAIN ? 0 : n;
    }
    ERR_clear_error();
    errno = 0;
    int n = SSL_read(c->ssl, buf, (int)cap);
    if (n > 0) {
        return n;
    }
    return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? -1 : 0;
}

size_t
client_read(struct client *c, char *buf, size_t cap, int wait_ms, bool *ret_eof)
{
    size_t n = 0;
    ssize_t got = 1;

    *ret_eof = false;
    while (n < cap && (got = read_some(c, buf + n, cap - n, wait_ms)) > 0) {
        n += (size_t)got;
    }
    *ret_eof = got == 0;
    return n;
}

char *
response_header(const struct response *r, const char *name)
{
    for (char *at = strchr(r->head, '\n'); at != NULL; at = strchr(at, '\n')) {
        at++;
        if (strncmp(at, name, strlen(name)) == 0) {
            return at + strlen(name);
        }
    }
    return NULL;
}

void
response_done(struct response *r)
{
    free(r->buf);
    *r = (struct response){0};
}

static bool
parse_head(struct response *r, char *end)
{
    int64_t n = 0;

    end[2] = '\0';
    r->head = r->buf;
    r->body = end + 4;
    if (strncmp(r->head, "HTTP/1.1 ", 9) != 0 ||
        str_to_i64((struct str){r->head + 9, 3}, &n) != OK) {
        return false;
    }
    r->status = (int)n;
    char *length = response_header(r, "content-length: ");
    r->body_n = 0;
    if (length != NULL && r->status != 100) {
        if (str_to_i64((struct str){length, strcspn(length, "\r")}, &n) != OK) {
            return false;
        }
        r->body_n = (size_t)n;
    }
    return true;
}

bool
client_response(struct client *c, struct response *ret, int wait_ms, bool is_head)
{
    struct response r = {.buf = calloc(1, 64 * 1024)};
    size_t n = 0;
    char *end = NULL;

    /* One byte at a time: what follows belongs to the next response. */
    while (end == NULL && n < 60 * 1024 && read_some(c, r.buf + n, 1, wait_ms) == 1) {
        n++;
        end = n >= 4 && memcmp(r.buf + n - 4, "\r\n\r\n", 4) == 0 ? r.buf + n - 4 : NULL;
    }
    if (end == NULL || !parse_head(&r, end)) {
        response_done(&r);
        *ret = r;
        return false;
    }
    size_t want = is_head ? 0 : r.body_n;
    size_t head_n = n;
    char *grown = realloc(r.buf, head_n + want + 1);
    if (grown == NULL) {
        abort();
    }
    r.buf = r.head = grown;
    r.body = r.buf + head_n;
    for (n = 0; n < want;) {
        ssize_t got = read_some(c, r.body + n, want - n, wait_ms);
        if (got <= 0) {
            response_done(&r);
            *ret = r;
            return false;
        }
        n += (size_t)got;
    }
    r.body[want] = '\0';
    *ret = r;
    return true;
}

const char *
missing_protection(const char *head)
{
    static const char *const wanted[] = {
        "strict-transport-security: max-age=63072000; includeSubDomains\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: same-origin\r\n",
        "cross-origin-opener-policy: same-origin\r\n",
        "cross-origin-resource-policy: same-origin\r\n",
        "cross-origin-embedder-policy: require-corp\r\n",
        "permissions-policy: accelerometer=()",
        "x-frame-options: DENY\r\n",
        "x-robots-tag: noindex\r\n",
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
        "'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kontor\r\n",
        "date: ",
    };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *at = strstr(head, wanted[i]);
        if (at == NULL || strstr(at + 1, wanted[i]) != NULL) {
            return wanted[i];
        }
    }
    return NULL;
}
