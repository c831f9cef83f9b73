/* ladder_pages.h: the pages of the recovery ladder: for whoever stands before the second factor,
 * for her own account (stopping, rehearsing), and for the administrators who approve. */
#ifndef APP_USER_LADDER_PAGES_H
#define APP_USER_LADDER_PAGES_H

#include "guard/passkey.h"
#include "ladder.h"

#include "ladder.sql.h"

/* Why, in the words of whoever asks or orders. */
struct lost_form {
    struct str reason;
};
extern const struct form_def lost_form_def;
struct rehearsal_form {
    struct str recovery_code; /* "": not tried */
    bool address_right, has_other;
};
extern const struct form_def rehearsal_form_def;

get_fn lost_get, rehearsal_get, access_get, access_get_again;
post_fn lost_post, lost_post_cancel, reset_post_cancel, rehearsal_post, access_post_order,
    access_post_approve, access_post_refuse, access_post_cancel;
prepare_fn rehearsal_prepare;

/* --- what the pages show --------------------------------------------------------------------- */
/* What is under way, in words that fit any reader. */
struct reset_view {
    bool is_there, is_waiting, is_ready, by_operator;
    struct str ordered_by, reason;
    int64_t needs, given;
    struct instant ordered_at, not_before_at, expires_at;
};
void fill_reset(struct rtx *tx, const struct ladder *l, struct instant now, struct reset_view *ret);
/* What a button was refused for, which has no form any more to stand in; "" otherwise. */
struct str ladder_fault(const struct page *pg);
/* "Jette Harms"; "" for nobody. */
struct str ladder_name(struct rtx *tx, struct user_id user);

struct lost_page {
    struct ladder ladder;
    struct reset_view reset;
    struct str fault;
    bool has_more_factors;
};
struct advice {
    enum text text;
    struct url to;
};
enum { ADVICE_MAX = 8 };
struct rehearsal_page {
    struct rehearsal_form form;
    struct ladder ladder;
    struct factor_row *factors;
    size_t n_factors;
    struct passkey_row *passkeys;
    size_t n_passkeys;
    bool has_email, has_codes;
    struct str email;
    struct instant tried_at; /* of the last one; none: never */
    int64_t ways;            /* that were there then */
    bool code_tried, address_right;
    struct advice advice[ADVICE_MAX];
    size_t n_advice;
};
struct voter {
    struct str name;
};
struct past_reset {
    struct instant at;
    enum text what;
    struct str reason, by;
};
/* One person's ways in, as administrators see them. */
struct access_page {
    struct user_id id;
    struct str name, email, fault;
    bool is_self, has_email, can_order, can_approve, can_refuse, can_cancel, has_given;
    struct ladder ladder;
    struct reset_view reset;
    struct approval_id approval;
    const struct voter *voters;
    size_t n_voters;
    const struct past_reset *past;
    size_t n_past;
    struct lost_form form;
};

#endif
