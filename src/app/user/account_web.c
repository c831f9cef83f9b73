/* account_web.c: a person's own account: name, language, appearance; sessions; the password. */
#include "account.h"
#include "guard/audit.h"
#include "http/proof.h"
#include "http/shell.h"
#include "ladder_pages.h"

#include "account.tmpl.h"

/* clang-format off */
static const struct field password_fields[] = {
    FIELD(struct password_form, old_password, T_user_old_password, .required = true, .max = 1024, .secret = true, .raw = true, .token = "current-password"),
    FIELD(struct password_form, password, T_user_new_password, .required = true, .max = PASSWORD_MAX_BYTES, .secret = true, .raw = true, .token = "new-password"),
};
/* clang-format on */
const struct form_def password_form_def = FORM_DEF(password_form, password_fields);

static void
set_page(struct req *rq, enum nav nav, enum text title)
{
    struct page *pg = req_page(rq);

    pg->nav = nav;
    pg->title = page_text(pg, title, STR_NONE);
}

/* --- name, language, appearance -------------------------------------------------------------- */
enum rc
account_get(struct req *rq, struct rtx *tx)
{
    struct page *pg = req_page(rq);
    const struct option langs[] = {
        {STR("0"), STR("Deutsch"), false},
        {STR("1"), STR("English"), false}
    };
    const struct option themes[] = {
        {STR("0"), page_text(pg, T_user_theme_system, STR_NONE), false},
        {STR("1"), page_text(pg, T_user_theme_light,  STR_NONE), false},
        {STR("2"), page_text(pg, T_user_theme_dark,   STR_NONE), false}
    };
    struct user_find_row u;

    TRY(user_find(tx, &(struct user_find_in){req_who(rq)->user}, &u));
    struct account_page d = {
        .form = {.first_name = u.first_name,
                 .last_name = u.last_name,
                 .phone = u.phone,
                 .lang = u.lang,
                 .theme = u.theme,
                 .keys_off = u.keys_off,
                 .version = u.version},
        .login = u.login,
        .group = page_text(pg, user_group_text((enum group)u.group_no), STR_NONE),
        .langs = langs,
        .n_langs = COUNT(langs),
        .themes = themes,
        .n_themes = COUNT(themes),
        .version = u.version
    };
    TRY(user_stale(rq, tx, u.id, &d.version, &d.stale));
    set_page(rq, NAV_ACCOUNT, T_account_title);
    return reply_page(rq, account_html, &d);
}

enum rc
account_post(struct req *rq, struct wtx *tx)
{
    TRY(user_change_own(tx, req_who(rq)->user, req_form(rq, struct account_form)));
    return reply_done(rq, URL("/konto"), T_notice_account_changed);
}

/* The page that the button was pressed on; the browser names it, and only its own path is used. */
static struct url
page_before(struct req *rq)
{
    const struct str from = req_header(rq, "referer");
    const size_t host = str_find(from, STR("://"), 0);
    const size_t path = host == SIZE_MAX ? SIZE_MAX : str_find(from, STR("/"), host + 3);

    return path == SIZE_MAX ? URL("/") : user_next(str_sub(from, path, from.n));
}

/* The switch in the top bar. */
enum rc
theme_post(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct account_form before = {.theme = who->theme};
    const bool light = str_eq(req_form(rq, struct theme_form)->theme, STR("light"));
    const struct account_form after = {.theme = light ? THEME_LIGHT : THEME_DARK};

    TRY(user_set_theme(tx, &(struct user_set_theme_in){after.theme, who->user}));
    TRY(touch(tx, EVENT_ACCOUNT_CHANGED, SUBJECT(user, who->user), &account_form_def, &before,
              &after));
    return reply_redirect(rq, page_before(rq));
}

enum rc
more_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct more_page d = {.has_agency = may(who, RIGHT_SETTING_WRITE) ||
                                              may(who, RIGHT_USER_ADMIN) ||
                                              may(who, RIGHT_BACKUP_ADMIN)};

    (void)tx;
    set_page(rq, NAV_MORE, T_nav_more);
    return reply_page(rq, more_html, &d);
}

/* --- sessions -------------------------------------------------------------------------------- */
static enum rc
list_sessions(struct req *rq, struct rtx *tx, struct security_page *d)
{
    const struct principal *who = req_who(rq);
    struct session_row *rows;
    size_t n;

    TRY(session_list(tx, who->user, &rows, &n));
    struct session_view *v = ARENA_ARRAY(req_mem(rq), struct session_view, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct session_view){.id = rows[i].id,
                                     .device = rows[i].device,
                                     .network = rows[i].network,
                                     .created_at = rows[i].created_at,
                                     .seen_at = rows[i].seen_at,
                                     .is_this = rows[i].id.n == who->session.n};
        d->has_others |= !v[i].is_this;
    }
    d->sessions = v;
    d->n_sessions = n;
    return OK;
}

