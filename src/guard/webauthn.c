/* webauthn.c: three small parsers (client data, authenticator data with COSE key and extensions,
 * DER of a signature), each bounded by its input and refusing every byte it does not know the use
 * of. COSE keys have one permitted spelling (CTAP2 canonical form, no optional member), so they are
 * compared with it instead of being parsed. */
#include "guard/webauthn.h"

#include <jansson.h>
#include <sodium.h>

#include "guard/keys.h"

enum {
    HEAD = 32 + 1 + 4, /* hash of the host name, flags, counter */
    AAGUID = 16,
    FLAG_PRESENT = 0x01,
    FLAG_VERIFIED = 0x04,
    FLAG_CREDENTIAL = 0x40,
    FLAG_EXTENSIONS = 0x80,
    CBOR_DEPTH = 4
};

/* --- client data ----------------------------------------------------------------------------- */

static struct str
text_of(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR_NONE;
}

static enum webauthn_why
judge_members(const struct webauthn_asked *asked, struct str type, const json_t *object)
{
    const json_t *cross = json_object_get(object, "crossOrigin");
    const struct str challenge = text_of(object, "challenge");
    uint8_t got[WEBAUTHN_CHALLENGE];
    size_t n = 0;
    if (!json_is_object(object) || challenge.p == NULL || text_of(object, "type").p == NULL ||
        text_of(object, "origin").p == NULL) {
        return WEBAUTHN_CLIENT;
    }
    if (!str_eq(text_of(object, "type"), type)) {
        return WEBAUTHN_TYPE;
    }
    if (b64url_parse(challenge, got, sizeof got, &n) != OK || n != sizeof got ||
        !mem_eq_secret(got, asked->challenge, sizeof got)) {
        return WEBAUTHN_CHALLENGED;
    }
    const bool own = cross == NULL || json_is_false(cross);
    return own && str_eq(text_of(object, "origin"), asked->origin) ? WEBAUTHN_RIGHT
                                                                   : WEBAUTHN_ORIGIN;
}

static enum webauthn_why
judge_client(const struct webauthn_asked *asked, struct str type, struct str client)
{
    if (client.p == NULL || client.n > WEBAUTHN_CLIENT_MAX) {
        return WEBAUTHN_CLIENT;
    }
    json_t *object = json_loadb(client.p, client.n, JSON_REJECT_DUPLICATES, NULL);
    const enum webauthn_why why = judge_members(asked, type, object);
    json_decref(object);
    return why;
}

/* --- CBOR ------------------------------------------------------------------------------------ */

/* A cursor: what is left. Taking more than is left gives NULL. */
static const uint8_t *
take(struct bytes *rest, size_t n)
{
    const uint8_t *p = rest->p;
    if (n > rest->n) {
        return NULL;
    }
    rest->p += n;
    rest->n -= n;
    return p;
}

