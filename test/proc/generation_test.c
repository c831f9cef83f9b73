/* generation_test.c: a new master key takes the place of the former one; killed at any moment, the
 * key's file and a ring that it opens are there, and every workspace's key is as it was. How many
 * moments: KONTOR_KILLS (60), seeded by KONTOR_SEED. */
#include "proc/generation.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/key_admin.h"

enum { WORKSPACES = 40, KILLS = 60 };

static char dir[] = "/tmp/kontor-generation-XXXXXX";
static uint8_t data_keys[WORKSPACES][KEY_SIZE];

static const char *
in_dir(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *p = paths[next++ % 4];
    (void)snprintf(p, PATH_MAX, "%s/%s", dir, name);
    return p;
}

/* What keymgr does at its start. */
static enum rc
start(struct ring_keys *keys, struct ring *ret_ring, struct generation_state *ret_state)
{
    uint8_t master[KEY_SIZE];
    TRY(key_file_read(dir, true, -1, master, NULL));
    ring_keys_derive(master, keys);
    return generation_load(dir, keys, NULL, ret_ring, ret_state);
}

static void
need_all_keys(const struct ring *r, const struct ring_keys *keys)
{
    uint8_t key[KEY_SIZE];
    assert_int_equal(r->n, WORKSPACES);
    for (int64_t ws = 0; ws < WORKSPACES; ws++) {
        assert_int_equal(ring_open(r, keys, ws, 1, key), OK);
        assert_memory_equal(key, data_keys[ws], KEY_SIZE);
    }
}

static int
make_dir(void **state)
{
    (void)state;
    uint8_t master[KEY_SIZE];
    char line[MASTER_LINE + 1];
    struct ring_keys keys;
    struct ring r = {.facts = {.generation = 1}};
    assert_true(sodium_init() >= 0);
    assert_non_null(mkdtemp(dir));
    randombytes_buf(master, sizeof master);
    master_print(master, line);
    ring_keys_derive(master, &keys);
    int fd = open(in_dir("master.key"), O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
    assert_int_equal(write(fd, line, MASTER_LINE), MASTER_LINE);
    close(fd);
    for (int64_t ws = 0; ws < WORKSPACES; ws++) {
        assert_int_equal(ring_add(&r, &keys, ws), OK);
        assert_int_equal(ring_open(&r, &keys, ws, 1, data_keys[ws]), OK);
    }
    assert_int_equal(ring_save(dir, &r, &keys, NULL), OK);
    ring_done(&r);
    return 0;
}

static int
drop_dir(void **state)
{
    static const char *const names[] = {"master.key",    "master.key.next",   "ring", "ring.new",
                                        GENERATION_NEXT, GENERATION_PREPARED, "x",    "history"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_dir(names[i]));
    }
    return rmdir(dir);
}

static struct key_admin
admin_of(struct ring *r, const struct ring_keys *keys, bool *frozen)
{
    return (struct key_admin){
        .dir = dir, .ring = r, .keys = keys, .frozen = frozen, .own_place = true};
}

static enum rc
rotate(struct ring *r, const struct ring_keys *keys)
{
    char out[KEY_ADMIN_OUT];
    bool frozen = false;
    struct key_admin a = admin_of(r, keys, &frozen);
    return key_admin_run(&a, STR("key.rotate"), STR_NONE, -1, 5, NULL, out);
}

static void
a_new_generation_comes_and_the_former_opens_nothing(void **state)
{
    (void)state;
    struct ring_keys former;
    struct ring_keys now;
    struct ring r;
    struct generation_state s;
    assert_int_equal(start(&former, &r, &s), OK);
    int64_t before = r.facts.generation;
    r.facts.erased = 4;
    assert_int_equal(rotate(&r, &former), OK);
    ring_done(&r);
    assert_int_equal(start(&now, &r, &s), OK);
    assert_true(s.came && !s.prepared);
    assert_int_equal(r.facts.generation, before + 1);
    assert_int_equal(r.facts.made_us, 5);
    assert_int_equal(r.facts.erased, 0);
    need_all_keys(&r, &now);
    ring_done(&r);
    assert_int_equal(generation_load(dir, &former, NULL, &r, &s), RC_DENIED);
    assert_int_equal(access(in_dir(GENERATION_NEXT), F_OK), -1);
    assert_int_equal(start(&now, &r, &s), OK);
    assert_false(s.came); /* once */
    ring_done(&r);
}

