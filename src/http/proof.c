/* proof.c: see proof.h. */
#include "http/proof.h"

#include "http/req.h"

/* clang-format off */
static const struct field proof_fields[] = {
    FIELD(struct proof_form, password, T_user_password, .required = true, .max = 1024, .secret = true, .raw = true, .token = "current-password"),
    FIELD(struct proof_form, next, T_user_next, .max = 2000, .token = "off"),
    FIELD(struct proof_form, kept_to, T_user_next, .max = 2000, .token = "off"),
    FIELD(struct proof_form, kept, T_user_next, .max = PROOF_KEPT_MAX, .token = "off"),
};
/* clang-format on */
const struct form_def proof_form_def = FORM_DEF(proof_form, proof_fields);

struct go_on_page {
    struct html form;
};

#include "http/proof.tmpl.h"

/* --- carrying along -------------------------------------------------------------------------- */
static bool
has_secret(const struct form_def *def)
{
    for (size_t i = 0; i < def->n; i++) {
        if (def->fields[i].secret) {
            return true;
        }
    }
    return false;
}

static struct str
print_pairs(struct arena *mem, const struct pairs *ps)
{
    struct out o = out_new(mem, PROOF_KEPT_MAX);

    for (size_t i = 0; i < ps->n; i++) {
        out_fmt(&o, "%s%s=%s", i > 0 ? "&" : "", url_text(mem, ps->p[i].name),
                url_text(mem, ps->p[i].value));
    }
    return out_ok(&o) ? out_view(&o) : STR_NONE;
}

enum rc
proof_keep(struct req *rq, struct proof_form *ret)
{
    const struct route *r = rq->call.route;

    if (r->upload || has_secret(r->form)) {
        return RC_MISSING;
    }
    *ret = (struct proof_form){.password = STR(""),
                               .next = STR(""),
                               .kept_to = rq->call.path,
                               .kept = print_pairs(req_mem(rq), &rq->posted)};
    return ret->kept.p != NULL ? OK : RC_MISSING;
}

/* --- sending on ------------------------------------------------------------------------------ */
static void
put_hidden(struct out *o, const struct page *pg, const struct pair *p)
{
    out_str(o, STR("<input type=\"hidden\" name=\""));
    put_str(o, pg, p->name);
    out_str(o, STR("\" value=\""));
    put_str(o, pg, p->value);
    out_str(o, STR("\">"));
}

/* The form as it came. Its own token is among its fields, so this is no way round it. */
static struct html
print_form(const struct page *pg, struct url to, const struct pairs *ps)
{
    struct out o = out_new(pg->mem, REPLY_BODY_MAX);

    out_str(&o, STR("<form method=\"post\" action=\""));
    put_own_url(&o, pg, to);
    out_str(&o, STR("\">"));
    for (size_t i = 0; i < ps->n; i++) {
        put_hidden(&o, pg, &ps->p[i]);
    }
    out_str(&o, STR("<button class=\"btn primary lg block\" type=\"submit\" autofocus>"));
    put_text(&o, pg, T_proof_go_on_button);
    out_str(&o, STR("</button></form>"));
    return html_of_page(&o);
}

enum rc
proof_go_on(struct req *rq, const struct proof_form *f)
{
    struct page *pg = req_page(rq);
    struct pairs ps;
    struct url to;

    if (f->kept_to.n == 0 || url_parse(f->kept_to, &to) != OK ||
        pairs_parse_urlencoded(req_mem(rq), f->kept, &ps) != OK) {
        return RC_MISSING;
    }
    const struct go_on_page d = {.form = print_form(pg, to, &ps)};
    pg->lang = req_who(rq)->lang == LANG_EN ? LANG_EN : LANG_DE;
    pg->title = page_text(pg, T_proof_go_on, STR_NONE);
    return reply_auth_page(rq, go_on_html, &d);
}
