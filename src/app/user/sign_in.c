/* sign_in.c: what all ways of signing in share: where a request comes from, the throttle's view of
 * it, the complete sign-in, and the proof of a password by somebody signed in. */
#include "ladder.h"

/* --- where from ------------------------------------------------------------------------------ */
struct mark {
    const char *in_header, *name;
};

/* The first mark that the header contains; the order tells browsers apart that carry each other's
 * names. */
static const char *
first_mark(struct str header, const struct mark *marks, size_t n, const char *otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (str_find(header, str_of(marks[i].in_header), 0) != SIZE_MAX) {
            return marks[i].name;
        }
    }
    return otherwise;
}

/* Only this coarse label is kept, never the header. */
struct session_from
user_from(struct req *rq)
{
    static const struct mark browsers[] = {
        {"Firefox/",  "Firefox" },
        {"Edg/",      "Edge"    },
        {"OPR/",      "Opera"   },
        {"Chromium/", "Chromium"},
        {"Chrome/",   "Chrome"  },
        {"Safari/",   "Safari"  },
        {"curl/",     "curl"    }
    };
    static const struct mark systems[] = {
        {"iPhone",  "iPhone"  },
        {"iPad",    "iPad"    },
        {"Android", "Android" },
        {"Windows", "Windows" },
        {"Mac OS",  "macOS"   },
        {"CrOS",    "ChromeOS"},
        {"Linux",   "Linux"   }
    };
    const struct str header = req_header(rq, "user-agent");
    const char *browser = first_mark(header, browsers, COUNT(browsers), "Browser");
    const char *system_name = first_mark(header, systems, COUNT(systems), NULL);

    return (struct session_from){
        .device = system_name != NULL ? arena_fmt(req_mem(rq), "%s, %s", browser, system_name)
                                      : str_of(browser),
        .network = req_network(rq)};
}

enum rc
user_try(struct req *rq, struct rtx *tx, struct str login, struct user_id user,
         struct limit_try *ret_try)
{
    struct limit_try t = {
        .name = login, .client = req_client(rq), .network = req_network(rq), .user = user};

    TRY(device_find(tx, user, req_cookie(rq, DEVICE_COOKIE), &t.known_device, t.device));
    *ret_try = t;
    return OK;
}

void
user_keep_lang(struct req *rq)
{
    if (req_query(rq, "sprache").p != NULL) {
        req_set_cookie(rq, "__Host-lang", req_page(rq)->lang == LANG_EN ? STR("en") : STR("de"),
                       365 * 24 * 60 * 60);
    }
}

/* --- where to -------------------------------------------------------------------------------- */
struct url
user_next(struct str next)
{
    struct url to;

    return next.n > 0 && url_parse(next, &to) == OK ? to : URL("/");
}

struct url
user_with_next(struct req *rq, const char *path, struct str next)
{
    struct url to;

    if (next.n == 0 || url_parse(next, &to) != OK) {
        return url_fmt(req_mem(rq), "%s", path);
    }
    return url_fmt(req_mem(rq), "%s?weiter=%s", path, url_text(req_mem(rq), next));
}

struct url
user_with(struct req *rq, struct url to, const char *why)
{
    return url_fmt(req_mem(rq), "%.*s%c%s=1", STR_FMT(to.s),
                   str_find(to.s, STR("?"), 0) == SIZE_MAX ? '?' : '&', why);
}

/* --- the complete sign-in -------------------------------------------------------------------- */
enum rc
user_remember_browser(struct req *rq, struct wtx *tx, struct user_id user, struct str label)
{
    struct str cookie;

    TRY(device_keep(tx, user, req_cookie(rq, DEVICE_COOKIE), label, &cookie));
    req_set_cookie(rq, DEVICE_COOKIE, cookie, DEVICE_S);
    return OK;
}

/* What AUTH-07 tells the person of: a browser never seen, a right password behind wrong ones. The
 * link of an invitation is used on a new browser by its nature. */
static enum rc
notice_oddities(struct wtx *tx, const struct limit_try *t, enum event e)
{
    int64_t fails;

    TRY(limit_fails(wtx_read(tx), t, &fails));
    if (fails >= NOTICE_FAILS) {
        TRY(touch(tx, EVENT_PASSED_AFTER_FAILURES, SUBJECT(user, t->user), NULL, NULL, NULL));
    }
    return t->known_device || e == EVENT_INVITATION_TAKEN
               ? OK
               : touch(tx, EVENT_DEVICE_ADDED, SUBJECT(user, t->user), NULL, NULL, NULL);
}

