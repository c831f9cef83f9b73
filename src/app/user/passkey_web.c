/* passkey_web.c: passkeys are added and removed, and sign in: behind the password, before what
 * wants a fresh proof, and in place of the password where the workspace says so (AUTH-17). */
#include "passkey.h"

#include "account.h"
#include "guard/policy.h"

#include "passkey.tmpl.h"

/* clang-format off */
static const struct field passkey_fields[] = {
    FIELD(struct passkey_form, asked, T_passkey, .max = 64, .secret = true, .token = "off"),
    FIELD(struct passkey_form, credential, T_passkey, .max = PASSKEY_ID_CHARS, .secret = true, .token = "off"),
    FIELD(struct passkey_form, client, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
    FIELD(struct passkey_form, auth, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
    FIELD(struct passkey_form, signature, T_passkey, .max = 120, .secret = true, .token = "off"),
    FIELD(struct passkey_form, handle, T_passkey, .max = 120, .secret = true, .token = "off"),
    FIELD(struct passkey_form, next, T_user_next, .max = 2000, .token = "off"),
    FIELD(struct passkey_form, kept_to, T_user_next, .max = 2000, .token = "off"),
    FIELD(struct passkey_form, kept, T_user_next, .max = PROOF_KEPT_MAX, .token = "off"),
};
static const struct field passkey_add_fields[] = {
    FIELD(struct passkey_add_form, name, T_passkey_name, .required = true, .max = 60, .token = "off"),
    FIELD(struct passkey_add_form, asked, T_passkey, .max = 64, .secret = true, .token = "off"),
    FIELD(struct passkey_add_form, client, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
    FIELD(struct passkey_add_form, auth, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
};
/* clang-format on */
const struct form_def passkey_form_def = FORM_DEF(passkey_form, passkey_fields);
const struct form_def passkey_add_form_def = FORM_DEF(passkey_add_form, passkey_add_fields);

static struct passkey_desk
desk_of(struct req *rq, enum passkey_use use)
{
    return (struct passkey_desk){.use = use, .origin = req_origin(rq), .secret = req_secret(rq)};
}

/* --- asking ---------------------------------------------------------------------------------- */
/* The credentials of this host, separated by blanks. */
static struct str
ids_here(struct arena *mem, const struct passkey_row *rows, size_t n)
{
    struct out o = out_new(mem, 16 * 1024);

    for (size_t i = 0; i < n; i++) {
        if (!rows[i].is_elsewhere) {
            if (o.n > 0) {
                out_char(&o, ' ');
            }
            out_str(&o, rows[i].credential);
        }
    }
    return out_view(&o);
}

/* Where a passkey of another host answers, "" when there is none. */
static struct str
first_elsewhere(const struct passkey_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].is_elsewhere) {
            return rows[i].host;
        }
    }
    return STR("");
}

static enum rc
ask(struct req *rq, struct rtx *tx, enum passkey_use use, struct passkey_view *v)
{
    const struct passkey_desk desk = desk_of(rq, use);
    struct passkey_question q;

    TRY(passkey_ask(tx, &desk, &q));
    v->asked = q.asked;
    v->challenge = q.challenge;
    return OK;
}

enum rc
user_passkey_view(struct req *rq, struct rtx *tx, enum passkey_use use, struct passkey_view *ret)
{
    const struct str next = req_query(rq, "weiter");
    struct passkey_row *rows = NULL;
    size_t n = 0;

    *ret =
        (struct passkey_view){.host = passkey_host(req_origin(rq)),
                              .asked = STR(""),
                              .ids = STR(""),
                              .elsewhere = STR(""),
                              .again = use == PASSKEY_PROOF ? STR("/konto/nachweis") : STR(""),
                              .must_verify = use == PASSKEY_ALONE,
                              .button = use == PASSKEY_PROOF ? T_passkey_prove : T_passkey_sign_in,
                              .next = next.p != NULL ? next : STR(""),
                              .is_refused = req_query(rq, "passkey").p != NULL};
    if (use == PASSKEY_ALONE) {
        return policy_now()->passkey_alone ? ask(rq, tx, use, ret) : OK;
    }
    if (use == PASSKEY_BESIDE) { /* of whom is not known yet: the device has to know */
        ret->is_beside = true;
        ret->button = T_passkey_beside;
        return ask(rq, tx, use, ret);
    }
    TRY(passkey_list(tx, req_who(rq)->user, ret->host, &rows, &n));
    ret->ids = ids_here(req_mem(rq), rows, n);
    ret->elsewhere = first_elsewhere(rows, n);
    return ret->ids.n > 0 || use == PASSKEY_ADD ? ask(rq, tx, use, ret) : OK;
}

/* --- adding and removing --------------------------------------------------------------------- */
enum rc
passkey_get_new(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct page *pg = req_page(rq);
    struct passkey_new_page d = {.form = {.name = page_text(pg, T_passkey_default_name, STR_NONE)},
                                 .login = who->login,
                                 .person = who->name,
                                 .is_resident = policy_is_homebanking()};

    TRY(user_passkey_view(rq, tx, PASSKEY_ADD, &d.ask));
    TRY(passkey_handle(tx, who->user, &d.handle));
    pg->nav = NAV_SECURITY;
    pg->title = page_text(pg, T_passkey_add, STR_NONE);
    return reply_page(rq, passkey_new_html, &d);
}

enum rc
passkey_post_add(struct req *rq, struct wtx *tx)
{
    const struct passkey_add_form *f = req_form(rq, struct passkey_add_form);
    const struct passkey_answer answer = {.asked = f->asked, .client = f->client, .auth = f->auth};
    const struct passkey_desk desk = desk_of(rq, PASSKEY_ADD);
    struct passkey_verdict v;

    TRY(passkey_add(tx, &desk, req_who(rq)->user, f->name, &answer, &v));
    if (v.why != PASSKEY_RIGHT) {
        return fail(wtx_err(tx), RC_INVALID, E_PASSKEY_REFUSED, "passkey %d, answer %d", (int)v.why,
                    (int)v.answer);
    }
    return user_factor_added(rq, tx, EVENT_PASSKEY_ADDED, T_notice_passkey_added);
}

enum rc
passkey_post_remove(struct req *rq, struct wtx *tx)
{
    const struct user_id user = req_who(rq)->user;
    const struct passkey_id id = PATH_ID(rq, passkey);
    struct passkey_row *rows;
    bool is_elsewhere = false;
    size_t n;

    TRY(passkey_list(wtx_read(tx), user, passkey_host(req_origin(rq)), &rows, &n));
    for (size_t i = 0; i < n; i++) {
        is_elsewhere = rows[i].id.n == id.n ? rows[i].is_elsewhere : is_elsewhere;
    }
    TRY(user_factor_may_go(rq, tx, is_elsewhere));
    TRY(passkey_remove(tx, user, id));
    return user_factor_gone(rq, tx, EVENT_PASSKEY_REMOVED, T_notice_passkey_removed);
}

/* --- answers --------------------------------------------------------------------------------- */
enum rc
user_passkey_judge(struct req *rq, struct wtx *tx, enum passkey_use use, struct user_id user,
                   const struct passkey_answer *answer, struct passkey_verdict *ret)
{
    const struct passkey_desk desk = desk_of(rq, use);

    return passkey_check(tx, &desk, user, answer, ret);
}

/* Judges the posted answer; a counter that went back is told to its owner at once, whatever the
 * page says, so the caller commits. */
static enum rc
judge(struct req *rq, struct wtx *tx, enum passkey_use use, struct user_id user,
      struct passkey_verdict *ret)
{
    const struct passkey_form *f = req_form(rq, struct passkey_form);
    const struct passkey_answer answer = {.asked = f->asked,
                                          .credential = f->credential,
                                          .client = f->client,
                                          .auth = f->auth,
                                          .signature = f->signature,
                                          .handle = f->handle};

    TRY(user_passkey_judge(rq, tx, use, user, &answer, ret));
    return ret->why == PASSKEY_COUNTER
               ? touch(tx, EVENT_PASSKEY_COUNTER, SUBJECT(user, ret->user), NULL, NULL, NULL)
               : OK;
}

/* In place of the password. Whatever is wrong, and whoever it is about, the same answer. */
enum rc
passkey_post_sign_in(struct req *rq, struct wtx *tx)
{
    const struct passkey_form *f = req_form(rq, struct passkey_form);
    const struct limit_try t = {
        .name = STR(""), .client = req_client(rq), .network = req_network(rq)};
    struct passkey_verdict v;

    if (!policy_now()->passkey_alone) {
        return fail(wtx_err(tx), RC_MISSING, E_MISSING, "passkeys do not stand alone here");
    }
    TRY(limit_check(wtx_read(tx), &t));
    TRY(judge(rq, tx, PASSKEY_ALONE, (struct user_id){0}, &v));
    if (v.why == PASSKEY_RIGHT) {
        TRY(user_signed_in(rq, tx, v.user, EVENT_SIGNED_IN));
        return reply_redirect(rq, user_next(f->next));
    }
    TRY(limit_failed(wtx_read(tx), &t));
    if (v.why != PASSKEY_COUNTER) {
        wtx_allow_untouched(tx, "nobody signed in");
    }
    return reply_redirect(rq, user_with(rq, user_with_next(rq, "/anmelden", f->next), "passkey"));
}

/* Behind the password. */
enum rc
passkey_post_factor(struct req *rq, struct wtx *tx)
{
    const struct passkey_form *f = req_form(rq, struct passkey_form);
    const struct principal *who = req_who(rq);
    struct passkey_verdict v;
    bool over;

    TRY(sign_in_ticket_over(rq, tx, &over));
    if (over) {
        return OK;
    }
    TRY(judge(rq, tx, PASSKEY_FACTOR, who->user, &v));
    if (v.why != PASSKEY_RIGHT) {
        return sign_in_factor_refused(rq, tx, "/anmelden/code", "passkey", f->next);
    }
    TRY(session_end(tx, who->user, who->session));
    TRY(user_signed_in(rq, tx, who->user, EVENT_SIGNED_IN));
    return reply_redirect(rq, user_next(f->next));
}

/* The page that asks, once more, with the form that waits. */
static enum rc
refused_again(struct req *rq, struct rtx *tx, const struct proof_form *kept)
{
    TRY(user_prove(rq, tx, kept, true));
    reply_status(rq, 422);
    return OK;
}

/* In place of the password when it is asked for again. */
enum rc
passkey_post_proof(struct req *rq, struct wtx *tx)
{
    const struct passkey_form *f = req_form(rq, struct passkey_form);
    const struct proof_form kept = {
        .password = STR(""), .next = f->next, .kept_to = f->kept_to, .kept = f->kept};
    const struct principal *who = req_who(rq);
    struct passkey_verdict v;
    struct limit_try t;

    TRY(user_try(rq, wtx_read(tx), who->login, who->user, &t));
    TRY(limit_check(wtx_read(tx), &t));
    TRY(judge(rq, tx, PASSKEY_PROOF, who->user, &v));
    if (v.why == PASSKEY_RIGHT) {
        TRY(limit_passed(wtx_read(tx), &t));
        TRY(user_stepped_up(rq, tx));
        return proof_go_on(rq, &kept) == OK ? OK : reply_redirect(rq, user_proof_next(f->next));
    }
    TRY(limit_failed(wtx_read(tx), &t));
    if (v.why != PASSKEY_COUNTER) {
        wtx_allow_untouched(tx, "nothing was proven");
    }
    if (kept.kept_to.n > 0) {
        return refused_again(rq, wtx_read(tx), &kept);
    }
    return reply_redirect(rq,
                          user_with(rq, user_with_next(rq, "/konto/nachweis", f->next), "passkey"));
}
