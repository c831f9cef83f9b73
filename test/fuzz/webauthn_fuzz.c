/* webauthn_fuzz.c: whatever a browser sends as an answer of an authenticator gets a verdict, and
 * nothing that is right by chance. The first byte chooses: client data, authenticator data of a
 * registration or of a sign-in, a signature; the rest of the answer is right, so that the bytes
 * reach the parser behind it. */
#include <assert.h>
#include <sodium.h>

#include "guard/webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const uint8_t challenge[32];
static const struct webauthn_asked asked = {
    .origin = STR("https://a.example"), .host = STR("a.example"), .challenge = challenge};
#define CLIENT(type)                                                                               \
    STR("{\"type\":\"" type "\",\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","    \
        "\"origin\":\"https://a.example\"}")

/* The hash of our host name in front of what is tried. */
static struct bytes
with_host(uint8_t *buf, const uint8_t *p, size_t n)
{
    crypto_hash_sha256(buf, (const uint8_t *)asked.host.p, asked.host.n);
    memcpy(buf + 32, p, n);
    return (struct bytes){buf, 32 + n};
}

static void
try_create(struct str client, struct bytes auth)
{
    const struct webauthn_answer a = {.client = client, .auth = auth};
    struct webauthn_made made;
    if (webauthn_create(&asked, &a, &made) == WEBAUTHN_RIGHT) {
        assert(made.id.n > 0 && made.id.n <= WEBAUTHN_ID_MAX && made.id.p > auth.p &&
               made.id.p + made.id.n < auth.p + auth.n);
        assert(made.key.alg == WEBAUTHN_ES256 || made.key.alg == WEBAUTHN_EDDSA);
    }
}

/* No keymgr here: an ES256 signature that is well-formed gets no answer, every other a refusal. */
static void
try_check(enum webauthn_alg alg, struct bytes auth, struct bytes signature)
{
    const struct webauthn_answer a = {
        .client = CLIENT("webauthn.get"), .auth = auth, .signature = signature};
    const struct webauthn_key key = {.alg = alg, .p = {9}};
    struct webauthn_seen seen;
    enum webauthn_why why = WEBAUTHN_RIGHT;
    struct err err = {0};
    const enum rc rc = webauthn_check(&err, &asked, &key, 0, &a, &seen, &why);
    assert(rc == OK ? why != WEBAUTHN_RIGHT : alg == WEBAUTHN_ES256);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static uint8_t buf[4096 + 32];
    static const uint8_t present[5] = {1, 0, 0, 0, 1};
    if (n == 0 || n > 4096 || sodium_init() < 0) {
        return 0;
    }
    const struct bytes rest = {p + 1, n - 1};
    switch (p[0] % 4) {
    case 0:
        try_create((struct str){(const char *)rest.p, rest.n}, with_host(buf, present, 5));
        break;
    case 1:
        try_create(CLIENT("webauthn.create"), with_host(buf, rest.p, rest.n));
        break;
    case 2:
        try_check(WEBAUTHN_EDDSA, with_host(buf, rest.p, rest.n), rest);
        break;
    default:
        try_check(WEBAUTHN_ES256, with_host(buf, present, 5), rest);
        break;
    }
    return 0;
}
