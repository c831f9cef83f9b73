/* edge_tls.h: what edge_tls.c (profile, handshakes), edge_cert.c (certificates by host) and
 * edge_signer.c (the process with the private keys) share. Nobody waits for the signer: a handshake
 * that needs a certificate is put off by OpenSSL (SSL_ERROR_WANT_X509_LOOKUP), one that needs a
 * signature sleeps as a job of OpenSSL's (ASYNC_pause_job) and is woken by the answer. */
#ifndef PROC_EDGE_TLS_H
#define PROC_EDGE_TLS_H

#include "proc/edge.h"
#include "proc/remote_key.h"

enum {
    CERTS_MAX = 512, /* hosts whose certificate is kept */
    ASKS_MAX = 128,  /* hosts that are being asked for, or were a moment ago */
    JOBS_MAX = 256   /* handshakes that sleep at a time; each holds a stack of 32 KiB */
};

/* A certificate is a context of its own: choosing it costs nothing, while giving certificate and
 * key to each connection was measured at 7 µs of 150. */
struct cert {
    char host[HEAD_HOST_MAX + 1]; /* "" is the default */
    SSL_CTX *ctx;
    int64_t since_us, used_us;
};

/* A question for a certificate; answered: the host gets the default. */
struct cert_ask {
    char host[HEAD_HOST_MAX + 1];
    uint64_t id;
    int64_t since_us; /* 0: free */
    bool is_answered;
};

/* A signature on its way; key_id and digest live on the stack of the sleeping handshake. */
struct signing {
    struct list link;
    struct conn *conn;
    uint64_t id;
    const uint8_t *key_id;
    struct bytes digest;
    bool is_done;
    size_t n; /* 0 when done: it cannot be had */
    uint8_t sig[SIGNATURE_MAX];
};

struct tls {
    struct edge *edge;
    SSL_CTX *ctx; /* without certificate: where every connection begins */
    struct chan signer;
    struct timer late; /* runs while a question is unanswered: then master is told */
    uint64_t next_id;
    struct cert certs[CERTS_MAX];
    size_t n_certs;
    struct cert_ask asks[ASKS_MAX];
    struct list signings;
    struct conn *current; /* whose handshake OpenSSL is working on */
    bool is_starved;      /* a handshake found no free job */
};

/* --- edge_tls.c */
/* A context that has the profile (TLS-01); NULL when OpenSSL cannot. */
SSL_CTX *tls_profile(void);

/* --- edge_cert.c: for SSL_CTX_set_cert_cb; -1 puts the handshake off */
int cert_choose(SSL *ssl, void *arg);
void cert_answered(struct tls *t, const struct frame *f);

/* --- edge_signer.c */
/* remote_sign_fn: inside of a handshake. */
enum rc signer_sign(void *arg, const uint8_t key_id[static KEY_ID_SIZE], struct bytes digest,
                    uint8_t *sig, size_t *ret_n);
/* Sends W_CERT; gives its id. */
uint64_t signer_ask_cert(struct tls *t, struct str host);

#endif
