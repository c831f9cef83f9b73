/* ladder_commands.h: user.reset_2fa {login, reason, unreachable?} and {login, cancel: true} for the
 * CLI: the last rung of the recovery ladder. Out: the row of commands.h with "notBefore". */
#ifndef APP_USER_LADDER_COMMANDS_H
#define APP_USER_LADDER_COMMANDS_H

#include "guard/dispatch.h"

MUST enum rc ladder_run_reset(struct wtx *tx, struct json_t *in, struct json_t *out);

#endif
