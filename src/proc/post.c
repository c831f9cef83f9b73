/* post.c: see post.h. */
#include "proc/post.h"

#include "app/user/user.h"
#include "base/log.h"
#include "base/mime.h"
#include "base/time.h"

enum {
    POST_MEM = 1 << 20,
    SECOND_US = 1000000,
    LOOK_US =
        100 * 1000, /* a reply is on its way before mail is thought of: its time tells nothing */
    REFUSED_US = 60 * SECOND_US, /* egress cannot be had */
    MESSAGE_MAX = 80 * 1024
};

static struct child *child;
static struct store *store;
static post_name_fn *name_of;
static struct chan line;
static struct timer again;
static bool is_on, asked, sending, first = true;
static struct mail_due at; /* what is on its way; its texts are not kept */
static struct instant next_at;

static void step(void);

static void
on_again(struct timer *t)
{
    (void)t;
    step();
}

void
post_init(struct child *c, struct store *s, post_name_fn *name)
{
    child = c;
    store = s;
    name_of = name;
    line.w.fd = -1;
    again = (struct timer){.fn = on_again};
    is_on = child_get(c, "mail_from").n > 0;
}

struct instant
post_next(void)
{
    return is_on ? next_at : INSTANT_NONE;
}

bool
post_is_busy(void)
{
    return sending;
}

static void
later(int64_t us)
{
    loop_at(child->loop, &again, loop_now(child->loop) + us);
}

/* --- the store ------------------------------------------------------------------------------- */

static const struct actor postman = {.reason = "post"};

static enum rc
end_tx(struct wtx *tx, enum rc rc)
{
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

/* Notices and wishes for links become mails in a transaction of their own. */
static enum rc
write_mails(struct arena *mem, struct err *err)
{
    struct wtx *tx;
    struct rtx *r;
    bool due = false;
    TRY(rtx_begin(store, mem, time_now(), &postman, err, &r));
    enum rc rc = user_mail_is_due(r, &due);
    rtx_end(r);
    if (rc != OK || !due) {
        return rc;
    }
    TRY(wtx_begin(store, mem, time_now(), &postman, err, &tx));
    struct str name = STR_NONE;
    rc = name_of(wtx_read(tx), &name);
    return end_tx(tx, rc == OK ? user_write_mails(tx, name) : rc);
}

static enum rc
write_result(struct arena *mem, struct err *err, const struct frame *f)
{
    struct wtx *tx;
    int64_t rc = RC_IO;
    struct str answer = f != NULL ? frame_get(f, W_F_DETAIL) : STR("");
    if (f != NULL) {
        (void)!frame_get_i64(f, W_F_RC, &rc);
    }
    TRY(wtx_begin(store, mem, time_now(), &postman, err, &tx));
    return end_tx(tx, rc == OK ? mail_delivered(tx, at.id, answer, frame_get(f, W_F_STATE))
                               : mail_not_delivered(tx, &at, answer, rc == RC_INVALID));
}

static enum rc
take_next(struct arena *mem, struct err *err, struct out *message, struct str *ret_to,
          bool *ret_found)
{
    struct rtx *tx;
    struct str name = STR_NONE;
    TRY(rtx_begin(store, mem, time_now(), &postman, err, &tx));
    enum rc rc = mail_next(tx, &at, ret_found);
    rc = rc == OK ? mail_next_at(tx, &next_at) : rc;
    rc = rc == OK ? name_of(tx, &name) : rc;
    if (rc == OK && *ret_found) {
        struct str domain = child_get(child, "base_domain");
        rc = mime_print(
            message,
            &(struct mime_mail){.from_name = name,
                                .from = child_get(child, "mail_from"),
                                .to = at.recipient,
                                .subject = at.subject,
                                .body = at.body,
                                .id = arena_fmt(mem, "%lld.%lld.%lld", (long long)child->workspace,
                                                (long long)at.id.n,
                                                (long long)(at.created_at.us / SECOND_US)),
                                .domain = domain,
                                .at = at.created_at});
        *ret_to = at.recipient;
    }
    rtx_end(tx);
    return rc;
}

/* --- egress ---------------------------------------------------------------------------------- */

static void
fail_try(const struct frame *f)
{
    struct err err = {0};
    struct arena *mem = arena_new(POST_MEM);
    sending = false;
    if (write_result(mem, &err, f) != OK) {
        log_line(LOG_ERROR, "post.not_written", "code=%s detail=%s", code_name(err.code),
                 err.detail);
        later(REFUSED_US);
    } else {
        step();
    }
    arena_free(mem);
}

static void
on_frame(struct chan *ch, struct frame *f)
{
    (void)ch;
    if (f->type == W_MAIL && sending && f->id == (uint64_t)at.id.n) {
        fail_try(f);
    }
}

static void
on_close(struct chan *ch)
{
    (void)ch;
    if (sending) {
        fail_try(NULL);
    }
}

static void
ask(void)
{
    struct frame_out f;
    if (asked) {
        return;
    }
    asked = true;
    chan_begin(&f, W_NEED, 0);
    frame_put_i64(&f, W_F_KIND, WK_EGRESS);
    child_send(child, &f, -1);
}

static void
send(struct str to, struct str message)
{
    struct frame_out f;
    chan_begin(&f, W_MAIL, (uint64_t)at.id.n);
    frame_put_str(&f, W_F_NAME, to);
    frame_put_str(&f, W_F_BODY, message);
    chan_send(&line, &f, -1);
    sending = true;
}

/* Whatever is due goes on its way; otherwise the clock is set. */
static void
step(void)
{
    struct err err = {0};
    bool found = false;
    if (!is_on || sending) {
        return;
    }
    struct arena *mem = arena_new(POST_MEM);
    struct out message = out_new(mem, MESSAGE_MAX);
    struct str to = STR_NONE;
    enum rc rc = write_mails(mem, &err);
    rc = rc == OK ? take_next(mem, &err, &message, &to, &found) : rc;
    if (rc != OK) {
        log_line(LOG_ERROR, "post.failed", "code=%s detail=%s", code_name(err.code), err.detail);
        later(REFUSED_US);
    } else if (found && chan_is_open(&line)) {
        send(to, out_view(&message));
    } else if (found) {
        ask();
    } else if (next_at.us != 0) {
        int64_t wait = next_at.us - time_now().us;
        later(wait > 0 ? wait : SECOND_US);
        chan_close(&line); /* egress may rest, too */
    } else {
        chan_close(&line);
    }
    arena_free(mem);
}

void
post_look(void)
{
    if (mail_was_queued() || first) {
        first = false;
        later(LOOK_US);
    }
}

void
post_channel(int fd)
{
    asked = false;
    line = (struct chan){.on_frame = on_frame, .on_close = on_close};
    chan_open(&line, child->loop, fd);
    step();
}

void
post_refused(void)
{
    asked = false;
    later(REFUSED_US);
}
