/* passkey.h: passkeys (AUTH-17): what a page asks an authenticator, whose answers count, and how
 * often: once. webauthn.h judges one answer; this file knows people, questions and time.
 *
 * A question is 256 bits: a keyed hash of this browser's secret (session, ticket or, before signing
 * in, the pre cookie), of its use, of the moment and of a nonce. So asking writes nothing, and an
 * answer is of no use to another browser, workspace, page or after PASSKEY_ASKED_S. What was signed
 * rightly is written down (table passkey_spent) and counts once (decision 70).
 *
 * All refusals of a try look alike to whoever tried; struct passkey_verdict tells them apart for
 * the audit and for tests. A credential that nobody has, or a locked person's, costs the same work.
 */
#ifndef GUARD_PASSKEY_H
#define GUARD_PASSKEY_H

#include "guard/webauthn.h"
#include "store/store.h"

enum { PASSKEY_ASKED_S = 5 * 60, PASSKEY_HANDLE = 32 };

/* An answer to the question of one page is no answer to another's. */
enum passkey_use {
    PASSKEY_ADD = 1, /* a new one is made */
    PASSKEY_FACTOR,  /* behind the right password */
    PASSKEY_PROOF,   /* step-up of somebody signed in */
    PASSKEY_ALONE,   /* in place of name and password: must verify its user (PIN, finger) */
    PASSKEY_BESIDE   /* with name and password on one form, whose may be nobody's */
};

/* Who is asking, from where. */
struct passkey_desk {
    enum passkey_use use;
    struct str origin;     /* "https://nord.example:8443"; its host is the RP ID */
    const uint8_t *secret; /* 32 bytes of this browser (page.form_secret) */
};
/* "nord.example": the host of an origin. */
struct str passkey_host(struct str origin);

/* The question, for the page; both base64url. */
struct passkey_question {
    struct str asked;     /* comes back with the answer: moment and nonce */
    struct str challenge; /* 32 bytes, for the authenticator */
};
MUST enum rc passkey_ask(struct rtx *tx, const struct passkey_desk *desk,
                         struct passkey_question *ret);
/* The name of a person inside authenticators, base64url of PASSKEY_HANDLE bytes: the same for all
 * of one person's passkeys, and says nothing about the person. */
MUST enum rc passkey_handle(struct rtx *tx, struct user_id user, struct str *ret);

/* What the browser sent back: base64url, as it came; what is not asked for is "". */
struct passkey_answer {
    struct str asked;
    struct str credential; /* rawId; not for PASSKEY_ADD, where it stands in `auth` */
    struct str client;     /* clientDataJSON */
    struct str auth;       /* authenticatorData */
    struct str signature;  /* not for PASSKEY_ADD */
    struct str handle;     /* userHandle; PASSKEY_ALONE only */
};

enum passkey_why {
    PASSKEY_RIGHT = 1,
    PASSKEY_COUNTER, /* rightly signed, but its counter did not rise: there may be a copy */
    PASSKEY_FORM,    /* not what a browser sends */
    PASSKEY_EXPIRED, /* asked too long ago, or in the future */
    PASSKEY_SPENT,   /* this question was answered before */
    PASSKEY_UNKNOWN, /* nobody's, another person's, a locked one's, another host's */
    PASSKEY_REFUSED  /* by webauthn.h: see .answer */
};
struct passkey_verdict {
    enum passkey_why why;
    enum webauthn_why answer;
    struct passkey_id id; /* with PASSKEY_RIGHT and PASSKEY_COUNTER: which, */
    struct user_id user;  /* and whose */
};

/* A new passkey of this person, counted together with the devices of factor.h: RC_LIMIT
 * E_FACTOR_MANY beyond FACTORS_MAX, RC_CONFLICT E_PASSKEY_TAKEN when the credential is there
 * already. */
MUST enum rc passkey_add(struct wtx *tx, const struct passkey_desk *desk, struct user_id user,
                         struct str name, const struct passkey_answer *answer,
                         struct passkey_verdict *ret);
/* Did a passkey of this person sign the question? user {0}: of anybody, with PASSKEY_ALONE only; of
 * nobody, with PASSKEY_BESIDE, for the same work.
 * PASSKEY_RIGHT and PASSKEY_COUNTER have written, so the caller commits and touches. */
MUST enum rc passkey_check(struct wtx *tx, const struct passkey_desk *desk, struct user_id user,
                           const struct passkey_answer *answer, struct passkey_verdict *ret);

struct passkey_row {
    struct passkey_id id;
    struct str name, host;
    struct str credential; /* base64url */
    struct instant created_at, used_at;
    bool is_elsewhere; /* made at another host than the one asked for, and of no use here */
};
/* Oldest first; `host` is the one asked for. */
MUST enum rc passkey_list(struct rtx *tx, struct user_id user, struct str host,
                          struct passkey_row **ret_rows, size_t *ret_n);
/* RC_MISSING when the person has no such passkey. */
MUST enum rc passkey_remove(struct wtx *tx, struct user_id user, struct passkey_id id);
/* All of a person, when the second factor is set up anew (AUTH-16). */
MUST enum rc passkey_remove_all(struct wtx *tx, struct user_id user);
/* Is this a passkey of this person? RC_MISSING when not. */
MUST enum rc passkey_need(struct rtx *tx, struct user_id user, struct passkey_id id);
/* Forgets questions that are too old to be answered. Hourly; allows an untouched commit. */
MUST enum rc passkey_prune(struct wtx *tx);

#endif
