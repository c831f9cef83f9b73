/* manifest.h: what an archive says about its content: JSON that people can read as well. Printed
 * with the members in this order; read by name, and members that are not known are passed over. */
#ifndef ARCHIVE_MANIFEST_H
#define ARCHIVE_MANIFEST_H

#include "base/out.h"
#include "base/types.h"

enum { MANIFEST_MAX = 1 << 20, MANIFEST_TABLES_MAX = 2000, MANIFEST_NAME_MAX = 64 };

struct manifest_table {
    char name[MANIFEST_NAME_MAX + 1];
    int64_t rows;
    uint8_t checksum[32];
};

struct manifest {
    int64_t workspace;
    struct instant made; /* whole seconds */
    int32_t offset_s;
    struct day day;
    int64_t schema;    /* number of the last migration */
    char app[33];      /* version of the program that wrote it */
    uint64_t database; /* bytes of the image */
    int64_t documents; /* how many */
    uint64_t document_bytes;
    char audit_head[65]; /* hex; "": the audit has no chain yet */
    int64_t erasures;    /* position in the ledger of erasures; NONE_I64: there is none yet */
    const struct manifest_table *tables;
    size_t n_tables;
};

/* RC_LIMIT: larger than MANIFEST_MAX. RC_INVALID: a name that is none. */
MUST enum rc manifest_print(const struct manifest *m, struct arena *mem, struct err *err,
                            struct str *ret_json);
/* RC_INVALID E_ARCHIVE_CONTENT: not such a JSON text. The tables lie in mem. */
MUST enum rc manifest_parse(struct str json, struct arena *mem, struct err *err,
                            struct manifest *ret_m);

#endif
