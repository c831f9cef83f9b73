/* tables_test.c: every table readable in one tar that lies on the disk sealed: what is in it is
 * what its length, its checksum and its pieces say; a full disk is told; no part of it stands there
 * in plain. */
#include "app/transfer/tables.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/transfer/sealed.h"
#include "base/time.h"
#include "office.h"
#include "store/schema.h"
#include "store/sqlite.h"

static struct office o;
static struct err err;
static uint8_t public[32], secret[32];

static int
setup(void **state)
{
    (void)state;
    assert_ok(time_zone("Europe/Berlin"));
    office_open(&o, "2026-11-24T08:15:00Z");
    crypto_box_keypair(public, secret);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    office_close(&o);
    return 0;
}

static int
new_file(void)
{
    const int fd = open(o.dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static enum rc
printed(int fd, int64_t *ret_size, uint8_t ret_hash[static 32])
{
    err = (struct err){0};
    return tables_put(o.store, o.now, fd, public, &err, ret_size, ret_hash);
}

static int64_t
size_of(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

/* By libsodium, as the edge does it by OpenSSL. */
static uint8_t *
opened(int fd, int64_t size)
{
    uint8_t key[SEALED_KEY];
    uint8_t nonce[SEALED_NONCE];
    uint8_t box[SEALED_PIECE + SEALED_TAG];
    uint8_t *all = malloc((size_t)size + SEALED_PIECE);
    int64_t at = 0;
    assert_non_null(all);
    assert_ok(sealed_open_key(fd, secret, &err, key));
    for (int64_t i = 0; at < size; i++) {
        unsigned long long n;
        const ssize_t got = pread(fd, box, sizeof(box), sealed_at(i));
        assert_true(got > SEALED_TAG);
        sealed_nonce(i, nonce);
        assert_int_equal(crypto_aead_chacha20poly1305_ietf_decrypt(
                             all + at, &n, NULL, box, (unsigned long long)got, NULL, 0, nonce, key),
                         0);
        at += (int64_t)n;
    }
    assert_int_equal(at, size);
    return all;
}

static void
what_is_in_it(void **state)
{
    int64_t size;
    uint8_t hash[32];
    uint8_t found[32];
    const int fd = new_file();
    (void)state;
    assert_ok(printed(fd, &size, hash));
    assert_int_equal(size_of(fd), sealed_size(size));
    assert_int_equal(size % 512, 0);
    uint8_t *all = opened(fd, size);
    crypto_hash_sha256(found, all, (unsigned long long)size);
    assert_memory_equal(found, hash, sizeof(hash));
    assert_string_equal((char *)all, "README.txt");
    assert_non_null(memmem(all, (size_t)size, "tables/agency.json", 18));
    assert_non_null(memmem(all, (size_t)size, "SHA256SUMS", 10));
    free(all);
    char *raw = malloc((size_t)size_of(fd));
    assert_int_equal(pread(fd, raw, (size_t)size_of(fd), 0), size_of(fd));
    assert_null(memmem(raw, (size_t)size_of(fd), "tables/", 7));
    free(raw);
    close(fd);
}

/* Each column that a table of the store has is explained, also one that came later; a table with
 * secrets is not. */
static void
every_column_is_explained(void **state)
{
    static const char columns[] =
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";
    int64_t size;
    uint8_t hash[32];
    static const uint8_t key[32] = {1, 2, 3}; /* the office's */
    char path[96];
    sqlite3 *db = NULL;
    sqlite3_stmt *h = NULL;
    size_t n = 0;
    const int fd = new_file();
    (void)state;
    assert_ok(printed(fd, &size, hash));
    char *all = (char *)opened(fd, size);
    char *at = memmem(all, (size_t)size, "SCHEMA.txt", 11); /* with its NUL: the head */
    assert_non_null(at);
    at += 512; /* behind the head of the file */
    (void)snprintf(path, sizeof(path), "%s/data.db", o.dir);
    assert_ok(store_raw_open(path, key, &err, &db));
    assert_int_equal(sqlite3_prepare_v2(db, columns, -1, &h, NULL), SQLITE_OK);
    while (sqlite3_step(h) == SQLITE_ROW) {
        char line[200];
        const char *table = (const char *)sqlite3_column_text(h, 0);
        const char *column = (const char *)sqlite3_column_text(h, 1);
        const struct schema_table *t = schema_find(schema_of(SCHEMA_WORKSPACE), table);
        (void)snprintf(line, sizeof(line), "\n\n%s:", table); /* with a German word, or without */
        const char *head = strstr(at, line);
        (void)snprintf(line, sizeof(line), "\n\n%s\n", table);
        head = head != NULL ? head : strstr(at, line);
        if ((head == NULL) != t->secret) {
            FAIL_TEST("%s is %s", table, t->secret ? "there" : "not there");
        }
        if (!t->secret) {
            (void)snprintf(line, sizeof(line), "\n  %-22s ", column);
            const char *text = strstr(head, line);
            const char *end = strstr(head + 2, "\n\n");
            if (text == NULL || (end != NULL && text > end) || text[strlen(line) + 10] == '\n') {
                FAIL_TEST("%s.%s is not explained", table, column);
            }
            n++;
        }
    }
    assert_int_equal(sqlite3_finalize(h) | sqlite3_close(db), SQLITE_OK);
    assert_true(n > 200);
    assert_non_null(strstr(at, "\nproject: Projekte\n    one piece of work for one company;"));
    assert_non_null(strstr(at, "0 open, 1 in invoicing, 2 completed"));
    assert_non_null(strstr(at, "  note_fold              text     the note folded (text_fold)"));
    free(all);
    close(fd);
}

/* Its moment is all that differs, and of one moment nothing does, but the key of the file. */
static void
the_same_is_written_again(void **state)
{
    int64_t size;
    int64_t again;
    uint8_t hash[32];
    uint8_t other[32];
    const int fd = new_file();
    const int second = new_file();
    (void)state;
    assert_ok(printed(fd, &size, hash));
    assert_ok(printed(second, &again, other));
    assert_int_equal(size, again);
    assert_memory_equal(hash, other, sizeof(hash));
    close(fd);
    close(second);
}

static void
whose_key_it_is(void **state)
{
    int64_t size;
    uint8_t hash[32];
    uint8_t key[SEALED_KEY];
    uint8_t foreign[32];
    uint8_t of_foreign[32];
    const int fd = new_file();
    (void)state;
    assert_ok(printed(fd, &size, hash));
    crypto_box_keypair(of_foreign, foreign);
    assert_int_equal(sealed_open_key(fd, foreign, &err, key), RC_BROKEN);
    assert_int_equal(err.code, E_KEYS);
    assert_int_equal(ftruncate(fd, SEALED_HEAD - 1), 0);
    assert_int_equal(sealed_open_key(fd, secret, &err, key), RC_BROKEN);
    close(fd);
}

/* Whatever the disk has room for: it is told, whichever call finds out. */
static void
a_full_disk_is_told(void **state)
{
    static const rlim_t rooms[] = {0, 79, 80, 100, 16384, 20000, 40000};
    int64_t size;
    uint8_t hash[32];
    struct rlimit was;
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    for (size_t i = 0; i < CASES(rooms); i++) {
        const int fd = new_file();
        const struct rlimit tight = {rooms[i], was.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        const enum rc rc = printed(fd, &size, hash);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
        assert_int_equal(rc, RC_IO);
        assert_int_equal(err.code, E_IO);
        close(fd);
    }
    const int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    assert_int_equal(printed(full, &size, hash), RC_IO);
    assert_int_equal(err.code, E_STORE_FULL);
    close(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_it),
        cmocka_unit_test(every_column_is_explained),
        cmocka_unit_test(the_same_is_written_again),
        cmocka_unit_test(whose_key_it_is),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests_name("tables", tests, setup, teardown);
}
