/* incident.c: `kontor incident open|close|list`: faults of the operator's own, for which nobody
 * pays. */
#include "cli/cli.h"

static void
print_row(const struct cli *c, const json_t *row)
{
    const struct str all = text_get(T_cli_incident_all, c->lang);
    const char *slug = cli_text(row, "slug");
    const char *to = cli_text(row, "to");
    (void)printf("%6lld  %-20s  %-20s  %-16s  %s\n",
                 (long long)json_integer_value(json_object_get(row, "incident")),
                 cli_text(row, "from"), to[0] != '\0' ? to : "-", slug[0] != '\0' ? slug : all.p,
                 cli_text(row, "text"));
}

static enum rc
open_one(struct cli *c)
{
    const char *text;
    const char *workspace = cli_option(c, "--workspace");
    const char *from = cli_option(c, "--from");
    json_t *row = NULL;
    char n[CLI_NUMBER];
    const struct str all = text_get(T_cli_incident_all, c->lang);
    TRY(cli_need(c, "--text", &text));
    json_t *in = json_pack("{s:s, s:s, s:s?}", "text", text, "slug",
                           workspace != NULL ? workspace : "", "from", from);
    if (in == NULL) {
        return cli_fail(c, RC_INVALID, "field.encoding", "");
    }
    TRY(cli_call(c, "system", "incident.open", in, &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    const char *slug = cli_text(row, "slug");
    SAY(c, T_cli_incident_opened, cli_number(row, "incident", n), slug[0] != '\0' ? slug : all.p);
    json_decref(row);
    return OK;
}

static enum rc
close_one(struct cli *c)
{
    const char *text = c->arg;
    const char *to = cli_option(c, "--to");
    json_t *row = NULL;
    int64_t id = 0;
    char n[CLI_NUMBER];
    if (text == NULL) {
        TRY(cli_need(c, "--incident", &text));
    }
    if (str_to_i64(str_of(text), &id) != OK || id < 1) {
        return cli_fail(c, RC_INVALID, "field.id", text);
    }
    json_t *in = json_pack("{s:I, s:s?}", "incident", (json_int_t)id, "to", to);
    if (in == NULL) {
        return cli_fail(c, RC_INVALID, "field.encoding", "");
    }
    TRY(cli_call(c, "system", "incident.close", in, &row));
    if (c->json) {
        cli_print_json(row);
        return OK;
    }
    SAY(c, T_cli_incident_closed, cli_number(row, "incident", n));
    json_decref(row);
    return OK;
}

static enum rc
list(struct cli *c)
{
    json_t *got = NULL;
    size_t i;
    json_t *row;
    TRY(cli_call(c, "system", "incident.list", NULL, &got));
    json_t *rows = json_object_get(got, "rows");
    if (c->json) {
        cli_print_json(json_incref(rows));
    } else {
        json_array_foreach(rows, i, row)
        {
            print_row(c, row);
        }
    }
    json_decref(got);
    return OK;
}

const struct cli_verb incident_verbs[] = {
    {"incident open",  "--workspace= --text= --from=", false, T_cli_help_incident_open,  open_one },
    {"incident close", "--incident= --to=",            true,  T_cli_help_incident_close, close_one},
    {"incident list",  "",                             false, T_cli_help_incident_list,  list     },
    {NULL,             "",                             false, T_NONE,                    NULL     },
};
