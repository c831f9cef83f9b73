/* import.c: see import.h. */
#include "proc/import.h"

#include "app/app.h"
#include "app/restore/load.h"
#include "app/transfer/import.h"
#include "archive/file.h"
#include "archive/key.h"
#include "base/log.h"
#include "base/time.h"

static enum rc
load(int fd, const uint8_t *secret, const char *path, const uint8_t *page_key, uint64_t most,
     struct arena *mem, struct err *err)
{
    struct loaded l = {0};
    const struct archive_want want = {.secret = secret, .workspace = -1};
    const struct archive_in in = archive_fd_in(&fd);
    TRY(load_archive(&in, &want, path, page_key, most, mem, err, &l));
    if (l.head.workspace == 0) {
        return fail(err, RC_CONFLICT, E_ARCHIVE_WORKSPACE, "the console's own");
    }
    return load_compare(path, page_key, SCHEMA_WORKSPACE, &l, mem, err);
}

/* Brought up to date, and its rules tried as by a drill. */
static enum rc
try_loaded(const char *path, const uint8_t *page_key, struct arena *mem, struct err *err)
{
    struct store *s;
    int64_t pages;
    const struct store_options opt = {.path = path, .schema = SCHEMA_WORKSPACE, .key = page_key};
    TRY(store_open(&opt, err, &s));
    enum rc rc =
        store_state(s) == STORE_READY ? OK : RC_BROKEN; /* the migration's cause is in err */
    rc = rc == OK ? app_check(s, mem, time_now(), err) : rc;
    rc = rc == OK ? app_drill(s, mem, time_now(), false, err, &pages) : rc;
    store_close(s);
    return rc;
}

enum rc
import_load(int fd, struct str key_text, const char *path, const uint8_t page_key[static 32],
            uint64_t most, struct arena *mem, struct err *err)
{
    uint8_t secret[ARCHIVE_KEY];
    if (archive_key_find(key_text, true, secret) != OK) {
        return fail(err, RC_DENIED, E_ARCHIVE_KEY, "no secret key");
    }
    enum rc rc = load(fd, secret, path, page_key, most, mem, err);
    explicit_bzero(secret, sizeof(secret));
    rc = rc == OK ? try_loaded(path, page_key, mem, err) : rc;
    rc = rc == OK ? transfer_settle(path, page_key, time_now(), mem, err) : rc;
    log_line(rc == OK ? LOG_NOTE : LOG_ERROR, "import.loaded", "rc=%d code=%s detail=\"%s\"", rc,
             code_name(err->code), err->detail);
    return rc;
}
