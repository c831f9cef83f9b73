/* take_test.c: single records come back out of a state, tried on every table of content of the real
 * schema with rows made for it: with what belongs to them, never over what is there, and undone as
 * long as nobody has changed them; a disk that is full or bad at any call changes nothing. */
#include "app/restore/take.h"

#include <jansson.h>
#include <stdlib.h>

#include "../store/fault_vfs.h"
#include "app/restore/pick.h"
#include "app/restore/restore.h"
#include "guard/audit.h"
#include "guard/call.h"
#include "rig.h"
#include "store/sqlite.h"

static struct rig *rig;
static const struct domain *const domains[] = {&restore_domain};
static const uint8_t state_key[32] = {4};
static const struct actor nobody = {.reason = "test"};
static struct store *state;
static char state_path[96];

/* --- a state with a row of each table, all of id 1 ----------------------------------------------
 */

static void
run(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        FAIL_TEST("%s: %s", text, sqlite3_errmsg(db));
    }
}

static void
put(sqlite3 *db, const char *table)
{
    char text[6000];
    sqlite3_stmt *h = NULL;
    (void)snprintf(text, sizeof(text), "SELECT * FROM \"%s\"", table);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &h, NULL), SQLITE_OK);
    int n = snprintf(text, sizeof(text), "INSERT INTO \"%s\" VALUES", table);
    for (int i = 0; i < sqlite3_column_count(h); i++) {
        const char *type = sqlite3_column_decltype(h, i);
        const char *name = sqlite3_column_name(h, i);
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", i == 0 ? " (" : ", ",
                      strcmp(type, "TEXT") == 0          ? "'w'"
                      : strcmp(name, "budget_warn") == 0 ? "100"
                      : strcmp(name, "idle_limit") == 0  ? "5"
                                                         : "1");
    }
    (void)sqlite3_finalize(h);
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ")");
    run(db, text);
}

static bool
is_content(const struct schema_table *t)
{
    return restore_travels(t);
}

static struct store *
open_state(void)
{
    struct store *s = NULL;
    const struct store_options opt = {
        .path = state_path, .schema = SCHEMA_WORKSPACE, .key = state_key, .create = true};
    assert_ok(store_open(&opt, &rig->err, &s));
    return s;
}

