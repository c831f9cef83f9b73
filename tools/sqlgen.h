/* sqlgen.h: the two halves of sqlgen. */
#ifndef TOOLS_SQLGEN_H
#define TOOLS_SQLGEN_H

#include "sqltext.h"

/* Turns one .sql file into its header, or (prepare) into PREPAREs for psql, which find each schema
 * in the database that the psql variable of the schema's name names. */
void stmt_print(const char *file, struct schema *const *schemas, size_t n_schemas,
                const char *owner, const char *ids_file, bool prepare, FILE *to);

#endif
