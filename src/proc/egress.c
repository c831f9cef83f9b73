/* egress.c: kontor-egress, the only program with a way out of the machine (door.c). It takes
 * messages from workers and hands them to the mail server that the operator named in kontor.conf,
 * or, where the operator lets workspaces have one of their own, to that one. Nothing else can be
 * reached through it: the password of an own server opens for its host, port and log-in alone, in
 * keymgr, over a channel that is bound to the workspace (decision 77), and it must lie outside
 * (reach.h). Archives it carries to and from folders on other machines that the operator named, as
 * master orders: sealed, and it has no key of them (egress_copy.h). No store. Ends after a while
 * without work.
 *   W_MAIL -> W_MAIL with W_F_RC, W_F_CODE or W_F_DETAIL, W_F_STATE; see wire.h
 */
#include <dlfcn.h>
#include <netdb.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/child.h"
#include "proc/curl_loop.h"
#include "proc/egress_copy.h"
#include "proc/sftp.h"
#include "proc/smtp.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt" /* Debian's ca-certificates */
#define RESOLVED_DIR "/run/systemd/resolve"
enum {
    IDLE_US = 60 * 1000000,
    RECIPIENT_MAX = 254,
    CA_MAX = 1 << 20,
    KEYS_WAIT_US = 2000000,
    SMTPS = 465,
    SUBMISSION = 587,
    WORD_MAX = 1024 /* host, log-in, sender, password of an own server, with the NUL */
};

static struct child c;

/* --- egress ---------------------------------------------------------------------------------- */

static struct smtp_server operators; /* host "": the operator named none */
static struct bytes public_authorities;
static bool workspaces_may;
static struct timer idle;
static size_t n_channels;

/* A worker's channel. Freed when it is closed and nothing runs for it any more. */
struct peer {
    struct chan ch;
    int64_t workspace;
    int keys; /* to keymgr: opens what this workspace sealed for its targets; -1: none */
    size_t running;
    bool gone;
};

/* A workspace's own server, as a message names it. */
struct own {
    char host[WORD_MAX], login[WORD_MAX], from[WORD_MAX], password[WORD_MAX];
    int64_t port;
};
struct order {
    struct peer *peer;
    uint64_t id;
    struct own *own; /* NULL: the operator's */
    char *to, *body;
    size_t to_n, body_n;
};

/* Comes just before the worker's own channel, when there is one. */
static struct {
    int64_t workspace;
    int fd;
} keys_coming = {-1, -1};

static void
rest(void)
{
    if (n_channels == 0 && smtp_running() + sftp_running() == 0) {
        loop_at(c.loop, &idle, loop_now(c.loop) + IDLE_US);
    }
}

static void
on_idle(struct timer *t)
{
    (void)t;
    loop_stop(c.loop);
}

static void
let_go(struct peer *p)
{
    if (p->gone && p->running == 0) {
        if (p->keys >= 0) {
            close(p->keys);
        }
        free(p);
    }
}

static void
order_free(struct order *o)
{
    if (o->own != NULL) {
        explicit_bzero(o->own, sizeof *o->own);
    }
    if (o->body != NULL) {
        explicit_bzero(o->body, o->body_n);
    }
    free(o->own);
    free(o->to);
    free(o->body);
    free(o);
}

static void
answer(struct peer *p, uint64_t id, const struct smtp_result *r)
{
    struct frame_out out;
    chan_begin(&out, W_MAIL, id);
    frame_put_i64(&out, W_F_RC, r->rc);
    if (r->code != E_NONE) {
        frame_put_str(&out, W_F_CODE, str_of(code_name(r->code)));
    }
    frame_put_str(&out, W_F_DETAIL, str_of(r->answer));
    frame_put_str(&out, W_F_STATE, str_of(r->transport));
    chan_send(&p->ch, &out, -1);
}

static const char *
how(enum rc rc)
{
    return rc == OK ? "sent" : rc == RC_INVALID ? "refused" : rc == RC_DENIED ? "denied" : "later";
}

/* Ends an order, whatever became of it. What may not be is said aloud, with whose wish it was. */
static void
on_done(void *arg, const struct smtp_result *r)
{
    struct order *o = arg;
    struct peer *p = o->peer;
    const char *host = o->own != NULL ? o->own->host : operators.host;
    const int64_t port = o->own != NULL ? o->own->port : operators.port;
    log_line(r->rc == OK          ? LOG_NOTE
             : r->rc == RC_DENIED ? LOG_ERROR
                                  : LOG_WARN,
             r->rc == RC_DENIED ? "egress.denied" : "mail.tried",
             "ws=%lld how=%s to=%s:%lld transport=\"%s\" why=\"%s\"", (long long)p->workspace,
             how(r->rc), host, (long long)port, r->transport,
             r->code != E_NONE ? code_name(r->code) : "");
    p->running--;
    if (!p->gone) {
        answer(p, o->id, r);
    }
    order_free(o);
    let_go(p);
    rest();
}

