/* Answers of authenticators, made here with keys of our own: right ones pass, and each way of being
 * wrong has its own verdict. ES256 is judged by the real keymgr's code behind the desk. */
#include "guard/webauthn.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "desk.h"
#include "guard/keys.h"

enum { PRESENT = 1, VERIFIED = 4, CREDENTIAL = 0x40, EXTENSIONS = 0x80, BACKED = 0x18 };

static const uint8_t challenge[32] = {7, 7, 7};
static const struct webauthn_asked asked = {.origin = STR("https://nord.example:8443"),
                                            .host = STR("nord.example"),
                                            .challenge = challenge};
static EVP_PKEY *es256;
static uint8_t ed_public[32], ed_secret[64];

/* One answer in the making; tests bend it before it is signed. */
struct rig {
    char client[4096];
    uint8_t auth[4096], signature[80];
    size_t auth_n, signature_n;
    struct webauthn_key key;
};

static void
put(struct rig *g, const void *p, size_t n)
{
    memcpy(g->auth + g->auth_n, p, n);
    g->auth_n += n;
}

static void
say(struct rig *g, const char *type, const char *origin, const char *more)
{
    char b64[48];
    b64url_print(challenge, sizeof challenge, b64);
    (void)snprintf(g->client, sizeof g->client,
                   "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}", type, b64, origin,
                   more);
}

static void
head(struct rig *g, const char *host, unsigned flags, uint8_t counter)
{
    uint8_t h[37] = {0};
    crypto_hash_sha256(h, (const uint8_t *)host, strlen(host));
    h[32] = (uint8_t)flags;
    h[36] = counter;
    g->auth_n = 0;
    put(g, h, sizeof h);
}

static void
make_key(struct rig *g, enum webauthn_alg alg)
{
    uint8_t point[65];
    size_t n = 0;
    g->key = (struct webauthn_key){.alg = alg};
    if (alg == WEBAUTHN_EDDSA) {
        memcpy(g->key.p, ed_public, 32);
        return;
    }
    assert_int_equal(EVP_PKEY_get_octet_string_param(es256, "pub", point, sizeof point, &n), 1);
    assert_int_equal(n, 65);
    memcpy(g->key.p, point + 1, 64);
}

static void
put_key(struct rig *g)
{
    static const uint8_t ec[] = {0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32};
    static const uint8_t okp[] = {0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32};
    if (g->key.alg == WEBAUTHN_EDDSA) {
        put(g, okp, sizeof okp);
        put(g, g->key.p, 32);
        return;
    }
    put(g, ec, sizeof ec);
    put(g, g->key.p, 32);
    put(g, "\x22\x58\x20", 3);
    put(g, g->key.p + 32, 32);
}

static struct rig
creation(enum webauthn_alg alg, unsigned flags)
{
    struct rig g = {.auth_n = 0};
    make_key(&g, alg);
    say(&g, "webauthn.create", "https://nord.example:8443", ",\"crossOrigin\":false");
    head(&g, "nord.example", flags | CREDENTIAL, 0);
    put(&g, "sixteen of AAGUID", 16);
    put(&g,
        "\0\x04"
        "abcd",
        6);
    put_key(&g);
    return g;
}

static struct rig
assertion(enum webauthn_alg alg, unsigned flags, uint8_t counter)
{
    struct rig g = {.auth_n = 0};
    make_key(&g, alg);
    say(&g, "webauthn.get", "https://nord.example:8443", "");
    head(&g, "nord.example", flags, counter);
    return g;
}

static void
sign(struct rig *g)
{
    uint8_t message[4096 + 32];
    memcpy(message, g->auth, g->auth_n);
    crypto_hash_sha256(message + g->auth_n, (const uint8_t *)g->client, strlen(g->client));
    const size_t n = g->auth_n + 32;
    if (g->key.alg == WEBAUTHN_EDDSA) {
        assert_int_equal(crypto_sign_detached(g->signature, NULL, message, n, ed_secret), 0);
        g->signature_n = 64;
        return;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    g->signature_n = sizeof g->signature;
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, es256), 1);
    assert_int_equal(EVP_DigestSign(ctx, g->signature, &g->signature_n, message, n), 1);
    EVP_MD_CTX_free(ctx);
}

static struct webauthn_answer
answer(const struct rig *g)
{
    return (struct webauthn_answer){
        .client = {g->client,    strlen(g->client)},
        .auth = {g->auth,      g->auth_n        },
        .signature = {g->signature, g->signature_n   }
    };
}

