/* user_in.h: what the files of app/user share. */
#ifndef APP_USER_USER_IN_H
#define APP_USER_USER_IN_H

#include "app/user/user.h"
#include "guard/device.h"
#include "guard/factor.h"
#include "guard/limit.h"
#include "guard/link.h"
#include "guard/mail.h"
#include "guard/recovery.h"
#include "guard/session.h"
#include "http/reply.h"

#include "user.sql.h"

extern const struct form_def user_form_def;
extern const struct form_def take_form_def;

extern const struct form_def rights_said_def; /* what the audit says of group and rights */

enum { LOGIN_MIN = 2, LOGIN_MAX = 64, NOTICE_FAILS = 3 /* AUTH-07 */ };

/* What a person changes for herself. */
struct account_form {
    struct str first_name, last_name, phone;
    int64_t lang, theme;
    bool keys_off;
    int64_t version;
};
extern const struct form_def account_form_def;
MUST enum rc user_change_own(struct wtx *tx, struct user_id id, const struct account_form *f);
/* The two rules of user_take(), alone. `names` may be NULL: then the stored ones count. */
MUST enum rc user_check_login(struct wtx *tx, struct user_id id, struct str login);
MUST enum rc user_check_password(struct wtx *tx, struct user_id id, const struct take_form *names,
                                 struct str password);
/* --- mail (letter.c, notice.c, link_mail.c) -------------------------------------------------- */
enum { ADDRESSES_MAX = 2 };
bool user_mail_is_on(void);
/* "https://nord.kontor.example", as configured. */
struct str user_origin(void);
/* The agency's name as mails say it; never empty. */
MUST enum rc user_agency(struct rtx *tx, const struct user_find_row *u, struct str *ret_name);
/* Where mail about the account goes; gives how many. */
size_t user_addresses(const struct user_find_row *u, struct str ret_v[static ADDRESSES_MAX]);
/* The same as pages say it: "a@x.example, b@y.example"; empty when there is none. */
struct str user_addresses_said(struct arena *mem, const struct user_find_row *u);
/* A mail to one person: "Guten Tag …", then lines; sent to as many addresses as wanted. */
struct letter {
    struct wtx *tx;
    struct user_id user;
    struct page pg; /* only language and arena */
    struct str agency;
    struct out body;
};
void letter_begin(struct letter *l, struct wtx *tx, const struct user_find_row *u,
                  struct str agency);
void letter_line(struct letter *l, struct str line);
void letter_text(struct letter *l, enum text t, struct str arg);
/* "24.11.2026, 09:05" or "2026-11-24, 09:05", in the workspace's zone. */
struct str letter_when(const struct letter *l, struct instant at);
MUST enum rc letter_send(const struct letter *l, enum mail_kind kind, enum text subject,
                         struct str to);
/* The whole address of a link of that kind. */
struct str user_link_of(struct arena *mem, enum link_kind kind, struct str token);
/* A new link, mailed to all addresses; *ret_mailed is their number, 0: no link was made. by_wish:
 * see struct link_wanted. */
MUST enum rc user_mail_link(struct wtx *tx, enum link_kind kind, bool by_wish,
                            const struct user_find_row *u, struct str agency, size_t *ret_mailed);
MUST enum rc user_mail_notices(struct wtx *tx, struct str agency);
/* "Das Passwort Ihres Kontos wurde geändert.": the text of a notice's event. */
enum text user_notice_text(struct arena *mem, struct str event);
/* What to do about it, when the event has a sentence of its own ("notice.<event>.do"), else T_NONE:
 * then what holds for all does. */
enum text user_notice_advice(struct arena *mem, struct str event);
/* Mails a link with which whoever reads that mailbox confirms it as the second address. */
MUST enum rc user_mail_address(struct wtx *tx, const struct user_find_row *u, struct str address);
/* The second address from now on, "" for none. The former one is told too. EMAIL_CHANGED. */
MUST enum rc user_change_second(struct wtx *tx, const struct user_find_row *before,
                                struct str address);
/* The address for notices was replaced: the person is told at the old one (at once) and at the new
 * one (with the other notices). The caller's touch() covers it. */
MUST enum rc user_email_replaced(struct wtx *tx, const struct user_find_row *before,
                                 struct str agency);
/* The weekly target that a new person begins with: the agency's, and none at the console. */
MUST enum rc user_new_week(struct rtx *tx, bool console, struct minutes *ret);
/* Single rights as they are kept: only rights that exist and are not the console's. */
uint64_t user_switchable_rights(void);

/* "Teamleiter": the text of a group, and of a right. */
enum text user_group_text(enum group g);
enum text user_right_text(enum right r);

/* --- signing in (sign_in.c) ------------------------------------------------------------------ */
/* Where this request comes from, for sessions and known browsers: "Firefox, Linux". */
struct session_from user_from(struct req *rq);
/* A try for this name from this browser, as the throttle counts it. */
MUST enum rc user_try(struct req *rq, struct rtx *tx, struct str login, struct user_id user,
                      struct limit_try *ret_try);
/* This browser is a known one of the person from now on, and gets the cookie that says so. */
MUST enum rc user_remember_browser(struct req *rq, struct wtx *tx, struct user_id user,
                                   struct str label);
/* The open link of the path and its person; a wrong one counts for its network. */
MUST enum rc user_find_link(struct req *rq, struct rtx *tx, enum link_kind kind, struct link *ret_l,
                            struct user_find_row *ret_u);
/* The same for the page that a link opens, under this title. Looking takes nothing: programs that
 * open a mail's links look, too. */
MUST enum rc user_open_link(struct req *rq, struct rtx *tx, enum link_kind kind, enum text title,
                            struct link *ret_l, struct user_find_row *ret_u);
/* The end of every complete sign-in: session, known browser, cookies, counters, SIGNED_IN. */
MUST enum rc user_signed_in(struct req *rq, struct wtx *tx, struct user_id user, enum event e);
/* The page that was wanted before signing in (field `next`), "/" when it is none of ours. */
struct url user_next(struct str next);
struct url user_with_next(struct req *rq, const char *path, struct str next);
/* The same address with "why=1" in its query: what the page says there. */
struct url user_with(struct req *rq, struct url to, const char *why);
/* Password or passkey were proven again: a new token, STEPPED_UP. */
MUST enum rc user_stepped_up(struct req *rq, struct wtx *tx);
/* Where a proof leads: the page that was wanted (field `next`), else the account's security. */
struct url user_proof_next(struct str next);

/* The language that the foot of a page was asked for holds for the next pages too. */
void user_keep_lang(struct req *rq);

/* A rule's refusal becomes a fault of its field, so that all are shown at once; other failures
 * pass. */
MUST enum rc user_gather(struct req *rq, enum rc rc);

/* Orders the hash that proves the password of whoever is signed in (result 0). `kept` is handed
 * back by user_proof_kept(). Nothing is ordered while the throttle is closed (user_proof_is_open).
 */
MUST enum rc user_order_proof(struct req *rq, struct rtx *tx, struct str password, void *kept);
bool user_proof_is_open(const struct req *rq);
void *user_proof_kept(const struct req *rq);
/* Was it right? When not, it was counted, and err says so at `field`. */
MUST enum rc user_proven(struct req *rq, struct wtx *tx, const char *field);

#endif
