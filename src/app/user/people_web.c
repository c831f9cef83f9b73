/* people_web.c: the list of people, one person, invitations by link, group and single rights. */
#include "people_in.h"

#include "guard/policy.h"
#include "ladder_pages.h"

#include "people.tmpl.h"

/* clang-format off */
static const struct field group_fields[] = {
    FIELD(struct group_form, group_no, T_user_group, .required = true, .min = 1, .max = GROUP_COUNT - 1),
    FIELD(struct group_form, version, T_general_version),
};
static const struct field rights_fields[] = {
    FIELD(struct rights_form, version, T_general_version),
};
/* clang-format on */
const struct form_def group_form_def = FORM_DEF(group_form, group_fields);
const struct form_def rights_form_def = {.name = "rights_form",
                                         .fields = rights_fields,
                                         .n = COUNT(rights_fields),
                                         .size = sizeof(struct rights_form),
                                         .open = true};

static const struct field state_fields[] = {
    FIELD(struct state_form, version, T_general_version),
};
const struct form_def state_form_def = FORM_DEF(state_form, state_fields);

static void
set_page(struct req *rq, struct str title)
{
    struct page *pg = req_page(rq);

    pg->nav = NAV_USERS;
    pg->title = title;
}

static struct str
full_name(struct arena *mem, struct str first, struct str last)
{
    return str_trim(arena_fmt(mem, "%.*s %.*s", STR_FMT(first), STR_FMT(last)));
}

/* The first character of a name, whole. */
static struct str
first_letter(struct str s)
{
    size_t n = s.n > 0 ? 1 : 0;

    while (n < s.n && ((unsigned char)s.p[n] & 0xc0u) == 0x80u) {
        n++;
    }
    return str_sub(s, 0, n);
}

