/* mime_test.c: an e-mail as it goes out: what a mail program reads back, and that nothing typed can
 * become a header, a recipient or a command. */
#include "base/mime.h"

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

static const struct mime_mail plain = {
    .from_name = {"",                    0},
    .from = {"kontor@nord.example",                     19},
    .to = {"mara@linden.example",19},
    .subject = {"Hello", 5},
    .body = {"One\nTwo\n",                     8},
    .id = {"7.abc",                    5},
    .domain = {"nord.example",          12},
    .at = {1795511100000000                    }, /* 2026-11-24T08:25:00Z */
};

static struct str
printed(const struct mime_mail *m)
{
    struct out o = out_new(mem, 1 << 16);
    assert_int_equal(mime_print(&o, m), OK);
    out_char(&o, '\0');
    return (struct str){o.p, o.n - 1};
}

static void
a_plain_one(void **state)
{
    (void)state;
    assert_string_equal(printed(&plain).p, "Date: Tue, 24 Nov 2026 09:05:00 +0000\r\n"
                                           "From: <kontor@nord.example>\r\n"
                                           "To: <mara@linden.example>\r\n"
                                           "Subject: Hello\r\n"
                                           "Message-ID: <7.abc@nord.example>\r\n"
                                           "Auto-Submitted: auto-generated\r\n"
                                           "MIME-Version: 1.0\r\n"
                                           "Content-Type: text/plain; charset=utf-8\r\n"
                                           "Content-Transfer-Encoding: quoted-printable\r\n"
                                           "\r\n"
                                           "One\r\nTwo\r\n");
}

static void
umlauts_are_encoded(void **state)
{
    (void)state;
    struct mime_mail m = plain;
    m.from_name = STR("Büro Süd");
    m.subject = STR("Ihr Passwort für Büro Süd wurde geändert – bitte prüfen Sie das bald");
    m.body = STR("Grüße = x \n");
    struct str s = printed(&m);
    assert_true(str_find(s, STR("From: =?UTF-8?B?QsO8cm8gU8O8ZA==?=\r\n <kontor@"), 0) != SIZE_MAX);
    assert_true(str_find(s, STR("\r\n\r\nGr=C3=BC=C3=9Fe =3D x=20\r\n"), 0) != SIZE_MAX);
    assert_true(str_find(s, STR("?=\r\n =?UTF-8?B?"), 0) != SIZE_MAX); /* two words */
}

static void
lines_are_short_ascii(void **state)
{
    (void)state;
    struct mime_mail m = plain;
    char body[3000];
    for (size_t i = 0; i < sizeof(body) - 1; i += 2) {
        memcpy(body + i, i % 600 < 300 ? "ä" : "ab", 2);
    }
    body[sizeof(body) - 1] = '\n';
    m.body = (struct str){body, sizeof(body)};
    m.subject = (struct str){body, 180};
    struct str rest = printed(&m);
    struct str line;
    while (str_cut(&rest, '\n', &line)) {
        assert_true(line.n <= 77); /* with the CR */
        assert_true(line.n == 0 || line.p[line.n - 1] == '\r');
        for (size_t i = 0; i < line.n; i++) {
            assert_true((unsigned char)line.p[i] < 0x7f);
        }
    }
}

static void
nothing_becomes_a_header(void **state)
{
    (void)state;
    static const char *const subjects[] = {"a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\tb"};
    static const char *const addresses[] = {"a@b.example>\r\nRCPT TO:<c@d.example",
                                            "a b@c.example",
                                            "a@b.example,c@d.example",
                                            "<a@b.example>",
                                            "",
                                            "ä@b.c"};
    struct out o = out_new(mem, 1 << 16);
    for (size_t i = 0; i < CASES(subjects); i++) {
        struct mime_mail m = plain;
        m.subject = str_of(subjects[i]);
        assert_int_equal(mime_print(&o, &m), RC_INVALID);
        m.subject = STR("x");
        m.from_name = str_of(subjects[i]);
        assert_int_equal(mime_print(&o, &m), RC_INVALID);
    }
    for (size_t i = 0; i < CASES(addresses); i++) {
        struct mime_mail m = plain;
        m.to = str_of(addresses[i]);
        assert_int_equal(mime_print(&o, &m), RC_INVALID);
        m.to = plain.to;
        m.from = str_of(addresses[i]);
        assert_int_equal(mime_print(&o, &m), RC_INVALID);
    }
}

static void
too_long_is_told(void **state)
{
    (void)state;
    struct out o = out_new(mem, 100);
    assert_int_equal(mime_print(&o, &plain), RC_LIMIT);
}

static void
addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b.example", "a.b+c@x-y.b.example", "o'hara@b.example",
                                       "_@1.example"};
    static const char *const bad[] = {"",
                                      "a",
                                      "a@",
                                      "@b.example",
                                      "a@b",
                                      "a@b.example.",
                                      "a@.example",
                                      "a..b@c.example",
                                      ".a@b.example",
                                      "a@b.example@c.example",
                                      "a b@c.example",
                                      "a@-b.example",
                                      "a@b-.example",
                                      "a@b_c.example",
                                      "\"a\"@b.example",
                                      "a@[127.0.0.1]",
                                      "a@b.example\r\nDATA",
                                      "ä@b.example",
                                      "a@ä.example",
                                      "<a@b.example>",
                                      "a,b@c.example"};
    for (size_t i = 0; i < CASES(good); i++) {
        if (!mail_address_is_valid(str_of(good[i]))) {
            FAIL_TEST("%s is refused", good[i]);
        }
    }
    for (size_t i = 0; i < CASES(bad); i++) {
        if (mail_address_is_valid(str_of(bad[i]))) {
            FAIL_TEST("%s is taken", bad[i]);
        }
    }
    char name[MAIL_ADDRESS_MAX + 8];
    memset(name, 'a', sizeof(name));
    memcpy(name + 64, "@b.example", 10);
    assert_true(mail_address_is_valid((struct str){name, 74}));
    memcpy(name + 64, "a@b.example", 11);
    assert_false(mail_address_is_valid((struct str){name, 75}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_one),           cmocka_unit_test(umlauts_are_encoded),
        cmocka_unit_test(lines_are_short_ascii), cmocka_unit_test(nothing_becomes_a_header),
        cmocka_unit_test(too_long_is_told),      cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
