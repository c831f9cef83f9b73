/* form.c: see form.h and doc/archive-format.md. */
#include "archive/form.h"

enum { OFFSET_MAX_S = 15 * 3600, DAY_S = 86400, RESERVED_AT = 4 };

static const char magic[8] = {'K', 'O', 'N', 'T', 'O', 'R', '1', 'A'};
static const char trailer_magic[8] = {'K', 'O', 'N', 'T', 'O', 'R', '1', 'Z'};

/* --- numbers ---------------------------------------------------------------------------------- */

void
form_put_u32(uint8_t *p, uint32_t n)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(n >> (8 * i));
    }
}

uint32_t
form_get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
put_u64(uint8_t *p, uint64_t n)
{
    form_put_u32(p, (uint32_t)n);
    form_put_u32(p + 4, (uint32_t)(n >> 32));
}

static uint64_t
get_u64(const uint8_t *p)
{
    return (uint64_t)form_get_u32(p) | (uint64_t)form_get_u32(p + 4) << 32;
}

void *
form_alloc(size_t n)
{
    enum { ALIGNED = 64 };
    const size_t whole = (n + ALIGNED - 1) / ALIGNED * ALIGNED;
    void *p = aligned_alloc(ALIGNED, whole);
    if (p == NULL) {
        out_of_memory(); /* uncovered: no memory */
    }
    return memset(p, 0, whole);
}

/* --- header ----------------------------------------------------------------------------------- */

static bool
is_local_day(const struct archive_head *h)
{
    const int64_t local = h->made.us / 1000000 + h->offset_s;
    return h->made.us > 0 && h->offset_s >= -OFFSET_MAX_S && h->offset_s <= OFFSET_MAX_S &&
           local >= 0 && local / DAY_S == h->day.n;
}

static bool
is_slots(const struct archive_head *h)
{
    if (h->n_slots < ARCHIVE_SLOTS_MIN || h->n_slots > ARCHIVE_SLOTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < h->n_slots; i++) {
        const struct archive_slot *s = &h->slots[i];
        if (s->purpose < ARCHIVE_FOR_OPERATIONS || s->purpose > ARCHIVE_FOR_CUSTOMER) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (memcmp(h->slots[k].key, s->key, ARCHIVE_KEY) == 0) {
                return false;
            }
        }
    }
    return true;
}

bool
form_is_head(const struct archive_head *h)
{
    return h->workspace >= 0 && is_local_day(h) && is_slots(h);
}

size_t
form_print_head(const struct form_head *h, uint8_t out[static FORM_HEAD_MAX])
{
    const struct archive_head *a = &h->head;
    const size_t n = 80 + a->n_slots * FORM_SLOT + FORM_STREAM;
    memset(out, 0, n);
    memcpy(out, magic, sizeof(magic));
    form_put_u32(out + 8, ARCHIVE_FORMAT);
    form_put_u32(out + 12, (uint32_t)n);
    put_u64(out + 16, (uint64_t)a->workspace);
    put_u64(out + 24, (uint64_t)a->made.us);
    form_put_u32(out + 32, (uint32_t)a->offset_s);
    form_put_u32(out + 36, (uint32_t)a->day.n);
    memcpy(out + 40, a->signer, sizeof(a->signer));
    form_put_u32(out + 72, FORM_CHUNK);
    form_put_u32(out + 76, (uint32_t)a->n_slots);
    uint8_t *p = out + 80;
    for (size_t i = 0; i < a->n_slots; i++, p += FORM_SLOT) {
        form_put_u32(p, a->slots[i].purpose);
        memcpy(p + 8, a->slots[i].key, ARCHIVE_KEY);
        memcpy(p + 8 + ARCHIVE_KEY, h->sealed[i], FORM_SEALED);
    }
    memcpy(p, h->stream, FORM_STREAM);
    return n;
}

static enum rc
no_archive(struct err *err, const char *what)
{
    return fail(err, RC_INVALID, E_ARCHIVE_FORM, "%s", what);
}

enum rc
form_parse_front(const uint8_t p[static FORM_FRONT], struct err *err, size_t *ret_n)
{
    const uint32_t n = form_get_u32(p + 12);
    if (memcmp(p, magic, sizeof(magic)) != 0) {
        return no_archive(err, "another file");
    }
    if (form_get_u32(p + 8) > ARCHIVE_FORMAT) {
        return fail(err, RC_CONFLICT, E_ARCHIVE_NEWER, "format %u", form_get_u32(p + 8));
    }
    if (form_get_u32(p + 8) != ARCHIVE_FORMAT || n < FORM_HEAD_MIN || n > FORM_HEAD_MAX) {
        return no_archive(err, "front of the header");
    }
    *ret_n = n;
    return OK;
}

