/* up.c: a process may know everything but the command line. */
#include "app/one/one.h"
#include "app/one/inner.h"
#include "cli/cli.h"
