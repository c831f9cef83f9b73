/* transfer.h: a workspace leaves as one archive, and an empty one is filled from one. What a
 * workspace itself has to say of it; commands of master (proc/drills.h), before anything is
 * read:
 *
 *   transfer.exported {}          the operator takes a copy: it stands in the audit, and every
 *                                 administrator is told
 *   transfer.import_check {}      RC_CONFLICT E_TRANSFER_NOT_EMPTY: somebody works here already
 *   transfer.import_refused {code}  an import did not come about, and why
 *   transfer.owner {} -> {login}  the first administrator, who gets the first link; "" nobody */
#ifndef APP_TRANSFER_TRANSFER_H
#define APP_TRANSFER_TRANSFER_H

#include "guard/dispatch.h"

extern const struct domain transfer_domain;

/* Nobody works here and nobody did: nothing is lost when something else takes its place. */
MUST enum rc transfer_is_empty(struct rtx *tx, bool *ret_empty);

#endif
