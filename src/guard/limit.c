/* limit.c: see limit.h. Memory holds a fixed number of buckets; the one that rested longest makes
 * room, written first if need be. The table is scanned: 4096 comparisons of 8 bytes are 2 µs,
 * beside a password hash of 0.1 s. */
#include "guard/limit.h"

#include <arpa/inet.h>
#include <sodium.h>

#include "base/text.h"
#include "guard/keys.h"
#include "guard/password.h"
#include "guard/policy.h"
#include "limit.sql.h"

#define US(seconds) ((int64_t)(seconds)*1000000)
enum { NETWORK_TEXT = 64 };

struct bucket {
    uint8_t key[32];
    enum limit_kind kind; /* 0: free place */
    int64_t fails;
    struct instant first_at, last_at, open_at;
    struct instant written_at;
    bool dirty;
    int64_t unsaid;       /* failures that no audit event names yet */
    bool barred;          /* LIMIT_LINK_FAILS was reached, and no event says so yet */
    enum event factor;    /* limit_try.factor, and no event says so yet */
    int64_t factor_fails; /* of them, not yet counted with the password */
    struct user_id user;
    char network[NETWORK_TEXT];
};

static struct bucket buckets[LIMIT_BUCKETS];
static size_t n_dirty;
static bool links_on;
/* Failures of all strangers; a new process begins anew, which an attacker cannot cause. */
static struct {
    struct instant first_at;
    int64_t fails;
} anomaly;

void
limit_links_on(bool on)
{
    links_on = on;
}

/* --- which bucket ---------------------------------------------------------------------------- */
/* The part of an address that counts as one source: /24, /56; the text itself when it is no
 * address. */
static size_t
source_of(struct str client, uint8_t out[static 16])
{
    char text[INET6_ADDRSTRLEN + 1];
    uint8_t raw[16];

    if (client.n == 0 || client.n >= sizeof(text)) {
        memset(out, 0, 1);
        return 1;
    }
    memcpy(text, client.p, client.n);
    text[client.n] = '\0';
    if (inet_pton(AF_INET, text, raw) == 1) {
        memcpy(out, raw, 3);
        return 3;
    }
    if (inet_pton(AF_INET6, text, raw) == 1) {
        static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        const bool is_v4 = memcmp(raw, mapped, sizeof(mapped)) == 0;
        memcpy(out, is_v4 ? raw + 12 : raw, is_v4 ? 3 : 7);
        return is_v4 ? 3 : 7;
    }
    memset(out, 0, 1);
    return 1;
}

static enum rc
bucket_key(struct rtx *tx, const struct limit_try *t, enum limit_kind kind, uint8_t out[static 32])
{
    static uint8_t key[32];
    static bool has_key;
    uint8_t source[16];
    struct bytes what = {t->device, sizeof(t->device)};
    const uint8_t tag = (uint8_t)kind;
    crypto_generichash_state st;

    if (!has_key) {
        TRY(keys_local(rtx_err(tx), KP_DEVICE, "sign-in buckets", key));
        has_key = true;
    }
    if (kind == LIMIT_NAME) {
        const struct str folded = text_fold(rtx_mem(tx), t->name);
        what = (struct bytes){(const uint8_t *)folded.p, folded.n};
    } else if (kind == LIMIT_NETWORK) {
        what = (struct bytes){source, source_of(t->client, source)};
    }
    crypto_generichash_init(&st, key, sizeof(key), 32);
    crypto_generichash_update(&st, &tag, 1);
    crypto_generichash_update(&st, what.p, what.n);
    crypto_generichash_final(&st, out, 32);
    return OK;
}

/* --- the table ------------------------------------------------------------------------------- */
/* A place for a new bucket: a free one, else the clean one that rested longest; when all are dirty
 * (4096 names within a second), the oldest of those, whose count is lost: it only ever delays. */
static struct bucket *
place_for_new(void)
{
    struct bucket *best = &buckets[0];

    for (size_t i = 0; i < LIMIT_BUCKETS; i++) {
        struct bucket *b = &buckets[i];
        if (b->kind == 0) {
            return b;
        }
        if (b->dirty != best->dirty ? best->dirty : b->last_at.us < best->last_at.us) {
            best = b;
        }
    }
    n_dirty -= best->dirty ? 1 : 0;
    return best;
}

static enum rc
find(struct rtx *tx, const uint8_t key[static 32], enum limit_kind kind, struct bucket **ret_b)
{
    struct throttle_find_row row = {0};
    bool found;

    for (size_t i = 0; i < LIMIT_BUCKETS; i++) {
        if (buckets[i].kind == kind && memcmp(buckets[i].key, key, 32) == 0) {
            *ret_b = &buckets[i];
            return OK;
        }
    }
    TRY(throttle_find(tx,
                      &(struct throttle_find_in){
                          {key, 32}
    },
                      &row, &found));
    struct bucket *b = place_for_new();
    *b = (struct bucket){.kind = kind,
                         .fails = row.fails,
                         .first_at = row.first_at,
                         .last_at = row.last_at,
                         .open_at = row.open_at};
    memcpy(b->key, key, 32);
    *ret_b = b;
    return OK;
}

