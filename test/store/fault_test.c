/* fault_test.c: every call to the disk fails once, and from then on; what was acknowledged is there
 * afterwards, nothing stands half, the next start works, and a store whose disk failed says so
 * until the process starts again. */
#include "store/rig.h"

#include <sys/stat.h>

#include "store/fault_vfs.h"

enum { STEPS = 6 };

/* What one run acknowledged: bit i for step i. */
struct run {
    struct rig *r;
    unsigned acknowledged;
    bool opened;
    enum rc last; /* of the first step that failed */
    enum code code;
};

/* A project and two entries: all three or none. */
static enum rc
step(struct rig *r, int i)
{
    struct wtx *tx = NULL;
    char name[16];
    struct entry_insert_row row;
    int64_t id = 0;
    (void)snprintf(name, sizeof(name), "p%d", i);
    TRY(wtx_begin(r->s, r->mem, rig_now, &rig_actor, rig_err(r), &tx));
    enum rc rc = project_insert(tx, &(struct project_insert_in){{i + 1}, str_of(name)});
    for (int k = 0; k < 2 && rc == OK; k++) {
        rc = wtx_new_id(tx, "time_entry", &id);
        if (rc == OK) {
            rc = entry_insert(tx,
                              &(struct entry_insert_in){.id = {id},
                                                        .project_id = {i + 1},
                                                        .minutes = {1},
                                                        .created_at = {1},
                                                        .sequence = NONE_I64},
                              &row);
        }
    }
    wtx_touched(tx);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}

static void
run_steps(struct run *run)
{
    struct rig *r = run->r;
    run->opened = rig_open(r, true, false) == OK;
    if (!run->opened) {
        return;
    }
    for (int i = 0; i < STEPS; i++) {
        enum rc rc = step(r, i);
        if (rc == OK) {
            run->acknowledged |= 1u << i;
        } else if (run->last == OK) {
            run->last = rc;
            run->code = r->err.code;
        }
        if (i == 3) { /* a checkpoint in the middle, and the page cache gone */
            r->s->wal_frames = STORE_WAL_FRAMES;
            store_rest(r->s);
        }
        (void)rig_count(r);
    }
}

static int64_t
number(struct rig *r, const char *text)
{
    int64_t n = -1;
    GOOD(r, store_number(r->s, &r->err, text, &n));
    return n;
}

static void
check_after(const struct run *run, int64_t n)
{
    struct rig *r = run->r;
    rig_close(r);
    GOOD(r, rig_open(r, true, false));
    GOOD(r, store_check(r->s, &r->err));
    for (int i = 0; i < STEPS; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "SELECT count(*) FROM project WHERE id = %d", i + 1);
        const int64_t projects = number(r, text);
        (void)snprintf(text, sizeof(text), "SELECT count(*) FROM time_entry WHERE project_id = %d",
                       i + 1);
        if (number(r, text) != projects * 2) {
            FAIL_TEST("fault %lld: step %d stands half", (long long)n, i);
        }
        if ((run->acknowledged & (1u << i)) != 0 && projects != 1) {
            FAIL_TEST("fault %lld: step %d was acknowledged and is lost", (long long)n, i);
        }
    }
    GOOD(r, step(r, 40));
    rig_close(r);
}

/* What a store says whose disk has failed while it was running. */
static void
check_poison(const struct run *run, enum fault_kind kind, int64_t n)
{
    struct rig *r = run->r;
    if (!run->opened || run->last == OK) {
        return;
    }
    const bool poisoned = store_state(r->s) == STORE_POISONED;
    if (run->last != RC_IO || poisoned != (run->code == E_IO)) {
        FAIL_TEST("fault %lld: rc %d, code %s, state %u", (long long)n, run->last,
                  code_name(run->code), (unsigned)store_state(r->s));
    }
    if (kind == FAULT_FULL && run->code != E_STORE_FULL) {
        FAIL_TEST("fault %lld: full, but %s", (long long)n, code_name(run->code));
    }
    if (poisoned) {
        assert_int_equal(rig_count(r), RC_IO);
        assert_int_equal(step(r, 41), RC_IO);
    }
}

static void
forget_files(struct rig *r)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[128];
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", r->path, ends[i]);
        (void)unlink(name);
    }
    arena_reset(r->mem);
}

static void
fail_each(struct rig *r, enum fault_kind kind, bool stays)
{
    int64_t n = 1;
    for (bool hit = true; hit; n++) {
        struct run run = {.r = r};
        forget_files(r);
        fault_arm(kind, n, stays);
        run_steps(&run);
        check_poison(&run, kind, n);
        if (!stays) {
            rig_close(r); /* closing meets the fault as well, when it comes so late */
        }
        hit = fault_disarm();
        check_after(&run, n);
        if (!hit) {
            assert_int_equal(run.acknowledged, (1u << STEPS) - 1);
        }
    }
    print_message("# %lld calls failed\n", (long long)n - 2);
    assert_true(n > 30);
}

static void
test_each_call_fails_once(void **state)
{
    fail_each(*state, FAULT_IO, false);
}

static void
test_disk_breaks(void **state)
{
    fail_each(*state, FAULT_IO, true);
}

static void
test_torn_writes(void **state)
{
    fail_each(*state, FAULT_TORN, true);
}

static void
test_disk_is_full_once(void **state)
{
    fail_each(*state, FAULT_FULL, false);
}

static void
test_disk_stays_full(void **state)
{
    fail_each(*state, FAULT_FULL, true);
}

/* A start that recovers the log while a read fails may fail, but takes no commit for the log's end.
 */
