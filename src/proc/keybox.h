/* keybox.h: what keymgr does for the one workspace that a channel is bound to: the calls of wire.h
 * from W_KEY_PAGE to W_KEY_MAC, W_KEY_VERIFY, W_KEY_ARCHIVE, W_KEY_SIGN and W_KEY_OPEN, without
 * sockets, so that tests and the fuzzer call it directly.
 *
 * Sealed bytes: u8 1 | u32 data key version | nonce[24] | XChaCha20-Poly1305, with
 * AD = "kontor-seal-1" ‖ workspace ‖ purpose ‖ version ‖ the caller's AD. Each purpose has its own
 * key, derived from the workspace's data key, which itself never leaves keymgr. */
#ifndef PROC_KEYBOX_H
#define PROC_KEYBOX_H

#include "base/frame.h"
#include "proc/key_log.h"
#include "proc/ring.h"

enum {
    KEYBOX_PLAIN_MAX = 4096,
    KEYBOX_AD_MAX = 1024,
    KEYBOX_OVERHEAD = 1 + 4 + 24 + 16,
    KEYBOX_WINDOW_MAX = 10,    /* steps of 30 s to either side */
    KEYBOX_CALLS_PER_S = 2000, /* of one channel; above it: RC_LIMIT */
    KEYBOX_TOTP_PER_MIN = 120  /* codes tried through one channel */
};

struct keybox {
    const struct ring *ring;
    const struct ring_keys *keys;
    int64_t workspace;
    bool page;               /* this role gets the page key … */
    bool page_given;         /* … once */
    bool for_egress;         /* opens KP_TARGET, and nothing else */
    bool for_archive;        /* the public keys of archives, what follows, and nothing else */
    bool opens, opened;      /* the data key of one archive, once */
    struct str signs;        /* how what it may sign begins; STR_NONE: it signs nothing */
    uint64_t calls, unwraps; /* for the log when the channel ends, and for key.show */
    struct key_uses uses;    /* since the last line of key_log.h, whose writer sets it to nothing */
    int64_t second, calls_in_second;
    int64_t minute, totp_in_minute;
};

/* OpenSSL and libsodium made ready; before the sandbox. RC_BROKEN when a known answer is wrong. */
MUST enum rc keybox_init(void);
/* What a role may ask for: "writer", "system", "egress", "backup", "drill", "restore". Ring, keys
 * and workspace are the caller's to fill in. RC_INVALID: no such role. */
MUST enum rc keybox_for(struct str role, struct keybox *ret_b);
/* Answers one call into out (begun by this function): the call's own type with its result, or
 * W_ERROR. False: not a call of keymgr, the channel must end. now_us: monotonic, for the limits. */
bool keybox_answer(struct keybox *b, const struct frame *call, int64_t now_us,
                   struct frame_out *out, uint8_t *buf, size_t cap);

/* RFC 6238 with SHA-1, 6 digits, 30 s. */
int64_t keybox_totp_code(struct bytes secret, int64_t step);

#endif
