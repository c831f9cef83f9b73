/* main.c: kontor-archive: looks into an archive, checks it, takes it out. It needs the file and a
 * key, and nothing else of Kontor: when the server is gone, this is enough. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/file.h"
#include "archive/tool.h"
#include "base/time.h"

/* --- saying ----------------------------------------------------------------------------------- */

void
tool_say(const struct tool *t, FILE *to, enum text text, const char *const *args)
{
    const struct str s = text_get(text, t->lang);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{' && args != NULL) {
            (void)fputs(args[s.p[i + 1] - '0'], to);
            i += 2;
        } else {
            (void)fputc(s.p[i], to);
        }
    }
    (void)fputc('\n', to);
}

int
tool_refuse(const struct tool *t, enum rc rc, const struct err *err)
{
    char key[96];
    (void)snprintf(key, sizeof(key), "err.%s", code_name(err->code));
    tool_say(t, stderr, text_find(str_of(key)), NULL);
    (void)fprintf(stderr, "  (%s: %s)\n", code_name(err->code), err->detail);
    return rc_exit(rc);
}

int
tool_refuse_file(const struct tool *t, const char *name)
{
    SAY(t, stderr, T_archive_file, name, strerror(errno));
    return rc_exit(RC_IO);
}

enum { MEM_MAX = 1 << 20 };

static const char *
number(uint64_t n, char buf[static 24])
{
    (void)snprintf(buf, 24, "%llu", (unsigned long long)n);
    return buf;
}

/* --- what is seen on the way ------------------------------------------------------------------ */

static enum rc
on_head(void *arg, const struct archive_head *head, struct err *err)
{
    struct tool *t = arg;
    (void)err;
    t->head = *head;
    return OK;
}

static void
list(const struct tool *t, const struct manifest *m)
{
    char at[32];
    char day[16];
    char n[4][24];
    const struct str made = instant_print(m->made, at);
    const struct str local = day_print(m->day, day);
    at[made.n] = '\0';
    day[local.n] = '\0';
    SAY(t, stdout, T_archive_head, number((uint64_t)m->workspace, n[0]), at, day,
        number((uint64_t)m->schema, n[1]), m->app);
    SAY(t, stdout, T_archive_sizes, number(m->database, n[0]), number((uint64_t)m->documents, n[1]),
        number(m->document_bytes, n[2]));
    for (size_t i = 0; i < m->n_tables; i++) {
        (void)fprintf(stdout, "  %-32s %10lld\n", m->tables[i].name, (long long)m->tables[i].rows);
    }
}

enum rc
tool_io(struct err *err, const char *what)
{
    return fail(err, RC_IO, errno == ENOSPC ? E_STORE_FULL : E_IO, "%s: %s", what, strerror(errno));
}

