/* commands.h: user.add, user.list, user.lock, user.unlock, user.invite and user.first_link for the
 * CLI; the console has the same with operators only. */
#ifndef APP_USER_COMMANDS_H
#define APP_USER_COMMANDS_H

#include "guard/dispatch.h"

enum { USER_COMMANDS = 6 };
extern const struct command user_commands[USER_COMMANDS];
extern const struct command operator_commands[USER_COMMANDS];

#endif
