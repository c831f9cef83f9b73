/* restore.c: see restore.h. */
#include "app/restore/restore.h"

#include <jansson.h>
#include <sodium.h>

#include "app/restore/take.h"
#include "base/time.h"
#include "guard/keys.h"
#include "restore.sql.h"

#define DRILL_KEPT_US (400 * INT64_C(86400000000))

void
restore_signed(struct str result, struct instant at, uint8_t ret_message[static 56])
{
    const struct str label = STR("kontor-drilled-1");
    memcpy(ret_message, label.p, 16);
    for (int i = 0; i < 8; i++) {
        ret_message[16 + i] = (uint8_t)((uint64_t)at.us >> (8 * i));
    }
    crypto_generichash(ret_message + 24, 32, (const uint8_t *)result.p, result.n, NULL, 0);
}

/* --- a drill has ended -------------------------------------------------------------------------
 */

struct drill_in {
    struct str result, state, code;
    struct instant made, drilled;
    bool good;
    uint8_t signature[64], signer[32];
};

static struct str
text_in(const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR_NONE;
}

/* The members of the result, whose text lives as long as `result`. */
static bool
read_result(const json_t *result, struct drill_in *d)
{
    const struct str made = text_in(result, "madeAt");
    const json_t *good = json_object_get(result, "good");
    d->state = text_in(result, "state");
    d->code = text_in(result, "code");
    d->good = json_is_true(good);
    d->made = INSTANT_NONE;
    return json_is_boolean(good) && d->state.n > 0 && d->state.n <= 40 && d->code.n <= 64 &&
           d->good == (d->code.n == 0) && (made.n == 0 || instant_parse(made, &d->made) == OK);
}

static bool
read_marks(const json_t *in, struct drill_in *d)
{
    const json_t *at = json_object_get(in, "at");
    d->result = text_in(in, "result");
    d->drilled = (struct instant){json_integer_value(at)};
    return d->drilled.us > 0 && d->result.n > 0 && d->result.n <= RESTORE_RESULT_MAX &&
           hex_parse(text_in(in, "signature"), d->signature, sizeof(d->signature)) == OK &&
           hex_parse(text_in(in, "signer"), d->signer, sizeof(d->signer)) == OK;
}

/* By the key of this workspace's archives, which keymgr tells, and not by any that comes along. */
static enum rc
need_signed(struct wtx *tx, const struct drill_in *d)
{
    uint8_t operations[32];
    uint8_t signer[32];
    uint8_t message[RESTORE_SIGNED];
    TRY(keys_archive(wtx_err(tx), operations, signer));
    restore_signed(d->result, d->drilled, message);
    const bool is =
        memcmp(signer, d->signer, sizeof(signer)) == 0 &&
        crypto_sign_verify_detached(d->signature, message, sizeof(message), signer) == 0;
    return is ? OK : fail(wtx_err(tx), RC_DENIED, E_ARCHIVE_SIGNER, "a drill's result");
}

static enum rc
add_drill(struct wtx *tx, const struct drill_in *d)
{
    int64_t id;
    TRY(wtx_new_id(tx, "drill", &id));
    TRY(drill_add(tx, &(struct drill_add_in){
                          .id = {id                   },
                          .state_name = d->state,
                          .made_at = d->made,
                          .drilled_at = d->drilled,
                          .is_good = d->good,
                          .code_text = d->code,
                          .result_text = d->result,
                          .signature = { d->signature, sizeof(d->signature)},
                          .signer = { d->signer,    sizeof(d->signer)}
    }));
    return touch(tx, d->good ? EVENT_DRILL_GOOD : EVENT_DRILL_BAD,
                 SUBJECT(drill, (struct drill_id){id}), NULL, NULL, NULL);
}

static enum rc
run_record(struct wtx *tx, json_t *in, json_t *out)
{
    struct drill_in d = {0};
    json_error_t why;
    if (!read_marks(in, &d)) {
        return fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "a drill's result");
    }
    TRY(need_signed(tx, &d));
    json_t *result = json_loadb(d.result.p, d.result.n, JSON_REJECT_DUPLICATES, &why);
    enum rc rc = read_result(result, &d)
                     ? add_drill(tx, &d)
                     : fail(wtx_err(tx), RC_INVALID, E_FIELD_ENCODING, "a drill's result");
    if (rc == OK && json_object_update(out, result) != 0) {
        rc = RC_BROKEN;
    }
    json_decref(result);
    (void)json_object_set(out, "at", json_object_get(in, "at"));
    (void)json_object_set(out, "signature", json_object_get(in, "signature"));
    (void)json_object_set(out, "signer", json_object_get(in, "signer"));
    return rc;
}

