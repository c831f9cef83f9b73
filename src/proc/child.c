/* child.c: the common beginning and end of every process below master. */
#include "proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/sandbox_calls.h"

enum { EXIT_USAGE = 64, EXIT_SANDBOX = 70, CONFIG_WAIT_US = 10000000, KEY_WAIT_US = 3000000 };
enum { LOCK_WAIT_US = 3000000, LOCK_RETRY_MS = 10 };

static uint8_t first_buf[FRAME_MAX];

static _Noreturn void
usage(const char *what)
{
    log_line(LOG_ERROR, "child.usage", "what=%s hint=this program is started by kontor serve",
             what);
    _exit(EXIT_USAGE);
}

static int
inherited(int fd)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) {
        return -1;
    }
    (void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    return fd;
}

static void
take_arg(char *to, size_t cap, const char *value)
{
    int n = snprintf(to, cap, "%s", value);
    if (n < 0 || (size_t)n >= cap) {
        usage("argument too long");
    }
}

/* Pairs; one that is not ours (--limit of the edge) is the program's to read. */
static void
parse_args(struct child *c, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--role") == 0) {
            take_arg(c->role, sizeof c->role, argv[i + 1]);
        } else if (strcmp(argv[i], "--dir") == 0) {
            take_arg(c->dir, sizeof c->dir, argv[i + 1]);
        } else if (strcmp(argv[i], "--workspace") == 0 &&
                   str_to_i64(str_of(argv[i + 1]), &c->workspace) != OK) {
            usage("workspace");
        }
    }
    if (c->role[0] == '\0') {
        usage("role");
    }
}

static char *
copy(struct str s)
{
    char *p = loop_alloc(s.n + 1);
    memcpy(p, s.p, s.n);
    return p;
}

/* The first message holds the settings; nothing else may come before it. */
static void
read_config(struct child *c)
{
    struct pollfd p = {.fd = CHILD_CONTROL, .events = POLLIN};
    struct frame f;
    if (poll(&p, 1, CONFIG_WAIT_US / 1000) != 1 ||
        frame_recv(CHILD_CONTROL, first_buf, sizeof first_buf, &f) != OK || f.type != W_CONFIG) {
        usage("settings");
    }
    size_t pos = 0;
    uint16_t tag;
    struct str v;
    struct str name = STR_NONE;
    while (frame_next(&f, &pos, &tag, &v)) {
        if (tag == W_F_NAME) {
            name = v;
        } else if (tag == W_F_BODY && name.p != NULL && c->n_settings < CHILD_SETTINGS_MAX) {
            c->settings[c->n_settings].name = copy(name);
            c->settings[c->n_settings++].value = copy(v);
            name = STR_NONE;
        }
    }
}

struct str
child_get(const struct child *c, const char *name)
{
    for (size_t i = 0; i < c->n_settings; i++) {
        if (strcmp(c->settings[i].name, name) == 0) {
            return str_of(c->settings[i].value);
        }
    }
    return STR_NONE;
}

int64_t
child_get_i64(const struct child *c, const char *name, int64_t otherwise)
{
    int64_t n;
    return str_to_i64(child_get(c, name), &n) == OK ? n : otherwise;
}

/* --- control channel, start ------------------------------------------------------------------ */

static void
stop(struct child *c)
{
    if (c->stopping) {
        return;
    }
    c->stopping = true;
    if (c->hooks->stop != NULL) {
        c->hooks->stop(c);
    } else {
        loop_stop(c->loop);
    }
}

static void
take_channel(struct child *c, struct frame *f)
{
    int64_t kind;
    if (f->fd < 0 || frame_get_i64(f, W_F_KIND, &kind) != OK) {
        return;
    }
    int fd = f->fd;
    f->fd = -1;
    if (kind == WK_KEYMGR && strcmp(c->role, "keymgr") != 0) {
        if (c->keymgr >= 0) {
            close(c->keymgr);
        }
        c->keymgr = fd;
        if (c->hooks->channel != NULL) {
            c->hooks->channel(c, WK_KEYMGR, fd, f);
        }
    } else if (c->hooks->channel != NULL) {
        c->hooks->channel(c, (enum wire_kind)kind, fd, f);
    } else {
        close(fd);
    }
}

/* What master says of the clock is confirmed: who moves it waits until everybody has it. */
static void
set_clock(struct child *c, const struct frame *f)
{
    struct frame_out out;
    int64_t state;
    int64_t us;
    if (frame_get_i64(f, W_F_STATE, &state) == OK) {
        time_told((enum time_trust)state);
    }
    if (frame_get_i64(f, W_F_TIME, &us) == OK && time_set((struct instant){us}) != OK) {
        log_line(LOG_ERROR, "clock.refused", "reason=release build");
    }
    chan_begin(&out, W_CLOCK, f->id);
    child_send(c, &out, -1);
    if (c->hooks->clock != NULL) {
        c->hooks->clock(c);
    }
}

