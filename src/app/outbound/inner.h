/* inner.h: what the files of this folder share. */
#ifndef APP_OUTBOUND_INNER_H
#define APP_OUTBOUND_INNER_H

#include "app/outbound/outbound.h"
#include "http/reply.h"

/* The mail server's form. The password is asked for again when host, port or log-in change; left
 * empty it stays. */
struct mail_server_form {
    struct str host;
    int64_t port;
    struct str target_login, password, sender, provider, country;
    int64_t contract_state;
    int64_t version;
};
extern const struct form_def mail_server_form_def;
struct mail_server_on_form {
    bool confirmed;
    int64_t version;
};
extern const struct form_def mail_server_on_form_def;

/* As stored; id 0: none was named yet. */
struct mail_server {
    struct target_id id;
    struct mail_server_form form; /* without the password */
    struct bytes sealed;
    bool is_on;
    struct instant switched_at;
    struct user_id switched_user;
};
MUST enum rc mail_server_get(struct rtx *tx, struct mail_server *ret_s);
/* A rule that the field table cannot say; field NULL: none. */
struct outbound_fault {
    const char *field;
    enum code code;
};
struct outbound_fault mail_server_check(const struct mail_server_form *f,
                                        const struct mail_server *stored);
/* Registers it, switched off. RC_DENIED E_TARGET_CLOSED when the operator allows none; RC_CONFLICT
 * E_STALE for another version. */
MUST enum rc mail_server_save(struct wtx *tx, const struct mail_server_form *f);
/* RC_MISSING when none is named; otherwise as above. */
MUST enum rc mail_server_on(struct wtx *tx, int64_t version);
MUST enum rc mail_server_off(struct wtx *tx);
MUST enum rc mail_server_remove(struct wtx *tx);

/* A message of ours to the person herself, to see whether mail arrives. */
MUST enum rc outbound_test(struct wtx *tx, struct user_id user);

/* Attempts that egress did not make, the latest first. */
struct denied {
    struct instant at;
    struct str target, why;
};
MUST enum rc denied_list(struct rtx *tx, struct denied **ret_v, size_t *ret_n);

/* Why a message did not leave, for people: the sentence of our own reason; a server's words as they
 * are, which *ret_are_words says. */
struct str outbound_why(const struct page *pg, struct str answer, bool *ret_are_words);

/* queue_web.c */
enum rc queue_get(struct req *rq, struct rtx *tx);
enum rc queue_post_again(struct req *rq, struct wtx *tx);

#endif
