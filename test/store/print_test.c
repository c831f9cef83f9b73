/* print_test.c: every table as text, for people and other programs: all that are no secret, once in
 * each form, in one order; what becomes too long and what nobody takes ends it. */
#include "store/rig.h"

struct taken {
    FILE *to;
    char *text;
    size_t n;
    char names[2000];
    bool refuses;
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
on_end(void *arg, struct err *err)
{
    struct taken *t = arg;
    (void)err;
    (void)fputs("<end>", t->to);
    return OK;
}

static enum rc
take(struct rig *r, struct taken *t, int64_t most)
{
    t->to = open_memstream(&t->text, &t->n);
    const struct print_sink sink = {t, t->to, most, on_begin, on_end};
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
    assert_ok(take(r, &t, INT64_MAX));
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

static void
what_ends_it(void **state)
{
    struct rig *r = *state;
    struct taken t = {0};
    rig_project(r, 1, "Fahrplan-App");
    REFUSED(r, take(r, &t, 0), RC_LIMIT, E_EXPORT_SIZE);
    free(t.text);
    t = (struct taken){.refuses = true};
    REFUSED(r, take(r, &t, INT64_MAX), RC_IO, E_IO);
    free(t.text);
    assert_int_equal(rig_count(r), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_as_text, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(what_ends_it, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