static void
end_order(struct order *o, enum rc rc, enum code why)
{
    const struct smtp_result r = {.rc = rc, .code = why};
    on_done(o, &r);
}

/* --- a workspace's own server ---------------------------------------------------------------- */

static bool
take_word(const struct frame *f, uint16_t tag, char word[static WORD_MAX])
{
    struct str s = frame_get(f, tag);
    if (s.n == 0 || s.n >= WORD_MAX || memchr(s.p, '\0', s.n) != NULL) {
        return false;
    }
    memcpy(word, s.p, s.n);
    word[s.n] = '\0';
    return true;
}

/* OK, RC_DENIED: this workspace never sealed this password for this server; RC_IO: keymgr does not
 * answer. */
static enum rc
open_password(struct peer *p, const struct frame *f, struct own *own)
{
    static uint8_t ask[FRAME_MAX];
    static uint8_t got[FRAME_MAX];
    char ad[NET_TARGET_AD_MAX];
    struct frame_out out;
    struct frame in;
    int64_t target = 0;
    (void)!frame_get_i64(f, W_F_TARGET, &target);
    frame_begin(&out, ask, sizeof ask, W_KEY_UNSEAL, 1);
    frame_put_i64(&out, W_F_PURPOSE, KP_TARGET);
    frame_put_str(&out, W_F_AD,
                  net_target_ad(ad, target, str_of(own->host), own->port, str_of(own->login)));
    frame_put_str(&out, W_F_SEALED, frame_get(f, W_F_SEALED));
    enum rc rc = frame_call(p->keys, &out, -1, got, sizeof got, time_mono_us() + KEYS_WAIT_US, &in);
    if (rc != OK) {
        return RC_IO;
    }
    rc = in.type == W_KEY_UNSEAL && take_word(&in, W_F_PLAIN, own->password) ? OK : RC_DENIED;
    explicit_bzero(got, in.n);
    return rc;
}

static void
on_found(void *arg, enum rc rc, const struct reach *found)
{
    struct order *o = arg;
    const struct own *own = o->own;
    if (rc != OK) {
        end_order(o, rc, rc == RC_DENIED ? E_MAIL_NOT_PUBLIC : E_MAIL_NAME);
        return;
    }
    const struct smtp_server s = {.host = own->host,
                                  .port = own->port,
                                  .starttls = own->port == SUBMISSION,
                                  .user = own->login,
                                  .password = own->password,
                                  .ca = public_authorities,
                                  .from = own->from,
                                  .hello = operators.hello,
                                  .reach = found};
    rc = smtp_send(&s, (struct str){o->to, o->to_n}, (struct str){o->body, o->body_n}, on_done, o);
    if (rc != OK) {
        end_order(o, RC_IO, E_MAIL_BUSY);
    }
}

/* Everything is judged before anything is connected to. */
static void
send_own(struct order *o, const struct frame *f)
{
    struct own *own = o->own;
    struct peer *p = o->peer;
    bool whole = take_word(f, W_F_HOST, own->host) && take_word(f, W_F_LOGIN, own->login) &&
                 take_word(f, W_F_FROM, own->from) && frame_get_i64(f, W_F_PORT, &own->port) == OK;
    if (!whole || (own->port != SMTPS && own->port != SUBMISSION)) {
        end_order(o, RC_DENIED, E_MAIL_NO_TARGET);
        return;
    }
    if (!workspaces_may || p->keys < 0) {
        end_order(o, RC_DENIED, E_TARGET_CLOSED);
        return;
    }
    enum rc rc = open_password(p, f, own);
    if (rc != OK) {
        close(p->keys); /* the next channel brings another one */
        p->keys = -1;
        end_order(o, rc, rc == RC_DENIED ? E_MAIL_NO_TARGET : E_MAIL_KEYS);
        return;
    }
    rc = reach_find(str_of(own->host), on_found, o);
    if (rc != OK) {
        end_order(o, rc == RC_DENIED ? RC_DENIED : RC_IO,
                  rc == RC_DENIED ? E_MAIL_NOT_PUBLIC : E_MAIL_BUSY);
    }
}

static void
send_operators(struct order *o)
{
    if (operators.host[0] == '\0') {
        end_order(o, RC_DENIED, E_MAIL_NO_TARGET);
    } else if (smtp_send(&operators, (struct str){o->to, o->to_n}, (struct str){o->body, o->body_n},
                         on_done, o) != OK) {
        end_order(o, RC_IO, E_MAIL_BUSY);
    }
}

static char *
copy(struct str s)
{
    char *p = loop_alloc(s.n + 1);
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    return p;
}

