/* ca.h: the installation's own certificate authority, for the time before (or without) a public
 * one. `kontor init` makes it; its private key never leaves tls/private/. It may speak for the base
 * domain only (critical name constraints), so trusting it endangers no other site. From it the
 * signer issues a certificate for each host name, kept in memory. */
#ifndef PROC_CA_H
#define PROC_CA_H

#include <openssl/x509.h>

#include "base/str.h"

struct ca {
    X509 *cert;
    EVP_PKEY *key;
    char base[254]; /* the base domain it speaks for */
};

/* Writes TLS_DIR/ca.pem (0444) and TLS_DIR/private/ca.key (0400) for the base domain; makes the two
 * folders (0755, 0700). RC_CONFLICT when there is one already: it is never overwritten. */
MUST enum rc ca_create(const char *tls_dir, struct str base_domain, struct err *err);
/* RC_MISSING when there is none, RC_BROKEN when key and certificate do not belong together. */
MUST enum rc ca_load(const char *tls_dir, struct ca *ret_ca, struct err *err);
void ca_done(struct ca *ca);

/* May this authority name the host: the base domain, one label below it, or localhost? */
bool ca_covers(const struct ca *ca, struct str host);
/* A server certificate for the host with the given key. One that would be a wildcard's work gets
 * it: below a base domain with a dot in it, "*.base" beside "base". */
MUST enum rc ca_issue(const struct ca *ca, struct str host, EVP_PKEY *key, X509 **ret_cert);

/* A new P-256 key; NULL when OpenSSL cannot. */
EVP_PKEY *ca_key_new(void);

#endif
