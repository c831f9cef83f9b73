/* user.c: fields, rules and verbs of people; no HTTP. Every change of what somebody may do ends
 * with RIGHTS_CHANGED, USER_LOCKED or their like in the same transaction. */
#include "ladder.h"

#include "app/workspace/workspace.h"
#include "base/text.h"
#include "guard/passkey.h"

/* --- fields ---------------------------------------------------------------------------------- */
/* clang-format off */
static const struct field user_fields[] = {
    FIELD(struct user_form, first_name, T_user_first_name, .required = true, .max = 80, .personal = true, .token = "off"),
    FIELD(struct user_form, last_name, T_user_last_name, .required = true, .max = 80, .personal = true, .token = "off"),
    FIELD(struct user_form, email, T_user_email, .max = 254, .personal = true, .token = "off", .mode = "email"),
    FIELD(struct user_form, phone, T_user_phone, .max = 60, .personal = true, .token = "off", .mode = "tel"),
    FIELD(struct user_form, group_no, T_user_group, .required = true, .min = 1, .max = GROUP_COUNT - 1),
    FIELD(struct user_form, week_minutes, T_user_week, .max = 7 * 24 * 60, .hours = true),
    FIELD(struct user_form, version, T_general_version),
};
static const struct field take_fields[] = {
    FIELD(struct take_form, first_name, T_user_first_name, .required = true, .max = 80, .personal = true, .token = "given-name"),
    FIELD(struct take_form, last_name, T_user_last_name, .required = true, .max = 80, .personal = true, .token = "family-name"),
    FIELD(struct take_form, login, T_user_login, .required = true, .max = LOGIN_MAX, .personal = true, .token = "username"),
    FIELD(struct take_form, password, T_user_password, .required = true, .max = PASSWORD_MAX_BYTES, .secret = true, .raw = true, .token = "new-password"),
};
static const struct field account_fields[] = {
    FIELD(struct account_form, first_name, T_user_first_name, .required = true, .max = 80, .personal = true, .token = "given-name"),
    FIELD(struct account_form, last_name, T_user_last_name, .required = true, .max = 80, .personal = true, .token = "family-name"),
    FIELD(struct account_form, phone, T_user_phone, .max = 60, .personal = true, .token = "tel", .mode = "tel"),
    FIELD(struct account_form, lang, T_user_lang, .required = true, .min = 0, .max = 1),
    FIELD(struct account_form, theme, T_user_theme, .required = true, .min = 0, .max = 2),
    FIELD(struct account_form, keys_off, T_user_keys_off),
    FIELD(struct account_form, version, T_general_version),
};
/* clang-format on */
const struct form_def user_form_def = FORM_DEF(user_form, user_fields);
const struct form_def take_form_def = FORM_DEF(take_form, take_fields);
const struct form_def account_form_def = FORM_DEF(account_form, account_fields);

/* What the audit says of a change of group or rights: names, not numbers. */
struct rights_said {
    struct str group, plus, minus;
};
static const struct field rights_said_fields[] = {
    FIELD(struct rights_said, group, T_user_group),
    FIELD(struct rights_said, plus, T_user_rights_plus),
    FIELD(struct rights_said, minus, T_user_rights_minus),
};
const struct form_def rights_said_def = FORM_DEF(rights_said, rights_said_fields);

/* --- names ----------------------------------------------------------------------------------- */
static struct str
name_key(struct arena *mem, struct str first, struct str last)
{
    return text_sort_key(mem, arena_fmt(mem, "%.*s %.*s", STR_FMT(last), STR_FMT(first)));
}

enum rc
user_of_login(struct rtx *tx, struct str login, struct user_id *ret_id, enum user_state *ret_state)
{
    struct user_by_login_row row = {.user_state = USER_LOCKED};
    bool found = false;
    const struct str fold = text_fold(rtx_mem(tx), login);

    if (fold.n > 0) {
        TRY(user_by_login(tx, &(struct user_by_login_in){fold}, &row, &found));
    }
    *ret_id = found ? row.id : (struct user_id){0};
    *ret_state = (enum user_state)row.user_state;
    return OK;
}

