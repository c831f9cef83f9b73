/* registry_in.h: what the files of the registry share. */
#ifndef APP_REGISTRY_REGISTRY_IN_H
#define APP_REGISTRY_REGISTRY_IN_H

#include <jansson.h>

#include "app/registry/registry.h"
#include "registry.sql.h"

extern get_fn console_get;

/* registry.c: a parameter, or STR_NONE; the workspace of {slug}, or RC_MISSING; its row. */
struct str registry_text(const json_t *in, const char *key);
MUST enum rc registry_need(struct wtx *tx, const json_t *in, struct registry_find_row *ret_row);
MUST enum rc registry_put(json_t *to, int64_t workspace, struct str slug, struct str name,
                          int64_t state);

/* closing.c: commands. */
typedef enum rc closing_fn(struct wtx *tx, json_t *in, json_t *out);
closing_fn closing_run_lock, closing_run_unlock, closing_run_end, closing_run_ended;

#endif
