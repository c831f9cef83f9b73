/* keys.h: the worker's side of keymgr. The channel is bound to this workspace: whatever is sealed
 * here opens nowhere else, and no other workspace can be named. Calls block, each at most
 * KEYS_WAIT_US; a key process that does not answer is RC_IO. One channel per process. */
#ifndef GUARD_KEYS_H
#define GUARD_KEYS_H

#include "base/arena.h"
#include "base/types.h"
#include "base/wire.h"

enum { KEYS_WAIT_US = 2000000, KEYS_PLAIN_MAX = 4096 };

/* Takes the channel (descriptor 4 in a worker); -1 gives it up. The caller keeps the descriptor. */
void keys_use(int fd);
/* What to do when keymgr has died under a call: fn waits for the channel to its successor, hands it
 * to keys_use and says true; the call is then made once more (each may be repeated). */
void keys_on_lost(bool (*fn)(void));
/* The page key of this workspace's store, and the one that shall take its place, if one shall. The
 * caller wipes them. */
struct page_keys {
    uint8_t now[32], next[32];
    bool turns;
};
/* keymgr gives them once per channel. */
MUST enum rc keys_page(struct err *err, struct page_keys *ret_keys);
/* The store is under `next`: keymgr gives that one from now on. */
MUST enum rc keys_turned(struct err *err);
/* It cannot be: keymgr gives `now` alone again. */
MUST enum rc keys_kept(struct err *err);
/* Seals `plain` for a purpose; only the same `ad` (row, column, version) opens it again. */
MUST enum rc keys_seal(struct arena *mem, struct err *err, enum key_purpose purpose, struct str ad,
                       struct bytes plain, struct bytes *ret_sealed);
/* Only for purposes that allow it (KP_SECRET); RC_DENIED otherwise and for foreign or changed
 * bytes. */
MUST enum rc keys_unseal(struct arena *mem, struct err *err, enum key_purpose purpose,
                         struct str ad, struct bytes sealed, struct bytes *ret_plain);
/* Does `plain` equal what was sealed? Compared inside keymgr in constant time. Bytes that do not
 * open (moved to another row, changed) are not equal. */
MUST enum rc keys_check(struct err *err, enum key_purpose purpose, struct str ad,
                        struct bytes sealed, struct bytes plain, bool *ret_equal);
/* The time step within `window` steps round `now` that has this code; 0 when none has. */
MUST enum rc keys_totp(struct err *err, struct str ad, struct bytes sealed, struct str code,
                       struct instant now, int64_t window, int64_t *ret_step);
MUST enum rc keys_mac(struct err *err, enum key_purpose purpose, struct bytes plain,
                      uint8_t ret_mac[static 32]);
/* Did the P-256 key (x ‖ y) sign this digest (r ‖ s)? A key that is no point of the curve signed
 * nothing. Public bytes only: keymgr does it because it links OpenSSL and a worker does not. */
MUST enum rc keys_verify(struct err *err, const uint8_t key[static 64],
                         const uint8_t digest[static 32], const uint8_t signature[static 64],
                         bool *ret_right);
/* The public keys that this workspace's archives are sealed to and signed with. */
MUST enum rc keys_archive(struct err *err, uint8_t ret_operations[static 32],
                          uint8_t ret_signer[static 32]);
/* The data key of one archive of this workspace, sealed as its header has it (80 bytes); for a
 * drill's or restore's channel, once. RC_DENIED: another workspace's, or changed. The caller wipes
 * it. */
MUST enum rc keys_open(struct err *err, const uint8_t operations[static 32], struct bytes sealed,
                       uint8_t ret_key[static 32]);
/* Signs what an archive's signature (or a drill's result) is over, and nothing else. */
MUST enum rc keys_sign(struct err *err, struct bytes message, uint8_t ret_signature[static 64]);
/* A key for MACs that this process computes itself, many times a second (form tokens, buckets): the
 * MAC of a label. The same in every process of this workspace, unknown outside. */
MUST enum rc keys_local(struct err *err, enum key_purpose purpose, const char *label,
                        uint8_t ret_key[static 32]);

#endif
