/* device.h: browsers in which a person has signed in before (cookie __Host-dev, AUTH-06): strangers
 * who guess at a name slow each other down, not the person. The cookie carries a nonce, the person
 * and the day of issue under a MAC; a row says that it was not taken back. */
#ifndef GUARD_DEVICE_H
#define GUARD_DEVICE_H

#include "guard/session.h"
#include "store/store.h"

#define DEVICE_COOKIE (session_device_cookie())
enum { DEVICE_S = 180 * 24 * 60 * 60, DEVICES_PER_USER = 20, DEVICE_COOKIE_CHARS = 64 };

/* Was this browser used by this person? Then *ret_bucket is its own bucket for failures. A cookie
 * of another person, a forged, an old or a taken-back one is not known. */
MUST enum rc device_find(struct rtx *tx, struct user_id user, struct str cookie, bool *ret_known,
                         uint8_t ret_bucket[static 32]);
/* After a complete sign-in: notes the use, or makes a new one; *ret_cookie is to be set for
 * DEVICE_S. */
MUST enum rc device_keep(struct wtx *tx, struct user_id user, struct str cookie, struct str label,
                         struct str *ret_cookie);
/* Takes all of a person's back: after locking, and after a password that others know. */
MUST enum rc device_forget_all(struct wtx *tx, struct user_id user);
MUST enum rc device_prune(struct wtx *tx);

#endif
