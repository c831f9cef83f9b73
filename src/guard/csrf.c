/* csrf.c: see csrf.h. The process's key comes from keymgr once; a token costs one BLAKE2b. */
#include "guard/csrf.h"

#include <assert.h>
#include <sodium.h>

#include "guard/keys.h"

static uint8_t key[32];
static bool has_key;

enum rc
csrf_init(struct err *err)
{
    uint8_t from_keymgr[32];

    TRY(keys_local(err, KP_CSRF, "form tokens", from_keymgr));
    csrf_use_key(from_keymgr);
    explicit_bzero(from_keymgr, sizeof(from_keymgr));
    return OK;
}

void
csrf_use_key(const uint8_t from[static 32])
{
    memcpy(key, from, sizeof(key));
    has_key = true;
}

struct str
csrf_pre_new(struct arena *mem)
{
    uint8_t random[32];
    char text[CSRF_TOKEN_CHARS + 1];

    randombytes_buf(random, sizeof(random));
    b64url_print(random, sizeof(random), text);
    return arena_copy(mem, str_of(text));
}

enum rc
csrf_pre_secret(struct str cookie, uint8_t ret_secret[static 32])
{
    uint8_t raw[33];
    size_t n;

    if (cookie.n != CSRF_TOKEN_CHARS || b64url_parse(cookie, raw, sizeof(raw), &n) != OK ||
        n != 32) {
        return RC_INVALID;
    }
    crypto_hash_sha256(ret_secret, raw, 32);
    return OK;
}

static void
token_bytes(const uint8_t secret[static 32], const char *form, uint8_t out[static 32])
{
    crypto_generichash_state st;

    assert(has_key);
    crypto_generichash_init(&st, key, sizeof(key), 32);
    crypto_generichash_update(&st, secret, 32);
    crypto_generichash_update(&st, (const uint8_t *)form, strlen(form));
    crypto_generichash_final(&st, out, 32);
}

struct str
csrf_token(struct arena *mem, const uint8_t secret[static 32], const char *form)
{
    uint8_t token[32];
    char text[CSRF_TOKEN_CHARS + 1];

    token_bytes(secret, form, token);
    b64url_print(token, sizeof(token), text);
    return arena_copy(mem, str_of(text));
}

bool
csrf_check(const uint8_t secret[static 32], const char *form, struct str token)
{
    uint8_t right[32];
    uint8_t got[33];
    size_t n;

    if (token.n != CSRF_TOKEN_CHARS || b64url_parse(token, got, sizeof(got), &n) != OK || n != 32) {
        return false;
    }
    token_bytes(secret, form, right);
    return mem_eq_secret(right, got, 32);
}