/* "mara@linden.example" in any spelling: whoever knows it must not know half of what signs in. */
static bool
looks_like_address(struct arena *mem, struct str login)
{
    const struct str fold = text_fold(mem, login);
    const size_t at = str_find(fold, STR("@"), 0);

    return at != SIZE_MAX && at > 0 && at + 1 < fold.n;
}

/* Freely chosen (AUTH-09): any letters and marks that can be seen and typed, but no address. */
enum rc
user_check_login(struct wtx *tx, struct user_id id, struct str login)
{
    struct user_id other;
    enum user_state state;

    for (size_t i = 0; i < login.n; i++) {
        if ((unsigned char)login.p[i] < 0x20 || login.p[i] == 0x7f) {
            return fail_field(wtx_err(tx), "login", RC_INVALID, E_USER_LOGIN_FORM, "");
        }
    }
    if (str_points(login) < LOGIN_MIN || str_points(login) > LOGIN_MAX ||
        text_fold(wtx_mem(tx), login).n == 0) {
        return fail_field(wtx_err(tx), "login", RC_INVALID, E_USER_LOGIN_FORM, "");
    }
    if (looks_like_address(wtx_mem(tx), login)) {
        return fail_field(wtx_err(tx), "login", RC_INVALID, E_USER_LOGIN_MAIL, "");
    }
    TRY(user_of_login(wtx_read(tx), login, &other, &state));
    return other.n == 0 || other.n == id.n
               ? OK
               : fail_field(wtx_err(tx), "login", RC_CONFLICT, E_USER_LOGIN_TAKEN, "");
}

static enum rc
check_email(struct err *err, struct str email)
{
    const size_t at = str_find(email, STR("@"), 0);
    const bool sound = email.n == 0 || (at != SIZE_MAX && at > 0 && at + 1 < email.n &&
                                        str_find(email, STR("@"), at + 1) == SIZE_MAX &&
                                        str_find(email, STR(" "), 0) == SIZE_MAX);

    return sound ? OK : fail_field(err, "email", RC_INVALID, E_USER_EMAIL, "");
}

/* What the agency decided for all, which only the workspace's schema knows; nothing at the console.
 */
static enum rc
agency_settings(struct rtx *tx, bool console, struct settings *ret)
{
    *ret = (struct settings){.agency_name = STR(""), .lang = LANG_DE};
    return console ? OK : settings_get(tx, ret);
}

enum rc
user_new_week(struct rtx *tx, bool console, struct minutes *ret)
{
    struct settings s;

    TRY(agency_settings(tx, console, &s));
    *ret = s.week;
    return OK;
}

/* --- adding and changing --------------------------------------------------------------------- */
enum rc
user_add(struct wtx *tx, const struct user_form *f, struct user_id *ret_id)
{
    struct settings s;
    int64_t id;

    TRY(check_email(wtx_err(tx), f->email));
    TRY(agency_settings(wtx_read(tx), f->group_no == GROUP_OPERATOR, &s));
    TRY(wtx_new_id(tx, "user", &id));
    const struct user_insert_in in = {
        .id = {id},
        .login = STR_NONE,
        .login_fold = STR_NONE,
        .first_name = f->first_name,
        .last_name = f->last_name,
        .name_key = name_key(wtx_mem(tx), f->first_name, f->last_name),
        .email = f->email,
        .phone = f->phone,
        .group_no = f->group_no,
        .user_state = USER_INVITED,
        .lang = s.lang,
        .week_minutes = f->week_minutes.n == NONE_I32 ? (struct minutes){0} : f->week_minutes,
        .created_at = wtx_now(tx)};
    TRY(user_insert(tx, &in));
    TRY(touch(tx, EVENT_USER_ADDED, SUBJECT(user, in.id), &user_form_def, NULL, f));
    *ret_id = in.id;
    return OK;
}

enum rc
user_check_password(struct wtx *tx, struct user_id id, const struct take_form *names,
                    struct str password)
{
    struct user_find_row u;
    struct str agency;
    int64_t factors;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    TRY(user_agency(wtx_read(tx), &u, &agency));
    TRY(factor_count(wtx_read(tx), id, &factors));
    const struct password_context about = {
        .login = names != NULL ? names->login : u.login,
        .first_name = names != NULL ? names->first_name : u.first_name,
        .last_name = names != NULL ? names->last_name : u.last_name,
        .email = u.email,
        .workspace = agency,
        .has_factor = factors > 0};
    return password_check(wtx_mem(tx), wtx_err(tx), password, &about);
}

