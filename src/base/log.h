/* log.h: one line per event to the inherited pipe (fd 2), "key=value", at most 4096 bytes. Control
 * bytes are escaped. base, store and app never log; http, proc and cli do. Never: passwords, codes,
 * tokens, cookies, bodies, paths with ids of feeds, personal data. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_DEBUG };

/* e.g. log_line(LOG_NOTE, "worker.ready", "ws=%lld ms=%d", …). event is a literal, dotted. */
void log_line(enum log_level level, const char *event, const char *fmt, ...) PRINTF(3, 4);
/* Prefix "role=… pid=…" for all lines of this process. Static string. */
void log_role(const char *role);
/* Where lines go instead of fd 2 (each with its line feed): for master, who owns the log file.
 * NULL: fd 2. */
void log_sink(void (*fn)(const char *line, size_t n));

#endif
