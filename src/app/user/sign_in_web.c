/* sign_in_web.c: name and password, then a code when there is a second factor. Names that nobody
 * has, locked people and wrong passwords cost the same work and get the same answer (AUTH-05). */
#include "sign_in.h"

#include "guard/policy.h"
#include "ladder.h"

#include "sign_in.tmpl.h"

/* clang-format off */
static const struct field sign_in_fields[] = {
    FIELD(struct sign_in_form, login, T_user_login, .required = true, .max = 255, .personal = true, .token = "username"),
    FIELD(struct sign_in_form, password, T_user_password, .required = true, .max = 1024, .secret = true, .raw = true, .token = "current-password"),
    FIELD(struct sign_in_form, next, T_user_next, .max = 2000, .token = "off"),
};
static const struct field code_fields[] = {
    FIELD(struct code_form, code, T_user_code, .required = true, .max = 12, .secret = true, .token = "one-time-code", .mode = "numeric"),
    FIELD(struct code_form, next, T_user_next, .max = 2000, .token = "off"),
};
static const struct field recovery_fields[] = {
    FIELD(struct recovery_form, recovery_code, T_user_recovery_code, .required = true, .max = 40, .secret = true, .token = "off"),
    FIELD(struct recovery_form, next, T_user_next, .max = 2000, .token = "off"),
};
/* clang-format on */
const struct form_def sign_in_form_def = FORM_DEF(sign_in_form, sign_in_fields);
const struct form_def code_form_def = FORM_DEF(code_form, code_fields);
const struct form_def recovery_form_def = FORM_DEF(recovery_form, recovery_fields);

static void
set_title(struct req *rq, enum text title)
{
    req_page(rq)->title = page_text(req_page(rq), title, STR_NONE);
}

/* --- name and password ----------------------------------------------------------------------- */
enum rc
sign_in_get(struct req *rq, struct rtx *tx)
{
    const struct str next = req_query(rq, "weiter");
    struct sign_in_page d = {.form = {.next = next.p != NULL ? next : STR("")},
                             .failed = req_page(rq)->n_faults > 0,
                             .closed = user_mail_is_on() && (req_refused_with(rq, E_LIMIT_WAIT) ||
                                                             req_refused_with(rq, E_LIMIT_LINK))};

    TRY(user_passkey_view(rq, tx, PASSKEY_ALONE, &d.passkey));
    user_keep_lang(rq);
    set_title(rq, T_sign_in_title);
    if (!policy_is_homebanking()) {
        return reply_auth_page(rq, sign_in_html, &d);
    }
    struct together_page t = {.form = {.next = d.form.next},
                              .passkey = d.passkey,
                              .failed = d.failed,
                              .closed = d.closed,
                              .fails = HOMEBANKING_FAILS,
                              .wait_minutes = LIMIT_DELAY_MAX_S / 60};
    TRY(user_passkey_view(rq, tx, PASSKEY_BESIDE, &t.beside));
    return reply_auth_page(rq, together_html, &t);
}

enum rc
sign_in_order(struct req *rq, struct rtx *tx, struct str login, struct str password,
              struct sign_in_plan *ret)
{
    enum user_state state;
    struct str bytes;

    *ret = (struct sign_in_plan){0};
    TRY(user_of_login(tx, login, &ret->user, &state));
    TRY(user_try(rq, tx, login, ret->user, &ret->t));
    if (limit_check(tx, &ret->t) == RC_LIMIT) {
        ret->closed = true;
        ret->why = req_err(rq)->code;
        memcpy(ret->wait, req_err(rq)->arg, sizeof(ret->wait));
        *req_err(rq) = (struct err){0};
        return OK;
    }
    if (password_bytes(req_mem(rq), NULL, password, &bytes) != OK) {
        bytes = STR(""); /* longer than any password can be: the same work, never right */
    }
    TRY(password_plan(tx, ret->user, &ret->hash));
    for (size_t i = 0; i < ret->hash.n; i++) {
        const struct hash_order *o = &ret->hash.orders[i];
        req_want_hash(rq, bytes, o->salt, o->ops, o->mem_kib);
    }
    return OK;
}

enum rc
sign_in_judge(struct req *rq, struct wtx *tx, const struct sign_in_plan *p, bool *ret_right)
{
    return p->closed
               ? fail_field(wtx_err(tx), "password", RC_LIMIT, p->why, p->wait)
               : password_right(wtx_read(tx), p->user, req_result(rq, p->hash.own), ret_right);
}

enum rc
sign_in_rehash(struct req *rq, struct wtx *tx, const struct sign_in_plan *p)
{
    const size_t today = p->hash.n - 1;

    return p->hash.rehash
               ? password_rehash(tx, p->user, &p->hash.orders[today], req_result(rq, today))
               : OK;
}

