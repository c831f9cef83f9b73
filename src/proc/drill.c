/* drill.c: see drill.h. Of keymgr it has public keys, one data key once, and a signature over what
 * it found; the workspace's page key only in role restore. */
#include "proc/drill.h"

#include <dirent.h>
#include <jansson.h>
#include <sodium.h>
#include <unistd.h>

#include "app/app.h"
#include "app/restore/apply.h"
#include "app/restore/load.h"
#include "app/restore/pick.h"
#include "app/restore/restore.h"
#include "app/restore/rows.h"
#include "archive/file.h"
#include "base/log.h"
#include "base/time.h"
#include "guard/csrf.h"
#include "guard/keys.h"
#include "proc/child.h"
#include "proc/import.h"
#include "proc/room.h"

enum { MEM_MAX = 32 << 20, STATE_MAX = 40 };

struct drill {
    struct child child;
    uint8_t operations[32], signer[32]; /* public */
    uint8_t key[32];                    /* of the loaded file */
    bool restores;                      /* role restore: it has the page key, and sees */
    struct store *present;              /* the store, to read, beside its writer; NULL: it cannot */
    struct err unread;                  /* be read, and why */
    char path[CHILD_DIR_MAX + 16];
    uint64_t most;                    /* bytes that may be unpacked: half of the free room */
    char state[STATE_MAX + 1];        /* what it is asked for */
    char known[2 * ARCHIVE_HASH + 1]; /* its hash in hex; "": nobody knows it */
};

static struct drill d;

/* --- the archive -------------------------------------------------------------------------------
 */

static enum rc
open_key(void *arg, const uint8_t recipient[static ARCHIVE_KEY], struct bytes sealed,
         uint8_t ret_key[static ARCHIVE_KEY], struct err *err)
{
    struct err why = {0};
    (void)arg;
    const enum rc rc = keys_open(&why, recipient, sealed, ret_key);
    return rc == OK || rc == RC_DENIED ? rc : fail(err, rc, why.code, "%s", why.detail);
}

/* Whole, of this workspace, of its name: and still the one that was kept? */
static enum rc
need_known(const struct archive_seen *seen, struct err *err)
{
    char hash[2 * ARCHIVE_HASH + 1];
    hex_print(seen->hash, sizeof(seen->hash), hash);
    return d.known[0] == '\0' || strcmp(hash, d.known) == 0
               ? OK
               : fail(err, RC_CONFLICT, E_ARCHIVE_OTHER, "not what was kept");
}

static enum rc
load(int fd, struct arena *mem, struct err *err, struct loaded *ret_l)
{
    const struct archive_want want = {.open = open_key,
                                      .recipient = d.operations,
                                      .signer = d.signer,
                                      .workspace = d.child.workspace,
                                      .stamp = d.state};
    const struct archive_in in = archive_fd_in(&fd);
    TRY(load_archive(&in, &want, d.path, d.key, d.most, mem, err, ret_l));
    return need_known(&ret_l->seen, err);
}

static enum store_schema
schema(void)
{
    return d.child.workspace == 0 ? SCHEMA_SYSTEM : SCHEMA_WORKSPACE;
}

/* Whatever is in the folder: it is this process's alone, and master lets no other job of the
 * workspace run beside it. Also what one left that was killed, or a migration that failed. */
