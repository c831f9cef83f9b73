/* rig.c: see rig.h. */
#include "unit.h"

#include <ftw.h>

#include "store/rig.h"
#include "tools/sqlgen/expect/schema_workspace.gen.h"

const struct schema_def rig_schema = {
    .name = "workspace",
    .migrations = workspace_migrations,
    .n_migrations = sizeof(workspace_migrations) / sizeof(workspace_migrations[0]),
    .tables = workspace_tables,
    .n_tables = sizeof(workspace_tables) / sizeof(workspace_tables[0]),
};
const struct actor rig_actor = {.user = {7}, .network = STR("192.0.2.0/24")};
const struct instant rig_now = {1795500000LL * 1000000};

int
rig_setup_closed(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));
    /* In memory where there is such a place: thousands of fsyncs, and power cuts are played. */
    (void)snprintf(r->dir, sizeof(r->dir), "%s/kontor-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(r->dir) == NULL) {
        return -1;
    }
    (void)snprintf(r->path, sizeof(r->path), "%s/data.db", r->dir);
    r->mem = arena_new(64 * 1024 * 1024);
    r->def = rig_schema;
    memset(r->key, 0x5a, sizeof(r->key));
    *state = r;
    return 0;
}

int
rig_setup(void **state)
{
    if (rig_setup_closed(state) != 0) {
        return -1;
    }
    struct rig *r = *state;
    enum rc rc = rig_open(r, true, false);
    if (rc != OK) {
        print_message("# %s: %s\n", code_name(r->err.code), r->err.detail);
    }
    return rc;
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
    struct rig *r = *state;
    store_close(r->s);
    arena_free(r->mem);
    int rc = nftw(r->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(r);
    return rc;
}

enum rc
rig_open(struct rig *r, bool create, bool read_only)
{
    struct store_options opt = {
        .path = r->path, .key = r->key, .create = create, .read_only = read_only};
    return store_open_def(&opt, &r->def, rig_err(r), &r->s);
}

void
rig_close(struct rig *r)
{
    store_close(r->s);
    r->s = NULL;
}

struct err *
rig_err(struct rig *r)
{
    r->err = (struct err){0};
    return &r->err;
}

struct wtx *
rig_write(struct rig *r)
{
    GOOD(r, wtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &r->w));
    return r->w;
}

struct rtx *
rig_read(struct rig *r)
{
    struct rtx *tx = NULL;
    GOOD(r, rtx_begin(r->s, r->mem, rig_now, &rig_actor, &r->err, &tx));
    return tx;
}

void
rig_commit(struct rig *r)
{
    wtx_touched(r->w);
    GOOD(r, wtx_commit(r->w));
}

void
rig_project(struct rig *r, int64_t id, const char *name)
{
    struct wtx *tx = rig_write(r);
    GOOD(r, project_insert(tx, &(struct project_insert_in){{id}, str_of(name)}));
    rig_commit(r);
}

int64_t
rig_count(struct rig *r)
{
    static const struct sql_slot slots[] = {
        {"n_count", SQL_I64, false, 0}
    };
    static const struct sql_stmt count = {.name = "count",
                                          .owner = "thing",
                                          .sqlite = "SELECT count(*) AS n_count FROM project",
                                          .row = slots,
                                          .n_row = 1,
                                          .row_size = sizeof(int64_t)};
    struct rtx *tx = NULL;
    int64_t n = 0;
    enum rc rc = rtx_begin(r->s, r->mem, rig_now, &rig_actor, rig_err(r), &tx);
    if (rc == OK) {
        rc = sql_one(tx, &count, NULL, &n);
        rtx_end(tx);
    }
    return rc == OK ? n : rc;
}

char *
rig_file(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        FAIL_TEST("%s is not there", path);
    }
    char *p = malloc(16 * 1024 * 1024);
    *ret_n = fread(p, 1, 16 * 1024 * 1024, f);
    fclose(f);
    return p;
}
