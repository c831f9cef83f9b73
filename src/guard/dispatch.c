/* dispatch.c: the one way into a handler; every reviewer knows this file by heart. The order of the
 * checks is the law of dispatch.h. Nothing here knows a domain, nothing in a domain repeats a
 * check. */
#include "guard/call.h"

#include <sodium.h>

#include "dispatch.sql.h"
#include "guard/csrf.h"
#include "guard/limit.h"
#include "guard/passkey.h"
#include "guard/refusal.h"
#include "guard/session.h"

enum { TRIES = 4 }; /* a transaction that finds the store busy is run again */
#define DAY_US (24LL * 3600 * 1000000)

/* --- who asks, and may they ------------------------------------------------------------------ */

static enum rc
check_right(struct call *c)
{
    const struct principal *who = &c->who;
    const struct route *r = c->route;
    if (r->right == RIGHT_PUBLIC) {
        return OK;
    }
    if (who->user.n == 0) {
        return fail(&c->err, RC_DENIED, E_SIGN_IN, "nobody is signed in");
    }
    if (who->ticket != (r->right == RIGHT_TICKET)) {
        return fail(&c->err, RC_DENIED, who->ticket ? E_SECOND_FACTOR : E_SIGNED_IN, "ticket");
    }
    if (!who->ticket && !may(who, r->right)) {
        return fail(&c->err, RC_DENIED, E_DENIED, "right %s", right_name(r->right));
    }
    if (who->must_enrol && !r->enrol) {
        return fail(&c->err, RC_DENIED, E_ENROL, "second factor is not set up yet");
    }
    return OK;
}

/* AUTH-18. Behind the form, so that what was typed is at hand for the page that asks
 * (http/proof.h), and nobody is asked for a proof of what is refused anyway. */
static enum rc
check_fresh(const struct gate *g, struct req *rq, struct call *c, struct rtx *tx)
{
    bool wanted = c->route->step_up;
    if (!wanted && c->route->step_up_if != NULL) {
        TRY(c->route->step_up_if(rq, tx, &wanted));
    }
    if (!wanted || session_is_fresh(&c->who, c->now)) {
        return OK;
    }
    g->face->unproven(rq, tx);
    c->err = (struct err){0};
    return fail(&c->err, RC_DENIED, E_STEP_UP, "last proof is too old");
}

static enum rc
scope_ask(const struct scope *s, struct rtx *tx, struct call *c, int64_t id, bool write)
{
    enum rc rc = s->check(tx, &c->who, id, write);
    if (rc == RC_MISSING) {
        return fail(&c->err, rc, E_MISSING, "%s %lld", s->name, (long long)id);
    }
    if (rc == RC_DENIED) {
        return fail(&c->err, rc, E_DENIED, "%s %lld", s->name, (long long)id);
    }
    return rc;
}

static enum rc
check_path_scopes(const struct gate *g, struct call *c, struct rtx *tx)
{
    bool write = c->route->method == METHOD_POST && !c->route->reads_path;
    for (size_t i = 0; i < c->n_params; i++) {
        const struct path_param *p = &c->param[i];
        const struct scope *s =
            scope_find(g->domains, g->n_domains, (struct str){p->name, p->name_n});
        if (s != NULL) {
            TRY(scope_ask(s, tx, c, p->n, write));
        }
    }
    return OK;
}

/* Ids inside a form point at things of this workspace that the person may see, or it is a 404. */
static enum rc
check_form_scopes(const struct gate *g, struct call *c, struct rtx *tx, const void *data)
{
    const struct form_def *def = c->route->form;
    for (size_t i = 0; i < def->n; i++) {
        const struct field *f = &def->fields[i];
        if (f->kind != FIELD_ID) {
            continue;
        }
        int64_t id;
        memcpy(&id, (const char *)data + f->off, sizeof(id));
        const struct scope *s = id != 0 ? scope_of_field(g->domains, g->n_domains, f->name) : NULL;
        if (id != 0 && s == NULL) {
            return fail(&c->err, RC_BROKEN, E_BROKEN, "field %s has no scope", f->name);
        }
        if (s != NULL) {
            TRY(scope_ask(s, tx, c, id, false));
        }
    }
    return OK;
}

