/* image_test.c: a plain image becomes an encrypted store again, in pieces of any size and in little
 * memory; what is no image of ours is refused, and nothing of it remains. */
#include "store/rig.h"

#include <malloc.h>
#include <sys/stat.h>

#include "store/fault_vfs.h"

/* The image in memory, and what the snapshot said of it. */
struct image {
    uint8_t *p;
    size_t n, cap;
    struct snapshot_table tables[64];
    const char *names[64];
    size_t n_tables;
};

static char loaded[128];
static const uint8_t key[32] = {7, 7};

static enum rc
on_tables(void *arg, const struct snapshot_table *tables, size_t n, uint64_t bytes, struct err *err)
{
    struct image *i = arg;
    (void)err;
    memcpy(i->tables, tables, n * sizeof(tables[0]));
    for (size_t k = 0; k < n; k++) {
        i->names[k] = tables[k].name;
    }
    i->n_tables = n;
    i->cap = (size_t)bytes;
    i->p = malloc(i->cap);
    assert_non_null(i->p);
    return OK;
}

static enum rc
on_page(void *arg, struct bytes b, struct err *err)
{
    struct image *i = arg;
    (void)err;
    assert_true(i->n + b.n <= i->cap);
    memcpy(i->p + i->n, b.p, b.n);
    i->n += b.n;
    return OK;
}

static struct image
image_of(struct rig *r)
{
    struct image i = {0};
    const struct snapshot_sink sink = {&i, on_tables, on_page};
    GOOD(r, store_snapshot(r->s, &sink, &r->err));
    assert_int_equal(i.n, i.cap);
    return i;
}

static enum rc
load(struct rig *r, const uint8_t *p, size_t n, size_t piece)
{
    struct store_image *i;
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", r->dir);
    TRY(store_image_begin(loaded, key, rig_err(r), &i));
    enum rc rc = OK;
    for (size_t at = 0; rc == OK && at < n; at += piece) {
        rc = store_image_put(i, (struct bytes){p + at, n - at < piece ? n - at : piece}, &r->err);
    }
    rc = rc == OK ? store_image_end(i, &r->err) : rc;
    store_image_drop(i);
    return rc;
}

static bool
is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static enum rc
open_loaded(struct rig *r, bool as_is, struct store **ret_s)
{
    const struct store_options opt = {.path = loaded, .key = key, .as_is = as_is};
    return store_open_def(&opt, &r->def, rig_err(r), ret_s);
}

static void
fill(struct rig *r, int64_t n)
{
    struct entry_insert_row row;
    for (int64_t i = 1; i <= n; i++) {
        struct wtx *tx = rig_write(r);
        char note[401];
        char name[40];
        (void)snprintf(name, sizeof(name), "Projekt %lld äöü", (long long)i);
        memset(note, 'a' + (int)(i % 26), 400);
        GOOD(r, project_insert(tx, &(struct project_insert_in){{i}, str_of(name)}));
        GOOD(r, entry_insert(tx,
                             &(struct entry_insert_in){
                                 .id = {i   },
                                 .project_id = {i   },
                                 .minutes = {30  },
                                 .note = {note, 400},
                                 .created_at = {i * 1000   },
                                 .sequence = NONE_I64
        },
                             &row));
        rig_commit(r);
        arena_reset(r->mem);
    }
}

