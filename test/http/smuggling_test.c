/* smuggling_test.c: two requests on one connection, and everything that could make two readers
 * disagree about where the first one ends. Every combination of odd Content-Length and
 * Transfer-Encoding lines is either refused and closed, or read in the one way that RFC 9112
 * allows; and thousands of mutated streams never make the edge execute what a plain reader, written
 * here anew, does not see at the same place. Over the plain listener, since TLS changes nothing
 * here. */
#include "edge_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

#define HOST "Host: nord.localhost\r\n"
#define SECOND "GET /echo?second HTTP/1.1\r\n" HOST "\r\n"

enum { WAIT_MS = 20000, STREAM_MAX = 4096, ROUNDS = 2000, REQUESTS_MAX = 16 };

static struct rig rig;

static int
start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    return rig_stop(&rig);
}

/* What the edge did with a stream that ends: statuses and bodies of its answers, one behind the
 * other. */
struct seen {
    size_t n;
    int status[REQUESTS_MAX];
    bool closes[REQUESTS_MAX];
    char body[REQUESTS_MAX][256];
};

static void
say_all(const char *text, size_t n, struct seen *ret)
{
    struct client c;
    struct response r;

    ret->n = 0;
    assert_true(client_open_plain(&c, &rig));
    (void)client_send(&c, text, n); /* may be closed before it is all sent */
    (void)shutdown(c.fd, SHUT_WR);
    while (ret->n < REQUESTS_MAX && client_response(&c, &r, WAIT_MS, false)) {
        ret->status[ret->n] = r.status;
        ret->closes[ret->n] = response_header(&r, "connection: close") != NULL;
        /* /size says "said 5" when not all bytes were 'a' */
        const char *body = strncmp(r.body, "said ", 5) == 0 ? r.body + 5 : r.body;
        (void)snprintf(ret->body[ret->n], sizeof ret->body[0], "%s", body);
        ret->n++;
        response_done(&r);
    }
    client_close(&c);
}

/* --- every combination */

struct line {
    const char *text;
    int means; /* 0: nothing about framing, 1: the one allowed form, -1: refused */
};

static const struct line lengths[] = {
    {"",                                           0 },
    {"Content-Length: 5\r\n",                      1 },
    {"content-length:5\r\n",                       1 },
    {"Content-Length: \t5 \r\n",                   1 },
    {"Content-Length: 05\r\n",                     1 },
    {"Content_Length: 5\r\n",                      0 },
    {"X-Content-Length: 5\r\n",                    0 },
    {"Content-Length: +5\r\n",                     -1},
    {"Content-Length: -5\r\n",                     -1},
    {"Content-Length: 5,5\r\n",                    -1},
    {"Content-Length: 5;\r\n",                     -1},
    {"Content-Length: 5 5\r\n",                    -1},
    {"Content-Length: 0x5\r\n",                    -1},
    {"Content-Length: 5.0\r\n",                    -1},
    {"Content-Length: \"5\"\r\n",                  -1},
    {"Content-Length:\r\n",                        -1},
    {"Content-Length : 5\r\n",                     -1},
    {"Content-Length\t: 5\r\n",                    -1},
    {" Content-Length: 5\r\n",                     -1},
    {"Content-Length: 5\n",                        -1},
    {"Content-Length: 5\r\r\n",                    -1},
    {"Content-Length: 5\v\r\n",                    -1},
    {"Content-Length: \xd9\xa5\r\n",               -1},
    {"Content-Length: 18446744073709551621\r\n",   -1},
    {"Content-Length: 5\r\nContent-Length: 5\r\n", -1},
    {"Content-Length: 5\r\ncontent-length: 0\r\n", -1},
};
static const struct line codings[] = {
    {"",                                                             0 },
    {"Transfer-Encoding: chunked\r\n",                               1 },
    {"transfer-encoding:CHUNKED\r\n",                                1 },
    {"Transfer-Encoding: \tchunked\r\n",                             1 },
    {"Transfer-Encoding: chunked \r\n",                              1 },
    {"Transfer-Encoding: chunked\t\r\n",                             -1}, /* allowed; llhttp does not agree */
    {"Transfer_Encoding: chunked\r\n",                               0 },
    {"TE: chunked\r\n",                                              0 },
    {"Transfer-Encoding: chunked, chunked\r\n",                      -1},
    {"Transfer-Encoding: gzip, chunked\r\n",                         -1},
    {"Transfer-Encoding: chunked, identity\r\n",                     -1},
    {"Transfer-Encoding: ,chunked\r\n",                              -1},
    {"Transfer-Encoding: chunked;q=1\r\n",                           -1},
    {"Transfer-Encoding: \"chunked\"\r\n",                           -1},
    {"Transfer-Encoding: xchunked\r\n",                              -1},
    {"Transfer-Encoding: identity\r\n",                              -1},
    {"Transfer-Encoding:\r\n",                                       -1},
    {"Transfer-Encoding : chunked\r\n",                              -1},
    {"Transfer-Encoding: chunked\n",                                 -1},
    {"Transfer-Encoding: \vchunked\r\n",                             -1},
    {"Transfer-Encoding:\r\n chunked\r\n",                           -1},
    {"X: a\r\n Transfer-Encoding: chunked\r\n",                      -1},
    {"X: a\rTransfer-Encoding: chunked\r\n",                         -1},
    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", -1},
};

