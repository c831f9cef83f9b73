/* fake_worker.c: stands in for kontor-worker and kontor-edge in test/proc/process_test.mjs: it
 * starts, confines itself and talks to master exactly as they do, and then does what it is told by
 * `kontor user lock --login ACT`: dies in every way, tries forbidden acts, asks for helpers and
 * keys. Role "system" keeps the workspaces that were added in a file of slugs. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/child.h"
#include "proc/hash.h"
#include "proc/host_table.h"

static struct child c;
static uint8_t buf[FRAME_MAX];
static uint8_t out_buf[FRAME_MAX];
static uint64_t waiting; /* the command that waits for a helper's channel */
static int64_t n_workspaces;
enum { SLUGS_MAX = 16 };
static char slugs[SLUGS_MAX][64]; /* from 1; the registrar's table, a file of lines */

static void
answer(uint64_t id, enum rc rc, const char *json)
{
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, rc);
    if (rc == OK) {
        frame_put_str(&f, W_F_BODY, str_of(json));
    } else {
        frame_put_str(&f, W_F_CODE, STR("io"));
        frame_put_str(&f, W_F_DETAIL, str_of(json));
    }
    child_send(&c, &f, -1);
}

static void
answer_about_us(uint64_t id)
{
    char json[400];
    char stamp[32];
    struct str now = instant_print(time_now(), stamp);
    (void)snprintf(json, sizeof json,
                   "{\"rows\":[{\"id\":%d,\"login\":\"%.*s\",\"group\":\"%lld\",\"state\":\"%u\","
                   "\"name\":\"%.*s\"}]}",
                   getpid(), STR_FMT(now), (long long)c.workspace, getuid(),
                   STR_FMT(child_get(&c, "origin")));
    answer(id, OK, json);
}

static enum rc
seal(struct frame *ret_f)
{
    struct frame_out f;
    frame_begin(&f, out_buf, sizeof out_buf, W_KEY_SEAL, 5);
    frame_put_i64(&f, W_F_PURPOSE, KP_SECRET);
    frame_put_str(&f, W_F_PLAIN, STR("text"));
    enum rc rc = frame_call(c.keymgr, &f, -1, buf, sizeof buf, time_mono_us() + 1000000, ret_f);
    if (rc != OK && child_await_keymgr(&c)) {
        rc = frame_call(c.keymgr, &f, -1, buf, sizeof buf, time_mono_us() + 1000000, ret_f);
    }
    return rc;
}

static void
need(uint64_t id, enum wire_kind kind)
{
    struct frame_out f;
    chan_begin(&f, W_NEED, id);
    frame_put_i64(&f, W_F_KIND, kind);
    child_send(&c, &f, -1);
    waiting = id;
}

static void
on_channel(struct child *child, enum wire_kind kind, int fd, const struct frame *in)
{
    (void)child;
    (void)in;
    struct frame_out f;
    struct frame got;
    char json[64];
    if (kind != WK_HASH && kind != WK_PRESS) {
        return; /* an edge's channel is kept open until we end */
    }
    frame_begin(&f, out_buf, sizeof out_buf, kind == WK_HASH ? W_HASH : W_QR, 6);
    frame_put_str(&f, W_F_PLAIN, STR("a long enough password"));
    frame_put_str(&f, W_F_SALT, STR("0123456789abcdef"));
    frame_put_i64(&f, W_F_OPS, 2);
    frame_put_i64(&f, W_F_MEM, 19456);
    enum rc rc = frame_call(fd, &f, -1, buf, sizeof buf, time_mono_us() + 5000000, &got);
    (void)snprintf(json, sizeof json, "{\"bytes\":%zu}",
                   rc != OK          ? 0
                   : kind == WK_HASH ? frame_get(&got, W_F_TAG).n
                                     : frame_get(&got, W_F_BODY).n);
    answer(waiting, rc, rc == OK ? json : "helper");
    close(fd);
}

/* Forbidden acts that the start-up probes have already tried softly; now they must be deadly. */
static void
forbidden(const char *act)
{
    if (strcmp(act, "sys-socket") == 0) {
        (void)socket(AF_INET, SOCK_STREAM, 0);
    } else if (strcmp(act, "sys-connect") == 0) {
        struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(9)};
        (void)connect(c.control.w.fd, (struct sockaddr *)&sa, sizeof sa);
    } else if (strcmp(act, "sys-ptrace") == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    } else if (strcmp(act, "sys-exec") == 0) {
        char *const argv[] = {NULL};
        (void)execve("/bin/true", argv, argv);
    } else if (strcmp(act, "sys-fork") == 0) {
        (void)fork();
    } else if (strcmp(act, "sys-kill") == 0) {
        (void)kill(getppid(), 0);
    } else if (strcmp(act, "sys-truncate") == 0) {
        (void)!truncate("/etc/passwd", 0);
    }
}

