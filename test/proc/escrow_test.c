/* escrow_test.c: a printed key is read as people type it and every slip is noticed; a sealed file
 * opens under its own printed key and nothing else. */
#include "proc/escrow.h"

#include <sodium.h>

#include "base/time.h"

static uint8_t printed[ESCROW_KEY];
static uint8_t master[KEY_SIZE];
static char text[ESCROW_KEY_TEXT + 1];

static int
make(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    randombytes_buf(printed, sizeof printed);
    randombytes_buf(master, sizeof master);
    escrow_print_key(printed, text);
    return 0;
}

static void
a_known_key_is_printed_so(void **state)
{
    (void)state;
    uint8_t key[ESCROW_KEY];
    char out[ESCROW_KEY_TEXT + 1];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    escrow_print_key(key, out);
    assert_string_equal(out,
                        "aaas-ea2e-awda-qcaj-bifs-2diq-b6ib-cesv-duq4"); /* worked out elsewhere */
}

static void
a_key_is_read_as_it_is_typed(void **state)
{
    (void)state;
    uint8_t back[ESCROW_KEY];
    char typed[ESCROW_TYPED_MAX];
    assert_int_equal(escrow_parse_key(str_of(text), back), OK);
    assert_memory_equal(back, printed, ESCROW_KEY);
    size_t n = 0;
    typed[n++] = '\t';
    for (const char *p = text; *p != '\0'; p++) {
        if (*p != '-') {
            typed[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
            typed[n++] = ' ';
        }
    }
    typed[n++] = '\r';
    typed[n++] = '\n';
    memset(back, 0, sizeof back);
    assert_int_equal(escrow_parse_key((struct str){typed, n}, back), OK);
    assert_memory_equal(back, printed, ESCROW_KEY);
}

/* One wrong sign, two that changed places, one too few, one too many. */
static void
every_slip_is_noticed(void **state)
{
    (void)state;
    uint8_t back[ESCROW_KEY];
    char bad[ESCROW_KEY_TEXT + 3];
    for (size_t i = 0; i < ESCROW_KEY_TEXT; i++) {
        memcpy(bad, text, sizeof text);
        if (bad[i] == '-') {
            continue;
        }
        for (const char *to = "az29!l0\x80"; *to != '\0'; to++) {
            bad[i] = *to;
            assert_int_equal(escrow_parse_key(str_of(bad), back),
                             bad[i] == text[i] ? OK : RC_INVALID);
        }
        memcpy(bad, text, sizeof text);
        if (i > 0 && bad[i - 1] != '-' && bad[i - 1] != bad[i]) {
            bad[i] = text[i - 1];
            bad[i - 1] = text[i];
            assert_int_equal(escrow_parse_key(str_of(bad), back), RC_INVALID);
        }
    }
    assert_int_equal(escrow_parse_key((struct str){text, ESCROW_KEY_TEXT - 1}, back), RC_INVALID);
    (void)snprintf(bad, sizeof bad, "%sa", text);
    assert_int_equal(escrow_parse_key(str_of(bad), back), RC_INVALID);
    assert_int_equal(escrow_parse_key(STR_NONE, back), RC_INVALID);
    assert_int_equal(escrow_parse_key((struct str){"\0", 1}, back), RC_INVALID);
    char blanks[ESCROW_TYPED_MAX + 1];
    memset(blanks, ' ', sizeof blanks);
    memcpy(blanks, text, ESCROW_KEY_TEXT);
    assert_int_equal(escrow_parse_key((struct str){blanks, sizeof blanks - 1}, back), OK);
    assert_int_equal(escrow_parse_key((struct str){blanks, sizeof blanks}, back), RC_INVALID);
}

static void
a_sealed_file_opens_under_its_printed_key_only(void **state)
{
    (void)state;
    char file[ESCROW_FILE_MAX];
    uint8_t back[KEY_SIZE];
    uint8_t other[ESCROW_KEY];
    escrow_seal(printed, master, 3, 1764000000000000, file);
    assert_non_null(strstr(file, "\ngeneration 3\nmade 2025-11-24T16:00:00Z\n"));
    assert_int_equal(escrow_open(str_of(file), printed, back), OK);
    assert_memory_equal(back, master, KEY_SIZE);
    size_t n = strlen(file);
    assert_int_equal(escrow_open((struct str){file, n - 1}, printed, back), OK); /* no line feed */
    memcpy(other, printed, sizeof other);
    other[19] ^= 1;
    assert_int_equal(escrow_open(str_of(file), other, back), RC_DENIED);
}

static void
every_changed_sign_is_noticed(void **state)
{
    (void)state;
    char file[ESCROW_FILE_MAX];
    uint8_t back[KEY_SIZE];
    escrow_seal(printed, master, INT64_MAX, INT64_MAX / 2, file); /* as long as it gets */
    size_t n = strlen(file);
    assert_true(n < ESCROW_FILE_MAX);
    assert_int_equal(escrow_open(str_of(file), printed, back), OK);
    for (size_t i = 0; i < n - 1; i++) {
        char was = file[i];
        file[i] = was == '0' ? '1' : '0';
        assert_int_not_equal(escrow_open(str_of(file), printed, back), OK);
        file[i] = was;
    }
    for (size_t cut = 0; cut < n - 1; cut++) {
        assert_int_equal(escrow_open((struct str){file, cut}, printed, back), RC_INVALID);
    }
    char longer[2 * ESCROW_FILE_MAX];
    memset(longer, '\n', sizeof longer);
    memcpy(longer, file, n);
    assert_int_equal(escrow_open((struct str){longer, sizeof longer}, printed, back), RC_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_key_is_printed_so),
        cmocka_unit_test(a_key_is_read_as_it_is_typed),
        cmocka_unit_test(every_slip_is_noticed),
        cmocka_unit_test(a_sealed_file_opens_under_its_printed_key_only),
        cmocka_unit_test(every_changed_sign_is_noticed),
    };
    return cmocka_run_group_tests_name("proc/escrow", tests, make, NULL);
}
