/* record_test.c: of more findings than the console can be told, the worst are told. */
#include "cli/findings.h"

#include "app/health/health.h"

static json_t *
list_of(size_t good, size_t warn, size_t bad)
{
    json_t *list = json_array();
    for (size_t i = 0; i < good + warn + bad; i++) {
        const char *status = i < good ? "good" : i < good + warn ? "warn" : "bad";
        assert_ok(json_array_append_new(
            list, json_pack("{s:I, s:s}", "n", (json_int_t)i, "status", status)));
    }
    return list;
}

static size_t
count_of(const json_t *list, const char *status)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        n += strcmp(json_string_value(json_object_get(row, "status")), status) == 0;
    }
    return n;
}

static void
the_worst_are_kept(void **state)
{
    size_t left;
    const char *worst;
    json_t *list = list_of(100, 100, 200);
    json_t *kept = findings_to_record(list, 299, 80000, &left, &worst);
    (void)state;
    assert_int_equal(json_array_size(kept), 299);
    assert_int_equal(count_of(kept, "bad"), 200);
    assert_int_equal(count_of(kept, "warn"), 99);
    assert_int_equal(left, 101);
    assert_string_equal(worst, "warn");
    for (size_t i = 1; i < json_array_size(kept); i++) { /* in the order in which they were found */
        assert_true(json_integer_value(json_object_get(json_array_get(kept, i - 1), "n")) <
                    json_integer_value(json_object_get(json_array_get(kept, i), "n")));
    }
    json_decref(kept);
    kept = findings_to_record(list, 400, 80000, &left, &worst);
    assert_int_equal(left, 0);
    assert_int_equal(json_array_size(kept), 400);
    json_decref(kept);
    kept = findings_to_record(list, 400, 1000, &left, &worst); /* some 40 of them */
    assert_true(json_array_size(kept) > 20 && json_array_size(kept) < 60);
    assert_int_equal(count_of(kept, "bad"), json_array_size(kept));
    assert_int_equal(left, 400 - json_array_size(kept));
    assert_string_equal(worst, "bad");
    json_decref(kept);
    json_decref(list);
}

/* With the one that says how many more there are, they are as many as the registrar takes. */
static void
they_are_as_many_as_are_taken(void **state)
{
    size_t left;
    const char *worst;
    json_t *list = list_of(0, 0, HEALTH_FINDINGS_MAX + 1);
    json_t *kept = findings_to_record(list, FINDINGS_MOST, FINDINGS_BYTES, &left, &worst);
    (void)state;
    assert_int_equal(json_array_size(kept) + 1, HEALTH_FINDINGS_MAX);
    assert_int_equal(left, 2);
    json_decref(kept);
    json_decref(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_are_kept),
        cmocka_unit_test(they_are_as_many_as_are_taken),
    };
    return cmocka_run_group_tests_name("cli/record", tests, NULL, NULL);
}
