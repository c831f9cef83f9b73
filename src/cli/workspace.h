/* workspace.h: adding a workspace, for init as well. */
#ifndef CLI_WORKSPACE_H
#define CLI_WORKSPACE_H

#include "cli/cli.h"

/* Its number, folder and key: it can be filled, and nobody sees it. RC_CONFLICT when an active one
 * has that slug; one that was left so is gone on with. */
MUST enum rc workspace_prepare(struct cli *c, const char *slug, const char *name);
/* From now on its address leads to it; done before: nothing. ret_row: workspace, slug, name, state,
 * url. */
MUST enum rc workspace_activate(struct cli *c, const char *slug, json_t **ret_row);
/* Both. */
MUST enum rc workspace_add(struct cli *c, const char *slug, const char *name, json_t **ret_row);

#endif
