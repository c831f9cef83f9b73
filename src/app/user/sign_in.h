/* sign_in.h: pages of signing in and of one-time links; included by the files of app/user. */
#ifndef APP_USER_SIGN_IN_H
#define APP_USER_SIGN_IN_H

#include "user_in.h"

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

/* --- what the pages show --------------------------------------------------------------------- */
struct sign_in_page {
    struct sign_in_form form;
    bool failed, closed; /* closed: by the throttle, and a link by mail may help */
};
struct code_page {
    struct code_form form;
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
