/* edge_log.c: log lines of one turn of the loop leave in one write: a line of its own for each
 * request would wake master as often. A log that nobody reads never stops the edge: lines are
 * dropped and counted. */
#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "proc/edge.h"

enum { LOG_BUF = 64 * 1024 };

static char buf[LOG_BUF];
static size_t used;
static unsigned long dropped;

static void
keep_line(const char *line, size_t n)
{
    if (n > LOG_BUF - used) {
        edge_log_flush();
    }
    if (n > LOG_BUF - used) {
        dropped++;
        return;
    }
    memcpy(buf + used, line, n);
    used += n;
    if (str_starts((struct str){line, n}, STR("level=error"))) {
        edge_log_flush(); /* perhaps the last that is heard of this process */
    }
}

void
edge_log_flush(void)
{
    size_t done = 0;

    while (done < used) {
        ssize_t n = write(STDERR_FILENO, buf + done, used - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN) {
            done = used; /* the pipe is gone, and with it who would read */
        }
        if (n < 0) {
            break;
        }
        done += (size_t)n;
    }
    used -= done;
    memmove(buf, buf + done, used);
    if (dropped > 0 && used == 0) {
        unsigned long n = dropped;
        dropped = 0;
        log_line(LOG_WARN, "edge.log_dropped", "lines=%lu", n);
    }
}

void
edge_log_start(void)
{
    int flags = fcntl(STDERR_FILENO, F_GETFL);

    if (flags >= 0) {
        (void)fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    }
    log_sink(keep_line);
}
