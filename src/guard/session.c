/* session.c: see session.h. The cookie is base64url of 16 bytes selector and 32 bytes token; the
 * store holds SHA-256 of either. A new token is BLAKE2b, keyed by this workspace, of the old one
 * and a random salt of the row: whoever shows the old one in time is handed the same new one. */
#include "guard/session.h"

#include <sodium.h>

#include "guard/audit.h"
#include "guard/keys.h"
#include "guard/policy.h"
#include "session.sql.h"

enum {
    SELECTOR = 16,
    TOKEN = 32,
    COOKIE_BYTES = SELECTOR + TOKEN,
    COOKIE_CHARS = COOKIE_BYTES / 3 * 4,
    LEVEL_TICKET = 1,
    LEVEL_FULL = 2,
    DEVICE_MAX = 60,
    NETWORK_MAX = 64
};

struct cookie {
    uint8_t selector[SELECTOR];
    uint8_t token[TOKEN];
};

static bool is_console;

#define US(seconds) ((int64_t)(seconds)*1000000)

/* --- names ----------------------------------------------------------------------------------- */
void
session_for_console(void)
{
    is_console = true;
}

const char *
session_cookie(void)
{
    return is_console ? "__Host-op" : "__Host-sid";
}

const char *
session_device_cookie(void)
{
    return is_console ? "__Host-op-dev" : "__Host-dev";
}

/* --- cookies --------------------------------------------------------------------------------- */
static bool
cookie_parse(struct str text, struct cookie *ret)
{
    uint8_t raw[COOKIE_BYTES + 3];
    size_t n;

    if (text.n != COOKIE_CHARS || b64url_parse(text, raw, sizeof(raw), &n) != OK ||
        n != COOKIE_BYTES) {
        return false;
    }
    memcpy(ret->selector, raw, SELECTOR);
    memcpy(ret->token, raw + SELECTOR, TOKEN);
    explicit_bzero(raw, sizeof(raw));
    return true;
}

static struct str
cookie_print(struct arena *mem, const struct cookie *c)
{
    uint8_t raw[COOKIE_BYTES];
    char text[COOKIE_CHARS + 2];

    memcpy(raw, c->selector, SELECTOR);
    memcpy(raw + SELECTOR, c->token, TOKEN);
    b64url_print(raw, sizeof(raw), text);
    const struct str copy = arena_copy(mem, str_of(text));
    explicit_bzero(raw, sizeof(raw));
    explicit_bzero(text, sizeof(text));
    return copy;
}

static void
hash32(const uint8_t *p, size_t n, uint8_t out[static 32])
{
    crypto_hash_sha256(out, p, n);
}

static bool
is_hash_of(struct bytes hash, const uint8_t token[static TOKEN])
{
    uint8_t h[32];

    hash32(token, TOKEN, h);
    return hash.n == sizeof(h) && mem_eq_secret(hash.p, h, sizeof(h));
}

/* The token that follows `old` with this salt; keyed, so that a copy of the row does not give it.
 */
static enum rc
next_token(struct err *err, const uint8_t old[static TOKEN], struct bytes salt,
           uint8_t ret_token[static TOKEN])
{
    static uint8_t key[32];
    static bool has_key;
    crypto_generichash_state st;

    if (!has_key) {
        TRY(keys_local(err, KP_CSRF, "session turn", key));
        has_key = true;
    }
    crypto_generichash_init(&st, key, sizeof(key), TOKEN);
    crypto_generichash_update(&st, old, TOKEN);
    crypto_generichash_update(&st, salt.p, salt.n);
    crypto_generichash_final(&st, ret_token, TOKEN);
    return OK;
}

/* --- finding --------------------------------------------------------------------------------- */
enum shown { SHOWN_FOREIGN, SHOWN_CURRENT, SHOWN_OLD };

/* Which token is this? An old one counts while the new one was not shown, and 30 seconds longer. */
static enum shown
which_token(const struct session_by_selector_row *row, const uint8_t token[static TOKEN],
            struct instant now)
{
    if (is_hash_of(row->token_hash, token)) {
        return SHOWN_CURRENT;
    }
    const bool in_time = row->shown_at.us == 0 || now.us <= row->shown_at.us + US(SESSION_OLD_S);
    return row->old_hash.p != NULL && in_time && is_hash_of(row->old_hash, token) ? SHOWN_OLD
                                                                                  : SHOWN_FOREIGN;
}

static bool
is_alive(const struct session_by_selector_row *row, struct instant now)
{
    const struct policy *p = policy_now();

    return row->user_state == USER_ACTIVE && now.us < row->expires_at.us &&
           now.us < row->created_at.us + US(p->life_s) && now.us < row->seen_at.us + US(p->idle_s);
}

