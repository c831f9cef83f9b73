/* factor.c: see factor.h. The only file that reads or writes table factor. */
#include "guard/factor.h"

#include <sodium.h>

#include "base/out.h"
#include "base/time.h"
#include "factor.sql.h"
#include "guard/keys.h"
#include "guard/policy.h"

enum { CODE_DIGITS = 6, STEP_S = FACTOR_STEP_S };
#define US(seconds) ((int64_t)(seconds)*1000000)

static struct str
pending_ad(struct arena *mem, struct user_id user, struct factor_id id)
{
    return arena_fmt(mem, "user %lld factor %lld shown", (long long)user.n, (long long)id.n);
}

static struct str
final_ad(struct arena *mem, struct user_id user, struct factor_id id)
{
    return arena_fmt(mem, "user %lld factor %lld", (long long)user.n, (long long)id.n);
}

/* Apps show codes in two groups of three: blanks do not count. */
static struct str
without_blanks(struct arena *mem, struct str code)
{
    char *p = ARENA_ARRAY(mem, char, code.n + 1);
    struct str out = {p, 0};

    for (size_t i = 0; i < code.n; i++) {
        if (code.p[i] != ' ') {
            p[out.n++] = code.p[i];
        }
    }
    return out;
}

/* --- lists ----------------------------------------------------------------------------------- */
enum rc
factor_list(struct rtx *tx, struct user_id user, struct factor_row **ret_rows, size_t *ret_n)
{
    struct factor_confirmed_row *rows;
    size_t n;

    TRY(factor_confirmed(tx, &(struct factor_confirmed_in){user}, &rows, &n));
    struct factor_row *out = ARENA_ARRAY(rtx_mem(tx), struct factor_row, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct factor_row){.id = rows[i].id,
                                     .name = rows[i].name,
                                     .confirmed_at = rows[i].confirmed_at,
                                     .used_at = rows[i].used_at};
    }
    *ret_rows = out;
    *ret_n = n;
    return OK;
}

enum rc
factor_count(struct rtx *tx, struct user_id user, int64_t *ret_n)
{
    struct factor_number_row row;

    TRY(factor_number(tx, &(struct factor_number_in){user}, &row));
    *ret_n = row.factor_count;
    return OK;
}

enum rc
factor_count_at(struct rtx *tx, struct user_id user, struct str host, int64_t *ret_n)
{
    struct factor_number_at_row row;

    TRY(factor_number_at(tx, &(struct factor_number_at_in){user, host}, &row));
    *ret_n = row.factor_count;
    return OK;
}

/* --- setting up ------------------------------------------------------------------------------ */
enum rc
factor_begin(struct wtx *tx, struct user_id user, struct str name, struct factor_id *ret_id)
{
    uint8_t secret[FACTOR_SECRET];
    struct bytes sealed;
    int64_t n;
    int64_t id;

    TRY(factor_count(wtx_read(tx), user, &n));
    if (n >= FACTORS_MAX) {
        return fail(wtx_err(tx), RC_LIMIT, E_FACTOR_MANY, "%lld devices", (long long)n);
    }
    TRY(factor_drop_pending(tx, &(struct factor_drop_pending_in){user}, &n));
    TRY(wtx_new_id(tx, "factor", &id));
    randombytes_buf(secret, sizeof(secret));
    const enum rc rc = keys_seal(wtx_mem(tx), wtx_err(tx), KP_SECRET,
                                 pending_ad(wtx_mem(tx), user, (struct factor_id){id}),
                                 (struct bytes){secret, sizeof(secret)}, &sealed);
    explicit_bzero(secret, sizeof(secret));
    TRY(rc);
    *ret_id = (struct factor_id){id};
    return factor_add(tx, &(struct factor_add_in){.id = *ret_id,
                                                  .user_id = user,
                                                  .name = name,
                                                  .secret_sealed = sealed,
                                                  .created_at = wtx_now(tx)});
}

