/* text_test.c: folding, DIN 5007 sort keys, normalisation, Windows-1252. */
#include "base/text.h"

static struct arena *mem;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new(1 << 20);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void
names_fold_alike(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"M\xC3\x9CLLER",            "mueller"                 },
        {"Mueller",                  "mueller"                 },
        {"M\xC3\xBCller",            "mueller"                 },
        {"Mu\xCC\x88ller",           "mueller"                 }, /* decomposed */
        {"STRASSE",                  "strasse"                 },
        {"Stra\xC3\x9F"
         "e",               "strasse"                 },
        {"STRA\xE1\xBA\x9E"
         "E",               "strasse"                 }, /* capital sharp s */
        {"\xC3\x84rger \xC3\x96l",   "aerger oel"              },
        {"Caf\xC3\xA9",              "cafe"                    },
        {"\xC3\x85ngstr\xC3\xB6m",   "angstroem"               },
        {"na\xC3\xAFve",             "naive"                   },
        {"\xC7\x96",                 "ue"                      }, /* u with diaeresis and macron */
        {"\xC5\x81\xC3\xB3"
         "d\xC5\xBA",       "lodz"                    },
        {"\xC3\x86r\xC3\xB8",        "aero"                    },
        {"  a \t\r\n\xC2\xA0 b  ",   "a b"                     },
        {"\xEF\xAC\x81sch",          "fisch"                   }, /* ligature fi */
        {"\xEF\xBC\xA1\xEF\xBC\x92", "a2"                      }, /* full-width */
        {"\xE3\x81\x8C",             "\xE3\x81\x8B\xE3\x82\x99"}, /* kana keeps its voicing */
        {"",                         ""                        },
        {"   ",                      ""                        },
        {"M&S",                      "m&s"                     },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_str(text_fold(mem, str_of(rows[i].text)), rows[i].want);
    }
    assert_str(text_fold(mem, STR_NONE), NULL);
}

/* A mark after a blank belongs to the blank and not to the letter before it. */
static void
marks_stay_with_their_letter(void **state)
{
    (void)state;
    assert_str(text_fold(mem, STR("a \xCC\x88"
                                  "b")),
               "a b");
    assert_str(text_fold(mem, STR("u\xCC\x88\xCC\x88")), "ue");
    assert_str(text_fold(mem, STR("\xC2\xA8")), "");
}

/* What somebody looks for is taken by its letters, also when they mean something to LIKE. */
static void
wildcards_are_letters(void **state)
{
    (void)state;
    assert_str(text_like(mem, STR("10 %_a\\b")), "%10 \\%\\_a\\\\b%");
    assert_str(text_like(mem, STR("")), "%%");
}

static void
folding_twice_changes_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {"M\xC3\xBCller & S\xC3\xB6hne", "\xC4\xB0stanbul",
                                       "\xEF\xB7\xBA", "\xCE\x91\xCE\xB9\xCC\x88\xCE\xA3"};
    for (size_t i = 0; i < CASES(rows); i++) {
        struct str once = text_fold(mem, str_of(rows[i]));
        assert_true(str_eq(once, text_fold(mem, once)));
        assert_true(str_is_utf8(once));
    }
}

static void
keys_sort_by_din_5007_1(void **state)
{
    (void)state;
    /* Already in order. */
    static const char *const rows[] = {
        "",
        "3M",
        "\xC3\x84hre",
        "Ahrens",
        "Goethe",
        "Goldmann",
        "G\xC3\xB6tz",
        "M\xC3\xBCller",
        "M\xC3\xBCller B\xC3\xBCro",
        "Muller-Lang",
        "M\xC3\xBCller & S\xC3\xB6hne",
        "M\xC3\xBCllerei",
        "Strasse",
        "Stra\xC3\x9F"
        "e 10",
    };
    for (size_t i = 1; i < CASES(rows); i++) {
        struct str a = text_sort_key(mem, str_of(rows[i - 1]));
        struct str b = text_sort_key(mem, str_of(rows[i]));
        size_t n = a.n < b.n ? a.n : b.n;
        int order = memcmp(a.p, b.p, n);
        if (order > 0 || (order == 0 && a.n > b.n)) {
            FAIL_TEST("%s does not sort before %s", rows[i - 1], rows[i]);
        }
    }
}

static void
keys_read_plainly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"M\xC3\xBCller",       "muller"                },
        {"Wei\xC3\x9F",         "weiss"                 },
        {"M\xC3\xBCller-L\xC3\xBC"
         "denscheidt", "muller ludenscheidt  -"},
        {"A & B",               "a b  &"                },
        {"  Agentur 24  ",      "agentur 24"            },
        {"a\tb\x01"
         "c",          "a b c"                 },
        {"!",                   "  !"                   },
        {"\xC3\x98resund",      "oresund"               },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        assert_str(text_sort_key(mem, str_of(rows[i].text)), rows[i].want);
    }
    assert_str(text_sort_key(mem, STR_NONE), NULL);
}

static void
nfkc_once(void **state)
{
    (void)state;
    assert_str(text_nfkc(mem, STR("u\xCC\x88")), "\xC3\xBC");
    assert_str(text_nfkc(mem, STR("\xE2\x84\xAB"
                                  "Pass\xEF\xBC\x91")),
               "\xC3\x85Pass1");
    assert_str(text_nfkc(mem, STR("")), "");
    assert_str(text_nfkc(mem, STR_NONE), NULL);
}

/* Text is checked where it comes in; what slipped through must not end the process. */
static void
broken_utf8_ends_nothing(void **state)
{
    (void)state;
    assert_true(text_nfkc(mem, STR("a\xFF")).n > 0);
    assert_true(text_fold(mem, STR("a\xFF")).n > 0);
}

static void
windows_1252(void **state)
{
    (void)state;
    const uint8_t in[] = {'a',  0xE4, 0xDF, 0x80, 0x84, 0x96, 0x9F, 0xFF,
                          0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x00, 0x7F};
    struct str got = text_from_cp1252(mem, (struct bytes){in, sizeof in});
    assert_str(got, "a\xC3\xA4\xC3\x9F\xE2\x82\xAC\xE2\x80\x9E\xE2\x80\x93\xC5\xB8\xC3\xBF"
                    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x7F");
    assert_str(text_from_cp1252(mem, (struct bytes){in, 0}), "");
    assert_str(text_from_cp1252(mem, (struct bytes){NULL, 0}), NULL);
    for (unsigned c = 1; c < 256; c++) {
        uint8_t one = (uint8_t)c;
        struct str s = text_from_cp1252(mem, (struct bytes){&one, 1});
        assert_true(str_is_utf8(s) && str_points(s) == 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fold_alike),
        cmocka_unit_test(marks_stay_with_their_letter),
        cmocka_unit_test(wildcards_are_letters),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(keys_sort_by_din_5007_1),
        cmocka_unit_test(keys_read_plainly),
        cmocka_unit_test(nfkc_once),
        cmocka_unit_test(broken_utf8_ends_nothing),
        cmocka_unit_test(windows_1252),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
