/* transfer.c: see transfer.h. */
#include "app/transfer/transfer.h"

#include <jansson.h>

#include "app/transfer/pages.h"
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
    const char *code = json_string_value(json_object_get(in, "code"));
    (void)out;
    return touch_refused(tx, EVENT_IMPORT_REFUSED, whole, str_of(code));
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

/* --- its people's own ------------------------------------------------------------------------- */

/* Whoever has the right sees that it is there and may remove it; it is fetched by the one who
 * ordered it. */
static enum rc
file_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct export_owner_row e;
    bool found = false;
    TRY(export_owner(tx, &(struct export_owner_in){{id}}, &e, &found));
    return found && (write || e.user_id.n == who->user.n) ? OK : RC_MISSING;
}
static const struct scope scopes[] = {
    {"export_file", file_scope}
};

/* clang-format off */
static const struct route routes[] = {
    GET ("/gesamtexport",                         BACKUP_ADMIN, export_get),
    POST("/gesamtexport",                         BACKUP_ADMIN, EXPORT_ORDERED, export_form, export_post, .again = export_get, .step_up = true),
    GET ("/gesamtexport/{export_file}/archiv",    BACKUP_ADMIN, export_get_archive),
    GET ("/gesamtexport/{export_file}/tabellen",  BACKUP_ADMIN, export_get_tables, .step_up_if = export_wants_proof),
    POST("/gesamtexport/tabellen",                BACKUP_ADMIN, EXPORT_PRINTED, no_form, export_post_tables, .again = export_get, .step_up = true, .when_low = true),
    POST("/gesamtexport/{export_file}/entfernen", BACKUP_ADMIN, EXPORT_REMOVED, no_form, export_post_remove, .again = export_get, .when_low = true),
};
/* clang-format on */

static const struct command commands[] = {
    {"transfer.ended",          EVENT_EXPORT_MADE,    export_run_ended    },
    {"transfer.exported",       EVENT_EXPORTED,       run_exported        },
    {"transfer.import_check",   EVENT_NOTHING,        run_import_check    },
    {"transfer.import_refused", EVENT_IMPORT_REFUSED, run_import_refused  },
    {"transfer.is_wanted",      EVENT_NOTHING,        export_run_is_wanted},
    {"transfer.owner",          EVENT_NOTHING,        run_owner           },
};

const struct domain transfer_domain = {
    .name = "transfer",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
