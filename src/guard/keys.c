/* keys.c: see keys.h. One frame out, one frame back; buffers that held keys are wiped. */
#include "guard/keys.h"

#include "base/frame.h"
#include "base/time.h"

static int channel = -1;
static bool (*await_successor)(void);
static uint64_t last_id;
static uint8_t out_buf[FRAME_MAX];
static uint8_t in_buf[FRAME_MAX];

void
keys_use(int fd)
{
    channel = fd;
}

void
keys_on_lost(bool (*fn)(void))
{
    await_successor = fn;
}

static struct frame_out
begin(uint16_t type)
{
    struct frame_out f;

    frame_begin(&f, out_buf, sizeof(out_buf), type, ++last_id);
    return f;
}

static void
wipe(size_t received)
{
    explicit_bzero(out_buf, 16 * 1024);
    explicit_bzero(in_buf, received < sizeof(in_buf) ? received : sizeof(in_buf));
}

/* The answer to f; a refusal by keymgr becomes its class with E_KEYS. */
static enum rc
call(struct err *err, const struct frame_out *f, uint16_t type, struct frame *ret_answer)
{
    struct frame answer;
    int64_t refused = RC_BROKEN;

    if (channel < 0) {
        return fail(err, RC_IO, E_KEYS, "no channel to keymgr");
    }
    enum rc rc =
        frame_call(channel, f, -1, in_buf, sizeof(in_buf), time_mono_us() + KEYS_WAIT_US, &answer);
    if (rc != OK && await_successor != NULL && await_successor()) {
        rc = frame_call(channel, f, -1, in_buf, sizeof(in_buf), time_mono_us() + KEYS_WAIT_US,
                        &answer);
    }
    if (rc != OK) {
        return fail(err, RC_IO, E_KEYS, "keymgr does not answer type %u", (unsigned)type);
    }
    if (answer.type == W_ERROR) {
        const bool known = frame_get_i64(&answer, W_F_RC, &refused) == OK && refused >= RC_BROKEN &&
                           refused <= RC_INVALID;
        return fail(err, known ? (enum rc)refused : RC_BROKEN, E_KEYS, "keymgr refuses type %u",
                    (unsigned)type);
    }
    if (answer.type != type) {
        return fail(err, RC_BROKEN, E_KEYS, "keymgr answers %u to %u", (unsigned)answer.type,
                    (unsigned)type);
    }
    *ret_answer = answer;
    return OK;
}

/* A field of exactly n bytes. */
static enum rc
take_exactly(struct err *err, const struct frame *f, uint16_t tag, uint8_t *ret, size_t n)
{
    const struct str s = frame_get(f, tag);

    if (s.n != n) {
        return fail(err, RC_BROKEN, E_KEYS, "field %u has %zu bytes", (unsigned)tag, s.n);
    }
    memcpy(ret, s.p, n);
    return OK;
}

static enum rc
take_copy(struct arena *mem, struct err *err, const struct frame *f, uint16_t tag,
          struct bytes *ret_b)
{
    const struct str s = frame_get(f, tag);

    if (s.p == NULL) {
        return fail(err, RC_BROKEN, E_KEYS, "field %u is missing", (unsigned)tag);
    }
    const struct str copy = arena_copy(mem, s);
    *ret_b = (struct bytes){(const uint8_t *)copy.p, copy.n};
    return OK;
}

static enum rc
need_size(struct err *err, struct bytes plain)
{
    return plain.n <= KEYS_PLAIN_MAX
               ? OK
               : fail(err, RC_LIMIT, E_KEYS, "%zu bytes to seal or check", plain.n);
}

enum rc
keys_page(struct err *err, struct page_keys *ret_keys)
{
    struct frame_out f = begin(W_KEY_PAGE);
    struct frame answer;

    TRY(call(err, &f, W_KEY_PAGE, &answer));
    enum rc rc = take_exactly(err, &answer, W_F_KEY, ret_keys->now, 32);
    ret_keys->turns = frame_get(&answer, W_F_KEY_NEXT).p != NULL;
    if (rc == OK && ret_keys->turns) {
        rc = take_exactly(err, &answer, W_F_KEY_NEXT, ret_keys->next, 32);
    }
    wipe(answer.n);
    return rc;
}

static enum rc
tell(struct err *err, uint16_t type)
{
    struct frame_out f = begin(type);
    struct frame answer;

    return call(err, &f, type, &answer);
}

enum rc
keys_turned(struct err *err)
{
    return tell(err, W_KEY_TURNED);
}

enum rc
keys_kept(struct err *err)
{
    return tell(err, W_KEY_KEPT);
}

enum rc
keys_seal(struct arena *mem, struct err *err, enum key_purpose purpose, struct str ad,
          struct bytes plain, struct bytes *ret_sealed)
{
    struct frame_out f = begin(W_KEY_SEAL);
    struct frame answer;

    TRY(need_size(err, plain));
    frame_put_i64(&f, W_F_PURPOSE, purpose);
    frame_put_str(&f, W_F_AD, ad);
    frame_put(&f, W_F_PLAIN, plain.p, plain.n);
    TRY(call(err, &f, W_KEY_SEAL, &answer));
    const enum rc rc = take_copy(mem, err, &answer, W_F_SEALED, ret_sealed);
    wipe(answer.n);
    return rc;
}

