/* edge_tls.c: TLS as it is offered (TLS-01): 1.2 and 1.3, forward secrecy and AEAD with 256-bit keys
 * only, groups named, no tickets, no resumption, no renegotiation, no compression, no 0-RTT. The
 * certificate is chosen by SNI; its private key is the signer's, asked once for each handshake. */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/edge.h"
#include "proc/remote_key.h"

enum {
    CERTS_MAX = 512,
    CERT_AGE_S = 6 * 3600, /* then the signer is asked again */
    SIGNER_WAIT_US = 2 * EDGE_SECOND
};

static const char ciphers_12[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
static const char ciphers_13[] = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384";

struct cert {
    char host[HEAD_HOST_MAX + 1]; /* "" is the default */
    X509 *leaf;
    STACK_OF(X509) *chain;
    EVP_PKEY *key;
    int64_t since_us, used_us;
};

struct tls {
    SSL_CTX *ctx;
    int signer; /* channel, or -1 while it is being replaced */
    uint64_t next_id;
    struct cert certs[CERTS_MAX];
    size_t n_certs;
    uint8_t buf[FRAME_MAX];
};

/* --- the signer: short calls that wait */

/* One question; the answer lies in t->buf. */
static enum rc
ask_signer(struct tls *t, struct frame_out *out, uint16_t type, struct frame *ret)
{
    static uint8_t reply[FRAME_MAX];

    if (t->signer < 0) {
        return RC_IO;
    }
    enum rc rc = frame_call(t->signer, out, -1, reply, sizeof reply,
                            time_mono_us() + SIGNER_WAIT_US, ret);
    if (rc != OK) {
        log_line(LOG_ERROR, "edge.signer", "rc=%d", rc);
        if (rc != RC_BUSY) { /* gone: master sends the channel to its successor */
            close(t->signer);
            t->signer = -1;
        }
        return RC_IO;
    }
    if (ret->fd >= 0) {
        close(ret->fd);
    }
    return ret->type == type ? OK : RC_MISSING;
}

static enum rc
sign_remote(void *arg, const uint8_t key_id[static KEY_ID_SIZE], struct bytes digest, uint8_t *sig,
            size_t *ret_n)
{
    struct tls *t = arg;
    struct frame_out out;
    struct frame f;

    frame_begin(&out, t->buf, sizeof t->buf, W_SIGN, ++t->next_id);
    frame_put(&out, W_F_KEY, key_id, KEY_ID_SIZE);
    frame_put(&out, W_F_DIGEST, digest.p, digest.n);
    TRY(ask_signer(t, &out, W_SIGN, &f));
    struct str s = frame_get(&f, W_F_SIGNATURE);
    if (s.n == 0 || s.n > SIGNATURE_MAX) {
        return RC_BROKEN;
    }
    memcpy(sig, s.p, s.n);
    *ret_n = s.n;
    return OK;
}

/* --- certificates by host */

static void
cert_done(struct cert *c)
{
    X509_free(c->leaf);
    sk_X509_pop_free(c->chain, X509_free);
    EVP_PKEY_free(c->key);
    *c = (struct cert){0};
}

void
tls_forget_certificates(struct tls *t)
{
    for (size_t i = 0; i < t->n_certs; i++) {
        cert_done(&t->certs[i]);
    }
    t->n_certs = 0;
}

static bool
parse_chain(struct tls *t, struct str pem, struct cert *ret)
{
    BIO *mem = BIO_new_mem_buf(pem.p, (int)pem.n);
    struct cert c = {.chain = sk_X509_new_null()};
    X509 *next = NULL;

    if (mem != NULL && c.chain != NULL) {
        c.leaf = PEM_read_bio_X509(mem, NULL, NULL, NULL);
        while (c.leaf != NULL && (next = PEM_read_bio_X509(mem, NULL, NULL, NULL)) != NULL) {
            if (sk_X509_push(c.chain, next) == 0) {
                X509_free(next);
                break;
            }
        }
        ERR_clear_error(); /* the end of the file is an error to OpenSSL */
    }
    BIO_free(mem);
    c.key = c.leaf != NULL ? remote_key_new(c.leaf, sign_remote, t) : NULL;
    if (c.key == NULL) {
        cert_done(&c);
        return false;
    }
    *ret = c;
    return true;
}

static struct cert *
find_cert(struct tls *t, struct str host)
{
    int64_t now = time_mono_us();

    for (size_t i = 0; i < t->n_certs; i++) {
        struct cert *c = &t->certs[i];
        if (str_eq(str_of(c->host), host)) {
            bool is_fresh = now - c->since_us < (int64_t)CERT_AGE_S * EDGE_SECOND;
            c->used_us = now;
            return is_fresh ? c : NULL;
        }
    }
    return NULL;
}

/* The place of this host, a free one, or the one unused for the longest. */
static struct cert *
cert_place(struct tls *t, struct str host)
{
    struct cert *oldest = &t->certs[0];

    for (size_t i = 0; i < t->n_certs; i++) {
        if (str_eq(str_of(t->certs[i].host), host)) {
            oldest = &t->certs[i];
            cert_done(oldest);
            return oldest;
        }
        oldest = t->certs[i].used_us < oldest->used_us ? &t->certs[i] : oldest;
    }
    if (t->n_certs < CERTS_MAX) {
        return &t->certs[t->n_certs++];
    }
    cert_done(oldest);
    return oldest;
}

/* Asks the signer. An answer that is its default is kept under "", whatever was asked for: names that
 * strangers think up cost a question each and no memory. */
static struct cert *
fetch_cert(struct tls *t, struct str host)
{
    struct frame_out out;
    struct frame f;
    struct cert fresh;
    int64_t names_it = 0;

    frame_begin(&out, t->buf, sizeof t->buf, W_CERT, ++t->next_id);
    frame_put_str(&out, W_F_HOST, host);
    if (ask_signer(t, &out, W_CERT, &f) != OK ||
        frame_get_i64(&f, W_F_OK, &names_it) != OK) {
        return NULL;
    }
    struct str key_host = names_it != 0 ? host : STR("");
    struct cert *known = names_it != 0 ? NULL : find_cert(t, key_host);
    if (known != NULL) {
        return known;
    }
    if (!parse_chain(t, frame_get(&f, W_F_CERT), &fresh)) {
        log_line(LOG_ERROR, "edge.certificate", "refused=1");
        return NULL;
    }
    struct cert *c = cert_place(t, key_host);
    *c = fresh;
    (void)snprintf(c->host, sizeof c->host, "%.*s", STR_FMT(key_host));
    c->since_us = c->used_us = time_mono_us();
    return c;
}

/* SNI in lower case into buf; STR("") when there is none or it is no host name. */
static struct str
sni_of(SSL *ssl, char buf[static HEAD_HOST_MAX + 1])
{
    struct str name = str_of(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));

    if (name.p == NULL || name.n > HEAD_HOST_MAX) {
        return STR("");
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.') {
            return STR("");
        }
        buf[i] = upper ? (char)(c - 'A' + 'a') : c;
    }
    return (struct str){buf, name.n};
}

