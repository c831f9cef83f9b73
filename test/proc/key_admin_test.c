/* key_admin_test.c: what the operator's commands answer: facts, new generations one at a time,
 * escrow that is rehearsed against the key in use and told apart from others. */
#include "proc/key_admin.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/escrow.h"

static char dir[] = "/tmp/kontor-keyadmin-XXXXXX";
static uint8_t master[KEY_SIZE];
static struct ring_keys keys;
static struct ring ring;
static bool frozen;
static bool own_place = true;
static char out[KEY_ADMIN_OUT];
static struct err err;

static const char *
in_dir(const char *name)
{
    static char paths[2][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 2];
    (void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
    return path;
}

static void
write_file(const char *name, const char *text, size_t n)
{
    (void)unlink(in_dir(name));
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

static void
write_master(const uint8_t *m)
{
    char line[MASTER_LINE + 1];
    master_print(m, line);
    write_file("master.key", line, MASTER_LINE);
}

static int
begin(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(dir));
    randombytes_buf(master, sizeof master);
    ring_keys_derive(master, &keys);
    write_master(master);
    ring = (struct ring){
        .facts = {.generation = 3, .made_us = 1764000000000000}
    };
    for (int64_t ws = 0; ws < 4; ws++) {
        assert_int_equal(ring_add(&ring, &keys, ws), OK);
    }
    assert_int_equal(ring_save(dir, &ring, &keys, NULL), OK);
    frozen = false;
    return 0;
}

static int
end(void **state)
{
    static const char *const names[] = {"master.key",    "master.key.next",   "ring",
                                        GENERATION_NEXT, GENERATION_PREPARED, "x",
                                        "history"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_dir(names[i]));
    }
    ring_done(&ring);
    return rmdir(dir);
}

static enum rc
run(const char *name, struct str body, int fd)
{
    struct key_admin a = {.dir = dir,
                          .ring = &ring,
                          .keys = &keys,
                          .frozen = &frozen,
                          .unwraps = 17,
                          .unrecorded = 2,
                          .archives = 4,
                          .locked = true,
                          .own_place = own_place};
    err = (struct err){0};
    out[0] = '\0';
    return key_admin_run(&a, str_of(name), body, fd, 1764000100000000, &err, out);
}

/* The text between "name":" and the next quote. */
static struct str
text_in(const char *name)
{
    char head[40];
    (void)snprintf(head, sizeof head, "\"%s\":\"", name);
    const char *at = strstr(out, head);
    assert_non_null(at);
    at += strlen(head);
    return (struct str){at, strcspn(at, "\"")};
}

/* What the command line writes into the sealed file, behind the typed key: the body of a rehearsal.
 */
static size_t
rehearsal(char *body)
{
    struct str key = text_in("key");
    struct str sealed = text_in("sealed");
    size_t n = 0;
    memcpy(body, key.p, key.n);
    n = key.n;
    body[n++] = '\n';
    for (size_t i = 0; i < sealed.n; i++) {
        bool feed = sealed.p[i] == '\\';
        body[n++] = feed ? '\n' : sealed.p[i];
        i += feed;
    }
    return n;
}

static void
facts_are_told(void **state)
{
    (void)state;
    assert_int_equal(run("key.show", STR_NONE, -1), OK);
    assert_string_equal(out,
                        "{\"generation\":3,\"madeAt\":\"2025-11-24T16:00:00Z\",\"workspaces\":3,"
                        "\"erased\":0,\"turning\":0,\"prepared\":false,\"locked\":true,\"unwraps\":"
                        "17,\"unrecorded\":2,\"archives\":4,\"escrowAt\":null,"
                        "\"escrowGeneration\":0,\"rehearsedAt\":null,"
                        "\"rehearsedGeneration\":0}");
    assert_int_equal(ring_drop(&ring, 2), OK);
    frozen = true;
    assert_int_equal(run("key.show", STR_NONE, -1), OK);
    assert_non_null(strstr(out, "\"workspaces\":2,\"erased\":1,\"turning\":0,\"prepared\":true"));
    assert_int_equal(run("key.dance", STR_NONE, -1), RC_INVALID);
    assert_int_equal(err.code, E_COMMAND_UNKNOWN);
}

static struct key_admin
admin(void)
{
    return (struct key_admin){.dir = dir, .ring = &ring, .keys = &keys, .frozen = &frozen};
}

/* The end of a workspace: no wrap of its key is left, on disk neither, and the record says when. A
 * new generation then closes what old copies of the ring still held. */