static void
on_frame(struct chan *ch, struct frame *f)
{
    struct peer *p = ch->arg;
    struct str to = frame_get(f, W_F_NAME);
    struct str body = frame_get(f, W_F_BODY);
    if (f->type != W_MAIL || to.n == 0 || to.n > RECIPIENT_MAX || body.n == 0) {
        log_line(LOG_ERROR, "mail.grammar", "type=%d", f->type);
        return;
    }
    struct order *o = loop_alloc(sizeof *o);
    *o = (struct order){
        .peer = p, .id = f->id, .to = copy(to), .to_n = to.n, .body = copy(body), .body_n = body.n};
    p->running++;
    if (frame_get(f, W_F_HOST).p != NULL) {
        o->own = loop_alloc(sizeof *o->own);
        send_own(o, f);
    } else {
        send_operators(o);
    }
}

static void
on_closed(struct chan *ch)
{
    struct peer *p = ch->arg;
    p->gone = true;
    n_channels--;
    let_go(p);
    rest();
}

static void
on_channel(struct child *child, enum wire_kind kind, int fd, const struct frame *f)
{
    int64_t workspace = -1;
    (void)!frame_get_i64(f, W_F_WORKSPACE, &workspace);
    if (kind == WK_TARGET) {
        if (keys_coming.fd >= 0) {
            close(keys_coming.fd);
        }
        keys_coming.workspace = workspace;
        keys_coming.fd = fd;
        return;
    }
    struct peer *p = loop_alloc(sizeof *p);
    p->ch = (struct chan){.on_frame = on_frame, .on_close = on_closed, .arg = p};
    p->workspace = workspace;
    p->keys = -1;
    if (keys_coming.fd >= 0 && keys_coming.workspace == workspace) {
        p->keys = keys_coming.fd;
        keys_coming.fd = -1;
    }
    n_channels++;
    loop_cancel(child->loop, &idle);
    chan_open(&p->ch, child->loop, fd);
}

static void
on_message(struct child *child, struct frame *f)
{
    loop_cancel(child->loop, &idle);
    egress_copy(child, f, rest);
}

static char *
setting(const char *name)
{
    return copy(child_get(&c, name));
}

/* Read once, before files are out of reach. Without any, no server is trusted. */
static struct bytes
authorities(const char *path)
{
    FILE *f = fopen(path, "re");
    uint8_t *p = loop_alloc(CA_MAX);
    size_t n = f != NULL ? fread(p, 1, CA_MAX, f) : 0;
    if (f != NULL) {
        (void)fclose(f);
    }
    if (n == 0) {
        log_line(LOG_ERROR, "mail.authorities", "file=%s hint=cannot be read, so nothing is sent",
                 path);
    }
    return (struct bytes){p, n};
}

/* The operator's server may have an authority of its own; a workspace's has a public one. */
static void
take_settings(void)
{
    const char *ca = setting("smtp_ca");
    workspaces_may = child_get_i64(&c, "workspace_mail", 0) != 0;
    if (workspaces_may || ca[0] == '\0') {
        public_authorities = authorities(SYSTEM_CA);
    }
    operators = (struct smtp_server){.host = setting("smtp_host"),
                                     .port = child_get_i64(&c, "smtp_port", SMTPS),
                                     .starttls = child_get_i64(&c, "smtp_starttls", 0) != 0,
                                     .user = setting("smtp_user"),
                                     .password = setting("smtp_password"),
                                     .ca = ca[0] != '\0' ? authorities(ca) : public_authorities,
                                     .from = setting("mail_from"),
                                     .hello = setting("base_domain")};
}

/* Loads what the sandbox would keep out: the name service's modules, and what the C library wants
 * when a thread of getaddrinfo_a() ends. */
static void
warm_up(void)
{
    struct addrinfo *found = NULL;
    if (dlopen("libgcc_s.so.1", RTLD_NOW) == NULL) {
        log_line(LOG_ERROR, "egress.unwind", "hint=libgcc_s.so.1 is missing");
    }
    if (getaddrinfo("localhost", "465", NULL, &found) == 0) {
        freeaddrinfo(found);
    }
}

int
main(int argc, char **argv)
{
    static const struct child_hooks hooks = {.channel = on_channel, .message = on_message};
    struct err err = {0};
    child_start(&c, argc, argv, SANDBOX_EGRESS, &hooks);
    take_settings();
    egress_copy_settings(&c);
    idle = (struct timer){.fn = on_idle};
    warm_up();
    reach_init(c.loop);
    if (curl_loop_init(c.loop, &err) != OK) {
        log_line(LOG_ERROR, "egress.refused", "detail=%s", err.detail);
        return rc_exit(RC_IO);
    }
    /* resolv.conf and hosts are read anew by the name service when they change; the folder in /run
     * is where systemd-resolved keeps what /etc/resolv.conf points to. */
    struct sandbox box = {.role = SANDBOX_EGRESS, .paths = {{"/etc", false}}};
    if (access(RESOLVED_DIR, R_OK | X_OK) == 0) {
        box.paths[1] = (struct sandbox_path){RESOLVED_DIR, false};
    }
    child_ready(&c, &box);
    rest();
    loop_run(c.loop);
    return child_end(&c);
}
