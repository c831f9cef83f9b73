/* edge_signer.c: the channel to the signer. Questions go out, answers wake who asked; when the
 * signer dies, handshakes that wait for a signature fail and those that have not chosen a
 * certificate yet wait for its successor (its keys may be others). */
#include <openssl/async.h>
#include <poll.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/edge_tls.h"

enum { WAIT_US = 2 * EDGE_SECOND };

bool
tls_has_signer(const struct tls *t)
{
    return chan_is_open(&t->signer);
}

/* --- signatures */

/* Where handshakes cannot sleep (TLS_JOBS): serves the signer's channel until the answer is there.
 */
static void
wait_here(struct tls *t, struct signing *s)
{
    int64_t until_us = time_mono_us() + WAIT_US;

    while (!s->is_done && tls_has_signer(t)) {
        int64_t left = until_us - time_mono_us();
        struct pollfd p = {.fd = t->signer.w.fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) < 0) {
            break;
        }
        t->signer.w.fn(&t->signer.w, EPOLLIN);
    }
    s->is_done = true; /* without a signature when n is 0 */
}

enum rc
signer_sign(void *arg, const uint8_t key_id[static KEY_ID_SIZE], struct bytes digest, uint8_t *sig,
            size_t *ret_n)
{
    struct tls *t = arg;
    struct signing s = {.conn = t->current, .id = ++t->next_id};
    struct frame_out out;

    if (s.conn == NULL || !tls_has_signer(t)) {
        return RC_IO;
    }
    chan_begin(&out, W_SIGN, s.id);
    frame_put(&out, W_F_KEY, key_id, KEY_ID_SIZE);
    frame_put(&out, W_F_DIGEST, digest.p, digest.n);
    chan_send(&t->signer, &out, -1);
    list_add(&t->signings, &s.link);
    s.conn->signing = &s;
    if (ASYNC_get_current_job() == NULL) {
        wait_here(t, &s);
    }
    while (!s.is_done && ASYNC_pause_job() == 1) {
        /* woken by something else: the socket, say */
    }
    s.conn->signing = NULL;
    list_remove(&s.link);
    if (!s.is_done || s.n == 0) {
        return RC_IO;
    }
    memcpy(sig, s.sig, s.n);
    *ret_n = s.n;
    return OK;
}

static void
wake(struct signing *s)
{
    s->is_done = true;
    conn_again(s->conn);
}

static void
signed_one(struct tls *t, const struct frame *f)
{
    struct str sig = frame_get(f, W_F_SIGNATURE);

    for (struct list *l = t->signings.next; l != &t->signings; l = l->next) {
        struct signing *s = LIST_OWNER(l, struct signing, link);
        if (s->id == f->id && !s->is_done) {
            s->n = f->type == W_SIGN && sig.n <= SIGNATURE_MAX ? sig.n : 0;
            memcpy(s->sig, sig.p, s->n);
            wake(s);
            break;
        }
    }
    if (t->is_starved) {
        t->is_starved = false;
        conn_resume_handshakes(t->edge);
    }
}

/* --- the channel */

uint64_t
signer_ask_cert(struct tls *t, struct str host)
{
    struct frame_out out;

    chan_begin(&out, W_CERT, ++t->next_id);
    frame_put_str(&out, W_F_HOST, host);
    chan_send(&t->signer, &out, -1);
    return t->next_id;
}

static void
on_answer(struct chan *ch, struct frame *f)
{
    struct tls *t = ch->arg;

    if (f->type == W_CERT) {
        cert_answered(t, f);
        conn_resume_handshakes(t->edge);
    } else {
        signed_one(t, f); /* or W_ERROR: to a question for a certificate, which is asked again */
    }
}

static void
on_signer_gone(struct chan *ch)
{
    struct tls *t = ch->arg;

    log_line(LOG_WARN, "edge.signer_gone", "waiting=%d", list_empty(&t->signings) ? 0 : 1);
    for (struct list *l = t->signings.next; l != &t->signings; l = l->next) {
        wake(LIST_OWNER(l, struct signing, link));
    }
}

void
tls_take_signer(struct tls *t, int fd)
{
    chan_close(&t->signer);
    for (struct list *l = t->signings.next; l != &t->signings; l = l->next) {
        wake(LIST_OWNER(l, struct signing, link)); /* the old one will not answer */
    }
    t->signer = (struct chan){.on_frame = on_answer, .on_close = on_signer_gone, .arg = t};
    chan_open(&t->signer, t->edge->loop, fd);
    tls_forget_certificates(t); /* another signer has other keys */
    conn_resume_handshakes(t->edge);
}