static void
fill(void)
{
    sqlite3 *db = NULL;
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    assert_ok(store_raw_open(state_path, state_key, &rig->err, &db));
    run(db, "PRAGMA foreign_keys = OFF");
    put(db, "user");
    for (size_t i = 0; i < def->n_tables; i++) {
        if (is_content(&def->tables[i])) {
            put(db, def->tables[i].name);
        }
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int
setup(void **s)
{
    const int rc = rig_setup(s);
    rig = *s;
    (void)snprintf(state_path, sizeof(state_path), "%s/state.db", rig->dir);
    store_close(open_state());
    fill();
    state = open_state();
    return rc;
}

static int
teardown(void **s)
{
    store_close(state);
    store_drop_file(state_path);
    return rig_teardown(s);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static json_t *
ask(const char *name, json_t *in)
{
    const struct gate g = {.store = rig->store, .domains = domains, .n_domains = 1};
    json_t *out = json_object();
    rig->err = (struct err){0};
    const enum rc rc = dispatch_command(&g, rig->mem, rig->now, str_of(name), in, out, &rig->err);
    if (rc != OK) {
        FAIL_TEST("%s: %d %s %s", name, rc, code_name(rig->err.code), rig->err.detail);
    }
    json_decref(in);
    arena_reset(rig->mem);
    return out;
}

/* What role restore sends for this order. */
static enum rc
pick(const char *order, json_t **ret_json)
{
    struct rtx *tx;
    struct pick_order o;
    AUTO_ARENA struct arena *mem = arena_new(16 << 20);
    rig->err = (struct err){0};
    TRY(pick_parse(str_of(order), &rig->err, &o));
    TRY(rtx_begin(state, mem, rig->now, &nobody, &rig->err, &tx));
    const enum rc rc = pick_records(tx, STR("20261101T030000Z"), &o, ret_json);
    rtx_end(tx);
    return rc;
}

static json_t *
take(const char *order)
{
    json_t *in = NULL;
    assert_ok(pick(order, &in));
    return ask("restore.take_rows", in);
}

static void
takes(const char *order, int came, int changed)
{
    json_t *out = take(order);
    if (json_integer_value(json_object_get(out, "came")) != came ||
        json_integer_value(json_object_get(out, "changed")) != changed) {
        FAIL_TEST("%s: %s", order, json_dumps(out, 0));
    }
    json_decref(out);
}

static void
refuses(const char *order, const char *code, const char *subject)
{
    json_t *out = order != NULL ? take(order) : ask("restore.take_undo", json_object());
    const char *got = json_string_value(json_object_get(out, "refused"));
    if (got == NULL || strcmp(got, code) != 0 ||
        strcmp(json_string_value(json_object_get(out, "subject")), subject) != 0) {
        FAIL_TEST("%s: %s", order != NULL ? order : "undo", json_dumps(out, 0));
    }
    json_decref(out);
}

static void
undoes(int went, int changed)
{
    json_t *out = ask("restore.take_undo", json_object());
    if (json_integer_value(json_object_get(out, "went")) != went ||
        json_integer_value(json_object_get(out, "changed")) != changed) {
        FAIL_TEST("undo: %s", json_dumps(out, 0));
    }
    json_decref(out);
}

/* Someone else's change today. */
static void
today(const char *text)
{
    struct err *err = &rig->err;
    char path[96];
    (void)path;
    struct wtx *tx = rig_begin(rig);
    struct store *s = rig->store;
    wtx_allow_untouched(tx, "test");
    s->phase = PHASE_MIGRATE;
    assert_ok(store_exec(s, err, text));
    s->phase = PHASE_SERVE;
    assert_ok(rig_commit(rig));
}

static int64_t
number(const char *text)
{
    int64_t n = 0;
    assert_ok(store_number(rig->store, &rig->err, text, &n));
    return n;
}

static void
add_user(void)
{
    sqlite3_stmt *h = NULL;
    char text[2000];
    assert_int_equal(sqlite3_prepare_v2(rig->store->db, "SELECT * FROM \"user\"", -1, &h, NULL), 0);
    int n = snprintf(text, sizeof(text), "INSERT INTO \"user\" VALUES");
    for (int i = 0; i < sqlite3_column_count(h); i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", i == 0 ? " (" : ", ",
                      strcmp(sqlite3_column_decltype(h, i), "TEXT") == 0 ? "'w'" : "1");
    }
    (void)sqlite3_finalize(h);
    (void)snprintf(text + n, sizeof(text) - (size_t)n, ")");
    today(text);
}

/* --- the tests ---------------------------------------------------------------------------------
 */

static void
every_table_of_content_has_a_kind(void **s)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    struct rtx *tx = rig_look(rig);
    (void)s;
    for (size_t i = 0; i < def->n_tables; i++) {
        const struct schema_table *t = &def->tables[i];
        const struct record_kind *k = record_kind_of(str_of(t->name));
        if ((k != NULL) != is_content(t)) {
            FAIL_TEST("%s: content or not", t->name);
        }
        const struct record_shape *sh = NULL;
        if (k == NULL) {
            assert_int_equal(record_shape(tx, str_of(t->name), &sh), RC_MISSING);
            continue;
        }
        assert_ok(record_shape(tx, str_of(t->name), &sh));
        bool refers = k->of == NULL;
        for (int r = 0; r < sh->n_refs; r++) {
            refers = refers || strcmp(sh->names[sh->refs[r].column], k->of) == 0;
        }
        assert_true(refers && (k->of != NULL || sh->n_key == 1));
    }
    rig_end(rig);
}

/* What a preview shows of a row has a name, and no name is left of a column that it does not. */
static void
every_shown_column_has_a_text(void **s)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    struct rtx *tx = rig_look(rig);
    bool used[T_COUNT] = {false};
    int shown = 0;
    (void)s;
    for (size_t i = 0; i < def->n_tables; i++) {
        const struct record_kind *k = record_kind_of(str_of(def->tables[i].name));
        const struct record_shape *sh = NULL;
        if (k == NULL) {
            continue;
        }
        assert_ok(record_shape(tx, str_of(k->table), &sh));
        for (int c = 0; c < sh->n; c++) {
            if (!record_kind_shows(k, sh->names[c]) || record_kind_keeps(sh->names[c])) {
                continue;
            }
            const enum text t = text_find(arena_fmt(rig->mem, "column.%s", sh->names[c]));
            if (t == T_NONE) {
                FAIL_TEST("%s.%s has no name", k->table, sh->names[c]);
            }
            used[t] = true;
            shown++;
        }
    }
    rig_end(rig);
    for (int t = T_NONE + 1; t < T_COUNT; t++) {
        if (str_starts(text_key((enum text)t), STR("column.")) && !used[t]) {
            FAIL_TEST("%s is shown nowhere", text_key((enum text)t).p);
        }
    }
    print_message("# %d columns\n", shown);
    assert_true(shown > 60);
}

/* Each by itself into an empty workspace, and away again. */
static void
every_table_comes_back_and_goes(void **s)
{
    const struct schema_def *def = schema_of(SCHEMA_WORKSPACE);
    int tried = 0;
    (void)s;
    add_user();
    for (size_t i = 0; i < def->n_tables; i++) {
        char text[200];
        struct record_kind const *k = record_kind_of(str_of(def->tables[i].name));
        if (k == NULL || (k->of != NULL && strncmp(k->table, "project_", 8) == 0) ||
            strcmp(k->table, "company_tag") == 0) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "+parents %s:1", k->table);
        json_t *out = take(text);
        if (json_object_get(out, "refused") != NULL) {
            FAIL_TEST("%s: %s", text, json_dumps(out, 0));
        }
        const int came = (int)json_integer_value(json_object_get(out, "came"));
        json_decref(out);
        (void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%s\"", k->table);
        assert_true(came > 0 && number(text) == 1);
        undoes(came, 0);
        assert_int_equal(number(text), 0);
        tried++;
    }
    print_message("# %d tables\n", tried);
    assert_true(tried >= 9);
}

