/* schema.h: what sqlgen writes into schema_<name>.gen.h: the migrations of a schema for both
 * engines and the declaration of each table (who owns it, what for, how long, what a restore does
 * with it). Read by the engine (migrate.c, the authorizer) and by backup and privacy. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

/* One migration; applied as one transaction. The checksum covers its tokens, not its comments. */
struct schema_migration {
    int64_t number;
    const char *name;     /* "0005-time" */
    const char *checksum; /* 64 hex digits, BLAKE2b-256 */
    const char *sqlite;
    const char *postgres;
};

struct schema_column {
    const char *name, *type; /* the neutral word: "text", "day" … (doc/joints.md) */
    const char *text;        /* what it is, as the schema's comment says */
};

struct schema_table {
    const char *name;
    const struct schema_column *columns; /* in their order */
    size_t n_columns;
    const char *title, *owner, *purpose, *retention;
    const char *restore; /* "content", "present" or "merge (rule)" */
    bool secret;         /* read by its owner's statements only */
};

struct schema_def {
    const char *name;
    const struct schema_migration *migrations; /* by number, ascending */
    size_t n_migrations;
    const struct schema_table *tables; /* by name, ascending */
    size_t n_tables;
};

/* The schema that this program was built with. */
const struct schema_def *schema_of(enum store_schema which);
/* NULL when the schema has no such table. */
const struct schema_table *schema_find(const struct schema_def *def, const char *table);

#endif
