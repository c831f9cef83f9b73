/* rig.c: see rig.h. */
#include "archive/rig.h"

#include <assert.h>
#include <sodium.h>
#include <zstd.h>

enum { HEAD_FIXED = 80, SLOT = 120, STREAM = 24, TRAILER = 112 };

const uint8_t rig_data_key[ARCHIVE_KEY] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
                                           7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};

/* --- keys and bags ---------------------------------------------------------------------------- */

void
keys_make(struct keys *k, uint8_t seed)
{
    uint8_t s[32];
    for (uint8_t i = 0; i < 3; i++) {
        memset(s, seed + i, sizeof(s));
        crypto_box_seed_keypair(k->public[i], k -> secret[i], s);
    }
    memset(s, seed + 9, sizeof(s));
    crypto_sign_seed_keypair(k->signer, k->sign_key, s);
}

static enum rc
bag_put(void *arg, struct bytes b, struct err *err)
{
    struct bag *bag = arg;
    if (bag->fail_at != 0 && bag->n + b.n > bag->fail_at) {
        return fail(err, RC_IO, E_STORE_FULL, "bag");
    }
    if (bag->n + b.n > bag->cap) {
        bag->cap = 2 * (bag->n + b.n) + 1024;
        bag->p = realloc(bag->p, bag->cap);
        assert(bag->p != NULL);
    }
    if (b.n > 0) {
        memcpy(bag->p + bag->n, b.p, b.n);
    }
    bag->n += b.n;
    return OK;
}

static void
add(struct bag *b, const void *p, size_t n)
{
    const enum rc rc = bag_put(b, (struct bytes){p, n}, NULL);
    assert(rc == OK);
    (void)rc;
}

static enum rc
bag_get(void *arg, void *p, size_t cap, size_t *ret_n, struct err *err)
{
    struct bag *b = arg;
    size_t n = b->n - b->at < cap ? b->n - b->at : cap;
    (void)err;
    n = b->piece != 0 && n > b->piece ? b->piece : n;
    if (n > 0) {
        memcpy(p, b->p + b->at, n);
    }
    b->at += n;
    *ret_n = n;
    return OK;
}

struct archive_out
bag_out(struct bag *b)
{
    return (struct archive_out){bag_put, b};
}

struct archive_in
bag_in(struct bag *b)
{
    b->at = 0;
    return (struct archive_in){bag_get, b};
}

void
bag_free(struct bag *b)
{
    free(b->p);
    *b = (struct bag){0};
}

/* --- what a reader sees ----------------------------------------------------------------------- */

static enum rc
say(const struct caught *c, const char *what, struct err *err)
{
    return c->refuse != NULL && strcmp(c->refuse, what) == 0 ? fail(err, RC_IO, E_IO, "%s", what)
                                                             : OK;
}

static enum rc
on_head(void *arg, const struct archive_head *head, struct err *err)
{
    struct caught *c = arg;
    c->head = *head;
    return say(c, "head", err);
}

static enum rc
on_manifest(void *arg, const struct manifest *m, struct str json, struct err *err)
{
    struct caught *c = arg;
    (void)json;
    c->has_manifest = true;
    c->schema = m->schema;
    c->n_tables = m->n_tables;
    if (m->n_tables > 0) {
        memcpy(c->table, m->tables[0].name, sizeof(c->table));
    }
    return say(c, "manifest", err);
}

static enum rc
on_database(void *arg, uint64_t size, struct err *err)
{
    (void)size;
    return say(arg, "database", err);
}

static enum rc
on_document(void *arg, struct str name, uint64_t size, struct err *err)
{
    struct caught *c = arg;
    (void)size;
    c->documents++;
    c->in_document = true;
    c->document.n = 0;
    memcpy(c->name, name.p, 64);
    return say(c, "document", err);
}

static enum rc
on_bytes(void *arg, struct bytes b, struct err *err)
{
    struct caught *c = arg;
    add(c->in_document ? &c->document : &c->database, b.p, b.n);
    return say(c, "bytes", err);
}

struct archive_sink
caught_sink(struct caught *c)
{
    return (struct archive_sink){c, on_head, on_manifest, on_database, on_document, on_bytes};
}

void
caught_free(struct caught *c)
{
    bag_free(&c->database);
    bag_free(&c->document);
}

/* --- by the writer ---------------------------------------------------------------------------- */

