/* once.h: a POST that is sent twice is done once. The key is (session, path, the form's once value); the
 * row is written in the transaction of the change and remembers where the first answer led. */
#ifndef GUARD_ONCE_H
#define GUARD_ONCE_H

#include "store/store.h"

enum { ONCE_KEEP_S = 24 * 60 * 60 };

/* A new value for the page's forms: 16 random bytes as base64url. */
struct str once_new(struct arena *mem);
/* Was this done already? Then *ret_found, and where its answer led. `once` must be 22 base64url
 * characters, else RC_INVALID. */
MUST enum rc once_find(struct rtx *tx, struct session_id session, struct str path, struct str once,
                       bool *ret_found, struct str *ret_location);
/* Remembers it; RC_BUSY when a parallel request was first (run again: once_find will see it). */
MUST enum rc once_keep(struct wtx *tx, struct session_id session, struct str path, struct str once,
                       struct str location);
/* Removes rows older than a day; allows an untouched commit. */
MUST enum rc once_prune(struct wtx *tx);

#endif