static void
test_there_and_back(void **state)
{
    static const size_t pieces[] = {65536, 4096, 1000, 1 << 20};
    struct rig *r = *state;
    struct snapshot_table sums[64];
    size_t n;
    fill(r, 300);
    struct image i = image_of(r);
    for (size_t k = 0; k < CASES(pieces); k++) {
        struct store *s;
        GOOD(r, load(r, i.p, i.n, pieces[k]));
        char *file = rig_file(loaded, &n);
        assert_int_equal(n, i.n);
        assert_null(memmem(file, n, "Projekt", 7)); /* nothing of it is plain */
        free(file);
        GOOD(r, open_loaded(r, true, &s));
        assert_int_equal(store_state(s), STORE_READY);
        GOOD(r, store_check(s, &r->err));
        GOOD(r, store_sums(s, i.names, i.n_tables, &r->err, sums));
        for (size_t t = 0; t < i.n_tables; t++) {
            assert_int_equal(sums[t].rows, i.tables[t].rows);
            assert_memory_equal(sums[t].checksum, i.tables[t].checksum, 32);
        }
        store_close(s);
    }
    struct stat st;
    assert_int_equal(stat(loaded, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    free(i.p);
}

static void
test_another_key_does_not_open_it(void **state)
{
    struct rig *r = *state;
    struct store *s;
    struct image i = image_of(r);
    const uint8_t other[32] = {8};
    GOOD(r, load(r, i.p, i.n, 4096));
    const struct store_options opt = {.path = loaded, .key = other};
    REFUSED(r, store_open_def(&opt, &r->def, &r->err, &s), RC_DENIED, E_STORE_KEY);
    free(i.p);
}

static void
test_no_image_is_refused(void **state)
{
    struct rig *r = *state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0,  'T'},
        {16, 32 },
        {17, 1  },
        {20, 0  },
    };
    struct image i = image_of(r);
    for (size_t k = 0; k < CASES(changes); k++) {
        const uint8_t before = i.p[changes[k].at];
        i.p[changes[k].at] = changes[k].value;
        REFUSED(r, load(r, i.p, i.n, 4096), RC_BROKEN, E_STORE_DAMAGED);
        i.p[changes[k].at] = before;
        assert_false(is_there(loaded));
    }
    REFUSED(r, load(r, i.p, i.n - 1, 4096), RC_BROKEN, E_STORE_DAMAGED);
    REFUSED(r, load(r, i.p, 0, 4096), RC_BROKEN, E_STORE_DAMAGED);
    assert_false(is_there(loaded));
    free(i.p);
}

/* A page that says something else is seen by SQLite or by the sums. */
static void
test_a_changed_page_is_seen(void **state)
{
    struct rig *r = *state;
    struct snapshot_table sums[64];
    fill(r, 40);
    struct image i = image_of(r);
    for (size_t page = 1; page < i.n / 4096; page++) {
        struct store *s = NULL;
        bool same = true;
        const size_t at = page * 4096 + 4000 - STORE_RESERVED_BYTES; /* where rows end */
        i.p[at] ^= 1;
        GOOD(r, load(r, i.p, i.n, 65536));
        i.p[at] ^= 1;
        if (open_loaded(r, true, &s) != OK || store_check(s, &r->err) != OK ||
            store_sums(s, i.names, i.n_tables, rig_err(r), sums) != OK) {
            store_close(s);
            continue;
        }
        for (size_t t = 0; t < i.n_tables; t++) {
            same = same && memcmp(sums[t].checksum, i.tables[t].checksum, 32) == 0;
        }
        store_close(s);
        if (same) { /* only where nothing is written */
            assert_int_equal(i.p[at], 0);
        }
    }
    free(i.p);
}

static void
test_sums_are_of_all_tables(void **state)
{
    struct rig *r = *state;
    struct snapshot_table sums[64];
    struct image i = image_of(r);
    REFUSED(r, store_sums(r->s, i.names, i.n_tables - 1, &r->err, sums), RC_BROKEN,
            E_STORE_DAMAGED);
    const char *first = i.names[0];
    static const char *const no_names[] = {"", "audit\" --", "AUDIT"};
    for (size_t k = 0; k < CASES(no_names); k++) {
        i.names[0] = no_names[k];
        REFUSED(r, store_sums(r->s, i.names, i.n_tables, &r->err, sums), RC_BROKEN,
                E_STORE_DAMAGED);
    }
    i.names[0] = "aaa";
    REFUSED(r, store_sums(r->s, i.names, i.n_tables, &r->err, sums), RC_BROKEN, E_BROKEN);
    i.names[0] = i.names[1];
    REFUSED(r, store_sums(r->s, i.names, i.n_tables, &r->err, sums), RC_BROKEN, E_STORE_DAMAGED);
    i.names[0] = first;
    rig_write(r);
    REFUSED(r, store_sums(r->s, i.names, i.n_tables, &r->err, sums), RC_BROKEN, E_BROKEN);
    wtx_rollback(r->w);
    GOOD(r, store_sums(r->s, i.names, i.n_tables, &r->err, sums));
    free(i.p);
}

