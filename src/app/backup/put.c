/* put.c: see put.h. */
#include "app/backup/put.h"

#include "base/time.h"

enum { DAY_S = 86400, MINUTE_S = 60 };

struct put {
    const struct archive_head *head;
    const char *app;
    int64_t schema;
    struct archive_writer *w;
    const struct backup_watch *watch;
    uint64_t done, whole; /* bytes of the database */
};

struct archive_head
backup_head(int64_t workspace, struct instant now)
{
    const struct day day = instant_day(now);
    const int64_t utc_s = now.us / 1000000;
    const int64_t local_s =
        (int64_t)day.n * DAY_S + (int64_t)instant_clock(now).n * MINUTE_S + utc_s % MINUTE_S;
    return (struct archive_head){
        .workspace = workspace,
        .made = now,
        .day = day,
        .offset_s = (int32_t)(local_s - utc_s),
    };
}

static enum rc
on_tables(void *arg, const struct snapshot_table *tables, size_t n, uint64_t bytes, struct err *err)
{
    struct put *p = arg;
    p->whole = bytes;
    AUTO_ARENA struct arena *mem = arena_new((n + 1) * 2 * sizeof(struct manifest_table));
    struct manifest_table *list = ARENA_ARRAY(mem, struct manifest_table, n);
    for (size_t i = 0; i < n; i++) {
        if (strlen(tables[i].name) > MANIFEST_NAME_MAX) {
            return fail(err, RC_BROKEN, E_BROKEN, "name of table %zu", i);
        }
        memcpy(list[i].name, tables[i].name, strlen(tables[i].name) + 1);
        memcpy(list[i].checksum, tables[i].checksum, sizeof(list[i].checksum));
        list[i].rows = tables[i].rows;
    }
    struct manifest m = {
        .workspace = p->head->workspace,
        .made = p->head->made,
        .offset_s = p->head->offset_s,
        .day = p->head->day,
        .schema = p->schema,
        .database = bytes,
        .erasures = NONE_I64,
        .tables = list,
        .n_tables = n,
    };
    (void)snprintf(m.app, sizeof(m.app), "%s", p->app);
    TRY(archive_put_manifest(p->w, &m));
    return archive_put_database(p->w, bytes);
}

static enum rc
on_page(void *arg, struct bytes b, struct err *err)
{
    struct put *p = arg;
    (void)err; /* the writer has the same one */
    TRY(archive_put(p->w, b));
    p->done += b.n;
    if (p->watch != NULL) {
        p->watch->fn(p->watch->arg, p->done, p->whole);
    }
    return OK;
}

enum rc
backup_put_store(struct store *s, const struct archive_head *head, const char *app,
                 struct archive_writer *w, const struct backup_watch *watch, struct err *err)
{
    struct put p = {head, app, store_schema_version(s), w, watch, 0, 0};
    const struct snapshot_sink sink = {&p, on_tables, on_page};
    return store_snapshot(s, &sink, err);
}
