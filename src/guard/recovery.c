/* recovery.c: see recovery.h. The only file that reads or writes table recovery. */
#include "guard/recovery.h"

#include <sodium.h>

#include "guard/keys.h"
#include "recovery.sql.h"

enum { RANDOM_BYTES = 10, DRAWS_MAX = 1000, SELECTOR = 2 };

/* Crockford: no I, L, O, U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct str
seal_ad(struct arena *mem, struct user_id user, struct recovery_id id)
{
    return arena_fmt(mem, "user %lld recovery %lld", (long long)user.n, (long long)id.n);
}

static enum rc
selector_of(struct err *err, struct user_id user, const char *plain, uint8_t ret[static SELECTOR])
{
    static uint8_t key[32];
    static bool has_key;
    uint8_t mac[32];
    crypto_generichash_state st;

    if (!has_key) {
        TRY(keys_local(err, KP_DEVICE, "recovery selector", key));
        has_key = true;
    }
    crypto_generichash_init(&st, key, sizeof(key), sizeof(mac));
    crypto_generichash_update(&st, (const uint8_t *)&user.n, sizeof(user.n));
    crypto_generichash_update(&st, (const uint8_t *)plain, RECOVERY_CHARS);
    crypto_generichash_final(&st, mac, sizeof(mac));
    memcpy(ret, mac, SELECTOR);
    return OK;
}

/* --- making ---------------------------------------------------------------------------------- */
static void
draw_one(struct recovery_code *c)
{
    uint8_t random[RANDOM_BYTES];
    uint64_t bits = 0;
    int n_bits = 0;
    size_t n = 0;

    randombytes_buf(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        bits = (bits << 8) | random[i];
        for (n_bits += 8; n_bits >= 5; n_bits -= 5) {
            c->plain[n++] = alphabet[(bits >> (n_bits - 5)) & 31u];
        }
    }
    c->plain[n] = '\0';
    snprintf(c->shown, sizeof(c->shown), "%.4s-%.4s-%.4s-%.4s", c->plain, c->plain + 4,
             c->plain + 8, c->plain + 12);
    c->order = (struct hash_order){.ops = RECOVERY_OPS, .mem_kib = RECOVERY_MEM_KIB};
    randombytes_buf(c->order.salt, sizeof(c->order.salt));
    explicit_bzero(random, sizeof(random));
}

static enum rc
is_taken(struct rtx *tx, struct user_id user, const struct recovery_code *drawn,
         const struct recovery_code *before, size_t n, bool *ret_taken)
{
    struct recovery_same_selector_row row;

    for (size_t i = 0; i < n; i++) {
        if (memcmp(before[i].selector, drawn->selector, SELECTOR) == 0) {
            *ret_taken = true;
            return OK;
        }
    }
    return recovery_same_selector(tx,
                                  &(struct recovery_same_selector_in){
                                      user, {drawn->selector, SELECTOR}
    },
                                  &row, ret_taken);
}

enum rc
recovery_draw(struct rtx *tx, struct user_id user, size_t n, struct recovery_code ret_codes[])
{
    size_t done = 0;

    for (int i = 0; i < DRAWS_MAX && done < n; i++) {
        struct recovery_code *c = &ret_codes[done];
        bool taken = false;
        draw_one(c);
        TRY(selector_of(rtx_err(tx), user, c->plain, c->selector));
        TRY(is_taken(tx, user, c, ret_codes, done, &taken));
        done += taken ? 0 : 1;
    }
    return done == n ? OK : fail(rtx_err(tx), RC_BROKEN, E_BROKEN, "no free selector");
}

static enum rc
put_one(struct wtx *tx, struct user_id user, const struct recovery_code *code, struct bytes tag)
{
    int64_t id;
    struct bytes sealed;

    if (tag.n != HASH_TAG) {
        return fail(wtx_err(tx), RC_BROKEN, E_HASH, "a tag of %zu bytes", tag.n);
    }
    TRY(wtx_new_id(tx, "recovery", &id));
    const struct recovery_id row = {id};
    TRY(keys_seal(wtx_mem(tx), wtx_err(tx), KP_RECOVERY, seal_ad(wtx_mem(tx), user, row), tag,
                  &sealed));
    return recovery_add(tx, &(struct recovery_add_in){
                                .id = row,
                                .user_id = user,
                                .selector = {code->selector,   SELECTOR },
                                .salt = {code->order.salt, HASH_SALT},
                                .tag_sealed = sealed,
                                .created_at = wtx_now(tx)
    });
}

