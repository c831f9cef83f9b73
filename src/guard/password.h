/* password.h: what a password must be (AUTH-01, AUTH-02), how it is hashed (AUTH-03, AUTH-04), and
 * the one row that holds it. Hashing is slow on purpose and done by another process: a page orders
 * it (req_want_hash with a struct hash_order) and comes back with the tag; a command computes it
 * itself (password_hash_now). The tag is never stored: keymgr seals it, bound to user and
 * generation. */
#ifndef GUARD_PASSWORD_H
#define GUARD_PASSWORD_H

#include "store/store.h"

enum {
    PASSWORD_MIN_ALONE = 15,      /* code points, when it is the only factor */
    PASSWORD_MIN_WITH_FACTOR = 8, /* code points, when a second factor is set up */
    PASSWORD_MAX_POINTS = 128,
    PASSWORD_MAX_BYTES = 512,
    HASH_SALT = 16,
    HASH_TAG = 32,
    /* Argon2id v1.3, p = 1. The least that a password gets; the least that anything gets (recovery
     * codes); and the most, for which the hash process has memory. */
    HASH_OPS = 3,
    HASH_MEM_KIB = 64 * 1024,
    HASH_OPS_MIN = 2,
    HASH_MEM_KIB_MIN = 19 * 1024,
    HASH_OPS_MAX = 8,
    HASH_MEM_KIB_MAX = 96 * 1024, /* RLIMIT_AS of the role is 128 MiB */
    HASH_KINDS_MAX = 4,           /* different parameters that one sign-in computes */
    FACTOR_FAILS_MAX = 20         /* AUTH-12: after these the password counts as known to others */
};

/* One hash to compute. */
struct hash_order {
    uint8_t salt[HASH_SALT];
    int64_t ops, mem_kib;
};
/* The parameters of today: of kontor.conf, which `kontor init` measured on the machine; taken as
 * the nearest inside HASH_OPS … HASH_OPS_MAX and HASH_MEM_KIB … HASH_MEM_KIB_MAX. Before the first
 * call they are the least. */
void hash_cost_set(int64_t ops, int64_t mem_kib);
/* A fresh salt and the parameters of today. */
struct hash_order hash_order_new(void);
/* Parameters inside the floor and the ceiling above. */
static inline bool
hash_order_sound(const struct hash_order *o)
{
    return o->ops >= HASH_OPS_MIN && o->ops <= HASH_OPS_MAX && o->mem_kib >= HASH_MEM_KIB_MIN &&
           o->mem_kib <= HASH_MEM_KIB_MAX;
}

/* The bytes that are hashed: NFKC, once. RC_INVALID E_PASSWORD_LONG beyond 128 points or 512 bytes
 * (before or after normalising); never cut. */
MUST enum rc password_bytes(struct arena *mem, struct err *err, struct str typed,
                            struct str *ret_bytes);

/* The host names by which this process's workspace is reached ("nord.localhost"): one more thing
 * that a guesser knows. Called once at start; `host` lives as long as the process. */
void password_for_host(struct str host);

/* Who will use the password: words that make it guessable are refused. STR_NONE for what is
 * unknown. */
struct password_context {
    struct str login, first_name, last_name, email, workspace;
    bool has_factor; /* a confirmed second factor: 8 characters do */
};
/* AUTH-01/02. RC_INVALID with err->field "password": E_PASSWORD_SHORT (arg: the least number),
 * E_PASSWORD_LONG, E_PASSWORD_COMMON (in the list, a walk over the keyboard, one character
 * repeated), E_PASSWORD_OBVIOUS (the person's, the agency's or the product's name). No rules of
 * composition. */
MUST enum rc password_check(struct arena *mem, struct err *err, struct str typed,
                            const struct password_context *about);

/* --- signing in ------------------------------------------------------------------------------ */
/* What to hash before a sign-in can be decided: one hash of each kind (parameters) that anybody's
 * password here has, and one of today's. Every name gets the same kinds in the same order, a name
 * without password (unknown, invited, locked) by fresh salts, so that the time tells neither who is
 * there nor whose password is of which kind. Normally that is one hash; when the cost was changed
 * it is more, until everybody has signed in. */
struct hash_plan {
    struct hash_order orders[HASH_KINDS_MAX]; /* today's is the last */
    size_t n;
    size_t own;  /* the tag of this one goes to password_right */
    bool rehash; /* the tag of the last one is to be kept (password_rehash), when right */
};
MUST enum rc password_plan(struct rtx *tx, struct user_id user, struct hash_plan *ret);
/* Compares in keymgr; without a row a dummy comparison is made and *ret_right is false. */
MUST enum rc password_right(struct rtx *tx, struct user_id user, struct bytes tag, bool *ret_right);

/* --- changing -------------------------------------------------------------------------------- */
/* Stores a (new) password: seals the tag for this user and the next generation. `points` is the
 * length typed. Ends nothing; the caller ends sessions and calls touch(). */
MUST enum rc password_put(struct wtx *tx, struct user_id user, const struct hash_order *order,
                          struct bytes tag, size_t points);
/* The same password under today's parameters, after a sign-in that proved it. */
MUST enum rc password_rehash(struct wtx *tx, struct user_id user, const struct hash_order *order,
                             struct bytes tag);

struct password_state {
    bool set;         /* there is a password */
    bool long_enough; /* may stand without second factor */
    bool must_change;
    struct instant changed_at, last_login_at;
    int64_t factor_fails;
};
MUST enum rc password_state(struct rtx *tx, struct user_id user, struct password_state *ret);
/* A complete sign-in: notes the time and forgets wrong second factors. */
MUST enum rc password_signed_in(struct wtx *tx, struct user_id user);
/* One more wrong second factor behind a right password; at FACTOR_FAILS_MAX the password must
 * change, and its owner is told that others know it (EVENT_PASSWORD_KNOWN). It opens the question
 * for the factor as before: else whoever knows it could keep its owner out. */
MUST enum rc password_factor_failed(struct wtx *tx, struct user_id user);

/* --- for commands ---------------------------------------------------------------------------- */
/* Computes it here, while everybody waits: only commands of the CLI may. RC_LIMIT E_HASH when there
 * is no memory for it, RC_INVALID when the parameters are outside the bounds above. */
MUST enum rc password_hash_now(struct err *err, struct str password, const struct hash_order *order,
                               uint8_t ret_tag[static HASH_TAG]);

/* --- for lists ------------------------------------------------------------------------------- */
/* What administrators see of everybody's sign-in, ascending by user. */
struct password_overview {
    struct user_id user;
    struct instant last_login_at;
    bool long_enough;
    int64_t factors;
};
MUST enum rc password_overview(struct rtx *tx, struct password_overview **ret_rows, size_t *ret_n);

#endif