static void
fill_principal(struct arena *mem, const struct session_by_selector_row *row, struct instant now,
               struct principal *ret_who)
{
    const enum group group = (enum group)row->group_no;
    const struct factor_demand demand =
        policy_factor_demand(group, row->right_plus, row->person_since_at);
    const bool missing = demand.is_made && row->factor_count == 0;
    const bool again = row->factor_again && row->factor_count == 0; /* AUTH-16 */
    const bool is_due = (missing && now.us >= demand.due_at.us) || again;
    const struct str name =
        arena_fmt(mem, "%.*s %.*s", STR_FMT(row->first_name), STR_FMT(row->last_name));

    *ret_who =
        (struct principal){.user = row->user_id,
                           .session = row->id,
                           .group = group,
                           .rights = rights_of(group, row->right_plus, row->right_minus),
                           .login = row->login,
                           .name = str_trim(name),
                           .lang = (int)row->lang,
                           .theme = (int)row->theme,
                           .ticket = row->session_level == LEVEL_TICKET,
                           .must_enrol = row->must_change || is_due,
                           .factor_demanded = demand.is_made || again,
                           .factor_due_at = missing && !is_due ? demand.due_at : INSTANT_NONE,
                           .stepped_up_at = row->stepped_up_at};
    if (ret_who->ticket) { /* nothing but the second factor, which comes before all else */
        ret_who->rights = 0;
        ret_who->must_enrol = false;
    }
}

enum rc
session_find(struct rtx *tx, struct str cookie, struct str host, struct principal *ret_who,
             struct session_use *ret_use)
{
    struct cookie c;
    struct session_by_selector_row row;
    uint8_t selector_hash[32];
    bool found;
    const struct instant now = rtx_now(tx);

    *ret_who = (struct principal){0};
    *ret_use = (struct session_use){.cookie = cookie};
    if (!cookie_parse(cookie, &c)) {
        return OK;
    }
    hash32(c.selector, SELECTOR, selector_hash);
    TRY(session_by_selector(
        tx,
        &(struct session_by_selector_in){
            .host_name = host, .selector_hash = {selector_hash, sizeof(selector_hash)}
    },
        &row, &found));
    if (!found || !is_alive(&row, now)) {
        return OK;
    }
    ret_use->session = row.id;
    const enum shown shown = which_token(&row, c.token, now);
    if (shown == SHOWN_FOREIGN) {
        ret_use->replay = true;
        ret_use->due = true;
        return OK;
    }
    memcpy(ret_use->secret, row.form_secret.p, sizeof(ret_use->secret));
    ret_use->due = shown == SHOWN_OLD
                       ? row.shown_at.us == 0
                       : row.shown_at.us == 0 || now.us >= row.seen_at.us + US(SESSION_SEEN_S) ||
                             now.us >= row.turned_at.us + US(SESSION_ROTATE_S);
    fill_principal(rtx_mem(tx), &row, now, ret_who);
    return OK;
}

/* --- keeping --------------------------------------------------------------------------------- */
static enum rc
end_replayed(struct wtx *tx, const struct session_by_selector_row *row, struct str *ret_cookie)
{
    int64_t changed;

    TRY(session_drop(tx, &(struct session_drop_in){row->id, row->user_id}, &changed));
    *ret_cookie = STR("");
    return touch(tx, EVENT_SESSION_REPLAY, SUBJECT(user, row->user_id), NULL, NULL, NULL);
}

/* A new token for whoever shows the current one. */
static enum rc
turn(struct wtx *tx, const struct session_by_selector_row *row, struct cookie *c,
     struct str *ret_cookie)
{
    uint8_t salt[32];
    uint8_t hash[32];
    uint8_t token[TOKEN];

    randombytes_buf(salt, sizeof(salt));
    TRY(next_token(wtx_err(tx), c->token, (struct bytes){salt, sizeof(salt)}, token));
    hash32(token, TOKEN, hash);
    TRY(session_turn(tx, &(struct session_turn_in){
                             .token_hash = {hash, sizeof(hash)},
                             .turn_salt = {salt, sizeof(salt)},
                             .now_at = wtx_now(tx),
                             .id = row->id
    }));
    memcpy(c->token, token, TOKEN);
    *ret_cookie = cookie_print(wtx_mem(tx), c);
    explicit_bzero(token, sizeof(token));
    return OK;
}

/* The new token was made but never seen: the answer may have been lost, so it is handed out again.
 */
