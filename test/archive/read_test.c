/* read_test.c: what is not exactly what was written is refused, each fault with its own code:
 * single bits, cuts at every border, chunks in another order, another workspace, another key, a
 * newer format, and authentic archives with a wrong inside. */
#include "archive/rig.h"

#include "archive/stamp.h"

#include <sodium.h>
#include <zstd.h>

enum { HEAD = 80 + 2 * 120 + 24, TRAILER = 112, CHUNKS_MAX = 64 };

static struct keys keys, stranger;
static struct bag whole; /* with several chunks */

static int
setup(void **state)
{
    (void)state;
    keys_make(&keys, 1);
    keys_make(&stranger, 100);
    whole = rig_archive(&keys, 3, 300000, 5);
    return sodium_init() < 0;
}

static int
teardown(void **state)
{
    (void)state;
    bag_free(&whole);
    return 0;
}

static struct bag
copy_of(const struct bag *b)
{
    struct bag c = {.p = malloc(b->n), .n = b->n, .cap = b->n};
    memcpy(c.p, b->p, b->n);
    return c;
}

static enum rc
read_as(struct bag *b, const struct archive_want *want, struct err *err)
{
    const struct archive_sink none = {0};
    const struct archive_in in = bag_in(b);
    struct archive_seen seen;
    *err = (struct err){0};
    return archive_read(&in, want, &none, err, &seen);
}

/* With the escrow key. */
static void
need(struct bag *b, enum rc want_rc, enum code want, const char *what)
{
    struct err err;
    const enum rc rc = rig_read(b, &keys, &err);
    if (rc != want_rc || err.code != want) {
        FAIL_TEST("%s: rc %d, %s, %s", what, rc, code_name(err.code), err.detail);
    }
}

static uint64_t
roll(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void
one_bit(void **state)
{
    (void)state;
    const struct archive_want open = {.workspace = -1};
    const char *more = getenv("KONTOR_ROUNDS");
    const long rounds = more != NULL ? strtol(more, NULL, 10) : 1000;
    int by_code[E_COUNT] = {0};
    uint64_t seed = 77;
    struct err err;
    assert_ok(rig_read(&whole, &keys, &err));
    assert_ok(read_as(&whole, &open, &err));
    /* The front and the end bit by bit at random, the middle as well: a third each. */
    for (long i = 0; i < rounds; i++) {
        const uint64_t r = roll(&seed);
        const size_t byte = i % 3 == 0   ? (size_t)(r % HEAD)
                            : i % 3 == 1 ? whole.n - 1 - (size_t)(r % (TRAILER + 8))
                                         : (size_t)(r % whole.n);
        const uint8_t bit = (uint8_t)(1u << (roll(&seed) & 7));
        whole.p[byte] ^= bit;
        if (rig_read(&whole, &keys, &err) == OK) {
            FAIL_TEST("bit %x of byte %zu", bit, byte);
        }
        by_code[err.code]++;
        if (read_as(&whole, &open, &err) == OK) {
            FAIL_TEST("without a key: bit %x of byte %zu", bit, byte);
        }
        whole.p[byte] ^= bit;
    }
    assert_ok(rig_read(&whole, &keys, &err));
    for (int i = 0; i < E_COUNT; i++) {
        if (by_code[i] > 0) {
            print_message("# %s: %d\n", code_name((enum code)i), by_code[i]);
        }
    }
}

/* Where chunks begin; the end mark's place is the last one. */
static size_t
chunk_places(const struct bag *b, size_t ret[static CHUNKS_MAX])
{
    size_t n = 0;
    for (size_t at = HEAD;;) {
        const size_t sealed = b->p[at] | (size_t)b->p[at + 1] << 8 | (size_t)b->p[at + 2] << 16;
        ret[n++] = at;
        if (sealed == 0) {
            return n;
        }
        at += 8 + sealed;
    }
}

static void
cut_anywhere(void **state)
{
    (void)state;
    size_t places[CHUNKS_MAX];
    const size_t n = chunk_places(&whole, places);
    const size_t n_whole = whole.n;
    const struct archive_want open = {.workspace = -1};
    assert_true(n > 3);
    size_t ends[CHUNKS_MAX * 6];
    size_t n_ends = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 3; k++) {
            ends[n_ends++] = places[i] - 1 + k;
            ends[n_ends++] = places[i] + 7 + k;
        }
    }
    const size_t more[] = {0,
                           1,
                           7,
                           8,
                           15,
                           16,
                           17,
                           79,
                           80,
                           HEAD - 24,
                           HEAD - 1,
                           n_whole - TRAILER - 1,
                           n_whole - TRAILER,
                           n_whole - TRAILER + 1,
                           n_whole - 64,
                           n_whole - 1};
    for (size_t i = 0; i < n_ends + CASES(more); i++) {
        struct err err;
        whole.n = i < n_ends ? ends[i] : more[i - n_ends];
        char what[40];
        (void)snprintf(what, sizeof(what), "cut to %zu", whole.n);
        need(&whole, RC_BROKEN, E_ARCHIVE_CUT, what);
        assert_rc(RC_BROKEN, read_as(&whole, &open, &err));
        assert_int_equal(err.code, E_ARCHIVE_CUT);
        whole.n = n_whole;
    }
    /* Its end is put behind what is left: authentic bytes, but the last chunk is missing. */
    struct bag b = copy_of(&whole);
    const size_t end = n_whole - places[n - 1];
    memmove(b.p + places[n - 2], b.p + places[n - 1], end);
    b.n = places[n - 2] + end;
    b.p[places[n - 2] + 4]--; /* the end's number */
    rig_sign_again(&b, &keys);
    need(&b, RC_BROKEN, E_ARCHIVE_CUT, "the last chunk is missing");
    assert_ok(read_as(&b, &open, &(struct err){0})); /* by one who can sign, unseen without a key */
    bag_free(&b);
}