static void
drop_loaded(void)
{
    char name[CHILD_DIR_MAX + 300];
    DIR *folder = opendir(d.child.dir);
    const struct dirent *e;
    while (folder != NULL && (e = readdir(folder)) != NULL) {
        if (e->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", d.child.dir, e->d_name);
            (void)unlink(name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

/* --- a drill -----------------------------------------------------------------------------------
 */

/* As a restore would open it: brought up to date, and everything in it tried. */
static enum rc
try_store(struct arena *mem, struct err *err, int64_t *ret_pages)
{
    struct store *s;
    const bool console = d.child.workspace == 0;
    const struct store_options opt = {.path = d.path, .schema = schema(), .key = d.key};
    TRY(store_open(&opt, err, &s));
    enum rc rc =
        store_state(s) == STORE_READY ? OK : RC_BROKEN; /* the migration's cause is in err */
    rc = rc == OK && !console ? app_check(s, mem, time_now(), err) : rc;
    rc = rc == OK ? app_drill(s, mem, time_now(), console, err, ret_pages) : rc;
    store_close(s);
    return rc;
}

static enum rc
try_archive(int fd, struct arena *mem, struct err *err, struct loaded *ret_l, int64_t *ret_pages)
{
    TRY(load(fd, mem, err, ret_l));
    TRY(load_compare(d.path, d.key, schema(), ret_l, mem, err));
    return try_store(mem, err, ret_pages);
}

static json_t *
instant_json(struct instant t)
{
    char text[32];
    const struct str s = instant_print(t, text);
    return t.us == 0 ? json_null() : json_stringn(s.p, s.n);
}

/* How many people have an account: rows of one table, as the manifest counts them. */
static json_int_t
people_of(const struct loaded *l)
{
    for (size_t i = 0; i < l->manifest.n_tables; i++) {
        if (strcmp(l->manifest.tables[i].name, "user") == 0) {
            return (json_int_t)l->manifest.tables[i].rows;
        }
    }
    return 0;
}

/* What was found, as text to be signed; the caller frees it. */
static char *
print_result(struct str state, struct str from, struct instant now, const struct loaded *l,
             int64_t pages, const struct err *err, int64_t ms)
{
    char hash[2 * ARCHIVE_HASH + 1];
    const bool good = err->rc == OK;
    hex_print(l->seen.hash, sizeof(l->seen.hash), hash);
    json_t *j = json_pack(
        "{s:I, s:s%, s:s%, s:o, s:o, s:b, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:I}",
        "workspace", (json_int_t)d.child.workspace, "state", state.p, state.n, "from", from.p,
        from.n, "madeAt", instant_json(l->head.made), "drilledAt", instant_json(now), "good",
        good ? 1 : 0, "code", good ? "" : code_name(err->code), "subject", err->arg, "bytes",
        (json_int_t)l->seen.size, "tables", (json_int_t)l->manifest.n_tables, "rows",
        (json_int_t)l->rows, "people", people_of(l), "schema", (json_int_t)l->manifest.schema,
        "hash", hash, "pages", (json_int_t)pages, "ms", (json_int_t)ms);
    char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(j);
    return text;
}

static enum rc
sign(const char *result, struct instant now, struct err *err, char **ret_json)
{
    uint8_t message[RESTORE_SIGNED];
    uint8_t signature[64];
    char signature_hex[129];
    char signer_hex[65];
    restore_signed(str_of(result), now, message);
    TRY(keys_sign(err, (struct bytes){message, sizeof(message)}, signature));
    hex_print(signature, sizeof(signature), signature_hex);
    hex_print(d.signer, sizeof(d.signer), signer_hex);
    json_t *j = json_pack("{s:I, s:s, s:s, s:s}", "at", (json_int_t)now.us, "result", result,
                          "signature", signature_hex, "signer", signer_hex);
    *ret_json = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    return *ret_json != NULL ? OK : fail(err, RC_BROKEN, E_BROKEN, "result");
}

/* A fault of ours (no key, a full disk) is no verdict on the archive. */
static bool
is_verdict(enum rc rc)
{
    return rc != RC_IO && rc != RC_BUSY && rc != RC_LIMIT;
}

static enum rc
run_drill(int fd, struct str state, struct str from, struct arena *mem, struct err *err,
          char **ret_json)
{
    struct loaded l = {0};
    struct err found = {0};
    int64_t pages = 0;
    const int64_t began = time_mono_us();
    randombytes_buf(d.key, sizeof(d.key));
    const enum rc rc = try_archive(fd, mem, &found, &l, &pages);
    drop_loaded();
    found.rc = rc;
    const int64_t ms = (time_mono_us() - began) / 1000;
    log_line(
        rc == OK ? LOG_NOTE : LOG_ERROR, "backup.drilled",
        "ws=%lld state=%.*s from=%.*s rc=%d code=%s bytes=%llu pages=%lld ms=%lld detail=\"%s\"",
        (long long)d.child.workspace, STR_FMT(state), STR_FMT(from), rc, code_name(found.code),
        (unsigned long long)l.seen.size, (long long)pages, (long long)ms, found.detail);
    if (!is_verdict(rc)) {
        *err = found;
        return rc;
    }
    const struct instant now = time_now();
    char *result = print_result(state, from, now, &l, pages, &found, ms);
    if (result == NULL) {
        return fail(err, RC_BROKEN, E_BROKEN, "result");
    }
    const enum rc signed_rc = sign(result, now, err, ret_json);
    free(result);
    if (signed_rc == OK) {
        err->code = found.code;
    }
    return signed_rc;
}

/* --- a preview, and the first half of a restore ------------------------------------------------
 */

static enum rc
compare(struct str state, struct str words, const struct loaded *l, struct arena *mem,
        struct err *err, char **ret_json)
{
    const size_t n = schema_of(SCHEMA_WORKSPACE)->n_tables;
    struct restore_table *tables = ARENA_ARRAY(mem, struct restore_table, n);
    struct rows_told p = {.rows = json_array(), .mem = mem, .words = words};
    const struct restore_sink sink = {rows_tell, &p};
    const struct store_options opt = {.path = d.path, .schema = SCHEMA_WORKSPACE, .key = d.key};
    struct store *s;
    TRY(store_open(&opt, err, &s));
    const enum rc rc = restore_diff(d.present, s, &sink, err, tables);
    store_close(s);
    json_t *j = json_pack("{s:s%, s:o, s:o, s:o, s:b}", "state", state.p, state.n, "madeAt",
                          instant_json(l->head.made), "tables", restore_tables_json(tables, n),
                          "rows", p.rows, "more", p.more ? 1 : 0);
    *ret_json = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(j);
    return rc != OK || *ret_json != NULL ? rc : fail(err, RC_BROKEN, E_BROKEN, "preview");
}

/* The rows of single records, for the workspace's writer. */
static enum rc
pick(struct str state, struct str names, struct arena *mem, struct err *err, char **ret_json)
{
    static const struct actor nobody = {.reason = "restore"};
    const struct store_options opt = {.path = d.path, .schema = SCHEMA_WORKSPACE, .key = d.key};
    struct pick_order o;
    struct store *s;
    struct rtx *tx;
    json_t *j = NULL;
    TRY(pick_parse(names, err, &o));
    TRY(store_open(&opt, err, &s));
    enum rc rc = rtx_begin(s, mem, time_now(), &nobody, err, &tx);
    if (rc == OK) {
        rc = pick_records(tx, state, &o, &j);
        rtx_end(tx);
    }
    store_close(s);
    *ret_json = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    return rc;
}

/* Everything that a drill asks is asked of what shall be put back; only then it stays there. */
static enum rc
run_restore(int fd, const struct frame *f, struct str state, struct arena *mem, struct err *err,
            char **ret_json)
{
    struct loaded l = {0};
    int64_t pages = 0;
    const struct str order = frame_get(f, W_F_NAME);
    const struct str more = arena_copy(mem, frame_get(f, W_F_TARGET_NAME));
    const bool stays = str_eq(order, STR("restore.load"));
    const bool takes = str_eq(order, STR("restore.take"));
    const bool rescues = str_eq(order, STR("restore.rescue"));
    const char *what = stays || rescues ? "restore.loaded"
                       : takes          ? "restore.picked"
                                        : "restore.previewed";
    if (d.present == NULL && !rescues) {
        *err = d.unread;
        return d.unread.rc;
    }
    enum rc rc = try_archive(fd, mem, err, &l, &pages);
    if (rc == OK && rescues) { /* there is nothing to compare it with */
        *ret_json = strdup("{}");
        rc = *ret_json != NULL ? OK : RC_LIMIT;
    } else if (rc == OK) {
        rc = takes ? pick(state, more, mem, err, ret_json)
                   : compare(state, more, &l, mem, err, ret_json);
    }
    if (rc != OK || !(stays || rescues)) {
        drop_loaded();
    }
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, what,
             "ws=%lld state=%.*s rc=%d code=%s detail=\"%s\"", (long long)d.child.workspace,
             STR_FMT(state), rc, code_name(err->code), err->detail);
    return rc;
}

/* The page key is of the store beside which it reads, and of what is loaded to take its place. */
static enum rc
open_present(struct err *err)
{
    struct page_keys keys = {0};
    char path[CHILD_DIR_MAX + 64];
    TRY(keys_page(err, &keys));
    (void)snprintf(path, sizeof(path), "%s/../../workspaces/%lld/data.db", d.child.dir,
                   (long long)d.child.workspace);
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = keys.now, .read_only = true};
    const enum rc rc = keys.turns ? fail(err, RC_BUSY, E_KEY_TURNING, "a turn is under way") : OK;
    if (rc == OK && store_open(&opt, &d.unread, &d.present) != OK) {
        log_line(LOG_ERROR, "restore.unread", "ws=%lld code=%s detail=\"%s\"",
                 (long long)d.child.workspace, code_name(d.unread.code), d.unread.detail);
    }
    memcpy(d.key, keys.now, sizeof(d.key));
    explicit_bzero(&keys, sizeof(keys));
    return rc;
}

/* --- master ------------------------------------------------------------------------------------
 */

static void
answer(uint64_t id, enum rc rc, const struct err *err, const char *json)
{
    struct frame_out f;
    chan_begin(&f, W_RESULT, id);
    frame_put_i64(&f, W_F_RC, rc);
    if (err->code != E_NONE) {
        frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
    }
    if (rc == OK) {
        frame_put_str(&f, W_F_BODY, str_of(json));
    } else {
        frame_put_str(&f, W_F_DETAIL, str_of(err->detail));
    }
    child_send(&d.child, &f, -1);
}

static void
run_import(const struct frame *f, struct arena *mem)
{
    struct err err = {0};
    const enum rc rc = import_load(f->fd, frame_get(f, W_F_BODY), d.path, d.key, d.most, mem, &err);
    if (rc != OK) {
        drop_loaded();
    }
    answer(f->id, rc, &err, "{}");
}

static void
on_message(struct child *c, struct frame *f)
{
    struct err err = {0};
    char *json = NULL;
    if (f->type != W_COMMAND || f->fd < 0 || c->stopping) {
        return;
    }
    (void)snprintf(d.state, sizeof(d.state), "%.*s", STR_FMT(frame_get(f, W_F_BODY)));
    (void)snprintf(d.known, sizeof(d.known), "%.*s", STR_FMT(frame_get(f, W_F_DIGEST)));
    struct arena *mem = arena_new(MEM_MAX);
    if (d.restores && str_eq(frame_get(f, W_F_NAME), STR("import.load"))) {
        run_import(f, mem);
        arena_free(mem);
        loop_stop(c->loop);
        return;
    }
    const enum rc rc = !d.restores ? run_drill(f->fd, str_of(d.state),
                                               frame_get(f, W_F_TARGET_NAME), mem, &err, &json)
                                   : run_restore(f->fd, f, str_of(d.state), mem, &err, &json);
    arena_free(mem);
    answer(f->id, rc, &err, json);
    free(json);
    loop_stop(c->loop);
}

/* --- start -------------------------------------------------------------------------------------
 */

static _Noreturn void
refuse_start(enum rc rc, const struct err *err)
{
    struct frame_out f;
    log_line(LOG_ERROR, "drill.refused", "ws=%lld code=%s detail=%s", (long long)d.child.workspace,
             code_name(err->code), err->detail);
    chan_begin(&f, W_ERROR, 0);
    frame_put_i64(&f, W_F_RC, rc);
    frame_put_str(&f, W_F_CODE, str_of(code_name(err->code)));
    child_send(&d.child, &f, -1);
    (void)child_end(&d.child);
    exit(rc_exit(rc));
}

int
drill_main(int argc, char **argv)
{
    static const struct child_hooks hooks = {.message = on_message};
    struct err err = {0};
    child_start(&d.child, argc, argv, SANDBOX_WORKER, &hooks);
    if (sodium_init() < 0 || time_zone("Europe/Berlin") != OK) {
        return rc_exit(RC_BROKEN);
    }
    json_object_seed(0); /* else jansson opens /dev/urandom at its first object */
    d.restores = strcmp(d.child.role, "restore") == 0;
    (void)snprintf(d.path, sizeof(d.path), d.restores ? "%s/restore.db" : "%s/loaded.db",
                   d.child.dir);
    keys_use(d.child.keymgr);
    enum rc rc = keys_archive(&err, d.operations, d.signer);
    rc = rc == OK && d.restores ? open_present(&err) : rc;
    if (rc != OK) {
        refuse_start(rc, &err);
    }
    const struct sandbox box = {
        .role = SANDBOX_WORKER, .paths = {{d.child.dir, true}, {TIME_ZONES, false}}
    };
    child_ready(&d.child, &box);
    drop_loaded();
    struct room room;
    d.most = room_look(d.child.dir, &room) ? (uint64_t)room.free / 2 : 0;
    uint8_t forms[32]; /* pages have forms, which nobody will send */
    randombytes_buf(forms, sizeof(forms));
    csrf_use_key(forms);
    loop_run(d.child.loop);
    /* The present is not closed: that would remove its log's name, which this process may not. */
    explicit_bzero(d.key, sizeof(d.key));
    return child_end(&d.child);
}
