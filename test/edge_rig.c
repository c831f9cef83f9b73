/* edge_rig.c: see edge_rig.h. */
#include "edge_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/frame.h"
#include "base/sealed.h"
#include "base/wire.h"

enum { FDS_MAX = 2048, WORKSPACE = 7 };

/* The rig's master: one process, poll. Slot 0 is the command pipe, 1 the edge, 2 the signer, the
 * others are channels of echo workers. */
struct master {
    struct pollfd fds[FDS_MAX];
    nfds_t n;
    pid_t edge, signer;
    const char *dir;
    int back;
    int late, opens, deaths;
    uint8_t buf[FRAME_MAX], out[FRAME_MAX];
};

static int log_fd = -1; /* DIR/log: what the programs say */

static _Noreturn void
broken(const char *what)
{
    perror(what);
    _exit(99);
}

static void
make_pair(int fds[2])
{
    int size = 4 * FRAME_MAX;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        broken("socketpair");
    }
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static const char *
program(const char *name, char *buf, size_t cap)
{
    const char *build = getenv("KONTOR_BUILD");

    (void)snprintf(buf, cap, "%s/%s", build != NULL ? build : "build", name);
    return buf;
}

/* Descriptors fds[0…] become 3, 4, …; -1 leaves a gap. */
static pid_t
spawn(const char *name, const char *const *argv, const int *fds, size_t n)
{
    char path[512];
    int high[8];
    pid_t pid = fork();

    if (pid != 0) {
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setenv("ASAN_OPTIONS", "detect_leaks=0:color=never", 1); /* what the sandbox lets it do */
    if (log_fd >= 0) {
        (void)dup2(log_fd, STDERR_FILENO);
    }
    for (size_t i = 0; i < n; i++) {
        high[i] = fds[i] >= 0 ? fcntl(fds[i], F_DUPFD, 100) : -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (high[i] >= 0) {
            (void)dup2(high[i], 3 + (int)i);
            (void)close(high[i]);
        } else {
            (void)close(3 + (int)i);
        }
    }
    (void)execv(program(name, path, sizeof path), (char *const *)(uintptr_t)argv);
    broken(path);
}

static void
send_or_die(int fd, const struct frame_out *out, int pass_fd)
{
    if (frame_send(fd, out, pass_fd) != OK) {
        broken("frame_send");
    }
}

static void
send_config(struct master *m, int fd, const char *const *settings)
{
    struct frame_out out;

    frame_begin(&out, m->out, sizeof m->out, W_CONFIG, 0);
    for (size_t i = 0; settings != NULL && settings[i] != NULL; i += 2) {
        frame_put_str(&out, W_F_NAME, str_of(settings[i]));
        frame_put_str(&out, W_F_BODY, str_of(settings[i + 1]));
    }
    send_or_die(fd, &out, -1);
}

static void
await(struct master *m, int fd, uint16_t type)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct frame f;

    if (poll(&p, 1, 30000) != 1 || frame_recv(fd, m->buf, sizeof m->buf, &f) != OK ||
        f.type != type) {
        (void)fprintf(stderr, "rig: no message %u\n", type);
        _exit(99);
    }
}

/* --- starting */

static int
start_signer(struct master *m)
{
    int control[2];
    const char *argv[] = {"kontor-keymgr", "--role", "signer", "--dir", m->dir, NULL};

    make_pair(control);
    m->signer = spawn("kontor-keymgr", argv, &control[1], 1);
    (void)close(control[1]);
    send_config(m, control[0], NULL);
    await(m, control[0], W_READY);
    return control[0];
}

