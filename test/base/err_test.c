/* err_test.c: the error slot keeps the first cause; every code has a name; one table of statuses.
 */
#include "base/err.h"

#include "base/str.h"

static void
first_cause_wins(void **state)
{
    (void)state;
    struct err err = {0};
    assert_rc(RC_CONFLICT, fail(&err, RC_CONFLICT, E_STALE, "version %d", 3));
    assert_rc(RC_IO, fail(&err, RC_IO, E_IO, "later"));
    assert_rc(RC_INVALID, fail_field(&err, "day", RC_INVALID, E_FIELD_DAY, "x"));
    assert_int_equal(RC_CONFLICT, err.rc);
    assert_int_equal(E_STALE, err.code);
    assert_string_equal("version 3", err.detail);
    assert_null(err.field);
}

static void
null_slot_is_fine(void **state)
{
    (void)state;
    assert_rc(RC_IO, fail(NULL, RC_IO, E_IO, "x"));
    assert_rc(RC_INVALID, fail_field(NULL, "x", RC_INVALID, E_FIELD_DAY, NULL));
}

static void
field_fault_has_name_and_argument(void **state)
{
    (void)state;
    struct err err = {0};
    char text[400];
    assert_rc(RC_INVALID, fail_field(&err, "minutes", RC_INVALID, E_FIELD_MAX, "24:00"));
    assert_string_equal("minutes", err.field);
    assert_string_equal("24:00", err.arg);

    /* Cut at the end of a whole letter: 2-byte letters do not fit 159 bytes evenly. */
    for (size_t i = 0; i < sizeof text - 2; i += 2) {
        memcpy(text + i, "\xC3\xA4", 2);
    }
    text[sizeof text - 2] = '\0';
    err = (struct err){0};
    assert_rc(RC_INVALID, fail_field(&err, "x", RC_INVALID, E_FIELD_MAX, text));
    assert_int_equal(158, strlen(err.arg));
    assert_true(str_is_utf8(str_of(err.arg)));
}

static void
long_detail_is_cut(void **state)
{
    (void)state;
    struct err err = {0};
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_rc(RC_BROKEN, fail(&err, RC_BROKEN, E_BROKEN, "%s", text));
    assert_int_equal(ERR_DETAIL_MAX - 1, strlen(err.detail));
}

static void
codes_have_names(void **state)
{
    (void)state;
    assert_string_equal("none", code_name(E_NONE));
    assert_string_equal("field.too_long", code_name(E_FIELD_TOO_LONG));
    assert_string_equal("broken", code_name(E_COUNT));
    for (unsigned i = 0; i < E_COUNT; i++) {
        assert_non_null(code_name((enum code)i));
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(code_name((enum code)i), code_name((enum code)j));
        }
    }
}

static void
classes_have_statuses(void **state)
{
    (void)state;
    static const struct {
        enum rc rc;
        int http;
        int exit;
    } rows[] = {
        {OK,             200, 0},
        {RC_INVALID,     422, 2},
        {RC_DENIED,      403, 3},
        {RC_MISSING,     404, 4},
        {RC_CONFLICT,    409, 5},
        {RC_LIMIT,       429, 6},
        {RC_BUSY,        503, 7},
        {RC_IO,          503, 8},
        {RC_BROKEN,      500, 9},
        {(enum rc)17,    500, 9},
        {(enum rc) - 17, 500, 9},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_int_equal(rows[i].http, rc_http(rows[i].rc));
        assert_int_equal(rows[i].exit, rc_exit(rows[i].rc));
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_cause_wins),
        cmocka_unit_test(null_slot_is_fine),
        cmocka_unit_test(field_fault_has_name_and_argument),
        cmocka_unit_test(long_detail_is_cut),
        cmocka_unit_test(codes_have_names),
        cmocka_unit_test(classes_have_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
