/* backup.c: see backup.h. It can neither list, delete nor name an archive; it has the descriptors
 * that come with its orders, and of keymgr the page key, public keys and a signature. */
#include "proc/backup.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

#include "app/backup/put.h"
#include "app/transfer/tables.h"
#include "archive/file.h"
#include "archive/key.h"
#include "archive/stamp.h"
#include "base/log.h"
#include "base/time.h"
#include "guard/keys.h"
#include "proc/child.h"
#include "version.gen.h"

struct backup {
    struct child child;
    struct store *store;
    struct archive_head keys; /* recipients and signer */
    bool has_escrow;
    int source; /* the archive that was written or found good; -1: none yet */
};

enum { COPY_BYTES = 256 * 1024 };

static struct backup b = {.source = -1};

/* --- before the walls ------------------------------------------------------------------------- */

static _Noreturn void
refuse_start(const char *what, enum rc rc, const struct err *err)
{
    struct frame_out f;
    log_line(LOG_ERROR, "backup.refused", "ws=%lld reason=%s code=%s detail=%s",
             (long long)b.child.workspace, what, code_name(err->code), err->detail);
    chan_begin(&f, W_ERROR, 0);
    frame_put_i64(&f, W_F_RC, rc);
    frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
    child_send(&b.child, &f, -1);
    (void)child_end(&b.child);
    exit(rc_exit(rc));
}