/* An older state is looked at as it is, and then brought up to date. */
static void
test_an_older_schema(void **state)
{
    struct rig *r = *state;
    const struct schema_def now = r->def;
    struct store *s;
    struct wtx *tx;
    rig_close(r);
    (void)unlink(r->path);
    r->def.n_migrations--;
    GOOD(r, rig_open(r, true, false));
    r->def.n_tables = 0; /* only what is there would be summed; not asked here */
    struct image i = image_of(r);
    r->def = now;
    GOOD(r, load(r, i.p, i.n, 4096));
    GOOD(r, open_loaded(r, true, &s));
    assert_int_equal(store_state(s), STORE_OLD_SCHEMA);
    assert_true(store_schema_version(s) < now.migrations[now.n_migrations - 1].number);
    GOOD(r, store_check(s, &r->err));
    REFUSED(r, wtx_begin(s, r->mem, rig_now, &rig_actor, &r->err, &tx), RC_CONFLICT,
            E_STORE_READ_ONLY);
    store_close(s);
    GOOD(r, open_loaded(r, false, &s));
    assert_int_equal(store_state(s), STORE_READY);
    assert_int_equal(store_schema_version(s), now.migrations[now.n_migrations - 1].number);
    store_close(s);
    free(i.p);
}

static void
test_little_memory(void **state)
{
    struct rig *r = *state;
    struct image i = image_of(r);
    const size_t pages = 4000; /* 16 MB: the image, and then its last page again and again */
    struct store_image *to;
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", r->dir);
    GOOD(r, store_image_begin(loaded, key, &r->err, &to));
    GOOD(r, store_image_put(to, (struct bytes){i.p, i.n}, &r->err));
    const size_t before = mallinfo2().uordblks;
    for (size_t k = 0; k < pages; k++) {
        GOOD(r, store_image_put(to, (struct bytes){i.p + i.n - 4096, 4096}, &r->err));
        assert_true(mallinfo2().uordblks < before + (2 << 20));
    }
    GOOD(r, store_image_end(to, &r->err));
    store_image_drop(to);
    free(i.p);
}

static void
test_the_disk_fills_on_the_way(void **state)
{
    struct rig *r = *state;
    struct image i = image_of(r);
    struct store_image *to;
    enum rc rc = OK;
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", r->dir);
    GOOD(r, store_image_begin(loaded, key, &r->err, &to));
    GOOD(r, store_image_put(to, (struct bytes){i.p, i.n}, &r->err));
    fault_arm(FAULT_FULL, 1, true);
    for (int k = 0; k < 2000 && rc == OK; k++) { /* more than are kept in memory */
        rc = store_image_put(to, (struct bytes){i.p + i.n - 4096, 4096}, rig_err(r));
    }
    assert_true(fault_disarm());
    assert_int_equal(rc, RC_IO);
    assert_int_equal(r->err.code, E_STORE_FULL);
    store_image_drop(to);
    assert_false(is_there(loaded));
    free(i.p);
}

static void
test_a_full_or_bad_disk(void **state)
{
    struct rig *r = *state;
    int failures = 0;
    fill(r, 100);
    struct image i = image_of(r);
    for (int64_t n = 2;; n++) { /* each n once with a bad and once with a full disk */
        fault_arm(n % 2 == 0 ? FAULT_FULL : FAULT_IO, n / 2, true);
        const enum rc rc = load(r, i.p, i.n, 65536);
        if (!fault_disarm() && rc == OK) {
            break;
        }
        failures += rc != OK;
        if (rc != OK) {
            assert_true(r->err.code == E_STORE_FULL || r->err.code == E_IO ||
                        r->err.code == E_STORE_KEY);
            assert_false(is_there(loaded));
        }
    }
    print_message("# %d failures\n", failures);
    assert_true(failures > 10);
    store_image_drop(NULL);
    REFUSED(r, store_image_begin("/nirgends/x.db", key, &r->err, &(struct store_image *){NULL}),
            RC_IO, E_IO);
    free(i.p);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_there_and_back, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_another_key_does_not_open_it, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_no_image_is_refused, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_page_is_seen, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_sums_are_of_all_tables, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_an_older_schema, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_little_memory, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_the_disk_fills_on_the_way, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_full_or_bad_disk, rig_setup, rig_teardown),
    };
    fault_register();
    store_disk_below = "fault";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