static void
check_pair(const struct line *length, const struct line *coding, bool length_first)
{
    char text[STREAM_MAX];
    struct seen s;
    int sum = length->means + coding->means;
    bool refused = length->means < 0 || coding->means < 0 || sum > 1;
    const char *body = length->means > 0 && !refused ? "aaaaa"
                       : sum == 0                    ? ""
                                                     : "5\r\naaaaa\r\n0\r\n\r\n";
    int n = snprintf(text, sizeof text, "POST /size HTTP/1.1\r\n" HOST "%s%s\r\n%s" SECOND,
                     length_first ? length->text : coding->text,
                     length_first ? coding->text : length->text, body);

    say_all(text, (size_t)n, &s);
    if (refused ? s.n != 1 || s.status[0] < 400 || !s.closes[0]
                : s.n != 2 || s.status[0] != 200 || s.status[1] != 200 ||
                      strcmp(s.body[0], sum == 0 ? "0" : "5") != 0 ||
                      strstr(s.body[1], "query=second\n") == NULL) {
        FAIL_TEST("%s: %zu answers, %d, %d", text, s.n, s.n > 0 ? s.status[0] : 0,
                  s.n > 1 ? s.status[1] : 0);
    }
}

static void
every_combination(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (size_t k = 0; k < sizeof codings / sizeof codings[0]; k++) {
            check_pair(&lengths[i], &codings[k], true);
            check_pair(&lengths[i], &codings[k], false);
        }
    }
}

/* --- the plain reader */

struct plain {
    char path[256];
    int64_t size;
};

/* A line that ends in CRLF and has no CR, LF or NUL within; *text goes behind it. */
static bool
take_line(struct str *text, struct str *ret_line)
{
    size_t end = str_find(*text, STR("\r\n"), 0);

    if (end == SIZE_MAX) {
        return false;
    }
    *ret_line = str_sub(*text, 0, end);
    *text = str_sub(*text, end + 2, text->n);
    return memchr(ret_line->p, '\r', end) == NULL && memchr(ret_line->p, '\n', end) == NULL &&
           memchr(ret_line->p, '\0', end) == NULL;
}

static bool
take_bytes(struct str *text, int64_t n)
{
    if (n < 0 || (uint64_t)n > text->n) {
        return false;
    }
    *text = str_sub(*text, (size_t)n, text->n);
    return true;
}

static int64_t
number_of(struct str s, int base)
{
    char text[20];
    char *end = NULL;

    if (s.n == 0 || s.n >= sizeof text || strspn(s.p, "0123456789abcdefABCDEF") < s.n) {
        return -1;
    }
    (void)snprintf(text, sizeof text, "%.*s", STR_FMT(s));
    int64_t n = strtoll(text, &end, base);
    return *end == '\0' ? n : -1;
}

static bool
take_chunks(struct str *text, int64_t *ret_size)
{
    struct str line;

    *ret_size = 0;
    for (;;) {
        if (!take_line(text, &line)) {
            return false;
        }
        size_t ext = str_find(line, STR(";"), 0);
        int64_t n = number_of(str_sub(line, 0, ext == SIZE_MAX ? line.n : ext), 16);
        if (n == 0) {
            break;
        }
        struct str end;
        if (!take_bytes(text, n) || !take_line(text, &end) || end.n != 0) {
            return false;
        }
        *ret_size += n;
    }
    do {
        if (!take_line(text, &line)) {
            return false;
        }
    } while (line.n != 0);
    return true;
}

/* One whole request; false: none, or a malformed one. */
static bool
take_request(struct str *text, struct plain *ret)
{
    struct str line, name, value;
    bool chunked = false;
    int64_t length = 0;

    if (!take_line(text, &line)) {
        return false;
    }
    size_t first = str_find(line, STR(" "), 0);
    size_t last = first == SIZE_MAX ? SIZE_MAX : str_find(line, STR(" "), first + 1);
    if (last == SIZE_MAX) {
        return false;
    }
    struct str target = str_sub(line, first + 1, last - first - 1);
    size_t mark = str_find(target, STR("?"), 0);
    (void)snprintf(ret->path, sizeof ret->path, "%.*s",
                   STR_FMT(str_sub(target, 0, mark == SIZE_MAX ? target.n : mark)));
    while (take_line(text, &line) && line.n != 0) {
        value = line;
        (void)str_cut(&value, ':', &name);
        value = str_trim(value);
        if (str_eq_ascii_ci(name, STR("content-length"))) {
            length = number_of(value, 10);
        } else if (str_eq_ascii_ci(name, STR("transfer-encoding"))) {
            chunked = true;
        }
    }
    ret->size = length;
    return line.n == 0 && (chunked ? take_chunks(text, &ret->size) : take_bytes(text, length));
}

