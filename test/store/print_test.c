/* print_test.c: every table as text, for people and other programs: all that are no secret, once in
 * each form, in one order; twice for who asks for it; what nobody takes ends it. */
#include "store/rig.h"

struct taken {
    FILE *to;
    char *text;
    size_t n;
    char names[2000];
    bool refuses, repeats, is_second;
};

static enum rc
on_begin(void *arg, const char *table, enum print_kind kind, struct err *err)
{
    struct taken *t = arg;
    const size_t n = strlen(t->names);
    (void)snprintf(t->names + n, sizeof(t->names) - n, "%s.%s ", table,
                   kind == PRINT_CSV ? "csv" : "json");
    (void)fprintf(t->to, "<%s>", table);
    return t->refuses ? fail(err, RC_IO, E_IO, "sink") : OK;
}

static enum rc
on_end(void *arg, struct err *err, bool *ret_again)
{
    struct taken *t = arg;
    (void)err;
    (void)fputs("<end>", t->to);
    t->is_second = t->repeats && !t->is_second;
    *ret_again = t->is_second;
    return OK;
}

static enum rc
take(struct rig *r, struct taken *t)
{
    t->to = open_memstream(&t->text, &t->n);
    const struct print_sink sink = {t, t->to, on_begin, on_end};
    const enum rc rc = store_print(r->s, &sink, rig_err(r));
    (void)fclose(t->to);
    return rc;
}

static void
tables_as_text(void **state)
{
    struct rig *r = *state;
    struct taken t = {0};
    rig_project(r, 1, "Fahrplan; \"App\"");
    rig_project(r, 2, "=Relaunch");
    assert_ok(take(r, &t));
    for (size_t i = 0; i < r->def.n_tables; i++) {
        char name[80];
        (void)snprintf(name, sizeof(name), "%s.csv ", r->def.tables[i].name);
        assert_int_equal(strstr(t.names, name) != NULL, !r->def.tables[i].secret);
    }
    assert_non_null(strstr(t.names, "project.csv project.json "));
    assert_non_null(strstr(t.text, "<project>\xef\xbb\xbf"
                                   "id;"));
    assert_non_null(strstr(t.text, "\"Fahrplan; \"\"App\"\"\""));
    assert_non_null(strstr(t.text, ";'=Relaunch"));
    assert_non_null(strstr(t.text, "<project>[\n{\"id\": 1, "));
    assert_non_null(strstr(t.text, "},\n{\"id\": 2, "));
    assert_non_null(strstr(t.text, "}\n]\n<end>"));
    free(t.text);
}

/* For who must know its length before: the same twice. */
static void
each_table_twice(void **state)
{
    struct rig *r = *state;
    struct taken once = {0};
    struct taken t = {.repeats = true};
    rig_project(r, 1, "Fahrplan-App");
    assert_ok(take(r, &once));
    assert_ok(take(r, &t));
    const char *first = strstr(t.text, "<project>");
    const char *second = strstr(first + 1, "<project>");
    const char *third = strstr(second + 1, "<project>");
    assert_int_equal(second - first, third == NULL ? -1 : strstr(second, "<end>") + 5 - second);
    assert_memory_equal(first, second, (size_t)(second - first));
    assert_int_equal(t.n, 2 * once.n);
    free(t.text);
    free(once.text);
}

static void
what_ends_it(void **state)
{
    struct rig *r = *state;
    struct taken t = {0};
    rig_project(r, 1, "Fahrplan-App");
    t.refuses = true;
    REFUSED(r, take(r, &t), RC_IO, E_IO);
    free(t.text);
    assert_int_equal(rig_count(r), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_as_text, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(each_table_twice, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_ends_it, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
