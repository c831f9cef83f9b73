/* stmt_test.c: what sqlgen wrote does what its kind says, values come back as they went in, and no
 * text gets further than the authorizer lets it. */
#include "store/rig.h"

static struct entry_insert_in
full_entry(void)
{
    return (struct entry_insert_in){
        .id = {1                          },
        .project_id = {1                          },
        .responsible_user_id = {7                          },
        .day = {20000                      },
        .from_clock = {1439                       },
        .minutes = {90                         },
        .rate = {-12345678901234            },
        .tax = {1900                       },
        .is_closed = true,
        .note = STR("Zeile\nÄ \xf0\x9f\x98\x80 'x' \"y\""),
        .mark = {(const uint8_t *)"\0\1\xff", 3},
        .created_at = {1795500000123456                          },
        .sequence = INT64_MAX,
    };
}

static void
add_entry(struct rig *r, const struct entry_insert_in *in)
{
    struct entry_insert_row row = {0};
    struct wtx *tx = rig_write(r);
    GOOD(r, entry_insert(tx, in, &row));
    assert_int_equal(row.id.n, in->id.n);
    assert_int_equal(row.created_at.us, in->created_at.us);
    rig_commit(r);
}

static void
test_values_come_back(void **state)
{
    struct rig *r = *state;
    struct entry_all_row *v;
    size_t n;
    rig_project(r, 1, "a");
    const struct entry_insert_in in = full_entry();
    add_entry(r, &in);
    struct rtx *tx = rig_read(r);
    GOOD(r, entry_all(tx, &v, &n));
    rtx_end(tx);
    assert_int_equal(n, 1);
    assert_int_equal(v->id.n, 1);
    assert_int_equal(v->project_id.n, 1);
    assert_int_equal(v->responsible_user_id.n, 7);
    assert_int_equal(v->day.n, 20000);
    assert_int_equal(v->from_clock.n, 1439);
    assert_int_equal(v->minutes.n, 90);
    assert_int_equal(v->rate.minor, -12345678901234);
    assert_int_equal(v->tax.n, 1900);
    assert_true(v->is_closed);
    assert_true(str_eq(v->note, in.note));
    assert_int_equal(v->mark.n, 3);
    assert_memory_equal(v->mark.p, in.mark.p, 3);
    assert_int_equal(v->created_at.us, 1795500000123456);
    assert_int_equal(v->sequence, INT64_MAX);
}

static void
test_none_is_null(void **state)
{
    struct rig *r = *state;
    struct entry_all_row *v;
    size_t n;
    rig_project(r, 1, "a");
    struct entry_insert_in in = full_entry();
    in.responsible_user_id.n = 0;
    in.from_clock = CLOCK_NONE;
    in.rate = MONEY_NONE;
    in.tax = PERCENT_NONE;
    in.is_closed = false;
    in.note = STR_NONE;
    in.mark = (struct bytes){NULL, 0};
    in.sequence = NONE_I64;
    add_entry(r, &in);
    in.id.n = 2; /* empty is not none; 0 is a number */
    in.note = STR("");
    in.mark = (struct bytes){(const uint8_t *)"", 0};
    in.sequence = 0;
    in.day.n = 0;
    add_entry(r, &in);
    struct rtx *tx = rig_read(r);
    GOOD(r, entry_all(tx, &v, &n));
    rtx_end(tx);
    assert_int_equal(n, 2);
    assert_int_equal(v[0].responsible_user_id.n, 0);
    assert_int_equal(v[0].from_clock.n, NONE_I32);
    assert_true(v[0].rate.minor == NONE_I64);
    assert_int_equal(v[0].tax.n, NONE_I32);
    assert_false(v[0].is_closed);
    assert_null(v[0].note.p);
    assert_null(v[0].mark.p);
    assert_true(v[0].sequence == NONE_I64);
    assert_non_null(v[1].note.p);
    assert_int_equal(v[1].note.n, 0);
    assert_non_null(v[1].mark.p);
    assert_int_equal(v[1].sequence, 0);
    assert_int_equal(v[1].day.n, 0);
    int64_t nulls = 0;
    GOOD(r, store_number(r->s, &r->err,
                         "SELECT count(*) FROM time_entry WHERE responsible_user_id IS NULL AND "
                         "from_clock IS NULL AND rate IS NULL AND tax IS NULL AND note IS NULL AND "
                         "mark IS NULL AND sequence IS NULL",
                         &nulls));
    assert_int_equal(nulls, 1);
}