static void
something_behind(void **state)
{
    (void)state;
    struct bag b = copy_of(&whole);
    b.p = realloc(b.p, b.n + 1);
    b.p[b.n++] = 0;
    need(&b, RC_BROKEN, E_ARCHIVE_TAIL, "one byte more");
    bag_free(&b);
}

/* Chunks of one size change places; with and without their numbers and a signature made anew. */
static void
another_order(void **state)
{
    (void)state;
    size_t places[CHUNKS_MAX];
    (void)chunk_places(&whole, places);
    const size_t size = places[1] - places[0];
    assert_int_equal(places[2] - places[1], size);
    for (int numbers = 0; numbers < 2; numbers++) {
        struct bag b = copy_of(&whole);
        memcpy(b.p + places[0], whole.p + places[1], size);
        memcpy(b.p + places[1], whole.p + places[0], size);
        if (numbers == 1) {
            b.p[places[0] + 4] = 0;
            b.p[places[1] + 4] = 1;
        }
        rig_sign_again(&b, &keys);
        need(&b, RC_BROKEN, numbers == 0 ? E_ARCHIVE_ORDER : E_ARCHIVE_DAMAGED, "swapped");
        memcpy(b.p, whole.p, b.n);
        memcpy(b.p + places[1], whole.p + places[0], size);
        b.p[places[1] + 4] = (uint8_t)numbers;
        rig_sign_again(&b, &keys);
        need(&b, RC_BROKEN, numbers == 0 ? E_ARCHIVE_ORDER : E_ARCHIVE_DAMAGED, "doubled");
        bag_free(&b);
    }
    struct bag b = copy_of(&whole);
    memmove(b.p + places[0], b.p + places[1], b.n - places[1]);
    b.n -= size;
    rig_sign_again(&b, &keys);
    need(&b, RC_BROKEN, E_ARCHIVE_ORDER, "one missing");
    memcpy(b.p, whole.p, places[1]);
    b.p[places[0]] = 17; /* shorter than its tag */
    b.p[places[0] + 1] = b.p[places[0] + 2] = 0;
    need(&b, RC_BROKEN, E_ARCHIVE_DAMAGED, "a chunk of nothing");
    memset(b.p + places[0], 255, 4);
    need(&b, RC_BROKEN, E_ARCHIVE_DAMAGED, "a chunk of 4 GiB");
    bag_free(&b);
    /* A byte more than any has: it is not even read, and there is no room for it. */
    b = copy_of(&whole);
    struct err err = {0};
    const struct archive_want open = {.workspace = -1};
    memcpy(b.p + places[0], (const uint8_t[]){18, 0, 1, 0}, 4); /* 65,536, a tag of 17, and one */
    assert_rc(RC_BROKEN, read_as(&b, &open, &err));
    assert_int_equal(err.code, E_ARCHIVE_DAMAGED);
    assert_string_equal(err.detail, "length of a chunk");
    bag_free(&b);
    /* One more behind the last. */
    struct bag items = items_good(&keys);
    b = rig_seal(&keys, items.p, items.n, true, 100);
    const size_t n = chunk_places(&b, places);
    struct bag more = {.p = malloc(b.n + 4096), .n = b.n};
    const size_t last = places[n - 1] - places[n - 2];
    memcpy(more.p, b.p, places[n - 1]);
    memcpy(more.p + places[n - 1], b.p + places[n - 2], last);
    more.p[places[n - 1] + 4] = (uint8_t)(n - 1);
    memcpy(more.p + places[n - 1] + last, b.p + places[n - 1], b.n - places[n - 1]);
    more.p[places[n - 1] + last + 4]++;
    more.n += last;
    rig_sign_again(&more, &keys);
    need(&more, RC_BROKEN, E_ARCHIVE_DAMAGED, "a chunk behind the last");
    bag_free(&more);
    bag_free(&b);
    bag_free(&items);
}

