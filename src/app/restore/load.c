/* load.c: see load.h. */
#include "app/restore/load.h"

struct load {
    struct loaded *to;
    struct arena *mem;
    const char *path;
    const uint8_t *key;
    struct store_image *image;
    bool in_database;
    uint64_t most;      /* bytes of all that may be unpacked */
    uint64_t documents; /* bytes of those that came */
};

static enum rc
on_head(void *arg, const struct archive_head *head, struct err *err)
{
    const struct load *l = arg;
    (void)err;
    l->to->head = *head;
    return OK;
}

static enum rc
on_manifest(void *arg, const struct manifest *m, struct str json, struct err *err)
{
    const struct load *l = arg;
    (void)json;
    if (m->database > l->most || m->document_bytes > l->most - m->database) {
        return fail(err, RC_LIMIT, E_RESTORE_ROOM, "%llu and %llu bytes, at most %llu",
                    (unsigned long long)m->database, (unsigned long long)m->document_bytes,
                    (unsigned long long)l->most);
    }
    struct manifest_table *tables = ARENA_ARRAY(l->mem, struct manifest_table, m->n_tables + 1);
    memcpy(tables, m->tables, m->n_tables * sizeof(tables[0]));
    l->to->manifest = *m;
    l->to->manifest.tables = tables;
    for (size_t i = 0; i < m->n_tables; i++) {
        l->to->rows += tables[i].rows;
    }
    return OK;
}

static enum rc
on_database(void *arg, uint64_t size, struct err *err)
{
    struct load *l = arg;
    (void)size; /* the reader has compared it with the manifest */
    l->in_database = true;
    return store_image_begin(l->path, l->key, err, &l->image);
}

static enum rc
on_document(void *arg, struct str name, uint64_t size, struct err *err)
{
    struct load *l = arg;
    (void)name;
    if (size > l->to->manifest.document_bytes - l->documents) {
        return fail(err, RC_BROKEN, E_ARCHIVE_CONTENT, "more documents than the manifest has");
    }
    l->documents += size;
    l->in_database =
        false; /* its hash is checked by the reader; there is no table of documents yet */
    return OK;
}

static enum rc
on_bytes(void *arg, struct bytes b, struct err *err)
{
    struct load *l = arg;
    return l->in_database ? store_image_put(l->image, b, err) : OK;
}

enum rc
load_archive(const struct archive_in *from, const struct archive_want *want, const char *path,
             const uint8_t *key, uint64_t most, struct arena *mem, struct err *err,
             struct loaded *ret_l)
{
    struct load l = {.to = ret_l, .mem = mem, .path = path, .key = key, .most = most};
    const struct archive_sink sink = {.arg = &l,
                                      .head = on_head,
                                      .manifest = on_manifest,
                                      .database = on_database,
                                      .document = on_document,
                                      .bytes = on_bytes};
    *ret_l = (struct loaded){.head = {.made = INSTANT_NONE}};
    enum rc rc = archive_read(from, want, &sink, err, &ret_l->seen);
    rc = rc == OK ? store_image_end(l.image, err)
                  : rc; /* an archive without one is E_ARCHIVE_CONTENT */
    store_image_drop(l.image);
    return rc;
}

/* --- what is inside ----------------------------------------------------------------------------
 */

static enum rc
compare_sums(struct store *s, const struct manifest *m, struct arena *mem, struct err *err)
{
    const size_t n = m->n_tables;
    const char **names = ARENA_ARRAY(mem, const char *, n + 1);
    struct snapshot_table *sums = ARENA_ARRAY(mem, struct snapshot_table, n + 1);
    for (size_t i = 0; i < n; i++) {
        names[i] = m->tables[i].name;
    }
    TRY(store_sums(s, names, n, err, sums));
    for (size_t i = 0; i < n; i++) {
        if (sums[i].rows != m->tables[i].rows ||
            memcmp(sums[i].checksum, m->tables[i].checksum, sizeof(sums[i].checksum)) != 0) {
            const enum rc rc =
                fail(err, RC_BROKEN, E_BACKUP_SUMS, "%s: %lld rows, not %lld", names[i],
                     (long long)sums[i].rows, (long long)m->tables[i].rows);
            (void)snprintf(err->arg, sizeof(err->arg), "%s", names[i]);
            return rc;
        }
    }
    return OK;
}

enum rc
load_compare(const char *path, const uint8_t *key, enum store_schema schema, const struct loaded *l,
             struct arena *mem, struct err *err)
{
    struct store *s;
    const struct store_options opt = {.path = path, .schema = schema, .key = key, .as_is = true};
    TRY(store_open(&opt, err, &s));
    enum rc rc = store_check_schema(s, err); /* first: CHECKs of another schema would say nothing */
    rc = rc == OK ? store_check(s, err) : rc;
    rc = rc == OK ? compare_sums(s, &l->manifest, mem, err) : rc;
    store_close(s);
    return rc;
}
