/* import.h: what role restore does for an import: an archive of wherever becomes a file under this
 * workspace's page key, ready for its next worker (app/transfer/import.h). */
#ifndef PROC_IMPORT_H
#define PROC_IMPORT_H

#include "base/arena.h"
#include "base/err.h"

/* key_text: the secret half to which the archive is sealed, somewhere in it; whose signature it has
 * is said by the archive alone. All is asked of it that a drill asks; more than `most` bytes of it
 * are not unpacked. On failure the caller removes what is at `path`. RC_DENIED E_ARCHIVE_KEY;
 * RC_CONFLICT E_ARCHIVE_WORKSPACE: the console's own.
 */
MUST enum rc import_load(int fd, struct str key_text, const char *path,
                         const uint8_t page_key[static 32], uint64_t most, struct arena *mem,
                         struct err *err);

#endif
