/* webauthn.h: judges what an authenticator answered (AUTH-17; W3C Web Authentication level 2, §7.1
 * and §7.2). Bytes of a stranger go in, a verdict comes out; nothing is stored, no clock is read.
 * Challenges that are fresh and used once, and the ownership of credentials, are the caller's.
 * Attestation is not asked for, so it is not read either: registering takes the authenticator data
 * alone. ES256 is computed in keymgr (the worker links no OpenSSL), EdDSA here by libsodium. */
#ifndef GUARD_WEBAUTHN_H
#define GUARD_WEBAUTHN_H

#include "base/err.h"
#include "base/str.h"

enum {
    WEBAUTHN_CHALLENGE = 32,
    WEBAUTHN_ID_MAX = 1023,     /* bytes of a credential id, by the standard */
    WEBAUTHN_CLIENT_MAX = 2048, /* bytes of clientDataJSON */
    WEBAUTHN_AUTH_MAX = 2048    /* bytes of authenticator data */
};

enum webauthn_why {
    WEBAUTHN_RIGHT,
    WEBAUTHN_CLIENT,       /* clientDataJSON too large, no JSON, a member missing or twice */
    WEBAUTHN_TYPE,         /* an answer to another question */
    WEBAUTHN_CHALLENGED,   /* not our challenge */
    WEBAUTHN_ORIGIN,       /* another page asked, or a frame of one */
    WEBAUTHN_AUTH,         /* authenticator data too short, too long, bytes left over */
    WEBAUTHN_HOST,         /* made for another host name */
    WEBAUTHN_PRESENCE,     /* nobody touched it */
    WEBAUTHN_VERIFICATION, /* it did not verify its user, and had to */
    WEBAUTHN_KEY,          /* unknown algorithm, other spelling, no point of the curve */
    WEBAUTHN_SIGNATURE,    /* signed by another key, other bytes, or malformed */
    WEBAUTHN_COUNTER       /* rightly signed, but the counter did not rise: a copy may be about */
};

enum webauthn_alg { WEBAUTHN_ES256 = -7, WEBAUTHN_EDDSA = -8 };

struct webauthn_key {
    enum webauthn_alg alg;
    uint8_t p[64]; /* ES256: x ‖ y. EdDSA: 32 bytes, then zeros */
};

/* What was asked for. */
struct webauthn_asked {
    struct str origin; /* "https://nord.example:8443", of the workspace, never of the request */
    struct str host;   /* RP ID: the host name in it */
    const uint8_t *challenge;
    bool verified; /* a PIN or a finger is required: it stands in place of the password */
};

/* What came back; sizes as they came. */
struct webauthn_answer {
    struct str client; /* clientDataJSON */
    struct bytes auth; /* authenticatorData */
    struct bytes signature;
};

struct webauthn_seen {
    uint32_t counter;
    bool verified;
};

struct webauthn_made {
    struct bytes id; /* points into the answer */
    struct webauthn_key key;
    struct webauthn_seen seen;
};

/* A new credential. *ret_made is whole only when the verdict is WEBAUTHN_RIGHT. An ES256 key is not
 * known to be a point of its curve before its first signature was judged. */
enum webauthn_why webauthn_create(const struct webauthn_asked *asked,
                                  const struct webauthn_answer *answer,
                                  struct webauthn_made *ret_made);
/* A sign-in with a known credential whose last counter was `counter`. Fails only when keymgr does
 * not answer; *ret_seen is whole when the verdict is WEBAUTHN_RIGHT or WEBAUTHN_COUNTER. */
MUST enum rc webauthn_check(struct err *err, const struct webauthn_asked *asked,
                            const struct webauthn_key *key, uint32_t counter,
                            const struct webauthn_answer *answer, struct webauthn_seen *ret_seen,
                            enum webauthn_why *ret_why);

#endif
