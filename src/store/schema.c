/* schema.c: the two schemas this program was built with. */
#include "store/schema.h"

#include "schema_system.gen.h"
#include "schema_workspace.gen.h"

const struct schema_def *
schema_of(enum store_schema which)
{
    return which == SCHEMA_SYSTEM ? &schema_system : &schema_workspace;
}

const struct schema_table *
schema_find(const struct schema_def *def, const char *table)
{
    size_t from = 0, to = def->n_tables;
    while (from < to) {
        size_t mid = (from + to) / 2;
        int order = strcmp(def->tables[mid].name, table);
        if (order == 0) {
            return &def->tables[mid];
        }
        if (order < 0) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return NULL;
}
