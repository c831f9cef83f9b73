/* head_fuzz.c: any bytes are a sequence of whole requests, then one that is not whole or is
 * refused; and they are the same sequence however they are cut into reads. First byte: the size of
 * a read. */
#include <assert.h>

#include "proc/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { INPUT_MAX = 12 * 1024, BODY_MAX = 2000 };

/* What was understood, as one number to compare. */
struct sum {
    uint64_t hash;
    size_t body;
};

static void
add(struct sum *s, const void *p, size_t n)
{
    const uint8_t *at = p;

    for (size_t i = 0; i < n; i++) {
        s->hash = (s->hash ^ at[i]) * 1099511628211U;
    }
}

static void
add_number(struct sum *s, int64_t n)
{
    add(s, &n, sizeof n);
}

static bool
put(void *arg, const uint8_t *p, size_t n)
{
    struct sum *s = arg;

    s->body += n;
    assert(s->body <= BODY_MAX);
    add(s, p, n);
    return true;
}

static void
check_head(const struct head *h, struct sum *s)
{
    assert(h->host.n > 0 && h->host.n <= HEAD_HOST_MAX);
    assert(h->path.n > 0 && h->path.p[0] == '/' && h->path.n <= HEAD_URI_MAX);
    assert(str_find(h->path, STR("/../"), 0) == SIZE_MAX);
    assert(h->n_fields <= HEAD_FIELDS_MAX && (h->length >= 0) != h->chunked);
    for (size_t i = 0; i < h->n_fields; i++) {
        assert(h->field[i].name.n > 0 && str_is_utf8(h->field[i].value));
        assert(memchr(h->field[i].value.p, '\n', h->field[i].value.n) == NULL);
        add(s, h->field[i].name.p, h->field[i].name.n);
        add(s, h->field[i].value.p, h->field[i].value.n);
    }
    add_number(s, h->method);
    add(s, h->path.p, h->path.n);
    add(s, h->host.p, h->host.n);
    add_number(s, h->length);
}

/* A buffer that is filled a read at a time. */
struct input {
    const uint8_t *p;
    size_t n, at, step;
    uint8_t have[INPUT_MAX];
    size_t have_n;
};

static bool
read_more(struct input *in)
{
    size_t n = in->n - in->at < in->step ? in->n - in->at : in->step;

    memcpy(in->have + in->have_n, in->p + in->at, n);
    in->have_n += n;
    in->at += n;
    return n > 0;
}

static void
use(struct input *in, size_t n)
{
    assert(n <= in->have_n);
    in->have_n -= n;
    memmove(in->have, in->have + n, in->have_n);
}

static int
read_head(struct input *in, uint8_t *bytes, size_t *ret_n, struct head *h)
{
    struct head_scan scan = {0};
    int v = head_find_end(&scan, in->have, in->have_n);

    while (v == HEAD_MORE && read_more(in)) {
        v = head_find_end(&scan, in->have, in->have_n);
    }
    if (v != HEAD_WHOLE) {
        return v;
    }
    *ret_n = scan.pos;
    memcpy(bytes, in->have, scan.pos);
    use(in, scan.pos);
    return head_parse(bytes, *ret_n, h);
}

static int
read_request(struct input *in, struct sum *s)
{
    static struct head h;
    static uint8_t bytes[INPUT_MAX];
    size_t n = 0;
    int v = read_head(in, bytes, &n, &h);

    if (v != HEAD_WHOLE) {
        return v;
    }
    check_head(&h, s);
    struct body_reader *r = body_reader_new(bytes, n, &h, BODY_MAX);
    if (r == NULL) {
        return 400;
    }
    s->body = 0;
    do {
        size_t used = 0;
        v = body_read(r, in->have, in->have_n, put, s, &used);
        use(in, used);
    } while (v == HEAD_MORE && read_more(in));
    assert(v != HEAD_WHOLE || h.chunked || (int64_t)s->body == h.length);
    body_reader_free(r);
    return v;
}

static struct sum
read_all(const uint8_t *p, size_t n, size_t step)
{
    static struct input in;
    struct sum s = {0};
    int v = HEAD_WHOLE;

    in = (struct input){.p = p, .n = n, .step = step};
    while (v == HEAD_WHOLE) {
        v = read_request(&in, &s);
        add_number(&s, v);
    }
    assert(v == HEAD_MORE || (v >= 400 && v < 600));
    /* Parts of a body that did not end may differ by where the refusal was seen. */
    s.body = 0;
    return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n < 1 || n > INPUT_MAX) {
        return 0;
    }
    struct sum whole = read_all(p + 1, n - 1, INPUT_MAX);
    struct sum parts = read_all(p + 1, n - 1, (size_t)p[0] % 97 + 1);
    assert(whole.hash == parts.hash);
    return 0;
}
