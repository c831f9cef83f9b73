/* archive_fuzz.c: any file is an archive or refused. The first byte chooses how deep the rest goes:
 * 0 the file itself, with a key and without; 1 the same with hash, size and signature put right;
 * 2 what is inside, compressed; 3 what zstd is given; 4 a manifest; 5 the line of a key. */
#include <assert.h>
#include <sodium.h>

#include "archive/key.h"
#include "archive/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct keys keys;

/* Whatever is called good was read to its end. */
static void
look(struct bag *b, bool with_key)
{
    struct caught c = {0};
    struct err err = {0};
    struct archive_seen seen;
    const struct archive_sink sink = caught_sink(&c);
    const struct archive_want want = {.data_key = with_key ? rig_data_key : NULL, .workspace = -1};
    const struct archive_in in = bag_in(b);
    if (archive_read(&in, &want, &sink, &err, &seen) == OK) {
        assert(seen.size == b->n && b->at == b->n && c.has_manifest == with_key);
    } else {
        assert(err.code != E_NONE);
    }
    caught_free(&c);
}

static void
look_inside(const uint8_t *p, size_t n, bool compress)
{
    struct bag b = rig_seal(&keys, p, n, compress, 4096);
    look(&b, true);
    bag_free(&b);
}

static void
look_at_manifest(const uint8_t *p, size_t n)
{
    AUTO_ARENA struct arena *mem = arena_new(16 * MANIFEST_MAX);
    struct err err = {0};
    struct manifest m;
    struct str again;
    if (manifest_parse((struct str){(const char *)p, n}, mem, &err, &m) == OK) {
        const enum rc rc = manifest_print(&m, mem, &err, &again);
        assert(rc == OK || rc == RC_LIMIT);
        (void)rc;
    }
}

static void
look_at_key(struct str line)
{
    uint8_t key[ARCHIVE_KEY];
    uint8_t back[ARCHIVE_KEY];
    char again[ARCHIVE_KEY_LINE + 1];
    for (int secret = 0; secret < 2; secret++) {
        if (archive_key_parse(line, secret == 1, key) == OK) {
            archive_key_print(secret == 1, key, again);
            const enum rc rc = archive_key_parse(str_of(again), secret == 1, back);
            assert(rc == OK && memcmp(key, back, sizeof(key)) == 0);
            (void)rc;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static bool begun;
    if (!begun) {
        const int rc = sodium_init();
        assert(rc >= 0);
        (void)rc;
        keys_make(&keys, 1);
        begun = true;
    }
    if (n < 1) {
        return 0;
    }
    struct bag b = {.p = malloc(n), .n = n - 1, .cap = n};
    assert(b.p != NULL);
    memcpy(b.p, p + 1, n - 1);
    if (p[0] == 1 && b.n >= 112) {
        rig_sign_again(&b, &keys);
    }
    if (p[0] <= 1) {
        look(&b, true);
        look(&b, false);
    } else if (p[0] == 2 || p[0] == 3) {
        look_inside(b.p, b.n, p[0] == 2);
    } else if (p[0] == 4) {
        look_at_manifest(b.p, b.n);
    } else {
        look_at_key((struct str){(const char *)b.p, b.n});
    }
    bag_free(&b);
    return 0;
}
