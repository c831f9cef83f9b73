/* host_table.h: the table of hosts on its way from the registrar to master: whole, in the one body
 * (frame.h) that comes along with a W_HOSTS, so that a table of any length fills no socket and no
 * queue. In it each row is a frame behind its length, four bytes in host byte order. */
#ifndef PROC_HOST_TABLE_H
#define PROC_HOST_TABLE_H

#include "base/frame.h"

enum { HOST_TABLE_MAX = 96 << 20 }; /* bytes */

/* One row: W_F_HOST, W_F_SLUG, W_F_NAME (the agency's), W_F_WORKSPACE, W_F_STATE. */
struct host_line {
    struct str host, slug, name;
    int64_t workspace, state;
};

/* RC_LIMIT: more than HOST_TABLE_MAX; RC_IO. */
MUST enum rc host_table_new(const struct host_line *lines, size_t n, int *ret_fd);
/* The row at *pos (0 at first), into the body itself. RC_MISSING: that was the last; RC_BROKEN: it
 * is none, and neither is what follows. */
MUST enum rc host_table_next(struct bytes body, size_t *pos, struct frame *ret_row);

#endif
