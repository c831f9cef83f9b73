/* session.h: who is asking. A session is a row; the cookie __Host-sid carries its selector and a
 * token of 256 bits, the store holds only their SHA-256. All bounds are SES-01 … SES-05; rest and
 * life are those of policy_now(), also for sessions that are older than the policy.
 *
 * Rotation: after 15 minutes of activity the next request gets a new token, derived from the old
 * one with a key of this workspace, so that parallel requests and an answer that got lost find the
 * same new one. The old token is good until the new one was shown, and for 30 seconds after that.
 * Whoever shows an older one proves that a copy exists: the session ends, with an event. */
#ifndef GUARD_SESSION_H
#define GUARD_SESSION_H

#include "guard/right.h"
#include "store/store.h"

/* Cookies ignore ports, so the console beside a workspace on the same host has names of its own:
 * __Host-sid and __Host-dev, there __Host-op and __Host-op-dev. */
#define SESSION_COOKIE (session_cookie())
const char *session_cookie(void);
const char *session_device_cookie(void);
/* This process serves the console (workspace 0); called once at start. */
void session_for_console(void);

enum {
    SESSION_TICKET_S = 5 * 60, /* from the password to the second factor */
    SESSION_ROTATE_S = 15 * 60,
    SESSION_OLD_S = 30,         /* the old token, after the new one was shown */
    SESSION_SEEN_S = 60,        /* last use is written at most this often */
    SESSION_STEP_UP_S = 5 * 60, /* a proof is fresh this long */
    SESSIONS_PER_USER = 10,
    TICKET_TRIES = 5 /* wrong codes for one ticket */
};

/* What session_find() saw beside the person; the dispatcher keeps it for the request. */
struct session_use {
    uint8_t secret[32]; /* form tokens of this session are derived from it (csrf.h) */
    bool due;           /* session_keep() has something to write: last use, new token, replay */
    bool replay; /* an old token came: nobody is signed in, and session_keep() ends the family */
    struct session_id session;
    struct str cookie; /* as it came */
};

/* Who shows this cookie. Nobody (ret_who->user.n == 0, RIGHT_PUBLIC only) when it is absent,
 * malformed, unknown, expired, ended, replayed, or its user is not active. Reads only; times are
 * rtx_now(). A demand for a second factor (AUTH-15) is met by one that can be used at `host`, where
 * the request came in: a passkey answers its own host alone. */
MUST enum rc session_find(struct rtx *tx, struct str cookie, struct str host,
                          struct principal *ret_who, struct session_use *ret_use);
/* Writes what is due (use->due), in a short transaction of its own before the handler's; calls
 * wtx_allow_untouched() or touch() itself. *ret_cookie is the cookie to set, STR_NONE to leave it
 * as it is, or "" (a value of no bytes) to remove it after a replay. */
MUST enum rc session_keep(struct wtx *tx, const struct session_use *use, struct str *ret_cookie);

/* Where a session comes from, for the list that the person sees: never a full address. */
struct session_from {
    struct str device;  /* "Firefox, Linux"; at most 60 bytes are kept */
    struct str network; /* coarse */
};
/* A new session, always with a new selector and token; the caller sets the cookie. The ticket knows
 * only that the password was right. The full one counts as stepped up now; beyond 10 for this user
 * the ones that rested longest end, and the person is told (SESSION_LIMIT). No other audit row: the
 * caller's touch() covers it. */
MUST enum rc session_begin_ticket(struct wtx *tx, struct user_id user,
                                  const struct session_from *from, struct str *ret_cookie);
MUST enum rc session_begin_full(struct wtx *tx, struct user_id user,
                                const struct session_from *from, struct session_id *ret_id,
                                struct str *ret_cookie);
/* One more wrong code for this ticket; *ret_left tries are left, at 0 the ticket has ended. */
MUST enum rc session_ticket_failed(struct wtx *tx, struct session_id ticket, struct user_id user,
                                   int64_t *ret_left);
/* The person who shows `cookie` has proven password or factor again: fresh for SESSION_STEP_UP_S,
 * and a new token (STR_NONE when one is on its way already). */
MUST enum rc session_step_up(struct wtx *tx, struct session_id id, struct str cookie,
                             struct str *ret_cookie);
/* True when the last proof is not older than SESSION_STEP_UP_S. */
bool session_is_fresh(const struct principal *who, struct instant now);

/* Ends one; RC_MISSING when the user has no such session. */
MUST enum rc session_end(struct wtx *tx, struct user_id user, struct session_id id);
/* Ends all of a user but `keep` ({0}: none is kept): after changes of password, factor, rights,
 * status. */
MUST enum rc session_end_all(struct wtx *tx, struct user_id user, struct session_id keep,
                             int64_t *ret_ended);

struct session_row {
    struct session_id id;
    struct str device, network;
    struct instant created_at, seen_at;
};
/* The user's full sessions that are alive, last used first. */
MUST enum rc session_list(struct rtx *tx, struct user_id user, struct session_row **ret_rows,
                          size_t *ret_n);
/* Is this a session of this person? RC_MISSING when not. */
MUST enum rc session_need(struct rtx *tx, struct user_id user, struct session_id id);
/* Removes rows that ended or ran out. For the hourly tidying; allows an untouched commit. */
MUST enum rc session_prune(struct wtx *tx);

#endif