static enum rc
bucket_of(struct rtx *tx, const struct limit_try *t, enum limit_kind kind, struct bucket **ret_b)
{
    uint8_t key[32];

    TRY(bucket_key(tx, t, kind, key));
    return find(tx, key, kind, ret_b);
}

static void
mark(struct bucket *b)
{
    n_dirty += b->dirty ? 0 : 1;
    b->dirty = true;
}

/* --- rules ----------------------------------------------------------------------------------- */
static bool
is_past(const struct bucket *b, struct instant now)
{
    const int64_t keep = b->kind == LIMIT_NAME ? US(LIMIT_KEEP_S) : US(LIMIT_WINDOW_S);
    /* A window that begins with the first failure would let four before and five behind its end
     * follow on one another. */
    const bool rested =
        b->kind == LIMIT_NAME || (b->kind == LIMIT_DEVICE && policy_is_homebanking());
    const struct instant since = rested ? b->last_at : b->first_at;

    return now.us >= since.us + keep && now.us >= b->open_at.us;
}

static bool
needs_link(const struct bucket *b)
{
    return links_on && b->kind == LIMIT_NAME && b->fails >= LIMIT_LINK_FAILS;
}

/* While strangers fail everywhere, each name has fewer tries free. */
static int64_t
anomaly_steps(struct instant now)
{
    return anomaly.fails >= LIMIT_ANOMALY_FAILS && now.us < anomaly.first_at.us + US(LIMIT_WINDOW_S)
               ? LIMIT_ANOMALY_STEPS
               : 0;
}

static void
count_everywhere(struct instant now)
{
    if (now.us >= anomaly.first_at.us + US(LIMIT_WINDOW_S)) {
        anomaly.first_at = now;
        anomaly.fails = 0;
    }
    anomaly.fails++;
}

static enum rc
need_open(struct rtx *tx, const struct limit_try *t, enum limit_kind kind)
{
    const struct instant now = rtx_now(tx);
    struct bucket *b;
    char arg[24];

    TRY(bucket_of(tx, t, kind, &b));
    if (is_past(b, now) || now.us >= b->open_at.us) {
        return OK;
    }
    snprintf(arg, sizeof(arg), "%lld", (long long)((b->open_at.us - now.us + 999999) / 1000000));
    struct err *err = rtx_err(tx);
    const enum rc rc = fail(err, RC_LIMIT, needs_link(b) ? E_LIMIT_LINK : E_LIMIT_WAIT,
                            "bucket kind %d", (int)kind);
    snprintf(err->arg, sizeof(err->arg), "%s", arg);
    return rc;
}

enum rc
limit_check(struct rtx *tx, const struct limit_try *t)
{
    if (t->known_device) {
        return need_open(tx, t, LIMIT_DEVICE);
    }
    TRY(need_open(tx, t, LIMIT_NETWORK));
    return t->name.n > 0 ? need_open(tx, t, LIMIT_NAME) : OK;
}

/* How many failures close a bucket? Networks serve many people, so the switch leaves them alone. */
static int64_t
bound_of(enum limit_kind kind, bool strict)
{
    if (kind == LIMIT_NETWORK) {
        return LIMIT_NETWORK_FAILS;
    }
    if (strict) {
        return HOMEBANKING_FAILS;
    }
    return kind == LIMIT_NAME ? LIMIT_FREE : LIMIT_DEVICE_FAILS;
}

/* When may the next try come, after `fails` failures? */
static struct instant
next_open(const struct bucket *b, struct instant now)
{
    const bool strict = policy_is_homebanking();
    const int64_t fails = b->fails + (b->kind == LIMIT_NAME ? anomaly_steps(now) : 0);
    int64_t delay = strict ? LIMIT_DELAY_MAX_S : 1;

    if (needs_link(b)) {
        return (struct instant){now.us + US(LIMIT_KEEP_S)};
    }
    if (fails < bound_of(b->kind, strict)) {
        return INSTANT_NONE;
    }
    if (b->kind != LIMIT_NAME) {
        return (struct instant){now.us + US(LIMIT_WINDOW_S)};
    }
    for (int64_t i = LIMIT_FREE; i < fails && delay < LIMIT_DELAY_MAX_S; i++) {
        delay *= 2;
    }
    return (struct instant){now.us + US(delay < LIMIT_DELAY_MAX_S ? delay : LIMIT_DELAY_MAX_S)};
}

/* That a passkey may have been copied is told rather than that a code was wrong. */
static void
note_refusal(struct bucket *b, enum event factor)
{
    if (factor == EVENT_NOTHING) {
        b->unsaid++;
        return;
    }
    b->factor = b->factor == EVENT_PASSKEY_COUNTER ? b->factor : factor;
    b->factor_fails++;
}

