/* keybox.c: seal, unseal, compare, TOTP and MAC under a workspace's keys. Which act a purpose
 * allows is one table; a purpose that is compared is never unsealed. */
#include "proc/keybox.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "base/wire.h"
#include "proc/es256.h"

enum {
    FORMAT = 1,
    SUB_PAGE = 1,
    SUB_PAGE_STEP = 256,
    SUB_OPERATIONS = 8,
    SUB_SIGNER = 9,
    SIGNED_MESSAGE = 56,
    SUB_PURPOSE = 16,
    SHA1_SIZE = 20,
    TOTP_STEP_US = 30000000
};

enum act { ACT_OWN = 0, ACT_SEAL = 1, ACT_UNSEAL = 2, ACT_CHECK = 4, ACT_MAC = 8 };

/* What a worker seals for its targets only egress opens, and egress opens nothing else. */
static unsigned
allowed_acts(const struct keybox *b, int64_t purpose)
{
    static const unsigned acts[] = {
        [KP_PASSWORD] = ACT_SEAL | ACT_CHECK,
        [KP_TOTP] = ACT_SEAL,
        [KP_RECOVERY] = ACT_SEAL | ACT_CHECK,
        [KP_DEVICE] = ACT_MAC,
        [KP_CSRF] = ACT_MAC,
        [KP_SECRET] = ACT_SEAL | ACT_UNSEAL,
        [KP_TARGET] = ACT_SEAL,
    };
    if (b->for_egress) {
        return purpose == KP_TARGET ? ACT_UNSEAL : 0;
    }
    if (b->for_archive) {
        return 0;
    }
    return purpose < 1 || purpose > KP_TARGET ? 0 : acts[purpose];
}

/* --- keys ------------------------------------------------------------------------------------ */

/* The key of one purpose under one version of the data key; the caller wipes it. */
static enum rc
subkey(struct keybox *b, uint32_t version, uint64_t number, uint8_t ret_key[static KEY_SIZE])
{
    uint8_t data_key[KEY_SIZE];
    b->unwraps++;
    b->uses.unwraps++;
    TRY(ring_open(b->ring, b->keys, b->workspace, version, data_key));
    crypto_kdf_derive_from_key(ret_key, KEY_SIZE, number, "KonSpace", data_key);
    sodium_memzero(data_key, sizeof data_key);
    return OK;
}

static size_t
full_ad(const struct keybox *b, int64_t purpose, uint32_t version, struct str ad, uint8_t *out)
{
    static const char head[] = "kontor-seal-1";
    size_t n = sizeof head - 1;
    memcpy(out, head, n);
    for (int i = 0; i < 8; i++) {
        out[n++] = (uint8_t)((uint64_t)b->workspace >> (8 * i));
    }
    out[n++] = (uint8_t)purpose;
    for (int i = 0; i < 4; i++) {
        out[n++] = (uint8_t)(version >> (8 * i));
    }
    if (ad.n > 0) {
        memcpy(out + n, ad.p, ad.n);
    }
    return n + ad.n;
}
enum { FULL_AD_MAX = 13 + 8 + 1 + 4 + KEYBOX_AD_MAX };

static enum rc
seal(struct keybox *b, int64_t purpose, struct str ad, struct str plain, uint8_t *out,
     size_t *ret_n)
{
    uint8_t key[KEY_SIZE];
    uint8_t fad[FULL_AD_MAX];
    uint32_t version;
    TRY(ring_version(b->ring, b->workspace, &version));
    TRY(subkey(b, version, SUB_PURPOSE + (uint64_t)purpose, key));
    size_t n_ad = full_ad(b, purpose, version, ad, fad);
    out[0] = FORMAT;
    for (int i = 0; i < 4; i++) {
        out[1 + i] = (uint8_t)(version >> (8 * i));
    }
    randombytes_buf(out + 5, 24);
    unsigned long long n;
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + 29, &n, (const uint8_t *)plain.p, plain.n, fad,
                                               n_ad, NULL, out + 5, key);
    sodium_memzero(key, sizeof key);
    *ret_n = 29 + (size_t)n;
    return OK;
}

