/* signer.c: answers "sign this digest" and "which certificate for this host" (see signer.h).
 * What it gives away: after the first screen no file but tls/ can be opened, no socket made. An
 * edge that is taken over can have handshakes signed while it lives; it cannot take a key along,
 * and the local authority's key signs only what ca_issue() builds. */
#include "proc/signer.h"

#include <openssl/err.h>

#include "base/log.h"
#include "base/wire.h"
#include "proc/ca.h"
#include "proc/certs.h"
#include "proc/child.h"

enum { EDGES_MAX = 256, TLS_DIR_MAX = CHILD_DIR_MAX + 8 };

struct signer {
    char tls_dir[TLS_DIR_MAX];
    struct certs *certs;
    struct child *child;
    struct chan edges[EDGES_MAX];
    struct timer warn;
};

static struct signer signer;

/* --- edges */

static void
answer_error(struct chan *c, uint64_t id, enum code code)
{
    struct frame_out out;

    chan_begin(&out, W_ERROR, id);
    frame_put_str(&out, W_F_CODE, str_of(code_name(code)));
    chan_send(c, &out, -1);
}

static void
answer_cert(struct signer *s, struct chan *c, const struct frame *f)
{
    struct cert_choice choice;
    struct frame_out out;

    if (certs_find(s->certs, frame_get(f, W_F_HOST), &choice) != OK) {
        answer_error(c, f->id, E_MISSING);
        return;
    }
    chan_begin(&out, W_CERT, f->id);
    frame_put_str(&out, W_F_CERT, choice.pem);
    frame_put(&out, W_F_KEY, choice.key_id, KEY_ID_SIZE);
    frame_put_i64(&out, W_F_OK, choice.is_default ? 0 : 1);
    chan_send(c, &out, -1);
}

static void
answer_sign(struct signer *s, struct chan *c, const struct frame *f)
{
    struct str id = frame_get(f, W_F_KEY);
    struct str digest = frame_get(f, W_F_DIGEST);
    uint8_t sig[SIGNATURE_MAX];
    size_t sig_n = 0;
    struct frame_out out;

    ERR_clear_error();
    if (id.n != KEY_ID_SIZE ||
        certs_sign(s->certs, (const uint8_t *)id.p,
                   (struct bytes){(const uint8_t *)digest.p, digest.n}, sig, &sig_n) != OK) {
        answer_error(c, f->id, E_MISSING);
        return;
    }
    chan_begin(&out, W_SIGN, f->id);
    frame_put(&out, W_F_SIGNATURE, sig, sig_n);
    chan_send(c, &out, -1);
}

static void
on_edge(struct chan *c, struct frame *f)
{
    if (f->type == W_CERT) {
        answer_cert(&signer, c, f);
    } else if (f->type == W_SIGN) {
        answer_sign(&signer, c, f);
    } else {
        chan_close(c);
    }
}

static void
on_edge_gone(struct chan *c)
{
    (void)c; /* its place is free again */
}

static void
add_edge(struct child *child, enum wire_kind kind, int fd, const struct frame *f)
{
    (void)f;
    for (size_t i = 0; i < EDGES_MAX && kind == WK_EDGE; i++) {
        struct chan *c = &signer.edges[i];
        if (!chan_is_open(c)) {
            c->on_frame = on_edge;
            c->on_close = on_edge_gone;
            chan_open(c, child->loop, fd);
            return;
        }
    }
    log_line(LOG_ERROR, "signer.channel_refused", "kind=%d", (int)kind);
    close(fd);
}

/* --- certificates that end soon: a warning at 30, 14 and 7 days, repeated daily */

static void
warn_soon(struct timer *t)
{
    struct signer *s = t->arg;
    int days = certs_days_left(s->certs);

    if (days <= 30) {
        log_line(days <= 7 ? LOG_ERROR : LOG_WARN, "tls.ends_soon", "days=%d", days);
    }
    loop_at(s->child->loop, t, loop_now(s->child->loop) + (int64_t)24 * 3600 * 1000000);
}

/* --- master */

static void
reload(struct child *c, struct frame *f)
{
    struct err err = {0};
    struct certs *fresh = NULL;
    struct frame_out out;

    if (f->type != W_RELOAD) {
        log_line(LOG_WARN, "signer.control", "type=%u", f->type);
        return;
    }
    if (certs_load(signer.tls_dir, signer.certs, &fresh, &err) != OK) {
        log_line(LOG_ERROR, "tls.reload_refused", "why=\"%s\"", err.detail);
        chan_begin(&out, W_ERROR, f->id);
        frame_put_str(&out, W_F_DETAIL, str_of(err.detail));
    } else {
        signer.certs = fresh;
        log_line(LOG_NOTE, "tls.reloaded", "days=%d", certs_days_left(fresh));
        chan_begin(&out, W_RELOAD, f->id);
    }
    child_send(c, &out, -1);
}

static const struct child_hooks hooks = {.channel = add_edge, .message = reload};

static int
serve(int argc, char **argv)
{
    static struct child child;
    struct err err = {0};

    child_start(&child, argc, argv, SANDBOX_SIGNER, &hooks);
    signer.child = &child;
    (void)snprintf(signer.tls_dir, sizeof signer.tls_dir, "%s/tls", child.dir);
    for (size_t i = 0; i < EDGES_MAX; i++) {
        signer.edges[i].w.fd = -1;
    }
    enum rc rc = certs_load(signer.tls_dir, NULL, &signer.certs, &err);
    if (rc != OK) {
        log_line(LOG_ERROR, "signer.refuses", "why=\"%s\"", err.detail);
        return rc_exit(rc);
    }
    child_ready(&child, &(struct sandbox){SANDBOX_SIGNER, {{signer.tls_dir, false}}});
    signer.warn = (struct timer){.fn = warn_soon, .arg = &signer};
    warn_soon(&signer.warn);
    loop_run(child.loop);
    return child_end(&child);
}

static int
make_ca(const char *tls_dir, const char *domain)
{
    struct err err = {0};
    enum rc rc = ca_create(tls_dir, str_of(domain), &err);

    if (rc != OK) {
        log_line(LOG_ERROR, "signer.make_ca", "why=\"%s\"", err.detail);
    }
    return rc_exit(rc);
}

int
signer_main(int argc, char **argv)
{
    const char *domain = NULL;
    const char *dir = NULL;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--make-ca") == 0) {
            domain = argv[i + 1];
        } else if (strcmp(argv[i], "--dir") == 0) {
            dir = argv[i + 1];
        }
    }
    if (domain == NULL) {
        return serve(argc, argv);
    }
    if (dir == NULL) {
        return rc_exit(RC_INVALID);
    }
    log_role("signer");
    (void)snprintf(signer.tls_dir, sizeof signer.tls_dir, "%s/tls", dir);
    return make_ca(signer.tls_dir, domain);
}