static enum webauthn_why
create(const struct rig *g)
{
    struct webauthn_made made;
    const struct webauthn_answer a = answer(g);
    return webauthn_create(&asked, &a, &made);
}

static enum webauthn_why
check(struct desk *d, const struct rig *g, uint32_t counter)
{
    struct webauthn_seen seen;
    enum webauthn_why why = WEBAUTHN_CLIENT;
    const struct webauthn_answer a = answer(g);
    assert_int_equal(webauthn_check(&d->err, &asked, &g->key, counter, &a, &seen, &why), OK);
    return why;
}

static enum webauthn_why
signed_check(struct desk *d, struct rig g)
{
    sign(&g);
    return check(d, &g, 0);
}

static void
test_creates(void **state)
{
    static const enum webauthn_alg algs[] = {WEBAUTHN_ES256, WEBAUTHN_EDDSA};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig g = creation(algs[i], PRESENT | VERIFIED | BACKED);
        const struct webauthn_answer a = answer(&g);
        struct webauthn_made made;
        assert_int_equal(webauthn_create(&asked, &a, &made), WEBAUTHN_RIGHT);
        assert_int_equal(made.id.n, 4);
        assert_memory_equal(made.id.p, "abcd", 4);
        assert_int_equal(made.key.alg, algs[i]);
        assert_memory_equal(made.key.p, g.key.p, 64);
        assert_true(made.seen.verified && made.seen.counter == 0);
    }
}

static void
test_signs_in(void **state)
{
    static const enum webauthn_alg algs[] = {WEBAUTHN_ES256, WEBAUTHN_EDDSA};
    struct desk *d = *state;
    for (int round = 0; round < 40; round++) { /* r and s of every length */
        struct rig g = assertion(algs[round % 2], PRESENT, (uint8_t)(round + 1));
        sign(&g);
        assert_int_equal(check(d, &g, (uint32_t)round), WEBAUTHN_RIGHT);
        g.client[strlen(g.client) - 1] = ' ';
        assert_int_equal(check(d, &g, (uint32_t)round), WEBAUTHN_CLIENT);
    }
}

static void
test_client_data(void **state)
{
    struct desk *d = *state;
    static const struct {
        const char *text;
        enum webauthn_why why;
    } bad[] = {
        {"",                                                                          WEBAUTHN_CLIENT    },
        {"[]",                                                                        WEBAUTHN_CLIENT    },
        {"{\"type\":\"webauthn.get\"}",                                               WEBAUTHN_CLIENT    },
        {"{\"type\":1,\"challenge\":\"\",\"origin\":\"\"}",                           WEBAUTHN_CLIENT    },
        {"{\"type\":\"webauthn.get\",\"type\":\"webauthn.get\"}",                     WEBAUTHN_CLIENT    },
        {"{\"type\":\"webauthn.get\",\"challenge\":\"\",\"origin\":\"x\"}",           WEBAUTHN_CHALLENGED},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"!\",\"origin\":\"\"}",           WEBAUTHN_CHALLENGED},
        {"{\"type\":\"webauthn.get\",\"challenge\":"
         "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"origin\":\"\"}", WEBAUTHN_CHALLENGED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rig g = assertion(WEBAUTHN_EDDSA, PRESENT, 1);
        (void)snprintf(g.client, sizeof g.client, "%s", bad[i].text);
        assert_int_equal(signed_check(d, g), bad[i].why);
    }
    struct rig g = assertion(WEBAUTHN_EDDSA, PRESENT, 1);
    say(&g, "webauthn.create", "https://nord.example:8443", "");
    assert_int_equal(signed_check(d, g), WEBAUTHN_TYPE);
    say(&g, "webauthn.get", "https://nord.example", "");
    assert_int_equal(signed_check(d, g), WEBAUTHN_ORIGIN);
    say(&g, "webauthn.get", "https://nord.example:8443", ",\"crossOrigin\":true");
    assert_int_equal(signed_check(d, g), WEBAUTHN_ORIGIN);
    say(&g, "webauthn.get", "https://nord.example:8443", ",\"tokenBinding\":{\"status\":\"x\"}");
    assert_int_equal(signed_check(d, g), WEBAUTHN_RIGHT);
    memset(g.client + strlen(g.client), ' ', WEBAUTHN_CLIENT_MAX);
    g.client[WEBAUTHN_CLIENT_MAX + 1] = '\0';
    assert_int_equal(signed_check(d, g), WEBAUTHN_CLIENT);
    struct webauthn_answer none = {.client = STR_NONE};
    struct webauthn_made made;
    assert_int_equal(webauthn_create(&asked, &none, &made), WEBAUTHN_CLIENT);
}

