/* project_number_test.c: no number is given twice: random projects, numbers by hand, schemes,
 * years, states, restores of all and of single records, against every number that was ever seen. */
#include "app/project/project.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/restore/pick.h"
#include "app/restore/take.h"
#include "app/workspace/inner.h"
#include "office.h"
#include "store/restore.h"
#include "store/sqlite.h"

enum { STATES = 4, STEPS = 70, ROUNDS = 4, SEEN_MAX = 4000, TABLES_MAX = 100 };

static const uint8_t key[32] = {1, 2, 3}; /* the office's */
static struct office o;
static char present[96], next[96];
static uint64_t seed;
static char seen[SEEN_MAX][SCHEME_NUMBER_MAX * 4];
static size_t n_seen, n_given, n_restored, n_taken;
static bool has_state[STATES];

static size_t
any(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(seed >> 33) % n;
}

static int
setup(void **state)
{
    (void)state;
    office_open(&o, "2026-11-24T08:15:00Z");
    (void)snprintf(present, sizeof(present), "%s/data.db", o.dir);
    (void)snprintf(next, sizeof(next), "%s/next.db", o.dir);
    n_seen = 0;
    memset(has_state, 0, sizeof(has_state));
    return 0;
}

static const char *
state_path(size_t i)
{
    static char path[STATES][96];
    (void)snprintf(path[i], sizeof(path[i]), "%s/state%zu.db", o.dir, i);
    return path[i];
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATES; i++) {
        store_drop_file(state_path(i));
    }
    office_close(&o);
    return 0;
}