enum rc
user_take(struct wtx *tx, struct user_id id, const struct take_form *f,
          const struct hash_order *order, struct bytes tag)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    TRY(user_check_login(tx, id, f->login));
    TRY(user_check_password(tx, id, f, f->password));
    TRY(password_put(tx, id, order, tag, str_points(f->password)));
    return user_take_place(tx, &(struct user_take_place_in){
                                   .login = f->login,
                                   .login_fold = text_fold(wtx_mem(tx), f->login),
                                   .first_name = f->first_name,
                                   .last_name = f->last_name,
                                   .name_key = name_key(wtx_mem(tx), f->first_name, f->last_name),
                                   .lang = f->lang,
                                   .id = id});
}

static void
form_of(const struct user_find_row *u, struct user_form *ret_f)
{
    *ret_f = (struct user_form){.first_name = u->first_name,
                                .last_name = u->last_name,
                                .email = u->email,
                                .phone = u->phone,
                                .group_no = u->group_no,
                                .week_minutes = u->week_minutes,
                                .version = u->version};
}

enum rc
user_change(struct wtx *tx, struct user_id id, const struct user_form *f)
{
    struct user_find_row u;
    struct user_form before;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    TRY(check_email(wtx_err(tx), f->email));
    form_of(&u, &before);
    const struct minutes week =
        f->week_minutes.n == NONE_I32 ? (struct minutes){0} : f->week_minutes;
    if (user_update(tx, &(struct user_update_in){
                            .first_name = f->first_name,
                            .last_name = f->last_name,
                            .name_key = name_key(wtx_mem(tx), f->first_name, f->last_name),
                            .email = f->email,
                            .phone = f->phone,
                            .week_minutes = week,
                            .id = id,
                            .version = f->version}) != OK) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "user %lld", (long long)id.n);
    }
    if (!str_eq(f->email, u.email)) {
        struct str agency;
        TRY(user_agency(wtx_read(tx), &u, &agency));
        TRY(user_email_replaced(tx, &u, agency));
    }
    struct user_form after = *f;
    after.group_no = before.group_no;
    after.version = before.version;
    return touch(tx, EVENT_USER_CHANGED, SUBJECT(user, id), &user_form_def, &before, &after);
}

enum rc
user_change_own(struct wtx *tx, struct user_id id, const struct account_form *f)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    const struct account_form before = {.first_name = u.first_name,
                                        .last_name = u.last_name,
                                        .phone = u.phone,
                                        .lang = u.lang,
                                        .theme = u.theme,
                                        .keys_off = u.keys_off,
                                        .version = f->version};
    if (user_update_own(tx, &(struct user_update_own_in){
                                .first_name = f->first_name,
                                .last_name = f->last_name,
                                .name_key = name_key(wtx_mem(tx), f->first_name, f->last_name),
                                .phone = f->phone,
                                .lang = f->lang,
                                .theme = f->theme,
                                .keys_off = f->keys_off,
                                .id = id,
                                .version = f->version}) != OK) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "own account");
    }
    return touch(tx, EVENT_ACCOUNT_CHANGED, SUBJECT(user, id), &account_form_def, &before, f);
}

/* --- group and rights ------------------------------------------------------------------------ */
/* Somebody must be left who administers: the last active one keeps group, rights and state. */
static enum rc
need_another_head(struct wtx *tx, const struct user_find_row *u)
{
    struct user_heads_left_row left;
    const bool is_head = u->user_state == USER_ACTIVE && group_is_head((enum group)u->group_no);

    if (!is_head) {
        return OK;
    }
    TRY(user_heads_left(wtx_read(tx), &(struct user_heads_left_in){u->group_no, u->id}, &left));
    return left.user_count > 0
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_USER_LAST_HEAD, "user %lld", (long long)u->id.n);
}

static struct str
right_names(struct arena *mem, uint64_t mask)
{
    struct out o = out_new(mem, 4096);

    for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        if ((mask >> r & 1u) != 0) {
            out_fmt(&o, "%s%s", o.n > 0 ? " " : "", right_name((enum right)r));
        }
    }
    return out_view(&o);
}

