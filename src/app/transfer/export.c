/* export.c: see export.h. */
#include "app/transfer/export.h"

#include <jansson.h>
#include <sodium.h>
#include <unistd.h>

#include "app/transfer/export_file.h"
#include "app/transfer/sealed.h"
#include "guard/keys.h"
#include "guard/mail.h"
#include "guard/right.h"
#include "http/reply.h"

#include "export.sql.h"
#include "transfer.sql.h"

#define DAY_US (24 * 3600 * INT64_C(1000000))

static bool was_wanted;

bool
export_was_wanted(void)
{
    const bool was = was_wanted;
    was_wanted = false;
    return was;
}

/* What the audit keeps: enough to tell one archive from another. */
struct export_said {
    struct str hash_text, code_text;
    bool is_own_key;
};
static const struct field said_fields[] = {
    FIELD(struct export_said, is_own_key, T_export_own_key),
    FIELD(struct export_said, hash_text, T_export_hash, .max = 64),
    FIELD(struct export_said, code_text, T_export_code, .max = 64),
};
static const struct form_def said_def = FORM_DEF(export_said, said_fields);

static enum rc
say(struct wtx *tx, enum event e, struct export_file_id id, const struct export_said *after)
{
    return touch(tx, e, SUBJECT(export_file, id), &said_def, NULL, after);
}

static enum rc
need(struct wtx *tx, struct export_file_id id, struct export_row_row *ret)
{
    bool found = false;
    TRY(export_row(wtx_read(tx), &(struct export_row_in){id}, ret, &found));
    return found ? OK : fail(wtx_err(tx), RC_MISSING, E_MISSING, "export %lld", (long long)id.n);
}

/* --- ordering --------------------------------------------------------------------------------- */

static enum rc
need_few(struct wtx *tx, bool is_readable)
{
    struct export_wanted_count_row wanted;
    struct export_ordered_count_row today;
    static const int64_t most[] = {EXPORT_A_DAY, TABLES_A_DAY};
    TRY(export_wanted_count(wtx_read(tx), &wanted));
    if (wanted.export_count > 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_EXPORT_RUNNING, "under way");
    }
    TRY(export_ordered_count(
        wtx_read(tx), &(struct export_ordered_count_in){{wtx_now(tx).us - DAY_US}, is_readable},
        &today));
    if (today.export_count < most[is_readable]) {
        return OK;
    }
    const enum code code = is_readable ? E_EXPORT_TABLES : E_EXPORT_OFTEN;
    return fail(wtx_err(tx), RC_LIMIT, code, "%lld in a day", (long long)today.export_count);
}

/* To whom it is sealed, as a line without its end. */
static enum rc
choose_key(struct wtx *tx, struct str given, char ret_public[static ARCHIVE_KEY_LINE + 1],
           char ret_secret[static ARCHIVE_KEY_LINE + 1])
{
    uint8_t public[ARCHIVE_KEY];
    uint8_t secret[ARCHIVE_KEY];
    ret_secret[0] = '\0';
    if (given.n == 0) {
        crypto_box_keypair(public, secret);
        archive_key_print(true, secret, ret_secret);
        explicit_bzero(secret, sizeof(secret));
    } else if (archive_key_parse(given, false, public) != OK) {
        return fail_field(wtx_err(tx), "recipient", RC_INVALID, E_TRANSFER_RECIPIENT, NULL);
    }
    archive_key_print(false, public, ret_public);
    ret_public[ARCHIVE_KEY_LINE - 1] = '\0';
    return OK;
}

/* All who rule here, whoever of them it was: nobody's session takes everything along unseen. */
static enum rc
tell_heads(struct wtx *tx, enum event e)
{
    struct transfer_heads_row *rows;
    size_t n;
    TRY(transfer_heads(wtx_read(tx), &(struct transfer_heads_in){GROUP_ADMINISTRATOR}, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, rows[i].user_id, e));
    }
    return OK;
}

enum rc
export_order(struct wtx *tx, struct str recipient, char ret_secret[static ARCHIVE_KEY_LINE + 1],
             struct export_file_id *ret_id)
{
    int64_t n;
    char public[ARCHIVE_KEY_LINE + 1];
    TRY(need_few(tx, false));
    TRY(choose_key(tx, recipient, public, ret_secret));
    TRY(wtx_new_id(tx, "export_file", &n));
    *ret_id = (struct export_file_id){n};
    TRY(export_insert(tx, &(struct export_insert_in){.id = *ret_id,
                                                     .user_id = wtx_user(tx),
                                                     .ordered_at = wtx_now(tx),
                                                     .recipient_text = str_of(public),
                                                     .is_own_key = recipient.n > 0,
                                                     .opener_text = STR("")}));
    TRY(tell_heads(tx, EVENT_EXPORT_ORDERED));
    was_wanted = true;
    return say(tx, EVENT_EXPORT_ORDERED, *ret_id,
               &(struct export_said){.hash_text = STR(""), .code_text = STR(""), recipient.n > 0});
}

/* --- readable --------------------------------------------------------------------------------- */

