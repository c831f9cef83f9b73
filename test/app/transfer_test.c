/* transfer_test.c: a loaded archive takes an empty workspace's place: everything but secrets and
 * the outbox, row by row; nobody's work is replaced; a disk that is full or bad at any call changes
 * nothing. */
#include "app/transfer/import.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../store/fault_vfs.h"
#include "app/restore/order.h"
#include "app/transfer/transfer.h"
#include "base/time.h"
#include "office.h"
#include "state.h"
#include "store/schema.h"
#include "store/sqlite.h"

enum { TABLES_MAX = 100 };

static struct office o;
static struct state_keys keys;
static const uint8_t key[32] = {9};
static char loaded[128], target[128];
static struct err err;
static const char *archive = "1.kontor";

static int
setup(void **state)
{
    (void)state;
    assert_ok(time_zone("Europe/Berlin"));
    office_open(&o, "2026-11-24T08:15:00Z");
    state_keys_make(&keys);
    state_put(o.store, &keys, 1, o.now, o.dir, "1.kontor");
    (void)snprintf(loaded, sizeof(loaded), "%s/loaded.db", o.dir);
    (void)snprintf(target, sizeof(target), "%s/target.db", o.dir);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    office_close(&o);
    return 0;
}

static struct store *
open_at(const char *path)
{
    struct store *s;
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = key, .create = true};
    if (store_open(&opt, &err, &s) != OK) {
        FAIL_TEST("%s: %s %s", path, code_name(err.code), err.detail);
    }
    return s;
}

static void
make_target(void)
{
    (void)unlink(target);
    store_close(open_at(target));
}

static void
load(void)
{
    state_load(o.dir, archive, &keys, 1, loaded, key);
}

static enum rc
settle(void)
{
    err = (struct err){0};
    return transfer_settle(loaded, key, o.now, o.mem, &err);
}

static enum rc
apply(void)
{
    err = (struct err){0};
    return transfer_apply(target, loaded, key, o.now, o.mem, &err);
}

static bool
is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static bool
target_is_empty(void)
{
    static const struct actor who = {.reason = "test"};
    struct store *s = open_at(target);
    struct rtx *tx;
    bool empty;
    assert_ok(store_check(s, &err));
    assert_ok(rtx_begin(s, o.mem, o.now, &who, &err, &tx));
    assert_ok(transfer_is_empty(tx, &empty));
    rtx_end(tx);
    store_close(s);
    return empty;
}

static size_t
sums(struct store *s, struct snapshot_table *ret)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    const char *names[TABLES_MAX];
    assert_true(def->n_tables < TABLES_MAX);
    for (size_t i = 0; i < def->n_tables; i++) {
        names[i] = def->tables[i].name;
    }
    assert_ok(store_sums(s, names, def->n_tables, &err, ret));
    return def->n_tables;
}

static void
everything_comes_but_secrets(void **state)
{
    struct snapshot_table was[TABLES_MAX];
    struct snapshot_table is[TABLES_MAX];
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    int secret = 0;
    (void)state;
    make_target();
    load();
    assert_ok(settle());
    assert_ok(apply());
    assert_false(is_there(loaded));
    assert_false(target_is_empty());
    struct store *s = open_at(target);
    const size_t n = sums(s, is);
    (void)sums(o.store, was);
    store_close(s);
    for (size_t i = 0; i < n; i++) {
        const char *name = was[i].name;
        if (def->tables[i].secret || strcmp(name, "export_file") == 0) {
            secret += was[i].rows > 0;
            assert_int_equal(is[i].rows, 0);
        } else if (strcmp(name, "audit") == 0) {
            assert_int_equal(is[i].rows, was[i].rows + 1);
        } else if (strcmp(name, "restore_order") == 0) {
            assert_int_equal(is[i].rows, was[i].rows);
        } else if (strcmp(name, "id_counter") != 0 &&
                   memcmp(was[i].checksum, is[i].checksum, sizeof(is[i].checksum)) != 0) {
            FAIL_TEST("%s differs", name);
        }
    }
    print_message("# %zu tables, %d secret ones had rows\n", n, secret);
    assert_ok(apply()); /* asked again by a successor: it was done */
}

static enum rc
look_into(struct wtx *tx, void *arg)
{
    return order_preview(tx, STR("20261123T003000Z"), arg);
}

/* What was ordered on the other server is not begun here. */
static void
orders_stay_behind(void **state)
{
    static const struct actor who = {.reason = "test"};
    struct restore_order_id id;
    struct order_wish *v;
    struct rtx *tx;
    size_t n = 0;
    (void)state;
    assert_ok(office_write(&o, 1, look_into, &id));
    assert_ok(rtx_begin(o.store, o.mem, o.now, &who, &err, &tx));
    assert_ok(order_wishes(tx, &v, &n));
    rtx_end(tx);
    assert_int_equal(n, 1);
    state_put(o.store, &keys, 1, o.now, o.dir, "2.kontor");
    archive = "2.kontor";
    make_target();
    load();
    assert_ok(settle());
    assert_ok(apply());
    struct store *s = open_at(target);
    assert_ok(rtx_begin(s, o.mem, o.now, &who, &err, &tx));
    assert_ok(order_wishes(tx, &v, &n));
    rtx_end(tx);
    store_close(s);
    assert_int_equal(n, 0);
    (void)unlink(target);
}

static void
nobody_is_replaced(void **state)
{
    (void)state;
    load();
    assert_ok(settle());
    assert_int_equal(apply(), RC_CONFLICT);
    assert_int_equal(err.code, E_TRANSFER_NOT_EMPTY);
    assert_false(target_is_empty());
    assert_int_equal(unlink(loaded), 0);
    make_target();
    assert_int_equal(apply(), RC_MISSING); /* and without anything loaded nothing happens */
    assert_true(target_is_empty());
    (void)unlink(target);
    assert_true(apply() != OK);
    assert_true(settle() != OK);
}

static void
a_full_or_bad_disk_changes_nothing(void **state)
{
    int failures = 0;
    (void)state;
    make_target();
    for (int64_t n = 2;; n += n < 60 ? 1 : 7) {
        load();
        fault_arm(n % 2 == 0 ? FAULT_FULL : FAULT_IO, n / 2, true);
        enum rc rc = settle();
        rc = rc == OK ? apply() : rc;
        if (!fault_disarm() && rc == OK) {
            break;
        }
        failures += rc != OK;
        if (rc == OK) { /* what failed was not needed */
            make_target();
        }
        assert_true(target_is_empty());
        (void)unlink(loaded);
    }
    print_message("# %d failures\n", failures);
    assert_true(failures > 20);
    assert_false(target_is_empty());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_but_secrets),
        cmocka_unit_test(nobody_is_replaced),
        cmocka_unit_test(orders_stay_behind),
        cmocka_unit_test(a_full_or_bad_disk_changes_nothing),
    };
    store_disk_below = "fault";
    fault_register();
    return cmocka_run_group_tests(tests, setup, teardown);
}
