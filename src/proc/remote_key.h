/* remote_key.h: an ECDSA key whose private half lives in another process. OpenSSL believes it holds
 * a key; each signature becomes a call of ours. The only file that knows OpenSSL's EC_KEY_METHOD,
 * which is deprecated in 3.0: a provider can replace it here without anybody noticing.
 *
 * Trap: the method counts only on an EC_KEY inside a *fresh* EVP_PKEY; set on the key of an
 * existing one it is ignored, and handshakes die with "missing private key". */
#ifndef PROC_REMOTE_KEY_H
#define PROC_REMOTE_KEY_H

#include <openssl/x509.h>

#include "base/str.h"

enum { KEY_ID_SIZE = 32, SIGNATURE_MAX = 160 };

/* Signs a digest with the key of that id; DER into sig (SIGNATURE_MAX bytes). RC_IO when it cannot.
 */
typedef enum rc remote_sign_fn(void *arg, const uint8_t key_id[static KEY_ID_SIZE],
                               struct bytes digest, uint8_t *sig, size_t *ret_n);

/* SHA-256 of the certificate's public key (SubjectPublicKeyInfo): names a key, reveals nothing. */
MUST enum rc key_id_of(const X509 *cert, uint8_t ret_id[static KEY_ID_SIZE]);

/* The certificate's key with a remote private half. NULL unless it is ECDSA P-256 or P-384. */
EVP_PKEY *remote_key_new(X509 *cert, remote_sign_fn *sign, void *arg);

#endif
