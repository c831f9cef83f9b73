/* Form tokens: good for one secret and one form, and for nothing else. */
#include "guard/csrf.h"

#include "desk.h"

static void
test_tokens(void **state)
{
    struct desk *d = *state;
    const uint8_t one[32] = {1};
    const uint8_t two[32] = {2};

    assert_int_equal(csrf_init(&d->err), OK);
    const struct str t = csrf_token(d->mem, one, "time_form");
    assert_int_equal(t.n, CSRF_TOKEN_CHARS);
    assert_true(csrf_check(one, "time_form", t));
    assert_true(str_eq(t, csrf_token(d->mem, one, "time_form")));
    assert_false(csrf_check(two, "time_form", t));
    assert_false(csrf_check(one, "user_form", t));
    assert_false(csrf_check(one, "", t));
    assert_false(csrf_check(one, "time_form", STR_NONE));
    assert_false(csrf_check(one, "time_form", STR("")));
    assert_false(csrf_check(one, "time_form", str_sub(t, 0, 42)));
    struct str bent = arena_copy(d->mem, t);
    ((char *)(uintptr_t)bent.p)[20] = bent.p[20] == 'A' ? 'B' : 'A';
    assert_false(csrf_check(one, "time_form", bent));
    ((char *)(uintptr_t)bent.p)[20] = '!';
    assert_false(csrf_check(one, "time_form", bent));
}

static void
test_pre_cookie(void **state)
{
    struct desk *d = *state;
    uint8_t a[32], b[32];
    const struct str c = csrf_pre_new(d->mem);

    assert_int_equal(c.n, CSRF_TOKEN_CHARS);
    assert_int_equal(csrf_pre_secret(c, a), OK);
    assert_int_equal(csrf_pre_secret(c, b), OK);
    assert_memory_equal(a, b, 32);
    assert_int_equal(csrf_pre_secret(csrf_pre_new(d->mem), b), OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(csrf_pre_secret(STR(""), b), RC_INVALID);
    assert_int_equal(csrf_pre_secret(STR_NONE, b), RC_INVALID);
    assert_int_equal(csrf_pre_secret(STR("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"), b),
                     RC_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_pre_cookie),
    };

    return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