static void
test_heads(void **state)
{
    struct desk *d = *state;
    struct rig g = assertion(WEBAUTHN_ES256, PRESENT, 1);
    g.auth_n = 36;
    assert_int_equal(signed_check(d, g), WEBAUTHN_AUTH);
    g.auth_n = WEBAUTHN_AUTH_MAX + 1;
    assert_int_equal(signed_check(d, g), WEBAUTHN_AUTH);
    g.auth_n = 38; /* a byte that no flag announces */
    assert_int_equal(signed_check(d, g), WEBAUTHN_AUTH);
    head(&g, "sued.example", PRESENT, 1);
    assert_int_equal(signed_check(d, g), WEBAUTHN_HOST);
    head(&g, "nord.example", VERIFIED, 1);
    assert_int_equal(signed_check(d, g), WEBAUTHN_PRESENCE);
    head(&g, "nord.example", PRESENT | CREDENTIAL, 1);
    assert_int_equal(signed_check(d, g), WEBAUTHN_AUTH);
    struct webauthn_asked strict = asked;
    struct webauthn_made made;
    g = creation(WEBAUTHN_ES256, PRESENT);
    strict.verified = true;
    const struct webauthn_answer a = answer(&g);
    assert_int_equal(webauthn_create(&strict, &a, &made), WEBAUTHN_VERIFICATION);
    assert_int_equal(webauthn_create(&asked, &a, &made), WEBAUTHN_RIGHT);
}

static void
test_signatures(void **state)
{
    struct desk *d = *state;
    static const struct {
        const char *der;
        size_t n;
    } bad[] = {
        {"",                                     0},
        {"\x30",                                 1},
        {"\x31\x06\x02\x01\x01\x02\x01\x01",     8},
        {"\x30\x07\x02\x01\x01\x02\x01\x01",     8},
        {"\x30\x07\x02\x01\x01\x02\x01\x01\x00", 9},
        {"\x30\x06\x02\x01\x81\x02\x01\x01",     8}, /* negative */
        {"\x30\x07\x02\x02\x00\x01\x02\x01\x01", 9}, /* not the shortest form */
        {"\x30\x05\x02\x00\x02\x01\x01",         7},
        {"\x30\x06\x03\x01\x01\x02\x01\x01",     8},
        {"\x30\x04\x02\x04\x01\x01",             6},
        {"\x30\x03\x02\x01\x01",                 5},
        {"\x30\x06\x02\x01\x01\x02\x01\x01",     8}, /* well-formed, but nobody's */
    };
    struct rig g = assertion(WEBAUTHN_ES256, PRESENT, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(g.signature, bad[i].der, bad[i].n);
        g.signature_n = bad[i].n;
        assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    }
    static const uint8_t long_r[] = {0x30, 0x26, 2, 33, 1, [37] = 2, [38] = 1, [39] = 1};
    memcpy(g.signature, long_r, sizeof long_r);
    g.signature_n = sizeof long_r;
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    sign(&g); /* right, but with a byte behind it, inside and outside of the sequence */
    assert_int_equal(check(d, &g, 0), WEBAUTHN_RIGHT);
    g.signature[g.signature_n++] = 0;
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    g.signature[1]++;
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    sign(&g);
    g.signature[1]--; /* says less than it holds */
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    sign(&g);
    g.auth[36] ^= 2; /* other bytes than those that were signed */
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    g.auth[36] ^= 2;
    memset(g.key.p, 1, 64); /* no point of the curve */
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    g = assertion(WEBAUTHN_EDDSA, PRESENT, 1);
    sign(&g);
    g.signature_n = 63;
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
    g.signature_n = 64;
    g.signature[5] ^= 1;
    assert_int_equal(check(d, &g, 0), WEBAUTHN_SIGNATURE);
}

static void
test_counter(void **state)
{
    struct desk *d = *state;
    struct rig g = assertion(WEBAUTHN_ES256, PRESENT, 5);
    sign(&g);
    assert_int_equal(check(d, &g, 4), WEBAUTHN_RIGHT);
    assert_int_equal(check(d, &g, 5), WEBAUTHN_COUNTER);
    assert_int_equal(check(d, &g, 6), WEBAUTHN_COUNTER);
    g = assertion(WEBAUTHN_ES256, PRESENT, 0);
    sign(&g);
    assert_int_equal(check(d, &g, 0), WEBAUTHN_RIGHT); /* has none */
    assert_int_equal(check(d, &g, 1), WEBAUTHN_COUNTER);
}

