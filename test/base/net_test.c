/* net_test.c: NET-02 by table, and thousands of addresses against Python's ipaddress, which knows
 * the same registries from another hand. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "base/net.h"

struct row {
    const char *text;
    bool is_address, is_public;
};

static const struct row addresses[] = {
    {"8.8.8.8",                                                              true,  true },
    {"1.0.0.0",                                                              true,  true },
    {"0.0.0.0",                                                              true,  false},
    {"0.255.255.255",                                                        true,  false},
    {"9.255.255.255",                                                        true,  true },
    {"10.0.0.0",                                                             true,  false},
    {"10.255.255.255",                                                       true,  false},
    {"11.0.0.0",                                                             true,  true },
    {"100.63.255.255",                                                       true,  true },
    {"100.64.0.0",                                                           true,  false},
    {"100.127.255.255",                                                      true,  false},
    {"100.128.0.0",                                                          true,  true },
    {"126.255.255.255",                                                      true,  true },
    {"127.0.0.1",                                                            true,  false},
    {"127.255.255.255",                                                      true,  false},
    {"128.0.0.0",                                                            true,  true },
    {"169.253.255.255",                                                      true,  true },
    {"169.254.169.254",                                                      true,  false},
    {"169.255.0.0",                                                          true,  true },
    {"172.15.255.255",                                                       true,  true },
    {"172.16.0.0",                                                           true,  false},
    {"172.31.255.255",                                                       true,  false},
    {"172.32.0.0",                                                           true,  true },
    {"192.0.0.0",                                                            true,  false},
    {"192.0.0.255",                                                          true,  false},
    {"192.0.1.0",                                                            true,  true },
    {"192.0.2.1",                                                            true,  false},
    {"192.88.99.1",                                                          true,  false},
    {"192.167.255.255",                                                      true,  true },
    {"192.168.0.0",                                                          true,  false},
    {"192.168.255.255",                                                      true,  false},
    {"192.169.0.0",                                                          true,  true },
    {"198.17.255.255",                                                       true,  true },
    {"198.18.0.0",                                                           true,  false},
    {"198.19.255.255",                                                       true,  false},
    {"198.20.0.0",                                                           true,  true },
    {"198.51.100.7",                                                         true,  false},
    {"203.0.113.7",                                                          true,  false},
    {"223.255.255.255",                                                      true,  true },
    {"224.0.0.1",                                                            true,  false},
    {"239.255.255.255",                                                      true,  false},
    {"240.0.0.0",                                                            true,  false},
    {"255.255.255.255",                                                      true,  false},
    {"2606:4700::1111",                                                      true,  true },
    {"2a01:4f8::1",                                                          true,  true },
    {"2000::1",                                                              true,  true },
    {"3ffe:ffff:ffff::1",                                                    true,  true },
    {"1fff::1",                                                              true,  false},
    {"4000::1",                                                              true,  false},
    {"::",                                                                   true,  false},
    {"::1",                                                                  true,  false},
    {"::8.8.8.8",                                                            true,  false}, /* compatible */
    {"::ffff:8.8.8.8",                                                       true,  false}, /* mapped */
    {"::ffff:127.0.0.1",                                                     true,  false},
    {"::ffff:7f00:1",                                                        true,  false},
    {"::ffff:0:127.0.0.1",                                                   true,  false}, /* translated, RFC 2765 */
    {"64:ff9b::7f00:1",                                                      true,  false}, /* NAT64 */
    {"64:ff9b::8.8.8.8",                                                     true,  false},
    {"64:ff9b:1::1",                                                         true,  false},
    {"100::1",                                                               true,  false},
    {"2001::1",                                                              true,  false}, /* Teredo */
    {"2001:0:7f00:1::",                                                      true,  false},
    {"2001:1ff:ffff::1",                                                     true,  false},
    {"2001:200::1",                                                          true,  true },
    {"2001:db8::1",                                                          true,  false},
    {"2001:db9::1",                                                          true,  true },
    {"2002:7f00:1::1",                                                       true,  false}, /* 6to4 */
    {"2002:808:808::1",                                                      true,  false},
    {"2003::1",                                                              true,  true },
    {"3fff::1",                                                              true,  false},
    {"3fff:fff:ffff::1",                                                     true,  false},
    {"3fff:1000::1",                                                         true,  true },
    {"5f00::1",                                                              true,  false},
    {"fc00::1",                                                              true,  false},
    {"fdff::1",                                                              true,  false},
    {"fe80::1",                                                              true,  false},
    {"fec0::1",                                                              true,  false},
    {"ff02::1",                                                              true,  false},
    {"FF02::1",                                                              true,  false},
    {"1.2.3",                                                                false, false},
    {"127.1",                                                                false, false},
    {"2130706433",                                                           false, false},
    {"0x7f.0.0.1",                                                           false, false},
    {"0177.0.0.1",                                                           false, false},
    {"127.0.0.01",                                                           false, false},
    {"127.0.0.1.",                                                           false, false},
    {"127.0.0.1 ",                                                           false, false},
    {" 8.8.8.8",                                                             false, false},
    {"8.8.8.8.8",                                                            false, false},
    {"256.1.1.1",                                                            false, false},
    {"+8.8.8.8",                                                             false, false},
    {"fe80::1%eth0",                                                         false, false},
    {"[::1]",                                                                false, false},
    {"::1::",                                                                false, false},
    {"1:2:3:4:5:6:7:8:9",                                                    false, false},
    {"12345::1",                                                             false, false},
    {":",                                                                    false, false},
    {"",                                                                     false, false},
    {"0000:0000:0000:0000:0000:ffff:127.000.000.001",                        false, false},
    {"00000000000000000000000000000000000000000000000000000000000008.8.8.8", false, false},
};

