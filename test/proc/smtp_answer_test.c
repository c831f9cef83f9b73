/* smtp_answer_test.c: a mail server's words: what is kept of them, and what they mean. */
#include "proc/smtp_answer.h"

static void
the_last_line_is_kept_printable(void **state)
{
    struct smtp_answers a = {0};
    (void)state;
    assert_true(smtp_answer_take(&a, STR("250-first\r\n")));
    assert_true(smtp_answer_take(&a, STR("250 2.0.0 queued as 17\r\n")));
    assert_string_equal(a.last, "250 2.0.0 queued as 17");
    assert_true(smtp_answer_take(&a, STR("550 \x1b[2J<b>\t\xc3\xbc\x7f\r\n")));
    assert_string_equal(a.last, "550  [2J<b> ???");
    assert_true(smtp_answer_take(&a, STR("\r\n")));
    assert_string_equal(a.last, "");
}

static void
it_is_short_and_so_is_the_talk(void **state)
{
    static char text[SMTP_ANSWERS_MAX + 1];
    struct smtp_answers a = {0};
    (void)state;
    memset(text, 'x', sizeof text);
    assert_true(smtp_answer_take(&a, (struct str){text, SMTP_ANSWERS_MAX}));
    assert_int_equal(strlen(a.last), SMTP_ANSWER_MAX - 1);
    assert_false(smtp_answer_take(&a, STR("y")));
    assert_false(smtp_answer_take(&a, STR("y"))); /* and stays so */
    assert_int_equal(a.last[0], 'x');
}

static void
codes(void **state)
{
    static const struct {
        const char *line;
        int code;
    } rows[] = {
        {"250 ok", 250},
        {"250",    250},
        {"354-go", 354},
        {"599 x",  599},
        {"200 x",  200},
        {"199 x",  0  },
        {"600 x",  0  },
        {"25 x",   0  },
        {"2500 x", 0  },
        {"250x",   0  },
        {"-25 x",  0  },
        {"abc x",  0  },
        {"",       0  },
    };
    (void)state;
    for (size_t i = 0; i < CASES(rows); i++) {
        struct smtp_answers a = {0};
        assert_true(smtp_answer_take(&a, str_of(rows[i].line)));
        if (smtp_answer_code(&a) != rows[i].code) {
            FAIL_TEST("%s gives %d", rows[i].line, smtp_answer_code(&a));
        }
    }
}

static void
what_a_failure_means(void **state)
{
    struct smtp_answers a = {0};
    bool said;
    (void)state;
    assert_true(smtp_answer_take(&a, STR("550 5.1.1 no such person")));
    assert_rc(RC_INVALID, smtp_answer_judge(&a, 550, true, &said));
    assert_true(said);
    assert_rc(RC_IO, smtp_answer_judge(&a, 550, false, &said)); /* at greeting or log-in */
    assert_true(said);
    assert_true(smtp_answer_take(&a, STR("451 later")));
    assert_rc(RC_IO, smtp_answer_judge(&a, 451, true, &said));
    assert_true(said);
    assert_true(smtp_answer_take(&a, STR("221 bye")));
    assert_rc(RC_IO, smtp_answer_judge(&a, 451, true, &said));
    assert_true(said);
    assert_string_equal(a.refusal, "451 later");
    assert_rc(RC_IO, smtp_answer_judge(&a, 0, true, &said)); /* the line broke off */
    assert_false(said);
    a = (struct smtp_answers){0};
    assert_true(smtp_answer_take(&a, STR("250 ok")));
    assert_rc(RC_IO, smtp_answer_judge(&a, 451, true, &said)); /* 250 is no reason */
    assert_false(said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_line_is_kept_printable),
                                       cmocka_unit_test(it_is_short_and_so_is_the_talk),
                                       cmocka_unit_test(codes),
                                       cmocka_unit_test(what_a_failure_means)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
