/* schemagen.h: the two halves of schemagen. */
#ifndef TOOLS_SCHEMAGEN_H
#define TOOLS_SCHEMAGEN_H

#include "sqltext.h"

/* Reads a schema folder together with its sibling folder "guard", which belongs to every schema. */
struct schema *schema_read(const char *dir);

#endif
