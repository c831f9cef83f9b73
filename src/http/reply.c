/* reply.c: building the answer. Headers that every response carries (WEB-03) are the edge's work.
 */
#include "http/req.h"

#include <sodium.h>

#include "http/shell.h"

void
reply_header(struct req *rq, const char *name, struct str value)
{
    struct reply *r = &rq->reply;
    if (r->n_headers < REPLY_HEADERS_MAX) {
        r->headers[r->n_headers++] = (struct header){.name = str_of(name), .value = value};
    }
}

void
reply_status(struct req *rq, int status)
{
    rq->reply.status = status;
}

static enum rc
finish(struct req *rq, const char *type, struct bytes body)
{
    struct reply *r = &rq->reply;
    r->body = body;
    r->built = true;
    if (r->status == 0) {
        r->status = 200;
    }
    reply_header(rq, "content-type", str_of(type));
    return OK;
}

/* The token of every form and the once-only key of this page. */
static void
page_keys(struct req *rq)
{
    struct page *pg = &rq->page;
    uint8_t random[16];
    char *once = arena_alloc(rq->call.mem, 24);
    randombytes_buf(random, sizeof(random));
    b64url_print(random, sizeof(random), once);
    pg->once = str_of(once);
    pg->form_secret = rq->call.secret;
}

enum rc
reply_page_(struct req *rq, page_fn *fn, const void *data, enum shell shell)
{
    struct out o = out_new(rq->call.mem, REPLY_BODY_MAX);
    page_keys(rq);
    shell_page(&o, &rq->page, shell, fn, data);
    if (!out_ok(&o)) {
        return fail(&rq->call.err, RC_LIMIT, E_TOO_LARGE, "page is too large");
    }
    reply_header(rq, "cache-control", STR("no-store"));
    return finish(rq, "text/html; charset=utf-8", (struct bytes){(const uint8_t *)o.p, o.n});
}

enum rc
reply_redirect(struct req *rq, struct url to)
{
    rq->reply.status = 303;
    rq->reply.location = to.s;
    reply_header(rq, "location", to.s);
    reply_header(rq, "cache-control", STR("no-store"));
    return finish(rq, "text/plain; charset=utf-8", (struct bytes){NULL, 0});
}

/* The notice travels as the key of a fixed sentence; whoever forges the link shows a sentence of
 * ours. */
enum rc
reply_done(struct req *rq, struct url to, enum text notice)
{
    if (notice != T_NONE) {
        char mark = str_find(to.s, STR("?"), 0) == SIZE_MAX ? '?' : '&';
        to.s = arena_fmt(rq->call.mem, "%.*s%cmeldung=%s", STR_FMT(to.s), mark, text_key(notice).p);
    }
    return reply_redirect(rq, to);
}

static struct str
quoted_name(struct req *rq, struct str name)
{
    struct out o = out_new(rq->call.mem, 1024);
    out_str(&o, STR("attachment; filename*=UTF-8''"));
    out_str(&o, str_of(url_text(rq->call.mem, name)));
    return out_view(&o);
}

enum rc
reply_bytes(struct req *rq, const char *content_type, struct str download_name, struct bytes body)
{
    if (download_name.p != NULL) {
        reply_header(rq, "content-disposition", quoted_name(rq, download_name));
    }
    reply_header(rq, "cache-control", STR("no-store"));
    return finish(rq, content_type, body);
}
