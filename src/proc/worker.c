/* worker.c: one workspace's only writer. Its rights: the folder of its workspace, its channels; no
 * network, no other file, no other process. It takes requests from edges, one after the other, and
 * commands from master; slow work goes to others (work.h). A crash loses the one request it was at.
 * Role "system" is the same program on workspace 0 with the console's domains. */
#include <malloc.h>
#include <unistd.h>

#include "app/app.h"
#include "app/registry/registry.h"
#include "app/transfer/export_file.h"
#include "app/user/user.h"
#include "base/log.h"
#include "guard/csrf.h"
#include "guard/keys.h"
#include "guard/password.h"
#include "guard/session.h"
#include "http/command.h"
#include "proc/check.h"
#include "proc/post.h"
#include "proc/put_back.h"
#include "proc/registrar.h"
#include "proc/room.h"
#include "proc/wishes.h"
#include "proc/work.h"
#include "proc/worker_own.h"

enum {
    EDGES_MAX = 64,
    REST_US = 5 * 1000000,      /* nothing to do: give memory back */
    REQUEST_US = 6 * 1000000,   /* work that hangs longer ends the process */
    COMMAND_US = 900 * 1000000, /* filling a demo takes its time */
    TIDY_US = 30 * 60 * 1000000,
    SLOW_US = 250 * 1000, /* a request that takes longer is named in the log */
};

struct edge {
    struct chan ch;
    bool used;
};

static struct child c;
static struct serve serve;
static struct edge edges[EDGES_MAX];
static struct arena *request_mem; /* the one for requests that do not wait */
static uint8_t reply_buf[FRAME_MAX];
static struct timer rest_timer, idle_timer, tidy_timer;
static bool settings_due; /* they were saved and hold from the next request on */
static int64_t last_request_us;
static int64_t idle_us;  /* nothing for so long: tell master */
static bool is_poisoned; /* the store's disk failed: nothing new is begun */

/* --- a disk that failed ---------------------------------------------------------------------- */

static void
finish_and_stop(struct child *child)
{
    for (size_t i = 0; i < EDGES_MAX; i++) {
        if (edges[i].used) {
            chan_flush(&edges[i].ch, time_mono_us() + 1000000);
        }
    }
    loop_stop(child->loop);
}

/* After each use of the store. What memory says of a disk that failed cannot be trusted any more:
 * whoever waits is told to come back, and a successor reads what really stands there. */
static void
check_store(void)
{
    if (is_poisoned || store_state(serve.gate.store) != STORE_POISONED) {
        return;
    }
    is_poisoned = true;
    c.status = rc_exit(RC_IO); /* counts against this workspace: a bad disk is not tried for ever */
    log_line(LOG_ERROR, "store.poisoned", "ws=%lld waiting=%zu", (long long)c.workspace,
             work_waiting());
    work_give_up();
    finish_and_stop(&c);
}

/* After each piece of work. */
static void
after_work(void)
{
    check_store();
    if (!is_poisoned) {
        post_look();
        c.workspace != 0 ? wishes_look() : wishes_look_console();
    }
}

/* --- requests -------------------------------------------------------------------------------- */

static void
log_served(const struct req *rq, int64_t begin_us)
{
    struct served s = serve_result(rq);
    int64_t us = time_mono_us() - begin_us;
    settings_due = settings_due || worker_is_setting(s.event);
    if (s.status >= 500) {
        log_line(LOG_ERROR, "request.failed", "route=%s status=%d code=%s detail=%s", s.route,
                 s.status, code_name(s.code), s.detail);
    } else if (us > SLOW_US) {
        log_line(LOG_WARN, "request.slow", "route=%s ms=%lld", s.route, (long long)(us / 1000));
    }
}

static void
send_reply(struct edge *e, struct req *rq, uint64_t id)
{
    struct frame_out f = {.p = reply_buf, .cap = sizeof(reply_buf)};
    int fd = -1;
    if (serve_reply(rq, &f, id, &fd) != OK || f.full) {
        frame_begin(&f, reply_buf, sizeof(reply_buf), W_REPLY, id);
        frame_put_i64(&f, W_F_STATUS, 500);
        log_line(LOG_ERROR, "reply.lost", "reason=frame");
    }
    chan_send(&e->ch, &f, fd);
}

/* A request that waited for slow work goes on here. */
static void
work_done(void *owner, uint64_t id, struct req *rq, struct arena *mem, bool refused)
{
    int64_t begin = time_mono_us();
    child_deadline(REQUEST_US);
    if (refused || !serve_run(&serve, rq)) { /* a handler orders slow work once, not twice */
        serve_work_refused(&serve, rq);
    }
    log_served(rq, begin);
    if (owner != NULL) {
        send_reply(owner, rq, id);
    }
    serve_end(rq);
    arena_free(mem);
    child_deadline(0);
    after_work();
}

