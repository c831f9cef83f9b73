/* export.c: see export.h. */
#include "app/transfer/export.h"

#include <jansson.h>
#include <sodium.h>

#include "app/transfer/export_file.h"
#include "guard/mail.h"
#include "guard/right.h"

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
need_few(struct wtx *tx)
{
    struct export_wanted_count_row wanted;
    struct export_ordered_count_row today;
    TRY(export_wanted_count(wtx_read(tx), &wanted));
    if (wanted.export_count > 0) {
        return fail(wtx_err(tx), RC_CONFLICT, E_EXPORT_RUNNING, "under way");
    }
    TRY(export_ordered_count(wtx_read(tx),
                             &(struct export_ordered_count_in){{wtx_now(tx).us - DAY_US}}, &today));
    return today.export_count < EXPORT_A_DAY ? OK
                                             : fail(wtx_err(tx), RC_LIMIT, E_EXPORT_OFTEN,
                                                    "%lld in a day", (long long)today.export_count);
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
    TRY(need_few(tx));
    TRY(choose_key(tx, recipient, public, ret_secret));
    TRY(wtx_new_id(tx, "export_file", &n));
    *ret_id = (struct export_file_id){n};
    TRY(export_insert(tx, &(struct export_insert_in){.id = *ret_id,
                                                     .user_id = wtx_user(tx),
                                                     .ordered_at = wtx_now(tx),
                                                     .recipient_text = str_of(public),
                                                     .is_own_key = recipient.n > 0}));
    TRY(tell_heads(tx, EVENT_EXPORT_ORDERED));
    was_wanted = true;
    return say(tx, EVENT_EXPORT_ORDERED, *ret_id,
               &(struct export_said){.hash_text = STR(""), .code_text = STR(""), recipient.n > 0});
}

static const struct subject whole = {"workspace", 0};

/* Each answer is memory of the whole server's until it has left. */
enum rc
export_need_tables(struct rtx *tx)
{
    static const struct {
        int64_t us, most;
    } limits[] = {
        {DAY_US / 24, TABLES_AN_HOUR},
        {DAY_US,      TABLES_A_DAY  }
    };
    for (size_t i = 0; i < COUNT(limits); i++) {
        int64_t n;
        const struct instant since = {rtx_now(tx).us - limits[i].us};
        TRY(audit_count(tx, EVENT_EXPORT_PRINTED, whole.kind, since, &n));
        if (n >= limits[i].most) {
            return fail(rtx_err(tx), RC_LIMIT, E_EXPORT_TABLES, "%lld times", (long long)n);
        }
    }
    return OK;
}

enum rc
export_note_tables(struct wtx *tx)
{
    TRY(export_need_tables(wtx_read(tx)));
    TRY(tell_heads(tx, EVENT_EXPORT_PRINTED));
    return touch(tx, EVENT_EXPORT_PRINTED, whole, NULL, NULL, NULL);
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
        v[i] = (struct export_wish){rows[i].id, rows[i].recipient_text};
    }
    *ret_v = v;
    return OK;
}

enum rc
export_tidy(struct wtx *tx)
{
    struct export_there_row *there;
    struct export_wanted_row *wanted;
    size_t n_there;
    size_t n_wanted;
    size_t n = 0;
    const int64_t old = wtx_now(tx).us - EXPORT_KEEP_DAYS * DAY_US;
    TRY(export_there(wtx_read(tx), &there, &n_there));
    TRY(export_wanted(wtx_read(tx), &wanted, &n_wanted));
    int64_t *known = ARENA_ARRAY(wtx_mem(tx), int64_t, n_there + n_wanted + 1);
    wtx_allow_untouched(tx, "files whose time is over");
    for (size_t i = 0; i < n_there; i++) {
        if (i >= EXPORT_FILES || there[i].ended_at.us <= old) {
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