static enum rc
open_pending(struct rtx *tx, struct user_id user, struct factor_id id, struct str *ret_name,
             struct bytes *ret_secret)
{
    struct factor_pending_row row;
    bool found;

    TRY(factor_pending(
        tx,
        &(struct factor_pending_in){
            .id = id, .user_id = user, .since_at = {rtx_now(tx).us - US(FACTOR_PENDING_S)}},
        &row, &found));
    if (!found) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "no pending factor %lld", (long long)id.n);
    }
    TRY(keys_unseal(rtx_mem(tx), rtx_err(tx), KP_SECRET, pending_ad(rtx_mem(tx), user, id),
                    row.secret_sealed, ret_secret));
    *ret_name = row.name;
    return ret_secret->n == FACTOR_SECRET
               ? OK
               : fail(rtx_err(tx), RC_BROKEN, E_KEYS, "secret of %zu bytes", ret_secret->n);
}

enum rc
factor_secret(struct rtx *tx, struct user_id user, struct factor_id id, struct str *ret_name,
              struct str *ret_base32)
{
    struct bytes secret;
    char text[FACTOR_SECRET_CHARS + 1];

    TRY(open_pending(tx, user, id, ret_name, &secret));
    b32_print(secret.p, secret.n, text);
    *ret_base32 = arena_copy(rtx_mem(tx), str_of(text));
    explicit_bzero(text, sizeof(text));
    return OK;
}

