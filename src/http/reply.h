/* reply.h: the ways to answer. The reply is built in the arena and leaves after the commit. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/sealed.h"
#include "http/request.h"

typedef void page_fn(struct out *o, const struct page *pg, const void *d);
enum shell { SHELL_APP = 1, SHELL_AUTH, SHELL_PRINT };

/* A page in the shell: reply_page(rq, time_day_html, &data). The unevaluated call checks data's
 * type. */
#define reply_page(rq, fn, data) reply_page_in((rq), fn, (data), SHELL_APP)
/* The same in the layout of the sign-in pages. */
#define reply_auth_page(rq, fn, data) reply_page_in((rq), fn, (data), SHELL_AUTH)
#define reply_page_in(rq, fn, data, shell)                                                         \
    ((void)sizeof((fn)(NULL, NULL, (data)), 0),                                                    \
     reply_page_((rq), (page_fn *)(void (*)(void))(fn), (data), (shell)))
MUST enum rc reply_page_(struct req *rq, page_fn *fn, const void *data, enum shell shell);

/* 303 to an own page, with a sentence shown there (T_NONE: none). The usual end of a POST. */
MUST enum rc reply_done(struct req *rq, struct url to, enum text notice);
/* 303 without a notice, for GET as well. */
MUST enum rc reply_redirect(struct req *rq, struct url to);
/* A file or image; download_name STR_NONE: shown inline (images, plain text of ours only). */
MUST enum rc reply_bytes(struct req *rq, const char *content_type, struct str download_name,
                         struct bytes body);
/* A file of any size as it lies on the disk, for keeping: all of it, or the part that was asked for
 * (206, 416), which `version`, a name for these very bytes, ties to what the browser has of it. fd
 * is open to read, becomes the reply's own, and nobody writes there any more. */
MUST enum rc reply_file(struct req *rq, const char *content_type, struct str download_name, int fd,
                        struct str version);
/* The same of a file that lies there sealed (base/sealed.h) and holds `size` bytes under this key,
 * which goes to the edge with this answer and is wiped: parts and version are of what is in it. */
struct sealed_file {
    int fd;
    int64_t size;
    uint8_t key[SEALED_KEY];
};
MUST enum rc reply_sealed(struct req *rq, const char *content_type, struct str download_name,
                          struct sealed_file *file, struct str version);
void reply_header(struct req *rq, const char *name, struct str value);
/* A page of something that is under way: the browser asks again in two seconds, without script. */
void reply_look_again(struct req *rq);
void reply_status(struct req *rq, int status);

#endif
