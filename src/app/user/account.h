/* account.h: the pages in which people look after their own account. */
#ifndef APP_USER_ACCOUNT_H
#define APP_USER_ACCOUNT_H

#include "http/proof.h"
#include "passkey.h"
#include "sign_in.h"

struct password_form {
    struct str old_password, password;
};
extern const struct form_def password_form_def;
struct second_form {
    struct str second_email;
};
extern const struct form_def second_form_def;
struct address_page {
    struct second_form form;
    struct str email, second_email;
    struct instant asked_until; /* a link that was mailed is good until then */
    bool mail_on;
};
struct address_link_page {
    struct str token, address;
    struct instant expires_at;
};
get_fn address_get, address_link_get;
post_fn address_post, address_post_remove, address_link_post;

struct device_form {
    struct str name;
};
extern const struct form_def device_form_def;

get_fn account_get, security_get, password_get, factors_get, factor_get, factor_qr_get, codes_get,
    compare_get, help_get, more_get, notices_get, proof_get, security_txt_get, change_password_get;
post_fn account_post, theme_post, session_post_end, sessions_post_end, password_post,
    factor_post_begin, factor_post_confirm, factor_post_remove, codes_post, notices_post,
    proof_post;
prepare_fn password_prepare, factor_qr_prepare, codes_prepare, proof_prepare;

/* The page that asks somebody signed in for a fresh proof, by password or passkey, with the form
 * that waits for it. is_refused: the last passkey was. */
MUST enum rc user_prove(struct req *rq, struct rtx *tx, const struct proof_form *f,
                        bool is_refused);

/* What becomes of an account with its second factors (factor_web.c). One was added: other sessions
 * end, this one gets a new token; on to the recovery codes when there are none yet. */
MUST enum rc user_factor_added(struct req *rq, struct wtx *tx, enum event e, enum text said);
/* May one be removed? The last one that can be used at this host goes only where none is demanded,
 * and the last one of all only when the password can stand alone (AUTH-01). is_elsewhere: it is a
 * passkey of another host. */
MUST enum rc user_factor_may_go(struct req *rq, struct wtx *tx, bool is_elsewhere);
MUST enum rc user_factor_gone(struct req *rq, struct wtx *tx, enum event e, enum text said);

struct help_page {
    bool signed_in;
    int64_t idle_minutes, life_hours; /* as they hold in this workspace now */
    int64_t free_tries, wait_minutes;
    int64_t devices;
    bool together; /* the sign-in page asks for name, password and code on one form */
};

/* The comparison with (EU) 2018/389 Art. 4: every figure is that of the code. */
struct compare_page {
    bool signed_in;
    int64_t idle_minutes, idle_least, idle_strict;    /* at rest: the house's, the least that may
                                                         be set, by the switch */
    int64_t fails, free_tries, device_fails, tickets; /* failures */
    int64_t wait_minutes;
    int64_t secret_bits, step_s, around_s; /* one-time codes */
    int64_t life_hours, notice_fails;
};

/* "Mehr" of narrow screens: what the side bar and the top bar have no room for there. */
struct more_page {
    bool has_agency;
};

/* --- changes that somebody else made while a form was open ----------------------------------- */
struct stale_change {
    enum text label;
    struct str before, after;
    bool has_values;
};
struct stale_entry {
    struct instant at;
    struct str who; /* "" for the command line */
    enum text event;
    const struct stale_change *changes;
    size_t n_changes;
};
struct stale_view {
    const struct stale_entry *entries;
    size_t n_entries;
};
/* *version is the stored one; after a refusal for another reason than staleness it becomes the one
 * the form was sent with, so that a change in between is still noticed the next time. After E_STALE
 * *ret_view tells what changed since. */
MUST enum rc user_stale(struct req *rq, struct rtx *tx, struct user_id id, int64_t *version,
                        struct stale_view *ret_view);

/* --- what the pages show --------------------------------------------------------------------- */
struct account_page {
    struct account_form form;
    struct str login, group;
    const struct option *langs, *themes;
    size_t n_langs, n_themes;
    int64_t version;
    struct stale_view stale;
};
struct session_view {
    struct session_id id;
    struct str device, network;
    struct instant created_at, seen_at;
    bool is_this;
};
/* "Anmeldung abgelehnt", and how often when it was more than once. */
struct sign_in_event {
    enum text event;
    struct str times;
    struct instant at;
    bool is_warning;
};
struct security_page {
    struct password_state password;
    struct factor_row *factors;
    size_t n_factors;
    struct passkey_row *passkeys;
    size_t n_passkeys;
    bool has_any; /* second factor of either kind */
    int64_t codes_left;
    struct instant codes_made_at;
    const struct session_view *sessions;
    size_t n_sessions;
    bool has_others;
    bool factor_demanded;
    bool reset_under_way; /* of the second factor: somebody ordered it (ladder.h) */
    struct instant rehearsed_at;
    const struct sign_in_event *events;
    size_t n_events;
};
/* What happened to the account; texts "notice.user.…". */
struct notice_row {
    enum text event, advice;
    struct str network;
    struct instant at;
    bool is_new;
};
struct notices_page {
    const struct notice_row *rows;
    size_t n_rows;
    bool has_new, has_email;
    struct str email;
};
struct password_page {
    bool must_change;
    int64_t least;
};
struct factors_page {
    struct factor_row *factors;
    size_t n_factors;
    struct passkey_row *passkeys;
    size_t n_passkeys;
    bool has_any;
    bool demanded;
    bool is_full;
    bool has_usable;                       /* at this host */
    bool can_remove, can_remove_elsewhere; /* one of this host; a passkey of another */
    struct device_form form;
};
struct factor_page {
    struct factor_id id;
    struct str name;
    struct str secret; /* in groups of four */
};
struct codes_page {
    int64_t left;
    struct instant made_at;
};
struct code_line {
    struct str code;
};
struct codes_print_page {
    struct code_line codes[RECOVERY_CODES];
    size_t n_codes;
    struct str login;
    struct instant made_at;
};
struct prove_page {
    struct proof_form form;
    struct passkey_view passkey;
    struct passkey_form passkey_form; /* what it carries along, too */
};

#endif
