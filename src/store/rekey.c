/* rekey.c: a store under another key: a copy is made, given the new key, read whole under it, and
 * takes the file's place. Killed at any moment, the file is whole under one of the two keys. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite.h"

enum { COPY_BYTES = 1 << 16, PATH_BYTES = 4096 };

static enum rc
io(struct err *err, const char *what)
{
    return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO, "rekey: %s: errno %d", what,
                errno);
}

static bool
copy_bytes(int from, int to)
{
    static uint8_t buf[COPY_BYTES];
    for (;;) {
        ssize_t n = read(from, buf, sizeof(buf));
        if (n <= 0) {
            return n == 0 && fsync(to) == 0;
        }
        if (write(to, buf, (size_t)n) != n) {
            return false;
        }
    }
}

static enum rc
copy_file(const char *path, const char *copy, struct err *err)
{
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum rc rc = from >= 0 && to >= 0 && copy_bytes(from, to) ? OK : io(err, "copy");
    if (from >= 0) {
        close(from);
    }
    if (to >= 0) {
        close(to);
    }
    return rc;
}

/* A closed store has no log; one that has was not closed, and its file alone is not all of it. */
static enum rc
need_closed(const char *path, struct err *err)
{
    char log[PATH_BYTES];
    struct stat st;
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &st) != 0 || st.st_size == 0
               ? OK
               : fail(err, RC_CONFLICT, E_BUSY, "rekey: the store is open");
}

static void
raw_key(uint8_t raw[static 4 + STORE_KEY_BYTES], const uint8_t *key)
{
    static const uint8_t mark[4] = {'r', 'a', 'w', ':'};
    memcpy(raw, mark, sizeof(mark));
    memcpy(raw + 4, key, STORE_KEY_BYTES);
}

/* Not in WAL: the cipher changes keys through the rollback journal alone. */
static enum rc
change_key(const char *copy, const uint8_t *old_key, const uint8_t *new_key, struct err *err)
{
    uint8_t raw[4 + STORE_KEY_BYTES];
    sqlite3 *db = NULL;
    TRY(store_raw_open(copy, old_key, err, &db));
    raw_key(raw, new_key);
    int code = store_raw_run(db, "PRAGMA journal_mode = DELETE");
    code = code == SQLITE_OK ? sqlite3_rekey(db, raw, sizeof(raw)) : code;
    explicit_bzero(raw, sizeof(raw));
    int closed = sqlite3_close(db);
    return code == SQLITE_OK && closed == SQLITE_OK
               ? OK
               : fail(err, RC_IO, code == SQLITE_FULL ? E_STORE_FULL : E_IO, "rekey: code %d",
                      code);
}

static int
first_finding(void *arg, int n, char **values, char **names)
{
    (void)names;
    *(bool *)arg = n == 1 && values[0] != NULL && strcmp(values[0], "ok") == 0;
    return 0;
}

/* Every page under the new key, before the old file goes. */
static enum rc
read_whole(const char *copy, const uint8_t *key, struct err *err)
{
    sqlite3 *db = NULL;
    bool sound = false;
    TRY(store_raw_open(copy, key, err, &db));
    int code = sqlite3_exec(db, "PRAGMA integrity_check(1)", first_finding, &sound, NULL);
    (void)sqlite3_close(db);
    return code == SQLITE_OK && sound
               ? OK
               : fail(err, RC_BROKEN, E_STORE_DAMAGED, "rekey: the copy: code %d", code);
}

static enum rc
make_copy(const char *path, const char *copy, const uint8_t *old_key, const uint8_t *new_key,
          struct err *err)
{
    TRY(need_closed(path, err));
    store_drop_file(
        copy); /* of one that was killed: above all its journal, which would be played */
    TRY(store_sync_folder(path, err));
    TRY(copy_file(path, copy, err));
    TRY(change_key(copy, old_key, new_key, err));
    return read_whole(copy, new_key, err);
}

enum rc
store_rekey(const char *path, const uint8_t *old_key, const uint8_t *new_key, struct err *err)
{
    char copy[PATH_BYTES];
    (void)snprintf(copy, sizeof(copy), "%s.rekey", path);
    enum rc rc = make_copy(path, copy, old_key, new_key, err);
    if (rc == OK) {
        rc = store_sync_folder(path, err);
    }
    if (rc == OK && rename(copy, path) != 0) {
        rc = io(err, "rename"); /* uncovered: bad disk */
    }
    if (rc != OK) {
        store_drop_file(copy);
        return rc;
    }
    return store_sync_folder(path, err);
}
