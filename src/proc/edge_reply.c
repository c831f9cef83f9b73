/* edge_reply.c: answers. Every one of them, whoever made it, leaves with the same protecting
 * headers (WEB-03), a date, a length and the promise to close or to go on. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/out.h"
#include "base/time.h"
#include "proc/edge.h"

enum { HEAD_OUT_MAX = 64 * 1024, REPLY_MAX = 256 * 1024 * 1024 };

static const char csp[] =
    "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types kontor\r\n";

static const char protection[] =
    "x-content-type-options: nosniff\r\n"
    "referrer-policy: same-origin\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "cross-origin-embedder-policy: require-corp\r\n"
    "x-frame-options: DENY\r\n"
    "x-robots-tag: noindex\r\n"
    "permissions-policy: accelerometer=(), autoplay=(), camera=(), display-capture=(), "
    "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), "
    "idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "picture-in-picture=(), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), "
    "sync-xhr=(), usb=(), xr-spatial-tracking=()\r\n";

/* What a worker may not say: framing and protection are the edge's. */
static const struct str edges_own[] = {
    {"connection",                   10},
    {"content-length",               14},
    {"cross-origin-embedder-policy", 28},
    {"cross-origin-opener-policy",   26},
    {"cross-origin-resource-policy", 28},
    {"date",                         4 },
    {"keep-alive",                   10},
    {"permissions-policy",           18},
    {"referrer-policy",              15},
    {"server",                       6 },
    {"strict-transport-security",    25},
    {"te",                           2 },
    {"trailer",                      7 },
    {"transfer-encoding",            17},
    {"upgrade",                      7 },
    {"x-content-type-options",       22},
    {"x-frame-options",              15},
    {"x-robots-tag",                 12},
};

/* --- heads */

static struct arena *scratch_mem;

static struct arena *
scratch(void)
{
    if (scratch_mem == NULL) {
        scratch_mem = arena_new((size_t)HEAD_OUT_MAX * 4);
    }
    arena_reset(scratch_mem);
    return scratch_mem;
}

