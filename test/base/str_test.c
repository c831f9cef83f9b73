/* str_test.c: slices, UTF-8, numbers, encodings. */
#include "base/str.h"

static void
equality_knows_no_value(void **state)
{
    (void)state;
    assert_true(str_eq(STR("ab"), STR("ab")));
    assert_false(str_eq(STR("ab"), STR("aB")));
    assert_false(str_eq(STR("ab"), STR("abc")));
    assert_true(str_eq(STR_NONE, STR_NONE));
    assert_false(str_eq(STR_NONE, STR("")));
    assert_true(str_eq(str_of(NULL), STR_NONE));
    assert_true(str_eq(str_of("x"), STR("x")));
    assert_true(str_eq_ascii_ci(STR("Host"), STR("hOST")));
    assert_false(str_eq_ascii_ci(STR("\xC3\x84"), STR("\xC3\xA4")));
    assert_false(str_eq_ascii_ci(STR("a"), STR("ab")));
    assert_false(str_eq_ascii_ci(STR_NONE, STR("")));
    assert_false(str_eq_ascii_ci(STR("["), STR("{")));
}

static void
starts_ends_find(void **state)
{
    (void)state;
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_true(str_starts(STR_NONE, STR("")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_true(str_ends(STR(""), STR("")));
    assert_false(str_ends(STR("c"), STR("bc")));
    assert_int_equal(1, str_find(STR("abab"), STR("ba"), 0));
    assert_int_equal(2, str_find(STR("abab"), STR("ab"), 1));
    assert_true(str_find(STR("abab"), STR("x"), 0) == SIZE_MAX);
    assert_true(str_find(STR("ab"), STR("ab"), 1) == SIZE_MAX);
    assert_int_equal(2, str_find(STR("ab"), STR(""), 2));
    assert_true(str_find(STR("ab"), STR(""), 3) == SIZE_MAX);
    assert_true(str_find(STR("ab"), STR("b"), 2) == SIZE_MAX);
}

static void
sub_is_clamped(void **state)
{
    (void)state;
    assert_str(str_sub(STR("abcd"), 1, 2), "bc");
    assert_str(str_sub(STR("abcd"), 3, 9), "d");
    assert_str(str_sub(STR("abcd"), 9, 9), "");
    assert_str(str_sub(STR_NONE, 0, 1), NULL);
    assert_str(str_sub(STR("ab"), 0, SIZE_MAX), "ab");
}

static void
trim_takes_our_blanks(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t\r\n\xC2\xA0"
                            "a b\xC2\xA0 \n")),
               "a b");
    assert_str(str_trim(STR(" \xC2\xA0 ")), "");
    assert_str(str_trim(STR("\xA0x\xC2")), "\xA0x\xC2");
    assert_str(str_trim(STR_NONE), NULL);
}

static void
cut_sees_all_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts;
    } rows[] = {
        {"a,b,,c", "[a][b][][c]"},
        {"",       "[]"         },
        {",",      "[][]"       },
        {"abc",    "[abc]"      },
        {NULL,     ""           }
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        char got[64] = "";
        size_t n = 0;
        struct str rest = str_of(rows[i].text);
        struct str part;
        while (str_cut(&rest, ',', &part)) {
            n += (size_t)snprintf(got + n, sizeof got - n, "[%.*s]", STR_FMT(part));
        }
        assert_string_equal(rows[i].parts, got);
    }
}

