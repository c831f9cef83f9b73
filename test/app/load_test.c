/* load_test.c: an agency's archive becomes an encrypted store again that holds what the manifest
 * says; each thing that is not as it says is noticed, and nothing of a bad one remains. And what a
 * drill leaves: its signed result. */
#include "app/restore/load.h"

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/restore/restore.h"
#include "archive/file.h"
#include "base/frame.h"
#include "base/time.h"
#include "base/wire.h"
#include "guard/keys.h"
#include "office.h"
#include "state.h"

static struct office o;
static struct state_keys keys;
static const uint8_t key[32] = {5};
static char loaded[128];
static struct err err;
static int keymgr = -1;
static uint64_t most = UINT64_MAX;

/* Tells whoever asks this workspace's keys, until the test ends. */
static void
start_keymgr(void)
{
    static uint8_t in[FRAME_MAX];
    static uint8_t out[FRAME_MAX];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct frame f;
        struct frame_out to;
        close(pair[0]);
        while (frame_recv(pair[1], in, sizeof(in), &f) == OK) {
            frame_begin(&to, out, sizeof(out), f.type, f.id);
            frame_put(&to, W_F_KEY, keys.operations, 32);
            frame_put(&to, W_F_SIGNER, keys.signer, 32);
            if (frame_send(pair[1], &to, -1) != OK) {
                break;
            }
        }
        _exit(0);
    }
    close(pair[1]);
    keymgr = pair[0];
    keys_use(keymgr);
}

static int
setup(void **state)
{
    (void)state;
    assert_ok(time_zone("Europe/Berlin"));
    office_open_empty(&o, "2026-11-24T08:15:00Z");
    assert_ok(office_write(&o, 0, office_demo, NULL));
    state_keys_make(&keys);
    start_keymgr();
    state_put(o.store, &keys, 1, o.now, o.dir, "1.kontor");
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", o.dir);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    keys_use(-1);
    close(keymgr);
    office_close(&o);
    return 0;
}

static enum rc
load(const char *name, const struct archive_want *want, struct loaded *ret_l)
{
    const int fd = state_open(o.dir, name);
    const struct archive_in in = archive_fd_in(&fd);
    err = (struct err){0};
    const enum rc rc = load_archive(&in, want, loaded, key, most, o.mem, &err, ret_l);
    close(fd);
    return rc;
}

static bool
is_there(void)
{
    struct stat st;
    return stat(loaded, &st) == 0;
}

static void
there_and_back(void **state)
{
    struct loaded l;
    const struct archive_want want = state_want(&keys, 1);
    (void)state;
    if (load("1.kontor", &want, &l) != OK) {
        FAIL_TEST("%s %s", code_name(err.code), err.detail);
    }
    assert_int_equal(l.head.workspace, 1);
    assert_int_equal(l.head.made.us, o.now.us);
    assert_int_equal(l.manifest.schema, store_schema_version(o.store));
    assert_true(l.rows > 300);
    if (load_compare(loaded, key, SCHEMA_WORKSPACE, &l, o.mem, &err) != OK) {
        FAIL_TEST("%s %s", code_name(err.code), err.detail);
    }
}

/* One number of the manifest is another. */
static void
sums_that_differ(void **state)
{
    struct loaded l;
    const struct archive_want want = state_want(&keys, 1);
    (void)state;
    assert_ok(load("1.kontor", &want, &l));
    struct manifest_table *t = ARENA_ARRAY(o.mem, struct manifest_table, l.manifest.n_tables);
    memcpy(t, l.manifest.tables, l.manifest.n_tables * sizeof(t[0]));
    l.manifest.tables = t;
    for (size_t i = 0; i < l.manifest.n_tables; i++) {
        err = (struct err){0};
        t[i].rows++;
        assert_int_equal(load_compare(loaded, key, SCHEMA_WORKSPACE, &l, o.mem, &err), RC_BROKEN);
        assert_int_equal(err.code, E_BACKUP_SUMS);
        assert_string_equal(err.arg, t[i].name);
        t[i].rows--;
        err = (struct err){0};
        t[i].checksum[31] ^= 1;
        assert_int_equal(load_compare(loaded, key, SCHEMA_WORKSPACE, &l, o.mem, &err), RC_BROKEN);
        assert_int_equal(err.code, E_BACKUP_SUMS);
        t[i].checksum[31] ^= 1;
    }
    l.manifest.n_tables--;
    err = (struct err){0};
    assert_int_equal(load_compare(loaded, key, SCHEMA_WORKSPACE, &l, o.mem, &err), RC_BROKEN);
    assert_int_equal(err.code, E_STORE_DAMAGED);
}