/* A channel between edge and signer. */
static void
connect_signer(struct master *m)
{
    struct frame_out out;
    int pair[2];

    make_pair(pair);
    frame_begin(&out, m->out, sizeof m->out, W_CHANNEL, 0);
    frame_put_i64(&out, W_F_KIND, WK_EDGE);
    send_or_die(m->fds[2].fd, &out, pair[0]);
    frame_begin(&out, m->out, sizeof m->out, W_CHANNEL, 0);
    frame_put_i64(&out, W_F_KIND, WK_SIGNER);
    send_or_die(m->fds[1].fd, &out, pair[1]);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static int
start_edge(struct master *m, int tcp, int local, const char *const *settings)
{
    int control[2];
    const char *argv[] = {"kontor-edge", "--role", "edge", NULL};

    make_pair(control);
    m->edge = spawn("test/edge_under_test", argv, (const int[]){control[1], -1, tcp, local}, 4);
    (void)close(control[1]);
    send_config(m, control[0], settings);
    await(m, control[0], W_READY);
    return control[0];
}

/* --- the echo worker */

static void
reply_begin(struct master *m, struct frame_out *out, const struct frame *f, int64_t status)
{
    frame_begin(out, m->out, sizeof m->out, W_REPLY, f->id);
    frame_put_i64(out, W_F_STATUS, status);
    frame_put_str(out, W_F_ROUTE, STR("/echo"));
    frame_put_str(out, W_F_HEADER, STR("content-type: text/plain"));
}

static void
reply_echo(struct master *m, int fd, const struct frame *f)
{
    static const struct {
        uint16_t tag;
        const char *name;
    } shown[] = {
        {W_F_METHOD,   "method"},
        {W_F_PATH,     "path"  },
        {W_F_QUERY,    "query" },
        {W_F_HOST,     "host"  },
        {W_F_HEADER,   "header"},
        {W_F_CLIENT,   "client"},
        {W_F_BASE_URL, "base"  },
        {W_F_BODY,     "body"  }
    };
    static char text[FRAME_MAX];
    size_t n = 0;
    size_t pos = 0;
    uint16_t tag = 0;
    struct str v;
    struct frame_out out;

    while (frame_next(f, &pos, &tag, &v)) {
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
            if (shown[i].tag == tag && n + v.n + 16 < sizeof text) {
                n += (size_t)snprintf(text + n, sizeof text - n, "%s=%.*s\n", shown[i].name,
                                      STR_FMT(v));
            }
        }
    }
    reply_begin(m, &out, f, 200);
    frame_put(&out, W_F_BODY, text, n);
    send_or_die(fd, &out, -1);
}

static void
reply_size(struct master *m, int fd, const struct frame *f)
{
    struct frame_out out;
    struct str body = frame_get(f, W_F_BODY);
    int64_t said = -1;
    int64_t seen = 0;
    char text[64];

    if (frame_get_i64(f, W_F_BODY_SIZE, &said) != OK) {
        broken("body size");
    }
    for (size_t i = 0; i < body.n; i++) {
        seen += body.p[i] == 'a';
    }
    char part[4096];
    ssize_t n = 0;
    for (off_t at = 0; f->fd >= 0 && (n = pread(f->fd, part, sizeof part, at)) > 0; at += n) {
        for (ssize_t i = 0; i < n; i++) {
            seen += part[i] == 'a';
        }
    }
    (void)snprintf(text, sizeof text, "%s%lld", seen == said ? "" : "said ", (long long)said);
    reply_begin(m, &out, f, 200);
    frame_put_str(&out, W_F_BODY, str_of(text));
    send_or_die(fd, &out, -1);
}

