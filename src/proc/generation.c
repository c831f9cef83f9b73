/* generation.c: see generation.h. */
#include "proc/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/loop.h"
#include "proc/take_place.h"

static void
path_of(const char *dir, const char *name, char path[static PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

/* True when a file was there. */
static bool
drop(const char *dir, const char *name)
{
    char path[PATH_MAX];
    path_of(dir, name, path);
    return unlink(path) == 0;
}

static enum rc
write_line(int fd, const char *line, struct err *err)
{
    bool done = write(fd, line, MASTER_LINE) == MASTER_LINE && fsync(fd) == 0;
    return done ? OK : fail(err, RC_IO, E_KEY_PLACE, "master key: write: errno %d", errno);
}

/* The ring under the new key goes to disk last: it is of no use without the key's file. */
static enum rc
make(const char *dir, const char *name, const struct ring *r, const struct ring_keys *k, int fd,
     const uint8_t *master, char *line, struct ring_keys *next, int64_t now_us, struct err *err)
{
    struct ring fresh;
    master_print(master, line);
    ring_keys_derive(master, next);
    if (ring_rewrap(r, k, next, &fresh) != OK) {
        return fail(err, RC_BROKEN, E_KEY_RING, "key ring: an entry does not open");
    }
    fresh.facts.generation++;
    fresh.facts.made_us = now_us;
    fresh.facts.erased = 0;
    enum rc rc = write_line(fd, line, err);
    rc = rc == OK ? ring_save_as(dir, name, &fresh, next, err) : rc;
    ring_done(&fresh);
    return rc;
}

enum rc
generation_make(const char *dir, const char *name, const struct ring *r, const struct ring_keys *k,
                int fd, int64_t now_us, struct err *err)
{
    uint8_t *master = sodium_malloc(KEY_SIZE);
    char *line = sodium_malloc(MASTER_LINE + 1);
    struct ring_keys *next = sodium_malloc(sizeof *next);
    if (master == NULL || line == NULL || next == NULL) {
        loop_die("memory"); /* uncovered: no memory */
    }
    randombytes_buf(master, KEY_SIZE);
    enum rc rc = make(dir, name, r, k, fd, master, line, next, now_us, err);
    sodium_free(master);
    sodium_free(line);
    sodium_free(next);
    return rc;
}

void
generation_record(const char *dir, int64_t now_us, const char *what)
{
    char path[PATH_MAX];
    char stamp[32];
    path_of(dir, "history", path);
    struct str when = instant_print((struct instant){now_us}, stamp);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool done = fd >= 0 && dprintf(fd, "%.*s %s\n", STR_FMT(when), what) > 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!done) {
        log_line(LOG_ERROR, "key.history", "errno=%d", errno);
    }
}

/* Recorded first: a line too many after a crash is better than none. */
static enum rc
come(const char *dir, const char *name, const struct ring_keys *k, struct ring *ret_ring)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    struct ring r;
    TRY(ring_load_as(dir, name, k, NULL, &r));
    char what[100];
    (void)snprintf(what, sizeof what, "generation %lld in use, generation %lld destroyed",
                   (long long)r.facts.generation, (long long)r.facts.generation - 1);
    generation_record(dir, r.facts.made_us, what);
    path_of(dir, name, from);
    path_of(dir, "ring", to);
    enum rc rc = take_place(from, to, NULL);
    if (rc != OK) {
        ring_done(&r); /* uncovered: bad disk */
        return rc;     /* uncovered: bad disk */
    }
    *ret_ring = r;
    return OK;
}

enum rc
generation_load(const char *dir, const struct ring_keys *k, struct err *err, struct ring *ret_ring,
                struct generation_state *ret_state)
{
    static const char *const names[] = {GENERATION_NEXT, GENERATION_PREPARED};
    char path[PATH_MAX];
    *ret_state = (struct generation_state){0};
    enum rc rc = ring_load(dir, k, NULL, ret_ring);
    for (size_t i = 0; rc == RC_DENIED && !ret_state->came && i < 2; i++) {
        ret_state->came = come(dir, names[i], k, ret_ring) == OK;
    }
    if (ret_state->came) {
        (void)drop(dir, GENERATION_NEXT);
        (void)drop(dir, GENERATION_PREPARED);
        return OK;
    }
    if (rc == OK) {
        (void)drop(dir, GENERATION_NEXT); /* its key never took its place */
        path_of(dir, GENERATION_PREPARED, path);
        ret_state->prepared = access(path, F_OK) == 0;
        return OK;
    }
    return ring_load(dir, k, err, ret_ring); /* why it does not */
}

enum rc
generation_cancel(const char *dir, struct err *err)
{
    return drop(dir, GENERATION_PREPARED)
               ? OK
               : fail(err, RC_MISSING, E_MISSING, "no master key is prepared");
}
