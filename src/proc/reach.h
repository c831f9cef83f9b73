/* reach.h: where egress may go for a workspace (NET-02). A name is asked for once; every address
 * that it has must be public and none of our own; the connection is then made to these and no
 * others, and judged once more at the very socket. */
#ifndef PROC_REACH_H
#define PROC_REACH_H

#include <sys/socket.h>

#include "base/net.h"
#include "proc/loop.h"

enum { REACH_ADDRESSES_MAX = 16, REACH_WAITING_MAX = 64, REACH_WAIT_MS = 10000 };

struct reach {
    struct net_addr addrs[REACH_ADDRESSES_MAX];
    size_t n;
};
/* rc OK: `found` has all addresses, each of them allowed. RC_DENIED: one is not. RC_IO: the name
 * has none, or the name service did not answer in time. */
typedef void reach_fn(void *arg, enum rc rc, const struct reach *found);

/* Once, before the sandbox: notes the addresses of this machine. */
void reach_init(struct loop *l);
/* Public, and no address of this machine. */
bool reach_allows(const struct net_addr *a);
bool reach_allows_socket(const struct sockaddr *sa);
/* host: a public name or an address. RC_DENIED at once when it is neither; RC_BUSY when too many
 * wait; otherwise fn is called once, later. */
MUST enum rc reach_find(struct str host, reach_fn *fn, void *arg);

#endif