static void
put_encoded(struct out *o, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out_char(o, c);
        } else {
            out_fmt(o, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

/* The issuer names the workspace, so that two agencies are two entries in the app; ':' separates
 * issuer and account in the label and is encoded inside either. */
struct str
factor_uri(struct arena *mem, struct str workspace, struct str login, struct str base32)
{
    struct out o = out_new(mem, 4096);

    out_str(&o, STR("otpauth://totp/Kontor:"));
    put_encoded(&o, login);
    out_str(&o, STR("%40"));
    put_encoded(&o, workspace);
    out_str(&o, STR("?secret="));
    put_encoded(&o, base32);
    out_str(&o, STR("&issuer=Kontor&algorithm=SHA1&digits=6&period=30"));
    return out_view(&o);
}

/* --- checking -------------------------------------------------------------------------------- */
/* The step of this code by this sealed secret when it is newer than both marks; 0 otherwise. */
static enum rc
fresh_step(struct rtx *tx, struct str ad, struct bytes sealed, struct str code, int64_t device_step,
           int64_t person_step, int64_t *ret_step)
{
    int64_t step;

    const int64_t window = policy_now()->strict_codes ? 0 : FACTOR_WINDOW;

    TRY(keys_totp(rtx_err(tx), ad, sealed, code, rtx_now(tx), window, &step));
    *ret_step = step > device_step && step > person_step ? step : 0;
    return OK;
}

static enum rc
person_step(struct rtx *tx, struct user_id user, int64_t *ret_step)
{
    struct factor_person_step_row row = {.last_step = 0};
    bool found;

    TRY(factor_person_step(tx, &(struct factor_person_step_in){user}, &row, &found));
    *ret_step = row.last_step;
    return OK;
}

enum rc
factor_clock(struct rtx *tx, bool *ret_sound)
{
    const enum time_trust trust = time_trust();
    struct factor_newest_step_row newest;

    TRY(factor_newest_step(tx, &newest));
    *ret_sound = trust != TIME_OFF && trust != TIME_BACK &&
                 newest.last_step <= rtx_now(tx).us / US(STEP_S) + FACTOR_WINDOW;
    return OK;
}

enum rc
factor_confirm(struct wtx *tx, struct user_id user, struct factor_id id, struct str code,
               bool *ret_right)
{
    struct arena *mem = wtx_mem(tx);
    struct bytes secret;
    struct bytes sealed;
    struct str name;
    int64_t step;
    int64_t last;
    int64_t n;
    bool sound;

    TRY(factor_count(wtx_read(tx), user, &n));
    if (n >= FACTORS_MAX) {
        return fail(wtx_err(tx), RC_LIMIT, E_FACTOR_MANY, "%lld devices", (long long)n);
    }
    TRY(factor_clock(wtx_read(tx), &sound));
    if (!sound) {
        return fail_field(wtx_err(tx), "code", RC_CONFLICT, E_FACTOR_CLOCK, "");
    }
    TRY(open_pending(wtx_read(tx), user, id, &name, &secret));
    TRY(keys_seal(mem, wtx_err(tx), KP_TOTP, final_ad(mem, user, id), secret, &sealed));
    TRY(person_step(wtx_read(tx), user, &last));
    /* Another device may have used the step of this very moment; a new secret starts at its own. */
    TRY(fresh_step(wtx_read(tx), final_ad(mem, user, id), sealed, without_blanks(mem, code), 0, 0,
                   &step));
    *ret_right = step != 0;
    if (step == 0) {
        return OK;
    }
    TRY(factor_make_final(tx, &(struct factor_make_final_in){.secret_sealed = sealed,
                                                             .confirmed_at = wtx_now(tx),
                                                             .last_step = step,
                                                             .id = id,
                                                             .user_id = user}));
    TRY(factor_was_added(tx, user));
    return step > last ? factor_person_used(tx, &(struct factor_person_used_in){step, user}) : OK;
}

enum rc
factor_was_added(struct wtx *tx, struct user_id user)
{
    int64_t n;

    return factor_is_there(tx, &(struct factor_is_there_in){user}, &n);
}

enum rc
factor_remove(struct wtx *tx, struct user_id user, struct factor_id id)
{
    int64_t n;

    TRY(factor_drop(tx, &(struct factor_drop_in){id, user}, &n));
    return n == 1 ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "factor %lld", (long long)id.n);
}

enum rc
factor_remove_all(struct wtx *tx, struct user_id user)
{
    int64_t n;

    TRY(factor_drop_all(tx, &(struct factor_drop_all_in){user}, &n));
    return factor_again(tx, &(struct factor_again_in){user});
}

enum rc
factor_check(struct wtx *tx, struct user_id user, struct str code, bool *ret_right)
{
    struct arena *mem = wtx_mem(tx);
    struct factor_confirmed_row *rows;
    size_t n;
    int64_t last;
    const struct str digits = without_blanks(mem, code);
    bool sound;

    *ret_right = false;
    TRY(factor_clock(wtx_read(tx), &sound));
    if (digits.n != CODE_DIGITS || !sound) {
        return OK;
    }
    TRY(factor_confirmed(wtx_read(tx), &(struct factor_confirmed_in){user}, &rows, &n));
    TRY(person_step(wtx_read(tx), user, &last));
    for (size_t i = 0; i < n; i++) {
        int64_t step;
        TRY(fresh_step(wtx_read(tx), final_ad(mem, user, rows[i].id), rows[i].secret_sealed, digits,
                       rows[i].last_step, last, &step));
        if (step != 0) {
            *ret_right = true;
            TRY(factor_used(tx, &(struct factor_used_in){step, wtx_now(tx), rows[i].id}));
            return factor_person_used(tx, &(struct factor_person_used_in){step, user});
        }
    }
    return OK;
}

enum rc
factor_need(struct rtx *tx, struct user_id user, struct factor_id id)
{
    struct factor_owner_row row;
    bool found;

    TRY(factor_owner(tx, &(struct factor_owner_in){id}, &row, &found));
    return found && row.user_id.n == user.n
               ? OK
               : fail(rtx_err(tx), RC_MISSING, E_MISSING, "factor %lld", (long long)id.n);
}

enum rc
factor_prune(struct wtx *tx)
{
    int64_t n;

    wtx_allow_untouched(tx, "devices never confirmed");
    return factor_drop_old(
        tx, &(struct factor_drop_old_in){{wtx_now(tx).us - US(FACTOR_PENDING_S)}}, &n);
}