static void
a_workspace_is_erased(void **state)
{
    (void)state;
    struct key_admin a = admin();
    struct ring before;
    struct ring back;
    uint8_t key[KEY_SIZE];
    char line[200] = "";
    assert_int_equal(ring_load(dir, &keys, NULL, &before), OK);
    assert_int_equal(key_ring_change(&a, false, 2, 1764000100000000, &err), OK);
    assert_int_equal(ring_load(dir, &keys, NULL, &back), OK);
    assert_int_equal(ring_open(&back, &keys, 2, 1, key), RC_MISSING);
    assert_int_equal(ring_open(&back, &keys, 3, 1, key), OK);
    assert_int_equal(back.facts.erased, 1);
    ring_done(&back);
    int fd = open(in_dir("history"), O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, line, sizeof line - 1) > 0);
    close(fd);
    assert_string_equal(line, "2025-11-24T16:01:40Z workspace 2 erased\n");
    assert_int_equal(key_ring_change(&a, false, 2, 0, &err), RC_MISSING);

    struct ring_keys later;
    struct generation_state s;
    uint8_t m[KEY_SIZE];
    assert_int_equal(run("key.rotate", STR_NONE, -1), OK);
    assert_int_equal(key_file_read(dir, true, -1, m, NULL), OK);
    ring_keys_derive(m, &later);
    assert_int_equal(generation_load(dir, &later, NULL, &back, &s), OK);
    assert_int_equal(back.facts.erased, 0);
    assert_int_equal(ring_open(&before, &later, 2, 1, key), RC_BROKEN); /* an old copy */
    ring_done(&back);
    ring_done(&before);
}

static void
a_workspace_comes_unless_a_generation_is_under_way(void **state)
{
    (void)state;
    struct key_admin a = admin();
    assert_int_equal(key_ring_change(&a, true, 9, 0, &err), OK);
    assert_int_equal(key_ring_change(&a, true, 9, 0, &err), RC_CONFLICT);
    assert_int_equal(err.code, E_BUSY);
    frozen = true;
    err = (struct err){0};
    assert_int_equal(key_ring_change(&a, true, 10, 0, &err), RC_BUSY);
    assert_int_equal(err.code, E_KEY_PREPARED);
    frozen = false;
    assert_int_equal(mkdir(in_dir("ring.new"), 0700), 0);
    assert_int_equal(key_ring_change(&a, true, 11, 0, &err), RC_IO);
    uint32_t version;
    assert_int_equal(ring_version(&ring, 11, &version), RC_MISSING); /* as on disk */
    assert_int_equal(ring_version(&ring, 9, &version), OK);
    assert_int_equal(rmdir(in_dir("ring.new")), 0);
}

static void
a_store_goes_to_its_next_page_key(void **state)
{
    (void)state;
    struct key_admin a = admin();
    struct ring back;
    uint32_t page;
    bool next;
    assert_int_equal(run("key.page", STR("x"), -1), RC_INVALID);
    assert_int_equal(run("key.page", STR("-1"), -1), RC_INVALID);
    assert_int_equal(run("key.page", STR("77"), -1), RC_MISSING);
    assert_int_equal(run("key.page", STR("2"), -1), OK);
    assert_string_equal(out, "{\"workspace\":2,\"page\":0}");
    assert_int_equal(run("key.page", STR("2"), -1), RC_CONFLICT);
    assert_int_equal(run("key.show", STR_NONE, -1), OK);
    assert_non_null(strstr(out, "\"turning\":1"));
    assert_int_equal(mkdir(in_dir("ring.new"), 0700), 0);
    assert_int_equal(key_page_turn(&a, 2, PAGE_TURN_ENDS, 0, &err), RC_IO);
    assert_int_equal(rmdir(in_dir("ring.new")), 0);
    assert_int_equal(key_page_turn(&a, 2, PAGE_TURN_ENDS, 0, NULL), OK);
    assert_int_equal(ring_load(dir, &keys, NULL, &back), OK);
    assert_int_equal(ring_page(&back, 2, &page, &next), OK);
    assert_true(page == 1 && !next);
    ring_done(&back);
    assert_int_equal(run("key.page", STR("2"), -1), OK);
    assert_int_equal(key_page_turn(&a, 2, PAGE_TURN_IS_GIVEN_UP, 0, NULL), OK);
    assert_int_equal(run("key.show", STR("2"), -1), OK);
    assert_non_null(strstr(out, "\"turning\":0"));
    assert_non_null(strstr(out, "\"page\":1}"));
    assert_int_equal(run("key.show", STR("77"), -1), OK);
    assert_non_null(strstr(out, "\"page\":-1}"));
    frozen = true;
    assert_int_equal(key_page_turn(&a, 2, PAGE_TURN_BEGINS, 0, NULL), RC_BUSY);
}

