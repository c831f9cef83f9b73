/* ring_test.c: the key ring opens under its own master key and under no other, notices every
 * changed bit, and survives a file that was cut; the master key's line is refused when a digit is
 * wrong. */
#include "proc/ring.h"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ring_keys keys;
static struct ring_keys other;

static int
make_keys(void **state)
{
    uint8_t master[KEY_SIZE];
    (void)state;
    assert_true(sodium_init() >= 0);
    memset(master, 1, sizeof master);
    ring_keys_derive(master, &keys);
    master[31] = 2;
    ring_keys_derive(master, &other);
    return 0;
}

static void
keys_of_one_master_differ_from_each_other(void **state)
{
    (void)state;
    assert_memory_not_equal(keys.wrap, keys.check, KEY_SIZE);
    assert_memory_not_equal(keys.wrap, keys.mac, KEY_SIZE);
    assert_memory_not_equal(keys.wrap, other.wrap, KEY_SIZE);
}

static struct ring
three(void)
{
    struct ring r = {0};
    assert_int_equal(ring_add(&r, &keys, 7), OK);
    assert_int_equal(ring_add(&r, &keys, 0), OK);
    assert_int_equal(ring_add(&r, &keys, 3), OK);
    return r;
}

static void
a_ring_comes_back_as_it_was(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring back;
    uint8_t a[KEY_SIZE];
    uint8_t b[KEY_SIZE];
    size_t n;
    assert_int_equal(ring_add(&r, &keys, 3), RC_CONFLICT);
    assert_int_equal(ring_add(&r, &keys, -1), RC_LIMIT);
    uint8_t *file = ring_print(&r, &keys, &n);
    assert_int_equal(n, RING_HEAD + 3 * RING_ENTRY + RING_MAC);
    assert_int_equal(ring_parse((struct bytes){file, n}, &keys, NULL, &back), OK);
    for (int64_t ws = 0; ws < 9; ws++) {
        uint32_t v = 0;
        bool there = ws == 0 || ws == 3 || ws == 7;
        assert_int_equal(ring_version(&back, ws, &v), there ? OK : RC_MISSING);
        assert_int_equal(ring_open(&back, &keys, ws, 1, b), there ? OK : RC_MISSING);
        if (there) {
            assert_int_equal(v, 1);
            assert_int_equal(ring_open(&r, &keys, ws, 1, a), OK);
            assert_memory_equal(a, b, KEY_SIZE);
        }
    }
    assert_int_equal(ring_open(&back, &keys, 3, 2, b), RC_MISSING);
    assert_int_equal(ring_open(&back, &other, 3, 1, b), RC_BROKEN);
    free(file);
    ring_done(&r);
    ring_done(&back);
}

static void
every_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring back;
    size_t n;
    uint8_t *file = ring_print(&r, &keys, &n);
    for (size_t bit = 0; bit < n * 8; bit += 5) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(ring_parse((struct bytes){file, n}, &keys, NULL, &back), OK);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_not_equal(ring_parse((struct bytes){file, cut}, &keys, NULL, &back), OK);
    }
    assert_int_equal(ring_parse((struct bytes){file, n}, &other, NULL, &back), RC_DENIED);
    free(file);
    ring_done(&r);
}

/* Entry of one workspace under the number of another: the wrap is bound to the number. */
static void
a_key_cannot_be_given_to_another_workspace(void **state)
{
    (void)state;
    struct ring r = three();
    uint8_t key[KEY_SIZE];
    r.entries[1].workspace = 4; /* was 3 */
    assert_int_equal(ring_open(&r, &keys, 4, 1, key), RC_BROKEN);
    ring_done(&r);
}

static void
a_dropped_key_is_gone(void **state)
{
    (void)state;
    struct ring r = three();
    uint8_t key[KEY_SIZE];
    assert_int_equal(ring_drop(&r, 3), OK);
    assert_int_equal(ring_drop(&r, 3), RC_MISSING);
    assert_int_equal(ring_open(&r, &keys, 3, 1, key), RC_MISSING);
    assert_int_equal(ring_open(&r, &keys, 7, 1, key), OK);
    assert_int_equal(r.n, 2);
    ring_done(&r);
}