static void
test_one_and_maybe(void **state)
{
    struct rig *r = *state;
    rig_project(r, 1, "eins");
    rig_project(r, 2, "zwei");
    struct rtx *tx = rig_read(r);
    struct project_find_row one = {.name = STR("before")};
    REFUSED(r, project_find(tx, &(struct project_find_in){{3}}, &one), RC_MISSING, E_MISSING);
    assert_true(str_eq(one.name, STR("before"))); /* untouched on failure */
    GOOD(r, project_find(tx, &(struct project_find_in){{2}}, &one));
    assert_true(str_eq(one.name, STR("zwei")));
    assert_true(str_eq(one.sample_text, STR("it's; \\ \"so\"")));
    struct project_any_row any = {.id = {42}};
    REFUSED(r, project_any(tx, &any), RC_BROKEN, E_BROKEN); /* two rows */
    assert_int_equal(any.id.n, 42);
    struct project_by_name_row by = {.version = 42};
    bool found = true;
    GOOD(r, project_by_name(tx, &(struct project_by_name_in){STR("drei")}, &by, &found));
    assert_false(found);
    assert_int_equal(by.version, 42);
    GOOD(r, project_by_name(tx, &(struct project_by_name_in){STR("eins")}, &by, &found));
    assert_true(found);
    assert_int_equal(by.version, 1);
    struct entry_sum_row sum = {0};
    GOOD(r, entry_sum(tx, &(struct entry_sum_in){{7}}, &sum));
    assert_int_equal(sum.total_minutes.n, 0);
    assert_int_equal(sum.row_count, 0);
    assert_int_equal(sum.last_day.n, NONE_I32);
    rtx_end(tx);
}

static void
test_list(void **state)
{
    struct rig *r = *state;
    struct project_search_row *v = NULL;
    size_t n = 42;
    struct wtx *w = rig_write(r);
    for (int i = 1; i <= 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "p%c%02d", i <= 3 ? 'a' : 'b', i % 100);
        GOOD(r, project_insert(w, &(struct project_insert_in){{i}, str_of(name)}));
    }
    rig_commit(r);
    struct rtx *tx = rig_read(r);
    GOOD(r, project_search(tx, &(struct project_search_in){STR("x%")}, &v, &n));
    assert_int_equal(n, 0);
    assert_non_null(v);
    GOOD(r, project_search(tx, &(struct project_search_in){STR("pa%")}, &v, &n)); /* the bound */
    assert_int_equal(n, 3);
    assert_true(str_eq(v[2].project_name, STR("pa03")));
    n = 42;
    REFUSED(r, project_search(tx, &(struct project_search_in){STR("p%")}, &v, &n), RC_LIMIT,
            E_LIMIT); /* and above it */
    assert_int_equal(n, 42);
    GOOD(r, project_search(tx, &(struct project_search_in){STR("p\\%%")}, &v, &n)); /* escaped */
    assert_int_equal(n, 0);
    rtx_end(tx);
}

/* More rows than the first piece of memory holds, and a row that is not what the slot says. */
static void
test_long_list(void **state)
{
    struct rig *r = *state;
    struct entry_all_row *v;
    size_t n;
    struct entry_insert_row row;
    rig_project(r, 1, "a");
    struct entry_insert_in in = full_entry();
    rig_write(r);
    for (int i = 1; i <= 700; i++) {
        in.id.n = i;
        in.sequence = i;
        GOOD(r, entry_insert(r->w, &in, &row));
    }
    rig_commit(r);
    struct rtx *tx = rig_read(r);
    GOOD(r, entry_all(tx, &v, &n));
    assert_int_equal(n, 700);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(v[i].id.n, i + 1);
        assert_true(str_eq(v[i].note, in.note));
    }
    static const struct sql_slot number[] = {
        {"n_count", SQL_I64, false, 0}
    };
    static const struct sql_stmt odd = {.name = "odd",
                                        .owner = "thing",
                                        .sqlite = "SELECT 1 UNION ALL SELECT 'x'",
                                        .row = number,
                                        .n_row = 1,
                                        .row_size = 8,
                                        .max_rows = 10};
    void *rows = NULL;
    REFUSED(r, sql_list(tx, &odd, NULL, &rows, &n), RC_BROKEN, E_BROKEN);
    assert_null(rows);
    rtx_end(tx);
}

struct seen {
    struct rtx *tx;
    int n, stop_at;
    struct str last;
    enum rc inner;
};

static enum rc
on_entry(void *arg, const struct entry_each_row *row)
{
    struct seen *s = arg;
    s->n++;
    s->last = row->note;
    return s->n == s->stop_at ? RC_CONFLICT : OK;
}

static enum rc
on_nested(void *arg, const struct entry_each_row *row)
{
    struct seen *s = arg, in = {.tx = s->tx};
    (void)row;
    s->inner = entry_each(s->tx, &(struct entry_each_in){{10}}, on_entry, &in);
    s->n += in.n;
    return s->inner;
}