static void
a_record_that_cannot_be_written_stops_nothing(void **state)
{
    (void)state;
    struct key_admin a = admin();
    assert_int_equal(mkdir(in_dir("history"), 0700), 0);
    assert_int_equal(key_ring_change(&a, false, 2, 0, &err), OK);
    assert_int_equal(rmdir(in_dir("history")), 0);
}

static void
one_generation_at_a_time(void **state)
{
    (void)state;
    struct ring_keys later;
    struct ring r;
    struct generation_state s;
    uint8_t m[KEY_SIZE];
    assert_int_equal(run("key.rotate", STR_NONE, -1), OK);
    assert_string_equal(out, "{\"generation\":4}");
    assert_true(frozen);
    assert_int_equal(run("key.rotate", STR_NONE, -1), RC_BUSY);
    assert_int_equal(err.code, E_KEY_PREPARED);
    assert_int_equal(run("key.prepare", STR_NONE, -1), RC_BUSY);
    assert_int_equal(run("key.escrow", STR_NONE, -1), RC_BUSY);
    assert_int_equal(run("key.rehearse", STR_NONE, -1), RC_BUSY);
    assert_int_equal(key_file_read(dir, true, -1, m, NULL), OK);
    assert_memory_not_equal(m, master, KEY_SIZE);
    ring_keys_derive(m, &later);
    assert_int_equal(generation_load(dir, &later, NULL, &r, &s), OK);
    assert_true(s.came);
    ring_done(&r);
}

static void
a_prepared_one_can_be_cancelled(void **state)
{
    (void)state;
    int fd = open(in_dir("x"), O_RDWR | O_CREAT | O_CLOEXEC, 0400);
    assert_int_equal(run("key.prepare", STR_NONE, fd), OK);
    assert_true(frozen);
    uint8_t m[KEY_SIZE];
    assert_int_equal(key_file_read(dir, false, fd, m, NULL), OK); /* its line is there */
    close(fd);
    int present = open(in_dir("master.key"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(rename(in_dir("x"), in_dir("master.key")), 0);
    assert_int_equal(run("key.cancel", STR_NONE, present), RC_CONFLICT); /* too late */
    assert_int_equal(err.code, E_KEY_PREPARED);
    own_place = false; /* the same, when only master can see the place */
    assert_int_equal(run("key.cancel", STR_NONE, present), RC_CONFLICT);
    close(present);
    own_place = true;
    write_master(master);
    assert_int_equal(run("key.cancel", STR_NONE, -1), OK);
    assert_false(frozen);
    assert_int_equal(run("key.cancel", STR_NONE, -1), RC_MISSING);
    own_place = false;
    assert_int_equal(run("key.rotate", STR_NONE, -1), RC_CONFLICT); /* not keymgr's to replace */
    assert_int_equal(err.code, E_KEY_PLACE);
    own_place = true;
    assert_int_equal(run("key.prepare", STR_NONE, -1), RC_IO); /* no descriptor */
    assert_false(frozen);
}

static void
a_place_that_refuses(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("master.key.next"), 0700), 0);
    assert_int_equal(run("key.rotate", STR_NONE, -1), RC_IO);
    assert_int_equal(err.code, E_KEY_PLACE);
    frozen = false; /* the next start */
    assert_int_equal(rmdir(in_dir("master.key.next")), 0);
    assert_int_equal(unlink(in_dir("master.key")), 0);
    assert_int_equal(mkdir(in_dir("master.key"), 0700), 0);
    assert_int_equal(run("key.rotate", STR_NONE, -1), RC_IO);
    assert_true(frozen); /* how far it came the next start finds out */
    assert_int_equal(rmdir(in_dir("master.key")), 0);
}

static void
escrow_is_rehearsed(void **state)
{
    (void)state;
    char body[2048];
    assert_int_equal(run("key.escrow", STR_NONE, -1), OK);
    assert_int_equal(ring.facts.escrow_generation, 3);
    assert_int_equal(text_in("key").n, ESCROW_KEY_TEXT);
    size_t n = rehearsal(body);
    assert_int_equal(run("key.rehearse", (struct str){body, n}, -1), OK);
    assert_string_equal(out, "{\"generation\":3,\"rehearsedAt\":\"2025-11-24T16:01:40Z\"}");
    struct ring back;
    assert_int_equal(ring_load(dir, &keys, NULL, &back), OK); /* kept */
    assert_int_equal(back.facts.rehearsed_generation, 3);
    assert_int_equal(back.facts.rehearsed_us, 1764000100000000);
    ring_done(&back);
}

