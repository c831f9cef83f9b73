/* passkey.c: see passkey.h. The only file that reads or writes tables passkey and passkey_spent. */
#include "guard/passkey.h"

#include <assert.h>
#include <sodium.h>

#include "guard/factor.h"
#include "guard/keys.h"
#include "passkey.sql.h"

enum { NONCE = 16, ASKED = 8 + NONCE, SIGNATURE_MAX = 80, HANDLE_MAX = 64 };
#define US(seconds) ((int64_t)(seconds)*1000000)

/* --- keys of this process -------------------------------------------------------------------- */
/* Derived through keymgr once: one for questions, one for the names inside authenticators. */
static enum rc
local_key(struct err *err, bool handles, const uint8_t **ret_key)
{
    static uint8_t keys[2][32];
    static bool has_key[2];
    const int i = handles ? 1 : 0;

    if (!has_key[i]) {
        TRY(keys_local(err, KP_CSRF, handles ? "passkey handle" : "passkey question", keys[i]));
        has_key[i] = true;
    }
    *ret_key = keys[i];
    return OK;
}

static struct str
b64_of(struct arena *mem, const uint8_t *p, size_t n)
{
    char *text = ARENA_ARRAY(mem, char, (n * 4 + 2) / 3 + 1);

    b64url_print(p, n, text);
    return str_of(text);
}

/* --- questions ------------------------------------------------------------------------------- */
static enum rc
challenge_of(struct err *err, const struct passkey_desk *desk, const uint8_t asked[static ASKED],
             uint8_t ret[static WEBAUTHN_CHALLENGE])
{
    const uint8_t use = (uint8_t)desk->use;
    crypto_generichash_state st;
    const uint8_t *key;

    assert(desk->secret != NULL);
    TRY(local_key(err, false, &key));
    crypto_generichash_init(&st, key, 32, WEBAUTHN_CHALLENGE);
    crypto_generichash_update(&st, desk->secret, 32);
    crypto_generichash_update(&st, &use, 1);
    crypto_generichash_update(&st, asked, ASKED);
    crypto_generichash_final(&st, ret, WEBAUTHN_CHALLENGE);
    return OK;
}

enum rc
passkey_ask(struct rtx *tx, const struct passkey_desk *desk, struct passkey_question *ret)
{
    const int64_t now = rtx_now(tx).us;
    uint8_t asked[ASKED];
    uint8_t challenge[WEBAUTHN_CHALLENGE];

    memcpy(asked, &now, sizeof now);
    randombytes_buf(asked + sizeof now, NONCE);
    TRY(challenge_of(rtx_err(tx), desk, asked, challenge));
    ret->asked = b64_of(rtx_mem(tx), asked, sizeof asked);
    ret->challenge = b64_of(rtx_mem(tx), challenge, sizeof challenge);
    return OK;
}

static bool
in_time(const uint8_t asked[static ASKED], struct instant now)
{
    int64_t at;

    memcpy(&at, asked, sizeof at);
    return at <= now.us && at > now.us - US(PASSKEY_ASKED_S);
}

static enum rc
spend(struct wtx *tx, const uint8_t challenge[static WEBAUTHN_CHALLENGE], bool *ret_first)
{
    uint8_t hash[32];
    int64_t n;

    crypto_hash_sha256(hash, challenge, WEBAUTHN_CHALLENGE);
    TRY(passkey_spend(tx,
                      &(struct passkey_spend_in){
                          {hash, sizeof hash},
                          wtx_now(tx)
    },
                      &n));
    *ret_first = n == 1;
    return OK;
}

struct str
passkey_host(struct str origin)
{
    const size_t scheme = str_find(origin, STR("://"), 0);
    const size_t from = scheme == SIZE_MAX ? 0 : scheme + 3;
    const size_t colon = str_find(origin, STR(":"), from);

    return str_sub(origin, from, colon == SIZE_MAX ? SIZE_MAX : colon - from);
}

static enum rc
handle_of(struct err *err, struct user_id user, uint8_t ret[static PASSKEY_HANDLE])
{
    const uint8_t *key;

    TRY(local_key(err, true, &key));
    crypto_generichash(ret, PASSKEY_HANDLE, (const uint8_t *)&user.n, sizeof user.n, key, 32);
    return OK;
}

enum rc
passkey_handle(struct rtx *tx, struct user_id user, struct str *ret)
{
    uint8_t handle[PASSKEY_HANDLE];

    TRY(handle_of(rtx_err(tx), user, handle));
    *ret = b64_of(rtx_mem(tx), handle, sizeof handle);
    return OK;
}

/* --- answers --------------------------------------------------------------------------------- */
/* The answer in bytes. */
struct plain {
    uint8_t asked[ASKED], challenge[WEBAUTHN_CHALLENGE];
    struct bytes credential, handle;
    struct webauthn_asked question;
    struct webauthn_answer answer;
};

