/* csrf.h: form tokens. A token is a keyed hash over the session's secret (before sign-in: over the
 * cookie __Host-pre) and the form's name: nothing is stored, and it is of no use to another
 * session, for another form or in another workspace. The key is derived once per process through
 * keymgr (KP_CSRF). */
#ifndef GUARD_CSRF_H
#define GUARD_CSRF_H

#include "base/arena.h"

#define PRE_COOKIE "__Host-pre"
enum { CSRF_TOKEN_CHARS = 43 };

/* Asks keymgr for this process's key. Called once at start, after keys_use(). */
MUST enum rc csrf_init(struct err *err);
/* The key itself: the second half of csrf_init(), and all of it in tests without a keymgr. */
void csrf_use_key(const uint8_t from[static 32]);
/* A new value for __Host-pre: 32 random bytes as base64url. */
struct str csrf_pre_new(struct arena *mem);
/* The secret that stands for a pre cookie; RC_INVALID when the value is not one of csrf_pre_new().
 */
MUST enum rc csrf_pre_secret(struct str cookie, uint8_t ret_secret[static 32]);
/* The token of a form ("" for a token that serves the whole page): 43 base64url characters. */
struct str csrf_token(struct arena *mem, const uint8_t secret[static 32], const char *form);
/* Constant time; false for STR_NONE, a wrong length and foreign tokens. */
bool csrf_check(const uint8_t secret[static 32], const char *form, struct str token);

#endif
