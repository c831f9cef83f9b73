/* A file in a tar archive: the head as POSIX says, and what does not fit into it refused. That
 * every system opens one shows http/export_http.mjs. */
#include "base/tar.h"

#include <stdlib.h>

static void
a_head(void **state)
{
    uint8_t b[TAR_BLOCK];
    unsigned sum = 0;
    (void)state;
    assert_ok(tar_head("tables/user.csv", 1234, 1000000000, b));
    assert_string_equal((char *)b, "tables/user.csv");
    assert_string_equal((char *)b + 100, "0000600");
    assert_string_equal((char *)b + 124, "00000002322");
    assert_string_equal((char *)b + 136, "07346545000");
    assert_int_equal(b[156], '0');
    assert_memory_equal(b + 257,
                        "ustar\0"
                        "00",
                        8);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += i >= 148 && i < 156 ? ' ' : b[i];
    }
    assert_int_equal(strtol((char *)b + 148, NULL, 8), sum);
    assert_int_equal(b[155], ' ');
}

static void
bounds(void **state)
{
    uint8_t b[TAR_BLOCK];
    char name[TAR_NAME_MAX + 2];
    (void)state;
    memset(name, 'a', sizeof(name));
    name[TAR_NAME_MAX + 1] = '\0';
    assert_rc(RC_LIMIT, tar_head(name, 0, 0, b));
    name[TAR_NAME_MAX] = '\0';
    assert_ok(tar_head(name, TAR_SIZE_MAX, TAR_SIZE_MAX, b));
    assert_rc(RC_LIMIT, tar_head("a", TAR_SIZE_MAX + 1, 0, b));
    assert_rc(RC_LIMIT, tar_head("a", -1, 0, b));
    assert_rc(RC_LIMIT, tar_head("a", 0, -1, b));
    assert_rc(RC_LIMIT, tar_head("a", 0, TAR_SIZE_MAX + 1, b));
}

static void
fills_up(void **state)
{
    (void)state;
    assert_int_equal(tar_fill(0), 0);
    assert_int_equal(tar_fill(1), 511);
    assert_int_equal(tar_fill(511), 1);
    assert_int_equal(tar_fill(512), 0);
    assert_int_equal(tar_fill(513), 511);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head),
        cmocka_unit_test(bounds),
        cmocka_unit_test(fills_up),
    };
    return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