static void
another_workspace(void **state)
{
    (void)state;
    struct bag other = rig_archive(&keys, 4, 300000, 6);
    struct err err;
    const struct archive_want third = {.secret = keys.secret[1], .workspace = 3};
    assert_ok(read_as(&whole, &third, &err));
    assert_rc(RC_CONFLICT, read_as(&other, &third, &err));
    assert_int_equal(err.code, E_ARCHIVE_WORKSPACE);
    /* The head of one on the body of the other, with the other's sealed keys. */
    struct bag b = copy_of(&other);
    b.p[16] = 3;
    rig_sign_again(&b, &keys);
    assert_rc(RC_BROKEN, read_as(&b, &third, &err));
    assert_int_equal(err.code, E_ARCHIVE_DAMAGED);
    memcpy(b.p, whole.p, HEAD);
    rig_sign_again(&b, &keys);
    assert_rc(RC_BROKEN, read_as(&b, &third, &err));
    assert_int_equal(err.code, E_ARCHIVE_DAMAGED);
    bag_free(&b);
    /* The console's is a workspace like others. */
    const struct archive_want console = {.secret = keys.secret[1], .workspace = 0};
    assert_rc(RC_CONFLICT, read_as(&other, &console, &err));
    assert_int_equal(err.code, E_ARCHIVE_WORKSPACE);
    bag_free(&other);
}

/* Genuine and whole, under the name of another one: made before it, or long after. */
static void
another_name(void **state)
{
    (void)state;
    static const char *const others[] = {"20261123T233101Z", "20261124T233100Z", "20261123T232800Z",
                                         "20251123T233100Z", ""};
    char own[STAMP_LEN + 1];
    struct err err;
    stamp_print((struct instant){1795476660500000}, own); /* rig.c */
    struct archive_want want = {.secret = keys.secret[1], .workspace = 3, .stamp = own};
    assert_ok(read_as(&whole, &want, &err));
    for (size_t i = 0; i < CASES(others); i++) {
        want.stamp = others[i];
        assert_rc(RC_CONFLICT, read_as(&whole, &want, &err));
        assert_int_equal(err.code, E_ARCHIVE_OTHER);
    }
}

static void
another_key(void **state)
{
    (void)state;
    struct err err;
    const struct archive_want wrong = {.secret = stranger.secret[0], .workspace = -1};
    const struct archive_want third = {.secret = keys.secret[2], .workspace = -1};
    const struct archive_want data = {.data_key = rig_data_key, .workspace = -1};
    assert_rc(RC_DENIED, read_as(&whole, &wrong, &err));
    assert_int_equal(err.code, E_ARCHIVE_KEY);
    assert_rc(RC_DENIED, read_as(&whole, &third, &err));
    assert_int_equal(err.code, E_ARCHIVE_KEY);
    assert_rc(RC_BROKEN, read_as(&whole, &data, &err));
    assert_int_equal(err.code, E_ARCHIVE_DAMAGED);
    struct bag b = copy_of(&whole);
    b.p[80 + 120 + 60] ^= 1;
    rig_sign_again(&b, &keys);
    need(&b, RC_BROKEN, E_ARCHIVE_DAMAGED, "sealed key");
    bag_free(&b);
}

/* Who has the secret key: the test's answer to it. */
struct opener {
    const struct keys *keys;
    enum rc rc;
    int asked;
};

