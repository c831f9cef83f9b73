/* restore.c: `kontor restore preview|apply|undo`: what an older state would change, putting it
 * back, and taking that back. Master does it; the command line only asks. */
#include "cli/cli.h"

/* Content first, as it travels; then what stays as it is today though the state had it otherwise.
 */
static void
print_tables(const struct cli *c, const json_t *answer)
{
    const json_t *tables = json_object_get(answer, "tables");
    for (int stays = 0; stays < 2; stays++) {
        size_t i;
        json_t *t;
        json_array_foreach(tables, i, t)
        {
            char a[24];
            char b[24];
            char d[24];
            const bool content = strcmp(cli_text(t, "class"), "content") == 0;
            if (content == (stays == 0)) {
                SAY(c, content ? T_cli_restore_travels : T_cli_restore_stays, cli_text(t, "table"),
                    cli_number(t, "came", a), cli_number(t, "went", b),
                    cli_number(t, "changed", d));
            }
        }
    }
}

static enum rc
preview(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg;
    json_t *answer = NULL;
    size_t i;
    json_t *row;
    TRY(cli_need(c, "--workspace", &workspace));
    if (id == NULL) {
        TRY(cli_need(c, "--id", &id));
    }
    TRY(cli_call_text(c, workspace, "restore.preview", id, &answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    print_tables(c, answer);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        (void)printf("  %-8s %s %s %s\n", cli_text(row, "what"), cli_text(row, "table"),
                     cli_text(row, "key"), cli_text(row, "columns"));
    }
    json_decref(answer);
    return OK;
}

static enum rc
put_back(struct cli *c, const char *workspace, const char *id, enum text sentence)
{
    json_t *answer = NULL;
    TRY(cli_call_text(c, workspace, "restore.apply", id, &answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    print_tables(c, answer);
    SAY(c, sentence, cli_text(answer, "state"), cli_text(answer, "saved"));
    json_decref(answer);
    return OK;
}

static enum rc
apply(struct cli *c)
{
    const char *workspace;
    const char *id = c->arg;
    TRY(cli_need(c, "--workspace", &workspace));
    if (id == NULL) {
        TRY(cli_need(c, "--id", &id));
    }
    return put_back(c, workspace, id, T_cli_restore_applied);
}

/* The state that was saved before the last restore is put back like any other. */
static enum rc
undo(struct cli *c)
{
    const char *workspace;
    json_t *last = NULL;
    char id[40];
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "restore.last", "{}", &last));
    (void)snprintf(id, sizeof id, "%s", cli_text(last, "saved"));
    json_decref(last);
    return put_back(c, workspace, id, T_cli_restore_undone);
}

const struct cli_verb restore_verbs[] = {
    {"restore apply",   "--workspace= --id=", true,  T_cli_help_restore_apply,   apply  },
    {"restore preview", "--workspace= --id=", true,  T_cli_help_restore_preview, preview},
    {"restore undo",    "--workspace=",       false, T_cli_help_restore_undo,    undo   },
    {NULL,              "",                   false, T_NONE,                     NULL   },
};
