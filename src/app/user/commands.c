/* commands.c: see commands.h. In:
 *
 *   user.add             {login, group, password, name?}: an active person; AUTH-01, AUTH-02 hold
 *   user.list            {}
 *   user.lock, .unlock   {login}
 *   user.invite          {id}: a new link for somebody invited; {group, name?, email?}: a new
 * person user.first_link      {}: the link of the first person; RC_MISSING when somebody works here
 *   user.reset_password  {login}: a link for a new password; sets none
 *
 * Out: {id, login, name, group, state}. Where a link was made, "path", "url" and "expiresAt"; when
 * it was asked to be mailed ({mail: true}), "mailed" instead, the number of addresses. */
#include "commands.h"

#include <jansson.h>

#include "base/time.h"
#include "ladder_commands.h"
#include "user_in.h"

static struct str
text_in(const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);

    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR_NONE;
}

static const char *
state_code(enum user_state s)
{
    static const char *const codes[] = {
        [USER_INVITED] = "invited", [USER_ACTIVE] = "active", [USER_LOCKED] = "locked"};

    return (size_t)s < COUNT(codes) && codes[s] != NULL ? codes[s] : "";
}

static void
set_text(json_t *out, const char *key, struct str s)
{
    (void)json_object_set_new(out, key, json_stringn(s.p != NULL ? s.p : "", s.n));
}

static void
put_user(json_t *out, const struct user_all_row *u)
{
    (void)json_object_set_new(out, "id", json_integer(u->id.n));
    set_text(out, "login", u->login);
    (void)json_object_set_new(out, "name",
                              json_sprintf("%.*s%s%.*s", STR_FMT(u->first_name),
                                           u->first_name.n > 0 && u->last_name.n > 0 ? " " : "",
                                           STR_FMT(u->last_name)));
    set_text(out, "group", str_of(group_code((enum group)u->group_no)));
    set_text(out, "state", str_of(state_code((enum user_state)u->user_state)));
}

static enum rc
put_found(struct rtx *tx, struct user_id id, json_t *out)
{
    struct user_find_row u;

    TRY(user_find(tx, &(struct user_find_in){id}, &u));
    put_user(out, &(struct user_all_row){.id = u.id,
                                         .login = u.login,
                                         .first_name = u.first_name,
                                         .last_name = u.last_name,
                                         .group_no = u.group_no,
                                         .user_state = u.user_state});
    return OK;
}

static enum rc
need_login(struct wtx *tx, const json_t *in, struct user_id *ret_id)
{
    enum user_state state;
    const struct str login = text_in(in, "login");

    TRY(user_of_login(wtx_read(tx), login.p != NULL ? login : STR(""), ret_id, &state));
    return ret_id->n != 0 ? OK : fail(wtx_err(tx), RC_MISSING, E_USER_UNKNOWN, "no such log-in");
}

/* "Mara Tannhof": the last word is the family name. */
static void
split_name(struct str name, struct str *ret_first, struct str *ret_last)
{
    size_t cut = SIZE_MAX;

    name = str_trim(name);
    for (size_t at = str_find(name, STR(" "), 0); at != SIZE_MAX;
         at = str_find(name, STR(" "), at + 1)) {
        cut = at;
    }
    *ret_first = cut == SIZE_MAX ? STR("") : str_sub(name, 0, cut);
    *ret_last = cut == SIZE_MAX ? name : str_sub(name, cut + 1, name.n);
}

/* Groups of a workspace are not the console's. */
static enum rc
read_group(struct wtx *tx, const json_t *in, bool console, enum group *ret_g)
{
    const struct str code = text_in(in, "group");
    enum group g = console ? GROUP_OPERATOR : GROUP_COUNT;

    if (code.p != NULL && group_parse(code, &g) != OK) {
        return fail_field(wtx_err(tx), "group", RC_INVALID, E_USER_GROUP, "");
    }
    if (g == GROUP_COUNT || (g == GROUP_OPERATOR) != console) {
        return fail_field(wtx_err(tx), "group", RC_INVALID, E_USER_GROUP, "");
    }
    *ret_g = g;
    return OK;
}

static enum rc
add_person(struct wtx *tx, const json_t *in, bool console, struct user_id *ret_id)
{
    struct user_form f = {.email = STR(""), .phone = STR("")};
    const struct str name = text_in(in, "name");
    const struct str login = text_in(in, "login");
    const struct str email = text_in(in, "email");
    enum group g = GROUP_COUNT;

    TRY(read_group(tx, in, console, &g));
    TRY(user_new_week(wtx_read(tx), console, &f.week_minutes));
    f.group_no = g;
    f.email = email.p != NULL ? email : STR("");
    split_name(name.p != NULL    ? name
               : login.p != NULL ? login
                                 : STR(""),
               &f.first_name, &f.last_name);
    return user_add(tx, &f, ret_id);
}