/* The edge gives up at its deadline; a second later so does the kernel. */
static int64_t
time_left(const struct frame *f)
{
    int64_t deadline;
    int64_t now = time_mono_us();
    if (frame_get_i64(f, W_F_DEADLINE, &deadline) != OK || deadline <= now) {
        return REQUEST_US;
    }
    return deadline - now + 1000000;
}

static void
on_request(struct edge *e, struct frame *f)
{
    int64_t begin = time_mono_us();
    uint64_t id = f->id;
    struct frame_out got;
    if (is_poisoned) {
        return; /* not got: the edge gives it to the successor */
    }
    last_request_us = begin;
    chan_begin(&got, W_GOT, id);
    chan_send(&e->ch, &got, -1);
    child_deadline(time_left(f));
    struct req *rq = serve_begin(&serve, request_mem, f);
    if (serve_run(&serve, rq)) {
        send_reply(e, rq, id);
        log_served(rq, begin);
    } else if (work_park(e, id, rq, request_mem)) {
        request_mem = arena_new(SERVE_ARENA_MAX);
        child_deadline(0);
        after_work();
        return;
    } else {
        serve_work_refused(&serve, rq);
        send_reply(e, rq, id);
    }
    serve_end(rq);
    arena_reset(request_mem);
    if (settings_due && c.workspace != 0) {
        worker_take_settings(&c, serve.gate.store, request_mem);
    }
    settings_due = false;
    child_deadline(0);
    after_work();
}

static void
edge_frame(struct chan *ch, struct frame *f)
{
    struct edge *e = ch->arg;
    if (f->type == W_REQUEST) {
        on_request(e, f);
    } else {
        log_line(LOG_ERROR, "edge.grammar", "type=%d", f->type);
        work_forget(e);
        chan_close(ch);
        e->used = false;
    }
}

static void
edge_closed(struct chan *ch)
{
    struct edge *e = ch->arg;
    work_forget(e);
    e->used = false;
}

static void
edge_open(int fd)
{
    for (size_t i = 0; i < EDGES_MAX; i++) {
        struct edge *e = &edges[i];
        if (!e->used) {
            *e = (struct edge){.used = true};
            e->ch = (struct chan){.on_frame = edge_frame, .on_close = edge_closed, .arg = e};
            chan_open(&e->ch, c.loop, fd);
            return;
        }
    }
    close(fd);
}

/* --- master ---------------------------------------------------------------------------------- */

static void
on_channel(struct child *child, enum wire_kind kind, int fd, const struct frame *f)
{
    (void)child;
    (void)f;
    if (kind == WK_EDGE) {
        edge_open(fd);
    } else if (kind == WK_HASH || kind == WK_PRESS) {
        work_channel(kind, fd);
    } else if (kind == WK_KEYMGR) {
        keys_use(fd);
    } else if (kind == WK_EGRESS) {
        post_channel(fd);
    } else {
        close(fd);
    }
}

static void
on_command(const struct frame *f)
{
    struct frame_out out = {.p = reply_buf, .cap = sizeof(reply_buf)};
    const struct str name = frame_get(f, W_F_NAME);
    int fd = -1;
    last_request_us = time_mono_us();
    child_deadline(COMMAND_US);
    if (!put_back_answer(f, &out) &&
        !check_run(serve.gate.store, request_mem, c.workspace == 0, f, &out)) {
        command_run(&serve.gate, request_mem, f, &out, &fd);
    }
    arena_reset(request_mem);
    /* before the answer: who has it may use the new name at once */
    if (c.workspace == 0 && registry_may_change(name)) {
        registrar_changed(&serve.gate, &c, request_mem);
        arena_reset(request_mem);
    }
    if (c.workspace != 0) {
        worker_take_settings(
            &c, serve.gate.store,
            request_mem); /* a command may have written the settings (demo, import) */
    }
    child_send(&c, &out, fd);
    child_deadline(0);
    after_work();
}

static void
on_message(struct child *child, struct frame *f)
{
    (void)child;
    int64_t kind;
    if (f->type == W_COMMAND) {
        on_command(f);
    } else if (f->type == W_TOLD) {
        work_told(f);
    } else if (f->type == W_REFUSED && frame_get_i64(f, W_F_KIND, &kind) == OK) {
        if (kind == WK_EGRESS) {
            post_refused();
        } else {
            work_refused((enum wire_kind)kind);
        }
    }
}

static const struct child_hooks hooks = {
    .channel = on_channel, .message = on_message, .stop = finish_and_stop};

/* --- what happens when nothing happens ------------------------------------------------------- */

