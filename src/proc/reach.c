/* reach.c: see reach.h. getaddrinfo_a() asks the name service in threads of the C library, as
 * libcurl does; what it found is looked for by a timer. */
#include "proc/reach.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/log.h"
#include "base/time.h"

enum { OWN_MAX = 256, LOOK_US = 20000 };

static struct loop *loop;
static struct net_addr own[OWN_MAX];
static size_t n_own, n_waiting;

struct question {
    struct gaicb cb;
    struct gaicb *list[1];
    struct addrinfo hints;
    char host[NET_NAME_MAX + 1];
    struct timer look;
    int64_t until_us;
    reach_fn *fn; /* NULL: told already, it was too late */
    void *arg;
};

static bool
from_socket(const struct sockaddr *sa, struct net_addr *ret_a)
{
    *ret_a = (struct net_addr){.is_v6 = sa->sa_family == AF_INET6};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        memcpy(ret_a->b, &in.sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        memcpy(ret_a->b, &in6.sin6_addr, 16);
    } else {
        return false;
    }
    return true;
}

void
reach_init(struct loop *l)
{
    struct ifaddrs *all = NULL;
    loop = l;
    if (getifaddrs(&all) != 0) {
        log_line(LOG_ERROR, "reach.own", "hint=the addresses of this machine are not known");
        return;
    }
    for (const struct ifaddrs *i = all; i != NULL && n_own < OWN_MAX; i = i->ifa_next) {
        if (i->ifa_addr != NULL && from_socket(i->ifa_addr, &own[n_own])) {
            n_own++;
        }
    }
    freeifaddrs(all);
}

bool
reach_allows(const struct net_addr *a)
{
    for (size_t i = 0; i < n_own; i++) {
        if (net_addr_eq(a, &own[i])) {
            return false;
        }
    }
    return net_addr_is_public(a);
}

bool
reach_allows_socket(const struct sockaddr *sa)
{
    struct net_addr a;
    return from_socket(sa, &a) && reach_allows(&a);
}

/* --- names ----------------------------------------------------------------------------------- */

static enum rc
judge(const struct addrinfo *found, struct reach *ret_r)
{
    struct reach r = {0};
    for (const struct addrinfo *i = found; i != NULL; i = i->ai_next) {
        struct net_addr a;
        if (!from_socket(i->ai_addr, &a) || !reach_allows(&a)) {
            return RC_DENIED;
        }
        if (r.n < REACH_ADDRESSES_MAX) {
            r.addrs[r.n++] = a;
        }
    }
    *ret_r = r;
    return r.n > 0 ? OK : RC_IO;
}

static void
on_look(struct timer *t)
{
    struct question *q = t->arg;
    struct reach r = {0};
    int state = gai_error(&q->cb);
    if (state == EAI_INPROGRESS) {
        if (q->fn != NULL && loop_now(loop) > q->until_us) {
            q->fn(q->arg, RC_IO, &r);
            q->fn = NULL; /* the thread still writes into q */
        }
        loop_at(loop, t, loop_now(loop) + LOOK_US);
        return;
    }
    enum rc rc = state == 0 ? judge(q->cb.ar_result, &r) : RC_IO;
    if (q->cb.ar_result != NULL) {
        freeaddrinfo(q->cb.ar_result);
    }
    n_waiting--;
    if (q->fn != NULL) {
        q->fn(q->arg, rc, &r);
    }
    free(q);
}

enum rc
reach_find(struct str host, reach_fn *fn, void *arg)
{
    struct net_addr a;
    const bool is_address = net_addr_parse(host, &a) == OK;
    if (is_address ? !reach_allows(&a) : !net_name_is_public(host)) {
        return RC_DENIED;
    }
    if (n_waiting >= REACH_WAITING_MAX) {
        return RC_BUSY;
    }
    struct question *q = loop_alloc(sizeof *q);
    (void)snprintf(q->host, sizeof q->host, "%.*s", STR_FMT(host));
    q->hints =
        (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = is_address ? AI_NUMERICHOST : 0};
    q->cb = (struct gaicb){.ar_name = q->host, .ar_request = &q->hints};
    q->list[0] = &q->cb;
    q->look = (struct timer){.fn = on_look, .arg = q};
    q->until_us = loop_now(loop) + (int64_t)REACH_WAIT_MS * 1000;
    q->fn = fn;
    q->arg = arg;
    if (getaddrinfo_a(GAI_NOWAIT, q->list, 1, NULL) != 0) {
        free(q);
        return RC_BUSY;
    }
    n_waiting++;
    loop_at(loop, &q->look, loop_now(loop) + 1000);
    return OK;
}