/* WEB-01: three independent signs that the form came from our own page. */
static enum rc
check_origin(struct call *c)
{
    if (c->fetch_site.p != NULL && !str_eq(c->fetch_site, STR("same-origin"))) {
        return fail(&c->err, RC_DENIED, E_CSRF, "sec-fetch-site");
    }
    if (c->origin.p != NULL && !str_eq(c->origin, c->own_origin)) {
        return fail(&c->err, RC_DENIED, E_CSRF, "origin");
    }
    return csrf_check(c->secret, c->route->form->name, c->csrf)
               ? OK
               : fail(&c->err, RC_DENIED, E_CSRF, "form token");
}

/* The person behind the cookie and the secret of this browser's form tokens. */
static enum rc
identify(struct call *c, struct rtx *tx)
{
    TRY(session_find(tx, c->sid, passkey_host(c->own_origin), &c->who, &c->use));
    c->actor.user = c->who.ticket ? (struct user_id){0} : c->who.user;
    if (c->who.user.n != 0) {
        memcpy(c->secret, c->use.secret, sizeof(c->secret));
        return OK;
    }
    if (csrf_pre_secret(c->pre, c->secret) == OK) {
        return OK;
    }
    c->new_pre = csrf_pre_new(c->mem);
    return csrf_pre_secret(c->new_pre, c->secret);
}

/* --- reading --------------------------------------------------------------------------------- */

static enum rc
run_prepare(struct req *rq, struct call *c, const struct gate *g, struct rtx *tx, bool *ret_parked)
{
    if (c->route->prepare == NULL || c->resumed) {
        return OK;
    }
    TRY(c->route->prepare(rq, tx));
    *ret_parked = g->face->wants_work(rq);
    return OK;
}

static enum rc
admit(const struct gate *g, struct req *rq, struct call *c, struct rtx *tx, void **ret_data,
      bool *ret_faults)
{
    TRY(identify(c, tx));
    TRY(check_right(c));
    TRY(check_path_scopes(g, c, tx));
    if (c->route->method != METHOD_POST) {
        return check_fresh(g, rq, c, tx);
    }
    TRY(g->face->body(rq));
    TRY(check_origin(c));
    TRY(g->face->form(rq, c->route->form, ret_data, ret_faults));
    if (*ret_faults) {
        return OK;
    }
    TRY(check_form_scopes(g, c, tx, *ret_data));
    return check_fresh(g, rq, c, tx);
}

static enum rc
serve_read(const struct gate *g, struct req *rq, struct call *c, struct rtx *tx, bool *ret_parked)
{
    void *data = NULL;
    bool faults = false;
    TRY(admit(g, rq, c, tx, &data, &faults));
    if (c->route->method == METHOD_GET || faults) {
        TRY(g->face->ambient(rq, tx));
    }
    if (faults) {
        if (c->route->check != NULL) {
            TRY(c->route->check(rq, tx));
        }
        g->face->again(rq, RC_INVALID);
        return c->route->again != NULL ? c->route->again(rq, tx) : RC_INVALID;
    }
    TRY(run_prepare(rq, c, g, tx, ret_parked));
    if (c->route->method != METHOD_GET || *ret_parked) {
        return OK;
    }
    return c->route->get(rq, tx);
}

/* Everything that only reads: the whole of a GET, the checks of a POST. */
static enum rc
in_read(const struct gate *g, struct req *rq, struct call *c,
        enum rc (*fn)(const struct gate *, struct req *, struct call *, struct rtx *, bool *),
        bool *ret_flag)
{
    struct rtx *tx;
    TRY(rtx_begin(g->store, c->mem, c->now, &c->actor, &c->err, &tx));
    enum rc rc = fn(g, rq, c, tx, ret_flag);
    rtx_end(tx);
    return rc;
}

/* --- writing --------------------------------------------------------------------------------- */

