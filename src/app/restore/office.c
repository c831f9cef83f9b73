/* office.c: see office.h: its routes. */
#include "app/restore/office.h"

#include "app/restore/pages.h"

/* clang-format off */
static const struct route routes[] = {
    GET ("/sicherungen",        BACKUP_ADMIN, calendar_get, .prepare = calendar_prepare),
    GET ("/sicherungen/{text}", BACKUP_ADMIN, calendar_get_state, .prepare = calendar_prepare_state),
};
/* clang-format on */

const struct domain restore_office_domain = {
    .name = "restore_office",
    .routes = routes,
    .n_routes = COUNT(routes),
};