enum { EVENTS_SHOWN = 8, EVENTS_READ = 60 };

static bool
is_one_of(struct str name, const enum event *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(name, str_of(event_name(v[i])))) {
            return true;
        }
    }
    return false;
}

/* The last sign-ins and refusals: who was refused, or whose name a stranger tried, reads it here.
 */
static enum rc
list_events(struct req *rq, struct rtx *tx, struct security_page *d)
{
    static const enum event good[] = {EVENT_SIGNED_IN, EVENT_INVITATION_TAKEN,
                                      EVENT_PASSWORD_RESET};
    static const enum event warnings[] = {
        EVENT_SIGN_IN_REFUSED,   EVENT_FACTOR_REFUSED, EVENT_FACTOR_CLOCK,    EVENT_PASSKEY_COUNTER,
        EVENT_RECOVERY_USED,     EVENT_SESSION_REPLAY, EVENT_RESET_ASKED,     EVENT_LINK_REFUSED,
        EVENT_DEVICE_LINK_ASKED, EVENT_DEVICE_LINKED,  EVENT_BROWSERS_BARRED, EVENT_PASSWORD_KNOWN,
        EVENT_ACCESS_REFUSED};
    struct arena *mem = req_mem(rq);
    struct audit_entry *v;
    size_t n;

    TRY(audit_history(tx, SUBJECT(user, req_who(rq)->user), EVENTS_READ, &v, &n));
    struct sign_in_event *to = ARENA_ARRAY(mem, struct sign_in_event, EVENTS_SHOWN);
    for (size_t i = 0; i < n && d->n_events < EVENTS_SHOWN; i++) {
        const bool warns = is_one_of(v[i].event, warnings, COUNT(warnings));
        if (!warns && !is_one_of(v[i].event, good, COUNT(good))) {
            continue;
        }
        const struct audit_change *c = v[i].n_changes > 0 ? &v[i].changes[0] : NULL;
        const bool counted = c != NULL && str_eq(c->field, STR("tries")) && c->has_values &&
                             !str_eq(c->after, STR("1"));
        to[d->n_events++] = (struct sign_in_event){
            .event = text_find(arena_fmt(mem, "event.%.*s", STR_FMT(v[i].event))),
            .times = counted ? c->after : STR(""),
            .at = v[i].at,
            .is_warning = warns};
    }
    d->events = to;
    return OK;
}

static enum rc
look_at_ladder(struct rtx *tx, struct user_id user, struct security_page *d)
{
    struct rehearsal_find_row last;
    struct ladder l;
    bool found;

    TRY(ladder_of(tx, user, &l));
    TRY(rehearsal_find(tx, &(struct rehearsal_find_in){user}, &last, &found));
    d->reset_under_way = l.is_under_way;
    d->rehearsed_at = found ? last.tried_at : INSTANT_NONE;
    return OK;
}

enum rc
security_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct security_page d = {.factor_demanded = who->factor_demanded};

    TRY(password_state(tx, who->user, &d.password));
    TRY(factor_list(tx, who->user, &d.factors, &d.n_factors));
    TRY(passkey_list(tx, who->user, passkey_host(req_origin(rq)), &d.passkeys, &d.n_passkeys));
    d.has_any = d.n_factors + d.n_passkeys > 0;
    TRY(recovery_left(tx, who->user, &d.codes_left, &d.codes_made_at));
    TRY(look_at_ladder(tx, who->user, &d));
    TRY(list_sessions(rq, tx, &d));
    TRY(list_events(rq, tx, &d));
    set_page(rq, NAV_SECURITY, T_security_title);
    return reply_page(rq, security_html, &d);
}

