/* registry_in.h: the page's handler for the route table in registry.c. */
#ifndef APP_REGISTRY_REGISTRY_IN_H
#define APP_REGISTRY_REGISTRY_IN_H

#include "app/registry/registry.h"

extern get_fn console_get;

#endif
