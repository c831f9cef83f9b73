/* key_admin.c: see key_admin.h. */
#include "proc/key_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>

#include "base/time.h"
#include "proc/escrow.h"
#include "proc/loop.h"
#include "proc/take_place.h"

static int
open_in(const char *dir, const char *name, int flags)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0400);
}

enum rc
key_file_read(const char *dir, bool own_place, int fd, uint8_t ret_master[static KEY_SIZE],
              struct err *err)
{
    char line[MASTER_LINE + 2];
    int own = own_place ? open_in(dir, "master.key", O_RDONLY) : -1;
    ssize_t n = pread(own >= 0 ? own : fd, line, sizeof line, 0);
    if (own >= 0) {
        close(own);
    }
    enum rc rc = n < 0 ? RC_IO : master_parse((struct str){line, (size_t)n}, ret_master);
    sodium_memzero(line, sizeof line);
    return rc == OK ? OK
                    : fail(err, RC_BROKEN, E_KEY_FORM, "master key: wrong form or wrong checksum");
}

static void *
secret_memory(size_t n)
{
    void *p = sodium_malloc(n);
    if (p == NULL) {
        loop_die("memory"); /* uncovered: no memory */
    }
    return p;
}

/* --- facts ----------------------------------------------------------------------------------- */

/* "null" or an RFC 3339 time in quotes. */
static const char *
time_or_null(int64_t us, char buf[static 40])
{
    char stamp[32];
    struct str s = instant_print((struct instant){us}, stamp);
    if (us == 0) {
        return "null";
    }
    (void)snprintf(buf, 40, "\"%.*s\"", STR_FMT(s));
    return buf;
}

static size_t
count_workspaces(const struct ring *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool another = i == 0 || r->entries[i].workspace != r->entries[i - 1].workspace;
        n += r->entries[i].workspace > 0 && another;
    }
    return n;
}

/* Stores on their way to the next page key. */
static size_t
count_turning(const struct ring *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        n += (r->entries[i].page & RING_PAGE_NEXT) != 0;
    }
    return n;
}

/* The generation of its page key that is in use; -1: there is no such workspace. */
static long long
page_of(const struct key_admin *a, int64_t workspace)
{
    uint32_t page;
    bool turns;
    return ring_page(a->ring, workspace, &page, &turns) == OK ? (long long)page : -1;
}

static enum rc
show(struct key_admin *a, struct str body, char *out)
{
    const struct ring_facts *f = &a->ring->facts;
    char made[40];
    char escrow[40];
    char rehearsed[40];
    char page[40] = "";
    int64_t workspace;
    if (str_to_i64(body, &workspace) == OK) {
        (void)snprintf(page, sizeof page, ",\"page\":%lld", page_of(a, workspace));
    }
    (void)snprintf(
        out, KEY_ADMIN_OUT,
        "{\"generation\":%lld,\"madeAt\":%s,\"workspaces\":%zu,\"erased\":%lld,\"turning\":%zu,"
        "\"prepared\":%s,\"locked\":%s,\"unwraps\":%llu,\"unrecorded\":%llu,"
        "\"archives\":%llu,\"escrowAt\":%s,\"escrowGeneration\":%lld,\"rehearsedAt\":%s,"
        "\"rehearsedGeneration\":%lld%s}",
        (long long)f->generation, time_or_null(f->made_us, made), count_workspaces(a->ring),
        (long long)f->erased, count_turning(a->ring), *a->frozen ? "true" : "false",
        a->locked ? "true" : "false", (unsigned long long)a->unwraps,
        (unsigned long long)a->unrecorded, (unsigned long long)a->archives,
        time_or_null(f->escrow_us, escrow), (long long)f->escrow_generation,
        time_or_null(f->rehearsed_us, rehearsed), (long long)f->rehearsed_generation, page);
    return OK;
}

/* --- workspaces come and go ------------------------------------------------------------------ */

static enum rc
need_free(const struct key_admin *a, struct err *err)
{
    return *a->frozen ? fail(err, RC_BUSY, E_KEY_PREPARED, "a next master key is under way") : OK;
}

/* What is on disk is what counts. */
static enum rc
save_or_forget(struct key_admin *a, struct err *err)
{
    struct ring old;
    enum rc rc = ring_save(a->dir, a->ring, a->keys, err);
    if (rc == OK) {
        return OK;
    }
    if (ring_load(a->dir, a->keys, NULL, &old) != OK) {
        loop_die("key ring lost"); /* uncovered: master starts one that reads what is there */
    }
    ring_done(a->ring);
    *a->ring = old;
    return rc;
}