/* The same person, page and bytes: the same submission. A form that was changed and sent again from
 * the same page is another one. */
static void
once_hash(const struct call *c, uint8_t out[static 32])
{
    crypto_generichash_state st;
    crypto_generichash_init(&st, NULL, 0, 32);
    crypto_generichash_update(&st, (const uint8_t *)&c->who.user.n, sizeof(c->who.user.n));
    crypto_generichash_update(&st, (const uint8_t *)c->path.p, c->path.n);
    crypto_generichash_update(&st, (const uint8_t *)"\n", 1);
    crypto_generichash_update(&st, (const uint8_t *)c->body.p, c->body.n);
    crypto_generichash_final(&st, out, 32);
}

static bool
wants_once(const struct call *c)
{
    return !c->route->no_once && c->once.n >= 16 && c->who.user.n != 0;
}

static enum rc
once_remember(struct call *c, struct wtx *tx, struct bytes key, struct str location)
{
    int64_t changed;
    struct instant yesterday = {c->now.us - DAY_US};
    TRY(once_prune(tx, &(struct once_prune_in){.before_at = yesterday}, &changed));
    return once_add(
        tx,
        &(struct once_add_in){
            .key_hash = key, .user_id = c->who.user, .location = location, .used_at = c->now},
        &changed);
}

static enum rc
run_post(const struct gate *g, struct req *rq, struct call *c, struct wtx *tx)
{
    uint8_t hash[32];
    struct bytes key = {hash, sizeof(hash)};
    bool once = wants_once(c);
    if (once) {
        struct once_find_row before;
        bool found;
        once_hash(c, hash);
        TRY(once_find(wtx_read(tx), &(struct once_find_in){.key_hash = key, .user_id = c->who.user},
                      &before, &found));
        if (found) {
            wtx_allow_untouched(tx, "submitted twice");
            return g->face->redirect(rq, before.location);
        }
    }
    TRY(c->route->post(rq, tx));
    if (g->face->has_faults(rq)) {
        return fail(&c->err, RC_INVALID, E_NONE, "faults found by a rule");
    }
    struct str location = g->face->location(rq);
    return once && location.p != NULL ? once_remember(c, tx, key, location) : OK;
}

/* Signing in, one's own account and what takes data out need next to no room and go on (BAK-09). */
static bool
is_essential(const struct route *r)
{
    return r->right == RIGHT_PUBLIC || r->right == RIGHT_SELF || r->when_low;
}

static enum rc
serve_write(const struct gate *g, struct req *rq, struct call *c)
{
    enum rc rc = RC_BUSY;
    if (g->is_low && !is_essential(c->route)) {
        return fail(&c->err, RC_IO, E_DISK_LOW, "nearly full");
    }
    for (int i = 0; i < TRIES && rc == RC_BUSY; i++) {
        struct wtx *tx;
        g->face->forget(rq);
        c->err = (struct err){0};
        TRY(wtx_begin(g->store, c->mem, c->now, &c->actor, &c->err, &tx));
        rc = run_post(g, rq, c, tx);
        if (rc == OK) {
            rc = wtx_commit(tx);
        } else {
            wtx_rollback(tx);
        }
    }
    return rc;
}

/* The page again, with what was typed and what is wrong with it. */
static enum rc
show_again(const struct gate *g, struct req *rq, struct call *c, struct rtx *tx, bool *unused)
{
    (void)unused;
    TRY(g->face->ambient(rq, tx));
    return c->route->again(rq, tx);
}

static bool
can_show_again(const struct gate *g, struct req *rq, const struct call *c, enum rc rc)
{
    bool person_can_mend = rc == RC_INVALID || rc == RC_CONFLICT || rc == RC_LIMIT;
    return c->route->again != NULL && person_can_mend &&
           (c->err.code != E_NONE || g->face->has_faults(rq));
}

/* Last use, a new token, the end of a replayed family: at most once a minute, in its own
 * transaction. The new cookie goes out only when the store knows it. */
