/* tool.h: what the build-time programs share: whole files in memory, a growing text, and one way to
 * stop with file and line. They run on our own sources, at build time, and simply end on a fault.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOOL_UNUSED __attribute__((unused))

#ifdef __SANITIZE_ADDRESS__
/* They live for a moment and free nothing; the leak checker need not say so. */
int __lsan_is_turned_off(void);
__attribute__((weak)) int
__lsan_is_turned_off(void)
{
    return 1;
}
#endif

struct buf {
    char *p;
    size_t n, cap;
};

/* "file:line: message" as compilers say it; line 0 leaves the line out. Ends the program. */
TOOL_UNUSED __attribute__((format(printf, 3, 4), noreturn)) static void
die(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    if (line > 0) {
        fprintf(stderr, "%s:%d: ", file, line);
    } else {
        fprintf(stderr, "%s: ", file);
    }
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

TOOL_UNUSED static void *
need(void *p)
{
    if (p == NULL) {
        die("tool", 0, "out of memory");
    }
    return p;
}

TOOL_UNUSED static void
buf_add(struct buf *b, const void *p, size_t n)
{
    if (b->p == NULL || b->n + n + 1 > b->cap) {
        b->cap = (b->n + n + 1) * 2;
        b->p = need(realloc(b->p, b->cap));
    }
    if (n > 0) {
        memcpy(b->p + b->n, p, n);
    }
    b->n += n;
    b->p[b->n] = '\0';
}

TOOL_UNUSED __attribute__((format(printf, 2, 3))) static void
buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0) {
        die("tool", 0, "out of memory");
    }
    va_end(ap);
    buf_add(b, text, strlen(text));
    free(text);
}

/* The bytes as the inside of a C string literal; a line break also breaks the literal. */
TOOL_UNUSED static void
buf_c_string(struct buf *b, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c == '\n') {
            buf_fmt(b, i + 1 < n ? "\\n\"\n    \"" : "\\n");
        } else if (c == '"' || c == '\\') {
            buf_fmt(b, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            buf_fmt(b, "\\%03o", c);
        } else {
            buf_add(b, &c, 1);
        }
    }
}

TOOL_UNUSED static struct buf
read_file(const char *path)
{
    struct buf b = {0};
    char block[8192];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        die(path, 0, "cannot open: %s", strerror(errno));
    }
    buf_add(&b, "", 0);
    while ((n = fread(block, 1, sizeof(block), f)) > 0) {
        buf_add(&b, block, n);
    }
    if (ferror(f)) {
        die(path, 0, "cannot read: %s", strerror(errno));
    }
    fclose(f);
    return b;
}

TOOL_UNUSED static void
write_file(const char *path, const struct buf *b)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(b->p, 1, b->n, f) != b->n || fclose(f) != 0) {
        die(path, 0, "cannot write: %s", strerror(errno));
    }
}

/* list ends with NULL. */
TOOL_UNUSED static bool
is_one_of(const char *const *list, const char *s)
{
    for (; *list != NULL; list++) {
        if (strcmp(s, *list) == 0) {
            return true;
        }
    }
    return false;
}

TOOL_UNUSED static char *
copy_text(const char *p, size_t n)
{
    char *s = need(malloc(n + 1));

    memcpy(s, p, n);
    s[n] = '\0';
    return s;
}

TOOL_UNUSED __attribute__((format(printf, 1, 2))) static char *
copy_fmt(const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0) {
        die("tool", 0, "out of memory");
    }
    va_end(ap);
    return text;
}

#endif