enum rc
key_page_turn(struct key_admin *a, int64_t workspace, enum page_turn turn, int64_t now_us,
              struct err *err)
{
    static const char *const said[] = {
        [PAGE_TURN_BEGINS] = "shall change",
        [PAGE_TURN_ENDS] = "changed, the former one opens nothing",
        [PAGE_TURN_IS_GIVEN_UP] = "stays, the store cannot be copied",
    };
    char what[80];
    TRY(need_free(a, err));
    enum rc rc = ring_page_turn(a->ring, workspace, turn);
    if (rc != OK) {
        return fail(err, rc, rc == RC_MISSING ? E_MISSING : E_BUSY, "page key: no turn");
    }
    TRY(save_or_forget(a, err));
    (void)snprintf(what, sizeof what, "workspace %lld: page key %s", (long long)workspace,
                   said[turn]);
    generation_record(a->dir, now_us, what);
    return OK;
}

enum rc
key_ring_change(struct key_admin *a, bool is_new, int64_t workspace, int64_t now_us,
                struct err *err)
{
    char what[60];
    TRY(need_free(a, err));
    enum rc rc = is_new ? ring_add(a->ring, a->keys, workspace) : ring_drop(a->ring, workspace);
    if (rc != OK) {
        return fail(err, rc, rc == RC_CONFLICT ? E_BUSY : E_MISSING, "key ring: no change");
    }
    rc = save_or_forget(a, err);
    if (rc == OK && !is_new) {
        (void)snprintf(what, sizeof what, "workspace %lld erased", (long long)workspace);
        generation_record(a->dir, now_us, what);
    }
    return rc;
}

/* --- generations ----------------------------------------------------------------------------- */

/* keys/master.key.next, filled, takes the place of keys/master.key. */
static enum rc
rotate_own(struct key_admin *a, int64_t now_us, struct err *err)
{
    char fresh[PATH_MAX];
    char path[PATH_MAX];
    (void)snprintf(fresh, sizeof fresh, "%s/master.key.next", a->dir);
    (void)snprintf(path, sizeof path, "%s/master.key", a->dir);
    (void)unlink(fresh); /* of a change that did not come about */
    int fd = open_in(a->dir, "master.key.next", O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0) {
        return fail(err, RC_IO, E_KEY_PLACE, "master key: create: errno %d", errno);
    }
    enum rc rc = generation_make(a->dir, GENERATION_NEXT, a->ring, a->keys, fd, now_us, err);
    close(fd);
    return rc == OK ? take_place(fresh, path, err) : rc;
}

static enum rc
rotate(struct key_admin *a, const char *name, int fd, int64_t now_us, struct err *err, char *out)
{
    bool own = strcmp(name, GENERATION_NEXT) == 0;
    TRY(need_free(a, err));
    if (own && !a->own_place) {
        return fail(err, RC_CONFLICT, E_KEY_PLACE, "the master key has another place");
    }
    *a->frozen = true; /* until the successor has seen which of the two rings counts */
    enum rc rc = own ? rotate_own(a, now_us, err)
                     : generation_make(a->dir, name, a->ring, a->keys, fd, now_us, err);
    *a->frozen = rc == OK || own;
    TRY(rc);
    (void)snprintf(out, KEY_ADMIN_OUT, "{\"generation\":%lld}",
                   (long long)a->ring->facts.generation + 1);
    return OK;
}

/* Is this the master key that we run under? By the check value's key, in constant time. */
static bool
is_ours(const struct key_admin *a, const uint8_t *master)
{
    struct ring_keys *k = secret_memory(sizeof *k);
    ring_keys_derive(master, k);
    bool same = sodium_memcmp(k->check, a->keys->check, KEY_SIZE) == 0;
    sodium_free(k);
    return same;
}

/* The next start will find the key that we run under. */
static bool
has_its_place(const struct key_admin *a, int fd)
{
    struct stat st;
    uint8_t *master = secret_memory(KEY_SIZE);
    bool ours = key_file_read(a->dir, a->own_place, fd, master, NULL) == OK && is_ours(a, master);
    sodium_free(master);
    return ours && (a->own_place || (fstat(fd, &st) == 0 && st.st_nlink > 0));
}

/* When another file has the place of the master key already, only its ring opens anything at the
 * next start. */
static enum rc
page(struct key_admin *a, struct str body, int64_t now_us, struct err *err, char *out)
{
    int64_t workspace;
    if (str_to_i64(body, &workspace) != OK || workspace < 0) {
        return fail(err, RC_INVALID, E_FIELD_ID, "workspace");
    }
    TRY(key_page_turn(a, workspace, PAGE_TURN_BEGINS, now_us, err));
    (void)snprintf(out, KEY_ADMIN_OUT, "{\"workspace\":%lld,\"page\":%lld}", (long long)workspace,
                   page_of(a, workspace));
    return OK;
}

static enum rc
cancel(struct key_admin *a, int fd, struct err *err, char *out)
{
    if (!has_its_place(a, fd)) {
        return fail(err, RC_CONFLICT, E_KEY_PREPARED, "the present key's file is gone");
    }
    TRY(generation_cancel(a->dir, err));
    *a->frozen = false;
    (void)snprintf(out, KEY_ADMIN_OUT, "{\"generation\":%lld}",
                   (long long)a->ring->facts.generation);
    return OK;
}

