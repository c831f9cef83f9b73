/* serve.c: see serve.h. The face that guard/dispatch sees of HTTP is at the end. */
#include "http/serve.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "http/proof.h"
#include "http/req.h"
#include "http/shell.h"

enum { REPLY_INLINE_MAX = 60 * 1024 };

/* --- from the frame -------------------------------------------------------------------------- */

/* What people and the audit may know of an address: /24 of IPv4, /48 of IPv6 (AUD-05). */
static struct str
coarse_network(struct arena *mem, struct str client)
{
    uint8_t a[16];
    char text[INET6_ADDRSTRLEN];
    char *c = arena_alloc(mem, client.n + 1);
    memcpy(c, client.p != NULL ? client.p : "", client.n);
    if (inet_pton(AF_INET, c, a) == 1) {
        return arena_fmt(mem, "%d.%d.%d.0/24", a[0], a[1], a[2]);
    }
    if (inet_pton(AF_INET6, c, a) == 1) {
        memset(a + 6, 0, 10);
        if (inet_ntop(AF_INET6, a, text, sizeof(text)) != NULL) {
            return arena_fmt(mem, "%s/48", text);
        }
    }
    return STR_NONE;
}

static void
take_header(struct req *rq, struct str line)
{
    size_t colon = str_find(line, STR(":"), 0);
    if (colon == SIZE_MAX || rq->n_headers == REQ_HEADERS_MAX) {
        return;
    }
    rq->headers[rq->n_headers++] = (struct header){
        .name = str_sub(line, 0, colon), .value = str_trim(str_sub(line, colon + 1, line.n))};
}

static void
take_fields(struct req *rq, const struct frame *f)
{
    struct arena *mem = rq->call.mem;
    size_t pos = 0;
    uint16_t tag;
    struct str v;
    while (frame_next(f, &pos, &tag, &v)) {
        if (tag == W_F_HEADER) {
            take_header(rq, arena_copy(mem, v));
        }
    }
    struct call *c = &rq->call;
    struct str method = frame_get(f, W_F_METHOD);
    rq->is_head = str_eq(method, STR("HEAD"));
    c->method = str_eq(method, STR("POST")) ? METHOD_POST : METHOD_GET;
    c->path = arena_copy(mem, frame_get(f, W_F_PATH));
    c->client = arena_copy(mem, frame_get(f, W_F_CLIENT));
    c->network = coarse_network(mem, c->client);
    c->actor.network = c->network;
    rq->query_raw = arena_copy(mem, frame_get(f, W_F_QUERY));
    rq->base_url = arena_copy(mem, frame_get(f, W_F_BASE_URL));
    c->own_origin = rq->base_url;
}

static enum rc
take_body(struct req *rq, struct frame *f)
{
    struct bytes body;
    if (f->fd < 0) {
        rq->call.body = arena_copy(rq->call.mem, frame_get(f, W_F_BODY));
        return OK;
    }
    enum rc rc = body_fd_read(f->fd, SERVE_BODY_MAX, rq->call.mem, &body);
    close(f->fd);
    f->fd = -1;
    if (rc == OK) {
        rq->call.body = (struct str){(const char *)body.p, body.n};
    }
    return rc;
}

static void
take_cookies(struct req *rq)
{
    if (pairs_parse_cookies(rq->call.mem, req_header(rq, "cookie"), &rq->cookies) != OK) {
        rq->cookies = (struct pairs){NULL, 0};
    }
    rq->call.sid = req_cookie(rq, SESSION_COOKIE);
    rq->call.pre = req_cookie(rq, "__Host-pre");
}

/* German unless the browser asks for English and not for German; a link ?sprache=en wins. */
static enum lang
wanted_lang(const struct req *rq)
{
    struct str asked = req_query(rq, "sprache");
    asked = asked.p != NULL ? asked : req_cookie(rq, "__Host-lang");
    if (asked.p != NULL) {
        return str_eq(asked, STR("en")) ? LANG_EN : LANG_DE;
    }
    struct str accept = req_header(rq, "accept-language");
    size_t de = str_find(accept, STR("de"), 0), en = str_find(accept, STR("en"), 0);
    return en < de ? LANG_EN : LANG_DE;
}

static void
page_begin(struct req *rq)
{
    struct page *pg = &rq->page;
    pg->mem = rq->call.mem;
    pg->now = rq->call.now;
    pg->today = instant_day(rq->call.now);
    pg->path = (struct url){rq->call.path};
    pg->lang = wanted_lang(rq);
}

