/* err.c: the error slot, the names of codes, and the one table of HTTP statuses and exit statuses.
 */
#include "base/err.h"

#include <stdarg.h>

static const char *const code_names[E_COUNT] = {
    [E_NONE] = "none",
#define X(sym, name) [sym] = (name),
#include "base/codes.def"
#undef X
};

static const struct {
    int http;
    int exit;
} classes[] = {
    [-OK] = {200, 0},
      [-RC_INVALID] = {422, 2},
      [-RC_DENIED] = {403, 3},
    [-RC_MISSING] = {404, 4},
      [-RC_CONFLICT] = {409, 5},
      [-RC_LIMIT] = {429, 6},
    [-RC_BUSY] = {503, 7},
      [-RC_IO] = {503, 8},
      [-RC_BROKEN] = {500, 9},
};

enum rc
fail(struct err *err, enum rc rc, enum code code, const char *fmt, ...)
{
    if (err == NULL || err->rc != OK) {
        return rc;
    }
    va_list ap;
    va_start(ap, fmt);
    *err = (struct err){.rc = rc, .code = code};
    (void)vsnprintf(err->detail, sizeof err->detail, fmt, ap);
    va_end(ap);
    return rc;
}

/* Copies text into the fixed buffer of the slot; a cut never leaves half a UTF-8 sequence. */
static void
copy_arg(char *to, size_t cap, const char *from)
{
    size_t n = strnlen(from, cap - 1);
    if (from[n] != '\0') {
        while (n > 0 && ((unsigned char)from[n] & 0xC0U) == 0x80U) {
            n--;
        }
    }
    memcpy(to, from, n);
    to[n] = '\0';
}

enum rc
fail_field(struct err *err, const char *field, enum rc rc, enum code code, const char *arg)
{
    if (err == NULL || err->rc != OK) {
        return rc;
    }
    *err = (struct err){.rc = rc, .code = code, .field = field};
    if (arg != NULL) {
        copy_arg(err->arg, sizeof err->arg, arg);
    }
    return rc;
}

const char *
code_name(enum code code)
{
    if ((unsigned)code >= E_COUNT) {
        return code_names[E_BROKEN];
    }
    return code_names[code];
}

/* What is outside the enum is broken by definition. */
static size_t
class_index(enum rc rc)
{
    return rc <= OK && rc >= RC_BROKEN ? (size_t)-rc : (size_t)-RC_BROKEN;
}

int
rc_http(enum rc rc)
{
    return classes[class_index(rc)].http;
}

int
rc_exit(enum rc rc)
{
    return classes[class_index(rc)].exit;
}
