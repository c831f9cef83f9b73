/* unit.h: cmocka for our tests; put in front of every unit test by test/meson.build, before banned.h
 * (cmocka's macros say setjmp) and before base/err.h (cmocka has a macro called fail). */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail
#undef fail_msg
/* Ends the test with a sentence: FAIL_TEST("%s gives %d", text, n). */
#define FAIL_TEST(...)                                                                             \
    do {                                                                                           \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        _fail(__FILE__, __LINE__);                                                                 \
    } while (0)

#endif