/* Nothing new is taken in while the disk is nearly full (BAK-09). */
static void
look_at_disk(void)
{
    struct room r;
    const bool low = room_look(c.dir, &r) && room_is_low(&r);
    if (low != serve.gate.is_low) {
        log_line(low ? LOG_ERROR : LOG_NOTE, low ? "disk.low" : "disk.room", "free_percent=%d",
                 room_percent(&r));
    }
    serve.gate.is_low = low;
}

static void
on_rest(struct timer *t)
{
    static int64_t rested_us;
    look_at_disk();
    if (last_request_us != rested_us && loop_now(c.loop) - last_request_us >= REST_US) {
        rested_us = last_request_us;
        store_rest(serve.gate.store);
        arena_rest(request_mem);
        chan_rest();
        memory_drop(reply_buf, sizeof(reply_buf));
        (void)malloc_trim(0);
    }
    loop_at(c.loop, t, loop_now(c.loop) + REST_US);
}

static void
on_idle(struct timer *t)
{
    bool idle =
        loop_now(c.loop) - last_request_us >= idle_us && work_waiting() == 0 && !post_is_busy();
    if (idle && c.workspace != 0) {
        struct frame_out f;
        chan_begin(&f, W_IDLE, 0);
        frame_put_i64(&f, W_F_TIME, post_next().us);
        child_send(&c, &f, -1);
    }
    loop_at(c.loop, t, loop_now(c.loop) + idle_us / 10);
}

static void
on_tidy(struct timer *t)
{
    struct err err = {0};
    if (app_tidy(serve.gate.store, request_mem, time_now(), c.workspace == 0, &err) != OK) {
        log_line(LOG_WARN, "tidy.failed", "code=%s detail=%s", code_name(err.code), err.detail);
    }
    arena_reset(request_mem);
    loop_at(c.loop, t, loop_now(c.loop) + TIDY_US);
    after_work();
}

/* --- start ----------------------------------------------------------------------------------- */

static _Noreturn void
refuse_start(const char *what, const struct err *err)
{
    log_line(LOG_ERROR, "worker.refused", "step=%s code=%s detail=%s", what, code_name(err->code),
             err->detail);
    struct frame_out f;
    chan_begin(&f, W_ERROR, 0);
    frame_put_i64(&f, W_F_RC, err->rc);
    frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
    frame_put_i64(&f, W_F_STATE, c.put_back);
    child_send(&c, &f, -1);
    c.status = rc_exit(err->rc);
    _exit(child_end(&c));
}

static void
open_store(void)
{
    struct err err = {0};
    const char *step;
    if (worker_open_store(&c, &err, &serve.gate.store, &step) != OK) {
        refuse_start(step, &err);
    }
    if (csrf_init(&err) != OK) {
        refuse_start("form key", &err);
    }
}

static void
take_tables(void)
{
    struct err err = {0};
    bool console = c.workspace == 0;
    serve.gate.workspace = c.workspace;
    if (console) {
        session_for_console();
    }
    serve.gate.domains = console ? console_domains : app_domains;
    serve.gate.n_domains = console ? n_console_domains : n_app_domains;
    serve.ambient = console ? console_ambient : app_ambient;
    serve.prove = user_ask_proof;
    serve_init(&serve);
    if (routes_check(serve.gate.domains, serve.gate.n_domains, &err) != OK) {
        refuse_start("routes", &err);
    }
}

static void
set_timers(void)
{
    int64_t now = loop_now(c.loop);
    last_request_us = now;
    rest_timer.fn = on_rest;
    idle_timer.fn = on_idle;
    tidy_timer.fn = on_tidy;
    look_at_disk();
    loop_at(c.loop, &rest_timer, now + REST_US);
    idle_us = child_get_i64(&c, "idle_s", 600) * 1000000;
    loop_at(c.loop, &idle_timer, now + idle_us / 10);
    loop_at(c.loop, &tidy_timer, now + REST_US);
}

int
worker_main(int argc, char **argv)
{
    child_start(&c, argc, argv, SANDBOX_WORKER, &hooks);
    request_mem = arena_new(SERVE_ARENA_MAX);
    worker_take_config(&c);
    work_init(&c, work_done);
    take_tables();
    open_store();
    if (c.workspace != 0) {
        worker_take_settings(&c, serve.gate.store, request_mem);
    } else {
        registrar_begin();
    }
    struct sandbox box = {
        .role = SANDBOX_WORKER, .paths = {{c.dir, true}, {TIME_ZONES, false}}
    };
    child_ready(&c, &box);
    if (c.workspace == 0) {
        registrar_changed(&serve.gate, &c, request_mem);
        arena_reset(request_mem);
    }
    set_timers();
    post_init(&c, serve.gate.store, c.workspace == 0 ? console_name : app_name, c.workspace != 0);
    if (c.workspace != 0) {
        export_files_in(c.dir);
    }
    wishes_init(&c, serve.gate.store);
    after_work();
    loop_run(c.loop);
    store_close(serve.gate.store);
    return child_end(&c);
}