static void
nothing_of_a_bad_one_remains(void **state)
{
    struct state_keys stranger;
    struct loaded l;
    (void)state;
    state_keys_make(&stranger);
    const struct archive_want wants[] = {
        state_want(&keys, 2),
        {.secret = stranger.escrow_secret, .workspace = 1, .signer = keys.signer    },
        {.secret = keys.escrow_secret,     .workspace = 1, .signer = stranger.signer},
    };
    static const enum code codes[] = {E_ARCHIVE_WORKSPACE, E_ARCHIVE_KEY, E_ARCHIVE_SIGNER};
    (void)unlink(loaded);
    for (size_t i = 0; i < CASES(wants); i++) {
        assert_true(load("1.kontor", &wants[i], &l) != OK);
        assert_int_equal(err.code, codes[i]);
        assert_false(is_there());
    }
    /* Cut behind a half: much of it was written already. */
    char path[160];
    struct stat st;
    const struct archive_want want = state_want(&keys, 1);
    state_put(o.store, &keys, 1, o.now, o.dir, "2.kontor");
    (void)snprintf(path, sizeof(path), "%s/2.kontor", o.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 200), 0);
    assert_int_equal(load("2.kontor", &want, &l), RC_BROKEN);
    assert_int_equal(err.code, E_ARCHIVE_CUT);
    assert_true(l.rows > 300); /* what was known by then */
    assert_false(is_there());
}

/* Not one page of what would not fit is written. */
static void
larger_than_there_is_room(void **state)
{
    struct loaded l;
    const struct archive_want want = state_want(&keys, 1);
    (void)state;
    assert_ok(load("1.kontor", &want, &l));
    const uint64_t size = l.manifest.database;
    assert_true(size > 0 && l.manifest.document_bytes == 0);
    most = size;
    assert_ok(load("1.kontor", &want, &l));
    (void)unlink(loaded);
    most = size - 1;
    assert_int_equal(load("1.kontor", &want, &l), RC_LIMIT);
    assert_int_equal(err.code, E_RESTORE_ROOM);
    assert_int_equal(l.rows, 0); /* it was not even begun */
    assert_false(is_there());
    most = UINT64_MAX;
}

/* --- its result --------------------------------------------------------------------------------
 */

struct told {
    json_t *in, *out;
    const char *name;
};

static enum rc
run(struct wtx *tx, void *arg)
{
    const struct told *t = arg;
    for (size_t i = 0; i < restore_domain.n_commands; i++) {
        const struct command *c = &restore_domain.commands[i];
        if (strcmp(c->name, t->name) == 0) {
            if (c->event == EVENT_NOTHING) {
                wtx_allow_untouched(tx, "test");
            }
            return c->run(tx, t->in, t->out);
        }
    }
    return RC_MISSING;
}

static json_t *
signed_result(const char *result, int64_t at)
{
    uint8_t message[RESTORE_SIGNED];
    uint8_t signature[64];
    char signature_hex[129];
    char signer_hex[65];
    restore_signed(str_of(result), (struct instant){at}, message);
    crypto_sign_detached(signature, NULL, message, sizeof(message), keys.sign_key);
    hex_print(signature, sizeof(signature), signature_hex);
    hex_print(keys.signer, 32, signer_hex);
    return json_pack("{s:I, s:s, s:s, s:s}", "at", (json_int_t)at, "result", result, "signature",
                     signature_hex, "signer", signer_hex);
}

static enum rc
record(json_t *in, json_t **ret_out)
{
    struct told t = {in, json_object(), "drill.record"};
    const enum rc rc = office_write(&o, 0, run, &t);
    json_decref(in);
    if (ret_out != NULL) {
        *ret_out = t.out;
    } else {
        json_decref(t.out);
    }
    return rc;
}