static enum rc
open_for(void *arg, const uint8_t recipient[static ARCHIVE_KEY], struct bytes sealed,
         uint8_t ret_key[static ARCHIVE_KEY], struct err *err)
{
    struct opener *o = arg;
    o->asked++;
    if (o->rc != OK) {
        return o->rc == RC_DENIED ? RC_DENIED : fail(err, o->rc, E_KEYS, "no answer");
    }
    assert_int_equal(sealed.n, 80);
    assert_memory_equal(recipient, o->keys->public[0], ARCHIVE_KEY);
    return crypto_box_seal_open(ret_key, sealed.p, sealed.n, recipient, o->keys->secret[0]) == 0
               ? OK
               : RC_DENIED;
}

static void
opened_by_another(void **state)
{
    struct opener o = {.keys = &keys};
    struct err err;
    struct archive_want want = {
        .open = open_for, .arg = &o, .recipient = keys.public[0], .workspace = 3};
    (void)state;
    assert_ok(read_as(&whole, &want, &err));
    assert_int_equal(o.asked, 1);
    o.rc = RC_DENIED;
    assert_rc(RC_BROKEN, read_as(&whole, &want, &err));
    assert_int_equal(err.code, E_ARCHIVE_DAMAGED);
    o.rc = RC_IO;
    assert_rc(RC_IO, read_as(&whole, &want, &err));
    assert_int_equal(err.code, E_KEYS);
    want.recipient = stranger.public[0]; /* nobody is asked for what is sealed to others */
    assert_rc(RC_DENIED, read_as(&whole, &want, &err));
    assert_int_equal(err.code, E_ARCHIVE_KEY);
    want.recipient = keys.public[0];
    want.workspace = 4;
    assert_rc(RC_CONFLICT, read_as(&whole, &want, &err));
    assert_int_equal(err.code, E_ARCHIVE_WORKSPACE);
    assert_int_equal(o.asked, 3);
}

static void
another_signer(void **state)
{
    (void)state;
    struct err err;
    const struct archive_want pinned = {
        .secret = keys.secret[1], .workspace = -1, .signer = stranger.signer};
    assert_rc(RC_DENIED, read_as(&whole, &pinned, &err));
    assert_int_equal(err.code, E_ARCHIVE_SIGNER);
    struct bag b = copy_of(&whole);
    rig_sign_again(&b, &stranger);
    need(&b, RC_DENIED, E_ARCHIVE_SIGNER, "signed by another");
    /* By the right one, but of a file of another size. */
    uint8_t *t = b.p + b.n - TRAILER;
    uint8_t message[56] = "kontor-archive-1";
    t[8]++;
    memcpy(message + 16, t + 8, 40);
    crypto_sign_detached(t + 48, NULL, message, sizeof(message), keys.sign_key);
    need(&b, RC_BROKEN, E_ARCHIVE_DAMAGED, "another size");
    bag_free(&b);
}

static void
another_format(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        enum rc rc;
        enum code code;
    } rows[] = {
        {"another file",     0,  'k', RC_INVALID,  E_ARCHIVE_FORM },
        {"newer",            8,  2,   RC_CONFLICT, E_ARCHIVE_NEWER},
        {"much newer",       11, 1,   RC_CONFLICT, E_ARCHIVE_NEWER},
        {"older than all",   8,  0,   RC_INVALID,  E_ARCHIVE_FORM },
        {"short head",       12, 9,   RC_INVALID,  E_ARCHIVE_FORM },
        {"long head",        14, 9,   RC_INVALID,  E_ARCHIVE_FORM },
        {"chunk size",       74, 2,   RC_INVALID,  E_ARCHIVE_FORM },
        {"three recipients", 76, 3,   RC_INVALID,  E_ARCHIVE_FORM },
        {"200 recipients",   76, 200, RC_INVALID,  E_ARCHIVE_FORM },
        {"no purpose",       80, 0,   RC_INVALID,  E_ARCHIVE_FORM },
        {"reserved",         84, 1,   RC_INVALID,  E_ARCHIVE_FORM },
        {"local day",        36, 0,   RC_INVALID,  E_ARCHIVE_FORM },
        {"workspace",        23, 128, RC_INVALID,  E_ARCHIVE_FORM },
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct bag b = copy_of(&whole);
        b.p[rows[i].at] = rows[i].value;
        need(&b, rows[i].rc, rows[i].code, rows[i].what);
        bag_free(&b);
    }
    /* A head of another length than its recipients take. */
    struct bag b = copy_of(&whole);
    b.p[12] = (HEAD + 120) & 255;
    b.p[13] = (HEAD + 120) >> 8;
    need(&b, RC_INVALID, E_ARCHIVE_FORM, "length and recipients");
    bag_free(&b);
}