static void
reply_big(struct master *m, int fd, const struct frame *f, bool sealed)
{
    struct frame_out out;
    int64_t n = 0;
    int body = memfd_create("big", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    char part[4096];

    if (str_to_i64(frame_get(f, W_F_QUERY), &n) != OK) {
        n = 10;
    }
    memset(part, 'b', sizeof part);
    for (int64_t at = 0; at < n;) {
        ssize_t w = write(body, part, (size_t)(n - at < 4096 ? n - at : 4096));
        if (w <= 0) {
            broken("memfd");
        }
        at += w;
    }
    if (sealed &&
        fcntl(body, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        broken("seals");
    }
    reply_begin(m, &out, f, 200);
    frame_put_i64(&out, W_F_BODY_SIZE, n);
    send_or_die(fd, &out, body);
    (void)close(body);
}

/* A file without a name, sparse but for its last 4096 bytes: what must be long takes no room. */
static int
make_file(const char *dir, off_t size, bool writable)
{
    char part[4096];
    char path[64];
    const int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    memset(part, 'f', sizeof part);
    const size_t n = (size_t)(size < 4096 ? size : 4096);
    if (fd < 0 || ftruncate(fd, size) != 0 || pwrite(fd, part, n, size - (off_t)n) != (ssize_t)n) {
        broken("file");
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int read_only = writable ? fd : open(path, O_RDONLY | O_CLOEXEC);
    if (!writable) {
        (void)close(fd);
    }
    return read_only;
}

static const uint8_t file_key[SEALED_KEY] = {7, 7, 7};

/* The same, sealed (base/sealed.h); `bad`: of its second piece a bit is another. */
static int
make_sealed(const char *dir, int64_t size, bool bad)
{
    uint8_t plain[SEALED_PIECE];
    uint8_t box[SEALED_PIECE + SEALED_TAG];
    uint8_t nonce[SEALED_NONCE];
    char path[64];
    int n;
    const int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    if (ftruncate(fd, SEALED_HEAD) != 0) {
        broken("sealed file");
    }

    memset(plain, 'f', sizeof plain);
    for (int64_t i = 0; i * SEALED_PIECE < size; i++) {
        const int64_t left = size - i * SEALED_PIECE;
        const int part = left < SEALED_PIECE ? (int)left : SEALED_PIECE;
        sealed_nonce(i, nonce);
        if (EVP_EncryptInit_ex(c, EVP_chacha20_poly1305(), NULL, file_key, nonce) != 1 ||
            EVP_EncryptUpdate(c, box, &n, plain, part) != 1 ||
            EVP_EncryptFinal_ex(c, box + n, &n) != 1 ||
            EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SEALED_TAG, box + part) != 1) {
            broken("seal");
        }
        box[0] ^= bad && i == 1 ? 1 : 0;
        if (pwrite(fd, box, (size_t)part + SEALED_TAG, (off_t)sealed_at(i)) != part + SEALED_TAG) {
            broken("sealed file");
        }
    }
    EVP_CIPHER_CTX_free(c);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int read_only = open(path, O_RDONLY | O_CLOEXEC);
    (void)close(fd);
    return read_only;
}

static void
reply_file(struct master *m, int fd, struct str what, const struct frame *f)
{
    struct frame_out out;
    int64_t v[3] = {0};
    struct str part;
    struct str flag = STR("");
    char path[64];

    for (size_t i = 0; str_cut(&what, ',', &part); i++) {
        if (i < 3 && str_to_i64(part, &v[i]) != OK) {
            broken("number");
        }
        flag = i == 3 ? part : flag;
    }
    const bool bad = str_eq(flag, STR("b"));
    const bool sealed = bad || str_eq(flag, STR("s")) || str_eq(flag, STR("k"));
    const int file =
        sealed ? make_sealed(m->dir, v[0], bad) : make_file(m->dir, v[0], str_eq(flag, STR("w")));
    reply_begin(m, &out, f, 206);
    if (sealed) {
        frame_put(&out, W_F_KEY, file_key, str_eq(flag, STR("k")) ? SEALED_KEY - 1 : SEALED_KEY);
    }
    frame_put_i64(&out, W_F_OFFSET, v[1]);
    frame_put_i64(&out, W_F_BODY_SIZE, v[2]);
    send_or_die(fd, &out, file);
    if (str_eq(flag, STR("c"))) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        const int again = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (again < 0) {
            broken("cut");
        }
        (void)close(again);
    }
    (void)close(file);
}

static void
reply_headers(struct master *m, int fd, const struct frame *f)
{
    struct frame_out out;

    reply_begin(m, &out, f, 200);
    frame_put_str(&out, W_F_HEADER, STR("set-cookie: __Host-sid=1"));
    frame_put_str(&out, W_F_HEADER, STR("content-length: 999"));
    frame_put_str(&out, W_F_HEADER, STR("transfer-encoding: chunked"));
    frame_put_str(&out, W_F_HEADER, STR("Strict-Transport-Security: max-age=0"));
    frame_put_str(&out, W_F_HEADER, STR("x-split: a\r\nx-evil: 1"));
    frame_put_str(&out, W_F_BODY, STR("ok"));
    send_or_die(fd, &out, -1);
}

static void
say_got(struct master *m, int fd, const struct frame *f)
{
    struct frame_out out;

    frame_begin(&out, m->out, sizeof m->out, W_GOT, f->id);
    send_or_die(fd, &out, -1);
}

/* False: this worker "died". */
static bool
serve_request(struct master *m, int fd, const struct frame *f)
{
    struct str path = frame_get(f, W_F_PATH);

    if (str_eq(path, STR("/die-always")) ||
        (str_eq(path, STR("/die-once")) && m->deaths++ % 2 == 0)) {
        return false;
    }
    say_got(m, fd, f);
    if (str_eq(path, STR("/die-got"))) {
        return false;
    }
    if (str_eq(path, STR("/silent")) || str_starts(path, STR("/slow/"))) {
        return true;
    }
    if (str_eq(path, STR("/size"))) {
        reply_size(m, fd, f);
    } else if (str_eq(path, STR("/big"))) {
        reply_big(m, fd, f, true);
    } else if (str_eq(path, STR("/unsealed"))) {
        reply_big(m, fd, f, false);
    } else if (str_starts(path, STR("/file/"))) {
        reply_file(m, fd, str_sub(path, 6, path.n), f);
    } else if (str_eq(path, STR("/headers"))) {
        reply_headers(m, fd, f);
    } else {
        reply_echo(m, fd, f);
    }
    return true;
}

/* --- the rig's master */

static void
answer_open(struct master *m, const struct frame *f)
{
    struct frame_out out;
    struct str host = frame_get(f, W_F_HOST);
    int pair[2];
    bool missing = str_starts(host, STR("missing."));

    m->opens++;
    if (str_starts(host, STR("mute."))) {
        return;
    }
    if (missing || str_starts(host, STR("busy."))) {
        frame_begin(&out, m->out, sizeof m->out, W_REFUSED, f->id);
        frame_put_str(&out, W_F_HOST, host);
        frame_put_str(&out, W_F_CODE, missing ? STR("missing") : STR("busy"));
        send_or_die(m->fds[1].fd, &out, -1);
        return;
    }
    make_pair(pair);
    frame_begin(&out, m->out, sizeof m->out, W_CHANNEL, f->id);
    frame_put_i64(&out, W_F_KIND, WK_WORKER);
    frame_put_str(&out, W_F_HOST, host);
    frame_put_i64(&out, W_F_WORKSPACE, WORKSPACE);
    send_or_die(m->fds[1].fd, &out, pair[1]);
    (void)close(pair[1]);
    if (m->n == FDS_MAX) {
        broken("too many workers");
    }
    m->fds[m->n++] = (struct pollfd){.fd = pair[0], .events = POLLIN};
}

/* kill -9 and another one, which makes its own keys. */
static void
renew_signer(struct master *m)
{
    (void)kill(m->signer, SIGKILL);
    (void)waitpid(m->signer, NULL, 0);
    (void)close(m->fds[2].fd);
    m->fds[2].fd = start_signer(m);
    connect_signer(m);
}

static void
serve_channel(struct master *m, nfds_t i)
{
    struct frame f;
    int64_t kind = 0;
    int fd = m->fds[i].fd;
    enum rc rc = frame_recv(fd, m->buf, sizeof m->buf, &f);

    if (rc == OK && i >= 3) {
        rc = serve_request(m, fd, &f) ? OK : RC_IO;
    } else if (rc == OK && f.type == W_OPEN) {
        answer_open(m, &f);
    } else if (rc == OK && f.type == W_LATE) {
        m->late++;
        if (frame_get_i64(&f, W_F_KIND, &kind) == OK && kind == WK_SIGNER) {
            renew_signer(m);
        }
    }
    if (rc == OK && f.fd >= 0) {
        (void)close(f.fd);
    }
    if (rc != OK && i >= 3) {
        (void)close(fd);
        m->fds[i] = m->fds[--m->n];
    } else if (rc != OK) {
        m->fds[i].fd = -1; /* edge or signer is gone */
    }
}

static int
obey(struct master *m, char what)
{
    struct frame_out out;
    int status = 0;

    switch (what) {
    case RIG_RELOAD:
        frame_begin(&out, m->out, sizeof m->out, W_RELOAD, 1);
        send_or_die(m->fds[2].fd, &out, -1);
        await(m, m->fds[2].fd, W_RELOAD);
        send_or_die(m->fds[1].fd, &out, -1);
        return 0;
    case RIG_KILL_SIGNER:
        renew_signer(m);
        return 0;
    case RIG_STOP_EDGE:
        frame_begin(&out, m->out, sizeof m->out, W_STOP, 0);
        send_or_die(m->fds[1].fd, &out, -1);
        return 0;
    case RIG_EDGE_DONE:
        (void)waitpid(m->edge, &status, 0);
        m->edge = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
    case RIG_LATE:
        return m->late;
    case RIG_OPENS:
        return m->opens;
    case RIG_EDGE_PID:
        return m->edge;
    case RIG_SIGNER_PID:
        return m->signer;
    default:
        return -1;
    }
}

/* 0: both ended by themselves and well. */
static int
end_all(struct master *m)
{
    pid_t all[2] = {m->edge, m->signer};
    int worst = 0;

    for (nfds_t i = 1; i < m->n; i++) {
        (void)close(m->fds[i].fd); /* the end of control is the end of a child */
    }
    for (size_t i = 0; i < 2; i++) {
        int status = 0;
        for (int t = 0; all[i] > 0 && waitpid(all[i], &status, WNOHANG) == 0; t++) {
            if (t == 500) {
                (void)kill(all[i], SIGKILL);
            }
            (void)poll(NULL, 0, 10);
        }
        worst = status != 0 ? 1 : worst;
    }
    return worst;
}

static _Noreturn void
run_master(struct master *m, int commands)
{
    m->fds[0] = (struct pollfd){.fd = commands, .events = POLLIN};
    for (;;) {
        if (poll(m->fds, m->n, -1) < 0) {
            broken("poll");
        }
        for (nfds_t i = m->n; i-- > 1;) {
            if (m->fds[i].revents != 0) {
                serve_channel(m, i);
            }
        }
        char what = 0;
        if (m->fds[0].revents != 0) {
            if (read(commands, &what, 1) != 1) {
                _exit(end_all(m));
            }
            int answer = obey(m, what);
            if (write(m->back, &answer, sizeof answer) != sizeof answer) {
                broken("answer");
            }
        }
    }
}

/* --- the test's side */

static int
listen_tcp(int *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const char *wanted = getenv("RIG_PORT");
    int64_t port = 0;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;

    if (wanted != NULL && str_to_i64(str_of(wanted), &port) == OK) {
        a.sin_port = htons((uint16_t)port);
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0) {
        broken("listen");
    }
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static int
listen_local(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 64) != 0) {
        broken("listen on a unix socket");
    }
    return fd;
}