/* RC_DENIED: does not open here (other row, other workspace, changed). The caller wipes `out`,
 * which holds at least sealed.n bytes. */
static enum rc
unseal(struct keybox *b, int64_t purpose, struct str ad, struct str sealed, uint8_t *out,
       size_t *ret_n)
{
    if (sealed.n < KEYBOX_OVERHEAD || sealed.n > KEYBOX_PLAIN_MAX + KEYBOX_OVERHEAD ||
        sealed.p[0] != FORMAT) {
        return RC_DENIED;
    }
    const uint8_t *p = (const uint8_t *)sealed.p;
    uint32_t version =
        (uint32_t)p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24;
    uint8_t key[KEY_SIZE];
    uint8_t fad[FULL_AD_MAX];
    if (subkey(b, version, SUB_PURPOSE + (uint64_t)purpose, key) != OK) {
        return RC_DENIED;
    }
    size_t n_ad = full_ad(b, purpose, version, ad, fad);
    unsigned long long n = 0;
    int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(out, &n, NULL, p + 29, sealed.n - 29, fad,
                                                         n_ad, p + 5, key);
    sodium_memzero(key, sizeof key);
    if (bad != 0) {
        return RC_DENIED;
    }
    *ret_n = (size_t)n;
    return OK;
}

/* --- TOTP ------------------------------------------------------------------------------------ */