static const char *
address_text(const struct net_addr *a, char text[static INET6_ADDRSTRLEN])
{
    return inet_ntop(a->is_v6 ? AF_INET6 : AF_INET, a->b, text, INET6_ADDRSTRLEN);
}

static void
addresses_by_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct net_addr a = {0};
        const bool is_address = net_addr_parse(str_of(addresses[i].text), &a) == OK;
        if (is_address != addresses[i].is_address ||
            (is_address && net_addr_is_public(&a) != addresses[i].is_public)) {
            FAIL_TEST("%s: address %d public %d", addresses[i].text, is_address,
                      is_address && net_addr_is_public(&a));
        }
    }
    struct net_addr a;
    assert_int_equal(net_addr_parse((struct str){"8.8.8.8\0x", 9}, &a), RC_INVALID);
    assert_int_equal(net_addr_parse(STR_NONE, &a), RC_INVALID);
}

static void
equal_addresses(void **state)
{
    struct net_addr a;
    struct net_addr b;
    (void)state;
    assert_int_equal(net_addr_parse(STR("2606:4700::1111"), &a), OK);
    assert_int_equal(net_addr_parse(STR("2606:4700:0:0::0:1111"), &b), OK);
    assert_true(net_addr_eq(&a, &b));
    assert_int_equal(net_addr_parse(STR("2606:4700::1112"), &b), OK);
    assert_false(net_addr_eq(&a, &b));
    assert_int_equal(net_addr_parse(STR("8.8.8.8"), &a), OK);
    assert_int_equal(net_addr_parse(STR("808:808::"), &b), OK);
    assert_false(net_addr_eq(&a, &b)); /* the same bytes of another family */
}

/* --- against Python -------------------------------------------------------------------------- */

enum { RANDOMS = 20000 };

static uint64_t
next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Half of them anywhere, half near the edges of what is set apart. */
static void
draw(uint64_t *seed, struct net_addr *ret_a)
{
    uint64_t high = next(seed);
    uint64_t low = next(seed);
    *ret_a = (struct net_addr){.is_v6 = (next(seed) & 1) != 0};
    memcpy(ret_a->b, &high, 8);
    if (ret_a->is_v6) {
        memcpy(ret_a->b + 8, &low, 8);
    } else {
        memset(ret_a->b + 4, 0, 12);
    }
    if ((next(seed) & 1) != 0) {
        const struct row *r;
        struct net_addr near;
        do {
            r = &addresses[next(seed) % (sizeof addresses / sizeof addresses[0])];
        } while (net_addr_parse(str_of(r->text), &near) != OK || near.is_v6 != ret_a->is_v6);
        const size_t keep = next(seed) % (near.is_v6 ? 16 : 4);
        memcpy(ret_a->b, near.b, keep);
        ret_a->b[keep] = (uint8_t)(near.b[keep] + (next(seed) % 3) - 1);
    }
}