static void
a_result_is_kept(void **state)
{
    static const char good[] =
        "{\"state\":\"20261124T003100Z\",\"madeAt\":\"2026-11-24T00:31:00Z\","
        "\"good\":true,\"code\":\"\",\"rows\":7}";
    static const char bad[] = "{\"state\":\"20261125T003100Z\",\"madeAt\":null,\"good\":false,"
                              "\"code\":\"archive.damaged\"}";
    struct told list = {json_object(), json_object(), "drill.list"};
    json_t *out;
    (void)state;
    assert_ok(record(signed_result(good, o.now.us), &out));
    assert_int_equal(json_integer_value(json_object_get(out, "rows")), 7);
    assert_int_equal(json_string_length(json_object_get(out, "signature")), 128);
    json_decref(out);
    assert_ok(record(signed_result(bad, o.now.us + 5), NULL));
    assert_ok(office_write(&o, 0, run, &list));
    const json_t *rows = json_object_get(list.out, "rows");
    assert_int_equal(json_array_size(rows), 2);
    assert_true(json_is_false(json_object_get(json_array_get(rows, 0), "good")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "state")),
                        "20261124T003100Z");
    json_decref(list.in);
    json_decref(list.out);
}

static enum rc
prune(struct wtx *tx, void *arg)
{
    (void)arg;
    return restore_prune(tx);
}

static void
and_forgotten_after_400_days(void **state)
{
    struct told list = {json_object(), json_object(), "drill.list"};
    (void)state;
    assert_ok(office_write(&o, 0, prune, NULL));
    assert_ok(office_write(&o, 0, run, &list));
    assert_int_equal(json_array_size(json_object_get(list.out, "rows")), 2);
    o.now.us += 400 * INT64_C(86400000000) + 3; /* between the two */
    assert_ok(office_write(&o, 0, prune, NULL));
    assert_ok(office_write(&o, 0, run, &list));
    assert_int_equal(json_array_size(json_object_get(list.out, "rows")), 1);
    o.now.us -= 400 * INT64_C(86400000000) + 3;
    json_decref(list.in);
    json_decref(list.out);
}

static void
what_is_no_result_is_refused(void **state)
{
    static const char *const none[] = {
        "{}",
        "[]",
        "no JSON",
        "{\"state\":\"x\",\"good\":true,\"code\":\"store.key\"}",
        "{\"state\":\"x\",\"good\":false,\"code\":\"\"}",
        "{\"state\":\"\",\"good\":true,\"code\":\"\"}",
        "{\"state\":\"x\",\"good\":1,\"code\":\"\"}",
        "{\"state\":\"x\",\"good\":true,\"code\":\"\",\"madeAt\":\"gestern\"}",
        "{\"state\":\"01234567890123456789012345678901234567890\",\"good\":true,\"code\":\"\"}",
    };
    static const char good[] = "{\"state\":\"x\",\"good\":true,\"code\":\"\"}";
    (void)state;
    for (size_t i = 0; i < CASES(none); i++) {
        assert_int_equal(record(signed_result(none[i], 7), NULL), RC_INVALID);
    }
    json_t *in = signed_result(good, 7);
    (void)json_object_set_new(in, "at", json_integer(8));
    assert_int_equal(record(in, NULL), RC_DENIED);
    in = signed_result(good, 7);
    (void)json_object_set_new(in, "result", json_string("{\"state\":\"y\",\"good\":true}"));
    assert_int_equal(record(in, NULL), RC_DENIED);
    struct state_keys own = keys; /* of a process that was taken over */
    crypto_sign_keypair(keys.signer, keys.sign_key);
    in = signed_result(good, 7);
    keys = own;
    assert_int_equal(record(in, NULL), RC_DENIED);
    static const char *const members[] = {"at", "result", "signature", "signer"};
    for (size_t i = 0; i < CASES(members); i++) {
        in = signed_result(good, 7);
        (void)json_object_del(in, members[i]);
        assert_int_equal(record(in, NULL), RC_INVALID);
    }
    char large[RESTORE_RESULT_MAX + 2];
    memset(large, ' ', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    assert_int_equal(record(signed_result(large, 7), NULL), RC_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(sums_that_differ),
        cmocka_unit_test(nothing_of_a_bad_one_remains),
        cmocka_unit_test(larger_than_there_is_room),
        cmocka_unit_test(a_result_is_kept),
        cmocka_unit_test(and_forgotten_after_400_days),
        cmocka_unit_test(what_is_no_result_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
