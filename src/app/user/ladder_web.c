/* ladder_web.c: the recovery ladder as the person herself meets it: on the page behind "Kein
 * Zugriff auf den zweiten Faktor?", where the ticket proves the password; in her account, where she
 * stops what somebody else began; and as a rehearsal while there is no need. */
#include "base/mime.h"
#include "ladder_pages.h"

#include "ladder.tmpl.h"

/* clang-format off */
static const struct field lost_fields[] = {
    FIELD(struct lost_form, reason, T_ladder_reason, .max = APPROVAL_REASON_MAX, .personal = true, .token = "off"),
};
static const struct field rehearsal_fields[] = {
    FIELD(struct rehearsal_form, recovery_code, T_user_recovery_code, .max = 40, .secret = true, .token = "off"),
    FIELD(struct rehearsal_form, address_right, T_rehearsal_address_right),
    FIELD(struct rehearsal_form, has_other, T_rehearsal_has_other),
};
/* clang-format on */
const struct form_def lost_form_def = FORM_DEF(lost_form, lost_fields);
const struct form_def rehearsal_form_def = FORM_DEF(rehearsal_form, rehearsal_fields);

/* --- words ----------------------------------------------------------------------------------- */
struct str
ladder_name(struct rtx *tx, struct user_id user)
{
    struct user_find_row u;

    return user.n != 0 && user_find(tx, &(struct user_find_in){user}, &u) == OK
               ? str_trim(arena_fmt(rtx_mem(tx), "%.*s %.*s", STR_FMT(u.first_name),
                                    STR_FMT(u.last_name)))
               : STR("");
}

struct str
ladder_fault(const struct page *pg)
{
    return pg->n_faults > 0 && pg->faults[0].field == NULL
               ? page_error(pg, pg->faults[0].code, pg->faults[0].arg)
               : STR("");
}

void
fill_reset(struct rtx *tx, const struct ladder *l, struct instant now, struct reset_view *ret)
{
    const struct approval *a = &l->order;

    *ret =
        (struct reset_view){.is_there = l->is_under_way, .ordered_by = STR(""), .reason = STR("")};
    if (!l->is_under_way) {
        return;
    }
    ret->is_waiting = a->state == APPROVAL_WAITING;
    ret->is_ready = ret->is_waiting && now.us >= a->not_before_at.us;
    ret->by_operator = a->kind == APPROVAL_FACTOR_RESET_LAST;
    ret->ordered_by = ladder_name(tx, a->ordered_by);
    ret->reason = a->reason;
    ret->needs = a->needs;
    ret->given = a->given;
    ret->ordered_at = a->ordered_at;
    ret->not_before_at = a->not_before_at;
    ret->expires_at = a->expires_at;
}

/* --- before the second factor ---------------------------------------------------------------- */
enum rc
lost_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    struct lost_page d = {0};

    TRY(ladder_of(tx, req_who(rq)->user, &d.ladder));
    fill_reset(tx, &d.ladder, req_now(rq), &d.reset);
    d.has_more_factors = d.ladder.factors > 1;
    d.fault = ladder_fault(pg);
    pg->title = page_text(pg, T_lost_title, STR_NONE);
    return reply_auth_page(rq, lost_html, &d);
}

enum rc
lost_post(struct req *rq, struct wtx *tx)
{
    const struct user_id user = req_who(rq)->user;

    TRY(ladder_order(tx, user, user, req_form(rq, struct lost_form)->reason));
    return reply_done(rq, URL("/anmelden/hilfe"), T_notice_reset_asked);
}

enum rc
lost_post_cancel(struct req *rq, struct wtx *tx)
{
    const struct user_id user = req_who(rq)->user;

    TRY(ladder_cancel(tx, user, user));
    return reply_done(rq, URL("/anmelden/hilfe"), T_notice_reset_cancelled);
}

/* --- in the account -------------------------------------------------------------------------- */
enum rc
reset_post_cancel(struct req *rq, struct wtx *tx)
{
    const struct user_id user = req_who(rq)->user;

    TRY(ladder_cancel(tx, user, user));
    return reply_done(rq, URL("/konto/sicherheit"), T_notice_reset_cancelled);
}

/* --- the rehearsal --------------------------------------------------------------------------- */
static void
advise(struct rehearsal_page *d, bool wanted, enum text text, struct url to)
{
    if (wanted && d->n_advice < ADVICE_MAX) {
        d->advice[d->n_advice++] = (struct advice){text, to};
    }
}

