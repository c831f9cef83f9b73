/* recovery.h: recovery codes (AUTH-14): ten of 80 bits, each good once. Stored is an Argon2id tag
 * with its own salt, sealed by keymgr, found again by 16 bits of a keyed hash of the code. Hashing
 * is ordered like that of passwords. A code used up is replaced at once, so that there are always
 * ten. */
#ifndef GUARD_RECOVERY_H
#define GUARD_RECOVERY_H

#include "guard/password.h"

enum {
    RECOVERY_CODES = 10,
    RECOVERY_CHARS = 16, /* Crockford base32 */
    RECOVERY_SHOWN = 19, /* 4 groups of 4 with '-' */
    RECOVERY_OPS = 2,
    RECOVERY_MEM_KIB = 19 * 1024
};

/* One that was drawn: to be shown once and hashed, in this request only. */
struct recovery_code {
    char shown[RECOVERY_SHOWN + 1]; /* "7KQF-2M9X-PL4D-88WT" */
    char plain[RECOVERY_CHARS + 1]; /* what is hashed */
    uint8_t selector[2];
    struct hash_order order;
};
/* Draws n codes (up to RECOVERY_CODES) with selectors that differ from each other and from those of
 * the person's other codes. */
MUST enum rc recovery_draw(struct rtx *tx, struct user_id user, size_t n,
                           struct recovery_code ret_codes[]);
/* Replaces all codes of the person by these ten; tags[i] belongs to codes[i]. */
MUST enum rc recovery_put_all(struct wtx *tx, struct user_id user,
                              const struct recovery_code codes[static RECOVERY_CODES],
                              const struct bytes tags[static RECOVERY_CODES]);
/* How many are left, and when they were made. */
MUST enum rc recovery_left(struct rtx *tx, struct user_id user, int64_t *ret_n,
                           struct instant *ret_made_at);

/* What was typed, as it is hashed: upper case, blanks and '-' dropped, O is 0, I and L are 1.
 * RC_INVALID when that is not 16 characters of the alphabet; nothing else is said about it. */
MUST enum rc recovery_parse(struct str typed, char ret_plain[static RECOVERY_CHARS + 1]);
/* What to hash for it. A code of nobody gets a dummy: the same work. */
MUST enum rc recovery_order(struct rtx *tx, struct user_id user,
                            const char plain[static RECOVERY_CHARS + 1],
                            struct hash_order *ret_order);
/* Is it a code of this person that was not used? Then it is used up, and `fresh` with its tag takes
 * its place. */
MUST enum rc recovery_use(struct wtx *tx, struct user_id user,
                          const char plain[static RECOVERY_CHARS + 1], struct bytes tag,
                          const struct recovery_code *fresh, struct bytes fresh_tag,
                          bool *ret_right);

/* The same question without using it up, for a rehearsal. */
MUST enum rc recovery_is_right(struct rtx *tx, struct user_id user,
                               const char plain[static RECOVERY_CHARS + 1], struct bytes tag,
                               bool *ret_right);
/* None is left (AUTH-16). */
MUST enum rc recovery_remove_all(struct wtx *tx, struct user_id user);

#endif