static void
what_belongs_to_it_comes_along(void **s)
{
    (void)s;
    refuses("project:1", "restore.parent", "person:1");
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = 'restore.take_refused'"),
                     1);
    /* company, tag, address, person */
    takes("company:1", 4, 0);
    /* its category is missing, and may come along; nobody is there who worked on it */
    takes("+parents project:1", 6, 0);
    assert_int_equal(
        number("SELECT count(*) FROM project_user") + number("SELECT count(*) FROM time_entry"), 0);
    undoes(6, 0);
    undoes(4, 0);
    assert_int_equal(number("SELECT count(*) FROM company"), 0);
    refuses(NULL, "restore.undo", "no take in seven days");
    add_user();
    takes("+parents project:1", 11, 0);
    assert_int_equal(
        number("SELECT count(*) FROM project_user") + number("SELECT count(*) FROM time_entry"), 2);
    assert_int_equal(number("SELECT needed_minutes FROM project"), 1);
    assert_int_equal(number("SELECT count(*) FROM project p JOIN project_number n "
                            "ON n.project_no = p.project_no"),
                     1);
}

/* Project 1 is there today without its member of then, and led by nobody: a record that is set back
 * gives neither back. Behind a delete, it comes with both. */
static void
a_pair_comes_with_its_project(void **s)
{
    static const char pairs[] = "SELECT count(*) FROM project_user";
    static const char led[] = "SELECT count(*) FROM project WHERE responsible_user_id = 1";
    (void)s;
    add_user();
    takes("+parents project:1 company:1", 12, 0);
    assert_int_equal(number(pairs) + number(led), 2);
    today(
        "DELETE FROM project_user; UPDATE project SET responsible_user_id = NULL, name = 'anders'");
    takes("+overwrite project:1", 0, 1);
    assert_int_equal(number("SELECT count(*) FROM project WHERE name = 'w'"), 1);
    assert_int_equal(number(pairs) + number(led), 0);
    json_t *out = take("time_entry:1");
    json_decref(out);
    assert_int_equal(number(pairs) + number(led), 0);
    today("DELETE FROM time_entry; DELETE FROM project_link; DELETE FROM project_tag;"
          "DELETE FROM project");
    json_decref(take("+parents project:1"));
    assert_int_equal(number(pairs) + number(led), 2);
}

