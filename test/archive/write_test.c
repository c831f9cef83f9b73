/* write_test.c: what was written is read again, whatever its size; the order of calls is held; no
 * failure of who takes the bytes goes unnoticed. */
#include "archive/rig.h"

#include <sodium.h>

static struct keys keys;

static int
setup(void **state)
{
    (void)state;
    keys_make(&keys, 1);
    return sodium_init() < 0;
}

static void
is_read_again(void **state)
{
    (void)state;
    /* Below, at and above what one chunk holds; compressed sizes hit no border by design, so
     * several. */
    static const size_t sizes[] = {0, 1, 4096, 65536, 131000, 131072, 131200, 1 << 20, 3000001};
    for (size_t i = 0; i < CASES(sizes); i++) {
        for (size_t key = 0; key < 2; key++) {
            struct bag b = rig_archive(&keys, 42, sizes[i], i);
            struct caught c = {0};
            struct err err = {0};
            struct archive_seen seen;
            const struct archive_sink sink = caught_sink(&c);
            const struct archive_want want = {
                .secret = keys.secret[key], .workspace = 42, .signer = keys.signer};
            b.piece = key == 0 ? 0 : 1000; /* a pipe gives what it has */
            const struct archive_in in = bag_in(&b);
            if (archive_read(&in, &want, &sink, &err, &seen) != OK) {
                FAIL_TEST("%zu bytes: %s, %s", sizes[i], code_name(err.code), err.detail);
            }
            uint8_t *image = malloc(sizes[i] + 1003);
            rig_noise(image, sizes[i] + 1003, i);
            assert_int_equal(c.database.n, sizes[i]);
            assert_memory_equal(c.database.p != NULL ? c.database.p : image, image, sizes[i]);
            assert_int_equal(c.documents, 2);
            assert_int_equal(c.document.n, 0);
            assert_int_equal(c.schema, 18);
            assert_int_equal(c.n_tables, 2);
            assert_string_equal(c.table, "audit");
            assert_int_equal(c.head.workspace, 42);
            assert_int_equal(c.head.n_slots, 2);
            assert_int_equal(seen.size, b.n);
            free(image);
            caught_free(&c);
            bag_free(&b);
        }
    }
}

/* Nothing in it can be read without a key: no word of the manifest, no byte run of the image. */
static void
is_sealed(void **state)
{
    (void)state;
    struct bag b = rig_archive(&keys, 42, 1 << 16, 1);
    assert_null(memmem(b.p, b.n, "time_entry", 10));
    assert_null(memmem(b.p, b.n, "databaseBytes", 13));
    struct bag again = rig_archive(&keys, 42, 1 << 16, 1);
    assert_int_equal(again.n, b.n);
    size_t same = 0;
    for (size_t i = 700; i < b.n; i++) {
        same += b.p[i] == again.p[i];
    }
    assert_true(same < b.n / 100); /* another data key: nothing alike */
    bag_free(&b);
    bag_free(&again);
}

static void
by_hand_and_by_the_writer_alike(void **state)
{
    (void)state;
    struct bag items = items_good(&keys);
    struct err err = {0};
    for (size_t chunk = 100; chunk < 70000; chunk += 65436) {
        struct bag b = rig_seal(&keys, items.p, items.n, true, chunk);
        if (rig_read(&b, &keys, &err) != OK) {
            FAIL_TEST("%s: %s", code_name(err.code), err.detail);
        }
        bag_free(&b);
    }
    bag_free(&items);
}

static void
heads_that_no_reader_accepts(void **state)
{
    (void)state;
    struct bag b = {0};
    const struct archive_out out = bag_out(&b);
    struct archive_writer *w;
    struct archive_head bad[10];
    for (size_t i = 0; i < CASES(bad); i++) {
        bad[i] = rig_head(&keys, 3);
    }
    bad[0].n_slots = 1;
    bad[1].n_slots = 9;
    memcpy(bad[2].slots[1].key, bad[2].slots[0].key, ARCHIVE_KEY);
    bad[3].slots[1].purpose = 0;
    bad[4].slots[0].purpose = 4;
    bad[5].workspace = -1;
    bad[6].made.us = 0;
    bad[7].offset_s = 54001;
    bad[8].day.n++;
    memset(bad[9].slots[1].key, 0, ARCHIVE_KEY); /* no point of the curve's large group */
    for (size_t i = 0; i < CASES(bad); i++) {
        struct err err = {0};
        if (archive_begin(&bad[i], &out, &err, &w) != RC_INVALID || err.code != E_ARCHIVE_FORM) {
            FAIL_TEST("head %zu", i);
        }
    }
    assert_int_equal(b.n, 0);
}

static void
eight_recipients(void **state)
{
    (void)state;
    struct bag b = {0};
    struct err err = {0};
    struct archive_writer *w;
    struct archive_seen seen;
    struct archive_head h = rig_head(&keys, 3);
    const struct manifest m = rig_manifest(&h, 0, 0, 0);
    const struct archive_out out = bag_out(&b);
    const struct archive_signer signer = archive_sign_with(keys.sign_key);
    struct keys more[3];
    for (uint8_t i = 0; i < 6; i++) {
        keys_make(&more[i / 2], (uint8_t)(50 + 7 * (i / 2)));
        h.slots[2 + i].purpose = ARCHIVE_FOR_CUSTOMER;
        memcpy(h.slots[2 + i].key, more[i / 2].public[i % 2], ARCHIVE_KEY);
    }
    h.n_slots = 8;
    assert_ok(archive_begin(&h, &out, &err, &w));
    assert_ok(archive_put_manifest(w, &m));
    assert_ok(archive_put_database(w, 0));
    assert_ok(archive_end(w, &signer));
    const struct archive_want by_key = {.data_key = archive_data_key(w), .workspace = -1};
    const struct archive_want last = {.secret = more[2].secret[1], .workspace = -1};
    const struct archive_sink none = {0};
    struct archive_in in = bag_in(&b);
    assert_ok(archive_read(&in, &by_key, &none, &err, &seen));
    in = bag_in(&b);
    assert_ok(archive_read(&in, &last, &none, &err, &seen));
    archive_free(w);
    archive_free(NULL);
    bag_free(&b);
}

