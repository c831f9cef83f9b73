/* office.h: a workspace's states and restores for its own people: a calendar of what there is, its
 * age and what trying it showed. */
#ifndef APP_RESTORE_OFFICE_H
#define APP_RESTORE_OFFICE_H

#include "guard/dispatch.h"

extern const struct domain restore_office_domain;

#endif
