/* rig.c: see rig.h. */
#include "rig.h"

#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard/call.h"

static const struct actor as_system = {.reason = "test"};

int
rig_setup(void **state)
{
    return rig_setup_of(state, SCHEMA_WORKSPACE);
}

int
rig_setup_of(void **state, enum store_schema schema)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct rig *g = calloc(1, sizeof(*g));
    char path[96];

    if (g == NULL) {
        return -1;
    }
    (void)snprintf(g->dir, sizeof(g->dir), "/tmp/kontor-test-XXXXXX");
    if (mkdtemp(g->dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/data.db", g->dir);
    g->mem = arena_new(64 * 1024 * 1024);
    g->now = (struct instant){1795500000LL * 1000000};
    struct store_options opt = {.path = path, .schema = schema, .key = key, .create = true};
    if (store_open(&opt, &g->err, &g->store) != OK) {
        print_message("# %s: %s\n", code_name(g->err.code), g->err.detail);
        return -1;
    }
    *state = g;
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int
rig_teardown(void **state)
{
    struct rig *g = *state;

    store_close(g->store);
    arena_free(g->mem);
    int rc = nftw(g->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(g);
    return rc;
}

struct wtx *
rig_begin(struct rig *g)
{
    arena_reset(g->mem);
    g->err = (struct err){0};
    assert_int_equal(wtx_begin(g->store, g->mem, g->now, &as_system, &g->err, &g->w), OK);
    return g->w;
}

enum rc
rig_commit(struct rig *g)
{
    return wtx_commit(g->w);
}

void
rig_undo(struct rig *g)
{
    wtx_rollback(g->w);
}

struct rtx *
rig_look(struct rig *g)
{
    arena_reset(g->mem);
    g->err = (struct err){0};
    assert_int_equal(rtx_begin(g->store, g->mem, g->now, &as_system, &g->err, &g->r), OK);
    return g->r;
}

void
rig_end(struct rig *g)
{
    rtx_end(g->r);
}

json_t *
rig_command(struct rig *rig, const struct domain *const *domains, size_t n_domains,
            struct instant now, enum rc want, const char *name, const char *in)
{
    const struct gate g = {.store = rig->store, .domains = domains, .n_domains = n_domains};
    json_t *body = json_loads(in, 0, NULL);
    json_t *out = json_object();
    rig->err = (struct err){0};
    assert_non_null(body);
    const enum rc rc = dispatch_command(&g, rig->mem, now, str_of(name), body, out, &rig->err);
    json_decref(body);
    arena_reset(rig->mem);
    if (rc != want) {
        FAIL_TEST("%s %s: %d %s %s", name, in, rc, code_name(rig->err.code), rig->err.detail);
    }
    if (rc != OK) {
        json_decref(out);
        return NULL;
    }
    return out;
}

const char *
rig_answer(struct rig *rig, const struct domain *const *domains, size_t n_domains,
           struct instant now, const char *name, const char *in)
{
    static char text[8000];
    json_t *out = rig_command(rig, domains, n_domains, now, OK, name, in);
    char *s = json_dumps(out, JSON_COMPACT);
    (void)snprintf(text, sizeof text, "%s", s);
    free(s);
    json_decref(out);
    return text;
}