/* --- authentic, but no archive ---------------------------------------------------------------- */

static void
refuse_inside(const struct bag *items, bool compress, const char *what)
{
    struct bag b = rig_seal(&keys, items->p, items->n, compress, 50000);
    need(&b, RC_BROKEN, E_ARCHIVE_CONTENT, what);
    bag_free(&b);
}

static struct str
good_json(struct arena *mem, int64_t documents, uint64_t bytes)
{
    struct err err = {0};
    struct str json;
    const struct archive_head h = rig_head(&keys, 3);
    const struct manifest m = rig_manifest(&h, 4, documents, bytes);
    assert_ok(manifest_print(&m, mem, &err, &json));
    return json;
}

/* A script of items: m manifest, d database, f a document, e end with the right count, k with one
 * less. */
static struct bag
script(const char *s, int64_t documents, uint64_t bytes)
{
    AUTO_ARENA struct arena *mem = arena_new(4 * MANIFEST_MAX);
    const struct str json = good_json(mem, documents, bytes);
    struct bag b = {0};
    char name[65];
    uint64_t n = 0;
    rig_name((const uint8_t *)"paper", 5, name);
    for (; *s != '\0'; s++) {
        n += *s != 'e' && *s != 'k';
        switch (*s) {
        case 'm':
            items_add(&b, 'M', "", json.p, json.n);
            break;
        case 'd':
            items_add(&b, 'D', "", "data", 4);
            break;
        case 'l':
            items_add(&b, 'D', "", "datas", 5);
            break;
        case 'f':
            items_add(&b, 'F', name, "paper", 5);
            break;
        case 'w':
            items_add(&b, 'F', name, "paint", 5); /* another content */
            break;
        case 'h':
            items_add(&b, 'F', "0123", "paper", 5);
            break;
        case 'x':
            name[63] = name[63] == '0' ? '1' : '0'; /* nearly its name */
            items_add(&b, 'F', name, "paper", 5);
            break;
        case 'k':
            items_end(&b, n - 1);
            break;
        case 'g':
            name[0] = 'G';
            items_add(&b, 'F', name, "paper", 5);
            break;
        default:
            items_end(&b, n);
            break;
        }
    }
    return b;
}

static void
authentic_and_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *items;
        int64_t documents;
        uint64_t bytes;
        bool good;
    } rows[] = {
        {"mde",   0, 0,  true },
        {"mdfe",  1, 5,  true },
        {"mdffe", 2, 10, true },
        {"mdwe",  1, 5,  false},
        {"mdhe",  1, 5,  false},
        {"mdxe",  1, 5,  false},
        {"mdk",   0, 0,  false},
        {"mdge",  1, 5,  false},
        {"mdfe",  2, 5,  false},
        {"mdfe",  1, 6,  false},
        {"mle",   0, 0,  false},
        {"dme",   0, 0,  false},
        {"mfde",  1, 5,  false},
        {"mdde",  0, 0,  false},
        {"mdme",  0, 0,  false},
        {"md",    0, 0,  false},
        {"m",     0, 0,  false},
        {"e",     0, 0,  false},
        {"mdee",  0, 0,  false},
        {"mdem",  0, 0,  false},
    };
    for (size_t i = 0; i < CASES(rows); i++) {
        struct bag items = script(rows[i].items, rows[i].documents, rows[i].bytes);
        if (rows[i].good) {
            struct bag b = rig_seal(&keys, items.p, items.n, true, 50000);
            need(&b, OK, E_NONE, rows[i].items);
            bag_free(&b);
        } else {
            refuse_inside(&items, true, rows[i].items);
        }
        bag_free(&items);
    }
}

/* Behind the end of what was compressed, in the same chunk. */
static void
something_behind_the_compressed(void **state)
{
    (void)state;
    struct bag items = items_good(&keys);
    const size_t bound = ZSTD_compressBound(items.n) + 1;
    uint8_t *packed = calloc(1, bound);
    const size_t n = ZSTD_compress(packed, bound, items.p, items.n, 1);
    for (size_t more = 0; more < 2; more++) {
        struct bag b = rig_seal(&keys, packed, n + more, false, 50000);
        if (more == 0) {
            need(&b, OK, E_NONE, "nothing");
        } else {
            need(&b, RC_BROKEN, E_ARCHIVE_CONTENT, "a byte");
        }
        bag_free(&b);
    }
    free(packed);
    bag_free(&items);
}