static uint32_t
big_endian(const uint8_t *p, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

/* One head: major type and argument. Arguments of eight bytes and indefinite lengths are refused:
 * nothing that fits here needs them. */
static bool
cbor_head(struct bytes *rest, unsigned *ret_major, uint32_t *ret_n)
{
    const uint8_t *p = take(rest, 1);
    if (p == NULL || (*p & 31U) > 26) {
        return false;
    }
    *ret_major = *p >> 5;
    *ret_n = *p & 31U;
    if (*ret_n >= 24) {
        const size_t size = (size_t)1 << (*ret_n - 24);
        p = take(rest, size);
        *ret_n = p != NULL ? big_endian(p, size) : 0;
    }
    return p != NULL;
}

/* Passes over one value; never deeper than CBOR_DEPTH, never past the end. Every element takes at
 * least one byte, so the loop ends with the input, whatever number was claimed. */
static bool
cbor_skip(struct bytes *rest, int depth)
{
    unsigned major;
    uint32_t n;
    if (depth == 0 || !cbor_head(rest, &major, &n)) {
        return false;
    }
    if (major == 2 || major == 3) {
        return take(rest, n) != NULL;
    }
    if (major == 6) {
        return false; /* tags */
    }
    const uint64_t values = major == 4 ? n : major == 5 ? 2 * (uint64_t)n : 0;
    for (uint64_t i = 0; i < values; i++) {
        if (!cbor_skip(rest, depth - 1)) {
            return false;
        }
    }
    return true;
}

/* Extensions are not asked for, but browsers add their own; one map, nothing behind it. */
static bool
extensions_end(struct bytes rest)
{
    return rest.n > 0 && rest.p[0] >> 5 == 5 && cbor_skip(&rest, CBOR_DEPTH) && rest.n == 0;
}

/* --- COSE key -------------------------------------------------------------------------------- */

static bool
take_exactly(struct bytes *rest, const uint8_t *want, size_t n)
{
    const uint8_t *p = take(rest, n);
    return p != NULL && memcmp(p, want, n) == 0;
}

static bool
take_coordinate(struct bytes *rest, uint8_t *out)
{
    const uint8_t *p = take(rest, 32);
    if (p != NULL) {
        memcpy(out, p, 32);
    }
    return p != NULL;
}

/* RFC 9053: {1: 2, 3: -7, -1: 1, -2: x, -3: y} and {1: 1, 3: -8, -1: 6, -2: x}. */
static bool
take_key(struct bytes *rest, struct webauthn_key *ret)
{
    static const uint8_t es256[] = {0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32};
    static const uint8_t es256_y[] = {0x22, 0x58, 32};
    static const uint8_t eddsa[] = {0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32};
    struct bytes other = *rest;
    *ret = (struct webauthn_key){.alg = WEBAUTHN_ES256};
    if (take_exactly(rest, es256, sizeof es256)) {
        return take_coordinate(rest, ret->p) && take_exactly(rest, es256_y, sizeof es256_y) &&
               take_coordinate(rest, ret->p + 32);
    }
    ret->alg = WEBAUTHN_EDDSA;
    const bool whole = take_exactly(&other, eddsa, sizeof eddsa) && take_coordinate(&other, ret->p);
    *rest = other;
    return whole;
}

/* --- authenticator data ---------------------------------------------------------------------- */

/* Head and what it says; *ret_rest: what follows it. */
static enum webauthn_why
judge_head(const struct webauthn_asked *asked, struct bytes auth, unsigned *ret_flags,
           struct webauthn_seen *ret_seen, struct bytes *ret_rest)
{
    uint8_t host[32];
    if (auth.n < HEAD || auth.n > WEBAUTHN_AUTH_MAX) {
        return WEBAUTHN_AUTH;
    }
    crypto_hash_sha256(host, (const uint8_t *)asked->host.p, asked->host.n);
    if (memcmp(auth.p, host, sizeof host) != 0) {
        return WEBAUTHN_HOST;
    }
    *ret_flags = auth.p[32];
    *ret_seen =
        (struct webauthn_seen){big_endian(auth.p + 33, 4), (auth.p[32] & FLAG_VERIFIED) != 0};
    *ret_rest = (struct bytes){auth.p + HEAD, auth.n - HEAD};
    if ((*ret_flags & FLAG_PRESENT) == 0) {
        return WEBAUTHN_PRESENCE;
    }
    return asked->verified && !ret_seen->verified ? WEBAUTHN_VERIFICATION : WEBAUTHN_RIGHT;
}

/* What follows when the flags promise it, to the last byte. */
static bool
judge_end(unsigned flags, struct bytes rest)
{
    return (flags & FLAG_EXTENSIONS) != 0 ? extensions_end(rest) : rest.n == 0;
}

enum webauthn_why
webauthn_create(const struct webauthn_asked *asked, const struct webauthn_answer *answer,
                struct webauthn_made *ret_made)
{
    unsigned flags = 0;
    struct bytes rest = {NULL, 0};
    *ret_made = (struct webauthn_made){
        .id = {NULL, 0}
    };
    enum webauthn_why why = judge_client(asked, STR("webauthn.create"), answer->client);
    if (why == WEBAUTHN_RIGHT) {
        why = judge_head(asked, answer->auth, &flags, &ret_made->seen, &rest);
    }
    if (why != WEBAUTHN_RIGHT) {
        return why;
    }
    const uint8_t *p = take(&rest, AAGUID + 2);
    if ((flags & FLAG_CREDENTIAL) == 0 || p == NULL) {
        return WEBAUTHN_AUTH;
    }
    ret_made->id.n = big_endian(p + AAGUID, 2);
    ret_made->id.p = take(&rest, ret_made->id.n);
    if (ret_made->id.n == 0 || ret_made->id.n > WEBAUTHN_ID_MAX || ret_made->id.p == NULL) {
        return WEBAUTHN_AUTH;
    }
    if (!take_key(&rest, &ret_made->key)) {
        return WEBAUTHN_KEY;
    }
    return judge_end(flags, rest) ? WEBAUTHN_RIGHT : WEBAUTHN_AUTH;
}

/* --- signatures ------------------------------------------------------------------------------ */

/* One positive DER integer of at most 32 significant bytes, into 32; shortest form only. */
static bool
take_integer(struct bytes *rest, uint8_t *out)
{
    const uint8_t *head = take(rest, 2);
    if (head == NULL || head[0] != 2 || head[1] == 0 || head[1] > 33) {
        return false;
    }
    size_t n = head[1];
    const uint8_t *p = take(rest, n);
    if (p == NULL || (p[0] & 0x80U) != 0 || (n > 1 && p[0] == 0 && (p[1] & 0x80U) == 0)) {
        return false;
    }
    if (p[0] == 0) {
        p++;
        n--;
    }
    if (n > 32) {
        return false;
    }
    memcpy(out + 32 - n, p, n);
    return true;
}

/* SEQUENCE { r INTEGER, s INTEGER } as r ‖ s. */
static bool
signature_plain(struct bytes der, uint8_t out[static 64])
{
    const uint8_t *head = take(&der, 2);
    memset(out, 0, 64);
    return head != NULL && head[0] == 0x30 && head[1] == der.n && take_integer(&der, out) &&
           take_integer(&der, out + 32) && der.n == 0;
}

/* The signed message: authenticator data ‖ SHA-256 of the client data. */
static enum rc
judge_signature(struct err *err, const struct webauthn_key *key,
                const struct webauthn_answer *answer, bool *ret_right)
{
    uint8_t message[WEBAUTHN_AUTH_MAX + 32];
    uint8_t digest[32];
    uint8_t plain[64];
    memcpy(message, answer->auth.p, answer->auth.n);
    crypto_hash_sha256(message + answer->auth.n, (const uint8_t *)answer->client.p,
                       answer->client.n);
    const size_t n = answer->auth.n + 32;
    *ret_right = false;
    if (key->alg == WEBAUTHN_EDDSA) {
        *ret_right = answer->signature.n == 64 &&
                     crypto_sign_verify_detached(answer->signature.p, message, n, key->p) == 0;
        return OK;
    }
    if (!signature_plain(answer->signature, plain)) {
        return OK;
    }
    crypto_hash_sha256(digest, message, n);
    return keys_verify(err, key->p, digest, plain, ret_right);
}

enum rc
webauthn_check(struct err *err, const struct webauthn_asked *asked, const struct webauthn_key *key,
               uint32_t counter, const struct webauthn_answer *answer,
               struct webauthn_seen *ret_seen, enum webauthn_why *ret_why)
{
    unsigned flags = 0;
    struct bytes rest = {NULL, 0};
    bool right = false;
    *ret_seen = (struct webauthn_seen){0, false};
    *ret_why = judge_client(asked, STR("webauthn.get"), answer->client);
    if (*ret_why == WEBAUTHN_RIGHT) {
        *ret_why = judge_head(asked, answer->auth, &flags, ret_seen, &rest);
    }
    if (*ret_why != WEBAUTHN_RIGHT) {
        return OK;
    }
    if ((flags & FLAG_CREDENTIAL) != 0 || !judge_end(flags, rest)) {
        *ret_why = WEBAUTHN_AUTH;
        return OK;
    }
    TRY(judge_signature(err, key, answer, &right));
    /* Authenticators without a counter always say 0. */
    const bool rises = ret_seen->counter > counter || (ret_seen->counter == 0 && counter == 0);
    *ret_why = !right ? WEBAUTHN_SIGNATURE : rises ? WEBAUTHN_RIGHT : WEBAUTHN_COUNTER;
    return OK;
}