static int
choose_cert(SSL *ssl, void *arg)
{
    struct tls *t = arg;
    char buf[HEAD_HOST_MAX + 1];
    struct str host = sni_of(ssl, buf);
    struct cert *c = t->signer < 0 ? NULL : find_cert(t, host);

    if (c == NULL) {
        c = fetch_cert(t, host);
    }
    if (t->signer < 0) {
        return -1; /* dead: this handshake waits for the successor, see conn_resume_handshakes */
    }
    if (c == NULL) {
        c = find_cert(t, STR(""));
    }
    return c != NULL && SSL_use_cert_and_key(ssl, c->leaf, c->key, c->chain, 1) == 1;
}

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
                                 SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, ciphers_12) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, ciphers_13) == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set_max_early_data(ctx, 0) == 1;
}

struct tls *
tls_new(void)
{
    struct tls *t = loop_alloc(sizeof *t);

    t->signer = -1;
    t->ctx = SSL_CTX_new(TLS_server_method());
    if (t->ctx == NULL || !set_profile(t->ctx)) {
        loop_die("openssl");
    }
    SSL_CTX_set_alpn_select_cb(t->ctx, choose_alpn, NULL);
    SSL_CTX_set_cert_cb(t->ctx, choose_cert, t);
    return t;
}

void
tls_take_signer(struct tls *t, int fd)
{
    if (t->signer >= 0) {
        close(t->signer);
    }
    t->signer = fd;
    tls_forget_certificates(t); /* another signer has other keys */
}

bool
tls_has_signer(const struct tls *t)
{
    return t->signer >= 0;
}

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
    }
    return ssl;
}

enum io
tls_handshake(SSL *ssl)
{
    ERR_clear_error();
    int r = SSL_do_handshake(ssl);
    if (r == 1) {
        return IO_DONE;
    }
    int why = SSL_get_error(ssl, r);
    bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ||
                 why == SSL_ERROR_WANT_X509_LOOKUP; /* for a signer */
    return waits ? IO_AGAIN : IO_GONE;
}
