/* backup.c: `kontor backup run|list|verify`: backups of one workspace. Master owns their files; the
 * command line only asks. */
#include "cli/cli.h"

static const char *
text_of(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s != NULL ? s : "";
}

static const char *
bytes_of(const json_t *row, char text[static 24])
{
    (void)snprintf(text, 24, "%lld", (long long)json_integer_value(json_object_get(row, "bytes")));
    return text;
}

static enum rc
run(struct cli *c)
{
    const char *workspace;
    json_t *row = NULL;
    char bytes[24];
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "backup.run", "", &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_backup_done, text_of(row, "id"), bytes_of(row, bytes));
    json_decref(row);
    return OK;
}

static enum rc
list(struct cli *c)
{
    const char *workspace;
    json_t *rows = NULL;
    size_t i;
    json_t *row;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "backup.list", "", &rows));
    if (c->json) {
        cli_print_json(rows);
        return OK;
    }
    json_array_foreach(rows, i, row)
    {
        char bytes[24];
        (void)printf("%s  %s %12s\n", text_of(row, "id"), text_of(row, "completedAt"),
                     bytes_of(row, bytes));
    }
    json_decref(rows);
    return OK;
}

static enum rc
verify(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg;
    json_t *row = NULL;
    char bytes[24];
    TRY(cli_need(c, "--workspace", &workspace));
    if (id == NULL) {
        TRY(cli_need(c, "--id", &id));
    }
    TRY(cli_call_text(c, workspace, "backup.verify", id, &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_backup_good, text_of(row, "id"), bytes_of(row, bytes), text_of(row, "hash"));
    json_decref(row);
    return OK;
}

const struct cli_verb backup_verbs[] = {
    {"backup run",    "--workspace=",       false, T_cli_help_backup_run,    run   },
    {"backup list",   "--workspace=",       false, T_cli_help_backup_list,   list  },
    {"backup verify", "--workspace= --id=", true,  T_cli_help_backup_verify, verify},
    {NULL,            "",                   false, T_NONE,                   NULL  },
};
