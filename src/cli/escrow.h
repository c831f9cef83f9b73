/* escrow.h: the pair of keys that backups are sealed to beside the server's own. Its secret half
 * is made by kontor-archive, leaves by the way that the operator names, and is not kept here. */
#ifndef CLI_ESCROW_H
#define CLI_ESCROW_H

#include "cli/cli.h"

struct escrow {
    char public[111];        /* "": none, which init was told to do without */
    char file[CLI_PATH_MAX]; /* where the secret half was put; "": nowhere */
    bool is_demo;            /* of invented data */
    bool is_beside;          /* beside DIR, for a demo or without a terminal: not safe there */
    char sheet[8192];        /* to be shown once on the terminal; "": it is in the file */
};

/* Of the options --escrow-out and --escrow; without them it is shown once on the terminal. A demo's
 * lies beside DIR, and so does any where there is no terminal: scripts are to get on, and doctor is
 * red until it is taken away. Faults are said. */
MUST enum rc escrow_make(struct cli *c, struct escrow *ret_e);
/* Of a new installation that did not come about. */
void escrow_drop(const struct escrow *e);
/* Says what is to be done now. Wipes the sheet. */
void escrow_say(const struct cli *c, struct escrow *e);
/* The file beside DIR in which a demo's secret half lies. */
void escrow_beside(const struct cli *c, char ret_path[static CLI_PATH_MAX]);

#endif
