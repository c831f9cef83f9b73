/* logs.c: one pipe for each child, whole lines into log/kontor.log with time and role before them.
 * A line is at most 4 KB, a process at most 1 MiB a minute; what is more is counted and said. The
 * file of a day is kontor.log, then kontor-DAY.log, and is removed after log_days. Grave lines go
 * to standard error as well, if who reads it keeps up: master waits for nobody there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>

#include "proc/master_own.h"

enum { READ_SIZE = 16 * 1024, FILE_BYTES_MAX = 64 << 20, HEAD_SIZE = 96, LINE_SIZE = PIPE_BUF };

static struct master *self_log; /* master's own lines go the same way */

/* --- the file -------------------------------------------------------------------------------- */

static int32_t
today(void)
{
    return (int32_t)(time_now().us / (86400LL * 1000000));
}

static void
day_path(const struct master *m, int32_t day, char *buf, size_t cap)
{
    char text[16];
    struct str s = day_print((struct day){day}, text);
    (void)snprintf(buf, cap, "%s/log/kontor-%.*s.log", m->dir, STR_FMT(s));
}

static void
open_file(struct master *m)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/log/kontor.log", m->dir);
    m->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    m->log_size = m->log_fd < 0 ? 0 : lseek(m->log_fd, 0, SEEK_END);
    m->log_day = today();
}

/* At midnight UTC: yesterday's file gets its day's name, the oldest ones go. */
static void
rotate(struct master *m)
{
    char from[PATH_SIZE + 32];
    char to[PATH_SIZE + 64];
    (void)snprintf(from, sizeof from, "%s/log/kontor.log", m->dir);
    day_path(m, m->log_day, to, sizeof to);
    if (m->log_fd >= 0) {
        close(m->log_fd);
    }
    (void)rename(from, to);
    for (int32_t d = 0; d < 100; d++) {
        day_path(m, today() - (int32_t)m->conf.log_days - d, to, sizeof to);
        (void)unlink(to);
    }
    open_file(m);
}

static bool
is_grave(const char *line, size_t n)
{
    struct str s = {line, n};
    return str_starts(s, STR("level=error")) || str_starts(s, STR("level=warn"));
}

/* A whole line, with its end, cut where it is too long: its length. */
static size_t
print_line(char buf[LINE_SIZE], const char *who, const char *line, size_t n)
{
    char stamp[32];
    struct str at = instant_print(time_now(), stamp);
    int h = snprintf(buf, HEAD_SIZE, "%.*s %s ", STR_FMT(at), who);
    size_t head = h > 0 && h < HEAD_SIZE ? (size_t)h : 0;
    n = n < LINE_SIZE - head - 1 ? n : LINE_SIZE - head - 1;
    memcpy(buf + head, line, n);
    buf[head + n] = '\n';
    return head + n + 1;
}

/* The pipe or socket there may be full, and its reader may wait for us. A pipe that is ready takes
 * PIPE_BUF bytes at least (pipe(7)), and no line has more. */
