/* tx_test.c: transactions hold what they promise: all or nothing, no change without its audit row,
 * no write in a read, one writer, ids once. */
#include "store/rig.h"

#include <sys/stat.h>

static void
insert(struct rig *r, struct wtx *tx, int64_t id, const char *name)
{
    GOOD(r, project_insert(tx, &(struct project_insert_in){{id}, str_of(name)}));
}

static void
test_commit_and_rollback(void **state)
{
    struct rig *r = *state;
    struct wtx *tx = rig_write(r);
    insert(r, tx, 1, "bleibt");
    rig_commit(r);
    assert_int_equal(rig_count(r), 1);
    REFUSED(r, wtx_commit(tx), RC_BROKEN, E_BROKEN);
    wtx_rollback(tx); /* no effect */
    tx = rig_write(r);
    insert(r, tx, 2, "geht");
    wtx_rollback(tx);
    wtx_rollback(tx);
    assert_int_equal(rig_count(r), 1);
    REFUSED(r, project_insert(tx, &(struct project_insert_in){{3}, STR("zu spät")}), RC_BROKEN,
            E_BROKEN);
    struct rtx *rd = rig_read(r);
    rtx_end(rd);
    rtx_end(rd);
    struct project_any_row any;
    REFUSED(r, project_any(rd, &any), RC_BROKEN, E_BROKEN);
    assert_int_equal(rig_count(r), 1);
}

static void
test_what_a_transaction_carries(void **state)
{
    struct rig *r = *state;
    struct wtx *tx = rig_write(r);
    assert_ptr_equal(wtx_mem(tx), r->mem);
    assert_ptr_equal(wtx_err(tx), &r->err);
    assert_int_equal(wtx_now(tx).us, rig_now.us);
    assert_int_equal(wtx_user(tx).n, 7);
    assert_true(str_eq(rtx_actor(wtx_read(tx))->network, STR("192.0.2.0/24")));
    wtx_rollback(tx);
}

static void
test_one_at_a_time(void **state)
{
    struct rig *r = *state;
    struct wtx *tx = rig_write(r);
    struct rtx *rd;
    struct wtx *w2;
    REFUSED(r, rtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &rd), RC_BROKEN, E_BROKEN);
    REFUSED(r, wtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &w2), RC_BROKEN, E_BROKEN);
    insert(r, tx, 1, "a"); /* the running one is none the worse */
    rtx_end(wtx_read(tx)); /* and not ended as if it were a read */
    rig_commit(r);
    rd = rig_read(r);
    wtx_rollback(&r->s->tx); /* nor the other way round */
    struct project_any_row any;
    GOOD(r, project_any(rd, &any));
    rtx_end(rd);
}

/* --- the touch rule -------------------------------------------------------------------------- */
static const struct sql_stmt audit_insert = {.name = "audit_insert",
                                             .owner = "guard",
                                             .sqlite =
                                                 "INSERT INTO audit (event_text) VALUES ('x')",
                                             .writes = true};

static void
test_change_without_touch(void **state)
{
    struct rig *r = *state;
    int64_t n;
    insert(r, rig_write(r), 1, "a");
    REFUSED(r, wtx_commit(r->w), RC_BROKEN, E_BROKEN);
    assert_int_equal(rig_count(r), 0);
    rig_project(r, 1, "a");
    /* Writes that give rows count as well. */
    struct entry_insert_row row;
    const struct entry_insert_in in = {
        .id = {1}, .project_id = {1}, .minutes = {1}, .created_at = {1}, .sequence = NONE_I64};
    GOOD(r, entry_insert(rig_write(r), &in, &row));
    REFUSED(r, wtx_commit(r->w), RC_BROKEN, E_BROKEN);
    GOOD(r, entry_insert(rig_write(r), &in, &row));
    rig_commit(r);
    struct entry_rename_row *rows;
    size_t n_rows;
    GOOD(r, entry_rename(rig_write(r), &(struct entry_rename_in){STR("neu"), {1}}, &rows, &n_rows));
    assert_int_equal(n_rows, 1);
    REFUSED(r, wtx_commit(r->w), RC_BROKEN, E_BROKEN);
    /* A change of no rows is none. */
    GOOD(r, project_touch(rig_write(r), &n));
    wtx_rollback(r->w);
    GOOD(r, entry_rename(rig_write(r), &(struct entry_rename_in){STR("neu"), {9}}, &rows, &n_rows));
    GOOD(r, wtx_commit(r->w));
}

