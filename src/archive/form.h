/* form.h: the fixed parts of an archive as bytes: header, chunk heads, item heads, trailer. Inside
 * of src/archive. All numbers are little-endian. */
#ifndef ARCHIVE_FORM_H
#define ARCHIVE_FORM_H

#include "archive/archive.h"

enum {
    FORM_CHUNK = 65536, /* plain bytes of a chunk; the last one may have fewer */
    FORM_TAG = 17,      /* what secretstream adds */
    FORM_FRONT = 16,    /* of the header: magic, format, length */
    FORM_SEALED = ARCHIVE_KEY + 48,
    FORM_SLOT = 8 + ARCHIVE_KEY + FORM_SEALED,
    FORM_STREAM = 24, /* secretstream's own header */
    FORM_HEAD_MIN = 80 + ARCHIVE_SLOTS_MIN * FORM_SLOT + FORM_STREAM,
    FORM_HEAD_MAX = 80 + ARCHIVE_SLOTS_MAX * FORM_SLOT + FORM_STREAM,
    FORM_CHUNK_HEAD = 8, /* u32 sealed length, u32 number; length 0: no more */
    FORM_ITEM_HEAD = 12,
    FORM_TRAILER = 8 + 8 + ARCHIVE_HASH + ARCHIVE_SIGNATURE,
    FORM_SIGNED = 16 + 8 + ARCHIVE_HASH
};

/* The header beside what archive_head has. */
struct form_head {
    struct archive_head head;
    uint8_t sealed[ARCHIVE_SLOTS_MAX][FORM_SEALED];
    uint8_t stream[FORM_STREAM];
};

/* Whether a reader would accept these values. */
bool form_is_head(const struct archive_head *h);
size_t form_print_head(const struct form_head *h, uint8_t out[static FORM_HEAD_MAX]);
/* Of the first FORM_FRONT bytes: how long the header is. E_ARCHIVE_FORM, E_ARCHIVE_NEWER. */
MUST enum rc form_parse_front(const uint8_t p[static FORM_FRONT], struct err *err, size_t *ret_n);
/* b is as long as form_parse_front() said of its front. */
MUST enum rc form_parse_head(struct bytes b, struct err *err, struct form_head *ret_h);

/* One item of what is inside. */
enum form_kind { FORM_MANIFEST = 'M', FORM_DATABASE = 'D', FORM_DOCUMENT = 'F', FORM_END = 'E' };
struct form_item {
    enum form_kind kind;
    uint8_t n_name;
    uint64_t size; /* bytes; of the end: number of items before it */
};
void form_print_item(const struct form_item *i, uint8_t out[static FORM_ITEM_HEAD]);
/* RC_INVALID: of no known kind. */
MUST enum rc form_parse_item(const uint8_t p[static FORM_ITEM_HEAD], struct form_item *ret_i);

struct form_trailer {
    uint64_t size; /* of all before it */
    uint8_t hash[ARCHIVE_HASH];
    uint8_t signature[ARCHIVE_SIGNATURE];
};
void form_print_trailer(const struct form_trailer *t, uint8_t out[static FORM_TRAILER]);
/* RC_INVALID: no trailer. */
MUST enum rc form_parse_trailer(const uint8_t p[static FORM_TRAILER], struct form_trailer *ret_t);
/* What the signature is over. */
void form_print_signed(const struct form_trailer *t, uint8_t out[static FORM_SIGNED]);

/* Zeroed, and aligned as libsodium's states want it. */
void *form_alloc(size_t n);
void form_put_u32(uint8_t *p, uint32_t n);
uint32_t form_get_u32(const uint8_t *p);

#endif
