/* outbound_test.c: which mail server a workspace may name (NET-02, NET-03), and when its password
 * must be given anew. */
#include "app/outbound/inner.h"

static struct mail_server_form
form_of(const char *host, int64_t port)
{
    return (struct mail_server_form){.host = str_of(host),
                                     .port = port,
                                     .target_login = STR("kontor"),
                                     .password = STR("geheim"),
                                     .sender = STR("buero@linden.example")};
}

static enum code
fault(const struct mail_server_form *f, const struct mail_server *stored, const char *field)
{
    const struct outbound_fault x = mail_server_check(f, stored);
    if (x.field != NULL) {
        assert_string_equal(x.field, field);
    }
    return x.code;
}

static void
only_a_server_outside_may_be_named(void **state)
{
    (void)state;
    static const char *const inside[] = {
        "localhost",      "127.0.0.1",        "10.0.0.7", "192.168.1.1",
        "172.16.0.1",     "100.64.0.1",       "::1",      "fe80::1",
        "fc00::1",        "169.254.1.1",      "mail",     "drucker.local",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "0.0.0.0",  "224.0.0.1"};
    static const char *const outside[] = {"mail.linden.example", "MAIL.Linden.Example", "9.9.9.9",
                                          "2620:fe::fe"};
    const struct mail_server none = {0};
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        const struct mail_server_form f = form_of(inside[i], 465);
        assert_int_equal(fault(&f, &none, "host"), E_TARGET_HOST);
    }
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        const struct mail_server_form f = form_of(outside[i], 587);
        assert_int_equal(fault(&f, &none, ""), E_NONE);
    }
}

static void
two_ports_and_a_sender(void **state)
{
    (void)state;
    const struct mail_server none = {0};
    static const int64_t ports[] = {25, 443, 464, 466, 586, 588, 2525, 65535};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        const struct mail_server_form f = form_of("mail.linden.example", ports[i]);
        assert_int_equal(fault(&f, &none, "port"), E_FIELD_CHOICE);
    }
    struct mail_server_form f = form_of("mail.linden.example", 465);
    f.sender = STR("buero");
    assert_int_equal(fault(&f, &none, "sender"), E_MAIL_ADDRESS);
}

/* The sealed one is bound to host, port and log-in: elsewhere it opens nothing. */
static void
another_server_wants_its_password(void **state)
{
    (void)state;
    struct mail_server stored = {.id = {4}, .form = form_of("mail.linden.example", 465)};
    struct mail_server_form f = stored.form;
    f.password = STR("");
    assert_int_equal(fault(&f, &stored, ""), E_NONE);
    f.host = STR("Mail.LINDEN.example"); /* the same */
    assert_int_equal(fault(&f, &stored, ""), E_NONE);
    f.sender = STR("post@linden.example");
    assert_int_equal(fault(&f, &stored, ""), E_NONE);
    f.host = STR("mail.ulmen.example");
    assert_int_equal(fault(&f, &stored, "password"), E_TARGET_PASSWORD);
    f = stored.form;
    f.password = STR("");
    f.port = 587;
    assert_int_equal(fault(&f, &stored, "password"), E_TARGET_PASSWORD);
    f.port = 465;
    f.target_login = STR("Kontor"); /* not the same */
    assert_int_equal(fault(&f, &stored, "password"), E_TARGET_PASSWORD);
    stored.id.n = 0;
    f.target_login = STR("kontor");
    assert_int_equal(fault(&f, &stored, "password"), E_TARGET_PASSWORD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_server_outside_may_be_named),
        cmocka_unit_test(two_ports_and_a_sender),
        cmocka_unit_test(another_server_wants_its_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
