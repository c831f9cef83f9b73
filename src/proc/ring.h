/* ring.h: the key ring: one wrapped data key for each workspace, in one file, and the master key
 * that opens it. The master key is 32 random bytes; what is used are keys derived from it, each for
 * one purpose (crypto_kdf). Data keys are unwrapped for one act and wiped; only the derived keys
 * stay, in locked memory. Everything a workspace keeps secret hangs on its data key, so destroying
 * that key destroys it all.
 *
 * File `ring`: "KONTOR1R" | u32 format 2 | u32 count | check[32] | 7 × i64 facts |
 *   count × (u64 workspace | u32 version | u32 page | nonce[24] | wrapped[48]) | mac[32]
 * little-endian; wrapped = XChaCha20-Poly1305, AD = workspace ‖ version; check = keyed hash that
 * only the right master key gives; mac = keyed BLAKE2b of all before it. Format 1 had no facts; it
 * is read, and written as 2.
 * File `master.key`: one line "kontor-master-1:<64 hex>:<16 hex checksum>". */
#ifndef PROC_RING_H
#define PROC_RING_H

#include "base/str.h"

enum {
    KEY_SIZE = 32,
    RING_WORKSPACES_MAX = 100000,
    MASTER_LINE = 16 + 64 + 1 + 16 + 1, /* with the newline, without NUL */
    RING_HEAD_1 = 8 + 4 + 4 + 32,       /* of format 1 */
    RING_FACTS = 7,
    RING_HEAD = RING_HEAD_1 + RING_FACTS * 8,
    RING_ENTRY = 8 + 4 + 4 + 24 + 48,
    RING_MAC = 32
};
#define RING_PAGE_NEXT 0x80000000u

/* Derived from the master key; lives in sodium_malloc memory. */
struct ring_keys {
    uint8_t wrap[KEY_SIZE], check[KEY_SIZE], mac[KEY_SIZE];
};

struct ring_entry {
    int64_t workspace;
    uint32_t version;
    uint32_t
        page; /* generation of the page key, from 0; RING_PAGE_NEXT: the next one is under way */
    uint8_t nonce[24];
    uint8_t wrapped[48];
};

/* What is remembered beside the keys; each 0 when it never was. */
struct ring_facts {
    int64_t generation;                         /* of the master key, from 1 */
    int64_t made_us;                            /* when that one came */
    int64_t erased;                             /* workspaces dropped since */
    int64_t escrow_us, escrow_generation;       /* put into escrow */
    int64_t rehearsed_us, rehearsed_generation; /* opened from there, as a rehearsal */
};

struct ring {
    struct ring_entry *entries; /* ascending by workspace, then version */
    size_t n, cap;
    struct ring_facts facts;
};

void ring_keys_derive(const uint8_t master[static KEY_SIZE], struct ring_keys *ret_keys);

/* The line of master.key. RC_INVALID: not of this form, or the checksum does not fit. */
MUST enum rc master_parse(struct str line, uint8_t ret_master[static KEY_SIZE]);
void master_print(const uint8_t master[static KEY_SIZE], char ret_line[static MASTER_LINE + 1]);

/* RC_DENIED: made under another master key. RC_BROKEN: changed, cut, or not a ring. */
MUST enum rc ring_parse(struct bytes file, const struct ring_keys *k, struct err *err,
                        struct ring *ret_ring);
/* Fresh memory of *ret_n bytes; free() it. */
uint8_t *ring_print(const struct ring *r, const struct ring_keys *k, size_t *ret_n);
void ring_done(struct ring *r);

/* A new data key. RC_CONFLICT: the workspace has one already; RC_LIMIT. */
MUST enum rc ring_add(struct ring *r, const struct ring_keys *k, int64_t workspace);
/* Forgets all versions and counts it in facts.erased. RC_MISSING when there is none. */
MUST enum rc ring_drop(struct ring *r, int64_t workspace);
/* The newest version's number; RC_MISSING. */
MUST enum rc ring_version(const struct ring *r, int64_t workspace, uint32_t *ret_version);
/* The generation of the page key in use, and whether the store is on its way to the next. */
MUST enum rc ring_page(const struct ring *r, int64_t workspace, uint32_t *ret_page, bool *ret_next);
/* Begins that way; or ends it, and the next one is in use; or gives it up, and nothing has changed.
 * RC_MISSING; RC_CONFLICT: begun already, or not begun. */
enum page_turn { PAGE_TURN_BEGINS, PAGE_TURN_ENDS, PAGE_TURN_IS_GIVEN_UP };
MUST enum rc ring_page_turn(struct ring *r, int64_t workspace, enum page_turn turn);
/* Unwraps; the caller wipes. RC_MISSING; RC_BROKEN when the entry does not open. */
MUST enum rc ring_open(const struct ring *r, const struct ring_keys *k, int64_t workspace,
                       uint32_t version, uint8_t ret_key[static KEY_SIZE]);

/* The same keys, wrapped under another master key. RC_BROKEN when one does not open. */
MUST enum rc ring_rewrap(const struct ring *r, const struct ring_keys *from,
                         const struct ring_keys *to, struct ring *ret_ring);

/* dir/ring by way of dir/ring.new: written, fsynced, renamed, folder fsynced. */
MUST enum rc ring_save(const char *dir, const struct ring *r, const struct ring_keys *k,
                       struct err *err);
/* RC_MISSING: no such file. */
MUST enum rc ring_load(const char *dir, const struct ring_keys *k, struct err *err,
                       struct ring *ret_ring);
/* The same with another file name than "ring". */
MUST enum rc ring_save_as(const char *dir, const char *name, const struct ring *r,
                          const struct ring_keys *k, struct err *err);
MUST enum rc ring_load_as(const char *dir, const char *name, const struct ring_keys *k,
                          struct err *err, struct ring *ret_ring);

#endif
