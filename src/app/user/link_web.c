/* link_web.c: asking for a one-time link by mail, and what its holder may do: take an invitation,
 * choose a new password. Nobody is signed in by asking or by a new password. */
#include "sign_in.h"

#include "guard/policy.h"

#include "link.tmpl.h"

/* clang-format off */
static const struct field ask_fields[] = {
    FIELD(struct ask_form, login, T_user_login, .required = true, .max = 255, .personal = true, .token = "username"),
};
static const struct field reset_fields[] = {
    FIELD(struct reset_form, password, T_user_new_password, .required = true, .max = PASSWORD_MAX_BYTES, .secret = true, .raw = true, .token = "new-password"),
};
/* clang-format on */
const struct form_def ask_form_def = FORM_DEF(ask_form, ask_fields);
const struct form_def reset_form_def = FORM_DEF(reset_form, reset_fields);

static void
set_title(struct req *rq, enum text title)
{
    req_page(rq)->title = page_text(req_page(rq), title, STR_NONE);
}

enum rc
user_find_link(struct req *rq, struct rtx *tx, enum link_kind kind, struct link *ret_l,
               struct user_find_row *ret_u)
{
    const struct limit_try t = {
        .name = STR(""), .client = req_client(rq), .network = req_network(rq)};

    TRY(limit_check(tx, &t));
    if (link_find(tx, kind, req_path_text(rq, "token"), ret_l) != OK) {
        TRY(limit_failed(tx, &t));
        return RC_MISSING;
    }
    return user_find(tx, &(struct user_find_in){ret_l->user}, ret_u);
}

enum rc
user_open_link(struct req *rq, struct rtx *tx, enum link_kind kind, enum text title,
               struct link *ret_l, struct user_find_row *ret_u)
{
    TRY(user_find_link(rq, tx, kind, ret_l, ret_u));
    user_keep_lang(rq);
    set_title(rq, title);
    return OK;
}

/* --- the invitation -------------------------------------------------------------------------- */
enum rc
invitation_get(struct req *rq, struct rtx *tx)
{
    struct user_find_row u;
    struct link l;
    struct invitation_page d = {.token = req_path_text(rq, "token")};

    TRY(user_open_link(rq, tx, LINK_INVITATION, T_invitation_title, &l, &u));
    d.expires_at = l.expires_at;
    d.form = (struct take_form){.login = u.login.p != NULL ? u.login : STR(""),
                                .first_name = u.first_name,
                                .last_name = u.last_name};
    d.needs_factor =
        policy_factor_demand((enum group)u.group_no, u.right_plus, u.created_at).is_made;
    return reply_auth_page(rq, invitation_html, &d);
}

/* Orders the hash of a new password (result 0) for whoever holds the link. */
static enum rc
prepare_password(struct req *rq, struct rtx *tx, enum link_kind kind, struct str password)
{
    struct hash_order *order = ARENA_NEW(req_mem(rq), struct hash_order);
    struct user_find_row u;
    struct link l;
    struct str bytes;

    TRY(user_find_link(rq, tx, kind, &l, &u));
    *order = hash_order_new();
    req_keep(rq, order);
    if (password_bytes(req_mem(rq), NULL, password, &bytes) == OK) {
        req_want_hash(rq, bytes, order->salt, order->ops, order->mem_kib);
    }
    return OK; /* a password that is too long is refused by the handler, with the other faults */
}

enum rc
invitation_prepare(struct req *rq, struct rtx *tx)
{
    return prepare_password(rq, tx, LINK_INVITATION, req_form(rq, struct take_form)->password);
}

enum rc
invitation_post(struct req *rq, struct wtx *tx)
{
    const struct take_form *f = req_form(rq, struct take_form);
    struct user_find_row u;
    struct link l;

    TRY(user_find_link(rq, wtx_read(tx), LINK_INVITATION, &l, &u));
    TRY(user_gather(rq, user_check_login(tx, u.id, f->login)));
    TRY(user_gather(rq, user_check_password(tx, u.id, f, f->password)));
    if (req_has_faults(rq)) {
        return RC_INVALID;
    }
    struct take_form taken = *f;
    taken.lang = req_page(rq)->lang; /* whoever read the link in English goes on in English */
    TRY(link_take(tx, &l));
    TRY(user_take(tx, u.id, &taken, req_kept(rq), req_result(rq, 0)));
    TRY(user_signed_in(rq, tx, u.id, EVENT_INVITATION_TAKEN));
    return reply_done(rq, URL("/"), T_notice_invitation_taken);
}

/* --- asking for a link by mail --------------------------------------------------------------- */
/* A link for a browser is mailed only when strangers have to wait for the name: otherwise it would
 * be a mail for nothing. The number is that of the name, whoever has it. */
static enum rc
is_of_use(struct req *rq, struct wtx *tx, enum link_kind kind, struct str login, bool *ret_useful)
{
    const struct limit_try stranger = {
        .name = login, .client = req_client(rq), .network = req_network(rq)};
    int64_t fails;

    TRY(limit_fails(wtx_read(tx), &stranger, &fails));
    *ret_useful = kind != LINK_DEVICE || fails >= LIMIT_FREE;
    return OK;
}

/* The same page, work and rows whatever the name is; what comes of it happens behind the reply
 * (link_mail.c). Asking counts for its network as a failure does. */
