/* unit.h: cmocka for our tests; put in front of every unit test by test/meson.build, before
 * banned.h (cmocka's macros say setjmp) and before base/err.h (cmocka has a macro called fail). */
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

/* assert_str(s, "text"): the bytes of a struct str; NULL stands for "no value". */
#define assert_str(s, literal)                                                                     \
    do {                                                                                           \
        struct str unit_s_ = (s);                                                                  \
        const char *unit_l_ = (literal);                                                           \
        if ((unit_s_.p == NULL) != (unit_l_ == NULL) ||                                            \
            (unit_l_ != NULL &&                                                                    \
             (unit_s_.n != strlen(unit_l_) || memcmp(unit_s_.p, unit_l_, unit_s_.n) != 0))) {      \
            FAIL_TEST("\"%.*s\" is not \"%s\"", (int)unit_s_.n,                                    \
                      unit_s_.p != NULL ? unit_s_.p : "",                                          \
                      unit_l_ != NULL ? unit_l_ : "(no value)");                                   \
        }                                                                                          \
    } while (0)

/* The class that a call returns: assert_rc(RC_INVALID, day_parse(s, &d)). */
#define assert_rc(rc, call) assert_int_equal((call), (rc))
#define assert_ok(call) assert_int_equal((call), 0)

/* Rows of a table of cases. */
#define CASES(table) (sizeof(table) / sizeof((table)[0]))

#endif