static void
what_does_not_fit_is_told_apart(void **state)
{
    (void)state;
    char body[2048];
    assert_int_equal(run("key.escrow", STR_NONE, -1), OK);
    size_t n = rehearsal(body);
    body[0] = body[0] == 'a' ? 'b' : 'a';
    assert_int_equal(run("key.rehearse", (struct str){body, n}, -1), RC_INVALID);
    assert_int_equal(err.code, E_KEY_TYPED);
    assert_int_equal(run("key.rehearse", STR_NONE, -1), RC_INVALID);
    assert_int_equal(run("key.escrow", STR_NONE, -1), OK);
    n = rehearsal(body);
    assert_int_equal(run("key.rehearse", (struct str){body, n - 9}, -1), RC_INVALID);
    assert_int_equal(err.code, E_KEY_SEALED);
    body[n - 5] = body[n - 5] == '0' ? '1' : '0';
    assert_int_equal(run("key.rehearse", (struct str){body, n}, -1), RC_DENIED);
    assert_int_equal(err.code, E_KEY_UNFIT);
    assert_int_equal(ring.facts.rehearsed_us, 0);
}

/* The escrow of a former generation opens, but not what is in use. */
static void
a_former_escrow_is_called_so(void **state)
{
    (void)state;
    char body[2048];
    uint8_t other[KEY_SIZE];
    assert_int_equal(run("key.escrow", STR_NONE, -1), OK);
    size_t n = rehearsal(body);
    randombytes_buf(other, sizeof other);
    ring_keys_derive(other, &keys);
    assert_int_equal(run("key.rehearse", (struct str){body, n}, -1), RC_DENIED);
    assert_int_equal(err.code, E_KEY_FORMER);
    assert_int_equal(run("key.escrow", STR_NONE, -1), RC_DENIED); /* the file is not of our key */
    assert_int_equal(err.code, E_KEY_OTHER);
}

static void
a_disk_that_refuses_leaves_the_facts(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("ring.new"), 0700), 0);
    assert_int_equal(run("key.escrow", STR_NONE, -1), RC_IO);
    assert_int_equal(ring.facts.escrow_us, 0);
    assert_int_equal(rmdir(in_dir("ring.new")), 0);
}

static void
a_key_file_is_read_where_it_belongs(void **state)
{
    (void)state;
    uint8_t m[KEY_SIZE];
    uint8_t other[KEY_SIZE] = {1};
    int before = open(in_dir("master.key"), O_RDONLY | O_CLOEXEC);
    write_master(other); /* another file under the name; the descriptor is of the former */
    assert_int_equal(key_file_read(dir, true, before, m, NULL), OK);
    assert_memory_equal(m, other, KEY_SIZE);
    assert_int_equal(key_file_read(dir, false, before, m, NULL), OK);
    assert_memory_equal(m, master, KEY_SIZE);
    assert_int_equal(unlink(in_dir("master.key")), 0);
    assert_int_equal(key_file_read(dir, true, before, m, NULL), OK); /* better than none */
    assert_memory_equal(m, master, KEY_SIZE);
    close(before);
    assert_int_equal(key_file_read(dir, true, -1, m, &err), RC_BROKEN);
    write_file("master.key", "kontor-master-1:", 16);
    err = (struct err){0};
    assert_int_equal(key_file_read(dir, true, -1, m, &err), RC_BROKEN);
    assert_int_equal(err.code, E_KEY_FORM);
}

#define KEY_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_TEST(facts_are_told),
        KEY_TEST(a_workspace_is_erased),
        KEY_TEST(a_workspace_comes_unless_a_generation_is_under_way),
        KEY_TEST(a_store_goes_to_its_next_page_key),
        KEY_TEST(a_record_that_cannot_be_written_stops_nothing),
        KEY_TEST(one_generation_at_a_time),
        KEY_TEST(a_prepared_one_can_be_cancelled),
        KEY_TEST(a_place_that_refuses),
        KEY_TEST(escrow_is_rehearsed),
        KEY_TEST(what_does_not_fit_is_told_apart),
        KEY_TEST(a_former_escrow_is_called_so),
        KEY_TEST(a_disk_that_refuses_leaves_the_facts),
        KEY_TEST(a_key_file_is_read_where_it_belongs),
    };
    return cmocka_run_group_tests_name("proc/key_admin", tests, NULL, NULL);
}
