/* pages.h: the page of the whole export, for the route table in transfer.c. */
#ifndef APP_TRANSFER_PAGES_H
#define APP_TRANSFER_PAGES_H

#include "app/transfer/export.h"

struct export_form {
    struct str recipient; /* a public key; empty: one is made */
};
extern const struct form_def export_form_def;

/* export_web.c */
get_fn export_get, export_get_archive, export_get_tables;
fresh_fn export_wants_proof;
post_fn export_post, export_post_remove, export_post_tables;

#endif
