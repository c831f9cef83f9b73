/* pages.h: the pages of states and restores, for the route table in office.c. */
#ifndef APP_RESTORE_PAGES_H
#define APP_RESTORE_PAGES_H

#include "app/restore/states.h"

get_fn calendar_get, calendar_get_state;
prepare_fn calendar_prepare, calendar_prepare_state;

#endif