static void
what_is_there_stays(void **s)
{
    (void)s;
    add_user();
    takes("+parents project:1 company:1", 12, 0);
    today("UPDATE company SET name = 'anders', version = 7");
    refuses("company:1", "restore.there", "company:1");
    takes("+overwrite company:1", 0, 1);
    assert_int_equal(number("SELECT count(*) FROM company WHERE name = 'w' AND version = 8"), 1);
    undoes(0, 1);
    assert_int_equal(number("SELECT count(*) FROM company WHERE name = 'anders' AND version = 9"),
                     1);
    takes("+overwrite company:1", 0, 1);
    today("UPDATE company SET name = 'wieder anders'");
    refuses(NULL, "restore.changed", "company:1");
    /* a sum is of today */
    today("DELETE FROM time_entry; UPDATE project SET needed_minutes = 0");
    takes("time_entry:1", 1, 0);
    assert_int_equal(number("SELECT needed_minutes FROM project"), 1);
    undoes(1, 0);
    assert_int_equal(number("SELECT needed_minutes FROM project"), 0);
    /* its number is another's today */
    today("DELETE FROM time_entry; DELETE FROM project_user; DELETE FROM project_tag;"
          "DELETE FROM project_link; UPDATE project SET id = 9");
    refuses("project:1", "restore.taken", "project:1");
}

