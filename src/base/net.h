/* net.h: what Kontor may reach outside (NET-02): addresses, host names and URLs as text, judged
 * without asking anybody. Whoever connects judges the very address that it connects to once more
 * (proc/reach.h); names are not to be believed. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/str.h"

enum { NET_NAME_MAX = 253, NET_URL_MAX = 2000, NET_HTTPS = 443 };

struct net_addr {
    bool is_v6;
    uint8_t b[16]; /* network order; IPv4 in the first four */
};

/* "192.0.2.1" (four decimal numbers, none with a leading zero) or RFC 4291 §2.2 without a zone;
 * nothing else is an address, no hexadecimal, no octal, no short form. RC_INVALID otherwise. */
MUST enum rc net_addr_parse(struct str s, struct net_addr *ret_a);
/* Is it somebody's on the public Internet? IPv4: whatever no registry of IANA sets apart (own
 * networks, loopback, link, shared, benchmarks, documentation, multicast, reserved). IPv6: only out
 * of 2000::/3, and there not what is set apart or carries an IPv4 address inside (6to4, Teredo);
 * the mapped, compatible and NAT64 forms lie outside of it. */
bool net_addr_is_public(const struct net_addr *a);
bool net_addr_eq(const struct net_addr *a, const struct net_addr *b);

/* A name that can be asked for on the public Internet: at least two labels of lower-case letters,
 * digits and inner hyphens, the last one begins with a letter (so no spelling of an address is a
 * name) and is none of those that never leave a house (localhost, local, internal, arpa, onion). */
bool net_name_is_public(struct str s);

/* What a target's secret is sealed with (KP_TARGET), the same words in worker and egress: the
 * password of one server, log-in and row opens for no other. */
enum { NET_TARGET_AD_MAX = 800 };
struct str net_target_ad(char buf[static NET_TARGET_AD_MAX], int64_t target, struct str host,
                         int64_t port, struct str login);

/* A URL that may be fetched: "https://", a public name or address ([…] for IPv6), a port that is
 * 443 or in `ports`, then a path and query of printable ASCII. No user, no fragment, no backslash.
 * RC_INVALID otherwise. The parts point into s. */
struct net_url {
    struct str host; /* without brackets */
    int64_t port;
    struct str path; /* with the query; "/" when there was none */
};
MUST enum rc net_url_parse(struct str s, const int64_t *ports, size_t n_ports,
                           struct net_url *ret_u);

#endif
