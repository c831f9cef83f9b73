/* factor_web.c: second factors: devices that show codes, and the recovery codes beside them. */
#include "account.h"

#include "factor.tmpl.h"

static const struct field device_fields[] = {
    FIELD(struct device_form, name, T_factor_name, .required = true, .max = 60, .token = "off"),
};
const struct form_def device_form_def = FORM_DEF(device_form, device_fields);

static void
set_page(struct req *rq, enum text title)
{
    struct page *pg = req_page(rq);

    pg->nav = NAV_SECURITY;
    pg->title = page_text(pg, title, STR_NONE);
}

/* --- devices --------------------------------------------------------------------------------- */
enum rc
factors_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct password_state password;
    const struct str here = passkey_host(req_origin(rq));
    struct factors_page d = {.demanded = who->factor_demanded};
    int64_t usable;

    TRY(password_state(tx, who->user, &password));
    if (password.must_change) { /* this is where people are led who must look after their sign-in */
        return reply_redirect(rq, URL("/konto/passwort"));
    }
    TRY(factor_list(tx, who->user, &d.factors, &d.n_factors));
    TRY(passkey_list(tx, who->user, here, &d.passkeys, &d.n_passkeys));
    const size_t all = d.n_factors + d.n_passkeys;
    d.has_any = all > 0;
    d.is_full = all >= FACTORS_MAX;
    TRY(factor_count_at(tx, who->user, here, &usable));
    d.has_usable = usable > 0;
    d.can_remove = usable > 1 || !d.demanded;
    d.can_remove_elsewhere = usable > 0 || !d.demanded;
    d.form.name =
        d.n_factors == 0 ? page_text(req_page(rq), T_factor_default_name, STR_NONE) : STR("");
    set_page(rq, T_factor_title);
    return reply_page(rq, factors_html, &d);
}

enum rc
factor_post_begin(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);
    struct factor_id id;

    TRY(factor_begin(tx, who->user, req_form(rq, struct device_form)->name, &id));
    TRY(touch(tx, EVENT_FACTOR_BEGUN, SUBJECT(factor, id), NULL, NULL, NULL));
    return reply_redirect(rq, url_fmt(req_mem(rq), "/konto/zwei-faktor/%lld", (long long)id.n));
}

static struct str
in_groups(struct arena *mem, struct str secret)
{
    struct out o = out_new(mem, 256);

    for (size_t i = 0; i < secret.n; i += 4) {
        if (i > 0) {
            out_char(&o, ' ');
        }
        out_str(&o, str_sub(secret, i, 4));
    }
    return out_view(&o);
}

enum rc
factor_get(struct req *rq, struct rtx *tx)
{
    struct factor_page d = {.id = PATH_ID(rq, factor)};
    struct str secret;

    TRY(factor_secret(tx, req_who(rq)->user, d.id, &d.name, &secret));
    d.secret = in_groups(req_mem(rq), secret);
    set_page(rq, T_factor_set_up);
    return reply_page(rq, factor_html, &d);
}

/* The host name tells workspaces apart inside an authenticator app. */
static struct str
host_of(struct req *rq)
{
    struct str host = req_header(rq, "host");
    const size_t colon = str_find(host, STR(":"), 0);

    if (host.n == 0) {
        return STR("kontor");
    }
    return colon == SIZE_MAX ? host : str_sub(host, 0, colon);
}

enum rc
factor_qr_prepare(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct str name;
    struct str secret;

    TRY(factor_secret(tx, who->user, PATH_ID(rq, factor), &name, &secret));
    req_want_qr(rq, factor_uri(req_mem(rq), host_of(rq), who->login, secret));
    return OK;
}

enum rc
factor_qr_get(struct req *rq, struct rtx *tx)
{
    (void)tx;
    return reply_bytes(rq, "image/png", STR_NONE, req_result(rq, 0));
}

enum rc
user_factor_added(struct req *rq, struct wtx *tx, enum event e, enum text said)
{
    const struct principal *who = req_who(rq);
    struct instant made_at;
    struct str cookie;
    int64_t n;

    TRY(session_end_all(tx, who->user, who->session, &n));
    TRY(session_step_up(tx, who->session, req_cookie(rq, SESSION_COOKIE), &cookie));
    if (cookie.p != NULL) {
        req_set_cookie(rq, SESSION_COOKIE, cookie, 0);
    }
    TRY(touch(tx, e, SUBJECT(user, who->user), NULL, NULL, NULL));
    TRY(recovery_left(wtx_read(tx), who->user, &n, &made_at));
    return reply_done(rq, n == 0 ? URL("/konto/wiederherstellungscodes") : URL("/konto/sicherheit"),
                      said);
}

