/* invitation.h: one-time links (AUTH-09): 256 bits, stored as SHA-256, 72 hours, for one person. A
 * new one takes the person's earlier ones back. The link lets its holder choose log-in name and
 * password; it is no session. */
#ifndef GUARD_INVITATION_H
#define GUARD_INVITATION_H

#include "store/store.h"

enum { INVITATION_S = 72 * 60 * 60, INVITATION_CHARS = 43 };

/* *ret_token: 43 base64url characters, to be shown once; the path is /einladung/<token>. */
MUST enum rc invitation_new(struct wtx *tx, struct user_id user, struct str *ret_token,
                            struct instant *ret_expires_at);
/* RC_MISSING E_INVITATION when unknown, used, taken back or too old; nothing tells these apart. */
MUST enum rc invitation_find(struct rtx *tx, struct str token, struct user_id *ret_user,
                             struct invitation_id *ret_id, struct instant *ret_expires_at);
/* Uses it up; RC_CONFLICT when a parallel request was first. */
MUST enum rc invitation_take(struct wtx *tx, struct invitation_id id);
/* Until when the person's open invitation is good; INSTANT_NONE when there is none. */
MUST enum rc invitation_open_until(struct rtx *tx, struct user_id user,
                                   struct instant *ret_expires_at);
MUST enum rc invitation_withdraw(struct wtx *tx, struct user_id user);
MUST enum rc invitation_prune(struct wtx *tx);

#endif