static void
test_touch_without_change(void **state)
{
    struct rig *r = *state;
    int64_t n, id;
    wtx_touched(rig_write(r));
    REFUSED(r, wtx_commit(r->w), RC_BROKEN, E_BROKEN);
    GOOD(r, sql_run(rig_write(r), &audit_insert, NULL, &n)); /* the row of touch() itself */
    GOOD(r, wtx_new_id(r->w, "project", &id));
    wtx_touched(r->w);
    REFUSED(r, wtx_commit(r->w), RC_BROKEN, E_BROKEN);
    GOOD(r, sql_run(rig_write(r), &audit_insert, NULL, &n)); /* an event that changes nothing */
    wtx_touched(r->w);
    wtx_allow_untouched(r->w, "test");
    GOOD(r, wtx_commit(r->w));
    insert(r, rig_write(r), 1, "a"); /* a change that is no event */
    wtx_allow_untouched(r->w, "test");
    GOOD(r, wtx_commit(r->w));
    rig_write(r); /* nothing at all */
    GOOD(r, wtx_commit(r->w));
    assert_int_equal(rig_count(r), 1);
}

/* --- savepoints ------------------------------------------------------------------------------ */
struct attempt {
    struct rig *r;
    int64_t id;
    enum rc then;
    bool deeper;
};

static enum rc
attempt(struct wtx *tx, void *arg)
{
    struct attempt *a = arg;
    insert(a->r, tx, a->id, a->id == 10 ? "zehn" : "elf");
    wtx_touched(tx);
    if (a->deeper) {
        struct attempt inner = {.r = a->r, .id = 11, .then = RC_CONFLICT};
        assert_int_equal(wtx_try(tx, attempt, &inner), RC_CONFLICT);
    }
    return a->then;
}

static void
test_try(void **state)
{
    struct rig *r = *state;
    struct attempt a = {.r = r, .id = 10, .then = RC_MISSING};
    assert_int_equal(wtx_try(rig_write(r), attempt, &a), RC_MISSING);
    GOOD(r, wtx_commit(r->w)); /* the touch and the change went together */
    assert_int_equal(rig_count(r), 0);
    a.then = OK;
    a.deeper = true;
    GOOD(r, wtx_try(rig_write(r), attempt, &a));
    GOOD(r, wtx_commit(r->w));
    assert_int_equal(rig_count(r), 1);
    wtx_rollback(rig_write(r));
    REFUSED(r, wtx_try(r->w, attempt, &a), RC_BROKEN, E_BROKEN); /* over */
    assert_int_equal(rig_count(r), 1);
}

/* --- errors ---------------------------------------------------------------------------------- */
static void
test_constraints(void **state)
{
    struct rig *r = *state;
    rig_project(r, 1, "a");
    struct wtx *tx = rig_write(r);
    struct entry_insert_row row;
    struct entry_insert_in in = {
        .id = {1}, .project_id = {1}, .minutes = {1}, .created_at = {1}, .is_closed = true};
    struct entry_rename_row *rows;
    size_t n;
    REFUSED(r, project_insert(tx, &(struct project_insert_in){{2}, STR("a")}), RC_CONFLICT,
            E_STORE_TAKEN);
    REFUSED(r, project_insert(tx, &(struct project_insert_in){{1}, STR("b")}), RC_CONFLICT,
            E_STORE_TAKEN);
    REFUSED(r, project_insert(tx, &(struct project_insert_in){{2}, STR_NONE}), RC_BROKEN, E_BROKEN);
    GOOD(r, entry_insert(tx, &in, &row));
    REFUSED(r, project_remove(tx, &(struct project_remove_in){{1}}), RC_CONFLICT,
            E_STORE_REFERENCE);
    REFUSED(r, entry_rename(tx, &(struct entry_rename_in){STR("x"), {1}}, &rows, &n), RC_CONFLICT,
            E_STORE_IMMUTABLE);
    in.id.n = 2;
    in.project_id.n = 99;
    REFUSED(r, entry_insert(tx, &in, &row), RC_CONFLICT, E_STORE_REFERENCE);
    in.project_id.n = 1;
    in.minutes.n = -1;
    in.sequence = 2;
    REFUSED(r, entry_insert(tx, &in, &row), RC_BROKEN, E_BROKEN);
    bool found = true;
    struct entry_upsert_row up;
    in.minutes.n = 1;
    GOOD(r, entry_upsert(tx, &(struct entry_upsert_in){{3}, {1}, {5}, {1}, 7}, &up, &found));
    assert_true(found);
    GOOD(r, entry_upsert(tx, &(struct entry_upsert_in){{4}, {1}, {5}, {1}, 7}, &up, &found));
    assert_false(found);
    rig_commit(r); /* a refused statement does not end the transaction */
    assert_int_equal(rig_count(r), 1);
}

