/* head_test.c: the request grammar, case by case: what passes and what is refused with which
 * status, given whole and given byte by byte. */
#include "proc/head.h"

#include <stdio.h>
#include <stdlib.h>

struct sample {
    const char *name;
    const char *text;
    size_t n; /* 0: strlen */
    int status;
};

#define GET_LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: nord.localhost\r\n"
#define POST_LINE "POST /x HTTP/1.1\r\n" HOST

/* Scans and parses like the edge does; step: how many bytes come at a time. */
static int
verdict_of(const uint8_t *text, size_t n, size_t step, struct head *h, uint8_t *copy)
{
    struct head_scan s = {0};
    int v = HEAD_MORE;

    memcpy(copy, text, n);
    for (size_t have = step < n ? step : n; v == HEAD_MORE; have += step) {
        have = have > n ? n : have;
        v = head_find_end(&s, copy, have);
        if (have == n) {
            break;
        }
    }
    if (v != HEAD_WHOLE) {
        return v;
    }
    v = head_parse(copy, s.pos, h);
    if (v != HEAD_WHOLE) {
        return v;
    }
    struct body_reader *r = body_reader_new(copy, s.pos, h, 32);
    if (r == NULL) {
        return 400;
    }
    body_reader_free(r);
    return HEAD_WHOLE;
}

static void
check(const struct sample *c)
{
    static struct head h;
    static uint8_t copy[256 * 1024];
    size_t n = c->n != 0 ? c->n : strlen(c->text);

    for (size_t step = 1; step <= n; step = step == 1                  ? 7
                                            : n < step * 9 && step < n ? n
                                                                       : step * 9) {
        int v = verdict_of((const uint8_t *)c->text, n, step, &h, copy);
        if (v != c->status) {
            FAIL_TEST("%s (step %zu): %d instead of %d", c->name, step, v, c->status);
        }
    }
}

