/* device.c: see device.h. Cookie: base64url of nonce[16] | user u64 | issued u32 (seconds) |
 * mac[20]. */
#include "guard/device.h"

#include <sodium.h>

#include "device.sql.h"
#include "guard/keys.h"

enum { NONCE = 16, BODY = NONCE + 8 + 4, MAC = 20, RAW = BODY + MAC, LABEL_MAX = 60 };
_Static_assert(RAW / 3 * 4 == DEVICE_COOKIE_CHARS && RAW % 3 == 0, "no padding");
#define US(seconds) ((int64_t)(seconds)*1000000)

static enum rc
mac_of(struct err *err, const uint8_t body[static BODY], uint8_t ret_mac[static MAC])
{
    static uint8_t key[32];
    static bool has_key;

    if (!has_key) {
        TRY(keys_local(err, KP_DEVICE, "device cookie", key));
        has_key = true;
    }
    crypto_generichash(ret_mac, MAC, body, BODY, key, sizeof(key));
    return OK;
}

static void
put_number(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static uint64_t
get_number(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = n; i > 0; i--) {
        v = v << 8 | p[i - 1];
    }
    return v;
}

/* Genuine, of this person and not too old; gives the nonce's hash. */
static enum rc
read_cookie(struct rtx *tx, struct user_id user, struct str cookie, bool *ret_good,
            uint8_t ret_hash[static 32])
{
    uint8_t raw[RAW + 3];
    uint8_t mac[MAC];
    size_t n;

    *ret_good = false;
    if (user.n == 0 || cookie.n != DEVICE_COOKIE_CHARS ||
        b64url_parse(cookie, raw, sizeof(raw), &n) != OK || n != RAW) {
        return OK;
    }
    TRY(mac_of(rtx_err(tx), raw, mac));
    const int64_t issued = (int64_t)get_number(raw + NONCE + 8, 4);
    const int64_t age = rtx_now(tx).us / 1000000 - issued;
    crypto_hash_sha256(ret_hash, raw, NONCE);
    *ret_good = mem_eq_secret(mac, raw + BODY, MAC) &&
                get_number(raw + NONCE, 8) == (uint64_t)user.n && age >= -60 && age < DEVICE_S;
    return OK;
}

enum rc
device_find(struct rtx *tx, struct user_id user, struct str cookie, bool *ret_known,
            uint8_t ret_bucket[static 32])
{
    struct device_by_nonce_row row;
    uint8_t hash[32];
    bool good;
    bool found = false;

    TRY(read_cookie(tx, user, cookie, &good, hash));
    if (good) {
        TRY(device_by_nonce(tx,
                            &(struct device_by_nonce_in){
                                {hash, sizeof(hash)},
                                user
        },
                            &row, &found));
    }
    *ret_known = found;
    if (found) {
        /* The row's id, not the nonce: a new cookie of the same browser keeps its bucket. */
        crypto_generichash(ret_bucket, 32, (const uint8_t *)&row.id.n, sizeof(row.id.n), NULL, 0);
    }
    return OK;
}

static enum rc
issue(struct wtx *tx, struct user_id user, uint8_t ret_hash[static 32], struct str *ret_cookie)
{
    uint8_t raw[RAW];
    char text[DEVICE_COOKIE_CHARS + 2];

    randombytes_buf(raw, NONCE);
    put_number(raw + NONCE, (uint64_t)user.n, 8);
    put_number(raw + NONCE + 8, (uint64_t)(wtx_now(tx).us / 1000000), 4);
    TRY(mac_of(wtx_err(tx), raw, raw + BODY));
    crypto_hash_sha256(ret_hash, raw, NONCE);
    b64url_print(raw, sizeof(raw), text);
    *ret_cookie = arena_copy(wtx_mem(tx), str_of(text));
    return OK;
}

static struct str
clip(struct str s)
{
    if (s.p == NULL) {
        return STR("");
    }
    while (s.n > LABEL_MAX || !str_is_utf8(s)) {
        s.n--;
    }
    return s;
}

enum rc
device_keep(struct wtx *tx, struct user_id user, struct str cookie, struct str label,
            struct str *ret_cookie)
{
    const struct instant now = wtx_now(tx);
    struct device_by_nonce_row row;
    uint8_t old[32];
    uint8_t hash[32];
    bool good;
    bool found = false;
    int64_t n;

    TRY(read_cookie(wtx_read(tx), user, cookie, &good, old));
    if (good) {
        TRY(device_by_nonce(wtx_read(tx),
                            &(struct device_by_nonce_in){
                                {old, sizeof(old)},
                                user
        },
                            &row, &found));
    }
    TRY(issue(tx, user, hash, ret_cookie));
    if (found) {
        return device_used(tx, &(struct device_used_in){
                                   now, {hash, sizeof(hash)},
                                    clip(label), row.id
        });
    }
    TRY(wtx_new_id(tx, "device", &n));
    const struct device_id id = {n};
    TRY(device_add(tx, &(struct device_add_in){
                           .id = id,
                           .user_id = user,
                           .nonce_hash = {hash, sizeof(hash)},
                           .device = clip(label),
                           .now_at = now
    }));
    return device_drop_beyond(tx, &(struct device_drop_beyond_in){user, DEVICES_PER_USER}, &n);
}

enum rc
device_forget_all(struct wtx *tx, struct user_id user)
{
    int64_t n;

    return device_drop_user(tx, &(struct device_drop_user_in){user}, &n);
}

enum rc
device_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "browsers unused for long");
    return device_drop_old(tx, &(struct device_drop_old_in){{wtx_now(tx).us - US(DEVICE_S)}}, &n);
}
