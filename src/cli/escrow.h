/* escrow.h: the pair of keys that backups are sealed to beside the server's own. Its secret half
 * is made by kontor-archive, leaves by the way that the operator names, and is not kept here. */
#ifndef CLI_ESCROW_H
#define CLI_ESCROW_H

#include "cli/cli.h"

struct escrow {
    char public[111];        /* "": none, which init was told to do without */
    char file[CLI_PATH_MAX]; /* where the secret half was put; "": nowhere */
    bool is_beside;          /* beside DIR, because it is a demo: it is not safe there */
    char sheet[8192];        /* to be shown once on the terminal; "": it is in the file */
};

/* Of the options --escrow-out and --escrow; without them: a demo's beside DIR, else on the
 * terminal. Faults are said: RC_INVALID when there is neither an option nor a terminal. */
MUST enum rc escrow_make(struct cli *c, struct escrow *ret_e);
/* Of a new installation that did not come about. */
void escrow_drop(const struct escrow *e);
/* Says what is to be done now. Wipes the sheet. */
void escrow_say(const struct cli *c, struct escrow *e);
/* The file beside DIR in which a demo's secret half lies. */
void escrow_beside(const struct cli *c, char ret_path[static CLI_PATH_MAX]);

#endif