static struct store *
opened(const char *path)
{
    const struct store_options opt = {.path = path, .schema = SCHEMA_WORKSPACE, .key = key};
    struct store *s = NULL;
    assert_ok(store_open(&opt, &o.err, &s));
    return s;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static bool
was_seen(struct str no)
{
    size_t i = 0;
    while (i < n_seen && !str_eq(no, str_of(seen[i]))) {
        i++;
    }
    return i < n_seen;
}

static void
see(struct str no)
{
    assert_true(n_seen < SEEN_MAX);
    if (!was_seen(no)) {
        (void)snprintf(seen[n_seen++], sizeof(seen[0]), "%.*s", STR_FMT(no));
    }
}

static const struct {
    const char *scheme;
    enum scheme_scope scope;
} schemes[] = {
    {"{N:3}",               SCHEME_ALL         },
    {"{YYYY}-{N:3}",        SCHEME_ALL         },
    {"{YYYY}-{N:3}",        SCHEME_YEAR        },
    {"{YYYY}-{N}",          SCHEME_YEAR        },
    {"{CUSTNO}-{N:3}",      SCHEME_ALL         },
    {"{CUSTNO}-{N:3}",      SCHEME_COMPANY     },
    {"{YYYY}-{CUSTNO}{N}",  SCHEME_COMPANY_YEAR},
    {"{YYYY}-{CUSTNO}{N}",  SCHEME_COMPANY     },
    {"{CUSTCODE}{YY}{N:2}", SCHEME_COMPANY_YEAR},
};

/* As one of the schemes might come to make it. */
static struct str
by_hand(void)
{
    const struct scheme_fill fill = {.day = instant_day(o.now),
                                     .company = {(int64_t)any(2) + 1},
                                     .company_code = STR("LUE"),
                                     .n = (int64_t)any(20) + 1};
    return scheme_print(o.mem, str_of(schemes[any(COUNT(schemes))].scheme), &fill);
}

struct of_project {
    struct project_id id;
    struct project_form f;
};

static enum rc
do_add(struct wtx *tx, void *arg)
{
    struct of_project *p = arg;
    TRY(project_add(tx, &p->f, &p->id));
    return project_form_of(wtx_read(tx), p->id, &p->f);
}

static void
add(bool hand)
{
    struct of_project p = {0};
    project_form_init(&p.f, instant_day(o.now));
    p.f.name = STR("Werkstatt");
    p.f.company_id.n = (int64_t)any(2) + 1;
    p.f.person_id.n = p.f.company_id.n;
    p.f.project_no = hand ? by_hand() : STR("");
    const enum rc rc = office_write(&o, OFFICE_ADMIN, do_add, &p);
    if (hand && rc == RC_INVALID && o.err.code == E_PROJECT_NO_TAKEN) {
        return;
    }
    assert_ok(rc);
    if (!hand && was_seen(p.f.project_no)) {
        FAIL_TEST("%.*s was given before (%zu numbers)", STR_FMT(p.f.project_no), n_seen);
    }
    n_given += !hand;
    see(p.f.project_no);
}

static enum rc
do_rename(struct wtx *tx, void *arg)
{
    const struct str *no = arg;
    struct of_project p = {.id = {(int64_t)any(20) + 1}};
    TRY(project_form_of(wtx_read(tx), p.id, &p.f));
    p.f.project_no = *no;
    return project_change(tx, p.id, &p.f);
}

static void
rename_one(void)
{
    struct str no = by_hand();
    if (office_write(&o, OFFICE_ADMIN, do_rename, &no) == OK) {
        see(no);
    }
}

static enum rc
do_scheme(struct wtx *tx, void *arg)
{
    const size_t i = any(COUNT(schemes));
    struct settings s;
    struct project_rules_form f;
    (void)arg;
    TRY(settings_get(wtx_read(tx), &s));
    project_rules_form_of(&s, &f);
    f.project_scheme = str_of(schemes[i].scheme);
    f.project_scope = schemes[i].scope;
    return settings_save_project_rules(tx, &f);
}

/* --- states ------------------------------------------------------------------------------------
 */

static void
copy(const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *a = fopen(from, "rb");
    FILE *b = fopen(to, "wb");
    size_t n;
    assert_true(a != NULL && b != NULL);
    while ((n = fread(bytes, 1, sizeof(bytes), a)) > 0) {
        assert_int_equal(fwrite(bytes, 1, n, b), n);
    }
    assert_int_equal(fclose(a) + fclose(b), 0);
}

static void
keep_state(size_t i)
{
    store_close(o.store);
    copy(present, state_path(i));
    o.store = opened(present);
    has_state[i] = true;
}

/* The present becomes a state as well, so that a later one undoes this. */
static void
restore(size_t i)
{
    struct restore_table tables[TABLES_MAX];
    const size_t saved = (i + 1) % STATES;
    keep_state(saved);
    struct store *s = opened(state_path(i));
    assert_ok(restore_diff(o.store, s, NULL, &o.err, tables));
    store_close(o.store);
    assert_ok(restore_build(s, present, next, key, &o.err, tables));
    store_close(s);
    assert_ok(restore_swap(present, next, &o.err));
    o.store = opened(present);
    n_restored++;
}

static enum rc
do_take(struct wtx *tx, void *arg)
{
    json_t *out = json_object();
    const enum rc rc = take_run_rows(tx, arg, out);
    n_taken += rc == OK && json_object_get(out, "refused") == NULL;
    json_decref(out);
    return rc;
}

/* Which records do not matter: the settings, or a project that may be there. */
static void
take(size_t i)
{
    static const struct actor nobody = {.reason = "test"};
    AUTO_ARENA struct arena *mem = arena_new(16 << 20);
    struct pick_order order;
    struct rtx *tx;
    json_t *rows = NULL;
    const struct str text = any(2) == 0 ? STR("agency:1 +overwrite")
                                        : arena_fmt(mem, "project:%zu +overwrite", any(20) + 1);
    struct store *s = opened(state_path(i));
    assert_ok(pick_parse(text, &o.err, &order));
    assert_ok(rtx_begin(s, mem, o.now, &nobody, &o.err, &tx));
    const enum rc rc = pick_records(tx, STR("20261101T030000Z"), &order, &rows);
    rtx_end(tx);
    store_close(s);
    assert_true(rc == OK || rc == RC_MISSING);
    if (rc == OK) {
        assert_ok(office_write(&o, 0, do_take, rows));
        json_decref(rows);
    }
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static void
every_number_is_known(void)
{
    sqlite3_stmt *h = NULL;
    o.store->owner = NULL;
    assert_int_equal(sqlite3_prepare_v2(o.store->db,
                                        "SELECT count(*) FROM project WHERE project_no NOT IN "
                                        "(SELECT project_no FROM project_number)",
                                        -1, &h, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(h), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(h, 0), 0);
    assert_int_equal(sqlite3_finalize(h), SQLITE_OK);
}

static void
step(void)
{
    const size_t i = any(STATES);
    const size_t what = any(16);
    arena_reset(o.mem);
    o.now.us += INT64_C(3600) * 1000000 * (int64_t)(any(20) == 0 ? 40 * 24 : 1);
    if (what < 7) {
        add(false);
    } else if (what < 9) {
        add(true);
    } else if (what == 9) {
        rename_one();
    } else if (what < 12) {
        assert_ok(office_write(&o, OFFICE_ADMIN, do_scheme, NULL));
    } else if (what == 12 || !has_state[i]) {
        keep_state(i);
    } else if (what < 15) {
        restore(i);
    } else {
        take(i);
    }
}

static void
no_number_is_given_twice(void **state)
{
    const char *more = getenv("KONTOR_ROUNDS");
    const long n = more != NULL ? strtol(more, NULL, 10) : ROUNDS;
    for (long round = 0; round < n; round++) {
        seed = (uint64_t)round + 1;
        (void)(round > 0 ? setup(state) : 0);
        for (int i = 0; i < STEPS; i++) {
            step();
        }
        every_number_is_known();
        (void)(round < n - 1 ? teardown(state) : 0);
    }
    print_message("# %zu numbers given, %zu restores, %zu takes\n", n_given, n_restored, n_taken);
    assert_true(n_given > 10 && n_restored > 5 && n_taken > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_number_is_given_twice, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