static void
make_ca(const char *dir)
{
    const char *argv[] = {"kontor-keymgr", "--role", "signer", "--make-ca",
                          "localhost",     "--dir",  dir,      NULL};
    int status = -1;
    pid_t pid = spawn("kontor-keymgr", argv, NULL, 0);

    if (waitpid(pid, &status, 0) != pid || status != 0) {
        broken("make-ca");
    }
}

void
rig_start(struct rig *r, const char *const *settings)
{
    static struct master m;
    int commands[2], answers[2];
    const char *all[64];
    size_t n = 0;
    char port[16], ca[96], log_path[96];

    *r = (struct rig){0};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(r->dir, sizeof r->dir, "/tmp/kontor-rig-XXXXXX");
    if (mkdtemp(r->dir) == NULL || pipe(commands) != 0 || pipe(answers) != 0) {
        broken("rig");
    }
    (void)snprintf(log_path, sizeof log_path, "%s/log", r->dir);
    log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    make_ca(r->dir);
    int tcp = listen_tcp(&r->port);
    (void)snprintf(r->socket, sizeof r->socket, "%s/edge.sock", r->dir);
    int local = listen_local(r->socket);
    (void)snprintf(port, sizeof port, "%d", r->port);
    (void)snprintf(ca, sizeof ca, "%s/tls/ca.pem", r->dir);
    const char *own[] = {"public_port", port, "ca_file", ca};
    for (size_t i = 0; i < 4; i++) {
        all[n++] = own[i];
    }
    for (size_t i = 0; settings != NULL && settings[i] != NULL && n < 62; i++) {
        all[n++] = settings[i];
    }
    all[n] = NULL;
    r->master = fork();
    if (r->master == 0) {
        (void)close(commands[1]);
        (void)close(answers[0]);
        m = (struct master){.n = 3, .dir = r->dir, .back = answers[1]};
        m.fds[2] = (struct pollfd){.fd = start_signer(&m), .events = POLLIN};
        m.fds[1] = (struct pollfd){.fd = start_edge(&m, tcp, local, all), .events = POLLIN};
        connect_signer(&m);
        (void)close(tcp);
        (void)close(local);
        if (write(m.back, &(int){0}, sizeof(int)) != sizeof(int)) {
            broken("ready");
        }
        run_master(&m, commands[0]);
    }
    (void)close(commands[0]);
    (void)close(answers[1]);
    (void)close(tcp);
    (void)close(local);
    r->pipe = commands[1];
    r->back = answers[0];
    int ready = -1;
    if (read(r->back, &ready, sizeof ready) != sizeof ready) {
        broken("the rig did not start");
    }
}

