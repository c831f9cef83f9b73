/* registry_web.c: the console's first page: which agencies there are, and nothing of what is in
 * them. */
#include "app/registry/registry_in.h"
#include "base/wire.h"
#include "http/reply.h"

#include "registry.sql.h"

/* What the page prints. */
struct console_row {
    struct workspace_id id;
    struct str name, slug;
    bool is_active, is_locked;
};
struct console_page {
    struct console_row *rows;
    size_t n_rows;
};

#include "registry.tmpl.h"

enum rc
console_get(struct req *rq, struct rtx *tx)
{
    struct registry_list_row *rows;
    struct console_page d = {0};
    TRY(registry_list(tx, &rows, &d.n_rows));
    d.rows = ARENA_ARRAY(req_mem(rq), struct console_row, d.n_rows + 1);
    for (size_t i = 0; i < d.n_rows; i++) {
        d.rows[i] = (struct console_row){
            .id = rows[i].workspace_id,
            .name = rows[i].workspace_name,
            .slug = rows[i].slug,
            .is_active = rows[i].workspace_state == WH_ACTIVE,
            .is_locked = rows[i].workspace_state == WH_LOCKED,
        };
    }
    struct page *pg = req_page(rq);
    pg->nav = NAV_START;
    pg->title = page_text(pg, T_console_workspaces, STR_NONE);
    return reply_page(rq, console_html, &d);
}
