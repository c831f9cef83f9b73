/* req.h: the inside of struct req; included by http/ only. Domains see request.h. */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include "base/wire.h"
#include "guard/call.h"
#include "http/pairs.h"
#include "http/range.h"
#include "http/reply.h"
#include "http/request.h"

enum {
    REQ_HEADERS_MAX = 24,
    REQ_WORK_MAX = 10,
    REQ_FAULTS_MAX = 64,
    REPLY_HEADERS_MAX = 16,
    REPLY_BODY_MAX = 8 * 1024 * 1024,
};

struct header {
    struct str name, value;
};

/* One order of slow work and, later, its result. */
struct work {
    enum wire_kind kind; /* WK_HASH, WK_PRESS or WK_MASTER */
    struct str plain;
    struct question question;
    uint8_t salt[16];
    int64_t ops, mem_kib;
    struct bytes result;
};

struct reply {
    int status;
    struct header headers[REPLY_HEADERS_MAX];
    size_t n_headers;
    struct bytes body;
    bool has_file;  /* the body is a part of this file, which is the reply's to close */
    bool is_sealed; /* and that lies there sealed, under: */
    uint8_t key[SEALED_KEY];
    int file;
    struct range part;
    struct str location;
    bool built;
};

struct req {
    struct call call; /* first: guard and http see one object */
    struct str query_raw, content_type, base_url;
    struct header headers[REQ_HEADERS_MAX];
    size_t n_headers;
    struct pairs query, cookies, posted;
    struct page page;
    const struct form_def *form_def;
    const void *form; /* the parsed struct; with faults for the route's check only, then NULL */
    struct field_fault faults[REQ_FAULTS_MAX];
    size_t n_faults;
    struct work work[REQ_WORK_MAX];
    size_t n_work;
    void *kept;
    struct reply reply;
    struct reply unproven; /* the page that asks for a fresh proof, when it was made */
    struct header set_cookies[8];
    size_t n_set_cookies;
    bool is_head;
};

/* reply.c: a reply that was built and is not sent. */
void reply_drop(struct req *rq);

/* form.c */
MUST enum rc req_body(struct req *rq);
MUST enum rc req_parse_form(struct req *rq, const struct form_def *def, void **ret_data,
                            bool *ret_faults);
void req_show_again(struct req *rq, enum rc why);

#endif
