/* archive.h: the program kontor-archive, which stands beside this one: it makes pairs of keys and
 * reads archives. The command line links neither. */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include <stddef.h>

/* Runs it with an empty environment; what it writes to `which` (1 or 2) in ret_text, the other goes
 * nowhere. Its exit status, or -1. */
int archive_run(char *const argv[], int which, char *ret_text, size_t cap);

#endif
