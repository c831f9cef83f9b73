/* sign_in.h: pages of signing in and of one-time links; included by the files of app/user. */
#ifndef APP_USER_SIGN_IN_H
#define APP_USER_SIGN_IN_H

#include "passkey.h"

struct sign_in_form {
    struct str login, password, next;
};
extern const struct form_def sign_in_form_def;
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
post_fn sign_in_post, code_post, recovery_post, invitation_post, sign_out_post, reset_ask_post,
    reset_post, device_ask_post, device_post;
prepare_fn sign_in_prepare, recovery_prepare, invitation_prepare, reset_prepare;

/* A wrong second factor behind a right password is written down at once, so this commits (AUTH-12):
 * five for a ticket, twenty in a row until the password counts as known to others; and the throttle
 * counts. Back to `path`, which says `why`, or to the password. */
MUST enum rc sign_in_factor_refused(struct req *rq, struct wtx *tx, const char *path,
                                    const char *why, struct str next);
/* While the switch of SES-06 is on, five failures in a row are five of both steps together: a
 * ticket from before the fifth opens nothing more (*ret_closed, and the answer is made). The try is
 * not judged, so it does not count either. */
MUST enum rc sign_in_ticket_closed(struct req *rq, struct wtx *tx, bool *ret_closed);

/* --- what the pages show --------------------------------------------------------------------- */
struct sign_in_page {
    struct sign_in_form form;
    struct passkey_view passkey; /* in place of the password, where the workspace says so */
    bool failed, closed;         /* closed: by the throttle, and a link by mail may help */
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
