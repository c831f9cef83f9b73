/* edge_signer.c: the channel to the signer. Questions go out, answers wake who asked. When the
 * signer dies or hangs (master is told), its successor is asked the same again; it may have other
 * keys, then that handshake fails. Every wait is bounded by the deadline of the handshake. */
#include <openssl/async.h>

#include "base/log.h"
#include "proc/edge_tls.h"

enum { LATE_US = 2 * EDGE_SECOND };

bool
tls_has_signer(const struct tls *t)
{
    return chan_is_open(&t->signer);
}

/* --- an answer is due */

static void
on_late(struct timer *timer)
{
    struct tls *t = timer->arg;
    struct frame_out out;

    log_line(LOG_WARN, "edge.signer_late", "waiting=%d", list_empty(&t->signings) ? 0 : 1);
    chan_begin(&out, W_LATE, 0);
    frame_put_i64(&out, W_F_KIND, WK_SIGNER);
    child_send(t->edge->child, &out, -1);
}

static void
put_question(struct tls *t, const struct frame_out *out)
{
    chan_send(&t->signer, out, -1);
    if (t->late.slot == 0) {
        t->late = (struct timer){.fn = on_late, .arg = t};
        loop_at(t->edge->loop, &t->late, loop_now(t->edge->loop) + LATE_US);
    }
}

/* --- signatures */

static void
ask_signature(struct tls *t, struct signing *s)
{
    struct frame_out out;

    if (!tls_has_signer(t)) {
        return; /* its successor is asked */
    }
    s->id = ++t->next_id;
    chan_begin(&out, W_SIGN, s->id);
    frame_put(&out, W_F_KEY, s->key_id, KEY_ID_SIZE);
    frame_put(&out, W_F_DIGEST, s->digest.p, s->digest.n);
    put_question(t, &out);
}

/* Inside of a handshake: OpenSSL's job sleeps until the answer is there. */
enum rc
signer_sign(void *arg, const uint8_t key_id[static KEY_ID_SIZE], struct bytes digest, uint8_t *sig,
            size_t *ret_n)
{
    struct tls *t = arg;
    struct conn *c = t->current;

    if (c == NULL || ASYNC_get_current_job() == NULL) {
        return RC_IO;
    }
    struct signing *s = loop_alloc(sizeof *s);
    *s = (struct signing){.conn = c, .key_id = key_id, .digest = digest};
    list_add(&t->signings, &s->link);
    c->signing = s;
    ask_signature(t, s);
    while (!s->is_done && ASYNC_pause_job() == 1) {
        /* woken by something else: the socket, say */
    }
    bool is_signed = s->is_done && s->n > 0;
    if (is_signed) {
        memcpy(sig, s->sig, s->n);
        *ret_n = s->n;
    }
    c->signing = NULL;
    list_remove(&s->link);
    free(s);
    return is_signed ? OK : RC_IO;
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
            if (f->type == W_SIGN && sig.n > 0 && sig.n <= SIGNATURE_MAX) {
                s->n = sig.n;
                memcpy(s->sig, sig.p, s->n);
            }
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
    put_question(t, &out);
    return t->next_id;
}

static void
on_answer(struct chan *ch, struct frame *f)
{
    struct tls *t = ch->arg;

    loop_cancel(t->edge->loop, &t->late);
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

    loop_cancel(t->edge->loop, &t->late);
    log_line(LOG_WARN, "edge.signer_gone", "waiting=%d", list_empty(&t->signings) ? 0 : 1);
}

void
tls_take_signer(struct tls *t, int fd)
{
    chan_close(&t->signer);
    loop_cancel(t->edge->loop, &t->late);
    t->signer = (struct chan){.on_frame = on_answer, .on_close = on_signer_gone, .arg = t};
    chan_open(&t->signer, t->edge->loop, fd);
    tls_forget_certificates(t); /* another signer has other keys */
    for (struct list *l = t->signings.next; l != &t->signings; l = l->next) {
        ask_signature(t, LIST_OWNER(l, struct signing, link));
    }
    conn_resume_handshakes(t->edge);
}
