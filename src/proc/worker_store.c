/* worker_store.c: how a workspace's writer comes to its store: it locks the folder, has the page
 * key of keymgr, puts back what is to be put back, and gives the store another key when it is to
 * have one. */
#include <sys/stat.h>

#include "app/restore/apply.h"
#include "base/log.h"
#include "guard/keys.h"
#include "proc/put_back.h"
#include "proc/worker_own.h"

enum { LARGE_BYTES = 64 << 20 }; /* of a store whose start may take long */

static struct child *child; /* who waits for keymgr's successor */

/* Master waits longer for a store that is read whole, or may be: to have another key, or to be
 * brought up to date. */
static void
ask_for_time(const char *path)
{
    struct stat st;
    struct frame_out f;
    if (stat(path, &st) == 0 && st.st_size >= LARGE_BYTES) {
        chan_begin(&f, W_PROGRESS, 0);
        child_send(child, &f, -1);
    }
}

static bool
await_keymgr(void)
{
    return child_await_keymgr(child);
}

/* keymgr hears how it ended. When it does not, the next start says so once more. */
static void
tell_turned(bool turned)
{
    struct err why = {0};
    if ((turned ? keys_turned(&why) : keys_kept(&why)) != OK) {
        log_line(LOG_WARN, turned ? "store.turned" : "store.kept", "ws=%lld detail=%s",
                 (long long)child->workspace, why.detail);
    }
}

/* What cannot be copied under the next key, now or ever, is under the present one: that is said, so
 * that backups and restores go on (decision 113). */
static enum rc
keep_key(struct store_options *opt, const struct page_keys *keys, struct err *err,
         struct store **ret_store)
{
    opt->key = keys->now;
    *err = (struct err){0};
    const enum rc rc = store_open(opt, err, ret_store);
    if (rc == OK) {
        tell_turned(false);
    }
    return rc;
}

/* The store shall have another page key: `now` opened it (rc), or it is under `next` already,
 * because who did that was killed before keymgr knew. When neither opens it, its first page is
 * damaged, and a rescue (put_back.h) shall not wait for a turn that never ends. */
static enum rc
turn_key(struct store_options *opt, const struct page_keys *keys, enum rc rc, struct err *err,
         struct store **ret_store)
{
    struct err why = {0};
    if (rc != OK && rc != RC_DENIED) {
        return rc;
    }
    if (rc == OK) {
        store_close(*ret_store);
        *ret_store = NULL;
        enum rc turned = store_rekey(opt->path, keys->now, keys->next, &why);
        log_line(turned == OK ? LOG_NOTE : LOG_ERROR, "store.rekey",
                 "ws=%lld rc=%d code=%s detail=%s", (long long)child->workspace, turned,
                 code_name(why.code), why.detail);
        if (turned != OK) {
            return keep_key(opt, keys, err, ret_store);
        }
    }
    opt->key = keys->next;
    *err = (struct err){0};
    const enum rc opened = store_open(opt, err, ret_store);
    if (opened == OK && restore_forget_damaged(opt->path, &why) != OK) { /* the next start does */
        log_line(LOG_WARN, "store.kept_damaged", "ws=%lld detail=%s", (long long)child->workspace,
                 why.detail);
        return OK;
    }
    if (opened == OK || (opened == RC_DENIED && rc == RC_DENIED)) {
        tell_turned(opened == OK);
    }
    return opened;
}

enum rc
worker_open_store(struct child *c, struct err *err, struct store **ret_store, const char **ret_step)
{
    struct page_keys keys = {0};
    char path[CHILD_DIR_MAX + 16];
    child = c;
    (void)snprintf(path, sizeof(path), "%s/data.db", c->dir);
    child_lock_folder(c);
    keys_use(c->keymgr);
    keys_on_lost(await_keymgr);
    *ret_step = "key";
    TRY(keys_page(err, &keys));
    struct store_options opt = {.path = path,
                                .schema = c->workspace == 0 ? SCHEMA_SYSTEM : SCHEMA_WORKSPACE,
                                .key = keys.now,
                                .create = true};
    *ret_step = "damaged";
    enum rc rc = put_back_run(c, path, &keys, err);
    if (rc == OK) {
        *ret_step = "store";
        ask_for_time(path);
        rc = store_open(&opt, err, ret_store);
        rc = keys.turns ? turn_key(&opt, &keys, rc, err, ret_store) : rc;
        if (rc != OK) {
            put_back_cause(err);
        }
    }
    explicit_bzero(&keys, sizeof(keys));
    if (rc == OK && store_state(*ret_store) == STORE_OLD_SCHEMA) { /* for reading only */
        log_line(LOG_ERROR, "store.old_schema", "ws=%lld schema=%lld code=%s detail=%s",
                 (long long)c->workspace, (long long)store_schema_version(*ret_store),
                 code_name(err->code), err->detail);
        *err = (struct err){0};
    }
    return rc;
}
