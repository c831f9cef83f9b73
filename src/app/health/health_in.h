/* health_in.h: the page's handler for the route table in health.c. */
#ifndef APP_HEALTH_HEALTH_IN_H
#define APP_HEALTH_HEALTH_IN_H

#include "app/health/health.h"

extern get_fn health_get;

#endif
