/* hosts_test.c: which workspace a host name means, and that half a table is never used. Deaths:
 * when a process waits and when it is given up. */
#include "proc/host_table.h"
#include "proc/master_own.h"

static struct master m;

static struct host_line lines[8];
static size_t n_lines;

/* One more row; the last makes them master's table. */
static void
row(const char *host, const char *slug, int64_t workspace, int64_t state, bool last)
{
    struct frame f = {.type = W_HOSTS, .fd = -1};
    lines[n_lines++] = (struct host_line){str_of(host), str_of(slug), STR_NONE, workspace, state};
    if (last) {
        assert_ok(host_table_new(lines, n_lines, &f.fd));
        hosts_take(&m, &f);
        close(f.fd);
        n_lines = 0;
    }
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
    n_lines = 0;
    return 0;
}

static void
two_workspaces_by_name(void **state)
{
    (void)state;
    row("sued.kontor.example", "sued", 2, WH_ACTIVE, false);
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

/* --- a table of any length -------------------------------------------------------------------- */

enum { MANY = 20000 };

static void
take_frame(struct chan *c, struct frame *f)
{
    (void)c;
    assert_int_equal(f->type, W_HOSTS);
    hosts_take(&m, f);
}

static void
channel_lost(struct chan *c)
{
    (void)c;
    FAIL_TEST("the channel was closed");
}

/* Nobody reads while it is sent, as master does not while it waits for a process to start. */
static void
twenty_thousand_rows_come_over_a_channel(void **state)
{
    static char names[MANY][40];
    struct chan from = {.on_frame = take_frame, .on_close = channel_lost};
    struct chan to = from;
    struct loop *l = loop_new();
    struct frame_out f;
    int fds[2];
    int fd;
    struct host_line *many = calloc(MANY, sizeof *many);
    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "w%zu.kontor.example", i + 1);
        many[i] = (struct host_line){str_of(names[i]), str_sub(str_of(names[i]), 0, 2),
                                     STR("Agentur"), (int64_t)i + 1, WH_ACTIVE};
    }
    assert_ok(chan_pair(fds));
    chan_open(&from, l, fds[0]);
    chan_open(&to, l, fds[1]);
    for (int round = 0; round < 3; round++) { /* and again with every change */
        assert_ok(host_table_new(many, MANY, &fd));
        chan_begin(&f, W_HOSTS, 0);
        chan_send(&from, &f, fd);
    }
    assert_true(from.queued < 4);
    for (int i = 0; i < 10; i++) {
        loop_turn(l, 0);
    }
    assert_int_equal(m.hosts.n, MANY);
    assert_int_equal(found("w1.kontor.example"), 1);
    assert_int_equal(found("w20000.kontor.example"), MANY);
    assert_string_equal(hosts_of_workspace(&m, 777)->agency, "Agentur");
    chan_close(&from);
    chan_close(&to);
    loop_free(l);
    free(many);
}

static enum rc
taken(const void *p, size_t n)
{
    struct frame row;
    size_t pos = 0;
    enum rc rc = OK;
    while (rc == OK) {
        rc = host_table_next((struct bytes){p, n}, &pos, &row);
    }
    return rc;
}

static void
a_table_that_cannot_be_read_leaves_the_old_one(void **state)
{
    struct frame f = {.type = W_HOSTS, .fd = -1};
    const uint8_t cut[] = {1, 0};
    const uint8_t longer[] = {200, 0, 0, 0, 'x'};
    const uint8_t other[] = {4, 0, 0, 0, 'n', 'o', 'n', 'e'};
    struct host_line *endless = calloc(2, sizeof *endless);
    (void)state;
    assert_non_null(endless);
    row("nord.kontor.example", "nord", 1, WH_ACTIVE, true);
    assert_int_equal(taken("", 0), RC_MISSING);
    assert_int_equal(taken(cut, sizeof cut), RC_BROKEN);
    assert_int_equal(taken(longer, sizeof longer), RC_BROKEN);
    assert_int_equal(taken(other, sizeof other), RC_BROKEN);
    hosts_take(&m, &f); /* nothing came along */
    assert_ok(body_fd_new((struct bytes){other, sizeof other}, &f.fd));
    hosts_take(&m, &f);
    close(f.fd);
    assert_int_equal(found("nord.kontor.example"), 1);
    endless[0].name = endless[1].name = (struct str){"", HOST_TABLE_MAX / 2};
    assert_int_equal(host_table_new(endless, 2, &f.fd), RC_LIMIT);
    free(endless);
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
        cmocka_unit_test_setup_teardown(twenty_thousand_rows_come_over_a_channel, begin, end),
        cmocka_unit_test_setup_teardown(a_table_that_cannot_be_read_leaves_the_old_one, begin, end),
        cmocka_unit_test_setup_teardown(origins, begin, end),
        cmocka_unit_test(deaths_wait_longer_and_longer),
        cmocka_unit_test(deaths_far_apart_do_not_count_together),
    };
    return cmocka_run_group_tests_name("proc/hosts", tests, NULL, NULL);
}