enum rc
user_signed_in(struct req *rq, struct wtx *tx, struct user_id user, enum event e)
{
    const struct session_from from = user_from(rq);
    struct user_find_row u;
    struct limit_try t;
    struct session_id id;
    struct str cookie;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){user}, &u));
    TRY(user_try(rq, wtx_read(tx), u.login, user, &t));
    TRY(notice_oddities(tx, &t, e));
    TRY(limit_passed(wtx_read(tx), &t));
    TRY(session_begin_full(tx, user, &from, &id, &cookie));
    req_set_cookie(rq, SESSION_COOKIE, cookie, 0);
    TRY(user_remember_browser(rq, tx, user, from.device));
    TRY(ladder_not_lost(tx, user));
    TRY(ladder_remind(tx, user));
    TRY(password_signed_in(tx, user));
    return touch(tx, e, SUBJECT(user, user), NULL, NULL, NULL);
}

enum rc
user_gather(struct req *rq, enum rc rc)
{
    struct err *err = req_err(rq);

    if ((rc != RC_INVALID && rc != RC_CONFLICT) || err->field == NULL) {
        return rc;
    }
    req_fault(rq, err->field, err->code, arena_copy(req_mem(rq), str_of(err->arg)));
    *err = (struct err){0};
    return OK;
}

/* --- proving again --------------------------------------------------------------------------- */
/* The plan of a proof: how the throttle counts it, and whether it may be tried. */
struct proof {
    struct limit_try t;
    void *kept;
    bool closed;
    char wait[ERR_ARG_MAX];
};

enum rc
user_order_proof(struct req *rq, struct rtx *tx, struct str password, void *kept)
{
    const struct principal *who = req_who(rq);
    struct proof *p = ARENA_NEW(req_mem(rq), struct proof);
    struct hash_plan plan;
    struct str bytes = STR("");

    p->kept = kept;
    req_keep(rq, p);
    TRY(user_try(rq, tx, who->login, who->user, &p->t));
    if (limit_check(tx, &p->t) == RC_LIMIT) {
        p->closed = true;
        memcpy(p->wait, req_err(rq)->arg, sizeof(p->wait));
        *req_err(rq) = (struct err){0};
        return OK;
    }
    if (password_bytes(req_mem(rq), NULL, password, &bytes) != OK) {
        bytes = STR(""); /* too long to be the one */
    }
    TRY(password_plan(tx, who->user, &plan));
    const struct hash_order *own = &plan.orders[plan.own];
    req_want_hash(rq, bytes, own->salt, own->ops, own->mem_kib);
    return OK;
}

bool
user_proof_is_open(const struct req *rq)
{
    return !((const struct proof *)req_kept(rq))->closed;
}

void *
user_proof_kept(const struct req *rq)
{
    return ((const struct proof *)req_kept(rq))->kept;
}

enum rc
user_proven(struct req *rq, struct wtx *tx, const char *field)
{
    const struct proof *p = req_kept(rq);
    bool right;

    if (p->closed) {
        return fail_field(wtx_err(tx), field, RC_LIMIT, E_LIMIT_WAIT, p->wait);
    }
    TRY(password_right(wtx_read(tx), req_who(rq)->user, req_result(rq, 0), &right));
    if (!right) {
        TRY(limit_failed(wtx_read(tx), &p->t));
        return fail_field(wtx_err(tx), field, RC_INVALID, E_PASSWORD_WRONG, "");
    }
    return limit_passed(wtx_read(tx), &p->t);
}

enum rc
user_stepped_up(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);
    struct str cookie;

    TRY(session_step_up(tx, who->session, req_cookie(rq, SESSION_COOKIE), &cookie));
    if (cookie.p != NULL) {
        req_set_cookie(rq, SESSION_COOKIE, cookie, 0);
    }
    return touch(tx, EVENT_STEPPED_UP, SUBJECT(user, who->user), NULL, NULL, NULL);
}

struct url
user_proof_next(struct str next)
{
    return next.n > 0 ? user_next(next) : URL("/konto/sicherheit");
}