/* Beside its writer, who may be at work; the schema is brought up to date by that one alone. */
static enum rc
open_store(struct err *err)
{
    struct page_keys keys = {0};
    char path[CHILD_DIR_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/data.db", b.child.dir);
    TRY(keys_page(err, &keys));
    const struct store_options opt = {.path = path,
                                      .schema =
                                          b.child.workspace == 0 ? SCHEMA_SYSTEM : SCHEMA_WORKSPACE,
                                      .key = keys.now,
                                      .read_only = true};
    const enum rc rc = keys.turns ? fail(err, RC_BUSY, E_KEY_TURNING, "a turn is under way")
                                  : store_open(&opt, err, &b.store);
    explicit_bzero(&keys, sizeof(keys));
    return rc;
}

static enum rc
take_keys(struct err *err)
{
    struct archive_head *h = &b.keys;
    const struct str escrow = child_get(&b.child, "backup_escrow");
    TRY(keys_archive(err, h->slots[0].key, h->signer));
    h->slots[0].purpose = ARCHIVE_FOR_OPERATIONS;
    h->slots[1].purpose = ARCHIVE_FOR_ESCROW;
    h->n_slots = 2;
    b.has_escrow = archive_key_parse(escrow, false, h->slots[1].key) == OK;
    return OK;
}

/* --- the order -------------------------------------------------------------------------------- */

static enum rc
sign(void *arg, struct bytes message, uint8_t ret_signature[static 64], struct err *err)
{
    (void)arg;
    return keys_sign(err, message, ret_signature);
}

/* Master shows it to whoever asks: each hundredth once. */
static void
tell_progress(void *arg, uint64_t done, uint64_t whole)
{
    int64_t *said = arg;
    struct frame_out f;
    const int64_t percent = whole == 0 ? 100 : (int64_t)(done * 100 / whole);
    if (percent > *said) {
        *said = percent;
        chan_begin(&f, W_PROGRESS, 0);
        frame_put_i64(&f, W_F_DONE, percent);
        child_send(&b.child, &f, -1);
    }
}

/* stamp: its name, from which it has its moment; NULL: it gets none, and is of now. */
static enum rc
write_for(const struct archive_head *keys, const char *stamp, int fd, struct err *err,
          struct archive_seen *ret_seen)
{
    static const struct archive_signer signer = {sign, NULL};
    struct archive_writer *w;
    int64_t percent = 0;
    const struct backup_watch watch = {tell_progress, &percent};
    struct instant made = time_now();
    if (stamp != NULL && stamp_parse(str_of(stamp), &made) != OK) {
        return fail(err, RC_BROKEN, E_BROKEN, "name");
    }
    struct archive_head head = backup_head(b.child.workspace, made);
    const struct archive_out out = archive_fd_out(&fd);
    memcpy(head.signer, keys->signer, sizeof(head.signer));
    memcpy(head.slots, keys->slots, sizeof(head.slots));
    head.n_slots = keys->n_slots;
    TRY(archive_begin(&head, &out, err, &w));
    enum rc rc = backup_put_store(b.store, &head, KONTOR_VERSION, w, &watch, err);
    rc = rc == OK ? archive_end(w, &signer) : rc;
    const struct archive_want want = {.data_key = archive_data_key(w),
                                      .workspace = head.workspace,
                                      .signer = head.signer,
                                      .stamp = stamp};
    rc = rc == OK ? archive_fd_check(fd, &want, err, ret_seen) : rc;
    archive_free(w);
    return rc;
}

static enum rc
write_named(const char *stamp, int fd, struct err *err, struct archive_seen *ret_seen)
{
    return b.has_escrow ? write_for(&b.keys, stamp, fd, err, ret_seen)
                        : fail(err, RC_CONFLICT, E_BACKUP_ESCROW, "no public key of escrow");
}

static void
take_stamp(struct str name, char ret_stamp[static STAMP_LEN + 1])
{
    (void)snprintf(ret_stamp, STAMP_LEN + 1, "%.*s", STR_FMT(name));
}

static enum rc
write_archive(int fd, struct str name, struct err *err, struct archive_seen *ret_seen)
{
    char stamp[STAMP_LEN + 1];
    take_stamp(name, stamp);
    return write_named(stamp, fd, err, ret_seen);
}

/* For whoever takes it along: to that one's own key in place of escrow, or to escrow. */
static enum rc
export_archive(int fd, struct str recipient, struct err *err, struct archive_seen *ret_seen)
{
    struct archive_head keys = b.keys;
    if (recipient.n == 0) {
        return write_named(NULL, fd, err, ret_seen);
    }
    if (archive_key_parse(recipient, false, keys.slots[1].key) != OK) {
        return fail(err, RC_INVALID, E_TRANSFER_RECIPIENT, "no public key");
    }
    keys.slots[1].purpose = ARCHIVE_FOR_CUSTOMER;
    return write_for(&keys, NULL, fd, err, ret_seen);
}

/* Readable, sealed to the key of whoever ordered it. */
static enum rc
put_tables(int fd, struct str recipient, struct err *err, struct archive_seen *ret_seen)
{
    uint8_t public[ARCHIVE_KEY];
    int64_t size;
    if (archive_key_parse(recipient, false, public) != OK) {
        return fail(err, RC_INVALID, E_TRANSFER_RECIPIENT, "no public key");
    }
    TRY(tables_put(b.store, time_now(), fd, public, err, &size, ret_seen->hash));
    ret_seen->size = (uint64_t)size;
    return OK;
}

static enum rc
verify_archive(int fd, struct str name, struct err *err, struct archive_seen *ret_seen)
{
    char stamp[STAMP_LEN + 1];
    const struct archive_want want = {
        .workspace = b.child.workspace, .signer = b.keys.signer, .stamp = stamp};
    const struct archive_sink nobody = {0};
    const struct archive_in in = archive_fd_in(&fd);
    take_stamp(name, stamp);
    return archive_read(&in, &want, &nobody, err, ret_seen);
}

/* What was found good, into another file, and that one read back for itself. */
static enum rc
copy_archive(int fd, struct str name, struct err *err, struct archive_seen *ret_seen)
{
    static uint8_t buf[COPY_BYTES];
    char stamp[STAMP_LEN + 1];
    const struct archive_want want = {
        .workspace = b.child.workspace, .signer = b.keys.signer, .stamp = stamp};
    const struct archive_in in = archive_fd_in(&b.source);
    const struct archive_out out = archive_fd_out(&fd);
    size_t n = 1;
    take_stamp(name, stamp);
    if (b.source < 0 || lseek(b.source, 0, SEEK_SET) != 0) {
        return fail(err, RC_BROKEN, E_BROKEN, "nothing to copy");
    }
    while (n > 0) {
        TRY(in.get(in.arg, buf, sizeof(buf), &n, err));
        TRY(out.put(out.arg, (struct bytes){buf, n}, err));
    }
    return archive_fd_check(fd, &want, err, ret_seen);
}

static void
answer(uint64_t id, enum rc rc, const struct err *err, const struct archive_seen *seen)
{
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, rc);
    if (rc == OK) {
        frame_put_i64(&f, W_F_BODY_SIZE, (int64_t)seen->size);
        frame_put(&f, W_F_DIGEST, seen->hash, sizeof(seen->hash));
    } else {
        frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
        frame_put_str(&f, W_F_DETAIL, str_of(err->detail));
    }
    child_send(&b.child, &f, -1);
}

