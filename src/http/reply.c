/* reply.c: building the answer. Headers that every response carries (WEB-03) are the edge's work.
 */
#include "http/req.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

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
reply_look_again(struct req *rq)
{
    reply_header(rq, "refresh", STR("2"));
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

void
reply_drop(struct req *rq)
{
    if (rq->reply.has_file) {
        (void)close(rq->reply.file);
    }
    explicit_bzero(rq->reply.key, sizeof(rq->reply.key));
    rq->reply = (struct reply){0};
}

/* A part is only of use to who has the beginning of the same bytes (RFC 9110, 13.1.5). */
static struct str
asked_part(const struct req *rq, struct str etag)
{
    const struct str tied = req_header(rq, "if-range");
    const bool is_other = tied.p != NULL && !str_eq(tied, etag);
    return rq->is_head || is_other ? STR_NONE : req_header(rq, "range");
}

/* All of a file of that size, or the part of it that is asked for. */
static enum rc
send_part(struct req *rq, const char *content_type, struct str download_name, int64_t size,
          struct str version)
{
    struct arena *mem = rq->call.mem;
    const struct str etag = arena_fmt(mem, "\"%.*s\"", STR_FMT(version));
    const enum range_kind kind = range_parse(asked_part(rq, etag), size, &rq->reply.part);
    const struct range *part = &rq->reply.part;
    if (kind == RANGE_PART) {
        reply_status(rq, 206);
        reply_header(rq, "content-range",
                     arena_fmt(mem, "bytes %lld-%lld/%lld", (long long)part->at,
                               (long long)(part->at + part->n - 1), (long long)size));
    } else if (kind == RANGE_OUTSIDE) {
        reply_status(rq, 416);
        reply_header(rq, "content-range", arena_fmt(mem, "bytes */%lld", (long long)size));
    }
    reply_header(rq, "accept-ranges", STR("bytes"));
    reply_header(rq, "etag", etag);
    return reply_bytes(rq, content_type, download_name, (struct bytes){NULL, 0});
}

enum rc
reply_file(struct req *rq, const char *content_type, struct str download_name, int fd,
           struct str version)
{
    struct stat st;
    rq->reply.has_file = true;
    rq->reply.file = fd;
    if (fstat(fd, &st) != 0) {
        return fail(&rq->call.err, RC_IO, E_IO, "a file to send"); /* uncovered: it is open */
    }
    return send_part(rq, content_type, download_name, st.st_size, version);
}

enum rc
reply_sealed(struct req *rq, const char *content_type, struct str download_name,
             struct sealed_file *file, struct str version)
{
    struct reply *r = &rq->reply;
    r->has_file = r->is_sealed = true;
    r->file = file->fd;
    memcpy(r->key, file->key, sizeof(r->key));
    explicit_bzero(file->key, sizeof(file->key));
    return send_part(rq, content_type, download_name, file->size, version);
}