int64_t
keybox_totp_code(struct bytes secret, int64_t step)
{
    uint8_t counter[8];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    for (int i = 0; i < 8; i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    if (HMAC(EVP_sha1(), secret.p, (int)secret.n, counter, sizeof counter, mac, &n) == NULL ||
        n != SHA1_SIZE) {
        return -1; /* uncovered: OpenSSL without SHA-1 */
    }
    unsigned at = mac[SHA1_SIZE - 1] & 0x0fU;
    uint32_t bin = (uint32_t)(mac[at] & 0x7fU) << 24 | (uint32_t)mac[at + 1] << 16 |
                   (uint32_t)mac[at + 2] << 8 | (uint32_t)mac[at + 3];
    sodium_memzero(mac, sizeof mac);
    return bin % 1000000;
}

/* All steps are computed and compared, so that time does not tell which one fits, or whether. */
static int64_t
totp_find(struct bytes secret, struct str code, int64_t now_step, int64_t window)
{
    int64_t found = 0;
    if (code.n != 6) {
        return 0;
    }
    for (int64_t d = -window; d <= window; d++) {
        char want[24];
        int64_t n = keybox_totp_code(secret, now_step + d);
        (void)snprintf(want, sizeof want, "%06lld", (long long)(n < 0 ? 0 : n));
        bool same = n >= 0 && sodium_memcmp(want, code.p, 6) == 0;
        found = same ? now_step + d : found; /* the newest that fits */
        sodium_memzero(want, sizeof want);
    }
    return found;
}

enum rc
keybox_init(void)
{
    /* RFC 6238 appendix B, time 59 s: also makes OpenSSL load what it needs before the sandbox. */
    static const uint8_t secret[] = "12345678901234567890";
    if (sodium_init() < 0) {
        return RC_BROKEN; /* uncovered: no random numbers from the kernel */
    }
    const bool totp = keybox_totp_code((struct bytes){secret, 20}, 1) == 287082;
    return totp && es256_works() ? OK : RC_BROKEN;
}

/* --- calls ----------------------------------------------------------------------------------- */

struct call {
    struct keybox *b;
    const struct frame *in;
    struct frame_out *out;
    int64_t now_us;
    int64_t purpose;
    struct str ad, plain, sealed;
};

static enum rc
call_page(struct call *c)
{
    uint8_t key[KEY_SIZE];
    uint32_t version;
    uint32_t page;
    bool next;
    if (!c->b->page || c->b->page_given) {
        return RC_DENIED;
    }
    TRY(ring_version(c->b->ring, c->b->workspace, &version));
    TRY(ring_page(c->b->ring, c->b->workspace, &page, &next));
    for (uint64_t i = 0; i <= (next ? 1u : 0u); i++) {
        TRY(subkey(c->b, version, SUB_PAGE + (page + i) * SUB_PAGE_STEP, key));
        frame_put(c->out, i == 0 ? W_F_KEY : W_F_KEY_NEXT, key, sizeof key);
    }
    c->b->page_given = true;
    sodium_memzero(key, sizeof key);
    return OK;
}

static enum rc
call_seal(struct call *c)
{
    uint8_t sealed[KEYBOX_PLAIN_MAX + KEYBOX_OVERHEAD];
    size_t n;
    TRY(seal(c->b, c->purpose, c->ad, c->plain, sealed, &n));
    frame_put(c->out, W_F_SEALED, sealed, n);
    return OK;
}

static enum rc
call_unseal(struct call *c)
{
    uint8_t plain[KEYBOX_PLAIN_MAX + KEYBOX_OVERHEAD];
    size_t n;
    TRY(unseal(c->b, c->purpose, c->ad, c->sealed, plain, &n));
    frame_put(c->out, W_F_PLAIN, plain, n);
    sodium_memzero(plain, sizeof plain);
    return OK;
}

static enum rc
call_check(struct call *c)
{
    uint8_t plain[KEYBOX_PLAIN_MAX + KEYBOX_OVERHEAD];
    size_t n = 0;
    /* Bytes that do not open are not equal: a hash moved to another row is a wrong password. */
    bool ok = unseal(c->b, c->purpose, c->ad, c->sealed, plain, &n) == OK && n == c->plain.n &&
              n > 0 && sodium_memcmp(plain, c->plain.p, n) == 0;
    sodium_memzero(plain, sizeof plain);
    frame_put_i64(c->out, W_F_OK, ok ? 1 : 0);
    return OK;
}

static enum rc
call_totp(struct call *c)
{
    struct keybox *b = c->b;
    const int64_t now_us = c->now_us;
    int64_t time_us;
    int64_t window;
    if (b->for_egress || b->for_archive) {
        return RC_DENIED;
    }
    if (b->minute != now_us / 60000000) {
        b->minute = now_us / 60000000;
        b->totp_in_minute = 0;
    }
    if (++b->totp_in_minute > KEYBOX_TOTP_PER_MIN) {
        return RC_LIMIT;
    }
    TRY(frame_get_i64(c->in, W_F_TIME, &time_us));
    TRY(frame_get_i64(c->in, W_F_WINDOW, &window));
    if (time_us < 0 || window < 0 || window > KEYBOX_WINDOW_MAX) {
        return RC_INVALID;
    }
    uint8_t secret[KEYBOX_PLAIN_MAX + KEYBOX_OVERHEAD];
    size_t n = 0;
    int64_t step = 0;
    if (unseal(b, KP_TOTP, c->ad, c->sealed, secret, &n) == OK && n > 0) {
        step = totp_find((struct bytes){secret, n}, frame_get(c->in, W_F_CODE_TEXT),
                         time_us / TOTP_STEP_US, window);
    }
    sodium_memzero(secret, sizeof secret);
    frame_put_i64(c->out, W_F_STEP, step);
    return OK;
}

static enum rc
call_mac(struct call *c)
{
    uint8_t key[KEY_SIZE];
    uint8_t mac[32];
    uint32_t version;
    TRY(ring_version(c->b->ring, c->b->workspace, &version));
    TRY(subkey(c->b, version, SUB_PURPOSE + (uint64_t)c->purpose, key));
    crypto_generichash(mac, sizeof mac, (const uint8_t *)c->plain.p, c->plain.n, key, sizeof key);
    sodium_memzero(key, sizeof key);
    frame_put(c->out, W_F_MAC, mac, sizeof mac);
    return OK;
}

static enum rc
call_verify(struct call *c)
{
    struct str key = frame_get(c->in, W_F_KEY);
    struct str digest = frame_get(c->in, W_F_DIGEST);
    struct str signature = frame_get(c->in, W_F_SIGNATURE);
    if (c->b->for_egress || c->b->for_archive) {
        return RC_DENIED;
    }
    if (key.n != 64 || digest.n != 32 || signature.n != 64) {
        return RC_INVALID;
    }
    bool right = es256_right((const uint8_t *)key.p, (const uint8_t *)digest.p,
                             (const uint8_t *)signature.p);
    frame_put_i64(c->out, W_F_OK, right ? 1 : 0);
    return OK;
}

/* The pairs of a workspace's archives follow from its data key, and are gone with it. */
static enum rc
archive_seed(struct call *c, bool may, uint64_t number, uint8_t ret_seed[static KEY_SIZE])
{
    uint32_t version;
    if (!may) {
        return RC_DENIED;
    }
    TRY(ring_version(c->b->ring, c->b->workspace, &version));
    return subkey(c->b, version, number, ret_seed);
}

static enum rc
call_archive(struct call *c)
{
    /* Both are public. Its writer compares with them what a drill says. */
    const bool may = c->b->for_archive || c->b->page;
    uint8_t seed[KEY_SIZE];
    uint8_t public[crypto_box_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES]; /* room for either */
    TRY(archive_seed(c, may, SUB_OPERATIONS, seed));
    crypto_box_seed_keypair(public, secret, seed);
    frame_put(c->out, W_F_KEY, public, sizeof public);
    TRY(archive_seed(c, may, SUB_SIGNER, seed));
    crypto_sign_seed_keypair(public, secret, seed);
    frame_put(c->out, W_F_SIGNER, public, sizeof public);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    return OK;
}

/* Only what begins as this role's words do: no other protocol can be spoken with this key. */
static enum rc
call_sign(struct call *c)
{
    uint8_t seed[KEY_SIZE];
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[crypto_sign_BYTES];
    if (c->plain.n != SIGNED_MESSAGE || c->b->signs.n == 0 || !str_starts(c->plain, c->b->signs)) {
        return RC_DENIED;
    }
    TRY(archive_seed(c, c->b->for_archive, SUB_SIGNER, seed));
    crypto_sign_seed_keypair(public, secret, seed);
    crypto_sign_detached(signature, NULL, (const uint8_t *)c->plain.p, c->plain.n, secret);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    frame_put(c->out, W_F_SIGNATURE, signature, sizeof signature);
    return OK;
}

/* The data key of one archive. What another workspace sealed does not open: it names another public
 * key, and under ours it is not authentic. */
static enum rc
call_open(struct call *c)
{
    uint8_t seed[KEY_SIZE];
    uint8_t public[crypto_box_PUBLICKEYBYTES];
    uint8_t secret[crypto_box_SECRETKEYBYTES];
    uint8_t key[KEY_SIZE];
    const struct str named = frame_get(c->in, W_F_KEY);
    if (!c->b->opens || c->b->opened) {
        return RC_DENIED;
    }
    if (named.n != sizeof public || c->sealed.n != sizeof key + crypto_box_SEALBYTES) {
        return RC_INVALID;
    }
    TRY(archive_seed(c, c->b->for_archive, SUB_OPERATIONS, seed));
    crypto_box_seed_keypair(public, secret, seed);
    const bool ours =
        sodium_memcmp(public, named.p, sizeof public) == 0 &&
        crypto_box_seal_open(key, (const uint8_t *)c->sealed.p, c->sealed.n, public, secret) == 0;
    if (ours) {
        frame_put(c->out, W_F_KEY, key, sizeof key);
    }
    c->b->opened = ours;
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(key, sizeof key);
    return ours ? OK : RC_DENIED;
}

/* Which use of a data key a call is: that of its row, but for what is compared or opened. */
static enum key_use
use_of(enum key_use use, int64_t purpose)
{
    return purpose == KP_RECOVERY && use == KEY_USE_PASSWORD ? KEY_USE_RECOVERY
           : purpose == KP_TARGET && use == KEY_USE_SECRET   ? KEY_USE_TARGET
                                                             : use;
}

static const struct verb {
    enum wire type;
    enum act act; /* ACT_OWN: the function itself judges who may */
    enum key_use use;
    enum rc (*run)(struct call *c);
} verbs[] = {
    {W_KEY_PAGE,    ACT_OWN,    KEY_USE_PAGE,     call_page   },
    {W_KEY_ARCHIVE, ACT_OWN,    KEY_USE_ARCHIVE,  call_archive},
    {W_KEY_OPEN,    ACT_OWN,    KEY_USE_OPEN,     call_open   },
    {W_KEY_SIGN,    ACT_OWN,    KEY_USE_SIGN,     call_sign   },
    {W_KEY_TOTP,    ACT_OWN,    KEY_USE_CODE,     call_totp   },
    {W_KEY_VERIFY,  ACT_OWN,    KEY_USE_COUNT,    call_verify }, /* unwraps nothing */
    {W_KEY_SEAL,    ACT_SEAL,   KEY_USE_SEAL,     call_seal   },
    {W_KEY_UNSEAL,  ACT_UNSEAL, KEY_USE_SECRET,   call_unseal },
    {W_KEY_CHECK,   ACT_CHECK,  KEY_USE_PASSWORD, call_check  },
    {W_KEY_MAC,     ACT_MAC,    KEY_USE_MAC,      call_mac    }
};

static const struct verb *
verb_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (verbs[i].type == (enum wire)type) {
            return &verbs[i];
        }
    }
    return NULL;
}