/* Compressed so that whoever unpacks it needs more memory than a reader has. */
static void
a_window_too_wide(void **state)
{
    (void)state;
    struct bag items = items_good(&keys);
    const size_t bound = ZSTD_compressBound(items.n) + 100;
    uint8_t *packed = malloc(bound);
    for (int log = 23; log <= 24; log++) {
        ZSTD_CCtx *z = ZSTD_createCCtx();
        ZSTD_inBuffer in = {items.p, items.n, 0};
        ZSTD_outBuffer out = {packed, bound, 0};
        assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, log)));
        assert_int_equal(ZSTD_compressStream2(z, &out, &in, ZSTD_e_flush), 0);
        assert_int_equal(ZSTD_compressStream2(z, &out, &in, ZSTD_e_end), 0);
        (void)ZSTD_freeCCtx(z);
        struct bag b = rig_seal(&keys, packed, out.pos, false, 50000);
        if (log == 23) {
            need(&b, OK, E_NONE, "8 MiB");
        } else {
            need(&b, RC_BROKEN, E_ARCHIVE_CONTENT, "16 MiB");
        }
        bag_free(&b);
    }
    free(packed);
    bag_free(&items);
}

/* Every byte of the inside: cut there, or changed (where a byte of JSON may change and still be
 * JSON, its item's hash tells). */
static void
inside_byte_by_byte(void **state)
{
    (void)state;
    struct bag items = items_good(&keys);
    for (size_t i = 0; i < items.n; i++) {
        const size_t n = items.n;
        items.n = i;
        refuse_inside(&items, true, "cut");
        items.n = n;
        items.p[i] ^= 0x10;
        refuse_inside(&items, true, "changed");
        items.p[i] ^= 0x10;
    }
    refuse_inside(&items, false, "not compressed");
    /* A manifest that is longer than any. */
    items.p[4 + 3] = 1;
    refuse_inside(&items, true, "a manifest of 16 MiB");
    bag_free(&items);
}

/* The manifest of another archive, properly hashed. */
static void
another_manifest(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        AUTO_ARENA struct arena *mem = arena_new(4 * MANIFEST_MAX);
        struct archive_head h = rig_head(&keys, 3);
        struct manifest m = rig_manifest(&h, 4, 0, 0);
        struct err err = {0};
        struct str json;
        struct bag items = {0};
        m.workspace += i == 0;
        m.made.us += i == 1 ? 1000000 : 0;
        m.offset_s += i == 2;
        m.day.n += i == 3;
        assert_ok(manifest_print(&m, mem, &err, &json));
        items_add(&items, 'M', "", json.p, json.n);
        items_add(&items, 'D', "", "data", 4);
        items_end(&items, 2);
        if (i < 4) {
            refuse_inside(&items, true, "another manifest");
        } else {
            struct bag b = rig_seal(&keys, items.p, items.n, true, 50000);
            need(&b, OK, E_NONE, "its own");
            bag_free(&b);
        }
        bag_free(&items);
    }
}

static void
who_reads_may_say_no(void **state)
{
    (void)state;
    static const char *const who[] = {"head", "manifest", "database", "document", "bytes"};
    for (size_t i = 0; i < CASES(who); i++) {
        struct caught c = {.refuse = who[i]};
        struct err err = {0};
        struct archive_seen seen;
        const struct archive_sink sink = caught_sink(&c);
        const struct archive_want want = {.secret = keys.secret[0], .workspace = -1};
        const struct archive_in in = bag_in(&whole);
        assert_rc(RC_IO, archive_read(&in, &want, &sink, &err, &seen));
        assert_string_equal(err.detail, who[i]);
        caught_free(&c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bit),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(something_behind),
        cmocka_unit_test(another_order),
        cmocka_unit_test(another_workspace),
        cmocka_unit_test(another_key),
        cmocka_unit_test(another_name),
        cmocka_unit_test(opened_by_another),
        cmocka_unit_test(another_signer),
        cmocka_unit_test(another_format),
        cmocka_unit_test(authentic_and_wrong),
        cmocka_unit_test(something_behind_the_compressed),
        cmocka_unit_test(a_window_too_wide),
        cmocka_unit_test(inside_byte_by_byte),
        cmocka_unit_test(another_manifest),
        cmocka_unit_test(who_reads_may_say_no),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
