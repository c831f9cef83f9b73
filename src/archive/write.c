/* write.c: an archive as a stream: what is put goes through zstd into chunks, which are sealed one
 * behind the other; all bytes are hashed on their way out. */
#include "archive/form.h"

#include <sodium.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 3, HEX = 2 * ARCHIVE_HASH };

enum stage { AT_MANIFEST, AT_DATABASE, AT_DOCUMENTS, AT_END };

struct archive_writer {
    struct archive_out to;
    struct err *err;
    enum stage stage;
    uint8_t key[ARCHIVE_KEY];
    uint8_t head_hash[ARCHIVE_HASH]; /* bound to each chunk */
    crypto_secretstream_xchacha20poly1305_state stream;
    crypto_generichash_state whole; /* of all that went out */
    uint64_t size;
    ZSTD_CCtx *z;
    uint32_t number; /* of the next chunk */
    size_t n_plain;
    uint64_t items;
    bool open;                     /* an item is */
    uint64_t left;                 /* bytes of it that have not come yet */
    crypto_generichash_state item; /* of those that have */
    char name[HEX];                /* of a document */
    bool named;
    uint8_t plain[FORM_CHUNK];
    uint8_t sealed[FORM_CHUNK_HEAD + FORM_CHUNK + FORM_TAG];
};

/* --- out -------------------------------------------------------------------------------------- */

static enum rc
emit(struct archive_writer *w, const void *p, size_t n)
{
    crypto_generichash_update(&w->whole, p, n);
    w->size += n;
    const enum rc rc = w->to.put(w->to.arg, (struct bytes){p, n}, w->err);
    if (rc != OK) {
        w->stage = AT_END; /* nothing more goes out */
        w->open = false;
    }
    return rc;
}

static enum rc
seal_chunk(struct archive_writer *w, bool last)
{
    unsigned long long n;
    if (w->number == UINT32_MAX) {
        return fail(w->err, RC_LIMIT, E_LIMIT, "chunks"); /* uncovered: 256 TiB */
    }
    crypto_secretstream_xchacha20poly1305_push(
        &w->stream, w->sealed + FORM_CHUNK_HEAD, &n, w->plain, w->n_plain, w->head_hash,
        sizeof(w->head_hash), last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    form_put_u32(w->sealed, (uint32_t)n);
    form_put_u32(w->sealed + 4, w->number++);
    w->n_plain = 0;
    return emit(w, w->sealed, FORM_CHUNK_HEAD + (size_t)n);
}

/* A full chunk waits until it is known whether it is the last. */
static enum rc
squeeze(struct archive_writer *w, const void *p, size_t n, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {p, n, 0};
    for (;;) {
        if (w->n_plain == FORM_CHUNK) {
            TRY(seal_chunk(w, false));
        }
        ZSTD_outBuffer out = {w->plain, FORM_CHUNK, w->n_plain};
        const size_t left = ZSTD_compressStream2(w->z, &out, &in, how);
        if (ZSTD_isError(left)) {
            return fail(w->err, RC_LIMIT, E_NO_MEMORY, "zstd: %s", /* uncovered: no memory */
                        ZSTD_getErrorName(left));
        }
        w->n_plain = out.pos;
        if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) {
            return OK;
        }
    }
}

/* --- items ------------------------------------------------------------------------------------ */

static enum rc
wrong_order(struct archive_writer *w, const char *what)
{
    return fail(w->err, RC_BROKEN, E_BROKEN, "archive: %s", what);
}

static enum rc
end_item(struct archive_writer *w)
{
    uint8_t hash[ARCHIVE_HASH];
    char hex[HEX + 1];
    crypto_generichash_final(&w->item, hash, sizeof(hash));
    hex_print(hash, sizeof(hash), hex);
    if (w->named && memcmp(hex, w->name, HEX) != 0) {
        return wrong_order(w, "a document is not the one of its name");
    }
    w->open = false;
    w->items++;
    return squeeze(w, hash, sizeof(hash), ZSTD_e_continue);
}

static enum rc
begin_item(struct archive_writer *w, enum form_kind kind, struct str name, uint64_t size)
{
    uint8_t head[FORM_ITEM_HEAD];
    const struct form_item item = {kind, (uint8_t)name.n, size};
    form_print_item(&item, head);
    TRY(squeeze(w, head, sizeof(head), ZSTD_e_continue));
    TRY(squeeze(w, name.p, name.n, ZSTD_e_continue));
    crypto_generichash_init(&w->item, NULL, 0, ARCHIVE_HASH);
    w->open = true;
    w->left = size;
    w->named = name.n > 0;
    if (w->named) {
        memcpy(w->name, name.p, HEX);
    }
    return size > 0 ? OK : end_item(w);
}

enum rc
archive_put(struct archive_writer *w, struct bytes b)
{
    if (!w->open || b.n > w->left) {
        return wrong_order(w, "more bytes than were said");
    }
    crypto_generichash_update(&w->item, b.p, b.n);
    TRY(squeeze(w, b.p, b.n, ZSTD_e_continue));
    w->left -= b.n;
    return w->left > 0 ? OK : end_item(w);
}