static void
the_file_is_replaced_whole(void **state)
{
    (void)state;
    char dir[] = "/tmp/kontor-ring-XXXXXX";
    char path[64];
    struct stat st;
    struct ring r = three();
    struct ring back;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(ring_load(dir, &keys, NULL, &back), RC_MISSING);
    assert_int_equal(ring_save(dir, &r, &keys, NULL), OK);
    assert_int_equal(ring_drop(&r, 7), OK);
    assert_int_equal(ring_save(dir, &r, &keys, NULL), OK);
    assert_int_equal(ring_load(dir, &keys, NULL, &back), OK);
    assert_int_equal(back.n, 2);
    ring_done(&back);
    assert_int_equal(ring_load(dir, &other, NULL, &back), RC_DENIED);
    (void)snprintf(path, sizeof path, "%s/ring", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/ring.new", dir);
    assert_int_not_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(ring_save(dir, &r, &keys, NULL), RC_IO);
    ring_done(&r);
}

static void
the_master_line_is_checked(void **state)
{
    (void)state;
    uint8_t master[KEY_SIZE];
    uint8_t back[KEY_SIZE];
    char line[MASTER_LINE + 1];
    randombytes_buf(master, sizeof master);
    master_print(master, line);
    assert_int_equal(strlen(line), MASTER_LINE);
    assert_int_equal(master_parse(str_of(line), back), OK);
    assert_memory_equal(master, back, KEY_SIZE);
    line[MASTER_LINE - 1] = '\0'; /* without the line feed */
    assert_int_equal(master_parse(str_of(line), back), OK);
    for (size_t i = 0; i < MASTER_LINE - 1; i++) {
        char was = line[i];
        line[i] = was == '0' ? '1' : '0';
        assert_int_equal(master_parse(str_of(line), back), RC_INVALID);
        line[i] = was;
    }
    line[MASTER_LINE - 2] = '\0';
    assert_int_equal(master_parse(str_of(line), back), RC_INVALID);
    assert_int_equal(master_parse(STR_NONE, back), RC_INVALID);
}

/* Entries stand in order and are of workspaces, whoever sealed the file. */
static void
entries_out_of_order_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct ring r = three();
        struct ring back;
        struct err err = {0};
        size_t n;
        if (i == 0) {
            struct ring_entry first = r.entries[0];
            r.entries[0] = r.entries[1];
            r.entries[1] = first;
        } else if (i == 1) {
            r.entries[1] = r.entries[0];
        } else if (i == 2) {
            r.entries[1].version = 0;
        } else {
            r.entries[0].workspace = -1;
        }
        uint8_t *file = ring_print(&r, &keys, &n);
        assert_int_equal(ring_parse((struct bytes){file, n}, &keys, &err, &back), RC_BROKEN);
        assert_non_null(strstr(err.detail, "out of order"));
        free(file);
        ring_done(&r);
    }
}

