/* net_fuzz.c: what somebody wants Kontor to reach: an address, a name, a URL. Whatever is let
 * through is what it looks like, says the C library, and nothing that could mean a place inside. */
#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>

#include "base/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
try_address(struct str s)
{
    struct net_addr a;
    struct net_addr again;
    char text[INET6_ADDRSTRLEN];
    if (net_addr_parse(s, &a) != OK) {
        return;
    }
    assert(inet_ntop(a.is_v6 ? AF_INET6 : AF_INET, a.b, text, sizeof text) != NULL);
    assert(net_addr_parse(str_of(text), &again) == OK && net_addr_eq(&a, &again));
    assert(net_addr_is_public(&a) == net_addr_is_public(&again));
    if (a.is_v6 && net_addr_is_public(&a)) {
        assert((a.b[0] & 0xe0) == 0x20);
    }
    assert(!net_name_is_public(s));
}

/* A name is never taken for an address by anybody: inet_aton() knows all the odd spellings. */
static void
try_name(struct str s)
{
    char text[NET_NAME_MAX + 1];
    struct in_addr odd;
    if (!net_name_is_public(s)) {
        return;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    assert(strlen(text) == s.n && inet_aton(text, &odd) == 0);
    assert(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == s.n);
}

static void
try_url(struct str s)
{
    static const int64_t ports[] = {8443};
    struct net_url u;
    struct net_addr a;
    if (net_url_parse(s, ports, 1, &u) != OK) {
        return;
    }
    assert(u.port == 443 || u.port == 8443);
    assert(net_name_is_public(u.host) ||
           (net_addr_parse(u.host, &a) == OK && net_addr_is_public(&a)));
    assert(u.path.n > 0 && u.path.p[0] == '/');
    assert(u.host.p == s.p + 8 || u.host.p == s.p + 9);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const struct str s = {(const char *)p, n};
    try_address(s);
    try_name(s);
    try_url(s);
    return 0;
}