int
rig_tell(struct rig *r, enum rig_command what)
{
    char c = (char)what;
    int answer = -1;

    if (write(r->pipe, &c, 1) != 1 || read(r->back, &answer, sizeof answer) != sizeof answer) {
        broken("rig_tell");
    }
    return answer;
}

char *
rig_log(const struct rig *r)
{
    enum { LOG_MAX = 1 << 20 };
    char path[96];
    char *text = calloc(1, LOG_MAX);

    (void)snprintf(path, sizeof path, "%s/log", r->dir);
    FILE *f = fopen(path, "re");
    if (f == NULL || text == NULL) {
        broken("log");
    }
    size_t n = fread(text, 1, LOG_MAX - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    return text;
}

void
rig_renew_ca(struct rig *r)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/tls/ca.pem", r->dir);
    (void)remove(path);
    (void)snprintf(path, sizeof path, "%s/tls/private/ca.key", r->dir);
    (void)remove(path);
    make_ca(r->dir);
    (void)rig_tell(r, RIG_RELOAD);
}

int
rig_stop(struct rig *r)
{
    static const char *const names[] = {
        "tls/ca.pem", "tls/private/ca.key", "tls/private", "tls", "edge.sock", "log", ""};
    char path[160];
    int status = -1;

    (void)close(r->pipe);
    (void)close(r->back);
    (void)waitpid(r->master, &status, 0);
    if (status != 0) {
        char *text = rig_log(r);
        (void)fprintf(stderr, "edge or signer did not end well:\n%s", text);
        free(text);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", r->dir, names[i]);
        (void)remove(path);
    }
    (void)close(log_fd);
    log_fd = -1;
    return status == 0 ? 0 : -1;
}
