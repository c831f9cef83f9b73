/* edge_io.c: bytes in and out, through TLS or plain. An answer leaves in records of 16 KiB, head
 * and the start of the body together: two small writes would wait 40 ms for each other (Nagle). */
#include <errno.h>
#include <openssl/err.h>

#include "proc/edge.h"

enum { RECORD = 16 * 1024, TURN_BYTES = 1024 * 1024 };

static enum io
ssl_outcome(struct conn *c, int r)
{
    int why = SSL_get_error(c->ssl, r);

    if (why == SSL_ERROR_WANT_READ) {
        c->readable = false;
        return IO_AGAIN;
    }
    if (why == SSL_ERROR_WANT_WRITE) {
        conn_blocked(c);
        return IO_AGAIN;
    }
    return IO_GONE;
}

enum io
conn_read(struct conn *c, uint8_t *p, size_t cap, size_t *ret_n)
{
    if (c->ssl != NULL) {
        ERR_clear_error();
        int r = SSL_read(c->ssl, p, (int)cap);
        if (r <= 0) {
            return ssl_outcome(c, r);
        }
        loop_saw_secret(c->edge->loop);
        *ret_n = (size_t)r;
        return IO_DONE;
    }
    ssize_t n = recv(c->w.fd, p, cap, 0);
    if (n > 0) {
        loop_saw_secret(c->edge->loop);
        *ret_n = (size_t)n;
        return IO_DONE;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        c->readable = errno == EINTR;
        return IO_AGAIN;
    }
    return IO_GONE;
}

enum io
conn_write(struct conn *c, const uint8_t *p, size_t n, size_t *ret_n)
{
    loop_saw_secret(c->edge->loop);
    if (c->ssl != NULL) {
        ERR_clear_error();
        int r = SSL_write(c->ssl, p, (int)n);
        if (r <= 0) {
            return ssl_outcome(c, r);
        }
        *ret_n = (size_t)r;
        return IO_DONE;
    }
    ssize_t sent = send(c->w.fd, p, n, MSG_NOSIGNAL);
    if (sent >= 0) {
        *ret_n = (size_t)sent;
        return IO_DONE;
    }
    if (errno == EAGAIN) {
        conn_blocked(c);
        return IO_AGAIN;
    }
    return IO_GONE;
}

/* Fills a record from where the answer stands. After EAGAIN the same bytes are made again, which is
 * what SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER asks for. False: the body's descriptor cannot be read.
 */
static bool
fill_record(const struct outgoing *o, uint8_t *buf, size_t *ret_n)
{
    size_t n = 0;
    size_t at = o->sent;

    if (at < o->head_n) {
        n = o->head_n - at < RECORD ? o->head_n - at : RECORD;
        memcpy(buf, o->head + at, n);
        at += n;
    }
    size_t body_at = at - o->head_n;
    size_t left = o->body_n - body_at;
    size_t want = left < RECORD - n ? left : RECORD - n;
    if (at >= o->head_n && want > 0) {
        if (o->fd >= 0) {
            const int64_t from = (int64_t)body_at + o->at;
            if (o->is_sealed ? !sealed_read(o->fd, o->key, from, buf + n, want)
                             : pread(o->fd, buf + n, want, (off_t)from) != (ssize_t)want) {
                return false;
            }
        } else {
            memcpy(buf + n, (o->owned != NULL ? o->owned : o->borrowed) + body_at, want);
        }
        n += want;
    }
    *ret_n = n;
    return true;
}

enum io
conn_flush(struct conn *c)
{
    static uint8_t record[RECORD];
    struct outgoing *o = &c->out;
    const size_t began = o->sent;

    while (o->sent < o->head_n + o->body_n) {
        size_t n = 0, sent = 0;
        if (!fill_record(o, record, &n)) {
            explicit_bzero(record, sizeof record);
            return IO_GONE;
        }
        enum io io = conn_write(c, record, n, &sent);
        explicit_bzero(record, n);
        if (io != IO_DONE) {
            return io;
        }
        o->sent += sent;
        if (o->sent - began >= TURN_BYTES && o->sent < o->head_n + o->body_n) {
            conn_again(c); /* however fast this one reads, others have their turn */
            return IO_AGAIN;
        }
    }
    return IO_DONE;
}

void
conn_shutdown(struct conn *c)
{
    if (c->ssl != NULL) {
        ERR_clear_error();
        (void)SSL_shutdown(c->ssl); /* close_notify; the client's is not waited for */
    }
    (void)shutdown(c->w.fd, SHUT_WR);
}

void
outgoing_free(struct outgoing *o)
{
    free(o->head);
    free(o->owned);
    if (o->fd >= 0) {
        close(o->fd);
    }
    explicit_bzero(o->key, sizeof o->key);
    *o = (struct outgoing){.fd = -1};
}
