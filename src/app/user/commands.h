/* commands.h: the commands user.add, .list, .lock, .unlock, .invite, .first_link,
 * .reset_2fa and .reset_password for the CLI; the console has the same with operators only. */
#ifndef APP_USER_COMMANDS_H
#define APP_USER_COMMANDS_H

#include "guard/dispatch.h"

enum { USER_COMMANDS = 8 };
extern const struct command user_commands[USER_COMMANDS];
extern const struct command operator_commands[USER_COMMANDS];

#endif
