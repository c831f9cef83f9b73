/* user.c: `kontor user add|list|lock|unlock|invite|reset-password|reset-2fa`. The rules are the
 * workspace's; the password travels from stdin to the worker and is never an argument. The worker's
 * commands stand in app/user/commands.c. */
#include "cli/cli.h"

enum { PASSWORD_MAX = 600 };

static enum rc
add(struct cli *c)
{
    const char *workspace;
    const char *login;
    const char *group;
    char password[PASSWORD_MAX];
    json_t *out = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_need(c, "--login", &login));
    TRY(cli_need(c, "--group", &group));
    if (cli_option(c, "--password-stdin") == NULL) {
        cli_say(c, stderr, T_cli_missing_option, (const char *const[]){"--password-stdin", NULL});
        return RC_INVALID;
    }
    TRY(cli_read_secret(c, password, sizeof password));
    json_t *in = json_pack("{s:s, s:s, s:s}", "login", login, "group", group, "password", password);
    explicit_bzero(password, sizeof password);
    if (in == NULL) {
        return cli_fail(c, RC_INVALID, "field.encoding", "");
    }
    const char *name = cli_option(c, "--name");
    if (name != NULL) {
        (void)json_object_set_new(in, "name", json_string(name));
    }
    TRY(cli_call(c, workspace, "user.add", in, &out));
    if (c->json) {
        cli_print_json(out);
    } else {
        SAY(c, T_cli_user_added, login, workspace);
        json_decref(out);
    }
    return OK;
}

static enum rc
list(struct cli *c)
{
    const char *workspace;
    json_t *out = NULL;
    size_t i;
    json_t *row;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call(c, workspace, "user.list", NULL, &out));
    json_t *rows = json_object_get(out, "rows");
    if (c->json) {
        cli_print_json(json_incref(rows));
    } else {
        json_array_foreach(rows, i, row)
        {
            (void)printf("%4lld  %-24s %-16s %-8s %s\n",
                         (long long)json_integer_value(json_object_get(row, "id")),
                         cli_text(row, "login"), cli_text(row, "group"), cli_text(row, "state"),
                         cli_text(row, "name"));
        }
    }
    json_decref(out);
    return OK;
}

static enum rc
change(struct cli *c, const char *command, enum text done)
{
    const char *workspace;
    const char *login;
    json_t *out = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_need(c, "--login", &login));
    TRY(cli_call(c, workspace, command, json_pack("{s:s}", "login", login), &out));
    if (c->json) {
        cli_print_json(out);
    } else {
        SAY(c, done, login, workspace);
        json_decref(out);
    }
    return OK;
}

static enum rc
lock(struct cli *c)
{
    return change(c, "user.lock", T_cli_user_locked);
}

static enum rc
unlock(struct cli *c)
{
    return change(c, "user.unlock", T_cli_user_unlocked);
}

/* A one-time link: by mail, or printed for whoever hands it over. */
static enum rc
issue_link(struct cli *c, const char *workspace, const char *command, json_t *in)
{
    json_t *out = NULL;
    if (in == NULL) {
        return cli_fail(c, RC_INVALID, "field.encoding", "");
    }
    if (cli_option(c, "--mail") != NULL) {
        (void)json_object_set_new(in, "mail", json_true());
    }
    TRY(cli_call(c, workspace, command, in, &out));
    if (c->json) {
        cli_print_json(out);
        return OK;
    }
    if (json_object_get(out, "url") != NULL) {
        SAY(c, T_cli_user_link, cli_text(out, "url"), cli_text(out, "expiresAt"));
    } else {
        SAY(c, T_cli_user_link_mailed, cli_text(out, "name"));
    }
    json_decref(out);
    return OK;
}

static enum rc
invite(struct cli *c)
{
    static const char *const texts[] = {"--group", "--name", "--email"};
    const char *workspace;
    const char *id = cli_option(c, "--id");
    int64_t n = 0;
    TRY(cli_need(c, "--workspace", &workspace));
    if (id == NULL) {
        const char *group;
        TRY(cli_need(c, "--group", &group));
    } else if (str_to_i64(str_of(id), &n) != OK) {
        return cli_fail(c, RC_INVALID, "field.id", "--id");
    }
    json_t *in = json_pack("{s:I}", "id", (json_int_t)n);
    for (size_t i = 0; in != NULL && i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = cli_option(c, texts[i]);
        if (value != NULL) {
            (void)json_object_set_new(in, texts[i] + 2, json_string(value));
        }
    }
    return issue_link(c, workspace, "user.invite", in);
}

static enum rc
reset_password(struct cli *c)
{
    const char *workspace;
    const char *login;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_need(c, "--login", &login));
    return issue_link(c, workspace, "user.reset_password", json_pack("{s:s}", "login", login));
}

static enum rc
reset_2fa(struct cli *c)
{
    const char *workspace;
    const char *login;
    const char *reason = cli_option(c, "--reason");
    const bool cancels = cli_option(c, "--cancel") != NULL;
    json_t *out = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_need(c, "--login", &login));
    if (!cancels) {
        TRY(cli_need(c, "--reason", &reason));
    }
    TRY(cli_call(c, workspace, "user.reset_2fa",
                 json_pack("{s:s, s:s, s:b, s:b}", "login", login, "reason",
                           reason != NULL ? reason : "", "cancel", cancels, "unreachable",
                           cli_option(c, "--unreachable") != NULL),
                 &out));
    if (c->json) {
        cli_print_json(out);
        return OK;
    }
    if (cancels) {
        SAY(c, T_cli_user_reset_cancelled, login, workspace);
    } else {
        SAY(c, T_cli_user_reset, login, workspace, cli_text(out, "notBefore"));
    }
    json_decref(out);
    return OK;
}

/* clang-format off */
const struct cli_verb user_verbs[] = {
    {"user add", "--workspace= --login= --group= --name= --password-stdin", false,
     T_cli_help_user_add, add},
    {"user invite", "--workspace= --id= --group= --name= --email= --mail", false,
     T_cli_help_user_invite, invite},
    {"user list", "--workspace=", false, T_cli_help_user_list, list},
    {"user lock", "--workspace= --login=", false, T_cli_help_user_lock, lock},
    {"user reset-2fa", "--workspace= --login= --reason= --unreachable --cancel", false,
     T_cli_help_user_reset_2fa, reset_2fa},
    {"user reset-password", "--workspace= --login= --mail", false, T_cli_help_user_reset, reset_password},
    {"user unlock", "--workspace= --login=", false, T_cli_help_user_unlock, unlock},
    {NULL, "", false, T_NONE, NULL},
};
/* clang-format on */
