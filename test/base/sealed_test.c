/* sealed_test.c: how long a sealed file is, and what no length of one is. */
#include "base/sealed.h"

static void
lengths(void **state)
{
    static const struct {
        int64_t content, size;
    } table[] = {
        {0,                80                          },
        {1,                80 + 17                     },
        {16383,            80 + 16399                  },
        {16384,            80 + 16400                  },
        {16385,            80 + 16400 + 17             },
        {40000,            80 + 2 * 16400 + 7248       },
        {INT64_C(8) << 30, 80 + INT64_C(524288) * 16400}
    };
    (void)state;
    for (size_t i = 0; i < CASES(table); i++) {
        assert_int_equal(sealed_size(table[i].content), table[i].size);
        assert_int_equal(sealed_content(table[i].size), table[i].content);
    }
}

static void
no_lengths(void **state)
{
    static const int64_t table[] = {-1, 0, 79, 81, 96, 80 + 16400 + 1, 80 + 16400 + 16};
    (void)state;
    for (size_t i = 0; i < CASES(table); i++) {
        assert_int_equal(sealed_content(table[i]), -1);
    }
}

static void
each_piece_has_its_own_nonce(void **state)
{
    uint8_t one[SEALED_NONCE];
    uint8_t other[SEALED_NONCE];
    (void)state;
    sealed_nonce(0x0102030405, one);
    assert_memory_equal(one, "\x05\x04\x03\x02\x01\0\0\0\0\0\0\0", SEALED_NONCE);
    sealed_nonce(0x0102030406, other);
    assert_memory_not_equal(one, other, SEALED_NONCE);
    assert_int_equal(sealed_at(3), 80 + 3 * 16400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),
        cmocka_unit_test(no_lengths),
        cmocka_unit_test(each_piece_has_its_own_nonce),
    };
    return cmocka_run_group_tests_name("sealed", tests, NULL, NULL);
}