/* --- mutated streams */

static uint64_t dice = 88172645463325252U;

static size_t
roll(size_t n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (size_t)(dice % n);
}

static size_t
mutate(char *text, size_t n)
{
    static const struct str pieces[] = {
        {"\r",                                      1 },
        {"\n",                                      1 },
        {"\r\n",                                    2 },
        {"\0",                                      1 },
        {" ",                                       1 },
        {"\t",                                      1 },
        {":",                                       1 },
        {",",                                       1 },
        {";",                                       1 },
        {"0",                                       1 },
        {"5",                                       1 },
        {"a",                                       1 },
        {"\r\n\r\n",                                4 },
        {"0\r\n\r\n",                               5 },
        {"\x80",                                    1 },
        {"Content-Length: 5\r\n",                   19},
        {"Transfer-Encoding: chunked\r\n",          28},
        {"X: \r\n",                                 5 },
        {"Content-Length: 0\r\n",                   19},
        {"Connection: close\r\n",                   19},
        {"Connection: upgrade\r\nUpgrade: h2c\r\n", 35},
    };
    size_t at = roll(n);
    size_t cut = roll(3) == 0 ? roll(4) : 0; /* what is replaced */
    struct str piece = roll(4) == 0 ? STR("") : pieces[roll(sizeof pieces / sizeof pieces[0])];

    if (roll(2) == 0 && piece.n > 4) { /* whole lines are put between lines */
        while (at > 0 && text[at - 1] != '\n') {
            at--;
        }
    }
    cut = cut > n - at ? n - at : cut;
    if (n + piece.n >= STREAM_MAX) {
        return n;
    }
    memmove(text + at + piece.n, text + at + cut, n - at - cut);
    memcpy(text + at, piece.p, piece.n);
    return n + piece.n - cut;
}

static void
print_stream(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        print_message(c >= ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
    }
    print_message("\n");
}

/* The i-th answer that leaves the connection open is to the i-th request that the plain reader
 * sees. */
static void
compare(const char *text, size_t n, const struct seen *s)
{
    struct str rest = {text, n};

    for (size_t i = 0; i < s->n; i++) {
        struct plain p;
        char wanted[300];
        if (s->closes[i] && s->status[i] >= 400) {
            return; /* refused: nothing behind it was read */
        }
        bool is_there = take_request(&rest, &p);
        (void)snprintf(wanted, sizeof wanted, "path=%s\n", p.path);
        if (!is_there ||
            (s->status[i] == 200 && strcmp(p.path, "/size") == 0 &&
             number_of(str_of(s->body[i]), 10) != p.size) ||
            (s->status[i] == 200 && strcmp(p.path, "/size") != 0 &&
             strstr(s->body[i], wanted) == NULL)) {
            print_stream(text, n);
            FAIL_TEST("answer %zu (%d) is to another request: %s", i, s->status[i], s->body[i]);
        }
    }
}

static void
mutated_streams(void **state)
{
    static const char *const streams[] = {
        "POST /size HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\naaaaa" SECOND,
        "POST /size HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n0\r\n\r\n" SECOND,
        "POST /size HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\naaa\r\n0\r\nT: v\r\n\r\n" SECOND,
        "GET /echo?first HTTP/1.1\r\n" HOST "\r\n" SECOND,
        "GET /echo?first HTTP/1.1\r\n" HOST "X: a\r\n\r\nPOST /size HTTP/1.1\r\n" HOST
        "Content-Length: 3\r\n\r\naaa" SECOND,
    };
    char text[STREAM_MAX];
    size_t executed = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct seen s;
        const char *from = streams[i % (sizeof streams / sizeof streams[0])];
        size_t n = strlen(from);
        memcpy(text, from, n);
        for (size_t k = roll(3) + 1; k > 0; k--) {
            n = mutate(text, n);
        }
        say_all(text, n, &s);
        compare(text, n, &s);
        for (size_t k = 0; k < s.n; k++) {
            executed += s.status[k] == 200 ? 1 : 0;
            refused += s.status[k] == 400 ? 1 : 0;
        }
    }
    print_message("# %d streams: %zu requests executed, %zu refused\n", ROUNDS, executed, refused);
    assert_in_range(executed, ROUNDS / 4, 3 * ROUNDS); /* both happen, or nothing was tried */
    assert_in_range(refused, ROUNDS / 8, ROUNDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination),
        cmocka_unit_test(mutated_streams),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
