/* read.c: an archive as a stream, in four layers, each of which asks the one below it for bytes:
 * the file (counted and hashed), chunks (numbered, opened), zstd, items. */
#include "archive/form.h"
#include "archive/stamp.h"

#include <sodium.h>
#include <zstd.h>

enum { WINDOW_LOG_MAX = 23, PIECE = 65536, HEX = 2 * ARCHIVE_HASH };

struct reader {
    const struct archive_in *from;
    const struct archive_want *want;
    const struct archive_sink *sink;
    struct err *err;
    struct arena *mem;
    struct form_head form;
    uint8_t head_hash[ARCHIVE_HASH];
    crypto_generichash_state whole; /* of all that was read before the trailer */
    uint64_t size;
    bool has_key;
    uint8_t key[ARCHIVE_KEY];
    crypto_secretstream_xchacha20poly1305_state stream;
    uint32_t number; /* of the next chunk */
    bool last;       /* the last chunk was seen */
    ZSTD_DCtx *z;
    bool z_end; /* the end of what was compressed */
    size_t n_plain, at_plain;
    uint64_t items, documents, document_bytes;
    struct manifest manifest;
    uint8_t sealed[FORM_CHUNK + FORM_TAG];
    uint8_t plain[FORM_CHUNK];
    uint8_t piece[PIECE];
};

/* --- faults ----------------------------------------------------------------------------------- */

static enum rc
damaged(struct reader *r, const char *what)
{
    return fail(r->err, RC_BROKEN, E_ARCHIVE_DAMAGED, "%s", what);
}

static enum rc
no_content(struct reader *r, const char *what)
{
    return fail(r->err, RC_BROKEN, E_ARCHIVE_CONTENT, "%s", what);
}

/* --- the file --------------------------------------------------------------------------------- */

/* Exactly n bytes, unhashed. */
static enum rc
fetch(struct reader *r, uint8_t *p, size_t n)
{
    for (size_t have = 0; have < n;) {
        size_t got = 0;
        TRY(r->from->get(r->from->arg, p + have, n - have, &got, r->err));
        if (got == 0) {
            return fail(r->err, RC_BROKEN, E_ARCHIVE_CUT, "after %llu bytes",
                        (unsigned long long)r->size + have);
        }
        have += got;
    }
    r->size += n;
    return OK;
}

static enum rc
fetch_hashed(struct reader *r, uint8_t *p, size_t n)
{
    TRY(fetch(r, p, n));
    crypto_generichash_update(&r->whole, p, n);
    return OK;
}

/* --- the header ------------------------------------------------------------------------------- */

/* The data key as it is sealed to this key; NULL when it is not. */
static const uint8_t *
find_slot(const struct reader *r, const uint8_t public[static ARCHIVE_KEY])
{
    const struct archive_head *h = &r->form.head;
    for (size_t i = 0; i < h->n_slots; i++) {
        if (memcmp(h->slots[i].key, public, ARCHIVE_KEY) == 0) {
            return r->form.sealed[i];
        }
    }
    return NULL;
}

static enum rc
no_slot(const struct reader *r)
{
    return fail(r->err, RC_DENIED, E_ARCHIVE_KEY, "sealed to %zu others", r->form.head.n_slots);
}

/* The data key, by the slot of the secret key's public half. */
static enum rc
open_slot(struct reader *r)
{
    uint8_t public[ARCHIVE_KEY];
    if (crypto_scalarmult_base(public, r->want->secret) != 0) {
        return fail(r->err, RC_DENIED, E_ARCHIVE_KEY, "no secret key"); /* uncovered: no such key */
    }
    const uint8_t *sealed = find_slot(r, public);
    if (sealed == NULL) {
        return no_slot(r);
    }
    return crypto_box_seal_open(r->key, sealed, FORM_SEALED, public, r->want->secret) == 0
               ? OK
               : damaged(r, "sealed key");
}

/* The same by somebody who has the secret key. */
static enum rc
ask_slot(struct reader *r)
{
    const struct archive_want *w = r->want;
    const uint8_t *sealed = find_slot(r, w->recipient);
    if (sealed == NULL) {
        return no_slot(r);
    }
    const enum rc rc =
        w->open(w->arg, w->recipient, (struct bytes){sealed, FORM_SEALED}, r->key, r->err);
    return rc == RC_DENIED ? damaged(r, "sealed key") : rc;
}

