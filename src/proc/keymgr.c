/* keymgr.c: holds the keys derived from the master key in locked memory, the ring in the clear (its
 * entries are wrapped), and one channel for each live worker. Writes nothing but the ring. */
#include "proc/keymgr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/time.h"
#include "proc/child.h"
#include "proc/escrow.h"
#include "proc/key_admin.h"
#include "proc/keybox.h"

enum { MASTER_MODE = 0400, CHANNELS_MAX = 20000 };
static const int64_t hour_us = 3600LL * 1000000; /* what was used since is written down */

struct key_channel {
    struct key_channel *next;
    struct keymgr *mgr;
    struct chan chan;
    struct keybox box;
    char role[KEY_LOG_ROLE];
};

struct keymgr {
    struct child child;
    struct ring_keys *keys; /* sodium_malloc */
    struct ring ring;
    bool frozen; /* a next generation is under way: the ring does not change */
    struct key_channel *channels;
    size_t n_channels;
    uint64_t unwraps;    /* of channels that have ended … */
    uint64_t unrecorded; /* … and the disk did not take the line */
    uint64_t archives;   /* that were opened */
    struct timer hourly;
    bool locked; /* the keys cannot be swapped out */
};

static uint8_t answer_buf[FRAME_MAX];

static bool
has_own_place(const struct keymgr *m)
{
    return child_get_i64(&m->child, "own_place", 0) == 1;
}

static uint64_t
all_unwraps(const struct keymgr *m)
{
    uint64_t n = m->unwraps;
    for (const struct key_channel *kc = m->channels; kc != NULL; kc = kc->next) {
        n += kc->box.unwraps;
    }
    return n;
}

static struct key_admin
admin_of(struct keymgr *m)
{
    return (struct key_admin){.dir = m->child.dir,
                              .ring = &m->ring,
                              .keys = m->keys,
                              .frozen = &m->frozen,
                              .unwraps = all_unwraps(m),
                              .unrecorded = m->unrecorded,
                              .archives = m->archives,
                              .locked = m->locked,
                              .own_place = has_own_place(m)};
}

/* --- the record ------------------------------------------------------------------------------ */

/* What was used since the last line. What the disk does not take comes along with the next one: a
 * full disk stops no agency from being read. */
static void
record(struct key_channel *kc)
{
    struct key_log_line l = {
        .at_us = time_now().us, .workspace = kc->box.workspace, .uses = kc->box.uses};
    memcpy(l.role, kc->role, sizeof l.role);
    if (l.uses.unwraps == 0) {
        return;
    }
    if (key_log_put(kc->mgr->child.dir, &l) == OK) {
        kc->box.uses = (struct key_uses){0};
    } else {
        log_line(LOG_ERROR, "key.unrecorded", "ws=%lld unwraps=%llu", (long long)l.workspace,
                 (unsigned long long)l.uses.unwraps);
    }
}

static void
on_hour(struct timer *t)
{
    struct keymgr *m = t->arg;
    for (struct key_channel *kc = m->channels; kc != NULL; kc = kc->next) {
        record(kc);
    }
    key_log_age(m->child.dir, time_now().us);
    loop_at(m->child.loop, t, loop_now(m->child.loop) + hour_us);
}

/* --- worker channels ------------------------------------------------------------------------- */

static void
channel_end(struct key_channel *kc)
{
    struct keymgr *m = kc->mgr;
    log_line(LOG_NOTE, "key.channel.ended", "ws=%lld calls=%llu unwraps=%llu",
             (long long)kc->box.workspace, (unsigned long long)kc->box.calls,
             (unsigned long long)kc->box.unwraps);
    record(kc);
    m->unwraps += kc->box.unwraps;
    m->unrecorded += kc->box.uses.unwraps;
    for (struct key_channel **p = &m->channels; *p != NULL; p = &(*p)->next) {
        if (*p == kc) {
            *p = kc->next;
            break;
        }
    }
    m->n_channels--;
    chan_close(&kc->chan);
    free(kc);
}

static void
on_worker_closed(struct chan *c)
{
    channel_end(c->arg);
}

/* The one that may change the store; a backup or a restore has its key as well, but not its file to
 * write. */
static bool
is_writer(const struct keybox *b)
{
    return b->page && !b->for_archive;
}

