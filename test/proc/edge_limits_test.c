/* edge_limits_test.c: deadlines are absolute and connections are counted, so that whoever is slow,
 * idle or many harms nobody but himself. */
#include "edge_rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 20000, SLACK_MS = 8000 };

#define ECHO "GET /echo HTTP/1.1\r\nHost: nord.localhost\r\n\r\n"

static struct rig rig;

static int
start(void **state)
{
    static const char *const settings[] = {"edge.handshake_ms",
                                           "400",
                                           "edge.head_ms",
                                           "500",
                                           "edge.idle_ms",
                                           "600",
                                           "edge.body_ms",
                                           "500",
                                           "edge.write_ms",
                                           "500",
                                           "edge.per_address",
                                           "12",
                                           "edge.write_rate",
                                           "100000000",
                                           NULL};
    (void)state;
    rig_start(&rig, settings);
    return 0;
}

static int
start_roomy(void **state)
{
    static const char *const settings[] = {"edge.per_address", "3000", "edge.connections", "1500",
                                           NULL};
    (void)state;
    rig_start(&rig, settings);
    return 0;
}

static int
start_patient(void **state)
{
    static const char *const settings[] = {"edge.linger_ms", "300", "edge.body_ms", "2500", NULL};
    (void)state;
    rig_start(&rig, settings);
    return 0;
}

static int
start_hasty(void **state)
{
    static const char *const settings[] = {
        "edge.idle_ms", "600",           "edge.body_ms", "900", "edge.linger_ms",
        "300",          "edge.write_ms", "60000",        NULL};
    (void)state;
    rig_start(&rig, settings);
    return 0;
}

static int
start_small(void **state)
{
    static const char *const settings[] = {"edge.connections", "8", NULL};
    (void)state;
    rig_start(&rig, settings);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    return rig_stop(&rig);
}

/* Waits for the end of the connection while sending `drip` every 50 ms; gives the milliseconds.
 * What came meanwhile is left in answer (NUL-terminated). */
static int64_t
until_closed(struct client *c, const char *drip, char *answer, size_t cap)
{
    int64_t begin = rig_now_ms();
    size_t n = 0;
    bool eof = false;

    while (!eof && rig_now_ms() - begin < 20000) {
        bool wrote = drip != NULL && client_say(c, drip);
        n += client_read(c, answer + n, cap - 1 - n, wrote ? 50 : 1000, &eof);
    }
    answer[n] = '\0';
    return rig_now_ms() - begin;
}

static void
slow_handshake(void **state)
{
    struct client c;
    char answer[512];

    (void)state;
    assert_true(client_open_tcp(&c, &rig));
    assert_in_range(until_closed(&c, NULL, answer, sizeof answer), 300, SLACK_MS);
    client_close(&c);
    assert_true(client_open_tcp(&c, &rig)); /* the start of a ClientHello, then single bytes */
    assert_true(client_send(&c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    assert_in_range(until_closed(&c, "a", answer, sizeof answer), 300, SLACK_MS);
    client_close(&c);
}

static void
slow_head(void **state)
{
    struct client c;
    char answer[8192];

    (void)state;
    assert_true(client_open(&c, &rig, NULL)); /* nothing at all: closed without a word */
    assert_in_range(until_closed(&c, NULL, answer, sizeof answer), 400, SLACK_MS);
    assert_string_equal(answer, "");
    client_close(&c);
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, "GET / HTTP/1.1\r\nX: "));
    assert_in_range(until_closed(&c, "a", answer, sizeof answer), 400, SLACK_MS);
    assert_non_null(strstr(answer, "HTTP/1.1 408 "));
    client_close(&c);
}

static void
slow_body(void **state)
{
    struct client c;
    char answer[8192];

    (void)state;
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, "POST /size HTTP/1.1\r\nHost: nord.localhost\r\n"
                               "Content-Length: 50000\r\n\r\n"));
    assert_in_range(until_closed(&c, "a", answer, sizeof answer), 400, SLACK_MS);
    assert_non_null(strstr(answer, "HTTP/1.1 408 "));
    client_close(&c);
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, "POST /size HTTP/1.1\r\nHost: nord.localhost\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"));
    assert_in_range(until_closed(&c, "1\r\na\r\n", answer, sizeof answer), 400, SLACK_MS);
    assert_non_null(strstr(answer, "HTTP/1.1 408 "));
    client_close(&c);
}