/* --- the list ----------------------------------------------------------------------------------
 */

static json_t *
hex_json(struct bytes b)
{
    char text[2 * 64 + 1];
    hex_print(b.p, b.n <= 64 ? b.n : 64, text);
    return json_string(text);
}

static enum rc
run_list(struct wtx *tx, json_t *in, json_t *out)
{
    struct drill_list_row *rows;
    size_t n;
    json_error_t why;
    json_t *list = json_array();
    (void)in;
    (void)json_object_set_new(out, "rows", list);
    TRY(drill_list(wtx_read(tx), &(struct drill_list_in){.limit_count = RESTORE_DRILLS_MAX}, &rows,
                   &n));
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_loadb(rows[i].result_text.p, rows[i].result_text.n, 0, &why);
        (void)json_object_set_new(row, "at", json_integer(rows[i].drilled_at.us));
        (void)json_object_set_new(row, "signature", hex_json(rows[i].signature));
        (void)json_object_set_new(row, "signer", hex_json(rows[i].signer));
        if (json_array_append_new(list, row) != 0) {
            return RC_BROKEN;
        }
    }
    return OK;
}

/* --- what was put back -------------------------------------------------------------------------
 */

static enum rc
run_last(struct wtx *tx, json_t *in, json_t *out)
{
    struct restore_last_row row;
    bool found = false;
    char at[32];
    const struct instant now = wtx_now(tx);
    (void)in;
    TRY(restore_last(wtx_read(tx), &(struct restore_last_in){{now.us - RESTORE_UNDO_US}}, &row,
                     &found));
    if (!found || str_starts(row.saved_name, STR("damaged-"))) { /* there was nothing to save */
        return fail(wtx_err(tx), RC_MISSING, E_RESTORE_UNDO, "none in seven days");
    }
    const struct str done = instant_print(row.restored_at, at);
    int bad = json_object_set_new(out, "state", json_stringn(row.state_name.p, row.state_name.n));
    bad |= json_object_set_new(out, "saved", json_stringn(row.saved_name.p, row.saved_name.n));
    bad |= json_object_set_new(out, "restoredAt", json_stringn(done.p, done.n));
    return bad == 0 ? OK : RC_BROKEN;
}

/* The command line's; an order of the workspace's own people says itself how it ended. */
static enum rc
run_refused(struct wtx *tx, json_t *in, json_t *out)
{
    const char *code = json_string_value(json_object_get(in, "code"));
    (void)out;
    return touch_refused(tx, EVENT_RESTORE_FAILED, (struct subject){0}, str_of(code));
}

enum rc
restore_sample_user(struct rtx *tx, struct user_id *ret_user)
{
    struct drill_user_row row;
    TRY(drill_user(tx, &row));
    *ret_user = row.user_id;
    return OK;
}

enum rc
restore_prune(struct wtx *tx)
{
    int64_t n;
    wtx_allow_untouched(tx, "drills that nobody need prove any more");
    return drill_prune(tx, &(struct drill_prune_in){{wtx_now(tx).us - DRILL_KEPT_US}}, &n);
}

/* The console's own store is tried like any other, and put back only when the server is ended. */
static enum rc
run_console(struct wtx *tx, json_t *in, json_t *out)
{
    (void)in;
    (void)out;
    return fail(wtx_err(tx), RC_CONFLICT, E_RESTORE_CONSOLE, "system");
}

static const struct command console_commands[] = {
    {"drill.list",        EVENT_NOTHING,    run_list   },
    {"drill.record",      EVENT_DRILL_GOOD, run_record },
    {"restore.last",      EVENT_NOTHING,    run_console},
    {"restore.take_undo", EVENT_NOTHING,    run_console},
};

const struct domain restore_console_domain = {
    .name = "restore",
    .commands = console_commands,
    .n_commands = COUNT(console_commands),
};

static const struct command commands[] = {
    {"drill.list",           EVENT_NOTHING,                 run_list        },
    {"drill.record",         EVENT_DRILL_GOOD,              run_record      },
    {"restore.last",         EVENT_NOTHING,                 run_last        },
    {"restore.looked",       EVENT_RESTORE_OPERATOR_LOOKED, take_run_looked },
    {"restore.refused",      EVENT_RESTORE_FAILED,          run_refused     },
    {"restore.take_refused", EVENT_RESTORE_TAKE_REFUSED,    take_run_refused},
    {"restore.take_rows",    EVENT_RESTORE_TAKEN,           take_run_rows   },
    {"restore.take_undo",    EVENT_RESTORE_TAKE_UNDONE,     take_run_undo   },
};

const struct domain restore_domain = {
    .name = "restore",
    .commands = commands,
    .n_commands = COUNT(commands),
};