static void
on_control(struct chan *ch, struct frame *f)
{
    struct child *c = ch->arg;
    if (f->type == W_STOP) {
        stop(c);
    } else if (f->type == W_CHANNEL) {
        take_channel(c, f);
    } else if (f->type == W_CLOCK) {
        set_clock(c, f);
    } else if (f->type == W_ALIVE) {
        struct frame_out out;
        chan_begin(&out, W_ALIVE, f->id);
        chan_send(ch, &out, -1);
    } else if (c->hooks->message != NULL) {
        c->hooks->message(c, f);
    }
}

static void
on_control_closed(struct chan *ch)
{
    stop(ch->arg);
}

void
child_start(struct child *c, int argc, char **argv, enum sandbox_role role,
            const struct child_hooks *hooks)
{
    sandbox_begin(role);
    *c = (struct child){.workspace = -1, .keymgr = -1, .lock = -1, .hooks = hooks};
    parse_args(c, argc, argv); /* master writes the role before each line */
    (void)prctl(PR_SET_NAME, c->role, 0, 0, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGINT, SIG_IGN); /* the terminal's Ctrl-C is master's to handle */
    if (inherited(CHILD_CONTROL) < 0) {
        usage("control channel");
    }
    c->keymgr = inherited(CHILD_KEYMGR);
    c->fd5 = inherited(CHILD_FD_5);
    c->fd6 = inherited(CHILD_FD_6);
    read_config(c);
    c->loop = loop_new();
    c->control = (struct chan){.on_frame = on_control, .on_close = on_control_closed, .arg = c};
    chan_open(&c->control, c->loop, CHILD_CONTROL);
}

void
child_ready(struct child *c, const struct sandbox *s)
{
    struct err err = {0};
    struct sandbox_report r;
    if (sandbox_enter(s, &err, &r) != OK) {
        log_line(LOG_ERROR, "sandbox.failed", "detail=%s", err.detail);
        _exit(EXIT_SANDBOX);
    }
    memory_drop(first_buf, sizeof first_buf); /* the settings have been copied */
    /* The network is master's to judge: whether there is an empty one, it knows; we only tried. */
    bool level_b = r.landlock_abi > 0 && r.files && r.trace && r.exec &&
                   (r.sockets || s->role == SANDBOX_EGRESS);
    struct frame_out f;
    chan_begin(&f, W_READY, 0);
    frame_put_str(&f, W_F_LEVEL, level_b ? STR("B") : STR("C"));
    frame_put_str(&f, W_F_PROBE, str_of(r.text));
    if (c->put_back != OK) {
        frame_put_i64(&f, W_F_RC, c->put_back);
    }
    child_send(c, &f, -1);
}

void
child_lock_folder(struct child *c)
{
    char path[CHILD_DIR_MAX + 8];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int64_t until = time_mono_us() + LOCK_WAIT_US;
    (void)snprintf(path, sizeof path, "%s/lock", c->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES) {
            break;
        }
        if (time_mono_us() > until) {
            log_line(LOG_ERROR, "lock.held", "ws=%lld", (long long)c->workspace);
            _exit(rc_exit(RC_BUSY));
        }
        (void)poll(NULL, 0, LOCK_RETRY_MS);
    }
    if (fd < 0) {
        log_line(LOG_ERROR, "lock.failed", "ws=%lld errno=%d", (long long)c->workspace, errno);
        _exit(rc_exit(RC_IO));
    }
    c->lock = fd; /* held until the process ends */
}

void
child_deadline(int64_t us)
{
    struct itimerval t = {
        .it_value = {.tv_sec = us / 1000000, .tv_usec = us % 1000000}
    };
    (void)setitimer(ITIMER_REAL, &t, NULL);
}

void
child_send(struct child *c, const struct frame_out *f, int pass_fd)
{
    chan_send(&c->control, f, pass_fd);
}

int
child_end(struct child *c)
{
    chan_flush(&c->control, time_mono_us() + 1000000);
    chan_close(&c->control);
    if (ADDRESS_SANITIZER) {
        /* Its search for leaks traces the own process, which the sandbox forbids. */
        _exit(c->status);
    }
    return c->status;
}

/* --- keymgr ---------------------------------------------------------------------------------- */

/* Serves nothing but the control channel until a new channel to keymgr is there. */
bool
child_await_keymgr(struct child *c)
{
    int64_t until_us = time_mono_us() + KEY_WAIT_US;
    if (c->keymgr >= 0) {
        close(c->keymgr);
        c->keymgr = -1;
    }
    while (c->keymgr < 0 && chan_is_open(&c->control)) {
        int64_t left = until_us - time_mono_us();
        struct pollfd p = {.fd = CHILD_CONTROL, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) <= 0) {
            return false;
        }
        c->control.w.fn(&c->control.w, EPOLLIN);
    }
    return c->keymgr >= 0;
}
