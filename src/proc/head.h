/* head.h: what a request on the wire may look like. The strict check of request heads, and the
 * decoder of bodies. Total: any bytes give a verdict, no byte is read twice, nothing is guessed.
 *
 * Two readers must agree: ours decides what is let in (one request grammar, RFC 9112 without its
 * leniencies), then llhttp (strict build) reads the same bytes, and a difference refuses the
 * request. Only head_body.c includes llhttp.h. Fuzzed. Trusts nothing. */
#ifndef PROC_HEAD_H
#define PROC_HEAD_H

#include "base/str.h"

enum {
    HEAD_MAX = 16 * 1024,    /* request line and fields; one more byte is 431 */
    HEAD_URI_MAX = 8 * 1024, /* request target; one more byte is 414 */
    HEAD_FIELDS_MAX = 100,   /* one more field is 431 */
    HEAD_HOST_MAX = 253      /* a DNS name's longest text form */
};

/* A verdict is HEAD_MORE, HEAD_WHOLE or the HTTP status (>= 400) to refuse and close with. */
enum { HEAD_MORE = 0, HEAD_WHOLE = 1 };

enum head_method { HEAD_GET = 1, HEAD_HEAD, HEAD_POST, HEAD_PUT, HEAD_PATCH, HEAD_DELETE };

struct head_field {
    struct str name;  /* lower case */
    struct str value; /* without blanks around it; may be empty */
};

/* A request head that passed; all text points into the checked bytes. */
struct head {
    enum head_method method;
    struct str method_name;
    struct str path;  /* raw, starts with '/', escapes are whole, decodes to UTF-8 without "/../" */
    struct str query; /* raw, without '?'; STR_NONE when there is none */
    struct str host;  /* lower case, without port and trailing dot; "[::1]" keeps its brackets */
    int minor;        /* HTTP/1.minor: 0 or 1 */
    bool chunked;
    bool expect_continue;
    bool keep_alive; /* the client's wish: HTTP/1.1 without "Connection: close" */
    int64_t length;  /* Content-Length; 0 without one, -1 when chunked */
    struct head_field field[HEAD_FIELDS_MAX];
    size_t n_fields;
};

/* Where the search for the end of a head stands; start with {0}. */
struct head_scan {
    size_t pos;
    size_t line; /* start of the current line */
    bool past_first;
};

/* Looks at the bytes that came since the last call. HEAD_WHOLE: the head ends at s->pos. Refuses
 * bare CR, bare LF, NUL, a leading empty line (400), a too long target (414) or head (431) as soon
 * as they are seen. */
int head_find_end(struct head_scan *s, const uint8_t *p, size_t n);

/* Checks a head that head_find_end found whole (n bytes with the empty line). Lower-cases field
 * names and host in place. HEAD_WHOLE and *ret_head, else the status. */
int head_parse(uint8_t *p, size_t n, struct head *ret_head);

/* First value of a field (name in lower case); STR_NONE when absent. */
struct str head_get(const struct head *h, struct str name);

/* --- bodies: one reader per request with a body, Content-Length or chunked */
struct body_reader;
/* Lets llhttp read the head; NULL when it disagrees with what head_parse found (refuse with 400) or
 * memory is out. A body of more than max bytes is refused with 413, as soon as a chunk announces
 * it. */
struct body_reader *body_reader_new(const uint8_t *head_bytes, size_t n, const struct head *h,
                                    uint64_t max);
void body_reader_free(struct body_reader *r); /* NULL is fine */
/* Reads on; whole or parts of the body go to put(arg, …), which answers false to refuse with 503
 * (no room). HEAD_WHOLE: the body ended behind *ret_used bytes (the rest is the next request).
 * Framing (chunk sizes, extensions, trailers) beyond 16 KiB and eight times the data is refused
 * with 400. */
int body_read(struct body_reader *r, const uint8_t *p, size_t n,
              bool (*put)(void *arg, const uint8_t *p, size_t n), void *arg, size_t *ret_used);

#endif