static enum rc
check_head(struct reader *r)
{
    const struct archive_want *w = r->want;
    const struct archive_head *h = &r->form.head;
    if (w->workspace >= 0 && h->workspace != w->workspace) {
        return fail(r->err, RC_CONFLICT, E_ARCHIVE_WORKSPACE, "of workspace %lld",
                    (long long)h->workspace);
    }
    if (w->stamp != NULL && !stamp_fits(w->stamp, h->made)) {
        return fail(r->err, RC_CONFLICT, E_ARCHIVE_OTHER, "not of %s", w->stamp);
    }
    if (w->signer != NULL && memcmp(w->signer, h->signer, sizeof(h->signer)) != 0) {
        return fail(r->err, RC_DENIED, E_ARCHIVE_SIGNER, "another signer is named");
    }
    r->has_key = w->data_key != NULL || w->secret != NULL || w->open != NULL;
    if (w->data_key != NULL) {
        memcpy(r->key, w->data_key, sizeof(r->key));
    } else if (w->secret != NULL) {
        TRY(open_slot(r));
    } else if (w->open != NULL) {
        TRY(ask_slot(r));
    }
    return r->sink->head != NULL ? r->sink->head(r->sink->arg, h, r->err) : OK;
}

static enum rc
read_head(struct reader *r)
{
    uint8_t p[FORM_HEAD_MAX];
    size_t n = 0;
    TRY(fetch_hashed(r, p, FORM_FRONT));
    TRY(form_parse_front(p, r->err, &n));
    TRY(fetch_hashed(r, p + FORM_FRONT, n - FORM_FRONT));
    TRY(form_parse_head((struct bytes){p, n}, r->err, &r->form));
    crypto_generichash(r->head_hash, sizeof(r->head_hash), p, n, NULL, 0);
    TRY(check_head(r));
    if (crypto_secretstream_xchacha20poly1305_init_pull(&r->stream, r->form.stream, r->key) != 0) {
        return damaged(r, "stream"); /* uncovered: libsodium accepts any header */
    }
    return OK;
}

/* --- chunks ----------------------------------------------------------------------------------- */

/* The next chunk's bytes; *ret_n 0: there are no more. */
static enum rc
fetch_chunk(struct reader *r, size_t *ret_n)
{
    uint8_t head[FORM_CHUNK_HEAD];
    TRY(fetch_hashed(r, head, sizeof(head)));
    const uint32_t n = form_get_u32(head);
    if (form_get_u32(head + 4) != r->number) {
        return fail(r->err, RC_BROKEN, E_ARCHIVE_ORDER, "chunk %u where %u should be",
                    form_get_u32(head + 4), r->number);
    }
    if (n != 0 && (n <= FORM_TAG || n > FORM_CHUNK + FORM_TAG)) {
        return damaged(r, "length of a chunk");
    }
    TRY(fetch_hashed(r, r->sealed, n));
    r->number += n != 0;
    *ret_n = n;
    return OK;
}

static enum rc
open_chunk(struct reader *r)
{
    size_t n = 0;
    uint8_t tag = 0;
    unsigned long long n_plain = 0;
    TRY(fetch_chunk(r, &n));
    if (n == 0) {
        return fail(r->err, RC_BROKEN, E_ARCHIVE_CUT, "the last chunk is missing");
    }
    if (crypto_secretstream_xchacha20poly1305_pull(&r->stream, r->plain, &n_plain, &tag, r->sealed,
                                                   n, r->head_hash, sizeof(r->head_hash)) != 0) {
        return damaged(r, "chunk");
    }
    r->last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    r->n_plain = (size_t)n_plain;
    r->at_plain = 0;
    return OK;
}

/* --- zstd ------------------------------------------------------------------------------------- */