static void
do_act(uint64_t id, const char *act)
{
    char json[64];
    struct frame f;
    if (strcmp(act, "segv") == 0) {
        static volatile uintptr_t nowhere = 16;
        *(volatile int *)nowhere = 1;
    } else if (strcmp(act, "abort") == 0) {
        abort();
    } else if (strcmp(act, "hang") == 0) {
        child_deadline(100000);
        for (volatile int forever = 1; forever != 0;) {
        }
    } else if (strcmp(act, "exit3") == 0) {
        _exit(3);
    } else if (strcmp(act, "open") == 0) {
        int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
        (void)snprintf(json, sizeof json, "{\"errno\":%d}", fd < 0 ? errno : 0);
        answer(id, OK, json);
    } else if (strcmp(act, "write") == 0) {
        char path[CHILD_DIR_MAX + 16];
        (void)snprintf(path, sizeof path, "%s/data.db", c.dir);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        (void)snprintf(json, sizeof json, "{\"errno\":%d}", fd < 0 ? errno : 0);
        answer(id, OK, json);
    } else if (strcmp(act, "seal") == 0) {
        enum rc rc = seal(&f);
        answer(id, rc, rc == OK ? "{\"sealed\":true}" : "keymgr");
    } else if (strcmp(act, "hash") == 0) {
        need(id, WK_HASH);
    } else if (strcmp(act, "qr") == 0) {
        need(id, WK_PRESS);
    } else if (strcmp(act, "log") == 0) {
        static char line[9000];
        memset(line, 'x', sizeof line - 1);
        line[sizeof line - 1] = '\n';
        (void)!write(STDERR_FILENO, line, sizeof line);
        answer(id, OK, "{}");
    } else {
        forbidden(act);
        answer(id, RC_IO, "survived");
    }
}

static void
send_hosts(void)
{
    static char hosts[SLUGS_MAX][64];
    struct host_line lines[SLUGS_MAX];
    struct frame_out f;
    int fd;
    for (int64_t i = 0; i < n_workspaces; i++) {
        (void)snprintf(hosts[i], sizeof hosts[i], "%s.localhost", slugs[i + 1]);
        lines[i] =
            (struct host_line){str_of(hosts[i]), str_of(slugs[i + 1]), STR_NONE, i + 1, WH_ACTIVE};
    }
    if (host_table_new(lines, (size_t)n_workspaces, &fd) != OK) {
        _exit(1);
    }
    chan_begin(&f, W_HOSTS, 0);
    child_send(&c, &f, fd);
}

/* The text of {"key":"TEXT"} without a JSON reader. */
static void
text_of(struct str body, const char *key, char *act, size_t cap)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof quoted, "\"%s\":\"", key);
    size_t at = str_find(body, str_of(quoted), 0);
    size_t from = at == SIZE_MAX ? 0 : at + strlen(quoted);
    size_t to = str_find(body, STR("\""), from);
    struct str s = str_sub(body, from, to == SIZE_MAX ? 0 : to - from);
    (void)snprintf(act, cap, "%.*s", STR_FMT(s));
}

static int
open_slugs(void)
{
    char path[CHILD_DIR_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/slugs", c.dir);
    return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void
add_slug(uint64_t id, struct str body)
{
    char json[64];
    char *slug = slugs[++n_workspaces];
    int fd = open_slugs();
    text_of(body, "slug", slug, sizeof slugs[0]);
    (void)!write(fd, slug, strlen(slug));
    (void)!write(fd, "\n", 1);
    close(fd);
    (void)snprintf(json, sizeof json, "{\"workspace\":%lld}", (long long)n_workspaces);
    answer(id, OK, json);
}

static void
read_slugs(void)
{
    char text[1024];
    int fd = open_slugs();
    ssize_t n = read(fd, text, sizeof text);
    struct str rest = {text, n > 0 ? (size_t)n : 0};
    struct str line;
    close(fd);
    while (str_cut(&rest, '\n', &line) && line.n > 0) {
        (void)snprintf(slugs[++n_workspaces], sizeof slugs[0], "%.*s", STR_FMT(line));
    }
}

static void
on_message(struct child *child, struct frame *f)
{
    (void)child;
    char act[64];
    if (f->type != W_COMMAND) {
        return;
    }
    uint64_t id = f->id;
    struct str name = frame_get(f, W_F_NAME);
    if (str_eq(name, STR("user.list"))) {
        answer_about_us(id);
    } else if (str_eq(name, STR("user.lock"))) {
        text_of(frame_get(f, W_F_BODY), "login", act, sizeof act);
        do_act(id, act);
    } else if (str_eq(name, STR("workspace.add"))) {
        add_slug(id, frame_get(f, W_F_BODY));
    } else if (str_eq(name, STR("user.first_link"))) {
        answer(id, OK, "{\"path\":\"/einladung/abc\"}");
    } else {
        send_hosts();
        answer(id, OK, "{\"state\":\"active\"}");
    }
}

static const struct child_hooks hooks = {.channel = on_channel, .message = on_message};

static void
need_page_key(void)
{
    struct frame_out f;
    struct frame got;
    frame_begin(&f, out_buf, sizeof out_buf, W_KEY_PAGE, 1);
    if (frame_call(c.keymgr, &f, -1, buf, sizeof buf, time_mono_us() + 5000000, &got) != OK ||
        frame_get(&got, W_F_KEY).n != 32) {
        log_line(LOG_ERROR, "fake.no_key", "type=%d", got.type);
        _exit(9);
    }
}

int
main(int argc, char **argv)
{
    struct sandbox box = {.role = SANDBOX_WORKER};
    if (argc > 2 && strcmp(argv[2], "hash") == 0) {
        return hash_main(argc, argv);
    }
    bool is_edge = argc > 2 && (strcmp(argv[2], "edge") == 0 || strcmp(argv[2], "operator") == 0);
    child_start(&c, argc, argv, is_edge ? SANDBOX_EDGE : SANDBOX_WORKER, &hooks);
    if (is_edge) {
        box.role = SANDBOX_EDGE;
    } else {
        need_page_key();
        box.paths[0] = (struct sandbox_path){c.dir, true};
    }
    child_ready(&c, &box);
    if (c.workspace == 0) {
        read_slugs();
        send_hosts();
    }
    loop_run(c.loop);
    return child_end(&c);
}
