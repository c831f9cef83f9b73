/* head_body.c: llhttp as the second reader of a request (see head.h): it reads the head again, and
 * a difference refuses the request; then it finds where the body ends, by Content-Length or by
 * chunks. */
#include "proc/head.h"

#include <llhttp.h>

enum { FRAMING_MAX = 16 * 1024, FRAMING_PER_BYTE = 8 };

struct body_reader {
    llhttp_t parser;
    bool (*put)(void *arg, const uint8_t *p, size_t n);
    void *arg;
    uint64_t max;
    uint64_t seen, data;    /* bytes read behind the head, and those of them that were content */
    const uint8_t *framing; /* of what is being read: from here on it is not content */
    uint8_t before;         /* the byte of framing before it */
    unsigned fields;
    int refused; /* status, or 0 */
    bool is_chunked, is_head_done, is_done;
};

static struct body_reader *
reader_of(llhttp_t *parser)
{
    return parser->data;
}

static int
on_field_complete(llhttp_t *parser)
{
    if (!reader_of(parser)->is_head_done) {
        reader_of(parser)->fields++;
    }
    return 0;
}

static int
on_head(llhttp_t *parser)
{
    parser->upgrade = 0; /* Upgrade is not offered, so it is no other protocol that follows */
    reader_of(parser)->is_head_done = true;
    return 0;
}

static int
on_chunk(llhttp_t *parser)
{
    struct body_reader *r = reader_of(parser);

    if (parser->content_length > r->max - r->data) {
        r->refused = 413;
        return HPE_USER;
    }
    return 0;
}

/* Chunk sizes and trailers stand in lines that end in CRLF; llhttp takes a bare LF at some places.
 */
static bool
lines_ok(struct body_reader *r, const uint8_t *end)
{
    for (; r->framing < end; r->framing++) {
        uint8_t c = *r->framing;
        if ((c == '\n') != (r->before == '\r') || c == '\0') {
            return false;
        }
        r->before = c;
    }
    return true;
}

static int
on_body(llhttp_t *parser, const char *at, size_t n)
{
    struct body_reader *r = reader_of(parser);

    if (r->is_chunked && !lines_ok(r, (const uint8_t *)at)) {
        r->refused = 400; /* uncovered: llhttp 8 refuses such a size line before its data comes */
        return HPE_USER;  /* uncovered: the same */
    }
    r->framing = (const uint8_t *)at + n;
    r->before = 0;
    if (n > r->max - r->data) {
        r->refused = 413;
        return HPE_USER;
    }
    r->data += n;
    if (r->put == NULL || !r->put(r->arg, (const uint8_t *)at, n)) {
        r->refused = 503;
        return HPE_USER;
    }
    return 0;
}

static int
on_message(llhttp_t *parser)
{
    reader_of(parser)->is_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t reader_settings = {
    .on_header_value_complete = on_field_complete,
    .on_headers_complete = on_head,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_message,
};

/* Do both readers see the same request? */
static bool
agrees(const struct body_reader *r, const struct head *h)
{
    static const enum llhttp_method same[] = {
        [HEAD_GET] = HTTP_GET, [HEAD_HEAD] = HTTP_HEAD,   [HEAD_POST] = HTTP_POST,
        [HEAD_PUT] = HTTP_PUT, [HEAD_PATCH] = HTTP_PATCH, [HEAD_DELETE] = HTTP_DELETE,
    };
    uint64_t length = h->length > 0 ? (uint64_t)h->length : 0;

    return r->parser.method == same[h->method] && r->parser.http_major == 1 &&
           r->parser.http_minor == h->minor && r->fields == h->n_fields &&
           ((r->parser.flags & F_CHUNKED) != 0) == h->chunked &&
           (h->chunked || r->parser.content_length == length) && r->is_done == (h->length == 0);
}

struct body_reader *
body_reader_new(const uint8_t *head_bytes, size_t n, const struct head *h, uint64_t max)
{
    struct body_reader *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return NULL; /* uncovered: no memory */
    }
    llhttp_init(&r->parser, HTTP_REQUEST, &reader_settings);
    r->parser.data = r;
    r->max = max;
    r->is_chunked = h->chunked;
    enum llhttp_errno e = llhttp_execute(&r->parser, (const char *)head_bytes, n);
    if ((e != HPE_OK && !(e == HPE_PAUSED && r->is_done)) || !r->is_head_done || !agrees(r, h)) {
        body_reader_free(r);
        return NULL;
    }
    return r;
}

void
body_reader_free(struct body_reader *r)
{
    free(r);
}

int
body_read(struct body_reader *r, const uint8_t *p, size_t n,
          bool (*put)(void *arg, const uint8_t *p, size_t n), void *arg, size_t *ret_used)
{
    *ret_used = 0;
    if (r->is_done) {
        return HEAD_WHOLE;
    }
    r->put = put;
    r->arg = arg;
    r->framing = p;
    enum llhttp_errno e = llhttp_execute(&r->parser, (const char *)p, n);
    if (r->refused != 0) {
        return r->refused;
    }
    size_t used = n;
    if (e == HPE_PAUSED && r->is_done) {
        used = (size_t)((const uint8_t *)llhttp_get_error_pos(&r->parser) - p);
    } else if (e != HPE_OK) {
        return 400;
    }
    if (r->is_chunked && !lines_ok(r, p + used)) {
        return 400;
    }
    r->seen += used;
    if (r->seen - r->data > FRAMING_MAX + r->data * FRAMING_PER_BYTE) {
        return 400;
    }
    *ret_used = used;
    return r->is_done ? HEAD_WHOLE : HEAD_MORE;
}
