/* init.c: `kontor init`: a new installation, with one agency and the operator console, each with a
 * one-time link for its first person. Nothing has a default password. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/workspace.h"
#include "proc/master.h"

#define FIRST_SLUG "agentur"
#define FIRST_NAME "Agentur"

static enum rc
make_folders_above(const char *dir)
{
    char path[CLI_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", dir);
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return RC_IO;
            }
            *p = '/';
        }
    }
    return mkdir(path, 0711) == 0 || errno == EEXIST ? OK : RC_IO;
}

static enum rc
write_conf(struct cli *c, struct conf *conf)
{
    char path[CLI_PATH_MAX + 16];
    const char *domain = cli_option(c, "--base-domain");
    config_defaults(conf_rows, conf_n_rows, conf);
    if (domain != NULL) {
        if (!domain_is_valid(str_of(domain)) || strlen(domain) >= sizeof conf->base_domain) {
            cli_say(c, stderr, T_cli_wrong_domain, (const char *const[]){domain, NULL});
            return RC_INVALID;
        }
        (void)snprintf(conf->base_domain, sizeof conf->base_domain, "%s", domain);
    }
    conf->uid_base = master_uid_base();
    (void)snprintf(path, sizeof path, "%s/kontor.conf", c->dir);
    if (access(path, F_OK) == 0) {
        return cli_fail(c, RC_CONFLICT, "installed", c->dir);
    }
    if (make_folders_above(c->dir) != OK || conf_save(path, conf) != OK) {
        return cli_fail(c, RC_IO, "io", strerrorname_np(errno));
    }
    return OK;
}

/* The one-time link of a workspace's first person. */
static enum rc
first_link(struct cli *c, const struct conf *conf, const char *workspace, json_t **ret_url)
{
    json_t *out = NULL;
    char origin[700];
    *ret_url = json_null();
    enum rc rc = cli_call(c, workspace, "user.first_link", NULL, &out);
    if (rc == RC_MISSING) {
        return OK;
    }
    TRY(rc);
    conf_origin(conf, strcmp(workspace, "system") == 0 ? NULL : workspace, origin, sizeof origin);
    *ret_url = json_sprintf("%s%s", origin, json_string_value(json_object_get(out, "path")));
    json_decref(out);
    return *ret_url != NULL ? OK : RC_BROKEN;
}

static enum rc
fill(struct cli *c, const struct conf *conf, json_t **ret_result)
{
    json_t *row = NULL;
    json_t *owner = NULL;
    json_t *console = NULL;
    TRY(workspace_add(c, FIRST_SLUG, FIRST_NAME, &row));
    TRY(first_link(c, conf, FIRST_SLUG, &owner));
    TRY(first_link(c, conf, "system", &console));
    *ret_result = json_pack("{s:s, s:[o], s:o, s:o}", "dir", c->dir, "workspaces", row, "ownerLink",
                            owner, "operatorLink", console);
    return *ret_result != NULL ? OK : RC_BROKEN;
}

static const char *
text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s != NULL ? s : "";
}

static enum rc
init(struct cli *c)
{
    struct conf conf;
    struct err err = {0};
    json_t *result = NULL;
    TRY(write_conf(c, &conf));
    enum rc rc = master_make(c->dir, &conf, &err);
    if (rc != OK) {
        return cli_fail(c, rc, code_name(err.code), err.detail);
    }
    TRY(fill(c, &conf, &result));
    if (c->json) {
        cli_print_json(result);
        return OK;
    }
    const char *owner = text_of(result, "ownerLink");
    const char *console = text_of(result, "operatorLink");
    SAY(c, T_cli_init_done, c->dir);
    SAY(c, T_cli_init_owner, owner);
    SAY(c, T_cli_init_operator, console);
    SAY(c, T_cli_init_serve, c->dir);
    json_decref(result);
    return OK;
}

const struct cli_verb init_verbs[] = {
    {"init", "--demo= --base-domain=", false, T_cli_help_init, init},
    {NULL, "", false, T_NONE, NULL},
};
