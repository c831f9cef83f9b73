/* image.c: a plain image of a database becomes an encrypted file, page by page, so that nothing of
 * it lies plain on a disk and memory stays small. The other way round: snapshot.c. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, PATH_BYTES = 4096, AT_PAGE_SIZE = 16, AT_RESERVED = 20 };

struct store_image {
    sqlite3 *db;
    sqlite3_stmt *put;
    char path[PATH_BYTES];
    uint8_t page[PAGE_BYTES];
    size_t have;    /* bytes of the page that is being filled */
    int64_t number; /* of that page, from 1 */
};

/* --- a database without a store round it -------------------------------------------------------
 */

enum rc
store_raw_open(const char *path, const uint8_t *key, struct err *err, sqlite3 **ret_db)
{
    uint8_t raw[4 + STORE_KEY_BYTES] = {'r', 'a', 'w', ':'};
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, store_disk());
    memcpy(raw + 4, key, STORE_KEY_BYTES);
    code = code == SQLITE_OK ? store_raw_run(db, "PRAGMA cipher = 'aegis'") : code;
    code = code == SQLITE_OK ? sqlite3_key(db, raw, sizeof(raw)) : code;
    code = code == SQLITE_OK ? store_raw_run(db, "PRAGMA synchronous = FULL") : code;
    code = code == SQLITE_OK ? store_raw_run(db, "SELECT count(*) FROM sqlite_schema") : code;
    explicit_bzero(raw, sizeof(raw));
    if (code != SQLITE_OK) {
        (void)sqlite3_close(db);
        return fail(err, RC_DENIED, E_STORE_KEY, "open %s: code %d", path, code);
    }
    *ret_db = db;
    return OK;
}

int
store_raw_run(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

void
store_drop_file(const char *path)
{
    static const char *const ends[] = {"-journal", "-wal", "-shm", ""};
    char name[PATH_BYTES + 16];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

/* --- the image ---------------------------------------------------------------------------------
 */

static enum rc
failed(const struct store_image *i, int code, struct err *err)
{
    return fail(err, RC_IO, code == SQLITE_FULL ? E_STORE_FULL : E_IO, "image: page %lld: code %d",
                (long long)i->number, code);
}

/* No journal: what is not finished is thrown away. */
static enum rc
make_file(struct store_image *i, const uint8_t *key, struct err *err)
{
    static const char *const texts[] = {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF",
                                        "PRAGMA cache_size = -1024", "BEGIN IMMEDIATE"};
    store_drop_file(i->path);
    const int fd = open(i->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO, "image: errno %d", errno);
    }
    (void)close(fd);
    TRY(store_raw_open(i->path, key, err, &i->db));
    int code = SQLITE_OK;
    for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]) && code == SQLITE_OK; k++) {
        code = store_raw_run(i->db, texts[k]);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_prepare_v2(i->db, "INSERT INTO sqlite_dbpage (pgno, data) VALUES (?1, ?2)",
                                  -1, &i->put, NULL);
    }
    return code == SQLITE_OK ? OK : failed(i, code, err);
}

enum rc
store_image_begin(const char *path, const uint8_t *key, struct err *err,
                  struct store_image **ret_image)
{
    struct store_image *i = calloc(1, sizeof(*i));
    if (i == NULL) {
        return fail(err, RC_LIMIT, E_NO_MEMORY, "image"); /* uncovered: no memory */
    }
    i->number = 1;
    (void)snprintf(i->path, sizeof(i->path), "%s", path);
    const enum rc rc = make_file(i, key, err);
    if (rc != OK) {
        store_image_drop(i);
        return rc;
    }
    *ret_image = i;
    return OK;
}

/* Pages of another size, or without room for the cipher's part, would not be authenticated. */
static bool
is_ours(const uint8_t page[static PAGE_BYTES])
{
    return memcmp(page, "SQLite format 3", 16) == 0 && page[AT_PAGE_SIZE] << 8 == PAGE_BYTES &&
           page[AT_PAGE_SIZE + 1] == 0 && page[AT_RESERVED] == STORE_RESERVED_BYTES;
}

static enum rc
put_page(struct store_image *i, struct err *err)
{
    if (i->number == 1 && !is_ours(i->page)) {
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "image: no database of ours");
    }
    (void)sqlite3_bind_int64(i->put, 1, i->number);
    (void)sqlite3_bind_blob(i->put, 2, i->page, PAGE_BYTES, SQLITE_STATIC);
    int code = sqlite3_step(i->put);
    (void)sqlite3_reset(i->put);
    if (code != SQLITE_DONE) {
        return failed(i, code, err);
    }
    i->number++;
    i->have = 0;
    return OK;
}

enum rc
store_image_put(struct store_image *i, struct bytes b, struct err *err)
{
    for (size_t at = 0; at < b.n;) {
        const size_t room = PAGE_BYTES - i->have;
        const size_t n = b.n - at < room ? b.n - at : room;
        memcpy(i->page + i->have, b.p + at, n);
        i->have += n;
        at += n;
        if (i->have == PAGE_BYTES) {
            TRY(put_page(i, err));
        }
    }
    return OK;
}

static bool
sync_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return done;
}

enum rc
store_image_end(struct store_image *i, struct err *err)
{
    if (i->have != 0 || i->number == 1) {
        return fail(err, RC_BROKEN, E_STORE_DAMAGED, "image: ends inside page %lld",
                    (long long)i->number);
    }
    (void)sqlite3_finalize(i->put);
    i->put = NULL;
    int code = store_raw_run(i->db, "COMMIT");
    if (code != SQLITE_OK) {
        return failed(i, code, err);
    }
    code = sqlite3_close(i->db);
    i->db = NULL;
    if (code != SQLITE_OK || !sync_file(i->path)) {
        return failed(i, code, err); /* uncovered: bad disk */
    }
    i->path[0] = '\0'; /* it stays */
    return OK;
}

void
store_image_drop(struct store_image *i)
{
    if (i == NULL) {
        return;
    }
    (void)sqlite3_finalize(i->put);
    (void)sqlite3_close(i->db);
    if (i->path[0] != '\0') {
        store_drop_file(i->path);
    }
    explicit_bzero(i, sizeof(*i));
    free(i);
}
