/* workspace.c: `kontor workspace add|list|show|wake`. */
#include "cli/workspace.h"

static enum rc
add_url(struct cli *c, json_t *row)
{
    char origin[700];
    const char *slug = json_string_value(json_object_get(row, "slug"));
    TRY(cli_origin(c, slug != NULL ? slug : "", origin, sizeof origin));
    return json_object_set_new(row, "url", json_string(origin)) == 0 ? OK : RC_BROKEN;
}

/* Registrar first (it gives the number), then folder and key, then the names become known. Asking
 * again with the same slug finishes what was interrupted. */
enum rc
workspace_add(struct cli *c, const char *slug, const char *name, json_t **ret_row)
{
    json_t *row = NULL;
    json_t *done = NULL;
    char id[24];
    TRY(cli_call(c, "0", "workspace.add", json_pack("{s:s, s:s}", "slug", slug, "name", name),
                 &row));
    (void)snprintf(id, sizeof id, "%lld",
                   (long long)json_integer_value(json_object_get(row, "workspace")));
    json_decref(row);
    enum rc rc = cli_call(c, id, "workspace.prepare", NULL, &done);
    json_decref(done);
    TRY(rc);
    TRY(cli_call(c, "0", "workspace.activate", json_pack("{s:s}", "slug", slug), &row));
    rc = add_url(c, row);
    if (rc != OK) {
        json_decref(row);
        return rc;
    }
    *ret_row = row;
    return OK;
}

static enum rc
add(struct cli *c)
{
    const char *slug;
    const char *name = cli_option(c, "--name");
    json_t *row = NULL;
    TRY(cli_need(c, "--slug", &slug));
    TRY(workspace_add(c, slug, name != NULL ? name : slug, &row));
    if (c->json) {
        cli_print_json(row);
    } else {
        SAY(c, T_cli_workspace_added, slug, cli_text(row, "url"));
        json_decref(row);
    }
    return OK;
}

static void
print_row(const json_t *row)
{
    (void)printf("%4lld  %-20s %-8s %-30s %s\n",
                 (long long)json_integer_value(json_object_get(row, "workspace")),
                 cli_text(row, "slug"), cli_text(row, "state"), cli_text(row, "name"),
                 cli_text(row, "url"));
}

static enum rc
list(struct cli *c)
{
    json_t *out = NULL;
    size_t i;
    json_t *row;
    TRY(cli_call(c, "0", "workspace.list", NULL, &out));
    json_t *rows = json_object_get(out, "rows");
    json_array_foreach(rows, i, row)
    {
        TRY(add_url(c, row));
    }
    if (c->json) {
        cli_print_json(json_incref(rows));
    } else {
        json_array_foreach(rows, i, row)
        {
            print_row(row);
        }
    }
    json_decref(out);
    return OK;
}

static enum rc
show(struct cli *c)
{
    json_t *row = NULL;
    const char *slug = c->arg;
    if (slug == NULL) {
        TRY(cli_need(c, "--workspace", &slug));
    }
    TRY(cli_call(c, "0", "workspace.show", json_pack("{s:s}", "slug", slug), &row));
    TRY(add_url(c, row));
    if (c->json) {
        cli_print_json(row);
    } else {
        print_row(row);
        json_decref(row);
    }
    return OK;
}

/* The way back for an agency that was set aside after crashes. */
static enum rc
wake(struct cli *c)
{
    json_t *out = NULL;
    const char *slug = c->arg;
    if (slug == NULL) {
        TRY(cli_need(c, "--workspace", &slug));
    }
    TRY(cli_call(c, slug, "workspace.wake", NULL, &out));
    json_decref(out);
    if (c->json) {
        cli_print_json(json_pack("{s:s, s:b}", "workspace", slug, "awake", 1));
    } else {
        SAY(c, T_cli_workspace_woken, slug);
    }
    return OK;
}

const struct cli_verb workspace_verbs[] = {
    {"workspace add",  "--slug= --name=", false, T_cli_help_workspace_add,  add },
    {"workspace list", "",                false, T_cli_help_workspace_list, list},
    {"workspace show", "--workspace=",    true,  T_cli_help_workspace_show, show},
    {"workspace wake", "--workspace=",    true,  T_cli_help_workspace_wake, wake},
    {NULL,             "",                false, T_NONE,                    NULL},
};