enum rc
sign_in_prepare(struct req *rq, struct rtx *tx)
{
    const struct sign_in_form *f = req_form(rq, struct sign_in_form);
    struct sign_in_plan *p = ARENA_NEW(req_mem(rq), struct sign_in_plan);

    req_keep(rq, p);
    return policy_is_homebanking() ? OK : sign_in_order(rq, tx, f->login, f->password, p);
}

static enum rc
begin_ticket(struct req *rq, struct wtx *tx, struct user_id user, struct str next)
{
    const struct session_from from = user_from(rq);
    struct str cookie;

    TRY(session_begin_ticket(tx, user, &from, &cookie));
    req_set_cookie(rq, SESSION_COOKIE, cookie, 0);
    wtx_allow_untouched(tx, "the second factor is still asked");
    return reply_redirect(rq, user_with_next(rq, "/anmelden/code", next));
}

enum rc
sign_in_post(struct req *rq, struct wtx *tx)
{
    const struct sign_in_form *f = req_form(rq, struct sign_in_form);
    const struct sign_in_plan *p = req_kept(rq);
    int64_t factors;
    bool right = false;

    if (policy_is_homebanking()) { /* a page from before the switch; nothing of it is judged */
        wtx_allow_untouched(tx, "one form asks for everything now");
        return reply_redirect(rq, user_with_next(rq, "/anmelden", f->next));
    }
    TRY(sign_in_judge(rq, tx, p, &right));
    if (!right) {
        TRY(limit_failed(wtx_read(tx), &p->t));
        return fail_field(wtx_err(tx), "password", RC_INVALID, E_SIGN_IN_WRONG, "");
    }
    TRY(sign_in_rehash(rq, tx, p));
    TRY(ladder_settle(tx, p->user));
    TRY(factor_count(wtx_read(tx), p->user, &factors));
    if (factors > 0) {
        return begin_ticket(rq, tx, p->user, f->next);
    }
    TRY(user_signed_in(rq, tx, p->user, EVENT_SIGNED_IN));
    return reply_redirect(rq, user_next(f->next));
}

enum rc
sign_out_post(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);

    TRY(session_end(tx, who->user, who->session));
    req_set_cookie(rq, SESSION_COOKIE, STR(""), -1);
    reply_header(rq, "clear-site-data", STR("\"cache\", \"cookies\", \"storage\""));
    TRY(touch(tx, EVENT_SIGNED_OUT, SUBJECT(user, who->user), NULL, NULL, NULL));
    return reply_done(rq, URL("/anmelden"), T_notice_signed_out);
}

/* --- the second factor ----------------------------------------------------------------------- */
enum rc
code_get(struct req *rq, struct rtx *tx)
{
    const struct str next = req_query(rq, "weiter");
    struct code_page d = {.form = {.next = next.p != NULL ? next : STR("")},
                          .wrong = req_query(rq, "falsch").p != NULL,
                          .clock = req_query(rq, "uhr").p != NULL};
    struct factor_row *devices;
    size_t n;

    TRY(user_passkey_view(rq, tx, PASSKEY_FACTOR, &d.passkey));
    TRY(factor_list(tx, req_who(rq)->user, &devices, &n));
    d.has_passkey = d.passkey.asked.n > 0;
    d.has_device = n > 0 || (!d.has_passkey && d.passkey.elsewhere.n == 0);
    set_title(rq, d.has_passkey ? T_sign_in_factor_title : T_sign_in_code_title);
    return reply_auth_page(rq, code_html, &d);
}

enum rc
recovery_get(struct req *rq, struct rtx *tx)
{
    const struct str next = req_query(rq, "weiter");
    struct recovery_page d = {.form = {.next = next.p != NULL ? next : STR("")},
                              .wrong = req_query(rq, "falsch").p != NULL};

    (void)tx;
    set_title(rq, T_sign_in_recovery_title);
    return reply_auth_page(rq, recovery_html, &d);
}

/* The password is asked again. */
static enum rc
ticket_over(struct req *rq)
{
    req_set_cookie(rq, SESSION_COOKIE, STR(""), -1);
    return reply_done(rq, URL("/anmelden"), T_notice_code_tries);
}

enum rc
sign_in_ticket_over(struct req *rq, struct wtx *tx, bool *ret_over)
{
    const struct principal *who = req_who(rq);

    *ret_over = policy_is_homebanking();
    if (!*ret_over) {
        return OK;
    }
    wtx_allow_untouched(tx, "one form asks for everything now");
    TRY(session_end(tx, who->user, who->session));
    req_set_cookie(rq, SESSION_COOKIE, STR(""), -1);
    return reply_redirect(rq, URL("/anmelden"));
}

/* The page again, or the password again when the ticket is used up. `why` is what the page says. */
static enum rc
try_again(struct req *rq, struct wtx *tx, const char *path, const char *why, struct str next)
{
    const struct principal *who = req_who(rq);
    int64_t left;

    TRY(session_ticket_failed(tx, who->session, who->user, &left));
    if (left == 0) {
        return ticket_over(rq);
    }
    return reply_redirect(rq, user_with(rq, user_with_next(rq, path, next), why));
}