/* Up to n bytes; *ret_n 0 at the end of what was compressed. */
static enum rc
unpack(struct reader *r, uint8_t *p, size_t n, size_t *ret_n)
{
    ZSTD_outBuffer out = {p, n, 0};
    while (out.pos == 0 && !r->z_end) {
        if (r->at_plain == r->n_plain) {
            if (r->last) {
                return no_content(r, "compressed bytes are missing");
            }
            TRY(open_chunk(r));
        }
        ZSTD_inBuffer in = {r->plain, r->n_plain, r->at_plain};
        const size_t left = ZSTD_decompressStream(r->z, &out, &in);
        if (ZSTD_isError(left)) {
            return no_content(r, ZSTD_getErrorName(left));
        }
        r->at_plain = in.pos;
        r->z_end = left == 0;
    }
    *ret_n = out.pos;
    return OK;
}

static enum rc
unpack_all(struct reader *r, void *p, size_t n)
{
    for (size_t have = 0; have < n;) {
        size_t got = 0;
        TRY(unpack(r, (uint8_t *)p + have, n - have, &got));
        if (got == 0) {
            return no_content(r, "an item is cut");
        }
        have += got;
    }
    return OK;
}

/* --- items ------------------------------------------------------------------------------------ */

static enum rc
check_item(struct reader *r, crypto_generichash_state *item, const char *name)
{
    uint8_t hash[ARCHIVE_HASH];
    uint8_t said[ARCHIVE_HASH];
    char hex[HEX + 1];
    crypto_generichash_final(item, hash, sizeof(hash));
    hex_print(hash, sizeof(hash), hex);
    TRY(unpack_all(r, said, sizeof(said)));
    if (memcmp(hash, said, sizeof(hash)) != 0 || (name != NULL && memcmp(name, hex, HEX) != 0)) {
        return no_content(r, "an item is not the one of its hash");
    }
    r->items++;
    return OK;
}

static enum rc
read_manifest(struct reader *r, uint64_t size)
{
    crypto_generichash_state item;
    if (size == 0 || size > MANIFEST_MAX) {
        return no_content(r, "size of the manifest");
    }
    char *json = arena_alloc(r->mem, (size_t)size);
    TRY(unpack_all(r, json, (size_t)size));
    crypto_generichash_init(&item, NULL, 0, ARCHIVE_HASH);
    crypto_generichash_update(&item, (const uint8_t *)json, size);
    TRY(check_item(r, &item, NULL));
    const struct str text = {json, (size_t)size};
    TRY(manifest_parse(text, r->mem, r->err, &r->manifest));
    const struct archive_head *h = &r->form.head;
    if (r->manifest.workspace != h->workspace || r->manifest.day.n != h->day.n ||
        r->manifest.offset_s != h->offset_s ||
        r->manifest.made.us / 1000000 != h->made.us / 1000000) {
        return no_content(r, "the manifest is another archive's");
    }
    return r->sink->manifest != NULL ? r->sink->manifest(r->sink->arg, &r->manifest, text, r->err)
                                     : OK;
}

/* What belongs to the database or the document that was just named. */
static enum rc
read_bytes(struct reader *r, uint64_t size, const char *name)
{
    crypto_generichash_state item;
    crypto_generichash_init(&item, NULL, 0, ARCHIVE_HASH);
    while (size > 0) {
        size_t got = 0;
        TRY(unpack(r, r->piece, size < PIECE ? (size_t)size : PIECE, &got));
        if (got == 0) {
            return no_content(r, "an item is cut");
        }
        crypto_generichash_update(&item, r->piece, got);
        if (r->sink->bytes != NULL) {
            TRY(r->sink->bytes(r->sink->arg, (struct bytes){r->piece, got}, r->err));
        }
        size -= got;
    }
    return check_item(r, &item, name);
}

static enum rc
read_document(struct reader *r, const struct form_item *item)
{
    char name[HEX];
    uint8_t ignored[ARCHIVE_HASH];
    if (item->n_name != HEX) {
        return no_content(r, "name of a document");
    }
    TRY(unpack_all(r, name, HEX));
    if (hex_parse((struct str){name, HEX}, ignored, sizeof(ignored)) != OK) {
        return no_content(r, "name of a document");
    }
    if (r->sink->document != NULL) {
        TRY(r->sink->document(r->sink->arg, (struct str){name, HEX}, item->size, r->err));
    }
    r->documents++;
    r->document_bytes += item->size;
    return read_bytes(r, item->size, name);
}

static enum rc
next_item(struct reader *r, struct form_item *ret_item)
{
    uint8_t head[FORM_ITEM_HEAD];
    TRY(unpack_all(r, head, sizeof(head)));
    return form_parse_item(head, ret_item) == OK ? OK : no_content(r, "head of an item");
}