/* What to do, the most urgent first. */
static void
fill_advice(struct rehearsal_page *d)
{
    const struct url codes = URL("/konto/wiederherstellungscodes");
    const struct url factors = URL("/konto/zwei-faktor");
    const struct url rehearsal = URL("/konto/notfall");
    const bool was_tried = d->tried_at.us != 0;

    advise(d, d->ladder.factors == 0, T_rehearsal_advice_factor, factors);
    advise(d, d->ladder.factors > 0 && d->ladder.codes_left == 0, T_rehearsal_advice_codes, codes);
    advise(d, d->ladder.factors > 0 && d->ladder.codes_left > 0 && d->ladder.codes_left < 4,
           T_rehearsal_advice_few_codes, codes);
    advise(d, d->ladder.factors == 1, T_rehearsal_advice_device, factors);
    advise(d, was_tried && d->has_codes && !d->code_tried, T_rehearsal_advice_try, rehearsal);
    advise(d, !d->has_email, T_rehearsal_advice_email, rehearsal);
    advise(d, d->has_email && was_tried && !d->address_right, T_rehearsal_advice_address,
           rehearsal);
    advise(d, !d->ladder.has_admins, T_rehearsal_advice_admins, rehearsal);
}

static int64_t
count_ways(int64_t rungs)
{
    int64_t n = 0;

    for (int r = RUNG_FACTOR; r <= RUNG_OPERATOR; r++) {
        n += rungs >> r & 1;
    }
    return n;
}

enum rc
rehearsal_get(struct req *rq, struct rtx *tx)
{
    const struct user_id user = req_who(rq)->user;
    struct page *pg = req_page(rq);
    struct rehearsal_page d = {.form = {.recovery_code = STR("")}};
    struct rehearsal_find_row last;
    struct user_find_row u;
    bool found;

    TRY(ladder_of(tx, user, &d.ladder));
    TRY(factor_list(tx, user, &d.factors, &d.n_factors));
    TRY(passkey_list(tx, user, passkey_host(req_origin(rq)), &d.passkeys, &d.n_passkeys));
    TRY(user_find(tx, &(struct user_find_in){user}, &u));
    TRY(rehearsal_find(tx, &(struct rehearsal_find_in){user}, &last, &found));
    d.email = user_addresses_said(req_mem(rq), &u);
    d.has_email = d.email.n > 0;
    d.has_codes = d.ladder.codes_left > 0;
    if (found) {
        d.tried_at = last.tried_at;
        d.ways = count_ways(last.rungs);
        d.code_tried = last.code_tried;
        d.address_right = last.address_right;
    }
    fill_advice(&d);
    pg->nav = NAV_SECURITY;
    pg->title = page_text(pg, T_rehearsal_title, STR_NONE);
    return reply_page(rq, rehearsal_html, &d);
}

/* A code that was typed is hashed, and afterwards as good as before. */
enum rc
rehearsal_prepare(struct req *rq, struct rtx *tx)
{
    const struct rehearsal_form *f = req_form(rq, struct rehearsal_form);
    char *plain = ARENA_ARRAY(req_mem(rq), char, RECOVERY_CHARS + 1);
    struct hash_order order;

    if (f->recovery_code.n == 0 || recovery_parse(f->recovery_code, plain) != OK) {
        return OK;
    }
    req_keep(rq, plain);
    TRY(recovery_order(tx, req_who(rq)->user, plain, &order));
    req_want_hash(rq, str_of(plain), order.salt, order.ops, order.mem_kib);
    return OK;
}

enum rc
rehearsal_post(struct req *rq, struct wtx *tx)
{
    const struct rehearsal_form *f = req_form(rq, struct rehearsal_form);
    const struct user_id user = req_who(rq)->user;
    const char *plain = req_kept(rq);
    struct ladder l;
    bool right = false;

    if (plain != NULL) {
        TRY(recovery_is_right(wtx_read(tx), user, plain, req_result(rq, 0), &right));
    }
    if (f->recovery_code.n > 0 && !right) {
        return fail_field(wtx_err(tx), "recovery_code", RC_INVALID, E_REHEARSAL_CODE, "");
    }
    TRY(ladder_of(wtx_read(tx), user, &l));
    const int64_t rungs = (l.factors > 1 && f->has_other ? 1 << RUNG_FACTOR : 0) |
                          (l.codes_left > 0 && right ? 1 << RUNG_CODE : 0) |
                          (l.has_admins ? 1 << RUNG_ADMINS : 0) | 1 << RUNG_OPERATOR;
    TRY(rehearsal_put(
        tx, &(struct rehearsal_put_in){user, wtx_now(tx), rungs, right, f->address_right}));
    TRY(touch(tx, EVENT_REHEARSED, SUBJECT(user, user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/notfall"), T_notice_rehearsed);
}