static struct str
opener_ad(struct arena *mem, struct export_file_id id)
{
    return arena_fmt(mem, "export_file.opener_text:%lld", (long long)id.n);
}

/* A pair for this one file: its public half as a line, the other one sealed for the row. */
static enum rc
make_opener(struct wtx *tx, struct export_file_id id, struct str *ret_public,
            struct str *ret_opener)
{
    struct bytes sealed;
    uint8_t public[ARCHIVE_KEY];
    uint8_t secret[ARCHIVE_KEY];
    struct arena *mem = wtx_mem(tx);
    char *line = arena_alloc(mem, ARCHIVE_KEY_LINE + 1);
    crypto_box_keypair(public, secret);
    archive_key_print(false, public, line);
    line[ARCHIVE_KEY_LINE - 1] = '\0';
    const enum rc rc = keys_seal(mem, wtx_err(tx), KP_SECRET, opener_ad(mem, id),
                                 (struct bytes){secret, sizeof(secret)}, &sealed);
    explicit_bzero(secret, sizeof(secret));
    TRY(rc);
    char *hex = ARENA_ARRAY(mem, char, 2 * sealed.n + 1);
    hex_print(sealed.p, sealed.n, hex);
    *ret_public = str_of(line);
    *ret_opener = str_of(hex);
    return OK;
}

enum rc
export_order_tables(struct wtx *tx, struct export_file_id *ret_id)
{
    int64_t n;
    struct str public;
    struct str opener;
    TRY(need_few(tx, true));
    TRY(wtx_new_id(tx, "export_file", &n));
    *ret_id = (struct export_file_id){n};
    TRY(make_opener(tx, *ret_id, &public, &opener));
    TRY(export_insert(tx, &(struct export_insert_in){.id = *ret_id,
                                                     .user_id = wtx_user(tx),
                                                     .ordered_at = wtx_now(tx),
                                                     .recipient_text = public,
                                                     .is_readable = true,
                                                     .opener_text = opener}));
    TRY(tell_heads(tx, EVENT_EXPORT_PRINTED));
    was_wanted = true;
    return say(tx, EVENT_EXPORT_PRINTED, *ret_id, &(struct export_said){STR(""), STR(""), false});
}

/* The file's own key, by the secret half that keymgr opens. */
static enum rc
open_key(struct rtx *tx, const struct export_row_row *e, struct sealed_file *f)
{
    struct bytes secret;
    struct arena *mem = rtx_mem(tx);
    uint8_t *sealed = arena_alloc(mem, e->opener_text.n / 2 + 1);
    if (hex_parse(e->opener_text, sealed, e->opener_text.n / 2) != OK) {
        return fail(rtx_err(tx), RC_BROKEN, E_KEYS, "opener of %lld", (long long)e->id.n);
    }
    TRY(keys_unseal(mem, rtx_err(tx), KP_SECRET, opener_ad(mem, e->id),
                    (struct bytes){sealed, e->opener_text.n / 2}, &secret));
    return secret.n == ARCHIVE_KEY
               ? sealed_open_key(f->fd, secret.p, rtx_err(tx), f->key)
               : fail(rtx_err(tx), RC_BROKEN, E_KEYS, "opener of %lld", (long long)e->id.n);
}

enum rc
export_open_tables(struct rtx *tx, struct export_file_id id, struct sealed_file *ret_file,
                   struct str *ret_version)
{
    struct export_row_row e;
    bool found = false;
    uint8_t name[crypto_generichash_BYTES];
    char *hex = arena_alloc(rtx_mem(tx), 2 * sizeof(name) + 1);
    TRY(export_row(tx, &(struct export_row_in){id}, &e, &found));
    if (!found || !e.is_readable || e.export_state != EXPORT_THERE) {
        return fail(rtx_err(tx), RC_MISSING, E_MISSING, "no tables");
    }
    ret_file->size = e.file_size;
    TRY(export_file_open(e.id.n, sealed_size(e.file_size), rtx_err(tx), &ret_file->fd));
    const enum rc rc = open_key(tx, &e, ret_file);
    if (rc != OK) {
        (void)close(ret_file->fd);
        return rc;
    }
    (void)crypto_generichash(name, sizeof(name), (const uint8_t *)"etag", 4, ret_file->key,
                             sizeof(ret_file->key));
    hex_print(name, sizeof(name), hex);
    *ret_version = str_of(hex);
    return OK;
}

/* --- its end ---------------------------------------------------------------------------------- */

static enum rc
drop_file(struct wtx *tx, struct export_file_id id)
{
    TRY(export_file_remove(id.n, wtx_err(tx)));
    return export_set_gone(tx, &(struct export_set_gone_in){wtx_now(tx), id});
}

enum rc
export_remove(struct wtx *tx, struct export_file_id id)
{
    struct export_row_row e;
    TRY(need(tx, id, &e));
    if (e.export_state != EXPORT_THERE && e.export_state != EXPORT_WANTED) {
        return fail(wtx_err(tx), RC_MISSING, E_MISSING, "no file of %lld", (long long)id.n);
    }
    TRY(drop_file(tx, id));
    return say(tx, EVENT_EXPORT_REMOVED, id,
               &(struct export_said){
                   .hash_text = e.hash_text, .code_text = STR(""), .is_own_key = e.is_own_key});
}

