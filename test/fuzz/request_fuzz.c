/* request_fuzz.c: a request as the edge hands it over, up to the handler: headers, cookies, query,
 * the route that its path leads to, and the fields of that route's form. Parts are separated by
 * NUL: method, path, query, cookies, content type, body. What parses keeps the limits of its table.
 */
#include <assert.h>

#include "app/app.h"
#include "http/req.h"
#include "http/serve.h"

enum { PARTS = 6, ARENA_BYTES = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct str
header(struct arena *mem, const char *name, struct str value)
{
    return arena_fmt(mem, "%s: %.*s", name, STR_FMT(value));
}

static struct req *
begin(struct serve *s, struct arena *mem, const struct str part[static PARTS])
{
    static uint8_t buf[FRAME_MAX];
    struct frame_out f;
    struct frame in;
    frame_begin(&f, buf, sizeof(buf), W_REQUEST, 1);
    frame_put_str(&f, W_F_METHOD, part[0]);
    frame_put_str(&f, W_F_PATH, part[1]);
    frame_put_str(&f, W_F_QUERY, part[2]);
    frame_put_str(&f, W_F_HEADER, header(mem, "cookie", part[3]));
    frame_put_str(&f, W_F_HEADER, header(mem, "content-type", part[4]));
    frame_put_str(&f, W_F_HEADER, header(mem, "accept-language", part[4]));
    frame_put_str(&f, W_F_CLIENT, part[4]);
    frame_put_str(&f, W_F_BODY, part[5]);
    if (f.full || frame_parse(f.p, f.n, &in) != OK) {
        return NULL;
    }
    in.fd = -1;
    return serve_begin(s, mem, &in);
}

static void
check_params(const struct call *c)
{
    assert(c->n_params <= PATH_PARAMS_MAX);
    for (size_t i = 0; i < c->n_params; i++) {
        const struct path_param *p = &c->param[i];
        const struct str name = {p->name, p->name_n};
        const bool text = str_eq(name, STR("token")) || str_eq(name, STR("text"));
        const bool day = str_eq(name, STR("day")) || str_eq(name, STR("month"));
        assert(p->text.n > 0 && (text || day || p->n > 0));
    }
}

static void
check_field(const struct field *f, const void *data)
{
    const char *at = (const char *)data + f->off;
    if (f->kind == FIELD_TEXT) {
        struct str s;
        memcpy(&s, at, sizeof(s));
        assert(s.p != NULL && str_is_utf8(s));
        assert(str_points(s) <= (f->max > 0 ? (size_t)f->max : 255));
        assert(!f->required || s.n > 0);
        assert(f->area || f->secret || memchr(s.p, '\n', s.n) == NULL);
    } else if (f->kind == FIELD_INT || f->kind == FIELD_ID) {
        int64_t v;
        memcpy(&v, at, sizeof(v));
        assert(f->kind == FIELD_INT || v >= 0);
        assert(f->max <= f->min || v == NONE_I64 || (v >= f->min && v <= f->max));
    }
}

static void
try_form(struct req *rq)
{
    const struct form_def *def = rq->call.route->form;
    void *data = NULL;
    bool faults = false;
    if (req_body(rq) != OK || req_parse_form(rq, def, &data, &faults) != OK) {
        return;
    }
    if (faults) {
        req_show_again(rq, RC_INVALID);
        assert(rq->page.n_faults > 0 && rq->page.n_faults <= REQ_FAULTS_MAX);
        return;
    }
    for (size_t i = 0; i < def->n; i++) {
        check_field(&def->fields[i], data);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct serve s;
    static struct arena *mem;
    struct str part[PARTS] = {
        {NULL, 0}
    };
    struct str rest = {(const char *)p, n};
    if (mem == NULL) {
        mem = arena_new(ARENA_BYTES);
        s.gate.domains = app_domains;
        s.gate.n_domains = n_app_domains;
        serve_init(&s);
    }
    if (n > 65536) {
        return 0;
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (i + 1 < PARTS ? !str_cut(&rest, '\0', &part[i]) : false) {
            part[i] = STR("");
        }
    }
    part[PARTS - 1] = rest.p != NULL ? rest : STR("");
    struct req *rq = begin(&s, mem, part);
    if (rq != NULL) {
        assert(rq->n_headers <= REQ_HEADERS_MAX);
        if (rq->call.err.rc == OK && route_match(&s.gate, &rq->call) == OK) {
            check_params(&rq->call);
            if (rq->call.route->method == METHOD_POST) {
                try_form(rq);
            }
        }
    }
    arena_reset(mem);
    return 0;
}
