/* state.c: see state.h. */
#include "state.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "app/backup/put.h"
#include "app/restore/load.h"
#include "archive/file.h"

void
state_keys_make(struct state_keys *k)
{
    crypto_box_keypair(k->operations, k->operations_secret);
    crypto_box_keypair(k->escrow, k->escrow_secret);
    crypto_sign_keypair(k->signer, k->sign_key);
}

struct grown {
    uint64_t done, whole;
};

static void
grows(void *arg, uint64_t done, uint64_t whole)
{
    struct grown *g = arg;
    assert_true(done > g->done && done <= whole);
    assert_true(g->whole == 0 || g->whole == whole);
    *g = (struct grown){done, whole};
}

void
state_put(struct store *s, const struct state_keys *k, int64_t workspace, struct instant now,
          const char *dir, const char *name)
{
    struct archive_file f;
    struct archive_seen seen;
    struct archive_writer *w;
    struct err err = {0};
    struct archive_head head = backup_head(workspace, now);
    const struct archive_signer sign = archive_sign_with(k->sign_key);
    const int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    head.n_slots = 2;
    head.slots[0].purpose = ARCHIVE_FOR_OPERATIONS;
    head.slots[1].purpose = ARCHIVE_FOR_ESCROW;
    memcpy(head.slots[0].key, k->operations, ARCHIVE_KEY);
    memcpy(head.slots[1].key, k->escrow, ARCHIVE_KEY);
    memcpy(head.signer, k->signer, sizeof(head.signer));
    assert_ok(archive_file_open(folder, name, &err, &f));
    const struct archive_out out = archive_file_out(&f);
    assert_ok(archive_begin(&head, &out, &err, &w));
    struct grown grown = {0, 0};
    const struct backup_watch watch = {grows, &grown};
    assert_ok(backup_put_store(s, &head, "0.2.0", w, &watch, &err));
    assert_true(grown.done > 0 && grown.done == grown.whole);
    assert_ok(archive_end(w, &sign));
    const struct archive_want want = {
        .data_key = archive_data_key(w), .workspace = workspace, .signer = k->signer};
    assert_ok(archive_file_keep(&f, &want, &err, &seen));
    archive_free(w);
    archive_file_drop(&f);
    close(folder);
}

struct archive_want
state_want(const struct state_keys *k, int64_t workspace)
{
    return (struct archive_want){
        .secret = k->operations_secret, .workspace = workspace, .signer = k->signer};
}

int
state_open(const char *dir, const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

void
state_load(const char *dir, const char *name, const struct state_keys *k, int64_t workspace,
           const char *path, const uint8_t *key)
{
    struct err err = {0};
    struct loaded l;
    struct arena *mem = arena_new((size_t)64 << 20);
    const int fd = state_open(dir, name);
    const struct archive_in in = archive_fd_in(&fd);
    const struct archive_want want = state_want(k, workspace);
    if (load_archive(&in, &want, path, key, UINT64_MAX, mem, &err, &l) != OK) {
        FAIL_TEST("%s: %s %s", path, code_name(err.code), err.detail);
    }
    close(fd);
    arena_free(mem);
}
