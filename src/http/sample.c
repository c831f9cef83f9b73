/* sample.c: a page shown without anybody having asked for it: whether a store that was put back can
 * be worked with is seen by showing its pages. Nobody is signed in for it, nothing is sent. */
#include "http/req.h"
#include "http/serve.h"

static const struct route *
find(const struct domain *const *domains, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < domains[i]->n_routes; k++) {
            const struct route *r = &domains[i]->routes[k];
            if (r->method == METHOD_GET && strcmp(r->path, path) == 0) {
                return r;
            }
        }
    }
    return NULL;
}

/* Everything may be seen, as what is looked for is what does not work. */
static struct req *
ask(struct rtx *tx, const char *path, struct user_id user)
{
    struct arena *mem = rtx_mem(tx);
    struct req *rq = ARENA_NEW(mem, struct req);
    rq->call.mem = mem;
    rq->call.now = rtx_now(tx);
    rq->call.path = str_of(path);
    rq->call.who = (struct principal){
        .user = user, .group = GROUP_ADMINISTRATOR, .rights = group_rights(GROUP_ADMINISTRATOR)};
    rq->page = (struct page){.mem = mem,
                             .lang = LANG_DE,
                             .path = {str_of(path)},
                             .now = rtx_now(tx),
                             .today = instant_day(rtx_now(tx)),
                             .signed_in = true,
                             .user = user,
                             .rights = rq->call.who.rights};
    return rq;
}

enum rc
serve_sample(const struct domain *const *domains, size_t n_domains, const char *path,
             struct user_id user, struct rtx *tx)
{
    struct err *err = rtx_err(tx);
    const struct route *r = find(domains, n_domains, path);
    if (r == NULL) {
        return fail(err, RC_MISSING, E_MISSING, "no page %s", path);
    }
    struct req *rq = ask(tx, path, user);
    rq->call.route = r;
    const enum rc rc = r->get(rq, tx);
    if (rc != OK) {
        return fail(err, rc, rq->call.err.code, "page %s: %s", path, rq->call.err.detail);
    }
    const struct str body = {(const char *)rq->reply.body.p, rq->reply.body.n};
    const bool whole = str_ends(str_trim(body), STR("</html>"));
    return whole ? OK : fail(err, RC_BROKEN, E_BROKEN, "page %s is not whole", path);
}