/* "Tue, 24 Nov 2026 08:15:00 GMT", made once a second. */
static struct str
http_date(void)
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static char buf[40];
    static int64_t made;
    int64_t now = time_now().us / EDGE_SECOND;

    if (now != made) {
        int64_t second = now % 86400;
        struct day d = {(int32_t)(now / 86400)};
        struct civil c = day_civil(d);
        (void)snprintf(buf, sizeof buf, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                       days[day_weekday(d) - 1], c.dom, months[c.month - 1], c.year,
                       (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
        made = now;
    }
    return str_of(buf);
}

static void
begin_head(const struct conn *c, struct out *o, int status)
{
    out_fmt(o, "HTTP/1.1 %d %s\r\ndate: %.*s\r\n", status, status_text(status),
            STR_FMT(http_date()));
    out_str(o, STR("strict-transport-security: max-age=63072000; includeSubDomains"));
    out_str(o, c->edge->hsts_preload ? STR("; preload\r\n") : STR("\r\n"));
    out_bytes(o, protection, sizeof protection - 1);
    if (c->is_closing || c->edge->is_draining) {
        out_str(o, STR("connection: close\r\n"));
    }
}

static bool
has_no_body(int status)
{
    return status == 204 || status == 304;
}

/* Ends the head, puts it in front of the body that is in c->out already, and starts writing. */
static void
finish_head(struct conn *c, struct out *o, int status)
{
    bool is_head = c->rq != NULL && c->rq->head.method == HEAD_HEAD;

    if (!has_no_body(status)) {
        out_fmt(o, "content-length: %zu\r\n", c->out.body_n);
    }
    out_str(o, STR("\r\n"));
    if (is_head || has_no_body(status)) {
        c->out.body_n = 0;
    }
    struct str head = out_view(o);
    c->out.head = loop_alloc(head.n);
    memcpy(c->out.head, head.p, head.n);
    c->out.head_n = head.n;
    arena_reset(scratch_mem); /* a cookie, perhaps */
    conn_start_write(c);
}

/* One line for each request: pattern and network only; what a person asked for is their business.
 */
static void
reply_log(const struct conn *c, int status, struct str route)
{
    char buf[64];
    struct sockaddr_storage sa;
    struct str net = STR("local");
    int64_t workspace = -1;
    int64_t us = 0;

    if (c->rq != NULL) {
        us = loop_now(c->edge->loop) - c->rq->started_us;
        workspace = c->rq->workspace;
    }
    if (address_parse(str_of(c->rq != NULL && c->rq->client[0] != '\0' ? c->rq->client : c->peer),
                      &sa)) {
        net = network_print(&sa, buf);
    }
    if (c->rq != NULL && c->rq->route != NULL) {
        route = str_of(c->rq->route->pattern);
    }
    log_line(LOG_NOTE, "edge.request", "ws=%lld route=%.*s status=%d ms=%lld net=%.*s",
             (long long)workspace, STR_FMT(route), status, (long long)(us / 1000), STR_FMT(net));
}

/* --- answers of the edge */

static void
reply_own(struct conn *c, int status, const char *more)
{
    struct out o = out_new(scratch(), HEAD_OUT_MAX);

    begin_head(c, &o, status);
    out_bytes(&o, csp, sizeof csp - 1);
    out_str(&o, str_of(more));
    finish_head(c, &o, status);
}

void
reply_page(struct conn *c, int what)
{
    const int status = what == STATUS_DAMAGED ? 503 : what;
    char *page = loop_alloc(PAGE_MAX);
    struct str lang = c->rq != NULL ? head_get(&c->rq->head, STR("accept-language")) : STR_NONE;
    const char *allow = status == 405 && c->rq != NULL ? edge_route_allows(c->rq->head.path) : NULL;
    char more[256];

    outgoing_free(&c->out);
    struct str text = page_of(what, lang, page, PAGE_MAX);
    c->out.owned = (uint8_t *)page;
    c->out.body_n = text.n;
    reply_log(c, status, STR("-"));
    (void)snprintf(more, sizeof more,
                   "content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n%s%s%s%s",
                   allow != NULL ? "allow: " : "", allow != NULL ? allow : "",
                   allow != NULL ? "\r\n" : "",
                   what == STATUS_DAMAGED ? "retry-after: 60\r\n"
                   : what == 503          ? "retry-after: 2\r\n"
                                          : "");
    reply_own(c, status, more);
}

void
reply_text(struct conn *c, int status, const char *type, struct bytes body)
{
    char more[256];

    outgoing_free(&c->out);
    c->out.borrowed = body.p;
    c->out.body_n = body.n;
    (void)snprintf(more, sizeof more, "content-type: %s\r\ncache-control: no-store\r\n", type);
    reply_log(c, status, c->rq->head.path);
    reply_own(c, status, more);
}

void
reply_static(struct conn *c, struct str type, struct bytes body, bool is_gzip)
{
    char more[256];

    outgoing_free(&c->out);
    c->out.borrowed = body.p;
    c->out.body_n = body.n;
    (void)snprintf(more, sizeof more,
                   "content-type: %.*s\r\ncache-control: public, max-age=31536000, immutable\r\n"
                   "vary: accept-encoding\r\n%s",
                   STR_FMT(type), is_gzip ? "content-encoding: gzip\r\n" : "");
    reply_log(c, 200, STR("/a/"));
    reply_own(c, 200, more);
}

/* --- answers of workers */

static bool
is_edges_own(struct str name)
{
    for (size_t i = 0; i < sizeof edges_own / sizeof edges_own[0]; i++) {
        if (str_eq_ascii_ci(name, edges_own[i])) {
            return true;
        }
    }
    return false;
}

/* "name: value" without anything that could start a line of its own. */
static bool
split_header(struct str line, struct str *ret_name)
{
    size_t colon = str_find(line, STR(": "), 0);

    if (colon == SIZE_MAX || colon == 0) {
        return false;
    }
    for (size_t i = 0; i < line.n; i++) {
        uint8_t ch = (uint8_t)line.p[i];
        bool name_ok = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '-' ||
                       (ch >= '0' && ch <= '9');
        if (i < colon ? !name_ok : ch < ' ' || ch == 0x7f) {
            return false;
        }
    }
    *ret_name = str_sub(line, 0, colon);
    return true;
}

static void
put_worker_headers(struct out *o, const struct frame *f)
{
    size_t pos = 0;
    uint16_t tag;
    struct str line, name;
    bool has_csp = false;
    bool has_cache = false;

    while (frame_next(f, &pos, &tag, &line)) {
        if (tag != W_F_HEADER || !split_header(line, &name) || is_edges_own(name)) {
            continue;
        }
        has_csp |= str_eq_ascii_ci(name, STR("content-security-policy"));
        has_cache |= str_eq_ascii_ci(name, STR("cache-control"));
        out_str(o, line);
        out_str(o, STR("\r\n"));
    }
    if (!has_csp) {
        out_bytes(o, csp, sizeof csp - 1);
    }
    if (!has_cache) {
        out_str(o, STR("cache-control: no-store\r\n"));
    }
}

/* A sealed memfd of the size that was said; it is read, never mapped. */
static bool
take_body_fd(struct conn *c, struct frame *f)
{
    const int sealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    struct stat st;
    int seals = fcntl(f->fd, F_GET_SEALS);

    if (seals < 0 || (seals & sealed) != sealed || fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        st.st_size < 0 || st.st_size > REPLY_MAX) {
        return false;
    }
    c->out.fd = f->fd;
    c->out.body_n = (size_t)st.st_size;
    f->fd = -1;
    return true;
}

/* How much there is of it to send: of a sealed one what is in it; -1: it is none. */
static int64_t
content_of(const struct frame *f, int64_t size, uint8_t ret_key[static SEALED_KEY],
           bool *ret_is_sealed)
{
    const struct str key = frame_get(f, W_F_KEY);

    *ret_is_sealed = key.p != NULL;
    if (!*ret_is_sealed) {
        return size;
    }
    if (key.n != SEALED_KEY || !sealed_ready()) {
        return -1;
    }
    memcpy(ret_key, key.p, SEALED_KEY);
    return sealed_content(size);
}

/* A part of a file of any size, read by the piece while it leaves. It carries no seal, as disks
 * know none; it needs none either: its worker gives a file its name when all of it is there, and
 * writes no more. Should it be shorter than was said after all, then what follows is missing, and
 * conn_flush() ends the connection before the promised length: nobody takes it for the whole. */
static bool
take_file(struct conn *c, struct frame *f, int64_t at)
{
    int64_t n = 0;
    struct stat st;
    const int flags = fcntl(f->fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || frame_get_i64(f, W_F_BODY_SIZE, &n) != OK ||
        fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    const int64_t there = content_of(f, st.st_size, c->out.key, &c->out.is_sealed);
    if (n < 0 || n > there || at < 0 || at > there - n) {
        return false;
    }
    c->out.fd = f->fd;
    c->out.at = at;
    c->out.body_n = (size_t)n;
    f->fd = -1;
    return true;
}

static bool
take_body(struct conn *c, struct frame *f)
{
    struct str body = frame_get(f, W_F_BODY);
    int64_t at;

    if (f->fd >= 0) {
        return frame_get_i64(f, W_F_OFFSET, &at) == OK ? take_file(c, f, at) : take_body_fd(c, f);
    }
    if (body.n > 0) {
        c->out.owned = loop_alloc(body.n);
        memcpy(c->out.owned, body.p, body.n);
        c->out.body_n = body.n;
    }
    return true;
}

void
reply_from_worker(struct conn *c, struct frame *f)
{
    struct out o = out_new(scratch(), HEAD_OUT_MAX);
    int64_t status = 0;

    outgoing_free(&c->out);
    if (frame_get_i64(f, W_F_STATUS, &status) != OK || status < 200 || status > 599 ||
        !take_body(c, f)) {
        reply_page(c, 502);
        return;
    }
    begin_head(c, &o, (int)status);
    put_worker_headers(&o, f);
    if (!out_ok(&o)) {
        reply_page(c, 502);
        return;
    }
    reply_log(c, (int)status, STR("-"));
    finish_head(c, &o, (int)status);
}