static enum rc
say_rights(struct wtx *tx, const struct user_find_row *u, enum group g, uint64_t plus,
           uint64_t minus)
{
    struct arena *mem = wtx_mem(tx);
    const struct rights_said before = {.group = str_of(group_code((enum group)u->group_no)),
                                       .plus = right_names(mem, (uint64_t)u->right_plus),
                                       .minus = right_names(mem, (uint64_t)u->right_minus)};
    const struct rights_said after = {.group = str_of(group_code(g)),
                                      .plus = right_names(mem, plus),
                                      .minus = right_names(mem, minus)};

    return touch(tx, EVENT_RIGHTS_CHANGED, SUBJECT(user, u->id), &rights_said_def, &before, &after);
}

enum rc
user_set_group_of(struct wtx *tx, struct user_id id, enum group g, int64_t version)
{
    struct user_find_row u;
    int64_t ended;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (g == (enum group)u.group_no) {
        return fail_field(wtx_err(tx), "group_no", RC_CONFLICT, E_USER_SAME_GROUP, "");
    }
    /* Operators live in system.db alone, and nobody else does. */
    if ((g == GROUP_OPERATOR) != (u.group_no == GROUP_OPERATOR)) {
        return fail_field(wtx_err(tx), "group_no", RC_INVALID, E_FIELD_CHOICE, "");
    }
    TRY(need_another_head(tx, &u));
    if (user_set_group(tx, &(struct user_set_group_in){g, id, version}) != OK) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "user %lld", (long long)id.n);
    }
    TRY(session_end_all(tx, id, (struct session_id){0}, &ended));
    return say_rights(tx, &u, g, 0, 0);
}

uint64_t
user_switchable_rights(void)
{
    uint64_t mask = 0;

    for (unsigned r = RIGHT_TICKET + 1; r < RIGHT_COUNT; r++) {
        if (r != RIGHT_OPERATOR && r != RIGHT_SELF) {
            mask |= UINT64_C(1) << r;
        }
    }
    return mask;
}

enum rc
user_set_switches(struct wtx *tx, struct user_id id, uint64_t plus, uint64_t minus, int64_t version)
{
    struct user_find_row u;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    const uint64_t preset = group_rights((enum group)u.group_no);
    plus &= user_switchable_rights() & ~preset;
    minus &= user_switchable_rights() & preset;
    if ((minus >> RIGHT_USER_ADMIN & 1u) != 0) {
        TRY(need_another_head(tx, &u));
    }
    if (user_set_rights(
            tx, &(struct user_set_rights_in){(int64_t)plus, (int64_t)minus, id, version}) != OK) {
        return fail(wtx_err(tx), RC_CONFLICT, E_STALE, "user %lld", (long long)id.n);
    }
    return say_rights(tx, &u, (enum group)u.group_no, plus, minus);
}

/* --- locking --------------------------------------------------------------------------------- */
enum rc
user_lock(struct wtx *tx, struct user_id id)
{
    struct user_find_row u;
    int64_t ended;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (u.user_state == USER_LOCKED) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    TRY(need_another_head(tx, &u));
    TRY(user_set_state(tx, &(struct user_set_state_in){USER_LOCKED, id}));
    TRY(session_end_all(tx, id, (struct session_id){0}, &ended));
    TRY(device_forget_all(tx, id));
    TRY(link_withdraw(tx, id));
    return touch(tx, EVENT_USER_LOCKED, SUBJECT(user, id), NULL, NULL, NULL);
}

enum rc
user_unlock(struct wtx *tx, struct user_id id)
{
    struct user_find_row u;
    struct password_state p;

    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (u.user_state != USER_LOCKED) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    TRY(password_state(wtx_read(tx), id, &p));
    TRY(user_set_state(tx, &(struct user_set_state_in){p.set ? USER_ACTIVE : USER_INVITED, id}));
    return touch(tx, EVENT_USER_UNLOCKED, SUBJECT(user, id), NULL, NULL, NULL);
}

/* --- housekeeping ---------------------------------------------------------------------------- */
enum rc
user_prune(struct wtx *tx)
{
    TRY(session_prune(tx));
    TRY(factor_prune(tx));
    TRY(passkey_prune(tx));
    TRY(device_prune(tx));
    TRY(link_prune(tx));
    TRY(approval_tidy(tx));
    TRY(ladder_remind_all(tx));
    return limit_prune(tx);
}
