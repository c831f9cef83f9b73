/* answer_test.c: single members of what the registrar answers. */
#include "proc/answer.h"

static void
members(void **state)
{
    static const char hash[] = "68c556eed2372a476bb213083713380dade87bff327a1e4c7447cbfea8fc8360";
    char text[65];
    char small[8];
    char json[200];
    (void)state;
    (void)snprintf(json, sizeof json,
                   "{\"targets\":\"target2 target1\",\"hash\":\"%s\",\"bytes\":%s}", hash,
                   "146043");
    answer_text(str_of(json), "hash", text, sizeof text);
    assert_string_equal(text, hash);
    answer_text(str_of(json), "targets", text, sizeof text);
    assert_string_equal(text, "target2 target1");
    assert_int_equal(answer_number(str_of(json), "bytes"), 146043);
    answer_text(str_of(json), "targets", small, sizeof small);
    assert_string_equal(small, "target2");
}

static void
none(void **state)
{
    static const char *const texts[] = {"",
                                        "{}",
                                        "{\"hash\":\"\",\"bytes\":0}",
                                        "{\"hash\":",
                                        "{\"hash\":\"abc",
                                        "{\"hash\":7,\"bytes\":\"7\"}",
                                        "{\"hashes\":\"abc\"}",
                                        "{\"hash\":null,\"bytes\":null}",
                                        "{\"bytes\":-7}",
                                        "{\"bytes\":99999999999999999999}"};
    char text[65];
    (void)state;
    for (size_t i = 0; i < CASES(texts); i++) {
        answer_text(str_of(texts[i]), "hash", text, sizeof text);
        assert_string_equal(text, "");
        assert_int_equal(answer_number(str_of(texts[i]), "bytes"), 0);
    }
    answer_text(STR_NONE, "hash", text, sizeof text);
    assert_string_equal(text, "");
}

static void
who_is_busy(void **state)
{
    (void)state;
    assert_true(answer_is_busy(RC_BUSY, STR("")));
    assert_true(answer_is_busy(RC_CONFLICT, STR("backup.running")));
    assert_true(answer_is_busy(RC_IO, STR("not_running")));
    assert_false(answer_is_busy(RC_IO, STR("store.full")));
    assert_false(answer_is_busy(OK, STR("")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),
        cmocka_unit_test(none),
        cmocka_unit_test(who_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