static enum rc
ask(struct req *rq, struct wtx *tx, enum link_kind kind, enum event e)
{
    const struct limit_try from = {
        .name = STR(""), .client = req_client(rq), .network = req_network(rq), .said = true};
    const struct str login = req_form(rq, struct ask_form)->login;
    enum user_state state;
    struct user_id user;
    bool useful;

    if (!user_mail_is_on()) {
        return fail(wtx_err(tx), RC_CONFLICT, E_MAIL_OFF, "no mail server");
    }
    TRY(limit_check(wtx_read(tx), &from));
    TRY(limit_failed(wtx_read(tx), &from));
    TRY(user_of_login(wtx_read(tx), login, &user, &state));
    TRY(is_of_use(rq, tx, kind, login, &useful));
    TRY(link_wish(tx, kind, useful && state == USER_ACTIVE ? user : (struct user_id){0}));
    return touch(tx, e, SUBJECT(user, user), NULL, NULL, NULL);
}

static enum rc
show_ask(struct req *rq, enum text title,
         void (*html)(struct out *, const struct page *, const struct ask_page *))
{
    const struct ask_page d = {.mail_on = user_mail_is_on(),
                               .sent = req_query(rq, "gesendet").p != NULL};

    user_keep_lang(rq);
    set_title(rq, title);
    return reply_auth_page(rq, html, &d);
}

enum rc
reset_ask_get(struct req *rq, struct rtx *tx)
{
    (void)tx;
    return show_ask(rq, T_reset_title, reset_ask_html);
}

enum rc
reset_ask_post(struct req *rq, struct wtx *tx)
{
    TRY(ask(rq, tx, LINK_RESET, EVENT_RESET_ASKED));
    return reply_redirect(rq, URL("/anmelden/passwort?gesendet=1"));
}

enum rc
device_ask_get(struct req *rq, struct rtx *tx)
{
    (void)tx;
    return show_ask(rq, T_device_title, device_ask_html);
}

enum rc
device_ask_post(struct req *rq, struct wtx *tx)
{
    TRY(ask(rq, tx, LINK_DEVICE, EVENT_DEVICE_LINK_ASKED));
    return reply_redirect(rq, URL("/anmelden/browser?gesendet=1"));
}

/* --- a new browser --------------------------------------------------------------------------- */
enum rc
device_get(struct req *rq, struct rtx *tx)
{
    struct device_link_page d = {.token = req_path_text(rq, "token")};
    struct user_find_row u;
    struct link l;

    TRY(user_open_link(rq, tx, LINK_DEVICE, T_device_title, &l, &u));
    d.expires_at = l.expires_at;
    return reply_auth_page(rq, device_html, &d);
}

/* The cookie of a known browser and nothing else (AUTH-06). */
enum rc
device_post(struct req *rq, struct wtx *tx)
{
    struct user_find_row u;
    struct link l;

    TRY(user_find_link(rq, wtx_read(tx), LINK_DEVICE, &l, &u));
    TRY(link_take(tx, &l));
    TRY(user_remember_browser(rq, tx, u.id, user_from(rq).device));
    TRY(touch(tx, EVENT_DEVICE_LINKED, SUBJECT(user, u.id), NULL, NULL, NULL));
    return reply_done(rq, URL("/anmelden"), T_notice_device_linked);
}

/* --- a new password -------------------------------------------------------------------------- */
enum rc
reset_get(struct req *rq, struct rtx *tx)
{
    struct reset_page d = {.token = req_path_text(rq, "token")};
    struct user_find_row u;
    struct link l;
    int64_t factors;

    TRY(user_open_link(rq, tx, LINK_RESET, T_reset_title, &l, &u));
    TRY(factor_count(tx, u.id, &factors));
    d.expires_at = l.expires_at;
    d.least = factors > 0 ? PASSWORD_MIN_WITH_FACTOR : PASSWORD_MIN_ALONE;
    return reply_auth_page(rq, reset_html, &d);
}

enum rc
reset_prepare(struct req *rq, struct rtx *tx)
{
    return prepare_password(rq, tx, LINK_RESET, req_form(rq, struct reset_form)->password);
}

/* Ends all sessions and signs nobody in: the new password and the second factor are asked next.
 * This browser becomes a known one, as by a link for that (AUTH-06): whoever holds the link reads
 * the mailbox, and must not wait behind strangers who guess. */
enum rc
reset_post(struct req *rq, struct wtx *tx)
{
    const struct str password = req_form(rq, struct reset_form)->password;
    struct user_find_row u;
    struct link l;
    int64_t ended;

    TRY(user_find_link(rq, wtx_read(tx), LINK_RESET, &l, &u));
    TRY(user_check_password(tx, u.id, NULL, password));
    TRY(link_take(tx, &l));
    TRY(password_put(tx, u.id, req_kept(rq), req_result(rq, 0), str_points(password)));
    TRY(session_end_all(tx, u.id, (struct session_id){0}, &ended));
    TRY(device_forget_all(tx, u.id));
    TRY(user_remember_browser(rq, tx, u.id, user_from(rq).device));
    TRY(touch(tx, EVENT_PASSWORD_RESET, SUBJECT(user, u.id), NULL, NULL, NULL));
    return reply_done(rq, URL("/anmelden"), T_notice_password_reset);
}
