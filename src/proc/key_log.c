/* key_log.c: see key_log.h. */
#include "proc/key_log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/time.h"

enum { STAMP = 20 };
static const int64_t day_us = 86400LL * 1000000;

const char *
key_use_name(enum key_use u)
{
    static const char *const names[KEY_USE_COUNT] = {
        [KEY_USE_PAGE] = "page",         [KEY_USE_TARGET] = "target",
        [KEY_USE_SECRET] = "secret",     [KEY_USE_OPEN] = "open",
        [KEY_USE_SIGN] = "sign",         [KEY_USE_ARCHIVE] = "archive",
        [KEY_USE_PASSWORD] = "password", [KEY_USE_RECOVERY] = "recovery",
        [KEY_USE_CODE] = "code",         [KEY_USE_MAC] = "mac",
        [KEY_USE_SEAL] = "seal"};
    return names[u];
}

bool
key_uses_are_due(const struct key_uses *u)
{
    uint64_t n = 0;
    for (size_t i = 0; i < KEY_USES_AT_ONCE; i++) {
        n += u->n[i];
    }
    return n > 0;
}

static void
path_of(const char *dir, const char *name, char path[static PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

static int
open_log(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* --- writing --------------------------------------------------------------------------------- */

static void
add(char *text, size_t *n, const char *name, uint64_t value)
{
    *n +=
        (size_t)snprintf(text + *n, KEY_LOG_LINE - *n, " %s=%llu", name, (unsigned long long)value);
}

static size_t
print(const struct key_log_line *l, char text[static KEY_LOG_LINE])
{
    char stamp[32];
    struct str at = instant_print((struct instant){l->at_us}, stamp);
    size_t n = (size_t)snprintf(text, KEY_LOG_LINE, "%.*s ws=%lld role=%.*s", STR_FMT(at),
                                (long long)l->workspace, KEY_LOG_ROLE, l->role);
    add(text, &n, "unwraps", l->uses.unwraps);
    for (size_t i = 0; i < KEY_USE_COUNT; i++) {
        if (l->uses.n[i] > 0) {
            add(text, &n, key_use_name((enum key_use)i), l->uses.n[i]);
        }
    }
    text[n++] = '\n';
    return n;
}

/* A line that the disk took in part ends before the next one begins. */
static bool
ends_within(int fd, off_t size)
{
    char last = '\n';
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

enum rc
key_log_put(const char *dir, const struct key_log_line *l)
{
    char path[PATH_MAX];
    char old[PATH_MAX];
    char text[KEY_LOG_LINE + 1];
    struct stat st = {0};
    path_of(dir, KEY_LOG_NOW, path);
    path_of(dir, KEY_LOG_OLD, old);
    int fd = open_log(path, O_RDWR | O_CREAT | O_APPEND);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > KEY_LOG_MAX - KEY_LOG_LINE) {
        close(fd);
        fd = rename(path, old) == 0 ? open_log(path, O_RDWR | O_CREAT | O_APPEND) : -1;
        st.st_size = 0;
    }
    if (fd < 0) {
        return RC_IO;
    }
    const size_t feed = ends_within(fd, st.st_size) ? 1 : 0;
    text[0] = '\n';
    const size_t n = feed + print(l, text + feed);
    const bool done = write(fd, text, n) == (ssize_t)n;
    close(fd);
    return done ? OK : RC_IO;
}

/* --- age ------------------------------------------------------------------------------------- */

/* When its first line was written; now, when that cannot be told. */
static int64_t
begin_of(const char *path, int64_t now_us)
{
    char stamp[STAMP];
    struct instant t = {now_us};
    int fd = open_log(path, O_RDONLY);
    if (fd >= 0) {
        if (pread(fd, stamp, STAMP, 0) != STAMP ||
            instant_parse((struct str){stamp, STAMP}, &t) != OK) {
            t.us = now_us;
        }
        close(fd);
    }
    return t.us;
}

void
key_log_age(const char *dir, int64_t now_us)
{
    char path[PATH_MAX];
    char old[PATH_MAX];
    path_of(dir, KEY_LOG_NOW, path);
    path_of(dir, KEY_LOG_OLD, old);
    if (now_us - begin_of(path, now_us) > KEY_LOG_DAYS / 2 * day_us) {
        (void)!rename(path, old);
    }
    if (now_us - begin_of(old, now_us) > KEY_LOG_DAYS * day_us) {
        (void)unlink(old);
    }
}

/* --- reading --------------------------------------------------------------------------------- */

static enum rc
take_use(struct str name, int64_t n, struct key_log_line *l)
{
    if (str_eq(name, STR("ws"))) {
        l->workspace = n;
        return OK;
    }
    if (str_eq(name, STR("unwraps"))) {
        l->uses.unwraps = (uint64_t)n;
        return OK;
    }
    for (size_t i = 0; i < KEY_USE_COUNT; i++) {
        if (str_eq(name, str_of(key_use_name((enum key_use)i)))) {
            l->uses.n[i] = (uint64_t)n;
            return OK;
        }
    }
    return RC_INVALID;
}

static enum rc
take_word(struct str word, struct key_log_line *l)
{
    struct str name = STR_NONE;
    int64_t n;
    if (!str_cut(&word, '=', &name) || word.n == 0) {
        return RC_INVALID;
    }
    if (str_eq(name, STR("role"))) {
        for (size_t i = 0; i < word.n; i++) {
            if (i + 1 >= KEY_LOG_ROLE || word.p[i] < 'a' || word.p[i] > 'z') {
                return RC_INVALID;
            }
            l->role[i] = word.p[i];
        }
        return OK;
    }
    return str_to_i64(word, &n) == OK && n >= 0 ? take_use(name, n, l) : RC_INVALID;
}

enum rc
key_log_parse(struct str s, struct key_log_line *ret_line)
{
    struct key_log_line l = {.workspace = -1};
    struct str word = STR_NONE;
    struct instant at;
    if (!str_cut(&s, ' ', &word) || word.n != STAMP || instant_parse(word, &at) != OK) {
        return RC_INVALID;
    }
    l.at_us = at.us;
    while (str_cut(&s, ' ', &word)) {
        TRY(take_word(word, &l));
    }
    if (l.workspace < 0 || l.role[0] == '\0') {
        return RC_INVALID;
    }
    *ret_line = l;
    return OK;
}
