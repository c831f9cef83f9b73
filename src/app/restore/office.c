/* office.c: see office.h: its routes. */
#include "app/restore/office.h"

#include "app/restore/pages.h"

#include "order.sql.h"

/* Whoever has the right sees all of the workspace's orders. */
static enum rc
order_scope(struct rtx *tx, const struct principal *who, int64_t id, bool write)
{
    struct order_row_row o;
    bool found = false;
    (void)who;
    (void)write;
    TRY(order_row(tx, &(struct order_row_in){{id}}, &o, &found));
    return found && order_changes(o.order_kind) ? OK : RC_MISSING;
}
static const struct scope scopes[] = {
    {"restore_order", order_scope}
};

/* clang-format off */
static const struct route routes[] = {
    GET ("/sicherungen",                        BACKUP_ADMIN, calendar_get, .prepare = calendar_prepare),
    POST("/sicherungen",                        BACKUP_ADMIN, RESTORE_BACKUP_ORDERED, no_form, calendar_post_backup, .again = calendar_get, .prepare = calendar_prepare),
    GET ("/sicherungen/{text}",                 BACKUP_ADMIN, calendar_get_state, .prepare = calendar_prepare_state),
    POST("/sicherungen/{text}/vorschau",        BACKUP_ADMIN, RESTORE_PREVIEW_ORDERED, no_form, restore_post_preview, .again = restore_get, .prepare = restore_prepare),
    GET ("/sicherungen/{text}/wiederherstellung", BACKUP_ADMIN, restore_get, .prepare = restore_prepare),
    POST("/sicherungen/{text}/wiederherstellung", BACKUP_ADMIN, RESTORE_ORDERED, restore_form, restore_post_order, .again = restore_get, .prepare = restore_prepare_order, .step_up = true),
    GET ("/sicherungen/{text}/datensaetze", BACKUP_ADMIN, records_get, .prepare = records_prepare),
    POST("/sicherungen/{text}/datensaetze", BACKUP_ADMIN, RESTORE_FIND_ORDERED, find_form, records_post_find, .again = records_get, .prepare = records_prepare),
    GET ("/sicherungen/{text}/datensaetze/bestellung", BACKUP_ADMIN, records_get_order, .prepare = records_prepare_price),
    POST("/sicherungen/{text}/datensaetze/bestellung", BACKUP_ADMIN, RESTORE_TAKE_ORDERED, records_form, records_post_order, .again = records_get_order, .prepare = records_prepare_order, .step_up = true),
    GET ("/sicherungen/auftraege/{restore_order}", BACKUP_ADMIN, order_get),
    POST("/sicherungen/auftraege/{restore_order}/abbrechen",    BACKUP_ADMIN, RESTORE_CANCELLED, no_form, order_post_cancel, .again = order_get),
    POST("/sicherungen/auftraege/{restore_order}/ablehnen",     BACKUP_ADMIN, RESTORE_REFUSED, no_form, order_post_refuse, .again = order_get),
    POST("/sicherungen/auftraege/{restore_order}/freigeben",    BACKUP_ADMIN, RESTORE_APPROVED, no_form, order_post_approve, .again = order_get, .step_up = true),
    POST("/sicherungen/auftraege/{restore_order}/zuruecknehmen", BACKUP_ADMIN, RESTORE_UNDO_ORDERED, no_form, order_post_undo, .again = order_get, .step_up = true),
};
/* clang-format on */

static const struct command commands[] = {
    {"restore.ended",        EVENT_RESTORE_FINISHED, order_run_ended       },
    {"restore.is_wanted",    EVENT_NOTHING,          order_run_is_wanted   },
    {"restore.release_told", EVENT_RESTORE_RELEASED, order_run_release_told},
};

const struct domain restore_office_domain = {
    .name = "restore_office",
    .routes = routes,
    .n_routes = COUNT(routes),
    .scopes = scopes,
    .n_scopes = COUNT(scopes),
    .commands = commands,
    .n_commands = COUNT(commands),
};
