/* net.c: see net.h. */
#include "base/net.h"

#include <arpa/inet.h>

/* --- addresses ------------------------------------------------------------------------------- */

enum rc
net_addr_parse(struct str s, struct net_addr *ret_a)
{
    char text[INET6_ADDRSTRLEN];
    struct net_addr a = {0};
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n) != NULL) {
        return RC_INVALID;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    a.is_v6 = strchr(text, ':') != NULL;
    if (inet_pton(a.is_v6 ? AF_INET6 : AF_INET, text, a.b) != 1) {
        return RC_INVALID;
    }
    *ret_a = a;
    return OK;
}

struct range {
    uint8_t b[16];
    unsigned bits;
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry, as of 2024, and multicast. */
static const struct range v4_apart[] = {
    {{0},            8 }, /* this network */
    {{10},           8 }, /* private */
    {{100, 64},      10}, /* shared by carriers */
    {{127},          8 }, /* loopback */
    {{169, 254},     16}, /* link */
    {{172, 16},      12}, /* private */
    {{192, 0, 0},    24}, /* protocols */
    {{192, 0, 2},    24}, /* documentation */
    {{192, 88, 99},  24}, /* 6to4 relays */
    {{192, 168},     16}, /* private */
    {{198, 18},      15}, /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113},  24}, /* documentation */
    {{224},          3 }, /* multicast, reserved, broadcast */
};
/* https://www.iana.org/assignments/iana-ipv6-special-registry, inside of 2000::/3. */
static const struct range v6_apart[] = {
    {{0x20, 0x01},             23}, /* protocols; Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02},             16}, /* 6to4 */
    {{0x3f, 0xff},             20}, /* documentation */
};
static const struct range v6_public = {{0x20}, 3};

static bool
is_in(const struct net_addr *a, const struct range *r)
{
    unsigned whole = r->bits / 8;
    unsigned rest = r->bits % 8;
    if (memcmp(a->b, r->b, whole) != 0) {
        return false;
    }
    return rest == 0 || ((a->b[whole] ^ r->b[whole]) >> (8 - rest)) == 0;
}

static bool
is_in_any(const struct net_addr *a, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_in(a, &r[i])) {
            return true;
        }
    }
    return false;
}

bool
net_addr_is_public(const struct net_addr *a)
{
    if (a->is_v6) {
        return is_in(a, &v6_public) &&
               !is_in_any(a, v6_apart, sizeof v6_apart / sizeof v6_apart[0]);
    }
    return !is_in_any(a, v4_apart, sizeof v4_apart / sizeof v4_apart[0]);
}

bool
net_addr_eq(const struct net_addr *a, const struct net_addr *b)
{
    return a->is_v6 == b->is_v6 && memcmp(a->b, b->b, a->is_v6 ? 16 : 4) == 0;
}

/* --- names ----------------------------------------------------------------------------------- */

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool
is_label(struct str l)
{
    for (size_t i = 0; i < l.n; i++) {
        if (!is_lower(l.p[i]) && !(l.p[i] >= '0' && l.p[i] <= '9') && l.p[i] != '-') {
            return false;
        }
    }
    return l.n > 0 && l.n <= 63 && l.p[0] != '-' && l.p[l.n - 1] != '-';
}

static bool
stays_in_the_house(struct str last)
{
    static const struct str names[] = {STR("localhost"), STR("local"), STR("internal"), STR("arpa"),
                                       STR("onion")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(last, names[i])) {
            return true;
        }
    }
    return false;
}

bool
net_name_is_public(struct str s)
{
    struct str label = STR("");
    size_t n = 0;
    if (s.n == 0 || s.n > NET_NAME_MAX) {
        return false;
    }
    while (str_cut(&s, '.', &label)) {
        if (!is_label(label)) {
            return false;
        }
        n++;
    }
    return n >= 2 && is_lower(label.p[0]) && !stays_in_the_house(label);
}

struct str
net_target_ad(char buf[static NET_TARGET_AD_MAX], int64_t target, struct str host, int64_t port,
              struct str login)
{
    (void)snprintf(buf, NET_TARGET_AD_MAX, "target.%lld %.*s %lld %.*s", (long long)target,
                   STR_FMT(host), (long long)port, STR_FMT(login));
    return str_of(buf);
}

/* --- URLs ------------------------------------------------------------------------------------ */

static bool
is_port(struct str s, const int64_t *ports, size_t n, int64_t *ret_port)
{
    bool listed = false;
    if (s.n == 0 || s.n > 5 || s.p[0] == '0' || s.p[0] == '-' || str_to_i64(s, ret_port) != OK) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        listed |= ports[i] == *ret_port;
    }
    return listed || *ret_port == NET_HTTPS;
}

/* "name", "1.2.3.4" or "[v6]"; what stands behind it is left in *s. */
static bool
take_host(struct str *s, struct str *ret_host)
{
    struct net_addr a;
    const bool bracket = s->n > 0 && s->p[0] == '[';
    const size_t end = bracket ? str_find(*s, STR("]"), 0) : str_find(*s, STR(":"), 0);
    struct str host = str_sub(*s, bracket ? 1 : 0, end - (bracket ? 1 : 0));
    if (bracket && end == SIZE_MAX) {
        return false;
    }
    *s = end == SIZE_MAX ? STR("") : str_sub(*s, end + (bracket ? 1 : 0), s->n);
    *ret_host = host;
    if (net_addr_parse(host, &a) == OK) {
        return a.is_v6 == bracket && net_addr_is_public(&a);
    }
    return !bracket && net_name_is_public(host);
}

enum rc
net_url_parse(struct str s, const int64_t *ports, size_t n_ports, struct net_url *ret_u)
{
    struct net_url u = {.port = NET_HTTPS, .path = STR("/")};
    if (s.n > NET_URL_MAX || !str_starts(s, STR("https://"))) {
        return RC_INVALID;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= 0x20 || s.p[i] > 0x7e || strchr("\\#\"<>^`{|}", s.p[i]) != NULL) {
            return RC_INVALID;
        }
    }
    s = str_sub(s, 8, s.n);
    size_t slash = 0;
    while (slash < s.n && s.p[slash] != '/' && s.p[slash] != '?') {
        slash++;
    }
    struct str where = str_sub(s, 0, slash);
    if (slash < s.n) {
        u.path = str_sub(s, slash, s.n);
    }
    if (str_find(where, STR("@"), 0) != SIZE_MAX || u.path.p[0] == '?' ||
        !take_host(&where, &u.host)) {
        return RC_INVALID;
    }
    if (where.n > 0 &&
        (where.p[0] != ':' || !is_port(str_sub(where, 1, where.n), ports, n_ports, &u.port))) {
        return RC_INVALID;
    }
    *ret_u = u;
    return OK;
}