static void
on_turned(struct key_channel *kc, const struct frame *f)
{
    struct err err = {0};
    struct frame_out out;
    struct key_admin a = admin_of(kc->mgr);
    const bool turned = f->type == W_KEY_TURNED;
    enum rc rc =
        is_writer(&kc->box)
            ? key_page_turn(&a, kc->box.workspace, turned ? PAGE_TURN_ENDS : PAGE_TURN_IS_GIVEN_UP,
                            time_now().us, &err)
            : RC_DENIED;
    log_line(rc == OK ? LOG_NOTE : LOG_WARN, turned ? "key.turned" : "key.kept",
             "ws=%lld rc=%d detail=\"%s\"", (long long)kc->box.workspace, rc, err.detail);
    chan_begin(&out, rc == OK ? f->type : (uint16_t)W_ERROR, f->id);
    frame_put_i64(&out, W_F_RC, rc);
    chan_send(&kc->chan, &out, -1);
}

static void
on_worker_frame(struct chan *c, struct frame *f)
{
    struct key_channel *kc = c->arg;
    struct frame_out out;
    if (f->type == W_KEY_TURNED || f->type == W_KEY_KEPT) {
        on_turned(kc, f);
        return;
    }
    if (!keybox_answer(&kc->box, f, time_mono_us(), &out, answer_buf, sizeof answer_buf)) {
        log_line(LOG_WARN, "key.refused", "ws=%lld type=%d", (long long)kc->box.workspace, f->type);
        channel_end(kc);
        return;
    }
    int64_t purpose;
    if (f->type == W_KEY_SEAL && frame_get_i64(f, W_F_PURPOSE, &purpose) == OK &&
        purpose == KP_TARGET) { /* a line where no worker can reach */
        log_line(LOG_NOTE, "key.target_sealed", "ws=%lld", (long long)kc->box.workspace);
    }
    if (f->type == W_KEY_OPEN) {
        kc->mgr->archives += kc->box.opened;
        log_line(LOG_NOTE, "key.archive", "ws=%lld opened=%d", (long long)kc->box.workspace,
                 kc->box.opened);
    }
    if (f->type == W_KEY_PAGE) {
        log_line(LOG_NOTE, "key.page", "ws=%lld given=%d", (long long)kc->box.workspace,
                 kc->box.page_given);
    }
    if (key_uses_are_due(&kc->box.uses)) {
        record(kc);
    }
    chan_send(c, &out, -1);
}

/* Its worker has ended, though the loop has not come to see it yet. */
static bool
is_hung_up(const struct key_channel *kc)
{
    struct pollfd p = {.fd = kc->chan.w.fd, .events = 0};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* At most one live channel that may have the page key of a workspace. */
static bool
has_live_writer(struct keymgr *m, int64_t workspace)
{
    for (struct key_channel *kc = m->channels; kc != NULL; kc = kc->next) {
        if (kc->box.workspace == workspace && is_writer(&kc->box) && !is_hung_up(kc)) {
            return true;
        }
    }
    return false;
}

static void
bind_channel(struct keymgr *m, struct frame *f)
{
    int64_t workspace;
    struct str role = frame_get(f, W_F_ROLE);
    struct keybox box;
    if (f->fd < 0 || frame_get_i64(f, W_F_WORKSPACE, &workspace) != OK || workspace < 0 ||
        keybox_for(role, &box) != OK || m->n_channels >= CHANNELS_MAX) {
        log_line(LOG_ERROR, "key.bind.refused", "reason=form");
        return;
    }
    if (is_writer(&box) && has_live_writer(m, workspace)) {
        log_line(LOG_ERROR, "key.bind.refused", "ws=%lld reason=second writer",
                 (long long)workspace);
        return;
    }
    struct key_channel *kc = loop_alloc(sizeof *kc);
    kc->mgr = m;
    kc->box = box;
    kc->box.ring = &m->ring;
    kc->box.keys = m->keys;
    kc->box.workspace = workspace;
    (void)snprintf(kc->role, sizeof kc->role, "%.*s", STR_FMT(role));
    kc->chan = (struct chan){.on_frame = on_worker_frame, .on_close = on_worker_closed, .arg = kc};
    kc->next = m->channels;
    m->channels = kc;
    m->n_channels++;
    chan_open(&kc->chan, m->child.loop, f->fd);
    f->fd = -1;
}

/* --- what the operator asks ------------------------------------------------------------------ */

static void
on_command(struct keymgr *m, const struct frame *f)
{
    struct err err = {0};
    struct frame_out out;
    char json[KEY_ADMIN_OUT] = "";
    struct str name = frame_get(f, W_F_NAME);
    struct key_admin a = admin_of(m);
    enum rc rc = key_admin_run(&a, name, frame_get(f, W_F_BODY), f->fd, time_now().us, &err, json);
    if (rc != OK || !str_eq(name, STR("key.show"))) {
        log_line(rc == OK ? LOG_NOTE : LOG_ERROR, "key.command", "name=%.*s rc=%d detail=\"%s\"",
                 STR_FMT(name), rc, err.detail);
    }
    chan_begin(&out, W_RESULT, f->id);
    frame_put_i64(&out, W_F_RC, rc);
    if (rc == OK) {
        frame_put_str(&out, W_F_BODY, str_of(json));
    } else {
        frame_put_str(&out, W_F_CODE, str_of(code_name(err.code)));
        frame_put_str(&out, W_F_DETAIL, str_of(err.detail));
    }
    child_send(&m->child, &out, -1);
    sodium_memzero(json, sizeof json);
}

static void
on_master(struct child *c, struct frame *f)
{
    struct keymgr *m = c->arg;
    if (f->type == W_KEY_BIND) {
        bind_channel(m, f);
        return;
    }
    if (f->type == W_COMMAND) {
        on_command(m, f);
        return;
    }
    if (f->type != W_KEY_NEW && f->type != W_KEY_DROP) {
        return;
    }
    int64_t workspace = -1;
    struct err err = {0};
    enum rc rc = frame_get_i64(f, W_F_WORKSPACE, &workspace);
    if (rc == OK) {
        struct key_admin a = admin_of(m);
        rc = key_ring_change(&a, f->type == W_KEY_NEW, workspace, time_now().us, &err);
    }
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, f->type == W_KEY_NEW ? "key.new" : "key.drop",
             "ws=%lld rc=%d detail=%s", (long long)workspace, rc, err.detail);
    struct frame_out out;
    chan_begin(&out, rc == OK ? f->type : (uint16_t)W_ERROR, f->id);
    frame_put_i64(&out, W_F_RC, rc);
    frame_put_str(&out, W_F_DETAIL, str_of(err.detail));
    child_send(c, &out, -1);
}

