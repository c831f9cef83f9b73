/* tables.c: see tables.h. */
#include "app/transfer/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "base/out.h"
#include "base/tar.h"
#include "texts.gen.h"

enum { SUMS_MAX = 64 * 1024, PART = 64 * 1024, HEX = 2 * crypto_hash_sha256_BYTES };

/* The archive on its way, and the file in it that is written. */
struct tables {
    FILE *f;
    int fd;
    int64_t unix_seconds;
    off_t head; /* where the file's head will stand */
    char name[TAR_NAME_MAX + 1];
    struct out sums;
};

static enum rc
io(struct err *err, const char *what)
{
    return fail(err, RC_IO, E_IO, "%s: errno %d", what, errno);
}

static enum rc
begin(struct tables *t)
{
    static const uint8_t room[TAR_BLOCK];
    t->head = ftello(t->f);
    (void)fwrite(room, 1, sizeof(room), t->f);
    return OK;
}

/* For `sha256sum -c`, which every system has. */
static enum rc
sum_up(struct tables *t, off_t from, off_t to, struct err *err)
{
    static uint8_t buf[PART];
    crypto_hash_sha256_state h;
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[HEX + 1];
    crypto_hash_sha256_init(&h);
    while (from < to) {
        const ssize_t n = pread(t->fd, buf, to - from < PART ? (size_t)(to - from) : PART, from);
        if (n <= 0) {
            return io(err, t->name);
        }
        crypto_hash_sha256_update(&h, buf, (unsigned long long)n);
        from += n;
    }
    crypto_hash_sha256_final(&h, hash);
    hex_print(hash, sizeof(hash), hex);
    out_fmt(&t->sums, "%s  %s\n", hex, t->name);
    return OK;
}

/* Its size is known by now. */
static enum rc
end(struct tables *t, struct err *err)
{
    static const uint8_t zeros[TAR_BLOCK];
    uint8_t block[TAR_BLOCK];
    const off_t from = t->head + TAR_BLOCK;
    const off_t to = ftello(t->f);
    if (tar_head(t->name, to - from, t->unix_seconds, block) != OK) {
        return fail(err, RC_LIMIT, E_EXPORT_SIZE, "%s", t->name);
    }
    (void)fwrite(zeros, 1, tar_fill(to - from), t->f);
    if (fseeko(t->f, t->head, SEEK_SET) != 0 ||
        fwrite(block, 1, sizeof(block), t->f) != sizeof(block) || fseeko(t->f, 0, SEEK_END) != 0 ||
        ferror(t->f) != 0) {
        return io(err, t->name);
    }
    return sum_up(t, from, to, err);
}

static enum rc
begin_table(void *arg, const char *table, enum print_kind kind, struct err *err)
{
    struct tables *t = arg;
    (void)err;
    (void)snprintf(t->name, sizeof(t->name), "tables/%s.%s", table,
                   kind == PRINT_CSV ? "csv" : "json");
    return begin(t);
}

static enum rc
end_table(void *arg, struct err *err)
{
    return end(arg, err);
}

static enum rc
put_text(struct tables *t, const char *name, struct str first, struct str second, struct err *err)
{
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
    TRY(begin(t));
    (void)fprintf(t->f, "%.*s%.*s", STR_FMT(first), STR_FMT(second));
    return end(t, err);
}

static enum rc
put_all(struct tables *t, struct store *s, struct err *err)
{
    static const uint8_t last[2 * TAR_BLOCK];
    const struct print_sink sink = {
        .arg = t, .to = t->f, .most = TABLES_MOST, .begin = begin_table, .end = end_table};
    TRY(put_text(t, "README.txt", text_get(T_export_readme, LANG_DE),
                 text_get(T_export_readme, LANG_EN), err));
    TRY(store_print(s, &sink, err));
    TRY(put_text(t, "SHA256SUMS", out_view(&t->sums), STR(""), err));
    (void)fwrite(last, 1, sizeof(last), t->f);
    return fflush(t->f) == 0 && ferror(t->f) == 0 ? OK : io(err, "flush");
}

enum rc
tables_put(struct store *s, struct instant now, int fd, struct err *err)
{
    AUTO_ARENA struct arena *mem = arena_new(4 * (size_t)SUMS_MAX);
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    struct tables t = {.f = own >= 0 ? fdopen(own, "r+") : NULL,
                       .fd = fd,
                       .unix_seconds = now.us / 1000000,
                       .sums = out_new(mem, SUMS_MAX)};
    if (t.f == NULL) {
        return io(err, "file");
    }
    const enum rc rc = put_all(&t, s, err);
    (void)fclose(t.f);
    return rc;
}
