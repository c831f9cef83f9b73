/* together_web.c: name, password and second factor on one form, judged together: whatever was wrong
 * of it, the answer, the work and the time are the same (SES-06; (EU) 2018/389 Art. 4(3)(a),
 * decision 80). The sign-in page shows it while the switch is on. */
#include "sign_in.h"

#include "ladder.h"

/* clang-format off */
static const struct field together_fields[] = {
    FIELD(struct together_form, login, T_user_login, .required = true, .max = 255, .personal = true, .token = "username"),
    FIELD(struct together_form, password, T_user_password, .required = true, .max = 1024, .secret = true, .raw = true, .token = "current-password"),
    FIELD(struct together_form, code, T_user_any_code, .depends = true, .max = 40, .secret = true, .token = "one-time-code"),
    FIELD(struct together_form, next, T_user_next, .max = 2000, .token = "off"),
    FIELD(struct together_form, asked, T_passkey, .max = 64, .secret = true, .token = "off"),
    FIELD(struct together_form, credential, T_passkey, .max = PASSKEY_ID_CHARS, .secret = true, .token = "off"),
    FIELD(struct together_form, client, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
    FIELD(struct together_form, auth, T_passkey, .max = PASSKEY_PART_CHARS, .secret = true, .token = "off"),
    FIELD(struct together_form, signature, T_passkey, .max = 120, .secret = true, .token = "off"),
    FIELD(struct together_form, handle, T_passkey, .max = 120, .secret = true, .token = "off"),
};
/* clang-format on */
const struct form_def together_form_def = FORM_DEF(together_form, together_fields);

/* What was ordered depends on what was typed, never on whose name it is. */
struct plan {
    struct sign_in_plan first;
    struct recovery_plan recovery;
};

enum rc
together_prepare(struct req *rq, struct rtx *tx)
{
    const struct together_form *f = req_form(rq, struct together_form);
    struct plan *p = ARENA_NEW(req_mem(rq), struct plan);

    req_keep(rq, p);
    TRY(sign_in_order(rq, tx, f->login, f->password, &p->first));
    return p->first.closed ? OK
                           : recovery_order_hashes(rq, tx, p->first.user, f->code, p->first.hash.n,
                                                   &p->recovery);
}

/* --- the second factor ----------------------------------------------------------------------- */
static bool
is_passkey(const struct together_form *f)
{
    return f->client.n > 0;
}

/* Codes of an app cannot be judged now. Said to everybody alike, before anything is judged, so
 * neither the throttle nor the count of AUTH-12 hears of it. */
static enum rc
need_clock(struct wtx *tx, const struct together_form *f, const struct plan *p)
{
    bool sound;

    if (is_passkey(f) || p->recovery.sound || f->code.n == 0) {
        return OK;
    }
    TRY(factor_clock(wtx_read(tx), &sound));
    return sound ? OK : fail_field(wtx_err(tx), "code", RC_CONFLICT, E_SIGN_IN_CLOCK, "");
}

struct second {
    bool right;
    enum event passed; /* how a sign-in by it is told of */
    enum event failed; /* and a failure behind the right password */
};

/* Asked also behind a wrong password; what it has written then is undone. */
static enum rc
judge_second(struct req *rq, struct wtx *tx, const struct plan *p, struct second *ret)
{
    const struct together_form *f = req_form(rq, struct together_form);
    const struct user_id user = p->first.user;
    struct passkey_verdict v;

    *ret = (struct second){.passed = EVENT_SIGNED_IN, .failed = EVENT_FACTOR_REFUSED};
    if (is_passkey(f)) {
        const struct passkey_answer answer = {.asked = f->asked,
                                              .credential = f->credential,
                                              .client = f->client,
                                              .auth = f->auth,
                                              .signature = f->signature,
                                              .handle = f->handle};
        TRY(user_passkey_judge(rq, tx, PASSKEY_BESIDE, user, &answer, &v));
        ret->right = v.why == PASSKEY_RIGHT;
        ret->failed = v.why == PASSKEY_COUNTER ? EVENT_PASSKEY_COUNTER : ret->failed;
        return OK;
    }
    if (p->recovery.sound) {
        ret->passed = EVENT_RECOVERY_USED;
        return recovery_judge(rq, tx, user, &p->recovery, &ret->right);
    }
    return factor_check(tx, user, f->code, &ret->right);
}

/* --- the whole ------------------------------------------------------------------------------- */
/* Rolled back as it is; the failure is written with the throttle's counters (guard/limit.h), one
 * commit whatever was wrong. */
static enum rc
refused(struct wtx *tx, const struct plan *p, bool password_right, enum event factor)
{
    struct limit_try t = p->first.t;

    t.factor = password_right ? factor : EVENT_NOTHING;
    TRY(limit_failed(wtx_read(tx), &t));
    return fail(wtx_err(tx), RC_INVALID, E_SIGN_IN_TOGETHER, "name, password or factor");
}

static enum rc
signed_in(struct req *rq, struct wtx *tx, const struct plan *p, enum event passed)
{
    const struct together_form *f = req_form(rq, struct together_form);
    struct user_find_row u;

    TRY(sign_in_rehash(rq, tx, &p->first));
    TRY(user_signed_in(rq, tx, p->first.user, passed));
    if (passed != EVENT_RECOVERY_USED) {
        return reply_redirect(rq, user_next(f->next));
    }
    TRY(user_find(wtx_read(tx), &(struct user_find_in){p->first.user}, &u));
    return recovery_reply_used(rq, &p->recovery, (int)u.lang, f->next);
}

/* Who has no second factor yet, or whose loss was settled by others (AUTH-16), gets in by the
 * password and is led to set one up before all else. */
static enum rc
has_factor(struct wtx *tx, struct user_id user, bool *ret_has)
{
    int64_t n;

    TRY(ladder_settle(tx, user));
    TRY(factor_count(wtx_read(tx), user, &n));
    *ret_has = n > 0;
    return OK;
}

enum rc
together_post(struct req *rq, struct wtx *tx)
{
    const struct together_form *f = req_form(rq, struct together_form);
    const struct plan *p = req_kept(rq);
    struct second second;
    bool right;
    bool has = true;

    if (!p->first.closed) {
        TRY(need_clock(tx, f, p));
    }
    TRY(sign_in_judge(rq, tx, &p->first, &right));
    TRY(judge_second(rq, tx, p, &second));
    if (right && !second.right) {
        TRY(has_factor(tx, p->first.user, &has));
    }
    if (!right || (has && !second.right)) {
        return refused(tx, p, right, second.failed);
    }
    return signed_in(rq, tx, p, second.right ? second.passed : EVENT_SIGNED_IN);
}
