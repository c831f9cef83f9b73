/* restore.h: what drills and restores leave in a workspace. Commands of master, who passes on what
 * a process of role drill found:
 *
 *   drill.record {at, result, signature, signer} -> the result's members and these but `result`:
 *     when in microseconds, JSON text, and two hexadecimal. RC_DENIED when it is not so signed.
 *   restore.last {} -> {state, saved, restoredAt}: the latest restore, while it can be undone (7
 *     days); RC_MISSING E_RESTORE_UNDO
 *   drill.list {} -> {rows: [the same …]}, the newest first */
#ifndef APP_RESTORE_RESTORE_H
#define APP_RESTORE_RESTORE_H

#include "guard/dispatch.h"

struct req;

extern const struct domain restore_domain, restore_console_domain;

enum { RESTORE_RESULT_MAX = 4000, RESTORE_DRILLS_MAX = 400, RESTORE_SIGNED = 56 };

#define RESTORE_UNDO_US (7 * INT64_C(86400000000))

/* What is signed of a drill: "kontor-drilled-1", when (microseconds, little-endian), and the
 * BLAKE2b-256 of the result's text. */
void restore_signed(struct str result, struct instant at, uint8_t ret_message[static 56]);
/* Who sees the pages of a drill: the first person of all; 0 when there is nobody yet. */
MUST enum rc restore_sample_user(struct rtx *tx, struct user_id *ret_user);
/* Drills older than their retention go. */
MUST enum rc restore_prune(struct wtx *tx);

/* How old the newest good state is: from 26 hours on a hint, from 50 on an alarm. */
struct restore_age {
    bool is_late, is_bad, is_never; /* never: there is none since the workspace was made */
    int64_t hours;
};
void restore_age_of(struct instant created_at, struct instant good_at, struct instant now,
                    struct restore_age *ret);
/* For the first page, in prepare: asks the registrar now and then, for who has the right to see it;
 * and in its handler what is known. Nothing is late for anybody else. */
void restore_age_ask(struct req *rq);
void restore_age(struct req *rq, struct restore_age *ret);
/* A workspace that came from another server: what that one had under way is stopped, what it had to
 * settle is its own. Says nothing to anybody, and needs a touch() of the caller's. */
MUST enum rc restore_leave_behind(struct wtx *tx);

#endif