enum rc
keys_unseal(struct arena *mem, struct err *err, enum key_purpose purpose, struct str ad,
            struct bytes sealed, struct bytes *ret_plain)
{
    struct frame_out f = begin(W_KEY_UNSEAL);
    struct frame answer;

    frame_put_i64(&f, W_F_PURPOSE, purpose);
    frame_put_str(&f, W_F_AD, ad);
    frame_put(&f, W_F_SEALED, sealed.p, sealed.n);
    TRY(call(err, &f, W_KEY_UNSEAL, &answer));
    const enum rc rc = take_copy(mem, err, &answer, W_F_PLAIN, ret_plain);
    wipe(answer.n);
    return rc;
}

enum rc
keys_check(struct err *err, enum key_purpose purpose, struct str ad, struct bytes sealed,
           struct bytes plain, bool *ret_equal)
{
    struct frame_out f = begin(W_KEY_CHECK);
    struct frame answer;
    int64_t equal;

    TRY(need_size(err, plain));
    frame_put_i64(&f, W_F_PURPOSE, purpose);
    frame_put_str(&f, W_F_AD, ad);
    frame_put(&f, W_F_SEALED, sealed.p, sealed.n);
    frame_put(&f, W_F_PLAIN, plain.p, plain.n);
    const enum rc rc = call(err, &f, W_KEY_CHECK, &answer);
    explicit_bzero(out_buf, 16 * 1024);
    TRY(rc);
    if (frame_get_i64(&answer, W_F_OK, &equal) != OK) {
        return fail(err, RC_BROKEN, E_KEYS, "no verdict");
    }
    *ret_equal = equal == 1;
    return OK;
}

enum rc
keys_totp(struct err *err, struct str ad, struct bytes sealed, struct str code, struct instant now,
          int64_t window, int64_t *ret_step)
{
    struct frame_out f = begin(W_KEY_TOTP);
    struct frame answer;
    int64_t step = 0;

    frame_put_str(&f, W_F_AD, ad);
    frame_put(&f, W_F_SEALED, sealed.p, sealed.n);
    frame_put_str(&f, W_F_CODE_TEXT, code);
    frame_put_i64(&f, W_F_TIME, now.us);
    frame_put_i64(&f, W_F_WINDOW, window);
    TRY(call(err, &f, W_KEY_TOTP, &answer));
    if (frame_get_i64(&answer, W_F_STEP, &step) != OK) {
        step = 0;
    }
    *ret_step = step;
    return OK;
}

enum rc
keys_mac(struct err *err, enum key_purpose purpose, struct bytes plain, uint8_t ret_mac[static 32])
{
    struct frame_out f = begin(W_KEY_MAC);
    struct frame answer;

    TRY(need_size(err, plain));
    frame_put_i64(&f, W_F_PURPOSE, purpose);
    frame_put(&f, W_F_PLAIN, plain.p, plain.n);
    TRY(call(err, &f, W_KEY_MAC, &answer));
    return take_exactly(err, &answer, W_F_MAC, ret_mac, 32);
}

enum rc
keys_verify(struct err *err, const uint8_t key[static 64], const uint8_t digest[static 32],
            const uint8_t signature[static 64], bool *ret_right)
{
    struct frame_out f = begin(W_KEY_VERIFY);
    struct frame answer;
    int64_t right = 0;

    frame_put(&f, W_F_KEY, key, 64);
    frame_put(&f, W_F_DIGEST, digest, 32);
    frame_put(&f, W_F_SIGNATURE, signature, 64);
    TRY(call(err, &f, W_KEY_VERIFY, &answer));
    *ret_right = frame_get_i64(&answer, W_F_OK, &right) == OK && right == 1;
    return OK;
}

enum rc
keys_archive(struct err *err, uint8_t ret_operations[static 32], uint8_t ret_signer[static 32])
{
    struct frame_out f = begin(W_KEY_ARCHIVE);
    struct frame answer;

    TRY(call(err, &f, W_KEY_ARCHIVE, &answer));
    TRY(take_exactly(err, &answer, W_F_KEY, ret_operations, 32));
    return take_exactly(err, &answer, W_F_SIGNER, ret_signer, 32);
}

enum rc
keys_open(struct err *err, const uint8_t operations[static 32], struct bytes sealed,
          uint8_t ret_key[static 32])
{
    struct frame_out f = begin(W_KEY_OPEN);
    struct frame answer;

    TRY(need_size(err, sealed));
    frame_put(&f, W_F_KEY, operations, 32);
    frame_put(&f, W_F_SEALED, sealed.p, sealed.n);
    TRY(call(err, &f, W_KEY_OPEN, &answer));
    const enum rc rc = take_exactly(err, &answer, W_F_KEY, ret_key, 32);
    wipe(answer.n);
    return rc;
}

enum rc
keys_sign(struct err *err, struct bytes message, uint8_t ret_signature[static 64])
{
    struct frame_out f = begin(W_KEY_SIGN);
    struct frame answer;

    TRY(need_size(err, message));
    frame_put(&f, W_F_PLAIN, message.p, message.n);
    TRY(call(err, &f, W_KEY_SIGN, &answer));
    return take_exactly(err, &answer, W_F_SIGNATURE, ret_signature, 64);
}

enum rc
keys_local(struct err *err, enum key_purpose purpose, const char *label, uint8_t ret_key[static 32])
{
    return keys_mac(err, purpose, (struct bytes){(const uint8_t *)label, strlen(label)}, ret_key);
}