static bool
decode(struct arena *mem, struct str text, size_t max, struct bytes *ret)
{
    if (text.n > max * 4 / 3 + 2) {
        return false;
    }
    uint8_t *p = ARENA_ARRAY(mem, uint8_t, text.n + 3);
    *ret = (struct bytes){p, 0};
    return text.n == 0 || b64url_parse(text, p, text.n + 3, &ret->n) == OK;
}

/* PASSKEY_RIGHT: well-formed and in time; nothing else was judged. */
static enum rc
open_answer(struct wtx *tx, const struct passkey_desk *desk, const struct passkey_answer *answer,
            struct plain *ret, enum passkey_why *ret_why)
{
    struct arena *mem = wtx_mem(tx);
    struct bytes asked;
    struct bytes client;

    *ret = (struct plain){
        .question = {.origin = desk->origin,
                     .host = passkey_host(desk->origin),
                     .verified = desk->use == PASSKEY_ALONE}
    };
    *ret_why = PASSKEY_FORM;
    if (!decode(mem, answer->asked, ASKED, &asked) || asked.n != ASKED ||
        !decode(mem, answer->credential, WEBAUTHN_ID_MAX, &ret->credential) ||
        !decode(mem, answer->client, WEBAUTHN_CLIENT_MAX, &client) ||
        !decode(mem, answer->auth, WEBAUTHN_AUTH_MAX, &ret->answer.auth) ||
        !decode(mem, answer->signature, SIGNATURE_MAX, &ret->answer.signature) ||
        !decode(mem, answer->handle, HANDLE_MAX, &ret->handle)) {
        return OK;
    }
    memcpy(ret->asked, asked.p, ASKED);
    ret->answer.client = (struct str){(const char *)client.p, client.n};
    *ret_why = in_time(ret->asked, wtx_now(tx)) ? PASSKEY_RIGHT : PASSKEY_EXPIRED;
    return challenge_of(wtx_err(tx), desk, ret->asked, ret->challenge);
}

/* --- adding ---------------------------------------------------------------------------------- */
static enum rc
check_room(struct wtx *tx, struct user_id user, struct bytes credential)
{
    struct passkey_taken_row taken;
    int64_t n;

    TRY(factor_count(wtx_read(tx), user, &n));
    if (n >= FACTORS_MAX) {
        return fail(wtx_err(tx), RC_LIMIT, E_FACTOR_MANY, "%lld factors", (long long)n);
    }
    TRY(passkey_taken(wtx_read(tx), &(struct passkey_taken_in){credential}, &taken));
    return taken.taken_count == 0
               ? OK
               : fail(wtx_err(tx), RC_CONFLICT, E_PASSKEY_TAKEN, "credential is there");
}

static enum rc
insert(struct wtx *tx, struct user_id user, struct str name, struct str host,
       const struct webauthn_made *made, struct passkey_id *ret_id)
{
    uint8_t handle[PASSKEY_HANDLE];
    int64_t id;

    TRY(handle_of(wtx_err(tx), user, handle));
    TRY(wtx_new_id(tx, "passkey", &id));
    *ret_id = (struct passkey_id){id};
    return passkey_insert(tx, &(struct passkey_insert_in){
                                  .id = *ret_id,
                                  .user_id = user,
                                  .name = name,
                                  .host_name = host,
                                  .credential_id_blob = made->id,
                                  .handle_blob = {handle,      sizeof handle     },
                                  .key_alg = made->key.alg,
                                  .public_key = {made->key.p, sizeof made->key.p},
                                  .sign_count = made->seen.counter,
                                  .created_at = wtx_now(tx)
    });
}

enum rc
passkey_add(struct wtx *tx, const struct passkey_desk *desk, struct user_id user, struct str name,
            const struct passkey_answer *answer, struct passkey_verdict *ret)
{
    struct webauthn_made made;
    struct plain a;
    bool first;

    *ret = (struct passkey_verdict){.user = user};
    TRY(open_answer(tx, desk, answer, &a, &ret->why));
    if (ret->why != PASSKEY_RIGHT) {
        return OK;
    }
    a.question.challenge = a.challenge;
    ret->answer = webauthn_create(&a.question, &a.answer, &made);
    if (ret->answer != WEBAUTHN_RIGHT) {
        ret->why = PASSKEY_REFUSED;
        return OK;
    }
    TRY(check_room(tx, user, made.id));
    TRY(spend(tx, a.challenge, &first));
    if (!first) {
        ret->why = PASSKEY_SPENT;
        return OK;
    }
    TRY(factor_was_added(tx, user));
    return insert(tx, user, name, a.question.host, &made, &ret->id);
}

/* --- checking -------------------------------------------------------------------------------- */
/* Is it the key that may answer here? */
static bool
is_expected(const struct passkey_desk *desk, struct user_id user, const struct plain *a,
            const struct passkey_by_credential_row *row)
{
    const bool same_handle = row->handle_blob.n == a->handle.n &&
                             memcmp(row->handle_blob.p, a->handle.p, a->handle.n) == 0;

    return str_eq(row->host_name, a->question.host) &&
           (desk->use == PASSKEY_ALONE ? same_handle : row->user_id.n == user.n);
}