/* A browser that fetches ahead says so (Fetch, "Sec-Purpose"); a script of ours that asks by itself
 * would say so in the other. Whoever claims it falsely only lets the own session end sooner. */
static bool
is_background(const struct req *rq)
{
    return str_find(req_header(rq, "sec-purpose"), STR("prefetch"), 0) != SIZE_MAX ||
           str_eq(req_header(rq, "x-kontor-background"), STR("1"));
}

struct req *
serve_begin(struct serve *s, struct arena *mem, struct frame *f)
{
    (void)s;
    struct req *rq = ARENA_NEW(mem, struct req);
    rq->call.mem = mem;
    rq->call.now = time_now();
    rq->call.new_sid = STR_NONE;
    rq->call.new_pre = STR_NONE;
    take_fields(rq, f);
    rq->content_type = req_header(rq, "content-type");
    rq->call.origin = req_header(rq, "origin");
    rq->call.fetch_site = req_header(rq, "sec-fetch-site");
    rq->call.background = is_background(rq);
    take_cookies(rq);
    enum rc rc = OK;
    if (pairs_parse_urlencoded(mem, rq->query_raw, &rq->query) != OK) {
        rc = fail(&rq->call.err, RC_INVALID, E_FIELD_ENCODING, "query");
    } else if (take_body(rq, f) != OK) {
        rc = fail(&rq->call.err, RC_LIMIT, E_TOO_LARGE, "body");
    }
    rq->call.err.rc = rc;
    page_begin(rq);
    return rq;
}

/* --- refusals -------------------------------------------------------------------------------- */

/* The page of ours that a form was on, as the browser says; STR_NONE when it does not. */
static struct str
page_of_form(const struct req *rq)
{
    const struct str referer = req_header(rq, "referer");
    const struct str own = rq->base_url;

    const struct str path = str_sub(referer, own.n, referer.n);

    return own.n > 0 && str_starts(referer, own) && str_starts(path, STR("/")) ? path : STR_NONE;
}

static enum rc
go_and_come_back(struct req *rq, const char *to)
{
    struct arena *mem = rq->call.mem;
    const bool is_form = rq->call.method == METHOD_POST;
    struct str here = is_form ? page_of_form(rq) : rq->call.path;
    if (here.n == 0 || str_eq(here, STR("/"))) {
        return reply_redirect(rq, (struct url){str_of(to)});
    }
    if (!is_form && rq->query_raw.n > 0) {
        here = arena_fmt(mem, "%.*s?%.*s", STR_FMT(here), STR_FMT(rq->query_raw));
    }
    return reply_redirect(rq, url_fmt(mem, "%s?weiter=%s", to, url_text(mem, here)));
}

/* The letter that a text begins with, whatever script it is in. */
static struct str
first_letter(struct str s)
{
    size_t n = s.n > 0 ? 1 : 0;
    while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
        n++;
    }
    return str_sub(s, 0, n);
}

/* First letters of first and last word of a name, for the round mark in the top bar. */
static struct str
initials(struct arena *mem, struct str name)
{
    size_t last = 0;
    for (size_t i = 0; i + 1 < name.n; i++) {
        last = name.p[i] == ' ' ? i + 1 : last;
    }
    struct str second = last > 0 ? first_letter(str_sub(name, last, name.n)) : STR("");
    return arena_fmt(mem, "%.*s%.*s", STR_FMT(first_letter(name)), STR_FMT(second));
}

/* Whose page it is: a refusal, too, speaks a known person's language. */
static void
set_person(struct req *rq)
{
    struct page *pg = &rq->page;
    const struct principal *who = &rq->call.who;
    pg->signed_in = who->user.n != 0 && !who->ticket;
    if (pg->signed_in) {
        pg->user = who->user;
        pg->user_name = who->name;
        pg->user_initials = initials(rq->call.mem, who->name);
        pg->rights = who->rights;
        pg->factor_due_at = who->factor_due_at;
        pg->lang = who->lang == LANG_EN ? LANG_EN : LANG_DE;
        pg->theme = (enum theme)who->theme;
    }
}