/* --- add ------------------------------------------------------------------------------------- */
static enum rc
add(struct wtx *tx, const json_t *in, json_t *out, bool console)
{
    struct take_form f = {.login = text_in(in, "login"), .password = text_in(in, "password")};
    const struct hash_order order = hash_order_new();
    uint8_t tag[HASH_TAG];
    struct user_find_row u;
    struct user_id id;
    struct str bytes;

    if (f.login.p == NULL || f.password.p == NULL) {
        return fail_field(wtx_err(tx), "login", RC_INVALID, E_FIELD_REQUIRED, "");
    }
    TRY(add_person(tx, in, console, &id));
    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    f.first_name = u.first_name;
    f.last_name = u.last_name;
    f.lang = u.lang;
    TRY(user_check_login(tx, id, f.login)); /* before the slow part */
    TRY(user_check_password(tx, id, &f, f.password));
    TRY(password_bytes(wtx_mem(tx), wtx_err(tx), f.password, &bytes));
    TRY(password_hash_now(wtx_err(tx), bytes, &order, tag));
    TRY(user_take(tx, id, &f, &order, (struct bytes){tag, sizeof(tag)}));
    explicit_bzero(tag, sizeof(tag));
    return put_found(wtx_read(tx), id, out);
}

static enum rc
run_add(struct wtx *tx, json_t *in, json_t *out)
{
    return add(tx, in, out, false);
}

static enum rc
run_add_operator(struct wtx *tx, json_t *in, json_t *out)
{
    return add(tx, in, out, true);
}

/* --- list, lock, unlock ---------------------------------------------------------------------- */
static enum rc
run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct user_all_row *rows;
    size_t n;
    json_t *list = json_array();

    (void)in;
    (void)json_object_set_new(out, "rows", list);
    TRY(user_all(wtx_read(tx), &rows, &n));
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        put_user(row, &rows[i]);
        (void)json_array_append_new(list, row);
    }
    return OK;
}

static enum rc
run_lock(struct wtx *tx, json_t *in, json_t *out)
{
    struct user_id id;

    TRY(need_login(tx, in, &id));
    TRY(user_lock(tx, id));
    return put_found(wtx_read(tx), id, out);
}

static enum rc
run_unlock(struct wtx *tx, json_t *in, json_t *out)
{
    struct user_id id;

    TRY(need_login(tx, in, &id));
    TRY(user_unlock(tx, id));
    return put_found(wtx_read(tx), id, out);
}

/* --- links ----------------------------------------------------------------------------------- */
/* The link for whoever asked, once. */
static enum rc
put_link(struct wtx *tx, enum link_kind kind, struct user_id id, json_t *out)
{
    struct str token;
    struct instant until;
    char text[32];

    TRY(link_new(tx, &(struct link_wanted){.kind = kind, .user = id}, &token, &until));
    TRY(put_found(wtx_read(tx), id, out));
    const struct str url = user_link_of(wtx_mem(tx), kind, token);
    const size_t host = str_find(url, STR("://"), 0);
    const size_t path = host == SIZE_MAX ? 0 : str_find(url, STR("/"), host + 3);
    set_text(out, "url", url);
    set_text(out, "path", str_sub(url, path, url.n));
    set_text(out, "expiresAt", instant_print(until, text));
    return OK;
}

/* Or by mail, and then nobody else sees it. */
static enum rc
mail_link(struct wtx *tx, enum link_kind kind, const struct user_find_row *u, json_t *out)
{
    struct str agency;
    size_t mailed;

    if (!user_mail_is_on()) {
        return fail(wtx_err(tx), RC_CONFLICT, E_MAIL_OFF, "no mail server");
    }
    TRY(user_agency(wtx_read(tx), u, &agency));
    TRY(user_mail_link(tx, kind, false, u, agency, &mailed));
    if (mailed == 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_NO_ADDRESS, "user %lld", (long long)u->id.n);
    }
    TRY(put_found(wtx_read(tx), u->id, out));
    (void)json_object_set_new(out, "mailed", json_integer((json_int_t)mailed));
    return OK;
}

static bool
wants_mail(const json_t *in)
{
    return json_is_true(json_object_get(in, "mail"));
}

static enum rc
invite(struct wtx *tx, const json_t *in, json_t *out, bool console)
{
    struct user_id id = {json_integer_value(json_object_get(in, "id"))};
    struct user_find_row u;

    if (id.n == 0 && text_in(in, "login").p != NULL) {
        TRY(need_login(tx, in, &id));
    }
    if (id.n == 0) {
        TRY(add_person(tx, in, console, &id));
    }
    if (user_find(wtx_read(tx), &(struct user_find_in){id}, &u) != OK) {
        return fail(wtx_err(tx), RC_MISSING, E_USER_UNKNOWN, "user %lld", (long long)id.n);
    }
    if (u.user_state != USER_INVITED) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    TRY(touch(tx, EVENT_INVITED, SUBJECT(user, id), NULL, NULL, NULL));
    return wants_mail(in) ? mail_link(tx, LINK_INVITATION, &u, out)
                          : put_link(tx, LINK_INVITATION, id, out);
}

