/* edge_tls.c: TLS as it is offered (TLS-01): 1.2 and 1.3, forward secrecy and AEAD with 256-bit
 * keys only, groups named, no tickets, no resumption, no renegotiation, no compression, no 0-RTT.
 */
#include <openssl/async.h>
#include <openssl/err.h>

#include "proc/edge_tls.h"

static const char ciphers_12[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
static const char ciphers_13[] = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384";

/* --- the profile */

/* HTTP/1.1 or nothing: a client that offers only other protocols is told so (RFC 7301). */
static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in,
            unsigned in_n, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *picked = NULL;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&picked, out_n, ours, sizeof ours - 1, in, in_n) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = picked;
    return SSL_TLSEXT_ERR_OK;
}

static bool
set_profile(SSL_CTX *ctx)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT |
                                 SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(ctx, 1); /* a record's head and content in one read */
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, ciphers_12) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, ciphers_13) == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set_max_early_data(ctx, 0) == 1;
}

SSL_CTX *
tls_profile(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx != NULL && !set_profile(ctx)) {
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

struct tls *
tls_new(struct edge *e)
{
    struct tls *t = loop_alloc(sizeof *t);

    t->edge = e;
    t->signer.w.fd = -1;
    list_init(&t->signings);
    t->ctx = tls_profile();
    if (t->ctx == NULL || ASYNC_init_thread(JOBS_MAX, 0) != 1) {
        loop_die("openssl");
    }
    SSL_CTX_set_cert_cb(t->ctx, cert_choose, t);
    return t;
}

/* --- handshakes */

SSL *
tls_accept(struct tls *t, int fd)
{
    SSL *ssl = SSL_new(t->ctx);

    if (ssl != NULL && SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    if (ssl != NULL) {
        SSL_set_accept_state(ssl);
        (void)SSL_set_mode(ssl, SSL_MODE_ASYNC);
    }
    return ssl;
}

static int
handshake(struct tls *t, struct conn *c)
{
    ERR_clear_error();
    t->current = c;
    int r = SSL_do_handshake(c->ssl);
    t->current = NULL;
    return r;
}

enum io
tls_handshake(struct tls *t, struct conn *c)
{
    int r = handshake(t, c);

    if (r == 1) {
        (void)SSL_clear_mode(c->ssl, SSL_MODE_ASYNC); /* nothing sleeps any more */
        /* Only from here on: during a handshake they would be made and wiped for each message. */
        (void)SSL_set_mode(c->ssl, SSL_MODE_RELEASE_BUFFERS);
        (void)SSL_free_buffers(c->ssl); /* not when the request is in them already */
        /* OpenSSL reads ahead, and whenever it likes: the request may be in its buffer although no
         * event has said "readable" yet; an edge-triggered one would not come any more. */
        c->readable = true;
        return IO_DONE;
    }
    switch (SSL_get_error(c->ssl, r)) {
    case SSL_ERROR_WANT_READ:
        c->readable = false;
        return IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        conn_blocked(c);
        return IO_AGAIN;
    case SSL_ERROR_WANT_X509_LOOKUP: /* a certificate is asked for */
    case SSL_ERROR_WANT_ASYNC:       /* a signature is asked for */
        return IO_AGAIN;
    case SSL_ERROR_WANT_ASYNC_JOB:
        t->is_starved = true;
        return IO_AGAIN;
    default:
        return IO_GONE;
    }
}

/* A sleeping handshake has a stack that only its own end gives back: it is woken once more to fail.
 */
void
tls_free(struct tls *t, struct conn *c)
{
    if (c->signing != NULL) {
        c->signing->is_done = true;
        c->signing->n = 0;
        (void)handshake(t, c);
    }
    SSL_free(c->ssl);
    c->ssl = NULL;
}
