/* edge_addr.c: client addresses. Counted by host (IPv4) or by the network a customer gets (IPv6
 * /64); kept only while a connection or a flight of theirs lives; written to logs as a network
 * only. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "proc/edge.h"

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void
address_key(const struct sockaddr_storage *sa, uint8_t ret_key[static 16])
{
    memset(ret_key, 0, 16);
    if (sa->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sa, sizeof v4);
        memcpy(ret_key, v4_prefix, sizeof v4_prefix);
        memcpy(ret_key + 12, &v4.sin_addr, 4);
    } else if (sa->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, sa, sizeof v6);
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        memcpy(ret_key, &v6.sin6_addr, is_mapped ? 16 : 8);
    }
}

bool
address_print(const struct sockaddr_storage *sa, char buf[static 64])
{
    buf[0] = '\0';
    if (sa->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sa, sizeof v4);
        (void)inet_ntop(AF_INET, &v4.sin_addr, buf, 64);
        return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    }
    if (sa->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, sa, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            (void)inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, buf, 64);
            return v6.sin6_addr.s6_addr[12] == 127;
        }
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, buf, 64);
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return true; /* a unix socket: this machine */
}

bool
address_parse(struct str text, struct sockaddr_storage *ret_sa)
{
    char buf[64];
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (text.n == 0 || text.n >= sizeof buf) {
        return false;
    }
    memcpy(buf, text.p, text.n);
    buf[text.n] = '\0';
    memset(ret_sa, 0, sizeof *ret_sa);
    if (inet_pton(AF_INET, buf, &v4.sin_addr) == 1) {
        memcpy(ret_sa, &v4, sizeof v4);
        return true;
    }
    if (inet_pton(AF_INET6, buf, &v6.sin6_addr) == 1) {
        memcpy(ret_sa, &v6, sizeof v6);
        return true;
    }
    return false;
}

/* FNV-1a; the bucket only, so a chosen collision costs a short walk: connections are bounded. */
static size_t
bucket_of(const uint8_t key[static 16])
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < 16; i++) {
        h = (h ^ key[i]) * 16777619U;
    }
    return h % ADDRESS_BUCKETS;
}

struct address *
address_find(struct edge *e, const uint8_t key[static 16])
{
    struct address **bucket = &e->addresses[bucket_of(key)];

    for (struct address *a = *bucket; a != NULL; a = a->next) {
        if (memcmp(a->key, key, 16) == 0) {
            return a;
        }
    }
    struct address *a = loop_alloc(sizeof *a);
    memcpy(a->key, key, 16);
    a->next = *bucket;
    *bucket = a;
    return a;
}

void
address_drop(struct edge *e, struct address *a)
{
    if (a->connections > 0 || a->flights > 0) {
        return;
    }
    struct address **at = &e->addresses[bucket_of(a->key)];
    while (*at != a) {
        at = &(*at)->next;
    }
    *at = a->next;
    free(a);
}

struct str
network_print(const struct sockaddr_storage *sa, char buf[static 64])
{
    uint8_t key[16];

    address_key(sa, key);
    if (sa->ss_family != AF_INET && sa->ss_family != AF_INET6) {
        return STR("local");
    }
    if (memcmp(key, v4_prefix, sizeof v4_prefix) == 0) {
        (void)snprintf(buf, 64, "%u.%u.%u.0/24", key[12], key[13], key[14]);
    } else {
        (void)snprintf(buf, 64, "%x:%x:%x::/48", key[0] * 256U + key[1], key[2] * 256U + key[3],
                       key[4] * 256U + key[5]);
    }
    return str_of(buf);
}
