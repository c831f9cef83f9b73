/* user.c: `kontor user add|list|lock|unlock`. The rules are the workspace's; the password travels
 * from stdin to the worker and is never an argument. The worker's commands (app/user):
 *
 *   user.add {login, group, name?, password} -> {id, login, group, state, name}
 *   user.list {} -> {rows: [{id, login, group, state, name} …]}, login null while invited
 *   user.lock {login}, user.unlock {login} -> the row
 *   user.first_link {} -> {path}: the one-time link of the first administrator (in workspace 0: of
 * the first operator), for init; RC_CONFLICT when somebody can sign in already */
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

static const char *
text_of(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s != NULL ? s : "";
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
                         text_of(row, "login"), text_of(row, "group"), text_of(row, "state"),
                         text_of(row, "name"));
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

/* clang-format off */
const struct cli_verb user_verbs[] = {
    {"user add", "--workspace= --login= --group= --name= --password-stdin", false,
     T_cli_help_user_add, add},
    {"user list", "--workspace=", false, T_cli_help_user_list, list},
    {"user lock", "--workspace= --login=", false, T_cli_help_user_lock, lock},
    {"user unlock", "--workspace= --login=", false, T_cli_help_user_unlock, unlock},
    {NULL, "", false, T_NONE, NULL},
};
/* clang-format on */