/* --- the list -------------------------------------------------------------------------------- */
static const struct password_overview *
overview_of(const struct password_overview *v, size_t n, struct user_id user)
{
    size_t low = 0;

    while (low < n) { /* ascending by user */
        const size_t middle = low + (n - low) / 2;
        if (v[middle].user.n == user.n) {
            return &v[middle];
        }
        if (v[middle].user.n < user.n) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return NULL;
}

static struct people_row
people_row(struct arena *mem, const struct user_all_row *u, const struct password_overview *p)
{
    const struct str first = first_letter(u->first_name);
    const struct str last = first_letter(u->last_name);
    const bool has_factor = p != NULL && p->factors > 0;
    const struct factor_demand demand =
        policy_factor_demand((enum group)u->group_no, u->right_plus, u->created_at);

    return (struct people_row){
        .id = u->id,
        .name = full_name(mem, u->first_name, u->last_name),
        .login = u->login,
        .initials = arena_fmt(mem, "%.*s%.*s", STR_FMT(first), STR_FMT(last)),
        .group = user_group_text((enum group)u->group_no),
        .week = u->week_minutes,
        .last_login_at = p != NULL ? p->last_login_at : INSTANT_NONE,
        .has_factor = has_factor,
        .factor_missing = !has_factor && u->user_state == USER_ACTIVE && demand.is_made,
        .has_switches = u->right_plus != 0 || u->right_minus != 0,
        .state = u->user_state};
}

static enum rc
fill_resets(struct rtx *tx, enum approval_kind kind, struct people_page *d, struct people_reset *to)
{
    struct approval *v;
    size_t n;

    TRY(approval_list(tx, kind, &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (v[i].state < APPROVAL_DONE && rtx_now(tx).us < v[i].expires_at.us) {
            to[d->n_resets++] =
                (struct people_reset){v[i].subject_user, ladder_name(tx, v[i].subject_user)};
        }
    }
    return OK;
}

enum rc
people_get(struct req *rq, struct rtx *tx)
{
    struct arena *mem = req_mem(rq);
    struct people_page d = {0};
    struct user_all_row *users;
    struct password_overview *proofs;
    size_t n_proofs;

    TRY(user_all(tx, &users, &d.n_rows));
    TRY(password_overview(tx, &proofs, &n_proofs));
    struct people_row *rows = ARENA_ARRAY(mem, struct people_row, d.n_rows);
    for (size_t i = 0; i < d.n_rows; i++) {
        rows[i] = people_row(mem, &users[i], overview_of(proofs, n_proofs, users[i].id));
        d.without_factor += rows[i].factor_missing ? 1 : 0;
    }
    d.rows = rows;
    struct people_reset *resets = ARENA_ARRAY(mem, struct people_reset, 2 * APPROVAL_LIST_MAX);
    TRY(fill_resets(tx, APPROVAL_FACTOR_RESET_LAST, &d, resets));
    TRY(fill_resets(tx, APPROVAL_FACTOR_RESET, &d, resets));
    d.resets = resets;
    set_page(rq, page_text(req_page(rq), T_people_title, STR_NONE));
    return reply_page(rq, people_html, &d);
}

/* --- one person ------------------------------------------------------------------------------ */
static bool
is_console(const struct req *rq)
{
    return req_who(rq)->group == GROUP_OPERATOR;
}

enum rc
user_get_new(struct req *rq, struct rtx *tx)
{
    struct user_page d = {.is_new = true, .to = URL("/personen")};
    struct minutes week;

    TRY(user_new_week(tx, is_console(rq), &week));
    d.form = (struct user_form){.first_name = STR(""),
                                .last_name = STR(""),
                                .email = STR(""),
                                .phone = STR(""),
                                .group_no = is_console(rq) ? GROUP_OPERATOR : GROUP_TIME_RECORDER_1,
                                .week_minutes = week,
                                .version = 1};
    fill_group_options(rq, is_console(rq), &d);
    set_page(rq, page_text(req_page(rq), T_people_new, STR_NONE));
    return reply_page(rq, user_new_html, &d);
}

static enum rc
fill_person(struct req *rq, struct rtx *tx, const struct user_find_row *u, struct user_page *d)
{
    struct password_state password;
    struct session_row *sessions;
    size_t n;

    *d = (struct user_page){
        .id = u->id,
        .is_self = u->id.n == req_who(rq)->user.n,
        .is_active = u->user_state == USER_ACTIVE,
        .is_invited = u->user_state == USER_INVITED,
        .is_locked = u->user_state == USER_LOCKED,
        .name = full_name(req_mem(rq), u->first_name, u->last_name),
        .login = u->login,
        .group = user_group_text((enum group)u->group_no),
        .form = {u->first_name, u->last_name, u->email, u->phone, u->group_no, u->week_minutes,
                 u->version},
        .group_form = {u->group_no,     u->version     },
        .rights_form.version = u->version
    };
    TRY(password_state(tx, u->id, &password));
    TRY(factor_count(tx, u->id, &d->factors));
    TRY(session_list(tx, u->id, &sessions, &n));
    TRY(link_open_until(tx, LINK_INVITATION, u->id, &d->invited_until));
    d->has_password = password.set;
    d->can_reset = d->is_active && !d->is_self && user_mail_is_on();
    d->last_login_at = password.last_login_at;
    d->sessions = (int64_t)n;
    d->version = u->version;
    TRY(user_stale(rq, tx, u->id, &d->version, &d->stale));
    fill_right_blocks(req_mem(rq), u, d);
    fill_group_options(rq, is_console(rq), d);
    return OK;
}

enum rc
user_get(struct req *rq, struct rtx *tx)
{
    struct user_find_row u;
    struct user_page d;

    TRY(user_find(tx, &(struct user_find_in){PATH_ID(rq, user)}, &u));
    TRY(fill_person(rq, tx, &u, &d));
    set_page(rq, d.name);
    return reply_page(rq, user_html, &d);
}

static struct url
user_url(struct req *rq, struct user_id id)
{
    return url_fmt(req_mem(rq), "/personen/%lld", (long long)id.n);
}

/* Mailed to whoever has an address. Otherwise the link is shown this once, to be handed over: it
 * stands nowhere in the clear. */
static enum rc
send_invitation(struct req *rq, struct wtx *tx, struct user_id id)
{
    struct user_find_row u;
    struct invited_page d = {.id = id};
    struct str token, agency;
    size_t mailed = 0;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (user_mail_is_on()) {
        TRY(user_agency(wtx_read(tx), &u, &agency));
        TRY(user_mail_link(tx, LINK_INVITATION, false, &u, agency, &mailed));
    }
    if (mailed > 0) {
        return reply_done(rq, user_url(rq, id), T_notice_invitation_mailed);
    }
    TRY(link_new(tx, &(struct link_wanted){.kind = LINK_INVITATION, .user = id}, &token, &d.until));
    d.name = full_name(req_mem(rq), u.first_name, u.last_name);
    d.link = user_link_of(req_mem(rq), LINK_INVITATION, token);
    req_page(rq)->lang = req_who(rq)->lang == LANG_EN ? LANG_EN : LANG_DE;
    set_page(rq, page_text(req_page(rq), T_people_invited, STR_NONE));
    return reply_auth_page(rq, invited_html, &d);
}

enum rc
user_post_add(struct req *rq, struct wtx *tx)
{
    const struct user_form *f = req_form(rq, struct user_form);
    struct user_id id;

    if ((f->group_no == GROUP_OPERATOR) != is_console(rq)) {
        return fail_field(wtx_err(tx), "group_no", RC_INVALID, E_FIELD_CHOICE, "");
    }
    TRY(user_add(tx, f, &id));
    return send_invitation(rq, tx, id);
}

/* Another address is where notices and links go from then on. */
enum rc
user_wants_proof(struct req *rq, struct rtx *tx, bool *ret_wanted)
{
    struct user_find_row u;

    TRY(user_find(tx, &(struct user_find_in){PATH_ID(rq, user)}, &u));
    *ret_wanted = !str_eq(req_form(rq, struct user_form)->email, u.email);
    return OK;
}

enum rc
user_post_change(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);

    TRY(user_change(tx, id, req_form(rq, struct user_form)));
    return reply_done(rq, user_url(rq, id), T_notice_person_changed);
}

enum rc
user_post_group(struct req *rq, struct wtx *tx)
{
    const struct group_form *f = req_form(rq, struct group_form);
    const struct user_id id = PATH_ID(rq, user);

    TRY(user_set_group_of(tx, id, (enum group)f->group_no, f->version));
    return reply_done(rq, user_url(rq, id), T_notice_rights_changed);
}

enum rc
user_post_rights(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);
    uint64_t plus = 0;
    uint64_t minus = 0;

    for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        const struct str said = req_raw(rq, arena_fmt(req_mem(rq), "right_%u", r));
        if (right_is_switchable((enum right)r) && str_eq(said, STR("plus"))) {
            plus |= UINT64_C(1) << r;
        } else if (right_is_switchable((enum right)r) && str_eq(said, STR("minus"))) {
            minus |= UINT64_C(1) << r;
        }
    }
    TRY(user_set_switches(tx, id, plus, minus, req_form(rq, struct rights_form)->version));
    return reply_done(rq, user_url(rq, id), T_notice_rights_changed);
}

