/* form.c: the posted body: splitting it into fields, parsing the declared ones, and keeping what
 * was typed for the page that shows it again. Undeclared fields are refused, not ignored. */
#include "http/req.h"

enum rc
req_body(struct req *rq)
{
    struct call *c = &rq->call;
    enum rc rc;
    if (c->route->upload) {
        struct bytes body = {(const uint8_t *)c->body.p, c->body.n};
        rc = pairs_parse_multipart(c->mem, rq->content_type, body, &rq->posted);
    } else if (str_starts(rq->content_type, STR("application/x-www-form-urlencoded"))) {
        rc = pairs_parse_urlencoded(c->mem, c->body, &rq->posted);
    } else {
        rc = c->body.n == 0 ? OK : RC_INVALID;
    }
    if (rc != OK) {
        return fail(&c->err, rc, rc == RC_LIMIT ? E_LIMIT : E_FIELD_ENCODING, "form body");
    }
    c->csrf = req_raw(rq, STR("csrf"));
    c->once = req_raw(rq, STR("once"));
    return OK;
}

static const struct field *
declared(const struct form_def *def, struct str name)
{
    for (size_t i = 0; i < def->n; i++) {
        if (str_eq(str_of(def->fields[i].name), name)) {
            return &def->fields[i];
        }
    }
    return NULL;
}

static enum rc
refuse_undeclared(struct req *rq, const struct form_def *def)
{
    for (size_t i = 0; i < rq->posted.n; i++) {
        const struct pair *p = &rq->posted.p[i];
        bool ours = str_eq(p->name, STR("csrf")) || str_eq(p->name, STR("once"));
        bool file = p->filename.p != NULL && rq->call.route->upload;
        if (!ours && !file && !def->open && declared(def, p->name) == NULL) {
            return fail(&rq->call.err, RC_INVALID, E_UNKNOWN_FIELD, "undeclared field");
        }
    }
    return OK;
}

static void
parse_list(struct req *rq, const struct field *f, void *data)
{
    size_t n = 0;
    struct str name = str_of(f->name);
    (void)pairs_find(&rq->posted, name, &n);
    if (n > FIELD_LIST_MAX) {
        req_fault(rq, f->name, E_FIELD_MAX, arena_fmt(rq->call.mem, "%d", FIELD_LIST_MAX));
        return;
    }
    struct str *p = ARENA_ARRAY(rq->call.mem, struct str, n + 1);
    size_t k = 0;
    for (size_t i = 0; i < rq->posted.n; i++) {
        if (str_eq(rq->posted.p[i].name, name)) {
            p[k++] = rq->posted.p[i].value;
        }
    }
    *(struct str_list *)(void *)((char *)data + f->off) = (struct str_list){p, k};
}

static void
parse_one(struct req *rq, const struct field *f, void *data)
{
    if (f->kind == FIELD_LIST) {
        parse_list(rq, f, data);
        return;
    }
    size_t count = 0;
    const struct pair *p = pairs_find(&rq->posted, str_of(f->name), &count);
    struct field_fault fault = {.field = f->name, .code = E_FIELD_CHOICE, .arg = STR_NONE};
    if (count > 1) { /* a browser never sends one field twice: somebody tries which one counts */
        req_fault(rq, f->name, fault.code, fault.arg);
        return;
    }
    struct str value = p != NULL ? p->value : STR_NONE;
    if (field_parse(rq->call.mem, f, value, data, &fault) != OK) {
        req_fault(rq, f->name, fault.code, fault.arg);
    }
}

enum rc
req_parse_form(struct req *rq, const struct form_def *def, void **ret_data, bool *ret_faults)
{
    TRY(refuse_undeclared(rq, def));
    void *data = arena_alloc(rq->call.mem, def->size);
    rq->form_def = def;
    rq->n_faults = 0;
    for (size_t i = 0; i < def->n; i++) {
        parse_one(rq, &def->fields[i], data);
    }
    *ret_faults = rq->n_faults > 0;
    *ret_data = data;
    rq->form = data;
    return OK;
}

/* What was typed, for the page that shows it again; secrets and our own hidden fields are left out.
 */
static void
keep_raw(struct req *rq)
{
    struct form_raw *raw = ARENA_ARRAY(rq->call.mem, struct form_raw, rq->posted.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < rq->posted.n; i++) {
        const struct pair *p = &rq->posted.p[i];
        const struct field *f = rq->form_def != NULL ? declared(rq->form_def, p->name) : NULL;
        bool ours = str_eq(p->name, STR("csrf")) || str_eq(p->name, STR("once"));
        if (!ours && p->filename.p == NULL && (f == NULL || !f->secret)) {
            raw[n++] = (struct form_raw){.name = p->name, .value = p->value};
        }
    }
    rq->page.raw = raw;
    rq->page.n_raw = n;
}

void
req_show_again(struct req *rq, enum rc why)
{
    const struct err *err = &rq->call.err;
    if (err->code != E_NONE) {
        req_fault(rq, err->field, err->code, arena_copy(rq->call.mem, str_of(err->arg)));
    }
    keep_raw(rq);
    rq->page.failed_form = str_of(rq->call.route->form->name);
    rq->page.failed_to = (struct url){rq->call.path};
    rq->page.faults = rq->faults;
    rq->page.n_faults = rq->n_faults;
    rq->form = NULL;
    rq->reply = (struct reply){.status = rc_http(why)};
}
