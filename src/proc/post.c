/* post.c: see post.h. */
#include "proc/post.h"

#include "app/outbound/outbound.h"
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
    DENIED_US = 60 * SECOND_US,  /* one audit row of what egress may not do in this time */
    VIA_MAX = 300,
    MESSAGE_MAX = 80 * 1024
};

static struct child *child;
static struct store *store;
static post_name_fn *name_of;
static struct chan line;
static struct timer again;
static bool may_have_own, asked, sending, first = true;
static struct mail_due at; /* what is on its way; its texts are not kept */
static char via[VIA_MAX];  /* and through which server */
static bool is_own;        /* the workspace's */
static int64_t denied_us;  /* when that was last said */
static struct instant next_at;

static void step(void);

static void
on_again(struct timer *t)
{
    (void)t;
    step();
}

void
post_init(struct child *c, struct store *s, post_name_fn *name, bool own)
{
    child = c;
    store = s;
    name_of = name;
    line.w.fd = -1;
    again = (struct timer){.fn = on_again};
    may_have_own = own;
}

struct instant
post_next(void)
{
    return next_at;
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

/* Egress may not reach the workspace's own server: the workspace is told, once a minute at most. */
static enum rc
write_denied(struct wtx *tx, struct str why)
{
    struct own_server own;
    bool found;
    const int64_t now = loop_now(child->loop);
    TRY(own_server_find(wtx_read(tx), &own, &found));
    if (!found || (denied_us != 0 && now - denied_us < DENIED_US)) {
        return OK;
    }
    denied_us = now;
    return own_server_denied(tx, &own, why);
}

static enum rc
write_result(struct arena *mem, struct err *err, const struct frame *f)
{
    struct wtx *tx;
    int64_t rc = RC_IO;
    struct str answer = str_of(code_name(E_MAIL_BROKEN_OFF));
    if (f != NULL) {
        const struct str code = frame_get(f, W_F_CODE);
        answer = code.p != NULL ? code : frame_get(f, W_F_DETAIL);
        (void)!frame_get_i64(f, W_F_RC, &rc);
    }
    TRY(wtx_begin(store, mem, time_now(), &postman, err, &tx));
    if (rc == OK) {
        return end_tx(tx, mail_delivered(tx, at.id, answer, frame_get(f, W_F_STATE), str_of(via)));
    }
    enum rc done = mail_not_delivered(tx, &at, answer, str_of(via), rc == RC_INVALID);
    if (done == OK && rc == RC_DENIED && is_own) {
        done = write_denied(tx, answer);
    }
    return end_tx(tx, done);
}

/* --- the way -----------------------------------------------------------------------------------
 */

/* One message and the server that shall take it. */
struct parcel {
    struct out message;
    struct str to;
    bool is_own;
    struct own_server own;
};

/* *ret_found false: there is no server, and mail waits. */
static enum rc
find_way(struct rtx *tx, struct parcel *p, struct str *ret_from, bool *ret_found)
{
    const struct outbound_setup *setup = outbound_setup();
    p->is_own = false;
    if (may_have_own) {
        TRY(own_server_find(tx, &p->own, &p->is_own));
    }
    *ret_from = p->is_own ? p->own.sender : child_get(child, "mail_from");
    *ret_found = p->is_own || setup->mail_server.n > 0;
    is_own = p->is_own;
    struct str name =
        p->is_own ? target_name(rtx_mem(tx), p->own.host, p->own.port) : setup->mail_server;
    (void)snprintf(via, sizeof via, "%.*s", STR_FMT(name));
    return OK;
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
print_mail(struct rtx *tx, struct parcel *p, struct str from)
{
    struct str name = STR_NONE;
    TRY(name_of(tx, &name));
    p->to = at.recipient;
    return mime_print(
        &p->message,
        &(struct mime_mail){.from_name = name,
                            .from = from,
                            .to = at.recipient,
                            .subject = at.subject,
                            .body = at.body,
                            .id = arena_fmt(rtx_mem(tx), "%lld.%lld.%lld",
                                            (long long)child->workspace, (long long)at.id.n,
                                            (long long)(at.created_at.us / SECOND_US)),
                            .domain = child_get(child, "base_domain"),
                            .at = at.created_at});
}

static enum rc
read_next(struct rtx *tx, struct parcel *p, struct str from, bool *ret_found)
{
    TRY(mail_next(tx, &at, ret_found));
    TRY(mail_next_at(tx, &next_at));
    return *ret_found && !at.is_shut ? print_mail(tx, p, from) : OK;
}

/* What does not open fails for good, and the next one goes out. */
static enum rc
give_up(struct arena *mem, struct err *err)
{
    struct wtx *tx;
    log_line(LOG_ERROR, "post.shut", "ws=%lld mail=%lld", (long long)child->workspace,
             (long long)at.id.n);
    TRY(wtx_begin(store, mem, time_now(), &postman, err, &tx));
    return end_tx(tx,
                  mail_not_delivered(tx, &at, str_of(code_name(E_MAIL_SHUT)), str_of(via), true));
}

/* Without a way out nothing is written or looked for, and nobody need wake this worker. */
static enum rc
take_next(struct arena *mem, struct err *err, struct parcel *p, bool *ret_found)
{
    struct rtx *tx;
    struct str from = STR_NONE;
    bool has_way = false;
    next_at = INSTANT_NONE;
    TRY(rtx_begin(store, mem, time_now(), &postman, err, &tx));
    enum rc rc = find_way(tx, p, &from, &has_way);
    rtx_end(tx);
    if (rc != OK || !has_way) {
        return rc;
    }
    TRY(write_mails(mem, err));
    TRY(rtx_begin(store, mem, time_now(), &postman, err, &tx));
    rc = read_next(tx, p, from, ret_found);
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
send(const struct parcel *p)
{
    struct frame_out f;
    chan_begin(&f, W_MAIL, (uint64_t)at.id.n);
    frame_put_str(&f, W_F_NAME, p->to);
    frame_put_str(&f, W_F_BODY, out_view(&p->message));
    if (p->is_own) {
        frame_put_i64(&f, W_F_TARGET, p->own.id.n);
        frame_put_str(&f, W_F_HOST, p->own.host);
        frame_put_i64(&f, W_F_PORT, p->own.port);
        frame_put_str(&f, W_F_LOGIN, p->own.login);
        frame_put_str(&f, W_F_FROM, p->own.sender);
        frame_put(&f, W_F_SEALED, p->own.sealed.p, p->own.sealed.n);
    }
    chan_send(&line, &f, -1);
    sending = true;
}

/* Whatever is due goes on its way; otherwise the clock is set. */
static void
step(void)
{
    struct err err = {0};
    bool found = false;
    if (sending) {
        return;
    }
    struct arena *mem = arena_new(POST_MEM);
    struct parcel p = {.message = out_new(mem, MESSAGE_MAX)};
    enum rc rc = take_next(mem, &err, &p, &found);
    if (rc != OK) {
        log_line(LOG_ERROR, "post.failed", "code=%s detail=%s", code_name(err.code), err.detail);
        later(REFUSED_US);
    } else if (found && at.is_shut) {
        later(give_up(mem, &err) == OK ? 0 : REFUSED_US);
    } else if (found && chan_is_open(&line)) {
        send(&p);
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
