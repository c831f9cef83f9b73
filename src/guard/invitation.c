/* invitation.c: see invitation.h. The only file that reads or writes table invitation. */
#include "guard/invitation.h"

#include <sodium.h>

#include "invitation.sql.h"

enum { TOKEN = 32 };
#define US(seconds) ((int64_t)(seconds)*1000000)

enum rc
invitation_new(struct wtx *tx, struct user_id user, struct str *ret_token,
               struct instant *ret_expires_at)
{
    uint8_t token[TOKEN];
    uint8_t hash[32];
    char text[INVITATION_CHARS + 2];
    int64_t n;
    const struct instant expires = {wtx_now(tx).us + US(INVITATION_S)};

    TRY(invitation_withdraw(tx, user));
    TRY(wtx_new_id(tx, "invitation", &n));
    randombytes_buf(token, sizeof(token));
    crypto_hash_sha256(hash, token, sizeof(token));
    b64url_print(token, sizeof(token), text);
    explicit_bzero(token, sizeof(token));
    const struct invitation_id id = {n};
    TRY(invitation_add(tx, &(struct invitation_add_in){
                               .id = id,
                               .user_id = user,
                               .token_hash = {hash, sizeof(hash)},
                               .created_user_id = wtx_user(tx),
                               .created_at = wtx_now(tx),
                               .expires_at = expires
    }));
    *ret_token = arena_copy(wtx_mem(tx), str_of(text));
    *ret_expires_at = expires;
    return OK;
}

enum rc
invitation_find(struct rtx *tx, struct str token, struct user_id *ret_user,
                struct invitation_id *ret_id, struct instant *ret_expires_at)
{
    uint8_t raw[TOKEN + 3];
    uint8_t hash[32];
    size_t n;
    struct invitation_by_hash_row row;
    bool found = false;

    if (token.n == INVITATION_CHARS && b64url_parse(token, raw, sizeof(raw), &n) == OK &&
        n == TOKEN) {
        crypto_hash_sha256(hash, raw, TOKEN);
        TRY(invitation_by_hash(tx,
                               &(struct invitation_by_hash_in){
                                   {hash, sizeof(hash)},
                                   rtx_now(tx)
        },
                               &row, &found));
    }
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_INVITATION, "no open invitation");
    }
    *ret_user = row.user_id;
    *ret_id = row.id;
    *ret_expires_at = row.expires_at;
    return OK;
}

enum rc
invitation_take(struct wtx *tx, struct invitation_id id)
{
    return invitation_used(tx, &(struct invitation_used_in){wtx_now(tx), id});
}

enum rc
invitation_open_until(struct rtx *tx, struct user_id user, struct instant *ret_expires_at)
{
    struct invitation_last_row row = {.expires_at = INSTANT_NONE};
    bool found;

    TRY(invitation_last(tx, &(struct invitation_last_in){user, rtx_now(tx)}, &row, &found));
    *ret_expires_at = row.expires_at;
    return OK;
}

enum rc
invitation_withdraw(struct wtx *tx, struct user_id user)
{
    int64_t n;

    return invitation_drop_open(tx, &(struct invitation_drop_open_in){user}, &n);
}

enum rc
invitation_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "invitations that ended");
    return invitation_drop_old(tx, &(struct invitation_drop_old_in){wtx_now(tx)}, &n);
}
