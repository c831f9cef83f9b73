/* tar.h: a file in a tar archive (POSIX ustar), which every system opens. */
#ifndef BASE_TAR_H
#define BASE_TAR_H

#include "base/str.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 99 };
static const int64_t TAR_SIZE_MAX = 077777777777; /* eight gigabytes less one byte */

/* What stands before a file of that name and size; its bytes follow, filled up with zeros to a
 * whole block. Behind the last file stand two blocks of zeros. RC_LIMIT: a longer name, a larger
 * file. */
MUST enum rc tar_head(const char *name, int64_t size, int64_t unix_seconds,
                      uint8_t ret_block[static TAR_BLOCK]);
/* How many zeros follow a file of that size. */
size_t tar_fill(int64_t size);

#endif
