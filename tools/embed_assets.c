/* embed_assets.c: see embed.h. */
#include "embed.h"

int
embed_assets(char **argv)
{
    die(argv[0], 0, "there are no assets yet");
}
