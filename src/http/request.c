/* request.c: what handlers ask of a request. Nothing here decides anything. */
#include "http/req.h"

struct arena *
req_mem(struct req *rq)
{
    return rq->call.mem;
}

struct err *
req_err(struct req *rq)
{
    return &rq->call.err;
}

struct instant
req_now(const struct req *rq)
{
    return rq->call.now;
}

struct day
req_today(const struct req *rq)
{
    return instant_day(rq->call.now);
}

const struct principal *
req_who(const struct req *rq)
{
    return &rq->call.who;
}

struct page *
req_page(struct req *rq)
{
    return &rq->page;
}

static const struct path_param *
find_param(const struct req *rq, const char *name)
{
    struct str want = str_of(name);
    for (size_t i = 0; i < rq->call.n_params; i++) {
        const struct path_param *p = &rq->call.param[i];
        if (str_eq((struct str){p->name, p->name_n}, want)) {
            return p;
        }
    }
    return NULL;
}

int64_t
req_path_id(const struct req *rq, const char *name)
{
    const struct path_param *p = find_param(rq, name);
    return p != NULL ? p->n : 0;
}

struct day
req_path_day(const struct req *rq)
{
    const struct path_param *p = find_param(rq, "day");
    p = p != NULL ? p : find_param(rq, "month");
    return p != NULL ? (struct day){(int32_t)p->n} : DAY_NONE;
}

struct str
req_path_text(const struct req *rq, const char *name)
{
    const struct path_param *p = find_param(rq, name);
    struct str out = STR_NONE;
    if (p != NULL && segment_decode(rq->call.mem, p->text, &out) == OK) {
        return out;
    }
    return STR_NONE;
}

struct str
req_query(const struct req *rq, const char *name)
{
    const struct pair *p = pairs_find(&rq->query, str_of(name), NULL);
    return p != NULL ? p->value : STR_NONE;
}

void
req_query_form(struct req *rq, const struct form_def *def, void *data)
{
    for (size_t i = 0; i < def->n; i++) {
        struct str v = req_query(rq, def->fields[i].name);
        struct field_fault fault;
        if (v.p != NULL && v.n > 0 &&
            field_parse(rq->call.mem, &def->fields[i], v, data, &fault) != OK) {
            continue; /* a filter that makes no sense is no filter */
        }
    }
}

int64_t
req_page_no(const struct req *rq)
{
    int64_t n;
    struct str s = req_query(rq, "seite");
    if (s.p == NULL || str_to_i64(s, &n) != OK || n < 1 || n > 10000) {
        return 1;
    }
    return n;
}

const void *
req_form_(const struct req *rq, size_t size)
{
    if (rq->form == NULL || rq->form_def == NULL || rq->form_def->size != size) {
        return NULL;
    }
    return rq->form;
}

void
req_fault(struct req *rq, const char *field, enum code code, struct str arg)
{
    for (size_t i = 0; field != NULL && i < rq->n_faults; i++) {
        if (rq->faults[i].field != NULL && strcmp(rq->faults[i].field, field) == 0) {
            return;
        }
    }
    if (rq->n_faults < REQ_FAULTS_MAX) {
        rq->faults[rq->n_faults++] = (struct field_fault){.field = field, .code = code, .arg = arg};
    }
}

bool
req_has_faults(const struct req *rq)
{
    return rq->n_faults > 0;
}

bool
req_refused_with(const struct req *rq, enum code code)
{
    for (size_t i = 0; i < rq->page.n_faults; i++) {
        if (rq->page.faults[i].code == code) {
            return true;
        }
    }
    return false;
}

struct str
req_raw(const struct req *rq, struct str name)
{
    const struct pair *p = pairs_find(&rq->posted, name, NULL);
    return p != NULL ? p->value : STR_NONE;
}

enum rc
req_file(struct req *rq, struct bytes *ret_content, struct str *ret_name)
{
    for (size_t i = 0; i < rq->posted.n; i++) {
        const struct pair *p = &rq->posted.p[i];
        if (p->filename.p != NULL && p->filename.n > 0) {
            *ret_content = (struct bytes){(const uint8_t *)p->value.p, p->value.n};
            *ret_name = p->filename;
            return OK;
        }
    }
    return RC_MISSING;
}

void
req_want_hash(struct req *rq, struct str password, const uint8_t salt[static 16], int64_t ops,
              int64_t mem_kib)
{
    if (rq->n_work < REQ_WORK_MAX) {
        struct work *w = &rq->work[rq->n_work++];
        *w = (struct work){.kind = WK_HASH, .plain = password, .ops = ops, .mem_kib = mem_kib};
        memcpy(w->salt, salt, sizeof(w->salt));
    }
}

void
req_want_qr(struct req *rq, struct str text)
{
    if (rq->n_work < REQ_WORK_MAX) {
        rq->work[rq->n_work++] = (struct work){.kind = WK_PRESS, .plain = text};
    }
}

void
req_want_answer(struct req *rq, const struct question *q)
{
    if (rq->n_work < REQ_WORK_MAX) {
        struct work *w = &rq->work[rq->n_work++];
        *w = (struct work){.kind = WK_MASTER, .question = *q};
    }
}

struct bytes
req_result(const struct req *rq, size_t i)
{
    return i < rq->n_work ? rq->work[i].result : (struct bytes){NULL, 0};
}

void
req_keep(struct req *rq, void *p)
{
    rq->kept = p;
}

void *
req_kept(const struct req *rq)
{
    return rq->kept;
}

struct str
req_cookie(const struct req *rq, const char *name)
{
    const struct pair *p = pairs_find(&rq->cookies, str_of(name), NULL);
    return p != NULL ? p->value : STR_NONE;
}

void
req_set_cookie(struct req *rq, const char *name, struct str value, int64_t max_age_s)
{
    struct arena *mem = rq->call.mem;
    if (rq->n_set_cookies == sizeof(rq->set_cookies) / sizeof(rq->set_cookies[0])) {
        return;
    }
    struct str age = STR("");
    if (max_age_s != 0) {
        age = arena_fmt(mem, "; Max-Age=%lld", max_age_s > 0 ? (long long)max_age_s : 0LL);
    }
    rq->set_cookies[rq->n_set_cookies++] = (struct header){
        .name = str_of(name),
        .value = arena_fmt(mem, "%s=%.*s; Path=/; Secure; HttpOnly; SameSite=Lax%.*s", name,
                           STR_FMT(value), STR_FMT(age))};
}

struct str
req_client(const struct req *rq)
{
    return rq->call.client;
}

struct str
req_network(const struct req *rq)
{
    return rq->call.network;
}

struct str
req_origin(const struct req *rq)
{
    return rq->base_url;
}

const uint8_t *
req_secret(const struct req *rq)
{
    return rq->call.secret;
}

struct str
req_header(const struct req *rq, const char *name)
{
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (str_eq(rq->headers[i].name, str_of(name))) {
            return rq->headers[i].value;
        }
    }
    return STR_NONE;
}
