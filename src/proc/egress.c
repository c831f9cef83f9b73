/* egress.c: kontor-egress, the only program with a way out of the machine (door.c). It takes
 * messages from workers and hands them to the mail server that the operator named in kontor.conf;
 * nothing else can be reached through it. No store, no key. Ends after a while without work.
 *   W_MAIL: W_F_NAME (address), W_F_BODY (the message) -> W_MAIL with W_F_RC, W_F_DETAIL, W_F_STATE
 */
#include <netdb.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/child.h"
#include "proc/smtp.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt" /* Debian's ca-certificates */
#define RESOLVED_DIR "/run/systemd/resolve"
enum { IDLE_US = 60 * 1000000, RECIPIENT_MAX = 254, CA_MAX = 1 << 20 };

static struct child c;

/* --- egress ---------------------------------------------------------------------------------- */

static struct smtp_server server;
static struct timer idle;
static size_t n_channels;

/* A worker's channel. Freed when it is closed and nothing runs for it any more. */
struct peer {
    struct chan ch;
    size_t running;
    bool gone;
};
struct order {
    struct peer *peer;
    uint64_t id;
};

static void
rest(void)
{
    if (n_channels == 0 && smtp_running() == 0) {
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
        free(p);
    }
}

static void
answer(struct peer *p, uint64_t id, const struct smtp_result *r)
{
    struct frame_out out;
    chan_begin(&out, W_MAIL, id);
    frame_put_i64(&out, W_F_RC, r->rc);
    frame_put_str(&out, W_F_DETAIL, str_of(r->answer));
    frame_put_str(&out, W_F_STATE, str_of(r->transport));
    chan_send(&p->ch, &out, -1);
}

static void
on_done(void *arg, const struct smtp_result *r)
{
    struct order *o = arg;
    struct peer *p = o->peer;
    log_line(r->rc == OK ? LOG_NOTE : LOG_WARN, "mail.tried", "how=%s transport=\"%s\"",
             r->rc == OK           ? "sent"
             : r->rc == RC_INVALID ? "refused"
                                   : "later",
             r->transport);
    p->running--;
    if (!p->gone) {
        answer(p, o->id, r);
    }
    free(o);
    let_go(p);
    rest();
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
    *o = (struct order){p, f->id};
    if (smtp_send(to, body, on_done, o) != OK) {
        free(o);
        answer(p, f->id, &(struct smtp_result){.rc = RC_IO, .answer = "too many at a time"});
        return;
    }
    p->running++;
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
    (void)kind;
    (void)f;
    struct peer *p = loop_alloc(sizeof *p);
    p->ch = (struct chan){.on_frame = on_frame, .on_close = on_closed, .arg = p};
    n_channels++;
    loop_cancel(child->loop, &idle);
    chan_open(&p->ch, child->loop, fd);
}

static char *
setting(const char *name)
{
    struct str s = child_get(&c, name);
    char *p = loop_alloc(s.n + 1);
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    return p;
}

/* Read once, before files are out of reach. Without any, no server is trusted. */
static struct bytes
authorities(void)
{
    struct str path = child_get(&c, "smtp_ca");
    FILE *f = fopen(path.n > 0 ? path.p : SYSTEM_CA, "re");
    uint8_t *p = loop_alloc(CA_MAX);
    size_t n = f != NULL ? fread(p, 1, CA_MAX, f) : 0;
    if (f != NULL) {
        (void)fclose(f);
    }
    if (n == 0) {
        log_line(LOG_ERROR, "mail.authorities", "file=%s hint=cannot be read, so nothing is sent",
                 path.n > 0 ? path.p : SYSTEM_CA);
    }
    return (struct bytes){p, n};
}

/* Loads the name service's modules, which the sandbox would keep out. */
static void
warm_up(void)
{
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", "465", NULL, &found) == 0) {
        freeaddrinfo(found);
    }
}

int
main(int argc, char **argv)
{
    static const struct child_hooks hooks = {.channel = on_channel};
    struct err err = {0};
    child_start(&c, argc, argv, SANDBOX_EGRESS, &hooks);
    server = (struct smtp_server){.host = setting("smtp_host"),
                                  .port = child_get_i64(&c, "smtp_port", 465),
                                  .starttls = child_get_i64(&c, "smtp_starttls", 0) != 0,
                                  .user = setting("smtp_user"),
                                  .password = setting("smtp_password"),
                                  .ca = authorities(),
                                  .from = setting("mail_from"),
                                  .hello = setting("base_domain")};
    idle = (struct timer){.fn = on_idle};
    warm_up();
    if (smtp_init(c.loop, &server, &err) != OK) {
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