/* Two valid at the same time: the one in use, and the one that waits for a person. */
static void
a_prepared_generation_waits_for_its_key(void **state)
{
    (void)state;
    struct ring_keys keys;
    struct ring r;
    struct generation_state s;
    assert_int_equal(start(&keys, &r, &s), OK);
    int64_t before = r.facts.generation;
    int fd = open(in_dir("x"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    assert_int_equal(generation_make(dir, GENERATION_PREPARED, &r, &keys, fd, 6, NULL), OK);
    close(fd);
    ring_done(&r);
    for (int i = 0; i < 2; i++) { /* the present one goes on */
        assert_int_equal(start(&keys, &r, &s), OK);
        assert_true(s.prepared && !s.came);
        need_all_keys(&r, &keys);
        ring_done(&r);
    }
    assert_int_equal(rename(in_dir("x"), in_dir("master.key")), 0);
    assert_int_equal(start(&keys, &r, &s), OK);
    assert_true(s.came && !s.prepared);
    assert_int_equal(r.facts.generation, before + 1);
    need_all_keys(&r, &keys);
    ring_done(&r);
    struct err err = {0};
    assert_int_equal(generation_cancel(dir, &err), RC_MISSING);
}

static void
what_was_prepared_can_be_dropped(void **state)
{
    (void)state;
    struct ring_keys keys;
    struct ring r;
    struct generation_state s;
    assert_int_equal(start(&keys, &r, &s), OK);
    int fd = open(in_dir("x"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(generation_make(dir, GENERATION_PREPARED, &r, &keys, fd, 6, NULL), OK);
    assert_int_equal(generation_cancel(dir, NULL), OK);
    ring_done(&r);
    assert_int_equal(start(&keys, &r, &s), OK);
    assert_false(s.prepared);
    ring_done(&r);
    close(fd);
    assert_int_equal(unlink(in_dir("x")), 0);
}

static void
what_cannot_be_written_changes_nothing(void **state)
{
    (void)state;
    struct ring_keys keys;
    struct ring r;
    struct ring later;
    struct generation_state s;
    struct err err = {0};
    assert_int_equal(start(&keys, &r, &s), OK);
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(generation_make(dir, GENERATION_NEXT, &r, &keys, fd, 6, &err), RC_IO);
    assert_int_equal(err.code, E_KEY_PLACE);
    close(fd);
    r.entries[2].wrapped[0] ^= 1;
    err = (struct err){0};
    assert_int_equal(generation_make(dir, GENERATION_NEXT, &r, &keys, -1, 6, &err), RC_BROKEN);
    assert_int_equal(err.code, E_KEY_RING);
    r.entries[2].wrapped[0] ^= 1;
    assert_int_equal(mkdir(in_dir("ring.new"), 0700), 0); /* the ring cannot be saved */
    assert_int_equal(rotate(&r, &keys), RC_IO);
    assert_int_equal(rmdir(in_dir("ring.new")), 0);
    assert_int_equal(start(&keys, &later, &s), OK);
    assert_false(s.came);
    need_all_keys(&later, &keys);
    ring_done(&later);
    ring_done(&r);
}

/* The next ring is there, the folder refuses that it takes its place: the start is refused, and
 * comes good when the folder does. */
static void
a_ring_that_cannot_take_its_place_is_kept(void **state)
{
    (void)state;
    struct ring_keys keys;
    struct ring r;
    struct generation_state s;
    assert_int_equal(start(&keys, &r, &s), OK);
    assert_int_equal(rotate(&r, &keys), OK);
    ring_done(&r);
    assert_int_equal(rename(in_dir("ring"), in_dir("x")), 0);
    assert_int_equal(mkdir(in_dir("ring"), 0700), 0);
    assert_int_not_equal(start(&keys, &r, &s), OK);
    assert_int_equal(rmdir(in_dir("ring")), 0);
    assert_int_equal(rename(in_dir("x"), in_dir("ring")), 0);
    assert_int_equal(start(&keys, &r, &s), OK);
    assert_true(s.came);
    need_all_keys(&r, &keys);
    ring_done(&r);
}

/* --- killed at any moment -------------------------------------------------------------------- */

/* Starts, renews, starts again, and so on until it is killed. */
static _Noreturn void
renew_for_ever(int ready)
{
    for (bool first = true;; first = false) {
        struct ring_keys keys;
        struct ring r;
        struct generation_state s;
        if (start(&keys, &r, &s) != OK) {
            _exit(1);
        }
        if (first && write(ready, "x", 1) != 1) {
            _exit(2);
        }
        if (rotate(&r, &keys) != OK) {
            _exit(3);
        }
        ring_done(&r);
    }
}

static long
number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtol(text, NULL, 10) : otherwise;
}

static void
killed_at_any_moment_every_key_is_there(void **state)
{
    (void)state;
    long kills = number_of("KONTOR_KILLS", KILLS);
    uint64_t seed = (uint64_t)number_of("KONTOR_SEED", 20261124);
    int64_t came = 0;
    int64_t began = 0;
    for (long i = 0; i < kills; i++) {
        int ready[2];
        char byte;
        int status = 0;
        assert_int_equal(pipe(ready), 0);
        pid_t pid = fork();
        if (pid == 0) {
            renew_for_ever(ready[1]);
        }
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        (void)usleep((useconds_t)(seed >> 33) % 6000);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status)); /* it did not end by itself: no step failed */
        struct ring_keys keys;
        struct ring r;
        struct generation_state s;
        assert_int_equal(start(&keys, &r, &s), OK);
        need_all_keys(&r, &keys);
        came += s.came;
        began = began == 0 ? r.facts.generation : began;
        if (i == kills - 1) {
            print_message("%ld kills, %lld generations, %lld finished by the next start\n", kills,
                          (long long)(r.facts.generation - began), (long long)came);
        }
        ring_done(&r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_generation_comes_and_the_former_opens_nothing),
        cmocka_unit_test(a_prepared_generation_waits_for_its_key),
        cmocka_unit_test(what_was_prepared_can_be_dropped),
        cmocka_unit_test(what_cannot_be_written_changes_nothing),
        cmocka_unit_test(a_ring_that_cannot_take_its_place_is_kept),
        cmocka_unit_test(killed_at_any_moment_every_key_is_there),
    };
    return cmocka_run_group_tests_name("proc/generation", tests, make_dir, drop_dir);
}
