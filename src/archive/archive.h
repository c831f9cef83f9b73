/* archive.h: one workspace as one file, NAME.kontor: what a backup is, what a customer takes along,
 * and what an empty workspace is filled from. Written and read as a stream in constant memory.
 *
 *   header → (zstd → secretstream) in numbered chunks → trailer with hash and signature
 *
 * Inside: a manifest, the image of an SQLite database, and documents. The data key is new for each
 * archive and sealed to at least two public keys, so that who writes archives cannot read them
 * later. doc/archive-format.md has each byte, for those who write a reader of their own. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "archive/manifest.h"

enum {
    ARCHIVE_FORMAT = 1,
    ARCHIVE_KEY = 32, /* of data keys and of both halves of a recipient's pair */
    ARCHIVE_SIGN_KEY = 64,
    ARCHIVE_SIGNATURE = 64,
    ARCHIVE_HASH = 32, /* BLAKE2b-256 */
    ARCHIVE_SLOTS_MIN = 2,
    ARCHIVE_SLOTS_MAX = 8,
    ARCHIVE_NAME_MAX = 255
};

/* --- who and when ----------------------------------------------------------------------------- */

/* Whose key the data key is sealed to. */
enum archive_for {
    ARCHIVE_FOR_OPERATIONS = 1, /* the server's own, kept by keymgr */
    ARCHIVE_FOR_ESCROW = 2,     /* its secret half never was on the server */
    ARCHIVE_FOR_CUSTOMER = 3
};

struct archive_slot {
    enum archive_for purpose;
    uint8_t key[ARCHIVE_KEY]; /* X25519 public key */
};

/* What stands in front in the clear. */
struct archive_head {
    int64_t workspace;
    struct instant made; /* of the read transaction */
    int32_t offset_s;    /* how far local time was ahead of UTC then */
    struct day day;      /* and the local day */
    uint8_t signer[32];  /* Ed25519 public key */
    size_t n_slots;
    struct archive_slot slots[ARCHIVE_SLOTS_MAX];
};

/* --- writing ---------------------------------------------------------------------------------- */

/* Takes bytes in order. A failure ends the archive. */
struct archive_out {
    enum rc (*put)(void *arg, struct bytes b, struct err *err);
    void *arg;
};

/* Signs a message of at most 64 bytes. */
struct archive_signer {
    enum rc (*sign)(void *arg, struct bytes message, uint8_t ret_signature[static 64],
                    struct err *err);
    void *arg;
};

struct archive_writer; /* 160 KiB and what zstd takes: some 4 MiB */

/* sodium_init() comes before. Writes the header. RC_INVALID E_ARCHIVE_FORM: fewer than two
 * recipients, the same one twice, or other values that no reader would accept. On failure nothing
 * is left to free. */
MUST enum rc archive_begin(const struct archive_head *head, const struct archive_out *to,
                           struct err *err, struct archive_writer **ret_w);
/* First the manifest, then the database, then documents, each of exactly the size that was said.
 * RC_BROKEN: another order. A document's name is the BLAKE2b-256 of its bytes in hex. */
MUST enum rc archive_put_manifest(struct archive_writer *w, const struct manifest *m);
MUST enum rc archive_put_database(struct archive_writer *w, uint64_t size);
MUST enum rc archive_put_document(struct archive_writer *w, struct str name, uint64_t size);
MUST enum rc archive_put(struct archive_writer *w, struct bytes b);
MUST enum rc archive_end(struct archive_writer *w, const struct archive_signer *signer);
/* For reading back what was just written. */
const uint8_t *archive_data_key(const struct archive_writer *w);
/* Wipes; NULL is fine. */
void archive_free(struct archive_writer *w);

/* An archive_signer over a secret key of 64 bytes in memory. */
struct archive_signer archive_sign_with(const uint8_t secret[static ARCHIVE_SIGN_KEY]);

/* --- reading ---------------------------------------------------------------------------------- */

/* Gives up to cap bytes; *ret_n 0 is the end. */
struct archive_in {
    enum rc (*get)(void *arg, void *p, size_t cap, size_t *ret_n, struct err *err);
    void *arg;
};

/* What the reader brings along and insists on. */
struct archive_want {
    const uint8_t *secret;   /* a recipient's secret key */
    const uint8_t *data_key; /* or the data key itself */
    /* or who opens what is sealed to the public key `recipient` (RC_DENIED: does not open); none of
     * the three: hash and signature only */
    enum rc (*open)(void *arg, const uint8_t recipient[static ARCHIVE_KEY], struct bytes sealed,
                    uint8_t ret_key[static ARCHIVE_KEY], struct err *err);
    void *arg;
    const uint8_t *recipient;
    const uint8_t
        *signer;       /* public key that must have signed; NULL: the one that the header names */
    int64_t workspace; /* must be this one's; -1: any */
    const char *stamp; /* must be the one of this name (stamp.h); NULL: any */
};

/* Called as the archive is read, each may be NULL. What they are given is authentic (but the head,
 * which is so only when archive_read() gives OK), and complete only when archive_read() gives OK:
 * until then it must not be put where it looks like a whole. A failure ends the reading. */
struct archive_sink {
    void *arg;
    enum rc (*head)(void *arg, const struct archive_head *head, struct err *err);
    enum rc (*manifest)(void *arg, const struct manifest *m, struct str json, struct err *err);
    enum rc (*database)(void *arg, uint64_t size, struct err *err);
    enum rc (*document)(void *arg, struct str name, uint64_t size, struct err *err);
    enum rc (*bytes)(void *arg, struct bytes b, struct err *err); /* of the last named */
};

/* What is known of an archive that was read to its end. */
struct archive_seen {
    uint64_t size; /* of the whole file */
    uint8_t hash[ARCHIVE_HASH];
};

/* Reads an archive to its end, with everything checked. Each fault has its code:
 *   RC_INVALID  E_ARCHIVE_FORM      no such archive
 *   RC_CONFLICT E_ARCHIVE_NEWER     a format that this program does not know yet
 *   RC_CONFLICT E_ARCHIVE_WORKSPACE another workspace's
 *   RC_CONFLICT E_ARCHIVE_OTHER     another state's, by the moment it says it was made
 *   RC_DENIED   E_ARCHIVE_KEY       sealed to others
 *   RC_DENIED   E_ARCHIVE_SIGNER    signed by somebody else, or not by whom it says
 *   RC_BROKEN   E_ARCHIVE_CUT       its end is missing
 *   RC_BROKEN   E_ARCHIVE_TAIL      something follows its end
 *   RC_BROKEN   E_ARCHIVE_ORDER     chunks are missing, doubled or in another order
 *   RC_BROKEN   E_ARCHIVE_DAMAGED   bytes were changed
 *   RC_BROKEN   E_ARCHIVE_CONTENT   authentic, but not what an archive holds
 * and what `from` fails with: a file's (file.h) with
 *   RC_BROKEN   E_ARCHIVE_UNREADABLE the disk does not give it back */
MUST enum rc archive_read(const struct archive_in *from, const struct archive_want *want,
                          const struct archive_sink *sink, struct err *err,
                          struct archive_seen *ret_seen);

#endif
