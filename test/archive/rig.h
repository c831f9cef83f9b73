/* rig.h: archives in memory: made by the writer, or put together by hand from doc/archive-format.md
 * (with any inside), and read again. Also for the fuzzer: no cmocka. */
#ifndef TEST_ARCHIVE_RIG_H
#define TEST_ARCHIVE_RIG_H

#include "archive/archive.h"

struct bag {
    uint8_t *p;
    size_t n, cap;
    size_t at;      /* of reading */
    size_t fail_at; /* put: refuses when it would hold more; 0 never */
    size_t piece;   /* get: gives at most so much at once; 0: all */
};

struct keys {
    uint8_t public[3][ARCHIVE_KEY], secret[3][ARCHIVE_KEY];
    uint8_t signer[32], sign_key[ARCHIVE_SIGN_KEY];
};

/* What a reader got to see. */
struct caught {
    struct archive_head head;
    bool has_manifest;
    int64_t schema;
    size_t n_tables;
    char table[65];
    struct bag database;
    int documents;
    struct bag document; /* the last one */
    char name[65];
    bool in_document;
    const char *refuse; /* the callback that says no */
};

void keys_make(struct keys *k, uint8_t seed);
struct archive_head rig_head(const struct keys *k, int64_t workspace);
struct manifest rig_manifest(const struct archive_head *h, uint64_t database, int64_t documents,
                             uint64_t document_bytes);
struct archive_out bag_out(struct bag *b);
struct archive_in bag_in(struct bag *b);
void bag_free(struct bag *b);
struct archive_sink caught_sink(struct caught *c);
void caught_free(struct caught *c);
/* Bytes that compress by a half. */
void rig_noise(uint8_t *p, size_t n, uint64_t seed);
/* The name of a document. */
void rig_name(const uint8_t *p, size_t n, char ret_name[static 65]);

/* An archive with a database of n bytes and two documents. */
struct bag rig_archive(const struct keys *k, int64_t workspace, size_t n, uint64_t seed);
/* Reads it whole with the escrow key. */
enum rc rig_read(struct bag *b, const struct keys *k, struct err *err);

/* Items one behind the other, as bytes. */
void items_add(struct bag *b, char kind, const char *name, const void *p, size_t n);
void items_end(struct bag *b, uint64_t count);
struct bag items_good(const struct keys *k);
/* An archive by hand, sealed and signed as it should be: `inside` compressed (or as it is) in
 * chunks of at most `chunk` bytes. The data key is 32 bytes of 7. */
struct bag rig_seal(const struct keys *k, const uint8_t *inside, size_t n, bool compress,
                    size_t chunk);
/* Hash, size and signature of the trailer anew. */
void rig_sign_again(struct bag *b, const struct keys *k);
extern const uint8_t rig_data_key[ARCHIVE_KEY];

#endif