/* What cannot be written leaves the ring that is there; what is no ring is not taken for one. */
static void
disks_that_refuse(void **state)
{
    (void)state;
    char dir[] = "/tmp/kontor-ring-XXXXXX";
    char ring[64], fresh[64], inside[80];
    struct ring r = three();
    struct ring back;
    struct err err = {0};
    struct rlimit before;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(ring, sizeof ring, "%s/ring", dir);
    (void)snprintf(fresh, sizeof fresh, "%s/ring.new", dir);
    (void)snprintf(inside, sizeof inside, "%s/x", ring);
    assert_int_equal(ring_save(dir, &r, &keys, &err), OK);

    (void)signal(SIGXFSZ, SIG_IGN); /* as each process of ours does */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit little = {.rlim_cur = 40, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    const enum rc rc = ring_save(dir, &r, &keys, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, RC_IO);
    assert_non_null(strstr(err.detail, "write"));
    assert_int_equal(access(fresh, F_OK), -1); /* nothing half is left */
    assert_int_equal(ring_load(dir, &keys, NULL, &back), OK);
    ring_done(&back);

    err = (struct err){0};
    assert_int_equal(mkdir(fresh, 0700), 0);
    assert_int_equal(ring_save(dir, &r, &keys, &err), RC_IO);
    assert_non_null(strstr(err.detail, "create"));
    assert_int_equal(rmdir(fresh), 0);

    err = (struct err){0};
    assert_int_equal(truncate(ring, 1 << 30), 0);
    assert_int_equal(ring_load(dir, &keys, &err, &back), RC_BROKEN);
    assert_non_null(strstr(err.detail, "too long"));

    err = (struct err){0};
    assert_int_equal(unlink(ring), 0);
    assert_int_equal(mkdir(ring, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
    assert_int_equal(ring_save(dir, &r, &keys, &err), RC_IO);
    assert_non_null(strstr(err.detail, "rename"));
    assert_int_not_equal(ring_load(dir, &keys, NULL, &back), OK);
    assert_int_equal(rmdir(inside), 0);
    assert_int_equal(rmdir(ring), 0);
    (void)unlink(fresh);
    assert_int_equal(rmdir(dir), 0);
    ring_done(&r);
}

/* As the first version wrote it: no facts between head and entries. */
static void
a_ring_of_format_1_is_read(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring back;
    size_t n;
    uint8_t old[RING_HEAD_1 + 3 * RING_ENTRY + RING_MAC];
    uint8_t *file = ring_print(&r, &keys, &n);
    memcpy(old, file, RING_HEAD_1);
    old[8] = 1;
    memcpy(old + RING_HEAD_1, file + RING_HEAD, 3 * RING_ENTRY);
    crypto_generichash(old + sizeof old - RING_MAC, RING_MAC, old, sizeof old - RING_MAC, keys.mac,
                       KEY_SIZE);
    assert_int_equal(ring_parse((struct bytes){old, sizeof old}, &keys, NULL, &back), OK);
    assert_int_equal(back.n, 3);
    assert_int_equal(back.facts.generation, 1);
    assert_int_equal(back.facts.made_us, 0);
    ring_done(&back);
    file[8] = 3;
    assert_int_equal(ring_parse((struct bytes){file, n}, &keys, NULL, &back), RC_BROKEN);
    free(file);
    ring_done(&r);
}

static void
facts_come_back_and_erasures_are_counted(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring back;
    size_t n;
    r.facts = (struct ring_facts){.generation = 7,
                                  .made_us = 11,
                                  .escrow_us = 12,
                                  .escrow_generation = 6,
                                  .rehearsed_us = 13,
                                  .rehearsed_generation = 5};
    assert_int_equal(ring_drop(&r, 7), OK);
    assert_int_equal(ring_drop(&r, 3), OK);
    assert_int_equal(ring_drop(&r, 3), RC_MISSING);
    uint8_t *file = ring_print(&r, &keys, &n);
    assert_int_equal(ring_parse((struct bytes){file, n}, &keys, NULL, &back), OK);
    assert_int_equal(back.facts.erased, 2);
    assert_memory_equal(&back.facts, &r.facts, sizeof r.facts);
    free(file);
    ring_done(&r);
    ring_done(&back);
}

/* The same keys, and nothing that the former master key opens. */
static void
a_rewrapped_ring_has_the_same_keys(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring fresh;
    uint8_t a[KEY_SIZE];
    uint8_t b[KEY_SIZE];
    assert_int_equal(ring_rewrap(&r, &keys, &other, &fresh), OK);
    for (size_t i = 0; i < r.n; i++) {
        int64_t ws = r.entries[i].workspace;
        assert_int_equal(ring_open(&r, &keys, ws, 1, a), OK);
        assert_int_equal(ring_open(&fresh, &other, ws, 1, b), OK);
        assert_memory_equal(a, b, KEY_SIZE);
        assert_int_equal(ring_open(&fresh, &keys, ws, 1, b), RC_BROKEN);
        assert_memory_not_equal(r.entries[i].nonce, fresh.entries[i].nonce, 24);
    }
    ring_done(&fresh);
    r.entries[1].wrapped[3] ^= 1;
    assert_int_equal(ring_rewrap(&r, &keys, &other, &fresh), RC_BROKEN);
    ring_done(&r);
}

/* The way of a store to its next page key: begun once, ended once, kept in the file. */
static void
a_page_key_has_its_generation(void **state)
{
    (void)state;
    struct ring r = three();
    struct ring back;
    uint32_t page = 9;
    bool next = true;
    size_t n;
    assert_int_equal(ring_page(&r, 3, &page, &next), OK);
    assert_true(page == 0 && !next);
    assert_int_equal(ring_page(&r, 4, &page, &next), RC_MISSING);
    assert_int_equal(ring_page(&r, 99, &page, &next), RC_MISSING);
    assert_int_equal(ring_page_turn(&r, 4, PAGE_TURN_BEGINS), RC_MISSING);
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_ENDS), RC_CONFLICT);
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_BEGINS), OK);
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_BEGINS), RC_CONFLICT);
    uint8_t *file = ring_print(&r, &keys, &n);
    assert_int_equal(ring_parse((struct bytes){file, n}, &keys, NULL, &back), OK);
    assert_int_equal(ring_page(&back, 3, &page, &next), OK);
    assert_true(page == 0 && next);
    ring_done(&r);
    assert_int_equal(ring_rewrap(&back, &keys, &other, &r), OK); /* on the way, too */
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_ENDS), OK);
    assert_int_equal(ring_page(&r, 3, &page, &next), OK);
    assert_true(page == 1 && !next);
    assert_int_equal(ring_page(&r, 7, &page, &next), OK);
    assert_true(page == 0 && !next);
    assert_int_equal(ring_page_turn(&r, 7, PAGE_TURN_IS_GIVEN_UP), RC_CONFLICT);
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_BEGINS), OK);
    assert_int_equal(ring_page_turn(&r, 3, PAGE_TURN_IS_GIVEN_UP), OK);
    assert_int_equal(ring_page(&r, 3, &page, &next), OK);
    assert_true(page == 1 && !next);
    free(file);
    ring_done(&r);
    ring_done(&back);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_one_master_differ_from_each_other),
        cmocka_unit_test(a_ring_comes_back_as_it_was),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(a_key_cannot_be_given_to_another_workspace),
        cmocka_unit_test(a_dropped_key_is_gone),
        cmocka_unit_test(the_file_is_replaced_whole),
        cmocka_unit_test(the_master_line_is_checked),
        cmocka_unit_test(entries_out_of_order_are_refused),
        cmocka_unit_test(disks_that_refuse),
        cmocka_unit_test(a_ring_of_format_1_is_read),
        cmocka_unit_test(facts_come_back_and_erasures_are_counted),
        cmocka_unit_test(a_rewrapped_ring_has_the_same_keys),
        cmocka_unit_test(a_page_key_has_its_generation),
    };
    return cmocka_run_group_tests_name("proc/ring", tests, make_keys, NULL);
}