struct archive_head
rig_head(const struct keys *k, int64_t workspace)
{
    /* 2026-11-24 00:31:00.5 in Berlin */
    struct archive_head h = {
        .workspace = workspace,
        .made = {1795476660500000},
        .offset_s = 3600,
        .day = {                                   20781               },
        .n_slots = 2,
        .slots = { {.purpose = ARCHIVE_FOR_OPERATIONS},                {.purpose = ARCHIVE_FOR_ESCROW}},
    };
    memcpy(h.signer, k->signer, sizeof(h.signer));
    memcpy(h.slots[0].key, k->public[0], ARCHIVE_KEY);
    memcpy(h.slots[1].key, k->public[1], ARCHIVE_KEY);
    return h;
}

struct manifest
rig_manifest(const struct archive_head *h, uint64_t database, int64_t documents,
             uint64_t document_bytes)
{
    static const struct manifest_table tables[] = {
        {.name = "audit",      .rows = 3,     .checksum = {1, 2, 3}   },
        {.name = "time_entry", .rows = 50000, .checksum = {4, 5, 0xff}},
    };
    return (struct manifest){
        .workspace = h->workspace,
        .made = h->made,
        .offset_s = h->offset_s,
        .day = h->day,
        .schema = 18,
        .app = "0.2.0",
        .database = database,
        .documents = documents,
        .document_bytes = document_bytes,
        .erasures = NONE_I64,
        .tables = tables,
        .n_tables = 2,
    };
}

void
rig_noise(uint8_t *p, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = i % 2 == 0 ? (uint8_t)(seed >> 56) : (uint8_t)'k';
    }
}

void
rig_name(const uint8_t *p, size_t n, char ret_name[static 65])
{
    uint8_t hash[ARCHIVE_HASH];
    crypto_generichash(hash, sizeof(hash), p, n, NULL, 0);
    hex_print(hash, sizeof(hash), ret_name);
}

static void
must(enum rc rc)
{
    assert(rc == OK);
    (void)rc;
}

struct bag
rig_archive(const struct keys *k, int64_t workspace, size_t n, uint64_t seed)
{
    struct bag b = {0};
    struct err err = {0};
    struct archive_writer *w;
    const struct archive_out out = bag_out(&b);
    const struct archive_head head = rig_head(k, workspace);
    const struct manifest m = rig_manifest(&head, n, 2, 1003);
    const struct archive_signer signer = archive_sign_with(k->sign_key);
    uint8_t *image = malloc(n + 1003);
    char name[65];
    assert(image != NULL);
    rig_noise(image, n + 1003, seed);
    must(archive_begin(&head, &out, &err, &w));
    must(archive_put_manifest(w, &m));
    must(archive_put_database(w, n));
    for (size_t at = 0; at < n; at += 4096) {
        must(archive_put(w, (struct bytes){image + at, n - at < 4096 ? n - at : 4096}));
    }
    rig_name(image + n, 1003, name);
    must(archive_put_document(w, str_of(name), 1003));
    must(archive_put(w, (struct bytes){image + n, 1000}));
    must(archive_put(w, (struct bytes){image + n + 1000, 3}));
    rig_name(image, 0, name);
    must(archive_put_document(w, str_of(name), 0));
    must(archive_end(w, &signer));
    archive_free(w);
    free(image);
    return b;
}

enum rc
rig_read(struct bag *b, const struct keys *k, struct err *err)
{
    struct caught c = {0};
    const struct archive_sink sink = caught_sink(&c);
    const struct archive_want want = {.secret = k->secret[1], .workspace = -1};
    const struct archive_in in = bag_in(b);
    struct archive_seen seen;
    *err = (struct err){0};
    const enum rc rc = archive_read(&in, &want, &sink, err, &seen);
    caught_free(&c);
    return rc;
}

/* --- by hand ---------------------------------------------------------------------------------- */

static void
put_number(uint8_t *p, uint64_t n, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        p[i] = (uint8_t)(n >> (8 * i));
    }
}

void
items_add(struct bag *b, char kind, const char *name, const void *p, size_t n)
{
    uint8_t head[12] = {(uint8_t)kind, (uint8_t)strlen(name)};
    uint8_t hash[32];
    put_number(head + 4, n, 8);
    add(b, head, sizeof(head));
    add(b, name, strlen(name));
    add(b, p, n);
    crypto_generichash(hash, sizeof(hash), p, n, NULL, 0);
    add(b, hash, sizeof(hash));
}

