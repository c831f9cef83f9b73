/* load.h: an archive's database becomes an encrypted file, and is compared with what the archive
 * says of it. Nothing of it lies plain on a disk, and memory does not grow with it. */
#ifndef APP_RESTORE_LOAD_H
#define APP_RESTORE_LOAD_H

#include "archive/archive.h"
#include "store/store.h"

/* What is known of an archive that was read; the manifest's tables lie in the arena. */
struct loaded {
    struct archive_head head; /* .workspace and .made are set as soon as they are known */
    struct archive_seen seen;
    struct manifest manifest;
    int64_t rows; /* of all tables together */
};

/* Reads the archive to its end, with everything checked that archive_read() checks, and puts its
 * database under this key at `path`; on failure no such file is left. RC_LIMIT
 * E_RESTORE_ROOM, before anything is unpacked: it would be more than `most` bytes. */
MUST enum rc load_archive(const struct archive_in *from, const struct archive_want *want,
                          const char *path, const uint8_t *key, uint64_t most, struct arena *mem,
                          struct err *err, struct loaded *ret_l);
/* The loaded file as it is: the schema is the program's of its version (RC_BROKEN
 * E_ARCHIVE_SCHEMA), its rows keep to it (CHECK, NOT NULL, references; RC_BROKEN E_STORE_DAMAGED),
 * and every table's rows and checksum as the manifest has them (RC_BROKEN E_BACKUP_SUMS, the table
 * in err->arg). */
MUST enum rc load_compare(const char *path, const uint8_t *key, enum store_schema schema,
                          const struct loaded *l, struct arena *mem, struct err *err);

#endif