static enum rc
hand_out_again(struct wtx *tx, const struct session_by_selector_row *row, struct cookie *c,
               struct str *ret_cookie)
{
    TRY(next_token(wtx_err(tx), c->token, row->turn_salt, c->token));
    *ret_cookie = cookie_print(wtx_mem(tx), c);
    return OK;
}

static enum rc
keep_current(struct wtx *tx, const struct session_by_selector_row *row, struct cookie *c,
             struct str *ret_cookie)
{
    const struct instant now = wtx_now(tx);

    if (row->session_level == LEVEL_FULL && now.us >= row->turned_at.us + US(SESSION_ROTATE_S)) {
        return turn(tx, row, c, ret_cookie);
    }
    return session_seen(
        tx, &(struct session_seen_in){.seen_at = now,
                                      .shown_at = row->shown_at.us == 0 ? now : row->shown_at,
                                      .id = row->id});
}

enum rc
session_keep(struct wtx *tx, const struct session_use *use, struct str *ret_cookie)
{
    struct cookie c;
    struct session_by_selector_row row;
    uint8_t selector_hash[32];
    bool found = false;

    *ret_cookie = STR_NONE;
    if (cookie_parse(use->cookie, &c)) {
        hash32(c.selector, SELECTOR, selector_hash);
        TRY(session_by_selector(
            wtx_read(tx),
            &(struct session_by_selector_in){
                .host_name = STR(""), .selector_hash = {selector_hash, sizeof(selector_hash)}
        },
            &row, &found));
    }
    if (!found) { /* the handler itself has ended it */
        wtx_allow_untouched(tx, "session has ended");
        return OK;
    }
    const enum shown shown = which_token(&row, c.token, wtx_now(tx));
    if (shown == SHOWN_FOREIGN) {
        return end_replayed(tx, &row, ret_cookie);
    }
    wtx_allow_untouched(tx, "session times");
    if (shown == SHOWN_CURRENT) {
        return keep_current(tx, &row, &c, ret_cookie);
    }
    return row.shown_at.us == 0 ? hand_out_again(tx, &row, &c, ret_cookie) : OK;
}

/* --- beginning and ending -------------------------------------------------------------------- */
/* At most n bytes, cut at a code point. */
static struct str
clip(struct str s, size_t n)
{
    if (s.p == NULL) {
        return STR("");
    }
    while (s.n > n || (s.n > 0 && !str_is_utf8(s))) {
        s.n--;
    }
    return s;
}

static enum rc
begin(struct wtx *tx, struct user_id user, int64_t level, const struct session_from *from,
      struct session_id *ret_id, struct str *ret_cookie)
{
    const struct instant now = wtx_now(tx);
    const int64_t life = level == LEVEL_TICKET ? US(SESSION_TICKET_S) : US(policy_now()->life_s);
    struct cookie c;
    uint8_t selector_hash[32];
    uint8_t token_hash[32];
    uint8_t salt[32];
    uint8_t secret[32];
    int64_t id;

    randombytes_buf(&c, sizeof(c));
    randombytes_buf(salt, sizeof(salt));
    randombytes_buf(secret, sizeof(secret));
    hash32(c.selector, SELECTOR, selector_hash);
    hash32(c.token, TOKEN, token_hash);
    TRY(wtx_new_id(tx, "session", &id));
    const struct session_id row = {id};
    const struct instant expires = {now.us + life};
    TRY(session_add(tx, &(struct session_add_in){
                            .id = row,
                            .user_id = user,
                            .selector_hash = {selector_hash, sizeof(selector_hash)},
                            .token_hash = {token_hash,    sizeof(token_hash)   },
                            .turn_salt = {salt,          sizeof(salt)         },
                            .form_secret = {secret,        sizeof(secret)       },
                            .session_level = level,
                            .now_at = now,
                            .expires_at = expires,
                            .stepped_up_at = now,
                            .device = clip(from->device, DEVICE_MAX),
                            .network = clip(from->network, NETWORK_MAX)
    }));
    *ret_id = row;
    *ret_cookie = cookie_print(wtx_mem(tx), &c);
    explicit_bzero(&c, sizeof(c));
    return OK;
}

enum rc
session_begin_ticket(struct wtx *tx, struct user_id user, const struct session_from *from,
                     struct str *ret_cookie)
{
    struct session_id id;

    return begin(tx, user, LEVEL_TICKET, from, &id, ret_cookie);
}

static enum rc
drop_past(struct wtx *tx)
{
    const struct instant now = wtx_now(tx);
    int64_t changed;

    return session_drop_past(
        tx,
        &(struct session_drop_past_in){.now_at = now,
                                       .begun_at = {now.us - US(policy_now()->life_s)},
                                       .idle_at = {now.us - US(policy_now()->idle_s)}},
        &changed);
}

