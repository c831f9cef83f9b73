/* password.c: see password.h. Table credential is this file's, but for the last TOTP step
 * (factor.c). */
#include "guard/password.h"

#include <sodium.h>

#include "base/text.h"
#include "guard/audit.h"
#include "guard/common.h"
#include "guard/keys.h"
#include "password.sql.h"

/* --- parameters ------------------------------------------------------------------------------ */
_Static_assert(HASH_OPS >= HASH_OPS_MIN && HASH_MEM_KIB >= HASH_MEM_KIB_MIN,
               "new hashes are above the floor");
_Static_assert(HASH_OPS_MIN == 2 && HASH_OPS_MAX == 8 && HASH_MEM_KIB_MIN == 19456 &&
                   HASH_MEM_KIB_MAX == 98304 && HASH_KINDS_MAX == 3 + 1,
               "credential_kinds gives what hash_order_sound allows");

static int64_t cost_ops = HASH_OPS, cost_mem_kib = HASH_MEM_KIB;

static int64_t
within(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

void
hash_cost_set(int64_t ops, int64_t mem_kib)
{
    cost_ops = within(ops, HASH_OPS, HASH_OPS_MAX);
    cost_mem_kib = within(mem_kib, HASH_MEM_KIB, HASH_MEM_KIB_MAX);
}

struct hash_order
hash_order_new(void)
{
    struct hash_order o = {.ops = cost_ops, .mem_kib = cost_mem_kib};

    randombytes_buf(o.salt, sizeof(o.salt));
    return o;
}

/* --- policy ---------------------------------------------------------------------------------- */
enum rc
password_bytes(struct arena *mem, struct err *err, struct str typed, struct str *ret_bytes)
{
    if (typed.n > PASSWORD_MAX_BYTES) {
        return fail_field(err, "password", RC_INVALID, E_PASSWORD_LONG, "");
    }
    const struct str bytes = text_nfkc(mem, typed);
    if (bytes.n > PASSWORD_MAX_BYTES || str_points(typed) > PASSWORD_MAX_POINTS) {
        return fail_field(err, "password", RC_INVALID, E_PASSWORD_LONG, "");
    }
    *ret_bytes = bytes;
    return OK;
}

enum {
    WORDS_MAX = 8,  /* of the agency's name, each of which is easily guessed */
    LABELS_MAX = 4, /* of the host name */
    NAMES = 7
};

static struct str host_name;

void
password_for_host(struct str host)
{
    host_name = host;
}

static enum rc
check_length(struct err *err, struct str bytes, bool has_factor)
{
    const size_t least = has_factor ? PASSWORD_MIN_WITH_FACTOR : PASSWORD_MIN_ALONE;
    char arg[8];

    if (str_points(bytes) >= least) {
        return OK;
    }
    snprintf(arg, sizeof(arg), "%zu", least);
    return fail_field(err, "password", RC_INVALID, E_PASSWORD_SHORT, arg);
}

/* What stands before the '@' is a name that others know too. */
static struct str
local_part(struct str email)
{
    struct str local = STR_NONE;

    (void)str_cut(&email, '@', &local);
    return local;
}

enum rc
password_check(struct arena *mem, struct err *err, struct str typed,
               const struct password_context *about)
{
    struct str context[NAMES + WORDS_MAX + LABELS_MAX] = {
        about->login,  about->first_name,        about->last_name, about->workspace,
        STR("kontor"), local_part(about->email), host_name};
    struct str rest = about->workspace;
    struct str labels = host_name;
    size_t n = NAMES;
    struct str bytes;

    while (n < NAMES + WORDS_MAX && str_cut(&rest, ' ', &context[n])) {
        n++;
    }
    for (size_t i = 0; i < LABELS_MAX && str_cut(&labels, '.', &context[n]); i++) {
        n++;
    }

    TRY(password_bytes(mem, err, typed, &bytes));
    TRY(check_length(err, bytes, about->has_factor));
    const enum common_why why = common_password(mem, bytes, context, n);
    if (why == COMMON_NOT) {
        return OK;
    }
    return fail_field(err, "password", RC_INVALID,
                      why == COMMON_CONTEXT ? E_PASSWORD_OBVIOUS : E_PASSWORD_COMMON, "");
}

/* --- signing in ------------------------------------------------------------------------------ */
/* What the seal of a tag is bound to beside the workspace, which keymgr adds itself. */
static struct str
seal_ad(struct arena *mem, struct user_id user, int64_t generation)
{
    return arena_fmt(mem, "user %lld pw %lld", (long long)user.n, (long long)generation);
}

static bool
is_same_kind(const struct hash_order *a, const struct hash_order *b)
{
    return a->ops == b->ops && a->mem_kib == b->mem_kib;
}

/* One of each kind that is not today's, then today's. More kinds than have room there are only
 * when the cost was changed again and again with hardly anybody signing in: the rest is left out.
 */
static enum rc
plan_kinds(struct rtx *tx, struct hash_plan *p)
{
    const struct credential_kinds_in in = {cost_ops, cost_mem_kib};
    struct credential_kinds_row *rows;
    size_t n;

    TRY(credential_kinds(tx, &in, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        p->orders[i] = hash_order_new();
        p->orders[i].ops = rows[i].hash_ops;
        p->orders[i].mem_kib = rows[i].hash_mem_kib;
    }
    p->orders[n] = hash_order_new();
    p->own = n;
    p->n = n + 1;
    return OK;
}

enum rc
password_plan(struct rtx *tx, struct user_id user, struct hash_plan *ret)
{
    struct credential_find_row row;
    bool found = false;

    TRY(plan_kinds(tx, ret));
    const size_t last = ret->n - 1;
    ret->rehash = false;
    if (user.n != 0) {
        TRY(credential_find(tx, &(struct credential_find_in){user}, &row, &found));
    }
    if (!found) {
        return OK;
    }
    struct hash_order kept = {.ops = row.hash_ops, .mem_kib = row.hash_mem_kib};
    if (row.salt.n != HASH_SALT || !hash_order_sound(&kept)) {
        return fail(rtx_err(tx), RC_BROKEN, E_HASH, "password row of user %lld", (long long)user.n);
    }
    memcpy(kept.salt, row.salt.p, HASH_SALT);
    ret->rehash = !is_same_kind(&kept, &ret->orders[last]);
    ret->own = ret->rehash ? 0 : last;
    while (ret->rehash && ret->own + 1 < last && !is_same_kind(&kept, &ret->orders[ret->own])) {
        ret->own++;
    }
    ret->orders[ret->own] = kept;
    return OK;
}

enum rc
password_right(struct rtx *tx, struct user_id user, struct bytes tag, bool *ret_right)
{
    static const uint8_t nothing[64];
    struct credential_find_row row = {
        .tag_sealed = {nothing, sizeof(nothing)}
    };
    bool found = false;
    bool right = false;

    if (tag.n != HASH_TAG) {
        return fail(rtx_err(tx), RC_BROKEN, E_HASH, "a tag of %zu bytes", tag.n);
    }
    if (user.n != 0) {
        TRY(credential_find(tx, &(struct credential_find_in){user}, &row, &found));
    }
    /* Asked also when there is nothing to compare: the same work for names that do not exist. */
    TRY(keys_check(rtx_err(tx), KP_PASSWORD, seal_ad(rtx_mem(tx), user, row.generation),
                   row.tag_sealed, tag, &right));
    *ret_right = found && right;
    return OK;
}

/* --- changing -------------------------------------------------------------------------------- */
static enum rc
seal_next(struct wtx *tx, struct user_id user, const struct hash_order *order, struct bytes tag,
          struct bytes *ret_sealed, int64_t *ret_generation)
{
    struct credential_generation_row last = {.generation = 0};
    bool found;

    if (tag.n != HASH_TAG || !hash_order_sound(order)) {
        return fail(wtx_err(tx), RC_BROKEN, E_HASH, "tag %zu ops %lld mem %lld", tag.n,
                    (long long)order->ops, (long long)order->mem_kib);
    }
    TRY(credential_generation(wtx_read(tx), &(struct credential_generation_in){user}, &last,
                              &found));
    const int64_t next = last.generation + 1;
    TRY(keys_seal(wtx_mem(tx), wtx_err(tx), KP_PASSWORD, seal_ad(wtx_mem(tx), user, next), tag,
                  ret_sealed));
    *ret_generation = next;
    return OK;
}

enum rc
password_put(struct wtx *tx, struct user_id user, const struct hash_order *order, struct bytes tag,
             size_t points)
{
    struct credential_put_in in = {
        .user_id = user,
        .salt = {order->salt, HASH_SALT},
        .hash_ops = order->ops,
        .hash_mem_kib = order->mem_kib,
        .long_enough = points >= PASSWORD_MIN_ALONE,
        .changed_at = wtx_now(tx)
    };

    TRY(seal_next(tx, user, order, tag, &in.tag_sealed, &in.generation));
    return credential_put(tx, &in);
}

enum rc
password_rehash(struct wtx *tx, struct user_id user, const struct hash_order *order,
                struct bytes tag)
{
    struct credential_rehash_in in = {
        .user_id = user,
        .salt = {order->salt, HASH_SALT},
        .hash_ops = order->ops,
        .hash_mem_kib = order->mem_kib
    };

    TRY(seal_next(tx, user, order, tag, &in.tag_sealed, &in.generation));
    return credential_rehash(tx, &in);
}

enum rc
password_state(struct rtx *tx, struct user_id user, struct password_state *ret)
{
    struct credential_state_row row = {0};
    bool found;

    TRY(credential_state(tx, &(struct credential_state_in){user}, &row, &found));
    *ret = (struct password_state){.set = found,
                                   .long_enough = row.long_enough,
                                   .must_change = row.must_change,
                                   .changed_at = row.changed_at,
                                   .last_login_at = row.last_login_at,
                                   .factor_fails = row.factor_fails};
    return OK;
}

enum rc
password_signed_in(struct wtx *tx, struct user_id user)
{
    return credential_signed_in(tx, &(struct credential_signed_in_in){wtx_now(tx), user});
}

enum rc
password_factor_failed(struct wtx *tx, struct user_id user)
{
    struct credential_factor_failed_row row;

    TRY(credential_factor_failed(tx, &(struct credential_factor_failed_in){FACTOR_FAILS_MAX, user},
                                 &row));
    return row.factor_fails == FACTOR_FAILS_MAX
               ? touch(tx, EVENT_PASSWORD_KNOWN, SUBJECT(user, user), NULL, NULL, NULL)
               : OK;
}

/* --- for commands ---------------------------------------------------------------------------- */
enum rc
password_hash_now(struct err *err, struct str password, const struct hash_order *order,
                  uint8_t ret_tag[static HASH_TAG])
{
    if (!hash_order_sound(order) || password.n > PASSWORD_MAX_BYTES) {
        return fail(err, RC_INVALID, E_HASH, "ops %lld mem %lld", (long long)order->ops,
                    (long long)order->mem_kib);
    }
    if (crypto_pwhash(ret_tag, HASH_TAG, password.n > 0 ? password.p : "", password.n, order->salt,
                      (unsigned long long)order->ops, (size_t)order->mem_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return fail(err, RC_LIMIT, E_HASH, "no memory for a hash");
    }
    return OK;
}

/* --- for lists ------------------------------------------------------------------------------- */
enum rc
password_overview(struct rtx *tx, struct password_overview **ret_rows, size_t *ret_n)
{
    struct credential_overview_row *rows;
    size_t n;

    TRY(credential_overview(tx, &rows, &n));
    struct password_overview *out = ARENA_ARRAY(rtx_mem(tx), struct password_overview, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct password_overview){.user = rows[i].user_id,
                                            .last_login_at = rows[i].last_login_at,
                                            .long_enough = rows[i].long_enough,
                                            .factors = rows[i].factor_count};
    }
    *ret_rows = out;
    *ret_n = n;
    return OK;
}
