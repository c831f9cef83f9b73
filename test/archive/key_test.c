/* key_test.c: the lines that people keep: read as printed, every slip noticed, halves not mixed up.
 */
#include "archive/key.h"

#include <sodium.h>

static void
there_and_back(void **state)
{
    (void)state;
    uint8_t key[ARCHIVE_KEY];
    uint8_t back[ARCHIVE_KEY];
    char line[ARCHIVE_KEY_LINE + 1];
    assert_true(sodium_init() >= 0);
    for (uint8_t i = 0; i < ARCHIVE_KEY; i++) {
        key[i] = i;
    }
    for (int secret = 0; secret < 2; secret++) {
        archive_key_print(secret == 1, key, line);
        assert_int_equal(strlen(line), ARCHIVE_KEY_LINE);
        assert_ok(archive_key_parse(str_of(line), secret == 1, back));
        assert_memory_equal(back, key, sizeof(key));
        line[ARCHIVE_KEY_LINE - 1] = '\0';
        assert_ok(archive_key_parse(str_of(line), secret == 1, back));
        assert_rc(RC_INVALID, archive_key_parse(str_of(line), secret == 0, back));
        /* worked out elsewhere */
        assert_string_equal(line + ARCHIVE_KEY_LINE - 17,
                            secret == 1 ? "d384eb6da4374b55" : "fd124cbe36f9cb27");
    }
}

static void
every_slip(void **state)
{
    (void)state;
    static const uint8_t key[ARCHIVE_KEY] = {1, 2, 3};
    uint8_t back[ARCHIVE_KEY];
    char line[ARCHIVE_KEY_LINE + 1];
    archive_key_print(true, key, line);
    for (size_t i = 0; i < ARCHIVE_KEY_LINE - 1; i++) {
        const char was = line[i];
        line[i] = was == '4' ? '5' : '4';
        assert_rc(RC_INVALID, archive_key_parse(str_of(line), true, back));
        line[i] = was;
        assert_rc(RC_INVALID, archive_key_parse((struct str){line, i}, true, back));
    }
    assert_rc(RC_INVALID, archive_key_parse(STR(""), true, back));
    line[ARCHIVE_KEY_LINE - 1] = 'x';
    assert_rc(RC_INVALID, archive_key_parse(str_of(line), true, back));
}

/* A sheet that was typed in again: words round it, ends of line of another system. */
static void
found_on_a_sheet(void **state)
{
    (void)state;
    static const uint8_t key[ARCHIVE_KEY] = {9, 8, 7};
    uint8_t back[ARCHIVE_KEY];
    char line[2][ARCHIVE_KEY_LINE + 1];
    char text[600];
    archive_key_print(true, key, line[0]);
    archive_key_print(false, key, line[1]);
    (void)snprintf(text, sizeof(text), "Geheim\n\n%.105s\r\n  %s", line[1], line[0]);
    assert_ok(archive_key_find(str_of(text), true, back));
    assert_memory_equal(back, key, sizeof(key));
    assert_ok(archive_key_find(str_of(text), false, back));
    assert_rc(RC_INVALID, archive_key_find(STR("Geheim\n"), true, back));
    assert_rc(RC_INVALID, archive_key_find(STR(""), true, back));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(every_slip),
        cmocka_unit_test(found_on_a_sheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
