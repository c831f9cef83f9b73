/* link.c: see link.h. The only file that reads or writes tables link and link_wish. */
#include "guard/link.h"

#include <sodium.h>

#include "guard/mail.h"
#include "link.sql.h"

enum { TOKEN = 32, HOUR_S = 60 * 60 };
#define US(seconds) ((int64_t)(seconds)*1000000)

static int64_t
life_of(enum link_kind kind)
{
    static const int64_t lives[] = {[LINK_INVITATION] = LINK_INVITATION_S,
                                    [LINK_RESET] = LINK_MAIL_S,
                                    [LINK_DEVICE] = LINK_MAIL_S,
                                    [LINK_ADDRESS] = LINK_ADDRESS_S};

    return lives[kind];
}

/* A token from the system's generator, as text, and what the store knows of it. */
static struct str
draw(struct arena *mem, uint8_t ret_hash[static 32])
{
    uint8_t token[TOKEN];
    char text[LINK_CHARS + 2];

    randombytes_buf(token, sizeof(token));
    crypto_hash_sha256(ret_hash, token, sizeof(token));
    b64url_print(token, sizeof(token), text);
    explicit_bzero(token, sizeof(token));
    return arena_copy(mem, str_of(text));
}

static enum rc
withdraw_kind(struct wtx *tx, enum link_kind kind, struct user_id user)
{
    int64_t n;

    return link_drop_kind(tx, &(struct link_drop_kind_in){user, kind}, &n);
}

enum rc
link_new(struct wtx *tx, const struct link_wanted *w, struct str *ret_token,
         struct instant *ret_expires_at)
{
    uint8_t hash[32];
    int64_t n;
    const struct instant expires = {wtx_now(tx).us + US(life_of(w->kind))};

    if (w->kind == LINK_INVITATION || w->kind == LINK_ADDRESS) {
        TRY(withdraw_kind(tx, w->kind, w->user));
    }
    TRY(wtx_new_id(tx, "link", &n));
    const struct link_id id = {n};
    const struct str token = draw(wtx_mem(tx), hash);
    TRY(link_add(tx, &(struct link_add_in){
                         .id = id,
                         .link_kind = w->kind,
                         .user_id = w->user,
                         .token_hash = {hash, sizeof(hash)},
                         .address = w->address.p != NULL ? w->address : STR(""),
                         .by_wish = w->by_wish,
                         .created_user_id = wtx_user(tx),
                         .created_at = wtx_now(tx),
                         .expires_at = expires
    }));
    *ret_token = token;
    *ret_expires_at = expires;
    return OK;
}

enum rc
link_find(struct rtx *tx, enum link_kind kind, struct str token, struct link *ret)
{
    uint8_t raw[TOKEN + 3];
    uint8_t hash[32];
    size_t n;
    struct link_by_hash_row row;
    bool found = false;

    if (token.n == LINK_CHARS && b64url_parse(token, raw, sizeof(raw), &n) == OK && n == TOKEN) {
        crypto_hash_sha256(hash, raw, TOKEN);
        TRY(link_by_hash(tx,
                         &(struct link_by_hash_in){
                             {hash, sizeof(hash)},
                             kind, rtx_now(tx)
        },
                         &row, &found));
    }
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_LINK, "no open link of kind %d", (int)kind);
    }
    *ret = (struct link){.id = row.id,
                         .kind = kind,
                         .user = row.user_id,
                         .address = row.address,
                         .expires_at = row.expires_at};
    return OK;
}

enum rc
link_take(struct wtx *tx, const struct link *l)
{
    TRY(link_used(tx, &(struct link_used_in){wtx_now(tx), l->id}));
    return withdraw_kind(tx, l->kind, l->user);
}

enum rc
link_open_until(struct rtx *tx, enum link_kind kind, struct user_id user,
                struct instant *ret_expires_at)
{
    struct link_last_row row = {.expires_at = INSTANT_NONE};
    bool found;

    TRY(link_last(tx, &(struct link_last_in){user, kind, rtx_now(tx)}, &row, &found));
    *ret_expires_at = row.expires_at;
    return OK;
}

enum rc
link_withdraw(struct wtx *tx, struct user_id user)
{
    int64_t n;

    return link_drop_open(tx, &(struct link_drop_open_in){user}, &n);
}

/* An hour longer than they are good: link_may_mail() counts what was mailed. */
enum rc
link_prune(struct wtx *tx)
{
    const struct instant before = {wtx_now(tx).us - US(HOUR_S)};
    int64_t n;

    wtx_allow_untouched(tx, "links and wishes that ended");
    TRY(link_drop_old(tx, &(struct link_drop_old_in){before}, &n));
    return link_wish_drop_old(tx, &(struct link_wish_drop_old_in){before}, &n);
}

/* --- wishes ---------------------------------------------------------------------------------- */
enum rc
link_wish(struct wtx *tx, enum link_kind kind, struct user_id user)
{
    int64_t n;

    TRY(wtx_new_id(tx, "link_wish", &n));
    TRY(link_wish_add(tx,
                      &(struct link_wish_add_in){
                          .id = {n}, .link_kind = kind, .user_id = user, .asked_at = wtx_now(tx)}));
    mail_is_wanted();
    return OK;
}

enum rc
link_wishes(struct rtx *tx, struct link_wish **ret_v, size_t *ret_n)
{
    struct link_wish_first_row *rows;
    size_t n;

    TRY(link_wish_first(tx, &rows, &n));
    struct link_wish *v = ARENA_ARRAY(rtx_mem(tx), struct link_wish, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct link_wish){rows[i].id, (enum link_kind)rows[i].link_kind, rows[i].user_id};
    }
    *ret_v = v;
    *ret_n = n;
    return OK;
}

enum rc
link_wish_done(struct wtx *tx, struct link_wish_id id)
{
    return link_wish_drop(tx, &(struct link_wish_drop_in){id});
}

enum rc
link_may_mail(struct rtx *tx, enum link_kind kind, struct user_id user, bool *ret_may)
{
    const struct instant now = rtx_now(tx);
    struct link_since_row row;

    TRY(link_since(tx, &(struct link_since_in){now, user, kind, {now.us - US(HOUR_S)}}, &row));
    *ret_may = row.made_count + 1 < LINK_MAILS_PER_HOUR ||
               (row.made_count < LINK_MAILS_PER_HOUR && row.open_count == 0);
    return OK;
}
