/* edge_cert.c: certificates by host name (SNI), asked of the signer once and kept for some hours.
 */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/edge_tls.h"

enum {
    CERT_AGE_S = 6 * 3600, /* then the signer is asked again */
    ASK_AGAIN_S = 2 /* a question without answer is repeated, an answer "default" forgotten */
};

/* --- the cache */

static void
cert_done(struct cert *c)
{
    SSL_CTX_free(c->ctx); /* lives on while a connection has it */
    *c = (struct cert){0};
}

void
tls_forget_certificates(struct tls *t)
{
    for (size_t i = 0; i < t->n_certs; i++) {
        cert_done(&t->certs[i]);
    }
    t->n_certs = 0;
    memset(t->asks, 0, sizeof t->asks);
}

static struct cert *
find_cert(struct tls *t, struct str host)
{
    int64_t now = time_mono_us();

    for (size_t i = 0; i < t->n_certs; i++) {
        struct cert *c = &t->certs[i];
        if (str_eq(str_of(c->host), host)) {
            c->used_us = now;
            return now - c->since_us < (int64_t)CERT_AGE_S * EDGE_SECOND ? c : NULL;
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

/* --- what the signer answered */

/* Reads leaf and chain; the caller owns both, also after a failure. */
static bool
parse_chain(struct str pem, X509 **ret_leaf, STACK_OF(X509) * chain)
{
    BIO *mem = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *next = NULL;

    if (mem == NULL || chain == NULL) {
        BIO_free(mem);
        return false;
    }
    *ret_leaf = PEM_read_bio_X509(mem, NULL, NULL, NULL);
    while (*ret_leaf != NULL && (next = PEM_read_bio_X509(mem, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(chain, next) == 0) {
            X509_free(next);
            break;
        }
    }
    ERR_clear_error(); /* the end of the file is an error to OpenSSL */
    BIO_free(mem);
    return *ret_leaf != NULL;
}

/* A context that has the profile and this certificate; NULL when they do not fit. */
static SSL_CTX *
ctx_for(struct tls *t, struct str pem)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    X509 *leaf = NULL;
    SSL_CTX *ctx = NULL;

    if (parse_chain(pem, &leaf, chain)) {
        EVP_PKEY *key = remote_key_new(leaf, signer_sign, t);
        ctx = key != NULL ? tls_profile() : NULL;
        if (ctx != NULL && SSL_CTX_use_cert_and_key(ctx, leaf, key, chain, 1) != 1) {
            SSL_CTX_free(ctx);
            ctx = NULL;
        }
        EVP_PKEY_free(key); /* the context has its own reference to each */
    }
    X509_free(leaf);
    sk_X509_pop_free(chain, X509_free);
    return ctx;
}

static struct cert_ask *
find_ask(struct tls *t, struct str host, uint64_t id)
{
    for (size_t i = 0; i < ASKS_MAX; i++) {
        struct cert_ask *a = &t->asks[i];
        if (a->since_us != 0 && (host.p != NULL ? str_eq(str_of(a->host), host) : a->id == id)) {
            return a;
        }
    }
    return NULL;
}

void
cert_answered(struct tls *t, const struct frame *f)
{
    struct cert_ask *ask = find_ask(t, STR_NONE, f->id);
    int64_t names_it = 0;

    if (ask == NULL || frame_get_i64(f, W_F_OK, &names_it) != OK) {
        return; /* forgotten meanwhile */
    }
    struct str host = names_it != 0 ? str_of(ask->host) : STR("");
    ask->is_answered = true;
    ask->since_us = time_mono_us();
    if (names_it == 0 && find_cert(t, host) != NULL) {
        return;
    }
    SSL_CTX *ctx = ctx_for(t, frame_get(f, W_F_CERT));
    if (ctx == NULL) {
        log_line(LOG_ERROR, "edge.certificate", "refused=1");
        return;
    }
    struct cert *c = cert_place(t, host);
    c->ctx = ctx;
    (void)snprintf(c->host, sizeof c->host, "%.*s", STR_FMT(host));
    c->since_us = c->used_us = time_mono_us();
}

/* --- choosing */

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

/* The question for this host, put anew when there is none or it is old. Names that strangers think
 * up cost a question each and no memory: the eldest question makes room. */
static struct cert_ask *
ask(struct tls *t, struct str host)
{
    int64_t now = time_mono_us();
    struct cert_ask *a = find_ask(t, host, 0);

    if (a == NULL) {
        a = &t->asks[0];
        for (size_t i = 1; i < ASKS_MAX; i++) {
            a = t->asks[i].since_us < a->since_us ? &t->asks[i] : a;
        }
    } else if (now - a->since_us < (int64_t)ASK_AGAIN_S * EDGE_SECOND) {
        return a;
    }
    (void)snprintf(a->host, sizeof a->host, "%.*s", STR_FMT(host));
    a->since_us = now;
    a->is_answered = false;
    a->id = signer_ask_cert(t, host);
    return a;
}

int
cert_choose(SSL *ssl, void *arg)
{
    struct tls *t = arg;
    char buf[HEAD_HOST_MAX + 1];

    if (!tls_has_signer(t)) {
        return -1; /* dead: this handshake waits for the successor */
    }
    struct str host = sni_of(ssl, buf);
    struct cert *c = find_cert(t, host);
    if (c == NULL && !ask(t, host)->is_answered) {
        return -1; /* conn_resume_handshakes() calls again */
    }
    c = c == NULL ? find_cert(t, STR("")) : c;
    return c != NULL && SSL_set_SSL_CTX(ssl, c->ctx) != NULL;
}