/* --- start ----------------------------------------------------------------------------------- */

/* Owner and mode are master's to judge, who sees the path. */
static enum rc
read_master(const struct keymgr *m, struct ring_keys *keys, struct err *err)
{
    uint8_t *master = sodium_malloc(KEY_SIZE);
    if (master == NULL) {
        loop_die("memory");
    }
    enum rc rc = key_file_read(m->child.dir, has_own_place(m), m->child.fd5, master, err);
    if (rc == OK) {
        ring_keys_derive(master, keys);
    }
    sodium_free(master);
    return rc;
}

/* The former ring is gone from the folder: what the former master key opened is closed for good. */
static void
note_generation(const struct keymgr *m, const struct generation_state *s)
{
    if (s->came) {
        log_line(LOG_NOTE, "key.generation", "now=%lld former=destroyed keys=%zu",
                 (long long)m->ring.facts.generation, m->ring.n);
    } else if (s->prepared) {
        log_line(LOG_WARN, "key.prepared", "hint=a next master key waits to be put in its place");
    }
}

static enum rc
load_keys(struct keymgr *m, struct err *err)
{
    TRY(keybox_init());
    m->keys = sodium_malloc(sizeof *m->keys);
    if (m->keys == NULL) {
        loop_die("memory");
    }
    m->locked = sodium_mlock(m->keys, sizeof *m->keys) == 0;
    TRY(read_master(m, m->keys, err));
    struct generation_state state;
    enum rc rc = generation_load(m->child.dir, m->keys, err, &m->ring, &state);
    if (rc != OK) {
        err->code = rc == RC_DENIED ? E_KEY_OTHER : E_KEY_RING;
        return RC_BROKEN;
    }
    m->frozen = state.prepared;
    note_generation(m, &state);
    return sodium_mprotect_readonly(m->keys) == 0 ? OK : RC_IO;
}

/* Master is told by the code, which has a sentence for people. */
static int
refuse_start(struct keymgr *m, const struct err *err)
{
    struct frame_out f;
    log_line(LOG_ERROR, "keymgr.refuses", "code=%s detail=%s", code_name(err->code), err->detail);
    chan_begin(&f, W_ERROR, 0);
    frame_put_i64(&f, W_F_RC, RC_BROKEN);
    frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
    child_send(&m->child, &f, -1);
    (void)child_end(&m->child);
    return rc_exit(RC_BROKEN);
}

