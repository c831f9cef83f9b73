/* record_test.c: single rows of content, whatever table they are of: read, put in, changed,
 * removed, by the schema's rules; what is no content cannot be reached. */
#include "store/record.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "store/rig.h"

static const uint8_t key[32] = {7};
static char dir[64], path[96];
static struct store *s;
static struct arena *mem;
static struct err err;
static struct wtx *w;

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/kontor-record-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/data.db", dir);
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = key, .create = true};
    mem = arena_new(16 << 20);
    assert_int_equal(store_open(&opt, &err, &s), OK);
    assert_int_equal(wtx_begin(s, mem, (struct instant){1}, &rig_actor, &err, &w), OK);
    wtx_allow_untouched(w, "test");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    store_close(s);
    arena_free(mem);
    store_drop_file(path);
    return rmdir(dir);
}

static const struct record_shape *
shape(const char *table)
{
    const struct record_shape *sh = NULL;
    assert_int_equal(record_shape(wtx_read(w), str_of(table), &sh), OK);
    return sh;
}

static struct record_value
num(int64_t n)
{
    return (struct record_value){.type = RECORD_NUMBER, .number = n};
}

static struct record_value
text(const char *p)
{
    return (struct record_value){.type = RECORD_TEXT, .text = str_of(p)};
}

static void
groups_and_categories(void **state)
{
    const struct record_shape *g = shape("category_group");
    const struct record_shape *c = shape("category");
    struct record_value group[] = {num(4), text("Entwurf"), text("entwurf")};
    struct record_value *v;
    struct record_value **rows;
    size_t n;
    bool found = false;
    (void)state;
    assert_int_equal(g->n, 3);
    assert_int_equal(record_column(g, "name_key"), 2);
    assert_int_equal(record_column(g, "version"), -1);
    struct record_value category[RECORD_COLUMNS_MAX];
    for (int i = 0; i < c->n; i++) {
        category[i] = num(1);
    }
    category[record_column(c, "name")] = text("Konzept");
    category[record_column(c, "price_group")] = text("");
    category[record_column(c, "category_group_id")] = num(4);
    category[record_column(c, "company_id")] = (struct record_value){.type = RECORD_NULL};
    assert_int_equal(record_insert(w, c, category), RC_CONFLICT); /* no such group */
    assert_int_equal(err.code, E_STORE_REFERENCE);
    assert_int_equal(record_insert(w, g, group), OK);
    assert_int_equal(record_insert(w, c, category), OK);
    err = (struct err){0};
    assert_int_equal(record_insert(w, g, group), RC_CONFLICT);
    assert_int_equal(err.code, E_STORE_TAKEN);
    assert_int_equal(record_remove(w, g, group), RC_CONFLICT);
    group[1] = text("Gestaltung");
    assert_int_equal(record_change(w, g, group), OK);
    assert_int_equal(record_find(wtx_read(w), g, record_key(mem, g, group), &v, &found), OK);
    assert_true(found && record_same(v, group, g->n));
    group[0] = num(5);
    assert_false(record_same(v, group, g->n));
    err = (struct err){0};
    assert_int_equal(record_change(w, g, group), RC_CONFLICT);
    assert_int_equal(err.code, E_STALE);
    assert_int_equal(record_find(wtx_read(w), g, record_key(mem, g, group), &v, &found), OK);
    assert_false(found);
    const int column = record_column(c, "category_group_id");
    assert_int_equal(record_list(wtx_read(w), c, column, 4, 10, &rows, &n), OK);
    assert_true(n == 1 && record_same(rows[0], category, c->n));
    assert_int_equal(record_list(wtx_read(w), c, column, 4, 0, &rows, &n), RC_LIMIT);
    assert_int_equal(record_is_there(wtx_read(w), g->table, 4, &found), OK);
    assert_true(found);
    assert_int_equal(record_is_there(wtx_read(w), g->table, 5, &found), OK);
    assert_false(found);
    assert_int_equal(record_remove(w, c, category), OK);
    assert_int_equal(wtx_commit(w), OK);
}

/* Bytes are no value of today's content, and the schema says so. */
static void
values_of_another_kind_are_refused(void **state)
{
    const struct record_shape *g = shape("category_group");
    const struct record_value group[] = {
        num(4), text("x"), {.type = RECORD_BYTES, .text = {"\0\1", 2}}
    };
    (void)state;
    assert_int_equal(record_insert(w, g, group), RC_BROKEN);
}

static void
what_refers_is_known(void **state)
{
    const struct record_shape *sh = shape("project");
    int needed = 0;
    (void)state;
    for (int i = 0; i < sh->n_refs; i++) {
        needed += sh->refs[i].needed;
    }
    assert_int_equal(sh->n_refs, 5);
    assert_int_equal(needed, 2);
    assert_int_equal(shape("project_user")->n_key, 2);
    const struct record_shape *none = NULL;
    assert_int_equal(record_shape(wtx_read(w), STR("credential"), &none), RC_MISSING);
    assert_int_equal(record_shape(wtx_read(w), STR("nirgends"), &none), RC_MISSING);
}

static void
nothing_behind_the_end(void **state)
{
    const struct record_shape *g = shape("category_group");
    const struct record_value one = num(1);
    struct record_value *v;
    struct record_value **rows;
    size_t n;
    bool found;
    (void)state;
    wtx_rollback(w);
    assert_int_equal(record_find(wtx_read(w), g, &one, &v, &found), RC_BROKEN);
    assert_int_equal(record_list(wtx_read(w), g, 0, 1, 1, &rows, &n), RC_BROKEN);
    assert_int_equal(record_is_there(wtx_read(w), g->table, 1, &found), RC_BROKEN);
    assert_int_equal(record_insert(w, g, &one), RC_BROKEN);
    assert_int_equal(record_shape(wtx_read(w), STR("category"), &g), RC_BROKEN);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_and_categories, setup, teardown),
        cmocka_unit_test_setup_teardown(values_of_another_kind_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_refers_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_behind_the_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