static void
test_log_is_recovered_whole(void **state)
{
    struct rig *r = *state;
    bool hit = true;
    int64_t n;
    for (n = 1; hit; n++) {
        char name[128];
        struct run run = {.r = r, .acknowledged = 7};
        forget_files(r);
        GOOD(r, rig_open(r, true, false));
        for (int i = 0; i < 3; i++) {
            GOOD(r, step(r, i));
        }
        r->s->state = STORE_POISONED; /* as if killed: the log stays */
        rig_close(r);
        (void)snprintf(name, sizeof(name), "%s-shm", r->path);
        (void)unlink(name);
        fault_arm(FAULT_IO, n, false);
        if (rig_open(r, false, false) == OK) {
            (void)step(r, 3); /* would write over what was taken for the end */
        }
        rig_close(r);
        hit = fault_disarm();
        check_after(&run, n);
    }
    print_message("# %lld calls failed\n", (long long)n - 2);
}

/* A full disk poisons nothing: reading goes on, and writing does when there is room again. */
static void
test_full_passes(void **state)
{
    struct rig *r = *state;
    GOOD(r, rig_open(r, true, false));
    GOOD(r, step(r, 0));
    fault_arm(FAULT_FULL, 1, true);
    REFUSED(r, step(r, 1), RC_IO, E_STORE_FULL);
    assert_int_equal(store_state(r->s), STORE_READY);
    assert_int_equal(rig_count(r), 1);
    assert_true(fault_disarm());
    GOOD(r, step(r, 1));
    assert_int_equal(rig_count(r), 2);
}

/* --- a transaction larger than the page cache, so that it meets the disk before its end ------ */
struct wide {
    struct rig *r;
    enum rc rc;
};

static enum rc
insert_wide(struct wtx *tx, void *arg)
{
    struct wide *w = arg;
    static char note[480];
    struct entry_insert_row row;
    struct entry_insert_in in = {.project_id = {1}, .created_at = {1}, .sequence = NONE_I64};
    memset(note, 'x', sizeof(note));
    in.note = (struct str){note, sizeof(note)};
    for (int64_t i = 0; i < 10000 && w->rc == OK; i++) {
        in.id.n = 100 + i;
        w->rc = entry_insert(tx, &in, &row);
    }
    return w->rc;
}

static void
test_sqlite_ends_the_transaction(void **state)
{
    struct rig *r = *state;
    for (int kind = FAULT_IO; kind <= FAULT_FULL; kind++) {
        int64_t id;
        struct wide wide = {.r = r};
        forget_files(r);
        GOOD(r, rig_open(r, true, false));
        GOOD(r, step(r, 0));
        (void)rig_write(r);
        fault_arm((enum fault_kind)kind, 1, true);
        assert_int_equal(wtx_try(r->w, insert_wide, &wide), RC_IO);
        assert_true(fault_disarm());
        assert_int_equal(wide.rc, RC_IO);
        assert_int_equal(r->err.code, kind == FAULT_IO ? E_IO : E_STORE_FULL);
        assert_int_equal(wtx_new_id(r->w, "project", &id), RC_IO); /* it must not go on */
        wtx_touched(r->w);
        assert_int_equal(wtx_commit(r->w), RC_IO);
        assert_int_equal(rig_count(r), kind == FAULT_IO ? RC_IO : 1);
        rig_close(r);
        GOOD(r, rig_open(r, false, false));
        assert_int_equal(rig_count(r), 1);
        rig_close(r);
    }
}

/* A migration whose disk fails at any call leaves the old schema or the new one. */
static void
test_migration_fails_at_each_call(void **state)
{
    struct rig *r = *state;
    for (int kind = FAULT_IO; kind <= FAULT_TORN; kind++) {
        bool hit = true;
        for (int64_t n = 1; hit; n++) {
            forget_files(r);
            r->def.n_migrations = 2;
            GOOD(r, rig_open(r, true, false));
            rig_close(r);
            r->def.n_migrations = 3;
            fault_arm((enum fault_kind)kind, n, true);
            enum rc rc = rig_open(r, false, false);
            if (rc == OK && store_state(r->s) == STORE_OLD_SCHEMA) {
                assert_int_equal(store_schema_version(r->s), 2);
            }
            rig_close(r);
            hit = fault_disarm();
            GOOD(r, rig_open(r, false, false));
            assert_int_equal(store_schema_version(r->s), 3);
            GOOD(r, step(r, 0));
            GOOD(r, store_check(r->s, &r->err));
            rig_close(r);
        }
    }
}

/* Power goes at any moment, and some of what was not synced is lost. */
static void
test_power_cut(void **state)
{
    struct rig *r = *state;
    const char *more = getenv("KONTOR_ROUNDS");
    const long rounds = more != NULL ? strtol(more, NULL, 10) : 50;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    int cuts = 0;
    for (long round = 0; round < rounds; round++) {
        struct run run = {.r = r};
        forget_files(r);
        GOOD(r, rig_open(r, true, false));
        rig_close(r);
        fault_record();
        fault_arm(FAULT_TORN, 1 + (int64_t)(fault_dice(&seed) % 90), true);
        run_steps(&run);
        rig_close(r);
        cuts += fault_disarm();
        fault_power_cut(fault_dice(&seed));
        check_after(&run, round);
    }
    print_message("# %d power cuts in %ld rounds\n", cuts, rounds);
    assert_true(cuts > rounds / 2);
}

static int
setup(void **state)
{
    (void)fault_disarm();
    fault_register();
    store_disk_below = "fault";
    return rig_setup_closed(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_call_fails_once, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_disk_breaks, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_torn_writes, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_disk_is_full_once, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_disk_stays_full, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_log_is_recovered_whole, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_full_passes, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_sqlite_ends_the_transaction, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_migration_fails_at_each_call, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_power_cut, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
