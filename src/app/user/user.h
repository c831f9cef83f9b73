/* user.h: the people of a workspace (in system.db: the operators): who they are, to which group
 * they belong, what single rights they have beside it, and how they sign in. The proofs themselves
 * (passwords, factors, sessions) are kept by guard/. */
#ifndef APP_USER_USER_H
#define APP_USER_USER_H

#include "base/field.h"
#include "guard/dispatch.h"
#include "guard/password.h"
#include "store/store.h"

/* The agency's people; and the same for the console, where everybody is an operator. */
extern const struct domain user_domain;
extern const struct domain operator_domain;

/* What administrators say about a person. */
struct user_form {
    struct str first_name, last_name, email, phone;
    int64_t group_no;
    struct minutes week_minutes;
    int64_t version;
};
/* What a person says about herself when she takes an invitation. */
struct take_form {
    struct str login, first_name, last_name, password;
    int64_t lang; /* no field of the form: the language of the page it was on */
};

/* Who has this log-in name? Every spelling that folds alike is the same name; *ret_id is 0 for
 * nobody. */
MUST enum rc user_of_login(struct rtx *tx, struct str login, struct user_id *ret_id,
                           enum user_state *ret_state);

/* A new person in state USER_INVITED, without log-in name: to be invited. USER_ADDED. */
MUST enum rc user_add(struct wtx *tx, const struct user_form *f, struct user_id *ret_id);
/* Takes an invited person's place: name, log-in name and password (the hash of f->password by
 * `order` is `tag`). Faults: E_USER_LOGIN_TAKEN, E_USER_LOGIN_FORM, those of password_check().
 * Calls no touch(): the caller names the event. */
MUST enum rc user_take(struct wtx *tx, struct user_id id, const struct take_form *f,
                       const struct hash_order *order, struct bytes tag);
MUST enum rc user_change(struct wtx *tx, struct user_id id, const struct user_form *f);
/* Another group: single switches begin anew, all sessions of the person end but `keep`. RC_CONFLICT
 * E_USER_LAST_HEAD when nobody who administers would be left. */
MUST enum rc user_set_group_of(struct wtx *tx, struct user_id id, enum group g, int64_t version);
/* Single rights beside the preset, as masks; sessions go on, the next request sees it. */
MUST enum rc user_set_switches(struct wtx *tx, struct user_id id, uint64_t plus, uint64_t minus,
                               int64_t version);
/* No more signing in, at once: sessions, known browsers and open invitations end. */
MUST enum rc user_lock(struct wtx *tx, struct user_id id);
/* Back to work; one who never had a password is invited again. */
MUST enum rc user_unlock(struct wtx *tx, struct user_id id);

/* What ran out: sessions, devices never confirmed, browsers, invitations, counters. Hourly; allows
 * an untouched commit. */
MUST enum rc user_prune(struct wtx *tx);

/* What mails say and where their links lead. Kept, not copied; set once at start. */
struct mail_setting {
    struct str name;   /* that the operator gave the workspace; the agency's own goes before it */
    struct str origin; /* "https://nord.kontor.example", from the settings, never from a request */
    bool is_on;        /* there is a mail server */
};
void user_set_mail(const struct mail_setting *s);
/* Are there notices without mails, or wishes for a link? Then user_write_mails() writes them, to
 * all addresses of the person; who has none sees notices in the account. For the post, after a
 * commit; allows an untouched commit. */
MUST enum rc user_mail_is_due(struct rtx *tx, bool *ret_due);
MUST enum rc user_write_mails(struct wtx *tx, struct str agency);

/* well_known_web.c: "mailto:…" or "https://…" for /.well-known/security.txt; empty: none is
 * offered. Not copied. */
void user_set_security_contact(struct str text);

/* The page that asks for a fresh proof; for struct serve. */
struct req;
struct proof_form;
MUST enum rc user_ask_proof(struct req *rq, struct rtx *tx, const struct proof_form *f);

#endif
