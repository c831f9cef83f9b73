/* notice.c: turns the notices that events left (guard/mail.h) into mails. A mail says what
 * happened, when, and what to do if it was somebody else; it names no customer, holds no link, and
 * asks for nothing, so that one with a link is known for what it is (AUTH-07). */
#include "user_in.h"

enum text
user_notice_text(struct arena *mem, struct str event)
{
    const enum text t = text_find(arena_fmt(mem, "notice.%.*s", STR_FMT(event)));

    return t != T_NONE ? t : T_notice_other;
}

enum text
user_notice_advice(struct arena *mem, struct str event)
{
    return text_find(arena_fmt(mem, "notice.%.*s.do", STR_FMT(event)));
}

/* One notice to one address of the person. */
static enum rc
write_mail(struct wtx *tx, const struct notice *n, const struct user_find_row *u, struct str to,
           struct str agency)
{
    const enum text advice = user_notice_advice(wtx_mem(tx), n->event);
    struct letter l;

    letter_begin(&l, tx, u, agency);
    letter_text(&l, user_notice_text(wtx_mem(tx), n->event), STR_NONE);
    letter_line(&l, STR(""));
    letter_text(&l, T_notice_mail_when, letter_when(&l, n->at));
    if (n->network.n > 0) {
        letter_text(&l, T_notice_mail_network, n->network);
    }
    letter_line(&l, STR(""));
    if (advice != T_NONE) {
        letter_text(&l, advice, STR_NONE);
    } else {
        letter_text(&l, T_notice_mail_you, STR_NONE);
        letter_text(&l, T_notice_mail_not_you, STR_NONE);
    }
    letter_line(&l, STR(""));
    letter_text(&l, T_notice_mail_no_link, agency);
    return letter_send(&l, MAIL_NOTICE, T_notice_mail_subject, to);
}

enum rc
user_email_replaced(struct wtx *tx, const struct user_find_row *before, struct str agency)
{
    const struct notice n = {
        .user = before->id, .event = str_of(event_name(EVENT_EMAIL_CHANGED)), .at = wtx_now(tx)};

    TRY(notice_of_event(tx, EVENT_EMAIL_CHANGED, SUBJECT(user, before->id)));
    return mail_address_is_valid(before->email) ? write_mail(tx, &n, before, before->email, agency)
                                                : OK;
}

enum rc
user_change_second(struct wtx *tx, const struct user_find_row *before, struct str address)
{
    const struct notice n = {
        .user = before->id, .event = str_of(event_name(EVENT_EMAIL_CHANGED)), .at = wtx_now(tx)};
    struct str agency;

    TRY(user_agency(wtx_read(tx), before, &agency));
    TRY(user_set_second(tx, &(struct user_set_second_in){address, before->id}));
    if (mail_address_is_valid(before->second_email)) {
        TRY(write_mail(tx, &n, before, before->second_email, agency));
    }
    return touch(tx, EVENT_EMAIL_CHANGED, SUBJECT(user, before->id), NULL, NULL, NULL);
}

enum rc
user_mail_notices(struct wtx *tx, struct str agency)
{
    struct notice *v;
    size_t n;

    TRY(notice_unmailed(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct str to[ADDRESSES_MAX];
        struct user_find_row u;
        TRY(user_find(wtx_read(tx), &(struct user_find_in){v[i].user}, &u));
        for (size_t k = user_addresses(&u, to); k > 0; k--) {
            TRY(write_mail(tx, &v[i], &u, to[k - 1], agency));
        }
        TRY(notice_mailed(tx, v[i].id));
    }
    return OK;
}