/* Behind the last item there is nothing more. */
static enum rc
check_end(struct reader *r, const struct form_item *end)
{
    uint8_t more;
    size_t got = 0;
    if (end->size != r->items || r->documents != (uint64_t)r->manifest.documents ||
        r->document_bytes != r->manifest.document_bytes) {
        return no_content(r, "documents are missing");
    }
    TRY(unpack(r, &more, 1, &got));
    if (got != 0 || r->at_plain != r->n_plain || !r->last) {
        return no_content(r, "something follows the last item");
    }
    return OK;
}

static enum rc
read_items(struct reader *r)
{
    struct form_item item;
    TRY(next_item(r, &item));
    if (item.kind != FORM_MANIFEST) {
        return no_content(r, "no manifest");
    }
    TRY(read_manifest(r, item.size));
    TRY(next_item(r, &item));
    if (item.kind != FORM_DATABASE || item.size != r->manifest.database) {
        return no_content(r, "no database");
    }
    if (r->sink->database != NULL) {
        TRY(r->sink->database(r->sink->arg, item.size, r->err));
    }
    TRY(read_bytes(r, item.size, NULL));
    TRY(next_item(r, &item));
    while (item.kind == FORM_DOCUMENT) {
        TRY(read_document(r, &item));
        TRY(next_item(r, &item));
    }
    return item.kind == FORM_END ? check_end(r, &item) : no_content(r, "order of items");
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Behind the last chunk, or, without a key, from the first one on. */
static enum rc
read_chunks_left(struct reader *r)
{
    size_t n = 1;
    TRY(fetch_chunk(r, &n));
    if (r->has_key && n != 0) {
        return damaged(r, "a chunk behind the last one");
    }
    while (n != 0) {
        TRY(fetch_chunk(r, &n));
    }
    return OK;
}

static enum rc
read_trailer(struct reader *r, struct archive_seen *ret_seen)
{
    uint8_t p[FORM_TRAILER];
    uint8_t message[FORM_SIGNED];
    struct form_trailer t;
    struct archive_seen seen;
    size_t more = 0;
    const uint64_t before = r->size;
    crypto_generichash_final(&r->whole, seen.hash, sizeof(seen.hash));
    TRY(fetch(r, p, sizeof(p)));
    if (form_parse_trailer(p, &t) != OK || t.size != before ||
        memcmp(t.hash, seen.hash, sizeof(seen.hash)) != 0) {
        return damaged(r, "hash of the whole");
    }
    form_print_signed(&t, message);
    if (crypto_sign_verify_detached(t.signature, message, sizeof(message), r->form.head.signer) !=
        0) {
        return fail(r->err, RC_DENIED, E_ARCHIVE_SIGNER, "signature");
    }
    TRY(r->from->get(r->from->arg, p, 1, &more, r->err));
    if (more != 0) {
        return fail(r->err, RC_BROKEN, E_ARCHIVE_TAIL, "behind %llu bytes",
                    (unsigned long long)r->size);
    }
    seen.size = r->size;
    *ret_seen = seen;
    return OK;
}

static enum rc
read_archive(struct reader *r, struct archive_seen *ret_seen)
{
    TRY(read_head(r));
    if (r->has_key) {
        TRY(read_items(r));
    }
    TRY(read_chunks_left(r));
    return read_trailer(r, ret_seen);
}

enum rc
archive_read(const struct archive_in *from, const struct archive_want *want,
             const struct archive_sink *sink, struct err *err, struct archive_seen *ret_seen)
{
    struct reader *r = form_alloc(sizeof(*r));
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (z == NULL) {
        out_of_memory(); /* uncovered: no memory */
    }
    AUTO_ARENA struct arena *mem = arena_new(16 * MANIFEST_MAX);
    r->from = from;
    r->want = want;
    r->sink = sink;
    r->err = err;
    r->mem = mem;
    r->z = z;
    (void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    crypto_generichash_init(&r->whole, NULL, 0, ARCHIVE_HASH);
    const enum rc rc = read_archive(r, ret_seen);
    ZSTD_freeDCtx(z);
    sodium_memzero(r, sizeof(*r));
    free(r);
    return rc;
}