static void
test_credentials(void **state)
{
    (void)state;
    const struct rig whole = creation(WEBAUTHN_ES256, PRESENT);
    assert_int_equal(create(&whole), WEBAUTHN_RIGHT);
    for (size_t n = 0; n < whole.auth_n; n++) { /* cut anywhere */
        struct rig g = whole;
        g.auth_n = n;
        assert_int_not_equal(create(&g), WEBAUTHN_RIGHT);
    }
    for (size_t at = 59; at < 69; at++) { /* another spelling of the key */
        struct rig g = whole;
        g.auth[at] ^= 0x40;
        assert_int_equal(create(&g), WEBAUTHN_KEY);
    }
    struct rig g = whole;
    put(&g, "x", 1);
    assert_int_equal(create(&g), WEBAUTHN_AUTH);
    g = whole;
    g.auth[54] = 0; /* no id */
    assert_int_equal(create(&g), WEBAUTHN_AUTH);
    g = whole;
    g.auth_n = WEBAUTHN_AUTH_MAX;
    g.auth[53] = 4; /* 1028 bytes of id */
    assert_int_equal(create(&g), WEBAUTHN_AUTH);
    g = whole;
    g.auth[32] = PRESENT;
    assert_int_equal(create(&g), WEBAUTHN_AUTH);
}

static void
test_extensions(void **state)
{
    static const struct {
        const char *cbor;
        size_t n;
        enum webauthn_why why;
    } rows[] = {
        {"\xa0",                           1,  WEBAUTHN_RIGHT},
        {"\xa1\x6b"
         "credProtect\x02",       14, WEBAUTHN_RIGHT},
        {"\xa2\x61"
         "a\x82\x01\xf5\x61"
         "b\x58\x01x",            11, WEBAUTHN_RIGHT},
        {"",                               0,  WEBAUTHN_AUTH },
        {"\x80",                           1,  WEBAUTHN_AUTH }, /* no map */
        {"\xa0\xa0",                       2,  WEBAUTHN_AUTH },
        {"\xa1\x61"
         "a",                     3,  WEBAUTHN_AUTH },
        {"\xbf\xff",                       2,  WEBAUTHN_AUTH }, /* indefinite */
        {"\xba\xff\xff\xff\xff",           5,  WEBAUTHN_AUTH }, /* claims too much */
        {"\xb9\x01",                       2,  WEBAUTHN_AUTH },
        {"\xa1\x61"
         "a\xc1\x01",             5,  WEBAUTHN_AUTH }, /* tag */
        {"\xa1\x61"
         "a\x81\x81\x81\x81\x01", 8,  WEBAUTHN_AUTH }, /* too deep */
        {"\xa1\x61"
         "a\x45"
         "abc",                   7,  WEBAUTHN_AUTH },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig g = creation(WEBAUTHN_EDDSA, PRESENT | EXTENSIONS);
        put(&g, rows[i].cbor, rows[i].n);
        if (create(&g) != rows[i].why) {
            FAIL_TEST("row %zu: %d", i, (int)create(&g));
        }
    }
}

static void
test_without_keymgr(void **state)
{
    struct desk *d = *state;
    struct rig g = assertion(WEBAUTHN_ES256, PRESENT, 1);
    struct webauthn_seen seen;
    enum webauthn_why why;
    sign(&g);
    const struct webauthn_answer a = answer(&g);
    keys_use(-1);
    assert_int_equal(webauthn_check(&d->err, &asked, &g.key, 0, &a, &seen, &why), RC_IO);
    d->err = (struct err){0};
    keys_use(d->keys);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creates),        cmocka_unit_test(test_signs_in),
        cmocka_unit_test(test_client_data),    cmocka_unit_test(test_heads),
        cmocka_unit_test(test_signatures),     cmocka_unit_test(test_counter),
        cmocka_unit_test(test_credentials),    cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_without_keymgr),
    };
    if (sodium_init() < 0 || crypto_sign_keypair(ed_public, ed_secret) != 0) {
        return 1;
    }
    es256 = EVP_EC_gen("P-256");
    const int rc = cmocka_run_group_tests(tests, desk_setup, desk_teardown);
    EVP_PKEY_free(es256);
    return rc;
}