static enum rc
end_badly(struct wtx *tx, const struct export_row_row *e, struct str code)
{
    struct err left = {0};
    (void)!export_file_remove(e->id.n, &left); /* what is left of it is swept */
    TRY(export_set_failed(tx, &(struct export_set_failed_in){wtx_now(tx), code, e->id}));
    return say(tx, EVENT_EXPORT_FAILED, e->id, &(struct export_said){STR(""), code, e->is_own_key});
}

static enum rc
end_well(struct wtx *tx, const struct export_row_row *e, const json_t *result)
{
    const json_t *bytes = json_object_get(result, "bytes");
    const char *hash = json_string_value(json_object_get(result, "hash"));
    if (!json_is_integer(bytes) || hash == NULL || strlen(hash) > 64) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an export's end");
    }
    struct err why = {0};
    if (export_file_keep(e->id.n, &why) != OK) { /* it has an end, and the next may be ordered */
        return end_badly(tx, e, str_of(code_name(E_IO)));
    }
    TRY(export_set_there(tx, &(struct export_set_there_in){wtx_now(tx), json_integer_value(bytes),
                                                           str_of(hash), e->id}));
    TRY(export_tidy(tx)); /* which it may take the place of */
    return say(tx, EVENT_EXPORT_MADE, e->id,
               &(struct export_said){str_of(hash), STR(""), e->is_own_key});
}

enum rc
export_run_is_wanted(struct wtx *tx, json_t *in, json_t *out)
{
    struct export_row_row e;
    const json_t *number = json_object_get(in, "order");
    if (!json_is_integer(number)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an export");
    }
    TRY(need(tx, (struct export_file_id){json_integer_value(number)}, &e));
    const bool wanted = e.export_state == EXPORT_WANTED;
    return json_object_set_new(out, "wanted", json_boolean(wanted)) == 0 ? OK : RC_BROKEN;
}

enum rc
export_run_ended(struct wtx *tx, json_t *in, json_t *out)
{
    struct export_row_row e;
    const json_t *number = json_object_get(in, "order");
    const char *code = json_string_value(json_object_get(in, "code"));
    (void)out;
    if (!json_is_integer(number) || code == NULL || strlen(code) > 64) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "an export's end");
    }
    TRY(need(tx, (struct export_file_id){json_integer_value(number)}, &e));
    if (e.export_state != EXPORT_WANTED) {
        wtx_allow_untouched(tx, "its end is known");
        return OK;
    }
    return code[0] == '\0' ? end_well(tx, &e, json_object_get(in, "result"))
                           : end_badly(tx, &e, str_of(code));
}

enum rc
export_give_up(struct wtx *tx, struct export_file_id id)
{
    struct export_row_row e;
    TRY(need(tx, id, &e));
    return end_badly(tx, &e, str_of(code_name(E_IO)));
}

/* --- for the process -------------------------------------------------------------------------- */

enum rc
export_wishes(struct rtx *tx, struct export_wish **ret_v, size_t *ret_n)
{
    struct export_wanted_row *rows;
    TRY(export_wanted(tx, &rows, ret_n));
    struct export_wish *v = ARENA_ARRAY(rtx_mem(tx), struct export_wish, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++) {
        v[i] = (struct export_wish){rows[i].id, rows[i].recipient_text, rows[i].is_readable};
    }
    *ret_v = v;
    return OK;
}

/* Behind so many newer ones of its kind. */
static bool
is_over(const struct export_there_row *e, size_t newer, struct instant now)
{
    const int64_t days = e->is_readable ? TABLES_KEEP_DAYS : EXPORT_KEEP_DAYS;
    const size_t most = e->is_readable ? TABLES_FILES : EXPORT_FILES;
    return newer >= most || e->ended_at.us <= now.us - days * DAY_US;
}

enum rc
export_tidy(struct wtx *tx)
{
    struct export_there_row *there;
    struct export_wanted_row *wanted;
    size_t n_there;
    size_t n_wanted;
    size_t newer[2] = {0};
    size_t n = 0;
    TRY(export_there(wtx_read(tx), &there, &n_there));
    TRY(export_wanted(wtx_read(tx), &wanted, &n_wanted));
    int64_t *known = ARENA_ARRAY(wtx_mem(tx), int64_t, n_there + n_wanted + 1);
    wtx_allow_untouched(tx, "files whose time is over");
    for (size_t i = 0; i < n_there; i++) {
        if (is_over(&there[i], newer[there[i].is_readable]++, wtx_now(tx))) {
            TRY(drop_file(tx, there[i].id));
        } else {
            known[n++] = there[i].id.n;
        }
    }
    for (size_t i = 0; i < n_wanted; i++) {
        known[n++] = wanted[i].id.n;
    }
    return export_file_sweep(known, n, wtx_err(tx));
}