static enum rc
dispatch(struct call *c, const struct verb *v)
{
    if (v->act != ACT_OWN) {
        TRY(frame_get_i64(c->in, W_F_PURPOSE, &c->purpose));
        if ((allowed_acts(c->b, c->purpose) & v->act) == 0) {
            return RC_DENIED;
        }
    }
    const uint64_t before = c->b->unwraps;
    const enum rc rc = v->run(c);
    if (c->b->unwraps > before) {
        c->b->uses.n[use_of(v->use, c->purpose)]++;
    }
    return rc;
}

static bool
over_limit(struct keybox *b, int64_t now_us)
{
    b->calls++;
    if (b->second != now_us / 1000000) {
        b->second = now_us / 1000000;
        b->calls_in_second = 0;
    }
    return ++b->calls_in_second > KEYBOX_CALLS_PER_S;
}

enum rc
keybox_for(struct str role, struct keybox *ret_b)
{
    static const struct {
        const char *role;
        struct keybox box;
    } roles[] = {
        {"writer",  {.page = true}                                                        },
        {"system",  {.page = true}                                                        },
        {"egress",  {.for_egress = true}                                                  },
        {"backup",  {.for_archive = true, .page = true, .signs = STR("kontor-archive-1")} },
        {"drill",   {.for_archive = true, .opens = true, .signs = STR("kontor-drilled-1")}},
        {"restore", {.for_archive = true, .opens = true, .page = true}                    },
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (str_eq(role, str_of(roles[i].role))) {
            *ret_b = roles[i].box;
            return OK;
        }
    }
    return RC_INVALID;
}

bool
keybox_answer(struct keybox *b, const struct frame *call, int64_t now_us, struct frame_out *out,
              uint8_t *buf, size_t cap)
{
    const struct verb *v = verb_of(call->type);
    if (v == NULL) {
        return false;
    }
    struct call c = {.b = b, .in = call, .out = out, .now_us = now_us};
    c.ad = frame_get(call, W_F_AD);
    c.plain = frame_get(call, W_F_PLAIN);
    c.sealed = frame_get(call, W_F_SEALED);
    frame_begin(out, buf, cap, call->type, call->id);
    enum rc rc = RC_LIMIT;
    if (c.ad.n <= KEYBOX_AD_MAX && c.plain.n <= KEYBOX_PLAIN_MAX && !over_limit(b, now_us)) {
        rc = dispatch(&c, v);
    }
    if (rc != OK) {
        frame_begin(out, buf, cap, W_ERROR, call->id);
        frame_put_i64(out, W_F_RC, rc);
    }
    return true;
}
