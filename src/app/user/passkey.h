/* passkey.h: passkeys on pages: what a page asks the browser's authenticator, and what comes back.
 */
#ifndef APP_USER_PASSKEY_H
#define APP_USER_PASSKEY_H

#include "guard/passkey.h"
#include "user_in.h"

/* Filled by assets/js/passkey.js; base64url. */
struct passkey_form {
    struct str asked, credential, client, auth, signature, handle, next;
};
extern const struct form_def passkey_form_def;
struct passkey_add_form {
    struct str name, asked, client, auth;
};
extern const struct form_def passkey_add_form_def;

/* The question of one page; asked is empty where there is nothing to ask for. */
struct passkey_view {
    struct str asked, challenge, host;
    struct str ids;   /* of the person's passkeys for this host, separated by blanks */
    bool must_verify; /* PIN or finger, in place of the password */
    enum text button; /* "Mit Passkey anmelden" */
    struct str next;  /* the page that was wanted */
    bool is_refused;  /* the last answer was */
};
/* What this person may answer with: nothing when there is no passkey for this host. With
 * PASSKEY_ALONE anybody, where the workspace allows it. */
MUST enum rc user_passkey_view(struct req *rq, struct rtx *tx, enum passkey_use use,
                               struct passkey_view *ret);

struct passkey_new_page {
    struct passkey_add_form form;
    struct passkey_view ask;
    struct str handle, login, person;
};

get_fn passkey_get_new;
post_fn passkey_post_add, passkey_post_remove, passkey_post_sign_in, passkey_post_factor,
    passkey_post_proof;

#endif
