/* tables.c: see tables.h. */
#include "app/transfer/tables.h"

#include <errno.h>
#include <sodium.h>

#include "app/transfer/sealed.h"
#include "base/out.h"
#include "base/tar.h"
#include "store/schema.h"
#include "texts.gen.h"

enum { SUMS_MAX = 64 * 1024, HEX = 2 * crypto_hash_sha256_BYTES };

/* The tar on its way, and the file in it that is printed: first to be measured, then to be there.
 */
struct tables {
    FILE *tar;
    FILE *in; /* what is printed comes in here */
    bool is_measured;
    int64_t n, size, total;
    crypto_hash_sha256_state hash;
    int64_t unix_seconds;
    char name[TAR_NAME_MAX + 1];
    struct out sums;
};

static ssize_t
on_write(void *arg, const char *p, size_t n)
{
    struct tables *t = arg;
    t->n += (int64_t)n;
    if (t->is_measured) {
        return fwrite(p, 1, n, t->tar) == n ? (ssize_t)n : 0;
    }
    crypto_hash_sha256_update(&t->hash, (const uint8_t *)p, n);
    return (ssize_t)n;
}

static void
begin(struct tables *t)
{
    t->n = 0;
    (void)crypto_hash_sha256_init(&t->hash);
}

/* Its head, and a line for `sha256sum -c`, which every system has. */
static enum rc
put_head(struct tables *t, struct err *err)
{
    uint8_t block[TAR_BLOCK];
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[HEX + 1];
    t->size = t->n;
    t->total += TAR_BLOCK + t->size + (int64_t)tar_fill(t->size);
    if (t->total > TABLES_MOST || tar_head(t->name, t->size, t->unix_seconds, block) != OK) {
        return fail(err, RC_LIMIT, E_EXPORT_SIZE, "%s", t->name);
    }
    (void)crypto_hash_sha256_final(&t->hash, hash);
    hex_print(hash, sizeof(hash), hex);
    out_fmt(&t->sums, "%s  %s\n", hex, t->name);
    (void)fwrite(block, 1, sizeof(block), t->tar);
    return OK;
}

static enum rc
end(struct tables *t, struct err *err, bool *ret_again)
{
    static const uint8_t zeros[TAR_BLOCK];
    *ret_again = !t->is_measured;
    if (fflush(t->in) != 0 || ferror(t->tar) != 0) {
        return fail(err, RC_IO, E_IO, "%s: errno %d", t->name, errno);
    }
    if (!t->is_measured) {
        TRY(put_head(t, err));
    } else if (t->n != t->size) {
        return fail(err, RC_BROKEN, E_BROKEN, "%s: another length", t->name);
    } else {
        (void)fwrite(zeros, 1, tar_fill(t->size), t->tar);
    }
    t->is_measured = !t->is_measured;
    return OK;
}

static enum rc
begin_table(void *arg, const char *table, enum print_kind kind, struct err *err)
{
    struct tables *t = arg;
    (void)err;
    (void)snprintf(t->name, sizeof(t->name), "tables/%s.%s", table,
                   kind == PRINT_CSV ? "csv" : "json");
    begin(t);
    return OK;
}

static enum rc
end_table(void *arg, struct err *err, bool *ret_again)
{
    return end(arg, err, ret_again);
}

static enum rc
put_text(struct tables *t, const char *name, struct str first, struct str second, struct err *err)
{
    bool again = true;
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
    while (again) {
        begin(t);
        (void)fprintf(t->in, "%.*s%.*s", STR_FMT(first), STR_FMT(second));
        TRY(end(t, err, &again));
    }
    return OK;
}

/* What people call it, where the program has a word for it. */
static struct str
called(const char *kind, const char *name)
{
    char key[100];
    (void)snprintf(key, sizeof(key), "%s.%s", kind, name);
    const enum text found = text_find(str_of(key));
    return found != T_NONE ? text_get(found, LANG_DE) : STR_NONE;
}

static void
describe(FILE *to, const struct schema_table *def)
{
    const struct str name = called("table", def->name);
    (void)fprintf(to, "\n%s%s%.*s\n    %s\n    Zweck: %s\n    Aufbewahrung: %s\n", def->name,
                  name.n > 0 ? ": " : "", STR_FMT(name), def->title, def->purpose, def->retention);
    for (size_t i = 0; i < def->n_columns; i++) {
        const struct schema_column *c = &def->columns[i];
        const struct str word = called("column", c->name);
        (void)fprintf(to, "  %-22s %-8s %s%s%.*s%s\n", c->name, c->type, c->text,
                      word.n > 0 ? " (" : "", STR_FMT(word), word.n > 0 ? ")" : "");
    }
}

/* What each table and column is: of those that are there. */
static enum rc
put_schema(struct tables *t, const struct schema_def *def, struct err *err)
{
    bool again = true;
    const struct str de = text_get(T_export_schema, LANG_DE);
    const struct str en = text_get(T_export_schema, LANG_EN);
    (void)snprintf(t->name, sizeof(t->name), "SCHEMA.txt");
    while (again) {
        begin(t);
        (void)fprintf(t->in, "%.*s%.*s", STR_FMT(de), STR_FMT(en));
        for (size_t i = 0; i < def->n_tables; i++) {
            if (!def->tables[i].secret) {
                describe(t->in, &def->tables[i]);
            }
        }
        TRY(end(t, err, &again));
    }
    return OK;
}

static enum rc
put_all(struct tables *t, struct store *s, struct err *err)
{
    static const uint8_t last[2 * TAR_BLOCK];
    const struct print_sink sink = {.arg = t, .to = t->in, .begin = begin_table, .end = end_table};
    TRY(put_text(t, "README.txt", text_get(T_export_readme, LANG_DE),
                 text_get(T_export_readme, LANG_EN), err));
    TRY(put_schema(t, schema_of(SCHEMA_WORKSPACE), err));
    TRY(store_print(s, &sink, err));
    TRY(put_text(t, "SHA256SUMS", out_view(&t->sums), STR(""), err));
    (void)fwrite(last, 1, sizeof(last), t->tar);
    return OK;
}

enum rc
tables_put(struct store *s, struct instant now, int fd, const uint8_t public[static 32],
           struct err *err, int64_t *ret_size, uint8_t ret_hash[static 32])
{
    static const cookie_io_functions_t calls = {.write = on_write};
    AUTO_ARENA struct arena *mem = arena_new(4 * (size_t)SUMS_MAX);
    struct tables t = {.unix_seconds = now.us / 1000000, .sums = out_new(mem, SUMS_MAX)};
    struct sealed *sealed;
    TRY(sealed_begin(fd, public, err, &sealed, &t.tar));
    t.in = fopencookie(&t, "w", calls);
    const enum rc rc = t.in != NULL ? put_all(&t, s, err) : fail(err, RC_IO, E_IO, "stream");
    if (t.in != NULL) {
        (void)fclose(t.in);
    }
    struct err why = {0};
    const enum rc ended = sealed_end(sealed, &why, ret_size, ret_hash);
    if (ended != OK) { /* whatever else went wrong, it began there */
        *err = why;
        return ended;
    }
    return rc;
}