static const struct order {
    const char *name, *event;
    enum rc (*run)(int fd, struct str body, struct err *err, struct archive_seen *ret_seen);
    bool is_source; /* what it wrote or found good is what copies are made of */
} orders[] = {
    {"backup.run",    "backup.written",  write_archive,  true },
    {"backup.source", "backup.verified", verify_archive, true },
    {"backup.verify", "backup.verified", verify_archive, false},
    {"backup.copy",   "backup.copied",   copy_archive,   false},
    {"backup.export", "backup.exported", export_archive, false},
    {"backup.tables", "backup.printed",  put_tables,     false},
};

static void
obey(const struct order *o, struct frame *f)
{
    struct err err = {0};
    struct archive_seen seen = {0};
    const int64_t began = time_mono_us();
    const enum rc rc = o->run(f->fd, frame_get(f, W_F_BODY), &err, &seen);
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, o->event,
             "ws=%lld rc=%d code=%s bytes=%llu ms=%lld detail=\"%s\"", (long long)b.child.workspace,
             rc, code_name(err.code), (unsigned long long)seen.size,
             (long long)(time_mono_us() - began) / 1000, err.detail);
    if (o->is_source) { /* copies are made of the archive: the store is its writer's alone */
        store_close(b.store);
        b.store = NULL;
    }
    if (rc == OK && o->is_source) {
        if (b.source >= 0) {
            (void)close(b.source);
        }
        b.source = f->fd;
        f->fd = -1;
    }
    answer(f->id, rc, &err, &seen);
}

static void
on_message(struct child *c, struct frame *f)
{
    const struct str name = frame_get(f, W_F_NAME);
    if (f->type != W_COMMAND || f->fd < 0 || c->stopping) {
        return;
    }
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (str_eq(name, str_of(orders[i].name))) {
            obey(&orders[i], f);
            return;
        }
    }
}

int
backup_main(int argc, char **argv)
{
    static const struct child_hooks hooks = {.message = on_message};
    struct err err = {0};
    child_start(&b.child, argc, argv, SANDBOX_BACKUP, &hooks);
    if (sodium_init() < 0 || time_zone("Europe/Berlin") != OK) {
        return rc_exit(RC_BROKEN);
    }
    json_object_seed(0); /* else jansson opens /dev/urandom at its first object */
    keys_use(b.child.keymgr);
    enum rc rc = take_keys(&err);
    if (rc != OK) {
        refuse_start("keys", rc, &err);
    }
    rc = open_store(&err);
    if (rc != OK) {
        refuse_start("store", rc, &err);
    }
    child_ready(&b.child, &(struct sandbox){.role = SANDBOX_BACKUP});
    loop_run(b.child.loop);
    return child_end(&b.child);
}