static void
test_each(void **state)
{
    struct rig *r = *state;
    rig_project(r, 1, "a");
    for (int i = 1; i <= 20; i++) {
        struct entry_insert_in in = full_entry();
        in.id.n = i;
        in.day.n = i;
        in.note = i == 20 ? STR("letzte") : STR("x");
        add_entry(r, &in);
    }
    struct rtx *tx = rig_read(r);
    struct seen s = {.tx = tx};
    GOOD(r, entry_each(tx, &(struct entry_each_in){DAY_NONE}, on_entry, &s));
    assert_int_equal(s.n, 20);
    s = (struct seen){.tx = tx, .stop_at = 4};
    assert_int_equal(entry_each(tx, &(struct entry_each_in){{10}}, on_entry, &s), RC_CONFLICT);
    assert_int_equal(s.n, 4);
    s = (struct seen){.tx = tx}; /* the same statement inside itself: 11 times 11 rows */
    GOOD(r, entry_each(tx, &(struct entry_each_in){{10}}, on_nested, &s));
    assert_int_equal(s.n, 121);
    rtx_end(tx);
}

static void
test_wrong_types_are_bugs(void **state)
{
    struct rig *r = *state;
    struct rtx *tx = rig_read(r);
    struct entry_half_row half;
    struct entry_big_row big;
    struct entry_odd_text_row odd;
    REFUSED(r, entry_half(tx, &half), RC_BROKEN, E_BROKEN);
    REFUSED(r, entry_big(tx, &big), RC_BROKEN, E_BROKEN);
    REFUSED(r, entry_odd_text(tx, &odd), RC_BROKEN, E_BROKEN);
    rtx_end(tx);
}

static void
test_slow_reads_end(void **state)
{
    struct rig *r = *state;
    struct entry_slow_row row;
    r->s->read_limit_us = 3000;
    struct rtx *tx = rig_read(r);
    REFUSED(r, entry_slow(tx, &row), RC_LIMIT, E_STORE_SLOW);
    rtx_end(tx);
    assert_int_equal(rig_count(r), 0);
    assert_int_equal(store_state(r->s), STORE_READY);
}

/* Texts that sqlgen would never write, under the name of an owner. */
static void
test_authorizer(void **state)
{
    struct rig *r = *state;
    static const struct sql_slot number[] = {
        {"n_count", SQL_I64, false, 0}
    };
#define STMT(who, text, w)                                                                         \
    {                                                                                              \
        .name = "odd", .owner = who, .sqlite = text, .writes = w                                   \
    }
#define ROWS(who, text)                                                                            \
    {                                                                                              \
        .name = "odd", .owner = who, .sqlite = text, .row = number, .n_row = 1, .row_size = 8      \
    }
    static const struct sql_stmt refused[] = {
        STMT("thing", "ATTACH ':memory:' AS x", true),
        STMT("thing", "DETACH main", true),
        STMT("thing", "CREATE TABLE x (a)", true),
        STMT("thing", "CREATE TEMP TABLE x (a)", true),
        STMT("thing", "CREATE VIEW x AS SELECT 1", true),
        STMT("thing", "DROP TABLE project", true),
        STMT("thing", "DROP TRIGGER time_entry_immutable_1_update", true),
        STMT("thing", "ALTER TABLE project ADD COLUMN x", true),
        STMT("thing", "ALTER TABLE project RENAME TO x", true),
        STMT("thing", "REINDEX", true),
        STMT("thing", "ANALYZE", true),
        STMT("thing", "BEGIN", true),
        STMT("thing", "COMMIT", true),
        STMT("thing", "ROLLBACK", true),
        STMT("thing", "SAVEPOINT x", true),
        STMT("thing", "DELETE FROM audit", true),
        STMT("thing", "INSERT INTO audit (id, event_text) VALUES (1, 'x')", true),
        STMT("thing", "UPDATE id_counter SET last_number = 0", true),
        STMT("thing", "DELETE FROM schema_migration", true),
        STMT("guard", "DELETE FROM project", true),
        STMT("", "DELETE FROM project", true),
        ROWS("thing", "SELECT length(salt) AS n_count FROM credential"),
        ROWS("thing", "SELECT count(*) AS n_count FROM project WHERE id IN (SELECT user_id FROM "
                      "credential)"),
        ROWS("thing", "PRAGMA user_version"),
        ROWS("thing", "PRAGMA query_only"),
        ROWS("thing", "PRAGMA cipher"),
        ROWS("thing", "PRAGMA integrity_check"),
    };
    static const struct sql_stmt allowed[] = {
        STMT("guard", "INSERT INTO audit (id, event_text) VALUES (1, 'x')", true),
        ROWS("guard", "SELECT count(salt) AS n_count FROM credential"),
        ROWS("thing", "SELECT count(id) AS n_count FROM audit"),
        STMT("thing", "DELETE FROM project", true),
    };
    struct wtx *tx = rig_write(r);
    int64_t n = 0;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        enum rc rc = refused[i].n_row > 0 ? sql_one(wtx_read(tx), &refused[i], NULL, &n)
                                          : sql_run(tx, &refused[i], NULL, &n);
        if (rc != RC_BROKEN || strcmp(r->err.detail, "odd: refused by the authorizer") != 0) {
            FAIL_TEST("%s: rc %d, %s", refused[i].sqlite, rc, r->err.detail);
        }
        (void)rig_err(r);
    }
    /* What SQLite refuses by itself here. */
    static const struct sql_stmt own[] = {STMT("thing", "VACUUM", true),
                                          STMT("thing", "DELETE FROM sqlite_schema", true)};
    REFUSED(r, sql_run(tx, &own[0], NULL, &n), RC_BROKEN, E_BROKEN);
    REFUSED(r, sql_run(tx, &own[1], NULL, &n), RC_BROKEN, E_BROKEN);
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        GOOD(r, allowed[i].n_row > 0 ? sql_one(wtx_read(tx), &allowed[i], NULL, &n)
                                     : sql_run(tx, &allowed[i], NULL, &n));
    }
    wtx_rollback(tx);
}