static enum rc
count(struct rtx *tx, const struct limit_try *t, enum limit_kind kind, bool say)
{
    const struct instant now = rtx_now(tx);
    struct bucket *b;

    TRY(bucket_of(tx, t, kind, &b));
    if (is_past(b, now)) {
        b->fails = 0;
        b->first_at = now;
    }
    b->fails++;
    b->last_at = now;
    b->open_at = next_open(b, now);
    if (kind == LIMIT_NAME && links_on && b->fails == LIMIT_LINK_FAILS) {
        b->barred = true;
        b->user = t->user;
    }
    if (say) {
        b->user = t->user;
        snprintf(b->network, sizeof(b->network), "%.*s", STR_FMT(t->network));
        note_refusal(b, t->factor);
    }
    mark(b);
    return OK;
}

enum rc
limit_failed(struct rtx *tx, const struct limit_try *t)
{
    if (t->known_device) {
        return count(tx, t, LIMIT_DEVICE, !t->said);
    }
    count_everywhere(rtx_now(tx));
    TRY(count(tx, t, LIMIT_NETWORK, t->name.n == 0 && !t->said));
    return t->name.n > 0 ? count(tx, t, LIMIT_NAME, !t->said) : OK;
}

enum rc
limit_passed(struct rtx *tx, const struct limit_try *t)
{
    struct bucket *b;

    TRY(bucket_of(tx, t, t->known_device ? LIMIT_DEVICE : LIMIT_NAME, &b));
    if (b->fails > 0) {
        b->fails = 0;
        b->factor_fails = 0;
        b->open_at = INSTANT_NONE;
        mark(b);
    }
    return OK;
}

enum rc
limit_fails(struct rtx *tx, const struct limit_try *t, int64_t *ret_n)
{
    struct bucket *b;

    TRY(bucket_of(tx, t, t->known_device ? LIMIT_DEVICE : LIMIT_NAME, &b));
    *ret_n = is_past(b, rtx_now(tx)) ? 0 : b->fails;
    return OK;
}

/* --- writing --------------------------------------------------------------------------------- */
static bool
is_due(const struct bucket *b, struct instant now)
{
    return b->kind != 0 && b->dirty && now.us >= b->written_at.us + US(1);
}

bool
limit_due(struct instant now)
{
    for (size_t i = 0; n_dirty > 0 && i < LIMIT_BUCKETS; i++) {
        if (is_due(&buckets[i], now)) {
            return true;
        }
    }
    return false;
}

/* What the event says: how many tries were refused since the last one. */
struct refused {
    int64_t tries;
};
static const struct field refused_fields[] = {FIELD(struct refused, tries, T_NONE)};
static const struct form_def refused_def = FORM_DEF(refused, refused_fields);

static enum rc
write_factor(struct wtx *tx, const struct bucket *b)
{
    for (int64_t i = 0; i < b->factor_fails; i++) {
        TRY(password_factor_failed(tx, b->user));
    }
    return b->factor != EVENT_NOTHING
               ? touch(tx, b->factor, SUBJECT(user, b->user), NULL, NULL, NULL)
               : OK;
}

static enum rc
write_bucket(struct wtx *tx, const struct bucket *b)
{
    const struct refused said = {.tries = b->unsaid};
    const struct instant open_at = b->open_at.us != 0 ? b->open_at : b->last_at;

    TRY(throttle_put(tx, &(struct throttle_put_in){
                             .bucket = {b->key, 32},
                             .bucket_kind = b->kind,
                             .fails = b->fails,
                             .first_at = b->first_at,
                             .last_at = b->last_at,
                             .open_at = open_at
    }));
    if (b->barred && b->user.n != 0) {
        TRY(touch(tx, EVENT_BROWSERS_BARRED, SUBJECT(user, b->user), NULL, NULL, NULL));
    }
    TRY(write_factor(tx, b));
    if (b->unsaid == 0) {
        wtx_allow_untouched(tx, "sign-in counters");
        return OK;
    }
    return touch(tx, EVENT_SIGN_IN_REFUSED, SUBJECT(user, b->user), &refused_def, NULL, &said);
}

enum rc
limit_flush(struct store *s, struct arena *mem, struct instant now, struct err *err)
{
    for (size_t i = 0; i < LIMIT_BUCKETS; i++) {
        struct bucket *b = &buckets[i];
        struct wtx *tx;
        if (!is_due(b, now)) {
            continue;
        }
        const struct actor nobody = {.network = str_of(b->network)};
        TRY(wtx_begin(s, mem, now, &nobody, err, &tx));
        enum rc rc = write_bucket(tx, b);
        if (rc == OK) {
            rc = wtx_commit(tx);
        } else {
            wtx_rollback(tx);
        }
        TRY(rc);
        b->dirty = false;
        b->unsaid = 0;
        b->barred = false;
        b->factor = EVENT_NOTHING;
        b->factor_fails = 0;
        b->written_at = now;
        n_dirty--;
    }
    return OK;
}

enum rc
limit_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "sign-in counters of yesterday");
    return throttle_drop_old(
        tx, &(struct throttle_drop_old_in){{wtx_now(tx).us - US(LIMIT_KEEP_S)}}, &n);
}

void
limit_reset(void)
{
    memset(buckets, 0, sizeof(buckets));
    anomaly.first_at = INSTANT_NONE;
    anomaly.fails = 0;
    n_dirty = 0;
}
