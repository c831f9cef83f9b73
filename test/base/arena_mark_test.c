/* arena_mark_test.c: what was allocated behind a mark goes, wiped; what was there before stays. */
#include "base/arena.h"

static void
gives_back_what_came_behind_the_mark(void **state)
{
    struct arena *a = arena_new(8 * 1024 * 1024);
    struct str kept = arena_copy(a, STR("kept"));
    size_t used = arena_used(a);
    struct arena_mark m = arena_mark(a);

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            memset(arena_alloc(a, 3000), 'x', 3000);        /* fills several blocks */
            memset(arena_alloc(a, 100 * 1024), 'y', 10000); /* blocks of their own */
            if (i % 20 == 19) {
                arena_back(a, m);
                assert_int_equal(arena_used(a), used);
            }
        }
    }
    assert_true(str_eq(kept, STR("kept")));
    /* memory that comes again is zeroed */
    const char *p = arena_alloc(a, 3000);
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal(p[i], 0);
    }
    arena_free(a);
}

static void
nests(void **state)
{
    struct arena *a = arena_new(8 * 1024 * 1024);
    struct arena_mark outer = arena_mark(a);
    (void)state;
    memset(arena_alloc(a, 70 * 1024), 'a', 70 * 1024);
    struct arena_mark inner = arena_mark(a);
    char *first = arena_alloc(a, 60 * 1024);
    memset(first, 'b', 60 * 1024);
    arena_back(a, inner);
    assert_non_null(arena_alloc(a, 60 * 1024));
    arena_back(a, outer);
    assert_int_equal(arena_used(a), 0);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_came_behind_the_mark),
        cmocka_unit_test(nests),
    };
    return cmocka_run_group_tests_name("arena_mark", tests, NULL, NULL);
}
