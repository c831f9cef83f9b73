/* arena_test.c: alignment, zeroing, reuse, the ceiling; and the buffer that grows in it. */
#include "base/arena.h"

#include <sys/wait.h>

#include "base/out.h"

enum { EXIT_NO_MEMORY = 71 };

/* Exit status of fn in a child process. */
static int
exit_of(void (*fn)(void))
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn();
        _exit(0);
    }
    assert_int_equal(pid, waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 200; n += 7) {
            unsigned char *p = arena_alloc(a, n);
            assert_non_null(p);
            assert_int_equal(0, (uintptr_t)p % 16);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(0, p[i]);
                p[i] = 0xEE;
            }
        }
        assert_true(arena_used(a) > 0);
        arena_reset(a);
        assert_int_equal(0, arena_used(a));
    }
    arena_free(a);
    arena_free(NULL);
}

static void
large_pieces_get_their_own_block(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 24);
    char *small = arena_alloc(a, 10);
    char *large = arena_alloc(a, 300000);
    char *next = arena_alloc(a, 10);
    memset(large, 1, 300000);
    memset(small, 2, 10);
    memset(next, 3, 10);
    /* The first block goes on being filled behind the large piece. */
    assert_true(next > small && next < small + 65536);
    for (int i = 0; i < 100; i++) {
        memset(arena_alloc(a, 5000), 4, 5000);
    }
    assert_int_equal(1, large[299999]);
    assert_int_equal(2, small[9]);
    assert_int_equal(3, next[9]);
    arena_reset(a);
    assert_true(arena_alloc(a, 10) == (void *)small);
    arena_free(a);
}

static void
pass_ceiling(void)
{
    struct arena *a = arena_new(1000);
    (void)arena_alloc(a, 992);
    (void)arena_alloc(a, 1);
}

static void
pass_ceiling_by_wrapping(void)
{
    (void)arena_alloc(arena_new(SIZE_MAX), SIZE_MAX - 3);
}

static void
reach_ceiling(void)
{
    struct arena *a = arena_new(1024);
    (void)arena_alloc(a, 1024);
    (void)arena_alloc(a, 0);
    arena_free(a);
}

static void
ceiling_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(EXIT_NO_MEMORY, exit_of(pass_ceiling));
    assert_int_equal(EXIT_NO_MEMORY, exit_of(pass_ceiling_by_wrapping));
    assert_int_equal(EXIT_NO_MEMORY, exit_of(out_of_memory));
    assert_int_equal(0, exit_of(reach_ceiling));
}

static void
copies_end_with_nul(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct str s = arena_copy(a, str_sub(STR("abcdef"), 1, 3));
    assert_str(s, "bcd");
    assert_int_equal('\0', s.p[s.n]);
    assert_str(arena_copy(a, STR_NONE), NULL);
    assert_str(arena_copy(a, STR("")), "");
    assert_str(arena_fmt(a, "%d-%s", 7, "x"), "7-x");
    assert_str(arena_fmt(a, "%s", ""), "");
    arena_free(a);
}

static void
out_grows_to_its_maximum(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o = out_new(a, 5000);
    char piece[700];
    assert_str(out_view(&o), "");
    for (int i = 0; i < 7; i++) {
        memset(piece, 'a' + i, sizeof piece);
        out_bytes(&o, piece, sizeof piece);
    }
    assert_true(out_ok(&o));
    assert_int_equal(4900, o.n);
    out_fmt(&o, "%0100d", 5);
    assert_true(out_ok(&o));
    assert_int_equal(5000, o.n);
    out_str(&o, STR(""));
    assert_true(out_ok(&o));
    out_char(&o, 'x');
    assert_false(out_ok(&o));
    assert_int_equal(5000, o.n);
    for (int i = 0; i < 7; i++) {
        assert_int_equal('a' + i, o.p[700 * i + 699]);
    }
    assert_int_equal('5', o.p[4999]);
    arena_free(a);
}

static void
out_formats_short_and_long(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    struct out o = out_new(a, 10000);
    out_i64(&o, INT64_MIN);
    out_char(&o, ' ');
    out_fmt(&o, "%s|%d", "x", 5);
    assert_str(out_view(&o), "-9223372036854775808 x|5");
    out_fmt(&o, "%0300d", 1);
    assert_int_equal(24 + 300, o.n);
    assert_int_equal('1', o.p[323]);
    out_fmt(&o, "%09999d", 1);
    assert_false(out_ok(&o));
    assert_int_equal(324, o.n);
    struct out tiny = out_new(a, 3);
    out_str(&tiny, STR("abcd"));
    out_str(&tiny, STR("a"));
    assert_false(out_ok(&tiny));
    assert_int_equal(0, tiny.n);
    arena_free(a);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(large_pieces_get_their_own_block),
        cmocka_unit_test(ceiling_ends_the_process),
        cmocka_unit_test(copies_end_with_nul),
        cmocka_unit_test(out_grows_to_its_maximum),
        cmocka_unit_test(out_formats_short_and_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