static bool
stderr_takes(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static void
tell_stderr(struct master *m, const char *buf, size_t len)
{
    if (m->stderr_lost > 0 && stderr_takes()) {
        char note[80], told[LINE_SIZE];
        int n = snprintf(note, sizeof note, "level=warn event=log.stderr_full lines=%lld",
                         (long long)m->stderr_lost);
        (void)!write(STDERR_FILENO, told, print_line(told, "master", note, n > 0 ? (size_t)n : 0));
        m->stderr_lost = 0;
    }
    if (stderr_takes()) {
        (void)!write(STDERR_FILENO, buf, len);
    } else {
        m->stderr_lost++;
    }
}

void
logs_write(struct master *m, const char *who, const char *line, size_t n)
{
    if (m->log_fd >= 0 && m->log_day != today()) {
        rotate(m);
    }
    char buf[LINE_SIZE];
    const size_t len = print_line(buf, who, line, n);
    if (m->log_fd >= 0 && m->log_size < FILE_BYTES_MAX) {
        ssize_t done = write(m->log_fd, buf, len); /* a full disk loses lines, nothing else */
        m->log_size += done > 0 ? done : 0;
    }
    if (m->opt->verbose || (!m->opt->quiet && is_grave(line, n))) {
        tell_stderr(m, buf, len);
    }
}

/* --- pipes ----------------------------------------------------------------------------------- */

static void
who_is(const struct log_pipe *l, char *buf, size_t cap)
{
    const struct proc *p = l->proc;
    if (p == NULL) {
        (void)snprintf(buf, cap, "gone");
    } else if (p->live != NULL) {
        (void)snprintf(buf, cap, "worker-%lld", (long long)p->live->workspace);
    } else if (p->role == R_EDGE || p->role == R_HASH) {
        (void)snprintf(buf, cap, "%s-%d", role_name(p->role), p->index);
    } else {
        (void)snprintf(buf, cap, "%s", role_name(p->role));
    }
}

static void
take_line(struct master *m, struct log_pipe *l, const char *line, size_t n)
{
    char who[32];
    int64_t minute = loop_now(m->loop) / 60000000;
    who_is(l, who, sizeof who);
    if (minute != l->minute) {
        if (l->dropped > 0) {
            char note[64];
            int len = snprintf(note, sizeof note, "level=warn event=log.dropped lines=%lld",
                               (long long)l->dropped);
            logs_write(m, who, note, len > 0 ? (size_t)len : 0);
        }
        l->minute = minute;
        l->bytes = l->dropped = 0;
    }
    l->bytes += (int64_t)n;
    if (l->bytes > LOG_PER_MINUTE) {
        l->dropped++;
    } else {
        logs_write(m, who, line, n);
    }
}

/* Keeps the unfinished end of what was read for the next time; a line beyond the bound is cut. */
static void
keep_part(struct log_pipe *l, const char *p, size_t n)
{
    size_t room = LINE_MAX_BYTES - l->n;
    if (l->part == NULL && n > 0) {
        l->part = loop_alloc(LINE_MAX_BYTES);
    }
    if (n > room) {
        n = room;
        l->skipping = true;
    }
    if (n > 0) {
        memcpy(l->part + l->n, p, n);
        l->n += n;
    }
}

static void
end_part(struct master *m, struct log_pipe *l)
{
    if (l->n > 0) {
        take_line(m, l, l->part, l->n);
    }
    free(l->part);
    l->part = NULL;
    l->n = 0;
    l->skipping = false;
}

/* Whole lines of what is there; what read() gave. */
static ssize_t
take_some(struct master *m, struct log_pipe *l)
{
    static char buf[READ_SIZE];
    ssize_t n = read(l->w.fd, buf, sizeof buf);
    size_t from = 0;
    for (size_t i = 0; n > 0 && i < (size_t)n; i++) {
        if (buf[i] == '\n') {
            keep_part(l, buf + from, i - from);
            end_part(m, l);
            from = i + 1;
        }
    }
    if (n > 0 && !l->skipping) {
        keep_part(l, buf + from, (size_t)n - from);
    }
    return n;
}

static void
drop_pipe(struct master *m, struct log_pipe *l)
{
    end_part(m, l);
    loop_unwatch(m->loop, &l->w);
    close(l->w.fd);
    if (l->proc != NULL) {
        l->proc->log = NULL;
    }
    for (struct log_pipe **at = &m->log_pipes; *at != NULL; at = &(*at)->next) {
        if (*at == l) {
            *at = l->next;
            break;
        }
    }
    free(l);
}

static void
on_pipe(struct watch *w, uint32_t events)
{
    struct log_pipe *l = w->arg;
    (void)events;
    ssize_t n = take_some(self_log, l);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        drop_pipe(self_log, l);
    }
}

void
logs_pipe(struct proc *p, int fd)
{
    struct log_pipe *l = loop_alloc(sizeof *l);
    (void)fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK);
    l->proc = p;
    l->w = (struct watch){.fd = fd, .fn = on_pipe, .arg = l};
    l->next = p->m->log_pipes;
    p->m->log_pipes = l;
    p->log = l;
    loop_watch(p->m->loop, &l->w, EPOLLIN);
}

enum rc
logs_open(struct master *m, struct err *err)
{
    self_log = m;
    open_file(m);
    return m->log_fd >= 0
               ? OK
               : fail(err, RC_IO, E_IO, "cannot open log/kontor.log: %s", strerrorname_np(errno));
}

void
logs_drain(struct master *m)
{
    while (m->log_pipes != NULL) {
        while (take_some(m, m->log_pipes) > 0) {
        }
        drop_pipe(m, m->log_pipes);
    }
}

void
logs_close(struct master *m)
{
    if (m->log_fd >= 0) {
        close(m->log_fd);
    }
    m->log_fd = -1;
}