/* Where we say no and Python may say yes, knowingly. */
static bool
is_stricter(const struct net_addr *a)
{
    const uint8_t *b = a->b;
    if (a->is_v6) {
        return (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2) ||
               (b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10);
    }
    return (b[0] == 192 && b[1] == 0 && b[2] == 0) || (b[0] == 192 && b[1] == 88 && b[2] == 99);
}

static const char python[] =
    "import ipaddress, sys\n"
    "nat64 = ipaddress.ip_network(\"64:ff9b::/96\")\n"
    "for line in sys.stdin:\n"
    "  a = ipaddress.ip_address(line.strip())\n"
    "  good = a.is_global and not (a.is_multicast or a.is_reserved or a.is_loopback\n"
    "         or a.is_link_local or a.is_unspecified)\n"
    "  if a.version == 6:\n"
    "    inner = a.ipv4_mapped or a.sixtofour or a.teredo or a in nat64\n"
    "    good = good and not a.is_site_local and not inner\n"
    "  print(int(good))\n";

/* Runs it over the lines of one file, its answers go into another one. */
static bool
ask_python(FILE *in, FILE *out)
{
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0) {
        if (dup2(fileno(in), 0) == 0 && dup2(fileno(out), 1) == 1) {
            (void)execl("/usr/bin/python3", "python3", "-c", python, (char *)NULL);
        }
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void
addresses_against_python(void **state)
{
    static struct net_addr drawn[RANDOMS];
    uint64_t seed = 20261128;
    size_t wrong = 0;
    size_t n_public = 0;
    (void)state;
    if (access("/usr/bin/python3", X_OK) != 0) {
        print_message("# SKIP python3 is not installed\n");
        skip();
    }
    FILE *in = tmpfile();
    FILE *out = tmpfile();
    assert_true(in != NULL && out != NULL);
    for (size_t i = 0; i < RANDOMS; i++) {
        char text[INET6_ADDRSTRLEN];
        draw(&seed, &drawn[i]);
        assert_true(fprintf(in, "%s\n", address_text(&drawn[i], text)) > 0);
    }
    assert_int_equal(fflush(in), 0);
    assert_int_equal(lseek(fileno(in), 0, SEEK_SET), 0);
    assert_true(ask_python(in, out));
    rewind(out);
    for (size_t i = 0; i < RANDOMS; i++) {
        int theirs = -1;
        char text[INET6_ADDRSTRLEN];
        assert_int_equal(fscanf(out, "%d", &theirs), 1);
        const bool ours = net_addr_is_public(&drawn[i]);
        n_public += ours;
        if (ours != (theirs == 1) && (ours || !is_stricter(&drawn[i]))) {
            FAIL_TEST("%s: we say %d, python %d", address_text(&drawn[i], text), ours, theirs);
            wrong++;
        }
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(wrong, 0);
    assert_in_range(n_public, RANDOMS / 5, RANDOMS * 4 / 5); /* both answers were tried */
}

/* --- names and URLs -------------------------------------------------------------------------- */

static void
names_by_table(void **state)
{
    static const char *const good[] = {"mail.linden.example", "linden.example",
                                       "a.b-c.d0.example",    "xn--bcher-kva.example",
                                       "1.2.3.4.example",     "9.example"};
    static const char *const bad[] = {"",
                                      "localhost",
                                      "example",
                                      "mail.localhost",
                                      "drucker.local",
                                      "db.internal",
                                      "1.0.0.127.in-addr.arpa",
                                      "abc.onion",
                                      "127.0.0.1",
                                      "127.1",
                                      "2130706433",
                                      "0x7f.1",
                                      "1.0x7f",
                                      "Linden.example",
                                      "linden..example",
                                      ".linden.example",
                                      "linden.example.",
                                      "-a.example",
                                      "a-.example",
                                      "a_b.example",
                                      "a b.example",
                                      "b\xc3\xbc"
                                      "cher.example",
                                      "a/b.example",
                                      "a:1.example",
                                      "::1",
                                      "[::1]",
                                      "mail.linden.example:25"};
    char label[80];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(net_name_is_public(str_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (net_name_is_public(str_of(bad[i]))) {
            print_message("# %s is let through\n", bad[i]);
        }
    }
    (void)snprintf(label, sizeof label, "%.*s.example", 63,
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_true(net_name_is_public(str_of(label)));
    (void)snprintf(label, sizeof label, "%.*s.example", 64,
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_false(net_name_is_public(str_of(label)));
    char longest[NET_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    for (size_t i = 3; i < sizeof longest - 1; i += 4) { /* "aaa." */
        longest[i] = '.';
    }
    assert_true(net_name_is_public((struct str){longest, NET_NAME_MAX}));
    assert_false(net_name_is_public((struct str){longest, NET_NAME_MAX + 1}));
}

static void
what_a_secret_is_bound_to(void **state)
{
    char buf[NET_TARGET_AD_MAX];
    (void)state;
    assert_str(net_target_ad(buf, 7, STR("mail.linden.example"), 587, STR("kontor")),
               "target.7 mail.linden.example 587 kontor");
}

static void
urls_by_table(void **state)
{
    static const int64_t ports[] = {8443};
    static const struct {
        const char *text, *host;
        int64_t port;
        const char *path;
    } good[] = {
        {"https://linden.example",                "linden.example",  443,  "/"         },
        {"https://linden.example/",               "linden.example",  443,  "/"         },
        {"https://linden.example:443/a",          "linden.example",  443,  "/a"        },
        {"https://linden.example:8443/a?b=%20@c", "linden.example",  8443, "/a?b=%20@c"},
        {"https://8.8.8.8/x",                     "8.8.8.8",         443,  "/x"        },
        {"https://[2606:4700::1111]/x",           "2606:4700::1111", 443,  "/x"        },
        {"https://[2606:4700::1111]:8443",        "2606:4700::1111", 8443, "/"         },
    };
    static const char *const bad[] = {
        "",
        "https://",
        "http://linden.example/",
        "HTTPS://linden.example/",
        "ftp://linden.example",
        "//linden.example",
        "https:linden.example",
        "https:///x",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://10.0.0.1:443/",
        "https://u@linden.example/",
        "https://u:p@linden.example/",
        "https://linden.example@127.0.0.1/",
        "https://127.0.0.1\\@linden.example/",
        "https://linden.example\\.a.example/",
        "https://linden.example#x",
        "https://linden.example/#x",
        "https://linden.example?x",
        "https://linden.example:/",
        "https://linden.example:0/",
        "https://linden.example:80/",
        "https://linden.example:0443/",
        "https://linden.example:443x/",
        "https://linden.example:-1/",
        "https://linden.example:99999999999/",
        "https://linden.example:443:443/",
        "https://[2606:4700::1111/",
        "https://2606:4700::1111/",
        "https://[8.8.8.8]/",
        "https://[2606:4700::1111]x/",
        "https://[linden.example]/",
        "https://linden.example/a b",
        "https://linden.example/\n",
        "https://linden.example/\x7f",
        "https://linden.example/\xc3\xa4",
        "https://linden.example/<",
        "https://linden.example./",
        "https://[]/",
    };
    struct net_url u;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(net_url_parse(str_of(good[i].text), ports, 1, &u), OK);
        assert_true(str_eq(u.host, str_of(good[i].host)));
        assert_int_equal(u.port, good[i].port);
        assert_true(str_eq(u.path, str_of(good[i].path)));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (net_url_parse(str_of(bad[i]), ports, 1, &u) == OK) {
            FAIL_TEST("%s is let through", bad[i]);
        }
    }
    assert_int_equal(net_url_parse(STR("https://linden.example:8443/"), NULL, 0, &u), RC_INVALID);
    char long_one[NET_URL_MAX + 2];
    memset(long_one, 'a', sizeof long_one);
    memcpy(long_one, "https://linden.example/", 23);
    assert_int_equal(net_url_parse((struct str){long_one, NET_URL_MAX}, NULL, 0, &u), OK);
    assert_int_equal(net_url_parse((struct str){long_one, NET_URL_MAX + 1}, NULL, 0, &u),
                     RC_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_by_table),        cmocka_unit_test(equal_addresses),
        cmocka_unit_test(addresses_against_python),  cmocka_unit_test(names_by_table),
        cmocka_unit_test(what_a_secret_is_bound_to), cmocka_unit_test(urls_by_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