void
items_end(struct bag *b, uint64_t count)
{
    uint8_t head[12] = {'E'};
    put_number(head + 4, count, 8);
    add(b, head, sizeof(head));
}

struct bag
items_good(const struct keys *k)
{
    struct bag b = {0};
    struct err err = {0};
    struct str json;
    const struct archive_head h = rig_head(k, 3);
    const struct manifest m = rig_manifest(&h, 4, 0, 0);
    AUTO_ARENA struct arena *mem = arena_new(4 * MANIFEST_MAX);
    must(manifest_print(&m, mem, &err, &json));
    items_add(&b, 'M', "", json.p, json.n);
    items_add(&b, 'D', "", "data", 4);
    items_end(&b, 2);
    return b;
}

static void
add_head(struct bag *b, const struct keys *k, crypto_secretstream_xchacha20poly1305_state *s)
{
    const struct archive_head h = rig_head(k, 3);
    uint8_t p[HEAD_FIXED + 2 * SLOT + STREAM] = {'K', 'O', 'N', 'T', 'O', 'R', '1', 'A'};
    put_number(p + 8, 1, 4);
    put_number(p + 12, sizeof(p), 4);
    put_number(p + 16, (uint64_t)h.workspace, 8);
    put_number(p + 24, (uint64_t)h.made.us, 8);
    put_number(p + 32, (uint64_t)h.offset_s, 4);
    put_number(p + 36, (uint64_t)h.day.n, 4);
    memcpy(p + 40, h.signer, 32);
    put_number(p + 72, 65536, 4);
    put_number(p + 76, 2, 4);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *slot = p + HEAD_FIXED + i * SLOT;
        put_number(slot, h.slots[i].purpose, 4);
        memcpy(slot + 8, h.slots[i].key, 32);
        const int rc = crypto_box_seal(slot + 40, rig_data_key, ARCHIVE_KEY, h.slots[i].key);
        assert(rc == 0);
        (void)rc;
    }
    crypto_secretstream_xchacha20poly1305_init_push(s, p + HEAD_FIXED + 2 * SLOT, rig_data_key);
    add(b, p, sizeof(p));
}

static void
add_chunks(struct bag *b, crypto_secretstream_xchacha20poly1305_state *s, const uint8_t *p,
           size_t n, size_t chunk)
{
    uint8_t ad[32];
    uint8_t *sealed = malloc(chunk + 17);
    uint8_t head[8];
    uint32_t number = 0;
    assert(sealed != NULL);
    crypto_generichash(ad, sizeof(ad), b->p, b->n, NULL, 0);
    for (size_t at = 0; at < n; at += chunk) {
        const size_t now = n - at < chunk ? n - at : chunk;
        crypto_secretstream_xchacha20poly1305_push(s, sealed, NULL, p + at, now, ad, sizeof(ad),
                                                   at + now == n ? 3 : 0);
        put_number(head, now + 17, 4);
        put_number(head + 4, number++, 4);
        add(b, head, sizeof(head));
        add(b, sealed, now + 17);
    }
    put_number(head, 0, 4);
    put_number(head + 4, number, 4);
    add(b, head, sizeof(head));
    free(sealed);
}

void
rig_sign_again(struct bag *b, const struct keys *k)
{
    uint8_t *t = b->p + b->n - TRAILER;
    uint8_t message[16 + 8 + 32] = "kontor-archive-1";
    memcpy(t, "KONTOR1Z", 8);
    put_number(t + 8, b->n - TRAILER, 8);
    crypto_generichash(t + 16, 32, b->p, b->n - TRAILER, NULL, 0);
    memcpy(message + 16, t + 8, 40);
    crypto_sign_detached(t + 48, NULL, message, sizeof(message), k->sign_key);
}

struct bag
rig_seal(const struct keys *k, const uint8_t *inside, size_t n, bool compress, size_t chunk)
{
    static const uint8_t trailer[TRAILER];
    struct bag b = {0};
    crypto_secretstream_xchacha20poly1305_state s;
    const size_t bound = ZSTD_compressBound(n);
    uint8_t *packed = malloc(bound + 1);
    assert(packed != NULL);
    const size_t n_packed = compress ? ZSTD_compress(packed, bound, inside, n, 1) : 0;
    add_head(&b, k, &s);
    add_chunks(&b, &s, compress ? packed : inside, compress ? n_packed : n, chunk);
    add(&b, trailer, sizeof(trailer));
    rig_sign_again(&b, k);
    free(packed);
    return b;
}
