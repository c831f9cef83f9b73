/* workspace.c: `kontor workspace add|list|show|wake|lock|unlock|remove`. */
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
workspace_prepare(struct cli *c, const char *slug, const char *name)
{
    json_t *row = NULL;
    json_t *done = NULL;
    char id[24];
    TRY(cli_call(c, "0", "workspace.add", json_pack("{s:s, s:s}", "slug", slug, "name", name),
                 &row));
    (void)snprintf(id, sizeof id, "%lld",
                   (long long)json_integer_value(json_object_get(row, "workspace")));
    json_decref(row);
    const enum rc rc = cli_call(c, id, "workspace.prepare", NULL, &done);
    json_decref(done);
    return rc;
}

enum rc
workspace_activate(struct cli *c, const char *slug, json_t **ret_row)
{
    json_t *row = NULL;
    TRY(cli_call(c, "0", "workspace.activate", json_pack("{s:s}", "slug", slug), &row));
    const enum rc rc = add_url(c, row);
    if (rc != OK) {
        json_decref(row);
        return rc;
    }
    *ret_row = row;
    return OK;
}

enum rc
workspace_add(struct cli *c, const char *slug, const char *name, json_t **ret_row)
{
    TRY(workspace_prepare(c, slug, name));
    return workspace_activate(c, slug, ret_row);
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

/* --- the end of one --------------------------------------------------------------------------- */

static enum rc
need_slug(struct cli *c, const char **ret_slug)
{
    *ret_slug = c->arg;
    return *ret_slug != NULL ? OK : cli_need(c, "--workspace", ret_slug);
}

static void
say_row(const struct cli *c, enum text t, json_t *row)
{
    if (c->json) {
        cli_print_json(row);
    } else {
        SAY(c, t, cli_text(row, "slug"));
        json_decref(row);
    }
}

static enum rc
lock(struct cli *c)
{
    const char *slug;
    const char *why;
    json_t *row = NULL;
    TRY(need_slug(c, &slug));
    TRY(cli_need(c, "--reason", &why));
    TRY(cli_call(c, "0", "workspace.lock", json_pack("{s:s, s:s}", "slug", slug, "reason", why),
                 &row));
    say_row(c, T_cli_workspace_locked, row);
    return OK;
}

static enum rc
unlock(struct cli *c)
{
    const char *slug;
    json_t *row = NULL;
    TRY(need_slug(c, &slug));
    TRY(cli_call(c, "0", "workspace.unlock", json_pack("{s:s}", "slug", slug), &row));
    say_row(c, T_cli_workspace_unlocked, row);
    return OK;
}

static void
say_end(const struct cli *c, json_t *row)
{
    char files[24], bytes[24], day[11];
    if (c->json) {
        cli_print_json(row);
        return;
    }
    (void)snprintf(day, sizeof day, "%.10s", cli_text(row, "backupsUntil"));
    SAY(c, T_cli_workspace_ended, cli_text(row, "slug"), cli_number(row, "files", files),
        cli_number(row, "bytes", bytes));
    SAY(c, T_cli_workspace_ended_kept, day);
    SAY(c, T_cli_workspace_ended_ring);
    json_decref(row);
}

/* The registrar writes the order down; master does it; the registrar writes down that it is done.
 * Asking again finishes what was interrupted. */
static enum rc
destroy(struct cli *c, const char *slug, const char *why)
{
    json_t *row = NULL;
    json_t *gone = NULL;
    char id[24];
    TRY(cli_call(c, "0", "workspace.end",
                 json_pack("{s:s, s:s, s:b}", "slug", slug, "reason", why, "atOnce",
                           cli_option(c, "--at-once") != NULL),
                 &row));
    (void)cli_number(row, "workspace", id);
    json_decref(row);
    TRY(cli_call(c, id, "workspace.destroy", NULL, &gone));
    const json_int_t files = json_integer_value(json_object_get(gone, "files"));
    const json_int_t bytes = json_integer_value(json_object_get(gone, "bytes"));
    json_decref(gone);
    TRY(cli_call(c, "0", "workspace.ended",
                 json_pack("{s:s, s:I, s:I}", "slug", slug, "files", files, "bytes", bytes), &row));
    say_end(c, row);
    return OK;
}

static enum rc
end(struct cli *c)
{
    const char *slug;
    const char *why;
    const char *again;
    TRY(need_slug(c, &slug));
    TRY(cli_need(c, "--reason", &why));
    TRY(cli_need(c, "--confirm", &again));
    return strcmp(slug, again) == 0 ? destroy(c, slug, why)
                                    : cli_fail(c, RC_INVALID, code_name(E_WORKSPACE_CONFIRM), "");
}

const struct cli_verb workspace_verbs[] = {
    {"workspace add",    "--slug= --name=",                             false, T_cli_help_workspace_add,    add   },
    {"workspace list",   "",                                            false, T_cli_help_workspace_list,   list  },
    {"workspace lock",   "--workspace= --reason=",                      true,  T_cli_help_workspace_lock,   lock  },
    {"workspace remove", "--workspace= --reason= --confirm= --at-once", true,
     T_cli_help_workspace_remove,                                                                           end   },
    {"workspace show",   "--workspace=",                                true,  T_cli_help_workspace_show,   show  },
    {"workspace unlock", "--workspace=",                                true,  T_cli_help_workspace_unlock, unlock},
    {"workspace wake",   "--workspace=",                                true,  T_cli_help_workspace_wake,   wake  },
    {NULL,               "",                                            false, T_NONE,                      NULL  },
};
