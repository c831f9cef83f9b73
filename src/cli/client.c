/* client.c: one connection to master: run/control.sock of the running server, or a socket pair to a
 * master that this command starts for itself (no listeners, no edges) and that ends with it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/frame.h"
#include "base/time.h"
#include "base/wire.h"
#include "cli/cli.h"
#include "proc/chan.h"
#include "proc/master.h"

enum { WATCH_MS = 500 };
enum { CALL_US = 660LL * 1000000, BODY_MAX = 64 << 20 };

static uint8_t out_buf[FRAME_MAX];
static uint8_t in_buf[FRAME_MAX];

/* -1 with errno when there is none, or none for us. */
static int
connect_server(const struct cli *c)
{
    char run[CLI_PATH_MAX + 8];
    struct sockaddr_un sa;
    (void)snprintf(run, sizeof run, "%s/run", c->dir);
    int dir = open(run, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int s = -1;
    if (dir >= 0 && chan_unix_address(dir, "control.sock", &sa) == OK) {
        s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (s >= 0 && connect(s, (struct sockaddr *)&sa, sizeof sa) != 0) {
            int e = errno;
            close(s);
            errno = e;
            s = -1;
        }
    }
    int e = errno;
    if (dir >= 0) {
        close(dir);
    }
    errno = e;
    return s;
}

bool
cli_is_running(struct cli *c)
{
    if (c->sock < 0) {
        c->sock = connect_server(c);
    }
    return c->sock >= 0;
}

static const struct cli *own_cli; /* in the forked half: whose command it is */
static int own_fd = -1;

/* Why the master of this command does not start: the answer to the command that it was for. What
 * has no sentence of its own (another one serves) is told by the exit status. */
static void
on_own_refusal(const char *code, const char *detail)
{
    struct frame_out f;
    if (strncmp(code, "key.", 4) != 0 && strncmp(code, "console.", 8) != 0) {
        return;
    }
    frame_begin(&f, out_buf, sizeof out_buf, W_RESULT, own_cli->next_id + 1);
    frame_put_i64(&f, W_F_RC, RC_BROKEN);
    frame_put_str(&f, W_F_CODE, str_of(code));
    frame_put_str(&f, W_F_DETAIL, str_of(detail));
    (void)!frame_send(own_fd, &f, -1);
}

static enum rc
start_own(struct cli *c)
{
    int pair[2];
    struct master_options opt = {.dir = c->dir,
                                 .quiet = true,
                                 .rescues_console = c->rescues_console,
                                 .on_refuse = on_own_refusal};
    TRY(cli_conf(c, &opt.conf));
    if (chan_pair(pair) != OK) {
        return cli_fail(c, RC_IO, "io", "socketpair");
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        return cli_fail(c, RC_IO, "io", "fork");
    }
    if (pid == 0) {
        close(pair[0]);
        own_cli = c;
        own_fd = opt.command_fd = pair[1];
        _exit(master_run(&opt));
    }
    close(pair[1]);
    c->sock = pair[0];
    c->started = pid;
    return OK;
}

void
cli_hang_up(struct cli *c)
{
    if (c->sock >= 0) {
        close(c->sock);
        c->sock = -1;
    }
    if (c->started > 0) {
        while (waitpid((pid_t)c->started, NULL, 0) < 0 && errno == EINTR) {
        }
        c->started = 0;
    }
}

/* Why the master that we started is gone already. */
static enum rc
own_master_ended(struct cli *c)
{
    int status = 0;
    if (c->started <= 0 || waitpid((pid_t)c->started, &status, 0) < 0) {
        return cli_fail(c, RC_IO, "not_running", "");
    }
    c->started = 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    for (enum rc rc = RC_INVALID; rc >= RC_BROKEN; rc--) {
        if (rc_exit(rc) == code) {
            return cli_fail(c, rc, rc == RC_CONFLICT ? "running" : "not_running",
                            "see log/kontor.log");
        }
    }
    return cli_fail(c, RC_IO, "not_running", "see log/kontor.log");
}

static enum rc
take_body(struct cli *c, struct frame *f, json_t **ret_out)
{
    struct arena *mem = arena_new(BODY_MAX + (1 << 20));
    struct str text = frame_get(f, W_F_BODY);
    json_error_t why;
    if (f->fd >= 0) {
        struct bytes body = {NULL, 0};
        enum rc rc = body_fd_read(f->fd, BODY_MAX, mem, &body);
        close(f->fd);
        text = rc == OK ? (struct str){(const char *)body.p, body.n} : STR_NONE;
    }
    json_t *j = json_loadb(text.n > 0 ? text.p : "{}", text.n > 0 ? text.n : 2, 0, &why);
    arena_free(mem);
    if (j == NULL) {
        return cli_fail(c, RC_BROKEN, "broken", "answer is no JSON");
    }
    *ret_out = j;
    return OK;
}

static enum rc
take_answer(struct cli *c, struct frame *f, json_t **ret_out)
{
    int64_t rc = RC_BROKEN;
    char code[64];
    char detail[512];
    (void)!frame_get_i64(f, W_F_RC, &rc);
    if (rc == OK) {
        return take_body(c, f, ret_out);
    }
    struct str field = frame_get(f, W_F_NAME);
    struct str why = frame_get(f, W_F_DETAIL);
    (void)snprintf(code, sizeof code, "%.*s", STR_FMT(frame_get(f, W_F_CODE)));
    (void)snprintf(detail, sizeof detail, "%.*s%s%.*s", STR_FMT(field),
                   field.n > 0 && why.n > 0 ? ": " : "", STR_FMT(why));
    rc = rc < RC_BROKEN || rc > OK ? RC_BROKEN : rc;
    return cli_fail(c, (enum rc)rc, code, detail);
}

/* A master that ended before it was asked anything may have said why: its words are still in the
 * socket, behind the error that its end left there. */
static bool
last_words(const struct cli *c, uint64_t id, struct frame *ret_answer)
{
    for (int i = 0; i < 2 && c->started > 0; i++) {
        struct pollfd p = {.fd = c->sock, .events = POLLIN};
        if (poll(&p, 1, 0) == 1 && frame_recv(c->sock, in_buf, sizeof in_buf, ret_answer) == OK) {
            return ret_answer->id == id;
        }
    }
    return false;
}

/* While the answer is not there. */
static void
watch(struct cli *c)
{
    struct pollfd p = {.fd = c->sock, .events = POLLIN};
    while (c->watch != NULL && c->started == 0 && poll(&p, 1, WATCH_MS) == 0) {
        c->watch(c);
    }
}

static enum rc
call(struct cli *c, const char *workspace, const char *name, const char *body, int fd,
     json_t **ret_out)
{
    struct frame_out f;
    struct frame answer;
    if (!cli_is_running(c)) {
        if (errno == EACCES || errno == EPERM) {
            return cli_fail(c, RC_DENIED, "not_yours", c->dir);
        }
        TRY(start_own(c));
    }
    frame_begin(&f, out_buf, sizeof out_buf, W_COMMAND, ++c->next_id);
    frame_put_str(&f, W_F_WORKSPACE, str_of(workspace));
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, str_of(body));
    if (f.full) {
        return cli_fail(c, RC_LIMIT, "too_large", "");
    }
    const uint64_t f_id = c->next_id;
    const int64_t until = time_mono_us() + CALL_US;
    enum rc rc = frame_ask(c->sock, &f, fd, until);
    explicit_bzero(out_buf, f.n);
    if (rc == OK) {
        watch(c);
        rc = frame_answer(c->sock, f_id, in_buf, sizeof in_buf, until, &answer);
    }
    if (rc != OK && !last_words(c, f_id, &answer)) {
        return own_master_ended(c);
    }
    return take_answer(c, &answer, ret_out);
}

