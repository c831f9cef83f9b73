/* wishes.c: see wishes.h. */
#include "proc/wishes.h"

#include "app/release/release.h"
#include "app/restore/order.h"
#include "app/transfer/export.h"
#include "app/transfer/export_file.h"
#include "base/log.h"
#include "base/time.h"

enum { WISHES_MEM = 1 << 20 };

static struct child *child;
static struct store *store;
static bool first = true;

void
wishes_init(struct child *c, struct store *s)
{
    child = c;
    store = s;
}

static const struct actor wisher = {.reason = "wishes"};

/* A state that was put back while this process was born is known before anything is asked for. */
static enum rc
settle(struct arena *mem, struct err *err)
{
    struct wtx *tx;
    TRY(wtx_begin(store, mem, time_now(), &wisher, err, &tx));
    const enum rc rc = order_settle_runs(tx);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

static void
tell(const struct order_wish *w)
{
    struct frame_out f;
    chan_begin(&f, W_ASK, 0);
    frame_put_str(&f, W_F_NAME, str_of(w->name));
    frame_put_str(&f, W_F_BODY, w->of);
    frame_put_i64(&f, W_F_ORDER, w->id.n);
    frame_put_i64(&f, W_F_TOTAL, w->total);
    child_send(child, &f, -1);
}

/* An export for which no file can be made; one is under way at a time. */
static struct export_file_id without_file;

/* The file comes along: master opens none. */
static void
tell_export(const struct export_wish *w)
{
    int fd;
    struct err err = {0};
    struct frame_out f;
    if (export_file_begin(w->id.n, &err, &fd) != OK) {
        log_line(LOG_ERROR, "export.file", "order=%lld detail=%s", (long long)w->id.n, err.detail);
        without_file = w->id;
        return;
    }
    chan_begin(&f, W_ASK, 0);
    frame_put_str(&f, W_F_NAME, w->is_readable ? STR("export.tables") : STR("export.run"));
    frame_put_str(&f, W_F_BODY, w->recipient);
    frame_put_i64(&f, W_F_ORDER, w->id.n);
    child_send(child, &f, fd);
}

static enum rc
tell_exports(struct rtx *tx, size_t *n)
{
    size_t n_exports;
    struct export_wish *v;
    TRY(export_wishes(tx, &v, &n_exports));
    for (size_t i = 0; i < n_exports && !first; i++) {
        tell_export(&v[i]);
    }
    *n += n_exports;
    return OK;
}

/* Whatever was ordered or ended: which state is held now, or that none is. */
static enum rc
tell_hold(struct rtx *tx, size_t *n)
{
    struct frame_out f;
    struct order_hold hold;
    TRY(order_hold_now(tx, &hold));
    if (!first) {
        chan_begin(&f, W_ASK, 0);
        frame_put_str(&f, W_F_NAME, STR("backup.hold"));
        frame_put_str(&f, W_F_BODY, hold.state);
        frame_put_i64(&f, W_F_TOTAL, hold.state.n > 0 ? hold.until.us : 0);
        child_send(child, &f, -1);
    }
    *n += hold.state.n > 0;
    return OK;
}

static enum rc
tell_all(struct arena *mem, struct err *err, size_t *ret_n)
{
    struct rtx *tx;
    struct order_wish *v;
    TRY(rtx_begin(store, mem, time_now(), &wisher, err, &tx));
    enum rc rc = order_wishes(tx, &v, ret_n);
    for (size_t i = 0; rc == OK && i < *ret_n; i++) {
        if (!first) {
            tell(&v[i]);
        }
    }
    rc = rc == OK ? tell_hold(tx, ret_n) : rc;
    rc = rc == OK ? tell_exports(tx, ret_n) : rc;
    rtx_end(tx);
    return rc;
}

static enum rc
give_up(struct arena *mem, struct err *err)
{
    struct wtx *tx;
    const struct export_file_id id = without_file;
    without_file = (struct export_file_id){0};
    TRY(wtx_begin(store, mem, time_now(), &wisher, err, &tx));
    const enum rc rc = export_give_up(tx, id);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

/* At the start a look shows whether there is anything to settle; mostly there is not. */
void
wishes_look(void)
{
    struct err err = {0};
    size_t n = 0;
    const bool is_wanted = order_was_wanted();
    if (store == NULL || (!export_was_wanted() && !is_wanted && !first)) {
        return;
    }
    struct arena *mem = arena_new(WISHES_MEM);
    enum rc rc = first ? tell_all(mem, &err, &n) : OK;
    if (rc == OK && first && n > 0) {
        rc = settle(mem, &err);
    }
    if (rc == OK && (!first || n > 0)) {
        first = false;
        rc = tell_all(mem, &err, &n);
    }
    first = false;
    rc = rc == OK && without_file.n != 0 ? give_up(mem, &err) : rc;
    if (rc != OK) {
        log_line(LOG_ERROR, "wishes.failed", "code=%s detail=%s", code_name(err.code), err.detail);
    }
    arena_free(mem);
}

/* --- the registrar's: what a workspace is to be told --------------------------------------------
 */

static void
tell_release(const struct release_wish *w)
{
    struct frame_out f;
    chan_begin(&f, W_ASK, 0);
    frame_put_str(&f, W_F_NAME, STR("release.answered"));
    frame_put_i64(&f, W_F_ORDER, w->id.n);
    frame_put_i64(&f, W_F_WORKSPACE, w->workspace);
    frame_put_i64(&f, W_F_VERSION, w->version);
    child_send(child, &f, -1);
}

void
wishes_look_console(void)
{
    struct err err = {0};
    struct rtx *tx;
    struct release_wish *v;
    size_t n;
    if (store == NULL || (!release_was_answered() && !first)) {
        return;
    }
    first = false;
    struct arena *mem = arena_new(WISHES_MEM);
    enum rc rc = rtx_begin(store, mem, time_now(), &wisher, &err, &tx);
    if (rc == OK) {
        rc = release_wishes(tx, &v, &n);
        for (size_t i = 0; rc == OK && i < n; i++) {
            tell_release(&v[i]);
        }
        rtx_end(tx);
    }
    if (rc != OK) {
        log_line(LOG_ERROR, "wishes.failed", "code=%s detail=%s", code_name(err.code), err.detail);
    }
    arena_free(mem);
}