/* A descriptor that says something else than SQLite. */
static void
test_descriptor_must_fit(void **state)
{
    struct rig *r = *state;
    static const struct sql_slot slots[] = {
        {"n_count", SQL_I64, false, 0},
        {"m_count", SQL_I64, false, 8}
    };
    static const struct sql_slot strange[] = {
        {"n_count", (enum sql_type)99, false, 0}
    };
    static const struct sql_stmt odd[] = {
        STMT("thing", "SELECT 1", false),
        STMT("thing", "DELETE FROM project; DELETE FROM project", true),
        STMT("thing", "", false),
        STMT("thing", "SELEKT 1", false),
        {.name = "x",
                                      .owner = "thing",
                                      .sqlite = "SELECT ?1, ?2",
                                      .in = slots,
                                      .n_in = 1,
                                      .row = slots,
                                      .n_row = 2,
                                      .row_size = 16},
        {.name = "x",
                                      .owner = "thing",
                                      .sqlite = "SELECT ?1",
                                      .in = strange,
                                      .n_in = 1,
                                      .row = slots,
                                      .n_row = 1,
                                      .row_size = 16},
        {.name = "x",
                                      .owner = "thing",
                                      .sqlite = "DELETE FROM project RETURNING id",
                                      .row = slots,
                                      .n_row = 1,
                                      .row_size = 16},
        {.name = "x",
                                      .owner = "thing",
                                      .sqlite = "SELECT 1",
                                      .row = slots,
                                      .n_row = 1,
                                      .row_size = 16,
                                      .writes = true  },
    };
    struct wtx *tx = rig_write(r);
    int64_t row[2] = {0};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        REFUSED(r, sql_one(wtx_read(tx), &odd[i], row, row), RC_BROKEN, E_BROKEN);
    }
    wtx_rollback(tx);
}

enum { MANY = 600 };

/* More statements than are kept: all work, also while one is running, and the number stays bounded.
 */
static struct sql_stmt many[MANY];

static enum rc
on_many(void *arg, const void *row)
{
    struct rig *r = arg;
    (void)row;
    for (size_t i = 0; i < MANY; i++) {
        int64_t n = 0;
        enum rc rc = sql_one(&r->s->tx.r, &many[i], NULL, &n);
        if (rc != OK || n != 5 || r->s->n_cached > STORE_STMT_MAX) {
            FAIL_TEST("statement %zu: rc %d, %zu kept", i, rc, r->s->n_cached);
        }
    }
    return OK;
}

static void
test_cache_is_bounded(void **state)
{
    struct rig *r = *state;
    static const struct sql_slot number[] = {
        {"n_count", SQL_I64, false, 0}
    };
    for (size_t i = 0; i < MANY; i++) {
        many[i] = (struct sql_stmt)ROWS("thing", "SELECT 5 AS n_count");
    }
    struct rtx *tx = rig_read(r);
    assert_int_equal(on_many(r, NULL), OK);
    assert_int_equal(on_many(r, NULL), OK);
    static const struct sql_stmt outer = ROWS("thing", "SELECT 1 AS n_count");
    GOOD(r, sql_each(tx, &outer, NULL, on_many, r));
    rtx_end(tx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_come_back, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_none_is_null, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_one_and_maybe, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_list, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_long_list, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_each, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_types_are_bugs, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_slow_reads_end, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_authorizer, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_descriptor_must_fit, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_cache_is_bounded, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