/* Whoever locks or unlocks has seen the person as she is now. */
static enum rc
need_seen(struct req *rq, struct wtx *tx, struct user_id id)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    return u.version == req_form(rq, struct state_form)->version
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_STALE, "user %lld", (long long)id.n);
}

enum rc
user_post_lock(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);

    if (id.n == req_who(rq)->user.n) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_SELF, "own account");
    }
    TRY(need_seen(rq, tx, id));
    TRY(user_lock(tx, id));
    return reply_done(rq, user_url(rq, id), T_notice_person_locked);
}

enum rc
user_post_unlock(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);

    TRY(need_seen(rq, tx, id));
    TRY(user_unlock(tx, id));
    return reply_done(rq, user_url(rq, id), T_notice_person_unlocked);
}

/* Only while the person has never signed in: a new way in for somebody who has one is a reset of
 * the password, which has rules of its own (AUTH-08). */
enum rc
user_post_invite(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (u.user_state != USER_INVITED) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    TRY(touch(tx, EVENT_INVITED, SUBJECT(user, id), NULL, NULL, NULL));
    return send_invitation(rq, tx, id);
}

/* The link goes to the person and is never seen by who starts it: nobody sets a password for
 * somebody else (AUTH-08). */
enum rc
user_post_reset(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);
    struct user_find_row u;
    struct str agency;
    size_t mailed;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (u.user_state != USER_ACTIVE) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    if (!user_mail_is_on()) {
        return fail(wtx_err(tx), RC_CONFLICT, E_MAIL_OFF, "no mail server");
    }
    TRY(user_agency(wtx_read(tx), &u, &agency));
    TRY(user_mail_link(tx, LINK_RESET, false, &u, agency, &mailed));
    if (mailed == 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_NO_ADDRESS, "user %lld", (long long)id.n);
    }
    TRY(touch(tx, EVENT_RESET_STARTED, SUBJECT(user, id), NULL, NULL, NULL));
    return reply_done(rq, user_url(rq, id), T_notice_reset_started);
}

enum rc
user_post_sign_out(struct req *rq, struct wtx *tx)
{
    const struct user_id id = PATH_ID(rq, user);
    int64_t ended;

    TRY(session_end_all(tx, id, (struct session_id){0}, &ended));
    if (ended == 0) {
        wtx_allow_untouched(tx, "no session was there");
        return reply_done(rq, user_url(rq, id), T_notice_session_none);
    }
    TRY(touch(tx, EVENT_SESSION_ENDED, SUBJECT(user, id), NULL, NULL, NULL));
    return reply_done(rq, user_url(rq, id), T_notice_sessions_ended);
}

/* --- groups ---------------------------------------------------------------------------------- */
enum rc
groups_get(struct req *rq, struct rtx *tx)
{
    struct groups_page d = {0};

    TRY(fill_groups_page(req_mem(rq), tx, &d));
    set_page(rq, page_text(req_page(rq), T_groups_title, STR_NONE));
    return reply_page(rq, groups_html, &d);
}