static void
test_stale_version(void **state)
{
    struct rig *r = *state;
    rig_project(r, 1, "a");
    GOOD(r, project_rename(rig_write(r), &(struct project_rename_in){STR("b"), {1}, 1}));
    rig_commit(r);
    REFUSED(r, project_rename(rig_write(r), &(struct project_rename_in){STR("c"), {1}, 1}),
            RC_CONFLICT, E_STALE);
    wtx_rollback(r->w);
    REFUSED(r, project_rename(rig_write(r), &(struct project_rename_in){STR("c"), {5}, 1}),
            RC_CONFLICT, E_STALE);
    wtx_rollback(r->w);
}

static void
test_reads_do_not_write(void **state)
{
    struct rig *r = *state;
    rig_project(r, 1, "a");
    struct rtx *tx = rig_read(r);
    struct entry_upsert_row row;
    bool found;
    REFUSED(r,
            sql_maybe(tx, &entry_upsert_stmt, &(struct entry_upsert_in){{3}, {1}, {5}, {1}, 7},
                      &row, &found),
            RC_BROKEN, E_BROKEN);
    /* The wall behind that wall: SQLite itself refuses. */
    r->s->phase = PHASE_MIGRATE;
    REFUSED(r, store_exec(r->s, &r->err, "DELETE FROM project"), RC_CONFLICT, E_STORE_READ_ONLY);
    r->s->phase = PHASE_SERVE;
    rtx_end(tx);
    assert_int_equal(rig_count(r), 1);
    rig_project(r, 2, "b");
}

/* Reading after writing, writing after reading and other values prepare nothing anew. */
static void
test_statements_stay_prepared(void **state)
{
    struct rig *r = *state;
    for (int i = 1; i <= 20; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "p%d", i);
        rig_project(r, i, name);
        assert_int_equal(rig_count(r), i);
        struct project_search_row *found;
        size_t n = 0;
        struct rtx *tx = rig_read(r);
        GOOD(r, project_search(tx, &(struct project_search_in){str_of(name)}, &found, &n));
        rtx_end(tx);
        assert_int_equal(n, 1);
    }
    int again = 0;
    for (size_t i = 0; i < STORE_STMT_SLOTS; i++) {
        if (r->s->cache[i].h != NULL) {
            again += sqlite3_stmt_status(r->s->cache[i].h, SQLITE_STMTSTATUS_REPREPARE, 0);
        }
    }
    assert_int_equal(again, 0);
}

/* --- two handles ----------------------------------------------------------------------------- */
static void
test_second_writer_is_told_to_wait(void **state)
{
    struct rig *r = *state;
    struct rig other = *r;
    struct wtx *tx;
    other.s = NULL;
    GOOD(&other, rig_open(&other, false, false));
    insert(r, rig_write(r), 1, "a");
    REFUSED(&other, wtx_begin(other.s, other.mem, rig_now, &rig_actor, &other.err, &tx), RC_BUSY,
            E_BUSY);
    assert_int_equal(rig_count(&other), 0); /* reading is not held up, and sees what is committed */
    rig_commit(r);
    assert_int_equal(rig_count(&other), 1);
    rig_project(&other, 2, "b");
    assert_int_equal(rig_count(r), 2);
    rig_close(&other);
    rig_project(r, 3, "c");
}

