/* es256.h: signatures of passkeys (AUTH-17): ECDSA on P-256 over a SHA-256. Runs in keymgr, which
 * links OpenSSL; only bytes of fixed size come in, and no key of ours takes part. */
#ifndef PROC_ES256_H
#define PROC_ES256_H

#include <stdbool.h>
#include <stdint.h>

/* Does a known answer come out right? Also makes OpenSSL load what it needs before the sandbox. */
bool es256_works(void);
/* Did the public key x ‖ y sign this digest with r ‖ s? False too for what is no point of the
 * curve. */
bool es256_right(const uint8_t key[static 64], const uint8_t digest[static 32],
                 const uint8_t signature[static 64]);

#endif