/* What an order did not change, by it or by hand meanwhile, nobody owes. */
static void
an_order_that_changes_nothing_has_failed(void **s)
{
    (void)s;
    add_user();
    takes("company:1", 4, 0);
    today("UPDATE company SET changed_at = 99, version = 7"); /* there and back, by hand */
    today("INSERT INTO restore_order (id, order_kind, order_state, state_name, user_id, ordered_at,"
          " reason_text, order_key, total, is_settled, run_number, code_text, saved_name,"
          " outcome_text, is_records, what_text) VALUES (5, 2, 2, '20261101T030000Z', 1, 1, 'w',"
          " 'a-key-of-twenty-chars', 3570, 0, 0, '', '', '', 1, '+overwrite company:1')");
    json_t *out = take("+order:5 +overwrite company:1");
    assert_string_equal(json_string_value(json_object_get(out, "refused")), "restore.same");
    json_decref(out);
    /* failed (4): its price is waived; nothing stands there to be undone but the first take */
    assert_int_equal(number("SELECT count(*) FROM restore_order WHERE id = 5 AND order_state = 4"
                            " AND code_text = 'restore.same' AND is_settled = 0"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM restore_take"), 1);
    /* one record of two is something */
    today("UPDATE restore_order SET order_state = 2; UPDATE company SET name = 'anders'");
    takes("+order:5 +overwrite company:1 person:1", 0, 1);
    assert_int_equal(number("SELECT order_state FROM restore_order"), 3);
    /* the operator owes nothing, and is told how many were the same */
    takes("company:1", 0, 0);
}

static void
what_is_no_record_is_refused(void **s)
{
    json_t *in = NULL;
    static const char *const bad[] = {"user:1",    "policy:1", "company", "company:0",
                                      "company:x", "",         ":",       "x:1"};
    (void)s;
    for (size_t i = 0; i < CASES(bad); i++) {
        assert_int_equal(pick(bad[i], &in), RC_INVALID);
        assert_int_equal(rig->err.code, E_RESTORE_RECORD);
    }
    assert_int_equal(pick("company:2", &in), RC_MISSING);
    assert_int_equal(pick("company_tag:1", &in), RC_MISSING);
    char many[4000] = "";
    for (int i = 0; i < 101; i++) {
        (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "%scompany:1",
                       i > 0 ? " " : "");
    }
    assert_int_equal(pick(many, &in), RC_LIMIT);
}

/* What an order says beside its records: anything that is not exactly that is a record's name, and
 * none. */
static void
whose_order_it_is_stands_before_the_records(void **s)
{
    struct pick_order o;
    static const char *const bad[] = {"+order:",   "+order:0",  "+order:-3",    "+order:x",
                                      "+order",    "+order:3x", "+order:3:4",   "order:3",
                                      "+orders:3", "+Parents",  "+overwrite:1", "+"};
    (void)s;
    assert_ok(pick_parse(STR("+order:3570 +parents company:5 project:12"), &rig->err, &o));
    assert_true(o.order == 3570 && o.parents && !o.overwrite && o.n == 2);
    assert_true(str_eq(o.names[1].table, STR("project")) && o.names[1].id == 12);
    assert_ok(pick_parse(STR("company:5 +overwrite"), &rig->err, &o));
    assert_true(o.order == 0 && !o.parents && o.overwrite && o.n == 1);
    assert_int_equal(pick_parse(STR("+order:7"), &rig->err, &o), RC_INVALID); /* of nothing */
    for (size_t i = 0; i < CASES(bad); i++) {
        char text[60];
        (void)snprintf(text, sizeof(text), "%s company:5", bad[i]);
        rig->err = (struct err){0};
        if (pick_parse(str_of(text), &rig->err, &o) != RC_INVALID ||
            rig->err.code != E_RESTORE_RECORD) {
            FAIL_TEST("%s is read", text);
        }
    }
}

/* A company of the state with so many tags more. */
static void
tag(int from, int to)
{
    sqlite3 *db = NULL;
    char text[200];
    store_close(state);
    assert_ok(store_raw_open(state_path, state_key, &rig->err, &db));
    run(db, "BEGIN");
    for (int i = from; i < to; i++) {
        (void)snprintf(text, sizeof(text), "INSERT INTO company_tag VALUES (1, 't%d', 't%d')", i,
                       i);
        run(db, text);
    }
    run(db, "COMMIT");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    state = open_state();
}

/* The company, its tag, address and person, and 496 more are 500. */
static void
five_hundred_rows_come_and_no_more(void **s)
{
    json_t *in = NULL;
    (void)s;
    tag(0, 496);
    takes("company:1", 500, 0);
    assert_int_equal(number("SELECT count(*) FROM company_tag"), 497);
    undoes(500, 0);
    tag(496, 497);
    assert_int_equal(pick("company:1", &in), RC_LIMIT);
    assert_int_equal(rig->err.code, E_RESTORE_MANY);
    tag(497, 500); /* more of one table than are read */
    assert_int_equal(pick("company:1", &in), RC_LIMIT);
    assert_int_equal(rig->err.code, E_RESTORE_MANY);
}

/* What is nothing without a person who is gone is left, and told by name; so is what is loosened.
 */
static void
what_is_left_is_told(void **s)
{
    size_t i;
    json_t *row;
    int told = 0;
    (void)s;
    json_t *out = take("+parents project:1");
    assert_int_equal(json_integer_value(json_object_get(out, "left")), 2);
    assert_true(json_integer_value(json_object_get(out, "loosened")) > 0);
    json_array_foreach(json_object_get(out, "rows"), i, row)
    {
        const char *what = json_string_value(json_object_get(row, "what"));
        const char *record = json_string_value(json_object_get(row, "record"));
        told += strcmp(what, "left") == 0 &&
                (strcmp(record, "time_entry:1") == 0 || strcmp(record, "project_user:1 1") == 0);
    }
    assert_int_equal(told, 2);
    json_decref(out);
}

static void
a_look_of_the_operator_is_in_the_audit(void **s)
{
    (void)s;
    json_decref(ask("restore.looked", json_object()));
    assert_int_equal(number("SELECT count(*) FROM audit WHERE event_text = "
                            "'restore.operator_looked' AND actor_user_id IS NULL"),
                     1);
}

/* --- the disk ----------------------------------------------------------------------------------
 */

static void
open_again(void)
{
    static const uint8_t key[32] = {1, 2, 3}; /* the rig's */
    char path[96];
    (void)snprintf(path, sizeof(path), "%s/data.db", rig->dir);
    const struct store_options opt = {.path = path, .schema = SCHEMA_WORKSPACE, .key = key};
    store_close(rig->store);
    rig->err = (struct err){0};
    assert_ok(store_open(&opt, &rig->err, &rig->store));
    assert_ok(store_check(rig->store, &rig->err));
}

/* A command whose disk is full, or fails, from the n-th call on. False: it never came to that. */
static bool
fails_at(int64_t n, const char *name, json_t *in)
{
    const struct gate g = {.store = rig->store, .domains = domains, .n_domains = 1};
    json_t *out = json_object();
    rig->err = (struct err){0};
    fault_arm(n % 2 == 0 ? FAULT_FULL : FAULT_IO, n / 2, true);
    const enum rc rc = dispatch_command(&g, rig->mem, rig->now, str_of(name), in, out, &rig->err);
    const bool came = fault_disarm();
    json_decref(out);
    arena_reset(rig->mem);
    return came || rc != OK;
}

/* The records are there wholly or not at all, and a take that was refused can be done again. */
static void
until_it_is_done(const char *name, const char *order, int64_t old, int64_t new, int *failures)
{
    json_t *in = NULL;
    for (int64_t n = 2;; n++) {
        assert_ok(order != NULL ? pick(order, &in) : OK);
        in = order != NULL ? in : json_object();
        const bool failed = fails_at(n, name, in);
        json_decref(in);
        in = NULL;
        open_again();
        const int64_t is =
            number("SELECT (SELECT count(*) FROM company) + (SELECT count(*) FROM company_tag) + "
                   "(SELECT count(*) FROM address) + (SELECT count(*) FROM person) + "
                   "(SELECT count(*) FROM restore_take WHERE undone_at IS NULL)");
        assert_true(is == old || is == new);
        if (!failed || is == new) { /* what failed behind the commit changes nothing of it */
            assert_int_equal(is, new);
            return;
        }
        ++*failures;
    }
}

static void
a_full_or_bad_disk_changes_nothing(void **s)
{
    int failures = 0;
    (void)s;
    /* company, tag, address, person, and that it can be undone */
    until_it_is_done("restore.take_rows", "company:1", 0, 5, &failures);
    until_it_is_done("restore.take_undo", NULL, 5, 0, &failures);
    print_message("# %d failures\n", failures);
    assert_true(failures > 20);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_table_of_content_has_a_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(every_shown_column_has_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(every_table_comes_back_and_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(what_belongs_to_it_comes_along, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pair_comes_with_its_project, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_there_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(an_order_that_changes_nothing_has_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(whose_order_it_is_stands_before_the_records, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(five_hundred_rows_come_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_of_the_operator_is_in_the_audit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_or_bad_disk_changes_nothing, setup, teardown),
    };
    store_disk_below = "fault";
    fault_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