static void
order_is_held(void **state)
{
    (void)state;
    const struct archive_head h = rig_head(&keys, 3);
    const struct manifest m = rig_manifest(&h, 5, 0, 0);
    const struct archive_signer signer = archive_sign_with(keys.sign_key);
    static const struct str name = {
        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8", 64}; /* of nothing */
    static const char *const scripts[] = {"d",    "f",    "e",    "b",     "mm",   "mf",
                                          "me",   "mdd",  "mdf",  "mde",   "mdB",  "mdbb",
                                          "mdbm", "mdbd", "mdbs", "mdbnx", "mdbeb"};
    for (size_t i = 0; i < CASES(scripts); i++) {
        struct bag b = {0};
        struct err err = {0};
        struct archive_writer *w;
        const struct archive_out out = bag_out(&b);
        enum rc rc = archive_begin(&h, &out, &err, &w);
        for (const char *p = scripts[i]; *p != '\0'; p++) {
            assert_ok(rc);
            rc = *p == 'm'   ? archive_put_manifest(w, &m)
                 : *p == 'd' ? archive_put_database(w, 5)
                 : *p == 'b' ? archive_put(w, (struct bytes){(const uint8_t *)"hello", 5})
                 : *p == 'B' ? archive_put(w, (struct bytes){(const uint8_t *)"hello!", 6})
                 : *p == 'f' ? archive_put_document(w, name, 0)
                 : *p == 's' ? archive_put_document(w, STR("short"), 0)
                 : *p == 'n' ? archive_put_document(w, name, 1)
                 : *p == 'x' ? archive_put(w, (struct bytes){(const uint8_t *)"x", 1})
                             : archive_end(w, &signer);
        }
        if (rc != RC_BROKEN) {
            FAIL_TEST("%s: %d", scripts[i], rc);
        }
        archive_free(w);
        bag_free(&b);
    }
}

static enum rc
refuse_to_sign(void *arg, struct bytes message, uint8_t ret_signature[static 64], struct err *err)
{
    (void)arg;
    (void)message;
    (void)ret_signature;
    return fail(err, RC_IO, E_KEYS, "no keymgr");
}

/* Every byte count at which who takes the bytes may say no. */
static void
failures_are_passed_on(void **state)
{
    (void)state;
    const struct archive_head h = rig_head(&keys, 3);
    const struct archive_signer signer = archive_sign_with(keys.sign_key);
    static uint8_t image[200000];
    rig_noise(image, sizeof(image), 3);
    size_t whole = 0;
    for (size_t fail_at = 1; fail_at == 1 || whole == 0; fail_at += 1777) {
        struct bag b = {.fail_at = fail_at};
        struct err err = {0};
        struct archive_writer *w = NULL;
        const struct manifest m = rig_manifest(&h, sizeof(image), 0, 0);
        const struct archive_out out = bag_out(&b);
        enum rc rc = archive_begin(&h, &out, &err, &w);
        rc = rc == OK ? archive_put_manifest(w, &m) : rc;
        rc = rc == OK ? archive_put_database(w, sizeof(image)) : rc;
        rc = rc == OK ? archive_put(w, (struct bytes){image, sizeof(image)}) : rc;
        if (w != NULL && rc != OK) {
            assert_rc(RC_BROKEN, archive_put(w, (struct bytes){image, 1}));
            assert_rc(RC_BROKEN, archive_end(w, &signer));
        }
        rc = rc == OK ? archive_end(w, &signer) : rc;
        if (rc == OK) {
            whole = b.n;
        } else {
            assert_int_equal(rc, RC_IO);
            assert_int_equal(err.code, E_STORE_FULL);
        }
        archive_free(w);
        bag_free(&b);
    }
    assert_true(whole > 100000);

    struct bag b = {0};
    struct err err = {0};
    struct archive_writer *w;
    const struct manifest m = rig_manifest(&h, 0, 0, 0);
    const struct archive_out out = bag_out(&b);
    assert_ok(archive_begin(&h, &out, &err, &w));
    assert_ok(archive_put_manifest(w, &m));
    assert_ok(archive_put_database(w, 0));
    assert_rc(RC_IO, archive_end(w, &(struct archive_signer){refuse_to_sign, NULL}));
    assert_int_equal(err.code, E_KEYS);
    archive_free(w);
    bag_free(&b);
}

static void
a_bad_manifest_is_not_written(void **state)
{
    (void)state;
    const struct archive_head h = rig_head(&keys, 3);
    struct bag b = {0};
    struct err err = {0};
    struct archive_writer *w;
    struct manifest m = rig_manifest(&h, 0, 0, 0);
    const struct archive_out out = bag_out(&b);
    m.app[0] = '"';
    assert_ok(archive_begin(&h, &out, &err, &w));
    assert_rc(RC_INVALID, archive_put_manifest(w, &m));
    archive_free(w);
    bag_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_again),
        cmocka_unit_test(is_sealed),
        cmocka_unit_test(by_hand_and_by_the_writer_alike),
        cmocka_unit_test(heads_that_no_reader_accepts),
        cmocka_unit_test(eight_recipients),
        cmocka_unit_test(order_is_held),
        cmocka_unit_test(failures_are_passed_on),
        cmocka_unit_test(a_bad_manifest_is_not_written),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
