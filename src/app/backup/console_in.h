/* console_in.h: the pages' handlers for the route table in catalogue.c. */
#ifndef APP_BACKUP_CONSOLE_IN_H
#define APP_BACKUP_CONSOLE_IN_H

#include "guard/dispatch.h"

extern get_fn backups_get, backup_states_get, backup_drills_get;

#endif