static enum rc
keep_session(const struct gate *g, struct call *c, struct err *err)
{
    struct wtx *tx;
    struct str cookie = STR_NONE;
    TRY(wtx_begin(g->store, c->mem, c->now, &c->actor, err, &tx));
    enum rc rc = session_keep(tx, &c->use, &cookie);
    if (rc != OK) {
        wtx_rollback(tx);
        return rc;
    }
    TRY(wtx_commit(tx));
    c->new_sid = cookie;
    return OK;
}

/* What could not be written is due again at the next request: on a full disk, or with a store that
 * is read-only, people go on reading, and a POST is told by its own transaction. A request that
 * nobody asked for is no activity and prolongs nothing (SES-03); what is due stays due. */
static enum rc
keep_session_if_due(const struct gate *g, struct call *c)
{
    struct err err = {0};
    if (!c->use.due || c->background || keep_session(g, c, &err) != RC_BROKEN) {
        return OK;
    }
    return fail(&c->err, err.rc, err.code, "session: %s", err.detail);
}

static enum rc
serve_all(const struct gate *g, struct req *rq, struct call *c, bool *ret_parked)
{
    bool parked = false;
    TRY(route_match(g, c));
    enum rc rc = in_read(g, rq, c, serve_read, &parked);
    if (c->use.replay) {
        /* Also when the page itself is refused: the family ends now. */
        TRY(keep_session(g, c, &c->err));
    }
    if (rc != OK || parked) {
        *ret_parked = parked;
        if (rc != OK) {
            refusal_note(c);
        }
        return rc;
    }
    rc = c->use.replay ? OK : keep_session_if_due(g, c);
    if (rc == OK && c->route->method == METHOD_POST && !g->face->has_faults(rq)) {
        rc = serve_write(g, rq, c);
        if (rc != OK) {
            refusal_note(c);
        }
        if (rc != OK && can_show_again(g, rq, c, rc)) {
            g->face->again(rq, rc);
            c->err = (struct err){0};
            rc = in_read(g, rq, c, show_again, &parked);
        }
    }
    return rc;
}

/* What was counted in memory: failed sign-ins, refusals. */
static enum rc
write_counted(const struct gate *g, struct call *c)
{
    struct err err = {0};
    if (limit_due(c->now)) {
        TRY(limit_flush(g->store, c->mem, c->now, &err));
    }
    return refusal_due(c->now) ? refusal_flush(g->store, c->mem, c->now, &err) : OK;
}

enum rc
dispatch(const struct gate *g, struct req *rq, struct call *c, bool *ret_parked)
{
    *ret_parked = false;
    const enum rc rc = serve_all(g, rq, c, ret_parked);
    if (!*ret_parked && write_counted(g, c) != OK) {
        return rc; /* it stays due; the answer is not its to change */
    }
    return rc;
}

/* --- commands -------------------------------------------------------------------------------- */

static const struct command *
command_find(const struct gate *g, struct str name)
{
    for (size_t i = 0; i < g->n_domains; i++) {
        for (size_t k = 0; k < g->domains[i]->n_commands; k++) {
            if (str_eq(str_of(g->domains[i]->commands[k].name), name)) {
                return &g->domains[i]->commands[k];
            }
        }
    }
    return NULL;
}

enum rc
dispatch_command(const struct gate *g, struct arena *mem, struct instant now, struct str name,
                 struct json_t *in, struct json_t *out, struct err *err)
{
    const struct command *cmd = command_find(g, name);
    if (cmd == NULL) {
        return fail(err, RC_MISSING, E_MISSING, "no such command");
    }
    struct actor as_system = {.user = {0}, .reason = cmd->name, .network = STR_NONE};
    struct wtx *tx;
    TRY(wtx_begin(g->store, mem, now, &as_system, err, &tx));
    enum rc rc = cmd->run(tx, in, out);
    if (rc != OK || cmd->event == EVENT_NOTHING) { /* one that reads leaves nothing behind */
        wtx_rollback(tx);
        return rc;
    }
    return wtx_commit(tx);
}