static void
utf8_by_rfc_3629(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "ab",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x7F",
        "\xC2\xC0",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xE2\x82",
        "\xE2\x82\x28",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF0\x90\x80",
        "\xF0\x90\x80\x28",
        "\xFF",
        "a\xE4",
    };
    for (size_t i = 0; i < CASES(good); i++) {
        assert_true(str_is_utf8(str_of(good[i])));
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        assert_false(str_is_utf8(str_of(bad[i])));
    }
    assert_false(str_is_utf8(STR("a\0b")));
    assert_true(str_is_utf8(STR_NONE));
    assert_int_equal(4, str_points(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")));
}

static void
numbers_are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n;
    } good[] = {
        {"0",                    0        },
        {"-0",                   0        },
        {"007",                  7        },
        {"-12",                  -12      },
        {"9223372036854775807",  INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "--1",
                                      "1-",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    for (size_t i = 0; i < CASES(good); i++) {
        int64_t n = 42;
        assert_ok(str_to_i64(str_of(good[i].text), &n));
        assert_true(n == good[i].n);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        int64_t n = 42;
        assert_rc(RC_INVALID, str_to_i64(str_of(bad[i]), &n));
        assert_true(n == 42);
    }
    int64_t n = 42;
    assert_rc(RC_INVALID, str_to_i64(STR_NONE, &n));
}

static void
hex_both_ways(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x9F, 0xFF};
    uint8_t back[3];
    char text[7];
    hex_print(bytes, 3, text);
    assert_string_equal("009fff", text);
    assert_ok(hex_parse(STR("009FfF"), back, 3));
    assert_memory_equal(bytes, back, 3);
    assert_rc(RC_INVALID, hex_parse(STR("009f"), back, 3));
    assert_rc(RC_INVALID, hex_parse(STR("009ff"), back, 3));
    assert_rc(RC_INVALID, hex_parse(STR("009fg0"), back, 3));
    assert_rc(RC_INVALID, hex_parse(STR("009f-0"), back, 3));
}

static void
base64url_both_ways(void **state)
{
    (void)state;
    /* RFC 4648 §10 without padding, and the two characters that differ. */
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        {"",             ""       },
        {"f",            "Zg"     },
        {"fo",           "Zm8"    },
        {"foo",          "Zm9v"   },
        {"foob",         "Zm9vYg" },
        {"fooba",        "Zm9vYmE"},
        {"\xFB\xFF\xBF", "-_-_"   }
    };
    static const char *const bad[] = {"Z",     "Zg=",  "Zg==", "Zh",  "Zm9",
                                      "Zm9vY", "Zm+v", "Zm/v", "Z m8"};
    char text[16];
    uint8_t back[16];
    size_t n = 0;
    for (size_t i = 0; i < CASES(rows); i++) {
        size_t len = strlen(rows[i].bytes);
        b64url_print((const uint8_t *)rows[i].bytes, len, text);
        assert_string_equal(rows[i].text, text);
        assert_ok(b64url_parse(str_of(rows[i].text), back, len, &n));
        assert_int_equal(len, n);
        assert_memory_equal(rows[i].bytes, back, len);
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        assert_rc(RC_INVALID, b64url_parse(str_of(bad[i]), back, sizeof back, &n));
    }
    assert_rc(RC_INVALID, b64url_parse(STR("Zm9v"), back, 2, &n));
    assert_rc(RC_INVALID, b64url_parse(STR("Zg\0A"), back, sizeof back, &n));
}

static void
base32_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        {"",       ""          },
        {"f",      "MY"        },
        {"fo",     "MZXQ"      },
        {"foo",    "MZXW6"     },
        {"foob",   "MZXW6YQ"   },
        {"fooba",  "MZXW6YTB"  },
        {"foobar", "MZXW6YTBOI"}
    };
    char text[16];
    for (size_t i = 0; i < CASES(rows); i++) {
        b32_print((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes), text);
        assert_string_equal(rows[i].text, text);
    }
}

static void
secrets_compare_whole(void **state)
{
    (void)state;
    assert_true(mem_eq_secret("abc", "abc", 3));
    assert_false(mem_eq_secret("abc", "abd", 3));
    assert_false(mem_eq_secret("abc", "Abc", 3));
    assert_true(mem_eq_secret("a", "b", 0));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_knows_no_value), cmocka_unit_test(starts_ends_find),
        cmocka_unit_test(sub_is_clamped),          cmocka_unit_test(trim_takes_our_blanks),
        cmocka_unit_test(cut_sees_all_parts),      cmocka_unit_test(utf8_by_rfc_3629),
        cmocka_unit_test(numbers_are_strict),      cmocka_unit_test(hex_both_ways),
        cmocka_unit_test(base64url_both_ways),     cmocka_unit_test(base32_of_rfc_4648),
        cmocka_unit_test(secrets_compare_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