/* Faster than the minimum rate, so longer than the plain deadline is fine. */
static void
steady_body(void **state)
{
    struct client c;
    struct response r;
    char part[2001];

    (void)state;
    memset(part, 'a', 2000);
    part[2000] = '\0';
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, "POST /size HTTP/1.1\r\nHost: nord.localhost\r\n"
                               "Content-Length: 40000\r\n\r\n"));
    for (int i = 0; i < 20; i++) {
        assert_true(client_say(&c, part));
        (void)poll(NULL, 0, 50); /* 1 s in all, twice the deadline */
    }
    assert_true(client_response(&c, &r, WAIT_MS, false));
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "40000");
    response_done(&r);
    client_close(&c);
}

static void
idle_ends(void **state)
{
    struct client c;
    struct response r;
    char answer[64];

    (void)state;
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, ECHO));
    assert_true(client_response(&c, &r, WAIT_MS, false));
    response_done(&r);
    assert_in_range(until_closed(&c, NULL, answer, sizeof answer), 500, SLACK_MS);
    assert_string_equal(answer, "");
    client_close(&c);
}

/* Asks for much and does not read. */
static void
slow_reader(void **state)
{
    struct client c;
    char part[4096];
    bool eof = false;
    size_t n = 0;

    (void)state;
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, "GET /big?60000000 HTTP/1.1\r\nHost: nord.localhost\r\n\r\n"));
    (void)poll(NULL, 0, 2500);
    while (!eof && n < 60000000) { /* what the kernel had buffered, then the end */
        size_t got = client_read(&c, part, sizeof part, 1000, &eof);
        if (got == 0 && !eof) {
            break;
        }
        n += got;
    }
    assert_true(eof);
    assert_true(n < 60000000);
    client_close(&c);
}

/* The answer fits into the kernel's buffers: who does not take it loses it all the same, idle or
 * after "close". */
static void
reader_that_never_reads(void **state)
{
    static const char *const asks[] = {
        "GET /big?200000 HTTP/1.1\r\nHost: nord.localhost\r\n\r\n",
        "GET /big?200000 HTTP/1.1\r\nHost: nord.localhost\r\nConnection: close\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static char all[300000];
        struct client c;
        bool eof = false;
        assert_true(client_open_narrow(&c, &rig));
        assert_true(client_say(&c, asks[i]));
        (void)poll(NULL, 0, 3000);
        size_t n = client_read(&c, all, sizeof all, 1000, &eof);
        assert_true(eof);
        assert_in_range(n, 0, 199999);
        client_close(&c);
    }
}

static void
connections_of_one_address(void **state)
{
    struct client c[14];
    size_t opened = 0;

    (void)state;
    for (size_t i = 0; i < 14; i++) {
        opened += client_open(&c[i], &rig, NULL) ? 1 : 0;
    }
    assert_int_equal(opened, 12);
    for (size_t i = 0; i < 14; i++) {
        client_close(&c[i]);
    }
}

/* What is too large is refused at once; who goes on sending, slowly, still finds the answer.
 * Neither silence nor dripping keeps the connection. */
static void
refused_while_sending(void **state)
{
    static const char head[] = "POST /size HTTP/1.1\r\nHost: nord.localhost\r\n"
                               "Content-Length: 99999999\r\n\r\n";
    struct client c;
    struct response r;
    char part[1001], answer[8192];

    (void)state;
    memset(part, 'a', 1000);
    part[1000] = '\0';
    assert_true(client_open(&c, &rig, NULL));
    assert_true(client_say(&c, head));
    for (int i = 0; i < 10; i++) {
        assert_true(client_say(&c, part));
        (void)poll(NULL, 0, 150); /* five times as long as silence would last */
    }
    assert_true(client_response(&c, &r, WAIT_MS, false));
    assert_int_equal(r.status, 413);
    assert_non_null(strstr(r.body, "</html>"));
    response_done(&r);
    client_close(&c);
    assert_true(client_open_plain(&c, &rig)); /* without TLS a half-closed connection can be seen */
    assert_true(client_say(&c, head));
    int64_t begin = rig_now_ms();
    assert_in_range(until_closed(&c, NULL, answer, sizeof answer), 0, 2000);
    assert_non_null(strstr(answer, "HTTP/1.1 413 "));
    while (client_say(&c, "a") && rig_now_ms() - begin < 20000) {
        (void)poll(NULL, 0, 100);
    }
    assert_in_range(rig_now_ms() - begin, 2000, SLACK_MS);
    client_close(&c);
}

static bool
answers(struct client *c)
{
    struct response r;
    bool done = client_say(c, ECHO) && client_response(c, &r, WAIT_MS, false);

    if (done) {
        done = r.status == 200;
        response_done(&r);
    }
    return done;
}