enum rc
sign_in_factor_refused(struct req *rq, struct wtx *tx, const char *path, const char *why,
                       struct str next)
{
    const struct principal *who = req_who(rq);
    struct limit_try t;

    TRY(user_try(rq, wtx_read(tx), who->login, who->user, &t));
    t.said = true;
    TRY(limit_failed(wtx_read(tx), &t));
    TRY(password_factor_failed(tx, who->user));
    TRY(touch(tx, EVENT_FACTOR_REFUSED, SUBJECT(user, who->user), NULL, NULL, NULL));
    return try_again(rq, tx, path, why, next);
}

/* The server cannot judge codes now (AUTH-11): nobody's fault, so neither the throttle nor the
 * count of AUTH-12 hears of it. The page names the way that needs no clock: a recovery code. */
static enum rc
clock_refused(struct req *rq, struct wtx *tx, struct str next)
{
    TRY(touch(tx, EVENT_FACTOR_CLOCK, SUBJECT(user, req_who(rq)->user), NULL, NULL, NULL));
    return try_again(rq, tx, "/anmelden/code", "uhr", next);
}

enum rc
code_post(struct req *rq, struct wtx *tx)
{
    const struct code_form *f = req_form(rq, struct code_form);
    const struct principal *who = req_who(rq);
    bool over;
    bool sound;
    bool right = false;

    TRY(sign_in_ticket_over(rq, tx, &over));
    if (over) {
        return OK;
    }
    TRY(factor_clock(wtx_read(tx), &sound));
    if (!sound) {
        return clock_refused(rq, tx, f->next);
    }
    TRY(factor_check(tx, who->user, f->code, &right));
    if (!right) {
        return sign_in_factor_refused(rq, tx, "/anmelden/code", "falsch", f->next);
    }
    TRY(session_end(tx, who->user, who->session));
    TRY(user_signed_in(rq, tx, who->user, EVENT_SIGNED_IN));
    return reply_redirect(rq, user_next(f->next));
}

/* --- recovery codes -------------------------------------------------------------------------- */
enum rc
recovery_order_hashes(struct req *rq, struct rtx *tx, struct user_id user, struct str typed,
                      size_t at, struct recovery_plan *ret)
{
    struct hash_order order;

    *ret = (struct recovery_plan){.at = at};
    if (recovery_parse(typed, ret->plain) != OK) {
        return OK; /* no code at all: the handler says so, there is nothing to hash */
    }
    ret->sound = true;
    TRY(recovery_order(tx, user, ret->plain, &order));
    TRY(recovery_draw(tx, user, 1, &ret->fresh));
    req_want_hash(rq, str_of(ret->plain), order.salt, order.ops, order.mem_kib);
    req_want_hash(rq, str_of(ret->fresh.plain), ret->fresh.order.salt, ret->fresh.order.ops,
                  ret->fresh.order.mem_kib);
    return OK;
}

enum rc
recovery_judge(struct req *rq, struct wtx *tx, struct user_id user, const struct recovery_plan *p,
               bool *ret_right)
{
    *ret_right = false;
    return p->sound ? recovery_use(tx, user, p->plain, req_result(rq, p->at), &p->fresh,
                                   req_result(rq, p->at + 1), ret_right)
                    : OK;
}

enum rc
recovery_reply_used(struct req *rq, const struct recovery_plan *p, int lang, struct str next)
{
    struct recovery_used_page d = {.code = arena_copy(req_mem(rq), str_of(p->fresh.shown)),
                                   .next = user_next(next)};

    req_page(rq)->lang = lang == LANG_EN ? LANG_EN : LANG_DE;
    set_title(rq, T_sign_in_recovery_used);
    return reply_auth_page(rq, recovery_used_html, &d);
}

enum rc
recovery_prepare(struct req *rq, struct rtx *tx)
{
    const struct recovery_form *f = req_form(rq, struct recovery_form);
    struct recovery_plan *p = ARENA_NEW(req_mem(rq), struct recovery_plan);

    req_keep(rq, p);
    return recovery_order_hashes(rq, tx, req_who(rq)->user, f->recovery_code, 0, p);
}

enum rc
recovery_post(struct req *rq, struct wtx *tx)
{
    const struct recovery_form *f = req_form(rq, struct recovery_form);
    const struct recovery_plan *p = req_kept(rq);
    const struct principal *who = req_who(rq);
    bool over;
    bool right = false;

    TRY(sign_in_ticket_over(rq, tx, &over));
    if (over) {
        return OK;
    }
    TRY(recovery_judge(rq, tx, who->user, p, &right));
    if (!right) {
        return sign_in_factor_refused(rq, tx, "/anmelden/wiederherstellung", "falsch", f->next);
    }
    TRY(session_end(tx, who->user, who->session));
    TRY(user_signed_in(rq, tx, who->user, EVENT_RECOVERY_USED));
    return recovery_reply_used(rq, p, who->lang, f->next);
}
