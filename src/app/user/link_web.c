/* link_web.c: what the holder of a one-time link may do: take an invitation. */
#include "sign_in.h"

#include "guard/policy.h"

#include "link.tmpl.h"

static void
set_title(struct req *rq, enum text title)
{
    req_page(rq)->title = page_text(req_page(rq), title, STR_NONE);
}

/* The open link of the path and its person; a wrong one counts for its network. */
static enum rc
find_link(struct req *rq, struct rtx *tx, enum link_kind kind, struct link *ret_l,
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

/* --- the invitation -------------------------------------------------------------------------- */
enum rc
invitation_get(struct req *rq, struct rtx *tx)
{
    struct user_find_row u;
    struct link l;
    struct invitation_page d = {.token = req_path_text(rq, "token")};

    TRY(find_link(rq, tx, LINK_INVITATION, &l, &u));
    d.expires_at = l.expires_at;
    d.form = (struct take_form){.login = u.login.p != NULL ? u.login : STR(""),
                                .first_name = u.first_name,
                                .last_name = u.last_name};
    d.needs_factor =
        policy_factor_demand((enum group)u.group_no, u.right_plus, u.created_at).is_made;
    user_keep_lang(rq);
    set_title(rq, T_invitation_title);
    return reply_auth_page(rq, invitation_html, &d);
}

enum rc
invitation_prepare(struct req *rq, struct rtx *tx)
{
    const struct take_form *f = req_form(rq, struct take_form);
    struct hash_order *order = ARENA_NEW(req_mem(rq), struct hash_order);
    struct user_find_row u;
    struct link l;
    struct str bytes;

    TRY(find_link(rq, tx, LINK_INVITATION, &l, &u));
    *order = hash_order_new();
    req_keep(rq, order);
    if (password_bytes(req_mem(rq), NULL, f->password, &bytes) == OK) {
        req_want_hash(rq, bytes, order->salt, order->ops, order->mem_kib);
    }
    return OK; /* a password that is too long is refused by the handler, with the other faults */
}

enum rc
invitation_post(struct req *rq, struct wtx *tx)
{
    const struct take_form *f = req_form(rq, struct take_form);
    struct user_find_row u;
    struct link l;

    TRY(find_link(rq, wtx_read(tx), LINK_INVITATION, &l, &u));
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
