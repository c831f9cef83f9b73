/* certs.h: the certificates that the signer serves, with their private keys, in memory. Found in
 * the installation's tls/ folder: each pair NAME.pem + private/NAME.key (ECDSA, chain leaf first),
 * and the local authority (ca.pem + private/ca.key), which issues one for each host name it covers.
 *
 * Order for a host: a given certificate that names it, else one of the local authority, else the
 * default (tls/default.pem, else the first given one, else one for the base domain). */
#ifndef PROC_CERTS_H
#define PROC_CERTS_H

#include "base/arena.h"
#include "proc/remote_key.h"

enum {
    CERTS_GIVEN_MAX = 64,   /* pairs in tls/ */
    CERTS_ISSUED_MAX = 512, /* issued ones kept; the oldest makes room */
    CERTS_ISSUE_PER_S = 20, /* new ones in a second; above it hosts get the default */
    CERT_PEM_MAX = 48 * 1024
};

struct certs;

struct cert_choice {
    struct str pem; /* chain, leaf first; lives until the next call */
    uint8_t key_id[KEY_ID_SIZE];
    bool is_default; /* the host is not named by it */
};

/* Reads everything. RC_MISSING: nothing to serve; RC_BROKEN: an expired certificate, or one whose
 * key does not fit (err says which file). `from` (NULL at start) is the set that is replaced: its
 * keys stay usable for handshakes that have begun, and it belongs to the new one. */
MUST enum rc certs_load(const char *tls_dir, struct certs *from, struct certs **ret_certs,
                        struct err *err);
void certs_free(struct certs *c); /* NULL is fine */

/* STR_NONE or an unknown host gives the default. */
MUST enum rc certs_find(struct certs *c, struct str host, struct cert_choice *ret_choice);
/* ECDSA over a digest of 32, 48 or 64 bytes. RC_MISSING: no such key. */
MUST enum rc certs_sign(const struct certs *c, const uint8_t key_id[static KEY_ID_SIZE],
                        struct bytes digest, uint8_t sig[static SIGNATURE_MAX], size_t *ret_n);
/* Days until the first given certificate ends (for the warning 30, 14 and 7 days before). */
int certs_days_left(const struct certs *c);

#endif