int
keymgr_main(int argc, char **argv)
{
    static struct keymgr m;
    static const struct child_hooks hooks = {.message = on_master};
    struct err err = {0};
    child_start(&m.child, argc, argv, SANDBOX_KEYMGR, &hooks);
    m.child.arg = &m;
    enum rc rc = load_keys(&m, &err);
    if (rc != OK) {
        return refuse_start(&m, &err);
    }
    close(m.child.fd5);
    const struct sandbox box = {.role = SANDBOX_KEYMGR, .paths = {{m.child.dir, true}}};
    child_ready(&m.child, &box);
    m.hourly = (struct timer){.fn = on_hour, .arg = &m};
    on_hour(&m.hourly);
    loop_run(m.child.loop);
    while (m.channels != NULL) {
        channel_end(m.channels);
    }
    ring_done(&m.ring);
    sodium_free(m.keys);
    return child_end(&m.child);
}

/* --- kontor init ----------------------------------------------------------------------------- */

static enum rc
write_master(const char *dir, const char *line, struct err *err)
{
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd =
        d < 0 ? -1 : openat(d, "master.key", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MASTER_MODE);
    if (fd < 0) {
        enum rc rc = errno == EEXIST ? RC_CONFLICT : RC_IO;
        if (d >= 0) {
            close(d);
        }
        return fail(err, rc, E_IO, "master key: create: errno %d", errno);
    }
    bool ok = write(fd, line, MASTER_LINE) == MASTER_LINE && fsync(fd) == 0 && fsync(d) == 0;
    close(fd);
    close(d);
    return ok ? OK : fail(err, RC_IO, E_IO, "master key: write: errno %d", errno);
}

int
keymgr_make(const char *dir)
{
    struct err err = {0};
    log_role("keymgr");
    if (keybox_init() != OK) {
        return rc_exit(RC_BROKEN);
    }
    uint8_t *master = sodium_malloc(KEY_SIZE);
    struct ring_keys *keys = sodium_malloc(sizeof *keys);
    char *line = sodium_malloc(MASTER_LINE + 1);
    if (master == NULL || keys == NULL || line == NULL) {
        loop_die("memory");
    }
    randombytes_buf(master, KEY_SIZE);
    master_print(master, line);
    ring_keys_derive(master, keys);
    enum rc rc = write_master(dir, line, &err);
    if (rc == OK) {
        struct ring ring = {
            .facts = {.generation = 1, .made_us = time_now().us}
        };
        rc = ring_add(&ring, keys, 0); /* system.db is a workspace */
        rc = rc == OK ? ring_save(dir, &ring, keys, &err) : rc;
        ring_done(&ring);
    }
    sodium_free(line);
    sodium_free(master);
    sodium_free(keys);
    if (rc != OK) {
        log_line(LOG_ERROR, "keys.make", "detail=%s", err.detail);
    }
    return rc_exit(rc);
}

/* --- kontor key restore ---------------------------------------------------------------------- */

enum { TYPED_FD = 0, SEALED_FD = 5, FRESH_FD = 6 };

static ssize_t
read_all(int fd, char *buf, size_t cap)
{
    size_t n = 0;
    ssize_t got = 1;
    while (n < cap && got > 0) {
        got = read(fd, buf + n, cap - n);
        n += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? -1 : (ssize_t)n;
}

static enum rc
open_sealed(uint8_t *master)
{
    char typed[ESCROW_TYPED_MAX];
    char file[ESCROW_FILE_MAX];
    uint8_t key[ESCROW_KEY];
    ssize_t n_typed = read_all(TYPED_FD, typed, sizeof typed);
    ssize_t n_file = read_all(SEALED_FD, file, sizeof file);
    if (n_typed < 0 || n_file < 0) {
        return RC_IO;
    }
    enum rc rc = escrow_parse_key((struct str){typed, (size_t)n_typed}, key);
    sodium_memzero(typed, sizeof typed);
    if (rc == OK) {
        rc = escrow_open((struct str){file, (size_t)n_file}, key, master);
        rc = rc == RC_INVALID ? RC_MISSING : rc;
    }
    sodium_memzero(key, sizeof key);
    return rc;
}

int
keymgr_restore(void)
{
    log_role("keymgr");
    if (keybox_init() != OK) {
        return rc_exit(RC_BROKEN);
    }
    uint8_t *master = sodium_malloc(KEY_SIZE);
    char *line = sodium_malloc(MASTER_LINE + 1);
    if (master == NULL || line == NULL) {
        loop_die("memory");
    }
    enum rc rc = open_sealed(master);
    if (rc == OK) {
        master_print(master, line);
        bool done = write(FRESH_FD, line, MASTER_LINE) == MASTER_LINE && fsync(FRESH_FD) == 0;
        rc = done ? OK : RC_IO;
    }
    sodium_free(master);
    sodium_free(line);
    return rc_exit(rc);
}
