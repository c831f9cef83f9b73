/* workspace.h: adding a workspace, for init as well. */
#ifndef CLI_WORKSPACE_H
#define CLI_WORKSPACE_H

#include "cli/cli.h"

/* All steps; RC_CONFLICT when an active one has that slug. ret_row: workspace, slug, name, state,
 * url. */
MUST enum rc workspace_add(struct cli *c, const char *slug, const char *name, json_t **ret_row);

#endif