/* Where a person is sent who could have what is refused, one step later. */
static enum rc
send_on(struct req *rq, enum code code)
{
    if (code == E_SIGN_IN) {
        return go_and_come_back(rq, "/anmelden");
    }
    if (code == E_SECOND_FACTOR) {
        return reply_redirect(rq, URL("/anmelden/code"));
    }
    if (code == E_SIGNED_IN) {
        return reply_redirect(rq, URL("/"));
    }
    if (code == E_ENROL) {
        return reply_redirect(rq, URL("/konto/zwei-faktor"));
    }
    if (code != E_STEP_UP) {
        return RC_MISSING;
    }
    if (rq->unproven.built) {
        rq->reply = rq->unproven;
        reply_status(rq, 403);
        return OK;
    }
    return go_and_come_back(rq, "/konto/nachweis");
}

static int
status_of(enum rc rc, enum code code)
{
    return code == E_METHOD ? 405 : code == E_STORE_FULL || code == E_DISK_LOW ? 507 : rc_http(rc);
}

static void
refuse(struct req *rq, enum rc rc)
{
    struct call *c = &rq->call;
    reply_drop(rq);
    if (send_on(rq, c->err.code) == OK) {
        return;
    }
    reply_drop(rq);
    int status = status_of(rc, c->err.code);
    reply_status(rq, status);
    if (status == 405) {
        reply_header(rq, "allow", c->method == METHOD_POST ? STR("GET, HEAD") : STR("POST"));
    }
    if (status == 503) {
        reply_header(rq, "retry-after", STR("2"));
    }
    struct out o = out_new(c->mem, REPLY_BODY_MAX);
    set_person(rq);
    shell_error(&o, &rq->page, status, c->err.code);
    rq->reply.body = (struct bytes){(const uint8_t *)o.p, o.n};
    rq->reply.built = true;
    reply_header(rq, "content-type", STR("text/html; charset=utf-8"));
    reply_header(rq, "cache-control", STR("no-store"));
}

static void
set_kernel_cookies(struct req *rq)
{
    struct call *c = &rq->call;
    if (c->new_sid.p != NULL) {
        req_set_cookie(rq, SESSION_COOKIE, c->new_sid, c->new_sid.n > 0 ? 0 : -1);
    }
    if (c->new_pre.p != NULL) {
        req_set_cookie(rq, "__Host-pre", c->new_pre, 0);
    }
}

bool
serve_run(struct serve *s, struct req *rq)
{
    struct call *c = &rq->call;
    bool parked = false;
    enum rc rc = c->err.rc;
    if (rc == OK) {
        rq->page.is_low = s->gate.is_low;
        rc = dispatch(&s->gate, rq, c, &parked);
    }
    if (parked) {
        c->resumed = true;
        return false;
    }
    if (rc == OK && !rq->reply.built) {
        rc = fail(&c->err, RC_BROKEN, E_BROKEN, "handler gave no reply");
    }
    if (rc != OK) {
        c->err.rc = rc;
        refuse(rq, rc);
    }
    set_kernel_cookies(rq);
    return true;
}

/* --- slow work ------------------------------------------------------------------------------- */

static void
put_question(struct frame_out *f, const struct question *q)
{
    frame_put_str(f, W_F_NAME, str_of(q->name));
    frame_put_str(f, W_F_BODY, q->of);
    frame_put_str(f, W_F_LOGIN, q->login);
    frame_put_i64(f, W_F_VERSION, q->version);
    frame_put_i64(f, W_F_TOTAL, q->total);
}

bool
serve_work(const struct req *rq, size_t i, enum wire_kind *ret_kind, struct frame_out *f)
{
    if (i >= rq->n_work) {
        return false;
    }
    const struct work *w = &rq->work[i];
    *ret_kind = w->kind;
    if (w->kind == WK_MASTER) {
        put_question(f, &w->question);
        return true;
    }
    frame_put_str(f, W_F_PLAIN, w->plain);
    if (w->kind == WK_HASH) {
        frame_put(f, W_F_SALT, w->salt, sizeof(w->salt));
        frame_put_i64(f, W_F_OPS, w->ops);
        frame_put_i64(f, W_F_MEM, w->mem_kib);
    }
    return true;
}

void
serve_work_done(struct req *rq, size_t i, struct bytes result)
{
    if (i < rq->n_work) {
        struct str copy = arena_copy(rq->call.mem, (struct str){(const char *)result.p, result.n});
        rq->work[i].result = (struct bytes){(const uint8_t *)copy.p, copy.n};
    }
}

void
serve_work_refused(struct serve *s, struct req *rq)
{
    (void)s;
    rq->call.err = (struct err){0};
    enum rc rc = fail(&rq->call.err, RC_BUSY, E_BUSY, "slow work refused");
    refuse(rq, rc);
}