/* The generator of P-256: a key that nobody's credential is judged by, so that it takes as long. */
static const struct webauthn_key nobodys = {
    .alg = WEBAUTHN_ES256,
    .p = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
          0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
          0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
          0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
          0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5}
};

static enum rc
judge(struct wtx *tx, const struct passkey_desk *desk, struct user_id user, struct plain *a,
      struct passkey_verdict *ret, struct webauthn_seen *ret_seen)
{
    struct passkey_by_credential_row row = {.sign_count = 0};
    struct webauthn_key key = nobodys;
    bool found;

    TRY(passkey_by_credential(wtx_read(tx), &(struct passkey_by_credential_in){a->credential}, &row,
                              &found));
    found = found && is_expected(desk, user, a, &row);
    if (found) {
        key.alg = (enum webauthn_alg)row.key_alg;
        memcpy(key.p, row.public_key.p, row.public_key.n);
    }
    a->question.challenge = a->challenge;
    TRY(webauthn_check(wtx_err(tx), &a->question, &key, (uint32_t)row.sign_count, &a->answer,
                       ret_seen, &ret->answer));
    if (!found) {
        ret->why = PASSKEY_UNKNOWN;
        return OK;
    }
    ret->id = row.id;
    ret->user = row.user_id;
    ret->why = ret->answer == WEBAUTHN_RIGHT     ? PASSKEY_RIGHT
               : ret->answer == WEBAUTHN_COUNTER ? PASSKEY_COUNTER
                                                 : PASSKEY_REFUSED;
    return OK;
}

enum rc
passkey_check(struct wtx *tx, const struct passkey_desk *desk, struct user_id user,
              const struct passkey_answer *answer, struct passkey_verdict *ret)
{
    struct webauthn_seen seen;
    struct plain a;
    bool first;

    assert(desk->use == PASSKEY_BESIDE || (user.n == 0) == (desk->use == PASSKEY_ALONE));
    *ret = (struct passkey_verdict){.why = PASSKEY_FORM};
    TRY(open_answer(tx, desk, answer, &a, &ret->why));
    if (ret->why != PASSKEY_RIGHT) {
        return OK;
    }
    TRY(judge(tx, desk, user, &a, ret, &seen));
    if (ret->why != PASSKEY_RIGHT && ret->why != PASSKEY_COUNTER) {
        return OK;
    }
    TRY(spend(tx, a.challenge, &first));
    if (!first) {
        ret->why = PASSKEY_SPENT;
        return OK;
    }
    return ret->why == PASSKEY_COUNTER
               ? OK
               : passkey_used(tx, &(struct passkey_used_in){seen.counter, wtx_now(tx), ret->id});
}

/* --- lists and ends -------------------------------------------------------------------------- */
enum rc
passkey_list(struct rtx *tx, struct user_id user, struct str host, struct passkey_row **ret_rows,
             size_t *ret_n)
{
    struct passkey_of_user_row *rows;
    size_t n;

    TRY(passkey_of_user(tx, &(struct passkey_of_user_in){user}, &rows, &n));
    struct passkey_row *out = ARENA_ARRAY(rtx_mem(tx), struct passkey_row, n);
    for (size_t i = 0; i < n; i++) {
        const struct bytes id = rows[i].credential_id_blob;
        out[i] = (struct passkey_row){.id = rows[i].id,
                                      .name = rows[i].name,
                                      .host = rows[i].host_name,
                                      .credential = b64_of(rtx_mem(tx), id.p, id.n),
                                      .created_at = rows[i].created_at,
                                      .used_at = rows[i].used_at,
                                      .is_elsewhere = !str_eq(rows[i].host_name, host)};
    }
    *ret_rows = out;
    *ret_n = n;
    return OK;
}

enum rc
passkey_remove(struct wtx *tx, struct user_id user, struct passkey_id id)
{
    int64_t n;

    TRY(passkey_drop(tx, &(struct passkey_drop_in){id, user}, &n));
    return n == 1 ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "passkey %lld", (long long)id.n);
}

enum rc
passkey_remove_all(struct wtx *tx, struct user_id user)
{
    int64_t n;

    return passkey_drop_all(tx, &(struct passkey_drop_all_in){user}, &n);
}

enum rc
passkey_need(struct rtx *tx, struct user_id user, struct passkey_id id)
{
    struct passkey_owner_row row;
    bool found;

    TRY(passkey_owner(tx, &(struct passkey_owner_in){id}, &row, &found));
    return found && row.user_id.n == user.n
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "passkey %lld", (long long)id.n);
}

enum rc
passkey_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "questions that are too old");
    return passkey_spent_drop(
        tx, &(struct passkey_spent_drop_in){{wtx_now(tx).us - US(PASSKEY_ASKED_S)}}, &n);
}
