/* hashers_test.c: how many hashes may be computed at a time (AUTH-03). */
#include "proc/master_own.h"

enum { HASH_KIB = 90 * 1024, EACH_KIB = HASH_KIB + HASHER_OWN_KIB };

static void
cores_and_memory_bound_them(void **state)
{
    (void)state;
    static const struct {
        int cores;
        int64_t free_kib;
        size_t n;
    } rows[] = {
        {1,  8 * 1024 * 1024,  1          },
        {2,  8 * 1024 * 1024,  2          },
        {64, 8 * 1024 * 1024,  HASHERS_MAX},
        {4,  3 * EACH_KIB,     3          },
        {4,  3 * EACH_KIB - 1, 2          },
        {4,  EACH_KIB - 1,     1          },
        {4,  0,                1          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(master_hashers(rows[i].cores, rows[i].free_kib, HASH_KIB), rows[i].n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cores_and_memory_bound_them),
    };
    return cmocka_run_group_tests_name("proc/hashers", tests, NULL, NULL);
}
