/* manifest.c: see manifest.h. */
#include "archive/manifest.h"

#include <jansson.h>

#include "base/time.h"

static const char format[] = "kontor-archive-manifest-1";

/* --- printing --------------------------------------------------------------------------------- */

/* Needs no escape in JSON, and is one word. */
static bool
is_plain(const char *s)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+~-";
    const size_t n = strlen(s);
    return n > 0 && strspn(s, allowed) == n;
}

static void
put_table(struct out *o, const struct manifest_table *t, bool first)
{
    char hex[2 * sizeof(t->checksum) + 1];
    hex_print(t->checksum, sizeof(t->checksum), hex);
    out_fmt(o, "%s\n    {\"name\": \"%s\", \"rows\": %lld, \"checksum\": \"%s\"}", first ? "" : ",",
            t->name, (long long)t->rows, hex);
}

static void
put_head(struct out *o, const struct manifest *m)
{
    char made[32];
    char day[16];
    const struct str at = instant_print(m->made, made);
    const struct str local = day_print(m->day, day);
    out_fmt(o, "{\n  \"format\": \"%s\",\n  \"workspace\": %lld,\n", format,
            (long long)m->workspace);
    out_fmt(o, "  \"madeAt\": \"%.*s\",\n  \"localDay\": \"%.*s\",\n  \"offsetSeconds\": %d,\n",
            STR_FMT(at), STR_FMT(local), m->offset_s);
    out_fmt(o, "  \"schema\": %lld,\n  \"app\": \"%s\",\n", (long long)m->schema, m->app);
    out_fmt(o, "  \"databaseBytes\": %llu,\n", (unsigned long long)m->database);
    out_fmt(o, "  \"documents\": %lld,\n  \"documentBytes\": %llu,\n", (long long)m->documents,
            (unsigned long long)m->document_bytes);
}

enum rc
manifest_print(const struct manifest *m, struct arena *mem, struct err *err, struct str *ret_json)
{
    struct out o = out_new(mem, MANIFEST_MAX);
    bool plain = is_plain(m->app) && (m->audit_head[0] == '\0' || is_plain(m->audit_head));
    put_head(&o, m);
    if (m->audit_head[0] != '\0') {
        out_fmt(&o, "  \"auditHead\": \"%s\",\n", m->audit_head);
    } else {
        out_fmt(&o, "  \"auditHead\": null,\n");
    }
    if (m->erasures != NONE_I64) {
        out_fmt(&o, "  \"erasures\": %lld,\n  \"tables\": [", (long long)m->erasures);
    } else {
        out_fmt(&o, "  \"erasures\": null,\n  \"tables\": [");
    }
    for (size_t i = 0; i < m->n_tables; i++) {
        plain = plain && is_plain(m->tables[i].name);
        put_table(&o, &m->tables[i], i == 0);
    }
    out_fmt(&o, "\n  ]\n}\n");
    if (!plain) {
        return fail(err, RC_INVALID, E_ARCHIVE_CONTENT, "a name in the manifest");
    }
    if (!out_ok(&o)) {
        return fail(err, RC_LIMIT, E_LIMIT, "manifest of %zu tables", m->n_tables);
    }
    *ret_json = out_view(&o);
    return OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool
read_number(const json_t *j, const char *key, int64_t *ret_n)
{
    const json_t *v = json_object_get(j, key);
    *ret_n = json_integer_value(v);
    return json_is_integer(v) && *ret_n >= 0;
}

/* A string of at most cap - 1 bytes; none gives "" where that is allowed. */
static bool
read_text(const json_t *j, const char *key, char *ret, size_t cap, bool may_be_null)
{
    const json_t *v = json_object_get(j, key);
    const size_t n = json_string_length(v);
    ret[0] = '\0';
    if (json_is_null(v)) {
        return may_be_null;
    }
    if (!json_is_string(v) || n == 0 || n >= cap || !is_plain(json_string_value(v))) {
        return false;
    }
    memcpy(ret, json_string_value(v), n + 1);
    return true;
}

static bool
read_when(const json_t *j, struct manifest *m)
{
    char day[16];
    const json_t *made = json_object_get(j, "madeAt");
    const json_t *offset = json_object_get(j, "offsetSeconds");
    const int64_t offset_s = json_integer_value(offset);
    m->offset_s = (int32_t)offset_s;
    return json_is_string(made) && json_is_integer(offset) && offset_s == m->offset_s &&
           instant_parse((struct str){json_string_value(made), json_string_length(made)},
                         &m->made) == OK &&
           read_text(j, "localDay", day, sizeof(day), false) &&
           day_parse(str_of(day), &m->day) == OK;
}

static bool
read_sizes(const json_t *j, struct manifest *m)
{
    int64_t database = 0;
    int64_t bytes = 0;
    const bool good = read_number(j, "databaseBytes", &database) &&
                      read_number(j, "documents", &m->documents) &&
                      read_number(j, "documentBytes", &bytes);
    m->database = (uint64_t)database;
    m->document_bytes = (uint64_t)bytes;
    return good;
}

static bool
read_table(const json_t *j, struct manifest_table *t)
{
    const json_t *sum = json_object_get(j, "checksum");
    return read_text(j, "name", t->name, sizeof(t->name), false) &&
           read_number(j, "rows", &t->rows) && json_is_string(sum) &&
           hex_parse((struct str){json_string_value(sum), json_string_length(sum)}, t->checksum,
                     sizeof(t->checksum)) == OK;
}

static bool
read_tables(const json_t *j, struct arena *mem, struct manifest *m)
{
    const json_t *list = json_object_get(j, "tables");
    const size_t n = json_array_size(list);
    if (!json_is_array(list) || n > MANIFEST_TABLES_MAX) {
        return false;
    }
    struct manifest_table *tables = ARENA_ARRAY(mem, struct manifest_table, n);
    for (size_t i = 0; i < n; i++) {
        if (!read_table(json_array_get(list, i), &tables[i])) {
            return false;
        }
    }
    m->tables = tables;
    m->n_tables = n;
    return true;
}

static bool
read_all(const json_t *j, struct arena *mem, struct manifest *m)
{
    char named[sizeof(format)];
    const bool no_erasures = json_is_null(json_object_get(j, "erasures"));
    if (!read_text(j, "format", named, sizeof(named), false) || strcmp(named, format) != 0 ||
        !read_number(j, "workspace", &m->workspace) || !read_when(j, m) ||
        !read_number(j, "schema", &m->schema) ||
        !read_text(j, "app", m->app, sizeof(m->app), false) || !read_sizes(j, m) ||
        !read_text(j, "auditHead", m->audit_head, sizeof(m->audit_head), true) ||
        !(no_erasures || read_number(j, "erasures", &m->erasures)) || !read_tables(j, mem, m)) {
        return false;
    }
    m->erasures = no_erasures ? NONE_I64 : m->erasures;
    return true;
}

enum rc
manifest_parse(struct str json, struct arena *mem, struct err *err, struct manifest *ret_m)
{
    struct manifest m = {0};
    json_error_t where;
    if (json.n > MANIFEST_MAX) {
        return fail(err, RC_INVALID, E_ARCHIVE_CONTENT, "manifest of %zu bytes", json.n);
    }
    json_t *j = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &where);
    const bool good = json_is_object(j) && read_all(j, mem, &m);
    json_decref(j);
    if (!good) {
        return fail(err, RC_INVALID, E_ARCHIVE_CONTENT, "manifest");
    }
    *ret_m = m;
    return OK;
}