FILE *
tool_new_file(const struct tool *t, const char *path)
{
    const int fd =
        openat(t->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

/* Ends the file before and begins the next. */
static enum rc
next_file(struct tool *t, const char *name, struct err *err)
{
    if (t->fd >= 0) {
        const bool done = fsync(t->fd) == 0;
        (void)close(t->fd);
        t->fd = -1;
        if (!done) {
            return tool_io(err, "fsync");
        }
    }
    if (name != NULL) {
        t->fd = openat(t->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (t->fd < 0) {
            return tool_io(err, name);
        }
    }
    return OK;
}

static enum rc
on_bytes(void *arg, struct bytes b, struct err *err)
{
    struct tool *t = arg;
    while (b.n > 0) {
        const ssize_t n = write(t->fd, b.p, b.n);
        if (n < 0) {
            return tool_io(err, "write");
        }
        b.p += n;
        b.n -= (size_t)n;
    }
    return OK;
}

static enum rc
on_manifest(void *arg, const struct manifest *m, struct str json, struct err *err)
{
    struct tool *t = arg;
    struct manifest_table *tables = ARENA_ARRAY(t->mem, struct manifest_table, m->n_tables + 1);
    memcpy(tables, m->tables, m->n_tables * sizeof(tables[0]));
    t->manifest = *m;
    t->manifest.tables = tables;
    if (t->json) {
        (void)fwrite(json.p, 1, json.n, stdout);
    } else if (strcmp(t->verb, "list") == 0) {
        list(t, m);
    }
    if (t->folder < 0) {
        return OK;
    }
    TRY(next_file(t, "manifest.json", err));
    return on_bytes(t, (struct bytes){(const uint8_t *)json.p, json.n}, err);
}

static enum rc
on_database(void *arg, uint64_t size, struct err *err)
{
    (void)size;
    return next_file(arg, "data.db", err);
}

/* Its name is 64 hex digits, or it would not have come so far. */
static enum rc
on_document(void *arg, struct str name, uint64_t size, struct err *err)
{
    struct tool *t = arg;
    char path[80];
    (void)size;
    if (mkdirat(t->folder, "documents", 0700) != 0 && errno != EEXIST) {
        return tool_io(err, "documents");
    }
    (void)snprintf(path, sizeof(path), "documents/%.*s", STR_FMT(name));
    return next_file(t, path, err);
}

/* --- verbs ------------------------------------------------------------------------------------ */

static int
read_file(struct tool *t, struct archive_seen *ret_seen)
{
    struct err err = {0};
    struct archive_sink sink = {.arg = t, .head = on_head, .manifest = on_manifest};
    const struct archive_want want = {.secret = t->has_key ? t->key : NULL,
                                      .signer = t->signer != NULL ? t->pinned : NULL,
                                      .workspace = -1};
    const int fd = open(t->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return tool_refuse_file(t, t->file);
    }
    if (t->folder >= 0) {
        sink.database = on_database;
        sink.document = on_document;
        sink.bytes = on_bytes;
    }
    const struct archive_in in = archive_fd_in(&fd);
    enum rc rc = archive_read(&in, &want, &sink, &err, ret_seen);
    rc = rc == OK ? next_file(t, NULL, &err) : rc;
    (void)close(fd);
    return rc == OK ? 0 : tool_refuse(t, rc, &err);
}

static void
say_good(const struct tool *t, const struct archive_seen *seen)
{
    char size[24];
    char hash[2 * ARCHIVE_HASH + 1];
    char signer[2 * 32 + 1];
    hex_print(seen->hash, sizeof(seen->hash), hash);
    hex_print(t->head.signer, sizeof(t->head.signer), signer);
    SAY(t, stderr, t->has_key ? T_archive_good : T_archive_good_shut, number(seen->size, size),
        hash, signer);
}

/* Into NAME.part, which becomes NAME when all of it is checked and on disk. */
static int
extract(struct tool *t)
{
    char part[PATH_MAX];
    struct archive_seen seen;
    struct stat st;
    if (snprintf(part, sizeof(part), "%s.part", t->to) >= (int)sizeof(part)) {
        errno = ENAMETOOLONG;
        return tool_refuse_file(t, t->to);
    }
    if (lstat(t->to, &st) == 0) {
        errno = EEXIST;
        return tool_refuse_file(t, t->to);
    }
    if (mkdir(part, 0700) != 0) {
        return tool_refuse_file(t, part);
    }
    t->folder = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->folder < 0) {
        return tool_refuse_file(t, part);
    }
    int status = read_file(t, &seen);
    if (status == 0 && strcmp(t->verb, "unpack") == 0) {
        struct err err = {0};
        const enum rc rc = tool_unpack(t, &t->manifest, &err);
        status = rc == OK ? 0 : tool_refuse(t, rc, &err);
    }
    if (status != 0) {
        SAY(t, stderr, T_archive_part, part);
        return status;
    }
    if (fsync(t->folder) != 0 ||
        renameat2(AT_FDCWD, part, AT_FDCWD, t->to, RENAME_NOREPLACE) != 0) {
        return tool_refuse_file(t, t->to);
    }
    say_good(t, &seen);
    SAY(t, stderr, T_archive_taken, t->to);
    return 0;
}

static int
look(struct tool *t)
{
    struct archive_seen seen;
    const int status = read_file(t, &seen);
    if (status == 0) {
        say_good(t, &seen);
    }
    return status;
}

/* --- the command line ------------------------------------------------------------------------- */

static enum lang
environment_lang(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *v = getenv(names[i]);
        if (v != NULL && v[0] != '\0') {
            return strncmp(v, "en", 2) == 0 ? LANG_EN : LANG_DE;
        }
    }
    return LANG_DE;
}

static bool
parse(struct tool *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--key") == 0      ? &t->key_file
                             : strcmp(argv[i], "--to") == 0     ? &t->to
                             : strcmp(argv[i], "--signer") == 0 ? &t->signer
                                                                : NULL;
        if (strcmp(argv[i], "--json") == 0) {
            t->json = true;
        } else if (strcmp(argv[i], "--sheet") == 0) {
            t->sheet = true;
        } else if (value != NULL) {
            *value = ++i < argc ? argv[i] : "";
        } else if (t->verb == NULL) {
            t->verb = argv[i];
        } else if (t->file == NULL) {
            t->file = argv[i];
        } else {
            return false;
        }
    }
    return t->file != NULL &&
           (t->signer == NULL || hex_parse(str_of(t->signer), t->pinned, sizeof(t->pinned)) == OK);
}

static int
run(struct tool *t)
{
    const bool takes_out = strcmp(t->verb, "extract") == 0 || strcmp(t->verb, "unpack") == 0;
    const int status = tool_load_key(t);
    if (status != 0) {
        return status;
    }
    if (strcmp(t->verb, "key") == 0) {
        return tool_make_key(t);
    }
    if (strcmp(t->verb, "public") == 0) {
        return tool_show_key(t);
    }
    if (strcmp(t->verb, "verify") == 0) {
        return look(t);
    }
    if (t->has_key && strcmp(t->verb, "list") == 0) {
        return look(t);
    }
    if (t->has_key && takes_out && t->to != NULL) {
        return extract(t);
    }
    SAY(t, stderr, T_archive_usage, NULL);
    return rc_exit(RC_INVALID);
}

int
main(int argc, char **argv)
{
    struct tool t = {.lang = environment_lang(), .folder = -1, .fd = -1};
    if (sodium_init() < 0) {
        return rc_exit(RC_BROKEN);
    }
    if (!parse(&t, argc, argv)) {
        SAY(&t, stderr, T_archive_usage, NULL);
        return rc_exit(RC_INVALID);
    }
    t.mem = arena_new(MEM_MAX);
    const int status = run(&t);
    arena_free(t.mem);
    sodium_memzero(&t, sizeof(t));
    return fflush(stdout) == 0 ? status : rc_exit(RC_IO);
}
