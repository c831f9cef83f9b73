/* put_back.c: see put_back.h. */
#include "proc/put_back.h"

#include <unistd.h>

#include "app/restore/apply.h"
#include "app/transfer/import.h"
#include "base/log.h"
#include "base/time.h"

enum { MEM_MAX = 8 << 20, REPORT_MAX = 16384 };

static enum rc done = RC_MISSING; /* of no order */
static struct err cause;
static char report[REPORT_MAX];

/* In place of an older state of its own: what another server had. */
static void
put_import(const char *path, const char *settled, const uint8_t *key, struct arena *mem)
{
    cause = (struct err){0};
    done = transfer_apply(path, settled, key, time_now(), mem, &cause);
    (void)snprintf(report, sizeof(report), "{}");
    if (done != OK) {
        (void)unlink(settled);
    }
    log_line(done == OK ? LOG_NOTE : LOG_ERROR, "import.applied", "rc=%d code=%s detail=\"%s\"",
             done, code_name(cause.code), cause.detail);
}

static void
put_state(struct child *c, const char *path, const uint8_t *key, struct str which)
{
    char state[CHILD_DIR_MAX + 64];
    char damaged[40];
    struct str text = STR_NONE;
    const int64_t began = time_mono_us();
    const char *up = c->workspace == 0 ? ".." : "../.."; /* DIR/system, DIR/workspaces/N */
    (void)snprintf(state, sizeof(state), "%s/%s/state/%lld/restore.db", c->dir, up,
                   (long long)c->workspace);
    struct restore_order o = {.path = path,
                              .schema = c->workspace == 0 ? SCHEMA_SYSTEM : SCHEMA_WORKSPACE,
                              .state = state,
                              .key = key,
                              .state_name = which,
                              .saved_name = child_get(c, "restore_saved"),
                              .rescues = child_get_i64(c, "restore_damaged", 0) != 0,
                              .order = child_get_i64(c, "restore_order", 0),
                              .now = time_now()};
    struct arena *mem = arena_new(MEM_MAX);
    if (str_eq(which, STR("import"))) {
        put_import(path, state, key, mem);
        c->put_back = done;
        arena_free(mem);
        return;
    }
    cause = (struct err){0};
    if (o.rescues) {
        (void)snprintf(damaged, sizeof(damaged), "damaged-%.*s", STR_FMT(o.saved_name));
        o.saved_name = str_of(damaged);
        done = restore_apply_damaged(&o, mem, &cause, &text);
    } else {
        done = restore_apply(&o, mem, &cause, &text);
    }
    c->put_back = done;
    if (done == OK && text.n >= sizeof(report)) {
        text = STR("{}"); /* it stands in the store, whole */
    }
    (void)snprintf(report, sizeof(report), "%.*s", STR_FMT(text));
    arena_free(mem);
    log_line(done == OK ? LOG_NOTE : LOG_ERROR, o.rescues ? "restore.rescued" : "restore.applied",
             "ws=%lld state=%.*s rc=%d code=%s ms=%lld detail=\"%s\"", (long long)c->workspace,
             STR_FMT(which), done, code_name(cause.code),
             (long long)(time_mono_us() - began) / 1000, cause.detail);
}

static enum rc
settle(const char *path, struct err *err)
{
    int64_t error_us;
    return restore_settle_damaged(path, time_now(), time_sync(&error_us), err);
}

enum rc
put_back_run(struct child *c, const char *path, const struct page_keys *keys, struct err *err)
{
    const struct str which = child_get(c, "restore");
    TRY(settle(path, err));
    if (which.n == 0) {
        restore_drop_next(path);
        return OK;
    }
    if (keys->turns) { /* master lets none begin beside the other; the state has the present key */
        c->put_back = done = fail(&cause, RC_BUSY, E_KEY_TURNING, "the store changes its key");
        return OK;
    }
    put_state(c, path, keys->now, which);
    return done == OK ? OK : settle(path, err); /* nobody opens a store without its log */
}

void
put_back_cause(struct err *err)
{
    if (cause.code != E_NONE) {
        *err = cause;
    }
}

bool
put_back_answer(const struct frame *f, struct frame_out *out)
{
    if (!str_eq(frame_get(f, W_F_NAME), STR("restore.report"))) {
        return false;
    }
    frame_begin(out, out->p, out->cap, W_RESULT, f->id);
    frame_put_i64(out, W_F_RC, done);
    if (done == OK) {
        frame_put_str(out, W_F_BODY, str_of(report));
    } else {
        frame_put_str(out, W_F_CODE,
                      str_of(code_name(cause.code != E_NONE ? cause.code : E_MISSING)));
        frame_put_str(out, W_F_DETAIL,
                      str_of(cause.code == E_RESTORE_REFERENCE ? cause.arg : cause.detail));
    }
    return true;
}
