/* sign_in.h: pages of signing in and of one-time links; included by the files of app/user. */
#ifndef APP_USER_SIGN_IN_H
#define APP_USER_SIGN_IN_H

#include "guard/recovery.h"
#include "passkey.h"

struct sign_in_form {
    struct str login, password, next;
};
extern const struct form_def sign_in_form_def;
/* Name, password and second factor on one form: a code of an app or of the printed ten, or what a
 * passkey answered. */
struct together_form {
    struct str login, password, code, next;
    struct str asked, credential, client, auth, signature, handle;
};
extern const struct form_def together_form_def;
struct code_form {
    struct str code, next;
};
extern const struct form_def code_form_def;
struct recovery_form {
    struct str recovery_code, next;
};
extern const struct form_def recovery_form_def;

/* Asking for a link by mail; the new password of whoever holds one. */
struct ask_form {
    struct str login;
};
extern const struct form_def ask_form_def;
struct reset_form {
    struct str password;
};
extern const struct form_def reset_form_def;

get_fn sign_in_get, code_get, recovery_get, invitation_get, reset_ask_get, reset_get,
    device_ask_get, device_get;
post_fn sign_in_post, together_post, code_post, recovery_post, invitation_post, sign_out_post,
    reset_ask_post, reset_post, device_ask_post, device_post;
prepare_fn sign_in_prepare, together_prepare, recovery_prepare, invitation_prepare, reset_prepare;

/* What prepare found out about a name and a password. */
struct sign_in_plan {
    struct user_id user; /* {0}: nobody has this name */
    struct limit_try t;
    struct hash_plan hash; /* its results come first */
    bool closed;           /* the throttle lets nothing through now, for this reason */
    enum code why;
    char wait[ERR_ARG_MAX];
};
/* Whose name it is, what the throttle says, and the hashes of the password: the same number and
 * kinds for every name. */
MUST enum rc sign_in_order(struct req *rq, struct rtx *tx, struct str login, struct str password,
                           struct sign_in_plan *ret);
/* Is it the password? While closed RC_LIMIT. Nothing is counted. */
MUST enum rc sign_in_judge(struct req *rq, struct wtx *tx, const struct sign_in_plan *p,
                           bool *ret_right);
/* It was, and all else that is asked for is right, too: keeps it under today's parameters. */
MUST enum rc sign_in_rehash(struct req *rq, struct wtx *tx, const struct sign_in_plan *p);

/* A typed recovery code and the fresh one that would replace it; both are hashed. */
struct recovery_plan {
    char plain[RECOVERY_CHARS + 1];
    bool sound; /* it is a code at all */
    struct recovery_code fresh;
    size_t at; /* the first of its two results */
};
/* user {0}: the same work. `at`: how many hashes were ordered before. */
MUST enum rc recovery_order_hashes(struct req *rq, struct rtx *tx, struct user_id user,
                                   struct str typed, size_t at, struct recovery_plan *ret);
/* Is it one of hers? Then it is used up. */
MUST enum rc recovery_judge(struct req *rq, struct wtx *tx, struct user_id user,
                            const struct recovery_plan *p, bool *ret_right);
/* Signed in by it: the page that shows its successor, once. */
MUST enum rc recovery_reply_used(struct req *rq, const struct recovery_plan *p, int lang,
                                 struct str next);

/* A wrong second factor behind a right password is written down at once, so this commits (AUTH-12):
 * five for a ticket, twenty in a row until the password counts as known to others; and the throttle
 * counts. Back to `path`, which says `why`, or to the password. */
MUST enum rc sign_in_factor_refused(struct req *rq, struct wtx *tx, const char *path,
                                    const char *why, struct str next);
/* While the switch of SES-06 is on, a ticket from before it opens nothing more: *ret_over, and the
 * answer is made. Nothing is judged or counted. */
MUST enum rc sign_in_ticket_over(struct req *rq, struct wtx *tx, bool *ret_over);

/* --- what the pages show --------------------------------------------------------------------- */
struct sign_in_page {
    struct sign_in_form form;
    struct passkey_view passkey; /* in place of the password, where the workspace says so */
    bool failed, closed;         /* closed: by the throttle, and a link by mail may help */
};
struct together_page {
    struct together_form form;
    struct passkey_view beside;  /* in place of the code */
    struct passkey_view passkey; /* in place of everything, where the workspace says so */
    bool failed, closed;
    int64_t fails, wait_minutes; /* of a door (limit.h) */
};
struct code_page {
    struct code_form form;
    struct passkey_view passkey;
    bool has_passkey, has_device;
    bool wrong, clock; /* the last try: refused; refused because of the server's clock */
};
struct recovery_page {
    struct recovery_form form;
    bool wrong;
};
struct recovery_used_page {
    struct str code;
    struct url next;
};
struct invitation_page {
    struct take_form form;
    struct str token;
    bool needs_factor;
    struct instant expires_at;
};
struct ask_page {
    bool mail_on, sent;
};
struct device_link_page {
    struct str token;
    struct instant expires_at;
};
struct reset_page {
    struct str token;
    int64_t least;
    struct instant expires_at;
};

#endif
