/* sandbox_calls.h: the seccomp half of the sandbox, for sandbox.c only. */
#ifndef PROC_SANDBOX_CALLS_H
#define PROC_SANDBOX_CALLS_H

#include <errno.h>

#include "proc/sandbox.h"

/* What a probed call gives in the first step; no kernel returns it for these calls. */
enum { SANDBOX_REFUSED = ENOANO };

/* First step: the role's allow-list; the probed calls give SANDBOX_REFUSED, all others end the process. */
MUST enum rc sandbox_filter(enum sandbox_role role, struct err *err);
/* Second step: the probed calls, and any further filter, end the process. */
MUST enum rc sandbox_filter_close(enum sandbox_role role, struct err *err);

#endif
