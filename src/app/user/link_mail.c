/* link_mail.c: one-time links by mail, and the wishes for them. A wish is answered behind the
 * reply, so that neither page nor time tells whether the account exists, has an address, or was
 * asked for too often (AUTH-05, AUTH-08); its owner reads a refusal on her security page. */
#include "user_in.h"

/* What a mail of each kind says, and where its link leads. */
struct words {
    const char *path;
    enum mail_kind mail;
    enum text subject, text, after, not_you;
};

static const struct words *
words_of(enum link_kind kind)
{
    /* clang-format off */
    static const struct words v[] = {
        [LINK_INVITATION] = {"/einladung/", MAIL_INVITATION, T_link_invitation_subject, T_link_invitation_text, T_link_invitation_after, T_link_invitation_not_you},
        [LINK_RESET] = {"/anmelden/passwort/", MAIL_RESET, T_link_reset_subject, T_link_reset_text, T_link_reset_after, T_link_reset_not_you},
        [LINK_DEVICE] = {"/anmelden/browser/", MAIL_DEVICE, T_link_device_subject, T_link_device_text, T_link_device_after, T_link_device_not_you},
        [LINK_ADDRESS] = {"/adresse/", MAIL_ADDRESS, T_link_address_subject, T_link_address_text, T_link_address_after, T_link_address_not_you},
    };
    /* clang-format on */

    return &v[kind];
}

struct str
user_link_of(struct arena *mem, enum link_kind kind, struct str token)
{
    return arena_fmt(mem, "%.*s%s%.*s", STR_FMT(user_origin()), words_of(kind)->path,
                     STR_FMT(token));
}

/* One link, the same for n addresses. */
static enum rc
send_link(struct wtx *tx, const struct link_wanted *wanted, const struct user_find_row *u,
          struct str agency, const struct str *to, size_t n)
{
    const struct words *w = words_of(wanted->kind);
    struct letter l;
    struct str token;
    struct instant until;

    TRY(link_new(tx, wanted, &token, &until));
    letter_begin(&l, tx, u, agency);
    letter_text(&l, w->text, agency);
    letter_line(&l, STR(""));
    letter_line(&l, user_link_of(wtx_mem(tx), wanted->kind, token));
    letter_line(&l, STR(""));
    letter_text(&l, T_link_until, letter_when(&l, until));
    letter_text(&l, w->after, STR_NONE);
    letter_line(&l, STR(""));
    letter_text(&l, w->not_you, STR_NONE);
    for (size_t i = 0; i < n; i++) {
        TRY(letter_send(&l, w->mail, w->subject, to[i]));
    }
    return OK;
}

enum rc
user_mail_link(struct wtx *tx, enum link_kind kind, bool by_wish, const struct user_find_row *u,
               struct str agency, size_t *ret_mailed)
{
    const struct link_wanted wanted = {.kind = kind, .user = u->id, .by_wish = by_wish};
    struct str to[ADDRESSES_MAX];

    *ret_mailed = user_addresses(u, to);
    return *ret_mailed > 0 ? send_link(tx, &wanted, u, agency, to, *ret_mailed) : OK;
}

enum rc
user_mail_address(struct wtx *tx, const struct user_find_row *u, struct str address)
{
    const struct link_wanted wanted = {.kind = LINK_ADDRESS, .user = u->id, .address = address};
    struct str agency;

    TRY(user_agency(wtx_read(tx), u, &agency));
    return send_link(tx, &wanted, u, agency, &address, 1);
}

/* --- wishes ---------------------------------------------------------------------------------- */
static enum rc
answer_wish(struct wtx *tx, const struct link_wish *w, struct str agency)
{
    struct user_find_row u;
    struct password_state password;
    bool may;
    size_t mailed = 0;

    TRY(link_wish_done(tx, w->id));
    if (w->user.n == 0) {
        return OK;
    }
    TRY(user_find(wtx_read(tx), &(struct user_find_in){w->user}, &u));
    TRY(link_may_mail(wtx_read(tx), w->kind, w->user, &may));
    TRY(password_state(wtx_read(tx), w->user, &password));
    may =
        may && password.set; /* else a mailbox alone would open an account: somebody lets her in */
    if (may) {
        TRY(user_mail_link(tx, w->kind, true, &u, agency, &mailed));
    }
    return mailed > 0 ? OK
                      : touch(tx, EVENT_LINK_REFUSED, SUBJECT(user, w->user), NULL, NULL, NULL);
}

enum rc
user_mail_is_due(struct rtx *tx, bool *ret_due)
{
    struct notice *notices;
    struct link_wish *wishes;
    size_t n_notices, n_wishes;

    TRY(notice_unmailed(tx, &notices, &n_notices));
    TRY(link_wishes(tx, &wishes, &n_wishes));
    *ret_due = n_notices + n_wishes > 0;
    return OK;
}

enum rc
user_write_mails(struct wtx *tx, struct str agency)
{
    struct link_wish *v;
    size_t n;

    agency = agency.n > 0 ? agency : STR("Kontor");
    wtx_allow_untouched(tx, "notices and links go into the outbox");
    TRY(user_mail_notices(tx, agency));
    TRY(link_wishes(wtx_read(tx), &v, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(answer_wish(tx, &v[i], agency));
    }
    return OK;
}
