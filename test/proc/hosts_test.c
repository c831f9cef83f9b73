/* hosts_test.c: which workspace a host name means, and that half a table is never used. Deaths:
 * when a process waits and when it is given up. */
#include "proc/master_own.h"

static struct master m;

static void
row(const char *host, const char *slug, int64_t workspace, int64_t state, bool done)
{
    static uint8_t buf[4096];
    struct frame_out f;
    struct frame in;
    frame_begin(&f, buf, sizeof buf, W_HOSTS, 0);
    frame_put_str(&f, W_F_HOST, str_of(host));
    frame_put_str(&f, W_F_SLUG, str_of(slug));
    frame_put_i64(&f, W_F_WORKSPACE, workspace);
    frame_put_i64(&f, W_F_STATE, state);
    if (done) {
        frame_put_i64(&f, W_F_DONE, 1);
    }
    assert_int_equal(frame_parse(f.p, f.n, &in), OK);
    hosts_row(&m, &in);
}

static int64_t
found(const char *host)
{
    const struct host_row *r = hosts_find(&m, str_of(host));
    return r == NULL ? 0 : r->workspace;
}

static int
begin(void **state)
{
    (void)state;
    m = (struct master){.is_started = true, .hosts_known = true};
    (void)snprintf(m.conf.base_domain, sizeof m.conf.base_domain, "kontor.example");
    (void)snprintf(m.conf.listen, sizeof m.conf.listen, "127.0.0.1:8443");
    return 0;
}

static int
end(void **state)
{
    (void)state;
    hosts_done(&m.hosts);
    hosts_done(&m.coming);
    return 0;
}

static void
two_workspaces_by_name(void **state)
{
    (void)state;
    row("sued.kontor.example", "sued", 2, WH_ACTIVE, false);
    assert_int_equal(found("sued.kontor.example"), 0); /* the table is not whole yet */
    row("nord.kontor.example", "nord", 1, WH_ACTIVE, false);
    row("zeiten.nord.example", "nord", 1, WH_ACTIVE, false);
    row("neu.kontor.example", "neu", 3, WH_NEW, true);
    assert_int_equal(found("sued.kontor.example"), 2);
    assert_int_equal(found("NORD.Kontor.Example"), 1);
    assert_int_equal(found("zeiten.nord.example"), 1);
    assert_int_equal(found("neu.kontor.example"), 0); /* its folder is not there yet */
    assert_int_equal(found("west.kontor.example"), 0);
    assert_int_equal(found("nord.kontor.example.evil.example"), 0);
    assert_int_equal(found(""), 0);
    /* the base domain itself, localhost and addresses: the first one */
    assert_int_equal(found("kontor.example"), 1);
    assert_int_equal(found("localhost"), 1);
    assert_int_equal(found("127.0.0.1"), 1);
    assert_int_equal(found("::1"), 1);
    assert_int_equal(hosts_workspaces(&m), 2);
}

static void
a_single_workspace_answers_to_every_name(void **state)
{
    (void)state;
    row("nord.kontor.example", "nord", 4, WH_ACTIVE, true);
    assert_int_equal(found("anything.example"), 4);
    assert_int_equal(hosts_workspaces(&m), 1);
}

static void
a_new_table_replaces_the_old_one(void **state)
{
    (void)state;
    row("nord.kontor.example", "nord", 1, WH_ACTIVE, false);
    row("sued.kontor.example", "sued", 2, WH_ACTIVE, true);
    row("sued.kontor.example", "sued", 2, WH_ACTIVE, false);
    row("ost.kontor.example", "ost", 3, WH_ACTIVE, true);
    assert_int_equal(found("nord.kontor.example"), 0);
    assert_int_equal(found("ost.kontor.example"), 3);
}

static void
rows_of_wrong_form_are_left_out(void **state)
{
    (void)state;
    row("nord.kontor.example", "nord", 1, WH_ACTIVE, false);
    row("Bad_Name", "bad", 2, WH_ACTIVE, false);
    row("sued.kontor.example", "sued", 0, WH_ACTIVE, false); /* 0 is the registrar itself */
    row("ost.kontor.example", "ost", 3, 9, false);
    row("west.kontor.example", "west", 4, WH_ACTIVE, true);
    assert_int_equal(m.hosts.n, 2);
}

static void
origins(void **state)
{
    (void)state;
    char buf[300];
    conf_origin(&m.conf, "nord", buf, sizeof buf);
    assert_string_equal(buf, "https://nord.kontor.example:8443");
    m.conf.public_port = 443;
    conf_origin(&m.conf, "nord", buf, sizeof buf);
    assert_string_equal(buf, "https://nord.kontor.example");
    conf_origin(&m.conf, "", buf, sizeof buf);
    assert_string_equal(buf, "https://kontor.example");
    (void)snprintf(m.conf.operator_listen, sizeof m.conf.operator_listen, "10.0.0.1:8444");
    conf_origin(&m.conf, NULL, buf, sizeof buf);
    assert_string_equal(buf, "https://kontor.example:8444");
}

static void
deaths_wait_longer_and_longer(void **state)
{
    (void)state;
    const int64_t s = 1000000;
    struct deaths d = {0};
    int64_t now = 1000 * s;
    deaths_note(&d, now);
    assert_int_equal(d.wait_us, 0);
    deaths_note(&d, now += s);
    assert_int_equal(d.not_before_us, now);
    deaths_note(&d, now += s); /* the third in a minute */
    assert_int_equal(d.not_before_us, now + s);
    deaths_note(&d, now += s);
    assert_int_equal(d.wait_us, 2 * s);
    for (int i = 0; i < 5; i++) {
        deaths_note(&d, now += s);
        assert_false(d.too_many);
    }
    assert_int_equal(d.wait_us, 60 * s); /* 4, 8, 16, 32, then the ceiling */
    deaths_note(&d, now += s);
    assert_true(d.too_many);
}

static void
deaths_far_apart_do_not_count_together(void **state)
{
    (void)state;
    struct deaths d = {0};
    int64_t now = 0;
    for (int i = 0; i < 30; i++) {
        deaths_note(&d, now += 70LL * 1000000); /* 9 in ten minutes */
        assert_false(d.too_many);
        assert_int_equal(d.wait_us, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_workspaces_by_name, begin, end),
        cmocka_unit_test_setup_teardown(a_single_workspace_answers_to_every_name, begin, end),
        cmocka_unit_test_setup_teardown(a_new_table_replaces_the_old_one, begin, end),
        cmocka_unit_test_setup_teardown(rows_of_wrong_form_are_left_out, begin, end),
        cmocka_unit_test_setup_teardown(origins, begin, end),
        cmocka_unit_test(deaths_wait_longer_and_longer),
        cmocka_unit_test(deaths_far_apart_do_not_count_together),
    };
    return cmocka_run_group_tests_name("proc/hosts", tests, NULL, NULL);
}