static void
whole_requests(void **state)
{
    static const struct sample samples[] = {
        {"plain",                 GET_LINE HOST "\r\n",                                        0, HEAD_WHOLE},
        {"1.0",                   "GET / HTTP/1.0\r\n" HOST "\r\n",                            0, HEAD_WHOLE},
        {"query",                 "GET /a%20b/c?x=%C3%A4&y='(|)' HTTP/1.1\r\n" HOST "\r\n",    0, HEAD_WHOLE},
        {"absolute",              "GET http://NORD.localhost:8443/x HTTP/1.1\r\n" HOST "\r\n", 0, HEAD_WHOLE},
        {"ipv6 host",             GET_LINE "Host: [::1]:8443\r\n\r\n",                         0, HEAD_WHOLE},
        {"trailing dot",          GET_LINE "Host: nord.localhost.\r\n\r\n",                    0, HEAD_WHOLE},
        {"empty value",           GET_LINE HOST "X-API-Key:\r\n\r\n",                          0, HEAD_WHOLE},
        {"utf-8 value",           GET_LINE HOST "X-A: \xC3\xA4\r\n\r\n",                       0, HEAD_WHOLE},
        {"chunked",               POST_LINE "Transfer-Encoding: Chunked\r\n\r\n",              0, HEAD_WHOLE},
        {"length",                POST_LINE "Content-Length: 5\r\n\r\n",                       0, HEAD_WHOLE},
        {"length 0",              POST_LINE "Content-Length: 0\r\n\r\n",                       0, HEAD_WHOLE},
        {"upgrade is ignored",    GET_LINE HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 0,
         HEAD_WHOLE                                                                                         },
        {"put",                   "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",      0, HEAD_WHOLE},
        {"patch",                 "PATCH /x HTTP/1.1\r\n" HOST "\r\n",                         0, HEAD_WHOLE},
        {"delete",                "DELETE /x HTTP/1.1\r\n" HOST "\r\n",                        0, HEAD_WHOLE},
        {"head",                  "HEAD /x HTTP/1.1\r\n" HOST "\r\n",                          0, HEAD_WHOLE},
        {"not whole",             GET_LINE HOST,                                               0, HEAD_MORE },
        {"not whole, ends in CR", GET_LINE HOST "\r",                                          0, HEAD_MORE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        check(&samples[i]);
    }
}

static void
refused_heads(void **state)
{
    static const char nul[] = GET_LINE HOST "X: a\0b\r\n\r\n";
    const struct sample samples[] = {
        {"CL+TE",                   POST_LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",          0,              400},
        {"TE+CL",                   POST_LINE "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n",          0,              400},
        {"TE gzip,chunked",         POST_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n",                         0,              501},
        {"TE xchunked",             POST_LINE "Transfer-Encoding: xchunked\r\n\r\n",                              0,              501},
        {"TE twice",                POST_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         0,                                                                                                                       400},
        {"TE gzip and CL",          POST_LINE "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n",             0,
         400                                                                                                                         },
        {"blank before colon",      POST_LINE "Transfer-Encoding : chunked\r\n\r\n",                              0,              400},
        {"CL twice, different",     POST_LINE "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",                   0,              400},
        {"CL twice, same",          POST_LINE "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",                   0,              400},
        {"CL list",                 POST_LINE "Content-Length: 5, 5\r\n\r\n",                                     0,              400},
        {"CL +5",                   POST_LINE "Content-Length: +5\r\n\r\n",                                       0,              400},
        {"CL -1",                   POST_LINE "Content-Length: -1\r\n\r\n",                                       0,              400},
        {"CL 5x",                   POST_LINE "Content-Length: 5x\r\n\r\n",                                       0,              400},
        {"CL empty",                POST_LINE "Content-Length:\r\n\r\n",                                          0,              400},
        {"CL enormous",             POST_LINE "Content-Length: 99999999999999999999\r\n\r\n",                     0,              413},
        {"bare LF",                 "GET / HTTP/1.1\nHost: x\n\n",                                                0,              400},
        {"bare LF in fields",       GET_LINE "Host: x\n\r\n",                                                     0,              400},
        {"bare CR",                 GET_LINE HOST "X: a\rb\r\n\r\n",                                              0,              400},
        {"NUL",                     nul,                                                                          sizeof nul - 1, 400},
        {"control in value",
         GET_LINE HOST "X: a\x01"
                       "b\r\n\r\n",                                                                               0,              400},
        {"DEL in value",
         GET_LINE HOST "X: a\x7f"
                       "b\r\n\r\n",                                                                               0,              400},
        {"latin-1 in value",        GET_LINE HOST "X: \xE4\r\n\r\n",                                              0,              400},
        {"obs-fold",                GET_LINE HOST "X: a\r\n Content-Length: 5\r\n\r\n",                           0,              400},
        {"obs-fold by tab",         GET_LINE HOST "X: a\r\n\tb\r\n\r\n",                                          0,              400},
        {"fold in the first field", GET_LINE " Host: x\r\n\r\n",                                                  0,              400},
        {"no colon",                GET_LINE HOST "Xyz\r\n\r\n",                                                  0,              400},
        {"empty name",              GET_LINE HOST ": x\r\n\r\n",                                                  0,              400},
        {"no Host",                 GET_LINE "\r\n",                                                              0,              400},
        {"2 Hosts",                 GET_LINE HOST HOST "\r\n",                                                    0,              400},
        {"empty Host",              GET_LINE "Host:\r\n\r\n",                                                     0,              400},
        {"Host with path",          GET_LINE "Host: a/b\r\n\r\n",                                                 0,              400},
        {"Host with user",          GET_LINE "Host: a@b\r\n\r\n",                                                 0,              400},
        {"Host with odd port",      GET_LINE "Host: a:8x\r\n\r\n",                                                0,              400},
        {"Host with empty port",    GET_LINE "Host: a:\r\n\r\n",                                                  0,              400},
        {"Host with long port",     GET_LINE "Host: a:123456\r\n\r\n",                                            0,              400},
        {"Host of dots",            GET_LINE "Host: a..b\r\n\r\n",                                                0,              400},
        {"Host .",                  GET_LINE "Host: .\r\n\r\n",                                                   0,              400},
        {"Host [",                  GET_LINE "Host: [::1\r\n\r\n",                                                0,              400},
        {"Host []",                 GET_LINE "Host: []\r\n\r\n",                                                  0,              400},
        {"Host [x]",                GET_LINE "Host: [x]\r\n\r\n",                                                 0,              400},
        {"HTTP/1.0 with TE",        "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",              0,
         400                                                                                                                         },
        {"HTTP/3.7",                "GET / HTTP/3.7\r\n" HOST "\r\n",                                             0,              505},
        {"HTTP/1.2",                "GET / HTTP/1.2\r\n" HOST "\r\n",                                             0,              505},
        {"http/1.1",                "GET / http/1.1\r\n" HOST "\r\n",                                             0,              400},
        {"HTTP/1",                  "GET / HTTP/1\r\n" HOST "\r\n",                                               0,              400},
        {"no version",              "GET /\r\n" HOST "\r\n",                                                      0,              400},
        {"one word",                "GET\r\n" HOST "\r\n",                                                        0,              400},
        {"space in target",         "GET /a b HTTP/1.1\r\n" HOST "\r\n",                                          0,              400},
        {"two blanks",              "GET  / HTTP/1.1\r\n" HOST "\r\n",                                            0,              400},
        {"tab",                     "GET\t/ HTTP/1.1\r\n" HOST "\r\n",                                            0,              400},
        {"empty line first",        "\r\n" GET_LINE HOST "\r\n",                                                  0,              400},
        {"up",                      "GET /a/../b HTTP/1.1\r\n" HOST "\r\n",                                       0,              400},
        {"up, encoded",             "GET /a/%2e%2E/b HTTP/1.1\r\n" HOST "\r\n",                                   0,              400},
        {"up, slash encoded",       "GET /a%2f..%2fb HTTP/1.1\r\n" HOST "\r\n",                                   0,              400},
        {"up, at the end",          "GET /a/.. HTTP/1.1\r\n" HOST "\r\n",                                         0,              400},
        {"dot",                     "GET /./a HTTP/1.1\r\n" HOST "\r\n",                                          0,              400},
        {"backslash",               "GET /a%5c..%5cb HTTP/1.1\r\n" HOST "\r\n",                                   0,              400},
        {"NUL, encoded",            "GET /a%00 HTTP/1.1\r\n" HOST "\r\n",                                         0,              400},
        {"line break, encoded",     "GET /a%0d%0ab HTTP/1.1\r\n" HOST "\r\n",                                     0,              400},
        {"bad UTF-8, encoded",      "GET /%ff HTTP/1.1\r\n" HOST "\r\n",                                          0,              400},
        {"bad escape",              "GET /%zz HTTP/1.1\r\n" HOST "\r\n",                                          0,              400},
        {"half escape",             "GET /%4 HTTP/1.1\r\n" HOST "\r\n",                                           0,              400},
        {"bad escape in query",     "GET /?a=% HTTP/1.1\r\n" HOST "\r\n",                                         0,              400},
        {"fragment",                "GET /#a HTTP/1.1\r\n" HOST "\r\n",                                           0,              400},
        {"8-bit target",            "GET /\xC3\xA4 HTTP/1.1\r\n" HOST "\r\n",                                     0,              400},
        {"no slash",                "GET a HTTP/1.1\r\n" HOST "\r\n",                                             0,              400},
        {"absolute, other host",    "GET http://sued.localhost/ HTTP/1.1\r\n" HOST "\r\n",                        0,              400},
        {"absolute, no path",       "GET http://nord.localhost HTTP/1.1\r\n" HOST "\r\n",                         0,              400},
        {"absolute, user",          "GET http://a@nord.localhost/ HTTP/1.1\r\n" HOST "\r\n",                      0,              400},
        {"absolute, ftp",           "GET ftp://nord.localhost/ HTTP/1.1\r\n" HOST "\r\n",                         0,              400},
        {"TRACE",                   "TRACE / HTTP/1.1\r\n" HOST "\r\n",                                           0,              405},
        {"OPTIONS *",               "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",                                         0,              405},
        {"CONNECT",                 "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n",                                       0,              405},
        {"lower case method",       "get / HTTP/1.1\r\n" HOST "\r\n",                                             0,              405},
        {"method no token",         "G(T / HTTP/1.1\r\n" HOST "\r\n",                                             0,              400},
        {"HTTP/2 preface",          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",                                           0,              405},
        {"Expect else",             POST_LINE "Expect: 200-ok\r\n\r\n",                                           0,              417},
    };

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        check(&samples[i]);
    }
}

/* "PREFIX" + n times fill + "SUFFIX" */
static char *
padded(const char *prefix, char fill, size_t n, const char *suffix)
{
    size_t a = strlen(prefix);
    size_t b = strlen(suffix);
    char *p = test_malloc(a + n + b + 1);

    memcpy(p, prefix, a);
    memset(p + a, fill, n);
    memcpy(p + a + n, suffix, b + 1);
    return p;
}

static void
check_padded(const char *prefix, size_t n, const char *suffix, int status)
{
    char *text = padded(prefix, 'a', n, suffix);
    struct sample c = {suffix, text, 0, status};

    check(&c);
    test_free(text);
}

static void
sizes(void **state)
{
    const char *end = " HTTP/1.1\r\n" HOST "\r\n";
    size_t fixed = strlen(GET_LINE HOST "X: \r\n\r\n");

    (void)state;
    check_padded("GET /", HEAD_URI_MAX - 1, end, HEAD_WHOLE);
    check_padded("GET /", HEAD_URI_MAX, end, 414);
    check_padded("GET /", 50 * 1024, end, 414);
    check_padded(GET_LINE HOST "X: ", HEAD_MAX - fixed, "\r\n\r\n", HEAD_WHOLE);
    check_padded(GET_LINE HOST "X: ", HEAD_MAX - fixed + 1, "\r\n\r\n", 431);
    check_padded(GET_LINE HOST "X: ", 100 * 1024, "\r\n\r\n", 431);
    check_padded(GET_LINE "Host: ", HEAD_HOST_MAX, "\r\n\r\n", HEAD_WHOLE);
    check_padded(GET_LINE "Host: ", HEAD_HOST_MAX + 1, "\r\n\r\n", 400);
}

static void
number_of_fields(void **state)
{
    (void)state;
    for (int fields = HEAD_FIELDS_MAX; fields <= HEAD_FIELDS_MAX + 1; fields++) {
        char text[8192];
        int n = snprintf(text, sizeof text, GET_LINE HOST);
        for (int i = 1; i < fields; i++) {
            n += snprintf(text + n, sizeof text - (size_t)n, "X-%d: y\r\n", i);
        }
        (void)snprintf(text + n, sizeof text - (size_t)n, "\r\n");
        struct sample c = {"fields", text, 0, fields == HEAD_FIELDS_MAX ? HEAD_WHOLE : 431};
        check(&c);
    }
}

static void
what_was_read(void **state)
{
    static struct head h;
    static uint8_t copy[1024];
    static const char text[] = "POST http://NORD.Localhost.:1/p%41?q=1 HTTP/1.1\r\n"
                               "HOST:  Nord.LOCALHOST:8443 \r\nX-Api-Key: \tabc \r\n"
                               "Connection: keep-alive, Close\r\nExpect: 100-Continue\r\n"
                               "Content-Length: 007\r\n\r\n";

    (void)state;
    assert_int_equal(verdict_of((const uint8_t *)text, sizeof text - 1, 1024, &h, copy),
                     HEAD_WHOLE);
    assert_int_equal(h.method, HEAD_POST);
    assert_true(str_eq(h.host, STR("nord.localhost")));
    assert_true(str_eq(h.path, STR("/p%41")));
    assert_true(str_eq(h.query, STR("q=1")));
    assert_true(str_eq(head_get(&h, STR("x-api-key")), STR("abc")));
    assert_null(head_get(&h, STR("cookie")).p);
    assert_int_equal(h.length, 7);
    assert_false(h.chunked);
    assert_false(h.keep_alive);
    assert_true(h.expect_continue);
    assert_int_equal(h.minor, 1);
}

/* --- bodies */

struct sink {
    char data[4096];
    size_t n, max;
};

static bool
put(void *arg, const uint8_t *p, size_t n)
{
    struct sink *s = arg;

    if (s->n + n > s->max) {
        return false;
    }
    memcpy(s->data + s->n, p, n);
    s->n += n;
    return true;
}

/* Reads a chunked body `step` bytes at a time; ret_rest: what is left behind it. */
static int
read_body(const char *head_text, const char *body, size_t step, struct sink *s, size_t *ret_rest)
{
    static struct head h;
    static uint8_t copy[1024];
    size_t n = strlen(body);
    size_t at = 0;
    int v = HEAD_MORE;
    struct head_scan scan = {0};

    memcpy(copy, head_text, strlen(head_text));
    assert_int_equal(head_find_end(&scan, copy, strlen(head_text)), HEAD_WHOLE);
    assert_int_equal(head_parse(copy, scan.pos, &h), HEAD_WHOLE);
    struct body_reader *r = body_reader_new(copy, scan.pos, &h, 32);
    assert_non_null(r);
    while (at < n && v == HEAD_MORE) {
        size_t used = 0;
        size_t part = n - at < step ? n - at : step;
        v = body_read(r, (const uint8_t *)body + at, part, put, s, &used);
        at += used;
    }
    *ret_rest = n - at;
    body_reader_free(r);
    return v;
}

#define CHUNKED POST_LINE "Transfer-Encoding: chunked\r\n\r\n"

static void
bodies(void **state)
{
    static const struct {
        const char *name, *body;
        int status;
        const char *data;
        size_t rest;
    } cases[] = {
        {"one chunk",                     "5\r\nhello\r\n0\r\n\r\n",                 HEAD_WHOLE, "hello",      0},
        {"two chunks and a next request", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET",     HEAD_WHOLE,
         "hello",                                                                                              3},
        {"upper case, leading zero",      "00A\r\n0123456789\r\n0\r\n\r\n",          HEAD_WHOLE, "0123456789", 0},
        {"trailer is dropped",            "1\r\na\r\n0\r\nX-T: v\r\n\r\n",           HEAD_WHOLE, "a",          0},
        {"not whole",                     "5\r\nhel",                                HEAD_MORE,  "hel",        0},
        {"0x5",                           "0x5\r\nhello\r\n0\r\n\r\n",               400,        NULL,         0},
        {"overflow",                      "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", 400,        NULL,         0},
        {"-1",                            "-1\r\nhello\r\n0\r\n\r\n",                400,        NULL,         0},
        {"no CRLF behind the data",       "5\r\nhelloXX0\r\n\r\n",                   400,        NULL,         0},
        {"LF only",                       "5\nhello\n0\n\n",                         400,        NULL,         0},
        {"LF behind the data",            "5\r\nhello\n0\r\n\r\n",                   400,        NULL,         0},
        {"LF in an extension",            "5;a\nb\r\nhello\r\n0\r\n\r\n",            400,        NULL,         0},
        {"CR in an extension",            "5;a\rb\r\nhello\r\n0\r\n\r\n",            400,        NULL,         0},
        {"blank behind the size",         "5 \r\nhello\r\n0\r\n\r\n",                400,        NULL,         0},
        {"blank before the size",         " 5\r\nhello\r\n0\r\n\r\n",                400,        NULL,         0},
        {"empty size",                    "\r\nhello\r\n0\r\n\r\n",                  400,        NULL,         0},
        {"over the limit",
         "40\r\n0123456789012345678901234567890123456789012345678901234567890123"
         "\r\n0\r\n\r\n",                                                            413,        NULL,         0},
        {"over the limit, announced",     "FFFFFFFFFFFFFFFF\r\n",                    413,        NULL,         0},
        {"over the limit, second chunk",  "1\r\na\r\n20\r\n",                        413,        NULL,         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t step = 1; step < 200; step += 66) {
            struct sink s = {.max = sizeof s.data};
            size_t rest = 0;
            int v = read_body(CHUNKED, cases[i].body, step, &s, &rest);
            if (v != cases[i].status) {
                FAIL_TEST("%s (step %zu): %d instead of %d", cases[i].name, step, v,
                          cases[i].status);
            }
            if (cases[i].data != NULL) {
                assert_int_equal(s.n, strlen(cases[i].data));
                assert_memory_equal(s.data, cases[i].data, s.n);
                assert_int_equal(rest, cases[i].rest);
            }
        }
    }
}

static void
body_by_length(void **state)
{
    struct sink s = {.max = 32};
    size_t rest = 0;

    (void)state;
    assert_int_equal(read_body(POST_LINE "Content-Length: 5\r\n\r\n", "helloGET", 3, &s, &rest),
                     HEAD_WHOLE);
    assert_int_equal(rest, 3);
    assert_memory_equal(s.data, "hello", 5);
    /* without a body nothing is used, and more than the limit is refused */
    assert_int_equal(read_body(POST_LINE "\r\n", "GET", 3, &s, &rest), HEAD_WHOLE);
    assert_int_equal(rest, 3);
    s.n = 0;
    assert_int_equal(read_body(POST_LINE "Content-Length: 33\r\n\r\n",
                               "012345678901234567890123456789012", 33, &s, &rest),
                     413);
}

/* Both readers must see the same request; what ours found is varied here. */
static void
disagreement_is_refused(void **state)
{
    static struct head h;
    static char text[] = POST_LINE "Content-Length: 5\r\n\r\n";
    uint8_t *p = (uint8_t *)text;
    size_t n = sizeof text - 1;

    (void)state;
    assert_int_equal(head_parse(p, n, &h), HEAD_WHOLE);
    struct body_reader *r = body_reader_new(p, n, &h, 32);
    assert_non_null(r);
    body_reader_free(r);
    h.length = 6;
    assert_null(body_reader_new(p, n, &h, 32));
    h.length = 0;
    assert_null(body_reader_new(p, n, &h, 32));
    h.length = -1;
    h.chunked = true;
    assert_null(body_reader_new(p, n, &h, 32));
    h.length = 5;
    h.chunked = false;
    h.method = HEAD_PUT;
    assert_null(body_reader_new(p, n, &h, 32));
    h.method = HEAD_POST;
    h.minor = 0;
    assert_null(body_reader_new(p, n, &h, 32));
    h.minor = 1;
    h.n_fields++;
    assert_null(body_reader_new(p, n, &h, 32));
    h.n_fields--;
    assert_null(body_reader_new(p, n - 2, &h, 32)); /* a head that does not end */
}

/* head_parse is given whole heads only; anything else is refused, not believed. */
static void
heads_that_were_not_scanned(void **state)
{
    static struct head h;
    uint8_t none[] = "GET / HTTP/1.1";
    uint8_t empty[] = "\r\n";

    (void)state;
    assert_int_equal(head_parse(none, sizeof none - 1, &h), 400);
    assert_int_equal(head_parse(empty, 2, &h), 400);
}

static void
no_room(void **state)
{
    struct sink s = {.max = 3};
    size_t rest = 0;

    (void)state;
    assert_int_equal(read_body(CHUNKED, "5\r\nhello\r\n0\r\n\r\n", 99, &s, &rest), 503);
}

/* A client that spends its bytes on framing is not read for ever. */
static void
framing_is_bounded(void **state)
{
    struct sink s = {.max = 32};
    size_t rest = 0;
    char *extension = padded("1;x=", 'a', 64 * 1024, "\r\na\r\n0\r\n\r\n");
    char *trailer = padded("0\r\nX: ", 'a', 64 * 1024, "\r\n\r\n");

    (void)state;
    assert_int_equal(read_body(CHUNKED, extension, 512, &s, &rest), 400);
    assert_int_equal(read_body(CHUNKED, trailer, 512, &s, &rest), 400);
    test_free(extension);
    test_free(trailer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_requests),
        cmocka_unit_test(refused_heads),
        cmocka_unit_test(sizes),
        cmocka_unit_test(number_of_fields),
        cmocka_unit_test(what_was_read),
        cmocka_unit_test(bodies),
        cmocka_unit_test(body_by_length),
        cmocka_unit_test(framing_is_bounded),
        cmocka_unit_test(no_room),
        cmocka_unit_test(disagreement_is_refused),
        cmocka_unit_test(heads_that_were_not_scanned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
