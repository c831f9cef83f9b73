/* mail.h: the outbox. A message is written in the transaction of the change that it tells of, and
 * leaves after the commit; nothing leaves for a change that was rolled back, and a change that was
 * committed is told of even if the process dies at that moment. Who delivers is proc/post.c.
 *
 * A notice (AUTH-07) is the short form: touch() writes it for every event of notices.def, the app
 * turns it into mails when there is time, and the person sees it in the account as well. */
#ifndef GUARD_MAIL_H
#define GUARD_MAIL_H

#include "base/mime.h"
#include "guard/audit.h"

enum mail_kind {
    MAIL_NOTICE = 1,
    MAIL_INVITATION,
    MAIL_RESET,
    MAIL_DEVICE,
    MAIL_TEST,
    MAIL_ADDRESS
};
enum mail_state { MAIL_WAITING = 1, MAIL_SENT, MAIL_FAILED };
enum {
    MAIL_SUBJECT_MAX = 200,
    MAIL_BODY_MAX = 20000,
    MAIL_TRIES_MAX = 14, /* the last one about two days after the first */
    MAIL_KEEP_S = 30 * 24 * 60 * 60,
    NOTICE_KEEP_S = 90 * 24 * 60 * 60,
    NOTICE_BATCH = 50
};

struct mail {
    enum mail_kind kind;
    struct user_id user;  /* whose account; {0}: none */
    struct str recipient; /* bare address */
    struct str subject, body;
};

/* Puts a message into the outbox; its subject has no line breaks. RC_INVALID E_MAIL_ADDRESS. The
 * caller's touch() covers it. The text of the kinds that hold a link waits sealed by keymgr, whose
 * failure is this one's. */
MUST enum rc mail_queue(struct wtx *tx, const struct mail *m);
/* How many of a kind were queued for an account since then (AUTH-08: 3 in an hour). */
MUST enum rc mail_count(struct rtx *tx, enum mail_kind kind, struct user_id user,
                        struct instant since, int64_t *ret_n);

/* Was something queued in this process since it was asked last? Then the post looks at once. */
bool mail_was_queued(void);
/* Something was written that the post makes mail of. */
void mail_is_wanted(void);

/* One message that is due, with its text. *ret_found false: none is. A sealed text that does not
 * open (moved from another row, changed) never will: `is_shut`, and the caller ends it. Any other
 * failure of keymgr is this one's: the message waits. */
struct mail_due {
    struct mail_id id;
    struct str recipient, subject, body;
    int64_t tries;
    struct instant created_at;
    bool is_shut;
};
MUST enum rc mail_next(struct rtx *tx, struct mail_due *ret_m, bool *ret_found);
/* When the earliest waiting message is due; INSTANT_NONE: none waits. */
MUST enum rc mail_next_at(struct rtx *tx, struct instant *ret_at);
/* What became of a delivery. via: the server, "host:port". `answer` is the server's last line,
 * which begins with its code of three digits, or the name of our own reason (E_MAIL_…); cut to what
 * the column holds. A message that is given up, or delivered, loses its
 * text. */
MUST enum rc mail_delivered(struct wtx *tx, struct mail_id id, struct str answer,
                            struct str transport, struct str via);
/* for_good: the server refused it for ever (5xx), or it was the last try; otherwise it is tried
 * again after 1, 2, 4, … minutes, at most 6 hours. */
MUST enum rc mail_not_delivered(struct wtx *tx, const struct mail_due *m, struct str answer,
                                struct str via, bool for_good);
/* The administrator wants another try now; RC_CONFLICT when it does not wait any more. */
MUST enum rc mail_again(struct wtx *tx, struct mail_id id);
/* The way out has changed: the post looks at once, as if something had been queued. */
void mail_wake(void);
/* RC_MISSING unless there is such a message. */
MUST enum rc mail_need(struct rtx *tx, struct mail_id id);

/* What the outbox holds (the last 30 days), for pages and for doctor. */
struct mail_sums {
    int64_t waiting, sent, failed;
    struct instant oldest_at; /* of those that wait */
    struct str answer, via;   /* why the newest of them that was tried is still here; "" */
};
MUST enum rc mail_summary(struct rtx *tx, struct mail_sums *ret_s);
/* What one server ("host:port") took since then, and when last (INSTANT_NONE: nothing). */
MUST enum rc mail_use(struct rtx *tx, struct str via, struct instant since, int64_t *ret_n,
                      struct instant *ret_last_at);

struct mail_view {
    struct mail_id id;
    enum mail_kind kind;
    enum mail_state state;
    struct str recipient, subject, answer, transport, via;
    int64_t tries;
    struct instant created_at, next_at, ended_at;
};
enum { MAIL_LIST_MAX = 100 };
/* The queue as the administrator sees it: what waits or failed first, then the latest. */
MUST enum rc mail_list(struct rtx *tx, struct mail_view **ret_v, size_t *ret_n);

/* --- notices --------------------------------------------------------------------------------- */

/* Called by touch(); writes a notice when the event is one of notices.def and its subject a user.
 */
MUST enum rc notice_of_event(struct wtx *tx, enum event e, struct subject s);
/* The same for somebody that the event did not happen to, but who has to act on it. */
MUST enum rc notice_to(struct wtx *tx, struct user_id user, enum event e);
struct notice {
    struct notice_id id;
    struct user_id user;
    struct str event; /* text "notice.<event>" */
    struct instant at, seen_at;
    struct str network; /* "" when unknown */
};
/* Those that no mail was written for yet, the oldest first; at most NOTICE_BATCH. */
MUST enum rc notice_unmailed(struct rtx *tx, struct notice **ret_v, size_t *ret_n);
/* Was this person told of this since then? */
MUST enum rc notice_was_told(struct rtx *tx, struct user_id user, enum event e,
                             struct instant since, bool *ret_was);
MUST enum rc notice_mailed(struct wtx *tx, struct notice_id id);
/* A person's own, the latest first; at most NOTICE_BATCH. */
MUST enum rc notice_list(struct rtx *tx, struct user_id user, struct notice **ret_v, size_t *ret_n);
MUST enum rc notice_count_unseen(struct rtx *tx, struct user_id user, int64_t *ret_n);
MUST enum rc notice_seen(struct wtx *tx, struct user_id user);

/* Old mails and notices go, and what nobody took for 30 days is given up; for the hourly tidying.
 */
MUST enum rc mail_prune(struct wtx *tx);

#endif