/* Sets nothing: the person chooses (AUTH-08). A link that somebody else saw is told to her. */
static enum rc
run_reset_password(struct wtx *tx, json_t *in, json_t *out)
{
    struct user_find_row u;
    struct user_id id;

    TRY(need_login(tx, in, &id));
    TRY(user_find(wtx_read(tx), &(struct user_find_in){id}, &u));
    if (u.user_state != USER_ACTIVE) {
        return fail(wtx_err(tx), RC_CONFLICT, E_USER_STATE, "user %lld", (long long)id.n);
    }
    const enum event e = wants_mail(in) ? EVENT_RESET_STARTED : EVENT_RESET_ISSUED;
    TRY(touch(tx, e, SUBJECT(user, id), NULL, NULL, NULL));
    return wants_mail(in) ? mail_link(tx, LINK_RESET, &u, out) : put_link(tx, LINK_RESET, id, out);
}

static enum rc
run_invite(struct wtx *tx, json_t *in, json_t *out)
{
    return invite(tx, in, out, false);
}

static enum rc
run_invite_operator(struct wtx *tx, json_t *in, json_t *out)
{
    return invite(tx, in, out, true);
}

/* The first person gets a link as long as nobody works here; asked again, a new one (the old one
 * ends). */
static enum rc
first_link(struct wtx *tx, json_t *out, enum group g)
{
    struct user_state_count_row active;
    struct user_first_invited_row first;
    struct user_form f = {.first_name = STR(""),
                          .last_name = STR(""),
                          .email = STR(""),
                          .phone = STR(""),
                          .group_no = g};
    bool found;

    TRY(user_state_count(wtx_read(tx), &(struct user_state_count_in){USER_ACTIVE}, &active));
    if (active.user_count > 0) {
        return fail(wtx_err(tx), RC_MISSING, E_USER_UNKNOWN, "somebody works here already");
    }
    TRY(user_first_invited(wtx_read(tx), &(struct user_first_invited_in){g}, &first, &found));
    if (!found) {
        TRY(user_new_week(wtx_read(tx), g == GROUP_OPERATOR, &f.week_minutes));
        TRY(user_add(tx, &f, &first.id));
    }
    TRY(touch(tx, EVENT_INVITED, SUBJECT(user, first.id), NULL, NULL, NULL));
    return put_link(tx, LINK_INVITATION, first.id, out);
}

static enum rc
run_first_link(struct wtx *tx, json_t *in, json_t *out)
{
    (void)in;
    return first_link(tx, out, GROUP_ADMINISTRATOR);
}

static enum rc
run_first_operator(struct wtx *tx, json_t *in, json_t *out)
{
    (void)in;
    return first_link(tx, out, GROUP_OPERATOR);
}

/* clang-format off */
const struct command user_commands[USER_COMMANDS] = {
    {.name = "user.add",            .event = EVENT_USER_ADDED,    .run = run_add},
    {.name = "user.list",                                         .run = run_list},
    {.name = "user.lock",           .event = EVENT_USER_LOCKED,   .run = run_lock},
    {.name = "user.unlock",         .event = EVENT_USER_UNLOCKED, .run = run_unlock},
    {.name = "user.invite",         .event = EVENT_INVITED,       .run = run_invite},
    {.name = "user.first_link",     .event = EVENT_INVITED,       .run = run_first_link},
    {.name = "user.reset_2fa", .event = EVENT_FACTOR_RESET_LAST_ORDERED, .run = ladder_run_reset},
    {.name = "user.reset_password", .event = EVENT_RESET_ISSUED,  .run = run_reset_password},
};
const struct command operator_commands[USER_COMMANDS] = {
    {.name = "user.add",            .event = EVENT_USER_ADDED,    .run = run_add_operator},
    {.name = "user.list",                                         .run = run_list},
    {.name = "user.lock",           .event = EVENT_USER_LOCKED,   .run = run_lock},
    {.name = "user.unlock",         .event = EVENT_USER_UNLOCKED, .run = run_unlock},
    {.name = "user.invite",         .event = EVENT_INVITED,       .run = run_invite_operator},
    {.name = "user.first_link",     .event = EVENT_INVITED,       .run = run_first_operator},
    {.name = "user.reset_2fa", .event = EVENT_FACTOR_RESET_LAST_ORDERED, .run = ladder_run_reset},
    {.name = "user.reset_password", .event = EVENT_RESET_ISSUED,  .run = run_reset_password},
};
/* clang-format on */