/* --- to the frame ---------------------------------------------------------------------------- */

static void
put_header(struct frame_out *f, struct arena *mem, const char *name, struct str value)
{
    frame_put_str(f, W_F_HEADER, arena_fmt(mem, "%s: %.*s", name, STR_FMT(value)));
}

enum rc
serve_reply(struct req *rq, struct frame_out *f, uint64_t id, int *ret_fd)
{
    struct reply *r = &rq->reply;
    struct arena *mem = rq->call.mem;
    *ret_fd = -1;
    frame_begin(f, f->p, f->cap, W_REPLY, id);
    frame_put_i64(f, W_F_STATUS, r->status);
    if (rq->call.route != NULL) {
        frame_put_str(f, W_F_ROUTE, str_of(rq->call.route->path));
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        put_header(f, mem, r->headers[i].name.p, r->headers[i].value);
    }
    for (size_t i = 0; i < rq->n_set_cookies; i++) {
        put_header(f, mem, "set-cookie", rq->set_cookies[i].value);
    }
    if (r->has_file) {
        frame_put_i64(f, W_F_OFFSET, r->part.at);
        if (r->is_sealed) {
            frame_put(f, W_F_KEY, r->key, sizeof(r->key));
            explicit_bzero(r->key, sizeof(r->key));
        }
        frame_put_i64(f, W_F_BODY_SIZE, r->part.n);
        *ret_fd = r->file;
        r->has_file = false;
        return OK;
    }
    frame_put_i64(f, W_F_BODY_SIZE, (int64_t)r->body.n);
    if (r->body.n > REPLY_INLINE_MAX) {
        return body_fd_new(r->body, ret_fd);
    }
    frame_put(f, W_F_BODY, r->body.p, r->body.n);
    return OK;
}

void
serve_end(struct req *rq)
{
    reply_drop(rq);
}

struct served
serve_result(const struct req *rq)
{
    const struct call *c = &rq->call;
    return (struct served){.route = c->route != NULL ? c->route->path : "-",
                           .event = c->route != NULL ? c->route->event : EVENT_NOTHING,
                           .status = rq->reply.status,
                           .rc = c->err.rc,
                           .code = c->err.code,
                           .detail = c->err.detail};
}

/* --- the face that guard sees ---------------------------------------------------------------- */

static bool
face_has_faults(const struct req *rq)
{
    return rq->n_faults > 0;
}

static bool
face_wants_work(const struct req *rq)
{
    return rq->n_work > 0;
}

static struct str
face_location(const struct req *rq)
{
    return rq->reply.location;
}

static enum rc
face_redirect(struct req *rq, struct str location)
{
    return reply_redirect(rq, (struct url){arena_copy(rq->call.mem, location)});
}

static void
face_forget(struct req *rq)
{
    reply_drop(rq);
    rq->n_set_cookies = 0;
    rq->n_faults = 0;
}

static struct serve *serve_of_gate; /* one per process */

static enum rc
face_ambient(struct req *rq, struct rtx *tx)
{
    struct page *pg = &rq->page;
    set_person(rq);
    enum text notice = text_find(req_query(rq, "meldung"));
    if (notice != T_NONE && str_starts(text_key(notice), STR("notice."))) {
        pg->notice = page_text(pg, notice, STR_NONE);
        pg->notice_kind = NOTICE_OK;
    }
    return serve_of_gate->ambient != NULL ? serve_of_gate->ambient(rq, tx) : OK;
}

static void
face_unproven(struct req *rq, struct rtx *tx)
{
    struct proof_form f;
    if (serve_of_gate->prove == NULL || rq->call.method != METHOD_POST ||
        proof_keep(rq, &f) != OK) {
        return;
    }
    set_person(rq);
    if (serve_of_gate->prove(rq, tx, &f) == OK) {
        rq->unproven = rq->reply;
    }
    rq->reply = (struct reply){0};
}

static const struct face the_face = {
    .body = req_body,
    .form = req_parse_form,
    .has_faults = face_has_faults,
    .wants_work = face_wants_work,
    .location = face_location,
    .redirect = face_redirect,
    .again = req_show_again,
    .forget = face_forget,
    .ambient = face_ambient,
    .unproven = face_unproven,
};

void
serve_init(struct serve *s)
{
    s->gate.face = &the_face;
    serve_of_gate = s;
}