enum rc
session_post_end(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);
    const struct session_id id = PATH_ID(rq, session);

    TRY(session_end(tx, who->user, id));
    TRY(touch(tx, EVENT_SESSION_ENDED, SUBJECT(user, who->user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/sicherheit"), T_notice_session_ended);
}

enum rc
sessions_post_end(struct req *rq, struct wtx *tx)
{
    const struct principal *who = req_who(rq);
    int64_t ended;

    TRY(session_end_all(tx, who->user, who->session, &ended));
    if (ended == 0) {
        wtx_allow_untouched(tx, "no other session was there");
        return reply_done(rq, URL("/konto/sicherheit"), T_notice_session_none);
    }
    TRY(touch(tx, EVENT_SESSION_ENDED, SUBJECT(user, who->user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/sicherheit"), T_notice_sessions_ended);
}

/* --- the password ---------------------------------------------------------------------------- */
enum rc
password_get(struct req *rq, struct rtx *tx)
{
    const struct principal *who = req_who(rq);
    struct password_state state;
    int64_t factors;

    TRY(password_state(tx, who->user, &state));
    TRY(factor_count(tx, who->user, &factors));
    const struct password_page d = {.must_change = state.must_change,
                                    .least = factors > 0 ? PASSWORD_MIN_WITH_FACTOR
                                                         : PASSWORD_MIN_ALONE};
    set_page(rq, NAV_SECURITY, T_password_title);
    return reply_page(rq, password_html, &d);
}

/* Result 0 proves the old one, result 1 is the new one; its order is kept behind the proof. */
enum rc
password_prepare(struct req *rq, struct rtx *tx)
{
    const struct password_form *f = req_form(rq, struct password_form);
    struct hash_order *order = ARENA_NEW(req_mem(rq), struct hash_order);
    struct str bytes;

    *order = hash_order_new();
    TRY(user_order_proof(rq, tx, f->old_password, order));
    if (user_proof_is_open(rq) && password_bytes(req_mem(rq), NULL, f->password, &bytes) == OK) {
        req_want_hash(rq, bytes, order->salt, order->ops, order->mem_kib);
    }
    return OK;
}

/* All sessions end but this one, which gets a new token (SES-02, SES-04); known browsers are asked
 * again. */
enum rc
password_post(struct req *rq, struct wtx *tx)
{
    const struct password_form *f = req_form(rq, struct password_form);
    const struct principal *who = req_who(rq);
    struct str cookie;
    int64_t ended;

    TRY(user_proven(rq, tx, "old_password"));
    TRY(user_check_password(tx, who->user, NULL, f->password));
    TRY(password_put(tx, who->user, user_proof_kept(rq), req_result(rq, 1),
                     str_points(f->password)));
    TRY(session_end_all(tx, who->user, who->session, &ended));
    TRY(device_forget_all(tx, who->user));
    TRY(session_step_up(tx, who->session, req_cookie(rq, SESSION_COOKIE), &cookie));
    if (cookie.p != NULL) {
        req_set_cookie(rq, SESSION_COOKIE, cookie, 0);
    }
    TRY(touch(tx, EVENT_PASSWORD_CHANGED, SUBJECT(user, who->user), NULL, NULL, NULL));
    return reply_done(rq, URL("/konto/sicherheit"), T_notice_password_changed);
}

/* --- proving again before something that matters --------------------------------------------- */
enum rc
user_prove(struct req *rq, struct rtx *tx, const struct proof_form *f, bool is_refused)
{
    struct prove_page d = {
        .form = *f, .passkey_form = {.kept_to = f->kept_to, .kept = f->kept}
    };

    TRY(user_passkey_view(rq, tx, PASSKEY_PROOF, &d.passkey));
    d.passkey.is_refused |= is_refused;
    req_page(rq)->lang = req_who(rq)->lang == LANG_EN ? LANG_EN : LANG_DE;
    set_page(rq, NAV_SECURITY, T_proof_title);
    return reply_auth_page(rq, prove_html, &d);
}

enum rc
user_ask_proof(struct req *rq, struct rtx *tx, const struct proof_form *f)
{
    return user_prove(rq, tx, f, false);
}

/* Also behind a wrong password, and then with the form that waits. */
enum rc
proof_get(struct req *rq, struct rtx *tx)
{
    const struct str next = req_query(rq, "weiter");
    const struct str kept_to = req_raw(rq, STR("kept_to"));
    const struct str kept = req_raw(rq, STR("kept"));
    const struct proof_form f = {.password = STR(""),
                                 .next = next.p != NULL ? next : STR(""),
                                 .kept_to = kept_to.p != NULL ? kept_to : STR(""),
                                 .kept = kept.p != NULL ? kept : STR("")};

    return user_prove(rq, tx, &f, false);
}

enum rc
proof_prepare(struct req *rq, struct rtx *tx)
{
    return user_order_proof(rq, tx, req_form(rq, struct proof_form)->password, NULL);
}

enum rc
proof_post(struct req *rq, struct wtx *tx)
{
    const struct proof_form *f = req_form(rq, struct proof_form);

    TRY(user_proven(rq, tx, "password"));
    TRY(user_stepped_up(rq, tx));
    return proof_go_on(rq, f) == OK ? OK : reply_redirect(rq, user_proof_next(f->next));
}