enum rc
session_begin_full(struct wtx *tx, struct user_id user, const struct session_from *from,
                   struct session_id *ret_id, struct str *ret_cookie)
{
    int64_t ended;

    TRY(drop_past(tx)); /* only what is alive takes a place, and is worth a word */
    TRY(session_drop_oldest(tx, &(struct session_drop_oldest_in){user, SESSIONS_PER_USER - 1},
                            &ended));
    if (ended > 0) { /* the person is told: it may have been a stranger's, or made room for one */
        TRY(touch(tx, EVENT_SESSION_LIMIT, SUBJECT(user, user), NULL, NULL, NULL));
    }
    return begin(tx, user, LEVEL_FULL, from, ret_id, ret_cookie);
}

enum rc
session_ticket_failed(struct wtx *tx, struct session_id ticket, struct user_id user,
                      int64_t *ret_left)
{
    struct session_tries_row row;
    int64_t changed;

    TRY(session_tries(tx, &(struct session_tries_in){ticket}, &row));
    if (row.tries >= TICKET_TRIES) {
        TRY(session_drop(tx, &(struct session_drop_in){ticket, user}, &changed));
    }
    *ret_left = row.tries >= TICKET_TRIES ? 0 : TICKET_TRIES - row.tries;
    return OK;
}

enum rc
session_step_up(struct wtx *tx, struct session_id id, struct str cookie, struct str *ret_cookie)
{
    struct cookie c;
    struct session_by_selector_row row;
    uint8_t selector_hash[32];
    bool found = false;

    if (cookie_parse(cookie, &c)) {
        hash32(c.selector, SELECTOR, selector_hash);
        TRY(session_by_selector(
            wtx_read(tx),
            &(struct session_by_selector_in){
                .host_name = STR(""), .selector_hash = {selector_hash, sizeof(selector_hash)}
        },
            &row, &found));
    }
    if (!found || row.id.n != id.n) {
        return fail(wtx_err(tx), RC_DENIED, E_SIGN_IN, "session to step up is gone");
    }
    TRY(session_proven(tx, &(struct session_proven_in){wtx_now(tx), id}));
    if (which_token(&row, c.token, wtx_now(tx)) == SHOWN_OLD) { /* its successor is on its way */
        *ret_cookie = STR_NONE;
        return OK;
    }
    return turn(tx, &row, &c, ret_cookie);
}

bool
session_is_fresh(const struct principal *who, struct instant now)
{
    return now.us - who->stepped_up_at.us <= US(SESSION_STEP_UP_S);
}

enum rc
session_end(struct wtx *tx, struct user_id user, struct session_id id)
{
    int64_t changed;

    TRY(session_drop(tx, &(struct session_drop_in){id, user}, &changed));
    return changed == 1 ? OK
                        : fail(wtx_err(tx), RC_MISSING, E_MISSING, "session %lld", (long long)id.n);
}

enum rc
session_end_all(struct wtx *tx, struct user_id user, struct session_id keep, int64_t *ret_ended)
{
    return session_drop_all(tx, &(struct session_drop_all_in){user, keep}, ret_ended);
}

enum rc
session_list(struct rtx *tx, struct user_id user, struct session_row **ret_rows, size_t *ret_n)
{
    const struct instant now = rtx_now(tx);
    struct session_of_user_row *rows;
    size_t n;

    TRY(session_of_user(
        tx,
        &(struct session_of_user_in){.user_id = user,
                                     .now_at = now,
                                     .begun_at = {now.us - US(policy_now()->life_s)},
                                     .idle_at = {now.us - US(policy_now()->idle_s)}},
        &rows, &n));
    struct session_row *out = ARENA_ARRAY(rtx_mem(tx), struct session_row, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct session_row){.id = rows[i].id,
                                      .device = rows[i].device,
                                      .network = rows[i].network,
                                      .created_at = rows[i].created_at,
                                      .seen_at = rows[i].seen_at};
    }
    *ret_rows = out;
    *ret_n = n;
    return OK;
}

enum rc
session_need(struct rtx *tx, struct user_id user, struct session_id id)
{
    struct session_owner_row row;
    bool found;

    TRY(session_owner(tx, &(struct session_owner_in){id}, &row, &found));
    return found && row.user_id.n == user.n
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "session %lld", (long long)id.n);
}

enum rc
session_prune(struct wtx *tx)
{
    wtx_allow_untouched(tx, "sessions that ran out");
    return drop_past(tx);
}
