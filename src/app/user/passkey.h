/* passkey.h: passkeys on pages: what a page asks the browser's authenticator, and what comes back.
 */
#ifndef APP_USER_PASSKEY_H
#define APP_USER_PASSKEY_H

#include "guard/passkey.h"
#include "user_in.h"

enum { PASSKEY_ID_CHARS = 1366, PASSKEY_PART_CHARS = 2734 }; /* of 1023 and 2048 bytes */
/* Filled by assets/js/passkey.js; base64url. */
struct passkey_form {
    struct str asked, credential, client, auth, signature, handle, next;
    struct str kept_to, kept; /* a form that waits for the proof (http/proof.h) */
};
extern const struct form_def passkey_form_def;
struct passkey_add_form {
    struct str name, asked, client, auth;
};
extern const struct form_def passkey_add_form_def;

/* The question of one page; asked is empty where there is nothing to ask for. */
struct passkey_view {
    struct str asked, challenge, host;
    struct str ids;       /* of the person's passkeys for this host, separated by blanks */
    struct str elsewhere; /* a host at which she has passkeys that are of no use here; "" */
    struct str again;     /* where a fresh question is had; "": where the page is */
    bool must_verify;     /* PIN or finger, in place of the password */
    enum text button;     /* "Mit Passkey anmelden" */
    struct str next;      /* the page that was wanted */
    bool is_refused;      /* the last answer was */
    bool is_beside;       /* one way of two on this form */
};
/* What this person may answer with: nothing when there is no passkey for this host. With
 * PASSKEY_ALONE anybody, where the workspace allows it; with PASSKEY_BESIDE anybody. */
MUST enum rc user_passkey_view(struct req *rq, struct rtx *tx, enum passkey_use use,
                               struct passkey_view *ret);

/* Judges an answer to a question of this page; whoever calls tells of PASSKEY_COUNTER. */
MUST enum rc user_passkey_judge(struct req *rq, struct wtx *tx, enum passkey_use use,
                                struct user_id user, const struct passkey_answer *answer,
                                struct passkey_verdict *ret);

struct passkey_new_page {
    struct passkey_add_form form;
    struct passkey_view ask;
    struct str handle, login, person;
    bool
        is_resident; /* the device must find it without being told its id: so asks PASSKEY_BESIDE */
};

get_fn passkey_get_new;
post_fn passkey_post_add, passkey_post_remove, passkey_post_sign_in, passkey_post_factor,
    passkey_post_proof;

#endif