enum rc
form_parse_head(struct bytes b, struct err *err, struct form_head *ret_h)
{
    size_t n = 0;
    struct form_head h = {0};
    struct archive_head *a = &h.head;
    TRY(form_parse_front(b.p, err, &n));
    a->workspace = (int64_t)get_u64(b.p + 16);
    a->made.us = (int64_t)get_u64(b.p + 24);
    a->offset_s = (int32_t)form_get_u32(b.p + 32);
    a->day.n = (int32_t)form_get_u32(b.p + 36);
    memcpy(a->signer, b.p + 40, sizeof(a->signer));
    a->n_slots = form_get_u32(b.p + 76);
    if (n != b.n || form_get_u32(b.p + 72) != FORM_CHUNK || a->n_slots > ARCHIVE_SLOTS_MAX ||
        n != 80 + a->n_slots * FORM_SLOT + FORM_STREAM) {
        return no_archive(err, "lengths of the header");
    }
    const uint8_t *p = b.p + 80;
    uint32_t reserved = 0;
    for (size_t i = 0; i < a->n_slots; i++, p += FORM_SLOT) {
        a->slots[i].purpose = form_get_u32(p);
        reserved |= form_get_u32(p + RESERVED_AT);
        memcpy(a->slots[i].key, p + 8, ARCHIVE_KEY);
        memcpy(h.sealed[i], p + 8 + ARCHIVE_KEY, FORM_SEALED);
    }
    memcpy(h.stream, p, FORM_STREAM);
    if (reserved != 0 || !form_is_head(a)) {
        return no_archive(err, "values of the header");
    }
    *ret_h = h;
    return OK;
}

/* --- items and trailer ------------------------------------------------------------------------ */

void
form_print_item(const struct form_item *i, uint8_t out[static FORM_ITEM_HEAD])
{
    memset(out, 0, FORM_ITEM_HEAD);
    out[0] = (uint8_t)i->kind;
    out[1] = i->n_name;
    put_u64(out + 4, i->size);
}

enum rc
form_parse_item(const uint8_t p[static FORM_ITEM_HEAD], struct form_item *ret_i)
{
    const uint8_t kind = p[0];
    const bool known =
        kind == FORM_MANIFEST || kind == FORM_DATABASE || kind == FORM_DOCUMENT || kind == FORM_END;
    if (!known || p[2] != 0 || p[3] != 0 || (p[1] != 0) != (kind == FORM_DOCUMENT)) {
        return RC_INVALID;
    }
    *ret_i = (struct form_item){.kind = kind, .n_name = p[1], .size = get_u64(p + 4)};
    return OK;
}

void
form_print_trailer(const struct form_trailer *t, uint8_t out[static FORM_TRAILER])
{
    memcpy(out, trailer_magic, sizeof(trailer_magic));
    put_u64(out + 8, t->size);
    memcpy(out + 16, t->hash, ARCHIVE_HASH);
    memcpy(out + 16 + ARCHIVE_HASH, t->signature, ARCHIVE_SIGNATURE);
}

enum rc
form_parse_trailer(const uint8_t p[static FORM_TRAILER], struct form_trailer *ret_t)
{
    if (memcmp(p, trailer_magic, sizeof(trailer_magic)) != 0) {
        return RC_INVALID;
    }
    ret_t->size = get_u64(p + 8);
    memcpy(ret_t->hash, p + 16, ARCHIVE_HASH);
    memcpy(ret_t->signature, p + 16 + ARCHIVE_HASH, ARCHIVE_SIGNATURE);
    return OK;
}

void
form_print_signed(const struct form_trailer *t, uint8_t out[static FORM_SIGNED])
{
    static const char label[16] = {'k', 'o', 'n', 't', 'o', 'r', '-', 'a',
                                   'r', 'c', 'h', 'i', 'v', 'e', '-', '1'};
    memcpy(out, label, sizeof(label));
    put_u64(out + 16, t->size);
    memcpy(out + 24, t->hash, ARCHIVE_HASH);
}