/* When all places are taken the one that was idle for the longest makes room. */
static void
the_longest_idle_makes_room(void **state)
{
    struct client c[9];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        assert_true(client_open(&c[i], &rig, NULL));
        assert_true(answers(&c[i]));
    }
    assert_true(answers(&c[0])); /* so the second is the oldest now */
    assert_true(client_open(&c[8], &rig, NULL));
    assert_true(answers(&c[8]));
    assert_false(answers(&c[1]));
    assert_true(answers(&c[0]));
    assert_true(answers(&c[7]));
    for (size_t i = 0; i < 9; i++) {
        client_close(&c[i]);
    }
}

/* --- others leave a normal client unharmed */

static int
by_number(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Slowest of 20 new connections and median of 200 requests, in ms. */
static void
measure(int64_t *ret_connect_max, int64_t *ret_p50, int64_t *ret_p99)
{
    static int64_t ms[200];
    size_t n = 0;

    *ret_connect_max = 0;
    for (int i = 0; i < 20; i++) {
        struct client c;
        int64_t begin = rig_now_ms();
        assert_true(client_open(&c, &rig, "nord.localhost"));
        int64_t took = rig_now_ms() - begin;
        *ret_connect_max = took > *ret_connect_max ? took : *ret_connect_max;
        for (int k = 0; k < 10; k++) {
            begin = rig_now_ms();
            assert_true(answers(&c));
            ms[n++] = rig_now_ms() - begin;
        }
        client_close(&c);
    }
    qsort(ms, n, sizeof ms[0], by_number);
    *ret_p50 = ms[n / 2];
    *ret_p99 = ms[n * 99 / 100];
}

static void
open_many(struct client *c, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        assert_true(client_open(&c[i], &rig, NULL));
        if (text != NULL) {
            assert_true(client_say(&c[i], text));
        }
    }
}

/* 1,000 idle connections, 120 slow heads, 120 slow bodies, 100 that only began a handshake: a
 * normal client meanwhile. The bounds are wide, for busy machines; usual are 1 to 5 ms. */
static void
a_crowd_harms_nobody(void **state)
{
    static struct client idle[1000], head[120], body[120], shake[100];
    int64_t connect_max = 0;
    int64_t p50 = 0;
    int64_t p99 = 0;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        open_many(&idle[i], 1, ECHO);
        struct response r;
        assert_true(client_response(&idle[i], &r, WAIT_MS, false));
        response_done(&r);
    }
    open_many(head, 120, "GET /echo HTTP/1.1\r\nHost: nord.loc");
    open_many(body, 120,
              "POST /size HTTP/1.1\r\nHost: nord.localhost\r\nContent-Length: 9999\r\n\r\na");
    for (size_t i = 0; i < 100; i++) {
        assert_true(client_open_tcp(&shake[i], &rig));
        assert_true(client_send(&shake[i], "\x16\x03\x01", 3));
    }
    measure(&connect_max, &p50, &p99);
    print_message("# crowd: connect max %lld ms, request p50 %lld ms, p99 %lld ms\n",
                  (long long)connect_max, (long long)p50, (long long)p99);
    assert_in_range(connect_max, 0, 2000);
    assert_in_range(p50, 0, 100);
    assert_in_range(p99, 0, 1000);
    assert_true(answers(&idle[999]));
    for (size_t i = 0; i < 1000; i++) {
        client_close(&idle[i]);
    }
    for (size_t i = 0; i < 120; i++) {
        client_close(&head[i]);
        client_close(&body[i]);
        if (i < 100) {
            client_close(&shake[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slow_handshake, start, stop),
        cmocka_unit_test_setup_teardown(slow_head, start, stop),
        cmocka_unit_test_setup_teardown(slow_body, start, stop),
        cmocka_unit_test_setup_teardown(steady_body, start, stop),
        cmocka_unit_test_setup_teardown(idle_ends, start, stop),
        cmocka_unit_test_setup_teardown(slow_reader, start, stop),
        cmocka_unit_test_setup_teardown(reader_that_never_reads, start_hasty, stop),
        cmocka_unit_test_setup_teardown(refused_while_sending, start_patient, stop),
        cmocka_unit_test_setup_teardown(connections_of_one_address, start, stop),
        cmocka_unit_test_setup_teardown(the_longest_idle_makes_room, start_small, stop),
        cmocka_unit_test_setup_teardown(a_crowd_harms_nobody, start_roomy, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
