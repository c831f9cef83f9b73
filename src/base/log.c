/* log.c: one write for each line, so that lines of several processes do not mix in the pipe. A line
 * that cannot be written is lost: logging never stops the work. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>

enum { LINE_MAX_BYTES = 4096 };

static const char *log_prefix;
static void (*sink)(const char *line, size_t n);

void
log_role(const char *role)
{
    log_prefix = role;
}

void
log_sink(void (*fn)(const char *line, size_t n))
{
    sink = fn;
}

/* Appends text with control bytes escaped, leaving one byte for the line feed. */
static size_t
put_escaped(char line[static LINE_MAX_BYTES], size_t n, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool control = c < 0x20 || c == 0x7F;
        if (n + (control ? 4 : 1) > LINE_MAX_BYTES - 1) {
            break;
        }
        if (control) {
            line[n++] = '\\';
            line[n++] = 'x';
            line[n++] = digits[c >> 4];
            line[n++] = digits[c & 15U];
        } else {
            line[n++] = (char)c;
        }
    }
    return n;
}

void
log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warn", "note", "debug"};
    char text[LINE_MAX_BYTES];
    char line[LINE_MAX_BYTES];
    int saved = errno;
    va_list ap;

    int head = snprintf(text, sizeof text, "level=%s event=%s%s%s ", names[level], event,
                        log_prefix != NULL ? " " : "", log_prefix != NULL ? log_prefix : "");
    size_t n = 0;
    if (head > 0) {
        n = put_escaped(line, n, text);
    }
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    n = put_escaped(line, n, text);
    while (n > 0 && line[n - 1] == ' ') {
        n--;
    }
    line[n++] = '\n';
    if (sink != NULL) {
        sink(line, n);
    } else {
        ssize_t done;
        do {
            done = write(STDERR_FILENO, line, n);
        } while (done < 0 && errno == EINTR);
    }
    errno = saved;
}