static void
test_a_read_sees_one_state(void **state)
{
    struct rig *r = *state;
    struct rig other = *r;
    other.s = NULL;
    GOOD(&other, rig_open(&other, false, true));
    rig_project(r, 1, "a");
    struct rtx *tx = rig_read(&other);
    struct project_any_row any;
    GOOD(&other, project_any(tx, &any));
    rig_project(r, 2, "b");
    GOOD(&other, project_any(tx, &any)); /* two rows would be RC_BROKEN */
    rtx_end(tx);
    assert_int_equal(rig_count(&other), 2);
    rig_close(&other);
}

static void
test_ids(void **state)
{
    struct rig *r = *state;
    int64_t id = 0;
    for (int64_t want = 1; want <= 3; want++) {
        GOOD(r, wtx_new_id(rig_write(r), "project", &id));
        assert_int_equal(id, want);
        insert(r, r->w, id, want == 1 ? "a" : want == 2 ? "b" : "c");
        rig_commit(r);
    }
    GOOD(r, project_remove(rig_write(r), &(struct project_remove_in){{3}}));
    rig_commit(r);
    GOOD(r, wtx_new_id(rig_write(r), "time_entry", &id));
    assert_int_equal(id, 1);
    GOOD(r, wtx_new_id(r->w, "project", &id));
    assert_int_equal(id, 4); /* not 3 again */
    id = 42;
    REFUSED(r, wtx_new_id(r->w, "nothing", &id), RC_BROKEN, E_BROKEN);
    assert_int_equal(id, 42);
    wtx_rollback(r->w);
    rig_close(r);
    GOOD(r, rig_open(r, false, false));
    GOOD(r, wtx_new_id(rig_write(r), "project", &id));
    assert_int_equal(id, 4);
    wtx_rollback(r->w);
}

/* Some 12 MiB in commits of 200 KiB leave a log of little more than 4 MiB. */
static void
test_log_stays_short(void **state)
{
    struct rig *r = *state;
    char name[128], wide[480];
    struct stat st;
    int64_t id = 0;
    memset(wide, 'x', sizeof(wide));
    rig_project(r, 1, "a");
    for (int i = 0; i < 60; i++) {
        rig_write(r);
        for (int k = 0; k < 400; k++) {
            struct entry_insert_row row;
            id++;
            const struct entry_insert_in in = {
                .id = {id  },
                .project_id = {1   },
                .minutes = {1   },
                .note = {wide, sizeof(wide)},
                .created_at = {1   },
                .sequence = NONE_I64
            };
            GOOD(r, entry_insert(r->w, &in, &row));
        }
        rig_commit(r);
        arena_reset(r->mem);
    }
    (void)snprintf(name, sizeof(name), "%s-wal", r->path);
    assert_int_equal(stat(name, &st), 0);
    assert_in_range(st.st_size, 1, 6 * 1024 * 1024);
    assert_int_equal(stat(r->path, &st), 0);
    assert_true(st.st_size > 10 * 1024 * 1024);
}

static void
test_poisoned(void **state)
{
    struct rig *r = *state;
    struct wtx *tx;
    struct rtx *rd;
    int64_t n;
    rig_project(r, 1, "a");
    insert(r, rig_write(r), 2, "b");
    r->s->state = STORE_POISONED;
    REFUSED(r, project_touch(r->w, &n), RC_IO, E_IO);
    wtx_touched(r->w);
    REFUSED(r, wtx_commit(r->w), RC_IO, E_IO);
    REFUSED(r, wtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &tx), RC_IO, E_IO);
    REFUSED(r, rtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &rd), RC_IO, E_IO);
    REFUSED(r, store_check(r->s, &r->err), RC_IO, E_IO);
    store_rest(r->s);
    rig_close(r);
    GOOD(r, rig_open(r, false, false)); /* what was acknowledged is there */
    assert_int_equal(rig_count(r), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_and_rollback, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_a_transaction_carries, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_change_without_touch, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_touch_without_change, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_try, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_constraints, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_stale_version, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_reads_do_not_write, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_statements_stay_prepared, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_second_writer_is_told_to_wait, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_read_sees_one_state, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_ids, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_log_stays_short, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_poisoned, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