/* The first right code makes it a factor. */
enum rc
factor_post_confirm(struct req *rq, struct wtx *tx)
{
    const struct str code = req_form(rq, struct code_form)->code;
    bool right;

    TRY(factor_confirm(tx, req_who(rq)->user, PATH_ID(rq, factor), code, &right));
    if (!right) {
        return fail_field(wtx_err(tx), "code", RC_INVALID, E_FACTOR_CODE, "");
    }
    return user_factor_added(rq, tx, EVENT_FACTOR_ADDED, T_notice_factor_added);
}

enum rc
user_factor_may_go(struct req *rq, struct wtx *tx, bool is_elsewhere)
{
    const struct principal *who = req_who(rq);
    const struct str here = passkey_host(req_origin(rq));
    struct password_state password;
    int64_t n;
    int64_t usable;

    TRY(factor_count(wtx_read(tx), who->user, &n));
    TRY(factor_count_at(wtx_read(tx), who->user, here, &usable));
    TRY(password_state(wtx_read(tx), who->user, &password));
    if (usable == (is_elsewhere ? 0 : 1) && who->factor_demanded) {
        return fail(wtx_err(tx), RC_CONFLICT, E_FACTOR_NEEDED, "the last factor");
    }
    if (n == 1 && !password.long_enough) {
        return fail(wtx_err(tx), RC_CONFLICT, E_FACTOR_PASSWORD, "password cannot stand alone");
    }
    return OK;
}

enum rc
user_factor_gone(struct req *rq, struct wtx *tx, enum event e, enum text said)
{
    const struct principal *who = req_who(rq);
    int64_t n;

    TRY(session_end_all(tx, who->user, who->session, &n));
    TRY(touch(tx, e, SUBJECT(user, who->user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/zwei-faktor"), said);
}

enum rc
factor_post_remove(struct req *rq, struct wtx *tx)
{
    TRY(user_factor_may_go(rq, tx, false));
    TRY(factor_remove(tx, req_who(rq)->user, PATH_ID(rq, factor)));
    return user_factor_gone(rq, tx, EVENT_FACTOR_REMOVED, T_notice_factor_removed);
}

/* --- recovery codes -------------------------------------------------------------------------- */
enum rc
codes_get(struct req *rq, struct rtx *tx)
{
    struct codes_page d = {0};

    TRY(recovery_left(tx, req_who(rq)->user, &d.left, &d.made_at));
    set_page(rq, T_recovery_title);
    return reply_page(rq, codes_html, &d);
}

enum rc
codes_prepare(struct req *rq, struct rtx *tx)
{
    struct recovery_code *codes = ARENA_ARRAY(req_mem(rq), struct recovery_code, RECOVERY_CODES);

    TRY(recovery_draw(tx, req_who(rq)->user, RECOVERY_CODES, codes));
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        req_want_hash(rq, str_of(codes[i].plain), codes[i].order.salt, codes[i].order.ops,
                      codes[i].order.mem_kib);
    }
    req_keep(rq, codes);
    return OK;
}

/* Answered with the page itself: the codes exist nowhere else in the clear and are shown this once.
 */
enum rc
codes_post(struct req *rq, struct wtx *tx)
{
    const struct recovery_code *codes = req_kept(rq);
    const struct principal *who = req_who(rq);
    struct bytes tags[RECOVERY_CODES];
    struct codes_print_page d = {
        .n_codes = RECOVERY_CODES, .login = who->login, .made_at = req_now(rq)};
    int64_t factors;

    TRY(factor_count(wtx_read(tx), who->user, &factors));
    if (factors == 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_RECOVERY_EARLY, "no factor yet");
    }
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        tags[i] = req_result(rq, i);
        d.codes[i].code = arena_copy(req_mem(rq), str_of(codes[i].shown));
    }
    TRY(recovery_put_all(tx, who->user, codes, tags));
    TRY(touch(tx, EVENT_RECOVERY_ISSUED, SUBJECT(user, who->user), NULL, NULL, NULL));
    req_page(rq)->lang = who->lang == LANG_EN ? LANG_EN : LANG_DE;
    set_page(rq, T_recovery_title);
    return reply_page_in(rq, codes_print_html, &d, SHELL_PRINT);
}
