/* factor.h: second factors by TOTP (AUTH-10, 11, 13, 15): SHA-1, 6 digits, 30 seconds, 160-bit
 * secrets. Until its first right code a secret can be read here, to show it; from then on keymgr
 * alone knows it. A code is good for one step once: only steps newer than the last one accepted
 * count, of the device and of the person, and that is noted in the transaction of the sign-in. */
#ifndef GUARD_FACTOR_H
#define GUARD_FACTOR_H

#include "store/store.h"

enum {
    FACTORS_MAX = 5,
    FACTOR_PENDING_S = 15 * 60,
    FACTOR_STEP_S = 30,
    FACTOR_WINDOW = 1,       /* steps of 30 s to either side; none in strict mode (policy.h) */
    FACTOR_SECRET = 20,      /* bytes */
    FACTOR_SECRET_CHARS = 32 /* base32 */
};

struct factor_row {
    struct factor_id id;
    struct str name;
    struct instant confirmed_at, used_at;
};
/* Confirmed ones, oldest first. The count is that of all second factors, passkeys (passkey.h)
 * included: FACTORS_MAX bounds them together. */
MUST enum rc factor_list(struct rtx *tx, struct user_id user, struct factor_row **ret_rows,
                         size_t *ret_n);
MUST enum rc factor_count(struct rtx *tx, struct user_id user, int64_t *ret_n);
/* How many of them can be used where `host` was asked for: all devices, and the passkeys made
 * there. */
MUST enum rc factor_count_at(struct rtx *tx, struct user_id user, struct str host, int64_t *ret_n);

/* May codes be judged now? Not while the server's clock is known to be wrong or was set back
 * (time_trust), and not before the newest step that was ever accepted here: that one was the time
 * on two devices at once. A clock of unknown quality is believed; doctor warns. */
MUST enum rc factor_clock(struct rtx *tx, bool *ret_sound);

/* A device with a new secret, not yet confirmed; earlier unconfirmed ones of the person go.
 * RC_LIMIT E_FACTOR_MANY beyond FACTORS_MAX. */
MUST enum rc factor_begin(struct wtx *tx, struct user_id user, struct str name,
                          struct factor_id *ret_id);
/* The secret of an unconfirmed device as base32, to be shown now. RC_MISSING when there is none,
 * when it is another person's, confirmed, or older than FACTOR_PENDING_S. */
MUST enum rc factor_secret(struct rtx *tx, struct user_id user, struct factor_id id,
                           struct str *ret_name, struct str *ret_base32);
/* otpauth://totp/Kontor:<login>@<workspace>?secret=…&issuer=…; everything percent-encoded. */
struct str factor_uri(struct arena *mem, struct str workspace, struct str login, struct str base32);
/* The code that the new device shows: *ret_right, and the device is a factor from now on.
 * RC_CONFLICT E_FACTOR_CLOCK at field "code" while the clock is not sound. */
MUST enum rc factor_confirm(struct wtx *tx, struct user_id user, struct factor_id id,
                            struct str code, bool *ret_right);
/* RC_MISSING when the person has no such device. */
MUST enum rc factor_remove(struct wtx *tx, struct user_id user, struct factor_id id);
/* The person has a second factor again, so nothing else is closed (AUTH-16). For whoever adds one.
 */
MUST enum rc factor_was_added(struct wtx *tx, struct user_id user);
/* The end of the recovery ladder (AUTH-16): every second factor of the person goes, and from the
 * next sign-in on nothing is open to her but setting up a new one. */
MUST enum rc factor_remove_all(struct wtx *tx, struct user_id user);
/* Does one of the person's devices show this code, for a step not used before? Never right while
 * the clock is not sound. */
MUST enum rc factor_check(struct wtx *tx, struct user_id user, struct str code, bool *ret_right);
/* Is this a device of this person (confirmed or waiting)? RC_MISSING when not. */
MUST enum rc factor_need(struct rtx *tx, struct user_id user, struct factor_id id);
/* Removes devices that were never confirmed. */
MUST enum rc factor_prune(struct wtx *tx);

#endif