/* --- escrow ---------------------------------------------------------------------------------- */

/* Facts change on disk first. */
static enum rc
save_facts(struct key_admin *a, struct ring_facts fresh, struct err *err)
{
    struct ring_facts before = a->ring->facts;
    a->ring->facts = fresh;
    enum rc rc = ring_save(a->dir, a->ring, a->keys, err);
    if (rc != OK) {
        a->ring->facts = before;
    }
    return rc;
}

/* The lines as the rest of a JSON object, whose string they are. */
static void
put_lines(const char *lines, char *out)
{
    for (; *lines != '\0'; lines++) {
        if (*lines == '\n') {
            *out++ = '\\';
            *out++ = 'n';
        } else {
            *out++ = *lines;
        }
    }
    memcpy(out, "\"}", 3);
}

static enum rc
escrow(struct key_admin *a, int fd, int64_t now_us, struct err *err, char *out)
{
    char file[ESCROW_FILE_MAX];
    char text[ESCROW_KEY_TEXT + 1];
    struct ring_facts facts = a->ring->facts;
    TRY(need_free(a, err));
    uint8_t *master = secret_memory(KEY_SIZE);
    uint8_t *key = secret_memory(ESCROW_KEY);
    enum rc rc = key_file_read(a->dir, a->own_place, fd, master, err);
    if (rc == OK && !is_ours(a, master)) {
        rc = fail(err, RC_DENIED, E_KEY_OTHER, "the file holds another master key");
    }
    if (rc == OK) {
        randombytes_buf(key, ESCROW_KEY);
        escrow_print_key(key, text);
        escrow_seal(key, master, facts.generation, now_us, file);
        facts.escrow_us = now_us;
        facts.escrow_generation = facts.generation;
        rc = save_facts(a, facts, err);
    }
    sodium_free(master);
    sodium_free(key);
    TRY(rc);
    int n = snprintf(out, KEY_ADMIN_OUT, "{\"generation\":%lld,\"key\":\"%s\",\"sealed\":\"",
                     (long long)facts.generation, text);
    put_lines(file, out + n);
    sodium_memzero(text, sizeof text);
    return OK;
}

static enum rc
open_escrow(struct key_admin *a, struct str body, uint8_t *master, struct err *err)
{
    uint8_t key[ESCROW_KEY];
    struct str typed = STR_NONE;
    if (!str_cut(&body, '\n', &typed) || escrow_parse_key(typed, key) != OK) {
        return fail(err, RC_INVALID, E_KEY_TYPED, "printed key: form or check signs");
    }
    enum rc rc = escrow_open(body, key, master);
    sodium_memzero(key, sizeof key);
    if (rc == RC_INVALID) {
        return fail(err, RC_INVALID, E_KEY_SEALED, "sealed file: form");
    }
    if (rc != OK) {
        return fail(err, RC_DENIED, E_KEY_UNFIT, "sealed file does not open");
    }
    return is_ours(a, master) ? OK : fail(err, RC_DENIED, E_KEY_FORMER, "of another master key");
}

static enum rc
rehearse(struct key_admin *a, struct str body, int64_t now_us, struct err *err, char *out)
{
    struct ring_facts facts = a->ring->facts;
    char at[40];
    TRY(need_free(a, err));
    uint8_t *master = secret_memory(KEY_SIZE);
    enum rc rc = open_escrow(a, body, master, err);
    sodium_free(master);
    TRY(rc);
    facts.rehearsed_us = now_us;
    facts.rehearsed_generation = facts.generation;
    TRY(save_facts(a, facts, err));
    (void)snprintf(out, KEY_ADMIN_OUT, "{\"generation\":%lld,\"rehearsedAt\":%s}",
                   (long long)facts.generation, time_or_null(now_us, at));
    return OK;
}

enum rc
key_admin_run(struct key_admin *a, struct str name, struct str body, int fd, int64_t now_us,
              struct err *err, char ret_out[static KEY_ADMIN_OUT])
{
    if (str_eq(name, STR("key.show"))) {
        return show(a, body, ret_out);
    }
    if (str_eq(name, STR("key.rotate"))) {
        return rotate(a, GENERATION_NEXT, fd, now_us, err, ret_out);
    }
    if (str_eq(name, STR("key.prepare"))) {
        return rotate(a, GENERATION_PREPARED, fd, now_us, err, ret_out);
    }
    if (str_eq(name, STR("key.page"))) {
        return page(a, body, now_us, err, ret_out);
    }
    if (str_eq(name, STR("key.cancel"))) {
        return cancel(a, fd, err, ret_out);
    }
    if (str_eq(name, STR("key.escrow"))) {
        return escrow(a, fd, now_us, err, ret_out);
    }
    if (str_eq(name, STR("key.rehearse"))) {
        return rehearse(a, body, now_us, err, ret_out);
    }
    return fail(err, RC_INVALID, E_COMMAND_UNKNOWN, "no such command of keymgr");
}
