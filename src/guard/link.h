/* link.h: one-time links: 256 bits, stored as SHA-256, good for one person, one purpose, one time,
 * and as long as the person's password stays the one it was (AUTH-08, AUTH-09). A link is no
 * session and no proof of a second factor; what it lets its holder do says its kind. */
#ifndef GUARD_LINK_H
#define GUARD_LINK_H

#include "store/store.h"

enum link_kind {
    LINK_INVITATION = 1, /* choose log-in name and password for the first time */
    LINK_RESET,          /* choose another password */
    LINK_DEVICE,         /* make this browser a known one (AUTH-06) */
    LINK_ADDRESS         /* confirm a second address for notices (AUTH-07) */
};
enum {
    LINK_INVITATION_S = 72 * 60 * 60,
    LINK_MAIL_S = 30 * 60, /* reset and device */
    LINK_ADDRESS_S = 24 * 60 * 60,
    LINK_CHARS = 43,
    LINK_MAILS_PER_HOUR = 3, /* of one kind, for one account, that nobody signed in asked for */
    LINK_WISH_BATCH = 50
};

struct link_wanted {
    enum link_kind kind;
    struct user_id user;
    struct str address; /* LINK_ADDRESS only: what it confirms */
    bool by_wish;       /* of somebody who is not signed in: counts for link_may_mail() */
};
/* *ret_token: 43 base64url characters, shown or mailed once. A new invitation or address takes the
 * person's earlier ones back; of the other kinds several may be open, so that a stranger who asks
 * for one does not end the one on its way. */
MUST enum rc link_new(struct wtx *tx, const struct link_wanted *w, struct str *ret_token,
                      struct instant *ret_expires_at);

struct link {
    struct link_id id;
    enum link_kind kind;
    struct user_id user;
    struct str address;
    struct instant expires_at;
};
/* RC_MISSING E_LINK when unknown, of another kind, used, taken back, too old, or when the person
 * has another password by now or is locked; nothing tells these apart. */
MUST enum rc link_find(struct rtx *tx, enum link_kind kind, struct str token, struct link *ret);
/* Uses it up, and takes the person's others of its kind back; RC_CONFLICT when a parallel request
 * was first. */
MUST enum rc link_take(struct wtx *tx, const struct link *l);
/* Until when the person's latest open link is good; INSTANT_NONE when there is none. */
MUST enum rc link_open_until(struct rtx *tx, enum link_kind kind, struct user_id user,
                             struct instant *ret_expires_at);
/* Takes the open links of all kinds back. */
MUST enum rc link_withdraw(struct wtx *tx, struct user_id user);
/* For the hourly tidying: links and wishes that ended. */
MUST enum rc link_prune(struct wtx *tx);

/* --- wishes ---------------------------------------------------------------------------------- */
/* Somebody who is not signed in asked for a link by mail. The same work whoever `user` is, {0} for
 * nobody; the post is told. */
MUST enum rc link_wish(struct wtx *tx, enum link_kind kind, struct user_id user);
struct link_wish {
    struct link_wish_id id;
    enum link_kind kind;
    struct user_id user;
};
/* Those that wait, the oldest first; at most LINK_WISH_BATCH. */
MUST enum rc link_wishes(struct rtx *tx, struct link_wish **ret_v, size_t *ret_n);
MUST enum rc link_wish_done(struct wtx *tx, struct link_wish_id id);
/* May one more be mailed? What administrators and the operator issued does not count. At most
 * LINK_MAILS_PER_HOUR, and the last of these only when no open one is left: whoever asks again and
 * again can neither flood a mailbox nor leave it without a link that works. */
MUST enum rc link_may_mail(struct rtx *tx, enum link_kind kind, struct user_id user, bool *ret_may);

#endif