enum rc
cli_call_text(struct cli *c, const char *workspace, const char *name, const char *body,
              json_t **ret_out)
{
    return call(c, workspace, name, body, -1, ret_out);
}

enum rc
cli_call_fd(struct cli *c, const char *name, int fd, json_t **ret_out)
{
    return call(c, "0", name, "", fd, ret_out);
}

enum rc
cli_call_file(struct cli *c, const char *workspace, const char *name, const char *body, int fd,
              json_t **ret_out)
{
    return call(c, workspace, name, body, fd, ret_out);
}

enum rc
cli_try(struct cli *c, const char *workspace, const char *name, json_t **ret_out,
        const char **ret_code)
{
    c->code[0] = '\0';
    c->quiet = true;
    enum rc rc = cli_call_text(c, workspace, name, "{}", ret_out);
    c->quiet = false;
    *ret_code = c->code;
    return rc;
}

/* The settings as they are served: the server may have been given other addresses. */
static enum rc
served_conf(struct cli *c, struct conf *conf)
{
    json_t *status = NULL;
    TRY(cli_conf(c, conf));
    if (!cli_is_running(c)) {
        return OK;
    }
    TRY(cli_call(c, "0", "status", NULL, &status));
    const char *listen = json_string_value(json_object_get(status, "listen"));
    const char *console = json_string_value(json_object_get(status, "operatorListen"));
    (void)snprintf(conf->listen, sizeof conf->listen, "%s", listen != NULL ? listen : "");
    (void)snprintf(conf->operator_listen, sizeof conf->operator_listen, "%s",
                   console != NULL ? console : "");
    json_decref(status);
    return OK;
}

enum rc
cli_origin(struct cli *c, const char *slug, char *buf, size_t cap)
{
    static struct conf conf;
    static bool is_known;
    if (!is_known) {
        TRY(served_conf(c, &conf));
        is_known = true;
    }
    conf_origin(&conf, slug, buf, cap);
    return OK;
}

enum rc
cli_call(struct cli *c, const char *workspace, const char *name, json_t *in, json_t **ret_out)
{
    char *text = in == NULL ? NULL : json_dumps(in, JSON_COMPACT);
    enum rc rc = cli_call_text(c, workspace, name, text != NULL ? text : "{}", ret_out);
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
    }
    free(text);
    json_decref(in);
    return rc;
}
