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
            const bool content = strcmp(cli_text(t, "class"), "content") == 0 ||
                                 strcmp(cli_text(t, "class"), "access") == 0;
            if (stays == 1 && json_integer_value(json_object_get(t, "kept")) > 0) {
                SAY(c, T_cli_restore_kept, cli_text(t, "table"), cli_number(t, "kept", a));
            }
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

/* In the place of a store that cannot be read: what is lost is said. */
static enum rc
rescue(struct cli *c, const char *workspace, const char *id)
{
    json_t *answer = NULL;
    size_t i;
    json_t *table;
    c->rescues_console = strcmp(workspace, "system") == 0;
    TRY(cli_call_text(c, workspace, "restore.rescue", id, &answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    json_array_foreach(json_object_get(answer, "lost"), i, table)
    {
        SAY(c, T_cli_restore_lost, json_string_value(table));
    }
    SAY(c, T_cli_restore_rescued, cli_text(answer, "state"), cli_text(answer, "damaged"));
    if (json_is_true(json_object_get(answer, "shut"))) {
        SAY(c, T_cli_restore_shut, workspace);
    }
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
    if (cli_option(c, "--damaged") != NULL) {
        return rescue(c, workspace, id);
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

/* --- single records -----------------------------------------------------------------------------
 */

/* "20261128T030000Z words": workspace and body of an order about one state. */
static enum rc
need_state(struct cli *c, const char **ret_workspace, const char **ret_id)
{
    *ret_id = c->arg;
    TRY(cli_need(c, "--workspace", ret_workspace));
    return c->arg != NULL ? OK : cli_need(c, "--id", ret_id);
}

static enum rc
find(struct cli *c)
{
    char body[512];
    const char *workspace;
    const char *id;
    const char *words;
    json_t *answer = NULL;
    size_t i;
    json_t *row;
    TRY(need_state(c, &workspace, &id));
    TRY(cli_need(c, "--text", &words));
    (void)snprintf(body, sizeof body, "%s %s", id, words);
    TRY(cli_call_text(c, workspace, "restore.find", body, &answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    const json_t *rows = json_object_get(answer, "rows");
    json_array_foreach(rows, i, row)
    {
        (void)printf("  %-8s %s:%s  %s %s %s\n", cli_text(row, "what"), cli_text(row, "table"),
                     cli_text(row, "key"), cli_text(row, "label"), cli_text(row, "day"),
                     cli_text(row, "note"));
    }
    if (json_array_size(rows) == 0) {
        SAY(c, T_cli_restore_none, NULL);
    }
    json_decref(answer);
    return OK;
}

/* What the workspace's writer refused is a failure of the command. */
static enum rc
need_taken(struct cli *c, json_t *answer)
{
    char code[64];
    char subject[200];
    if (json_object_get(answer, "refused") == NULL) {
        return OK;
    }
    (void)snprintf(code, sizeof code, "%s", cli_text(answer, "refused"));
    (void)snprintf(subject, sizeof subject, "%s", cli_text(answer, "subject"));
    json_decref(answer);
    return cli_fail(c, strcmp(code, "restore.undo") == 0 ? RC_MISSING : RC_CONFLICT, code, subject);
}

/* The state and the records, as master takes them (app/restore/pick.h). */
static bool
put_names(const struct cli *c, const char *id, char *body, size_t cap)
{
    size_t n = (size_t)snprintf(body, cap, "%s%s%s", id,
                                cli_option(c, "--parents") != NULL ? " +parents" : "",
                                cli_option(c, "--overwrite") != NULL ? " +overwrite" : "");
    const size_t bare = n;
    for (size_t i = 0; i < c->n_options && n < cap; i++) {
        if (strcmp(c->options[i].name, "--record") == 0) {
            n += (size_t)snprintf(body + n, cap - n, " %s", c->options[i].value);
        }
    }
    return n > bare && n < cap;
}

static enum rc
take(struct cli *c)
{
    char body[8192];
    char n[5][CLI_NUMBER];
    const char *workspace;
    const char *id;
    const char *record;
    json_t *answer = NULL;
    TRY(need_state(c, &workspace, &id));
    TRY(cli_need(c, "--record", &record));
    if (!put_names(c, id, body, sizeof body)) {
        return cli_fail(c, RC_LIMIT, "restore.many", "");
    }
    TRY(cli_call_text(c, workspace, "restore.take", body, &answer));
    TRY(need_taken(c, answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    SAY(c, T_cli_restore_taken, cli_number(answer, "came", n[0]),
        cli_number(answer, "changed", n[1]), cli_number(answer, "same", n[2]),
        cli_number(answer, "stayed", n[3]), cli_number(answer, "left", n[4]));
    json_decref(answer);
    return OK;
}

static enum rc
untake(struct cli *c)
{
    char n[2][CLI_NUMBER];
    const char *workspace;
    json_t *answer = NULL;
    TRY(cli_need(c, "--workspace", &workspace));
    TRY(cli_call_text(c, workspace, "restore.take_undo", "{}", &answer));
    TRY(need_taken(c, answer));
    if (c->json) {
        cli_print_json(answer);
        return OK;
    }
    SAY(c, T_cli_restore_untaken, cli_number(answer, "went", n[0]),
        cli_number(answer, "changed", n[1]));
    json_decref(answer);
    return OK;
}

const struct cli_verb restore_verbs[] = {
    {"restore apply",   "--workspace= --id= --damaged",                       true,  T_cli_help_restore_apply,   apply  },
    {"restore find",    "--workspace= --id= --text=",                         true,  T_cli_help_restore_find,    find   },
    {"restore preview", "--workspace= --id=",                                 true,  T_cli_help_restore_preview, preview},
    {"restore take",    "--workspace= --id= --record= --parents --overwrite", true,
     T_cli_help_restore_take,                                                                                    take   },
    {"restore untake",  "--workspace=",                                       false, T_cli_help_restore_untake,  untake },
    {"restore undo",    "--workspace=",                                       false, T_cli_help_restore_undo,    undo   },
    {NULL,              "",                                                   false, T_NONE,                     NULL   },
};
