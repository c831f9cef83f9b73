/* Plans of hours: what people write for 120 hours, and what is refused. */
#include "base/field.h"

static void
expect(const char *text, int32_t minutes)
{
    struct minutes m = {-7};

    if (hours_parse(str_of(text), &m) != OK || m.n != minutes) {
        FAIL_TEST("%s gives %d, not %d", text, m.n, minutes);
    }
}

static void
refuse(const char *text)
{
    struct minutes m = {-7};

    if (hours_parse(str_of(text), &m) != RC_INVALID || m.n != -7) {
        FAIL_TEST("%s was taken as %d", text, m.n);
    }
}

static void
test_written_forms(void **state)
{
    (void)state;
    expect("120", 7200);
    expect(" 120 h ", 7200);
    expect("120 Std.", 7200);
    expect("120:30", 7230);
    expect("0", 0);
    expect("37,5", 2250);
    expect("37.5", 2250);
    expect("0,01", 1);
    expect("1.200", 72000);
    expect("99999", 5999940);
}

static void
test_refused(void **state)
{
    (void)state;
    refuse("");
    refuse("h");
    refuse("-1");
    refuse("1:60");
    refuse("1:3");
    refuse("123456:00");
    refuse("100000");
    refuse("9-10:30");
    refuse("12 Tage");
    refuse("1,234");
}

/* A field with .hours reads more than a day and shows it so that it can be read again. */
static void
test_field(void **state)
{
    struct plan {
        struct minutes total;
    };
    const struct field f = FIELD(struct plan, total, T_NONE, .hours = true, .max = 6000000);
    struct arena *mem = arena_new(65536);
    struct plan p = {{0}};
    struct field_fault fault;

    (void)state;
    assert_int_equal(field_parse(mem, &f, STR("120,5"), &p, &fault), OK);
    assert_int_equal(p.total.n, 7230);
    assert_true(str_eq(field_print(mem, &f, &p), STR("120:30")));
    assert_int_equal(field_parse(mem, &f, STR("viel"), &p, &fault), RC_INVALID);
    assert_int_equal(fault.code, E_FIELD_HOURS);
    assert_int_equal(p.total.n, 7230);
    arena_free(mem);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
