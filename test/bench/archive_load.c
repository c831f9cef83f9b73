/* archive_load.c: how fast and in how much memory a workspace of data set P goes into an archive
 * (read back and checked, as a backup is) and out of it. Prints "what TAB value" lines for
 * test/bench/run.mjs. Calls itself for each measurement, so that memory is that of the work alone.
 */
#include <fcntl.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/backup/put.h"
#include "app/demo/demo.h"
#include "app/office.h"
#include "archive/file.h"
#include "base/time.h"

static const uint8_t page_key[32] = {1, 2, 3};
static const uint8_t seed[32] = {4};
static uint8_t public[2][ARCHIVE_KEY], secret[2][ARCHIVE_KEY];
static uint8_t signer[32], sign_key[ARCHIVE_SIGN_KEY];

static _Noreturn void
give_up(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "%s: %s, %s\n", what, code_name(err->code), err->detail);
    exit(1);
}

static enum rc
fill(struct wtx *tx, void *arg)
{
    struct demo_counts counts;
    const struct demo_order order = {DEMO_P, 7, false, STR("Lindenkai Studio")};
    (void)arg;
    return demo_fill(tx, &order, &counts, NULL);
}

static enum rc
nowhere(void *arg, struct bytes b, struct err *err)
{
    uint64_t *n = arg;
    (void)err;
    *n += b.n;
    return OK;
}

/* A backup as it will be: written, synced, read back, named. */
static enum rc
take(const char *dir, int folder, struct err *err)
{
    char path[200];
    struct store *s;
    struct archive_file f;
    struct archive_writer *w;
    struct archive_seen seen;
    struct archive_head head = backup_head(1, time_now());
    const struct archive_signer sign = archive_sign_with(sign_key);
    (void)snprintf(path, sizeof(path), "%s/data.db", dir);
    const struct store_options opt = {
        .path = path, .schema = SCHEMA_WORKSPACE, .key = page_key, .read_only = true};
    head.n_slots = 2;
    for (size_t i = 0; i < 2; i++) {
        head.slots[i].purpose = i == 0 ? ARCHIVE_FOR_OPERATIONS : ARCHIVE_FOR_ESCROW;
        memcpy(head.slots[i].key, public[i], ARCHIVE_KEY);
    }
    memcpy(head.signer, signer, sizeof(signer));
    TRY(store_open(&opt, err, &s));
    TRY(archive_file_open(folder, "p.kontor", err, &f));
    const struct archive_out out = archive_file_out(&f);
    TRY(archive_begin(&head, &out, err, &w));
    TRY(backup_put_store(s, &head, "bench", w, NULL, err));
    TRY(archive_end(w, &sign));
    const struct archive_want want = {.data_key = archive_data_key(w), .workspace = 1};
    TRY(archive_file_keep(&f, &want, err, &seen));
    archive_free(w);
    archive_file_drop(&f);
    store_close(s);
    return OK;
}

static enum rc
read_out(int folder, struct err *err)
{
    uint64_t n = 0;
    struct archive_seen seen;
    const int fd = openat(folder, "p.kontor", O_RDONLY | O_CLOEXEC);
    const struct archive_in in = archive_fd_in(&fd);
    const struct archive_want want = {.secret = secret[1], .workspace = 1, .signer = signer};
    const struct archive_sink sink = {.arg = &n, .bytes = nowhere};
    TRY(archive_read(&in, &want, &sink, err, &seen));
    (void)close(fd);
    return OK;
}

/* The children's doing: CPU seconds since the last call, and the greatest memory of any so far. */
static double
spent(long *ret_kib)
{
    static double before;
    struct rusage u;
    (void)getrusage(RUSAGE_CHILDREN, &u);
    const double now = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    const double since = now - before;
    before = now;
    *ret_kib = u.ru_maxrss;
    return since;
}

static void
measure(const char *self, const char *what, const char *dir, double mb)
{
    long kib;
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, what, dir, NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        (void)fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
    const double s = spent(&kib);
    printf("%s\t%.1f\t%.1f\n", what, mb / s, (double)kib / 1024);
}

static int
all(const char *self)
{
    struct office o;
    struct stat db;
    struct stat archive;
    char path[200];
    long kib;
    office_open_empty(&o, "2026-11-24T08:15:00Z");
    if (office_write(&o, 0, fill, NULL) != OK) {
        give_up("demo", &o.err);
    }
    store_close(o.store);
    (void)snprintf(path, sizeof(path), "%s/data.db", o.dir);
    (void)stat(path, &db);
    (void)spent(&kib);
    printf("size\t%.1f\t0\n", (double)db.st_size / 1e6);
    measure(self, "take", o.dir, (double)db.st_size / 1e6);
    measure(self, "read", o.dir, (double)db.st_size / 1e6);
    (void)snprintf(path, sizeof(path), "%s/p.kontor", o.dir);
    (void)stat(path, &archive);
    (void)unlink(path);
    printf("archive\t%.1f\t0\n", (double)archive.st_size / 1e6);
    o.store = NULL;
    office_close(&o);
    return 0;
}

int
main(int argc, char **argv)
{
    struct err err = {0};
    if (sodium_init() < 0 || time_zone("Europe/Berlin") != OK) {
        return 2;
    }
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t mine[32] = {i};
        crypto_box_seed_keypair(public[i], secret[i], mine);
    }
    crypto_sign_seed_keypair(signer, sign_key, seed);
    if (argc == 1) {
        return all(argv[0]);
    }
    const int folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const enum rc rc =
        strcmp(argv[1], "take") == 0 ? take(argv[2], folder, &err) : read_out(folder, &err);
    if (rc != OK) {
        give_up(argv[1], &err);
    }
    return 0;
}
