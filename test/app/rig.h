/* rig.h: a fresh, keyed workspace database in a temporary folder, for tests of domains. */
#ifndef TEST_APP_RIG_H
#define TEST_APP_RIG_H

#include <jansson.h>

#include "guard/dispatch.h"
#include "store/store.h"

struct rig {
    struct arena *mem;
    struct store *store;
    struct err err;
    struct instant now;
    struct wtx *w; /* between rig_begin and rig_commit or rig_undo */
    struct rtx *r; /* between rig_look and rig_end */
    char dir[64];
};

/* cmocka set-up and tear-down: *state is the rig. */
int rig_setup(void **state);
int rig_setup_of(void **state, enum store_schema schema);
int rig_teardown(void **state);

/* A write transaction as the system; the arena starts anew. */
struct wtx *rig_begin(struct rig *g);
enum rc rig_commit(struct rig *g);
void rig_undo(struct rig *g);
struct rtx *rig_look(struct rig *g);
void rig_end(struct rig *g);

/* A command of these domains, as the command line sends it, in JSON. The answer, for the caller to
 * free; NULL when it was refused as `want` says. The arena starts anew. */
json_t *rig_command(struct rig *g, const struct domain *const *domains, size_t n_domains,
                    struct instant now, enum rc want, const char *name, const char *in);
/* The same as text, for comparing; it lives until the next one. */
const char *rig_answer(struct rig *g, const struct domain *const *domains, size_t n_domains,
                       struct instant now, const char *name, const char *in);

#endif
