/* address_web.c: a second address for notices (AUTH-07). It counts when a link that was mailed to
 * it was taken: a typing error must not send somebody's notices elsewhere. */
#include "account.h"
#include "http/shell.h"

#include "address.tmpl.h"

/* clang-format off */
static const struct field address_fields[] = {
    FIELD(struct second_form, second_email, T_user_second_email, .required = true, .max = MAIL_ADDRESS_MAX, .personal = true, .token = "email", .mode = "email"),
};
/* clang-format on */
const struct form_def second_form_def = FORM_DEF(second_form, address_fields);

enum rc
address_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct user_find_row u;
    struct address_page d = {.mail_on = user_mail_is_on()};

    TRY(user_find(tx, &(struct user_find_in){req_who(rq)->user}, &u));
    TRY(link_open_until(tx, LINK_ADDRESS, u.id, &d.asked_until));
    d.email = u.email;
    d.second_email = u.second_email;
    d.form = (struct second_form){.second_email = STR("")};
    pg->nav = NAV_ACCOUNT;
    pg->title = page_text(pg, T_address_title, STR_NONE);
    return reply_page(rq, address_html, &d);
}

enum rc
address_post(struct req *rq, struct wtx *tx)
{
    const struct str address = req_form(rq, struct second_form)->second_email;
    struct user_find_row u;

    if (!user_mail_is_on()) {
        return fail(wtx_err(tx), RC_CONFLICT, E_MAIL_OFF, "no mail server");
    }
    if (!mail_address_is_valid(address)) {
        return fail_field(wtx_err(tx), "second_email", RC_INVALID, E_USER_EMAIL, "");
    }
    TRY(user_find(wtx_read(tx), &(struct user_find_in){req_who(rq)->user}, &u));
    TRY(user_mail_address(tx, &u, address));
    TRY(touch(tx, EVENT_ADDRESS_ASKED, SUBJECT(user, u.id), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/adresse"), T_notice_address_asked);
}

enum rc
address_post_remove(struct req *rq, struct wtx *tx)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){req_who(rq)->user}, &u));
    TRY(user_change_second(tx, &u, STR("")));
    return reply_done(rq, URL("/konto/adresse"), T_notice_address_changed);
}

/* --- the link, opened wherever that mailbox is read ------------------------------------------ */
enum rc
address_link_get(struct req *rq, struct rtx *tx)
{
    struct address_link_page d = {.token = req_path_text(rq, "token")};
    struct user_find_row u;
    struct link l;

    TRY(user_open_link(rq, tx, LINK_ADDRESS, T_address_confirm, &l, &u));
    d.address = l.address;
    d.expires_at = l.expires_at;
    return reply_auth_page(rq, address_link_html, &d);
}

enum rc
address_link_post(struct req *rq, struct wtx *tx)
{
    struct user_find_row u;
    struct link l;

    TRY(user_find_link(rq, wtx_read(tx), LINK_ADDRESS, &l, &u));
    TRY(link_take(tx, &l));
    TRY(user_change_second(tx, &u, l.address));
    return reply_done(rq, URL("/anmelden"), T_notice_address_changed);
}