enum rc
archive_put_manifest(struct archive_writer *w, const struct manifest *m)
{
    AUTO_ARENA struct arena *mem = arena_new(4 * MANIFEST_MAX);
    struct str json;
    if (w->stage != AT_MANIFEST) {
        return wrong_order(w, "a manifest comes first");
    }
    TRY(manifest_print(m, mem, w->err, &json));
    w->stage = AT_DATABASE;
    TRY(begin_item(w, FORM_MANIFEST, STR(""), json.n));
    return archive_put(w, (struct bytes){(const uint8_t *)json.p, json.n});
}

enum rc
archive_put_database(struct archive_writer *w, uint64_t size)
{
    if (w->stage != AT_DATABASE || w->open) {
        return wrong_order(w, "a database comes second");
    }
    w->stage = AT_DOCUMENTS;
    return begin_item(w, FORM_DATABASE, STR(""), size);
}

enum rc
archive_put_document(struct archive_writer *w, struct str name, uint64_t size)
{
    if (w->stage != AT_DOCUMENTS || w->open || name.n != HEX) {
        return wrong_order(w, "documents come third, by their hash");
    }
    return begin_item(w, FORM_DOCUMENT, name, size);
}

/* --- begin and end ---------------------------------------------------------------------------- */

static enum rc
put_header(struct archive_writer *w, const struct archive_head *head)
{
    uint8_t out[FORM_HEAD_MAX];
    struct form_head h = {.head = *head};
    for (size_t i = 0; i < head->n_slots; i++) {
        if (crypto_box_seal(h.sealed[i], w->key, sizeof(w->key), head->slots[i].key) != 0) {
            return fail(w->err, RC_INVALID, E_ARCHIVE_FORM, "a public key that is none");
        }
    }
    crypto_secretstream_xchacha20poly1305_init_push(&w->stream, h.stream, w->key);
    const size_t n = form_print_head(&h, out);
    crypto_generichash(w->head_hash, sizeof(w->head_hash), out, n, NULL, 0);
    return emit(w, out, n);
}

enum rc
archive_begin(const struct archive_head *head, const struct archive_out *to, struct err *err,
              struct archive_writer **ret_w)
{
    if (!form_is_head(head)) {
        return fail(err, RC_INVALID, E_ARCHIVE_FORM, "values of the header");
    }
    struct archive_writer *w = form_alloc(sizeof(*w));
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (z == NULL) {
        out_of_memory(); /* uncovered: no memory */
    }
    w->to = *to;
    w->err = err;
    w->z = z;
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    randombytes_buf(w->key, sizeof(w->key));
    crypto_generichash_init(&w->whole, NULL, 0, ARCHIVE_HASH);
    const enum rc rc = put_header(w, head);
    if (rc != OK) {
        archive_free(w);
        return rc;
    }
    *ret_w = w;
    return OK;
}

static enum rc
put_trailer(struct archive_writer *w, const struct archive_signer *signer)
{
    struct form_trailer t = {.size = w->size};
    uint8_t message[FORM_SIGNED];
    uint8_t out[FORM_TRAILER];
    crypto_generichash_final(&w->whole, t.hash, sizeof(t.hash));
    form_print_signed(&t, message);
    TRY(signer->sign(signer->arg, (struct bytes){message, sizeof(message)}, t.signature, w->err));
    form_print_trailer(&t, out);
    return w->to.put(w->to.arg, (struct bytes){out, sizeof(out)}, w->err);
}

enum rc
archive_end(struct archive_writer *w, const struct archive_signer *signer)
{
    uint8_t end[FORM_CHUNK_HEAD] = {0};
    uint8_t item[FORM_ITEM_HEAD];
    if (w->stage != AT_DOCUMENTS || w->open) {
        return wrong_order(w, "it ends before it is whole");
    }
    w->stage = AT_END;
    form_print_item(&(struct form_item){FORM_END, 0, w->items}, item);
    TRY(squeeze(w, item, sizeof(item), ZSTD_e_end));
    TRY(seal_chunk(w, true));
    form_put_u32(end + 4, w->number);
    TRY(emit(w, end, sizeof(end)));
    return put_trailer(w, signer);
}

const uint8_t *
archive_data_key(const struct archive_writer *w)
{
    return w->key;
}

void
archive_free(struct archive_writer *w)
{
    if (w != NULL) {
        ZSTD_freeCCtx(w->z);
        sodium_memzero(w, sizeof(*w));
        free(w);
    }
}

static enum rc
sign_here(void *arg, struct bytes message, uint8_t ret_signature[static 64], struct err *err)
{
    (void)err;
    crypto_sign_detached(ret_signature, NULL, message.p, message.n, arg);
    return OK;
}

struct archive_signer
archive_sign_with(const uint8_t secret[static ARCHIVE_SIGN_KEY])
{
    union {
        const uint8_t *in;
        void *out;
    } key = {.in = secret}; /* sign_here only reads it */
    return (struct archive_signer){sign_here, key.out};
}
