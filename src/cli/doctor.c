/* doctor.c: `kontor doctor`: what is missing and what is unsafe, in sentences. */
#include "cli/cli.h"

static enum rc
doctor(struct cli *c)
{
    json_t *status = NULL;
    TRY(cli_call(c, "0", "status", NULL, &status));
    cli_print_json(status);
    return OK;
}

const struct cli_verb doctor_verbs[] = {
    {"doctor", "--raw", false, T_cli_help_doctor, doctor},
    {NULL, "", false, T_NONE, NULL},
};
