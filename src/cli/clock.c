/* clock.c: `kontor clock set INSTANT`: moves the clock of a running test build and all its
 * processes. */
#include "cli/cli.h"

static enum rc
set(struct cli *c)
{
    json_t *out = NULL;
    const char *to = c->arg;
    if (to == NULL) {
        TRY(cli_need(c, "--now", &to));
    }
    TRY(cli_call_text(c, "0", "clock.set", to, &out));
    json_decref(out);
    if (cli_option(c, "--settle") != NULL) { /* what is due by then is done */
        TRY(cli_call_text(c, "0", "schedule.wait", "", &out));
        json_decref(out);
    }
    if (c->json) {
        cli_print_json(json_pack("{s:s}", "now", to));
    } else {
        SAY(c, T_cli_clock_set, to);
    }
    return OK;
}

const struct cli_verb clock_verbs[] = {
    {"clock set", "--now= --settle", true,  T_cli_help_clock_set, set },
    {NULL,        "",                false, T_NONE,               NULL},
};
