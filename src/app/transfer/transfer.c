/* transfer.c: see transfer.h. */
#include "app/transfer/transfer.h"

#include <jansson.h>

#include "guard/mail.h"
#include "guard/right.h"
#include "transfer.sql.h"

static const struct subject whole = {"workspace", 0};

enum rc
transfer_is_empty(struct rtx *tx, bool *ret_empty)
{
    struct transfer_people_row row;
    TRY(transfer_people(tx, &row));
    *ret_empty = row.user_count == 0;
    return OK;
}

static enum rc
heads(struct rtx *tx, struct transfer_heads_row **ret_rows, size_t *ret_n)
{
    return transfer_heads(tx, &(struct transfer_heads_in){GROUP_ADMINISTRATOR}, ret_rows, ret_n);
}

static enum rc
run_exported(struct wtx *tx, json_t *in, json_t *out)
{
    struct transfer_heads_row *rows;
    size_t n;
    (void)in;
    (void)out;
    TRY(heads(wtx_read(tx), &rows, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(notice_to(tx, rows[i].user_id, EVENT_EXPORTED));
    }
    wtx_allow_untouched(tx, "what leaves changes nothing, and an agency may have nobody yet");
    return touch(tx, EVENT_EXPORTED, whole, NULL, NULL, NULL);
}

static enum rc
run_import_check(struct wtx *tx, json_t *in, json_t *out)
{
    bool empty;
    (void)in;
    (void)out;
    TRY(transfer_is_empty(wtx_read(tx), &empty));
    return empty ? OK : fail(wtx_err(tx), RC_CONFLICT, E_TRANSFER_NOT_EMPTY, "people work here");
}

static enum rc
run_import_refused(struct wtx *tx, json_t *in, json_t *out)
{
    (void)in;
    (void)out;
    wtx_allow_untouched(tx, "what was refused changed nothing");
    return touch(tx, EVENT_IMPORT_REFUSED, whole, NULL, NULL, NULL);
}

static enum rc
run_owner(struct wtx *tx, json_t *in, json_t *out)
{
    struct transfer_heads_row *rows;
    size_t n;
    (void)in;
    TRY(heads(wtx_read(tx), &rows, &n));
    const struct str login = n > 0 ? rows[0].login : STR("");
    return json_object_set_new(out, "login", json_stringn(login.p, login.n)) == 0 ? OK : RC_BROKEN;
}

static const struct command commands[] = {
    {"transfer.exported",       EVENT_EXPORTED,       run_exported      },
    {"transfer.import_check",   EVENT_NOTHING,        run_import_check  },
    {"transfer.import_refused", EVENT_IMPORT_REFUSED, run_import_refused},
    {"transfer.owner",          EVENT_NOTHING,        run_owner         },
};

const struct domain transfer_domain = {
    .name = "transfer",
    .commands = commands,
    .n_commands = COUNT(commands),
};
