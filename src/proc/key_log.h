/* key_log.h: keymgr's own record of what it unwrapped data keys for (KEY-04): a line at once when a
 * secret leaves it, and one now and then for what a channel was answered otherwise, so that the
 * lines' `unwraps` add up to all there were. keymgr writes it itself: whoever asks for keys must
 * not be the one who carries the record (decision 87).
 *
 * Files in keys/: `log`, and `log.old` before it. A line:
 *   2026-11-24T08:15:00Z ws=3 role=writer unwraps=2 page=1 mac=1
 * The bounds: KEY_LOG_MAX bytes each; a line is kept 45 days at least (when there is room) and 90
 * days at most. */
#ifndef PROC_KEY_LOG_H
#define PROC_KEY_LOG_H

#include "base/err.h"
#include "base/str.h"

#define KEY_LOG_NOW "log"
#define KEY_LOG_OLD "log.old"
enum { KEY_LOG_MAX = 32 << 20, KEY_LOG_DAYS = 90, KEY_LOG_LINE = 512, KEY_LOG_ROLE = 16 };

/* What a data key was unwrapped for. The first five let a secret out of keymgr, or bind it. */
enum key_use {
    KEY_USE_PAGE,     /* the key of a store's pages, to its worker or a backup */
    KEY_USE_TARGET,   /* the password of a server outside, to egress */
    KEY_USE_SECRET,   /* a secret that a worker sealed, back to it */
    KEY_USE_OPEN,     /* the data key of an archive, to a drill or a restore */
    KEY_USE_SIGN,     /* a signature under an archive, or what a drill found */
    KEY_USE_ARCHIVE,  /* public keys of archives */
    KEY_USE_PASSWORD, /* compared */
    KEY_USE_RECOVERY, /* compared */
    KEY_USE_CODE,     /* a code of an app judged */
    KEY_USE_MAC,
    KEY_USE_SEAL,
    KEY_USE_COUNT
};
enum { KEY_USES_AT_ONCE = KEY_USE_SIGN + 1 };
/* "page", "target" …: as in the file and in JSON. */
const char *key_use_name(enum key_use u);

struct key_uses {
    uint64_t n[KEY_USE_COUNT];
    uint64_t unwraps;
};
/* Has a secret left? Then the line is due before the answer is. */
bool key_uses_are_due(const struct key_uses *u);

struct key_log_line {
    int64_t at_us;
    int64_t workspace;
    char role[KEY_LOG_ROLE];
    struct key_uses uses;
};
/* Appends it. RC_IO: the disk does not take it; what was begun of the line stays behind, by itself.
 */
MUST enum rc key_log_put(const char *dir, const struct key_log_line *l);
/* Lets go of what is too old; at the start, and now and then. */
void key_log_age(const char *dir, int64_t now_us);
/* RC_INVALID: no such line. */
MUST enum rc key_log_parse(struct str s, struct key_log_line *ret_line);

#endif
