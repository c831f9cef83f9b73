/* sandbox_calls.h: the seccomp half of the sandbox, for sandbox.c and child.c. */
#ifndef PROC_SANDBOX_CALLS_H
#define PROC_SANDBOX_CALLS_H

#include <errno.h>

#include "proc/sandbox.h"

/* An instrumented build reserves terabytes of address space and asks for calls that we never need.
 */
#if defined(__has_feature)
#define SANDBOX_HAS_FEATURE(x) __has_feature(x)
#else
#define SANDBOX_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SANDBOX_HAS_FEATURE(address_sanitizer)
enum { ADDRESS_SANITIZER = 1 };
#else
enum { ADDRESS_SANITIZER = 0 };
#endif

/* What a probed call gives in the first step; no kernel returns it for these calls. */
enum { SANDBOX_REFUSED = ENOANO };

/* First step: the role's allow-list; the probed calls give SANDBOX_REFUSED, all others end the
 * process. */
MUST enum rc sandbox_filter(enum sandbox_role role, struct err *err);
/* Second step: the probed calls, and any further filter, end the process. */
MUST enum rc sandbox_filter_close(enum sandbox_role role, struct err *err);

#endif