enum rc
recovery_put_all(struct wtx *tx, struct user_id user,
                 const struct recovery_code codes[static RECOVERY_CODES],
                 const struct bytes tags[static RECOVERY_CODES])
{
    int64_t gone;

    TRY(recovery_drop_all(tx, &(struct recovery_drop_all_in){user}, &gone));
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        TRY(put_one(tx, user, &codes[i], tags[i]));
    }
    return OK;
}

enum rc
recovery_left(struct rtx *tx, struct user_id user, int64_t *ret_n, struct instant *ret_made_at)
{
    struct recovery_number_row row;

    TRY(recovery_number(tx, &(struct recovery_number_in){user}, &row));
    *ret_n = row.left_count;
    *ret_made_at = row.made_at;
    return OK;
}

/* --- using ----------------------------------------------------------------------------------- */
static char
read_char(char c)
{
    if (c >= 'a' && c <= 'z') {
        c = (char)(c - 'a' + 'A');
    }
    if (c == 'O') {
        return '0';
    }
    if (c == 'I' || c == 'L') {
        return '1';
    }
    return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

enum rc
recovery_parse(struct str typed, char ret_plain[static RECOVERY_CHARS + 1])
{
    char plain[RECOVERY_CHARS + 1] = {0};
    size_t n = 0;

    for (size_t i = 0; i < typed.n; i++) {
        if (typed.p[i] == ' ' || typed.p[i] == '-') {
            continue;
        }
        const char c = read_char(typed.p[i]);
        if (c == '\0' || n == RECOVERY_CHARS) {
            return RC_INVALID;
        }
        plain[n++] = c;
    }
    if (n != RECOVERY_CHARS) {
        return RC_INVALID;
    }
    memcpy(ret_plain, plain, sizeof(plain));
    return OK;
}

static enum rc
find(struct rtx *tx, struct user_id user, const char *plain, struct recovery_by_selector_row *ret,
     bool *ret_found)
{
    uint8_t selector[SELECTOR];

    TRY(selector_of(rtx_err(tx), user, plain, selector));
    return recovery_by_selector(tx,
                                &(struct recovery_by_selector_in){
                                    user, {selector, sizeof(selector)}
    },
                                ret, ret_found);
}

enum rc
recovery_order(struct rtx *tx, struct user_id user, const char plain[static RECOVERY_CHARS + 1],
               struct hash_order *ret_order)
{
    struct hash_order order = {.ops = RECOVERY_OPS, .mem_kib = RECOVERY_MEM_KIB};
    struct recovery_by_selector_row row;
    bool found;

    randombytes_buf(order.salt, sizeof(order.salt));
    TRY(find(tx, user, plain, &row, &found));
    if (found && row.salt.n == HASH_SALT) {
        memcpy(order.salt, row.salt.p, HASH_SALT);
    }
    *ret_order = order;
    return OK;
}

/* The row of a typed code, when its tag is the stored one. */
static enum rc
judge(struct rtx *tx, struct user_id user, const char *plain, struct bytes tag,
      struct recovery_id *ret_id, bool *ret_right)
{
    struct recovery_by_selector_row row;
    bool found;

    *ret_right = false;
    TRY(find(tx, user, plain, &row, &found));
    if (!found) {
        return OK;
    }
    *ret_id = row.id;
    return keys_check(rtx_err(tx), KP_RECOVERY, seal_ad(rtx_mem(tx), user, row.id), row.tag_sealed,
                      tag, ret_right);
}

enum rc
recovery_is_right(struct rtx *tx, struct user_id user, const char plain[static RECOVERY_CHARS + 1],
                  struct bytes tag, bool *ret_right)
{
    struct recovery_id id;

    return judge(tx, user, plain, tag, &id, ret_right);
}

enum rc
recovery_remove_all(struct wtx *tx, struct user_id user)
{
    int64_t gone;

    return recovery_drop_all(tx, &(struct recovery_drop_all_in){user}, &gone);
}

enum rc
recovery_use(struct wtx *tx, struct user_id user, const char plain[static RECOVERY_CHARS + 1],
             struct bytes tag, const struct recovery_code *fresh, struct bytes fresh_tag,
             bool *ret_right)
{
    struct recovery_id id;

    TRY(judge(wtx_read(tx), user, plain, tag, &id, ret_right));
    if (!*ret_right) {
        return OK;
    }
    TRY(recovery_used(tx, &(struct recovery_used_in){wtx_now(tx), id}));
    return put_one(tx, user, fresh, fresh_tag);
}
