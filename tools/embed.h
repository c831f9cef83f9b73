/* embed.h: the two halves of tools/embed. */
#ifndef TOOLS_EMBED_H
#define TOOLS_EMBED_H

#include "tool.h"

/* argv: ROOT ASSETS.GEN.H ASSETS.GEN.C DEPFILE; see doc/joints.md. */
int embed_assets(char **argv);

#endif
