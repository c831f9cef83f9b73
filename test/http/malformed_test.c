/* malformed_test.c: requests that must be refused, spoken byte by byte over TLS to a real edge:
 * each row gets exactly one answer with its status, and the connection is closed behind it, so that
 * nothing smuggled along is ever taken for a request. Then what must work in spite of all
 * strictness. */
#include "edge_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: nord.localhost\r\n"
#define POST "POST /size HTTP/1.1\r\n" HOST
#define GET "GET /echo HTTP/1.1\r\n" HOST
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST "\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

enum { WAIT_MS = 20000 };

static struct rig rig;

static int
start(void **state)
{
    (void)state;
    rig_start(&rig, (const char *const[]){"edge.body_max", "1048576", NULL});
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    return rig_stop(&rig);
}

struct row {
    const char *name;
    const char *text;
    size_t n; /* 0: strlen */
    int status;
};

/* Number of "HTTP/1.1 " at the start of a line or behind a body: responses in what came. */
static int
count_responses(const char *text)
{
    int n = 0;

    for (const char *at = strstr(text, "HTTP/1.1 "); at != NULL; at = strstr(at + 1, "HTTP/1.1 ")) {
        n++;
    }
    return n;
}

static void
check_refused(const struct row *r)
{
    static char answer[64 * 1024];
    struct client c;
    bool eof = false;

    assert_true(client_open(&c, &rig, "nord.localhost"));
    assert_true(client_send(&c, r->text, r->n != 0 ? r->n : strlen(r->text)));
    size_t n = client_read(&c, answer, sizeof answer - 1, WAIT_MS, &eof);
    answer[n] = '\0';
    client_close(&c);
    int status = n > 12 && strncmp(answer, "HTTP/1.1 ", 9) == 0
                     ? (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + (answer[11] - '0')
                     : 0;
    if (status != r->status || count_responses(answer) != 1 || !eof) {
        FAIL_TEST("%s: status %d instead of %d, %d answers, %s", r->name, status, r->status,
                  count_responses(answer), eof ? "closed" : "left open");
    }
    const char *missing = missing_protection(answer);
    if (missing != NULL) {
        FAIL_TEST("%s: not exactly one %s", r->name, missing);
    }
    assert_non_null(strstr(answer, "connection: close\r\n"));
    assert_non_null(strstr(answer, "cache-control: no-store\r\n"));
}

static void
framing(void **state)
{
    static const struct row rows[] = {
        {"CL+TE",              POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
         0,                                                                                                         400},
        {"TE+CL6",
         POST "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG" SMUGGLED,                      0, 400},
        {"TE gzip,chunked",    POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED,                0,
         501                                                                                                           },
        {"TE xchunked",        POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED,                     0, 501},
        {"TE sp:",             POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED,                     0, 400},
        {"TE twice",
         POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" SMUGGLED,
         0,                                                                                                         400},
        {"CL dup diff",        POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\naaaaaa" SMUGGLED,             0,
         400                                                                                                           },
        {"CL dup same",        POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\naaaaa" SMUGGLED,              0,
         400                                                                                                           },
        {"CL list",            POST "Content-Length: 5, 5\r\n\r\naaaaa" SMUGGLED,                                0, 400},
        {"CL +5",              POST "Content-Length: +5\r\n\r\naaaaa" SMUGGLED,                                  0, 400},
        {"CL -1",              POST "Content-Length: -1\r\n\r\n" SMUGGLED,                                       0, 400},
        {"CL 5x",              POST "Content-Length: 5x\r\n\r\naaaaa" SMUGGLED,                                  0, 400},
        {"CL empty",           POST "Content-Length:\r\n\r\n" SMUGGLED,                                          0, 400},
        {"CL 2^64+5",          POST "Content-Length: 18446744073709551621\r\n\r\naaaaa" SMUGGLED,                0, 413},
        {"CL 2^32+5",          POST "Content-Length: 4294967301\r\n\r\naaaaa" SMUGGLED,                          0, 413},
        {"TE empty",           POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n" SMUGGLED,                              0, 501},
        {"TE chunked twice",   POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
         0,                                                                                                         501},
        {"TE identity",        POST "Transfer-Encoding: identity\r\n\r\n" SMUGGLED,                              0, 501},
        {"TE folded",          POST "X: a\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,            0,
         400                                                                                                           },
        {"TE by VT",           POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" SMUGGLED,                    0, 400},
        {"chunk negative",     CHUNKED "-5\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                      0, 400},
        {"chunk blank first",  CHUNKED " 5\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                      0, 400},
        {"chunk without size", CHUNKED "\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                        0, 400},
        {"chunk ext LF",       CHUNKED "5;a=\n\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                  0, 400},
        {"trailers end in LF", CHUNKED "0\r\nX: a\r\n\n" SMUGGLED,                                               0, 400},
        {"body ends in LF",    CHUNKED "0\r\n\n" SMUGGLED,                                                       0, 400},
        {"trailer with CR",    CHUNKED "0\r\nX: a\rb\r\n\r\n" SMUGGLED,                                          0, 400},
        {"trailer bare LF",    CHUNKED "0\r\nX: a\n\r\n" SMUGGLED,                                               0, 400},
        {"CL 0x5",             POST "Content-Length: 0x5\r\n\r\naaaaa" SMUGGLED,                                 0, 400},
        {"bare LF",            "GET /echo HTTP/1.1\nHost: nord.localhost\n\n" SMUGGLED,                          0, 400},
        {"bare LF in a field", "GET /echo HTTP/1.1\r\nX: a\nHost: nord.localhost\r\n\r\n",                       0, 400},
        {"bare CR in value",   GET "X: a\rb\r\n\r\n",                                                            0, 400},
        {"obs-fold",           GET "X: a\r\n Content-Length: 40\r\n\r\n" SMUGGLED,                               0, 400},
        {"chunk 0x5",          CHUNKED "0x5\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                     0, 400},
        {"chunk ovfl",         CHUNKED "10000000000000005\r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                       0, 400},
        {"chunk ovfl 2",       CHUNKED "FFFFFFFFFFFFFFFF\r\naaaaa\r\n0\r\n\r\n",                                 0, 413},
        {"chunk noCRLF",       CHUNKED "5\r\naaaaaXX0\r\n\r\n" SMUGGLED,                                         0, 400},
        {"chunk LF",           CHUNKED "5\naaaaa\n0\n\n" SMUGGLED,                                               0, 400},
        {"chunk size blank",   CHUNKED "5 \r\naaaaa\r\n0\r\n\r\n" SMUGGLED,                                      0, 400},
        {"HTTP/1.0 TE",
         "POST /size HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",                           0, 400},
        {"empty line first",   "\r\n" GET "\r\n",                                                                0, 400},
        {"body on an asset",
         "POST /a/x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\naaaaa" SMUGGLED,                                0, 405},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_refused(&rows[i]);
    }
}

static void
heads(void **state)
{
    static const char nul[] = GET "X: a\0b\r\n\r\n";
    const struct row rows[] = {
        {"NUL in val",          nul,                                                              sizeof nul - 1, 400},
        {"no Host",             "GET /echo HTTP/1.1\r\n\r\n" SMUGGLED,                            0,              400},
        {"2 Hosts",             GET HOST "\r\n" SMUGGLED,                                         0,              400},
        {"Host empty",          "GET /echo HTTP/1.1\r\nHost:\r\n\r\n" SMUGGLED,                   0,              400},
        {"Host with user",      "GET /echo HTTP/1.1\r\nHost: a@nord.localhost\r\n\r\n" SMUGGLED,  0,              400},
        {"Host list",           "GET /echo HTTP/1.1\r\nHost: nord.localhost, b\r\n\r\n" SMUGGLED, 0,              400},
        {"Host with path",      "GET /echo HTTP/1.1\r\nHost: nord.localhost/x\r\n\r\n" SMUGGLED,  0,              400},
        {"authority form",      "CONNECT nord.localhost:443 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,   0,              405},
        {"target without path", "GET https://nord.localhost HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,   0,
         400                                                                                                         },
        {"tab in request line", "GET\t/echo HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                   0,              400},
        {"lower case method",   "get /echo HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                    0,              405},
        {"fragment",            "GET /echo#x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                  0,              400},
        {"bytes above 7f",      "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                0,              400},
        {"NUL escaped",         "GET /x%00 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                    0,              400},
        {"field without name",  GET ": a\r\n\r\n" SMUGGLED,                                       0,              400},
        {"field without colon", GET "abc\r\n\r\n" SMUGGLED,                                       0,              400},
        {"blank in a name",     GET "X Y: a\r\n\r\n" SMUGGLED,                                    0,              400},
        {"DEL in a value",      GET "X: a\x7f\r\n\r\n" SMUGGLED,                                  0,              400},
        {"HTTP/3.7",            "GET /echo HTTP/3.7\r\n" HOST "\r\n" SMUGGLED,                    0,              505},
        {"no version",          "GET /echo\r\n" HOST "\r\n",                                      0,              400},
        {"HTTP/2 preface",      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",                               0,              405},
        {"space URI",           "GET /echo x HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                  0,              400},
        {"abs-URI, other host", "GET https://sued.localhost/echo HTTP/1.1\r\n" HOST "\r\n",       0,              400},
        {"up",                  "GET /x/%2e%2e/echo HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,           0,              400},
        {"bad escape",          "GET /%g0 HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                     0,              400},
        {"TRACE",               "TRACE /echo HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                  0,              405},
        {"unknown method",      "BREW /echo HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                   0,              405},
        {"OPTIONS",             "OPTIONS * HTTP/1.1\r\n" HOST "\r\n" SMUGGLED,                    0,              405},
        {"Expect else",         POST "Expect: sugar\r\nContent-Length: 5\r\n\r\naaaaa" SMUGGLED,  0,              417},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_refused(&rows[i]);
    }
}

/* prefix, n times 'a', suffix */
static void
check_padded(const char *name, const char *prefix, size_t n, const char *suffix, int status)
{
    size_t a = strlen(prefix);
    size_t b = strlen(suffix);
    char *text = malloc(a + n + b + 1);

    assert_non_null(text);
    memcpy(text, prefix, a);
    memset(text + a, 'a', n);
    memcpy(text + a + n, suffix, b + 1);
    check_refused(&(struct row){name, text, a + n + b, status});
    free(text);
}

static void
sizes(void **state)
{
    char fields[40000];
    int n = snprintf(fields, sizeof fields, GET);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        n += snprintf(fields + n, sizeof fields - (size_t)n, "a%d: b\r\n", i);
    }
    (void)snprintf(fields + n, sizeof fields - (size_t)n, "\r\n" SMUGGLED);
    check_refused(&(struct row){"2000 hdrs", fields, 0, 431});
    n = snprintf(fields, sizeof fields, GET);
    for (int i = 0; i < 100; i++) {
        n += snprintf(fields + n, sizeof fields - (size_t)n, "a%d: b\r\n", i);
    }
    (void)snprintf(fields + n, sizeof fields - (size_t)n, "\r\n" SMUGGLED);
    check_refused(&(struct row){"101 hdrs", fields, 0, 431});
    check_padded("hdr 100KB", GET "X: ", 100 * 1024, "\r\n\r\n" SMUGGLED, 431);
    check_padded("hdr 16KB", GET "X: ", 16 * 1024, "\r\n\r\n" SMUGGLED, 431);
    check_padded("URI 50KB", "GET /", 50 * 1024, " HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 414);
    check_padded("URI 8KB", "GET /", 8 * 1024, " HTTP/1.1\r\n" HOST "\r\n" SMUGGLED, 414);
    check_padded("body CL>lim", POST "Content-Length: 1048577\r\n\r\n", 20000, "", 413);
    check_padded("body chunk>lim", CHUNKED "200000\r\n", 1048577, "", 413);
}

static int
say_and_get(struct client *c, const char *text, struct response *r)
{
    assert_true(client_say(c, text));
    return client_response(c, r, WAIT_MS, false) ? r->status : 0;
}

static void
pipelining_in_order(void **state)
{
    struct client c;

    (void)state;
    assert_true(client_open(&c, &rig, "nord.localhost"));
    assert_true(client_say(&c, "GET /echo?1 HTTP/1.1\r\n" HOST "\r\n"
                               "POST /size HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\naaa"
                               "GET /echo?3 HTTP/1.1\r\n" HOST "\r\n"));
    static const char *const wanted[] = {"query=1\n", "3", "query=3\n"};
    for (size_t i = 0; i < 3; i++) {
        struct response r;
        assert_true(client_response(&c, &r, WAIT_MS, false));
        assert_int_equal(r.status, 200);
        assert_non_null(strstr(r.body, wanted[i]));
        response_done(&r);
    }
    client_close(&c);
}

static void
expect_continue(void **state)
{
    struct client c;
    struct response r;

    (void)state;
    assert_true(client_open(&c, &rig, "nord.localhost"));
    assert_int_equal(say_and_get(&c, POST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", &r),
                     100);
    response_done(&r);
    assert_int_equal(say_and_get(&c, "aaaa", &r), 200);
    assert_string_equal(r.body, "4");
    response_done(&r);
    /* a body that would be too large is refused before it is sent */
    assert_int_equal(
        say_and_get(&c, POST "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", &r), 413);
    response_done(&r);
    client_close(&c);
}

/* A browser sends the whole file before it reads the answer: it must find a page, not a reset. */
static void
too_large_and_sent_anyway(void **state)
{
    static const char *const heads_of[] = {POST "Content-Length: 30000000\r\n\r\n",
                                           CHUNKED "1C9C380\r\n",
                                           CHUNKED "10000\r\n"}; /* one chunk that is allowed */
    static char part[65536];

    (void)state;
    memset(part, 'a', sizeof part);
    for (size_t i = 0; i < sizeof heads_of / sizeof heads_of[0]; i++) {
        struct client c;
        struct response r;
        char rest[16];
        bool eof = false;
        assert_true(client_open(&c, &rig, "nord.localhost"));
        assert_true(client_say(&c, heads_of[i]) && client_send(&c, part, sizeof part));
        if (i == 2) {
            assert_true(client_say(&c, "\r\n1C9C380\r\n"));
        }
        for (size_t n = sizeof part; n < 30000000; n += sizeof part) {
            assert_true(client_send(&c, part, sizeof part));
        }
        assert_true(client_response(&c, &r, WAIT_MS, false));
        assert_int_equal(r.status, 413);
        assert_non_null(strstr(r.body, "Das ist zu gro\u00df"));
        assert_non_null(strstr(r.body, "</html>"));
        response_done(&r);
        assert_int_equal(client_read(&c, rest, sizeof rest, WAIT_MS, &eof), 0);
        assert_true(eof);
        client_close(&c);
    }
}

static void
chunked_bodies(void **state)
{
    struct client c;
    struct response r;

    (void)state;
    assert_true(client_open(&c, &rig, "nord.localhost"));
    assert_int_equal(say_and_get(&c, CHUNKED "3\r\naaa\r\n2\r\naa\r\n0\r\n\r\n", &r), 200);
    assert_string_equal(r.body, "5");
    response_done(&r);
    assert_int_equal(say_and_get(&c, CHUNKED "A;x=y\r\naaaaaaaaaa\r\n0\r\nT: v\r\n\r\n", &r), 200);
    assert_string_equal(r.body, "10");
    response_done(&r);
    client_close(&c);
}

/* Bodies in the frame, at the border, and in a memfd. */
static void
body_sizes(void **state)
{
    static const size_t sizes_of[] = {1, 65536, 65537, 300000, 1048576};
    struct client c;

    (void)state;
    assert_true(client_open(&c, &rig, "nord.localhost"));
    for (size_t i = 0; i < sizeof sizes_of / sizeof sizes_of[0]; i++) {
        struct response r;
        char head[128], wanted[32];
        char *body = malloc(sizes_of[i]);
        assert_non_null(body);
        memset(body, 'a', sizes_of[i]);
        (void)snprintf(head, sizeof head, POST "Content-Length: %zu\r\n\r\n", sizes_of[i]);
        (void)snprintf(wanted, sizeof wanted, "%zu", sizes_of[i]);
        assert_true(client_say(&c, head) && client_send(&c, body, sizes_of[i]));
        assert_true(client_response(&c, &r, WAIT_MS, false));
        assert_string_equal(r.body, wanted);
        response_done(&r);
        free(body);
    }
    client_close(&c);
}

static void
what_stays_allowed(void **state)
{
    struct client c;
    struct response r;
    char rest[16];
    bool eof = false;

    (void)state;
    assert_true(client_open(&c, &rig, "nord.localhost"));
    assert_int_equal(
        say_and_get(&c, "GET https://nord.localhost:1/echo HTTP/1.1\r\n" HOST "\r\n", &r), 200);
    assert_non_null(strstr(r.body, "path=/echo\n"));
    response_done(&r);
    assert_true(client_say(&c, "HEAD /echo HTTP/1.1\r\n" HOST "\r\n"));
    assert_true(client_response(&c, &r, WAIT_MS, true));
    assert_int_equal(r.status, 200);
    assert_true(r.body_n > 0); /* the length is told, the body is not sent */
    response_done(&r);
    assert_int_equal(say_and_get(&c, "GET /echo HTTP/1.0\r\n" HOST "\r\n", &r), 200);
    assert_non_null(response_header(&r, "connection: close"));
    response_done(&r);
    assert_int_equal(client_read(&c, rest, sizeof rest, WAIT_MS, &eof), 0);
    assert_true(eof);
    client_close(&c);
}

/* Plain HTTP on the TLS port: closed, nothing in clear text comes back. */
static void
plain_http_on_the_tls_port(void **state)
{
    struct client c;
    char answer[256];
    bool eof = false;

    (void)state;
    assert_true(client_open_tcp(&c, &rig));
    assert_true(client_say(&c, GET "\r\n"));
    size_t n = client_read(&c, answer, sizeof answer - 1, WAIT_MS, &eof);
    answer[n] = '\0';
    assert_true(eof);
    assert_null(strstr(answer, "200"));
    client_close(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing),
        cmocka_unit_test(heads),
        cmocka_unit_test(sizes),
        cmocka_unit_test(pipelining_in_order),
        cmocka_unit_test(expect_continue),
        cmocka_unit_test(too_large_and_sent_anyway),
        cmocka_unit_test(chunked_bodies),
        cmocka_unit_test(body_sizes),
        cmocka_unit_test(what_stays_allowed),
        cmocka_unit_test(plain_http_on_the_tls_port),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
